"""Which source of uncertainty moves an answer most: shares of variance, with their own errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from detente.studies.uncertainty.intervals import FEWEST_BLOCKS

__all__ = ["Influence", "influences"]

_RESAMPLES = 400


@dataclass(frozen=True)
class Influence:
    """How much of the variance of an answer one factor accounts for.

    Attributes:
        factor: its name.
        alone: first-order Sobol index: the part of the variance that would go if the factor were known.
        alone_error: standard error of it, from resampled blocks.
        total: total Sobol index: the part that would stay if all other factors were known.
        total_error: standard error of it.
    """

    factor: str
    alone: float
    alone_error: float
    total: float
    total_error: float


def influences(
    side_a: Float[np.ndarray, "block"],
    side_b: Float[np.ndarray, "block"],
    mixed: Mapping[str, Float[np.ndarray, "block"]],
    seed: int = 0,
) -> tuple[Influence, ...]:
    """Sobol indices of every factor, the largest total first.

    First-order indices are those of Saltelli et al. (2010, table 2, b), total ones those of Jansen (1999,
    Computer Physics Communications 117, 35). Blocks in which a draw failed are left out. Errors are standard
    deviations over resampled blocks, themselves rough where there are few; of fewer than `FEWEST_BLOCKS` no
    share is told. Estimates are raw: they can lie outside 0 to 1 by their errors.

    Args:
        side_a, side_b: the answer in rows A and B, (block,).
        mixed: by factor, the answer with that factor from B and all others from A, (block,).
        seed: of the resampling.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> x, y = rng.random((2, 2, 4096))
        >>> found = influences(3 * x[0] + y[0], 3 * x[1] + y[1], {"x": 3 * x[1] + y[0], "y": 3 * x[0] + y[1]})
        >>> [(part.factor, round(part.total, 1)) for part in found]
        [('x', 0.9), ('y', 0.1)]
    """
    rows = np.stack([side_a, side_b, *mixed.values()])
    rows = rows[:, np.isfinite(rows).all(axis=0)]
    count = rows.shape[1]
    if count < FEWEST_BLOCKS:
        return ()
    alone, total = _indices(rows[:, None])
    again = np.random.default_rng(seed).integers(0, count, (_RESAMPLES, count))
    spread = [part.std(axis=1) for part in _indices(rows[:, again])]
    found = [
        Influence(name, float(alone[at, 0]), float(spread[0][at]), float(total[at, 0]), float(spread[1][at]))
        for at, name in enumerate(mixed)
    ]
    return tuple(sorted(found, key=lambda part: -part.total))


def _indices(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices, (factor, sample), from rows A, B and mixed, (row, sample, block)."""
    first, second, mixed = rows[0], rows[1], rows[2:]
    both = np.concatenate([first, second], axis=-1)
    variance = both.var(axis=-1)
    variance = np.where(variance > 0.0, variance, np.inf)
    centred = second - both.mean(axis=-1, keepdims=True)
    alone = (centred * (mixed - first)).mean(axis=-1) / variance
    total = 0.5 * ((first - mixed) ** 2).mean(axis=-1) / variance
    return alone, total
