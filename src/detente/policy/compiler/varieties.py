"""Which measures meet on which part of a flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from detente.policy.measure import Measure

__all__ = ["Hit", "Parts", "column", "segments", "side_by_side", "split_flow"]

TINY = 1e-12
Parts = dict[frozenset[str], float]


class Hit(NamedTuple):
    """The part of one flow that one measure hits, where products are not known line by line.

    Attributes:
        name: of the measure among those that are laid out together.
        measure: the measure.
        sector, importer, exporter: indices of the flow.
        share: of the flow, 0 to 1.
        codes: the HS6 lines that the measure names in this sector; empty for a measure on the whole sector.
    """

    name: str
    measure: Measure
    sector: int
    importer: int
    exporter: int
    share: float
    codes: frozenset[str] = frozenset()


def side_by_side(measure: Measure) -> str:
    """What orders measures that exclude each other, whatever they are called."""
    content = measure.content()
    for name in ("id", "programme", "yields_to", "of", "exclusive"):
        content.pop(name)
    return repr(content)


def segments(
    portions: Mapping[str, float],
    exclusive: Mapping[str, str] | None = None,
    rank: Mapping[str, str] | None = None,
) -> tuple[list[tuple[float, frozenset[str]]], float]:
    """Lay the portions of one parcel of goods over each other; say which measures meet on which length.

    Portions start together, so that a smaller one lies inside a larger one. Measures with the same tag
    never hit the same goods and are laid end to end, smaller ones first, equal ones by rank. The order in
    which measures are given has no effect.

    Args:
        portions: the part of the parcel that each measure hits, by name.
        exclusive: tags by name.
        rank: order among equal portions, by name; the name itself if None.

    Returns:
        (length, names) of each segment that any measure hits, and the far end of the last one.

    Examples:
        >>> parts, extent = segments({"a": 0.25, "b": 0.5})
        >>> [(length, sorted(names)) for length, names in parts], extent
        ([(0.25, ['a', 'b']), (0.25, ['b'])], 0.5)
        >>> parts, extent = segments({"a": 0.25, "b": 0.5}, {"a": "232", "b": "232"})
        >>> [(length, sorted(names)) for length, names in parts], extent
        ([(0.25, ['a']), (0.5, ['b'])], 0.75)
    """
    exclusive, rank = exclusive or {}, rank or {}
    spans: list[tuple[float, float, str]] = []
    ends: dict[str, float] = {}
    for name in sorted(portions, key=lambda name: (portions[name], rank.get(name, ""), name)):
        tag = exclusive.get(name, "")
        begin = ends.get(tag, 0.0) if tag else 0.0
        spans.append((begin, begin + portions[name], name))
        ends[tag] = begin + portions[name]
    marks = sorted({0.0, *(edge for begin, end, _ in spans for edge in (begin, end))})
    found = []
    for low, high in pairwise(marks):
        middle = (low + high) / 2.0
        if high - low > TINY:
            names = frozenset(name for begin, end, name in spans if begin < middle < end)
            found.append((high - low, names))
    return found, marks[-1]


def column(
    products: Mapping[str, float],
    whole: Mapping[str, float],
    exclusive: Mapping[str, str],
    rank: Mapping[str, str],
) -> tuple[Parts, float]:
    """Divide one tariff line by the measures that hit it.

    Args:
        products: the part of the line that each measure on products hits, by name.
        whole: the part of the whole sector that each measure on sectors hits, by name.
        exclusive: tags by name.
        rank: see `segments`.

    Returns:
        share of the line by names of measures, only of what is hit; and what did not fit.

    Examples:
        >>> parts, excess = column({"a": 0.5}, {"b": 0.5}, {}, {})
        >>> sorted(("+".join(sorted(names)), share) for names, share in parts.items()), excess
        ([('a', 0.25), ('a+b', 0.25), ('b', 0.25)], 0.0)
    """
    found, extent = segments(products, exclusive, rank)
    parts: Parts = {}
    _add(parts, found, 1.0 / max(extent, 1.0))
    parts, beyond = _overlaid(parts, whole, exclusive, rank)
    return parts, max(extent - 1.0, 0.0) + beyond


def split_flow(hits: Sequence[Hit], rank: Mapping[str, str] | None = None) -> tuple[Parts, float]:
    """Divide one flow into parts by the measures that hit them.

    Only the value of a measure's products is known: measures whose HS6 lines meet, directly or through
    another, form a parcel; parcels are laid side by side. A measure on the whole sector hits the same part
    of every parcel and of the rest. `exclusive` tags keep measures on products apart from one another, and
    measures on whole sectors from one another.

    Args:
        hits: all hits on the flow.
        rank: see `segments`.

    Returns:
        share of the flow by names of measures, and the share that did not fit: parcels are scaled down when
        measures that exclude each other, or values, exceed the goods there are.
    """
    tags, rank = {hit.name: hit.measure.exclusive for hit in hits}, rank or {}
    parts: Parts = {}
    for portions in _parcels(hits):
        _add(parts, segments(portions, tags, rank)[0], 1.0)
    total = sum(parts[names] for names in sorted(parts, key=sorted))
    if total > 1.0:
        parts = {names: share / total for names, share in parts.items()}
    whole = {hit.name: hit.share for hit in hits if not hit.codes}
    parts, beyond = _overlaid(parts, whole, tags, rank)
    return parts, max(total - 1.0, 0.0) + beyond


def _parcels(hits: Sequence[Hit]) -> list[dict[str, float]]:
    """Group hits whose HS6 lines meet."""
    groups: list[tuple[frozenset[str], dict[str, float]]] = []
    for hit in sorted((h for h in hits if h.codes), key=lambda h: h.name):
        codes, portions = hit.codes, {hit.name: hit.share}
        apart = []
        for group in groups:
            if group[0] & codes:
                codes, portions = codes | group[0], portions | group[1]
            else:
                apart.append(group)
        groups = [*apart, (codes, portions)]
    return [portions for _, portions in sorted(groups, key=lambda group: min(group[1]))]


def _overlaid(
    parts: Parts, whole: Mapping[str, float], tags: Mapping[str, str], rank: Mapping[str, str]
) -> tuple[Parts, float]:
    """Lay measures on the whole sector over every parcel and over what no other measure hits."""
    if not whole:
        return parts, 0.0
    layers, extent = segments(whole, tags, rank)
    layers = [(length / max(extent, 1.0), names) for length, names in layers]
    layers.append((max(0.0, 1.0 - sum(length for length, _ in layers)), frozenset()))
    rest = max(0.0, 1.0 - sum(parts.values()))
    result: Parts = {}
    for names, share in {**parts, frozenset[str](): rest}.items():
        _add(result, [(length, names | over) for length, over in layers], share)
    result.pop(frozenset(), None)
    return result, max(extent - 1.0, 0.0)


def _add(parts: Parts, found: Iterable[tuple[float, frozenset[str]]], scale: float) -> None:
    for length, names in found:
        if length * scale > TINY:
            parts[names] = parts.get(names, 0.0) + length * scale
