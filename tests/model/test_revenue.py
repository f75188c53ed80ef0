"""Who gets public revenue: the labour tax against a second solver and its own identities; the government."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import BadInput
from detente.model import Equilibrium, Theory, calibrate
from detente.policy.shock import Shock, set_tariffs
from detente.world.world import World
from tests.model.oracle_theories import Oracle
from tests.model.theories import THETA, agree, choices_of, economy, equal, groups_file, random_tariffs, solved
from tests.worlds import random_world

U = "uniform:4"
REPLACED = Theory(U, labour_supply=0.5, revenue="labour-tax")
TAXED = Theory(U, labour_supply=0.5, revenue="labour-tax", labour_tax=0.3)
COMBINED = Theory(
    U,
    "ratio",
    market="external",
    scale_elasticity=0.05,
    inputs="separate",
    labour="groups",
    labour_groups=groups_file(),
    labour_supply=0.4,
    revenue="labour-tax",
    labour_tax=0.2,
)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=4, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    "theory", [REPLACED, TAXED, COMBINED], ids=["what revenue replaces", "of 30 percent", "with much else"]
)
@given(seed=seeds)
@few
def test_the_engine_finds_what_loops_find(theory: Theory, seed: int) -> None:
    world = random_world(seed)
    tariff = random_tariffs(world, seed)
    found = solved(economy(world, theory), set_tariffs(world, tariff), theory)
    agree(found, Oracle(world, THETA, choices_of(world, theory)).solve(tariff))


def raised(world: World) -> Shock:
    """Higher duties on all imports of the first economy."""
    tariff = np.array(world.tariff_factor)
    tariff[:, 0, 1:] *= 1.1
    return set_tariffs(world, tariff)


def basket(world: World, found: Equilibrium) -> np.ndarray:
    alpha = np.asarray(calibrate(world, Theory(U)).final_share)
    return np.asarray(np.exp((alpha * found.log_price).sum(axis=1)))


def test_the_government_collects_as_much_in_real_terms_as_before() -> None:
    world = random_world(3)
    base = calibrate(world, TAXED)
    found = solved(base, raised(world), TAXED)
    tax = 1.0 - np.exp(found.log_net_of_tax) * (1.0 - 0.3)
    collected = tax * found.wage_income + found.tariff_revenue
    before = 0.3 * np.asarray(base.wage_income) + np.asarray(base.revenue)
    assert np.allclose(collected / basket(world, found), before, rtol=1e-9)
    real_wage = np.exp(found.log_wage + found.log_net_of_tax) / basket(world, found)
    assert np.allclose(found.log_labour, 0.5 * np.log(real_wage), atol=1e-10)
    # More duties: a lower tax, and more work than where households get the revenue.
    lump_sum = solved(base._replace(labour=base.labour._replace(tax=None)), raised(world), TAXED)
    assert tax[0] < 0.3 and found.log_labour[0] > lump_sum.log_labour[0]


def test_revenue_that_replaces_a_tax_is_a_subsidy_to_work() -> None:
    world = random_world(3, tariffs=False)
    base = calibrate(world, REPLACED)
    found = solved(base, raised(world), REPLACED)
    kept = found.wage_income * np.exp(-found.log_net_of_tax)
    assert np.allclose(found.wage_income - kept, found.tariff_revenue, rtol=1e-9, atol=1e-9)
    assert found.log_net_of_tax[0] > 0.0 and np.allclose(found.log_net_of_tax[1:], 0.0, atol=1e-12)


def test_no_new_revenue_leaves_the_tax_alone() -> None:
    """Without tariffs, a change of trade costs brings no revenue: a tax with a real yield follows wages."""
    world = random_world(3, tariffs=False)
    cost = np.ones_like(world.tariff_factor)
    cost[:, 0, 1:] = 1.2
    shock = Shock(world.tariff_factor, cost)
    plain = Theory(U, labour_supply=0.5)
    equal(*(solved(calibrate(world, theory), shock, theory) for theory in (REPLACED, plain)))
    found = solved(calibrate(world, TAXED), shock, TAXED)
    tax = 1.0 - np.exp(found.log_net_of_tax) * 0.7
    work = np.exp(found.log_wage + found.log_labour) / basket(world, found)
    assert np.allclose(tax * work, 0.3, rtol=1e-9) and tax[0] > 0.3


def test_the_government_buys_what_households_buy() -> None:
    """Who spends revenue does not move prices; welfare of households is a matter of outcomes."""
    world = random_world(3)
    theories = (Theory(U), Theory(U, revenue="government"))
    equal(*(solved(calibrate(world, theory), raised(world), theory) for theory in theories), 1e-14)


def test_a_tax_that_changes_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="changes nothing while labour supply is fixed"):
        Theory(U, revenue="labour-tax")
