"""One act of one government: who, whom, which products, how much, from when to when, says who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from detente.errors import Problem
from detente.policy.kinds import KINDS

if TYPE_CHECKING:
    from detente.policy.uncertain import UncertainNumber

__all__ = ["CONFIDENCE", "GOODS", "KINDS", "Carbon", "Covers", "Measure", "Place", "Quota", "Source"]

CONFIDENCE: Mapping[str, str] = {
    "disputed": "sources disagree",
    "weak": "the source is weak: a single, secondary or unnamed one",
    "indicative": "product codes were mapped by hand from words, not read from a legal schedule",
}

# What a measure names in place of sectors when it hits all that make goods.
GOODS = "goods"

# The same for goods and services together.
EVERYTHING = "all"


@dataclass(frozen=True)
class Source:
    """Where a number was read.

    Attributes:
        url: address of the page or file.
        publisher: who published it.
        date: when, as the source says it: a day, a month or a year.
        title: of the page or file.
        also: further addresses that say the same.
    """

    url: str
    publisher: str
    date: str
    title: str = ""
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ", ".join(part for part in (self.publisher, self.title, self.date) if part)


@dataclass(frozen=True)
class Covers:
    """How much trade a measure hits: a share, or a value with its currency and year.

    Attributes:
        share: of the flow of the listed products, 0 to 1; None when a value is given.
        value: in units of the currency (not millions); None when a share is given.
        currency: ISO 4217 code of the value.
        year: of the value.
        source: where the value was read, if not where the rate was.
    """

    share: float | None = None
    value: float | None = None
    currency: str = ""
    year: int = 0
    source: Source | None = None


@dataclass(frozen=True)
class Quota:
    """How much may (or, for a commitment, must) be traded in a year: exactly one of units, value or share.

    Attributes:
        units: number of pieces or tonnes; None when a value or share is given.
        unit_value: value of one unit, in units of the currency; given with `units`.
        value: in units of the currency (not millions); None when units or a share are given.
        currency: ISO 4217 code of `unit_value` or `value`.
        year: of `unit_value` or `value`.
        share: of the trade covered in the baseline, where 0.7 is seven tenths of it; may exceed 1.
        source: where the size was read, if not where the measure was.
        unit_source: where the value of a unit was read.
        unit_name: what a unit is, such as "vehicles" or "tonnes"; for people only.
    """

    units: float | None = None
    unit_value: float | None = None
    value: float | None = None
    currency: str = ""
    year: int = 0
    share: float | None = None
    source: Source | None = None
    unit_source: Source | None = None
    unit_name: str = ""


@dataclass(frozen=True)
class Carbon:
    """The price of carbon at a border, and the table of what is embodied in goods.

    Attributes:
        price: per tonne of CO2 equivalent, in units of the currency, net of what the exporter has paid.
        currency: ISO 4217 code.
        year: of the price.
        table: path of a CSV file with columns economy, sector, tonnes_per_million_usd; relative to the
            scenario's file.
    """

    price: float
    currency: str
    year: int
    table: str


@dataclass(frozen=True)
class Place:
    """The file, and the line and column of each field, that a measure was read from, for messages."""

    file: str | None = None
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def problem(self, name: str, message: str, remedy: str | None = None) -> Problem:
        """A problem with one field of what was read here."""
        line, column = self.marks.get(name, self.marks.get("", (None, None)))
        return Problem(message, self.file, line, name or None, remedy, column)


@dataclass(frozen=True)
class Measure:
    """One act of one government.

    Attributes:
        id: unique in the scenario.
        kind: a key of `KINDS`.
        importers: economies that buy, in any usual spelling; ("all",) for every one. For a kind whose actor
            is "economy", the economies that act.
        exporters: economies that sell, in any usual spelling; ("all",) for every other one; empty for a
            kind whose actor is "economy".
        held_to: economies between which alone the measure is simulated, though what it covers is of all that
            it names; none for everywhere.
        spared: economies taken out of `exporters`, such as those with a rate of their own.
        rate: ad valorem, as a fraction (0.25). What it means depends on the kind; negative for a
            `trade-cost` or `productivity` that falls.
        sectors: codes or titles of the world's sectors, or `goods` for all that make goods, `all` for
            services, too.
        hs: Harmonized System codes of 2, 4, 6, 8 or 10 digits without dots, each with the share of the code's
            trade that the measure holds. More than 6 digits only where imports are known by tariff line.
        lists: names of shipped lists of tariff lines, see `detente.policy.product_lists`.
        excluded: names of shipped lists and HS codes that are taken out of `hs`, `lists` or `sectors`.
        covers: how much trade is hit; None for all of the products named.
        preference: name of a preference, such as "usmca": goods that claim it are spared.
        over_rate: duty beyond the quota of a tariff-rate quota, as a fraction.
        basis: "additional" or "total": whether the rates of a quota come on top of the tariff.
        quota: the limit of a quota or restraint, or the size of a commitment.
        rent: share of quota rents that goes to the exporter, 0 to 1.
        carbon: of a carbon border charge.
        channel: how a change of productivity comes about, in words.
        programme: the legal programme, such as "us-232-autos"; stacking rules name programmes.
        yields_to: ids and programmes; goods that one of them is charged on are spared.
        of: ids and programmes that an exemption, suspension or cap is about.
        start: first day in force; None for always.
        end: last day in force; None for no end.
        what_if: never in force by date: a threat, a proposal, a plan; only by name in `add`.
        exclusive: measures with the same tag never hit the same goods.
        products: what is hit, in words.
        legal_basis: law, order or ruling.
        source: where the measure was read.
        assumption: what is assumed and not sourced, in a sentence that users are shown.
        confidence: keys of `CONFIDENCE`.
        note: anything else.
        uncertain: numbers that are given as a range or distribution, by field. The field itself holds the
            median.
        place: file and lines, for messages; no part of equality.
    """

    id: str
    kind: str
    importers: tuple[str, ...]
    exporters: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    rate: float = 0.0
    sectors: tuple[str, ...] = ()
    hs: tuple[tuple[str, float], ...] = ()
    lists: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    covers: Covers | None = None
    preference: str = ""
    over_rate: float | None = None
    basis: str = "additional"
    quota: Quota | None = None
    rent: float = 0.0
    carbon: Carbon | None = None
    channel: str = ""
    programme: str = ""
    yields_to: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None
    what_if: bool = False
    held_to: tuple[str, ...] = ()
    exclusive: str = ""
    products: str = ""
    legal_basis: str = ""
    source: Source | None = None
    assumption: str = ""
    confidence: tuple[str, ...] = ()
    note: str = ""
    uncertain: tuple[UncertainNumber, ...] = ()
    place: Place = field(default_factory=Place, compare=False, repr=False)

    def in_force(self, day: date | None) -> bool:
        """Whether the measure is in force on a day; every measure is when no day is given.

        What is only a threat or a plan is never in force by date; a scenario that adds it makes it so.

        Examples:
            >>> from datetime import date
            >>> ended = Measure("m", "surcharge", ("USA",), ("CAN",), 0.25, end=date(2026, 2, 28))
            >>> ended.in_force(date(2026, 3, 1)), ended.in_force(None)
            (False, True)
        """
        if self.what_if:
            return False
        if day is None:
            return True
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def content(self) -> dict[str, Any]:
        """What decides the measure's effect, as plain values in a canonical order."""
        covers, quota, carbon = self.covers, self.quota, self.carbon
        # Where every number is certain, content and hashes are those of versions that knew no ranges.
        numbers = sorted((number.content for number in self.uncertain), key=repr)
        return {
            **({"uncertain": numbers} if numbers else {}),
            "id": self.id,
            "kind": self.kind,
            "importers": sorted(name.casefold() for name in self.importers),
            "exporters": sorted(name.casefold() for name in self.exporters),
            "spared": sorted(name.casefold() for name in self.spared),
            "rate": self.rate,
            "sectors": sorted(name.casefold() for name in self.sectors),
            "hs": sorted(self.hs),
            "lists": sorted(self.lists),
            "excluded": sorted(self.excluded),
            "covers": [covers.share, covers.value, covers.currency, covers.year] if covers else None,
            "preference": self.preference,
            "over_rate": self.over_rate,
            "basis": self.basis,
            "quota": (
                [quota.units, quota.unit_value, quota.value, quota.currency, quota.year, quota.share]
                if quota
                else None
            ),
            "rent": self.rent,
            "carbon": [carbon.price, carbon.currency, carbon.year, carbon.table] if carbon else None,
            "programme": self.programme,
            "yields_to": sorted(self.yields_to),
            "of": sorted(self.of),
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "what_if": self.what_if,
            "held_to": sorted(self.held_to),
            "exclusive": self.exclusive,
        }
