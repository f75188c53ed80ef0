"""Imports by tariff line: value, duty collected and use of preferences, for importers that publish them.

A tariff line has ten digits, of which the first six are those of the Harmonized System. One file an importer
(`bundled/tariff_lines/<importer>.npz`); nothing here is special to one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8

from detente.errors import BadInput, Problem, nearest

__all__ = [
    "TariffLines",
    "importers_by_line",
    "known_preferences",
    "line_partner_of",
    "line_partners",
    "line_partners_apart",
    "tariff_lines",
]

ALL_PARTNERS = "all partners"
_SHARE_UNIT = 10_000  # stored shares are whole numbers of this part


@dataclass(frozen=True, eq=False)
class TariffLines:
    """One importer's imports from one partner in a year, by tariff line.

    Attributes:
        importer: ISO 3166 alpha-3 code.
        partner: whose trade this is: an ISO 3166 alpha-3 code, a union such as "EU27", or "all partners".
        exact: whether the partner is the exporter asked for; if not, its products stand in for those of the
            exporter.
        year: calendar year of the imports.
        codes: ten digits each, in ascending order, (line,).
        value: customs value, (line,), USD.
        duty: duty calculated by the customs, (line,), USD: ordinary and additional duties, without
            anti-dumping and countervailing duties.
        preferences: names of the preferences that are open to the partner.
    """

    importer: str
    partner: str
    exact: bool
    year: int
    codes: tuple[str, ...]
    value: Int[np.ndarray, "line"]
    duty: Int[np.ndarray, "line"]
    preferences: tuple[str, ...] = ()
    _shares: Mapping[str, tuple[tuple[date, Float[np.ndarray, "line"]], ...]] = field(
        default_factory=dict, repr=False
    )

    def claimed(self, preference: str, day: date | None = None) -> Float[np.ndarray, "line"]:
        """Share of each line's value that claims a preference, (line,), 0 to 1.

        Args:
            preference: a name such as "usmca"; zeros where it is not open to the partner.
            day: the shares observed last by then; the first known where the day is earlier than all, the last
                known where no day is given.

        Examples:
            >>> from datetime import date
            >>> lines = tariff_lines("USA", "CAN")
            >>> total = lines.value.sum()
            >>> days = date(2025, 3, 1), date(2026, 3, 1)
            >>> [f"{lines.claimed('usmca', day) @ lines.value / total:.2f}" for day in days]
            ['0.67', '0.87']
        """
        vintages = self._shares.get(preference, ())
        if not vintages:
            return np.zeros(len(self.codes))
        if day is None:
            return vintages[-1][1]
        before = [shares for seen, shares in vintages if seen <= day]
        return before[-1] if before else vintages[0][1]


@dataclass(frozen=True, eq=False)
class _Book:
    """The table of one importer, all partners one after the other."""

    year: int
    partners: tuple[str, ...]
    first_row: Int[np.ndarray, "partner_and_end"]
    codes: np.ndarray
    line: Int[np.ndarray, "row"]
    value: Int[np.ndarray, "row"]
    duty: Int[np.ndarray, "row"]
    member_of: Mapping[str, str]
    shares: Mapping[tuple[str, str], tuple[tuple[date, Float[np.ndarray, "row"]], ...]]

    def rows(self, partner: str) -> slice:
        place = self.partners.index(partner)
        return slice(int(self.first_row[place]), int(self.first_row[place + 1]))


def _numbers(planes: UInt8[np.ndarray, "byte number"]) -> Int[np.ndarray, "number"]:
    whole = np.zeros((planes.shape[1], 8), np.uint8)
    whole[:, : len(planes)] = planes.T
    return whole.view("<i8")[:, 0]


def _folder() -> Any:
    return files("detente.world").joinpath("bundled", "tariff_lines")


@cache
def importers_by_line() -> tuple[str, ...]:
    """Importers whose imports are known by tariff line, as ISO 3166 alpha-3 codes.

    Examples:
        >>> importers_by_line()
        ('USA',)
    """
    return tuple(sorted(path.name[:-4] for path in _folder().iterdir() if path.name.endswith(".npz")))


@cache
def known_preferences(importer: str | None = None) -> tuple[str, ...]:
    """Names of the preferences whose use is known for an importer, or for any where none is given.

    Raises:
        BadInput: an importer without tariff lines.

    Examples:
        >>> known_preferences("USA")
        ('usmca',)
    """
    importers = importers_by_line() if importer is None else (importer,)
    return tuple(
        sorted({str(name) for code in importers for name in _table(code, ("preference",))["preference"]})
    )


def _table(importer: str, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Arrays of an importer's file; all where none is named."""
    known = importers_by_line()
    if importer not in known:
        message = f"no imports by tariff line for '{importer}'"
        raise BadInput(Problem(message, field="importer", remedy=nearest(importer, known)))
    with (
        _folder().joinpath(f"{importer}.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as npz,
    ):
        return {name: npz[name] for name in names or npz.files}


@cache
def _book(importer: str) -> _Book:
    table = _table(importer)
    partners = tuple(table["partners"].tolist())
    first = table["first_row"]
    claimed, used = _numbers(table["claimed"]) / _SHARE_UNIT, 0
    shares: dict[tuple[str, str], tuple[tuple[date, np.ndarray], ...]] = {}
    for day in table["preference_days"].tolist():
        for partner in table["preference_partners"].tolist():
            place = partners.index(partner)
            count = int(first[place + 1] - first[place])
            key = (partner, str(table["preference"][0]))
            seen = (date.fromisoformat(day), _frozen(claimed[used : used + count]))
            shares[key] = (*shares.get(key, ()), seen)
            used += count
    return _Book(
        year=int(table["year"]),
        partners=partners,
        first_row=first,
        codes=np.cumsum(_numbers(table["codes"])),
        line=_numbers(table["line"]),
        value=_frozen(_numbers(table["value"])),
        duty=_frozen(_numbers(table["duty"])),
        member_of=MappingProxyType(
            dict(zip(table["member"].tolist(), table["member_of"].tolist(), strict=True))
        ),
        shares=shares,
    )


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def line_partners(importer: str) -> tuple[str, ...]:
    """Partners with a table of their own; members of a union that is one partner may be there, too.

    Raises:
        BadInput: an importer without tariff lines.

    Examples:
        >>> len(line_partners("USA"))
        51
    """
    return _book(importer).partners


def line_partners_apart(importer: str) -> tuple[str, ...]:
    """Partners of `line_partners` that no other one contains: their imports add up.

    Raises:
        BadInput: an importer without tariff lines.

    Examples:
        >>> set(line_partners("USA")) - set(line_partners_apart("USA"))
        {'SVK'}
    """
    book = _book(importer)
    return tuple(partner for partner in book.partners if partner not in book.member_of)


def line_partner_of(importer: str, exporter: str) -> str | None:
    """The partner that an exporter's trade is known under: itself, its union, or None.

    Raises:
        BadInput: an importer without tariff lines.

    Examples:
        >>> line_partner_of("USA", "CAN"), line_partner_of("USA", "DEU"), line_partner_of("USA", "ISL")
        ('CAN', 'EU27', None)
    """
    book = _book(importer)
    return exporter if exporter in book.partners else book.member_of.get(exporter)


@cache
def tariff_lines(importer: str, exporter: str) -> TariffLines | None:
    """An importer's imports from an exporter by tariff line.

    A member of the European Union has the products of the union, any other exporter without a table those of
    all partners together: both are marked as not exact, and their values are not the exporter's.

    Args:
        importer: ISO 3166 alpha-3 code.
        exporter: ISO 3166 alpha-3 code, or a union such as "EU27".

    Returns:
        The lines with trade, or None for an importer without such a table.

    Source: US Census Bureau, imports for consumption by HS10, 2024; use of USMCA treatment: US International
    Trade Commission, DataWeb, as tabulated by The Budget Lab at Yale (`bundled/SOURCES.md`).

    Examples:
        >>> canada, germany = tariff_lines("USA", "CAN"), tariff_lines("USA", "DEU")
        >>> f"{canada.value.sum() / 1e9:.0f} bn on {len(canada.codes)} lines", canada.exact, germany.partner
        ('412 bn on 12203 lines', True, 'EU27')
        >>> tariff_lines("CAN", "USA") is None
        True
    """
    if importer not in importers_by_line():
        return None
    book = _book(importer)
    partner = line_partner_of(importer, exporter)
    if partner is None:
        return _together(importer)
    rows = book.rows(partner)
    shares = {name: vintages for (whose, name), vintages in book.shares.items() if whose == partner}
    return TariffLines(
        importer=importer,
        partner=partner,
        exact=partner == exporter,
        year=book.year,
        codes=_text(book.codes[book.line[rows]]),
        value=book.value[rows],
        duty=book.duty[rows],
        preferences=tuple(shares),
        _shares=MappingProxyType(shares),
    )


def _text(codes: np.ndarray) -> tuple[str, ...]:
    return tuple(map("{:010d}".format, codes.tolist()))


@cache
def _together(importer: str) -> TariffLines:
    """All partners that add up, as one; no preference is open to what they stand in for."""
    book = _book(importer)
    value, duty = np.zeros(len(book.codes), np.int64), np.zeros(len(book.codes), np.int64)
    for partner in line_partners_apart(importer):
        rows = book.rows(partner)
        value[book.line[rows]] += book.value[rows]
        duty[book.line[rows]] += book.duty[rows]
    traded = value > 0
    return TariffLines(
        importer=importer,
        partner=ALL_PARTNERS,
        exact=False,
        year=book.year,
        codes=_text(book.codes[traded]),
        value=_frozen(value[traded]),
        duty=_frozen(duty[traded]),
    )
