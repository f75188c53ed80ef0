"""Sum a world's economies and sectors into groups.

Every flow is conserved. The tariff of an aggregate is the average of its parts, weighted by their flows, so
that duties collected are conserved; trade among the members of a group keeps its duties, as sales of the
group to itself. Duties on firms' and on final purchases are conserved together, not apart: a world holds
one tariff a flow.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem, nearest
from detente.world.classifications import classifications
from detente.world.complete_table import CompleteTable
from detente.world.names import economy_title, match_economy, match_sector
from detente.world.world import Provenance, World

__all__ = ["aggregate", "groupings"]

Members = Mapping[str, tuple[str, ...]]
GROUPED = " grouped"


@dataclass(frozen=True)
class _Partition:
    """Groups of a world's labels: every label in exactly one."""

    groups: Members
    titles: Mapping[str, str]
    tag: str = ""
    classification: str | None = None
    remark: str = ""


def _provenance(world: World, groups: Members) -> Provenance:
    """Of the aggregate: a group of several importers has no day of its own whose measures it holds."""
    known = world.provenance.measures_included
    kept = {code: day for code, day in known.items() if groups.get(code) == (code,)}
    return replace(world.provenance, measures_included=kept)


def groupings(kind: str) -> Mapping[str, str]:
    """The shipped groupings of "economies" or "sectors", with their titles.

    Examples:
        >>> sorted(groupings("sectors"))
        ['broad', 'goods', 'sections']
    """
    return {name: grouping["title"] for name, grouping in _shipped()[kind].items()}


def aggregate(
    world: World,
    economies: str | Mapping[str, Sequence[str]] | None = None,
    sectors: str | Mapping[str, Sequence[str]] | None = None,
) -> World:
    """Sum economies and sectors into groups, conserving every flow and the duties collected.

    Groups that name every member come in their own order; otherwise each stands where its first member
    stood. The result's `parent` is the world as loaded, also when `world` is an aggregate itself.

    Args:
        world: what to aggregate.
        economies: a shipped grouping ("focus", "eu") or a mapping from group to members in any usual
            spelling.
        sectors: a shipped grouping ("sections", "goods", "broad") or a mapping from group to codes or titles.

    Raises:
        BadInput: unknown grouping or member, a member in two groups, an empty group, or a group with the
            name of an economy or sector outside it; lists all of them.

    Examples:
        >>> import detente as dt
        >>> aggregate(dt.load_world("g20-2019"), "focus", "broad").economies[:5]
        ('CAN', 'CHN', 'USA', 'MEX', 'EU27')
        >>> aggregate(dt.load_world("g20-2019"), {"A": ["Brzil"]}, "bread")
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'economies': group 'A': no economy 'Brzil'; did you mean Brazil (BRA)?
        field 'sectors': no shipped grouping 'bread'; did you mean broad?
    """
    problems: list[Problem] = []
    by_economy = _attempt(lambda: _partition_economies(world, economies), problems)
    by_sector = _attempt(lambda: _partition_sectors(world, sectors), problems)
    if by_economy is None or by_sector is None:
        raise BadInput(problems)
    root = world.parent or world
    economy = _matrix(by_economy.groups, world.economies)
    sector = _matrix(by_sector.groups, world.sectors)
    tag = "+".join(part for part in (by_economy.tag, by_sector.tag) if part)
    return World(
        name=f"{world.name}/{tag}" if tag else world.name,
        title=world.title + by_economy.remark,
        vintage=world.vintage,
        classification=by_sector.classification or world.classification,
        economies=tuple(by_economy.groups),
        sectors=tuple(by_sector.groups),
        sector_titles=tuple(by_sector.titles[code] for code in by_sector.groups),
        provenance=_provenance(world, by_economy.groups),
        parent=root,
        economy_groups=_in_terms_of_root(by_economy.groups, world.economy_groups),
        sector_groups=_in_terms_of_root(by_sector.groups, world.sector_groups),
        complete_table=_complete_table(world, economy, sector),
        **_sums(world, economy, sector),
    )


def _attempt(partition: Callable[[], _Partition], problems: list[Problem]) -> _Partition | None:
    try:
        return partition()
    except BadInput as error:
        problems.extend(error.problems)
        return None


