"""Scenarios that build on the registry or on each other: remove, add, change, and what they are against."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from detente.errors import BadInput
from detente.policy import Measure, Scenario, load_scenario, parse_scenario, scenario_hash
from detente.policy.registry import Registry, read_registry

REGISTRY = """
programmes:
  - {name: us-metals, title: Metals, yields_to: [us-cars], note: a}
  - {name: us-cars, title: Cars, note: a}
measures:
  - {id: metals, kind: surcharge, programme: us-metals, importer: USA, exporter: all, exporter_except: Mexico,
     hs: [72, 73], rate: 50%, start: 2025-06-04, source: &s {url: "https://a.org", publisher: P, date: 2025}}
  - {id: cars, kind: surcharge, programme: us-cars, importer: United States, exporter: [Canada, China, Japan],
     hs: 8703, rate: 25%, start: 2025-04-03, end: 2026-06-30, source: *s}
  - {id: threat, kind: surcharge, programme: us-metals, importer: USA, exporter: Canada, hs: 76, rate: 100%,
     start: 2027-01-01, what_if: true, source: *s}
  - {id: canola, kind: surcharge, importer: China, exporter: Canada, hs: 1205, rate: 75.8%, covers: 90%,
     start: 2025-08-14, end: 2026-02-28, source: *s}
  - {id: rebate, kind: production-subsidy, economy: Canada, sectors: C, rate: 5%, source: *s}
"""
HEAD = "title: t\nextends: registry\ndate: 2026-03-01\n"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry of a few measures in place of the one that ships."""
    from detente.policy.files import resolution, scenario_file

    known = read_registry({"small.yaml": REGISTRY})
    monkeypatch.setattr(resolution, "registry", lambda: known)
    monkeypatch.setattr(scenario_file, "registry", lambda: known)
    scenario_file.scenario_on.cache_clear()
    return known


def ids(scenario: Scenario) -> list[str]:
    return [measure.id for measure in scenario.in_force]


def of(scenario: Scenario, name: str) -> Measure:
    return next(measure for measure in scenario.measures if measure.id == name)


def problems(text: str, file: str = "deal.yaml") -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_scenario(text, file)
    return [str(problem) for problem in caught.value.problems]


def test_a_day_is_the_registry_on_that_day() -> None:
    scenario = load_scenario("2026-03-01")
    assert ids(scenario) == ["cars", "metals", "rebate"]
    assert scenario.title == "Trade policy in force on 1 March 2026"
    assert (scenario.name, scenario.against, scenario.date) == ("2026-03-01", "baseline", date(2026, 3, 1))
    assert scenario.from_registry
    assert ids(load_scenario("2025-12-01")) == ["canola", "cars", "metals", "rebate"]
    assert parse_scenario(scenario.text, "2026-03-01.yaml") == scenario


def test_a_day_before_the_registry_says_so() -> None:
    assert load_scenario("2016-01-01").left_out == ("Measures before 2025-04-03: the registry begins there.",)


@pytest.mark.parametrize("day", ["2026-13-01", "2026-02-30", "2026-2-3", "2026-02"])
def test_a_day_that_is_none(day: str) -> None:
    with pytest.raises(BadInput, match=f"'{day}' is no date; write year-month-day, such as 2026-03-01"):
        load_scenario(day)


def test_add_takes_measures_and_ids_and_what_ifs_come_into_force() -> None:
    own = "{id: own, kind: import-ban, importer: Canada, exporter: USA, hs: 2203, assumption: mine}"
    scenario = parse_scenario(f"{HEAD}add: [threat, canola, {own}]\n")
    assert ids(scenario) == ["canola", "cars", "metals", "own", "rebate", "threat"]
    assert scenario.added == ("threat", "canola", "own")
    threat, canola = of(scenario, "threat"), of(scenario, "canola")
    assert (threat.what_if, threat.start, threat.end) == (False, None, None)
    assert threat.assumption == "in force by assumption: a threat, a proposal or a plan"
    assert threat.yields_to == ("us-cars",)
    assert (canola.start, canola.end, canola.assumption) == (
        None, None, "in force by assumption: outside its dates",
    )  # fmt: skip


def test_a_measure_of_the_file_inherits_the_rules_of_its_programme() -> None:
    own = "{id: own, kind: surcharge, programme: us-metals, importer: USA, exporter: China, hs: 74, rate: 9%"
    text = f"title: t\nmeasures: [{own}, yields_to: [metals], assumption: x}}]"
    assert of(parse_scenario(text), "own").yields_to == ("metals", "us-cars")
    assert not parse_scenario(text).from_registry


