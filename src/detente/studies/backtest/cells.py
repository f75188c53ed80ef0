"""Which flows a back-test looks at: two economies, both ways, sector by sector and all goods together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from detente.arrays import Bilateral

__all__ = ["ALL_GOODS", "LEAST_TRADE", "Cells", "cells", "with_all_goods"]

ALL_GOODS = "all goods"
LEAST_TRADE = 100.0
"""USD million a year: changes of smaller flows say more about how tables are made than about trade."""


def with_all_goods(flows: Bilateral, goods: Sequence[int]) -> Float[np.ndarray, "good importer exporter"]:
    """Flows of some sectors and, last, their sum.

    Examples:
        >>> with_all_goods(np.ones((3, 2, 2)), [0, 2])[:, 0, 1]
        array([1., 1., 2.])
    """
    kept = np.asarray(flows)[list(goods)]
    return np.concatenate([kept, kept.sum(axis=0, keepdims=True)])


@dataclass(frozen=True)
class Cells:
    """Flows between two economies, those of the first importer first; all-goods flows last.

    Attributes:
        economies: codes, in the order of arrays.
        sectors: names of the goods; index len(sectors) of arrays is all goods.
        index: sector, importer and exporter of each flow.
        size: of each, before, USD million a year.
    """

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    index: tuple[tuple[int, int, int], ...]
    size: tuple[float, ...]

    def of(self, values: Bilateral) -> Float[np.ndarray, "cell"]:
        """Values of these flows, from an array whose last sector is all goods."""
        sector, importer, exporter = np.array(self.index).T
        return np.asarray(values[sector, importer, exporter])

    @property
    def single(self) -> int:
        """Number of flows of one sector; they come first."""
        return sum(at[0] < len(self.sectors) for at in self.index)

    def names(self, cell: int) -> tuple[str, str, str]:
        """Importer, exporter and sector of a flow."""
        sector, importer, exporter = self.index[cell]
        name = self.sectors[sector] if sector < len(self.sectors) else ALL_GOODS
        return self.economies[importer], self.economies[exporter], name


def cells(
    economies: Sequence[str],
    sectors: Sequence[str],
    pair: tuple[str, str],
    before: Bilateral,
    after: Bilateral,
) -> Cells:
    """Flows of a pair that were large enough before, and were there after.

    Args:
        economies: codes.
        sectors: names of goods.
        pair: of economies.
        before, after: with all goods as the last sector (`with_all_goods`), USD million a year.

    Examples:
        >>> before = with_all_goods(np.full((2, 2, 2), 150.0) * [[[1.0]], [[0.1]]], [0, 1])
        >>> found = cells("AB", ["food", "wood"], ("A", "B"), before, before)
        >>> [found.names(cell) for cell in range(found.single)]
        [('A', 'B', 'food'), ('B', 'A', 'food')]
    """
    one, other = (list(economies).index(code) for code in pair)
    both = ((one, other), (other, one))
    index = [
        (sector, n, i)
        for n, i in both
        for sector in range(len(sectors))
        if before[sector, n, i] >= LEAST_TRADE and after[sector, n, i] > 0.0
    ]
    index += [(len(sectors), n, i) for n, i in both]
    size = tuple(float(before[at]) for at in index)
    return Cells(tuple(economies), tuple(sectors), tuple(index), size)
