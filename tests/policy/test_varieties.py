"""Overlaps of measures: what meets, what does not, and that order has no meaning."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.policy import Measure
from detente.policy.compiler.varieties import Hit, Parts, column, segments, side_by_side, split_flow


def measure(name: str, rate: float = 0.1, kind: str = "surcharge", exclusive: str = "") -> Measure:
    return Measure(name, kind, ("USA",), ("CAN",), rate=rate, exclusive=exclusive)


def by_value(name: str, share: float, *codes: str, exclusive: str = "") -> Hit:
    return Hit(name, measure(name, exclusive=exclusive), 0, 0, 1, share, codes=frozenset(codes))


def named(parts: Parts) -> dict[str, float]:
    return {"+".join(sorted(names)): round(share, 12) for names, share in parts.items()}


def shares(hits: list[Hit]) -> dict[str, float]:
    return named(split_flow(hits)[0])


def test_disjoint_products_are_disjoint_varieties() -> None:
    hits = [by_value("seed", 0.4, "120510"), by_value("peas", 0.1, "071310")]
    assert shares(hits) == {"seed": 0.4, "peas": 0.1}


def test_common_products_nest() -> None:
    hits = [by_value("seed", 0.4, "120510"), by_value("oilseeds", 0.6, "120510", "120110")]
    assert shares(hits) == {"oilseeds+seed": 0.4, "oilseeds": 0.2}


def test_portions_of_one_line_nest() -> None:
    parts, excess = column({"a": 1.0, "b": 0.25}, {}, {}, {})
    assert (named(parts), excess) == ({"a": 0.75, "a+b": 0.25}, 0.0)


def test_measures_that_exclude_each_other_share_a_line() -> None:
    parts, excess = column({"a": 0.6, "b": 0.3}, {}, {"a": "x", "b": "x"}, {})
    assert (named(parts), excess) == ({"a": 0.6, "b": 0.3}, 0.0)
    parts, excess = column({"a": 0.8, "b": 0.4}, {}, {"a": "x", "b": "x"}, {})
    assert excess == pytest.approx(0.2)
    assert named(parts) == {"a": round(0.8 / 1.2, 12), "b": round(0.4 / 1.2, 12)}


def test_a_measure_on_part_of_a_sector_hits_that_part_of_every_portion_of_a_line() -> None:
    parts, excess = column({"a": 0.5}, {"all": 0.2}, {}, {})
    assert (named(parts), excess) == ({"a": 0.4, "a+all": 0.1, "all": 0.1}, 0.0)


def test_side_by_side_does_not_hang_on_names() -> None:
    """Equal portions are laid by what the measures do, not by what they are called."""
    one, two = measure("a", 0.1, exclusive="x"), measure("b", 0.2, exclusive="x")
    rank = {"a": side_by_side(one), "b": side_by_side(two)}
    swapped = {"a": side_by_side(two), "b": side_by_side(one)}
    portions, tags = {"a": 0.25, "b": 0.25, "c": 0.25}, {"a": "x", "b": "x"}
    assert named(column(portions, {}, tags, rank)[0]) == {"a+c": 0.25, "b": 0.25}
    assert named(column(portions, {}, tags, swapped)[0]) == {"a": 0.25, "b+c": 0.25}


def test_a_measure_on_the_whole_sector_meets_every_part_alike() -> None:
    hits = [by_value("seed", 0.4, "120510"), by_value("peas", 0.1, "071310"), by_value("all", 0.5)]
    assert shares(hits) == {"seed": 0.2, "all+seed": 0.2, "peas": 0.05, "all+peas": 0.05, "all": 0.25}


def test_more_goods_than_the_flow_holds_are_scaled_and_reported() -> None:
    parts, excess = split_flow([by_value("seed", 0.9, "120510"), by_value("peas", 0.3, "071310")])
    assert excess == pytest.approx(0.2)
    assert parts[frozenset(["seed"])] == pytest.approx(0.75)


CODES = st.frozensets(st.sampled_from(["010121", "010129", "020110", "020120"]), min_size=1)
PORTIONS = st.floats(0.01, 1.0)
TAGS = st.sampled_from(["", "x", "y"])


@st.composite
def some_hits(draw: st.DrawFn) -> list[Hit]:
    hits = []
    for number in range(draw(st.integers(1, 5))):
        name, tag = f"m{number}", draw(TAGS)
        codes = draw(CODES) if draw(st.booleans()) else frozenset()
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
            got = sum(share for ids, share in parts.items() if hit.name in ids)
            assert math.isclose(got, hit.share, rel_tol=1e-6, abs_tol=1e-9)


@given(st.dictionaries(st.sampled_from("abcde"), PORTIONS, min_size=1), TAGS)
def test_segments_keep_every_portion(portions: dict[str, float], tag: str) -> None:
    found, extent = segments(portions, dict.fromkeys(portions, tag))
    for name, portion in portions.items():
        assert math.isclose(sum(length for length, ids in found if name in ids), portion, rel_tol=1e-9)
    assert math.isclose(extent, sum(portions.values()) if tag else max(portions.values()))