def test_remove_by_id_and_by_programme() -> None:
    assert ids(parse_scenario(f"{HEAD}remove: [us-metals]\n")) == ["cars", "rebate"]
    scenario = parse_scenario(f"{HEAD}remove: [cars, rebate]\n")
    assert (ids(scenario), scenario.removed) == (["metals"], ("cars", "rebate"))


def test_what_is_removed_can_be_written_anew() -> None:
    cars = "{id: cars, kind: import-ban, importer: USA, exporter: Japan, hs: 8703, assumption: mine}"
    scenario = parse_scenario(f"{HEAD}add: [{cars}]\nremove: [cars]\n")
    assert (of(scenario, "cars").kind, scenario.added, scenario.removed) == (
        "import-ban",
        ("cars",),
        ("cars",),
    )


def test_what_is_not_in_force_is_removed_without_a_word() -> None:
    scenario = parse_scenario(f"{HEAD}add: [canola]\nremove: [us-cars]\n")
    assert scenario.removed == ("cars",)
    assert ids(scenario) == ["canola", "metals", "rebate"]


def test_change_field_by_field_is_told_and_marked_as_assumed() -> None:
    scenario = parse_scenario(f"{HEAD}change: [{{id: cars, rate: 35%, hs: {{add: 8704, remove: [8703]}}}}]\n")
    cars = of(scenario, "cars")
    assert (cars.rate, cars.hs, cars.end) == (0.35, (("8704", 1.0),), date(2026, 6, 30))
    assert [(c.field, c.before, c.after) for c in scenario.changed] == [
        ("rate", "25%", "35%"), ("hs", "8703", "8704"),
    ]  # fmt: skip
    assert cars.assumption == "changed: rate 35% instead of 25%; hs 8704 instead of 8703"
    assert cars.source is not None
    said = scenario.describe()
    assert "Builds on: the measures in force on 1 March 2026." in said
    assert "Changes cars: rate 35% instead of 25%." in said


def test_a_change_with_its_own_source_is_not_marked() -> None:
    source = '{url: "https://b.org", publisher: Q, date: 2026}'
    cars = of(parse_scenario(f"{HEAD}change: [{{id: cars, rate: 35%, source: {source}}}]\n"), "cars")
    assert cars.assumption == ""
    assert cars.source is not None and cars.source.publisher == "Q"


def test_lists_of_economies_know_other_spellings() -> None:
    change = "exporter: {remove: CHN, add: [South Korea]}"
    cars = of(parse_scenario(f"{HEAD}change: [{{id: cars, {change}}}]\n"), "cars")
    assert cars.exporters == ("Canada", "Japan", "South Korea")
    said = problems(f"{HEAD}change: [{{id: cars, exporter: {{add: CAN}}}}]\n")
    assert "'CAN' is in the list already" in said[0]


def test_replace_and_drop() -> None:
    change = "{id: metals, hs: {replace: {7201: 40%}}, drop: [exporter_except, start]}"
    metals = of(parse_scenario(f"{HEAD}change: [{change}]\n"), "metals")
    assert (metals.hs, metals.spared, metals.start) == ((("7201", 0.4),), (), None)


