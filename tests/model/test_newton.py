"""Newton's method finds what passes over the equations find, and what they cannot."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.model import (
    Baseline,
    Solver,
    Theory,
    Weights,
    baseline_from_shares,
    calibrate,
    scenario_weights,
    shock_weights,
    solve_baseline,
)
from tests.model.shocks import limit

ECONOMIES, SECTORS = 6, 3


def economy(theory: Theory) -> tuple[Baseline, Weights]:
    """A random world and random tariffs on all of its trade."""
    random = np.random.default_rng(7)
    flows = random.uniform(0.2, 1.0, (SECTORS, ECONOMIES, ECONOMIES))
    flows[:, np.arange(ECONOMIES), np.arange(ECONOMIES)] *= 12.0
    input_share = random.uniform(0.0, 0.5 / SECTORS, (ECONOMIES, SECTORS, SECTORS))
    if theory.inputs == "none":
        input_share[:] = 0.0
    value_added = 1.0 - input_share.sum(axis=1)
    theta = np.array([3.0, 4.0, 6.0])
    base = baseline_from_shares(flows, np.ones_like(flows), input_share, value_added, theta, theory)
    tariff = 1.0 + random.uniform(0.0, 0.3, flows.shape)
    tariff[:, np.arange(ECONOMIES), np.arange(ECONOMIES)] = 1.0
    return base, scenario_weights(base, tariff)


@pytest.mark.parametrize(
    "theory",
    [
        Theory(),
        Theory(market="krugman"),
        Theory(market="melitz", labour="specific"),
        Theory(labour_supply=0.5, revenue="labour-tax", labour_tax=0.3),
        Theory(value_added_substitution=0.6, input_substitution=0.4, imbalances="scaled"),
    ],
)
def test_newton_finds_what_passes_find(theory: Theory) -> None:
    base, weights = economy(theory)
    by_passes = solve_baseline(base, weights, theory, Solver(1e-12))
    by_newton = solve_baseline(base, weights, theory, Solver(1e-12, method="newton"))
    assert (by_passes.status, by_newton.status) == ("solved", "solved")
    assert by_newton.residual < 1e-12
    assert by_newton.passes < 15
    for part in ("log_wage", "log_price", "log_cost", "log_labour"):
        assert np.allclose(getattr(by_newton, part), getattr(by_passes, part), atol=1e-11)
    assert np.allclose(by_newton.flows, by_passes.flows, rtol=1e-10)
    assert np.allclose(by_newton.income, by_passes.income, rtol=1e-10)


def one_sector(scale: float) -> tuple[Baseline, Weights, Theory]:
    """Economies that are open and unlike; theta = 4."""
    random = np.random.default_rng(3)
    flows = random.uniform(0.2, 1.0, (1, ECONOMIES, ECONOMIES))
    flows[0] += np.diag(random.uniform(2.0, 6.0, ECONOMIES))
    none, all_of_it = np.zeros((ECONOMIES, 1, 1)), np.ones((ECONOMIES, 1))
    theory = Theory(
        market="external", scale_elasticity=scale, inputs="none", sectors="one", labour_supply=0.5
    )
    base = baseline_from_shares(flows, np.ones_like(flows), none, all_of_it, np.array([4.0]), theory)
    tariff = np.ones_like(flows)
    tariff[0, 0, 1:] = 1.2
    return base, scenario_weights(base, tariff), theory


@pytest.mark.parametrize("scale", [0.1, 0.2, 0.3, 0.35])
def test_newton_clears_markets_on_both_sides_of_the_limit(scale: float) -> None:
    """Passes over the equations are sure of an answer only where psi theta is below 1."""
    base, weights, theory = one_sector(scale)
    found = solve_baseline(base, weights, theory, Solver(1e-12, 100, method="newton"))
    assert found.status == "solved"
    work = np.exp(found.log_wage + found.log_labour) * np.asarray(base.wage_income)
    assert np.allclose(found.flows.sum(axis=(0, 1)), work, rtol=1e-11)
    supply = 0.5 * (found.log_wage - found.log_price[:, 0])
    assert np.allclose(found.log_labour, supply, atol=1e-11)
    offer = found.log_wage - scale * found.log_labour
    assert np.allclose(found.log_offer[:, 0], offer, atol=1e-11)
    if scale * 4.0 < 1.0:
        passes = solve_baseline(base, weights, theory, Solver(1e-12))
        assert np.allclose(passes.log_wage, found.log_wage, atol=1e-11)


def test_too_few_steps_are_said() -> None:
    base, weights, theory = one_sector(0.2)
    found = solve_baseline(base, weights, theory, Solver(1e-12, 1, method="newton"))
    assert found.status == "not converged"
    assert found.passes == 1


def test_a_quota_is_met_by_newton_as_by_passes() -> None:
    base, weights, theory = one_sector(0.2)
    quota = limit([(0, 0, 1, 1.0, 1.0, 1.0, 1.0, 1.0)], 0.1)
    assert weights.shock is not None
    limited = shock_weights(base, dataclasses.replace(weights.shock, limits=quota))
    passes, newton = (
        solve_baseline(base, limited, theory, Solver(1e-12, method=method)) for method in ("passes", "newton")
    )
    assert (passes.status, newton.status) == ("solved", "solved")
    assert passes.limits[0].regime == newton.limits[0].regime == "binding"
    assert np.isclose(passes.limits[0].premium, newton.limits[0].premium, rtol=1e-9)


def test_large_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    base, weights, theory = one_sector(0.2)
    monkeypatch.setattr("detente.model.equilibrium.MOST_UNKNOWNS", 10)
    with pytest.raises(BadInput, match="36 unknowns"):
        solve_baseline(base, weights, theory, Solver(method="newton"))


def test_newton_takes_over_where_scale_makes_passes_fail() -> None:
    """Firm selection with inputs: passes give up, "auto" does not; sectors without output are no obstacle."""
    world = dt.load_world("world-2022").aggregate("focus", "sections")
    assert (world.output == 0.0).any()
    theory = Theory(market="melitz")
    base = calibrate(world, theory)
    tariff = world.tariff_factor.copy()
    tariff[:, world.economies.index("CAN"), world.economies.index("CHN")] += 0.02
    weights = scenario_weights(base, tariff)
    passes = solve_baseline(base, weights, theory, Solver(max_passes=120, method="passes"))
    auto = solve_baseline(base, weights, theory)
    assert passes.status == "not converged"
    assert auto.status == "solved" and auto.residual < 1e-10
