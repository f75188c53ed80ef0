"""Which goods a measure names, and how much of each flow they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.policy.compiler.lines import (
    NO_SECTOR,
    Scope,
    book_of,
    classes_of,
    known_by_line,
    scope_of,
    unknown_codes,
)
from detente.policy.compiler.products import goods_sectors, pattern_of, service_sectors
from detente.policy.measure import EVERYTHING, GOODS, Covers, Measure
from detente.world.concordance import hs_sectors, sectors_of_hs
from detente.world.exchange_rates import exchange_rate
from detente.world.tariff_lines import line_partner_of, line_partners
from detente.world.world import World

__all__ = ["Notes", "Reached", "reach_products", "reach_sectors", "usd_million"]

Flow = tuple[int, int, int]
Pairs = tuple[tuple[int, int], ...]
FloatArray = Float[np.ndarray, "flow"]
_EXAMPLE = "give covers as a value, {value: 4.0, unit: CAD billion, year: 2024}, or name sectors"


@dataclass
class Notes:
    """What is found on the way: problems, sentences for users, and exporters that others stand in for.

    Attributes:
        problems: all of them are reported together.
        notices: sentences.
        stand_ins: exporters without tariff lines of their own, by importer and by who stands in.
    """

    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    stand_ins: dict[tuple[int, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def say(self, notice: str) -> None:
        """Note a sentence."""
        self.notices.append(notice)

    def blame(self, measure: Measure, name: str, error: BadInput) -> None:
        """Note the problems of an error at a field of a measure."""
        self.problems += [measure.place.problem(name, p.message, p.remedy) for p in error.problems]


@dataclass(frozen=True)
class Reached:
    """The goods that a measure names.

    Attributes:
        flows: (sector, importer, exporter), share of the flow, HS6 lines; where goods are not known by line.
        pairs: (importer, exporter) whose goods are.
        scope: the goods named of those pairs.
        scale: the part of them that is hit.
        overlaid: whether that part is the same of all goods in a sector, whatever else hits them.
        stated: the trade hit as the measure's own sources state it, USD million; None for the world's flows.
    """

    flows: tuple[tuple[Flow, float, frozenset[str]], ...] = ()
    pairs: Pairs = ()
    scope: Scope = field(default_factory=Scope)
    scale: float = 1.0
    overlaid: bool = False
    stated: float | None = None


def usd_million(value: float, currency: str, year: int) -> float:
    """A value in USD million, at the average exchange rate of its year.

    Raises:
        BadInput: no exchange rate for the currency and year.
    """
    return value * exchange_rate(currency, year) / 1e6


def reach_sectors(measure: Measure, world: World, pairs: Pairs, day: date | None, notes: Notes) -> Reached:
    """A measure on sectors: all of each flow, or the share or value that it covers."""
    sectors = _sectors_of(measure, world, notes)
    by_line = tuple(pair for pair in pairs if known_by_line(world, *pair))
    others = tuple(pair for pair in pairs if not known_by_line(world, *pair))
    if measure.preference and others:
        _no_preference(measure, world, others, notes)
    flows = [(s, n, i) for s in sectors for n, i in others if world.flows[s, n, i] > 0.0]
    whole = sum(float(world.flows[s, n, i]) for s in sectors for n, i in pairs)
    share, stated = _share(measure, whole, f"the flow in {world.vintage}", notes)
    try:
        scope = scope_of(measure, sectors)
    except BadInput as error:
        notes.blame(measure, "excluded" if measure.excluded else "lists", error)
        return Reached()
    if measure.preference or measure.excluded:
        _note_stand_ins(world, by_line, notes)
    kept = {}
    for s, _, i in flows:
        if (s, i) not in kept:
            kept[s, i] = share * (1.0 - _excluded_share(scope, world, s, i))
    found = tuple((flow, kept[flow[0], flow[2]], frozenset[str]()) for flow in flows)
    lines = by_line if any(world.flows[s, n, i] > 0.0 for s in sectors for n, i in by_line) else ()
    return Reached(
        flows=tuple(item for item in found if item[1] > 0.0),
        pairs=lines if share > 0.0 else (),
        scope=scope,
        scale=share,
        overlaid=share < 1.0,
        stated=stated,
    )


def _sectors_of(measure: Measure, world: World, notes: Notes) -> tuple[int, ...]:
    """Indices of the sectors that a measure names; all where it names none."""
    if not measure.sectors:
        return tuple(range(len(world.sectors)))
    found: list[int] = []
    for name in measure.sectors:
        try:
            found += sector_indices(name, world)
        except BadInput as error:
            notes.blame(measure, "sectors", error)
    return tuple(dict.fromkeys(found))


def sector_indices(name: str, world: World) -> tuple[int, ...]:
    """A sector of the world; `goods` is every sector that makes them, `all` every sector.

    A sector that the world itself names so comes first.

    Raises:
        BadInput: no such sector.
    """
    try:
        return (world.sectors.index(world.sector(name)),)
    except BadInput:
        if name.casefold() == EVERYTHING:
            return tuple(range(len(world.sectors)))
        if name.casefold() != GOODS:
            raise
        return goods_sectors(world)


def _excluded_share(scope: Scope, world: World, sector: int, exporter: int) -> float:
    """The part of a sector's flow that is taken out, by US imports from the exporter."""
    if not scope.excluded:
        return 0.0
    pattern = pattern_of(world.economies[exporter], world.classification)
    values = pattern.values.get(world.sectors[sector], {})
    out = _at_six_digits(scope.excluded, values)
    total = sum(values.values())
    return sum(values[line] * part for line, part in out.items()) / total if total else 0.0


