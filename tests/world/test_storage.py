"""Stored worlds come back whole, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from detente.errors import BadInput
from detente.world import catalogue, content_hash, list_worlds, load_world, read_world, write_world
from tests.worlds import random_world

ARRAYS = ("intermediate_flows", "final_flows", "input_use", "tariff_factor")


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder of the user's own worlds, empty."""
    monkeypatch.setattr(catalogue, "user_worlds", lambda: tmp_path / "worlds")
    return tmp_path / "worlds"


def test_float64_comes_back_to_the_last_bit(tmp_path):
    world = random_world(1, 4, 3)
    found = read_world(write_world(world, tmp_path))
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(world, name))
    for name in ("name", "title", "vintage", "classification", "economies", "sectors", "sector_titles"):
        assert getattr(found, name) == getattr(world, name)
    assert found.provenance == world.provenance
    assert content_hash(found) == content_hash(world)


def test_float32_keeps_the_identity_of_inputs_and_purchases(tmp_path):
    world = random_world(2, 5, 4)
    found = read_world(write_world(world, tmp_path, "float32"))
    np.testing.assert_allclose(found.flows, world.flows, rtol=1e-6)
    np.testing.assert_allclose(
        found.input_use.sum(axis=2).T, found.intermediate_flows.sum(axis=2), rtol=1e-14
    )


def test_arrays_of_a_world_cannot_be_changed(tmp_path):
    world = read_world(write_world(random_world(3), tmp_path))
    for name in (*ARRAYS, "flows", "output", "value_added", "gdp", "tariff_revenue"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(world, name)[...] = 1.0


def test_a_world_keeps_its_own_copy_of_what_can_still_be_changed():
    world = random_world(3)
    given = np.array(world.tariff_factor)
    kept = world.replace(tariff_factor=given)
    given[...] = 9.0
    np.testing.assert_array_equal(kept.tariff_factor, world.tariff_factor)
    assert kept.final_flows is world.final_flows


@pytest.mark.parametrize("name", ARRAYS)
def test_hash_depends_on_every_array(name):
    world = random_world(4)
    assert content_hash(world.replace(**{name: getattr(world, name) * (1 + 1e-15)})) != content_hash(world)


@pytest.mark.parametrize(
    "change",
    [{"vintage": 2001}, {"classification": "other"}, {"economies": ("A", "B", "C")}, {"sectors": ("A", "B")}],
)
def test_hash_depends_on_labels(change):
    world = random_world(4)
    assert content_hash(world.replace(**change)) != content_hash(world)


def test_hash_does_not_depend_on_name_and_title():
    world = random_world(4)
    assert content_hash(world.replace(name="x", title="y")) == content_hash(world)


def test_groups_of_an_aggregated_world_are_kept(tmp_path):
    world = random_world(5, 4, 2).aggregate({"G": ["E0", "E2"]}).replace(name="grouped")
    found = read_world(write_world(world, tmp_path))
    assert found.economy_groups["G"] == ("E0", "E2")
    assert found.parent is None


def test_damaged_numbers_are_refused(tmp_path):
    path = write_world(random_world(6), tmp_path)
    packed = path.with_suffix(".npz")
    content = bytearray(packed.read_bytes())
    content[len(content) // 2] ^= 1
    packed.write_bytes(bytes(content))
    with pytest.raises(BadInput, match=r"random\.npz: damaged: .* was written; import the table again"):
        read_world(path)


def test_missing_numbers_are_refused(tmp_path):
    path = write_world(random_world(6), tmp_path)
    path.with_suffix(".npz").unlink()
    with pytest.raises(BadInput, match=r"random\.npz: no such file"):
        read_world(path)


def test_other_formats_are_refused(tmp_path):
    path = write_world(random_world(6), tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))
    with pytest.raises(BadInput, match="written in format 99, this version reads format 1"):
        read_world(path)
    for text in ("[1, 2]", '{"format": 1, "name": "x"}'):
        path.write_text(text)
        with pytest.raises(BadInput, match="not a stored world"):
            read_world(path)


def test_nothing_stays_behind_when_writing_fails(tmp_path, monkeypatch):
    def full_disk(self, content):
        raise OSError("no space left")

    monkeypatch.setattr("pathlib.Path.write_bytes", full_disk)
    with pytest.raises(BadInput, match="cannot be written: no space left"):
        write_world(random_world(7), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_worlds_of_the_user_are_listed_after_the_bundled_ones(mine):
    write_world(random_world(8).replace(name="own"), mine)
    (mine / "notes.json").write_text("{}")
    (mine / "cut.json").write_text('{"format": 1}')
    entries = list_worlds()
    assert [entry.name for entry in entries if not entry.bundled] == ["own"]
    assert entries[-1].name == "own"
    assert (entries[-1].economies, entries[-1].sectors, entries[-1].estimated) == (3, 2, ())
    assert load_world("own").name == "own"


def test_a_world_can_be_loaded_from_its_path(tmp_path):
    path = write_world(random_world(9), tmp_path)
    assert load_world(path).name == load_world(str(path.with_suffix(".npz"))).name == "random"


def test_unknown_world_suggests_the_nearest(mine):
    with pytest.raises(BadInput, match=r"no world 'wiod-2012'; did you mean .*wiod-2011"):
        load_world("wiod-2012")


def test_a_name_cannot_leave_the_folders(mine):
    mine.mkdir()
    write_world(random_world(10).replace(name="outside"), mine.parent)
    with pytest.raises(BadInput, match="no world"):
        load_world("../outside")


def test_a_bundled_name_is_never_shadowed(mine):
    write_world(random_world(11).replace(name="g20-2019"), mine)
    assert len(load_world("g20-2019").economies) == 20


def test_no_part_stays_behind_when_the_last_step_fails(tmp_path, monkeypatch):
    def refuse(self, target):
        raise PermissionError("in use")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(BadInput, match="cannot be written: in use"):
        write_world(random_world(7), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="worlds: cannot be written: Not a directory"):
        write_world(random_world(7), tmp_path / "file" / "worlds")


def test_two_programs_that_write_the_same_world_do_not_meet(tmp_path, monkeypatch):
    """The second one writes everything while the first is between its part and the whole."""
    world, replace = random_world(12), Path.replace

    def interrupted(self, target):
        monkeypatch.setattr(Path, "replace", replace)
        write_world(world, tmp_path)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    assert content_hash(read_world(write_world(world, tmp_path))) == content_hash(world)
    assert len(list(tmp_path.iterdir())) == 2
