"""What tells two scenarios apart."""

from __future__ import annotations

from pathlib import Path

from detente.policy import load_scenario, parse_scenario
from detente.policy.difference import common_reference, difference

TEXT = """\
title: t
date: 2026-03-01
measures:
  - {id: a, kind: surcharge, importer: USA, exporter: Canada, hs: 72, rate: 25%, start: 2025-01,
     assumption: x}
  - {id: b, kind: import-ban, importer: USA, exporter: Canada, hs: 2203, assumption: x}
  - {id: c, kind: import-ban, importer: USA, exporter: Canada, hs: 2204, assumption: x, end: 2026-02}
"""


def test_measures_of_one_of_the_other_and_changed_ones() -> None:
    other = TEXT.replace("id: b", "id: d").replace("rate: 25%", "rate: 35%").replace("hs: 72", "hs: [72, 73]")
    found = difference(parse_scenario(TEXT, "one.yaml"), parse_scenario(other, "two.yaml"))
    assert (found.first, found.second, found.same) == ("one", "two", False)
    assert [m.id for m in found.only_first] == ["b"]
    assert [m.id for m in found.only_second] == ["d"]
    ((measure, fields),) = found.changed
    assert measure.id == "a"
    assert [(f.field, f.before, f.after) for f in fields] == [("rate", "25%", "35%"), ("hs", "72", "72, 73")]
    assert found.unchanged == () and found.settings == ()


def test_only_what_is_in_force_counts_and_dates_do_not() -> None:
    first = parse_scenario(TEXT, "one.yaml")
    other = TEXT.replace("start: 2025-01", "start: 2024-01").replace("end: 2026-02", "end: 2026-01")
    found = difference(first, parse_scenario(other, "two.yaml"))
    assert (found.only_first, found.only_second, found.changed) == ((), (), ())
    assert found.unchanged == ("a", "b")
    later = difference(
        first, parse_scenario(TEXT.replace("date: 2026-03-01", "date: 2026-02-01"), "two.yaml")
    )
    assert [m.id for m in later.only_second] == ["c"]
    assert later.settings == (("date", "1 March 2026", "1 February 2026"),)


def test_the_same_and_prose() -> None:
    first = parse_scenario(TEXT, "one.yaml")
    assert difference(first, parse_scenario(TEXT.replace("assumption: x", "assumption: y"), "two.yaml")).same
    assert difference(first, first).unchanged == ("a", "b")
    assert not difference(first, parse_scenario(TEXT.replace("25%", "26%"), "two.yaml")).same


def test_the_order_of_lists_is_no_difference() -> None:
    one = TEXT.replace("hs: 72", "hs: [72, 73]").replace("exporter: Canada", "exporter: [Canada, Japan]", 1)
    two = TEXT.replace("hs: 72", "hs: [73, 72]").replace("exporter: Canada", "exporter: [Japan, Canada]", 1)
    assert difference(parse_scenario(one), parse_scenario(two)).changed == ()


def test_the_reference_counts_only_if_both_share_it(tmp_path: Path) -> None:
    reference, other = tmp_path / "reference.yaml", tmp_path / "other.yaml"
    reference.write_text(TEXT)
    other.write_text(TEXT.replace("25%", "30%"))
    first = parse_scenario(f"against: reference.yaml\n{TEXT}", str(tmp_path / "one.yaml"))
    second = parse_scenario(f"against: reference.yaml\n{TEXT}", str(tmp_path / "two.yaml"))
    third = parse_scenario(f"against: other.yaml\n{TEXT}", str(tmp_path / "three.yaml"))
    shared = common_reference(first, second)
    assert shared is not None and shared.name == "reference"
    assert common_reference(first, third) is None
    assert common_reference(first, parse_scenario(TEXT)) is None


def test_two_tables_of_one_name_differ(tmp_path: Path) -> None:
    charge = "{id: c, kind: carbon-border-charge, importer: Canada, exporter: China, assumption: x"
    text = f"title: t\nmeasures: [{charge}, carbon: {{price: 80, unit: EUR, year: 2024, table: f.csv}}}}]\n"
    scenarios = []
    for name, factor in (("one", 900), ("two", 800)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "f.csv").write_text(f"economy,sector,tonnes_per_million_usd\nCHN,C,{factor}\n")
        scenarios.append(parse_scenario(text, str(tmp_path / name / "s.yaml")))
    ((_, fields),) = difference(*scenarios).changed
    assert fields[0].after == "another table of that name"


def test_days_of_the_registry() -> None:
    found = difference(load_scenario("2026-02-28"), load_scenario("2026-03-01"))
    assert found.settings[0] == ("date", "28 February 2026", "1 March 2026")
    assert found.only_second and not found.same