def _sums(
    world: World, economy: Float[np.ndarray, "group economy"], sector: Float[np.ndarray, "group sector"]
) -> dict[str, np.ndarray]:
    def bilateral(values: np.ndarray) -> np.ndarray:
        summed: np.ndarray = np.tensordot(sector, economy @ values @ economy.T, axes=(1, 0))
        return summed

    def spread(values: np.ndarray) -> np.ndarray:
        """Unweighted mean, for the tariff of a flow that is zero in every part."""
        cells = sector.sum(axis=1)[:, None, None] * np.outer(economy.sum(axis=1), economy.sum(axis=1))
        mean: np.ndarray = bilateral(values) / cells
        return mean

    flows = bilateral(world.flows)
    duties = bilateral(world.flows * (world.tariff_factor - 1.0))
    rate = spread(world.tariff_factor - 1.0)
    np.divide(duties, flows, out=rate, where=flows > 0)
    use = sector @ world.input_use @ sector.T
    input_use: np.ndarray = np.tensordot(economy, use, axes=(1, 0))
    return {
        "intermediate_flows": bilateral(world.intermediate_flows),
        "final_flows": bilateral(world.final_flows),
        "input_use": input_use,
        "tariff_factor": 1.0 + rate,
    }


def _complete_table(
    world: World, economy: Float[np.ndarray, "group economy"], sector: Float[np.ndarray, "group sector"]
) -> CompleteTable | None:
    """The sums of the world's complete table, taken when they are asked for."""
    if world.complete_table is None:
        return None

    identity = hashlib.sha256(world.complete_table.identity.encode())
    for part in (economy, sector):
        identity.update(repr(part.shape).encode() + part.tobytes())
    for name in ("intermediate_flows", "input_use"):
        identity.update(np.ascontiguousarray(getattr(world, name), "<f8").tobytes())
    return CompleteTable(partial(_summed_purchases, world, economy, sector), identity.hexdigest())


def _summed_purchases(
    world: World, economy: Float[np.ndarray, "group economy"], sector: Float[np.ndarray, "group sector"]
) -> np.ndarray:
    cells = world.complete_purchases()
    if cells is None:
        raise TypeError("the world has no complete table")
    by_sector = np.stack([np.tensordot(sector, by_input, axes=(1, 0)) for by_input in cells])
    del cells
    summed: np.ndarray = np.tensordot(sector, economy @ by_sector @ economy.T, axes=(1, 0))
    return summed


def _matrix(groups: Members, labels: Sequence[str]) -> Float[np.ndarray, "group label"]:
    position = {label: index for index, label in enumerate(labels)}
    matrix = np.zeros((len(groups), len(labels)))
    for row, members in enumerate(groups.values()):
        matrix[row, [position[member] for member in members]] = 1.0
    return matrix


def _in_terms_of_root(groups: Members, earlier: Mapping[str, tuple[str, ...]]) -> Members:
    return {
        group: tuple(origin for member in members for origin in earlier.get(member, (member,)))
        for group, members in groups.items()
    }


def _partition_economies(world: World, wanted: str | Mapping[str, Sequence[str]] | None) -> _Partition:
    if wanted is None:
        return _Partition({code: (code,) for code in world.economies}, {})
    if not isinstance(wanted, str):
        groups = _from_mapping(
            wanted, world.economies, lambda name: match_economy(name, world.economies), "economies"
        )
        return _Partition(groups, {}, tag=f"{len(groups)}-economies")
    grouping = _find("economies", wanted)
    owner = {member: group for group, members in grouping["groups"].items() for member in members}
    owner |= {group: group for group in grouping["groups"]}
    labels = {
        code: (code,) if code in owner else world.economy_groups.get(code, (code,))
        for code in world.economies
    }
    groups = _from_owners(labels, owner, list(grouping["groups"]), grouping.get("rest"), "economies")
    return _Partition(groups, {}, tag=wanted, remark=_incomplete(grouping["groups"], world, groups))


