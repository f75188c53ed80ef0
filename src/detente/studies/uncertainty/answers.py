"""Which numbers of a comparison a draw keeps, in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detente.arrays import quantities
from detente.model import Theory
from detente.outcome.quantities import QUANTITIES, Comparison, quantity_names
from detente.outcome.summary import ALL_PARTNERS, ECONOMY_QUANTITIES
from detente.world import World

__all__ = ["Answer", "answer_values", "answers"]

BY_SECTOR = ("value_added_volume", "output_volume_change")
TRADE = ("exports_change_value", "exports_change")


@dataclass(frozen=True)
class Answer:
    """One number that every draw computes.

    Attributes:
        quantity: its name in `variables.toml`.
        key: "CAN" for an economy; "CAN>USA" or "CAN>all" for exports; "CAN.C29" for a sector.
        unit: of the values.

    Examples:
        >>> Answer("real_income", "CAN", "percent").name
        'real_income/CAN'
    """

    quantity: str
    key: str
    unit: str

    @property
    def name(self) -> str:
        """Name of its column in tables of draws."""
        return f"{self.quantity}/{self.key}"


def answers(world: World, theory: Theory, focus: Sequence[str]) -> tuple[Answer, ...]:
    """The numbers that are kept: quantities of every economy; trade and sectors of those in focus.

    Examples:
        >>> import detente as dt
        >>> kept = answers(dt.load_world("g20-2019"), dt.Theory(), ["CAN", "CHN"])
        >>> [answer.key for answer in kept if answer.quantity == "exports_change"]
        ['CAN>CHN', 'CAN>all', 'CHN>CAN', 'CHN>all']
    """
    there = quantity_names(theory)
    names = [name for name in ECONOMY_QUANTITIES if name in there]
    kept = [Answer(name, code, quantities()[name].unit) for name in names for code in world.economies]
    pairs = [(code, other) for code in focus for other in (*focus, ALL_PARTNERS) if other != code]
    kept += [
        Answer(name, f"{one}>{other}", quantities()[name].unit) for name in TRADE for one, other in pairs
    ]
    kept += [
        Answer(name, f"{code}.{sector}", quantities()[name].unit)
        for name in BY_SECTOR
        for code in focus
        for sector in world.sectors
    ]
    return tuple(kept)


def answer_values(
    kept: Sequence[Answer], world: World, theory: Theory, focus: Sequence[str], pair: Comparison
) -> np.ndarray:
    """The values of `answers`, (answer,); not a number where this theory has no such quantity."""
    there = set(quantity_names(theory))
    names = list(dict.fromkeys(answer.quantity for answer in kept))
    at = [world.economies.index(code) for code in focus]
    parts = []
    for name in names:
        if name in TRADE:
            parts.append(_trade(name, at, pair))
        elif name in BY_SECTOR:
            parts.append(QUANTITIES[name](pair)[at].ravel())
        elif name in there:
            parts.append(QUANTITIES[name](pair))
        else:
            parts.append(np.full(len(world.economies), np.nan))
    return np.concatenate(parts)


def _trade(name: str, at: Sequence[int], pair: Comparison) -> np.ndarray:
    """Changes of exports of the economies in focus: to each other, and to all."""
    sides = (QUANTITIES["exports_reference"](pair), QUANTITIES["exports"](pair))
    old, new = (
        np.array([value for one in at for value in _to_partners(exports[one], one, at)]) for exports in sides
    )
    if name == "exports_change_value":
        return np.asarray(new - old)
    return np.asarray(100.0 * np.divide(new - old, old, out=np.zeros_like(old), where=old > 0.0))


def _to_partners(row: np.ndarray, one: int, at: Sequence[int]) -> list[float]:
    return [*(float(row[other]) for other in at if other != one), float(row.sum())]
