"""Balancing repairs what a model cannot hold, conserves what it says, and leaves sound tables alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import BadInput
from detente.world.balancing import NO_OUTPUT, TINY_FLOW, VALUE_ADDED_FLOOR, balance
from detente.world.readers.table import to_world
from detente.world.readers.wiod import read_wiod
from detente.world.world import Provenance
from tests.world.shared import published
from tests.worlds import random_world

seeds = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


def broken(seed):
    """A random world's tables with everything that published tables suffer from."""
    rng = np.random.default_rng(seed)
    world = random_world(rng, int(rng.integers(2, 5)), int(rng.integers(2, 5)))
    firms, final, use = (np.array(a) for a in (world.intermediate_flows, world.final_flows, world.input_use))
    firms, final, use = firms / 1e3, final / 1e3, use / 1e3
    stocks = rng.random(final.shape) < 0.15
    final[stocks] -= rng.lognormal(0.0, 1.0, int(stocks.sum()))
    tiny = rng.random(final.shape) < 0.1
    firms[tiny], final[tiny] = 0.0, rng.uniform(0, 2 * TINY_FLOW, int(tiny.sum()))
    if rng.random() < 0.5:
        firms[0, :, 0], final[0, :, 0] = 0.0, 0.0
    if rng.random() < 0.5:
        use[-1, :, -1] *= 4.0
        use *= (firms.sum(axis=2).T / np.maximum(use.sum(axis=2), 1e-300))[:, :, None]
    # A seller whose stocks fell by more than it sold is refused, not repaired.
    sales = (firms + final).sum(axis=1, keepdims=True)
    final += np.where(sales < 0, 1.0 - sales, 0.0)
    return firms, final, use, world.tariff_factor


def accounts_hold(balanced, factor):
    firms, final, use = balanced.intermediate_flows, balanced.final_flows, balanced.input_use
    assert min(firms.min(), final.min(), use.min()) >= 0
    np.testing.assert_allclose(use.sum(axis=2).T, firms.sum(axis=2), rtol=1e-12, atol=1e-15)
    output = (firms + final).sum(axis=1).T
    bought = firms.sum(axis=2)
    rate = (firms * (factor - 1)).sum(axis=2) / np.where(bought > 0, bought, 1)
    value_added = output - (use * (1 + rate.T[:, :, None])).sum(axis=1)
    assert (value_added >= VALUE_ADDED_FLOOR * output * (1 - 1e-9) - 1e-12).all()
    assert not use.sum(axis=1)[output <= 0].any()
    assert not ((firms + final > 0) & (firms + final < TINY_FLOW * (1 - 1e-9))).any()


@many
@given(seeds)
def test_accounts_hold_whatever_was_broken(seed):
    firms, final, use, factor = broken(seed)
    accounts_hold(balance(firms, final, use, factor), factor)


@many
@given(seeds)
def test_sales_of_every_sector_are_conserved(seed):
    firms, final, use, factor = broken(seed)
    balanced = balance(firms, final, use, factor)
    before = (firms + final).sum(axis=1)
    after = (balanced.intermediate_flows + balanced.final_flows).sum(axis=1)
    np.testing.assert_allclose(after, np.where(before < NO_OUTPUT, 0.0, before), rtol=1e-12, atol=1e-12)


@many
@given(seeds)
def test_balancing_twice_changes_nothing_more(seed):
    firms, final, use, factor = broken(seed)
    once = balance(firms, final, use, factor)
    twice = balance(once.intermediate_flows, once.final_flows, once.input_use, factor)
    assert twice.changes == ()
    for name in ("intermediate_flows", "final_flows", "input_use"):
        np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=1e-12)


@many
@given(seeds)
def test_a_sound_world_is_left_alone(seed):
    world = random_world(seed)
    tables = (world.intermediate_flows, world.final_flows, world.input_use)
    balanced = balance(*tables, world.tariff_factor)
    assert balanced.changes == ()
    np.testing.assert_array_equal(balanced.intermediate_flows, tables[0])
    np.testing.assert_array_equal(balanced.final_flows, tables[1])
    np.testing.assert_allclose(balanced.input_use, tables[2], rtol=1e-14)


def table(firms, final):
    """One sector, importers in rows, exporters in columns; input use to match."""
    firms, final = np.array([firms], dtype=float), np.array([final], dtype=float)
    return firms, final, firms.sum(axis=2).T[:, :, None]


def test_a_drawn_down_stock_reduces_the_same_buyers_inputs_from_the_same_seller():
    balanced = balance(*table([[4, 1], [1, 4]], [[10, -0.25], [3, 10]]))
    np.testing.assert_allclose(balanced.intermediate_flows[0], [[4, 0.75], [1, 4]])
    np.testing.assert_allclose(balanced.final_flows[0], [[10, 0], [3, 10]])
    assert [str(change) for change in balanced.changes] == [
        "negative final demand: 1 cells, USD 0.25 million"
    ]


def test_a_stock_drawn_down_by_more_than_was_bought_shrinks_the_sellers_other_sales():
    balanced = balance(*table([[4, 1], [1, 4]], [[10, -3], [3, 10]]))
    both = balanced.intermediate_flows[0] + balanced.final_flows[0]
    assert both[0, 1] == 0
    np.testing.assert_allclose(balanced.intermediate_flows[0][1, 1], 4 * 12 / 14)
    np.testing.assert_allclose(both[:, 1].sum(), 12)