def reach_products(measure: Measure, world: World, pairs: Pairs, day: date | None, notes: Notes) -> Reached:
    """A measure on HS codes and lists: line by line where lines are known, else by the value it covers."""
    try:
        scope = scope_of(measure, None)
        hs_sectors(world.classification)
    except BadInput as error:
        notes.blame(measure, "hs" if measure.hs else "lists", error)
        return Reached()
    by_line = tuple(pair for pair in pairs if known_by_line(world, *pair))
    others = tuple(pair for pair in pairs if not known_by_line(world, *pair))
    if others and (measure.covers is None or measure.covers.value is None):
        message = f"no imports by product are known for {', '.join(measure.importers)}"
        notes.problems.append(measure.place.problem("covers" if measure.covers else "hs", message, _EXAMPLE))
        return Reached()
    if others and measure.preference:
        _no_preference(measure, world, others, notes)
    _check_codes(measure, world, by_line, others, notes)
    value = None
    if measure.covers is not None and measure.covers.value is not None:
        value = _usd(measure, measure.covers, notes)
    weights = {pair: _weights(scope, world, pair) for pair in pairs} if others else {}
    for_lines, for_others = _divided(value or 0.0, weights, by_line, others)
    flows = _by_value(measure, scope, world, others, weights, for_others, notes) if others else ()
    counted = by_line and (value is not None or measure.quota is not None)
    listed = _listed_value(measure, scope, world, by_line, day) if counted else 0.0
    scale = 1.0
    if by_line and value is not None:
        year = f"{measure.covers.year}" if measure.covers else ""
        scale = _capped(
            measure, for_lines if others else value, listed, year, "imports of the listed lines", notes
        )
    elif measure.covers is not None and measure.covers.share is not None:
        scale = measure.covers.share
    if by_line:
        _note_stand_ins(world, by_line, notes)
    stated = value if value is not None else listed * scale if counted else None
    return Reached(flows, by_line if scale > 0.0 else (), scope, scale, False, stated)


def _check_codes(measure: Measure, world: World, by_line: Pairs, others: Pairs, notes: Notes) -> None:
    """Codes that mean nothing to the importers at hand."""
    codes = [code for code, _ in measure.hs]
    if others and (fine := [code for code in codes if len(code) > 6]):
        message = (
            f"no imports by tariff line are known for {world.economies[others[0][0]]}: {', '.join(fine)}"
        )
        remedy = "write the first six digits, and what is hit under covers"
        notes.problems.append(measure.place.problem("hs", message, remedy))
    for importer in dict.fromkeys(world.economies[n] for n, _ in by_line):
        for code in unknown_codes(importer, codes):
            try:
                sectors_of_hs([code[:6]], world.classification)
            except BadInput as error:
                notes.blame(measure, "hs", error)


