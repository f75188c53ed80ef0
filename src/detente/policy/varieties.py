"""Which measures meet on which part of a flow, and what the part pays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from detente.policy.measure import Measure

__all__ = ["Hit", "Parts", "combined_rate", "segments", "split_flow"]

TINY = 1e-12
Parts = dict[frozenset[str], float]


class Hit(NamedTuple):
    """The part of one flow that one measure hits.

    Attributes:
        measure: the measure.
        sector, importer, exporter: indices of the flow.
        share: of the flow, 0 to 1.
        lines: where product detail is known: (HS6 line, its weight in the flow, the part of it hit).
        codes: where it is not: the HS6 lines that the measure names in this sector; else empty.
    """

    measure: Measure
    sector: int
    importer: int
    exporter: int
    share: float
    lines: tuple[tuple[str, float, float], ...] = ()
    codes: frozenset[str] = frozenset()


def segments(
    portions: Mapping[str, float], exclusive: Mapping[str, str] | None = None
) -> tuple[list[tuple[float, frozenset[str]]], float]:
    """Lay the portions of one parcel of goods over each other; say which measures meet on which length.

    Portions start together, so that a smaller one lies inside a larger one. Measures with the same tag
    never hit the same goods and are laid end to end. The order in which measures are given has no effect.

    Args:
        portions: the part of the parcel that each measure hits, by id.
        exclusive: tags by id.

    Returns:
        (length, ids) of each segment that any measure hits, and the far end of the last one.

    Examples:
        >>> parts, extent = segments({"a": 0.25, "b": 0.5})
        >>> [(length, sorted(ids)) for length, ids in parts], extent
        ([(0.25, ['a', 'b']), (0.25, ['b'])], 0.5)
        >>> parts, extent = segments({"a": 0.25, "b": 0.5}, {"a": "232", "b": "232"})
        >>> [(length, sorted(ids)) for length, ids in parts], extent
        ([(0.25, ['a']), (0.5, ['b'])], 0.75)
    """
    exclusive = exclusive or {}
    spans: list[tuple[float, float, str]] = []
    ends: dict[str, float] = {}
    for name in sorted(portions):
        tag = exclusive.get(name, "")
        begin = ends.get(tag, 0.0) if tag else 0.0
        spans.append((begin, begin + portions[name], name))
        ends[tag] = begin + portions[name]
    marks = sorted({0.0, *(edge for begin, end, _ in spans for edge in (begin, end))})
    found = []
    for low, high in pairwise(marks):
        middle = (low + high) / 2.0
        if high - low > TINY:
            ids = frozenset(name for begin, end, name in spans if begin < middle < end)
            found.append((high - low, ids))
    return found, marks[-1]


def split_flow(hits: Sequence[Hit]) -> tuple[Parts, float]:
    """Divide one flow into parts by the measures that hit them.

    HS6 lines are parcels of their own. Where only the value of a measure's products is known, measures
    whose HS6 lines meet, directly or through another, form a parcel; parcels are laid side by side. A
    measure on the whole sector hits the same part of every parcel and of the rest. `exclusive` tags keep
    measures on products apart from one another, and measures on whole sectors from one another.

    Args:
        hits: all hits on the flow.

    Returns:
        share of the flow by ids of measures, and the share that did not fit: parcels are scaled down when
        measures that exclude each other, or values, exceed the goods there are.
    """
    tags = {hit.measure.id: hit.measure.exclusive for hit in hits}
    parts: Parts = {}
    excess = 0.0
    for weight, portions in _line_parcels(hits):
        found, extent = segments(portions, tags)
        _add(parts, found, weight / max(extent, 1.0))
        excess += weight * max(extent - 1.0, 0.0)
    for portions in _code_parcels(hits):
        _add(parts, segments(portions, tags)[0], 1.0)
    total = sum(parts[ids] for ids in sorted(parts, key=sorted))
    if total > 1.0:
        excess += total - 1.0
        parts = {ids: share / total for ids, share in parts.items()}
    parts, beyond = _overlaid(parts, hits, tags)
    return parts, excess + beyond


def _line_parcels(hits: Sequence[Hit]) -> list[tuple[float, dict[str, float]]]:
    weights: dict[str, float] = {}
    portions: dict[str, dict[str, float]] = {}
    for hit in hits:
        for line, weight, portion in hit.lines:
            weights[line] = weight
            portions.setdefault(line, {})[hit.measure.id] = portion
    return [(weights[line], portions[line]) for line in sorted(weights)]


def _code_parcels(hits: Sequence[Hit]) -> list[dict[str, float]]:
    """Group hits whose HS6 lines meet."""
    groups: list[tuple[frozenset[str], dict[str, float]]] = []
    for hit in sorted((h for h in hits if h.codes and not h.lines), key=lambda h: h.measure.id):
        codes, portions = hit.codes, {hit.measure.id: hit.share}
        apart = []
        for group in groups:
            if group[0] & codes:
                codes, portions = codes | group[0], portions | group[1]
            else:
                apart.append(group)
        groups = [*apart, (codes, portions)]
    return [portions for _, portions in sorted(groups, key=lambda group: min(group[1]))]


def _overlaid(parts: Parts, hits: Sequence[Hit], tags: Mapping[str, str]) -> tuple[Parts, float]:
    """Lay measures on the whole sector over every parcel and over what no other measure hits."""
    whole = {hit.measure.id: hit.share for hit in hits if not hit.lines and not hit.codes}
    if not whole:
        return parts, 0.0
    layers, extent = segments(whole, tags)
    layers = [(length / max(extent, 1.0), ids) for length, ids in layers]
    layers.append((max(0.0, 1.0 - sum(length for length, _ in layers)), frozenset()))
    rest = max(0.0, 1.0 - sum(parts.values()))
    result: Parts = {}
    for ids, share in {**parts, frozenset[str](): rest}.items():
        _add(result, [(length, ids | over) for length, over in layers], share)
    result.pop(frozenset(), None)
    return result, max(extent - 1.0, 0.0)


def _add(parts: Parts, found: Iterable[tuple[float, frozenset[str]]], scale: float) -> None:
    for length, ids in found:
        if length * scale > TINY:
            parts[ids] = parts.get(ids, 0.0) + length * scale


def combined_rate(measures: Iterable[Measure], baseline: float) -> float:
    """The tariff that goods pay when several measures hit them: replacements first, then surcharges.

    Of several `tariff` measures the highest counts; surcharges add up.

    Examples:
        >>> duty = Measure("duty", "tariff", ("CAN",), ("CHN",), 0.06)
        >>> extra = Measure("extra", "surcharge", ("CAN",), ("CHN",), 1.0)
        >>> round(combined_rate([extra, duty], baseline=0.1), 3)
        1.06
    """
    ordered = sorted(measures, key=lambda m: m.id)
    base = max((m.rate for m in ordered if m.kind == "tariff"), default=baseline)
    return base + sum(m.rate for m in ordered if m.kind == "surcharge")
