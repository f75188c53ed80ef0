"""Scenario files: what is read, and what is said of bad ones."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from detente.errors import BadInput, nearest
from detente.policy import list_scenarios, load_scenario, parse_scenario, scenario_hash

GOOD = """\
title: A deal
description: >-
  Two measures.
date: 2026-03-01
measures:
  - id: canola
    kind: surcharge
    importer: China
    exporter: [Canada]
    hs: [0713.10, 1205]
    rate: 5.9%
    covers: {value: 4.0, unit: CAD billion, year: 2024}
    start: 2026-03
    end: 2026-12
    source: {url: "https://example.org", publisher: Someone, date: 2026-03-01}
  - id: cars
    kind: tariff
    importer: Canada
    exporter: all
    sectors: [C29]
    rate: 0.061
    covers: 60%
    end: 2026-02-28
    confidence: [weak, indicative]
    assumption: nobody knows
"""


def problems(text: str, file: str = "deal.yaml") -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_scenario(text, file)
    return [str(problem) for problem in caught.value.problems]


def without_columns(said: str) -> str:
    return re.sub(r", column \d+", "", said)


def test_every_field_is_read() -> None:
    scenario = parse_scenario(GOOD, "deal.yaml")
    canola, cars = scenario.measures
    assert (scenario.name, scenario.title, scenario.against) == ("deal", "A deal", "baseline")
    assert scenario.description == "Two measures."
    assert canola.hs == (("071310", 1.0), ("1205", 1.0))
    assert canola.rate == pytest.approx(0.059)
    assert canola.covers is not None
    assert (canola.covers.value, canola.covers.currency, canola.covers.year) == (4e9, "CAD", 2024)
    assert (canola.start, canola.end) == (date(2026, 3, 1), date(2026, 12, 31))
    assert canola.source is not None
    assert str(canola.source) == "Someone, 2026-03-01"
    assert (cars.kind, cars.exporters, cars.sectors, cars.rate) == ("tariff", ("all",), ("C29",), 0.061)
    assert cars.covers is not None
    assert cars.covers.share == 0.6
    assert cars.confidence == ("weak", "indicative")
    assert cars.assumption == "nobody knows"


def test_only_measures_in_force_on_the_date_count() -> None:
    scenario = parse_scenario(GOOD)
    assert [m.id for m in scenario.in_force] == ["canola"]
    assert [m.id for m in scenario.not_in_force] == ["cars"]


def test_hs_shares_of_partly_listed_codes() -> None:
    text = GOOD.replace("hs: [0713.10, 1205]", "hs: {0713.10: 40%, 1205: 100%}")
    assert parse_scenario(text).measures[0].hs == (("071310", 0.4), ("1205", 1.0))


def test_all_problems_are_listed_together_with_line_and_field() -> None:
    text = """\
title: Bad
against: canada-chna-2026
measures:
  - id: one
    kind: surcharg
    importer: Canada
    exporter: China
    hs: [8703.99, 12x, 87038010]
    rate: 25
    covers: {value: -4, unit: loonies, year: 20240}
    start: 2026-03-01
    end: 2025-03-01
    source: {url: example.org, publisher: Someone}
  - id: one
    kind: surcharge
    importer: [Canada, all]
    exporter: China
    rate: -5%
    sectors: C29
    hs: 8703
    sourc: nowhere
    rate: 10%
