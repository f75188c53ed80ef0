"""`detente diff`: inputs first, then the outcomes of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import detente as dt
from tests.cli.conftest import Cli
from tests.cli.test_errors import flat

WORLD = ("--world", "g20-2019")
FIRST = """\
title: one
measures:
  - {id: a, kind: surcharge, importer: Canada, exporter: China, sectors: C, rate: 10%, assumption: x}
  - {id: b, kind: surcharge, importer: China, exporter: Canada, sectors: A, rate: 10%, assumption: x}
"""
SECOND = (
    FIRST.replace("title: one", "title: two")
    .replace("C, rate: 10%", "C, rate: 20%")
    .replace("id: b", "id: c")
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "one.yaml").write_text(FIRST)
    (tmp_path / "two.yaml").write_text(SECOND)
    return "one.yaml", "two.yaml"


def test_inputs_come_before_outcomes(cli: Cli, files: tuple[str, str]) -> None:
    result = cli("diff", *files, *WORLD, "--focus", "CAN,CHN")
    assert result.exit_code == 0
    said = flat(result.stdout)
    order = ["Only in one", "b: China charges Canada", "Only in two", "a: rate 20% instead of 10%",
             "What each does", "against the baseline, g20-2019", "Canada (CAN)", "China (CHN)"]  # fmt: skip
    places = [said.index(part) for part in order]
    assert places == sorted(places)


def test_outcomes_are_those_of_running_each_alone(cli: Cli, files: tuple[str, str], tmp_path: Path) -> None:
    found = json.loads(cli("diff", *files, *WORLD, "--json").stdout)
    income = found["economies"]["real_income"]
    for side, name in (("first", "one.yaml"), ("second", "two.yaml")):
        outcome = dt.run("g20-2019", tmp_path / name, "baseline")
        values = dict(zip(outcome.world.economies, outcome.values("real_income"), strict=True))
        for code, value in income[side].items():
            assert value == pytest.approx(values[code], abs=1e-9)
    for code, value in income["difference"].items():
        assert value == pytest.approx(income["second"][code] - income["first"][code], abs=1e-12)
    assert abs(income["difference"]["CAN"]) > 1e-4


def test_a_shared_reference_is_used(cli: Cli, files: tuple[str, str], tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).write_text(f"against: base.yaml\n{(tmp_path / name).read_text()}")
    (tmp_path / "base.yaml").write_text(FIRST.replace("10%", "5%"))
    found = json.loads(cli("diff", *files, *WORLD, "--json").stdout)
    assert found["against"] == "base"
    outcome = dt.run("g20-2019", tmp_path / "two.yaml", tmp_path / "base.yaml")
    canada = outcome.world.economies.index("CAN")
    assert found["economies"]["real_income"]["second"]["CAN"] == pytest.approx(
        outcome.values("real_income")[canada], abs=1e-9
    )


def test_inputs_alone_solve_nothing(
    cli: Cli, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("solved")

    monkeypatch.setattr("detente.outcome.run", fail)
    found = json.loads(cli("diff", *files, "--inputs", "--json").stdout)
    assert found["economies"] is None
    assert found["changed"] == [
        {"id": "a", "fields": [{"id": "a", "field": "rate", "before": "10%", "after": "20%"}]}
    ]
    days = cli("diff", "2026-08-21", "2026-08-22", "--inputs")
    assert days.exit_code == 0
    assert "Only in 2026-08-22" in days.stdout


def test_the_same_scenario_twice(cli: Cli, files: tuple[str, str]) -> None:
    said = flat(cli("diff", files[0], files[0], "--inputs").stdout)
    assert "Both have the same effect, against the same reference." in said
    assert "The measures in force are the same" in said
    assert "2 measures are the same in both." in said


def test_both_unknown_names_are_said(cli: Cli) -> None:
    result = cli("diff", "nothing-a", "nothing-b")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no scenario 'nothing-a'" in flat(result.stderr)
    assert "no scenario 'nothing-b'" in flat(result.stderr)
