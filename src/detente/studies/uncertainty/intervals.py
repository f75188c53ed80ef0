"""What draws say of a number: its median, 50 and 90 percent intervals, how surely its sign is right, and how
far all of these would be off with other draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["FEWEST_BLOCKS", "PROBABILITIES", "Interval", "IntervalErrors", "interval", "interval_errors"]

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Percent or USD million: changes as small as what the solver leaves open have no sign.
_NOTHING = 1e-9
# With fewer blocks their spread says next to nothing: a standard error from n of them is itself off by one
# part in the square root of 2 (n - 1), here a quarter.
FEWEST_BLOCKS = 8
_RESAMPLES = 200
# Blocks in a resample: the work stays small however many draws there are.
_MOST = 512


@dataclass(frozen=True)
class Interval:
    """Where a number lies.

    Attributes:
        median: half of all draws are above it.
        low_50, high_50: ends of the interval that holds the middle half of all draws.
        low_90, high_90: the same for nine tenths of them.
        sign: part of all draws that have the sign of the median.
        draws: number of draws that count; failed ones do not.
    """

    median: float
    low_50: float
    high_50: float
    low_90: float
    high_90: float
    sign: float
    draws: int


@dataclass(frozen=True)
class IntervalErrors:
    """Standard errors of the parts of an `Interval`, in the same unit; `sign` as a part of all draws."""

    median: float
    low_50: float
    high_50: float
    low_90: float
    high_90: float
    sign: float


def interval(values: Float[np.ndarray, "draw"]) -> Interval | None:
    """The interval of a number over its draws; None where no draw has it.

    Quantiles are those of Hyndman and Fan (1996), definition 8, which is nearly unbiased for any
    distribution.

    Examples:
        >>> found = interval(np.linspace(-1.0, 9.0, 101))
        >>> found.median, round(found.low_90, 2), round(found.sign, 2)
        (4.0, -0.56, 0.89)
    """
    known = values[np.isfinite(values)]
    if known.size == 0:
        return None
    low_90, low_50, median, high_50, high_90 = np.quantile(
        known, PROBABILITIES, method="median_unbiased"
    ).tolist()
    sign = float(_same_sign(known, np.asarray(median)))
    return Interval(median, low_50, high_50, low_90, high_90, sign, int(known.size))


def _same_sign(values: Float[np.ndarray, "*draws"], median: Float[np.ndarray, "*samples"]) -> np.ndarray:
    """The part of known values, along the last axis, with the sign of a median."""
    signs = np.where(np.abs(values) <= _NOTHING, 0.0, np.sign(values))
    wanted = np.where(np.abs(median) <= _NOTHING, 0.0, np.sign(median))
    known = np.isfinite(values)
    return np.asarray(((signs == wanted[..., None]) & known).sum(axis=-1) / known.sum(axis=-1))


def interval_errors(values: Float[np.ndarray, "block row"], seed: int = 0) -> IntervalErrors | None:
    """Standard errors of an interval, from resampled blocks; None with fewer than `FEWEST_BLOCKS`.

    Rows of a block share inputs, so whole blocks are drawn with replacement (Efron and Tibshirani 1993, An
    Introduction to the Bootstrap, section 8.6). Of many blocks a resample takes 512, and the spread is scaled
    down by the square root of their part (Bickel, Götze and van Zwet 1997, Statistica Sinica 7, 1). Blocks
    are treated as independent, though Sobol points of different blocks spread more evenly than that.

    Args:
        values: of an answer by block; not a number where a draw failed.
        seed: of the resampling.

    Examples:
        >>> values = np.random.default_rng(0).normal(1.0, 2.0, (400, 5))
        >>> found = interval_errors(values)
        >>> 0.03 < found.median < 0.09, found.median < found.high_90
        (True, True)
    """
    values = values[np.isfinite(values).any(axis=1)]
    blocks, rows = values.shape
    if blocks < FEWEST_BLOCKS:
        return None
    each = min(blocks, _MOST)
    again = np.random.default_rng(seed).integers(0, blocks, (_RESAMPLES, each))
    samples = values[again].reshape(_RESAMPLES, each * rows)
    ends = np.nanquantile(samples, PROBABILITIES, axis=1, method="median_unbiased")
    signs = _same_sign(samples, ends[2])
    scale = (each / blocks) ** 0.5
    low_90, low_50, median, high_50, high_90 = (scale * ends.std(axis=1, ddof=1)).tolist()
    return IntervalErrors(median, low_50, high_50, low_90, high_90, float(scale * signs.std(ddof=1)))
