"""Complete inter-country tables: made to add up, stored apart, summed; refused where they are another's."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from detente.errors import BadInput
from detente.world import (
    CompleteTable,
    attach,
    content_hash,
    list_worlds,
    load_world,
    read_world,
    write_world,
)
from detente.world.catalogue import BUNDLED
from detente.world.complete_table import conform, table_gap
from detente.world.world import World
from tests.complete_worlds import complete_world, proportional, random_purchases
from tests.world.shared import DATA, published
from tests.worlds import random_world
from tools import build_complete_2022

COMPLETE = [
    entry.name
    for entry in list_worlds()
    if entry.bundled and load_world(entry.name).complete_table is not None
]


def table_of(world: World) -> CompleteTable:
    assert world.complete_table is not None
    return world.complete_table


def adds_up(cells: np.ndarray, world: World) -> None:
    np.testing.assert_allclose(
        cells.sum(axis=1), world.intermediate_flows, rtol=1e-11, atol=1e-12 * world.intermediate_flows.sum()
    )
    by_sector = cells.sum(axis=3).transpose(2, 0, 1)
    np.testing.assert_allclose(by_sector, world.input_use, atol=1e-9 * world.input_use.sum())


def test_the_worlds_that_have_one():
    assert COMPLETE == ["g20-2019", "wiod-2011", "wiod-2008"]


@pytest.mark.parametrize("name", COMPLETE)
def test_bundled_tables_add_up_to_their_worlds_and_hardly_move(name):
    world = load_world(name)
    cells = world.complete_purchases()
    adds_up(cells, world)
    moved = np.abs(cells - table_of(world).cells).sum() / 2 / cells.sum()
    assert moved < 1e-4
    # A split in proportion is no such table: it misplaces percents.
    assert np.abs(cells - proportional_where_used(world)).sum() / 2 / cells.sum() > 0.02
    assert (BUNDLED / f"{name}.complete.npz").stat().st_size < 1e6


def proportional_where_used(world: World) -> np.ndarray:
    use = world.input_use.sum(axis=2, keepdims=True)
    part = np.divide(world.input_use, use, out=np.zeros(world.input_use.shape), where=use > 0)
    return np.einsum("kni,nks->ksni", world.intermediate_flows, part)


def test_the_table_of_wiod_is_the_published_one_cell_by_cell():
    from detente.world.readers.wiod import read_release_2013

    content = read_release_2013(published("wiod2013/wiot_2011.RData"))
    world = load_world("wiod-2011")
    published_cells = np.asarray(content["inter"]).reshape(41, 35, 41, 35)
    assert [code.upper() for code in world.economies] == [
        {"ROM": "ROU"}.get(str(code), str(code)).upper() for code in content["countries"]
    ]
    usa, mex = world.economies.index("USA"), world.economies.index("MEX")
    steel, cars = 11, 14
    cells = table_of(world).cells
    assert cells[steel, cars, mex, usa] == published_cells[usa, steel, mex, cars] > 0
    np.testing.assert_array_equal(cells, published_cells.transpose(1, 3, 2, 0))


def test_a_table_that_adds_up_stays_as_it_is():
    world = random_world(3, 4, 3)
    cells = random_purchases(world, 3)
    found = conform(cells, world.intermediate_flows, world.input_use)
    np.testing.assert_allclose(found, cells, rtol=1e-6)


def test_fitting_keeps_who_leans_on_whom():
    """Cross ratios within an importer's block are the published ones: the mark of proportional fitting."""
    world = random_world(4, 4, 3)
    cells = random_purchases(world, 4)
    rng = np.random.default_rng(4)
    # What balancing does: rows and columns move by a few percent.
    seen = cells * rng.uniform(0.97, 1.03, (3, 1, 4, 4)) * rng.uniform(0.97, 1.03, (3, 3, 4, 1))
    found = conform(seen, world.intermediate_flows, world.input_use)
    adds_up(found, world)

    def cross(values: np.ndarray) -> np.ndarray:
        return values[:, :1, :, :1] * values[:, 1:, :, 1:] / (values[:, :1, :, 1:] * values[:, 1:, :, :1])

    np.testing.assert_allclose(cross(found), cross(seen), rtol=1e-9)