def _no_preference(measure: Measure, world: World, pairs: Pairs, notes: Notes) -> None:
    names = ", ".join(dict.fromkeys(world.economies[n] for n, _ in pairs))
    message = f"the use of preferences is not known for imports of {names}"
    remedy = "leave it out, and say under covers what is hit"
    notes.problems.append(measure.place.problem("preference", message, remedy))


def _note_stand_ins(world: World, pairs: Pairs, notes: Notes) -> None:
    for n, i in pairs:
        importer, exporter = world.economies[n], world.economies[i]
        if exporter not in line_partners(importer):
            partner = line_partner_of(importer, exporter) or "all partners"
            notes.stand_ins[n, partner].add(i)


def _listed_value(measure: Measure, scope: Scope, world: World, pairs: Pairs, day: date | None) -> float:
    """Value of the lines that a scope names, less goods that claim the measure's preference, USD million.

    Customs value where the exporter's own trade is known; else its flows times the share of the lines in
    the imports that stand in for its own.
    """
    total = 0.0
    for n, i in pairs:
        book = book_of(world, n)
        classes = classes_of(book, (scope,))
        names = (measure.preference,) if measure.preference else ()
        values = classes.values(world.economies[i], names, day)
        held = classes.sector != NO_SECTOR
        hit = np.where(held, values[0] * classes.portion[0], 0.0)
        if world.economies[i] in line_partners(book.importer):
            total += float(hit.sum()) / 1e6
            continue
        size = len(world.sectors)
        at = classes.sector[held]
        whole = np.bincount(at, values.sum(axis=0)[held], size)
        part = np.bincount(at, hit[held], size)
        total += float(np.divide(part, whole, out=np.zeros(size), where=whole > 0.0) @ world.flows[:, n, i])
    return total


def _weights(scope: Scope, world: World, pair: tuple[int, int]) -> dict[int, tuple[float, frozenset[str]]]:
    """Each sector's listed trade on a pair, by US imports from the exporter, and its HS6 lines."""
    n, i = pair
    known = _known_lines(scope, world.classification, world.sectors)
    shares = _listed_shares(scope, world.classification, world.sectors, world.economies[i])
    return {s: (shares[s] * float(world.flows[s, n, i]), lines) for s, lines in known.items()}


@lru_cache(maxsize=2048)
def _listed_shares(
    scope: Scope, classification: str, sectors: tuple[str, ...], exporter: str
) -> dict[int, float]:
    """The part of each sector's US imports from an exporter that a scope names."""
    pattern, found = pattern_of(exporter, classification), {}
    for s, lines in _known_lines(scope, classification, sectors).items():
        shares = pattern.weights(sectors[s], lines, 0.0)
        listed = _at_six_digits(scope.codes, shares)
        found[s] = sum(weight * listed.get(line, 0.0) for line, weight in shares.items())
    return found


@lru_cache(maxsize=256)
def _known_lines(scope: Scope, classification: str, sectors: tuple[str, ...]) -> dict[int, frozenset[str]]:
    """HS6 lines that a scope names, by sector, without those it takes out in whole."""
    sector_of = hs_sectors(classification)
    named = _at_six_digits(scope.codes, sector_of)
    out = _at_six_digits(tuple((c, s) for c, s in scope.excluded if len(c) <= 6), named)
    by_sector: dict[str, set[str]] = defaultdict(set)
    for line in named:
        if out.get(line, 0.0) < 1.0:
            by_sector[sector_of[line]].add(line)
    return {s: frozenset(by_sector[name]) for s, name in enumerate(sectors) if name in by_sector}


