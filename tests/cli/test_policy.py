"""`detente policy`, `detente schema` and `detente scenario` in a terminal."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from detente.policy import registry
from detente.policy.files.schema import scenario_schema
from detente.policy.rates import rates
from detente.policy.timeline import in_force
from tests.cli.conftest import Cli
from tests.cli.test_errors import flat

DEAL = """\
# A deal.
title: t
measures:
  - {id: a, kind: surcharge, importer: Canada, exporter: China, sectors: C, rate: 10%, assumption: x}
  - {id: b, kind: surcharge, importer: China, exporter: Canada, sectors: A, rate: 10%, assumption: x}
"""


def test_what_is_in_force_is_listed_with_source_programme_and_rates(cli: Cli) -> None:
    result = cli("policy", "at", "2026-08-22", "--importer", "USA", "--exporter", "Canada")
    assert result.exit_code == 0
    said = flat(result.stdout)
    assert "Measures in force on 22 August 2026 by the United States on goods of Canada" in said
    states = in_force(date(2026, 8, 22), ["USA"], ["CAN"])
    assert len(states) > 5
    for state in states:
        assert f" {state.entry.id} " in said
        assert flat(state.entry.sentence) in said
    average = rates(date(2026, 8, 22), "USA", "CAN").average
    assert f"{100 * average.additional:.2f}" in said
    assert "all imports" in said and "in no sector of the world" in said


def test_the_day_before_differs(cli: Cli) -> None:
    today = json.loads(
        cli("policy", "at", "2026-08-22", "--importer", "USA", "--exporter", "CAN", "--json").stdout
    )
    before = json.loads(
        cli("policy", "at", "2026-08-21", "--importer", "USA", "--exporter", "CAN", "--json").stdout
    )
    new = {m["id"] for m in today["measures"]} - {m["id"] for m in before["measures"]}
    assert new and all(registry().measure(name).programme == "us-338" for name in new)
    assert today["rates"]["average"]["additional"] > before["rates"]["average"]["additional"] + 0.01


def test_without_a_pair_there_are_no_rates(cli: Cli) -> None:
    found = json.loads(cli("policy", "at", "2026-03-01", "--importer", "China", "--json").stdout)
    assert found["rates"] is None
    assert found["measures"] and all("China" in m["importers"] for m in found["measures"])
    whole = json.loads(cli("policy", "at", "2026-03-01", "--json").stdout)
    assert len(whole["measures"]) == len(registry().on(date(2026, 3, 1)))


def test_suspensions_are_shown_where_they_apply(cli: Cli) -> None:
    found = json.loads(
        cli("policy", "at", "2026-03-01", "--importer", "CHN", "--exporter", "CAN", "--json").stdout
    )
    suspended = [m["id"] for m in found["measures"] if m["suspended_by"]]
    assert "chn-reta-can-canola-meal" in suspended
    text = cli("policy", "at", "2026-03-01", "--importer", "CHN", "--exporter", "CAN").stdout
    assert "chn-reta-can-canola-meal - suspended" in text


def test_rates_of_one_sector(cli: Cli) -> None:
    arguments = (
        "policy",
        "at",
        "2026-08-22",
        "--importer",
        "USA",
        "--exporter",
        "CAN",
        "--sector",
        "iron and steel",
    )
    found = json.loads(cli(*arguments, "--json").stdout)
    assert [row["sector"] for row in found["rates"]["sectors"]] == ["C24A"]


def test_bad_arguments_are_all_named(cli: Cli) -> None:
    result = cli("policy", "at", "22.8.2026", "--importer", "Cnada", "--sector", "C")
    assert (result.exit_code, result.stdout) == (2, "")
    said = flat(result.stderr)
    for part in (
        "'22.8.2026' is no date; write year-month-day, such as 2026-03-01",
        "no economy 'Cnada'; did you mean Canada (CAN)",
        "--sector needs --importer and --exporter",
    ):
        assert part in said
    result = cli("policy", "at", "2026-08-22", "--importer", "USA", "--exporter", "CAN", "--sector", "stel")
    assert result.exit_code == 2
    assert "no sector 'stel'" in flat(result.stderr)


def test_a_group_has_measures_and_no_rate(cli: Cli) -> None:
    found = json.loads(
        cli("policy", "at", "2025-07-01", "--importer", "USA", "--exporter", "EU27", "--json").stdout
    )
    assert found["measures"] and found["rates"] is None
    said = cli("policy", "at", "2025-07-01", "--importer", "USA", "--exporter", "EU27").stdout
    assert "A group has no rates of its own: name a member to see rates by sector." in said
    member = ("policy", "at", "2025-07-01", "--importer", "USA", "--exporter", "DEU", "--json")
    assert json.loads(cli(*member).stdout)["rates"]["exporter"] == "DEU"


def test_a_day_before_everything_says_so(cli: Cli) -> None:
    assert "None that the registry knows." in cli("policy", "at", "1990-01-01").stdout


def test_the_timeline_is_ordered_and_marks_what_is_not_in_force(cli: Cli) -> None:
    found = json.loads(cli("policy", "list", "--json").stdout)["measures"]
    assert {row["state"] for row in found} == {"in force"}
    starts = [row["start"] or "" for row in found]
    assert starts == sorted(starts)
    everything = json.loads(cli("policy", "list", "--all", "--json").stdout)["measures"]
    assert {row["state"] for row in everything} == {"in force", "what-if", "left out"}
    assert len(everything) == len(registry().measures) + len(registry().left_out)
    said = flat(cli("policy", "list", "--all").stdout)
    assert "Threats, proposals and plans: never in force by date" in said
    assert "Known, and not simulated" in said
    assert "Threats" not in flat(cli("policy", "list").stdout)


def test_the_schema_is_printed_or_written(cli: Cli, tmp_path: Path) -> None:
    assert json.loads(cli("schema").stdout) == scenario_schema()
    assert cli("schema", "--out", tmp_path / "s.json").exit_code == 0
    assert json.loads((tmp_path / "s.json").read_text()) == scenario_schema()
    result = cli("schema", "--out", tmp_path / "no" / "s.json")
    assert result.exit_code == 2
    assert "cannot be written" in flat(result.stderr)


def test_a_file_is_edited(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(DEAL)
    assert (
        "deal.yaml: written; 2 measures in force"
        in cli("scenario", "set", path.name, "a", "rate", "35%").stdout
    )
    assert "# A deal.\ntitle: t\n" in path.read_text()
    assert "rate: 35%" in path.read_text()
    new = "{id: c, kind: import-ban, importer: USA, exporter: Canada, sectors: A, assumption: x}"
    assert "3 measures" in cli("scenario", "add", path.name, new).stdout
    assert "2 measures" in cli("scenario", "remove", path.name, "b").stdout
    assert "id: b" not in path.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "deal.yaml", "a", "rate", "35"), "rate 35 is ambiguous; write 35% or a fraction below 1"),
        (("set", "deal.yaml", "z", "rate", "35%"), "no measure 'z'"),
        (("add", "deal.yaml", "nothing"), "no measure 'nothing' in the registry"),
        (("remove", "none.yaml", "a"), "cannot be read"),
    ],
)
def test_an_edit_that_would_spoil_a_file_is_refused(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "deal.yaml").write_text(DEAL)
    result = cli("scenario", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in flat(result.stderr)
    assert (tmp_path / "deal.yaml").read_text() == DEAL
