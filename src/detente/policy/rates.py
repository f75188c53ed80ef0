"""Rates of duty on a date, by sector, and what each measure contributes to them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.policy.compiler.charges import Charges, charges_of
from detente.policy.compiler.compile import scaled_measures
from detente.policy.compiler.coverage import LineHits, flow_pairs, is_domestic
from detente.policy.compiler.lines import NO_SECTOR, Scope, book_of, classes_of, known_by_line
from detente.policy.compiler.pieces import line_values, preferences_of, sets_on_lines
from detente.policy.compiler.plan import Plan, plan_of
from detente.policy.compiler.products import goods_sectors
from detente.policy.compiler.stacking import LIFTING, Schedule
from detente.policy.compiler.varieties import side_by_side
from detente.policy.scenario import Scenario
from detente.world.catalogue import load_world
from detente.world.concordance import hs_sectors
from detente.world.names import economy_in_sentence
from detente.world.tariff_lines import TariffLines, tariff_lines
from detente.world.world import World

__all__ = ["MeasureRate", "Rates", "SectorRate", "average_rate", "rates"]

WORLD = "world-2022"
UNMAPPED = ""


@dataclass(frozen=True)
class SectorRate:
    """Duties on one sector's goods; rates are fractions of value before duty.

    Attributes:
        sector: code; "" for lines that no sector holds, such as returned goods (US chapters 98 and 99).
        title: for people.
        value: imports, USD million a year.
        ordinary: the ordinary tariff, without any measure.
        additional: what measures add to it.
        total: both.
        banned: value of what may not be traded, USD million; it counts in `value`, at the duty it would pay.
    """

    sector: str
    title: str
    value: float
    ordinary: float
    additional: float
    total: float
    banned: float = 0.0


@dataclass(frozen=True)
class MeasureRate:
    """What one measure does to the average rate.

    Attributes:
        id: of the measure.
        programme: its legal programme.
        points: what it adds to the average rate over all imports, as a fraction; the points of all measures
            add up to the additional rate.
        value: imports it is charged on, USD million.
        spared: imports it names and is not charged on, as it yields to others there or they exempt them.
        spared_by: id of what spares them, with the value, largest first; values can overlap.
        preference: imports it names that claim its preference, USD million.
    """

    id: str
    programme: str
    points: float
    value: float
    spared: float
    spared_by: tuple[tuple[str, float], ...]
    preference: float


@dataclass(frozen=True)
class Rates:
    """The duties of one importer on goods from one exporter.

    Rates are those of the law, within quotas, at values of imports before any of them changes.

    Attributes:
        importer, exporter: codes.
        day: the day, or None for all measures of a scenario.
        values: whose imports and of which year the values are, in words.
        exact: whether they are those from the exporter itself.
        sectors: by sector, in the world's order; what no sector holds last.
        average: over all imports.
        measures: by id, all that name some of these goods.
        notices: sentences a user must see.
    """

    importer: str
    exporter: str
    day: date | None
    values: str
    exact: bool
    sectors: tuple[SectorRate, ...]
    average: SectorRate
    measures: tuple[MeasureRate, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Cells:
    """Imports by sector and by the set of measures that meet on them.

    Attributes:
        sector: index, or `NO_SECTOR`, (cell,).
        sets: masks over the plan's names, (cell,).
        value: USD million, (cell,).
        whole: all imports by sector, what no sector holds last, USD million, (sector + 1,).
        preference: what claims the preference of each measure that it spares, by name, USD million.
    """

    sector: np.ndarray
    sets: list[int]
    value: Float[np.ndarray, "cell"]
    whole: Float[np.ndarray, "sector"]
    preference: dict[str, float]


def rates(policy: date | str | Scenario, importer: str, exporter: str, world: World | None = None) -> Rates:
    """Average rates of duty by sector, and what each measure adds to them.

    At values of imports by tariff line where they are known, those that no sector holds included; at the
    world's flows otherwise. What a measure adds to a piece of goods is its own rate, as caps leave it.
    The ordinary tariff of a sector is that of the world, less the measures that its tariffs hold.

    Args:
        policy: a day, for the registry's measures in force on it, or a scenario.
        importer, exporter: in any usual spelling.
        world: whose sectors and ordinary tariffs are used; world-2022 if None.

    Raises:
        BadInput: no such economy, or a scenario that does not fit the world.

    Examples:
        >>> found = rates("2018-05-01", "USA", "CAN")
        >>> bool(abs(found.average.total - found.average.ordinary - found.average.additional) < 1e-12)
        True
    """
    world = load_world(WORLD) if world is None else world
    while world.parent is not None:
        world = world.parent
    n, i = (world.economies.index(world.economy(name)) for name in (importer, exporter))
    if n == i:
        raise BadInput(Problem(f"{world.economies[n]} is both importer and exporter", field="exporter"))
    plan = plan_of(_concerning(_scenario(policy), world, n, i), world, beside=[])
    charges = charges_of(plan)
    cells = _line_cells(plan, n, i) if known_by_line(world, n, i) else _flow_cells(plan, n, i)
    found = _rates(plan, cells, _ordinary(plan, charges, n, i), n, i)
    return replace(found, notices=(*found.notices, *_room(plan, charges, n, i)))


def average_rate(
    policy: date | str | Scenario, importer: str, exporter: str, world: World | None = None
) -> float:
    """What measures add to the ordinary tariff on average over all imports, as a fraction.

    Lines that no sector holds count, so that the figure can be laid beside those of trackers.

    Raises:
        BadInput: as `rates`.

    Examples:
        >>> average_rate("2017-12-31", "USA", "CAN")
        0.0
    """
    return rates(policy, importer, exporter, world).average.additional


def _scenario(policy: date | str | Scenario) -> Scenario:
    from detente.policy.files.scenario_file import load_scenario

    if isinstance(policy, Scenario):
        return policy
    return load_scenario(policy.isoformat() if isinstance(policy, date) else policy)


def _concerning(scenario: Scenario, world: World, n: int, i: int) -> Scenario:
    """The scenario's measures on one pair; what is wrong with the others is not asked here."""
    measures = tuple(
        m for m in scenario.in_force if not is_domestic(m) and (n, i) in flow_pairs(m, world, [], set())
    )
    return replace(scenario, measures=measures)


