"""Limits on quantities: the premium at which each one holds, and what its members buy, pay and earn.

Members of limits are kept out of the bilateral arrays. At a state of the system the quantity under a limit
falls with its premium m; the premium is solved there and held within its bounds, so that at a solution of the
system every limit either holds with m strictly between its bounds, or m is at a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float, Int

from detente.policy.shock import Limits, Varieties

__all__ = [
    "LimitWeights",
    "MemberValues",
    "Premium",
    "fold_limits",
    "held",
    "member_values",
    "premiums",
    "reach",
]

# Newton steps a pass on a decreasing convex function; with one elasticity under a limit the first is exact.
_STEPS = 3
# Members and limits are padded to multiples of these, so that scenarios share compiled code.
_MEMBERS, _LIMITS = 32, 8


class LimitWeights(NamedTuple):
    """Limits and their members as the iterations read them; arrays are (member,) unless said otherwise.

    Attributes:
        limit: index of each member's limit.
        sector, buyer, exporter: indices of each member's flow; a member has one entry for every use.
        sourcing: share of the buyer's spending on the sector that the member has in the baseline.
        baseline_factor: 1 + tariff in the baseline.
        weight: `sourcing` times kappa^-theta, and (tariff x export)^-eta with selection, without the premium.
        tariff_factor, export_factor, cost_factor: of the shock, as in `Varieties`.
        size: (limit,), USD million a year; infinite where the premium is given.
        lowest, highest: logs of the bounds of the premium, (limit,).
        exporter_share: of the rent, (limit,).
        in_value: whether `size` is a value and not a quantity, (limit,).
        selection: eta, how far a charge on the price drives firms out; None where it does not.
    """

    limit: Int[Array, "member"]
    sector: Int[Array, "member"]
    buyer: Int[Array, "member"]
    exporter: Int[Array, "member"]
    sourcing: Float[Array, "member"]
    baseline_factor: Float[Array, "member"]
    weight: Float[Array, "member"]
    tariff_factor: Float[Array, "member"]
    export_factor: Float[Array, "member"]
    cost_factor: Float[Array, "member"]
    size: Float[Array, "limit"]
    lowest: Float[Array, "limit"]
    highest: Float[Array, "limit"]
    exporter_share: Float[Array, "limit"]
    in_value: Bool[Array, "limit"]
    selection: Float[Array, "member"] | None = None


class Premium(NamedTuple):
    """The answer of every limit at a state, (limit,).

    Attributes:
        log_premium: ln m.
        quantity: what is limited, at that premium: quantity at prices of the baseline, or value.
        within: the part of trade that lies within the limit and earns the rent, 0 to 1.
    """

    log_premium: Float[Array, "limit"]
    quantity: Float[Array, "limit"]
    within: Float[Array, "limit"]


class MemberValues(NamedTuple):
    """Values of every member, (member,), USD million a year.

    Attributes:
        paid: by the buyer.
        border: before import duty; with an exporter's rent.
        received: by the producer.
        importer_rent, exporter_rent: parts of `paid - border` and of `border - received`.
    """

    paid: Float[Array, "member"]
    border: Float[Array, "member"]
    received: Float[Array, "member"]
    importer_rent: Float[Array, "member"]
    exporter_rent: Float[Array, "member"]


def fold_limits(
    sourcing: Float[np.ndarray, "sector buyer exporter"],
    elasticity: Float[np.ndarray, "sector"],
    limits: Limits,
    selection: Float[np.ndarray, "sector"] | None = None,
) -> LimitWeights | None:
    """Limits in the form that the iterations read; None where there are none.

    A limit of size zero without a highest premium is a ban: its members have no weight.

    Examples:
        >>> fold_limits(np.ones((1, 1, 1)), np.ones(1), Limits.none()) is None
        True
    """
    count = limits.size.size
    if count == 0:
        return None
    economies = sourcing.shape[2]
    uses = sourcing.shape[1] // economies
    member_limit = np.tile(limits.member_limit, uses)
    members = Varieties(*(np.tile(column, uses) for column in limits.members))
    use = np.repeat(np.arange(uses), limits.members.share.size)
    at = (members.sector, use * economies + members.importer, members.exporter)
    part = sourcing[at] * members.share
    banned = np.isinf(members.cost_factor) | ((limits.size == 0) & np.isinf(limits.highest))[member_limit]
    cost = np.where(banned, 1.0, members.cost_factor)
    kappa = cost * members.export_factor * members.tariff_factor / members.baseline_factor
    weight = np.where(banned, 0.0, part * kappa ** -elasticity[members.sector])
    eta = None
    if selection is not None:
        eta = selection[members.sector]
        weight = weight * (kappa / cost) ** -eta
        (eta,) = _padded([eta], (0.0,), _MEMBERS)
    # Nothing fits a limit of zero: its premium is the highest, on all of its trade.
    full = limits.size == 0
    highest = np.where(np.isinf(limits.highest) & full, 1.0, limits.highest)
    lowest = np.where(full, highest, limits.lowest)
    per_member = [member_limit, *at, part, members.baseline_factor, weight]
    per_member += [members.tariff_factor, members.export_factor, cost]
    per_limit = [limits.size, np.log(lowest), np.log(highest), limits.exporter_share, limits.in_value]
    # As they are: handing them to the device one by one takes longer than everything above.
    folded: Any = LimitWeights(
        *_padded(per_member, (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0), _MEMBERS),
        *_padded(per_limit, (np.inf, 0.0, 0.0, 0.0, 0.0), _LIMITS),
    )
    kept: LimitWeights = folded._replace(selection=eta)
    return kept


def _padded(parts: list[np.ndarray], fill: Sequence[float], block: int) -> Iterator[Any]:
    missing = -parts[0].size % block or (block if parts[0].size == 0 else 0)
    for part, value in zip(parts, fill, strict=True):
        yield np.concatenate([part, np.full(missing, value, part.dtype)])


def _log_total(log_parts: Array, limits: LimitWeights) -> tuple[Array, Array]:
    """Log of the sum over each limit's members, (limit,), and each member's share of its limit."""
    count = limits.size.size
    top = jax.ops.segment_max(log_parts, limits.limit, count)
    top = jnp.where(jnp.isfinite(top), top, 0.0)
    parts = jnp.exp(log_parts - top[limits.limit])
    total = jax.ops.segment_sum(parts, limits.limit, count)
    some = jnp.where(total > 0.0, total, 1.0)
    log_total = jnp.where(total > 0.0, jnp.log(some) + top, -jnp.inf)
    return log_total, parts / some[limits.limit]


def _log_demand(
    limits: LimitWeights, spent: Array, log_price: Array, log_offer: Array, elasticity: Array
) -> Float[Array, "member"]:
    """Log of what is limited of each member, were its premium one and its exporter's share of rents zero."""
    at_buyer = (limits.buyer, limits.sector)
    theta, offer = elasticity[limits.sector], log_offer[limits.exporter, limits.sector]
    some = limits.weight > 0.0
    wanted = jnp.log(jnp.where(some, limits.weight, 1.0)) + theta * (log_price[at_buyer] - offer)
    bought = spent[at_buyer]
    wanted = jnp.where(
        some & (bought > 0.0), wanted + jnp.log(jnp.where(bought > 0.0, bought, 1.0)), -jnp.inf
    )
    volume = wanted - offer - jnp.log(limits.cost_factor * limits.export_factor * limits.tariff_factor)
    return jnp.where(limits.in_value[limits.limit], wanted - jnp.log(limits.tariff_factor), volume)


