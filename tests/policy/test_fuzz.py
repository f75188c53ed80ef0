"""Whatever a scenario file holds, it is read or refused with sentences: never a traceback."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detente.errors import BadInput, DetenteError
from detente.policy import (
    Shock,
    compile_scenario,
    explain,
    load_scenario,
    parse_scenario,
    scenario_hash,
)
from detente.policy.difference import difference
from detente.policy.files.fields import MEASURE_FIELDS, fields_of
from detente.policy.files.scenario_file import SCENARIO_FIELDS
from detente.world import load_world
from tests.policy.kinds_in_full import all_kinds, whole
from tests.policy.test_ranges import EVERY
from tests.policy.test_scenario_files import GOOD

WORDS = st.sampled_from(
    [
        *("", "25%", "0.25", "-1", "1e400", "nan", "all", "Canada", "CHN", "EU27", "C", "8703.80", "99"),
        *("[", "{a: b}", "*x", "&x [*x]", "!!int x", "|", "? x", "[[[]]]", "\u2028", "baseline"),
        *("surcharge", "tariff", "2025-01-01", "2026-13-01", "{share: 50%}", "registry", "other", "full"),
        *("{value: 4, unit: CAD billion, year: 2024}", "{value: 1, unit: XXX billion, year: 1955}"),
        *("{add: [China]}", "{remove: all}", "{replace: {8703: 40%}}", "{add: , remove: x}", "us-338"),
        *("{units: 1e14, unit_value: {value: 1e14, unit: USD, year: 2024}}", "{share: 10000%}", "exporter"),
        *("{units: 3 x, unit_value: [1]}", "{price: 80, unit: EUR, year: 2024, table: /}", "goods", "-99%"),
        *(
            "{low: 20%, high: 40%}",
            "{low: 2, high: 4}",
            "{low: 40%, high: 20%}",
            "{triangular: {low: 0, mode: 0.5, high: 1}}",
        ),
        *(
            "{normal: {mean: 25%, sd: 5%, low: 0%, high: 90%}}",
            "{lognormal: {mean: 30%, sd: 20%, high: 99%}}",
        ),
        *(
            "{value: {low: 1, high: 9}, unit: CAD billion, year: 2024}",
            "{share: {low: 0%, high: 1%}}",
            "{normal: {}}",
        ),
        *(
            "{units: {low: 1, high: 9 x}, unit_value: {value: {lognormal: {mean: 9, sd: 99}}, unit: USD, "
            "year: 2024}}",
        ),
        *(
            "{8703: {low: 1%, high: 100%}, 01: 5%}",
            "{low: -9%, high: 9%}",
            "{uniform: {low: 1e400, high: nan}}",
        ),
        *("{normal: {mean: 1e300, sd: 1e-300, low: 0.1, high: 0.2}}", "{lognormal: {mean: 1e-90, sd: 1e90}}"),
        *("us-232-metals-annex-1a", "1", "true", "99999%", "[A, B, C]", "{share: 0%}", "0%", "ROW", "G20"),
    ]
)
LISTS = st.lists(WORDS, max_size=3).map(lambda items: f"[{', '.join(items)}]")
VALUES = WORDS | st.text(max_size=12) | st.floats().map(str) | LISTS
TOP = st.sampled_from([field for field in SCENARIO_FIELDS if field != "measures"])
FIELDS = st.sampled_from(list(MEASURE_FIELDS)) | st.text(max_size=6)
ON_TOP = """\
title: t
extends: registry
date: 2026-08-22
between: [Canada, China]
remove: [canada-surtax-china]
change:
  - {id: chn-ad-canola-seed-final, rate: 2%, hs: {replace: 1205}, drop: end}
add:
  - {id: new, kind: surcharge, importer: China, exporter: Canada, sectors: A, rate: 5%, assumption: x}
