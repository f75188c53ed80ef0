"""Edits of scenario files: what changes, what stays as it was, and what is refused."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from detente.errors import BadInput
from detente.policy import load_scenario, registry
from detente.policy.files.editing import add_measure, remove_measure, set_field

TEXT = """\
# Head.
title: "A deal"   # quoted
description: >-
  Two measures
  over lines.
measures:
  # About canola.
  - id: canola      # the seed
    kind: surcharge
    importer: China
    exporter: [Canada]
    hs: [0713.10, '1205']   # codes
    rate: 5.9%
    note:
    assumption: >-
      folded
      text

  # About cars.
  - {id: cars, kind: tariff, importer: Canada, exporter: all, sectors: [C29], rate: 0.061, assumption: "x"}
  # The end.
"""
ON_TOP = "# Mine.\ntitle: t\nextends: registry\ndate: 2026-03-01  # a Sunday\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "deal.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def changes(path: Path, before: str = TEXT) -> list[str]:
    """Lines taken away and added."""
    found = difflib.unified_diff(before.splitlines(), path.read_text("utf-8").splitlines(), n=0, lineterm="")
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


def test_a_field_is_set_and_nothing_else_changes(file: Path) -> None:
    scenario = set_field(file, "canola", "rate", "35%")
    assert changes(file) == ["-    rate: 5.9%", "+    rate: 35%"]
    assert scenario == load_scenario(file)
    assert scenario.measures[0].rate == 0.35


def test_a_field_is_added_to_a_measure_of_one_line(file: Path) -> None:
    set_field(file, "cars", "end", "2026-12")
    text = file.read_text()
    assert "end: 2026-12}" in text
    assert text[: text.index("  - {id: cars")] == TEXT[: TEXT.index("  - {id: cars")]
    assert text.endswith("  # The end.\n")


def test_a_field_is_taken_away(file: Path) -> None:
    set_field(file, "cars", "end", "2026-12")
    set_field(file, "cars", "end", "")
    assert load_scenario(file).measures[1].end is None


def test_fields_of_the_scenario_itself(file: Path) -> None:
    assert set_field(file, "scenario", "date", "2026-03-01").date is not None
    assert set_field(file, "scenario", "title", "Another deal").title == "Another deal"
    assert changes(file)[0].startswith('-title: "A deal"')


def test_lists_and_structures_are_set_as_written(file: Path) -> None:
    set_field(file, "canola", "hs", "{0713.10: 40%}")
    set_field(file, "canola", "covers", "{value: 4.0, unit: CAD billion, year: 2024}")
    measure = load_scenario(file).measures[0]
    assert measure.hs == (("071310", 0.4),)
    assert measure.covers is not None and measure.covers.value == 4e9
    assert "# codes" in file.read_text()


def test_a_measure_is_added_at_the_end(file: Path) -> None:
    add_measure(file, "{id: ban, kind: import-ban, importer: USA, exporter: Canada, hs: 2203, assumption: x}")
    assert [m.id for m in load_scenario(file).measures] == ["canola", "cars", "ban"]
    added = [line for line in changes(file) if line.startswith("+")]
    assert added == [
        "+  - {id: ban, kind: import-ban, importer: USA, exporter: Canada, hs: 2203, assumption: x}"
    ]
    assert all(line in file.read_text() for line in ("# About cars.", "# The end.", "# codes", "# Head."))


@pytest.mark.parametrize("name", ["canola", "cars"])
def test_a_measure_is_removed_and_comments_between_measures_stay(file: Path, name: str) -> None:
    remove_measure(file, name)
    left = load_scenario(file)
    assert [m.id for m in left.measures] == [other for other in ("canola", "cars") if other != name]
    assert all(line in file.read_text() for line in ("# About canola.", "# About cars.", "# The end."))
    assert not any(line.startswith("+") for line in changes(file))
    assert "\n\n  # About cars.\n" in file.read_text()


def test_measures_of_the_registry_are_changed_removed_and_added_by_name(tmp_path: Path) -> None:
    path = tmp_path / "top.yaml"
    path.write_text(ON_TOP)
    day = load_scenario("2026-03-01")
    duty, other = [m.id for m in day.in_force if m.kind == "surcharge" and not m.programme.startswith("us-")][
        :2
    ]
    threat = next(m.id for m in registry().measures if m.what_if)
    set_field(path, duty, "rate", "35%")
    set_field(path, duty, "note", "mine")
    remove_measure(path, other)
    scenario = add_measure(path, threat)
    assert changes(path, ON_TOP) == [
        "+change:", f"+  - id: {duty}", "+    rate: 35%", "+    note: mine",
        "+remove:", f"+  - {other}", "+add:", f"+  - {threat}",
    ]  # fmt: skip
    assert (scenario.removed, scenario.added) == ((other,), (threat,))
    assert path.read_text().startswith(ON_TOP)
    remove_measure(path, threat)
    assert "add:" not in path.read_text()


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda p: set_field(p, "canola", "rate", "25"), "rate 25 is ambiguous"),
        (lambda p: set_field(p, "canola", "rate", ""), "missing rate"),
        (lambda p: set_field(p, "canola", "ratee", "25%"), "unknown field 'ratee'; did you mean rate"),
        (lambda p: set_field(p, "canola", "quota", "{share: 5%}"), "unknown field 'quota'"),
        (lambda p: set_field(p, "canla", "rate", "25%"), "no measure 'canla'; did you mean canola?"),
        (lambda p: set_field(p, "canola", "rate", "[25%"), "cannot be edited"),
        (lambda p: set_field(p, "scenario", "dat", "2026-03-01"), "unknown field 'dat'; did you mean date"),
        (lambda p: add_measure(p, "{id: cars, kind: import-ban}"), "id 'cars' is given twice"),
        (lambda p: add_measure(p, ""), "there is no measure to add"),
        (lambda p: add_measure(p, "no-such-measure"), "no measure 'no-such-measure' in the registry"),
        (lambda p: remove_measure(p, "canla"), "no measure 'canla'; did you mean canola?"),
    ],
)
def test_what_would_not_be_valid_is_refused_and_the_file_stays(file: Path, edit: object, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        edit(file)  # type: ignore[operator]
    assert said in str(caught.value)
    assert file.read_text() == TEXT
    assert [path.name for path in file.parent.iterdir()] == ["deal.yaml"]


def test_a_file_with_problems_is_not_edited(file: Path) -> None:
    broken = TEXT.replace("rate: 5.9%", "rate: 59")
    file.write_text(broken)
    with pytest.raises(BadInput, match="line 13, column 11, field 'rate'"):
        set_field(file, "cars", "rate", "5%")
    assert file.read_text() == broken


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.yaml: cannot be read: No such file"):
        remove_measure(tmp_path / "none.yaml", "a")


def test_line_ends_permissions_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "deal.yaml", tmp_path / "link.yaml"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    link.symlink_to(path)
    set_field(link, "canola", "rate", "35%")
    assert link.is_symlink()
    assert path.read_bytes().count(b"\r\n") == TEXT.count("\n")
    assert b"\n" not in path.read_bytes().replace(b"\r\n", b"")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_list_that_is_not_indented_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "flat.yaml"
    fields = ("id: a", "kind: import-ban", "importer: USA", "exporter: Canada", "hs: 72", "assumption: x")
    text = "title: t\nmeasures:\n- " + "\n  ".join(fields) + "\n"
    path.write_text(text)
    set_field(path, "a", "hs", "73")
    assert path.read_text() == text.replace("hs: 72", "hs: 73")


@pytest.mark.parametrize("name", ["canada-china-2026", "china-canada-2024-25"])
def test_files_that_ship_keep_every_comment_and_every_value(tmp_path: Path, name: str) -> None:
    scenario = load_scenario(name)
    path = tmp_path / f"{name}.yaml"
    path.write_text(scenario.text, encoding="utf-8")
    first = scenario.measures[0]
    changed = set_field(path, first.id, "note", "edited")
    assert changed.measures[1:] == scenario.measures[1:]
    comments = [line.strip() for line in scenario.text.splitlines() if line.strip().startswith("#")]
    assert [
        line.strip() for line in path.read_text().splitlines() if line.strip().startswith("#")
    ] == comments
