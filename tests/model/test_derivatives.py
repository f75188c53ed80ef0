"""Derivatives at a solution equal differences of solutions, for every value of every choice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import jax.numpy as jnp
import numpy as np
import pytest

from detente.model import (
    Baseline,
    Equilibrium,
    Solver,
    Theory,
    baseline_from_shares,
    derivative,
    jacobian,
    levers,
    shock_weights,
    solve_baseline,
)
from detente.model import theory as choices
from detente.model.baseline import _purchases
from detente.model.labour import Groups
from detente.policy.shock import Limits, Shock
from detente.world.world import World
from tests.model.shocks import random_shock, real_income
from tests.worlds import random_world

# Solutions are exact to 1e-13 or so, differences are over 1e-4 to 1e-3, and extrapolation leaves h^6.
CLOSE = 1e-7
STEPS = (1e-3, 2e-4)
EXACT = Solver(tolerance=1e-13, max_passes=4000)

NEEDS = {
    ("market", "external"): {"scale_elasticity": 0.1},
    ("labour", "roy-frechet"): {"labour_shape": 1.7},
    ("labour", "groups"): {"labour_shape": 1.7, "labour_groups": "those of the test"},
    ("revenue", "labour-tax"): {"labour_supply": 0.4},
}
ONE_BY_ONE = {
    f"{name}={value}": {name: value, **NEEDS.get((name, value), {})}
    for name in ("market", "inputs", "labour", "revenue", "imbalances")
    for value in get_args(getattr(choices, name.capitalize()))
}
THEORIES = {
    **ONE_BY_ONE,
    "sectors=one": {"sectors": "one"},
    "nests": {"value_added_substitution": 0.6, "input_substitution": 0.3},
    "supply": {"labour_supply": 0.5},
    "tax": {"labour_supply": 0.5, "revenue": "labour-tax", "labour_tax": 0.3},
    "melitz, nests, separate": {"market": "melitz", "inputs": "separate", "value_added_substitution": 0.7},
    "krugman, specific": {"market": "krugman", "labour": "specific", "labour_supply": 0.2},
    "profits, groups": {"market": "fixed-firms", "labour": "groups", "labour_groups": "those of the test"},
}
# Limits take long to compile, and meet what theories change in few places.
WITH_LIMITS = ("market=perfect", "inputs=network", "melitz, nests, separate", "tax")


def theory_of(name: str) -> Theory:
    return Theory("uniform:4", **THEORIES[name])


def world_of(theory: Theory) -> World:
    return random_world(5, economies=3, sectors=1 if theory.sectors == "one" else 3)


def base_at(world: World, theory: Theory, elasticity: np.ndarray) -> Baseline:
    """The baseline at trade elasticities, (sector,), with two groups of workers where the theory has some."""
    flows, input_share = _purchases(world, theory)
    value_added = 1.0 - input_share.sum(axis=1)
    base = baseline_from_shares(flows, world.tariff_factor, input_share, value_added, elasticity, theory)
    if theory.labour != "groups":
        return base
    economies, sectors = world.output.shape
    first = np.random.default_rng(8).uniform(0.2, 0.8, (economies, sectors))
    earnings = np.concatenate([first, 1.0 - first])
    economy = np.tile(np.arange(economies), 2)
    earned = earnings * np.asarray(base.payroll)[economy]
    share = earned / earned.sum(axis=1, keepdims=True)
    groups = Groups(jnp.asarray(economy), jnp.asarray(share), jnp.asarray(earnings))
    return base._replace(labour=base.labour._replace(groups=groups))


def shock_at(shock: Shock, moved: dict[str, np.ndarray]) -> Shock:
    """The shock with levers moved by so much."""
    whole = {
        name: (
            getattr(shock, name)
            if getattr(shock, name) is not None
            else float(name in ("productivity", "export_factor"))
        )
        + moved[name]
        for name in (
            "tariff_factor",
            "cost_factor",
            "export_factor",
            "productivity",
            "production_subsidy",
            "consumption_subsidy",
        )
        if name in moved
    }
    parts = {
        name.removeprefix("variety_"): getattr(shock.varieties, name.removeprefix("variety_")) + by
        for name, by in moved.items()
        if name.startswith("variety_")
    }
    held = shock.limits
    if "member_tariff_factor" in moved:
        tariff = held.members.tariff_factor + moved["member_tariff_factor"]
        held = held._replace(members=held.members._replace(tariff_factor=tariff))
    if "member_cost_factor" in moved:
        cost = held.members.cost_factor + moved["member_cost_factor"]
        held = held._replace(members=held.members._replace(cost_factor=cost))
    if "limit_size" in moved:
        held = held._replace(size=held.size + moved["limit_size"])
    return replace(shock, **whole, varieties=shock.varieties._replace(**parts), limits=held)


def solved(
    world: World, theory: Theory, shock: Shock, elasticity: np.ndarray
) -> tuple[Baseline, Equilibrium]:
    base = base_at(world, theory, elasticity)
    found = solve_baseline(base, shock_weights(base, shock), theory, EXACT)
    assert found.residual < 1e-11 and found.step < 1e-11, found.message
    return base, found


def directions(world: World, shock: Shock, seed: int = 0) -> dict[str, np.ndarray]:
    """A random move of every lever; nothing but varieties and subsidies moves at home."""
    rng = np.random.default_rng(seed)
    base = base_at(world, Theory(), np.full(len(world.sectors), 4.0))
    found = levers(base, shock_weights(base, shock))
    size = {"limit_size": 0.2 * np.where(np.isfinite(shock.limits.size), shock.limits.size, 0.0)}
    return {
        name: size.get(name, 0.2) * rng.uniform(-1.0, 1.0, part.shape)
        for name, part in found._asdict().items()
    }


def difference(world: World, theory: Theory, shock: Shock, moved: dict[str, np.ndarray]) -> np.ndarray:
    """Derivative of log real income along a direction: central differences, extrapolated twice."""
    elasticity = np.full(len(world.sectors), 4.0)

    def at(step: float) -> np.ndarray:
        there = shock_at(shock, {name: step * by for name, by in moved.items()})
        shifted = elasticity + step * moved.get("trade_elasticity", 0.0)
        base, found = solved(world, theory, there, shifted)
        return np.log(real_income(base, found) / np.asarray(base.income))

    tried = [
        _extrapolated([(at(k * h) - at(-k * h)) / (2.0 * k * h) for k in (1.0, 2.0, 4.0)]) for h in STEPS
    ]
    return min(tried, key=lambda found: found[1])[0]


def _extrapolated(slopes: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """Richardson's extrapolation of differences over h, 2 h, 4 h, and what the last one changed."""
    once = [(4.0 * near - far) / 3.0 for near, far in pairwise(slopes)]
    twice = (16.0 * once[0] - once[1]) / 15.0
    return twice, float(abs(twice - once[0]).max())


@pytest.mark.parametrize("name", THEORIES)
def test_derivatives_are_differences_of_solutions(name: str) -> None:
    theory = theory_of(name)
    world = world_of(theory)
    shock = random_shock(world, 3, strength=0.5)
    if name not in WITH_LIMITS:
        shock = replace(shock, limits=Limits.none())
    moved = directions(world, shock)
    base, found = solved(world, theory, shock, np.full(len(world.sectors), 4.0))
    weights = shock_weights(base, shock)
    slope = difference(world, theory, shock, moved)
    forward = derivative(found, base, weights, theory, moved)
    gradients = jacobian(found, base, weights, theory, tuple(moved))
    reverse = sum(np.tensordot(gradients[name], by, axes=by.ndim) for name, by in moved.items())
    scale = abs(slope).max()
    assert scale > 1e-2
    assert np.allclose(forward, slope, rtol=0.0, atol=CLOSE * scale)
    assert np.allclose(reverse, slope, rtol=0.0, atol=CLOSE * scale)
