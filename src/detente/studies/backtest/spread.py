"""How far trade moves when no tariff does: changes of flows that no measure was on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float

from detente.arrays import Bilateral

__all__ = ["NEIGHBOURS", "apart", "ordinary_changes", "other_pairs"]

NEIGHBOURS = 200
"""Flows of about the same size that stand for what could have happened to one flow."""


def apart(economies: Sequence[str], parties: Sequence[str]) -> Bool[np.ndarray, "importer exporter"]:
    """Pairs of economies, neither of which is a party.

    Examples:
        >>> apart(("A", "B", "C"), ("B",)).tolist()
        [[False, False, True], [False, False, False], [True, False, False]]
    """
    free = np.array([code not in parties for code in economies])
    found: np.ndarray = free[:, None] & free[None, :]
    np.fill_diagonal(found, False)
    return found


def ordinary_changes(
    change: Bilateral,
    size: Bilateral,
    pairs: Bool[np.ndarray, "importer exporter"],
    sizes: Float[np.ndarray, "row"],
    count: int = NEIGHBOURS,
) -> Float[np.ndarray, "row neighbour"]:
    """Changes of the flows among some pairs, of any sector, that are nearest in size to each given one.

    Args:
        change: log changes; flows without one do not count.
        size: of the flows before, as `change`.
        pairs: that may be taken.
        sizes: of the flows they stand for, (row,).
        count: flows to take for each.

    Examples:
        >>> change, size = np.arange(9.0).reshape(1, 3, 3), np.ones((1, 3, 3))
        >>> ordinary_changes(change, size, apart("ABC", "B"), np.array([1.0]), 2)
        array([[2., 6.]])
    """
    known = np.isfinite(change) & (size > 0.0) & pairs
    of, found = np.log(size[known]), change[known]
    order = np.argsort(np.abs(np.log(sizes)[:, None] - of), axis=1, kind="stable")
    nearest: np.ndarray = found[order[:, :count]]
    return nearest


def other_pairs(
    change: Bilateral,
    pairs: Bool[np.ndarray, "importer exporter"],
    directions: Sequence[Sequence[int]],
) -> Iterator[Float[np.ndarray, "row"]]:
    """The same rows for every other pair of economies: sectors one way, then sectors the other way.

    Args:
        change: log changes.
        pairs: that may be taken.
        directions: sectors of the rows, one way and the other.

    Yields:
        Changes, for pairs that have them all.
    """
    one, other = (list(sectors) for sectors in directions)
    for n, i in np.argwhere(pairs):
        found = np.concatenate([change[one, n, i], change[other, i, n]])
        if np.isfinite(found).all():
            yield found
