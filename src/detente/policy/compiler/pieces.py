"""Flows divided into pieces by the measures that meet on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Int

from detente.policy.compiler.coverage import Coverage, LineHits
from detente.policy.compiler.lines import NO_SECTOR, Classes, book_of, classes_of, same_columns
from detente.policy.compiler.products import service_sectors
from detente.policy.compiler.varieties import Hit, Parts, column, side_by_side, split_flow
from detente.policy.measure import Measure
from detente.world.world import World

__all__ = ["Pieces", "divide", "line_values", "membership", "preferences_of", "sets_on_lines"]

TINY = 1e-12
Flow = tuple[int, int, int]
_Known = dict[tuple[tuple[str, float], ...], tuple[list[tuple[int, float]], float]]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Parts of flows, each with the set of measures that meet on it.

    Attributes:
        names: of the measures that were laid out; bit k of a set is names[k].
        sector, importer, exporter: of each piece's flow, (piece,).
        share: of the flow before duty, (piece,); the pieces of one flow sum to at most 1.
        held: index of each piece's set, (piece,).
        sets: the sets of measures, as masks.
        excess: flows whose measures cover more than all of them, and by how much.
    """

    names: tuple[str, ...]
    sector: Int[np.ndarray, "piece"]
    importer: Int[np.ndarray, "piece"]
    exporter: Int[np.ndarray, "piece"]
    share: Float[np.ndarray, "piece"]
    held: Int[np.ndarray, "piece"]
    sets: tuple[int, ...]
    excess: tuple[tuple[Flow, float], ...] = ()

    @cached_property
    def _membership(self) -> Bool[np.ndarray, "set measure"]:
        return membership(self.sets, len(self.names))

    def on(self, bit: int) -> Bool[np.ndarray, "piece"]:
        """Whether a measure is among those of each piece."""
        found: np.ndarray = self._membership[:, bit][self.held]
        return found


