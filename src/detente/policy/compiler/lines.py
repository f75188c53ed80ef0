"""Measures on tariff lines: which lines each names, and lines grouped by what hits them.

Many measures name thousands of lines, and a hundred measures can be in force at once. What a measure names is
found once for all lines of an importer; lines that no measure tells apart then form a class, and everything
after that counts classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from detente.policy.line_lists import product_list
from detente.policy.measure import Measure
from detente.world.concordance import CLASSIFICATIONS, hs_sectors
from detente.world.tariff_lines import (
    importers_by_line,
    line_partner_of,
    line_partners_apart,
    tariff_lines,
)
from detente.world.world import World

__all__ = [
    "NO_SECTOR", "Book", "Classes", "Scope", "book_of", "classes_of", "known_by_line", "line_sectors",
    "listed", "same_columns", "scope_of", "unknown_codes",
]  # fmt: skip

NO_SECTOR = -1
_DIGITS = 10
_NOBODY = ""  # no partner of that name: all partners together stand in for it
Portions = Float[np.ndarray, "line"]


class Book(NamedTuple):
    """An importer's tariff lines in the sectors of a world.

    Attributes:
        importer: ISO 3166 alpha-3 code.
        classification: of the world's sectors.
        sectors: codes of the world's sectors.
    """

    importer: str
    classification: str
    sectors: tuple[str, ...]


def book_of(world: World, importer: int) -> Book:
    """An importer's tariff lines, by the importer's index."""
    return Book(world.economies[importer], world.classification, world.sectors)


@dataclass(frozen=True)
class Scope:
    """The goods a measure names.

    Attributes:
        codes: HS codes with the share of each that is named; the longest that fits a line counts.
        excluded: the same, of what is taken out.
        sectors: indices of sectors that are named in place of codes; None for codes.
    """

    codes: tuple[tuple[str, float], ...] = ()
    excluded: tuple[tuple[str, float], ...] = ()
    sectors: tuple[int, ...] | None = None


def scope_of(measure: Measure, sectors: tuple[int, ...] | None) -> Scope:
    """The goods a measure names, with its lists written out.

    Args:
        measure: with sectors, or HS codes and lists.
        sectors: indices of the measure's sectors; None where it names codes.

    Raises:
        BadInput: a list that does not ship.

    Examples:
        >>> scope_of(Measure("m", "surcharge", ("USA",), ("CAN",), rate=0.1, hs=(("87", 1.0),)), None).codes
        (('87', 1.0),)
    """
    excluded = tuple((name, 1.0) for name in measure.excluded if name.isdigit())
    shorter = [product_list(name) for name in measure.excluded if not name.isdigit()]
    if sectors is not None:
        return Scope((), _union([excluded, *shorter]), sectors)
    codes = _union([measure.hs, *(product_list(name) for name in measure.lists)])
    return Scope(codes, _union([excluded, *shorter]))


def _union(lists: Sequence[tuple[tuple[str, float], ...]]) -> tuple[tuple[str, float], ...]:
    filled = [codes for codes in lists if codes]
    if len(filled) < 2:
        return filled[0] if filled else ()
    found: dict[str, float] = {}
    for codes in filled:
        for code, share in codes:
            found[code] = max(share, found.get(code, 0.0))
    return tuple(sorted(found.items()))


def known_by_line(world: World, importer: int, exporter: int) -> bool:
    """Whether an importer's imports from an exporter are known by tariff line."""
    return (
        importer != exporter
        and world.economies[importer] in importers_by_line()
        and world.classification in CLASSIFICATIONS
    )


@lru_cache(maxsize=8)
def _universe(importer: str) -> Int[np.ndarray, "line"]:
    """All tariff lines with trade from anywhere, as numbers of ten digits, ascending."""
    found = [_codes(importer, partner) for partner in (*line_partners_apart(importer), _NOBODY)]
    return np.unique(np.concatenate(found))


def _codes(importer: str, partner: str) -> Int[np.ndarray, "line"]:
    lines = tariff_lines(importer, partner)
    assert lines is not None
    return np.fromiter(map(int, lines.codes), np.int64, len(lines.codes))


@lru_cache(maxsize=256)
def _place(importer: str, partner: str) -> Int[np.ndarray, "line"]:
    """The partner's lines among all of the importer's."""
    return np.searchsorted(_universe(importer), _codes(importer, partner))


@lru_cache(maxsize=8)
def line_sectors(book: Book) -> Int[np.ndarray, "line"]:
    """Index of the sector of each of an importer's lines; `NO_SECTOR` where no sector holds it."""
    sector_of = hs_sectors(book.classification)
    place = {name: index for index, name in enumerate(book.sectors)}
    names = (sector_of.get(f"{code:010d}"[:6], "") for code in _universe(book.importer).tolist())
    return np.array([place.get(name, NO_SECTOR) for name in names], dtype=np.int64)