def test_purchases_that_a_table_does_not_know_are_split_in_proportion():
    world = random_world(5, 4, 3)
    cells = random_purchases(world, 5)
    tiny = int(np.argmin(world.intermediate_flows.sum(axis=(1, 2))))
    unknown = cells.copy()
    unknown[tiny, :, 0, 1] = 0.0
    gap = world.intermediate_flows[tiny, 0, 1] / world.intermediate_flows.sum()
    assert table_gap(unknown, world.intermediate_flows, world.input_use) == pytest.approx(gap)
    assert gap < 0.05
    found = conform(unknown, world.intermediate_flows, world.input_use)
    adds_up(found, world)
    assert found[tiny, :, 0, 1].min() > 0
    np.testing.assert_allclose(found[:, :, 1:], cells[:, :, 1:], rtol=1e-6)


def test_totals_that_no_table_with_these_zeros_has_are_met_all_the_same():
    world = random_world(6, 2, 2)
    cells = random_purchases(world, 6)
    # Sector 0 is said to buy at home only, sector 1 only abroad: sums of rows and columns disagree a little.
    block = np.zeros((2, 2))
    row = world.input_use[0, 0]
    block[0, 0], block[1, 1] = row
    total = world.intermediate_flows[0].copy()
    total[0] = [row[0] * 1.01, row[1] - 0.01 * row[0]]
    cells[0, :, 0] = block
    flows = np.stack([total, world.intermediate_flows[1]])
    found = conform(cells, flows, world.input_use)
    np.testing.assert_allclose(found.sum(axis=1), flows, rtol=1e-12)
    np.testing.assert_allclose(found[0, :, 0].sum(axis=1), row, rtol=1e-6)


def test_tables_of_another_world_are_refused_with_the_measure_of_it():
    world, other = random_world(1), random_world(2)
    mine = world.replace(complete_table=CompleteTable(proportional(other)))
    with pytest.raises(BadInput, match=r"complete_table.*misses the world's purchases by \d+\.\d% of them"):
        mine.complete_purchases()
    with pytest.raises(BadInput, match=r"shape \(1, 1, 3, 3\), expected \(2, 2, 3, 3\)"):
        world.replace(complete_table=CompleteTable(np.ones((1, 1, 3, 3)))).complete_purchases()


def test_all_wrong_numbers_are_counted_together():
    world = random_world(1)
    cells = proportional(world)
    cells[0, 0, 0, :2] = np.nan, -1.0
    with pytest.raises(BadInput) as caught:
        conform(cells, world.intermediate_flows, world.input_use)
    assert "1 numbers are not finite" in str(caught.value) and "1 numbers are negative" in str(caught.value)


def test_stored_and_read_back_only_when_asked_for(tmp_path):
    world = complete_world(1, 4, 3)
    path = write_world(world, tmp_path)
    beside = tmp_path / "random.complete.npz"
    assert beside.exists()
    found = read_world(path)
    assert content_hash(found) == content_hash(world)
    np.testing.assert_array_equal(table_of(found).cells, table_of(world).cells)
    first = beside.read_bytes()
    write_world(found, tmp_path)
    assert beside.read_bytes() == first, "the same world gives the same bytes"

    beside.write_bytes(first[:-1] + b"x")
    late = read_world(path)
    assert content_hash(late) == content_hash(world), "nothing was read yet"
    with pytest.raises(BadInput, match=r"random\.complete\.npz: damaged.*import the table again"):
        late.complete_purchases()
    beside.unlink()
    with pytest.raises(BadInput, match=r"random\.complete\.npz: no such file"):
        read_world(path)


def test_a_world_written_again_without_its_table_leaves_none_behind(tmp_path):
    world = complete_world(1)
    write_world(world, tmp_path)
    path = write_world(world.replace(complete_table=None), tmp_path)
    assert not (tmp_path / "random.complete.npz").exists()
    assert read_world(path).complete_table is None


