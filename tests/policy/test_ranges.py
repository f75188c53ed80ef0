"""Ranges and distributions in scenario files: what is read, drawn, hashed and said, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.distributions import Lognormal, Normal, Triangular, Uniform
from detente.errors import BadInput
from detente.policy import (
    Measure,
    Scenario,
    UncertainNumber,
    compile_scenario,
    drawn_together,
    explain,
    joint_numbers,
    load_scenario,
    parse_scenario,
    scenario_hash,
)
from detente.policy.compiler.plan import plan_of
from detente.policy.difference import difference
from detente.policy.files.editing import set_field
from detente.policy.files.reading import compose
from detente.policy.registry import Registry, read_registry
from detente.world import load_world
from tests.policy.kinds_in_full import all_kinds, whole

# Every place in which a file may have a number.
EVERY = """\
title: Every number
measures:
  - id: autos
    kind: tariff-rate-quota
    importer: Canada
    exporter: China
    hs: {8703.40: 50%, 8703.80: {triangular: {low: 50%, mode: 90%, high: 100%}}}
    rate: {low: 5%, high: 7%}
    over_rate: {normal: {mean: 106.1%, sd: 5%, low: 90%, high: 120%}}
    basis: total
    rent: {low: 0%, high: 100%}
    covers: {value: {lognormal: {mean: 2.2, sd: 0.3}}, unit: CAD billion, year: 2023}
    quota: {units: {low: 24500, high: 49000 vehicles},
            unit_value: {value: {normal: {mean: 49600, sd: 4000, low: 30000}}, unit: CAD, year: 2023}}
    products: electric vehicles
    assumption: what if
  - id: canola
    kind: surcharge
    importer: China
    exporter: Canada
    sectors: [A01]
    rate: {triangular: {low: 5%, mode: 5.9%, high: 20%}}
    covers: {low: 0.6, high: 100%}
    assumption: nobody knows
  - {id: steel, kind: import-quota, importer: Canada, exporter: all, sectors: C24A, assumption: x,
     quota: {share: {low: 50%, high: 150%}}}
  - {id: soya, kind: purchase-commitment, importer: China, exporter: USA, sectors: A01, assumption: x,
     quota: {value: {uniform: {low: 12, high: 15}}, unit: USD billion, year: 2024}}
  - {id: visas, kind: trade-cost, importer: China, exporter: Canada, sectors: P, rate: {low: -10%, high: -5%},
     assumption: x}
  - {id: carbon, kind: carbon-border-charge, importer: EU27, exporter: all, assumption: x,
     carbon: {price: {low: 60, high: 90}, unit: EUR, year: 2024, table: factors.csv}}
"""
ONE = """\
title: A duty
measures:
  - {id: cars, kind: surcharge, importer: Canada, exporter: China, sectors: C29, assumption: x,
     rate: 20%}
