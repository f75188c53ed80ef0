"""One act of one government: who, whom, which products, how much, from when to when, says who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from detente.errors import Problem

__all__ = ["CONFIDENCE", "GOODS", "KINDS", "Covers", "Measure", "Place", "Source"]

KINDS: Mapping[str, str] = {
    "surcharge": "an ad valorem duty on top of the tariff in the baseline",
    "tariff": "an ad valorem duty in place of the tariff in the baseline",
}

CONFIDENCE: Mapping[str, str] = {
    "disputed": "sources disagree",
    "weak": "the source is weak: a single, secondary or unnamed one",
    "indicative": "product codes were mapped by hand from words, not read from a legal schedule",
}

# What a measure names in place of sectors when it hits all that make goods.
GOODS = "goods"


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
class Place:
    """The file and the lines a measure was read from, for messages."""

    file: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def problem(self, name: str, message: str, remedy: str | None = None) -> Problem:
        """A problem with one field of what was read here."""
        return Problem(message, self.file, self.lines.get(name, self.lines.get("")), name or None, remedy)


@dataclass(frozen=True)
class Measure:
    """One act of one government.

    Attributes:
        id: unique in the scenario.
        kind: a key of `KINDS`.
        importers: economies that charge the duty, in any usual spelling; ("all",) for every one.
        exporters: economies whose goods pay it, in any usual spelling; ("all",) for every other one.
        rate: ad valorem, as a fraction (0.25).
        sectors: codes or titles of the world's sectors, or `goods` for all that make goods; empty when
            `hs` is given.
        hs: Harmonized System codes of 2, 4 or 6 digits without dots, each with the share of the code's
            trade that the measure's own, finer list holds; empty when `sectors` is given.
        covers: how much trade is hit; None for all of the products named.
        start: first day in force; None for always.
        end: last day in force; None for no end.
        exclusive: measures with the same tag never hit the same goods.
        products: what is hit, in words.
        source: where the measure was read.
        assumption: what is assumed and not sourced, in a sentence that users are shown.
        confidence: keys of `CONFIDENCE`.
        note: anything else.
        place: file and lines, for messages; no part of equality.
    """

    id: str
    kind: str
    importers: tuple[str, ...]
    exporters: tuple[str, ...]
    rate: float
    sectors: tuple[str, ...] = ()
    hs: tuple[tuple[str, float], ...] = ()
    covers: Covers | None = None
    start: date | None = None
    end: date | None = None
    exclusive: str = ""
    products: str = ""
    source: Source | None = None
    assumption: str = ""
    confidence: tuple[str, ...] = ()
    note: str = ""
    place: Place = field(default_factory=Place, compare=False, repr=False)

    def in_force(self, day: date | None) -> bool:
        """Whether the measure is in force on a day; every measure is when no day is given.

        Examples:
            >>> from datetime import date
            >>> ended = Measure("m", "surcharge", ("USA",), ("CAN",), 0.25, end=date(2026, 2, 28))
            >>> ended.in_force(date(2026, 3, 1)), ended.in_force(None)
            (False, True)
        """
        if day is None:
            return True
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def content(self) -> dict[str, Any]:
        """What decides the measure's effect, as plain values in a canonical order."""
        covers = self.covers
        return {
            "id": self.id,
            "kind": self.kind,
            "importers": sorted(name.casefold() for name in self.importers),
            "exporters": sorted(name.casefold() for name in self.exporters),
            "rate": self.rate,
            "sectors": sorted(name.casefold() for name in self.sectors),
            "hs": sorted(self.hs),
            "covers": [covers.share, covers.value, covers.currency, covers.year] if covers else None,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "exclusive": self.exclusive,
        }
