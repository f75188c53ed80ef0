"""Measures of every kind: each field is read, and a field that a kind does not have is refused."""

from __future__ import annotations

import pytest

from detente.errors import BadInput
from detente.policy import KINDS, Measure, parse_scenario
from detente.policy.files.fields import MEASURE_FIELDS, fields_of, kinds_with, needs_of
from detente.policy.wording import sentence
from tests.policy.kinds_in_full import all_kinds, whole


def read(text: str) -> Measure:
    return next(measure for measure in parse_scenario(text, "deal.yaml").measures if measure.id == "full")


def refused(text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_scenario(text, "deal.yaml")
    return [str(problem) for problem in caught.value.problems]


def one(fields: str) -> str:
    return f"title: t\nmeasures:\n  - {{id: full, {fields}, assumption: x}}\n"


@pytest.mark.parametrize("kind", all_kinds())
def test_every_field_of_every_kind_arrives(kind: str) -> None:
    measure = read(whole(kind))
    empty = Measure("", "", ())
    for field in fields_of(kind):
        if field in ("hs", "lists"):
            continue
        attribute = MEASURE_FIELDS[field].attribute or field
        assert getattr(measure, attribute) != getattr(empty, attribute), field
        assert field in measure.place.marks
    if "quota" in fields_of(kind):
        assert measure.quota is not None
        assert (measure.quota.units, measure.quota.unit_value) == (49000.0, 49600.0)
        assert (measure.quota.currency, measure.quota.year, measure.quota.unit_name) == (
            "CAD",
            2023,
            "vehicles",
        )


@pytest.mark.parametrize("kind", all_kinds())
def test_what_a_kind_needs_is_enough_and_each_part_is_needed(kind: str) -> None:
    text = whole(kind, every=False)
    read(text)
    for field in needs_of(kind)[2:]:
        lines = text.splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith(f"    {field}: "))
        said = refused("".join(lines[:at] + lines[at + 1 :]))
        assert any(f"missing {field}" in problem or "give either" in problem for problem in said), (
            field,
            said,
        )


@pytest.mark.parametrize("kind", all_kinds())
def test_a_field_of_another_kind_is_refused_with_the_kinds_that_have_it(kind: str) -> None:
    for field in set(MEASURE_FIELDS) - set(fields_of(kind)) - {"what_if"}:
        said = refused(whole(kind, every=False) + f"    {field}: x\n")
        found = [problem for problem in said if f"a measure of kind {kind} has no '{field}'" in problem]
        assert len(found) == 1, said
        assert kinds_with(field)[0] in found[0]
        assert ", column 5, " in found[0]


@pytest.mark.parametrize("kind", all_kinds())
def test_every_kind_has_a_sentence_that_names_its_parties_and_figures(kind: str) -> None:
    said = sentence(read(whole(kind)))
    assert said.endswith(", from 2026-03-01 until 2026-12-31.")
    assert "Canada" in said
    assert "China" in said or KINDS[kind].actor == "economy"
    if "rate" in KINDS[kind].needs:
        assert "25%" in said
    for absent in ("None", "{", "}", "|", "  "):
        assert absent not in said


def test_costs_that_fall_and_productivity_that_falls() -> None:
    trade = "kind: trade-cost, importer: USA, exporter: China, sectors: goods"
    said = sentence(read(one(f"{trade}, rate: -5%")))
    assert said == "The cost of selling all goods from China to the United States falls by 5%, at all times."
    assert " rises by 5%" in sentence(read(one(f"{trade}, rate: 5%")))
    home = "kind: productivity, economy: [USA, Canada], sectors: C, channel: exit of firms"
    said = sentence(read(one(f"{home}, rate: -2%")))
    assert said == (
        "Productivity in sectors C of the United States and Canada falls by 2%, through exit of firms, "
        "at all times."
    )


def test_sentences_of_quotas() -> None:
    cars = "importer: Canada, exporter: China, hs: 8703, products: electric vehicles"
    units = "quota: {units: 49000 vehicles, unit_value: {value: 1, unit: CAD, year: 2024}}"
    said = sentence(read(one(f"kind: import-quota, {cars}, rate: 6.1%, basis: total, {units}")))
    assert said == (
        "Canada lets in 49,000 electric vehicles a year from China at 6.1%; none beyond, at all times."
    )
    value = "quota: {value: 300, unit: CAD million, year: 2024}"
    said = sentence(read(one(f"kind: export-restraint, {cars}, {value}")))
    assert (
        said == "China limits exports to Canada to CAD 300 million a year of electric vehicles, at all times."
    )
    share = "quota: {share: 70%}"
    said = sentence(read(one(f"kind: tariff-rate-quota, {cars}, rate: 0%, over_rate: 50%, {share}")))
    assert said == (
        "Canada lets in 70% of the baseline's trade in electric vehicles from China without an additional "
        "duty; at an additional 50% beyond, at all times."
    )


