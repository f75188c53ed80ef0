"""What draws say of a number: its median, 50 and 90 percent intervals, and how surely its sign is right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["PROBABILITIES", "Interval", "interval"]

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
# Percent or USD million: changes as small as what the solver leaves open have no sign.
_NOTHING = 1e-9


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
    signs = np.where(np.abs(known) <= _NOTHING, 0.0, np.sign(known))
    same = signs == (0.0 if abs(median) <= _NOTHING else np.sign(median))
    return Interval(median, low_50, high_50, low_90, high_90, float(same.mean()), int(known.size))
