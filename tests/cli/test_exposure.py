"""Who is exposed to whom, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from detente.model import Theory
from detente.outcome import exposure
from tests.cli.conftest import Cli


def test_the_document_and_the_table_hold_the_effects(cli: Cli) -> None:
    found = exposure("g20-2019").values("trade-cost")
    result = cli("exposure", "--world", "g20-2019", "--of", "trade-cost", "--json", "--csv", "effects.csv")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    values = np.array([list(row.values()) for row in document["economies"].values()])
    assert np.allclose(values, found, rtol=1e-9)
    assert document["unit"] == "percent for a change of 1 percent"
    lines = Path("effects.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "quantity,economy,source,value,unit"
    assert np.isclose(float(lines[2].split(",")[3]), found[0, 1], rtol=1e-9)


def test_economies_in_focus_are_shown_with_those_that_matter_most(cli: Cli) -> None:
    result = cli("exposure", "--world", "g20-2019", "--economies", "CAN,CHN")
    assert result.exit_code == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines() if line.startswith(("  CAN", "  CHN"))]
    assert [row[0] for row in rows] == ["CAN", "CHN"]
    assert rows[0][2] == "USA"


def test_all_wrong_names_are_reported_together(cli: Cli) -> None:
    result = cli("exposure", "--world", "g20-2020", "--of", "productivty")
    assert result.exit_code == 2
    assert "g20-2019" in result.stderr and "productivity" in result.stderr


def test_a_theory_with_one_sector_works(cli: Cli) -> None:
    theory = "sectors=one,elasticities=uniform:4"
    result = cli("exposure", "--world", "g20-2019", "--theory", theory, "--json")
    assert result.exit_code == 0, result.stderr
    found = exposure("g20-2019", Theory.parse(theory))
    assert found.world.sectors == ("all",)
    canada = list(json.loads(result.stdout)["economies"]["CAN"].values())
    assert np.allclose(canada, found["productivity"].sel(economy="CAN"), rtol=1e-9)


def test_a_place_for_the_table_is_looked_for_before_anything_is_solved(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("detente.outcome.exposure", lambda *_: pytest.fail("solved"))
    Path("effects.csv").write_text("mine", encoding="utf-8")
    for file, said in (("nowhere/effects.csv", "no folder 'nowhere'"), ("effects.csv", "--overwrite")):
        result = cli("exposure", "--world", "g20-2019", "--csv", file)
        assert result.exit_code == 2 and said in result.stderr
    assert Path("effects.csv").read_text(encoding="utf-8") == "mine"
    monkeypatch.undo()