"""


def of(scenario: Scenario, name: str) -> Measure:
    return next(measure for measure in scenario.measures if measure.id == name)


def labels(scenario: Scenario) -> list[str]:
    return [number.label for number in scenario.uncertain]


def with_rate(written: str) -> str:
    return ONE.replace("rate: 20%", f"rate: {written}")


def medians(scenario: Scenario) -> list[float]:
    return [number.median for number in scenario.uncertain]


def quantiles(scenario: Scenario, at: float) -> list[float]:
    return [float(number.distribution.quantile(np.array(at))) for number in scenario.uncertain]


def certain(scenario: Scenario) -> tuple[Measure, ...]:
    """The measures as if their medians had been written."""
    return tuple(replace(measure, uncertain=()) for measure in scenario.measures)


def problems(text: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        parse_scenario(text, "deal.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_every_number_is_read_in_the_units_of_the_file() -> None:
    found = {number.label: number for number in parse_scenario(EVERY).uncertain}
    assert {label: (number.distribution, number.unit, number.scale) for label, number in found.items()} == {
        "autos.covers.value": (Lognormal(2.2, 0.3), "CAD billion", 1e9),
        "autos.hs.870380": (Triangular(0.5, 0.9, 1.0), "%", 1.0),
        "autos.over_rate": (Normal(1.061, 0.05, 0.9, 1.2), "%", 1.0),
        "autos.quota.unit_value": (Normal(49600.0, 4000.0, 30000.0), "CAD", 1.0),
        "autos.quota.units": (Uniform(24500.0, 49000.0), "vehicles", 1.0),
        "autos.rate": (Uniform(0.05, 0.07), "%", 1.0),
        "autos.rent": (Uniform(0.0, 1.0), "%", 1.0),
        "canola.covers.share": (Uniform(0.6, 1.0), "%", 1.0),
        "canola.rate": (Triangular(0.05, 5.9 / 100.0, 0.2), "%", 1.0),
        "carbon.carbon.price": (Uniform(60.0, 90.0), "EUR", 1.0),
        "soya.quota.value": (Uniform(12.0, 15.0), "USD billion", 1e9),
        "steel.quota.share": (Uniform(0.5, 1.5), "%", 1.0),
        "visas.rate": (Uniform(-0.1, -0.05), "%", 1.0),
    }
    assert {number.origin for number in found.values()} == {
        "assumed: what if", "assumed: nobody knows", "assumed: x",
    }  # fmt: skip


def test_the_fields_hold_medians() -> None:
    autos, canola, steel, soya, visas, carbon = parse_scenario(EVERY).measures
    assert (autos.rate, autos.rent, autos.over_rate) == pytest.approx((0.06, 0.5, 1.061), abs=1e-3)
    assert autos.hs == (("870340", 0.5), ("870380", Triangular(0.5, 0.9, 1.0).median))
    assert autos.covers is not None and autos.quota is not None
    assert autos.covers.value == 1e9 * Lognormal(2.2, 0.3).median
    assert (autos.quota.units, autos.quota.unit_name) == (36750.0, "vehicles")
    assert autos.quota.unit_value == pytest.approx(49600.0, rel=1e-4)
    assert canola.covers is not None and canola.covers.share == pytest.approx(0.8)
    assert steel.quota is not None and steel.quota.share == 1.0
    assert soya.quota is not None and soya.quota.value == 13.5e9
    assert visas.rate == pytest.approx(-0.075)
    assert carbon.carbon is not None and carbon.carbon.price == 75.0


def test_only_measures_in_force_are_uncertain() -> None:
    text = with_rate("{low: 20%, high: 40%}").replace("assumption: x", "assumption: x, end: 2025-12-31")
    assert labels(parse_scenario(text)) == ["cars.rate"]
    assert labels(parse_scenario(text + "date: 2026-01-01\n")) == []


def test_drawing_the_medians_gives_what_the_fields_hold() -> None:
    scenario = parse_scenario(EVERY)
    drawn = scenario.drawn(medians(scenario))
    assert drawn.measures == certain(scenario)
    assert drawn.uncertain == ()
    assert scenario_hash(drawn) == scenario_hash(replace(scenario, measures=certain(scenario)))


@given(st.lists(st.floats(0.0, 1.0, exclude_min=True, exclude_max=True), min_size=13, max_size=13))
@settings(max_examples=60, deadline=None)
def test_every_draw_is_what_a_file_could_have_said(points: list[float]) -> None:
    scenario = parse_scenario(EVERY)
    values = [
        float(n.distribution.quantile(np.array(u))) for n, u in zip(scenario.uncertain, points, strict=True)
    ]
    said = {number.label: value for number, value in zip(scenario.uncertain, values, strict=True)}
    written = EVERY
    for label, field in (
        ("autos.rate", "rate: {low: 5%, high: 7%}"),
        ("autos.rent", "rent: {low: 0%, high: 100%}"),
    ):
        written = written.replace(field, f"{field.partition(':')[0]}: {100.0 * said[label]:.17f}%")
    drawn, read = scenario.drawn(values), parse_scenario(written)
    assert drawn.uncertain == ()
    assert of(drawn, "autos").rate == pytest.approx(of(read, "autos").rate, rel=1e-12)
    assert of(drawn, "autos").rent == pytest.approx(of(read, "autos").rent, rel=1e-12)
    amounts = of(drawn, "autos").covers, of(drawn, "soya").quota, of(drawn, "carbon").carbon
    assert amounts[0] is not None and amounts[1] is not None and amounts[2] is not None
    assert amounts[0].value == said["autos.covers.value"] * 1e9
    assert amounts[1].value == said["soya.quota.value"] * 1e9
    assert amounts[2].price == said["carbon.carbon.price"]
    assert of(drawn, "autos").hs[1] == ("870380", said["autos.hs.870380"])


@pytest.mark.parametrize("at", [1e-12, 0.01, 0.99, 1.0 - 1e-12])
def test_draws_far_out_are_valid_and_compile(at: float) -> None:
    scenario = parse_scenario(
        EVERY.replace("  - {id: carbon", "  - {id: carbon, end: 2020-01-01") + "date: 2026-01-01\n"
    )
    drawn = scenario.drawn(quantiles(scenario, at))
    assert len(explain(drawn, load_world("world-2022")).measures) == 5


def test_values_that_a_field_cannot_have_are_refused_together() -> None:
    scenario = parse_scenario(EVERY, "deal.yaml")
    values = dict(zip(labels(scenario), medians(scenario), strict=True))
    values |= {"canola.covers.share": 1.2, "autos.quota.units": 0.0, "visas.rate": float("nan")}
    with pytest.raises(BadInput) as caught:
        scenario.drawn(list(values.values()))
    assert [str(problem) for problem in caught.value.problems] == [
        "deal.yaml, line 13, column 12, field 'quota.units': autos.quota.units cannot be 0 vehicles; "
        "give a value above zero",
        "deal.yaml, line 23, column 13, field 'covers.share': canola.covers.share cannot be 120%; "
        "give a value at least 0% and at most 100%",
        "deal.yaml, line 29, column 88, field 'rate': visas.rate cannot be nan%; "
        "give a value at least -99% and at most 10000%",
    ]
    values |= dict(zip(labels(scenario), medians(scenario), strict=True)) | {"autos.over_rate": 0.01}
    with pytest.raises(BadInput, match="field 'over_rate': is below the rate within the quota"):
        scenario.drawn(list(values.values()))
    with pytest.raises(
        BadInput, match=r"1 values for 13 uncertain numbers; give one for each of: autos\.cov"
    ):
        scenario.drawn([0.5])


DISTRIBUTIONS = [
    ("{low: 20%, high: 40%}", "{uniform: {low: 0.2, high: 0.4}}"),
    ("{triangular: {low: 20%, mode: 30%, high: 40%}}", "{triangular: {low: 0.2, mode: 0.3, high: 0.4}}"),
    (
        "{normal: {mean: 30%, sd: 1%, low: 0%, high: 100%}}",
        "{normal: {low: 0, mean: 0.3, sd: 0.01, high: 100%}}",
    ),
    (
        "{lognormal: {mean: 30%, sd: 1%, high: 100%}}",
        "{lognormal: {mean: 0.3, sd: 0.01, low: 0%, high: 100%}}",
    ),
]


def test_the_hash_tells_distributions_and_values_apart_and_not_how_they_are_written() -> None:
    hashes = set()
    for one, other in DISTRIBUTIONS:
        first, second = parse_scenario(with_rate(one)), parse_scenario(with_rate(other))
        assert scenario_hash(first) == scenario_hash(second)
        assert first.uncertain == second.uncertain
        hashes |= {scenario_hash(first), scenario_hash(first.drawn(medians(first)))}
    medians_alike = {scenario_hash(parse_scenario(with_rate(text))) for text in ("30%", "0.3")}
    assert len(hashes | medians_alike) == 4 + len(
        {scenario_hash(s.drawn(medians(s))) for s in (parse_scenario(with_rate(t)) for t, _ in DISTRIBUTIONS)}
        | medians_alike
    )
    assert hashes.isdisjoint({scenario_hash(parse_scenario(with_rate("{low: 20%, high: 40.1%}")))})


def test_an_amount_in_another_unit_is_the_same_number() -> None:
    other = EVERY.replace(
        "mean: 2.2, sd: 0.3}}, unit: CAD billion", "mean: 2200, sd: 300}}, unit: cad million"
    )
    first, second = parse_scenario(EVERY), parse_scenario(other)
    assert scenario_hash(first) == scenario_hash(second)
    assert len(joint_numbers([first, second])) == len(first.uncertain)
    one, two = drawn_together([first, second], quantiles(first, 0.7))
    assert of(one, "autos") == of(two, "autos")
    third = parse_scenario(other.replace("cad million", "USD million"))
    assert scenario_hash(third) != scenario_hash(first)
    assert len(joint_numbers([first, third])) == len(first.uncertain) + 1


def test_every_distribution_is_another_number() -> None:
    written = [text for text, _ in DISTRIBUTIONS]
    scenarios = [parse_scenario(with_rate(text), f"{name}.yaml") for name, text in enumerate(written)]
    assert [number.label for number in joint_numbers(scenarios)] == [f"cars.rate ({n})" for n in range(4)]


def test_certain_scenarios_keep_their_hash() -> None:
    assert "uncertain" not in parse_scenario(ONE).measures[0].content()


WORDS = [
    (
        "autos",
        "at between 5% and 7%; at about 106.1% (normal, standard deviation 5%, between 90% and 120%) beyond",
    ),
    ("autos", "Canada lets in between 24,500 and 49,000 electric vehicles a year from China"),
    ("canola", "an additional duty of between 5% and 20% (most likely 5.9%) on sectors A01"),
    ("steel", "at most between 50% and 150% of the baseline's trade in sectors C24A"),
    ("soya", "buy at least between USD 12 billion and USD 15 billion a year of sectors A01"),
    ("visas", "from Canada to China falls by between 5% and 10%, at all times"),
    ("carbon", "charges every other economy between EUR 60 and EUR 90 a tonne of carbon (2024)"),
]


@pytest.mark.parametrize(("name", "said"), WORDS)
def test_sentences_say_the_range(name: str, said: str) -> None:
    lines = [line for line in parse_scenario(EVERY).describe().splitlines() if line.startswith("- ")]
    order = sorted(measure.id for measure in parse_scenario(EVERY).measures)
    assert said in lines[order.index(name)]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{low: -5%, high: 10%}", "changes by between -5% and 10%"),
        ("{low: 5%, high: 10%}", "rises by between 5% and 10%"),
        ("{triangular: {low: -10%, mode: -9%, high: 0}}", "falls by between 0% and 10% (most likely 9%)"),
        (
            "{normal: {mean: -10%, sd: 2%, low: -20%, high: -1%}}",
            "falls by about 10% (normal, standard deviation 2%, between 1% and 20%)",
        ),
        (
            "{lognormal: {mean: 10%, sd: 2%, high: 50%}}",
            "rises by about 10% (log-normal, standard deviation 2%, not above 50%)",
        ),
    ],
)
def test_what_may_rise_or_fall_is_said(written: str, said: str) -> None:
    text = with_rate(written).replace("kind: surcharge", "kind: trade-cost")
    assert said in parse_scenario(text).describe()


def test_coverage_is_explained_with_its_range() -> None:
    text = EVERY[: EVERY.index("  - {id: steel")]
    found = {m.id: m for m in explain(parse_scenario(text), load_world("world-2022")).measures}
    assert found["canola"].covered == "between 60% and 100% of the trade named"
    assert found["canola"].uncertain == (
        "covers.share is between 60% and 100%",
        "rate is between 5% and 20% (most likely 5.9%)",
    )
    assert found["autos"].covered.startswith(
        "about CAD 2.2 billion (log-normal, standard deviation CAD 0.3 billion) in 2023"
    )


def test_a_result_at_medians_says_so() -> None:
    world = load_world("world-2022")
    scenario = parse_scenario(with_rate("{low: 20%, high: 40%}"))
    said = "at the median of what is not known for certain: cars.rate 30%"
    assert said in compile_scenario(scenario, world).notices
    assert said in explain(scenario, world).notices
    assert said not in compile_scenario(scenario.drawn([0.3]), world).notices


def refused(written: str) -> list[str]:
    said = problems(with_rate(written))
    return [re.sub(r"^deal\.yaml, line 4, column (\d+), field '(.*?)': ", r"\1 \2: ", line) for line in said]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{low: 40%, high: 20%}", ["18 rate.low: the range from 40% to 20% is empty; "
         "give a lower end below the upper end, or a single number"]),
        ("{low: 40%, high: 40%}", ["18 rate.low: the range from 40% to 40% is empty; "
         "give a lower end below the upper end, or a single number"]),
        ("{low: 40%}", ["12 rate.high: missing high"]),
        ("{low: 20, high: 40}", ["28 rate.high: high 40 is ambiguous; write 40% or a fraction below 1",
         "18 rate.low: low 20 is ambiguous; write 20% or a fraction below 1"]),
        ("{low: -5%, high: 40%}", ["18 rate.low: low -5% is too low; give zero or more"]),
        ("{low: 5%, high: 10001%}", ["28 rate.high: high 10001% is too large; the most is 10000%"]),
        ("{normal: {mean: 20%, sd: 5%}}", [
            "21 rate.normal: has no lower end, and values too low; add low, zero or more",
            "21 rate.normal: has no upper end, and values too large; add high, 10000% or less"]),
        ("{lognormal: {mean: 20%, sd: 5%}}", [
            "24 rate.lognormal: has no upper end, and values too large; add high, 10000% or less"]),
        ("{lognormal: {mean: 0%, sd: 0%, high: 1000%}}", [
            "31 rate.lognormal.mean: mean 0% is not above zero; "
            "give a positive number, or a single number in place of all this",
            "39 rate.lognormal.sd: sd 0% is not above zero; "
            "give a positive number, or a single number in place of all this"]),
        ("{normal: {mean: 20%, sd: 1%, low: 90%, high: 95%}}", [
            "46 rate.normal.low: next to nothing of the distribution is above this; "
            "move it towards the mean, or give a range"]),
        ("{triangular: {low: 20%, mode: 50%, high: 40%}}", [
            "42 rate.triangular.mode: mode 50% is not between 20% and 40%; give a number in the range"]),
        ("{triangle: {low: 20%, high: 40%}}", [
            "13 rate.triangle: unknown field 'triangle'; did you mean triangular?"]),
        ("{uniform: {low: 20%, hihg: 40%}}", [
            "33 rate.uniform.hihg: unknown field 'hihg'; did you mean high?"]),
        ("{uniform: {low: 20%, high: 40%}, normal: {mean: 20%, sd: 1%}}",
         ["12 rate: gives more than one range or distribution; keep one"]),
        ("{uniform: {low: 20%, high: 40%}, low: 20%, high: 40%}",
         ["12 rate: gives more than one range or distribution; keep one"]),
        ("{low: 20%, high: [40%]}", ["29 rate.high: expected a number, found a list; "
                                     "write {low: 20%, high: 40%} for a range"]),
        ("{low: 20%, high: {low: 1%, high: 2%}}", ["29 rate.high: expected text, found fields"]),
        ("{low: a, high: b}", ["27 rate.high: high 'b' is no rate; write 25% or 0.25",
                               "18 rate.low: low 'a' is no rate; write 25% or 0.25"]),
        ("{uniform: 20%}", ["22 rate.uniform: expected fields, found '20%'; give low, high"]),
    ],
)  # fmt: skip
def test_one_mistake_in_a_range_one_sentence(written: str, said: list[str]) -> None:
    assert refused(written) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("rate: {low: 5%, high: 7%}", "rate: {low: 80%, high: 95%}",
         "line 9, column 16, field 'over_rate': may be below the rate within the quota; "
         "give ranges that do not overlap"),
        ("mean: 2.2, sd: 0.3", "mean: 1e14, sd: 1e14",
         "field 'covers.value.lognormal': has no upper end, and values too large; add high, 1e+15 or less"),
        ("mean: 2.2, sd: 0.3", "mean: 2.2, sd: 1e90",
         "field 'covers.value.lognormal.sd': sd 1e+90 is more than 1000 times the mean; "
         "give a smaller one, or a range"),
        ("mean: 49600, sd: 4000, low: 30000", "mean: 1e90, sd: 1e90, low: 30000, high: 40000",
         "field 'quota.unit_value.value.normal.sd': the standard deviation is too large or too small beside "
         "the other numbers; give a range, or a single number"),
        ("sd: 4000, low: 30000", "sd: 4000",
         "field 'quota.unit_value.value.normal': has no lower end, and values too low; add low, above zero"),
        ("low: 24500, high: 49000 vehicles", "low: 24500 cars, high: 49000 vehicles",
         "field 'quota.units': counts cars and vehicles; count one thing"),
        ("low: 24500, high: 49000 vehicles", "low: 0, high: 49000 vehicles",
         "field 'quota.units.low': low 0 is too low; give above zero"),
        ("low: 24500, high: 49000 vehicles", "low: few, high: 49000 vehicles",
         "field 'quota.units.low': 'few' is no number of units; write 49000, or 49000 vehicles"),
        ("{low: 60, high: 90}", "{low: 60 EUR, high: 90}",
         "field 'carbon.price.low': '60 EUR' is no number; write a number such as 4.0"),
        ("{low: 60, high: 90}", "{low: 60, high: 1e16}",
         "field 'carbon.price.high': high 1e+16 is too large; the most is 1e+15"),
        ("mode: 90%, high: 100%", "mode: 90%, high: 101%",
         "field 'hs.triangular.high': high 101% is too large; the most is 100%"),
        ("rent: {low: 0%, high: 100%}", "rent: {low: 0%, high: 120%}",
         "field 'rent.high': high 120% is too large; the most is 100%"),
        ("{low: 0.6, high: 100%}", "{low: 0.6, high: 100%, share: 5%}",
         "field 'covers.share': unknown field 'share'; valid: low, high, uniform, triangular"),
        ("{low: -10%, high: -5%}", "{low: -100%, high: -5%}",
         "field 'rate.low': low -100% is too low; give -99% or more"),
    ],
)  # fmt: skip
def test_ranges_of_every_number_keep_to_its_bounds(before: str, after: str, said: str) -> None:
    assert before in EVERY
    found = problems(EVERY.replace(before, after))
    assert said in found[0], found


HEAD = "title: t\nextends: registry\ndate: 2026-03-01\n"
SMALL = """
programmes: [{name: metals, title: Metals, yields_to: cars, note: an example}]
measures:
  - {id: steel, kind: surcharge, programme: metals, importer: USA, exporter: Canada, sectors: C24A,
     rate: {low: 40%, high: 60%}, assumption: an example}
  - {id: cars, kind: surcharge, importer: USA, exporter: Canada, assumption: an example,
     hs: {8703: {low: 20%, high: 60%}, 8704: 50%, 8706: {low: 0%, high: 100%}}, rate: 25%}
