"""The sample of `gegravity`: the Canada-Japan agreement of its documentation, timed side by side.

What is computed is in `detente.studies.replications.gegravity_sample`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.timing import clock, interleave
from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
from detente.studies.replications.gegravity_sample import (
    COEFFICIENTS,
    REFERENCE,
    SIGMA,
    GravitySample,
    differences,
)

__all__ = ["NAME", "compare", "peer_table"]

NAME = "gegravity"
TABLE = Path(__file__).parent / "results" / "gegravity_canada_japan.json"


def peer_table() -> dict[str, Any]:
    """What gegravity 0.3 gives for its documented example, with its provenance."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


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
