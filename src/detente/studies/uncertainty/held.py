"""How often intervals made as those of a run held what then happened."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HELD", "Held"]


@dataclass(frozen=True)
class Held:
    """What a back-test found of 90 percent intervals.

    Attributes:
        band: name of the intervals in the back-test.
        inside: numbers that ended inside theirs.
        of: numbers that were looked at.
    """

    band: str
    inside: int
    of: int


# By whether several theories vary: change of share, Section 301 and 232 tariffs of 2018-19 and their answers,
# `detente backtest us-china-2018`, first table of docs/backtest.md; draws had no errors of flows and tariffs.
HELD = {True: Held("several theories", 12, 27), False: Held("one theory", 4, 27)}