def _line_cells(plan: Plan, n: int, i: int) -> _Cells:
    """Imports by tariff line."""
    world, size = plan.world, len(plan.world.sectors)
    hits = [_on_pair(item, n, i) for item in plan.found.lines if (n, i) in item.pairs]
    scopes = tuple(dict.fromkeys(item.reached.scope for item in hits))
    classes = classes_of(book_of(world, n), scopes)
    row = {scope: position for position, scope in enumerate(scopes)}
    names = preferences_of(item.measure for item in hits)
    values = line_values(classes, world, i, names, plan.scenario.date, np.zeros(size))
    bit = {name: 1 << position for position, name in enumerate(plan.measures)}
    rank = {item.name: side_by_side(item.measure) for item in hits if item.measure.exclusive}
    sets: list[int] = []
    sector, worth = np.zeros(0, np.int64), np.zeros(0)
    if hits:
        sector, sets, worth, _ = sets_on_lines(
            lambda found: sum(bit[name] for name in found),
            hits,
            [row[item.reached.scope] for item in hits],
            classes,
            values,
            names,
            rank,
            {},
        )
    whole = np.bincount(np.where(classes.sector < 0, size, classes.sector), values.sum(axis=0), size + 1)
    claimed = {
        item.name: float(
            values[1 + names.index(item.measure.preference)] @ _portion(classes.portion, row, item)
        )
        for item in hits
        if item.measure.preference
    }
    preference = {name: value / 1e6 for name, value in claimed.items()}
    return _Cells(sector, sets, worth / 1e6, whole / 1e6, preference)


def _portion(portion: np.ndarray, row: dict[Scope, int], item: LineHits) -> np.ndarray:
    return np.asarray(portion[row[item.reached.scope]] * item.reached.scale)


