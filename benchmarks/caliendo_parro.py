"""`puremacro` on g20-2019: 25 points more on all that the United States buys from China."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers import Peer
from benchmarks.synthetic import synthetic_baseline
from benchmarks.timing import clock, interleave
from detente.model import Baseline, Equilibrium, Solver, Theory, calibrate, scenario_weights, solve_baseline
from detente.world import World, load_world

__all__ = ["NAME", "TOLERANCE", "compare", "growth", "prepared"]

NAME = "puremacro"
WORLD, IMPORTER, EXPORTER, POINTS = "g20-2019", "USA", "CHN", 0.25
TOLERANCE = 1e-10
# Economies and sectors of the synthetic worlds on which growth is measured.
SIZES = ((5, 5), (10, 10), (20, 20), (30, 20))


def compare(repetitions: int) -> dict[str, Any]:
    """The same calibrated arrays, the same tariffs and the same tolerance in both programs, taking turns."""
    world = load_world(WORLD)
    theory = Theory()
    base = calibrate(world, theory)
    tariff = world.tariff_factor.copy()
    pair = world.economies.index(IMPORTER), world.economies.index(EXPORTER)
    tariff[:, pair[0], pair[1]] += POINTS
    solver = Solver(tolerance=TOLERANCE)

    def ours() -> tuple[float, Equilibrium]:
        return clock(lambda: solve_baseline(base, scenario_weights(base, tariff), theory, solver))

    peer = prepared(base, tariff)
    answers: list[dict[str, Any]] = []

    def theirs() -> float:
        answers.append(peer.ask("solve", tolerance=TOLERANCE))
        return float(answers[-1]["seconds"])

    seconds = interleave({"detente": lambda: ours()[0], NAME: theirs}, repetitions)
    found = ours()[1]
    default = peer.ask("default_model", importer=IMPORTER, exporter=EXPORTER, points=POINTS)
    peer.close()
    return {
        "size": [len(world.economies), len(world.sectors)],
        "solve": seconds,
        "passes": {"detente": found.passes, NAME: answers[-1]["passes"]},
        "residual": {"detente": found.residual, NAME: answers[-1]["residual"]},
        "solved": {"detente": found.status == "solved", NAME: answers[-1]["solved"]},
        "difference": {
            "wage": float(np.abs(np.exp(np.asarray(found.log_wage)) - np.array(answers[-1]["wage"])).max()),
            "real_income": float(np.abs(real_income(base, found) - np.array(answers[-1]["welfare"])).max()),
        },
        "default_model": {**default, "ours": own_answer(world, base, found, pair)},
    }


def growth(repetitions: int) -> list[dict[str, Any]]:
    """25 points on one pair of synthetic worlds of growing size, in both programs."""
    rows, solver, theory = [], Solver(tolerance=TOLERANCE), Theory()
    for economies, sectors in SIZES:
        base, before = synthetic_baseline(economies, sectors)
        tariff = before.copy()
        tariff[:, 0, 1] += POINTS
        peer = prepared(base, tariff)
        answers: list[dict[str, Any]] = []

        def theirs(peer: Peer = peer, answers: list[dict[str, Any]] = answers) -> float:
            answers.append(peer.ask("solve", tolerance=TOLERANCE))
            return float(answers[-1]["seconds"])

        def ours(base: Baseline = base, tariff: np.ndarray = tariff) -> Equilibrium:
            return solve_baseline(base, scenario_weights(base, tariff), theory, solver)

        seconds = interleave({"detente": lambda ours=ours: clock(ours)[0], NAME: theirs}, repetitions)
        peer.close()
        wage = np.exp(np.asarray(ours().log_wage))
        rows.append(
            {
                "economies": economies,
                "sectors": sectors,
                "markets": economies * sectors,
                "solve": seconds,
                "solved": {"detente": ours().status == "solved", NAME: answers[-1]["solved"]},
                "difference": float(np.abs(wage - np.array(answers[-1]["wage"])).max()),
            }
        )
    return rows


def prepared(base: Baseline, tariff: np.ndarray) -> Peer:
    """A worker that has read our arrays."""
    peer = Peer("puremacro_worker.py")
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "baseline.npz"
        np.savez(arrays, allow_pickle=False, **for_peer(base, tariff))
        peer.ask("prepare", arrays=str(arrays))
    return peer


def for_peer(base: Baseline, tariff: np.ndarray) -> dict[str, np.ndarray]:
    """Our arrays as the peer wants them.

    Levels are shares of world wage income: the peer also wants excess demand below 1e-6 in its own unit,
    which in USD million would be below rounding. What nobody buys is said to come from home, because it wants
    shares that sum to one.
    """
    sourcing = np.array(base.sourcing)
    sector, economy = np.nonzero(sourcing.sum(axis=2) <= 0)
    sourcing[sector, economy, economy] = 1.0
    world_income = base.wage_income.sum()
    arrays = base._asdict()
    return {
        **{
            name: arrays[name]
            for name in ("value_added_share", "input_share", "final_share", "trade_elasticity")
        },
        "sourcing": sourcing,
        "tariff_factor": base.tariff_factor,
        "new_tariff_factor": tariff,
        "wage_income": base.wage_income / world_income,
        "imbalance": base.imbalance / world_income,
    }


def real_income(base: Baseline, found: Equilibrium) -> np.ndarray:
    """Income over consumer prices, new over old, (economy,)."""
    duty = (base.sourcing * (1 - 1 / base.tariff_factor)).sum(axis=2).T
    income = base.wage_income + base.imbalance + (duty * base.spending).sum(axis=1)
    prices = np.exp((base.final_share * found.log_price).sum(axis=1))
    change: np.ndarray = np.asarray(found.income / income / prices)
    return change


def own_answer(world: World, base: Baseline, found: Equilibrium, pair: tuple[int, int]) -> dict[str, float]:
    """What our model says about the two numbers that the peer's default model gives, percent."""
    before = world.flows[:, pair[0], pair[1]].sum()
    prices = (base.final_share[pair[0]] * np.asarray(found.log_price)[pair[0]]).sum()
    return {
        "exports_change": float(100 * (np.asarray(found.flows)[:, pair[0], pair[1]].sum() / before - 1)),
        "consumer_prices_change": float(100 * np.expm1(prices)),
    }