def membership(sets: Sequence[int], count: int) -> Bool[np.ndarray, "set measure"]:
    """Which measures are in each set; one empty row where there is no set.

    Examples:
        >>> membership((0b01, 0b10), 2).tolist()
        [[True, False], [False, True]]
    """
    size = max(1, (count + 7) // 8)
    data = b"".join(mask.to_bytes(size, "little") for mask in sets or (0,))
    bits = np.frombuffer(data, dtype=np.uint8).reshape(-1, size)
    return np.unpackbits(bits, axis=1, count=count, bitorder="little").astype(bool)


class _Layout:
    """Collects pieces; sets of measures are numbered as they come."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.bit = {name: 1 << position for position, name in enumerate(self.names)}
        self.number: dict[int, int] = {}
        self.blocks: list[tuple[np.ndarray, int, int, np.ndarray, np.ndarray]] = []
        self.excess: list[tuple[Flow, float]] = []

    def mask(self, names: Iterable[str]) -> int:
        return sum(self.bit[name] for name in names)

    def numbered(self, mask: int) -> int:
        return self.number.setdefault(mask, len(self.number))

    def add(
        self, sectors: np.ndarray, importer: int, exporter: int, share: np.ndarray, held: np.ndarray
    ) -> None:
        self.blocks.append((sectors, importer, exporter, share, held))

    def finished(self) -> Pieces:
        sizes = [block[0].size for block in self.blocks]

        def joined(parts: list[np.ndarray], kind: type) -> np.ndarray:
            return np.concatenate(parts).astype(kind) if parts else np.zeros(0, kind)

        return Pieces(
            names=self.names,
            sector=joined([b[0] for b in self.blocks], np.int64),
            importer=np.repeat([b[1] for b in self.blocks], sizes).astype(np.int64),
            exporter=np.repeat([b[2] for b in self.blocks], sizes).astype(np.int64),
            share=joined([b[3] for b in self.blocks], np.float64),
            held=joined([b[4] for b in self.blocks], np.int64),
            sets=tuple(self.number),
            excess=tuple(self.excess),
        )


def divide(found: Coverage, names: Sequence[str], world: World, day: date | None) -> Pieces:
    """Divide each flow that is hit into pieces.

    Args:
        found: what the measures hit.
        names: of all measures, in the order of their bits.
        world: no aggregate.
        day: for which the use of preferences is asked.
    """
    layout = _Layout(names)
    laid: tuple[Hit | LineHits, ...] = (*found.hits, *found.lines)
    measures = {hit.name: hit.measure for hit in laid}
    rank = {name: side_by_side(m) for name, m in measures.items() if m.exclusive}
    for importer in sorted({n for hits in found.lines for n, _ in hits.pairs}):
        here = [
            replace(hits, pairs=tuple(pair for pair in hits.pairs if pair[0] == importer))
            for hits in found.lines
        ]
        _divide_lines(layout, [hits for hits in here if hits.pairs], world, importer, day, rank)
    _divide_values(layout, found.hits, rank)
    return layout.finished()


def _divide_values(layout: _Layout, hits: Sequence[Hit], rank: Mapping[str, str]) -> None:
    """Flows whose products are not known by line."""
    flows: dict[Flow, list[Hit]] = defaultdict(list)
    for hit in hits:
        flows[hit.sector, hit.importer, hit.exporter].append(hit)
    # A duty on whole sectors of many pairs divides all of their flows alike.
    alike: dict[tuple[tuple[str, float], ...], tuple[Parts, float]] = {}
    for flow, on_flow in sorted(flows.items()):
        if any(hit.codes for hit in on_flow):
            parts, excess = split_flow(on_flow, rank)
        else:
            key = tuple((hit.name, hit.share) for hit in on_flow)
            if key not in alike:
                alike[key] = split_flow(on_flow, rank)
            parts, excess = alike[key]
        masks = [layout.mask(names) for names in parts]
        shares = np.array(list(parts.values()))
        held = np.array([layout.numbered(mask) for mask in masks])
        layout.add(np.full(shares.size, flow[0]), flow[1], flow[2], shares, held)
        if excess > 1e-3:
            layout.excess.append((flow, excess))


def _divide_lines(
    layout: _Layout,
    hits: Sequence[LineHits],
    world: World,
    importer: int,
    day: date | None,
    rank: Mapping[str, str],
) -> None:
    """Flows of an importer whose imports are known by tariff line."""
    scopes = tuple(dict.fromkeys(item.reached.scope for item in hits))
    classes = classes_of(book_of(world, importer), scopes)
    row = {scope: position for position, scope in enumerate(scopes)}
    of_exporter: dict[int, list[LineHits]] = defaultdict(list)
    for item in hits:
        for _, exporter in item.pairs:
            of_exporter[exporter].append(item)
    known: _Known = {}
    for exporter, on_pair in sorted(of_exporter.items()):
        names = preferences_of(item.measure for item in on_pair)
        values = line_values(classes, world, exporter, names, day, world.flows[:, importer, exporter])
        values[:, classes.sector < 0] = 0.0
        sectors, sets, worth, excess = sets_on_lines(
            layout.mask,
            on_pair,
            [row[item.reached.scope] for item in on_pair],
            classes,
            values,
            names,
            rank,
            known,
        )
        total = np.bincount(classes.sector.clip(0), values.sum(axis=0), len(world.sectors))
        traded = (world.flows[:, importer, exporter] > 0.0) & (total > 0.0)
        kept = traded[sectors]
        held = np.array([layout.numbered(mask) for mask in sets], dtype=np.int64)
        layout.add(sectors[kept], importer, exporter, (worth / total[sectors].clip(TINY))[kept], held[kept])
        for s in np.flatnonzero(traded & (excess > 1e-3 * total)):
            layout.excess.append(((int(s), importer, exporter), float(excess[s] / total[s])))


def preferences_of(measures: Iterable[Measure]) -> tuple[str, ...]:
    """Preferences that spare goods from some measure."""
    return tuple(sorted({measure.preference for measure in measures if measure.preference}))


def line_values(
    classes: Classes,
    world: World,
    exporter: int,
    preferences: tuple[str, ...],
    day: date | None,
    flows: Float[np.ndarray, "sector"],
) -> Float[np.ndarray, "variant class"]:
    """Customs value of each class of lines, and of what sectors sell without a line, USD.

    A sector of goods is its lines. A sector of services sells some goods, too (books, works of art, scrap):
    where the flow is larger than their value, the rest is sold without a line. So is all that a sector
    sells in which the partner has no line with trade.

    Args:
        classes: of the importer's lines.
        world: no aggregate.
        exporter: index.
        preferences: see `Classes.values`.
        day: see `Classes.values`.
        flows: the importer's purchases from the exporter, USD million.
    """
    values = np.array(classes.values(world.economies[exporter], preferences, day))
    held = classes.sector >= 0
    known = np.bincount(classes.sector[held], values.sum(axis=0)[held], len(world.sectors))
    services = service_sectors(world.classification)
    whole = np.array([sector in services for sector in world.sectors]) | (known <= 0.0)
    values[0, classes.rest] += np.where(whole, np.maximum(1e6 * flows - known, 0.0), 0.0)
    return values


def sets_on_lines(
    mask_of: Callable[[Iterable[str]], int],
    hits: Sequence[LineHits],
    rows: Sequence[int],
    classes: Classes,
    values: Float[np.ndarray, "variant class"],
    preferences: tuple[str, ...],
    rank: Mapping[str, str],
    known: _Known,
) -> tuple[np.ndarray, list[int], np.ndarray, np.ndarray]:
    """The sets of measures that meet on one exporter's lines, by sector, with the value of each.

    Args:
        mask_of: the set of some names.
        hits: measures on the pair.
        rows: of each measure's scope in `classes.portion`.
        classes: of the importer's lines.
        values: see `line_values`.
        preferences: in the order of the variants.
        rank: see `segments`.
        known: lines divided before, added to.

    Returns:
        sector, set and value of each piece; and the value in each sector that did not fit.
    """
    place = np.flatnonzero(values.reshape(-1) > 0.0)
    weight, sector = values.reshape(-1)[place], np.tile(classes.sector, len(values))[place]
    claims = np.array(["", *preferences])
    # A measure spares what claims its preference.
    scale = [np.where(claims == (i.measure.preference or None), 0.0, i.reached.scale) for i in hits]
    table = np.stack(
        [
            np.outer(part, classes.portion[row]).reshape(-1)[place]
            for row, part in zip(rows, scale, strict=True)
        ]
    )
    first, which = same_columns(table)
    size = len(classes.book.sectors)
    by_column = np.zeros((first.size, size + 1))
    np.add.at(by_column, (which, sector), weight)  # the last one is what no sector holds
    worth: dict[int, np.ndarray] = {}
    excess = np.zeros(size + 1)
    for distinct, value in zip(table[:, first].T, by_column, strict=True):
        parts, beyond = _on_column(distinct, hits, mask_of, rank, known)
        excess += beyond * value
        for mask, length in parts:
            worth[mask] = worth.get(mask, 0.0) + length * value
    sets = list(worth)
    matrix = np.array([worth[mask] for mask in sets]).reshape(len(sets), size + 1)
    which_set, where = np.nonzero(matrix > 0.0)
    sectors = np.where(where == size, NO_SECTOR, where)
    return sectors, [sets[k] for k in which_set], matrix[which_set, where], excess[:-1]


def _on_column(
    portions: np.ndarray,
    hits: Sequence[LineHits],
    mask_of: Callable[[Iterable[str]], int],
    rank: Mapping[str, str],
    known: _Known,
) -> tuple[list[tuple[int, float]], float]:
    """Shares of a line by the set of measures that hit it, and what did not fit."""
    here = [(item, portion) for item, portion in zip(hits, portions.tolist(), strict=True) if portion > TINY]
    if not here:
        return [], 0.0
    if all(portion == 1.0 for _, portion in here) and not any(item.measure.exclusive for item, _ in here):
        return [(mask_of(item.name for item, _ in here), 1.0)], 0.0
    key = tuple((item.name, portion) for item, portion in here)
    if key not in known:
        products = {item.name: portion for item, portion in here if not item.reached.overlaid}
        whole = {item.name: portion for item, portion in here if item.reached.overlaid}
        parts, excess = column(products, whole, {i.name: i.measure.exclusive for i, _ in here}, rank)
        known[key] = [(mask_of(names), share) for names, share in parts.items()], excess
    return known[key]