def test_dates_can_be_changed_so_that_a_measure_comes_into_force() -> None:
    assert "canola" in ids(parse_scenario(f"{HEAD}change: [{{id: canola, end: 2026-12}}]\n"))
    assert "cars" not in ids(parse_scenario(f"{HEAD}change: [{{id: cars, end: 2026-02}}]\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("remove: [metls]", "line 4, column 10, field 'remove': no measure or programme 'metls'; did"),
        ("remove: [canola]", "line 4, column 10, field 'remove': 'canola' is not in force on 2026-03-01"),
        ("remove: [metals]\nchange: [{id: metals, rate: 1%}]", "field 'id': no measure 'metals'; valid"),
        ("add: [thret]", "field 'add': no measure 'thret' in the registry; did you mean threat?"),
        ("add: [metals]", "'metals' is in force already; change it, or leave it out"),
        ("change: [{id: cas, rate: 1%}]", "line 4, column 15, field 'id': no measure 'cas'; did you mean"),
        ("change: [{rate: 1%}]", "missing id; write {id: some-measure, rate: 10%}"),
        ("change: [cars]", "missing id"),
        ("change: [{id: cars}]", "changes nothing; give the fields to change"),
        ("change: [{id: cars, rat: 1%}]", "a measure of kind surcharge has no 'rat'; did you mean rate"),
        ("change: [{id: cars, quota: {share: 5%}}]", "a measure of kind surcharge has no 'quota'"),
        ("change: [{id: cars, kind: tariff}]", "'kind' cannot be changed; remove the measure and add"),
        ("change: [{id: cars, hs: [8704]}]", "field 'hs': a list is changed by add, remove or replace"),
        ("change: [{id: cars, hs: 8704}]", "field 'hs': a list is changed by add, remove or replace"),
        ("change: [{id: cars, hs: {8704: 40%}}]", "field 'hs': a list is changed by add, remove or replace"),
        ("change: [{id: cars, hs: {remove: 8704}}]", "'8704' is not in the list; did you mean 8703?"),
        ("change: [{id: cars, hs: {add: 1, replace: 8704}}]", "'replace' stands beside other changes"),
        ("change: [{id: cars, hs: {remove: 8703}}]", "field 'hs': leaves the list empty; write drop: [hs]"),
        ("change: [{id: cars, drop: hs}]", "field 'hs': give either sectors or hs codes and lists"),
        ("change: [{id: cars, drop: rate}]", "'rate' cannot be dropped"),
        ("change: [{id: cars, end: 2026-12, drop: end}]", "'end' is changed and dropped; do one of the two"),
        ("change: [{id: canola, rate: 1%}]", "'canola' is not in force on 2026-03-01; change its dates"),
        ("change: [{id: cars, rate: 1%}, {id: cars, end: 2027-01}]", "'cars' is changed twice"),
        ("change: [{id: cars, rate: -5%}]", "rate -5% is negative"),
        ("change: [{id: metals, exporter: {add: China}}]", "'all' stands beside other names"),
        ("between: [Canada]", "line 4, column 10, field 'between': names one economy; name two or more"),
        ("between: [Canada, Chna]", "column 19, field 'between': no economy 'Chna'; did you mean China"),
        ("change: [{id: cars, yields_to: {add: metals}}]", "yields to itself in a circle: cars, metals"),
        ("measures: [{id: cars, kind: import-ban, importer: USA, exporter: Japan, hs: 8703, assumption: a}]",
         "what is extended has a measure 'cars'; change it, or remove it first"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(text: str, said: str) -> None:
    found = problems(f"{HEAD}{text}\n")
    assert any(said in problem for problem in found), found


def test_the_registry_needs_a_date() -> None:
    assert problems("title: t\nextends: registry\n") == [
        "deal.yaml, line 2, column 10, field 'extends': the registry needs a date; add date: 2026-03-01"
    ]
    assert "needs the registry" in problems("title: t\nbetween: [Canada, China]\nadd: [threat]\n")[0]
    assert "missing measures" in problems("title: t\n")[0]
    assert problems("title: t\nextends: registri\ndate: 2026-03-01\n")[0].endswith("did you mean registry?")


def test_between_cuts_measures_down() -> None:
    scenario = parse_scenario(f"{HEAD}between: [Canada, United States]\n")
    assert ids(scenario) == ["cars", "metals"]
    assert of(scenario, "metals").exporters == ("CAN",)
    assert of(scenario, "metals").spared == ()
    assert of(scenario, "cars").exporters == ("CAN",)
    assert of(scenario, "cars").importers == ("United States",)
    assert ids(parse_scenario(f"{HEAD}between: [Mexico, USA]\n")) == []
    europe = of(parse_scenario(f"{HEAD}between: [EU27, USA]\n"), "metals")
    assert len(europe.exporters) == 27


def test_against_a_day_is_between_the_same_economies() -> None:
    scenario = parse_scenario(f"{HEAD}between: [Canada, China]\nagainst: 2026-02-28\n")
    assert scenario.reference is not None
    assert ids(scenario.reference) == ["canola"]
    assert ids(scenario) == []
    assert "'2026-02-31' is no date" in problems(f"{HEAD}against: 2026-02-31\n")[0]


def test_a_file_extends_a_file_at_its_own_date(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    base, top = tmp_path / "below" / "base.yaml", tmp_path / "top.yaml"
    base.write_text(f"{HEAD}remove: [cars]\nleft_out: [Wine.]\nchange: [{{id: metals, rate: 60%}}]\n")
    top.write_text(
        "title: top\nextends: below/base.yaml\nchange: [{id: metals, rate: 10%}]\nleft_out: [Beer.]\n"
    )
    scenario = load_scenario(top)
    assert (ids(scenario), scenario.date, scenario.left_out) == (
        ["metals", "rebate"], date(2026, 3, 1), ("Wine.", "Beer."),
    )  # fmt: skip
    assert [str(change) for change in scenario.changed] == ["rate 10% instead of 60%"]
    assert scenario.from_registry
    # On a day on which `cars` is over: what the lower file removes need not be there.
    top.write_text("title: top\nextends: below/base.yaml\ndate: 2026-07-01\n")
    assert ids(load_scenario(top)) == ["metals", "rebate"]
    top.write_text("title: top\nextends: below/base.yaml\ndate: 2025-05-01\n")
    assert ids(load_scenario(top)) == ["rebate"]


def test_problems_of_what_is_extended_name_its_file(tmp_path: Path) -> None:
    base, top = tmp_path / "base.yaml", tmp_path / "top.yaml"
    base.write_text(f"{HEAD}remove: [nothing]\n")
    top.write_text("title: top\nextends: base.yaml\nadd: [nowhere]\n")
    with pytest.raises(BadInput) as caught:
        load_scenario(top)
    assert [Path(problem.file or "").name for problem in caught.value.problems] == ["base.yaml", "top.yaml"]


def test_circles_of_files_are_refused(tmp_path: Path) -> None:
    one, two, three = (tmp_path / f"{name}.yaml" for name in ("one", "two", "three"))
    one.write_text("title: one\nextends: two.yaml\n")
    two.write_text("title: two\nextends: three.yaml\n")
    three.write_text("title: three\nextends: one.yaml\n")
    for path in (one, two, three):
        with pytest.raises(BadInput, match=r"line 2, column 10, field 'extends': '.*' extends this scenario"):
            load_scenario(path)
    one.write_text("title: one\nextends: one.yaml\n")
    with pytest.raises(BadInput, match=r"'one\.yaml' extends this scenario; break the circle"):
        load_scenario(one)


def test_a_table_of_carbon_is_found_from_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    table = tmp_path / "below" / "factors.csv"
    table.write_text("economy,sector,tonnes_per_million_usd\nCHN,C,900\n")
    charge = "{id: c, kind: carbon-border-charge, importer: Canada, exporter: China, assumption: x"
    carbon = "carbon: {price: 80, unit: EUR, year: 2024, table: factors.csv}}"
    (tmp_path / "below" / "base.yaml").write_text(f"title: b\nmeasures: [{charge}, {carbon}]\n")
    top = tmp_path / "top.yaml"
    top.write_text("title: top\nextends: below/base.yaml\n")
    found = of(load_scenario(top), "c").carbon
    assert found is not None
    assert Path(found.table) == table
    before = scenario_hash(load_scenario(top))
    assert before == scenario_hash(load_scenario(tmp_path / "below" / "base.yaml"))
    table.write_text("economy,sector,tonnes_per_million_usd\nCHN,C,800\n")
    assert scenario_hash(load_scenario(top)) != before


def test_the_hash_is_of_what_results_and_not_of_how_it_is_written(small: Registry) -> None:
    day = parse_scenario(f"{HEAD}")
    same = parse_scenario(f"{HEAD}# a comment\nchange: [{{id: metals, note: prose}}]\n")
    assert scenario_hash(same) == scenario_hash(day)
    assert scenario_hash(replace(day, from_registry=False)) != scenario_hash(day)
    both = parse_scenario(f"{HEAD}remove: [us-metals, cars]\n")
    assert scenario_hash(parse_scenario(f"{HEAD}remove: [cars, metals]\n")) == scenario_hash(both)
    for line in (
        "change: [{id: metals, rate: 49%}]", "remove: [cars]", "add: [threat]", "between: [Canada, USA]",
        "against: 2026-02-28", "change: [{id: metals, preference: usmca}]",
        "change: [{id: cars, end: 2026-05}]",
        "change: [{id: metals, yields_to: {replace: [cars]}}]",
    ):  # fmt: skip
        assert scenario_hash(parse_scenario(f"{HEAD}{line}\n")) != scenario_hash(day), line


def test_the_hash_sees_the_rules_of_programmes_and_the_content_of_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from detente.policy import scenario
    from detente.policy.files import resolution

    before = scenario_hash(parse_scenario(HEAD))
    other = read_registry({"small.yaml": REGISTRY.replace("yields_to: [us-cars]", "yields_to: [cars]")})
    monkeypatch.setattr(resolution, "registry", lambda: other)
    assert scenario_hash(parse_scenario(HEAD)) != before
    ban = "id: a, kind: import-ban, importer: USA, exporter: Canada, assumption: x, lists: L"
    text = f"title: t\nmeasures: [{{{ban}}}]"
    monkeypatch.setattr("detente.policy.files.measure_file.product_lists", lambda: ("L",))
    monkeypatch.setattr(scenario, "product_lists", lambda: ("L",))
    found = []
    for codes in ((("72", 1.0),), (("73", 1.0),)):
        monkeypatch.setattr(scenario, "product_list", lambda name, codes=codes: codes)
        scenario._list_digest.cache_clear()
        found.append(scenario_hash(parse_scenario(text)))
    scenario._list_digest.cache_clear()
    assert found[0] != found[1]
