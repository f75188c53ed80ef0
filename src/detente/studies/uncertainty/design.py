"""Which inputs each draw takes: a quasi-random design that tells how far every source moves an answer.

Block b of the design has one point on each of two sides, A and B, and 2 + k rows for k sources: all inputs
from side A; all from side B; and, for each source, all from A but that source from B. Every row is a draw of
all inputs, so all rows count in intervals; differences between rows of a block are due to one source, so that
shares of variance come from the same draws (Saltelli et al. 2010, Computer Physics Communications 181, 259).
Side A has the points of a scrambled Sobol sequence, which spread evenly and can be made more at any time.
Side B has random points: of so few points, two coordinates of a Sobol sequence depend on each other, and with
them the sides would be alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

__all__ = ["SIDES", "Design", "Factor", "Row"]

SIDES = ("A", "B")
# Points so near 0 and 1 that quantiles of what has no bound are still finite.
_EDGE = 2.0**-33
_BITS = 32


@dataclass(frozen=True)
class Factor:
    """What is moved as one when shares of variance are told.

    Attributes:
        name: as shown.
        kind: "parameters", "data" or "theory".
        inputs: names of the inputs in it; a name is the key of one number or of one random table.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One draw.

    Attributes:
        block: number of its block, from 0.
        name: "A", "B", or the factor that is taken from side B while all others are from side A.
        number: of the draw, from 0.
    """

    block: int
    name: str
    number: int

    def side(self, factor: str) -> str:
        """Where a factor is taken from.

        Examples:
            >>> Row(0, "tariffs", 3).side("tariffs"), Row(0, "tariffs", 3).side("flows")
            ('B', 'A')
        """
        return "B" if self.name in ("B", factor) else "A"


@dataclass(frozen=True)
class Design:
    """All draws of a study, in order; nothing is stored, any draw is made from its number.

    Attributes:
        factors: sources whose share in the variance is wanted; together they hold all inputs.
        numbers: names of inputs that are one number each; each is a coordinate of the points.
        seed: scrambles the sequence, and starts the generators of random points and tables.

    Examples:
        >>> design = Design((Factor("x", "parameters", ("x",)), Factor("y", "data", ("y",))), ("x",), seed=1)
        >>> [row.name for row in design.rows(0)], design.blocks(10)
        (['A', 'B', 'x', 'y'], 3)
        >>> design.points(4, 1)["A"].shape
        (1, 1)
    """

    factors: tuple[Factor, ...]
    numbers: tuple[str, ...]
    seed: int

    @property
    def rows_a_block(self) -> int:
        """Draws in each block."""
        return len(SIDES) + len(self.factors)

    def blocks(self, draws: int) -> int:
        """Blocks that hold at least so many draws."""
        return -(-draws // self.rows_a_block)

    def rows(self, block: int) -> list[Row]:
        """The draws of a block."""
        names = [*SIDES, *(factor.name for factor in self.factors)]
        return [Row(block, name, block * len(names) + at) for at, name in enumerate(names)]

    def points(self, first: int, count: int) -> dict[str, Float[np.ndarray, "block number"]]:
        """Points of some blocks by side, each coordinate within 0 to 1, in the order of `numbers`."""
        from scipy.stats import qmc

        width = len(self.numbers)
        if width == 0:
            return dict.fromkeys(SIDES, np.zeros((count, 0)))
        sequence = qmc.Sobol(width, scramble=True, bits=_BITS, rng=self.seed)
        if first:
            sequence.fast_forward(first)
        even = _drawn(sequence, count)
        blocks = range(first, first + count)
        free = np.stack([self.generator("points", block, "B").random(width) for block in blocks])
        return {
            side: np.clip(part, _EDGE, 1.0 - _EDGE) for side, part in zip(SIDES, (even, free), strict=True)
        }

    def generator(self, name: str, block: int, side: str) -> np.random.Generator:
        """The generator of a random table; the same wherever and whenever it is asked for."""
        key = [self.seed, *name.encode(), block, SIDES.index(side)]
        return np.random.default_rng(np.random.SeedSequence(key))


def _drawn(sequence: Any, count: int) -> np.ndarray:
    """The next points of a sequence, without SciPy's warning where their count is no power of two."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        found: np.ndarray = sequence.random(count)
    return found


def split(factor: Factor, names: Sequence[str]) -> tuple[Factor, ...]:
    """A factor as one factor for each of its inputs.

    Examples:
        >>> [part.name for part in split(Factor("pair", "data", ("x", "y")), ["first", "second"])]
        ['first', 'second']
    """
    return tuple(Factor(name, factor.kind, (key,)) for name, key in zip(names, factor.inputs, strict=True))
