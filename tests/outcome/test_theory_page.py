"""The table of theories in docs/model.md is what they give: rows of it, as all of them take minutes."""

from __future__ import annotations

import pytest

import detente as dt
from tools.build_theory_page import GROUPED, GROUPING, PAGE, THEORIES, WORLD, line

ROWS = ("", "inputs=none", "labour=specific", "labour_supply=0.5,revenue=labour-tax,labour_tax=oecd")


@pytest.fixture(scope="module")
def world() -> dt.World:
    return dt.load_world(WORLD)


@pytest.mark.parametrize("choices", ROWS)
def test_rows_are_up_to_date(world: dt.World, choices: str) -> None:
    assert line(world, choices) in PAGE.read_text(encoding="utf-8"), "run: python -m tools.build_theory_page"


def test_a_row_of_the_aggregate_is_up_to_date(world: dt.World) -> None:
    found = line(world.aggregate(economies=GROUPING), GROUPED[1])
    assert "not found" not in found
    assert found in PAGE.read_text(encoding="utf-8"), "run: python -m tools.build_theory_page"


def test_the_page_has_every_theory_once() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for choices in THEORIES[1:]:
        assert page.count(f"| `{choices}` | 81 |") == 1
    for choices in GROUPED:
        assert page.count(f"| `{choices}` | 13 |") == 1
