"""The design: rows differ in one factor, points are spread evenly, any draw is made from its number."""

from __future__ import annotations

import numpy as np
import pytest

from detente.studies.uncertainty import Design, Factor
from detente.studies.uncertainty.design import split

PARAMETERS = Factor("elasticities", "parameters", ("theta", "sigma"))
DESIGN = Design((PARAMETERS, Factor("flows", "data", ("flows",))), ("theta", "sigma"), seed=3)


def test_a_block_has_both_sides_and_one_row_a_factor() -> None:
    rows = DESIGN.rows(5)
    assert [row.name for row in rows] == ["A", "B", "elasticities", "flows"]
    assert [row.number for row in rows] == [20, 21, 22, 23]
    taken = [[row.side(factor.name) for factor in DESIGN.factors] for row in rows]
    assert taken == [["A", "A"], ["B", "B"], ["B", "A"], ["A", "B"]]


def test_points_do_not_depend_on_where_they_start() -> None:
    whole = DESIGN.points(0, 64)
    for side in ("A", "B"):
        assert np.array_equal(DESIGN.points(17, 20)[side], whole[side][17:37])
        assert whole[side].min() > 0.0 and whole[side].max() < 1.0
    assert not np.array_equal(whole["A"], whole["B"])
    assert not np.array_equal(Design(DESIGN.factors, DESIGN.numbers, 4).points(0, 64)["A"], whole["A"])


def test_every_coordinate_is_spread_evenly() -> None:
    cells = np.floor(DESIGN.points(0, 64)["A"] * 64).astype(int)
    for column in cells.T:
        assert sorted(column) == list(range(64))


def test_the_sides_do_not_depend_on_each_other() -> None:
    found = []
    for seed in range(40):
        points = Design(DESIGN.factors, DESIGN.numbers, seed).points(0, 16)
        found += [np.corrcoef(points["A"][:, at], points["B"][:, at])[0, 1] for at in range(2)]
    # Of 16 independent pairs: mean zero, standard deviation 1 / sqrt(15).
    assert abs(np.mean(found)) < 0.1
    assert 0.2 < np.std(found) < 0.32


def test_random_tables_are_told_apart_by_name_block_and_side() -> None:
    def first(*key: object) -> float:
        return float(DESIGN.generator(*key).random())  # type: ignore[arg-type]

    keys = [("flows", 0, "A"), ("flows", 0, "B"), ("flows", 1, "A"), ("tariffs", 0, "A")]
    assert len({first(*key) for key in keys}) == 4
    assert first(*keys[0]) == first(*keys[0])


@pytest.mark.parametrize(("draws", "blocks"), [(1, 1), (4, 1), (5, 2), (100_000, 25_000)])
def test_draws_fill_whole_blocks(draws: int, blocks: int) -> None:
    assert DESIGN.blocks(draws) == blocks


def test_a_source_splits_into_its_parameters() -> None:
    parts = split(PARAMETERS, PARAMETERS.inputs)
    assert [(part.name, part.kind, part.inputs) for part in parts] == [
        ("theta", "parameters", ("theta",)),
        ("sigma", "parameters", ("sigma",)),
    ]
