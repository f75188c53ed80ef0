"""The complete inter-country table of a world: what every sector buys of each input from each economy.

A world's `intermediate_flows` say who sells to an economy's firms, its `input_use` what each of their sectors
buys; which sector buys from whom needs a table with as many rows and columns as there are sectors in the
world. It is large, kept as published in a file of its own, and read when it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from detente.arrays import Bilateral, InputUse
from detente.errors import BadInput, Problem

__all__ = ["CompleteTable", "Purchases", "attach", "conform", "table_gap"]

Purchases = Float[np.ndarray, "input sector importer exporter"]

LARGEST_GAP = 0.05
"""Part of a world's purchases by which a table may miss them, before it is taken for another world's."""

_CLOSE = 1e-10
_SWEEPS, _PATIENCE = 500, 50
# Growing weight of a proportional split, where no table with the published zeros meets the totals.
_SEED = 1e-6


class CompleteTable:
    """Purchases by input, buying sector, importer and exporter, USD million a year, as published.

    Attributes:
        identity: SHA-256 that changes whenever the numbers do.
    """

    def __init__(self, cells: Purchases | Callable[[], Purchases], identity: str | None = None) -> None:
        """Keep an array, or what reads it when it is asked for.

        Args:
            cells: (input, buying sector, importer, exporter), or a function that returns it.
            identity: of cells that are not read yet; computed from an array.

        Examples:
            >>> CompleteTable(np.ones((1, 1, 2, 2))).cells.dtype
            dtype('float32')
        """
        self._read = cells if callable(cells) else None
        self._cells = None if callable(cells) else _own(cells)
        self._identity = identity

    @property
    def cells(self) -> Purchases:
        """The numbers, (input, buying sector, importer, exporter), float32; read once.

        Examples:
            >>> CompleteTable(lambda: np.ones((1, 1, 2, 2)), "").cells.shape
            (1, 1, 2, 2)
        """
        if self._cells is None:
            assert self._read is not None
            self._cells = _own(self._read())
        return self._cells

    @property
    def identity(self) -> str:
        """SHA-256 that changes whenever the numbers do.

        Examples:
            >>> one, two = (CompleteTable(np.full((1, 1, 1, 1), value)) for value in (1.0, 2.0))
            >>> one.identity == two.identity
            False
        """
        if self._identity is None:
            self._identity = hashlib.sha256(self.cells.astype("<f4", copy=False).tobytes()).hexdigest()
        return self._identity


def _own(cells: np.ndarray) -> np.ndarray:
    kept = np.ascontiguousarray(cells, dtype=np.float32)
    kept = kept.copy() if kept is cells and cells.flags.writeable else kept
    kept.flags.writeable = False
    return kept


def table_gap(cells: Purchases, intermediate_flows: Bilateral, input_use: InputUse) -> float:
    """Part of a world's purchases that a table puts elsewhere: the larger of sellers' and of buying sectors'.

    Raises:
        BadInput: another shape, negative numbers or such as are not finite; lists all of them.

    Examples:
        >>> table_gap(np.full((1, 1, 1, 1), 5.0), np.full((1, 1, 1), 4.0), np.full((1, 1, 1), 4.0))
        0.25
    """
    sectors, economies, _ = intermediate_flows.shape
    expected = (sectors, sectors, economies, economies)
    if cells.shape != expected:
        raise BadInput(Problem(f"shape {cells.shape}, expected {expected}", field="complete_table"))
    checks = {"are not finite": ~np.isfinite(cells), "are negative": cells < 0}
    problems = [
        Problem(f"{int(wrong.sum())} numbers {what}", field="complete_table")
        for what, wrong in checks.items()
        if wrong.any()
    ]
    if problems:
        raise BadInput(problems)
    total = max(float(intermediate_flows.sum()), np.finfo(float).tiny)
    by_seller = cells.sum(axis=1, dtype=np.float64)
    by_sector = cells.sum(axis=3, dtype=np.float64).transpose(2, 0, 1)
    misses = (np.abs(by_seller - intermediate_flows).sum(), np.abs(by_sector - input_use).sum())
    return float(max(misses)) / total


def conform(
    cells: Purchases, intermediate_flows: Bilateral, input_use: InputUse, out: Purchases | None = None
) -> Purchases:
    """The table nearest to the published one that adds up to a world's purchases by seller and by sector.

    Balancing changes a few cells of a published table, and final demand takes what they lose; the rest of the
    table follows by iterative proportional fitting, the nearest in Kullback-Leibler divergence (Csiszar 1975,
    Annals of Probability 3: 146-158). Purchases of which the table knows nothing are split in proportion.

    Args:
        cells: (input, buying sector, importer, exporter), USD million a year.
        intermediate_flows: (sector, importer, exporter).
        input_use: (economy, input, sector).
        out: where to put the answer, float64; a new array if None.

    Returns:
        The same shape, float64; sums over buying sectors to the flows to rounding, and over exporters to
        input use to 1e-10 of the input's total.

    Raises:
        BadInput: the table misses the world's purchases by more than 5 percent; see `table_gap`.

    Examples:
        >>> flows = np.array([[[3.0, 1.0], [1.0, 3.0]]])
        >>> conform(flows[:, None], flows, np.full((2, 1, 1), 4.0))[0, 0].tolist()
        [[3.0, 1.0], [1.0, 3.0]]
    """
    gap = table_gap(cells, intermediate_flows, input_use)
    if gap > LARGEST_GAP:
        message = f"misses the world's purchases by {gap:.1%} of them"
        remedy = "give the table from which the world's flows and input use are sums"
        raise BadInput(Problem(message, field="complete_table", remedy=remedy))
    found = np.empty(cells.shape) if out is None else out
    for number, published in enumerate(cells):
        by_sector = np.ascontiguousarray(input_use[:, number].T)
        found[number] = _fitted(published.astype(np.float64), by_sector, intermediate_flows[number])
    return found


def _fitted(
    cells: Float[np.ndarray, "sector importer exporter"],
    by_sector: Float[np.ndarray, "sector importer"],
    by_seller: Float[np.ndarray, "importer exporter"],
) -> Float[np.ndarray, "sector importer exporter"]:
    """One input: scale rows and columns of every importer's block in turn; sellers' totals are exact."""
    cells = _with_support(cells, by_sector, by_seller)
    largest = by_sector.sum()
    for sweep in range(_SWEEPS):
        used = cells.sum(axis=2)
        if np.abs(used - by_sector).sum() <= _CLOSE * largest:
            break
        if sweep % _PATIENCE == _PATIENCE - 1:
            cells += _SEED * 10.0 ** (sweep // _PATIENCE) * _proportional(by_sector, by_seller)
            used = cells.sum(axis=2)
        cells *= _ratio(by_sector, used)[:, :, None]
        cells *= _ratio(by_seller, cells.sum(axis=0))
    return cells


def _with_support(cells: np.ndarray, by_sector: np.ndarray, by_seller: np.ndarray) -> np.ndarray:
    """Proportional purchases where a total that is to be met has no cell; sellers' totals met once."""
    unknown = (cells.sum(axis=0) <= 0) & (by_seller > 0)
    idle = (cells.sum(axis=2) <= 0) & (by_sector > 0)
    if unknown.any() or idle.any():
        where = unknown[None] | idle[:, :, None]
        cells = np.where(where, _proportional(by_sector, by_seller), cells)
    cells *= _ratio(by_seller, cells.sum(axis=0))
    return cells


