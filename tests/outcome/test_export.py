"""Results as files: complete, tidy, hashed, repeatable, never half written."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import detente as dt
from detente.arrays import quantities
from detente.errors import BadInput
from detente.outcome.export import GROUPS, check_folder, export
from detente.outcome.outcome import Outcome
from detente.policy import Scenario, parse_scenario, scenario_hash

DEAL = "canada-china-2026"
# The module; in the package its name is the function's.
exporting = import_module("detente.outcome.export")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return dt.run("g20-2019", DEAL)


@pytest.fixture(scope="module")
def sides() -> list[Scenario]:
    deal = dt.load_scenario(DEAL)
    assert deal.reference is not None
    return [deal, deal.reference]


@pytest.fixture(scope="module")
def folder(outcome: Outcome, sides: list[Scenario], tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export") / "result"
    export(outcome, place, sides, [("Canada charges China a duty", 1630.4, "Global Affairs Canada")])
    return place


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_manifest_has_the_hash_of_every_other_file(folder: Path, outcome: Outcome) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    found = {p.relative_to(folder).as_posix(): digest(p) for p in folder.rglob("*") if p.is_file()}
    del found["manifest.json"]
    assert manifest["files"] == found
    assert manifest["outcome"] == outcome.id
    assert manifest["residual"] == outcome.residual
    assert manifest["scenario"]["hash"] == outcome.hashes["scenario"]
    assert manifest["theory"]["sentence"] == outcome.theory.describe()
    assert [check["passed"] for check in manifest["checks"]] == [True] * len(outcome.checks)
    assert set(manifest["libraries"]) >= {"jax", "numpy", "pyarrow"}


# Groups of workers have a table where the theory has them (`test_theory_output.py`).
TABLES = [name for name in GROUPS if name != "groups"]


@pytest.mark.parametrize("group", TABLES)
def test_tables_are_tidy_complete_and_the_same_in_both_formats(
    folder: Path, outcome: Outcome, group: str
) -> None:
    dims = GROUPS[group]
    table = pd.read_parquet(folder / f"{group}.parquet")
    plain = pd.read_csv(folder / f"{group}.csv", keep_default_na=False)
    columns = ["quantity", *dims, "value", "unit", "scenario", "against", "world", "outcome"]
    assert list(table.columns) == columns == list(plain.columns)
    for column in columns:
        if column == "value":
            np.testing.assert_allclose(plain[column], table[column], rtol=1e-15, atol=0)
        else:
            assert plain[column].astype(str).tolist() == table[column].astype(str).tolist()
    for name, rows in table.groupby("quantity", observed=True):
        array = outcome[str(name)].transpose(*dims)
        assert rows["value"].to_numpy() == pytest.approx(array.values.ravel(), rel=0, abs=0)
        assert rows["unit"].unique().tolist() == [array.attrs["unit"]]
        last = rows.iloc[-1]
        assert [last[dim] for dim in dims] == [str(array[dim].values[-1]) for dim in dims]
    assert set(table["outcome"]) == {outcome.id}


def test_every_quantity_is_in_exactly_one_table(folder: Path, outcome: Outcome) -> None:
    found = [n for group in TABLES for n in pd.read_parquet(folder / f"{group}.parquet")["quantity"].unique()]
    assert sorted(found) == sorted(outcome.names)
    meanings = pd.read_csv(folder / "quantities.csv").set_index("name")
    assert meanings.loc["real_income", "source"] == quantities()["real_income"].source
    assert sorted(meanings.index) == sorted(outcome.names)


def test_labels_say_codes_in_words(folder: Path) -> None:
    labels = pd.read_csv(folder / "labels.csv").set_index(["dimension", "code"])["title"]
    assert labels["economy", "CAN"] == "Canada"
    assert labels["sector", "C"] == "Manufacturing"


def test_a_table_too_long_for_editors_is_compressed(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LARGEST_PLAIN", 10_000)
    export(outcome, tmp_path / "result")
    assert not (tmp_path / "result" / "flows.csv").exists()
    packed = pd.read_csv(tmp_path / "result" / "flows.csv.gz")
    assert len(packed) == 2 * 20**3


def test_the_workbook_explains_itself_and_holds_the_numbers(folder: Path, outcome: Outcome) -> None:
    book = openpyxl.load_workbook(folder / "outcome.xlsx")
    sheets = ["README", "Economies", "Partners", "Sectors", "Measures", "Limits", "Checks"]
    assert book.sheetnames == sheets
    text = {str(row[0].value): str(row[1].value) for row in book["README"].iter_rows()}
    assert outcome.id in text["How to cite"]
    assert text["Source of the data"].startswith("OECD (2023)")
    stated = [row[1].value for row in book["README"].iter_rows() if row[0].value == "Estimated"]
    assert stated == list(outcome.world.estimated or ["nothing in this world"])
    assert "USD million" in text["Units"]
    sheet = book["Economies"]
    heads = [cell.value for cell in sheet[1]]
    column = heads.index("Real income\npercent")
    cells = {row[0].value: row[column] for row in sheet.iter_rows(min_row=2)}
    assert cells["CAN"].value == pytest.approx(outcome["real_income"].sel(economy="CAN").item(), rel=1e-12)
    assert cells["CAN"].number_format == "0.0000"
    assert len(list(book["Partners"].rows)) == 1 + 20 * 20
    assert len(list(book["Sectors"].rows)) == 1 + 20 * 20
    assert book["Measures"]["B2"].value == 1630.4
    assert {row[4].value for row in book["Checks"].iter_rows(min_row=2)} == {"yes"}


def test_the_scenario_as_run_runs_again(folder: Path, outcome: Outcome) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["scenario_files"] == [f"scenario/{DEAL}.yaml", f"scenario/{outcome.against}.yaml"]
    copy = dt.load_scenario(folder / "scenario" / f"{DEAL}.yaml")
    assert scenario_hash(copy) == outcome.hashes["scenario"]


def test_scenarios_of_the_user_and_of_code_are_copied_too(outcome: Outcome, tmp_path: Path) -> None:
    text = (
        "title: mine\nmeasures:\n  - {id: a, kind: surcharge, importer: Canada, exporter: China, sectors: C,"
        " rate: 5%, assumption: what if}\n"
    )
    path = tmp_path / "my own.yaml"
    path.write_text(text)
    export(outcome, tmp_path / "file", [dt.load_scenario(path)])
    assert (tmp_path / "file" / "scenario" / "my own.yaml").read_text() == text
    export(outcome, tmp_path / "text", [parse_scenario(text, "nowhere.yaml")])
    assert (tmp_path / "text" / "scenario" / "nowhere.yaml").read_text() == text
    changed = replace(dt.load_scenario(path), date=date(2026, 1, 1))
    export(outcome, tmp_path / "code", [changed])
    content = json.loads((tmp_path / "code" / "scenario" / "my own.json").read_text())
    assert content["measures"][0]["rate"] == 0.05
    assert content["date"] == "2026-01-01"


def test_what_was_run_is_copied_whatever_else_has_its_name(
    outcome: Outcome, sides: list[Scenario], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"{DEAL}.yaml").write_text("title: another\n")
    export(outcome, tmp_path / "result", sides)
    copy = dt.load_scenario(tmp_path / "result" / "scenario" / f"{DEAL}.yaml")
    assert scenario_hash(copy) == outcome.hashes["scenario"]


def test_scenario_and_reference_of_one_name_are_both_copied(outcome: Outcome, tmp_path: Path) -> None:
    text = (
        "title: {0}\nmeasures:\n  - {{id: a, kind: surcharge, importer: Canada, exporter: China,"
        " sectors: C, rate: 5%, assumption: what if}}\n"
    )
    files = [tmp_path / folder / "duty.yaml" for folder in ("one", "two")]
    for path in files:
        path.parent.mkdir()
        path.write_text(text.format(path.parent.name))
    manifest = export(outcome, tmp_path / "result", [dt.load_scenario(path) for path in files])
    assert manifest["scenario_files"] == ["scenario/duty-reference.yaml", "scenario/duty.yaml"]
    assert "two" in (tmp_path / "result" / "scenario" / "duty-reference.yaml").read_text()


def test_the_same_outcome_gives_the_same_bytes(
    folder: Path, outcome: Outcome, sides: list[Scenario], tmp_path: Path
) -> None:
    rows = [("Canada charges China a duty", 1630.4, "Global Affairs Canada")]
    export(dt.run(outcome.world, DEAL), tmp_path / "again", sides, rows)
    for path in folder.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes(), (
                path.name
            )


@pytest.mark.parametrize("step", ["_write_tables", "write_workbook", "write_scenarios", "_hashes"])
@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_an_interrupted_export_leaves_nothing(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, stop: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise stop

    monkeypatch.setattr(exporting, step, fail)
    with pytest.raises(BadInput if stop is OSError else stop):
        export(outcome, tmp_path / "result")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_overwrite_keeps_the_earlier_result(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(outcome, tmp_path / "result")
    before = digest(tmp_path / "result" / "manifest.json")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "content":
            raise OSError("no room")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(BadInput, match="cannot be written: no room"):
        export(outcome, tmp_path / "result", overwrite=True)
    assert list(tmp_path.iterdir()) == [tmp_path / "result"]
    assert digest(tmp_path / "result" / "manifest.json") == before


def test_a_full_folder_is_refused_unless_it_is_an_earlier_result(outcome: Outcome, tmp_path: Path) -> None:
    place = tmp_path / "result"
    place.mkdir()
    export(outcome, place)
    with pytest.raises(BadInput, match="not empty; name another folder, or give --overwrite"):
        export(outcome, place)
    (place / "stale.csv").write_text("mine")
    with pytest.raises(BadInput, match=r"no earlier result: stale\.csv"):
        export(outcome, place, overwrite=True)
    assert (place / "stale.csv").read_text() == "mine"
    (place / "stale.csv").unlink()
    export(outcome, place, overwrite=True)
    assert json.loads((place / "manifest.json").read_text())["outcome"] == outcome.id


def test_a_place_that_cannot_be_written_is_named(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="result: cannot be written"):
        export(outcome, tmp_path / "file" / "result")


def test_a_run_that_ended_first_is_not_overwritten(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = exporting._write_tables

    def another_run(*arguments: object) -> None:
        monkeypatch.setattr(exporting, "_write_tables", write)
        export(outcome, tmp_path / "result", summary_rows=[("first", 1.0, "")])
        write(*arguments)

    monkeypatch.setattr(exporting, "_write_tables", another_run)
    with pytest.raises(BadInput, match="not empty"):
        export(outcome, tmp_path / "result")
    book = openpyxl.load_workbook(tmp_path / "result" / "outcome.xlsx")
    assert book["Measures"]["A2"].value == "first"
    assert list(tmp_path.iterdir()) == [tmp_path / "result"]


def test_overwrite_never_deletes_what_is_no_result(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "manifest.json").write_text("{}")
    with pytest.raises(BadInput, match=r"no earlier result: manifest\.json"):
        export(outcome, tmp_path / "thesis", overwrite=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="is a file, not a folder"):
        check_folder(tmp_path / "file", overwrite=True)


def test_the_folder_has_the_users_usual_permissions(folder: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777 & ~mask
