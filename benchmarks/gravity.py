"""The sample of `gegravity`: the Canada-Japan agreement of its documentation, timed side by side.

What is computed is in `detente.studies.replications.gegravity_sample`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.peers import Peer
from benchmarks.synthetic import gravity_frame
from benchmarks.timing import clock, interleave
from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
from detente.studies.replications.gegravity_sample import (
    AGREEMENT,
    COEFFICIENTS,
    REFERENCE,
    SIGMA,
    GravitySample,
    differences,
)

__all__ = ["NAME", "compare", "growth", "peer_table"]

NAME = "gegravity"
# Economies of the synthetic worlds on which growth is measured.
SIZES = (30, 60, 120)
TABLE = Path(__file__).parent / "results" / "gegravity_canada_japan.json"


def peer_table() -> dict[str, Any]:
    """What gegravity 0.3 gives for its documented example, with its provenance."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def compare(data: Path, repetitions: int) -> dict[str, Any]:
    """Both programs on the same work, taking turns."""
    sample = GravitySample(pd.read_csv(data))
    peer = Peer("gegravity_worker.py")
    _prepare(peer, data, REFERENCE, AGREEMENT)
    answers: list[dict[str, Any]] = []

    def theirs() -> float:
        answers.append(peer.ask("run"))
        return _whole(answers[-1])

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


def _prepare(peer: Peer, data: Path, reference: str, partners: Collection[str]) -> None:
    options = {"coefficients": COEFFICIENTS, "sigma": SIGMA, "reference": reference}
    peer.ask("prepare", data=str(data), partners=list(partners), **options)


def _whole(answer: dict[str, Any]) -> float:
    """Seconds of the peer from the data frame to the results."""
    return float(sum(answer[step] for step in ("setup", "build_baseline", "define_experiment", "simulate")))


def growth(repetitions: int) -> list[dict[str, Any]]:
    """An agreement between the two largest economies of synthetic worlds of growing size, in both programs.

    Coefficients and elasticity are those of the documented example; the peer takes many seconds at the
    largest size, so that few repetitions are taken there.
    """
    rows = []
    for economies in SIZES:
        frame = gravity_frame(economies)
        partners = frame.groupby("exporter")["Y"].first().sort_values().index[-2:].tolist()
        sample = GravitySample(frame, frozenset(partners), partners[0])
        answers: list[dict[str, Any]] = []
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "world.csv"
            frame.to_csv(data, index=False)
            peer = Peer("gegravity_worker.py")
            _prepare(peer, data, partners[0], partners)

            def theirs(peer: Peer = peer, answers: list[dict[str, Any]] = answers) -> float:
                answers.append(peer.ask("run"))
                return _whole(answers[-1])

            whole = partial(clock, sample.endowment)
            seconds = interleave(
                {"whole": lambda whole=whole: whole()[0], "solve": warm_solve(sample), NAME: theirs},
                repetitions if economies < 100 else min(2, repetitions),
            )
            peer.close()
        rows.append(
            {
                "economies": economies,
                "whole": {"detente": seconds["whole"], NAME: seconds[NAME]},
                "solve": {"detente": seconds["solve"], NAME: [answer["solve"] for answer in answers[1:]]},
                "same_system": differences(sample.fixed_incomes(), answers[-1]["results"]),
            }
        )
    return rows


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
    cost = (sample.costs({sample.agreement}) / sample.costs())[None] ** (-1 / (SIGMA - 1))
    weights = scenario_weights(base, np.ones_like(flows), cost)
    theory = Theory(imbalances="scaled")
    return lambda: clock(lambda: solve_baseline(base, weights, theory))[0]
