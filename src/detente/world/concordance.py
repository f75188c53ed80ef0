"""Which sector makes which traded product: HS codes to the sectors of each classification.

Every HS6 line belongs to one sector of each classification: that of its ISIC Revision 3 class, and where the
revision of ISIC split a class between sectors, that of its HS heading (`tools/hs_rules.py`). A measure on a
wider code (HS2, HS4) is a measure on all its lines, so one code can reach several sectors. Lines of all HS
editions from 1988 to 2022 are known. Waste and scrap belong to waste management (E), as in ISIC Revision 4;
US chapters 98 and 99 (returned goods, low-value shipments) belong to no sector. Three classifications have a
table; others take the lines of the sectors they hold (`derived` in `classifications.toml`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from detente.errors import BadInput, Problem, nearest
from detente.world.classifications import derivations
from detente.world.world import World

__all__ = ["CLASSIFICATIONS", "hs6_lines", "hs_sectors", "sectors_of_hs", "sectors_of_hs_in"]

CLASSIFICATIONS = ("icio2025", "isic4-sections", "wiod2013", *derivations())


@cache
def hs_sectors(classification: str) -> Mapping[str, str]:
    """Sector of each HS6 line.

    Args:
        classification: "icio2025" (50 OECD sectors), "isic4-sections", "wiod2013" (35 NACE 1 industries), or
            one told from another (`detente.world.classifications.derivations`).

    Returns:
        From HS6 line (six digits) to sector code, in order of line.

    Raises:
        BadInput: the classification has no concordance.

    Source: HS to ISIC Revision 3 of the R package concordance (Liao, Kim, Miyano and Zhang, MIT licence).

    Examples:
        >>> hs_sectors("icio2025")["120510"], hs_sectors("wiod2013")["120510"]
        ('A01', 'AtB')
        >>> hs_sectors("icio2023")["120510"], hs_sectors("icio2021")["120510"]
        ('A01_02', '01T02')
    """
    if classification not in CLASSIFICATIONS:
        known = ", ".join(CLASSIFICATIONS)
        remedy = f"name sectors instead of HS codes, or use a world whose sectors are those of {known}"
        raise BadInput(
            Problem(f"no HS concordance for the sector classification '{classification}'", remedy=remedy)
        )
    derivation = derivations().get(classification)
    if derivation:
        below = hs_sectors(derivation.of)
        return MappingProxyType({hs6: derivation.sector(hs6, base) for hs6, base in below.items()})
    text = files("detente.world").joinpath("bundled", "hs_sectors.csv").read_text(encoding="ascii")
    rows = (line.split(",") for line in text.splitlines()[1:])
    if classification == "wiod2013":
        return MappingProxyType({hs6: wiod for hs6, _, wiod in rows})
    if classification == "isic4-sections":
        return MappingProxyType({hs6: icio[0] for hs6, icio, _ in rows})
    return MappingProxyType({hs6: icio for hs6, icio, _ in rows})


@cache
def _lines_under() -> Mapping[str, frozenset[str]]:
    """HS6 lines under each chapter, heading and line."""
    found: dict[str, set[str]] = {}
    for hs6 in hs_sectors("icio2025"):
        for length in (2, 4, 6):
            found.setdefault(hs6[:length], set()).add(hs6)
    return {code: frozenset(lines) for code, lines in found.items()}


def _problem(code: str, digits: str) -> Problem:
    """What is wrong with a code that no line begins with."""
    remedy = "use 2, 4 or 6 digits, such as 8703.80"
    if not digits.isdecimal():
        return Problem(f"'{code}' is not an HS code", field="hs", remedy=remedy)
    if len(digits) > 6:
        return Problem(
            f"HS code '{code}' has more than six digits; only the first six are the same in every country",
            field="hs",
            remedy=f"use {digits[:6]}, and say in `covers` how much of it the measure hits",
        )
    if len(digits) not in (2, 4, 6):
        return Problem(f"HS code '{code}' has {len(digits)} digits", field="hs", remedy=remedy)
    for length in (4, 2):
        siblings = sorted({line[: len(digits)] for line in _lines_under().get(digits[:length], ())})
        if length < len(digits) and siblings:
            return Problem(f"unknown HS code '{code}'", field="hs", remedy=nearest(digits, siblings))
    chapters = [code for code in _lines_under() if len(code) == 2]
    return Problem(f"unknown HS code '{code}'", field="hs", remedy=nearest(digits, chapters))


def hs6_lines(codes: Sequence[str]) -> frozenset[str]:
    """All HS6 lines under chapters, headings and lines of the Harmonized System.

    Args:
        codes: HS2, HS4 or HS6 codes, with or without dots and spaces.

    Raises:
        BadInput: codes that are none; lists all of them.

    Examples:
        >>> sorted(hs6_lines(["1205"]))
        ['120500', '120510', '120590']
        >>> hs6_lines(["8703.99"])
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'hs': unknown HS code '8703.99'; did you mean 870390, 870380, 870370?
    """
    lines: set[str] = set()
    problems: list[Problem] = []
    under = _lines_under()
    for code in codes:
        digits = str(code).replace(".", "").replace(" ", "")
        if digits in under:
            lines |= under[digits]
        else:
            problems.append(_problem(str(code), digits))
    if problems:
        raise BadInput(problems)
    return frozenset(lines)


def sectors_of_hs(codes: Sequence[str], classification: str) -> dict[str, frozenset[str]]:
    """Sectors that a list of HS codes reaches, with the HS6 lines it names in each.

    Args:
        codes: HS2, HS4 or HS6 codes, with or without dots.
        classification: key of a World's sector classification.

    Returns:
        From sector code to the lines of the list that this sector makes; in order of sector code.

    Raises:
        BadInput: unknown codes or classification; lists all of them.

    Examples:
        >>> sectors_of_hs(["8703"], "icio2025").keys()
        dict_keys(['C29'])
        >>> list(sectors_of_hs(["76", "1205"], "icio2025"))
        ['A01', 'C24B', 'C25', 'E']
    """
    sector_of = hs_sectors(classification)
    found: dict[str, set[str]] = {}
    for line in hs6_lines(codes):
        found.setdefault(sector_of[line], set()).add(line)
    return {sector: frozenset(found[sector]) for sector in sorted(found)}


def sectors_of_hs_in(world: World, codes: Sequence[str]) -> dict[str, frozenset[str]]:
    """Sectors of a world that a list of HS codes reaches, groups of sectors included.

    Args:
        world: a world, aggregated or not.
        codes: HS2, HS4 or HS6 codes, with or without dots.

    Raises:
        BadInput: unknown codes, or a world whose sectors have no concordance; lists all of them.

    Examples:
        >>> import detente as dt
        >>> list(sectors_of_hs_in(dt.load_world("g20-2019"), ["1205", "8703"]))
        ['A', 'C']
    """
    if world.parent is None:
        return sectors_of_hs(codes, world.classification)
    below = sectors_of_hs_in(world.parent, codes)
    group_of = {member: group for group, members in world.sector_groups.items() for member in members}
    found: dict[str, set[str]] = {}
    for sector, lines in below.items():
        found.setdefault(group_of.get(sector, sector), set()).update(lines)
    return {sector: frozenset(found[sector]) for sector in world.sectors if sector in found}
