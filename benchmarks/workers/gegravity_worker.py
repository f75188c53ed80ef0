"""gegravity 0.3: an agreement between two economies, on its own sample data or on a synthetic world."""

from __future__ import annotations

import sys
import time
from typing import Any

import gegravity
import numpy as np
import pandas as pd
from talk import talk

# The package gives its class the name of its module.
module = sys.modules["gegravity.OneSectorGE"]
ROOT = module.root
STEPS = ("setup", "build_baseline", "define_experiment", "simulate")


class Stopwatch:
    """SciPy's root finder, timed: the peer's solve proper."""

    def __init__(self, root: Any) -> None:
        self.root, self.seconds, self.evaluations = root, 0.0, 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        found = self.root(*arguments, **options)
        self.seconds += time.perf_counter() - start
        self.evaluations += int(found.nfev)
        return found


class Sample:
    """An agreement between two partners, run from the data frame to the table of results."""

    def __init__(
        self, data: str, coefficients: dict[str, float], sigma: float, reference: str, partners: list[str]
    ) -> None:
        self.frame = pd.read_csv(data).assign(constant=1)
        self.partners = partners
        self.coefficients = pd.DataFrame(
            [(name, value, 0.0) for name, value in coefficients.items()], columns=["var", "beta", "stderr"]
        )
        self.sigma, self.reference = sigma, reference

    def run(self) -> dict[str, Any]:
        marks = [time.perf_counter()]
        baseline = gegravity.BaselineData(
            self.frame,
            imp_var_name="importer",
            exp_var_name="exporter",
            year_var_name="year",
            trade_var_name="trade",
            expend_var_name="E",
            output_var_name="Y",
        )
        costs = gegravity.CostCoeffs(
            estimates=self.coefficients, identifier_col="var", coeff_col="beta", stderr_col="stderr"
        )
        model = gegravity.OneSectorGE(
            baseline=baseline,
            cost_coeff_values=costs,
            cost_variables=list(self.coefficients["var"]),
            year=str(self.frame["year"].iloc[0]),
            reference_importer=self.reference,
            sigma=self.sigma,
            quiet=True,
        )
        marks.append(time.perf_counter())
        model.build_baseline(omr_rescale=1)
        marks.append(time.perf_counter())
        changed = model.baseline_data.copy()
        pair = changed["importer"].isin(self.partners) & changed["exporter"].isin(self.partners)
        changed.loc[pair & (changed["importer"] != changed["exporter"]), "pta"] = 1
        model.define_experiment(changed)
        marks.append(time.perf_counter())
        module.root = stopwatch = Stopwatch(ROOT)
        model.simulate()
        marks.append(time.perf_counter())
        steps = dict(zip(STEPS, np.diff(marks).tolist(), strict=True))
        return {
            **steps,
            "solve": stopwatch.seconds,
            "evaluations": stopwatch.evaluations,
            "results": results(model),
        }


def results(model: Any) -> dict[str, list[Any]]:
    """Economies in order, and the columns that the two programs share; trade is (importer, exporter)."""
    table = model.country_results
    trade = model.bilateral_trade_results["trade change (percent)"].unstack("exporter")
    return {
        "economies": list(table.index),
        "factory_price": table["factory gate price change (percent)"].tolist(),
        "gdp": table["GDP change (percent)"].tolist(),
        "trade": trade.loc[table.index, table.index].to_numpy().tolist(),
    }


if __name__ == "__main__":
    state: dict[str, Sample] = {}

    def prepare(**details: Any) -> dict[str, Any]:
        state["sample"] = Sample(**details)
        return {"python": sys.version.split()[0]}

    def run() -> dict[str, Any]:
        return state["sample"].run()

    talk({"prepare": prepare, "run": run})