"""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry of two measures with ranges in place of the one that ships."""
    from detente.policy.files import resolution, scenario_file

    known = read_registry({"small.yaml": SMALL})
    monkeypatch.setattr(resolution, "registry", lambda: known)
    monkeypatch.setattr(scenario_file, "registry", lambda: known)
    scenario_file.scenario_on.cache_clear()
    yield known
    scenario_file.scenario_on.cache_clear()


def test_both_ways_of_reading_yaml_read_the_same(monkeypatch: pytest.MonkeyPatch, small: Registry) -> None:
    monkeypatch.setattr(import_module("detente.policy.registry"), "compose_shipped", compose)
    slow = read_registry({"small.yaml": SMALL})
    assert slow.measures[0] is not small.measures[0]
    assert slow.measures == small.measures
    assert [len(measure.uncertain) for measure in slow.measures] == [2, 1]


def test_a_day_as_reference_is_drawn_alike(small: Registry) -> None:
    scenario = parse_scenario(f"{HEAD}remove: steel\nagainst: 2026-02-01\n")
    day = scenario.reference
    assert day is not None
    assert [number.label for number in joint_numbers([scenario, day])] == [
        "cars.hs.8703", "cars.hs.8706", "steel.rate",
    ]  # fmt: skip
    drawn, reference = drawn_together([scenario, day], [0.3, 0.9, 0.55])
    assert of(drawn, "cars") == of(reference, "cars")
    assert of(reference, "steel").rate == 0.55
    assert drawn.reference == reference
    assert scenario_hash(drawn) != scenario_hash(scenario)