@pytest.mark.parametrize(
    ("written", "read_as"), [("importer", 0.0), ("exporter", 1.0), ("40%", 0.4), ("0.25", 0.25)]
)
def test_rents(written: str, read_as: float) -> None:
    fields = "importer: USA, exporter: China, sectors: C, quota: {share: 70%}"
    assert read(one(f"kind: import-quota, {fields}, rent: {written}")).rent == pytest.approx(read_as)
    assert read(one(f"kind: export-restraint, {fields}, rent: {written}")).rent == pytest.approx(read_as)


def test_rents_go_to_the_importer_of_a_quota_and_to_the_exporter_of_a_restraint() -> None:
    fields = "importer: USA, exporter: China, sectors: C, quota: {share: 70%}"
    assert read(one(f"kind: import-quota, {fields}")).rent == 0.0
    assert read(one(f"kind: export-restraint, {fields}")).rent == 1.0


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("quota: 49000", "field 'quota': expected fields, found '49000'"),
        ("quota: {units: 49000}", "field 'quota.unit_value': missing unit_value"),
        (
            "quota: {units: many, unit_value: {value: 1, unit: CAD, year: 2024}}",
            "'many' is no number of units",
        ),
        ("quota: {units: 5, unit_value: {value: 1, unit: dollar, year: 2024}}", "'dollar' is no unit"),
        ("quota: {units: 5, unit_value: {unit: CAD, year: 2024}}", "'quota.unit_value.value': missing value"),
        ("quota: {units: 5, value: 3}", "give one of units, value and share"),
        ("quota: {share: 70%, unit: CAD million}", "'quota.unit': does not go with share"),
        ("quota: {value: 300, unit: CAD, year: 2024}", "field 'quota.unit': 'CAD' is no unit"),
        ("quota: {share: 70%}, rent: nobody", "unknown rent 'nobody'; write importer, exporter, or"),
        ("quota: {share: 70%}, rent: 140%", "rent 140% is too large; the most is 100%"),
        ("quota: {share: 70%}, basis: net", "unknown basis 'net'; valid: additional, total"),
        ("quota: {share: 70%}, except: 99x", "field 'except': '99x' is no HS code"),
        ("quota: {share: 70%}, except: no-such-list", "field 'except': no list 'no-such-list'"),
        ("quota: {share: 70%}, lists: no-such-list", "field 'lists': no list 'no-such-list'"),
        ("quota: {share: 70%}, exporter_except: all", "'all' leaves no exporter"),
        ("quota: {share: 70%}, yields_to: nothing-at-all", "no measure or programme 'nothing-at-all'"),
        ("quota: {share: 70%}, yields_to: full", "names the measure itself, 'full'"),
        ("quota: {share: 70%}, what_if: true", "only the registry has what-ifs"),
    ],
)
def test_what_is_wrong_is_said(fields: str, said: str) -> None:
    found = refused(one(f"kind: import-quota, importer: USA, exporter: China, sectors: C, {fields}"))
    assert any(said in problem for problem in found), found


def test_a_rate_within_a_quota_is_not_above_that_beyond() -> None:
    fields = "importer: USA, exporter: China, sectors: C, quota: {share: 70%}, rate: 20%, over_rate: 10%"
    assert "is below the rate within the quota" in refused(one(f"kind: tariff-rate-quota, {fields}"))[0]


def test_bounds_of_rates() -> None:
    trade = "importer: USA, exporter: China, sectors: C"
    assert read(one(f"kind: trade-cost, {trade}, rate: -5%")).rate == pytest.approx(-0.05)
    assert read(one(f"kind: surcharge, {trade}, rate: 250%")).rate == pytest.approx(2.5)
    assert "negative" in refused(one(f"kind: surcharge, {trade}, rate: -5%"))[0]
    assert "the least is -99%" in refused(one(f"kind: trade-cost, {trade}, rate: -100%"))[0]
    assert "the most is 99%" in refused(one(f"kind: purchase-rebate, {trade}, rate: 100%"))[0]
    home = "economy: USA, sectors: C"
    assert read(one(f"kind: productivity, {home}, rate: -2%, channel: x")).rate == pytest.approx(-0.02)
    assert "the most is 99%" in refused(one(f"kind: production-subsidy, {home}, rate: 100%"))[0]


def test_codes_of_tariff_lines_are_known_by_their_first_six_digits() -> None:
    trade = "kind: import-ban, importer: USA, exporter: China"
    measure = read(one(f"{trade}, hs: [8703.80.00.10, '8703801000', 72, 8708.29]"))
    assert measure.hs == (("72", 1.0), ("8703800010", 1.0), ("8703801000", 1.0), ("870829", 1.0))
    assert "unknown HS code '8703.99.00'" in refused(one(f"{trade}, hs: [8703.99.00]"))[0]
    assert "is no HS code" in refused(one(f"{trade}, hs: [870380001]"))[0]
    assert read(one(f"{trade}, sectors: goods, except: [8703.80, '72']")).excluded == ("870380", "72")
