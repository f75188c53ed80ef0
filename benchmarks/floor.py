"""Time over the floor: how long a solve takes against moving its data through the processor once a pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from benchmarks.timing import clock, interleave, median
from detente.errors import BadInput
from detente.model import (
    Baseline,
    Theory,
    Weights,
    calibrate,
    scenario_weights,
    shock_weights,
    solve_baseline,
)
from detente.policy import compile_scenario, load_scenario
from detente.world import World, list_worlds, load_world

__all__ = ["bandwidth_loops", "bytes_a_pass", "solves"]

_LOOPS = 40

# Small and large, with quotas and without, a few pairs and all of them.
SCENARIOS = (
    "canada-china-2026",
    "us-tariffs-on-canada",
    "us-china-peak-2025-04",
    "section-338-2026-08",
    "us-retaliation-100",
    "policy-today",
)


def bytes_a_pass(economies: int, sectors: int) -> int:
    """Bytes that a pass has to read: two bilateral arrays, and input shares for costs and again for spending.

    Sums over exporters and over importers of one bilateral array count as one read.
    """
    return 8 * (2 * sectors * economies**2 + 2 * economies * sectors**2)


def bandwidth_loops(economies: int, sectors: int) -> dict[str, tuple[int, Callable[[], float]]]:
    """Bytes moved, and the clock of moving them, in three patterns.

    "same pattern": the contractions of a pass and nothing else; "sum": one array of as many bytes; "stream":
    one array that no cache holds.
    """
    random = np.random.default_rng(0)
    bilateral = jnp.asarray(random.random((2, sectors, economies, economies)))
    inputs = jnp.asarray(random.random((economies, sectors, sectors)))
    start = jnp.asarray(random.random((economies, sectors)))

    def contractions(point: Array) -> Array:
        cost = jnp.einsum("ik,iks->is", point, inputs)
        access = jnp.einsum("sni,is->ns", bilateral[0], cost)
        sold = jnp.einsum("sni,ns->is", bilateral[1], access)
        wanted = jnp.einsum("iks,is->ik", inputs, sold)
        return wanted / wanted.max()

    passes = jax.jit(lambda point: jax.lax.fori_loop(0, _LOOPS, lambda _, now: contractions(now), point))
    working_set = bytes_a_pass(economies, sectors)
    large = jnp.asarray(random.random(32_000_000))
    return {
        "same pattern": (_LOOPS * working_set, _timed(passes, start)),
        "sum": (working_set, _timed(jax.jit(jnp.sum), jnp.asarray(random.random(working_set // 8)))),
        "stream": (large.nbytes, _timed(jax.jit(jnp.sum), large)),
    }


def _timed(function: Callable[[Array], Array], argument: Array) -> Callable[[], float]:
    return lambda: clock(lambda: function(argument).block_until_ready())[0]


def _cases(world: World, base: Baseline) -> dict[str, Weights]:
    """The shipped scenarios that fit the world, and 25 points more on one bilateral flow."""
    cases = {}
    for name in SCENARIOS:
        try:
            cases[name] = shock_weights(base, compile_scenario(load_scenario(name), world))
        except BadInput:
            continue
    named = "USA" in world.economies and "CHN" in world.economies
    importer, exporter = (world.economies.index(code) for code in ("USA", "CHN")) if named else (0, 1)
    tariff = world.tariff_factor.copy()
    tariff[:, importer, exporter] += 0.25
    cases["25 points on one partner"] = scenario_weights(base, tariff)
    return cases


def _worlds() -> dict[str, World]:
    bundled = {entry.name for entry in list_worlds() if entry.bundled}
    order: tuple[str, ...] = ("world-2022", "wiod-2011", "g20-2019")
    worlds = {name: load_world(name) for name in order if name in bundled}
    if "world-2022" in worlds:
        return worlds
    # Random numbers of the size of the default world, where it has not been built.
    from tests.worlds import random_world

    return {"random numbers": random_world(0, 81, 50), **worlds}


def solves(repetitions: int) -> list[dict[str, Any]]:
    """Every bundled world under every scenario: passes, seconds, floor and their ratio; cases take turns."""
    return [row for name, world in _worlds().items() for row in _solves(name, world, repetitions)]


def _solves(name: str, world: World, repetitions: int) -> list[dict[str, Any]]:
    size = len(world.economies), len(world.sectors)
    theory = _theory(world)
    base = calibrate(world, theory)
    cases = _cases(world, base)

    def timed(weights: Weights) -> float:
        return clock(lambda: solve_baseline(base, weights, theory))[0]

    first = timed(next(iter(cases.values())))
    found = {case: solve_baseline(base, weights, theory) for case, weights in cases.items()}
    loops = bandwidth_loops(*size)
    # Solves and memory take turns too: what slows the one down slows the other down.
    seconds = interleave(
        {
            **{case: partial(timed, weights) for case, weights in cases.items()},
            **{pattern: clocked for pattern, (_, clocked) in loops.items()},
        },
        repetitions,
    )
    speed = {pattern: moved / median(seconds[pattern]) / 1e9 for pattern, (moved, _) in loops.items()}
    rows = []
    for case in cases:
        floor = found[case].passes * bytes_a_pass(*size) / (speed["same pattern"] * 1e9)
        rows.append(
            {
                "world": name,
                "size": list(size),
                "scenario": case,
                "status": found[case].status,
                "residual": found[case].residual,
                "passes": found[case].passes,
                "seconds": median(seconds[case]),
                "first_seconds": first,
                "bytes_a_pass": bytes_a_pass(*size),
                "bandwidth": speed,
                "floor_seconds": floor,
                "time_over_floor": median(seconds[case]) / floor,
            }
        )
    return rows


def _theory(world: World) -> Theory:
    """The default; random sectors have no estimated elasticities."""
    return Theory() if world.classification != "random" else Theory(elasticities="uniform:4")