def test_measures_that_the_baseline_holds_are_drawn_with_the_scenario(
    small: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module("detente.policy.registry"), "registry", lambda: small)
    world = load_world("world-2022")
    assert "USA" in world.provenance.measures_included
    plan = plan_of(parse_scenario(HEAD).drawn([0.3, 0.9, 0.55]), world)
    assert {measure.rate for measure in plan.held.values() if measure.id == "steel"} == {0.55}
    assert plan.kept == {"cars", "steel"}


def test_ranges_of_the_registry_come_along_and_are_changed(small: Registry) -> None:
    assert labels(parse_scenario(HEAD)) == ["cars.hs.8703", "cars.hs.8706", "steel.rate"]
    assert of(parse_scenario(HEAD), "steel").yields_to == ("cars",)
    assert labels(parse_scenario(HEAD + "remove: cars\n")) == ["steel.rate"]

    def changed(entry: str) -> Scenario:
        return parse_scenario(f"{HEAD}change: [{entry}]\n")

    fixed = changed("{id: steel, rate: 50%}")
    assert labels(fixed) == ["cars.hs.8703", "cars.hs.8706"]
    assert [str(change) for change in fixed.changed] == ["rate 50% instead of between 40% and 60%"]
    wider = changed("{id: steel, rate: {low: 30%, high: 70%}}")
    assert [str(change) for change in wider.changed] == [
        "rate between 30% and 70% instead of between 40% and 60%"
    ]
    assert of(wider, "steel").assumption.endswith(
        "changed: rate between 30% and 70% instead of between 40% and 60%"
    )
    share = changed("{id: steel, covers: {low: 0%, high: 50%}}")
    assert labels(share)[-2:] == ["steel.covers.share", "steel.rate"]
    assert str(share.changed[0]) == "covers between 0% and 50% instead of none"


