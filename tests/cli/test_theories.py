"""One question under several theories, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import detente as dt
from detente.model import Theory
from detente.outcome import Outcome
from detente.studies.theories import alternatives
from tests.cli.conftest import Cli

DEAL, WORLD = "canada-china-2026", ("--world", "g20-2019")
# The second has no answer on any world.
THEORIES = ("--theory", "elasticities=uniform:5", "--theory", "market=external,scale_elasticity=1")
FOCUS = ("--focus", "Canada,CHN")


def flat(text: str) -> str:
    return " ".join(text.split())


def rows(text: str, title: str) -> list[list[str]]:
    """Cells of the table below a heading."""
    below = text.split(f"\n{title}\n")[1].split("\n\n")[0]
    return [line.split() for line in below.splitlines()]


def test_the_document_has_what_each_theory_says_alone_and_why_one_says_nothing(cli: Cli) -> None:
    result = cli("theories", DEAL, *WORLD, *THEORIES, *FOCUS, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    alone = dt.run("g20-2019", DEAL, theory=Theory("uniform:5"))
    solved, failed = document["theories"]
    assert (solved["status"], solved["outcome"]) == ("solved", alone.id)
    for code in ("CAN", "CHN"):
        value = alone.values("real_income")[alone.world.economies.index(code)]
        assert solved["economies"]["real_income"]["values"][code] == value
        spread = document["spread"]["real_income"]["economies"][code]
        assert spread == {"lowest": value, "highest": value}
    assert {row["exporter"] for row in solved["exports"]} == {"CAN", "CHN"}
    assert solved["sectors"]["helped"]["CAN"]
    assert solved["theory"]["elasticities"] == solved["choices"].split("=")[1] == "uniform:5"
    assert failed["status"] == "not possible" and "above 1" in failed["message"]
    assert failed["economies"] is failed["exports"] is failed["sectors"] is failed["outcome"] is None
    assert document["complete"] and document["focus"] == ["CAN", "CHN"]


def test_the_table_has_a_line_for_each_theory(cli: Cli) -> None:
    result = cli("theories", DEAL, *WORLD, *THEORIES, *FOCUS)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("The Canada-China arrangement of January 2026")
    assert "New or changed, against china-canada-2024-25" in result.stdout
    assert "1 of 2 theories have an answer" in flat(result.stdout)
    table = rows(result.stdout, "Real income under each theory")
    solved = next(row for row in table if row[0] == "elasticities=uniform:5")
    alone = dt.run("g20-2019", DEAL, theory=Theory("uniform:5"))
    canada = alone.values("real_income")[alone.world.economies.index("CAN")]
    assert abs(float(solved[1]) - canada) <= 0.005 * abs(canada)
    assert any(row[-4:] == ["-"] * 4 for row in table)
    text = flat(result.stdout)
    assert "Without an answer - market=external,scale_elasticity=1.0: not possible: field" in text
    assert "Exports to all others under each theory" in text
    assert "The sector whose value added changes most" in text
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_lowest_and_highest_are_those_of_the_rows(cli: Cli) -> None:
    several = ("--theory", "elasticities=uniform:5", "--theory", "elasticities=uniform:2", "--theory", "")
    result = cli("theories", DEAL, *WORLD, *several, "--focus", "CAN")
    assert result.exit_code == 0, result.stderr
    below = result.stdout.split("Real income under each theory\n")[1].split("\nExports")[0]
    cells = [line.split()[-2:] for line in below.splitlines() if line.startswith("  ") and "+" in line]
    assert len(cells) == 5
    values = sorted(float(cell[0]) for cell in cells[:3])
    assert [float(cell[0]) for cell in cells[3:]] == [values[0], values[-1]]


def test_the_standard_theory_and_its_variations_are_asked_without_a_word(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Theory] = []

    def run(world: Any, scenario: Any, against: Any, theory: Theory, solver: Any) -> Outcome:
        asked.append(theory)
        return dt.run(world, scenario, against, Theory())

    monkeypatch.setattr("detente.studies.theories.comparison.run", run)
    world = dt.load_world("g20-2019")
    for given in ("", "imbalances=removed"):
        asked.clear()
        result = cli("theories", DEAL, *WORLD, *(("--theory", given) if given else ()), "--json")
        assert result.exit_code == 0, result.stderr
        assert asked == [other.theory for other in alternatives(Theory.parse(given), world)]
        assert len(json.loads(result.stdout)["theories"]) == len(asked) > 15
    asked.clear()
    result = cli("theories", DEAL, *WORLD, "--defensible", "--json")
    assert [theory.elasticities for theory in asked][1:] == [
        "fontagne-guimbard-orefice-2022",
        "lashkaripour-lugovskyy-2023",
        "boehm-levchenko-pandalai-nayar-2023",
    ]


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_every_number_is_written(cli: Cli, ending: str) -> None:
    file = Path(f"theories.{ending}")
    result = cli("theories", DEAL, *WORLD, *THEORIES, *FOCUS, "--json", "--out", file)
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    if ending == "json":
        assert json.loads(file.read_text(encoding="utf-8")) == document
        return
    table = pd.read_csv(file) if ending == "csv" else pd.read_parquet(file)
    income = table.query("quantity == 'real_income' and economy == 'CHN'")["value"].item()
    wanted = document["theories"][0]["economies"]["real_income"]["values"]["CHN"]
    assert income == pytest.approx(wanted, rel=1e-14)
    assert table["status"].unique().tolist() == ["solved", "not possible"]
    assert [path.name for path in Path().iterdir() if path.name != "data"] == [file.name]


def test_a_place_for_the_file_is_looked_for_before_anything_is_solved(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.studies.theories.compare_theories", lambda *_, **__: pytest.fail("solved"))
    Path("there.csv").write_text("mine", encoding="utf-8")
    for file, said in (
        ("nowhere/a.csv", "no folder 'nowhere'"),
        ("there.csv", "--overwrite"),
        ("a.xlsx", ".csv, .parquet or .json"),
    ):
        result = cli("theories", DEAL, *WORLD, "--out", file)
        assert result.exit_code == 2 and said in flat(result.stderr)
        assert result.stdout == ""
    assert Path("there.csv").read_text(encoding="utf-8") == "mine"


def test_all_that_is_wrong_is_reported_together(cli: Cli) -> None:
    wrong = ("--theory", "imbalance=removed", "--theory", "labor=specific", "--out", "a.txt")
    result = cli("theories", "canada-chna-2026", "--world", "g20-2020", *wrong)
    assert result.exit_code == 2
    assert "error: 5 problems" in result.stderr
    for part in (
        "did you mean canada-china-2026",
        "g20-2019",
        "unknown choice 'imbalance'",
        "unknown choice 'labor'",
        "its ending names no format",
    ):
        assert part in flat(result.stderr)


def test_several_theories_are_no_one_theory_with_its_like(cli: Cli) -> None:
    result = cli("theories", DEAL, *WORLD, *THEORIES, "--defensible")
    assert result.exit_code == 2 and "several theories are given" in flat(result.stderr)


def test_a_stop_prints_what_is_done(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(world: Any, scenario: Any, against: Any, theory: Theory, solver: Any) -> Outcome:
        if theory == Theory("uniform:6"):
            raise KeyboardInterrupt
        return dt.run(world, scenario, against, theory, solver)

    monkeypatch.setattr("detente.studies.theories.comparison.run", run)
    more = ("--theory", "elasticities=uniform:5", "--theory", "elasticities=uniform:6", "--theory", "")
    result = cli("theories", DEAL, *WORLD, *more, *FOCUS)
    assert result.exit_code == 130
    assert "Stopped: 1 of 3 theories are done; the others were not tried." in flat(result.stdout)
    named = [row[0] for row in rows(result.stdout, "Real income under each theory")]
    assert "elasticities=uniform:5" in named and "elasticities=uniform:6" not in named
    document = cli("theories", DEAL, *WORLD, *more, *FOCUS, "--json")
    assert document.exit_code == 130
    found = json.loads(document.stdout)
    assert (found["complete"], found["wanted"], len(found["theories"])) == (False, 3, 1)


def test_worlds_are_aggregated_first(cli: Cli) -> None:
    grouping = ("--aggregate", "focus", "--focus", "CAN")
    result = cli("theories", DEAL, *grouping, "--theory", "elasticities=uniform:5", "--defensible", "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["world"] == "world-2022/focus"
    assert [answer["status"] for answer in document["theories"]] == ["solved"] * 5
