"""The registry: what is read, what its rules are, and what is said of bad files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

import pytest

from detente.errors import BadInput
from detente.policy import product_list, product_lists, registry
from detente.policy.files.reading import compose, compose_shipped
from detente.policy.line_lists import read_lines
from detente.policy.registry import Registry, circle, read_registry
from detente.policy.timeline import in_force, timeline

METALS = """
measures:
  - {id: metals, kind: surcharge, programme: us-metals, importer: USA, exporter: all, hs: 72, rate: 50%,
     start: 2025-06-04, assumption: a}
  - {id: threat, kind: surcharge, programme: us-metals, importer: USA, exporter: Canada, hs: 73, rate: 50%,
     what_if: true, assumption: a}
  - {id: pause, kind: suspension, importer: USA, exporter: Canada, of: us-metals, start: 2026-01-01,
     end: 2026-03-31, assumption: a}
left_out:
  - {id: ship-fees, reason: Fees are not duties on goods.}
"""
PROGRAMMES = """
programmes:
  - {name: us-metals, title: Metals, yields_to: [us-cars], note: a}
  - {name: us-cars, title: Cars, note: a}
"""
CARS = """
measures:
  - {id: cars, kind: surcharge, programme: us-cars, importer: USA, exporter: all, hs: 8703, rate: 25%,
     start: 2025-04-03, end: 2026-06-30, assumption: a}