def test_ranges_stay_with_their_measures(small: Registry) -> None:
    new = "{id: new, kind: import-quota, importer: USA, exporter: Japan, sectors: A, assumption: x"
    ranges = "covers: {low: 1%, high: 2%}, quota: {share: {low: 1%, high: 2%}}, rent: {low: 1%, high: 2%}}"
    changes = "[{id: steel, note: mine}, {id: cars, rate: {low: 1%, high: 2%}, hs: {remove: [8703, 8706]}}]"
    scenario = parse_scenario(f"{HEAD}add: [{new}, {ranges}]\nchange: {changes}\n")
    assert labels(scenario) == [
        "cars.rate", "new.covers.share", "new.quota.share", "new.rent", "steel.rate",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "left", "hs"),
    [
        ("{add: {8705: {low: 1%, high: 3%}}}", ["8703", "8705", "8706"], {"8705": 0.02, "8703": 0.4}),
        ("{remove: 8703}", ["8706"], {"8704": 0.5, "8706": 0.5}),
        ("{remove: {8703: {low: 1%, high: 3%}}, add: {8703: 40%}}", ["8706"], {"8703": 0.4}),
        ("{replace: {8703: 40%}}", [], {"8703": 0.4}),
        ("{replace: {8703: {low: 1%, high: 3%}}}", ["8703"], {"8703": 0.02}),
    ],
)
def test_uncertain_shares_go_with_their_codes(
    small: Registry, change: str, left: list[str], hs: dict[str, float]
) -> None:
    scenario = parse_scenario(f"{HEAD}change: {{id: cars, hs: {change}}}\n")
    measure = of(scenario, "cars")
    assert [number.field for number in measure.uncertain] == [f"hs.{code}" for code in left]
    assert dict(measure.hs) == pytest.approx(dict(measure.hs) | hs)
    drawn = scenario.drawn(quantiles(scenario, 1e-9))
    assert len(of(drawn, "cars").hs) == len(measure.hs)


