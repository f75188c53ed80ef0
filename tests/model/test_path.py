"""First-order effects of a scenario."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from detente.model import Solver, Theory, calibrate, shock_weights, solve_baseline
from detente.model.path import _on_the_way, equivalent_weights, first_order_change
from detente.model.system import one_pass
from tests.model.shocks import random_shock, real_income
from tests.worlds import random_world

EXACT = Solver(tolerance=1e-13, max_passes=4000)
# Central differences over 1e-4 leave about its square.
STEP, CLOSE = 1e-4, 1e-6


@pytest.mark.parametrize("inputs", ["common", "separate"])
def test_limits_as_trade_costs_have_the_same_solution(inputs: str) -> None:
    world, theory = random_world(2), Theory("uniform:4", inputs=inputs)  # type: ignore[arg-type]
    base = calibrate(world, theory)
    found = solve_baseline(base, shock_weights(base, random_shock(world, 4)), theory, EXACT)
    assert any(result.premium and result.premium > 1.01 for result in found.limits)
    state = found.state._replace(log_premium=None)
    done = one_pass(state, base, equivalent_weights(base, found), theory.imbalances)
    assert float(done.excess.largest) < 1e-11


def test_it_is_the_slope_of_the_way_to_the_scenario() -> None:
    world, theory = random_world(3), Theory("uniform:4", imbalances="scaled")
    base = calibrate(world, theory)
    before, after = (
        solve_baseline(base, shock_weights(base, random_shock(world, seed, 0.5)), theory, EXACT)
        for seed in (4, 5)
    )
    ends = (base, equivalent_weights(base, before), equivalent_weights(base, after))

    def at(share: float) -> np.ndarray:
        found = solve_baseline(base, _on_the_way(ends, jnp.asarray(share))[1], theory, EXACT)
        return np.log(real_income(base, replace(found, log_consumer_factor=_consumer(ends, share))))

    slope = (at(STEP) - at(-STEP)) / (2.0 * STEP)
    assert abs(slope).max() > 1e-2
    assert np.allclose(first_order_change(before, after, base, theory), slope, atol=CLOSE)


def _consumer(ends: tuple, share: float) -> np.ndarray:  # type: ignore[type-arg]
    return np.log1p(-np.asarray(_on_the_way(ends, jnp.asarray(share))[1].consumption_subsidy))


def test_small_scenarios_have_no_more_than_first_order_effects() -> None:
    world, theory = random_world(3), Theory("uniform:4")
    base = calibrate(world, theory)
    shocks = (random_shock(world, 4, size, counts=1) for size in (0.0, 1e-4))
    before, after = (
        solve_baseline(base, shock_weights(base, replace(s, limits=type(s.limits).none())), theory, EXACT)
        for s in shocks
    )
    exact = np.log(real_income(base, after) / real_income(base, before))
    assert np.allclose(first_order_change(before, after, base, theory), exact, rtol=2e-3, atol=1e-8)
