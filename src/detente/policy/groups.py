"""Groups of economies that a measure can name, such as the European Union."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

__all__ = ["group_members"]

_SPELLINGS = {"eu": "EU27", "eu-27": "EU27", "european union": "EU27"}


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """Groups of several members in the groupings that ship with the worlds."""
    text = files("detente.world").joinpath("groupings.toml").read_text(encoding="utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for grouping in tomllib.loads(text)["economies"].values():
        found |= {
            name.casefold(): tuple(codes) for name, codes in grouping["groups"].items() if len(codes) > 1
        }
    return found


def group_members(name: str) -> tuple[str, ...]:
    """ISO 3166 codes of a group's members; none if there is no such group.

    Examples:
        >>> len(group_members("European Union")), group_members("Canada")
        (27, ())
    """
    folded = " ".join(name.casefold().split())
    return _groups().get(_SPELLINGS.get(folded, folded).casefold(), ())
