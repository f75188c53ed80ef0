"""What a scenario says, before anything is solved: who does what to whom, and how much trade is hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from detente.policy.compiler.compile import added_duty, compiled, hit_value, settled
from detente.policy.compiler.coverage import economies_of, is_domestic
from detente.policy.compiler.domestic import domestic_cells
from detente.policy.compiler.limits import LIMITING, Limited, quota_size
from detente.policy.compiler.plan import Plan
from detente.policy.compiler.products import goods_sectors
from detente.policy.compiler.stacking import LIFTING
from detente.policy.measure import CONFIDENCE, Covers, Measure
from detente.policy.scenario import BASELINE, Scenario, scenario_hash
from detente.policy.shock import Shock
from detente.policy.uncertain import numbers_by_field
from detente.policy.wording import covers_in_words, period, products_in_words, sentence
from detente.world.concordance import CLASSIFICATIONS
from detente.world.world import World

__all__ = ["Brief", "MeasureBrief", "PairBrief", "explain"]


@dataclass(frozen=True)
class MeasureBrief:
    """One measure, in words and figures.

    Attributes:
        id: of the measure.
        sentence: who does what to whom, on what, how much, from when.
        products: what is hit, in words.
        rate: ad valorem, as a fraction.
        importers: codes of the economies that buy; ("all",) for every one. Of a measure at home, those whose
            government acts.
        exporters: codes of the economies that sell; ("all",) for every other one. None for a measure at home.
        period: from when to when, in words.
        trade_hit: imports on which it is charged, at basic prices in the world's year, USD million; of a
            subsidy or a change of productivity, the output or final use that it is on.
        share_of_goods_trade: of the goods trade between these importers and exporters, 0 to 1; of a measure
            at home, of all output or final use of the economy.
        by_sector: what is hit by sector code, largest first, USD million.
        covered: how the trade hit was found, in words.
        source: publisher, title and date; "" for an assumption.
        url: of the source.
        marks: what is doubtful about it, one sentence each.
        note: what else the file says.
        hit: what `trade_hit` counts: "imports", "output" or "final use".
        spared: imports that it names and is not charged on, as it yields or goods are exempt, USD million.
        limit: size of its quota or commitment, USD million a year at prices of the baseline; None without.
        uncertain: its numbers that are a range or a distribution, one line each.
    """

    id: str
    sentence: str
    products: str
    rate: float
    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    period: str
    trade_hit: float
    share_of_goods_trade: float
    by_sector: tuple[tuple[str, float], ...]
    covered: str
    source: str
    url: str
    marks: tuple[str, ...]
    note: str
    hit: str = "imports"
    spared: float = 0.0
    limit: float | None = None
    uncertain: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairBrief:
    """What all measures together hit between two economies, overlaps counted once.

    Attributes:
        importer, exporter: codes.
        trade_hit: USD million in the world's year.
        goods_trade: imports of goods of the importer from the exporter, USD million.
        added_duty: duties on unchanged trade, USD million.
        tariff_before, tariff_after: average tariff on goods at unchanged trade, as fractions.
    """

    importer: str
    exporter: str
    trade_hit: float
    goods_trade: float
    added_duty: float
    tariff_before: float
    tariff_after: float


@dataclass(frozen=True)
class Brief:
    """A scenario in plain data.

    Attributes:
        name, title, description, against: of the scenario.
        date: the day whose measures apply, in words; "" when all of the file's do.
        hash: `scenario_hash`.
        world: name of the world that trade values are from.
        vintage: year of those values.
        measures: in force.
        not_in_force: (id, sentence) of measures that have ended or not begun.
        pairs: what is hit between each importer and exporter, largest first.
        left_out: what is known and not simulated.
        notices: what a user must see, such as a value that exceeds its flow.
    """

    name: str
    title: str
    description: str
    against: str
    date: str
    hash: str
    world: str
    vintage: int
    measures: tuple[MeasureBrief, ...]
    not_in_force: tuple[tuple[str, str], ...]
    pairs: tuple[PairBrief, ...]
    left_out: tuple[str, ...]
    notices: tuple[str, ...]


def explain(scenario: Scenario, world: World, beside: Sequence[Scenario] | None = None) -> Brief:
    """Say what a scenario simulates and how much trade it hits, without solving anything.

    Trade values are those of the detailed world, also when an aggregate of it is given.

    Args:
        scenario: the scenario.
        world: any world.
        beside: what it is compared with, as in `compile_scenario`; its own reference if None.

    Raises:
        BadInput: the scenario does not fit the world; lists every problem.

    Examples:
        >>> import detente as dt
        >>> brief = explain(dt.load_scenario("canada-china-2026"), dt.load_world("g20-2019"))
        >>> brief.against
        'china-canada-2024-25'
    """
    while world.parent is not None:
        world = world.parent
    plan, found = settled(scenario, world, beside)
    shock = compiled(plan, found)
    books = _Books(plan, found)
    return Brief(
        name=scenario.name,
        title=scenario.title,
        description=scenario.description,
        against=scenario.against if scenario.against != BASELINE else f"{BASELINE} ({world.vintage})",
        date=scenario.date.isoformat() if scenario.date else "",
        hash=scenario_hash(scenario),
        world=world.name,
        vintage=world.vintage,
        measures=tuple(books.measure(m) for m in scenario.in_force),
        not_in_force=tuple((m.id, sentence(m)) for m in scenario.not_in_force),
        pairs=_pairs(shock, world),
        left_out=scenario.left_out,
        notices=shock.notices,
    )


class _Books:
    """Looks up what each measure hits among the pieces of a plan."""

    def __init__(self, plan: Plan, found: Limited) -> None:
        self.plan, self.found, self.world = plan, found, plan.world
        self.trade = plan.pieces.share * self.world.flows.reshape(-1)[found.charges.flow]
        self.goods = self.world.flows[list(_goods(self.world))].sum(axis=0)
        self.place = {name: position for position, name in enumerate(plan.own)}

    def measure(self, measure: Measure) -> MeasureBrief:
        """One measure."""
        if is_domestic(measure):
            return self._at_home(measure)
        pieces, charges = self.plan.pieces, self.found.charges
        there = charges.has(self.place[measure.id])
        named = pieces.on(self.place[measure.id])
        if measure.kind in LIFTING:
            there = there & self._lifted(measure)
        by_sector = np.bincount(pieces.sector[there], self.trade[there], len(self.world.sectors))
        pairs = np.unique(pieces.importer[there] * len(self.world.economies) + pieces.exporter[there])
        spared = float(self.trade[named & ~there].sum())
        size = None
        if measure.quota is not None and measure.kind in LIMITING:
            stated = self.plan.found.stated.get(measure.id)
            size = quota_size(measure.quota, stated, float(self.trade[named].sum()), float(by_sector.sum()))
        whole = float(self.goods.reshape(-1)[pairs].sum())
        return _brief(measure, self.world, by_sector, whole, "imports", spared, size)

    def _lifted(self, measure: Measure) -> Bool[np.ndarray, "piece"]:
        """Pieces that one of the measures hits which an exemption or suspension is about."""
        about = [name for name, m in self.plan.own.items() if {m.id, m.programme} & set(measure.of)]
        found = np.zeros(self.trade.size, dtype=bool)
        for name in about:
            found |= self.plan.pieces.on(self.place[name])
        return found

    def _at_home(self, measure: Measure) -> MeasureBrief:
        """A subsidy, or a change of productivity."""
        world = self.world
        use = (world.final_flows * world.tariff_factor).sum(axis=2).T
        final = measure.kind == "consumption-subsidy"
        on = use if final else world.output
        economies, sectors = domestic_cells(measure, world, [])
        by_sector = np.zeros(len(world.sectors))
        by_sector[sectors.ravel()] = on[economies, sectors].sum(axis=0)
        whole = float(on[economies.ravel()].sum())
        return _brief(measure, world, by_sector, whole, "final use" if final else "output")


def _brief(
    measure: Measure,
    world: World,
    by_sector: Float[np.ndarray, "sector"],
    whole: float,
    hit: str,
    spared: float = 0.0,
    limit: float | None = None,
) -> MeasureBrief:
    total = float(by_sector.sum())
    named = {world.sectors[s]: float(by_sector[s]) for s in np.flatnonzero(by_sector)}
    return MeasureBrief(
        id=measure.id,
        sentence=sentence(measure),
        products=products_in_words(measure),
        rate=measure.rate,
        importers=_codes(measure, "importer", world),
        exporters=_codes(measure, "exporter", world),
        period=period(measure),
        trade_hit=total,
        share_of_goods_trade=total / whole if whole > 0.0 else 0.0,
        by_sector=tuple(sorted(named.items(), key=lambda item: (-item[1], item[0]))),
        covered=_covered(measure, world, hit),
        source=str(measure.source) if measure.source else "",
        url=measure.source.url if measure.source else "",
        marks=_marks(measure),
        note=measure.note,
        hit=hit,
        spared=spared,
        limit=limit,
        uncertain=tuple(f"{number.field} is {number}" for number in measure.uncertain),
    )


def _pairs(shock: Shock, world: World) -> tuple[PairBrief, ...]:
    """Importers and exporters between which anything is hit."""
    hit = hit_value(shock, world).sum(axis=0)
    goods = list(_goods(world))
    before = world.flows * (world.tariff_factor - 1.0)
    added = added_duty(shock, world)
    found = []
    for n, i in np.argwhere(hit > 0.0):
        trade = float(world.flows[goods, n, i].sum())
        duty, more = float(before[goods, n, i].sum()), float(added[goods, n, i].sum())
        found.append(
            PairBrief(
                importer=world.economies[n],
                exporter=world.economies[i],
                trade_hit=float(hit[n, i]),
                goods_trade=trade,
                added_duty=float(added[:, n, i].sum()),
                tariff_before=duty / trade if trade > 0.0 else 0.0,
                tariff_after=(duty + more) / trade if trade > 0.0 else 0.0,
            )
        )
    return tuple(sorted(found, key=lambda pair: (-pair.trade_hit, pair.importer, pair.exporter)))


def _goods(world: World) -> tuple[int, ...]:
    """Sectors that make goods; all of them where the classification does not say."""
    if world.classification in CLASSIFICATIONS:
        return goods_sectors(world)
    return tuple(range(len(world.sectors)))


def _codes(measure: Measure, field: str, world: World) -> tuple[str, ...]:
    names = measure.importers if field == "importer" else measure.exporters
    if names == ("all",):
        return names
    found = economies_of(measure, field, world, [], set())
    return tuple(world.economies[index] for index in sorted(found))


def _covered(measure: Measure, world: World, hit: str) -> str:
    covers = measure.covers
    if hit != "imports":
        return f"all {hit} of the sectors"
    if covers is not None and covers.share is not None:
        return f"{covers_in_words(covers, numbers_by_field(measure, 'covers'))} of the trade named"
    if covers is not None:
        return _value(measure, covers, world)
    if measure.hs or measure.lists:
        return "listed tariff lines, by imports of the year that is known by line"
    return "all trade of the sectors" if measure.sectors else "all trade"


def _value(measure: Measure, covers: Covers, world: World) -> str:
    text = f"{covers_in_words(covers, numbers_by_field(measure, 'covers'))} in {covers.year}"
    if covers.year != world.vintage:
        text += f", compared with flows of {world.vintage} as it is"
    return f"{text} ({covers.source})" if covers.source else text


def _marks(measure: Measure) -> tuple[str, ...]:
    marks = [CONFIDENCE[mark] for mark in measure.confidence]
    return (*marks, f"assumed: {measure.assumption}") if measure.assumption else tuple(marks)
