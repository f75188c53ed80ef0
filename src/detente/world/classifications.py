"""Sector classifications of published tables: codes, titles, and which one a list of codes is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

__all__ = ["classifications", "recognise"]


@cache
def classifications() -> Mapping[str, Mapping[str, str]]:
    """Every known classification: sector codes with their titles, in the publisher's order.

    Examples:
        >>> classifications()["wiod2013"]["AtB"]
        'Agriculture, hunting, forestry and fishing'
    """
    text = files("detente.world").joinpath("classifications.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


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
