"""What decides the numbers of an answer beside the scenario, as plain data for identifiers."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem
from detente.model import Theory
from detente.studies.plain import to_plain
from detente.world import World, content_hash, labour_group_tables

__all__ = ["theory_content", "user_table", "world_content"]


def world_content(world: World) -> dict[str, Any]:
    """A world's numbers, labels, groups and sources, and those of the world that it was summed from.

    Sources are no prose here: errors of flows and tariffs go by what was estimated and from which layers, and
    by the world's name.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> broad = world.aggregate(sectors="broad")
        >>> world_content(broad)["parent"] == world_content(world)
        True
    """
    parent = world.parent
    return {
        "numbers": content_hash(world),
        "name": world.name,
        "provenance": to_plain(world.provenance),
        "groups": to_plain((world.economy_groups, world.sector_groups)),
        "parent": None if parent is None else world_content(parent),
    }


def theory_content(theory: Theory) -> dict[str, Any]:
    """A theory's choices, with what a user's table of groups of workers holds in place of its name.

    Raises:
        BadInput: the table cannot be read.

    Examples:
        >>> theory_content(Theory("uniform:4"))["elasticities"]
        'uniform:4'
    """
    path = user_table(theory)
    if path is None:
        return asdict(theory)
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        message = f"the table of groups of workers cannot be read ({error.strerror or error})"
        raise BadInput(Problem(message, str(path), remedy="bring it back, or name another")) from None
    return {**asdict(theory), "labour_groups": found}


def user_table(theory: Theory) -> Path | None:
    """The file of groups of workers that a theory names; None if it has none or a shipped one.

    Examples:
        >>> user_table(Theory(labour="groups", labour_groups="canada-provinces")) is None
        True
        >>> user_table(Theory(labour="groups", labour_groups="mine.csv")).name
        'mine.csv'
    """
    name = theory.labour_groups
    return None if name is None or name in labour_group_tables() else Path(name)
