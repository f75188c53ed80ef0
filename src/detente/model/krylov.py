"""Linear systems with many right-hand sides, where only products with the matrix are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

__all__ = ["LinearSolution", "block_gmres"]

Columns = Float[np.ndarray, "column unknown"]
Apply = Callable[[Columns], Columns]

# Numbers in the basis of one cycle; what does not fit is solved after it, or in another cycle.
_STORED = 2**27
# Block steps of a cycle, and cycles; each cycle starts from what the last one left.
_STEPS, _CYCLES = 400, 20
# Columns that are solved together, at most, for every 24 steps that fit.
_EXPECTED = 24


class LinearSolution(NamedTuple):
    """Where the iterations ended.

    Attributes:
        value: (column, unknown).
        residual: largest norm of what is left of any column, over that of the column.
        products: products with one vector that were used.
    """

    value: Columns
    residual: float
    products: int


def block_gmres(apply: Apply, right: Columns, tolerance: float = 1e-12) -> LinearSolution:
    """Solve A x = b for every column b, all from one Krylov space.

    The block form of GMRES (Saad and Schultz 1986; Saad 2003, section 6.12): the space that is searched for
    one column serves all, so that many columns take few steps. Ends at the tolerance, or where a cycle no
    longer halves what is left; `residual` says which.

    Args:
        apply: v -> A v for vectors (column, unknown), any number of them up to that of `right`.
        right: b, (column, unknown).
        tolerance: bound on the norm of what is left of each column, over that of the column.

    Examples:
        >>> import numpy as np
        >>> matrix = np.diag([1.0, 2.0, 4.0]) + 0.1
        >>> found = block_gmres(lambda v: v @ matrix.T, np.eye(3))
        >>> bool(np.allclose(found.value.T @ matrix, np.eye(3))), found.residual < 1e-12
        (True, True)
    """
    size = max(1, min(len(right), _STORED // (_EXPECTED * right.shape[1])))
    value, residual, products = np.zeros_like(right), 0.0, 0
    for first in range(0, len(right), size):
        part = slice(first, first + size)
        solved = _together(apply, right[part], tolerance)
        value[part] = solved.value
        residual, products = max(residual, solved.residual), products + solved.products
    return LinearSolution(value, residual, products)


def _together(apply: Apply, right: Columns, tolerance: float) -> LinearSolution:
    norm = np.linalg.norm(right, axis=1)
    scale = np.where(norm > 0.0, norm, 1.0)[:, None]
    value, left, products = np.zeros_like(right), right / scale, 0
    residual = float(np.linalg.norm(left, axis=1).max(initial=0.0))
    for _ in range(_CYCLES):
        if not residual > tolerance:
            break
        step, used = _cycle(apply, left, tolerance)
        products += used + len(right)
        after = right / scale - apply(value + step)
        found = float(np.linalg.norm(after, axis=1).max())
        if not found < residual:
            break
        stuck = found > 0.5 * residual
        value, left, residual = value + step, after, found
        if stuck:
            break
    return LinearSolution(value * scale, residual, products)


def _cycle(apply: Apply, right: Columns, tolerance: float) -> tuple[Columns, int]:
    """Best combination of a growing Krylov space, and products used."""
    width, unknowns = right.shape
    steps = max(1, min(_STEPS, -(-unknowns // width), _STORED // right.size))
    # Vectors are rows, so that a growing basis stays in one piece.
    basis = np.empty(((steps + 1) * width, unknowns))
    basis[:width], first = _orthonormal(right)
    wanted = np.zeros(((steps + 1) * width, width))
    wanted[:width] = first
    turns: list[np.ndarray] = []
    columns: list[np.ndarray] = []
    done = 0
    for number in range(steps):
        column = _expand(apply, basis, number * width, width)
        for place, turn in enumerate(turns):
            rows = slice(place * width, (place + 2) * width)
            column[rows] = turn.T @ column[rows]
        rows = slice(number * width, (number + 2) * width)
        turn, upper = np.linalg.qr(column[rows], mode="complete")
        column[rows] = upper
        columns.append(column[:-width])
        wanted[rows] = turn.T @ wanted[rows]
        turns.append(turn)
        done = (number + 1) * width
        if np.linalg.norm(wanted[done : done + width], axis=0).max() <= 0.3 * tolerance:
            break
    triangle = np.zeros((done, done))
    for place, column in enumerate(columns):
        triangle[: len(column), place * width : (place + 1) * width] = column
    weights = np.linalg.solve(triangle, wanted[:done])
    return weights.T @ basis[:done], done


def _expand(apply: Apply, basis: np.ndarray, start: int, width: int) -> np.ndarray:
    """Add A times the last block to the orthonormal basis; returns its coordinates there."""
    end = start + width
    known = basis[:end]
    fresh = apply(known[start:])
    inner = known @ fresh.T
    block, upper = _orthonormal(fresh - inner.T @ known)
    # Once more at unit length: what is left of a block may be rounding error only.
    again = known @ block.T
    block, outer = _orthonormal(block - again.T @ known)
    basis[end : end + width] = block
    return np.concatenate([inner + again @ upper, outer @ upper])


def _orthonormal(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal rows q and an upper triangle r with rows = r^T q."""
    gram = rows @ rows.T
    size = np.sqrt(np.diagonal(gram))
    if (size > 0.0).all():
        with np.errstate(all="ignore"):
            try:
                lower = np.linalg.cholesky(gram / np.outer(size, size))
            except np.linalg.LinAlgError:
                lower = np.zeros_like(gram)
        # Well enough apart that the product of rows, which squares how close they are, is exact enough.
        if np.diagonal(lower).min() > 1e-4:
            lower = lower * size[:, None]
            return np.linalg.inv(lower) @ rows, lower.T
    across, upper = np.linalg.qr(rows.T)
    return across.T, upper
