"""What a flow's trade cost is made of: all of it, what the exporting economy keeps, what nobody receives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.model.baseline import Baseline
from detente.model.limits import Premium
from detente.model.weights import Weights
from detente.policy.shock import Shock

__all__ = ["TradeCostChanges", "logarithmic_mean", "trade_cost_changes"]

Bilateral = Float[np.ndarray, "sector importer exporter"]


class TradeCostChanges(NamedTuple):
    """Log changes against the baseline, all varieties of a flow together, (sector, importer, exporter).

    Attributes:
        all: ln kappa, of the composite of the flow's varieties; zero where nothing is traded in the baseline.
        exporter: mean of the varieties' export taxes and exporter's rents, weighted by value at the border.
        nobody: mean of the varieties' other trade costs; a forbidden one counts with what its buyers lose.
    """

    all: Bilateral
    exporter: Bilateral
    nobody: Bilateral


def logarithmic_mean(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(new - old) / ln(new / old): the mean of a quantity that grows from old to new at a constant rate.

    Zero where one of them is.

    Examples:
        >>> logarithmic_mean(np.array([1.0, 2.0, 0.0]), np.array([np.e, 2.0, 1.0])).round(6).tolist()
        [1.718282, 2.0, 0.0]
    """
    positive = (old > 0) & (new > 0)
    first, second = np.where(positive, old, 1.0), np.where(positive, new, 1.0)
    growth = np.log(second / first)
    close = np.abs(growth) < 1e-6
    mean = np.where(close, 0.5 * (first + second), (second - first) / np.where(close, 1.0, growth))
    return np.where(positive, mean, 0.0)


def trade_cost_changes(base: Baseline, weights: Weights, premium: Premium | None) -> TradeCostChanges:
    """Every part of the change of trade costs; the last two are zero where the shock is not known."""
    nothing: Bilateral = np.broadcast_to(0.0, base.sourcing.shape)
    parts = _parts(weights.shock, premium) if weights.shock else None
    exporter = nobody = nothing
    if parts is not None and weights.shock is not None:
        exporter, nobody = _means(base, weights.shock, parts)
    return TradeCostChanges(_composite(base, weights, premium), exporter, nobody)


def _composite(base: Baseline, weights: Weights, premium: Premium | None) -> Bilateral:
    before, after = np.asarray(base.sourcing), np.asarray(weights.weight)
    elasticity = np.asarray(base.trade_elasticity)
    limits = weights.limits
    if limits is not None and premium is not None:
        sector, log_premium = np.asarray(limits.sector), np.asarray(premium.log_premium)
        wanted = np.asarray(limits.weight) * np.exp(
            -elasticity[sector] * log_premium[np.asarray(limits.limit)]
        )
        after = after.copy()
        np.add.at(after, (sector, np.asarray(limits.importer), np.asarray(limits.exporter)), wanted)
    log_trade_cost = np.zeros_like(before)
    # Most flows of most scenarios keep their trade cost.
    moved = np.nonzero(after != before)
    with np.errstate(divide="ignore"):
        change = np.log(after[moved] / before[moved])
    log_trade_cost[moved] = -change / elasticity[moved[0]]
    return log_trade_cost


class _Parts(NamedTuple):
    """Varieties and members of limits; `rent` is the factor that an exporter's rent puts on the price."""

    at: tuple[np.ndarray, np.ndarray, np.ndarray]
    share: np.ndarray
    baseline: np.ndarray
    tariff: np.ndarray
    export: np.ndarray
    cost: np.ndarray
    premium: np.ndarray
    rent: np.ndarray


def _parts(shock: Shock, premium: Premium | None) -> _Parts:
    limits = shock.limits
    columns = [np.concatenate(pair) for pair in zip(shock.varieties, limits.members, strict=True)]
    sector, importer, exporter, share, baseline, tariff, export, cost = columns
    factor = np.ones_like(share)
    rent = np.ones_like(share)
    if premium is not None and limits.size.size:
        of = limits.member_limit
        added = np.exp(np.asarray(premium.log_premium))[of]
        within = np.asarray(premium.within)[of] * limits.exporter_share[of]
        first = shock.varieties.share.size
        factor[first:] = added
        rent[first:] = 1.0 + within * (added - 1.0)
        closed = ((limits.size == 0) & np.isinf(limits.highest))[of]
        cost[first:] = np.where(closed, np.inf, cost[first:])
    return _Parts((sector, importer, exporter), share, baseline, tariff, export, cost, factor, rent)


def _means(base: Baseline, shock: Shock, parts: _Parts) -> tuple[Bilateral, Bilateral]:
    """Means of export factors and of other trade costs over the varieties of each flow.

    Each variety's weight is the logarithmic mean of its value at the border before and after; a variety that
    is forbidden counts with its value over the elasticity, the limit of a rising cost.
    """
    shape = base.sourcing.shape
    theta = np.asarray(base.trade_elasticity)
    tau = np.asarray(base.tariff_factor)
    export = np.broadcast_to(1.0, shape) if shock.export_factor is None else shock.export_factor
    touched = shock.cost_factor != 1.0
    if shock.export_factor is not None:
        touched |= export != 1.0
    special = (parts.export != 1.0) | (parts.cost != 1.0) | (parts.rent != 1.0)
    touched[tuple(axis[special] for axis in parts.at)] = True
    flow = np.flatnonzero(touched)
    if flow.size == 0:
        nothing = np.broadcast_to(0.0, shape)
        return nothing, nothing
    exporter, nobody = np.zeros(shape), np.zeros(shape)
    place = np.full(tau.size, -1)
    place[flow] = np.arange(flow.size)
    member = place[np.ravel_multi_index(parts.at, shape)]
    of = member[member >= 0]
    parts = _Parts((of, of, of), *(column[member >= 0] for column in parts[1:]))

    def total(column: np.ndarray) -> np.ndarray:
        return np.bincount(of, column, flow.size)

    elasticity = theta[np.unravel_index(flow, shape)[0]]
    rest = 1.0 - total(parts.share)
    old = np.where(
        rest > 1e-12, np.maximum(1.0 / tau.ravel()[flow] - total(parts.share / parts.baseline), 0.0), 0.0
    )
    tariff, cost = shock.tariff_factor.ravel()[flow] / tau.ravel()[flow], shock.cost_factor.ravel()[flow]
    fee = export.ravel()[flow]
    new = old / tariff * (tariff * cost * fee) ** -elasticity
    old_v = parts.share / parts.baseline
    kappa = parts.cost * parts.export * parts.tariff / parts.baseline * parts.premium
    new_v = parts.share * kappa ** -elasticity[of] / parts.tariff * parts.rent / parts.premium
    mean, mean_v = logarithmic_mean(old, new), logarithmic_mean(old_v, new_v)
    whole = logarithmic_mean(old + total(old_v), new + total(new_v))
    kept = mean * np.log(fee) + total(mean_v * np.log(parts.export * parts.rent))
    lost = _lost(old, mean, cost, elasticity) + total(_lost(old_v, mean_v, parts.cost, elasticity[of]))
    some = whole > 0.0
    exporter.ravel()[flow] = np.where(some, kept / np.where(some, whole, 1.0), 0.0)
    nobody.ravel()[flow] = np.where(some, lost / np.where(some, whole, 1.0), 0.0)
    return exporter, nobody


def _lost(old: np.ndarray, mean: np.ndarray, cost: np.ndarray, elasticity: np.ndarray) -> np.ndarray:
    forbidden = np.isinf(cost)
    return np.where(forbidden, old / elasticity, mean * np.log(np.where(forbidden, 1.0, cost)))