def test_inputs_of_a_sector_without_output_become_final_demand_of_its_economy():
    world = random_world(1, 3, 2)
    firms, final, use = (np.array(a) for a in (world.intermediate_flows, world.final_flows, world.input_use))
    bought = use[1, 0, 1]
    origin = firms[0, 1] / firms[0, 1].sum()
    firms[1, :, 1], final[1, :, 1] = 0.0, 0.0
    use[:, 1] *= (firms[1].sum(axis=1) / use[:, 1].sum(axis=1))[:, None]
    balanced = balance(firms, final, use)
    assert not balanced.input_use[1, :, 1].any()
    np.testing.assert_allclose(balanced.final_flows[0, 1] - final[0, 1], bought * origin, rtol=1e-9)
    assert any(change.what == "inputs of sectors without output" for change in balanced.changes)


def test_value_added_is_lifted_to_the_floor_net_of_duties_and_bilateral_sales_stay():
    world = random_world(2, 3, 2)
    use = np.array(world.input_use)
    use[0, :, 0] *= 10
    use *= (world.intermediate_flows.sum(axis=2).T / use.sum(axis=2))[:, :, None]
    balanced = balance(world.intermediate_flows, world.final_flows, use, world.tariff_factor)
    assert [change.what for change in balanced.changes] == ["value added below 1% of output"]
    found = world.replace(
        intermediate_flows=balanced.intermediate_flows,
        final_flows=balanced.final_flows,
        input_use=balanced.input_use,
    )
    assert found.value_added[0, 0] == pytest.approx(0.01 * found.output[0, 0], rel=1e-9)
    np.testing.assert_allclose(found.flows, world.flows, rtol=1e-13)


def test_negative_output_is_refused_and_every_case_is_named():
    firms, final, use = table([[4, 1], [1, 4]], [[-60, 10], [3, -70]])
    with pytest.raises(BadInput) as caught:
        balance(firms, final, use, labels=(("CAN", "USA"), ("C",)))
    assert [str(problem) for problem in caught.value.problems] == [
        "sector C of CAN has negative output (-52.0 USD million)",
        "sector C of USA has negative output (-55.0 USD million)",
    ]


def test_shapes_and_numbers_are_checked():
    firms, final, use = table([[4, 1], [1, 4]], [[10, 10], [3, 10]])
    firms[0, 0, 0] = np.nan
    with pytest.raises(BadInput) as caught:
        balance(firms, final[:, :1], use)
    assert [problem.field for problem in caught.value.problems] == ["final_flows", "intermediate_flows"]


def test_an_economy_without_final_demand_is_refused():
    firms, final, use = table([[4, 1], [1, 4]], [[10, 2], [0, 0]])
    with pytest.raises(BadInput, match="economy USA has no final demand"):
        balance(firms, final, use, labels=(("CAN", "USA"), ("C",)))


def test_treatment_of_wiod_2011_is_what_the_sources_say():
    published_table, year = read_wiod(published("wiod2013/wiot_2011.RData"))
    world, changes = to_world(
        published_table, name="x", title="x", vintage=year, classification="wiod2013", provenance=Provenance()
    )
    assert [(change.what, change.cells, round(change.value)) for change in changes] == [
        ("negative final demand", 43, 11248),
        ("value added below 1% of output", 2, 4),
    ]
    sales = published_table.intermediate.sum(axis=1) + published_table.final.sum(axis=1)
    np.testing.assert_allclose(world.output.ravel(), np.maximum(sales, 0), rtol=1e-12)
    # Trade as recorded, but for flows that are negative as recorded.
    trade = published_table.intermediate.reshape(41, 35, 41, 35).sum(axis=3)
    trade = (trade + published_table.final.reshape(41, 35, 41)).transpose(1, 2, 0)
    changed = ~np.isclose(world.flows, trade, rtol=1e-9, atol=1e-6)
    rows = (trade < 0).any(axis=1)
    assert changed.any() and not changed[~np.broadcast_to(rows[:, None, :], changed.shape)].any()


def test_purchases_that_no_sector_is_known_to_use_become_final_demand():
    firms, final, use = table([[4, 1], [1, 4]], [[10, 2], [3, 10]])
    use[0] = 0.0
    balanced = balance(firms, final, use)
    np.testing.assert_allclose(balanced.final_flows[0, 0], [14, 3])
    assert not balanced.intermediate_flows[0, 0].any()
    assert [str(change) for change in balanced.changes] == [
        "input use against purchases: 1 cells, USD 5 million"
    ]


def test_negative_input_use_is_zero_and_the_other_users_buy_what_was_sold():
    world = random_world(7, 2, 3)
    use = np.array(world.input_use)
    use[0, 1, 2] = -3.0
    balanced = balance(world.intermediate_flows, world.final_flows, use)
    assert str(balanced.changes[0]) == "negative input use: 1 cells, USD 3 million"
    assert balanced.input_use[0, 1, 2] == 0
    assert balanced.input_use[0, 1].sum() == pytest.approx(world.intermediate_flows[1, 0].sum())
