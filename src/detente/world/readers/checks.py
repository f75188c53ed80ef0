"""Accounting checks of a published table before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from detente.errors import Problem

__all__ = ["unbalanced"]

SHOWN = 5


def unbalanced(
    what: str,
    labels: Sequence[str],
    found: Float[np.ndarray, "label"],
    recorded: Float[np.ndarray, "label"],
    path: Path,
    *,
    absolute: float,
    relative: float,
) -> list[Problem]:
    """Sums that differ from the recorded output by more than rounding, as one problem; none if all fit.

    Args:
        what: "rows" or "columns", for the message.
        labels: one for each sum.
        found: the sums, USD million.
        recorded: what the publisher records, USD million.
        path: named in the message.
        absolute: largest gap from rounding, USD million.
        relative: largest gap as a share of the recorded value; the larger of the two counts.

    Examples:
        >>> found, recorded = np.array([10.0]), np.array([500.0])
        >>> print(*unbalanced("rows", ["CAN_C"], found, recorded, Path("x.csv"), absolute=1.0, relative=1e-4))
        x.csv: 1 of 1 rows do not sum to the recorded output: CAN_C sums to 10.0, recorded 500.0; ...
    """
    gap = np.abs(found - recorded)
    # A comparison with NaN is false, and NaN must not pass.
    wrong = np.flatnonzero(~(gap <= np.maximum(absolute, relative * np.abs(recorded))))
    if not wrong.size:
        return []
    worst = wrong[np.argsort(-gap[wrong])][:SHOWN]
    shown = ", ".join(f"{labels[r]} sums to {found[r]:,.1f}, recorded {recorded[r]:,.1f}" for r in worst)
    more = f" and {wrong.size - SHOWN} more" if wrong.size > SHOWN else ""
    message = f"{wrong.size} of {gap.size} {what} do not sum to the recorded output: {shown}{more}"
    return [Problem(message, file=str(path), remedy="the file is damaged or edited: download it again")]
