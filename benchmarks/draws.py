"""Draws a second: one tariff scenario under drawn elasticities, beside a loop over a peer.

A draw is a whole comparison: elasticities, reference and scenario folded and solved on them, real income and
bilateral exports. On the default device of JAX, so that the same command measures a processor or an
accelerator: `python -m benchmarks.run --only draws`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

from benchmarks.caliendo_parro import NAME, TOLERANCE, prepared
from benchmarks.timing import clock, interleave, median
from detente.model import Baseline, Equilibrium, Solver, Theory, Weights, calibrate, shock_weights, solve_many
from detente.model.batch import with_elasticity
from detente.outcome.trade import bilateral_exports
from detente.outcome.welfare import real_income
from detente.policy import no_shock, set_tariffs
from detente.world import World, load_world

__all__ = ["draws_a_second"]

IMPORTER, EXPORTER, POINTS = "USA", "CHN", 0.25
# Draws that are timed together, and those of the peer, whose every solve takes seconds, by number of markets.
MANY, FEW, PEERS = 256, 64, 2
LARGE = 2000
# Seconds that one draw of the peer may take before it is said to take longer.
PATIENCE = 600.0


def _elasticities(world: World, base: Baseline, count: int) -> np.ndarray:
    """Elasticities 20 percent up or down, log-normal, (draw, sector)."""
    rng = np.random.default_rng(1)
    central = np.asarray(base.trade_elasticity)
    drawn: np.ndarray = central * rng.lognormal(0.0, 0.2, (count, len(world.sectors)))
    return drawn


def _tariff(world: World) -> np.ndarray:
    tariff = world.tariff_factor.copy()
    tariff[:, world.economies.index(IMPORTER), world.economies.index(EXPORTER)] += POINTS
    return tariff


def _cases(
    world: World, base: Baseline, theory: Theory, drawn: np.ndarray
) -> Iterator[tuple[Baseline, Weights]]:
    """Reference and scenario of every draw in turn."""
    shocks = no_shock(world), set_tariffs(world, _tariff(world))
    for theta in drawn:
        here = with_elasticity(base, theta, theory)
        for shock in shocks:
            yield here, shock_weights(here, shock)


def _answers(
    world: World, base: Baseline, theory: Theory, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Change of real income, (draw, economy), and exports of the scenario, (draw, exporter, importer)."""
    found = solve_many(_cases(world, base, theory, drawn), theory, Solver(tolerance=TOLERANCE))
    income, exports = [], []
    for reference in found:
        scenario: Equilibrium = next(found)
        income.append(real_income(reference, scenario, scenario.bilateral.base))
        exports.append(bilateral_exports(scenario))
    return np.array(income), np.array(exports)


def draws_a_second(repetitions: int, patience: float = PATIENCE) -> list[dict[str, Any]]:
    """Both programs on the same draws, taking turns where the peer is fast enough for that."""
    theory, rows = Theory(), []
    whole = load_world("world-2022")
    for world in (whole.aggregate("focus"), whole):
        base = calibrate(world, theory)
        count = FEW if base.output.size > LARGE else MANY
        drawn = _elasticities(world, base, count)
        pairs = _cases(world, base, theory, drawn)
        folded, cases = clock(lambda pairs=pairs: list(pairs))
        statuses = [found.status for found in solve_many(cases, theory)]
        seconds = interleave(
            {
                "draws": lambda world=world, base=base, drawn=drawn: clock(
                    lambda: _answers(world, base, theory, drawn)
                )[0],
                "solves": lambda cases=cases: clock(lambda: len(list(solve_many(cases, theory))))[0],
            },
            repetitions,
        )
        income, _ = _answers(world, base, theory, drawn[:PEERS])
        rows.append(
            {
                "world": world.name,
                "size": [len(world.economies), len(world.sectors)],
                "device": f"{jax.devices()[0].platform} {jax.devices()[0].device_kind}",
                "count": count,
                "solved": statuses.count("solved") / len(statuses),
                "draws_a_second": count / median(seconds["draws"]),
                "solves_a_second": 2 * count / median(seconds["solves"]),
                "shocks_folded_a_second": 2 * count / folded,
                NAME: _peer(world, base, drawn, income, patience),
            }
        )
    return rows


def _peer(
    world: World, base: Baseline, drawn: np.ndarray, income: np.ndarray, patience: float
) -> dict[str, Any]:
    """A loop over the peer on the first draws: seconds of each, and how far its answers are from ours."""
    peer = prepared(base, _tariff(world))
    seconds: list[float] = []
    gaps: list[float] = []
    start = time.perf_counter()
    for theta, ours in zip(drawn[:PEERS], income, strict=False):
        answer = peer.ask_within(patience, "draw", elasticity=theta.tolist(), tolerance=TOLERANCE)
        if answer is None:
            peer.kill()
            return {"seconds": seconds, "longer_than": time.perf_counter() - start, "difference": gaps}
        seconds.append(answer["seconds"])
        gaps.append(float(np.abs(np.array(answer["welfare"]) - ours).max()))
    peer.close()
    return {"seconds": seconds, "longer_than": None, "difference": gaps}
