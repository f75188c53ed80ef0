"""Solves per second: many shocks on one world, and one shock under many elasticities.

On the default device of JAX, so that the same command measures a processor or an accelerator:
`python -m benchmarks.run --only throughput`.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from benchmarks.timing import clock, interleave, median
from detente.model import (
    Baseline,
    Theory,
    Weights,
    calibrate,
    scenario_weights,
    solve_baseline,
    solve_many,
    with_elasticity,
)
from detente.world import World, list_worlds, load_world

__all__ = ["solves_a_second"]

Case = tuple[Baseline, Weights]


def _scenarios(base: Baseline, world: World, count: int) -> list[Case]:
    """Tariffs of up to 50 points more on each of three drawn pairs of economies, all sectors."""
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(count):
        tariff = world.tariff_factor.copy()
        for _ in range(3):
            importer, exporter = rng.choice(len(world.economies), 2, replace=False)
            tariff[:, importer, exporter] += rng.uniform(0.05, 0.5)
        cases.append((base, scenario_weights(base, tariff)))
    return cases


def _draws(base: Baseline, theory: Theory, world: World, count: int) -> list[Case]:
    """25 points on the trade of the two largest economies, elasticities 20 percent up or down, log-normal."""
    rng = np.random.default_rng(1)
    first, second = (int(at) for at in np.argsort(np.asarray(base.wage_income))[-2:])
    tariff = world.tariff_factor.copy()
    tariff[:, first, second] += 0.25
    tariff[:, second, first] += 0.25
    central = np.asarray(base.trade_elasticity)
    bases = [
        with_elasticity(base, central * rng.lognormal(0.0, 0.2, central.shape), theory) for _ in range(count)
    ]
    return [(drawn, scenario_weights(drawn, tariff)) for drawn in bases]


def solves_a_second(repetitions: int, count: int = 32) -> list[dict[str, Any]]:
    """Every kind of batch, one by one and by `solve_many`; folding a shock into arrays is timed apart."""
    bundled = {entry.name for entry in list_worlds() if entry.bundled}
    theory, rows = Theory(), []
    for name in ("world-2022", "g20-2019"):
        if name not in bundled:
            continue
        world = load_world(name)
        base = calibrate(world, theory)
        kinds = {
            "scenarios": lambda base=base, world=world: _scenarios(base, world, count),
            "draws": lambda base=base, world=world: _draws(base, theory, world, count),
        }
        for kind, make in kinds.items():
            make()
            folded, cases = clock(make)
            seconds = interleave(
                {
                    "one by one": lambda cases=cases: clock(
                        lambda: [solve_baseline(*case, theory).status for case in cases]
                    )[0],
                    "solve_many": lambda cases=cases: clock(
                        lambda: [found.status for found in solve_many(cases, theory)]
                    )[0],
                },
                repetitions,
            )
            rows.append(
                {
                    "world": name,
                    "size": [len(world.economies), len(world.sectors)],
                    "device": f"{jax.devices()[0].platform} {jax.devices()[0].device_kind}",
                    "kind": kind,
                    "count": count,
                    "solved": sum(found.status == "solved" for found in solve_many(cases, theory)),
                    "folding": count / folded,
                    "a_second": {way: count / median(times) for way, times in seconds.items()},
                }
            )
    return rows