def test_the_table_is_part_of_what_a_world_is():
    world = complete_world(1)
    other = world.replace(complete_table=CompleteTable(table_of(world).cells * np.float32(1.0001)))
    hashes = {content_hash(each) for each in (world, other, world.replace(complete_table=None))}
    assert len(hashes) == 3


def test_cells_cannot_be_changed():
    given = np.ones((1, 1, 1, 1), np.float32)
    table = CompleteTable(given)
    given[...] = 2.0
    assert table.cells[0, 0, 0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        table.cells[...] = 3.0


def test_aggregates_sum_the_table(tmp_path):
    world = complete_world(2, 5, 4)
    groups = {"A": ["E0", "E3"]}, {"X": ["S1", "S2"]}
    small = world.aggregate(*groups)
    cells = world.complete_purchases()
    found = small.complete_purchases()
    adds_up(found, small)
    economies = [[0, 3], [1], [2], [4]]
    sectors = [[0], [1, 2], [3]]
    for k, inputs in enumerate(sectors):
        for n, importers in enumerate(economies):
            for i, exporters in enumerate(economies):
                expected = cells[np.ix_(inputs, [1, 2], importers, exporters)].sum()
                assert found[k, 1, n, i] == pytest.approx(expected, rel=1e-5)
    assert content_hash(read_world(write_world(small.replace(name="small"), tmp_path))) == content_hash(small)
    assert content_hash(small) != content_hash(small.replace(complete_table=None))
    other = world.replace(complete_table=CompleteTable(random_purchases(world, 9)))
    assert content_hash(other.aggregate(*groups)) != content_hash(small)


def test_worlds_with_a_table_travel_between_processes():
    for world in (load_world("g20-2019"), load_world("g20-2019").aggregate("focus", "broad")):
        found = pickle.loads(pickle.dumps(world))
        assert content_hash(found) == content_hash(world)
        np.testing.assert_array_equal(table_of(found).cells, table_of(world).cells)


def test_aggregating_in_two_steps_is_aggregating_at_once():
    world = load_world("g20-2019")
    once = world.aggregate("focus", "broad").complete_purchases()
    twice = world.aggregate("focus").aggregate(sectors="broad").complete_purchases()
    np.testing.assert_allclose(twice, once, rtol=1e-4, atol=1e-6 * once.max())


def test_economies_outside_a_table_buy_and_sell_in_proportion():
    world = random_world(7, 4, 3)
    cells = random_purchases(world, 7)
    order = [2, 0, 1]
    inside = cells[:, :, order][:, :, :, order]
    table = attach(inside, ["E2", "E0", "E1"], world.economies, world.intermediate_flows, world.input_use)
    np.testing.assert_allclose(table.cells[:, :, :3, :3], cells[:, :, :3, :3], rtol=1e-6)
    np.testing.assert_allclose(table.cells[:, :, 3], proportional(world)[:, :, 3], rtol=1e-6)
    np.testing.assert_allclose(table.cells[..., 3], proportional(world)[..., 3], rtol=1e-6)
    with pytest.raises(BadInput, match="1 economies are not in the world: XXX"):
        attach(inside, ["E2", "E0", "XXX"], world.economies, world.intermediate_flows, world.input_use)


def test_world_2022_takes_the_table_that_is_too_large_to_ship():
    published(build_complete_2022.OECD_2022)
    world = build_complete_2022.complete(load_world("world-2022"), DATA, "mine")
    assert (
        build_complete_2022.ESTIMATED in world.estimated
        and build_complete_2022.OECD_2022 in world.provenance.inputs
    )
    cells = world.complete_purchases()
    adds_up(cells, world)
    source, economies, _ = build_complete_2022.read_purchases(DATA)
    assert economies == world.economies[:80]
    kept = np.abs(cells[:, :, :80, :80] - source).sum() / 2 / source.sum(dtype=np.float64)
    assert kept < 1e-3
