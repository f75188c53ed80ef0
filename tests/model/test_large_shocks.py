"""Shocks that one run of the solver does not reach."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import detente as dt
from detente.model import Solver, Theory, calibrate, scenario_weights, solve_baseline
from detente.model.bilateral import bilateral_values
from detente.model.continuation import Attempt, follow
from detente.model.equilibrium import _attempt
from detente.model.system import start_state
from detente.world.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return dt.load_world("g20-2019")


def raised(world: World, importer: str | None, points: float) -> np.ndarray:
    """Baseline tariffs, with points added on all imports of one economy or of all."""
    factor = world.tariff_factor.copy()
    buyers = [world.economies.index(importer)] if importer else range(len(world.economies))
    factor[:, list(buyers), :] += points
    own = np.arange(len(world.economies))
    factor[:, own, own] = 1.0
    return factor


def test_the_path_ends_where_a_single_run_does(world: World) -> None:
    base = calibrate(world, Theory())
    weights = scenario_weights(base, raised(world, "USA", 0.25))
    direct = solve_baseline(base, weights, Theory())

    def attempt(*arguments: object) -> Attempt:
        limits = (jnp.asarray(1e-10), jnp.asarray(500))
        found: Attempt = _attempt(*arguments, *limits, imbalances="constant", memory=6)
        return found

    stepped = follow(
        attempt, lambda tried: tried.found.residual < 1e-10, base, weights, start_state(base, weights)
    )
    assert np.allclose(stepped.state.log_wage, direct.log_wage, atol=1e-9)
    assert np.allclose(bilateral_values(base, weights, stepped.last).flows, direct.flows, rtol=1e-7)


@pytest.mark.parametrize("name", ["canada-china-2026", "china-canada-2024-25", "us-tariffs-on-canada"])
def test_shipped_scenarios_take_few_passes(name: str) -> None:
    world = dt.load_world("world-2022")
    found = dt.solve(world, dt.compile_scenario(dt.load_scenario(name), world))
    # Prices follow wages in every move; without that the last one takes 39.
    assert found.passes <= 35


@pytest.mark.parametrize("name", ["wiod-2011", "world-2022"])
def test_a_doubling_of_all_prices_of_imports_is_solved(name: str) -> None:
    world = dt.load_world(name)
    # Without the chains inside economies, wiod-2011 is not solved.
    found = dt.solve(world, dt.set_tariffs(world, raised(world, None, 1.0)))
    assert found.residual <= 1e-10


@pytest.mark.parametrize("imbalances", ["constant", "removed", "scaled"])
@pytest.mark.parametrize(("importer", "points"), [(None, 1.0), ("USA", 10.0)])
def test_very_high_tariffs_on_a_real_world(
    world: World, imbalances: str, importer: str | None, points: float
) -> None:
    theory = Theory(imbalances=imbalances)  # type: ignore[arg-type]
    base = calibrate(world, theory)
    found = solve_baseline(base, scenario_weights(base, raised(world, importer, points)), theory)
    assert found.status == "solved", found.message
    deficit = found.flows.sum(axis=(0, 2)) - found.flows.sum(axis=(0, 1))
    assert np.abs(deficit - found.imbalance).max() < 1e-9 * found.income.sum()


def test_an_impossible_scenario_says_so_without_a_number(world: World) -> None:
    theory = Theory()
    base = calibrate(world, theory)
    # Saudi Arabia cannot keep its surplus when nobody buys abroad.
    weights = scenario_weights(base, raised(world, None, 50.0))
    found = solve_baseline(base, weights, theory, Solver(), world.economies, world.sectors)
    assert found.status != "solved"
    assert "imbalances=removed" in found.message and "market" in found.message
