"""The short answer: which economies to show, what happens to them, their trade and their sectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detente.arrays import quantities
from detente.errors import BadInput, Problem
from detente.model import LimitResult
from detente.outcome.outcome import Outcome
from detente.policy import Brief, MeasureBrief, Scenario
from detente.world import World

__all__ = [
    "ALL_PARTNERS",
    "EconomyRow",
    "ExportRow",
    "GroupRow",
    "MeasureChanges",
    "SectorRow",
    "Summary",
    "compare_measures",
    "economy_codes",
    "focus_economies",
    "named_economies",
    "sole_parties",
    "summarise",
    "what_differs",
]

# The quantities of an economy that a summary holds, in reading order.
ECONOMY_QUANTITIES = (
    "real_income",
    "real_income_value",
    "terms_of_trade",
    "volume_of_trade",
    "efficiency",
    "subsidised_volume",
    "scale_and_variety",
    "profit_shifting",
    "labour_supplied",
    "trade_imbalances",
    "second_order",
    "welfare_net_of_effort",
    "household_real_income",
    "household_real_income_value",
    "public_revenue_value",
    "employment",
    "real_wage",
    "real_wage_after_tax",
    "labour_tax_change",
    "consumer_prices",
    "profits",
    "profits_value",
    "tariff_revenue",
    "tariff_revenue_value",
    "export_taxes",
    "export_taxes_value",
    "quota_rents",
    "quota_rents_value",
    "subsidies",
    "subsidies_value",
)
# Shown only where an instrument that has something to do with it is used.
OPTIONAL = frozenset(
    {
        "efficiency",
        "subsidised_volume",
        "export_taxes",
        "export_taxes_value",
        "quota_rents",
        "quota_rents_value",
        "subsidies",
        "subsidies_value",
    }
)
ALL_PARTNERS = "all"
REST_OF_WORLD = "ROW"
# USD million; a sector whose value added changes by less is neither helped nor hurt.
SMALLEST = 0.5


@dataclass(frozen=True)
class EconomyRow:
    """One quantity for the economies in focus.

    Attributes:
        quantity: its name in `variables.toml`.
        unit: of the values.
        values: one an economy, in the order of `Summary.focus`.
    """

    quantity: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class ExportRow:
    """Exports of goods and services from one economy to another, or to all others.

    Attributes:
        exporter: code.
        importer: code, or `ALL_PARTNERS`.
        reference, scenario, change: USD million a year, before duties.
        percent: change over reference, in percent.
    """

    exporter: str
    importer: str
    reference: float
    scenario: float
    change: float
    percent: float


@dataclass(frozen=True)
class SectorRow:
    """What happens to one sector.

    Attributes:
        sector: code.
        title: in words.
        value_added: change of value added at the prices of the reference, USD million a year.
        output: change of the value of output, percent.
        output_volume: change of output at constant producer prices, percent.
        real_pay: change of pay over consumer prices, percent; None where all sectors pay alike.
        firms: change of the number of firms, percent; None where the theory has none that enter.
    """

    sector: str
    title: str
    value_added: float
    output: float
    output_volume: float
    real_pay: float | None = None
    firms: float | None = None


@dataclass(frozen=True)
class GroupRow:
    """What happens to one group of workers.

    Attributes:
        economy: code of its economy.
        group: its name.
        pay: change of earnings per worker over consumer prices, percent.
        value: that times earnings in the reference, USD million a year.
    """

    economy: str
    group: str
    pay: float
    value: float


@dataclass(frozen=True)
class Summary:
    """The short answer for the economies in focus.

    Attributes:
        focus: codes of the economies.
        rows: one a quantity; those of instruments that neither scenario nor reference uses are left out.
        exports: between each ordered pair of the focus, and of each to all partners.
        helped, hurt: by economy, the sectors whose value added changes most, the largest change first.
        limits: every quota, restraint, commitment and margin of the scenario, and what it does.
        groups: groups of workers of economies with more than one, those that gain most first.
    """

    focus: tuple[str, ...]
    rows: tuple[EconomyRow, ...]
    exports: tuple[ExportRow, ...]
    helped: dict[str, tuple[SectorRow, ...]]
    hurt: dict[str, tuple[SectorRow, ...]]
    limits: tuple[LimitResult, ...] = ()
    groups: tuple[GroupRow, ...] = ()


def named_economies(brief: Brief, world: World) -> tuple[str, ...]:
    """Codes of the economies that a scenario's measures name on either side, in the order of the measures.

    An economy that the world holds inside a group stands for the group.

    Examples:
        >>> import detente as dt
        >>> from detente.policy import explain
        >>> world = dt.load_world("g20-2019")
        >>> named_economies(explain(dt.load_scenario("canada-china-2026"), world), world)
        ('CAN', 'CHN')
    """
    sides = [side for measure in brief.measures for side in (measure.importers, measure.exporters)]
    return tuple(dict.fromkeys(code for side in sides for code in _held(side, world)))


def sole_parties(brief: Brief, world: World) -> tuple[str, ...]:
    """Codes of the economies that are alone on one side of a measure, in the order of the measures.

    Of a deal between India and the European Union it is India, and the Union where the world has it as one.
    """
    sides = [side for measure in brief.measures for side in (measure.importers, measure.exporters)]
    held = [dict.fromkeys(_held(side, world)) for side in sides]
    return tuple(dict.fromkeys(code for side in held if len(side) == 1 for code in side))


def _held(codes: Sequence[str], world: World) -> list[str]:
    """Economies of the world that codes mean, themselves or inside a group."""
    group_of = {member: group for group, members in world.economy_groups.items() for member in members}
    found = (code if code in world.economies else group_of.get(code, "") for code in codes)
    return [code for code in found if code]


def focus_economies(
    outcome: Outcome, named: Sequence[str], alone: Sequence[str] = (), fewest: int = 3, most: int = 6
) -> tuple[str, ...]:
    """Which economies to show when the user does not say.

    The named ones come first; if they are fewer than `fewest`, those whose real income changes most in USD
    follow (the largest, where nothing changes), the rest of the world excepted; if they are more than
    `most`, those `alone` on one side of a measure stay, and of the others those that change most.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> focus_economies(outcome, ["CAN", "CHN"])[:2]
        ('CAN', 'CHN')
    """
    economies = outcome.world.economies
    size = np.abs(outcome.values("real_income_value"))
    order = np.lexsort((-outcome.reference.income, -size))
    ranked = [economies[i] for i in order if economies[i] != REST_OF_WORLD]
    if len(named) > most:
        others = [code for code in ranked if code in named and code not in alone]
        return (*alone, *others)[:most]
    others = [code for code in ranked if code not in named]
    return (*named, *others[: max(0, fewest - len(named))])


def summarise(outcome: Outcome, focus: Sequence[str], sectors: int = 5) -> Summary:
    """The short answer for some economies.

    Args:
        outcome: what a scenario does.
        focus: economies in any usual spelling.
        sectors: at most how many sectors are most helped, and how many most hurt.

    Raises:
        BadInput: an economy that the world does not have; lists all of them.

    Examples:
        >>> import detente as dt
        >>> found = summarise(dt.run("g20-2019", "canada-china-2026"), ["Canada", "China"])
        >>> found.focus, [row.importer for row in found.exports if row.exporter == "CAN"]
        (('CAN', 'CHN'), ['CHN', 'all'])
    """
    codes = economy_codes(outcome.world, focus)
    at = [outcome.world.economies.index(code) for code in codes]
    rows = []
    for name in (name for name in ECONOMY_QUANTITIES if name in outcome.names):
        values = outcome.values(name)
        if name in OPTIONAL and not values.any():
            continue
        rows.append(EconomyRow(name, quantities()[name].unit, tuple(float(values[i]) for i in at)))
    ranked = {code: _sectors(outcome, i) for code, i in zip(codes, at, strict=True)}
    return Summary(
        focus=codes,
        rows=tuple(rows),
        exports=_exports(outcome, codes),
        helped={code: found[:sectors] for code, (found, _) in ranked.items()},
        hurt={code: found[:sectors] for code, (_, found) in ranked.items()},
        limits=outcome.limits,
        groups=_groups(outcome),
    )


def _groups(outcome: Outcome) -> tuple[GroupRow, ...]:
    """Groups of divided economies, by economy and then the largest gain first."""
    if outcome.groups is None:
        return ()
    found = outcome.groups
    pay, value = (outcome.values(name).tolist() for name in ("group_pay", "group_pay_value"))
    rows = [
        GroupRow(*row)
        for row in zip(found.economies, found.groups, pay, value, strict=True)
        if row[0] in found.divided
    ]
    return tuple(sorted(rows, key=lambda row: (found.divided.index(row.economy), -row.pay)))


def economy_codes(world: World, names: Sequence[str]) -> tuple[str, ...]:
    """The world's codes of economies in any usual spelling, each once.

    Raises:
        BadInput: an economy that the world does not have; lists all of them.

    Examples:
        >>> import detente as dt
        >>> economy_codes(dt.load_world("g20-2019"), ["Canada", "U.S.", "CAN"])
        ('CAN', 'USA')
    """
    codes, problems = [], []
    for name in names:
        try:
            codes.append(world.economy(name))
        except BadInput as error:
            problems += [Problem(p.message, p.file, p.line, "focus", p.remedy) for p in error.problems]
    if problems:
        raise BadInput(problems)
    return tuple(dict.fromkeys(codes))


def _exports(outcome: Outcome, focus: Sequence[str]) -> tuple[ExportRow, ...]:
    before, after = outcome.values("exports_reference"), outcome.values("exports")
    place = outcome.world.economies.index

    def row(exporter: str, importer: str, old: float, new: float) -> ExportRow:
        return ExportRow(
            exporter, importer, old, new, new - old, 100.0 * (new / old - 1.0) if old > 0 else 0.0
        )

    rows = []
    for exporter in focus:
        i = place(exporter)
        for importer in focus:
            if importer != exporter:
                n = place(importer)
                rows.append(row(exporter, importer, float(before[i, n]), float(after[i, n])))
        rows.append(row(exporter, ALL_PARTNERS, float(before[i].sum()), float(after[i].sum())))
    return tuple(rows)


def _sectors(outcome: Outcome, economy: int) -> tuple[tuple[SectorRow, ...], tuple[SectorRow, ...]]:
    """Sectors of an economy with a gain, the largest first, and with a loss, the largest first."""
    world = outcome.world
    change = outcome.values("value_added_volume")[economy]
    output = outcome.values("output_change")[economy]
    volume = outcome.values("output_volume_change")[economy]
    pay, firms = (
        outcome.values(name)[economy].tolist() if name in outcome.names else [None] * len(world.sectors)
        for name in ("real_factor_price", "firms_change")
    )
    rows = [
        SectorRow(code, title, float(change[s]), float(output[s]), float(volume[s]), pay[s], firms[s])
        for s, (code, title) in enumerate(zip(world.sectors, world.sector_titles, strict=True))
    ]
    rows.sort(key=lambda row: -row.value_added)
    helped = tuple(row for row in rows if row.value_added >= SMALLEST)
    hurt = tuple(row for row in reversed(rows) if row.value_added <= -SMALLEST)
    return helped, hurt


@dataclass(frozen=True)
class MeasureChanges:
    """The measures of a scenario beside those of its reference.

    Attributes:
        new: of the scenario, and absent from the reference or different there.
        ended: of the reference, and absent from the scenario or different there.
        unchanged: the same in both.
    """

    new: tuple[MeasureBrief, ...]
    ended: tuple[MeasureBrief, ...]
    unchanged: tuple[MeasureBrief, ...]


def compare_measures(
    scenario: Scenario, brief: Brief, reference: Scenario | None = None, beside: Brief | None = None
) -> MeasureChanges:
    """What a scenario adds and ends, against its reference.

    A measure is the same if it has the same effect, whatever it is called and whenever it began.

    Args:
        scenario: the scenario.
        brief: its explanation.
        reference: what it is measured against; None for the baseline.
        beside: the reference's explanation.

    Examples:
        >>> import detente as dt
        >>> from detente.policy import explain
        >>> deal, world = dt.load_scenario("canada-china-2026"), dt.load_world("g20-2019")
        >>> brief = explain(deal, world)
        >>> len(compare_measures(deal, brief, deal, brief).new)
        0
    """
    mine = _by_effect(scenario, brief)
    others = _by_effect(reference, beside) if reference and beside else {}
    return MeasureChanges(
        new=tuple(measure for key, measure in mine.items() if key not in others),
        ended=tuple(measure for key, measure in others.items() if key not in mine),
        unchanged=tuple(measure for key, measure in mine.items() if key in others),
    )


def what_differs(brief: Brief, changes: MeasureChanges) -> Brief:
    """A brief of the measures that differ alone; as it is where none does.

    Examples:
        >>> import detente as dt
        >>> from detente.policy import explain
        >>> deal, world = dt.load_scenario("canada-china-2026"), dt.load_world("g20-2019")
        >>> mine, theirs = explain(deal, world), explain(deal.reference, world)
        >>> found = what_differs(mine, compare_measures(deal, mine, deal.reference, theirs))
        >>> len(found.measures) < len(mine.measures)
        True
    """
    differing = (*changes.new, *changes.ended)
    return replace(brief, measures=differing) if differing else brief


def _by_effect(scenario: Scenario, brief: Brief) -> dict[str, MeasureBrief]:
    """Explained measures by what decides their effect once they are in force."""
    explained = {measure.id: measure for measure in brief.measures}
    found = {}
    for measure in scenario.in_force:
        content = {key: part for key, part in measure.content().items() if key not in ("id", "start", "end")}
        found[repr(content)] = explained[measure.id]
    return found
