"""Groups of workers, regions say, with their own sector shares and hence their own gains and losses.

A group belongs to one economy and earns a part of the earnings of each of its sectors. Economies that are
not divided are one group each, named by the economy's code. A table comes with the package
(`labour_group_tables`) or from a user's CSV file with the columns economy, group, sector, earnings: amounts
in any one currency, of which only the groups' parts in each sector are used.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem, nearest
from detente.world.classifications import derivations
from detente.world.world import World

__all__ = ["ByGroupSector", "LabourGroups", "labour_group_tables", "labour_groups"]

ByGroupSector: TypeAlias = Float[np.ndarray, "group sector"]

COLUMNS = ("economy", "group", "sector", "earnings")
# Problems of one file beyond these are counted, not shown.
SHOWN = 20


@dataclass(frozen=True, eq=False)
class LabourGroups:
    """Groups of workers of every economy of a world.

    Attributes:
        name: of the table, or the file it was read from.
        title: one line for people.
        groups: names, each once; an economy that is not divided is one group with the economy's code.
        economies: the economy of each group, in order of group.
        sectors: codes of the world's sectors.
        share: part of the economy's earnings in the sector that the group earns, (group, sector), no unit;
            sums to 1 over the groups of an economy in every sector.
        source: citation.
        notes: sentences that a user must see where results rest on the groups.
    """

    name: str
    title: str
    groups: tuple[str, ...]
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    share: ByGroupSector
    source: str
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        self.share.flags.writeable = False

    @property
    def divided(self) -> tuple[str, ...]:
        """Economies with more than one group."""
        return tuple(dict.fromkeys(e for e in self.economies if self.economies.count(e) > 1))

    def earnings(self, world: World) -> ByGroupSector:
        """Value added of each group by sector, (group, sector), USD million a year.

        Examples:
            >>> import detente as dt
            >>> world = dt.load_world("world-2022")
            >>> groups = labour_groups(world, "canada-provinces")
            >>> float(groups.earnings(world).sum() / world.value_added.sum())
            1.0
        """
        place = {economy: index for index, economy in enumerate(world.economies)}
        found: ByGroupSector = self.share * world.value_added[[place[e] for e in self.economies]]
        return found


@cache
def _tables() -> Mapping[str, Any]:
    text = files("detente.world").joinpath("bundled", "labour_groups", "groups.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


def labour_group_tables() -> Mapping[str, str]:
    """The tables of groups that come with the package, with their titles.

    Examples:
        >>> list(labour_group_tables())
        ['canada-provinces']
    """
    return {name: row["title"] for name, row in _tables().items()}


def labour_groups(world: World, name_or_path: str | Path) -> LabourGroups:
    """The groups of workers of a world, from a table that ships or a user's file.

    An aggregated world takes a shipped table through the world that it was made from. An economy that merges
    a divided one with others has its groups and one more, with the economy's own name, for the others.

    Args:
        world: whose economies and sectors the groups have.
        name_or_path: a shipped table ("canada-provinces"), or a CSV file with the columns economy, group,
            sector and earnings. Every sector with value added of an economy in the file must be there.

    Raises:
        BadInput: no such table or file, a table that is not known for the world's sectors, or rows that
            cannot be used; lists all of them.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("world-2022")
        >>> groups = labour_groups(world, "canada-provinces")
        >>> len(groups.groups), groups.divided
        (93, ('CAN',))
        >>> oil = groups.sectors.index("B06")
        >>> round(float(groups.share[groups.groups.index("Alberta"), oil]), 2)
        0.82
    """
    if str(name_or_path) in _tables():
        return _shipped(world, str(name_or_path))
    path = Path(name_or_path)
    if not path.is_file():
        remedy = nearest(str(name_or_path), list(_tables())).removesuffix("?")
        what = f"no table of groups and no file '{name_or_path}'"
        raise BadInput(Problem(what, remedy=f"{remedy}, or give a CSV file with {', '.join(COLUMNS)}"))
    rows, problems = _read(path)
    found, wrong = _collected(world, rows, str(path))
    if problems or wrong:
        raise BadInput(_capped([*problems, *wrong], str(path)))
    return _assembled(world, path.stem, path.name, found, f"the user's file {path.name}", ())


@dataclass(frozen=True)
class _Row:
    line: int
    economy: str
    group: str
    sector: str
    earnings: float


def _capped(problems: list[Problem], file: str) -> list[Problem]:
    ordered = sorted(problems, key=lambda problem: problem.line or 0)
    if len(ordered) <= SHOWN:
        return ordered
    return [*ordered[:SHOWN], Problem(f"{len(ordered) - SHOWN} more problems", file=file)]


def _read(path: Path) -> tuple[list[_Row], list[Problem]]:
    """Rows of a file with the columns of `COLUMNS`, in any order and among others."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error):
        raise BadInput(Problem("not a text file", file=str(path), remedy="save it as CSV, UTF-8")) from None
    header = [name.strip().casefold() for name in lines[0]] if lines else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        message = f"no column {', '.join(missing)} in the first line"
        remedy = f"the file needs the columns {', '.join(COLUMNS)}"
        raise BadInput(Problem(message, file=str(path), line=1, remedy=remedy))
    place = [header.index(name) for name in COLUMNS]
    rows: list[_Row] = []
    problems: list[Problem] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) <= max(place):
            message = f"{len(cells)} cells where the first line has {len(header)}"
            problems.append(Problem(message, str(path), number))
            continue
        economy, group, sector, text = (cells[index].strip() for index in place)
        value = _amount(text)
        if value is None:
            message = f"'{text}' is no amount" if text else "no amount"
            remedy = "write a number that is not negative, with a decimal point and no separators"
            problems.append(Problem(message, str(path), number, "earnings", remedy, place[3] + 1))
        if not group:
            problems.append(Problem("no name", str(path), number, "group", None, place[1] + 1))
        # A row with a wrong amount still says that its sector is there.
        rows.append(_Row(number, economy, group, sector, math.nan if value is None else value))
    if not rows and not problems:
        problems.append(Problem("no rows below the first line", str(path), 1))
    return rows, problems