def premiums(
    limits: LimitWeights,
    spent: Float[Array, "buyer sector"],
    log_price: Float[Array, "buyer sector"],
    log_offer: Float[Array, "economy sector"],
    elasticity: Float[Array, "sector"],
    start: Float[Array, "limit"],
) -> Premium:
    """The premium at which each limit's quantity is its size, within its bounds, given prices and spending.

    The quantity of a member is its producers' value over the change of offer and trade cost: w_v m^-(theta+1)
    o^-(theta+1) X P^theta / (cost x export x tariff), with P^-theta what buyers can reach: where firms are
    selected, P is not all of the price. A premium drives firms out as a duty does: m then has the exponent
    theta + eta + 1. The value of a member is that at the border, in which an exporter's share r of the rent
    is 1 + r (m - 1). The log of the sum over members is convex in ln m: Newton's method
    from any start passes to the left of the solution at most once and then rises to it. The start is where
    the solver stands, and the solution where the two are the same.
    """
    log_parts = _log_demand(limits, spent, log_price, log_offer, elasticity)
    rate = _response(limits, elasticity) + 1.0

    def quantity(log_premium: Array) -> tuple[Array, Array]:
        """Log of each limit's quantity, and how fast it falls with ln m."""
        log_total, share = _log_total(log_parts - rate * log_premium[limits.limit], limits)
        fall = jax.ops.segment_sum(share * rate, limits.limit, limits.size.size)
        rent = jnp.where(limits.in_value, limits.exporter_share, 0.0)
        factor = 1.0 - rent + rent * jnp.exp(log_premium)
        return log_total + jnp.log(factor), fall - rent * jnp.exp(log_premium) / factor

    free = jnp.isfinite(limits.size) & (limits.size > 0.0) & jnp.isfinite(quantity(start)[0])
    target = jnp.log(jnp.where(free, limits.size, 1.0))

    def newton(_: Array, log_premium: Array) -> Array:
        log_total, fall = quantity(log_premium)
        return log_premium + jnp.where(free, (log_total - target) / jnp.where(free, fall, 1.0), 0.0)

    log_premium = jax.lax.fori_loop(0, _STEPS, newton, start)
    log_premium = jnp.clip(log_premium, limits.lowest, limits.highest)
    bought = jnp.exp(quantity(log_premium)[0])
    some = (bought > 0.0) & jnp.isfinite(limits.size)
    within = jnp.where(some, jnp.where(some, limits.size, 1.0) / jnp.where(some, bought, 1.0), 1.0)
    return Premium(log_premium, bought, jnp.minimum(1.0, within))


