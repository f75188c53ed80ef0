"""The examples with ranges run, and what they leave open moves the answer the way it should."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.policy import Scenario, load_scenario

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "ranges"
FILES = sorted(EXAMPLES.glob("*.yaml"))


@cache
def world() -> dt.World:
    return dt.load_world("world-2022")


def at(scenario: Scenario, point: float) -> Scenario:
    return scenario.drawn([float(n.distribution.quantile(np.array(point))) for n in scenario.uncertain])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_range_has_a_source_or_is_an_assumption(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# "), "an example says first what it shows"
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 120
    scenario = load_scenario(file)
    assert scenario.uncertain
    assert all(number.origin for number in scenario.uncertain)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_example_is_solved_at_its_median(file: Path) -> None:
    assert all(check.passed for check in dt.run(world(), file).checks)


def trade(scenario: Scenario, importer: str, exporter: str, sector: str) -> float:
    """Trade after over trade before."""
    found, w = dt.run(world(), scenario), world()
    flow = (w.sectors.index(sector), w.economies.index(importer), w.economies.index(exporter))
    after, before = (np.asarray(state.flows)[flow] for state in (found.equilibrium, found.reference))
    return float(after / before)


def test_the_more_is_charged_the_less_is_sold() -> None:
    scenario = load_scenario(EXAMPLES / "us-retaliation.yaml")
    low, middle, high = (trade(at(scenario, u), "USA", "CAN", "C29") for u in (0.01, 0.5, 0.99))
    assert high < middle < low < 1.0


def test_a_lower_duty_on_lumber_sells_more_and_that_of_today_as_much_as_today() -> None:
    scenario = load_scenario(EXAMPLES / "lumber-review.yaml")
    assert [str(number) for number in scenario.uncertain] == ["between 24.83% and 35.16%"]
    most, some, none = (trade(at(scenario, u), "USA", "CAN", "C16") for u in (0.0, 0.5, 1.0))
    assert none == pytest.approx(1.0, abs=1e-9)
    assert most > some > 1.0 + 1e-3
