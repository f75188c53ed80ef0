"""How much of each of a world's flows each measure hits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem, nearest
from detente.policy.groups import group_members
from detente.policy.measure import GOODS, KINDS, Covers, Measure
from detente.policy.products import Pattern, goods_sectors, pattern_of, service_sectors
from detente.policy.scenario import Scenario
from detente.policy.varieties import Hit
from detente.world.concordance import sectors_of_hs
from detente.world.exchange_rates import exchange_rate
from detente.world.world import World

__all__ = ["Coverage", "coverage", "economies_of", "usd_million"]

UNITED_STATES = "USA"
FloatArray = Float[np.ndarray, "flow"]


@dataclass(frozen=True)
class Coverage:
    """What a scenario's measures hit in a world that is no aggregate.

    Attributes:
        hits: one for each measure and flow.
        notices: sentences a user must see.
    """

    hits: tuple[Hit, ...]
    notices: tuple[str, ...]


def coverage(scenario: Scenario, world: World) -> Coverage:
    """How much of each flow each measure in force hits.

    Sectors are hit in whole, or in the share or value that `covers` gives. HS codes of an importer that is
    the United States are hit in the share that their HS6 lines have of the sector in US imports of 2024
    from the exporter. HS codes of any other importer need `covers` as a value, which is converted to USD at
    the year's exchange rate and compared with the world's own flows as they are: no growth between the two
    years is assumed. A value that spans several sectors or pairs is divided in proportion to the flow times
    the share of the listed lines in the sector in US imports from the same exporter; sectors of services
    that also make goods, such as scrap, get none of it, and what exceeds one flow goes to the others.

    Raises:
        BadInput: lists every economy, sector or value that the world has no use for.
    """
    problems: list[Problem] = []
    notices: list[str] = []
    hits: list[Hit] = []
    for measure in scenario.in_force:
        problems += _unsound(measure)
        pairs = _pairs(measure, world, problems)
        by = _by_products if measure.hs else _by_sectors
        found = by(measure, world, pairs, problems, notices)
        if not found:
            notices.append(f"{measure.id}: hits nothing, as {world.name} has no such trade to be hit")
        hits += found
    if problems:
        raise BadInput(sorted(set(problems), key=lambda p: (p.file or "", p.line or 0, p.message)))
    return Coverage(tuple(hits), tuple(dict.fromkeys(notices)))


def _unsound(measure: Measure) -> list[Problem]:
    """What a file could not have held, in a measure made in code."""
    found = []
    if measure.kind not in KINDS:
        remedy = nearest(measure.kind, list(KINDS))
        found.append(measure.place.problem("kind", f"{measure.id}: unknown kind '{measure.kind}'", remedy))
    if not 0.0 <= measure.rate < float("inf"):
        message = f"{measure.id}: rate {measure.rate} is not a fraction of zero or more"
        found.append(measure.place.problem("rate", message, "25% is 0.25"))
    if bool(measure.sectors) == bool(measure.hs):
        found.append(measure.place.problem("hs", f"{measure.id}: give either sectors or HS codes"))
    return found


def usd_million(covers: Covers) -> float:
    """A covered value in USD million, at the exchange rate of its year.

    Raises:
        BadInput: no exchange rate for the currency and year.
    """
    assert covers.value is not None
    return covers.value * exchange_rate(covers.currency, covers.year) / 1e6


def _pairs(measure: Measure, world: World, problems: list[Problem]) -> list[tuple[int, int]]:
    """(importer, exporter) indices; `all` exporters are all but the importers themselves."""
    importers = economies_of(measure, "importer", world, problems)
    exporters = economies_of(measure, "exporter", world, problems)
    if measure.exporters == ("all",) and measure.importers != ("all",):
        exporters = tuple(index for index in exporters if index not in importers)
    elif measure.importers != ("all",) and (both := sorted(set(importers) & set(exporters))):
        names = ", ".join(world.economies[index] for index in both)
        message = f"{names} is both importer and exporter"
        problems.append(measure.place.problem("exporter", message, "an economy pays itself no duty"))
    return [(n, i) for n in importers for i in exporters if n != i]


def economies_of(measure: Measure, field: str, world: World, problems: list[Problem]) -> tuple[int, ...]:
    """Indices of a measure's economies, members of groups one by one; unknown ones are noted as problems.

    Args:
        measure: the measure.
        field: "importer" or "exporter".
        world: a world that is no aggregate.
        problems: added to.
    """
    names = measure.importers if field == "importer" else measure.exporters
    if names == ("all",):
        return tuple(range(len(world.economies)))
    found: list[int] = []
    for name in names:
        try:
            found.append(world.economies.index(world.economy(name)))
        except BadInput as error:
            members = [code for code in group_members(name) if code in world.economies]
            found += [world.economies.index(code) for code in members]
            if not members:
                problems += [measure.place.problem(field, p.message, p.remedy) for p in error.problems]
    return tuple(dict.fromkeys(found))


def _by_sectors(
    measure: Measure,
    world: World,
    pairs: list[tuple[int, int]],
    problems: list[Problem],
    notices: list[str],
) -> list[Hit]:
    sectors: list[int] = []
    for name in measure.sectors:
        try:
            sectors += _sectors(name, world)
        except BadInput as error:
            problems += [measure.place.problem("sectors", p.message, p.remedy) for p in error.problems]
    flows = [(s, n, i) for s in dict.fromkeys(sectors) for n, i in pairs if world.flows[s, n, i] > 0.0]
    covers = measure.covers
    share = 1.0
    if covers is not None and covers.share is not None:
        share = covers.share
    elif covers is not None:
        total = sum(world.flows[flow] for flow in flows)
        value = _value(measure, covers, problems)
        share = _capped(measure, value, float(total), f"the flow in {world.vintage}", notices)
    return [Hit(measure, *flow, share) for flow in flows if share > 0.0]


def _sectors(name: str, world: World) -> tuple[int, ...]:
    """A sector of the world; `goods` is every sector that makes them, unless the world names one so."""
    try:
        return (world.sectors.index(world.sector(name)),)
    except BadInput:
        if name.casefold() != GOODS:
            raise
        return goods_sectors(world)


def _by_products(
    measure: Measure,
    world: World,
    pairs: list[tuple[int, int]],
    problems: list[Problem],
    notices: list[str],
) -> list[Hit]:
    try:
        by_sector = sectors_of_hs([code for code, _ in measure.hs], world.classification)
    except BadInput as error:
        problems += [measure.place.problem("hs", p.message, p.remedy) for p in error.problems]
        return []
    known = {s: lines for s, name in enumerate(world.sectors) if (lines := by_sector.get(name))}
    american = [pair for pair in pairs if world.economies[pair[0]] == UNITED_STATES]
    others = [pair for pair in pairs if pair not in american]
    if others and measure.covers is not None and measure.covers.value is not None:
        return _by_value(measure, world, pairs, known, problems, notices)
    hits = _american(measure, world, american, known, problems, notices)
    return hits + (_by_value(measure, world, others, known, problems, notices) if others else [])


def _american(
    measure: Measure,
    world: World,
    pairs: list[tuple[int, int]],
    known: dict[int, frozenset[str]],
    problems: list[Problem],
    notices: list[str],
) -> list[Hit]:
    """US importers: the share of each HS6 line in the sector is known."""
    patterns = [pattern_of(world.economies[i], world.classification) for _, i in pairs]
    scale = _scale(measure, world, known, patterns, problems, notices)
    hits = []
    for (n, i), pattern in zip(pairs, patterns, strict=True):
        if not pattern.exact:
            notices.append(
                f"{measure.id}: no US imports by product from {world.economies[i]}; "
                f"those from {pattern.partner} are used"
            )
        for s, lines in known.items():
            weights = pattern.weights(world.sectors[s], lines, float(world.flows[s, n, i]))
            listed = _listed(measure, weights)
            parts = tuple((line, weight, listed[line] * scale) for line, weight in weights.items())
            share = sum(weight * portion for _, weight, portion in parts)
            if share > 0.0 and world.flows[s, n, i] > 0.0:
                hits.append(Hit(measure, s, n, i, share, lines=parts))
    return hits


def _scale(
    measure: Measure,
    world: World,
    known: dict[int, frozenset[str]],
    patterns: list[Pattern],
    problems: list[Problem],
    notices: list[str],
) -> float:
    """The part of its listed lines that a US measure covers."""
    covers = measure.covers
    if covers is None or not patterns:
        return 1.0
    if covers.share is not None:
        return covers.share
    listed = sum(
        pattern.values.get(world.sectors[s], {}).get(line, 0.0) * part
        for pattern in patterns
        for s, lines in known.items()
        for line, part in _listed(measure, lines).items()
    )
    value = _value(measure, covers, problems)
    return _capped(measure, value, listed / 1e6, "US imports of the listed lines in 2024", notices)


def _listed(measure: Measure, lines: Iterable[str]) -> dict[str, float]:
    """The part of each HS6 line that the measure lists: that of the longest code it begins with."""
    shares = dict(measure.hs)
    return {
        line: next(shares[line[:digits]] for digits in (6, 4, 2) if line[:digits] in shares)
        for line in sorted(lines)
    }


def _by_value(
    measure: Measure,
    world: World,
    pairs: list[tuple[int, int]],
    known: dict[int, frozenset[str]],
    problems: list[Problem],
    notices: list[str],
) -> list[Hit]:
    """Other importers: the value of the products is given, not known by line."""
    covers = measure.covers
    if covers is None or covers.value is None:
        message = f"no imports by product are known for {', '.join(measure.importers)}"
        remedy = "give covers as a value, {value: 4.0, unit: CAD billion, year: 2024}, or name sectors"
        problems.append(measure.place.problem("covers" if covers else "hs", message, remedy))
        return []
    services = service_sectors(world.classification)
    goods = [s for s in known if world.sectors[s] not in services] or list(known)
    flows = [(s, n, i) for s in goods for n, i in pairs if world.flows[s, n, i] > 0.0]
    sizes = np.array([world.flows[flow] for flow in flows])
    weights = sizes * np.array([_pattern_share(measure, world, s, i, known[s]) for s, _, i in flows])
    if weights.sum() <= 0.0:
        weights = sizes
    value = _value(measure, covers, problems)
    if not flows or weights.sum() <= 0.0:
        return []
    sectors = ", ".join(dict.fromkeys(world.sectors[flow[0]] for flow in flows))
    reached = float(sizes[weights > 0.0].sum())
    _capped(measure, value, reached, f"the flow of {sectors} in {world.vintage}", notices)
    shares = _filled(value, weights, sizes) / sizes
    return [
        Hit(measure, *flow, float(share), codes=known[flow[0]])
        for flow, share in zip(flows, shares, strict=True)
        if share > 0.0
    ]


def _filled(value: float, weights: FloatArray, sizes: FloatArray) -> FloatArray:
    """A value divided in proportion to weights; what exceeds a size goes to those with room left."""
    parts = np.zeros_like(sizes)
    open_ = weights > 0.0
    while open_.any() and value - parts.sum() > 1e-9 * value:
        share = np.where(open_, weights, 0.0) / weights[open_].sum()
        parts = np.minimum(sizes, parts + (value - parts.sum()) * share)
        open_ &= parts < sizes
    return parts


def _pattern_share(
    measure: Measure, world: World, sector: int, exporter: int, lines: frozenset[str]
) -> float:
    pattern = pattern_of(world.economies[exporter], world.classification)
    weights = pattern.weights(world.sectors[sector], lines, 0.0)
    listed = _listed(measure, weights)
    return sum(weight * listed[line] for line, weight in weights.items())


def _value(measure: Measure, covers: Covers, problems: list[Problem]) -> float:
    try:
        return usd_million(covers)
    except BadInput as error:
        problems += [measure.place.problem("covers", p.message, p.remedy) for p in error.problems]
        return 0.0


def _capped(measure: Measure, value: float, whole: float, what: str, notices: list[str]) -> float:
    """A value's share of a whole, at most all of it; both in USD million."""
    if whole <= 0.0:
        return 0.0
    if value > whole:
        year = f" in {measure.covers.year}" if measure.covers else ""
        notices.append(
            f"{measure.id}: USD {value:,.0f} million{year} is more than {what}, USD {whole:,.0f} million; "
            "all of it is hit"
        )
    return min(1.0, value / whole)
