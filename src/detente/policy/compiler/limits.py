"""Quotas, restraints, commitments and margins: how large each is, and which pieces it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from detente.errors import BadInput, Problem
from detente.policy.compiler.charges import Charges, tariff_factors
from detente.policy.compiler.plan import Plan
from detente.policy.compiler.reach import usd_million
from detente.policy.measure import Measure, Quota

__all__ = ["COMMITMENT_LOWEST", "LIMITING", "Limited", "limited", "quota_size"]

QUANTITY = ("tariff-rate-quota", "import-quota", "export-restraint", "purchase-commitment")
LIMITING = (*QUANTITY, "procurement-preference")
# A state that must buy may pay up to all but this part of the price.
COMMITMENT_LOWEST = 0.01
# Bounds of a quota's pieces that differ by more are worth a sentence.
_UNLIKE = 0.02


@dataclass(frozen=True, eq=False)
class Limited:
    """Which pieces are under limits.

    Attributes:
        charges: with tariffs and costs as they are under the limits.
        limit: number of the limit that holds each piece, or -1, (piece,).
        size, lowest, highest, exporter_share, in_value, names: see `detente.policy.shock.Limits`.
        notices: sentences a user must see.
    """

    charges: Charges
    limit: Int[np.ndarray, "piece"]
    size: tuple[float, ...] = ()
    lowest: tuple[float, ...] = ()
    highest: tuple[float, ...] = ()
    exporter_share: tuple[float, ...] = ()
    in_value: tuple[bool, ...] = ()
    names: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def quota_size(quota: Quota, stated: float | None, hit: float, under: float) -> float:
    """How much a quota lets in, USD million a year at prices of the baseline before duty.

    A value is one in USD at the average exchange rate of its year; units have the value of one. Where the
    measure states the value of the trade that it covers, the quota keeps its proportion to it: covered trade
    of another year, or one that had to be cut to the world's flow, is no reason to bind or not to bind.

    Args:
        quota: in units, value or share.
        stated: the trade that the measure hits as its sources state it; None for the world's flows.
        hit: the trade it hits in the world.
        under: the part of that trade on which it is charged, which a share is a share of.

    Raises:
        BadInput: no exchange rate for the currency and year.

    Examples:
        >>> quota = Quota(units=50_000, unit_value=40_000, currency="USD", year=2023)
        >>> quota_size(quota, stated=None, hit=1500.0, under=1500.0)
        2000.0
        >>> quota_size(quota, stated=1600.0, hit=1500.0, under=1500.0)
        1875.0
    """
    if quota.share is not None:
        return quota.share * under
    value = quota.value if quota.value is not None else (quota.units or 0.0) * (quota.unit_value or 0.0)
    size = usd_million(value, quota.currency, quota.year)
    return size if not stated else size / stated * hit


def limited(plan: Plan, charges: Charges) -> Limited:
    """Put pieces under the limits of the measures that are charged on them.

    One measure is one limit, over all its pieces. Goods that may not be traded, or on which the measure
    yields, are under none. A quota of nothing is a ban, or the duty beyond it. Where a margin of public
    buyers meets another limit, or another margin, it is a duty, which is what it comes to: the importer's
    side keeps it.

    Raises:
        BadInput: two limits on the same goods, or a quota whose size cannot be known.
    """
    trade = plan.pieces.share * plan.world.flows.reshape(-1)[charges.flow]
    measures = [m for m in plan.own.values() if m.kind in LIMITING]
    there = {m.id: _there(plan, charges, m) for m in measures}
    _refuse_two(plan, measures, there)
    charges, there = _margins(charges, measures, there)
    found = Limited(charges, np.full(trade.size, -1, dtype=np.int64))
    problems: list[Problem] = []
    for measure in measures:
        try:
            found = _with(found, plan, measure, there[measure.id], trade)
        except BadInput as error:
            problems += [measure.place.problem("quota", p.message, p.remedy) for p in error.problems]
    if problems:
        raise BadInput(problems)
    return found


def _there(plan: Plan, charges: Charges, measure: Measure) -> np.ndarray:
    """Pieces that a limit holds: not what may not be traded, nor what it holds in the baseline alike."""
    there: np.ndarray = charges.has(list(plan.own).index(measure.id)) & np.isfinite(charges.cost_factor)
    if measure.id in plan.held:
        bit = list(plan.held).index(measure.id)
        before = np.array(
            [bool(plan.charged_before(mask) >> bit & 1) for mask in plan.pieces.sets] or [False]
        )
        there &= ~(before[plan.pieces.held] & charges.replaced)
    return there


def _refuse_two(plan: Plan, measures: list[Measure], there: Mapping[str, np.ndarray]) -> None:
    """Two limits on quantities of the same goods would need two premiums, one inside the other."""
    problems = []
    quantity = [m for m in measures if m.kind in QUANTITY]
    for position, one in enumerate(quantity):
        for other in quantity[position + 1 :]:
            both = there[one.id] & there[other.id]
            if both.any():
                sectors = sorted({plan.world.sectors[s] for s in np.unique(plan.pieces.sector[both])})
                message = f"{one.id} and {other.id} both limit the same goods (in {', '.join(sectors[:5])})"
                remedy = "say which counts: let the other one yield to it, or take one out"
                problems.append(other.place.problem("quota", message, remedy))
    if problems:
        raise BadInput(problems)


def _margins(
    charges: Charges, measures: list[Measure], there: dict[str, np.ndarray]
) -> tuple[Charges, dict[str, np.ndarray]]:
    """Margins that meet another limit, as duties."""
    together = sum((there[m.id].astype(int) for m in measures), np.zeros(charges.flow.size, int))
    after = charges.after.copy()
    for measure in measures:
        if measure.kind == "procurement-preference":
            folded = there[measure.id] & (together > 1)
            after[folded] *= 1.0 + measure.rate
            there = {**there, measure.id: there[measure.id] & ~folded}
    return replace(charges, after=after), there


def _with(found: Limited, plan: Plan, measure: Measure, there: np.ndarray, trade: np.ndarray) -> Limited:
    """One more limit."""
    laid = plan.pieces.on(plan.pieces.names.index(measure.id))
    under = float(trade[there].sum())
    if under <= 0.0:
        stays = measure.id in plan.held or not laid.any() or measure.kind == "procurement-preference"
        text = f"{measure.id}: no goods are left under it: they may not be traded, or it yields on them"
        return found if stays else replace(found, notices=(*found.notices, text))
    if measure.kind == "procurement-preference":
        margin = 1.0 + measure.rate
        return _appended(found, measure, there, float("inf"), margin, margin, False, 0.0)
    assert measure.quota is not None
    size = quota_size(measure.quota, plan.found.stated.get(measure.id), float(trade[laid].sum()), under)
    if measure.kind == "purchase-commitment":
        in_value = measure.quota.value is not None
        return _appended(found, measure, there, size, COMMITMENT_LOWEST, 1.0, in_value, measure.rent)
    highest = float("inf")
    beyond = None
    if measure.kind == "tariff-rate-quota":
        beyond = _beyond(plan, found.charges, measure, there)
        highest = float(trade[there] @ beyond / (trade[there] @ found.charges.after[there]))
        if highest <= 1.0:
            return found
        found = replace(
            found, notices=(*found.notices, *_unlike(measure, beyond / found.charges.after[there], highest))
        )
    if size <= 0.0:
        return _nothing_within(found, there, beyond)
    return _appended(found, measure, there, size, 1.0, highest, False, measure.rent)


def _appended(
    found: Limited,
    measure: Measure,
    there: np.ndarray,
    size: float,
    lowest: float,
    highest: float,
    in_value: bool,
    exporter_share: float,
) -> Limited:
    return replace(
        found,
        limit=np.where(there, len(found.names), found.limit),
        size=(*found.size, size),
        lowest=(*found.lowest, lowest),
        highest=(*found.highest, highest),
        exporter_share=(*found.exporter_share, exporter_share),
        in_value=(*found.in_value, in_value),
        names=(*found.names, measure.id),
    )


def _beyond(plan: Plan, charges: Charges, measure: Measure, there: np.ndarray) -> Float[np.ndarray, "piece"]:
    """1 + tariff of pieces beyond a quota; margins that are duties stay."""
    schedules = tuple(replace(s, beyond=frozenset({measure.id})) for s in charges.schedules)
    pieces = plan.pieces
    rates = {name: t[pieces.sector, pieces.exporter][there] for name, t in plan.carbon.items()}
    at = (charges.charged[there], charges.ordinary[there], charges.scale[there])
    beyond = tariff_factors(at[0], schedules, at[1], at[2], rates)
    within = tariff_factors(at[0], charges.schedules, at[1], at[2], rates)
    found: np.ndarray = beyond * charges.after[there] / within
    return found


def _unlike(measure: Measure, bounds: Float[np.ndarray, "piece"], used: float) -> tuple[str, ...]:
    """That one average bound stands for the unlike ones of a quota's goods."""
    low, high = float(bounds.min()), float(bounds.max())
    if high <= low * (1.0 + _UNLIKE):
        return ()
    return (
        f"{measure.id}: beyond the quota goods pay from {low - 1.0:.1%} to {high - 1.0:.1%} more than within "
        f"it; {used - 1.0:.1%}, the average by trade, is used for all of them",
    )


def _nothing_within(found: Limited, there: np.ndarray, beyond: np.ndarray | None) -> Limited:
    """A quota of nothing: the duty beyond it, or no trade."""
    charges = found.charges
    if beyond is None:
        cost = np.where(there, np.inf, charges.cost_factor)
        return replace(found, charges=replace(charges, cost_factor=cost))
    after = charges.after.copy()
    after[there] = beyond
    return replace(found, charges=replace(charges, after=after))
