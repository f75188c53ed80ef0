"""The sample of `gegravity`: the Canada-Japan agreement of its documentation, computed by both programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.timing import clock, interleave
from detente.model import Solver, Theory, baseline_from_shares, scenario_weights, solve_baseline

__all__ = [
    "COEFFICIENTS",
    "NAME",
    "REFERENCE",
    "SIGMA",
    "GravitySample",
    "compare",
    "differences",
    "peer_table",
]

NAME = "gegravity"
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
TABLE = Path(__file__).parent / "results" / "gegravity_canada_japan.json"
# Elasticities of the two solves from which fixed incomes are extrapolated, and how exactly they are solved.
_LARGE = 1e4
_EXACT = Solver(tolerance=1e-14)


def peer_table() -> dict[str, Any]:
    """What gegravity 0.3 gives for its documented example, with its provenance."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


class GravitySample:
    """Our side, from the data frame to the results; costs are t^(1 - sigma), arrays (importer, exporter)."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame.assign(constant=1)
        self.economies = sorted(frame["importer"].unique())

    def costs(self, pairs: Collection[frozenset[str]] = ()) -> np.ndarray:
        """exp(x beta) with an agreement between the members of each pair."""
        frame = self.frame.set_index(["importer", "exporter"])
        signed = [frozenset(flow) in pairs for flow in frame.index]
        pta = frame["pta"].where(~np.array(signed), 1)
        covariates = frame.assign(pta=pta)[list(COEFFICIENTS)]
        index = (covariates * list(COEFFICIENTS.values())).sum(axis=1).unstack("exporter")
        return np.asarray(np.exp(index.loc[self.economies, self.economies].to_numpy()))

    def flows(self, costs: np.ndarray) -> np.ndarray:
        """Trade that these costs imply: costs x importer effect x exporter effect, with the known totals."""
        sold = self.frame.groupby("exporter")["Y"].first()[self.economies].to_numpy()
        spent = self.frame.groupby("importer")["E"].first()[self.economies].to_numpy()
        sold, spent = sold / sold.sum(), spent / spent.sum()
        exporter = np.ones(len(sold))
        for _ in range(10_000):
            importer = spent / (costs @ exporter)
            previous, exporter = exporter, sold / (costs.T @ importer)
            if np.abs(exporter / previous - 1).max() < 1e-14:
                break
        return np.asarray(costs * importer[:, None] * exporter)

    def response(
        self, elasticity: float, theory: Theory, solver: Solver | None = None
    ) -> dict[str, np.ndarray]:
        """Percent changes of factory prices (the reference's consumer price is one), GDP and trade.

        The change of t^(1 - sigma) is given, so a larger elasticity of trade moves incomes less.
        """
        before, after = self.costs(), self.costs({frozenset({"CAN", "JPN"})})
        flows = self.flows(before)[None]
        count = len(self.economies)
        all_labour = np.ones((count, 1))
        base = baseline_from_shares(
            flows, np.ones_like(flows), np.zeros((count, 1, 1)), all_labour, np.array([elasticity])
        )
        cost = (after / before)[None] ** (-1.0 / elasticity)
        found = solve_baseline(base, scenario_weights(base, np.ones_like(flows), cost), theory, solver)
        if found.status != "solved":
            raise RuntimeError(found.message)
        wage = np.asarray(found.log_wage) * elasticity
        price = np.asarray(found.log_price)[:, 0] * elasticity
        anchor = price[self.economies.index(REFERENCE)]
        return {
            "factory_price": (wage - anchor) / (SIGMA - 1),
            "gdp": (wage - price) / (SIGMA - 1),
            "trade": np.log(np.asarray(found.flows)[0] / flows[0]),
        }

    def endowment(self) -> dict[str, np.ndarray]:
        """General equilibrium: incomes are factory prices times endowments, everywhere in the equations."""
        return _percent(self.response(SIGMA - 1, Theory(imbalances="scaled")))

    def fixed_incomes(self) -> dict[str, np.ndarray]:
        """gegravity's system: the nominal output and spending of the baseline stay in the market clearing.

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


def _percent(logs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: 100 * np.expm1(value) for name, value in logs.items()}


def differences(ours: dict[str, np.ndarray], peer: dict[str, Any]) -> dict[str, float]:
    """Largest difference of each column, percentage points."""
    return {
        name: float(np.abs(ours[name] - np.array(peer[name])).max())
        for name in ("factory_price", "gdp", "trade")
    }


def compare(data: Path, repetitions: int) -> dict[str, Any]:
    """Both programs on the same work, taking turns."""
    from benchmarks.peers import Peer

    sample = GravitySample(pd.read_csv(data))
    peer = Peer("gegravity_worker.py")
    peer.ask("prepare", data=str(data), coefficients=COEFFICIENTS, sigma=SIGMA, reference=REFERENCE)
    answers: list[dict[str, Any]] = []

    def theirs() -> float:
        answers.append(peer.ask("run"))
        return float(
            answers[-1]["setup"]
            + answers[-1]["build_baseline"]
            + answers[-1]["define_experiment"]
            + answers[-1]["simulate"]
        )

    seconds = interleave(
        {"whole": lambda: clock(sample.endowment)[0], "solve": warm_solve(sample), NAME: theirs}, repetitions
    )
    peer.close()
    results = answers[-1]["results"]
    TABLE.write_text(json.dumps({"source": PROVENANCE, **results}, indent=1) + "\n", encoding="utf-8")
    return {
        "economies": len(sample.economies),
        "whole": {"detente": seconds["whole"], NAME: seconds[NAME]},
        "solve": {"detente": seconds["solve"], NAME: [answer["solve"] for answer in answers[1:]]},
        "evaluations": answers[-1]["evaluations"],
        "same_system": differences(sample.fixed_incomes(), results),
        "endowment_economy": differences(sample.endowment(), results),
        "canada_gdp": {
            NAME: results["gdp"][results["economies"].index("CAN")],
            "same_system": float(sample.fixed_incomes()["gdp"][sample.economies.index("CAN")]),
            "endowment_economy": float(sample.endowment()["gdp"][sample.economies.index("CAN")]),
        },
    }


PROVENANCE = (
    "gegravity 0.3 (Herman 2021, USITC Working Paper 2021-04-B) on its own sample data, the Canada-Japan "
    "agreement of its documentation; percent changes; trade is (importer, exporter)"
)


def warm_solve(sample: GravitySample) -> Callable[[], float]:
    """The clock of our solve proper, everything before it done, in the endowment economy."""
    flows = sample.flows(sample.costs())[None]
    count = flows.shape[1]
    base = baseline_from_shares(
        flows, np.ones_like(flows), np.zeros((count, 1, 1)), np.ones((count, 1)), np.array([SIGMA - 1])
    )
    cost = (sample.costs({frozenset({"CAN", "JPN"})}) / sample.costs())[None] ** (-1 / (SIGMA - 1))
    weights = scenario_weights(base, np.ones_like(flows), cost)
    theory = Theory(imbalances="scaled")
    return lambda: clock(lambda: solve_baseline(base, weights, theory))[0]