def _on_pair(item: LineHits, n: int, i: int) -> LineHits:
    return replace(item, pairs=((n, i),))


def _flow_cells(plan: Plan, n: int, i: int) -> _Cells:
    """The world's flows of goods and services."""
    pieces, flows = plan.pieces, plan.world.flows[:, n, i]
    at = np.flatnonzero((pieces.importer == n) & (pieces.exporter == i))
    sets = [pieces.sets[number] for number in pieces.held[at]]
    sector = pieces.sector[at]
    # Services count where a measure hits them: a duty's average is over goods.
    kinds = enumerate(measure.kind for measure in plan.measures.values())
    charging = sum(1 << bit for bit, kind in kinds if kind not in LIFTING)
    hit = [s for s, mask in zip(sector.tolist(), sets, strict=True) if mask & charging]
    counted = np.zeros(flows.size, dtype=bool)
    counted[[*goods_sectors(plan.world), *hit]] = True
    whole = np.append(np.where(counted, flows, 0.0), 0.0)
    return _Cells(sector, sets, pieces.share[at] * flows[sector], whole, {})


def _ordinary(plan: Plan, charges: Charges, n: int, i: int) -> Float[np.ndarray, "sector"]:
    """The ordinary tariff of each sector, then of lines that no sector holds, as fractions."""
    world = plan.world
    found = np.append(world.tariff_factor[:, n, i] - 1.0, 0.0)
    at = (plan.pieces.importer == n) & (plan.pieces.exporter == i)
    found[plan.pieces.sector[at]] = charges.ordinary[at]
    lines = tariff_lines(world.economies[n], world.economies[i]) if known_by_line(world, n, i) else None
    if lines is not None:
        # The world has no tariff on lines without a sector; what they paid is all there is to know.
        known = hs_sectors(world.classification)
        out = np.array([known.get(code[:6]) not in world.sectors for code in lines.codes])
        value = float(lines.value[out].sum())
        found[-1] = float(lines.duty[out].sum()) / value if value > 0.0 else 0.0
    return found


class _Tally:
    """Adds up cells: duties by sector, and by measure what it adds, hits and spares."""

    def __init__(self, plan: Plan, cells: _Cells, ordinary: Float[np.ndarray, "sector"]) -> None:
        self.plan, self.cells, self.ordinary = plan, cells, ordinary
        self.duty, self.banned = cells.whole * ordinary, np.zeros(cells.whole.size)
        self.own = list(plan.own.values())
        self.points: dict[str, float] = defaultdict(float)
        self.hit: dict[str, float] = defaultdict(float)
        self.spared: dict[str, float] = defaultdict(float)
        self.by: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, exporter: int) -> None:
        """Add all cells of one exporter's goods."""
        place = {name: position for position, name in enumerate(self.plan.own)}
        bits = [(bit, place[name]) for bit, name in enumerate(self.plan.measures) if name in place]
        rules, schedules = self.plan.rules[0], dict[int, Schedule]()
        cells = self.cells
        for sector, mask, value in zip(cells.sector.tolist(), cells.sets, cells.value.tolist(), strict=True):
            effective = self.plan.charged(mask)
            schedule = schedules.setdefault(effective, Schedule(rules.members(effective)))
            self._charge(schedule, sector, value, exporter)
            named = sum(1 << position for bit, position in bits if mask >> bit & 1)
            for position in range(len(self.own)):
                if named >> position & 1:
                    self._count(position, effective, named, value)

    def _charge(self, schedule: Schedule, sector: int, value: float, exporter: int) -> None:
        """Duties of one cell, by measure."""
        tables = self.plan.carbon.items() if sector != NO_SECTOR else ()
        rates = {name: table[[sector], exporter] for name, table in tables}
        for name, added in schedule.points(self.ordinary[[sector]], 1.0, rates).items():
            self.points[name] += value * float(added[0])
            self.duty[sector] += value * float(added[0])
        if np.isinf(schedule.cost_factor):
            self.banned[sector] += value

    def _count(self, position: int, effective: int, named: int, value: float) -> None:
        """One cell of a measure: charged, or spared and by what; of an exemption, what it spares."""
        name = self.own[position].id
        if self.own[position].kind in LIFTING and not self.plan.rules[0].lifts(position, named):
            return
        if effective >> position & 1:
            self.hit[name] += value
            return
        self.spared[name] += value
        for other in self.plan.rules[0].blocking(position, effective):
            self.by[name][other.id] += value

    def measures(self, total: float) -> tuple[MeasureRate, ...]:
        """All measures that name some of the goods, by id."""
        claims = {self.plan.own[k].id: v for k, v in self.cells.preference.items() if k in self.plan.own}
        return tuple(
            MeasureRate(
                id=m.id,
                programme=m.programme,
                points=self.points[m.id] / total if total > 0.0 else 0.0,
                value=self.hit[m.id],
                spared=self.spared[m.id],
                spared_by=tuple(sorted(self.by[m.id].items(), key=lambda item: (-item[1], item[0]))),
                preference=claims.get(m.id, 0.0),
            )
            for m in sorted(self.own, key=lambda m: m.id)
            if self.hit[m.id] or self.spared[m.id] or claims.get(m.id)
        )