@lru_cache(maxsize=512)
def _listed(importer: str, codes: tuple[tuple[str, float], ...]) -> tuple[np.ndarray, np.ndarray]:
    """Lines that begin with one of the codes, and the share of the longest such code."""
    lines = _universe(importer)
    portion = np.zeros(lines.size)
    by_length: dict[int, list[tuple[int, float]]] = {}
    for code, share in codes:
        by_length.setdefault(len(code), []).append((int(code), share))
    for length in sorted(by_length):
        prefixes, shares = zip(*sorted(by_length[length]), strict=True)
        known = np.array(prefixes, dtype=np.int64)
        begins = lines // 10 ** (_DIGITS - length)
        at = np.minimum(np.searchsorted(known, begins), known.size - 1)
        fits = known[at] == begins
        portion[fits] = np.array(shares)[at[fits]]
    places = np.flatnonzero(portion)
    return places, portion[places]


def listed(book: Book, scope: Scope) -> Portions:
    """The part of each of an importer's lines that a scope names, and of each sector's other goods.

    Returns:
        (line + sector,): the lines, then one entry a sector for what is sold without a line, such as the
        services of a sector that also sells scrap; only a scope of sectors names that.
    """
    sectors = line_sectors(book)
    portion = np.zeros(sectors.size + len(book.sectors))
    if scope.sectors is None:
        places, shares = _listed(book.importer, scope.codes)
        portion[places] = shares
    else:
        named = np.zeros(len(book.sectors) + 1)  # the last one is what no sector holds
        named[list(scope.sectors)] = 1.0
        portion[: sectors.size] = named[sectors]
        portion[sectors.size :] = named[:-1]
    places, shares = _listed(book.importer, scope.excluded)
    portion[places] *= 1.0 - shares
    return portion


def unknown_codes(importer: str, codes: Sequence[str]) -> tuple[str, ...]:
    """HS codes that none of an importer's lines begins with."""
    return tuple(code for code in codes if not _listed(importer, ((code, 1.0),))[0].size)


@dataclass(frozen=True, eq=False)
class Classes:
    """Lines of an importer that a set of scopes does not tell apart, sector by sector.

    Attributes:
        book: whose lines.
        sector: index of the sector of each class, or `NO_SECTOR`, (class,).
        portion: the part of each class that each scope names, (scope, class).
        of_line: class of each line, then of what each sector sells without one, (line + sector,).
    """

    book: Book
    sector: Int[np.ndarray, "class"]
    portion: Float[np.ndarray, "scope class"]
    of_line: Int[np.ndarray, "line_or_sector"]

    def values(
        self, exporter: str, preferences: Sequence[str], day: date | None
    ) -> Float[np.ndarray, "variant class"]:
        """Customs value of each class, USD: of what claims no preference, then of what claims each.

        Args:
            exporter: code.
            preferences: names; no goods claim two of them.
            day: see `TariffLines.claimed`.
        """
        partner = line_partner_of(self.book.importer, exporter) or _NOBODY
        return _values(self, partner, tuple(preferences), day)

    @property
    def rest(self) -> Int[np.ndarray, "sector"]:
        """The class of what each sector sells without a line."""
        return self.of_line[-len(self.book.sectors) :]


@lru_cache(maxsize=512)
def _values(classes: Classes, partner: str, preferences: tuple[str, ...], day: date | None) -> np.ndarray:
    importer = classes.book.importer
    lines = tariff_lines(importer, partner)
    assert lines is not None
    at = classes.of_line[_place(importer, partner)]
    claims = [lines.claimed(name, day) for name in preferences]
    together = sum(claims, np.zeros(len(lines.codes)))
    # No good claims two preferences; where the shares say more than all, they are scaled to all.
    scale = np.maximum(together, 1.0)
    parts = [1.0 - together / scale, *(claim / scale for claim in claims)]
    return np.stack([np.bincount(at, lines.value * part, classes.sector.size) for part in parts])


@lru_cache(maxsize=16)
def classes_of(book: Book, scopes: tuple[Scope, ...]) -> Classes:
    """Group an importer's lines by sector and by what the scopes name of them."""
    of_sector = np.concatenate([line_sectors(book), np.arange(len(book.sectors))])
    table = np.vstack([of_sector[None, :].astype(np.float64), *(listed(book, scope) for scope in scopes)])
    first, of_line = same_columns(table)
    return Classes(book, of_sector[first], table[1:, first], of_line)


def same_columns(
    table: Float[np.ndarray, "row column"],
) -> tuple[Int[np.ndarray, "distinct"], Int[np.ndarray, "column"]]:
    """The first of each set of equal columns, and the set that each column is in.

    Columns are compared by a hash of 64 bits, and then by what they hold.

    Examples:
        >>> first, inverse = same_columns(np.array([[1.0, 0.0, 1.0], [0.5, 0.5, 0.5]]))
        >>> inverse.tolist() == [inverse[0], inverse[1], inverse[0]]
        True
    """
    rows = np.ascontiguousarray(table + 0.0)
    keys = np.random.default_rng(7).integers(1, 2**62, rows.shape[0]).astype(np.uint64) * np.uint64(2)
    keys += np.uint64(1)
    with np.errstate(over="ignore"):
        bits = rows.view(np.uint64)
        mixed = (bits ^ (bits >> np.uint64(29))) * keys.reshape(-1, 1)
        marks = (mixed ^ (mixed >> np.uint64(32))).sum(axis=0, dtype=np.uint64)
    _, first, inverse = np.unique(marks, return_index=True, return_inverse=True)
    if not np.array_equal(rows, rows[:, first[inverse]]):
        _, first, inverse = np.unique(rows, axis=1, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)