def _partition_sectors(world: World, wanted: str | Mapping[str, Sequence[str]] | None) -> _Partition:
    titles = dict(zip(world.sectors, world.sector_titles, strict=True))
    if wanted is None:
        return _Partition({code: (code,) for code in world.sectors}, titles)
    root = (world.parent or world).classification.removesuffix(GROUPED)
    if not isinstance(wanted, str):
        groups = _from_mapping(
            wanted,
            world.sectors,
            lambda name: match_sector(name, world.sectors, world.sector_titles),
            "sectors",
        )
        titles = {group: titles.get(group, group) for group in groups}
        return _Partition(groups, titles, f"{len(groups)}-sectors", root + GROUPED)
    grouping = _find("sectors", wanted)
    key = world.classification if world.classification in grouping else root
    if key not in grouping:
        remedy = "give a mapping from group to sectors"
        message = f"the shipped grouping '{wanted}' does not cover the classification '{key}'"
        raise BadInput(Problem(message, field="sectors", remedy=remedy))
    owner = {member: group for group, members in grouping[key].items() for member in members}
    known = {} if key == world.classification else world.sector_groups
    labels = {code: known.get(code, (code,)) for code in world.sectors}
    groups = _from_owners(labels, owner, list(grouping[key]), None, "sectors")
    result = grouping.get("classification")
    standard = result is not None and set(groups) <= set(classifications()[result])
    return _Partition(groups, titles | grouping["titles"], wanted, result if standard else root + GROUPED)


def _from_mapping(
    wanted: Mapping[str, Sequence[str]], labels: Sequence[str], match: Callable[[str], str], field: str
) -> Members:
    """A user's groups, with every label outside them as a group of its own."""
    problems: list[Problem] = []
    owner: dict[str, str] = {}
    for group, members in wanted.items():
        if not members:
            problems.append(Problem(f"group '{group}' is empty", field=field))
        for member in [members] if isinstance(members, str) else members:
            try:
                code = match(member)
            except BadInput as error:
                problems += [
                    Problem(f"group '{group}': {p.message}", field=field, remedy=p.remedy)
                    for p in error.problems
                ]
                continue
            if owner.setdefault(code, group) != group:
                problems.append(Problem(f"'{code}' is in groups '{owner[code]}' and '{group}'", field=field))
    for group in wanted:
        if group in labels and owner.get(group, group if group not in owner else "") != group:
            problems.append(Problem(f"'{group}' names a group and is a member of another", field=field))
        elif group in labels and group not in owner:
            message = f"the group '{group}' has the name of one of the {field} outside it"
            problems.append(Problem(message, field=field, remedy="add it to the group or rename the group"))
    if problems:
        raise BadInput(problems)
    return _from_owners({label: (label,) for label in labels}, owner, list(wanted), None, field)


def _from_owners(
    labels: Mapping[str, tuple[str, ...]],
    owner: Mapping[str, str],
    order: list[str],
    rest: str | None,
    field: str,
) -> Members:
    """Groups of labels; a label with several origins must have them all in one group."""
    groups: dict[str, list[str]] = {}
    straddling = []
    for label, origins in labels.items():
        owners = {owner.get(origin, rest) for origin in origins}
        if len(owners) > 1:
            straddling.append(label)
            continue
        groups.setdefault(owners.pop() or label, []).append(label)
    if straddling:
        message = f"{', '.join(straddling)} of this aggregated world would lie in more than one group"
        remedy = "aggregate the world it was made from"
        raise BadInput(Problem(message, field=field, remedy=remedy))
    complete = set(groups) <= {*order, rest}
    names = [name for name in [*order, rest] if name in groups] if complete else list(groups)
    return {str(name): tuple(groups[str(name)]) for name in names}


def _incomplete(wanted: Mapping[str, Sequence[str]], world: World, groups: Members) -> str:
    """Say which shipped groups lack members that the world does not show apart."""
    present = set(world.economies) | {
        origin for members in world.economy_groups.values() for origin in members
    }
    remarks = []
    for group, members in wanted.items():
        missing = [member for member in members if member not in present]
        if group not in groups or group in present or not missing:
            continue
        held = groups[group]
        few = len(held) <= len(missing)
        shown = f"only {', '.join(held)}" if few else f"without {', '.join(missing)}"
        remarks.append(f"; {economy_title(group)} here is {shown}")
    return "".join(remarks)


def _find(kind: str, name: str) -> dict[str, Any]:
    shipped = _shipped()[kind]
    if name not in shipped:
        raise BadInput(
            Problem(f"no shipped grouping '{name}'", field=kind, remedy=nearest(name, list(shipped)))
        )
    grouping: dict[str, Any] = shipped[name]
    return grouping


@cache
def _shipped() -> dict[str, Any]:
    text = files("detente.world").joinpath("groupings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