def test_changes_say_every_kind_of_number() -> None:
    shares = parse_scenario(EVERY)
    values = [
        "{8703.40: 10%, 8703.80: 20%}",
        "{units: 9, unit_value: {value: 8, unit: CAD, year: 2023}}",
        "30%",
    ]
    fixed = EVERY.replace(
        "{8703.40: 50%, 8703.80: {triangular: {low: 50%, mode: 90%, high: 100%}}}", values[0]
    )
    start = fixed.index("    quota: {units")
    fixed = f"{fixed[:start]}    quota: {values[1]}\n{fixed[fixed.index('    products:') :]}"
    fixed = fixed.replace("rent: {low: 0%, high: 100%}", f"rent: {values[2]}").replace(
        "{low: 60, high: 90}", "70"
    )
    found = difference(parse_scenario(fixed), shares)
    said = {f"{c.id}.{c.field}": c.after for _, changes in found.changed for c in changes}
    assert said == {
        "autos.hs": "870340 (50%), 870380 (between 50% and 100% (most likely 90%))",
        "autos.quota": "between 24,500 and 49,000 vehicles of about CAD 49,600 (normal, standard deviation "
        "CAD 4,000, not below CAD 30,000) (2023)",
        "autos.rent": "between 0% and 100% to the exporter",
        "carbon.carbon": "between EUR 60 and EUR 90 a tonne of carbon (2024) by the table factors.csv",
    }