def _rates(plan: Plan, cells: _Cells, ordinary: Float[np.ndarray, "sector"], n: int, i: int) -> Rates:
    """Cells added up."""
    world, whole = plan.world, cells.whole
    tally = _Tally(plan, cells, ordinary)
    tally.add(i)

    def row(code: str, title: str, at: slice) -> SectorRate:
        value = float(whole[at].sum())
        share = 1.0 / value if value > 0.0 else 0.0
        base = float((whole * ordinary)[at].sum()) * share
        total = float(tally.duty[at].sum()) * share
        return SectorRate(code, title, value, base, total - base, total, float(tally.banned[at].sum()))

    names = [*zip(world.sectors, world.sector_titles, strict=True), (UNMAPPED, "in no sector of the world")]
    rows = (row(*name, slice(k, k + 1)) for k, name in enumerate(names))
    lines = tariff_lines(world.economies[n], world.economies[i]) if known_by_line(world, n, i) else None
    words = f"flows of {world.name}, {world.vintage}"
    if lines is not None:
        words = f"imports from {lines.partner} by tariff line, {lines.year}"
    return Rates(
        importer=world.economies[n],
        exporter=world.economies[i],
        day=plan.scenario.date,
        values=words,
        exact=lines is None or lines.exact,
        sectors=tuple(sector for sector in rows if sector.value > 0.0),
        average=row("all", "all imports" if lines is not None else "all goods", slice(None)),
        measures=tally.measures(float(whole.sum())),
        notices=_notices(plan, lines),
    )


def _room(plan: Plan, charges: Charges, n: int, i: int) -> tuple[str, ...]:
    """That a run counts measures which the baseline holds in part only, where these are statutory rates."""
    on_pair = (plan.pieces.importer == n) & (plan.pieces.exporter == i)
    if not on_pair.any() or float(charges.scale[on_pair].min()) >= 1.0:
        return ()
    importer, exporter = (economy_in_sentence(plan.world.economies[k]) for k in (n, i))
    begin = f"measures of {importer} on {exporter} "
    said = [text for text in scaled_measures(plan, charges) if text.startswith(begin)]
    return tuple(
        f"rates here are those of the law, and nothing is left for an ordinary tariff; {s}" for s in said
    )


def _notices(plan: Plan, lines: TariffLines | None) -> tuple[str, ...]:
    """What concerns this pair: values that were cut, and whose products stand for the exporter's."""
    own = {measure.id for measure in plan.own.values()}
    others = {measure.id for measure in plan.measures.values()} - own
    notices = tuple(text for text in plan.found.notices if text.partition(":")[0] not in others)
    if lines is None or lines.exact:
        return notices
    return (*notices, f"the products of imports from {lines.partner} are used, and their values")