def _proportional(by_sector: np.ndarray, by_seller: np.ndarray) -> np.ndarray:
    """Every sector buys from the same origins."""
    split: np.ndarray = _ratio(by_sector, by_sector.sum(axis=0))[:, :, None] * by_seller
    return split


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    denominator = np.broadcast_to(denominator, numerator.shape)
    quotient: np.ndarray = np.divide(
        numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0
    )
    return quotient


def attach(
    cells: Purchases,
    table_economies: Sequence[str],
    economies: Sequence[str],
    intermediate_flows: Bilateral,
    input_use: InputUse,
) -> CompleteTable:
    """A complete table for a world with more economies than a published one.

    What the others sell and buy is split over buying sectors in proportion to each sector's use of the input.

    Args:
        cells: published purchases, (input, buying sector, importer, exporter) of `table_economies`.
        table_economies: codes, in the order of the table.
        economies: codes of the world.
        intermediate_flows: of the world, (sector, importer, exporter).
        input_use: of the world, (economy, input, sector).

    Raises:
        BadInput: an economy of the table is not in the world.

    Examples:
        >>> flows, use = np.full((1, 2, 2), 4.0), np.full((2, 1, 1), 8.0)
        >>> attach(np.full((1, 1, 1, 1), 4.0), ["A"], ["A", "ROW"], flows, use).cells[0, 0].tolist()
        [[4.0, 4.0], [4.0, 4.0]]
    """
    missing = [code for code in table_economies if code not in economies]
    if missing:
        message = f"{len(missing)} economies are not in the world: {', '.join(missing[:5])}"
        raise BadInput(Problem(message, field="complete_table"))
    place = np.array([list(economies).index(code) for code in table_economies])
    sectors, count, _ = intermediate_flows.shape
    filled = np.empty((sectors, sectors, count, count), np.float32)
    for number, published in enumerate(cells):
        by_sector = np.ascontiguousarray(input_use[:, number].T)
        filled[number] = _proportional(by_sector, intermediate_flows[number])
        filled[number][:, place[:, None], place] = published
    return CompleteTable(filled)