def _response(limits: LimitWeights, elasticity: Array) -> Float[Array, "member"]:
    """How far a member falls with its premium."""
    theta = elasticity[limits.sector]
    return theta if limits.selection is None else theta + limits.selection


def _wanted(
    limits: LimitWeights, log_premium: Array, log_offer: Array, elasticity: Array
) -> Float[Array, "member"]:
    theta = elasticity[limits.sector]
    offer = log_offer[limits.exporter, limits.sector]
    risen = theta * offer + _response(limits, elasticity) * log_premium[limits.limit]
    return limits.weight * jnp.exp(-risen)


def reach(
    limits: LimitWeights,
    log_premium: Float[Array, "limit"],
    log_offer: Float[Array, "economy sector"],
    elasticity: Float[Array, "sector"],
    buyers: int,
) -> Float[Array, "buyer sector"]:
    """What members add to market access: sum over members of w_v (o m)^-theta, (buyer, sector)."""
    wanted = _wanted(limits, log_premium, log_offer, elasticity)
    return jnp.zeros((buyers, log_offer.shape[1])).at[limits.buyer, limits.sector].add(wanted)


def member_values(
    limits: LimitWeights,
    premium: Premium,
    demand: Float[Array, "buyer sector"],
    log_offer: Float[Array, "economy sector"],
    elasticity: Float[Array, "sector"],
) -> MemberValues:
    """What is paid for members, and who gets it; demand is spending over market access.

    Of a price p = b t m, with b the price at the border before rents and t the tariff factor, the part
    b t (1 - r)(m - 1) is the importer's rent and b r (m - 1) the exporter's, on which duty is paid, where
    trade lies within the limit. Beyond it the premium is a duty.
    """
    paid = _wanted(limits, premium.log_premium, log_offer, elasticity) * demand[limits.buyer, limits.sector]
    log_premium, within = premium.log_premium[limits.limit], premium.within[limits.limit]
    share = limits.exporter_share[limits.limit]
    added = -jnp.expm1(-log_premium)
    before_rent = paid / limits.tariff_factor * jnp.exp(-log_premium)
    exporter_rent = paid / limits.tariff_factor * added * within * share
    return MemberValues(
        paid=paid,
        border=before_rent + exporter_rent,
        received=before_rent / limits.export_factor,
        importer_rent=paid * added * within * (1.0 - share),
        exporter_rent=exporter_rent,
    )


def held(
    limits: LimitWeights,
    members: MemberValues,
    log_premium: Float[np.ndarray, "limit"],
    log_offer: Float[np.ndarray, "economy sector"],
) -> Float[np.ndarray, "limit"]:
    """What each limit limits, counted from what its members trade, (limit,).

    Producers' value over price and trade cost; of a limit on value, the value at the border with the
    exporter's share of the rent on all of it.
    """
    limit, received = np.asarray(limits.limit), np.asarray(members.received)
    offer = np.asarray(log_offer)[np.asarray(limits.exporter), np.asarray(limits.sector)]
    rent = np.asarray(limits.exporter_share)[limit] * np.expm1(np.asarray(log_premium)[limit])
    value = received * np.asarray(limits.export_factor) * (1.0 + rent)
    quantity = received / (np.exp(offer) * np.asarray(limits.cost_factor))
    counted = np.where(np.asarray(limits.in_value)[limit], value, quantity)
    return np.bincount(limit, counted, limits.size.size)
