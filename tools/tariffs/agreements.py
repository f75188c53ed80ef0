"""Who trades free of duty with whom in a year."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["FreeTrade", "agreements_in_force", "free_trade", "members_of"]

Pairs = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class FreeTrade:
    """Pairs that trade free of duty, each (importer, exporter).

    Attributes:
        all_goods: members of an agreement on all goods, or of a duty-free scheme.
        industrial: members of an agreement that leaves agriculture, fishing and food outside.
    """

    all_goods: Pairs
    industrial: Pairs


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("agreements.toml").read_text(encoding="utf-8"))


def members_of(group: str, year: int) -> tuple[str, ...]:
    """Economies that belong to a named group in a year."""
    return tuple(code for code, since in _table()["groups"][group].items() if since <= year)


def _expand(names: Sequence[str], year: int) -> list[str]:
    groups = _table()["groups"]
    return [code for name in names for code in (members_of(name, year) if name in groups else (name,))]


def _parties(row: Mapping[str, Any], year: int) -> tuple[list[str], list[str], bool]:
    """Importers, exporters, and whether it works in both directions."""
    if "among" in row:
        members = _expand(row["among"], year)
        return members, members, False
    if "between" in row:
        one, other = row["between"]
        return _expand(one, year), _expand(other, year), True
    return _expand(row["importer"], year), _expand(row["exporter"], year), False


def agreements_in_force(year: int, phase_in: int) -> dict[str, dict[str, Any]]:
    """Unions in force in a year, and agreements and schemes that were at least `phase_in` years old then.

    Customs unions cut duties at once; free-trade agreements do so over years.
    """
    table = _table()
    old_enough = {
        name: row
        for kind, lag in (("unions", 0), ("agreements", phase_in), ("schemes", phase_in))
        for name, row in table[kind].items()
        if row["since"] + lag <= year <= row.get("until", year)
    }
    return old_enough


def free_trade(economies: Sequence[str], year: int, phase_in: int) -> FreeTrade:
    """Pairs of economies that trade free of duty in a year.

    Args:
        economies: ISO 3166 alpha-3 codes and "ROW", which no agreement names.
        year: calendar year.
        phase_in: age in years from which an agreement counts as fully applied.
    """
    place = {code: index for index, code in enumerate(economies)}
    all_goods = np.zeros((len(economies), len(economies)), dtype=bool)
    industrial = np.zeros_like(all_goods)
    for row in agreements_in_force(year, phase_in).values():
        importers, exporters, both = _parties(row, year)
        target = industrial if row.get("industrial") else all_goods
        rows = [place[code] for code in importers if code in place]
        columns = [place[code] for code in exporters if code in place]
        target[np.ix_(rows, columns)] = True
        if both:
            target[np.ix_(columns, rows)] = True
    np.fill_diagonal(all_goods, True)
    return FreeTrade(all_goods, industrial & ~all_goods)