def _amount(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


Earnings: TypeAlias = dict[str, dict[str, dict[str, float]]]


def _collected(world: World, rows: Iterable[_Row], file: str) -> tuple[Earnings, list[Problem]]:
    """Earnings by economy, group and sector of the world."""
    found: Earnings = {}
    problems: list[Problem] = []
    first: dict[tuple[str, str, str], int] = {}
    owner: dict[str, str] = {}
    for row in rows:
        economy = _matched(world.economy, row.economy, "economy", row.line, file, problems)
        sector = _matched(world.sector, row.sector, "sector", row.line, file, problems)
        if economy is None or sector is None or not row.group:
            continue
        key = (economy, row.group, sector)
        if key in first:
            message = f"{row.group} has a second row for {sector}; the first is line {first[key]}"
            problems.append(Problem(message, file, row.line, remedy="keep one"))
            continue
        if owner.setdefault(row.group, economy) != economy:
            message = f"group '{row.group}' is in {economy} here and in {owner[row.group]} above"
            problems.append(Problem(message, file, row.line, "group", "give each group a name of its own"))
            continue
        first[key] = row.line
        found.setdefault(economy, {}).setdefault(row.group, {})[sector] = row.earnings
    problems += _unfit(world, found, file)
    return found, problems


def _matched(match: Any, text: str, field: str, line: int, file: str, problems: list[Problem]) -> str | None:
    try:
        code: str = match(text)
        return code
    except BadInput as error:
        inner = error.problems[0]
        problems.append(Problem(inner.message, file, line, field, inner.remedy))
        return None


def _unfit(world: World, found: Earnings, file: str) -> list[Problem]:
    """Sectors that nobody earns in though they have value added, and names that others have."""
    problems = []
    undivided = set(world.economies) - set(found)
    for economy, groups in found.items():
        added = world.value_added[world.economies.index(economy)]
        totals = {
            sector: sum(by_sector.get(sector, 0.0) for by_sector in groups.values())
            for sector in world.sectors
        }
        idle = [sector for sector, value in zip(world.sectors, added, strict=True) if value > 0]
        idle = [sector for sector in idle if totals[sector] == 0.0]
        if idle:
            names = ", ".join(idle)
            remedy = f"add rows for these sectors; {world.name} has value added in them"
            problems.append(Problem(f"no group of {economy} earns in {names}", file, remedy=remedy))
        for group in sorted(undivided & set(groups)):
            message = f"group '{group}' of {economy} has the code of another economy"
            problems.append(Problem(message, file, field="group", remedy="give it another name"))
    return problems


def _assembled(
    world: World, name: str, title: str, found: Earnings, source: str, notes: tuple[str, ...]
) -> LabourGroups:
    groups: list[str] = []
    economies: list[str] = []
    shares: list[np.ndarray] = []
    for economy in world.economies:
        members = found.get(economy, {economy: dict.fromkeys(world.sectors, 1.0)})
        earned = np.array([[row.get(s, 0.0) for s in world.sectors] for row in members.values()])
        groups += members
        economies += [economy] * len(members)
        shares.append(_parts(earned))
    return LabourGroups(
        name, title, tuple(groups), tuple(economies), world.sectors, np.vstack(shares), source, notes
    )


def _parts(earned: ByGroupSector) -> ByGroupSector:
    """Parts of each sector; a sector without earnings is divided as all earnings are."""
    total = earned.sum(axis=0)
    whole = np.broadcast_to((earned.sum(axis=1) / earned.sum())[:, None], earned.shape)
    found: ByGroupSector = np.divide(earned, total, out=whole.copy(), where=total > 0)
    return found


def _shipped(world: World, name: str) -> LabourGroups:
    row = _tables()[name]
    root = world.parent or world
    text = files("detente.world").joinpath("bundled", "labour_groups", f"{name}.csv")
    table = list(csv.DictReader(text.read_text(encoding="utf-8").splitlines()))
    found = _of_classification(table, root)
    absent = sorted(set(found) - set(root.economies))
    if not found or absent:
        what = (
            f"has no economy {', '.join(absent)}" if absent else f"has other sectors ({root.classification})"
        )
        given = ", ".join(dict.fromkeys(line["classification"] for line in table))
        remedy = f"take a world with sectors of {given}, or give a CSV file of your own"
        raise BadInput(Problem(f"groups '{name}' do not fit {world.name}, which {what}", remedy=remedy))
    source = " ".join(row["source"].split())
    groups = _assembled(root, name, row["title"], found, source, tuple(row["notes"]))
    return groups if world.parent is None else _merged(groups, root, world)


def _of_classification(table: list[dict[str, str]], world: World) -> Earnings:
    """The rows for a world's classification, summed where it merges sectors of one that has rows."""
    sector_of = {sector: sector for sector in world.sectors}
    wanted = world.classification
    while wanted in derivations() and not any(line["classification"] == wanted for line in table):
        link = derivations()[wanted]
        sector_of = {base: sector_of[own] for base, own in link.sector_of.items() if own in sector_of}
        wanted = link.of
    found: Earnings = {}
    for line in table:
        sector = sector_of.get(line["sector"])
        if line["classification"] == wanted and sector is not None:
            own = found.setdefault(line["economy"], {}).setdefault(line["group"], {})
            own[sector] = own.get(sector, 0.0) + float(line["earnings"])
    return found


def _merged(groups: LabourGroups, root: World, world: World) -> LabourGroups:
    """The same groups in an aggregated world, with parts weighted by value added."""
    economy_of = {m: e for e in world.economies for m in world.economy_groups.get(e, (e,))}
    place = {sector: index for index, sector in enumerate(root.sectors)}
    earned = groups.earnings(root)
    columns = [
        earned[:, [place[member] for member in world.sector_groups.get(sector, (sector,))]].sum(axis=1)
        for sector in world.sectors
    ]
    merged = np.stack(columns, axis=1)
    found: Earnings = {}
    for number, (group, economy) in enumerate(zip(groups.groups, groups.economies, strict=True)):
        home = economy_of[economy]
        row = found.setdefault(home, {}).setdefault(group if economy in groups.divided else home, {})
        for sector, value in zip(world.sectors, merged[number].tolist(), strict=True):
            row[sector] = row.get(sector, 0.0) + value
    return _assembled(world, groups.name, groups.title, found, groups.source, groups.notes)
