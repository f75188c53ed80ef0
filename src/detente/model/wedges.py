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
            With the varieties of the firms that charges on the price drive out (`Markets.duty_selection`).
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
    nothing: Bilateral = np.broadcast_to(0.0, base.tariff_factor.shape)
    parts = _parts(weights.shock, premium) if weights.shock else None
    exporter = nobody = nothing
    if parts is not None and weights.shock is not None:
        exporter, nobody = _means(base, weights.shock, parts)
    return TradeCostChanges(_composite(base, weights, premium), exporter, nobody)


def _composite(base: Baseline, weights: Weights, premium: Premium | None) -> Bilateral:
    after = np.asarray(weights.weight)
    elasticity = np.asarray(base.trade_elasticity)
    limits = weights.limits
    if limits is not None and premium is not None:
        sector, log_premium = np.asarray(limits.sector), np.asarray(premium.log_premium)
        response = elasticity[sector]
        if limits.selection is not None:
            response = response + np.asarray(limits.selection)
        wanted = np.asarray(limits.weight) * np.exp(-response * log_premium[np.asarray(limits.limit)])
        after = after.copy()
        np.add.at(after, (sector, np.asarray(limits.buyer), np.asarray(limits.exporter)), wanted)
    # The change of a flow is that of all its uses.
    before, after = (_all_uses(part, base) for part in (np.asarray(base.sourcing), after))
    log_trade_cost = np.zeros_like(before)
    # Most flows of most scenarios keep their trade cost.
    moved = np.nonzero(after != before)
    with np.errstate(divide="ignore"):
        change = np.log(after[moved] / before[moved])
    log_trade_cost[moved] = -change / elasticity[moved[0]]
    return log_trade_cost


def _all_uses(part: np.ndarray, base: Baseline) -> Bilateral:
    sectors, importers, exporters = base.tariff_factor.shape
    summed: Bilateral = part.reshape(sectors, -1, importers, exporters).sum(axis=1)
    return summed


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


class _Values(NamedTuple):
    """Parts of flows: the flow of each, value at the border before and after, and what changes its cost."""

    flow: np.ndarray
    old: np.ndarray
    new: np.ndarray
    export: np.ndarray
    cost: np.ndarray


def _means(base: Baseline, shock: Shock, parts: _Parts) -> tuple[Bilateral, Bilateral]:
    """Means of export factors and of other trade costs over the varieties of each flow.

    Each variety's weight is the logarithmic mean of its value at the border before and after; a variety that
    is forbidden counts with its value over the elasticity, the limit of a rising cost.
    """
    shape = base.tariff_factor.shape
    flows = np.flatnonzero(_touched(shock, parts))
    if flows.size == 0:
        nothing = np.broadcast_to(0.0, shape)
        return nothing, nothing
    # Number of each touched flow; what is not touched has none.
    number = np.full(np.prod(shape), -1)
    number[flows] = np.arange(flows.size)
    member = number[np.ravel_multi_index(parts.at, shape)]
    named = member >= 0
    of = member[named]
    parts = _Parts((of, of, of), *(column[named] for column in parts[1:]))
    sector = np.unravel_index(flows, shape)[0]
    theta = np.asarray(base.trade_elasticity)[sector]
    selection = base.markets.duty_selection
    eta = np.zeros(flows.size) if selection is None else np.asarray(selection)[sector]
    pair = _rest(base, shock, parts, flows, theta, eta), _varieties(parts, theta, eta)
    values = _Values(*(np.concatenate(columns) for columns in zip(*pair, strict=True)))

    def total(column: np.ndarray) -> np.ndarray:
        return np.bincount(values.flow, column, flows.size)

    mean = logarithmic_mean(values.old, values.new)
    whole = logarithmic_mean(total(values.old), total(values.new))
    kept, lost = total(mean * np.log(values.export)), total(_lost(values, mean, theta[values.flow]))
    means = np.zeros((2, *shape))
    some = whole > 0.0
    means.reshape(2, -1)[:, flows] = np.where(some, (kept, lost) / np.where(some, whole, 1.0), 0.0)
    return means[0], means[1]


def _touched(shock: Shock, parts: _Parts) -> np.ndarray:
    """Flows with a trade cost that is no tariff and no importer's rent, (sector, importer, exporter)."""
    touched: np.ndarray = shock.cost_factor != 1.0
    if shock.export_factor is not None:
        touched |= shock.export_factor != 1.0
    special = (parts.export != 1.0) | (parts.cost != 1.0) | (parts.rent != 1.0)
    touched[tuple(axis[special] for axis in parts.at)] = True
    return touched


def _rest(
    base: Baseline, shock: Shock, parts: _Parts, flows: np.ndarray, theta: np.ndarray, eta: np.ndarray
) -> _Values:
    """What no variety names of each flow; zero where they name all of it."""
    of, count = parts.at[0], flows.size
    baseline = np.asarray(base.tariff_factor).ravel()[flows]
    left = 1.0 / baseline - np.bincount(of, parts.share / parts.baseline, count)
    old = np.where(1.0 - np.bincount(of, parts.share, count) > 1e-12, np.maximum(left, 0.0), 0.0)
    tariff, cost = shock.tariff_factor.ravel()[flows] / baseline, shock.cost_factor.ravel()[flows]
    export = np.ones(count) if shock.export_factor is None else shock.export_factor.ravel()[flows]
    new = old / tariff * (tariff * cost * export) ** -theta * (tariff * export) ** -eta
    return _Values(np.arange(count), old, new, export, cost)


def _varieties(parts: _Parts, theta: np.ndarray, eta: np.ndarray) -> _Values:
    """Varieties and members of limits, those with an exporter's rent at the price that holds it."""
    of = parts.at[0]
    charge = parts.export * parts.tariff / parts.baseline * parts.premium
    fall = (parts.cost * charge) ** -theta[of] * charge ** -eta[of]
    new = parts.share * fall / parts.tariff * parts.rent / parts.premium
    return _Values(of, parts.share / parts.baseline, new, parts.export * parts.rent, parts.cost)


def _lost(values: _Values, mean: np.ndarray, theta: np.ndarray) -> np.ndarray:
    forbidden = np.isinf(values.cost)
    return np.where(forbidden, values.old / theta, mean * np.log(np.where(forbidden, 1.0, values.cost)))
