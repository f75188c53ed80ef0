"""Overlaps of measures: what meets, what does not, and that order has no meaning."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.policy import Measure
from detente.policy.varieties import Hit, combined_rate, segments, split_flow


def measure(name: str, rate: float = 0.1, kind: str = "surcharge", exclusive: str = "") -> Measure:
    return Measure(name, kind, ("USA",), ("CAN",), rate, exclusive=exclusive)


def by_value(name: str, share: float, *codes: str, exclusive: str = "") -> Hit:
    return Hit(measure(name, exclusive=exclusive), 0, 0, 1, share, codes=frozenset(codes))


def by_line(name: str, *lines: tuple[str, float, float], exclusive: str = "") -> Hit:
    share = sum(weight * portion for _, weight, portion in lines)
    return Hit(measure(name, exclusive=exclusive), 0, 0, 1, share, lines=lines)


def shares(hits: list[Hit]) -> dict[str, float]:
    return {"+".join(sorted(ids)): round(share, 12) for ids, share in split_flow(hits)[0].items()}


def test_disjoint_products_are_disjoint_varieties() -> None:
    hits = [by_value("seed", 0.4, "120510"), by_value("peas", 0.1, "071310")]
    assert shares(hits) == {"seed": 0.4, "peas": 0.1}


def test_common_products_nest() -> None:
    hits = [by_value("seed", 0.4, "120510"), by_value("oilseeds", 0.6, "120510", "120110")]
    assert shares(hits) == {"oilseeds+seed": 0.4, "oilseeds": 0.2}


def test_lines_meet_exactly_where_they_are_the_same_line() -> None:
    hits = [by_line("a", ("870323", 0.3, 1.0), ("870829", 0.2, 1.0)), by_line("b", ("870829", 0.2, 0.25))]
    assert shares(hits) == {"a": 0.45, "a+b": 0.05}


def test_measures_that_exclude_each_other_share_a_line() -> None:
    hits = [
        by_line("a", ("732690", 0.5, 0.6), exclusive="x"),
        by_line("b", ("732690", 0.5, 0.3), exclusive="x"),
    ]
    assert shares(hits) == {"a": 0.3, "b": 0.15}


def test_a_measure_on_the_whole_sector_meets_every_part_alike() -> None:
    hits = [by_value("seed", 0.4, "120510"), by_value("peas", 0.1, "071310"), by_value("all", 0.5)]
    assert shares(hits) == {"seed": 0.2, "all+seed": 0.2, "peas": 0.05, "all+peas": 0.05, "all": 0.25}


def test_more_goods_than_the_flow_holds_are_scaled_and_reported() -> None:
    parts, excess = split_flow([by_value("seed", 0.9, "120510"), by_value("peas", 0.3, "071310")])
    assert excess == pytest.approx(0.2)
    assert parts[frozenset(["seed"])] == pytest.approx(0.75)
    parts, excess = split_flow(
        [by_line("a", ("732690", 0.5, 0.8), exclusive="x"), by_line("b", ("732690", 0.5, 0.4), exclusive="x")]
    )
    assert excess == pytest.approx(0.1)
    assert sum(parts.values()) == pytest.approx(0.5)


def test_rates_replace_then_add() -> None:
    goods = [measure("duty", 0.06, "tariff"), measure("surtax", 1.0), measure("deposit", 0.25)]
    assert combined_rate(goods, baseline=0.5) == pytest.approx(1.31)
    assert combined_rate(goods[1:], baseline=0.5) == pytest.approx(1.75)
    assert combined_rate([*goods, measure("higher", 0.2, "tariff")], baseline=0.5) == pytest.approx(1.45)


CODES = st.frozensets(st.sampled_from(["010121", "010129", "020110", "020120"]), min_size=1)
PORTIONS = st.floats(0.01, 1.0)
TAGS = st.sampled_from(["", "x", "y"])


@st.composite
def some_hits(draw: st.DrawFn) -> list[Hit]:
    hits = []
    weights = {code: draw(st.floats(0.01, 0.25)) for code in ("010121", "010129", "020110", "020120")}
    for number in range(draw(st.integers(1, 5))):
        name, tag = f"m{number}", draw(TAGS)
        form = draw(st.sampled_from(["lines", "codes", "sector"]))
        if form == "lines":
            lines = [(code, weights[code], draw(PORTIONS)) for code in sorted(draw(CODES))]
            hits.append(by_line(name, *lines, exclusive=tag))
        else:
            codes = draw(CODES) if form == "codes" else frozenset()
            hits.append(by_value(name, draw(PORTIONS), *codes, exclusive=tag))
    return hits


@given(some_hits(), st.randoms(use_true_random=False))
def test_order_does_not_matter_and_parts_fit_the_flow(hits: list[Hit], random: object) -> None:
    parts, excess = split_flow(hits)
    shuffled = list(hits)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again, same_excess = split_flow(shuffled)
    assert set(again) == set(parts)
    assert math.isclose(excess, same_excess, abs_tol=1e-12)
    for ids, share in parts.items():
        assert math.isclose(again[ids], share, rel_tol=1e-9, abs_tol=1e-12)
    assert sum(parts.values()) <= 1.0 + 1e-9
    if excess == 0.0:
        for hit in hits:
            got = sum(share for ids, share in parts.items() if hit.measure.id in ids)
            assert math.isclose(got, hit.share, rel_tol=1e-6, abs_tol=1e-9)


@given(st.dictionaries(st.sampled_from("abcde"), PORTIONS, min_size=1), TAGS)
def test_segments_keep_every_portion(portions: dict[str, float], tag: str) -> None:
    found, extent = segments(portions, dict.fromkeys(portions, tag))
    for name, portion in portions.items():
        assert math.isclose(sum(length for length, ids in found if name in ids), portion, rel_tol=1e-9)
    assert math.isclose(extent, sum(portions.values()) if tag else max(portions.values()))
