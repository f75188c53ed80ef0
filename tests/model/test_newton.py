"""Newton's method finds what passes over the equations find, and what they cannot."""

from __future__ import annotations

import numpy as np
import pytest

from detente.errors import BadInput
from detente.model import (
    Baseline,
    Solver,
    Theory,
    Weights,
    baseline_from_shares,
    scenario_weights,
    solve_baseline,
)
from detente.model.limits import fold_limits
from detente.model.newton import solve_by_newton
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
    by_newton = solve_by_newton(base, weights, theory, Solver(1e-12))
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
    found = solve_by_newton(base, weights, theory, Solver(1e-12, 100))
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
    found = solve_by_newton(base, weights, theory, Solver(1e-12, 1))
    assert found.status == "not converged"
    assert found.passes == 1


def test_limits_and_large_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    base, weights, theory = one_sector(0.2)
    quota = limit([(0, 0, 1, 1.0, 1.0, 1.0, 1.0, 1.0)], 0.1)
    limits = fold_limits(np.asarray(base.sourcing), np.asarray(base.trade_elasticity), quota)
    with pytest.raises(BadInput, match="limits on quantities"):
        solve_by_newton(base, weights._replace(limits=limits), theory)
    monkeypatch.setattr("detente.model.newton._MOST_UNKNOWNS", 10)
    with pytest.raises(BadInput, match="36 unknowns"):
        solve_by_newton(base, weights, theory)
