"""The equations as one system in (ln w, ln P, ln X): excesses at a state, and where to move from it."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from detente.model import equations
from detente.model.baseline import Baseline
from detente.model.limits import MemberValues, Premium, member_values, premiums, reach
from detente.model.theory import Imbalances
from detente.model.weights import Weights

__all__ = ["Excess", "Pass", "State", "next_state", "one_pass"]

_IMBALANCES = {
    "constant": equations.imbalances_constant,
    "removed": equations.imbalances_removed,
    "scaled": equations.imbalances_scaled,
}


class State(NamedTuple):
    """Log changes of the unknowns: wages (economy,), prices and spending (economy, sector)."""

    log_wage: Float[Array, "economy"]
    log_price: Float[Array, "economy sector"]
    log_spending: Float[Array, "economy sector"]


class Excess(NamedTuple):
    """How far markets are from clearing, as fractions.

    Attributes:
        labour: log of wage income that sales pay for over wages, (economy,).
        prices: log of the price index over the price, (economy, sector).
        goods: spending that incomes and inputs call for over spending, less one, (economy, sector).
    """

    labour: Float[Array, "economy"]
    prices: Float[Array, "economy sector"]
    goods: Float[Array, "economy sector"]

    @property
    def largest(self) -> Float[Array, ""]:
        """The market-clearing residual."""
        return jnp.stack([jnp.abs(part).max() for part in self]).max()


class Pass(NamedTuple):
    """What the equations say at a state: quantities, and the excess demand of every market.

    What a scenario does not have is None.
    """

    log_cost: Float[Array, "economy sector"]
    log_offer: Float[Array, "economy sector"]
    access: Float[Array, "economy sector"]
    spent: Float[Array, "economy sector"]
    sold: Float[Array, "economy sector"]
    revenue: Float[Array, "economy"]
    exported: Float[Array, "economy"] | None
    production_bill: Float[Array, "economy"] | None
    consumption_bill: Float[Array, "economy"] | None
    earned: Float[Array, "economy"]
    imbalance: Float[Array, "economy"]
    premium: Premium | None
    members: MemberValues | None
    excess: Excess


class _Trade(NamedTuple):
    """Sales to all buyers and what governments and holders of licences take on the way."""

    access: Array
    received: Array
    revenue: Array
    exported: Array | None
    premium: Premium | None
    members: MemberValues | None


def _trade(
    state: State, spent: Array, log_offer: Array, theta: Float[Array, "sector"], weights: Weights
) -> _Trade:
    """Who buys where, and how what is paid is divided between producers and both economies."""
    limits, premium, members, limited = weights.limits, None, None, None
    if limits is not None:
        premium = premiums(limits, spent, state.log_price, log_offer, theta)
        limited = reach(limits, premium, log_offer, theta)
    access = equations.market_access(weights.weight, log_offer, theta, limited)
    sold = equations.sales(weights.duty_free, spent, access, log_offer, theta)
    revenue = equations.duties(weights.duty_free, spent, access, log_offer, theta)
    exported = None
    if weights.received is not None:
        received = equations.sales(weights.received, spent, access, log_offer, theta)
        exported = equations.charges(sold, received)
        sold = received
    if limits is not None and premium is not None:
        members = member_values(limits, premium, spent / access, log_offer, theta)
        sold = sold.at[limits.exporter, limits.sector].add(members.received)
        revenue = revenue.at[limits.importer].add(-members.border)
        none = jnp.zeros_like(revenue) if exported is None else exported
        exported = none.at[limits.exporter].add(members.border - members.received)
    return _Trade(access, sold, revenue, exported, premium, members)


def _public_accounts(trade: _Trade, weights: Weights) -> tuple[Array, Array, Array | None]:
    """Output with production subsidies, what governments collect less that bill, and the bill."""
    collected = trade.revenue if trade.exported is None else trade.revenue + trade.exported
    if weights.production_subsidy is None:
        return trade.received, collected, None
    sold = trade.received / (1.0 - weights.production_subsidy)
    bill = (sold * weights.production_subsidy).sum(axis=1)
    return sold, collected - bill, bill


def _final_demand(base: Baseline, weights: Weights, earned: Array) -> tuple[Array, Array, Array | None]:
    """Shares of what is bought, income after the bill for subsidies to it, and that bill."""
    if weights.consumption_subsidy is None:
        return base.final_share, earned, None
    final_share, over = equations.final_purchases(base.final_share, weights.consumption_subsidy)
    return final_share, earned / over, earned - earned / over


def one_pass(state: State, base: Baseline, weights: Weights, imbalances: Imbalances) -> Pass:
    """Evaluate every equation once, in the order of the paper."""
    theta = base.trade_elasticity
    log_cost = equations.unit_cost(state.log_wage, state.log_price, base.value_added_share, base.input_share)
    if weights.log_productivity is not None:
        log_cost = log_cost - weights.log_productivity
    log_offer = equations.seller_offer(log_cost, weights.production_subsidy)
    spent = base.spending * jnp.exp(state.log_spending)
    trade = _trade(state, spent, log_offer, theta, weights)
    sold, collected, production_bill = _public_accounts(trade, weights)
    paid = equations.labour_income(base.value_added_share, sold)
    wage_income = base.wage_income * jnp.exp(state.log_wage)
    imbalance = _IMBALANCES[imbalances](base.imbalance, state.log_wage, base.wage_income)
    earned = equations.income(wage_income, collected, imbalance)
    final_share, disposable, consumption_bill = _final_demand(base, weights, earned)
    wanted = equations.spending(base.input_share, sold, final_share, earned)
    bought = jnp.where(base.spending > 0.0, spent, 1.0)
    excess = Excess(
        jnp.log(paid / wage_income),
        equations.price_index(trade.access, theta) - state.log_price,
        (wanted - spent) / bought,
    )
    return Pass(
        log_cost,
        log_offer,
        trade.access,
        spent,
        sold,
        trade.revenue,
        trade.exported,
        production_bill,
        consumption_bill,
        disposable,
        imbalance,
        trade.premium,
        trade.members,
        excess,
    )


def next_state(state: State, done: Pass, base: Baseline) -> State:
    """Move every unknown by its first-order response to the excesses (`Baseline.first_order`).

    Wages answer excess demand in all labour markets together; prices follow wages, and prices and spending go
    through each economy's own supply chain at once.
    """
    response = base.first_order
    log_wage = state.log_wage + response.wage_response @ done.excess.labour
    world_income = base.wage_income.sum()
    log_wage = log_wage - jnp.log((base.wage_income * jnp.exp(log_wage)).sum() / world_income)
    risen = (log_wage - state.log_wage)[:, None] * response.pass_through
    chain = jnp.einsum("nk,nks->ns", done.excess.prices, response.domestic_multiplier)
    more = jnp.einsum("nks,ns->nk", response.domestic_multiplier, done.excess.goods * done.spent)
    relative = more / jnp.where(base.spending > 0.0, done.spent, 1.0)
    # A step below zero is not a number, and undone.
    log_spending = state.log_spending + jnp.log1p(relative)
    return State(log_wage, state.log_price + chain + risen, log_spending)