def test_what_is_dropped_takes_its_range_along(tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(ONE.replace("assumption: x", "assumption: x, covers: {low: 10%, high: 30%}"))
    text = "title: t\nextends: base.yaml\nchange: {id: cars, drop: covers}\n"
    assert labels(parse_scenario(text, str(tmp_path / "top.yaml"))) == []
    dropped = text.replace(
        "drop: covers", "covers: {value: {low: 1, high: 3}, unit: CAD billion, year: 2024}"
    )
    scenario = parse_scenario(dropped, str(tmp_path / "top.yaml"))
    assert labels(scenario) == ["cars.covers.value"]
    assert str(scenario.changed[0]) == (
        "covers between CAD 1 billion and CAD 3 billion (2024) instead of between 10% and 30%"
    )


BEFORE = """\
title: Before
measures:
  - {id: cars, kind: surcharge, importer: Canada, exporter: China, sectors: C29, assumption: x,
     rate: {low: 20%, high: 40%}, covers: {low: 50%, high: 70%}}
  - {id: steel, kind: surcharge, importer: Canada, exporter: China, sectors: C24A, assumption: x,
     rate: {low: 5%, high: 10%}}
"""
AFTER = """\
title: After
extends: before.yaml
against: before.yaml
remove: steel
change: {id: cars, rate: {low: 0%, high: 10%}}
"""


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Scenario, Scenario]:
    """A scenario, and the file that it changes and is measured against."""
    (tmp_path / "before.yaml").write_text(BEFORE)
    (tmp_path / "after.yaml").write_text(AFTER)
    after = load_scenario(tmp_path / "after.yaml")
    assert after.reference is not None
    return after, after.reference


def test_a_number_of_scenario_and_reference_is_one_number(pair: tuple[Scenario, Scenario]) -> None:
    joint = joint_numbers(pair)
    assert [number.label for number in joint] == [
        "cars.covers.share", "cars.rate (after)", "cars.rate (before)", "steel.rate",
    ]  # fmt: skip
    values = [0.55, 0.02, 0.25, 0.07]
    after, before = drawn_together(pair, values)
    assert (of(after, "cars").rate, of(before, "cars").rate, of(before, "steel").rate) == (0.02, 0.25, 0.07)
    for scenario in (after, before):
        covers = of(scenario, "cars").covers
        assert covers is not None and covers.share == 0.55
    assert after.reference == before
    assert scenario_hash(after) != scenario_hash(pair[0])


