"""Scale a table of flows, sector by sector, so that its sums over importers and over exporters are given.

The answer is the table closest to the given one in Kullback-Leibler divergence (RAS, iterative proportional
fitting). Plain sweeps need thousands of passes where nearly everything is sold at home, so that Newton's
method on the dual problem follows a few of them.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.arrays import Bilateral
from detente.errors import CannotCompute

__all__ = ["scaled_to_margins"]

_SWEEPS = 4
_MOST_STEPS = 60
# Largest change of the logarithm of a factor in one step; larger ones overshoot.
_LARGEST_STEP = 1.5

Bought = Float[np.ndarray, "sector importer"]
Sold = Float[np.ndarray, "sector exporter"]


def scaled_to_margins(flows: Bilateral, bought: Bought, sold: Sold, tolerance: float = 1e-10) -> Bilateral:
    """Flows times a factor of each (sector, importer) and of each (sector, exporter), with given sums.

    Args:
        flows: not negative, (sector, importer, exporter).
        bought: sums over exporters, (sector, importer); met to rounding.
        sold: sums over importers, (sector, exporter); of the same total in every sector; met to `tolerance`.
        tolerance: largest relative error of a sum.

    Returns:
        A new array (sector, importer, exporter); zeros stay zero.

    Raises:
        CannotCompute: no table with these zeros has the sums; the message has the largest error.

    Source: Bacharach (1970), Biproportional Matrices and Input-Output Change; the dual problem as in Knight
    and Ruiz (2013), A fast algorithm for matrix balancing, IMA Journal of Numerical Analysis 33.

    Examples:
        >>> found = scaled_to_margins(np.ones((1, 2, 2)), np.array([[1.0, 3.0]]), np.array([[2.0, 2.0]]))
        >>> found.round(9).tolist()
        [[[0.5, 0.5], [1.5, 1.5]]]
    """
    row = np.ones_like(sold)
    for _ in range(_SWEEPS):
        row = _quotient(sold, _reached(flows, _of_importers(flows, row, bought)))
    # Single precision is enough for a direction; what it leaves, the next step sees.
    rough = flows.astype(np.float32)
    left, part = np.arange(len(flows)), flows
    for _ in range(_MOST_STEPS):
        column = _of_importers(part, row[left], bought[left])
        reached = row[left] * _reached(part, column)
        gap = sold[left] - reached
        error = np.abs(_quotient(gap, sold[left])).max(axis=1, initial=0.0)
        open_ = error > tolerance
        if not open_.any():
            break
        if not open_.all():
            left, part, rough = left[open_], part[open_], rough[open_]
        row[left] *= np.exp(_step(rough, row[left], column[open_], reached[open_], gap[open_], bought[left]))
    else:
        message = f"sums of flows were not met: relative error {error.max():.1e}, tolerance {tolerance:.0e}"
        raise CannotCompute(f"{message}; the zeros of the table leave no flows that have these sums")
    scaled: Bilateral = flows * _of_importers(flows, row, bought)[:, :, None]
    scaled *= row[:, None, :]
    return scaled


def _step(
    flows: Float[np.ndarray, "sector importer exporter"],
    row: Sold,
    column: Bought,
    reached: Sold,
    gap: Sold,
    bought: Bought,
) -> Sold:
    """Newton's step of the logarithms of the exporters' factors, with the importers' sums always met.

    The matrix is singular along a common factor of a sector, which changes nothing; adding that direction
    keeps the step orthogonal to it.
    """
    root = np.sqrt(_quotient(np.ones_like(reached), reached))
    importers = column * np.sqrt(_quotient(np.ones_like(bought), bought))
    scaled = flows * importers.astype(np.float32)[:, :, None]
    scaled *= (row * root).astype(np.float32)[:, None, :]
    matrix = np.matmul(scaled.transpose(0, 2, 1), scaled)
    np.negative(matrix, out=matrix)
    places = np.arange(flows.shape[2])
    matrix[:, places, places] += 1.0
    common = np.sqrt(_quotient(reached, np.broadcast_to(reached.sum(axis=1, keepdims=True), reached.shape)))
    along = common.astype(np.float32)
    matrix += along[:, :, None] * along[:, None, :]
    found = np.linalg.solve(matrix, (gap * root).astype(np.float32)[..., None])[..., 0] * root
    largest = np.abs(found).max(axis=1, keepdims=True)
    step: Sold = found * np.minimum(1.0, _LARGEST_STEP / np.maximum(largest, 1e-30))
    return step


def _of_importers(flows: Bilateral, row: Sold, bought: Bought) -> Bought:
    """Factors of importers that give their sums."""
    return _quotient(bought, np.matmul(flows, row[..., None])[..., 0])


def _reached(flows: Bilateral, column: Bought) -> Sold:
    return np.asarray(np.matmul(column[:, None, :], flows)[:, 0])


def _quotient(above: Sold, below: Sold) -> Sold:
    found: Sold = np.divide(above, below, out=np.zeros_like(above), where=below > 0.0)
    return found
