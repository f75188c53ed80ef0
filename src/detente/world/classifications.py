"""Sector classifications of published tables: codes, titles, and how they are linked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

__all__ = ["Derivation", "classifications", "derivations", "recognise"]


@dataclass(frozen=True)
class Derivation:
    """How the sectors of one classification are told from those of another.

    Attributes:
        of: the other classification, which may itself be told from a third.
        sector_of: from each sector of `of` that is held to the sector that holds it.
        hs: HS chapters, headings or lines that go to another sector than `sector_of` says; the longest wins.
    """

    of: str
    sector_of: Mapping[str, str]
    hs: Mapping[str, str]

    def sector(self, line: str, base: str) -> str:
        """The sector of an HS6 line that belongs to a sector of the other classification.

        Examples:
            >>> derivations()["wiod2016"].sector("480100", "C17_18")
            'C17'
            >>> derivations()["wiod2016"].sector("491110", "C17_18")
            'C18'
        """
        for digits in (6, 4, 2):
            if line[:digits] in self.hs:
                return self.hs[line[:digits]]
        return self.sector_of[base]


@cache
def _tables() -> dict[str, Any]:
    text = files("detente.world").joinpath("classifications.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def classifications() -> Mapping[str, Mapping[str, str]]:
    """Every known classification: sector codes with their titles, in the publisher's order.

    Examples:
        >>> classifications()["wiod2013"]["AtB"]
        'Agriculture, hunting, forestry and fishing'
    """
    return MappingProxyType({name: table for name, table in _tables().items() if name != "derived"})


@cache
def derivations() -> Mapping[str, Derivation]:
    """The classifications whose products and elasticities are those of another one's sectors.

    Examples:
        >>> derivations()["icio2023"].sector_of["C24B"], derivations()["icio2023"].sector_of["C29"]
        ('C24', 'C29')
    """
    found = {}
    for name, row in _tables()["derived"].items():
        named = row["holds"]
        unnamed = set(classifications()[name]) - set(named)
        sector_of = {code: code for code in classifications()[row["of"]] if code in unnamed}
        sector_of |= {base: code for code, bases in named.items() for base in bases}
        found[name] = Derivation(row["of"], MappingProxyType(sector_of), MappingProxyType(row.get("hs", {})))
    return MappingProxyType(found)


def recognise(sectors: Sequence[str]) -> str | None:
    """The classification whose codes these are, in any order; None if there is none.

    Examples:
        >>> recognise("ABCDEFGHIJKLMNOPQRST")
        'isic4-sections'
        >>> recognise(["wheat", "steel"]) is None
        True
    """
    wanted = set(sectors)
    for name, titles in classifications().items():
        if set(titles) == wanted:
            return name
    return None
