"""The estimation behind `world-2022`: parts on small invented tables, the whole on the published ones."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import numpy as np
import pytest

from detente.world import load_world
from tests.world.shared import DATA, published
from tools.world_2022 import build
from tools.world_2022.census import _sector
from tools.world_2022.classifications import indicator, oecd_groups, wiod_groups
from tools.world_2022.holdout import misallocated
from tools.world_2022.independent import _OECD_BY_ADB, ADB, compare_independent, naive_final, read_adb, to_adb
from tools.world_2022.prior import Carrying, Correspondence, carry_forward
from tools.world_2022.rest_of_world import OutsideTrade, allocate_inputs, domestic_structure, fill_missing
from tools.world_2022.sources import OECD_2022, TradeTable, read_oecd_2019, read_oecd_2022, read_wiod

# Bounds that the measured errors must keep; the naive first attempt is the other side of each.
LARGEST_SHARE_OF_NAIVE_ERROR = 0.9
# Between publishers nothing is estimated in 2019, so what the estimate adds to that distance must stay small.
LARGEST_MULTIPLE_OF_EXACT_DISTANCE = 1.2
# Figures stand in the world before tariffs, which change flows by cents where sectors are closed.
SAME_FIGURE = 1e-4


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


def _compared(data: pathlib.Path) -> dict[str, Any]:
    """The comparison with ADB of the world as it is shipped."""
    world = load_world("world-2022")
    new, sectors, _ = read_oecd_2022(DATA)
    old = read_wiod(DATA, 2011)
    place = [old.economies.index(code if code in old.economies else "ROW") for code in new.economies]
    match = Correspondence(np.array(place), oecd_groups(sectors), wiod_groups())
    flows = {
        "intermediate": world.intermediate_flows,
        "final": world.final_flows,
        "naive": naive_final(new, old, match, world.final_flows),
    }
    assert world.sectors == sectors
    return compare_independent(data, sectors, world.economies, read_oecd_2019(DATA), flows)


def test_shipped_world_stands_as_far_from_another_publisher_as_its_metadata_say() -> None:
    for name in (ADB, OECD_2022):
        published(name)
    found = _compared(DATA)
    known = load_world("world-2022").provenance.measured_errors
    shipped = {name: value for name, value in known.items() if name.startswith("independent_adb: ")}
    assert 0 < len(shipped) < 25
    for name, value in shipped.items():
        figure: Any = found
        for key in name.split(": ")[1:]:
            figure = figure[key]
        assert figure == pytest.approx(value, rel=SAME_FIGURE), name
    totals = found["bilateral totals of G20 members"]
    assert totals["estimate from ADB"] < LARGEST_SHARE_OF_NAIVE_ERROR * totals["naive from ADB"]
    limit = LARGEST_MULTIPLE_OF_EXACT_DISTANCE
    assert totals["estimate from ADB"] < limit * totals["OECD exact 2019 from ADB"]
    grown = totals["from exact 2019 grown as ADB's"]
    assert grown["final, estimate"] < limit * grown["intermediate (exact)"]


def test_tables_that_serve_tests_only_are_no_input_of_the_world() -> None:
    assert not any(name.startswith("adb") for name in load_world("world-2022").provenance.inputs)


def test_a_table_is_at_no_distance_from_itself(tmp_path: pathlib.Path) -> None:
    published(OECD_2022)
    world = load_world("world-2022")
    codes = ("CHN", "CAN", "MEX", "USA", "NOR", "ROW")
    own = to_adb(world.flows, world.economies, world.sectors, codes).transpose(2, 0, 1)
    (tmp_path / ADB).parent.mkdir()
    np.savez(tmp_path / ADB, M17=2.0 * own, M23=own, iso=np.array(codes), sector=np.array(list(_OECD_BY_ADB)))
    found = _compared(tmp_path)
    assert found["from ADB 2023"]["estimate"]["cells"] == pytest.approx(0.0, abs=1e-12)
    assert found["from ADB 2023"]["naive"]["cells"] > 0.01
    assert found["from ADB 2023"]["estimate"]["mix of goods within pairs"] == pytest.approx(0.0, abs=1e-12)
    for _, bought, sold in found["imports and exports / ADB 2023, level removed"]:
        assert (bought, sold) == pytest.approx((1.0, 1.0))
    assert found["bilateral totals of G20 members"]["estimate from ADB"] == pytest.approx(0.0, abs=1e-12)
    assert found["bilateral totals of G20 members"]["naive from ADB"] > 0.01
    assert found["from ADB 2023"]["ADB 2017"]["cells"] == pytest.approx(0.0, abs=1e-12)
    pair = found["pairs by sector"]["CAN to CHN"]
    assert pair["estimate / ADB 2023"]["Agriculture"] == pytest.approx(1.0)
    assert pair["ADB 2017 / ADB 2023"]["Agriculture"] == pytest.approx(2.0)
    assert found["CAN to CHN agriculture"]["estimate / ADB 2022"] == pytest.approx(6 / 7)
    assert read_adb(tmp_path).year(2020) == pytest.approx(1.5 * own.transpose(1, 2, 0))


def test_fuels_and_refining_leave_the_comparison_and_nothing_else_does() -> None:
    sectors = load_world("world-2022").sectors
    flows = np.random.default_rng(6).lognormal(size=(len(sectors), 3, 3))
    fuels = [sectors.index(code) for code in ("B05", "B06", "B09", "C19")]
    summed = to_adb(flows, ("CAN", "DEU", "ROW"), sectors, ("CAN", "ROW"))
    kept = np.delete(flows, fuels, axis=0)
    np.testing.assert_allclose(summed.sum(), kept.sum())
    np.testing.assert_allclose(summed[:, 1, 0].sum(), kept[:, 1:, 0].sum())


def test_without_the_other_publisher_the_comparison_is_left_out_aloud(tmp_path: pathlib.Path) -> None:
    published(OECD_2022)
    with pytest.warns(UserWarning, match="measured errors lack the comparison"):
        assert _compared(tmp_path) == {}
