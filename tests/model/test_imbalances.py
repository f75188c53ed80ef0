"""Rules of trade imbalances: against a second solver, what each keeps, and where they are one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import Equilibrium, Theory, baseline_from_shares, calibrate, scenario_weights
from detente.model import solve_baseline as solve_arrays
from detente.model.theory import Imbalances
from detente.policy.shock import set_tariffs
from tests.model.oracle_theories import Oracle
from tests.model.theories import THETA, agree, choices_of, economy, equal, random_tariffs, solved
from tests.worlds import random_world

U = "uniform:4"
RULES: tuple[Imbalances, ...] = ("constant", "removed", "scaled", "ratio")
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=4, deadline=None, derandomize=True)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("market", ["perfect", "fixed-firms"])
@given(seed=seeds)
@few
def test_the_engine_finds_what_loops_find(rule: Imbalances, market: str, seed: int) -> None:
    """With profits, wages and what is earned are not the same."""
    world = random_world(seed)
    theory = Theory(U, rule, market=market, inputs="none")  # type: ignore[arg-type]
    tariff = random_tariffs(world, seed)
    found = solved(economy(world, theory), set_tariffs(world, tariff), theory)
    agree(found, Oracle(world, THETA, choices_of(world, theory)).solve(tariff))


@pytest.mark.parametrize("rule", RULES)
def test_imbalances_sum_to_zero_and_are_what_trade_leaves(rule: Imbalances) -> None:
    world = random_world(3)
    theory = Theory(U, rule, labour_supply=0.5)
    found = solved(calibrate(world, theory), set_tariffs(world, random_tariffs(world, 3)), theory)
    world_income = found.income.sum()
    assert abs(found.imbalance.sum()) < 1e-12 * world_income
    bought_less_sold = found.flows.sum(axis=(0, 2)) - found.flows.sum(axis=(0, 1))
    assert np.allclose(bought_less_sold, found.imbalance, atol=1e-9 * world_income)


def shocked(rule: Imbalances) -> tuple[np.ndarray, np.ndarray, np.ndarray, Equilibrium]:
    """Imbalances, wages and income of the baseline, and the equilibrium; labour supply moves."""
    world = random_world(3)
    theory = Theory(U, rule, labour_supply=0.5)
    base = calibrate(world, theory)
    found = solved(base, set_tariffs(world, random_tariffs(world, 3)), theory)
    return (*(np.asarray(part) for part in (base.imbalance, base.wage_income, base.income)), found)


def test_constant_is_constant_as_a_share_of_world_wages() -> None:
    imbalance, wages, _, found = shocked("constant")
    assert abs(np.log(found.wage_income.sum() / wages.sum())) > 1e-3
    shares = found.imbalance / found.wage_income.sum(), imbalance / wages.sum()
    assert np.allclose(*shares, rtol=1e-12)


def test_scaled_moves_with_own_wages() -> None:
    imbalance, wages, _, found = shocked("scaled")
    left = (imbalance * found.wage_income / wages - found.imbalance) / found.wage_income
    assert np.ptp(left) < 1e-13 and abs(left[0]) > 1e-5


def test_ratio_keeps_spending_over_earnings_up_to_one_factor_for_all() -> None:
    imbalance, _, income, found = shocked("ratio")
    before, after = income / (income - imbalance), found.income / (found.income - found.imbalance)
    assert np.ptp(after / before) < 1e-12 and abs(after[0] / before[0] - 1.0) > 1e-5


def test_where_trade_is_balanced_every_rule_is_the_same() -> None:
    half = np.random.default_rng(3).uniform(1.0, 2.0, (2, 3, 3))
    flows = half + half.transpose(0, 2, 1) + 6.0 * np.eye(3)
    none, all_of_it = np.zeros((3, 2, 2)), np.ones((3, 2))
    tariff = 1.0 + 0.3 * np.random.default_rng(4).random(flows.shape) * (1.0 - np.eye(3))
    base = baseline_from_shares(flows, np.ones_like(flows), none, all_of_it, THETA)
    assert np.abs(base.imbalance).max() < 1e-12
    first, *rest = (
        solve_arrays(base, scenario_weights(base, tariff), Theory(U, rule, inputs="none")) for rule in RULES
    )
    assert np.abs(first.log_wage).max() > 1e-3
    for other in rest:
        equal(first, other)
