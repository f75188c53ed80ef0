"""The regime of each limit at a solution: whether it binds, at what premium, and who keeps the rent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import jax
import numpy as np

from detente.model.limits import LimitWeights, held
from detente.model.system import Pass
from detente.model.weights import Weights

__all__ = ["LimitResult", "Regime", "limit_results"]

Regime = Literal["not binding", "binding", "beyond the quota", "not met", "fixed", "closed"]
# A commitment that misses its size by less is met.
_MISSED = 1e-6
# A log premium closer to none is rounding: a limit of exactly what is traded.
_NO_PREMIUM = 1e-9


@dataclass(frozen=True)
class LimitResult:
    """What one limit does.

    Attributes:
        name: what the shock calls it, such as the id of its measure.
        size: quantity at prices of the baseline before duty, or value where `in_value`, USD million a year;
            None for a margin that is fixed.
        in_value: whether the limit is on current value before duty.
        quantity: what is traded, in the terms of `size`.
        premium: the factor m on what buyers pay; None where nothing may be traded.
        regime: "not binding": all that is wanted fits; "binding": the quantity is the size, at a price;
            "beyond the quota": more is traded, at the highest premium; "not met": a commitment that even the
            lowest premium does not fulfil; "fixed": the premium is given; "closed": nothing may be traded.
        importer_rent, exporter_rent: USD million a year; negative for what a commitment costs.
        gap: how far the limit is from holding where its premium is not at a bound that says so, as a share
            of its size.
    """

    name: str
    size: float | None
    in_value: bool
    quantity: float
    premium: float | None
    regime: Regime
    importer_rent: float
    exporter_rent: float
    gap: float

    @property
    def used(self) -> float | None:
        """Quantity over size; None where there is no size or it is zero."""
        return self.quantity / self.size if self.size else None


def limit_results(weights: Weights, last: Pass) -> tuple[LimitResult, ...]:
    """The answer of each limit, in the order of the shock; named by number where the shock is not known."""
    limits, premium, members = weights.limits, last.premium, last.members
    if limits is None or premium is None or members is None:
        return ()
    # One number at a time is read from these.
    limits, premium = jax.tree.map(np.asarray, (limits, premium))
    given = weights.shock.limits if weights.shock else None
    real = (
        range(len(given.names))
        if given
        else np.unique(np.asarray(limits.limit)[np.asarray(limits.sourcing) > 0])
    )
    rents = []
    for rent in (members.importer_rent, members.exporter_rent):
        rents.append(np.bincount(np.asarray(limits.limit), np.asarray(rent), limits.size.size))
    traded = held(limits, members, premium.log_premium, np.asarray(last.log_offer))
    results = []
    for at in (int(number) for number in real):
        closed = bool(given is not None and given.size[at] == 0 and np.isinf(given.highest[at]))
        quantity, log_premium = float(traded[at]), float(premium.log_premium[at])
        size = float(limits.size[at])
        results.append(
            LimitResult(
                name=given.names[at] if given else f"limit {at}",
                size=size if np.isfinite(size) else None,
                in_value=bool(limits.in_value[at]),
                quantity=quantity,
                premium=None if closed else float(np.exp(log_premium)),
                regime="closed" if closed else _regime(limits, at, quantity, log_premium),
                importer_rent=float(rents[0][at]),
                exporter_rent=float(rents[1][at]),
                gap=_gap(limits, at, quantity, log_premium),
            )
        )
    return tuple(results)


def _gap(limits: LimitWeights, at: int, quantity: float, log_premium: float) -> float:
    """Quantity may be below the size at the lowest premium, and above it at the highest one only."""
    size, lowest, highest = (float(part[at]) for part in (limits.size, limits.lowest, limits.highest))
    # What nobody trades, at any price, cannot be held to a size.
    if not np.isfinite(size) or size == 0.0 or quantity == 0.0:
        return 0.0
    over = quantity / size - 1.0
    allowed = (over < 0.0 and log_premium <= lowest) or (over > 0.0 and log_premium >= highest)
    return 0.0 if allowed else abs(over)


def _regime(limits: LimitWeights, at: int, quantity: float, log_premium: float) -> Regime:
    size, lowest, highest = (float(part[at]) for part in (limits.size, limits.lowest, limits.highest))
    if not np.isfinite(size):
        return "fixed"
    if lowest < 0.0 and quantity < size * (1.0 - _MISSED):
        return "not met"
    if abs(log_premium) <= _NO_PREMIUM:
        return "not binding"
    return "beyond the quota" if log_premium >= highest > 0.0 else "binding"