def test_a_drawn_scenario_is_measured_against_what_was_drawn(pair: tuple[Scenario, Scenario]) -> None:
    drawn = pair[0].drawn([0.55, 0.02])
    reference = drawn.reference
    assert reference is not None
    covers = of(reference, "cars").covers
    assert covers is not None and covers.share == 0.55
    assert labels(reference) == ["cars.rate", "steel.rate"]
    assert of(reference, "cars").rate == pytest.approx(0.3)
    assert replace(drawn, against="baseline").reference is None
    again = reference.drawn([0.25, 0.07])
    assert len(again.values) == 4
    assert labels(again) == []


def test_too_few_joint_values_are_refused(pair: tuple[Scenario, Scenario]) -> None:
    with pytest.raises(
        BadInput, match=r"1 values for 4 uncertain numbers; give one for each of: cars\.covers"
    ):
        drawn_together(pair, [0.5])
    with pytest.raises(BadInput, match=r"cars\.covers\.share cannot be 200%") as caught:
        drawn_together(pair, [2.0, 0.1, 0.3, 0.05])
    assert len(caught.value.problems) == 2


def test_two_scenarios_that_differ_in_a_range_differ() -> None:
    one, other = (
        parse_scenario(with_rate(text)) for text in ("{low: 20%, high: 40%}", "{low: 10%, high: 50%}")
    )
    found = difference(one, other)
    assert not found.same
    assert [str(change) for _, changes in found.changed for change in changes] == [
        "rate between 10% and 50% instead of between 20% and 40%"
    ]
    assert difference(one, parse_scenario(with_rate("{low: 0.2, high: 0.4}"))).same


def test_ranges_are_set_from_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(f"# Mine.\n{ONE}")
    scenario = set_field(path, "cars", "rate", "{low: 20%, high: 40%}")
    assert labels(scenario) == ["cars.rate"]
    assert path.read_text().startswith("# Mine.\n")
    before = path.read_text()
    with pytest.raises(BadInput, match=r"field 'rate\.low': the range from 40% to 20% is empty"):
        set_field(path, "cars", "rate", "{low: 40%, high: 20%}")
    assert path.read_text() == before
    set_field(
        path, "cars", "covers", "{value: {normal: {mean: 3, sd: 1, low: 1}}, unit: CAD billion, year: 2024}"
    )
    assert [str(number) for number in load_scenario(path).uncertain] == [
        "about CAD 3 billion (normal, standard deviation CAD 1 billion, not below CAD 1 billion)",
        "between 20% and 40%",
    ]


@pytest.mark.parametrize("kind", all_kinds())
def test_every_kind_takes_ranges_for_all_its_numbers(kind: str) -> None:
    text = whole(kind)
    for certain_number, uncertain in (
        ("over_rate: 60%", "over_rate: {low: 60%, high: 70%}"),
        (" rate: 25%", " rate: {low: 20%, high: 40%}"),
        ("units: 49000 vehicles", "units: {low: 40000, high: 49000 vehicles}"),
        ("value: 49600", "value: {low: 40000, high: 50000}"),
        ("covers: 60%", "covers: {low: 50%, high: 70%}"),
        ("rent: 40%", "rent: {low: 30%, high: 50%}"),
        ("price: 80", "price: {low: 60, high: 90}"),
    ):
        text = text.replace(certain_number, uncertain)
    scenario = parse_scenario(text)
    assert len(scenario.uncertain) == text.count("low:")
    assert scenario.drawn(medians(scenario)).measures == certain(scenario)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (UncertainNumber("cars", "rate", Uniform(0.3, 0.4)),
         "cars.rate is 30%, which is not the median of a number between 30% and 40%; give 35%"),
        (UncertainNumber("cars", "rat", Uniform(0.2, 0.4)), "cars has no number cars.rat"),
        (UncertainNumber("cars", "covers.share", Uniform(0.2, 0.4)), "cars has no number cars.covers.share"),
        (UncertainNumber("other", "rate", Uniform(0.2, 0.4)), "cars has no number other.rate"),
        (UncertainNumber("cars", "hs.8703", Uniform(0.2, 0.4)), "cars has no number cars.hs.8703"),
    ],
)  # fmt: skip
def test_uncertain_numbers_made_in_code_are_checked(number: UncertainNumber, said: str) -> None:
    scenario = parse_scenario(with_rate("30%"))
    made = replace(scenario, measures=(replace(scenario.measures[0], uncertain=(number,)),))
    with pytest.raises(BadInput, match=re.escape(said)):
        compile_scenario(made, load_world("g20-2019"))
