"""gegravity's documented sample (Herman 2021), an agreement between Canada and Japan, by both programs.

30 economies in 2006, one sector. gegravity 0.3 runs in this very process (extra `gravity`); what it finds is
compared with ours, and ours with the numbers that its documentation prints.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Collection, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from detente.errors import BadInput, Problem
from detente.model import Solver, Theory
from detente.studies.replications.replication import Printed, Replication
from detente.studies.replications.structural_gravity import Bilateral, fit, respond

__all__ = [
    "COEFFICIENTS",
    "REFERENCE",
    "SIGMA",
    "GravitySample",
    "differences",
    "peer",
    "read_sample",
    "replicate",
]

FILE = "gegravity_sample_data_set.dlm"
# The PPML estimates, elasticity of substitution and reference importer of gegravity 0.3's documentation.
COEFFICIENTS = {
    "lndist": -0.3898623,
    "contiguity": 0.891577,
    "common_language": 0.0326249,
    "pta": 0.4711383,
    "international": -3.412584,
    "constant": 16.32434,
}
SIGMA = 5.0
REFERENCE = "DEU"
AGREEMENT = frozenset({"CAN", "JPN"})
COLUMNS = (
    "importer",
    "exporter",
    "year",
    "trade",
    "Y",
    "E",
    *(name for name in COEFFICIENTS if name != "constant"),
)
# Elasticities of the two solves from which fixed incomes are extrapolated, and how exactly they are solved.
_LARGE = 1e4
_EXACT = Solver(tolerance=1e-14)

# `country_results.head()` and `bilateral_trade_results.head()` of the documentation, percent.
COUNTRY_COLUMNS = {
    "factory_price": "factory gate price",
    "omr": "outward resistance",
    "imr": "inward resistance",
    "gdp": "real GDP",
    "exports": "foreign exports",
    "imports": "foreign imports",
    "home": "intranational trade",
}
DOCUMENTED = {
    "AUS": ("0.004143", "-0.004143", "0.011249", "-0.007106", "-0.087678", "-0.033760", "0.019940"),
    "AUT": ("-0.002774", "0.002775", "0.002405", "-0.005179", "-0.034691", "-0.026447", "-0.001602"),
    "BEL": ("-0.002052", "0.002052", "0.000357", "-0.002409", "-0.037698", "-0.030564", "-0.011239"),
    "BRA": ("-0.005588", "0.005588", "-0.000092", "-0.005496", "-0.080228", "-0.066497", "-0.005961"),
    "CAN": ("-0.135770", "0.135955", "-0.551724", "0.418261", "1.573180", "1.504744", "-1.939006"),
}
DOCUMENTED_TRADE = {
    "AUS": "0.019940",
    "AUT": "-0.022351",
    "BEL": "-0.029818",
    "BRA": "-0.035147",
    "CAN": "-2.350013",
}

Columns = dict[str, np.ndarray]


def read_sample(data: Path) -> pd.DataFrame:
    """The sample data set, one row a pair of economies.

    Args:
        data: folder with gegravity_sample_data_set.dlm.

    Raises:
        BadInput: the file is missing, or columns are.
    """
    path = data / FILE
    if not path.is_file():
        raise BadInput(Problem("file is missing", file=str(path), remedy="see replications/gegravity-sample"))
    frame = pd.read_csv(path)
    missing = [name for name in COLUMNS if name not in frame and name != "constant"]
    if missing:
        raise BadInput([Problem("column is missing", file=str(path), field=name) for name in missing])
    return frame


class GravitySample:
    """Our side, from the data frame to the results; costs are t^(1 - sigma), arrays (importer, exporter)."""

    def __init__(
        self, frame: pd.DataFrame, agreement: frozenset[str] = AGREEMENT, reference: str = REFERENCE
    ) -> None:
        self.agreement, self.reference = agreement, reference
        self.frame = frame.assign(constant=1)
        self.economies = sorted(frame["importer"].unique())

    def costs(self, pairs: Collection[frozenset[str]] = ()) -> Bilateral:
        """exp(x beta) with an agreement between the members of each pair."""
        frame = self.frame.set_index(["importer", "exporter"])
        signed = [frozenset(flow) in pairs for flow in frame.index]
        pta = frame["pta"].where(~np.array(signed), 1)
        covariates = frame.assign(pta=pta)[list(COEFFICIENTS)]
        index = (covariates * list(COEFFICIENTS.values())).sum(axis=1).unstack("exporter")
        return np.asarray(np.exp(index.loc[self.economies, self.economies].to_numpy()))

    def flows(self, costs: Bilateral) -> Bilateral:
        """Trade that these costs imply: costs x importer effect x exporter effect, with the known totals."""
        sold = self.frame.groupby("exporter")["Y"].first()[self.economies].to_numpy()
        spent = self.frame.groupby("importer")["E"].first()[self.economies].to_numpy()
        return fit(costs, sold / sold.sum(), spent / spent.sum()).trade(costs)

    def response(self, elasticity: float, theory: Theory, solver: Solver | None = None) -> Columns:
        """Log changes of factory prices (the reference's consumer price is one), GDP and trade.

        The change of t^(1 - sigma) is given, so a larger elasticity of trade moves incomes less.

        Raises:
            CannotCompute: no equilibrium was found.
        """
        before, after = self.costs(), self.costs({self.agreement})
        flows = self.flows(before)
        found = respond(flows, after / before, elasticity, theory, solver)
        wage = np.asarray(found.log_wage) * elasticity
        price = np.asarray(found.log_price)[:, 0] * elasticity
        anchor = price[self.economies.index(self.reference)]
        return {
            "factory_price": (wage - anchor) / (SIGMA - 1),
            "gdp": (wage - price) / (SIGMA - 1),
            "trade": np.log(np.asarray(found.flows)[0] / flows),
        }

    def endowment(self) -> Columns:
        """General equilibrium, percent: incomes are factory prices times endowments, everywhere."""
        return _percent(self.response(SIGMA - 1, Theory(imbalances="scaled")))

    def fixed_incomes(self) -> Columns:
        """gegravity's system, percent: market clearing keeps the nominal output and spending of the baseline.

        The limit of the endowment economy in which prices move spending but not incomes, extrapolated from
        two large elasticities; the error is of the order of one over their square.
        """
        theory = Theory()
        near, far = self.response(_LARGE, theory, _EXACT), self.response(2 * _LARGE, theory, _EXACT)
        changes = {name: 2 * far[name] - near[name] for name in near}
        # Only afterwards does the peer move output and spending with factory prices, and trade with both.
        moved = changes["factory_price"]
        sold = self.frame.groupby("exporter")["Y"].first()[self.economies].to_numpy()
        world = np.log((sold * np.exp(moved)).sum() / sold.sum())
        return _percent({**changes, "trade": changes["trade"] + moved[:, None] + moved[None, :] - world})

    def country_columns(self, found: Columns) -> Columns:
        """The columns of gegravity's table of countries that follow from prices, GDP and trade, percent."""
        before = self.flows(self.costs())
        after = before * (1 + found["trade"] / 100)
        abroad = 1 - np.eye(len(self.economies))
        grown = {
            name: 100 * ((after * abroad).sum(axis=axis) / (before * abroad).sum(axis=axis) - 1)
            for name, axis in (("exports", 0), ("imports", 1))
        }
        price, gdp = 1 + found["factory_price"] / 100, 1 + found["gdp"] / 100
        return {
            "factory_price": found["factory_price"],
            "omr": 100 * (1 / price - 1),
            "imr": 100 * (price / gdp - 1),
            "gdp": found["gdp"],
            **grown,
            "home": np.diagonal(found["trade"]),
        }


def _percent(logs: Mapping[str, np.ndarray]) -> Columns:
    return {name: 100 * np.expm1(value) for name, value in logs.items()}


def differences(ours: Mapping[str, np.ndarray], theirs: Mapping[str, Any]) -> dict[str, float]:
    """Largest difference of each column that both programs give, in the columns' unit.

    Examples:
        >>> one, two = np.array([1.0]), np.array([1.25])
        >>> column = {"factory_price": one, "gdp": one, "trade": one}
        >>> differences(column, {**column, "gdp": two})["gdp"]
        0.25
    """
    return {
        name: float(np.abs(ours[name] - np.asarray(theirs[name])).max())
        for name in ("factory_price", "gdp", "trade")
    }


def peer(frame: pd.DataFrame) -> Columns:
    """gegravity's own run of its documented example, percent; trade is (importer, exporter).

    Economies in alphabetical order, as in `GravitySample.economies`.

    Raises:
        BadInput: gegravity is not installed.
    """
    if find_spec("gegravity") is None:
        raise BadInput(
            Problem(
                "gegravity is not installed, and the comparison needs it to run",
                remedy="pip install 'detente[gravity]', or pip install 'gegravity>=0.3'",
            )
        )
    import gegravity

    names = {"imp_var_name": "importer", "exp_var_name": "exporter", "year_var_name": "year"}
    names |= {"trade_var_name": "trade", "expend_var_name": "E", "output_var_name": "Y"}
    estimates = pd.DataFrame(
        [(name, value, 0.0) for name, value in COEFFICIENTS.items()], columns=["var", "beta", "stderr"]
    )
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # What it says about its progress and its use of pandas is not for our reader.
        warnings.simplefilter("ignore")
        model = gegravity.OneSectorGE(
            baseline=gegravity.BaselineData(frame.assign(constant=1), **names),
            cost_coeff_values=gegravity.CostCoeffs(
                estimates=estimates, identifier_col="var", coeff_col="beta", stderr_col="stderr"
            ),
            cost_variables=list(COEFFICIENTS),
            year=str(frame["year"].iloc[0]),
            reference_importer=REFERENCE,
            sigma=SIGMA,
        )
        model.build_baseline(omr_rescale=1)
        changed = model.baseline_data.copy()
        signed = changed["importer"].isin(AGREEMENT) & changed["exporter"].isin(AGREEMENT)
        changed.loc[signed & (changed["importer"] != changed["exporter"]), "pta"] = 1
        model.define_experiment(changed)
        model.simulate()
    table = model.country_results.sort_index()
    trade = model.bilateral_trade_results["trade change (percent)"].unstack("exporter")
    return {
        "factory_price": table["factory gate price change (percent)"].to_numpy(dtype=float),
        "gdp": table["GDP change (percent)"].to_numpy(dtype=float),
        "trade": trade.loc[table.index, table.index].to_numpy(dtype=float),
    }


def _documented(sample: GravitySample, ours: Columns) -> list[Printed]:
    """What the documentation prints, beside ours."""
    table, rows = sample.country_columns(ours), []
    for economy, printed in DOCUMENTED.items():
        at = sample.economies.index(economy)
        for (name, column), digits in zip(COUNTRY_COLUMNS.items(), printed, strict=True):
            rows.append(Printed("documentation, countries", economy, column, digits, float(table[name][at])))
    exporter = sample.economies.index("AUS")
    for economy, digits in DOCUMENTED_TRADE.items():
        value = float(ours["trade"][sample.economies.index(economy), exporter])
        rows.append(Printed("documentation, exports of AUS", economy, "trade", digits, value))
    return rows


def _both(sample: GravitySample, ours: Columns, theirs: Columns) -> list[Printed]:
    """gegravity's answer in this run to six digits after the point, beside ours."""
    return [
        Printed("gegravity in this run", economy, column, f"{theirs[name][at]:.6f}", float(ours[name][at]))
        for at, economy in enumerate(sample.economies)
        for name, column in (("factory_price", "factory gate price"), ("gdp", "real GDP"))
    ]


def replicate(data: Path) -> Replication:
    """The documented agreement by gegravity and by us, with what the documentation prints.

    Args:
        data: folder with gegravity_sample_data_set.dlm.

    Raises:
        BadInput: the file or columns of it are missing, or gegravity is not installed.
        CannotCompute: no equilibrium was found.
    """
    frame = read_sample(data)
    theirs = peer(frame)
    sample = GravitySample(frame)
    ours, endowment = sample.fixed_incomes(), sample.endowment()
    gap = max(differences(ours, theirs).values())
    numbers = _documented(sample, ours) + _both(sample, ours, theirs)
    for economy in sorted(AGREEMENT):
        at = sample.economies.index(economy)
        for name, column in (("factory_price", "factory gate price"), ("gdp", "real GDP")):
            value = float(endowment[name][at])
            numbers.append(Printed("with incomes that follow prices", economy, column, None, value))
    return Replication(
        paper=(
            "Herman, P. R. (2021), gegravity: General Equilibrium Gravity Modeling in Python, USITC "
            "Economics Working Paper 2021-04-B; package gegravity and its documentation"
        ),
        inputs="gegravity's sample data set: 30 economies, 2006; both programs ran on it just now",
        numbers=tuple(numbers),
        notes=(
            f"Largest difference between the two programs over prices, GDP and all {ours['trade'].size} "
            f"flows: {gap:.1e} percentage points; gegravity solves to 1e-8.",
            "gegravity keeps the nominal output and spending of the baseline in its market clearing; ours is "
            "the same system here. With incomes that follow prices the second digit moves: see "
            "replications/gegravity-sample/differences.md.",
        ),
    )