"""
    assert problems(text) == [
        "deal.yaml, line 2, column 10, field 'against': unknown scenario 'canada-chna-2026'; "
        + nearest("canada-chna-2026", ["baseline", *list_scenarios()]),
        "deal.yaml, line 5, column 11, field 'kind': unknown kind 'surcharg'; did you mean surcharge?",
        "deal.yaml, line 8, column 10, field 'hs': unknown HS code '8703.99'; "
        "did you mean 870390, 870380, 870370?",
        "deal.yaml, line 8, column 19, field 'hs': '12x' is no HS code; "
        "write 2, 4, 6, 8 or 10 digits: 8703.80",
        "deal.yaml, line 9, column 11, field 'rate': rate 25 is ambiguous; write 25% or a fraction below 1",
        "deal.yaml, line 10, column 31, field 'covers.unit': 'loonies' is no unit; "
        "write a currency and million or billion, such as CAD billion",
        "deal.yaml, line 10, column 21, field 'covers.value': '-4' is no positive number; "
        "write a number such as 4.0",
        "deal.yaml, line 10, column 46, field 'covers.year': '20240' is no year; "
        "write four digits, such as 2024",
        "deal.yaml, line 12, column 10, field 'end': ends on 2025-03-01, before it starts on 2026-03-01; "
        "exchange the dates",
        "deal.yaml, line 13, column 13, field 'source.date': missing date",
        "deal.yaml, line 13, column 19, field 'source.url': 'example.org' is no address; write https://...",
        "deal.yaml, line 14, column 9, field 'id': id 'one' is given twice; give each its own",
        "deal.yaml, line 14, column 5, field 'source': missing source; "
        "add url, publisher and date; or state under 'assumption' what is assumed",
        "deal.yaml, line 16, column 15, field 'importer': 'all' stands beside other names; give 'all' alone",
        "deal.yaml, line 18, column 11, field 'rate': rate -5% is negative; give zero or more",
        "deal.yaml, line 20, column 9, field 'hs': give either sectors or hs codes and lists, not both",
        "deal.yaml, line 21, column 5, field 'sourc': unknown field 'sourc'; did you mean source?",
        "deal.yaml, line 22, column 5, field 'rate': field 'rate' is given twice; keep one",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            ("rate: 5.9%", "rate: 1.0"),
            "line 11, field 'rate': rate 1.0 is ambiguous; write 1.0% or a fraction",
        ),
        (("rate: 5.9%", "rate: a lot"), "line 11, field 'rate': rate 'a lot' is no rate; write 25% or 0.25"),
        (("rate: 5.9%", "rate: nan"), "line 11, field 'rate': rate 'nan' is no rate"),
        (
            ("rate: 5.9%", "rate: 99999%"),
            "line 11, field 'rate': rate 99999% is too large; the most is 10000%",
        ),
        (
            ("rate: 5.9%", "rate: [5%, 7%]"),
            "line 11, field 'rate': expected a number, found a list; write {low: 20%, high: 40%} for a range",
        ),
        (("rate: 5.9%", "rate:"), "line 6, field 'rate': missing rate"),
        (("covers: 60%", "covers: 130%"), "field 'covers': covers 130% is too large; the most is 100%"),
        (("covers: 60%", "covers: {share: 5%, value: 4}"), "field 'covers': give either a share or a value"),
        (("covers: 60%", "covers: {value: 4}"), "field 'covers.unit': missing unit"),
        (
            ("date: 2026-03-01", "date: 2026-02-30"),
            "line 4, field 'date': '2026-02-30' is no date; write year-",
        ),
        (("[weak, indicative]", "maybe"), "field 'confidence': unknown mark 'maybe'; valid: disputed, weak"),
        (("sectors: [C29]", "sectors: []"), "field 'hs': give either sectors or hs codes and lists"),
        (("id: cars", "id:"), "line 16, field 'id': missing id"),
        (("importer: China", "importer: {a: b}"), "field 'importer': expected text, found fields"),
        (
            ("title: A deal", "titel: A deal"),
            "line 1, field 'titel': unknown field 'titel'; did you mean title?",
        ),
        (("title: A deal", "title: A: deal"), "line 1: not valid YAML: mapping values are not allowed"),
        (("id: canola", "id: *canola"), "not valid YAML"),
        (
            ("date: 2026-03-01", "against: deal"),
            "field 'against': a scenario cannot be measured against itself",
        ),
    ],
)
def test_one_mistake_one_sentence(change: tuple[str, str], said: str) -> None:
    found = [without_columns(problem) for problem in problems(GOOD.replace(*change, 1))]
    assert said in found[0], found
    assert all("missing" in problem for problem in found[1:]), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty; a scenario needs title and measures"),
        ("just words", "expected fields, found 'just words'"),
        ("title: x\nmeasures: []\n", "missing measures"),
        ("title: x\nmeasures: 3\n", "line 2: expected fields, found '3'"),
        ("- a\n- b\n", "expected fields, found a list"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("title: \x07", "not valid YAML"),
    ],
)
def test_a_file_of_the_wrong_shape(text: str, said: str) -> None:
    assert any(said in without_columns(problem) for problem in problems(text)), problems(text)


def test_unknown_scenario_and_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"no scenario 'canada-chian-2026'; did you mean canada-china-2026.*; or"
    ):
        load_scenario("canada-chian-2026")
    with pytest.raises(BadInput) as caught:
        load_scenario("nope")
    known = nearest("nope", list_scenarios()).removesuffix("?")
    remedy = "or give a day such as 2026-03-01, or the path of a YAML file"
    assert str(caught.value) == f"no scenario 'nope'; {known}; {remedy}"
    binary = tmp_path / "picture.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match=r"picture\.yaml: is not text in UTF-8; save it in UTF-8"):
        load_scenario(binary)
    with pytest.raises(BadInput, match="no scenario"):
        load_scenario(tmp_path)


def test_reference_beside_the_file_and_circles(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    second.write_text(GOOD)
    first.write_text("against: b.yaml\n" + GOOD)
    reference = load_scenario(first).reference
    assert reference is not None
    assert reference.title == "A deal"
    second.write_text("against: a.yaml\n" + GOOD)
    with pytest.raises(
        BadInput, match=r"line 1, column 10, field 'against': 'b.yaml' is itself measured against this"
    ):
        load_scenario(first)


def test_hash_sees_content_and_nothing_else() -> None:
    scenario = parse_scenario(GOOD, "deal.yaml")
    first, second = GOOD.split("measures:\n")[1].split("  - id: cars")
    reordered = GOOD.split("measures:\n")[0] + "measures:\n  - id: cars" + second + first
    same = (
        ("# a comment\n" + reordered)
        .replace("Someone", "Somebody")
        .replace("[0713.10, 1205]", "[1205, '071310']")
    )
    assert scenario_hash(parse_scenario(same, "other.yaml")) == scenario_hash(scenario)
    for change in (
        ("5.9%", "5.8%"), ("year: 2024", "year: 2023"), ("end: 2026-12", "end: 2027-12"), ("60%", "61%"),
        ("kind: tariff", "kind: surcharge"), ("1205]", "1206]"), ("date: 2026-03-01", "date: 2026-03-02"),
        ("title: A deal", "title: A deal\nagainst: canada-china-2026"),
    ):  # fmt: skip
        assert scenario_hash(parse_scenario(GOOD.replace(*change), "deal.yaml")) != scenario_hash(scenario), (
            change
        )


def one(fields: str) -> str:
    return f"title: t\nmeasures:\n  - {{id: a, {fields}, rate: 5%, assumption: what if}}\n"


def test_an_empty_list_is_named_beside_other_problems() -> None:
    with pytest.raises(BadInput) as caught:
        parse_scenario(one("kind: levy, importer: [''], exporter: China, sectors: C"))
    found = [(problem.field, problem.line) for problem in caught.value.problems]
    assert found == [("importer", 3), ("kind", 3)]


def test_a_code_given_twice_is_named() -> None:
    fields = "kind: surcharge, importer: USA, exporter: China, hs: ['7201', '72.01']"
    with pytest.raises(BadInput, match=r"code '72\.01' is given twice; keep one"):
        parse_scenario(one(fields))


def test_a_measure_of_one_day_is_no_reversal() -> None:
    fields = "kind: surcharge, importer: USA, exporter: China, sectors: C, start: 2026-03-01, end: 2026-03-01"
    assert parse_scenario(one(fields)).measures[0].end == date(2026, 3, 1)