"""


@st.composite
def files(draw: st.DrawFn) -> str:
    """Files that look like scenarios, with anything in any field."""
    top = draw(st.dictionaries(TOP, VALUES, max_size=4))
    lines = [f"{key}: {value}" for key, value in top.items()] + ["measures:"]
    for measure in draw(st.lists(st.dictionaries(FIELDS, VALUES, min_size=1, max_size=9), max_size=3)):
        starts = ["  - ", *["    "] * (len(measure) - 1)]
        lines += [f"{start}{k}: {v}" for start, (k, v) in zip(starts, measure.items(), strict=True)]
    return "\n".join(lines)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A good file with one stretch replaced."""
    good = draw(st.sampled_from([GOOD, ON_TOP, EVERY, *(whole(kind) for kind in all_kinds())]))
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 30)))
    return good[:start] + draw(VALUES) + good[end:]


@st.composite
def measures(draw: st.DrawFn, kind: str) -> str:
    """A whole measure of a kind, with other values in a few of its fields, or without them."""
    lines = whole(kind, every=draw(st.booleans())).splitlines()
    for field in draw(st.lists(st.sampled_from(fields_of(kind)[2:]), min_size=1, max_size=3, unique=True)):
        lines = [line for line in lines if not line.startswith(f"    {field}: ")]
        if draw(st.booleans()):
            lines.append(f"    {field}: {draw(VALUES)}")
    return "\n".join(lines)


def survives(text: str) -> None:
    """Read, hash, explain and compile a text, or be told in sentences why not."""
    world = load_world("g20-2019")
    try:
        scenario = parse_scenario(text, "fuzz.yaml")
        scenario_hash(scenario)
        assert scenario.describe()
        assert difference(scenario, scenario).same
        brief = explain(scenario, world)
        shock = compile_scenario(scenario, world)
    except BadInput as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
        return
    except DetenteError as error:
        assert str(error)
        return
    assert len(brief.measures) == len(scenario.in_force)
    sound(shock)
    for point in (1e-9, 0.3, 1.0 - 1e-9):
        values = [float(number.distribution.quantile(np.array(point))) for number in scenario.uncertain]
        drawn = scenario.drawn(values)
        assert drawn.uncertain == ()
        if values:
            sound(compile_scenario(drawn, world))


def sound(shock: Shock) -> None:
    """Shares, factors and sizes are numbers that a model can use."""
    v, m = shock.varieties, shock.limits.members
    for parts in (v, m):
        assert ((parts.share > 0.0) & (parts.share <= 1.0 + 1e-9)).all()
        assert (parts.tariff_factor > 0.0).all() and np.isfinite(parts.tariff_factor).all()
        assert (parts.export_factor > 0.0).all() and np.isfinite(parts.export_factor).all()
        assert (parts.cost_factor > 0.0).all() and not np.isnan(parts.cost_factor).any()
    assert (shock.tariff_factor > 0.0).all() and np.isfinite(shock.tariff_factor).all()
    assert (shock.cost_factor > 0.0).all() and not np.isnan(shock.cost_factor).any()
    assert (shock.limits.lowest <= shock.limits.highest).all()
    assert not np.isnan(shock.limits.size).any()


@given(files() | damaged() | st.text(max_size=80))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(GOOD)
@example(ON_TOP)
@example(EVERY)
@example("[" * 5000)
@example("a: &a [*a]\n")
@example("measures: &m [{id: *m}]\ntitle: t")
@example("title: t\nadd: &m [*m]\n")
@example("title: t\nextends: registry\ndate: 2026-03-01\nchange: &m [{id: *m}]\n")
@example("title: t\nextends: fuzz.yaml\n")
@example("title: t\nextends: .\n")
@example("title: t\nextends: \x00\n")
@example("{}: 1")
@example("? [a, b]\n: c")
def test_any_text_is_read_or_refused(text: str) -> None:
    survives(text)


@pytest.mark.parametrize("kind", all_kinds())
def test_any_measure_of_any_kind_is_read_or_refused(kind: str) -> None:
    @given(measures(kind))
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @example(whole(kind))
    @example(whole(kind, every=False))
    def run(text: str) -> None:
        survives(text)

    run()


def test_the_fuzzer_also_builds_files_that_compile() -> None:
    world = load_world("g20-2019")
    text = GOOD.replace("sectors: [C29]", "sectors: [C]")
    assert explain(parse_scenario(text), world).measures
    assert load_scenario("canada-china-2026").measures
    for kind in all_kinds():
        if kind != "carbon-border-charge":  # its table is no part of the text
            assert explain(parse_scenario(whole(kind, every=False)), world).measures
