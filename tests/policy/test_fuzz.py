"""Whatever a scenario file holds, it is read or refused with sentences: never a traceback."""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from detente.errors import BadInput
from detente.policy import compile_scenario, explain, load_scenario, parse_scenario, scenario_hash
from detente.policy.measure_file import MEASURE_FIELDS
from detente.policy.scenario import SCENARIO_FIELDS
from detente.world import load_world
from tests.policy.test_scenario_files import GOOD

WORDS = st.sampled_from(
    [
        *("", "25%", "0.25", "-1", "1e400", "nan", "all", "Canada", "CHN", "EU27", "C", "8703.80", "99"),
        *("[", "{a: b}", "*x", "&x [*x]", "!!int x", "|", "? x", "[[[]]]", "\u2028", "baseline"),
        *("surcharge", "tariff", "2025-01-01", "2026-13-01", "{share: 50%}"),
        *("{value: 4, unit: CAD billion, year: 2024}", "{value: 1, unit: XXX billion, year: 1955}"),
    ]
)
LISTS = st.lists(WORDS, max_size=3).map(lambda items: f"[{', '.join(items)}]")
VALUES = WORDS | st.text(max_size=12) | st.floats().map(str) | LISTS
TOP = st.sampled_from([field for field in SCENARIO_FIELDS if field != "measures"])
FIELDS = st.sampled_from(MEASURE_FIELDS) | st.text(max_size=6)


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
    start = draw(st.integers(0, len(GOOD)))
    end = draw(st.integers(start, min(len(GOOD), start + 30)))
    return GOOD[:start] + draw(VALUES) + GOOD[end:]


@given(files() | damaged() | st.text(max_size=80))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(GOOD)
@example("[" * 5000)
@example("a: &a [*a]\n")
@example("measures: &m [{id: *m}]\ntitle: t")
@example("{}: 1")
@example("? [a, b]\n: c")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        scenario = parse_scenario(text, "fuzz.yaml")
        scenario_hash(scenario)
        brief = explain(scenario, load_world("g20-2019"))
        shock = compile_scenario(scenario, load_world("g20-2019"))
    except BadInput as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
        return
    assert len(brief.measures) == len(scenario.in_force)
    assert (shock.tariff_factor >= 1.0).all()
    assert ((shock.varieties.share > 0.0) & (shock.varieties.share <= 1.0)).all()


def test_the_fuzzer_also_builds_files_that_compile() -> None:
    text = GOOD.replace("sectors: [C29]", "sectors: [C]")
    assert explain(parse_scenario(text), load_world("g20-2019")).measures
    assert load_scenario("canada-china-2026").measures
