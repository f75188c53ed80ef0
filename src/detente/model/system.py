"""The equations as one system in (ln w, ln P, ln X): excesses at a state, and where to move from it."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from detente.model import equations
from detente.model.baseline import Baseline
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
    """What the equations say at a state: quantities, and the excess demand of every market."""

    log_cost: Float[Array, "economy sector"]
    access: Float[Array, "economy sector"]
    spent: Float[Array, "economy sector"]
    sold: Float[Array, "economy sector"]
    revenue: Float[Array, "economy"]
    imbalance: Float[Array, "economy"]
    excess: Excess


def one_pass(state: State, base: Baseline, weights: Weights, imbalances: Imbalances) -> Pass:
    """Evaluate every equation once, in the order of the paper."""
    theta = base.trade_elasticity
    log_cost = equations.unit_cost(state.log_wage, state.log_price, base.value_added_share, base.input_share)
    access = equations.market_access(weights.weight, log_cost, theta)
    spent = base.spending * jnp.exp(state.log_spending)
    sold = equations.sales(weights.duty_free, spent, access, log_cost, theta)
    revenue = equations.duties(weights.duty_free, spent, access, log_cost, theta)
    paid = equations.labour_income(base.value_added_share, sold)
    wage_income = base.wage_income * jnp.exp(state.log_wage)
    imbalance = _IMBALANCES[imbalances](base.imbalance, state.log_wage, base.wage_income)
    earned = equations.income(wage_income, revenue, imbalance)
    wanted = equations.spending(base.input_share, sold, base.final_share, earned)
    bought = jnp.where(base.spending > 0.0, spent, 1.0)
    excess = Excess(
        jnp.log(paid / wage_income),
        equations.price_index(access, theta) - state.log_price,
        (wanted - spent) / bought,
    )
    return Pass(log_cost, access, spent, sold, revenue, imbalance, excess)


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
