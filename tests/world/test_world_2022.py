"""The estimation behind `world-2022`: parts on small invented tables, the whole on the published ones."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest

from tests.world.shared import DATA, published
from tools.world_2022 import build
from tools.world_2022.census import _sector
from tools.world_2022.classifications import indicator, oecd_groups, wiod_groups
from tools.world_2022.holdout import misallocated
from tools.world_2022.prior import Carrying, Correspondence, carry_forward
from tools.world_2022.rest_of_world import OutsideTrade, allocate_inputs, domestic_structure, fill_missing
from tools.world_2022.sources import OECD_2022, TradeTable, read_oecd_2022

# Bounds that the measured errors must keep; the naive first attempt is the other side of each.
LARGEST_SHARE_OF_NAIVE_ERROR = 0.9


def _invented(seed: int, economies: tuple[str, ...], sectors: int) -> TradeTable:
    random = np.random.default_rng(seed)
    count = len(economies)
    flows = random.lognormal(size=(count, sectors, count, sectors)) + 20.0 * np.eye(count)[:, None, :, None]
    final = (random.lognormal(size=(count, sectors, count)) + 20.0 * np.eye(count)[:, None, :]).transpose(
        1, 2, 0
    )
    intermediate = flows.sum(axis=3).transpose(1, 2, 0)
    output = (intermediate + final).sum(axis=1)
    return TradeTable(economies, intermediate, final, output, flows.sum(axis=0).transpose(1, 0, 2))


def test_an_unchanged_world_is_carried_forward_unchanged() -> None:
    old = _invented(1, ("AAA", "BBB", "ROW"), 4)
    match = Correspondence(np.arange(3), np.arange(4), np.arange(4))
    prior = carry_forward(dataclasses.replace(old, final=None), old, match, Carrying(0.6, 0.7, 0.0))
    np.testing.assert_allclose(prior, old.final, rtol=1e-6)


def test_prior_sells_all_that_is_left_of_each_sector() -> None:
    old, new = _invented(1, ("AAA", "BBB", "ROW"), 4), _invented(2, ("AAA", "BBB", "CCC", "DDD"), 4)
    match = Correspondence(np.array([0, 1, 2, 2]), np.arange(4), np.arange(4))
    prior = carry_forward(dataclasses.replace(new, final=None), old, match, Carrying(0.6, 0.7, 0.3))
    assert np.all(prior >= 0)
    np.testing.assert_allclose(prior.sum(axis=1), new.other_sales, rtol=1e-8)


def test_inputs_from_outside_conserve_purchases_and_leave_value_added() -> None:
    random = np.random.default_rng(3)
    purchases = random.lognormal(size=(4, 2))
    purchases[0, 0] = 30.0
    imported, costs = random.lognormal(size=(2, 4, 4)), np.full((4, 2), 40.0)
    inputs = allocate_inputs(purchases, imported, costs, 0.5)
    np.testing.assert_allclose(inputs.sum(axis=2), purchases.T, rtol=1e-12)
    assert np.all(0.5 * costs + 1e-9 >= inputs.sum(axis=1).T)


def test_rest_of_world_is_balanced_at_the_given_product() -> None:
    new = _invented(4, ("AGO", "PAK", "USA"), 3)
    assert new.final is not None
    random = np.random.default_rng(5)
    outside = OutsideTrade(*(random.lognormal(size=(3, 3)) for _ in range(3)))
    own = domestic_structure(new, new.final, outside, np.zeros((3, 3, 3)), 200.0)
    exports = (outside.intermediate + outside.final).sum(axis=1)
    np.testing.assert_allclose(own.own_intermediate + own.own_final + exports, own.output, rtol=1e-10)
    bought = own.own_intermediate + own.imported_intermediate.sum(axis=1)
    np.testing.assert_allclose(own.input_use.sum(axis=1), bought, rtol=1e-10)
    assert own.output.sum() - own.input_use.sum() == pytest.approx(200.0, rel=1e-9)
    assert np.all(own.imported_intermediate <= outside.sales * (1 + 1e-12))


def test_missing_customs_data_take_the_common_ratio() -> None:
    filled = fill_missing(np.array([10.0, 0.0, 20.0]), np.array([1.0, 4.0, 2.0]))
    np.testing.assert_allclose(filled, [10.0, 40.0, 20.0])


def test_every_sector_and_industry_has_a_counterpart() -> None:
    published(OECD_2022)
    _, sectors, _ = read_oecd_2022(DATA)
    assert set(oecd_groups(sectors)) == set(wiod_groups())
    assert indicator(oecd_groups(sectors)).sum() == len(sectors)


@pytest.mark.parametrize(
    ("industry", "sector"),
    [("336111", "C29"), ("336411", "C302T309"), ("325412", "C21"), ("331313", "C24B"), ("930000", None)],
)
def test_north_american_industries_find_their_sector(industry: str, sector: str | None) -> None:
    assert _sector(industry) == sector


@pytest.mark.skipif(
    "DETENTE_REBUILD" not in os.environ, reason="a minute or two: set DETENTE_REBUILD=1 to rebuild world-2022"
)
def test_the_whole_is_balanced_and_beats_the_naive_method() -> None:
    published(OECD_2022)
    built = build(DATA)
    new, sectors, _ = read_oecd_2022(DATA)
    assert built.sectors == sectors and built.economies == (*new.economies, "ROW")
    assert built.intermediate_flows.shape == built.final_flows.shape == (50, 81, 81)
    for table in (built.intermediate_flows, built.final_flows, built.input_use):
        assert np.all(table >= 0)
    np.testing.assert_array_equal(built.intermediate_flows[:, :80, :80], new.intermediate)
    output = (built.intermediate_flows + built.final_flows).sum(axis=1)
    np.testing.assert_allclose(output[:, :80], new.output, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(
        built.input_use.sum(axis=2), built.intermediate_flows.sum(axis=2).T, rtol=1e-9, atol=1e-6
    )
    value_added = output - built.input_use.sum(axis=1).T
    assert np.all(value_added[output > 0] > 0)
    errors = built.measured_errors["hold_out_2011"]
    for measure, naive in errors["naive"].items():
        if "all cells" not in measure:
            assert errors["matched information"][measure] < LARGEST_SHARE_OF_NAIVE_ERROR * naive, measure
    assert all(len(digest) == 64 for digest in built.inputs.values())


def test_misallocation_of_a_swap() -> None:
    assert misallocated(np.array([2.0, 0.0]), np.array([0.0, 2.0])) == 1.0
