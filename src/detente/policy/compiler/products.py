"""Products inside a world's sectors: HS6 lines, and the weight of each in US imports of 2024."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from detente.world.classifications import derivations
from detente.world.concordance import hs_sectors
from detente.world.us_imports import us_import_partner_of, us_import_partners_apart, us_imports
from detente.world.world import World

__all__ = ["Pattern", "goods_sectors", "pattern_of", "service_sectors"]

# Sectors that make a few HS lines (electricity, scrap, printed matter, plans, art) but are services.
_SERVICES = frozenset({"D", "E", "J", "J58T60", "M", "R", "S", "O", "71t74"})


@dataclass(frozen=True)
class Pattern:
    """The weight of each HS6 line in its sector's US imports from one partner in 2024.

    Attributes:
        partner: whose goods these are: an ISO 3166 code, "EU27", or "all partners".
        exact: whether this is the exporter asked for, not a stand-in.
        values: customs value by sector and HS6 line, USD; only lines with trade.
        services: sectors of the classification that sell some goods but are services.
    """

    partner: str
    exact: bool
    values: Mapping[str, Mapping[str, float]]
    services: frozenset[str]

    def weights(self, sector: str, lines: Iterable[str], flow: float) -> dict[str, float]:
        """Share of a sector's flow that each of some HS6 lines is, in order of line; without trade, no entry.

        A sector of goods is all lines. A sector of services sells some goods, too (books, works of art,
        scrap): their share is their value over the flow, where the flow is larger.

        Args:
            sector: code.
            lines: HS6 lines.
            flow: the world's flow of the sector from this exporter, USD million.

        Examples:
            >>> weights = pattern_of("CAN", "icio2025").weights("C29", ["870323", "870324"], 50_000.0)
            >>> {line: round(weight, 2) for line, weight in weights.items()}
            {'870323': 0.25, '870324': 0.07}
        """
        values = self.values.get(sector, {})
        total = sum(values.values())
        if sector in self.services:
            total = max(total, 1e6 * flow)
        return {line: values[line] / total for line in sorted(lines) if line in values}


@cache
def pattern_of(exporter: str, classification: str) -> Pattern:
    """US imports from an exporter; from the EU for its members; from all partners for any other.

    Raises:
        BadInput: the classification has no concordance.
    """
    partner = us_import_partner_of(exporter)
    values = _by_sector(partner, classification)
    return Pattern(partner or "all partners", partner == exporter, values, service_sectors(classification))


@cache
def _by_sector(partner: str | None, classification: str) -> Mapping[str, Mapping[str, float]]:
    """Imports from a partner, or from all together, by sector and HS6 line."""
    sector_of = hs_sectors(classification)
    found: dict[str, dict[str, float]] = {}
    for name in (partner,) if partner else us_import_partners_apart():
        imports = us_imports(name)
        for line, value in zip(imports.hs6, imports.value.tolist(), strict=True):
            if value > 0 and (sector := sector_of.get(line)) is not None:
                lines = found.setdefault(sector, {})
                lines[line] = lines.get(line, 0.0) + float(value)
    return found


@cache
def service_sectors(classification: str) -> frozenset[str]:
    """Sectors that make some HS lines but are services.

    In a classification told from another, those whose lines are all of services there.

    Raises:
        BadInput: the classification has no concordance.

    Examples:
        >>> sorted(service_sectors("wiod2016"))
        ['D35', 'E37-E39', 'J58', 'J59_J60', 'M71', 'M74_M75', 'R_S']
    """
    sector_of = hs_sectors(classification)
    derivation = derivations().get(classification)
    if derivation is None:
        return _SERVICES & set(sector_of.values())
    below, services = hs_sectors(derivation.of), service_sectors(derivation.of)
    goods = {sector for line, sector in sector_of.items() if below[line] not in services}
    return frozenset(sector_of.values()) - goods


def goods_sectors(world: World) -> tuple[int, ...]:
    """Indices of the sectors of a detailed world that make goods.

    Raises:
        BadInput: the world's classification has no concordance with the Harmonized System.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> [world.sectors[index] for index in goods_sectors(world)]
        ['A', 'B', 'C']
    """
    making = set(hs_sectors(world.classification).values()) - service_sectors(world.classification)
    return tuple(index for index, sector in enumerate(world.sectors) if sector in making)