def _at_six_digits(codes: tuple[tuple[str, float], ...], lines: Iterable[str]) -> dict[str, float]:
    """The part of each HS6 line that is listed; all of a line of which a finer code is listed."""
    shares = {code: share for code, share in codes if len(code) <= 6}
    finer = {code[:6] for code, _ in codes if len(code) > 6}
    found = {}
    for line in lines:
        share = next((shares[line[:d]] for d in (6, 4, 2) if line[:d] in shares), None)
        if share is None and line in finer:
            share = 1.0
        if share is not None:
            found[line] = share
    return dict(sorted(found.items()))


def _divided(
    value: float,
    weights: dict[tuple[int, int], dict[int, tuple[float, frozenset[str]]]],
    by_line: Pairs,
    others: Pairs,
) -> tuple[float, float]:
    """A value divided between pairs known by line and others, in proportion to the listed trade."""
    if not (by_line and others):
        return (value, 0.0) if by_line else (0.0, value)
    sums = [sum(w for pair in side for w, _ in weights[pair].values()) for side in (by_line, others)]
    part = sums[0] / sum(sums) if sum(sums) > 0.0 else 0.5
    return value * part, value * (1.0 - part)


def _by_value(
    measure: Measure,
    scope: Scope,
    world: World,
    pairs: Pairs,
    weights: dict[tuple[int, int], dict[int, tuple[float, frozenset[str]]]],
    value: float,
    notes: Notes,
) -> tuple[tuple[Flow, float, frozenset[str]], ...]:
    """Other importers: the value of the products is given, not known by line."""
    services = service_sectors(world.classification)
    known = _known_lines(scope, world.classification, world.sectors)
    goods = [s for s in known if world.sectors[s] not in services] or list(known)
    flows = [(s, n, i) for s in goods for n, i in pairs if world.flows[s, n, i] > 0.0]
    sizes = np.array([world.flows[flow] for flow in flows])
    listed = np.array([weights[n, i][s][0] for s, n, i in flows])
    if listed.sum() <= 0.0:
        listed = sizes
    if not flows or listed.sum() <= 0.0:
        return ()
    sectors = ", ".join(dict.fromkeys(world.sectors[flow[0]] for flow in flows))
    reached = float(sizes[listed > 0.0].sum())
    year = f"{measure.covers.year}" if measure.covers else ""
    _capped(measure, value, reached, year, f"the flow of {sectors} in {world.vintage}", notes)
    shares = _filled(value, listed, sizes) / sizes
    found = zip(flows, shares.tolist(), strict=True)
    return tuple((flow, share, known[flow[0]]) for flow, share in found if share > 0.0)


def _filled(value: float, weights: FloatArray, sizes: FloatArray) -> FloatArray:
    """A value divided in proportion to weights; what exceeds a size goes to those with room left."""
    parts = np.zeros_like(sizes)
    open_ = weights > 0.0
    while open_.any() and value - parts.sum() > 1e-9 * value:
        share = np.where(open_, weights, 0.0) / weights[open_].sum()
        parts = np.minimum(sizes, parts + (value - parts.sum()) * share)
        open_ &= parts < sizes
    return parts


def _share(measure: Measure, whole: float, what: str, notes: Notes) -> tuple[float, float | None]:
    """The part of whole sectors that a measure covers, and the value it states if it states one."""
    covers = measure.covers
    if covers is None or covers.share is not None:
        return (1.0 if covers is None or covers.share is None else covers.share), None
    value = _usd(measure, covers, notes)
    return _capped(measure, value, whole, f"{covers.year}", what, notes), value


def _usd(measure: Measure, covers: Covers, notes: Notes) -> float:
    try:
        return usd_million(covers.value or 0.0, covers.currency, covers.year)
    except BadInput as error:
        notes.blame(measure, "covers", error)
        return 0.0


def _capped(measure: Measure, value: float, whole: float, year: str, what: str, notes: Notes) -> float:
    """A value's share of a whole, at most all of it; both in USD million."""
    if whole <= 0.0:
        return 0.0
    if value > whole * (1.0 + 1e-9):
        stated = f"{measure.id}: USD {value:,.0f} million in {year}"
        notes.say(f"{stated} is more than {what}, USD {whole:,.0f} million; all of it is hit")
    return min(1.0, value / whole)
