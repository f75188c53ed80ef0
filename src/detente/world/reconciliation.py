"""Reconcile a prior table with totals that are known exactly or with a stated weight.

The estimate is the table closest to the prior in Kullback-Leibler divergence (minimum cross-entropy). Exact
totals are conditions; uncertain totals enter the objective with a weight, so that contradictory sources are
weighed against each other instead of breaking the algorithm. With exact row and
column totals only, this is RAS.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from detente.errors import CannotCompute

__all__ = ["KnownTotals", "Reconciliation", "group_totals", "reconcile"]

FloatArray = npt.NDArray[np.float64]
IntegerArray = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class KnownTotals:
    """Totals of groups of cells, exact or uncertain.

    Attributes:
        name: What the totals are; appears in messages and in the result.
        group: Number of the group each cell belongs to, -1 for none; same shape as the prior.
        total: Known total per group, shape (group,), in the unit of the prior.
        weight: Weight of the divergence between the estimated and the known totals relative to the divergence
            between estimate and prior, one for all or one per group; infinite for totals to be met exactly.
        already_known: Part of each total that lies outside the estimated cells, shape (group,); zero if
            omitted.

    Example:
        >>> rows = np.array([[0, 0], [1, 1]])
        >>> KnownTotals("rows", rows, np.array([3.0, 7.0])).weight
        inf
    """

    name: str
    group: IntegerArray
    total: FloatArray
    weight: float | FloatArray = np.inf
    already_known: FloatArray | None = None

    @property
    def exact(self) -> bool:
        """Whether the totals must be met exactly."""
        return bool(np.all(np.isinf(self.weight)))


@dataclasses.dataclass(frozen=True)
class Reconciliation:
    """Estimate found by :func:`reconcile`.

    Attributes:
        table: Estimate, shape and unit of the prior.
        sweeps: Passes over all sets of totals.
        exact_gap: Largest gap of an exact total, relative to the mean exact total of its set.
        discrepancy: Per set of totals, sum of absolute gaps over the sum of totals (a share).

    Example:
        >>> Reconciliation(np.ones((1, 1)), 1, 0.0, {}).sweeps
        1
    """

    table: FloatArray
    sweeps: int
    exact_gap: float
    discrepancy: dict[str, float]


def group_totals(table: FloatArray, group: IntegerArray, groups: int) -> FloatArray:
    """Sum the cells of each group.

    Args:
        table: Cells, any shape.
        group: Number of the group of each cell, -1 for none; shape of `table`.
        groups: Number of groups.

    Returns:
        Totals, shape (group,), unit of `table`.

    Example:
        >>> group_totals(np.array([1.0, 2.0, 4.0]), np.array([0, -1, 0]), 1).tolist()
        [5.0]
    """
    counted = np.bincount(group.ravel() + 1, weights=table.ravel(), minlength=groups + 1)
    return np.asarray(counted[1:], dtype=np.float64)


def reconcile(
    prior: FloatArray,
    known: Sequence[KnownTotals],
    *,
    tolerance: float = 1e-10,
    sweeps: int = 2000,
) -> Reconciliation:
    """Find the non-negative table closest to a prior that agrees with known totals.

    Minimises KL(x | prior) + sum_k weight_k KL(A_k x + c_k | total_k) over x >= 0, where A_k sums the cells
    of each group, c_k is the part already known and infinite weights are exact conditions. Each set of totals
    is met in turn by one multiplier per group; a finite weight damps the multiplier. Zero cells stay zero.

    Args:
        prior: Prior value of each cell, any shape, not negative, any unit.
        known: Sets of totals; a cell belongs to at most one group of each set. Exact sets that may contradict
            the others are better given a finite weight.
        tolerance: Largest gap of exact totals, relative to their mean, and largest relative change of any
            multiplier in the last sweep.
        sweeps: Most passes over all sets.

    Returns:
        The estimate with its measured gaps.

    Raises:
        CannotCompute: If the totals cannot be met by this prior or are not met within `sweeps` passes; the
            message names the set, the group and the size of the gap.

    Source:
        Stone and Brown (1962) and Bacharach (1970) for RAS; Golan, Judge and Robinson (1994) for
        cross-entropy; Chizat, Peyre, Schmitzer and Vialard (2018), Mathematics of Computation 87, algorithm
        1, for finite weights.

    Example:
        >>> groups = np.array([[0, 1], [0, 1]])
        >>> columns = KnownTotals("columns", groups, np.array([4.0, 6.0]))
        >>> rows = KnownTotals("rows", groups.T, np.array([3.0, 7.0]))
        >>> reconcile(np.ones((2, 2)), [columns, rows]).table.round(6).tolist()
        [[1.2, 1.8], [2.8, 4.2]]
    """
    _check(prior, known)
    table = np.array(prior, dtype=np.float64)
    multipliers = [np.ones(len(totals.total)) for totals in known]
    for sweep in range(1, sweeps + 1):
        change = 0.0
        for position, totals in enumerate(known):
            updated = _multiplier(table, totals, multipliers[position])
            ratio = updated / multipliers[position]
            table *= np.append(1.0, ratio)[totals.group + 1]
            multipliers[position] = updated
            change = max(change, float(np.abs(np.log(ratio)).max(initial=0.0)))
        if change <= tolerance and _exact_gap(table, known)[0] <= tolerance:
            gap = _exact_gap(table, known)[0]
            return Reconciliation(
                table, sweep, gap, {totals.name: _discrepancy(table, totals) for totals in known}
            )
    gap, culprit = _exact_gap(table, known)
    raise CannotCompute(
        f"The table could not be reconciled with its known totals in {sweeps} passes: {culprit} is off by "
        f"{gap:.1e} of the mean total (allowed {tolerance:.1e}) and multipliers still moved by {change:.1e}. "
        "Check that the exact totals agree with each other, allow more passes or give uncertain totals a "
        "finite weight."
    )


def _check(prior: FloatArray, known: Sequence[KnownTotals]) -> None:
    problems = []
    if not np.all(np.isfinite(prior)) or np.any(prior < 0):
        problems.append(f"the prior has {int((~(prior >= 0)).sum())} negative or missing cells")
    for totals in known:
        if totals.group.shape != prior.shape:
            problems.append(
                f"groups of '{totals.name}' have shape {totals.group.shape}, the prior {prior.shape}"
            )
            continue
        wanted = totals.total - _outside(totals)
        support = group_totals(prior, totals.group, len(wanted))
        if totals.exact and np.any(wanted < 0):
            worst = int(np.argmin(wanted))
            problems.append(f"total {worst} of '{totals.name}' is negative ({wanted[worst]:.6g})")
        if totals.exact and np.any((support == 0) & (wanted > 0)):
            worst = int(np.argmax(np.where(support == 0, wanted, 0.0)))
            problems.append(f"total {worst} of '{totals.name}' is {wanted[worst]:.6g} but its prior is zero")
        if not np.all(np.asarray(totals.weight) > 0) or (
            np.any(np.isinf(totals.weight)) and not totals.exact
        ):
            problems.append(
                f"weights of '{totals.name}' must be positive, and infinite for all groups or none"
            )
    if problems:
        raise CannotCompute("The table cannot be reconciled: " + "; ".join(problems) + ".")


def _outside(totals: KnownTotals) -> FloatArray:
    return np.zeros(len(totals.total)) if totals.already_known is None else totals.already_known


def _multiplier(table: FloatArray, totals: KnownTotals, current: FloatArray) -> FloatArray:
    """Multiplier of each group that meets its total, or for a finite weight balances it against the prior."""
    outside = _outside(totals)
    unscaled = group_totals(table, totals.group, len(totals.total)) / np.where(current > 0, current, 1.0)
    usable = (unscaled > 0) & ((totals.total > 0) | totals.exact)
    base = np.where(usable, unscaled, 1.0)
    if totals.exact:
        # A floor keeps multipliers of groups with a zero total away from 0/0 without leaving a visible value.
        return np.where(usable, np.maximum((totals.total - outside) / base, 1e-300), current)
    target = np.where(usable, totals.total, 1.0)
    logarithm = np.log(np.where(current > 0, current, 1.0))
    # Newton on m + weight ln((outside + base e^m) / total) = 0, increasing in m.
    for _ in range(50):
        inside = base * np.exp(logarithm)
        gap = logarithm + totals.weight * np.log((outside + inside) / target)
        step = np.clip(gap / (1.0 + totals.weight * inside / (outside + inside)), -2.0, 2.0)
        logarithm = logarithm - step
        if np.abs(step)[usable].max(initial=0.0) < 1e-14:
            break
    return np.where(usable, np.exp(logarithm), current)


def _exact_gap(table: FloatArray, known: Sequence[KnownTotals]) -> tuple[float, str]:
    worst, culprit = 0.0, "no total"
    for totals in known:
        if totals.exact and len(totals.total):
            wanted = totals.total - _outside(totals)
            gaps = np.abs(group_totals(table, totals.group, len(wanted)) - wanted)
            gap = float(gaps.max() / max(float(wanted.mean()), 1e-300))
            if gap > worst:
                worst, culprit = gap, f"total {int(gaps.argmax())} of '{totals.name}'"
    return worst, culprit


def _discrepancy(table: FloatArray, totals: KnownTotals) -> float:
    found = group_totals(table, totals.group, len(totals.total)) + _outside(totals)
    return float(np.abs(found - totals.total).sum() / max(float(np.abs(totals.total).sum()), 1e-300))
