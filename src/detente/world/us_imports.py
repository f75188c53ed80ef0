"""US imports for consumption in 2024 by product and partner, with the duties collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
from jaxtyping import Int

from detente.errors import BadInput, Problem, nearest
from detente.world.concordance import hs6_lines, hs_sectors
from detente.world.tariff_lines import line_partner_of, line_partners, line_partners_apart, tariff_lines

__all__ = [
    "UsImports",
    "us_import_partner_of",
    "us_import_partners",
    "us_import_partners_apart",
    "us_import_shares",
    "us_imports",
    "us_imports_by_line",
]

IMPORTER = "USA"


@dataclass(frozen=True)
class UsImports:
    """US imports for consumption from one partner in 2024.

    Attributes:
        partner: ISO 3166 alpha-3 code, or "EU27".
        hs6: HS6 lines (HS 2022 and US chapters 98 and 99), (line,).
        value: customs value, (line,), USD.
        duty: calculated duty, (line,), USD; it includes the surcharges in force in 2024 (Sections 232, 301).
    """

    partner: str
    hs6: tuple[str, ...]
    value: Int[np.ndarray, "line"]
    duty: Int[np.ndarray, "line"]


def us_import_partners() -> tuple[str, ...]:
    """Partners whose trade with the United States is known by product.

    Members of the European Union are known as one partner, "EU27"; Slovakia also alone.

    Examples:
        >>> len(us_import_partners())
        51
    """
    return line_partners(IMPORTER)


def us_import_partners_apart() -> tuple[str, ...]:
    """Partners of `us_import_partners` that no other one contains: their imports add up.

    Examples:
        >>> set(us_import_partners()) - set(us_import_partners_apart())
        {'SVK'}
    """
    return line_partners_apart(IMPORTER)


def us_import_partner_of(economy: str) -> str | None:
    """The partner that an economy's trade with the United States is known under; None if it is not known.

    Examples:
        >>> us_import_partner_of("CAN"), us_import_partner_of("DEU"), us_import_partner_of("ISL")
        ('CAN', 'EU27', None)
    """
    return line_partner_of(IMPORTER, economy)


@cache
def us_imports(partner: str) -> UsImports:
    """US imports from one partner in 2024 by HS6 line.

    Args:
        partner: ISO 3166 alpha-3 code, or "EU27".

    Raises:
        BadInput: no product detail for this partner.

    Source: US Census Bureau, imports for consumption by HS10, 2024 (public domain), summed to HS6.

    Examples:
        >>> china = us_imports("CHN")
        >>> f"{100 * china.duty.sum() / china.value.sum():.2f}"
        '10.87'
    """
    partners = us_import_partners()
    if partner not in partners:
        union = us_import_partner_of(partner)
        if union:
            message = f"US imports by product are known for the European Union as a whole, not for {partner}"
            raise BadInput(Problem(message, field="partner", remedy=f"use {union}"))
        message = f"no US imports by product from '{partner}'"
        raise BadInput(Problem(message, field="partner", remedy=nearest(partner, partners)))
    lines = tariff_lines(IMPORTER, partner)
    assert lines is not None, "partners come from the same table"
    hs6 = [code[:6] for code in lines.codes]
    first = [row for row, code in enumerate(hs6) if row == 0 or hs6[row - 1] != code]
    return UsImports(
        partner,
        tuple(hs6[row] for row in first),
        np.add.reduceat(lines.value, first),
        np.add.reduceat(lines.duty, first),
    )


@cache
def us_imports_by_line() -> Mapping[str, int]:
    """Customs value of US imports in 2024 from all partners with product detail, by HS6 line, USD.

    Examples:
        >>> f"{us_imports_by_line()['870323'] / 1e9:.0f} bn"
        '97 bn'
    """
    found: dict[str, int] = {}
    for partner in us_import_partners_apart():
        imports = us_imports(partner)
        for line, value in zip(imports.hs6, imports.value.tolist(), strict=True):
            found[line] = found.get(line, 0) + value
    return MappingProxyType(found)


def us_import_shares(partner: str, codes: Sequence[str], classification: str) -> dict[str, float]:
    """Share of each sector's US imports from a partner that a list of HS codes covers, by value in 2024.

    Args:
        partner: ISO 3166 alpha-3 code, or "EU27".
        codes: HS2, HS4 or HS6 codes.
        classification: key of a World's sector classification.

    Returns:
        From sector code to a share, 0 to 1; sectors that the codes do not reach are left out.

    Raises:
        BadInput: unknown partner, codes or classification.

    Examples:
        >>> shares = us_import_shares("CAN", ["8703"], "icio2025")
        >>> {sector: round(share, 2) for sector, share in shares.items()}
        {'C29': 0.54}
    """
    covered = hs6_lines(codes)
    sector_of = hs_sectors(classification)
    imports = us_imports(partner)
    total: dict[str, float] = {}
    hit: dict[str, float] = {}
    for line, value in zip(imports.hs6, imports.value.tolist(), strict=True):
        sector = sector_of.get(line)
        if sector is None:
            continue
        total[sector] = total.get(sector, 0.0) + value
        if line in covered:
            hit[sector] = hit.get(sector, 0.0) + value
    reached = sorted({sector_of[line] for line in covered})
    return {sector: hit.get(sector, 0.0) / total[sector] if total.get(sector) else 0.0 for sector in reached}
