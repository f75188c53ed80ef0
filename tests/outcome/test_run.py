"""From a scenario and a world to an outcome: what identifies it, and what cannot be solved."""

from __future__ import annotations

import pytest

import detente as dt
from detente.errors import CannotCompute

DEAL = "canada-china-2026"


def test_no_answer_is_better_than_one_that_does_not_clear() -> None:
    with pytest.raises(CannotCompute, match="market"):
        dt.run("g20-2019", DEAL, solver=dt.Solver(max_passes=1))


def test_the_identifier_depends_on_everything_that_decides_the_numbers() -> None:
    world = dt.load_world("g20-2019")
    first = dt.run(world, DEAL)
    assert dt.run(world.replace(name="another name"), DEAL).id == first.id
    others = [
        dt.run(world, DEAL, theory=dt.Theory(imbalances="removed")),
        dt.run(world, DEAL, against="baseline"),
        dt.run(world, "china-canada-2024-25", against="china-canada-2024-25"),
        dt.run(world.replace(vintage=2020), DEAL),
    ]
    assert len({first.id, *(other.id for other in others)}) == 5