"""
FILES = {"metals.yaml": METALS, "programmes.yaml": PROGRAMMES, "cars.yaml": CARS}


def problems(**changed: str) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_registry({**FILES, **{f"{name}.yaml": text for name, text in changed.items()}})
    return [str(problem) for problem in caught.value.problems]


def test_measures_are_in_force_by_date_and_threats_never() -> None:
    known = read_registry(FILES)
    assert [m.id for m in known.on(date(2025, 5, 1))] == ["cars"]
    assert [m.id for m in known.on(date(2026, 3, 31))] == ["cars", "metals", "pause"]
    assert [m.id for m in known.on(date(2026, 7, 1))] == ["metals"]
    assert known.measure("threat").what_if
    assert [row.id for row in known.left_out] == ["ship-fees"]


def test_a_measure_yields_to_what_its_programme_yields_to() -> None:
    known = read_registry(FILES)
    assert known.measure("metals").yields_to == ("us-cars",)
    own = METALS.replace("id: metals,", "id: metals, yields_to: [cars],")
    assert read_registry({**FILES, "metals.yaml": own}).measure("metals").yields_to == ("cars", "us-cars")


def test_the_order_of_files_and_measures_does_not_matter() -> None:
    whole = read_registry(FILES)
    for seed in range(5):
        names = list(FILES)
        Random(seed).shuffle(names)
        assert read_registry({name: FILES[name] for name in names}) == whole


def test_unknown_names_come_with_the_nearest() -> None:
    assert problems(cars=CARS.replace("programme: us-cars", "programme: us-crs")) == [
        "cars.yaml, line 3, column 44, field 'programme': no programme 'us-crs'; did you mean us-cars?"
    ]
    said = problems(programmes=PROGRAMMES.replace("[us-cars]", "[us-crs]"))
    assert said == [
        "programmes.yaml, line 3, column 12, field 'programmes.yields_to': no measure or programme 'us-crs'; "
        "did you mean us-cars, cars?"
    ]
    said = problems(metals=METALS.replace("of: us-metals", "of: us-metal"))
    assert said[0].startswith(
        "metals.yaml, line 7, column 72, field 'of': no measure or programme 'us-metal'"
    )
    with pytest.raises(BadInput, match="no measure 'metal' in the registry; did you mean metals"):
        read_registry(FILES).measure("metal")
    with pytest.raises(BadInput, match="no programme 'us-car'; did you mean us-cars"):
        read_registry(FILES).programme("us-car")


def test_problems_of_all_files_come_together() -> None:
    said = problems(
        metals=METALS.replace("id: threat", "id: cars").replace("rate: 50%", "rate: 50", 1),
        cars=CARS.replace("id: cars", "id: us-cars"),
        programmes=PROGRAMMES.replace(", note: a", "", 1),
    )
    parts = ("'us-cars' is given twice", "rate 50 is ambiguous", "missing source; add url")
    for part in parts:
        assert any(part in problem for problem in said), (part, said)
    assert "'cars' is given twice; the first is in" in problems(metals=METALS.replace("threat", "cars"))[0]


def test_measures_that_yield_in_a_circle_are_refused() -> None:
    said = problems(cars=CARS.replace("id: cars,", "id: cars, yields_to: [metals],"))
    assert len(said) == 1
    assert "yields to itself in a circle: cars, metals, cars; say which of them is charged" in said[0]
    # One ends before the other begins: no goods ever meet both.
    apart = CARS.replace("id: cars,", "id: cars, yields_to: [metals],").replace("2026-06-30", "2025-06-03")
    read_registry({**FILES, "cars.yaml": apart})


def test_long_chains_are_no_circles() -> None:
    known = read_registry(FILES)
    base = known.measure("cars")
    from dataclasses import replace

    chain = [replace(base, id=f"m{n}", programme="", yields_to=(f"m{n + 1}",)) for n in range(200)]
    assert circle(chain) == ()
    chain[-1] = replace(chain[-1], yields_to=("m150",))
    assert set(circle(chain)) == {f"m{n}" for n in range(150, 200)}


def test_what_is_in_force_says_what_suspends_it_and_what_goes_first() -> None:
    known = read_registry(FILES)
    states = {s.entry.id: s for s in in_force(date(2026, 2, 1), ["USA"], ["CAN"], known)}
    assert states["metals"].suspended_by == ("pause",)
    assert states["metals"].below == ("us-cars",)
    assert states["cars"].suspended_by == states["cars"].below == ()
    assert "metals" not in {s.entry.id for s in in_force(date(2026, 2, 1), ["CAN"], ["USA"], known)}
    china = {s.entry.id: s for s in in_force(date(2026, 2, 1), ["USA"], ["CHN"], known)}
    assert set(china) == {"metals", "cars"}
    after = {s.entry.id: s for s in in_force(date(2026, 7, 1), ["USA"], ["CAN"], known)}
    assert after["metals"].below == after["metals"].suspended_by == ()


def test_what_goes_first_concerns_the_same_economies() -> None:
    japan = CARS.replace("id: cars,", "id: japan,").replace("exporter: all", "exporter: Japan")
    japan = japan.replace(", end: 2026-06-30", "")
    metals = METALS.replace("exporter: all, hs: 72", "exporter: Canada, hs: 72")
    known = read_registry({**FILES, "metals.yaml": metals, "japan.yaml": japan})
    before, after = (
        {s.entry.id: s for s in in_force(day, known=known)} for day in (date(2026, 6, 30), date(2026, 7, 1))
    )
    assert before["metals"].below == ("us-cars",)
    assert "japan" in after and after["metals"].below == ()


def test_an_embargo_concerns_both_directions() -> None:
    ban = (
        "{id: stop, kind: embargo, importer: [Canada, EU27], exporter: Russia, sectors: goods, assumption: a}"
    )
    known = read_registry({"embargo.yaml": f"measures: [{ban}]"})
    day = date(2026, 1, 1)
    for pair in ((["CAN"], ["RUS"]), (["RUS"], ["CAN"]), (["DEU"], ["RUS"]), (["RUS"], ["FRA"])):
        assert len(in_force(day, *pair, known)) == 1
    for pair in ((["CAN"], ["DEU"]), (["USA"], ["RUS"]), (["RUS"], ["CHN"])):
        assert in_force(day, *pair, known) == ()


def test_the_timeline_is_by_date_and_shows_threats_only_when_asked() -> None:
    known = read_registry(FILES)
    assert [row.id for row in timeline(known=known)] == ["cars", "metals", "pause"]
    rows = timeline(everything=True, known=known)
    assert [(row.id, row.state) for row in rows[3:]] == [("threat", "what-if"), ("ship-fees", "left out")]


def tree(node: Any) -> Any:
    """A document as its reader sees it: values as written, with their places."""
    at = (node.start_mark.line, node.start_mark.column)
    if node.id == "scalar":
        return (node.value, bool(node.style in ("'", '"')), at)
    if node.id == "mapping":
        return [(tree(key), tree(value)) for key, value in node.value]
    return [tree(item) for item in node.value]


@pytest.mark.parametrize("folder", ["measures", "library"])
def test_the_fast_reader_of_shipped_files_reads_what_the_other_reads(folder: str) -> None:
    found = sorted(Path(str(files("detente.policy"))).joinpath(folder).rglob("*.yaml"))
    assert found
    for item in found:
        text = item.read_text(encoding="utf-8")
        assert tree(compose_shipped(text, item.name)) == tree(compose(text, item.name)), item.name


def test_what_is_no_yaml_is_refused_by_the_fast_reader_too() -> None:
    for text, said in (("title: A: deal", "not valid YAML"), ("", "the file is empty"), ("[", "not valid")):
        with pytest.raises(BadInput, match=said):
            compose_shipped(text, "a.yaml")


@pytest.fixture(scope="module")
def shipped() -> Registry:
    return registry()


def test_the_registry_that_ships_loads_and_is_sourced(shipped: Registry) -> None:
    assert len(shipped.measures) > 100
    for measure in shipped.measures:
        assert measure.source or measure.assumption, measure.id
        assert not measure.place.file or measure.place.file.endswith(".yaml")
    assert not {row.id for row in shipped.left_out} & {measure.id for measure in shipped.measures}


def test_every_list_that_ships_can_be_read() -> None:
    assert product_lists()
    for name in product_lists():
        codes = product_list(name)
        assert codes and all(0.0 < share <= 1.0 for _, share in codes), name
    with pytest.raises(BadInput, match="no list 'us-nothing'"):
        product_list("us-nothing")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the first line must be code,share"),
        ("hs,share\n72,1\n", "line 1: the first line must be code,share"),
        ("code,share\n7x\n", "line 2, field 'code': '7x' is no HS code"),
        ("code,share\n72,1\n72,0.5\n", "line 3, field 'code': code '72' is given twice"),
        ("code,share\n72,1.5\n", "line 2, field 'share': '1.5' is no share; write a number above 0"),
        ("code,share\n72,0\n73,nan\n", "'nan' is no share"),
        ("code,share\n123,1\n", "'123' is no HS code"),
    ],
)
def test_bad_lists_are_refused_by_line(text: str, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_lines(text, "list.csv")
    assert said in str(caught.value)
    assert all(problem.file == "list.csv" for problem in caught.value.problems)


def test_a_list_may_leave_shares_out() -> None:
    assert read_lines("code\n7202\n72\n", "list.csv") == (("72", 1.0), ("7202", 1.0))


def wrong_kind(change: Callable[[str], str]) -> list[str]:
    return problems(cars=change(CARS))


def test_a_what_if_is_true_or_absent() -> None:
    said = wrong_kind(lambda text: text.replace("id: cars,", "id: cars, what_if: maybe,"))
    assert "'maybe' is neither true nor false" in said[0]
