"""What a run that has no usable answer says."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

import detente as dt
from detente.errors import CannotCompute
from detente.model import Equilibrium, Solver, Theory, calibrate, shock_weights, solve, solve_baseline
from detente.model.equilibrium import _find
from detente.model.status import judge, obstacles
from detente.model.system import Excess
from detente.policy.shock import Shock, no_shock
from detente.world.world import World
from tests.model.shocks import one_limit
from tests.worlds import random_world

THEORY = Theory("uniform:4")


def found(world: World, shock: Shock, solver: Solver | None = None) -> Equilibrium:
    base = calibrate(world, THEORY)
    return solve_baseline(base, shock_weights(base, shock), THEORY, solver, world.economies, world.sectors)


def rebate(world: World, rate: float, *economies: int) -> Shock:
    """A rebate on all home goods of some economies."""
    factor = world.tariff_factor.copy()
    for economy in economies:
        factor[:, economy, economy] = 1.0 - rate
    return Shock(factor, np.ones_like(factor))


@pytest.mark.parametrize("economy", [0, 1])
def test_an_economy_without_income_is_no_solution(economy: int) -> None:
    world = random_world(1, 4, 3)
    answer = found(world, rebate(world, 0.8, economy))
    assert answer.residual <= 1e-10 and answer.income[economy] < 0.0
    assert answer.status == "no income"
    assert f"E{economy} (income of USD {answer.income[economy]:,.0f} million" in answer.message
    assert "cost more than the economy earns" in answer.message and "lower their rates" in answer.message
    assert all(f"E{other}" not in answer.message for other in range(4) if other != economy)
    with pytest.raises(CannotCompute, match="nothing is left to spend"):
        solve(world, rebate(world, 0.8, economy), THEORY)


def test_small_rebates_leave_an_income() -> None:
    world = random_world(1, 4, 3)
    assert found(world, rebate(world, 0.05, 0)).status == "solved"


def test_the_market_of_the_shock_is_named_where_there_is_no_answer() -> None:
    world = dt.load_world("world-2022")
    canada = world.economies.index("CAN")
    subsidy = np.zeros((len(world.economies), len(world.sectors)))
    subsidy[canada] = 0.5
    answer = found(world, dataclasses.replace(no_shock(world), production_subsidy=subsidy))
    assert answer.status == "not converged" and answer.residual > 1.0
    assert " in CAN misses clearing by" in answer.message or "labour market of CAN" in answer.message
    assert world.economies[0] not in answer.message
    assert "nothing is left to spend there in CAN" in answer.message
    assert "lower the subsidies" in answer.message


def test_the_last_usable_pass_names_a_market_where_no_answer_is_finite() -> None:
    world = random_world(1)
    base = calibrate(world, THEORY)
    weights = shock_weights(base, no_shock(world))
    tried = _find(base, weights, THEORY, Solver(), possible=True)
    goods = tried.last.excess.goods.at[2, 1].set(3.0)
    broken = tried._replace(
        found=tried.found._replace(residual=jnp.asarray(jnp.inf)),
        last=tried.last._replace(excess=tried.last.excess._replace(goods=goods)),
    )
    names = (world.economies, world.sectors)
    status, message = judge(broken, 1e-10, names, obstacles(base, weights, "constant"), weights)
    assert status == "not a number"
    assert f"the market for {world.sectors[1]} in {world.economies[2]} misses clearing most" in message


def test_no_market_is_named_where_nothing_is_known() -> None:
    world = random_world(1)
    base = calibrate(world, THEORY)
    weights = shock_weights(base, no_shock(world))
    tried = _find(base, weights, THEORY, Solver(), possible=True)
    unknown = Excess(*(None if part is None else part * jnp.nan for part in tried.last.excess))
    blank = tried._replace(
        found=tried.found._replace(residual=jnp.asarray(jnp.inf)), last=tried.last._replace(excess=unknown)
    )
    names = (world.economies, world.sectors)
    status, message = judge(blank, 1e-10, names, obstacles(base, weights, "constant"), weights)
    assert status == "not a number" and "no market can be named" in message
    assert not any(name in message for name in world.economies)


def test_subsidies_and_commitments_are_blamed_only_where_there_are_any() -> None:
    world = random_world(1)
    hurried = Solver(max_passes=1)
    tariff = world.tariff_factor.copy()
    tariff[0, 1, 2] += 0.5
    subsidy = np.zeros((3, 2))
    subsidy[0, 0] = 0.2
    shocks = {
        "tariff": Shock(tariff, np.ones_like(tariff)),
        "tax on consumption": dataclasses.replace(no_shock(world), consumption_subsidy=-subsidy),
        "quota": one_limit(world, (0, 1, 2), 0.5, 0.5),
        "production": dataclasses.replace(no_shock(world), production_subsidy=subsidy),
        "consumption": dataclasses.replace(no_shock(world), consumption_subsidy=subsidy),
        "commitment": one_limit(world, (0, 1, 2), 0.5, 1.5, lowest=0.01, highest=1.0),
        "rebate": rebate(world, 0.2, 0),
    }
    blamed = set()
    for name, shock in shocks.items():
        answer = found(world, shock, hurried)
        assert answer.status == "not converged", name
        if "purchase commitments" in answer.message:
            blamed.add(name)
    assert blamed == {"production", "consumption", "commitment", "rebate"}
