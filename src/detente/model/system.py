"""The equations as one system in (ln w, ln c, ln Y, I): quantities and excesses at a state."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from detente.model import equations
from detente.model.baseline import Baseline
from detente.model.imbalances import IMBALANCES, Incomes
from detente.model.inputs import (
    CostShares,
    bundle,
    by_economy,
    by_use,
    final_prices,
    input_prices,
    log_inputs,
    spending,
)
from detente.model.labour import factor_price, group_wage, labour_supply, net_of_tax
from detente.model.limits import MemberValues, Premium, member_values, premiums, reach
from detente.model.markets import destination_labour, firms_offer, selected_price, size
from detente.model.theory import Imbalances
from detente.model.weights import Weights

__all__ = ["Excess", "Pass", "State", "one_pass", "square_excess", "start_state"]


class State(NamedTuple):
    """Changes of the unknowns, in logs but for income; the last five are None where nothing needs them.

    Attributes:
        log_wage: mean wage per worker, (economy,).
        log_cost: cost of a bundle of inputs, (economy, sector).
        log_output: sales, with production subsidies, (economy, sector).
        income: what final demand spends, new over old, less one, (economy,); subsidies may cost all of it.
        log_premium: premium of each limit, (limit,).
        log_price: price of each composite, (buyer, sector): with firm selection where production is not
            Cobb-Douglas.
        log_size: size of each sector, (economy, sector): with scale economies.
        log_labour: labour supply, (economy,).
        log_group_wage: wage per worker of each group, (group,).
    """

    log_wage: Float[Array, "economy"]
    log_cost: Float[Array, "economy sector"]
    log_output: Float[Array, "economy sector"]
    income: Float[Array, "economy"]
    log_premium: Float[Array, "limit"] | None = None
    log_price: Float[Array, "buyer sector"] | None = None
    log_size: Float[Array, "economy sector"] | None = None
    log_labour: Float[Array, "economy"] | None = None
    log_group_wage: Float[Array, "group"] | None = None


def start_state(base: Baseline, weights: Weights) -> State:
    """The baseline: no unknown has changed, but for income that pays for subsidies to consumption."""
    groups = base.labour.groups
    cells, economies = jnp.zeros(base.output.shape), jnp.zeros(base.wage_income.shape)
    limits = weights.limits
    premium = None
    if limits is not None:
        premium = jnp.clip(jnp.zeros(limits.size.shape), limits.lowest, limits.highest)
    priced = base.markets.selection is not None and base.nests is not None
    income = economies
    if weights.consumption_subsidy is not None:
        # Households pay for what they are given: a subsidy to all that they buy changes nothing.
        _, over = equations.final_purchases(base.final_share, weights.consumption_subsidy)
        income = 1.0 / over - 1.0
    return State(
        economies,
        cells,
        cells,
        income,
        premium,
        jnp.zeros(base.spending.shape) if priced else None,
        None if base.markets.scale is None else cells,
        None if base.labour.supply is None else economies,
        None if groups is None else jnp.zeros(groups.economy.shape),
    )


class Excess(NamedTuple):
    """How far markets are from clearing, as fractions; None where the state has no such unknown.

    Attributes:
        labour: log of wage income that sales pay for over wages, (economy,).
        costs: log of the cost of a bundle at the prices of its inputs over cost, (economy, sector).
        goods: sales over output, less one, (economy, sector).
        income: what is earned less what is spent, over income of the baseline at the new wage, (economy,).
        premium: log of the premium at which a limit holds over its premium, (limit,).
        prices: log of the price index over the price, (buyer, sector).
        size: log of size over what it was taken to be, (economy, sector).
        supply: log of labour that is offered over labour, (economy,).
        groups: log of what a group earns over its wage, (group,).
    """

    labour: Float[Array, "economy"]
    costs: Float[Array, "economy sector"]
    goods: Float[Array, "economy sector"]
    income: Float[Array, "economy"]
    premium: Float[Array, "limit"] | None = None
    prices: Float[Array, "buyer sector"] | None = None
    size: Float[Array, "economy sector"] | None = None
    supply: Float[Array, "economy"] | None = None
    groups: Float[Array, "group"] | None = None

    @property
    def largest(self) -> Float[Array, ""]:
        """The market-clearing residual."""
        return jnp.stack([jnp.abs(part).max() for part in self if part is not None]).max()


class Pass(NamedTuple):
    """What the equations say at a state: quantities, and the excess demand of every market.

    What neither theory nor scenario has is None.
    """

    log_price: Float[Array, "buyer sector"]
    log_factor_price: Float[Array, "economy sector"]
    log_offer: Float[Array, "economy sector"]
    access: Float[Array, "buyer sector"]
    spent: Float[Array, "buyer sector"]
    sold: Float[Array, "economy sector"]
    revenue: Float[Array, "economy"]
    exported: Float[Array, "economy"] | None
    production_bill: Float[Array, "economy"] | None
    consumption_bill: Float[Array, "economy"] | None
    wages: Float[Array, "economy"]
    profits: Float[Array, "economy"] | None
    earned: Float[Array, "economy"]
    imbalance: Float[Array, "economy"]
    log_net_of_tax: Float[Array, "economy"] | None
    premium: Premium | None
    members: MemberValues | None
    excess: Excess


class _Production(NamedTuple):
    """Prices of offers, of composites and of bundles, and what a buyer can reach."""

    log_offer: Array
    access: Array
    log_price: Array
    log_factor_price: Array
    log_cost: Array
    shares: CostShares


class _Trade(NamedTuple):
    """Sales to all buyers and what governments and holders of licences take on the way."""

    at_border: Array
    received: Array
    revenue: Array
    exported: Array | None
    premium: Premium | None
    members: MemberValues | None


class _Accounts(NamedTuple):
    """Who earns what from sales."""

    sold: Array
    payroll: Array
    wages: Array
    profits: Array | None
    collected: Array
    production_bill: Array | None
    imbalance: Array
    income: Array


def _purchases(
    state: State, input_share: Array, base: Baseline, weights: Weights
) -> tuple[Array, Array | None]:
    """Spending by buyer and sector, and market value of final demand over what consumers pay."""
    produced = base.output * jnp.exp(state.log_output)
    bought, share, over = base.income * (1.0 + state.income), base.final_share, None
    if weights.consumption_subsidy is not None:
        share, over = equations.final_purchases(share, weights.consumption_subsidy)
        bought = bought * over
    return spending(input_share, produced, share, bought, base.spending.shape[0]), over


def _produce(state: State, base: Baseline, weights: Weights) -> _Production:
    """What producers ask, what buyers can reach, and what a bundle of inputs costs at these prices."""
    theta, nests, productivity = base.trade_elasticity, base.nests, weights.log_productivity
    # The subsidy is part of fixed costs too.
    log_offer = equations.seller_offer(state.log_cost, weights.production_subsidy)
    log_offer = firms_offer(log_offer, state.log_size, base.markets)
    limited = None
    if weights.limits is not None and state.log_premium is not None:
        limited = reach(weights.limits, state.log_premium, log_offer, theta, base.spending.shape[0])
    access = equations.market_access(weights.weight, log_offer, theta, limited)
    log_price = state.log_price
    if log_price is None:
        log_price = equations.price_index(access, theta)
        if base.markets.selection is not None:
            spent, _ = _purchases(state, base.input_share, base, weights)
            log_price = _selected(log_price, spent, state, base)
    log_factor_price = factor_price(
        base.labour,
        state.log_wage,
        state.log_group_wage,
        state.log_output,
        state.log_labour,
        state.log_cost if productivity is None else state.log_cost + productivity,
        1.0 if nests is None else nests.value_added,
    )
    log_cost, shares = _bundle(input_prices(log_price, base.output.shape[0]), log_factor_price, base)
    if productivity is not None:
        log_cost = log_cost - productivity
    return _Production(log_offer, access, log_price, log_factor_price, log_cost, shares)


def _selected(log_price: Array, spent: Array, state: State, base: Baseline) -> Array:
    return selected_price(
        log_price, spent, base.spending, state.log_wage, base.markets, base.trade_elasticity
    )


def _bundle(prices: Array, log_factor_price: Array, base: Baseline) -> tuple[Array, CostShares]:
    """Cost of a bundle, and shares of labour and inputs in sales; profits are no part of cost."""
    shares, profit = CostShares(base.labour_share, base.input_share), base.markets.profit_share
    in_cost = shares
    if profit is not None:
        in_cost = CostShares(shares.value_added / (1.0 - profit), shares.inputs / (1.0 - profit))
    if base.nests is None:
        inputs = log_inputs(prices, in_cost.inputs)
        return equations.unit_cost(log_factor_price, inputs, in_cost.value_added), shares
    log_cost, shares = bundle(log_factor_price, prices, *in_cost, base.nests)
    if profit is not None:
        shares = CostShares(shares.value_added * (1.0 - profit), shares.inputs * (1.0 - profit))
    return log_cost, shares


def _trade(state: State, spent: Array, made: _Production, base: Baseline, weights: Weights) -> _Trade:
    """Who buys where, and how what is paid is divided between producers and both economies."""
    theta, economies, limits = base.trade_elasticity, base.output.shape[0], weights.limits
    premium, members = None, None
    at_border = equations.at_border(weights.duty_free, spent, made.access, made.log_offer, theta)
    revenue = by_economy(spent - at_border, economies).sum(axis=1)
    to_producers, hired = spent, base.markets.destination_share
    if hired is not None:
        to_producers = spent * (1.0 - by_use(hired, spent.shape[0]))
    sold = equations.sales(weights.duty_free, to_producers, made.access, made.log_offer, theta)
    exported = None
    if weights.received is not None:
        received = equations.sales(weights.received, to_producers, made.access, made.log_offer, theta)
        exported = equations.charges(sold, received)
        sold = received
    if limits is not None and state.log_premium is not None:
        reached = equations.price_index(made.access, theta)
        premium = premiums(limits, spent, reached, made.log_offer, theta, state.log_premium)
        demand = spent / made.access
        now = premium._replace(log_premium=state.log_premium)
        members = member_values(limits, now, demand, made.log_offer, theta)
        sold = sold.at[limits.exporter, limits.sector].add(members.received)
        revenue = revenue.at[limits.buyer % economies].add(-members.border)
        none = jnp.zeros_like(revenue) if exported is None else exported
        exported = none.at[limits.exporter].add(members.border - members.received)
    return _Trade(at_border, sold, revenue, exported, premium, members)


def _account(
    state: State, trade: _Trade, shares: CostShares, base: Baseline, weights: Weights, imbalances: Imbalances
) -> _Accounts:
    """Wages, profits, public revenue less the cost of subsidies, and what is left to spend."""
    sold, bill = trade.received, None
    collected = trade.revenue if trade.exported is None else trade.revenue + trade.exported
    if weights.production_subsidy is not None:
        sold = sold / (1.0 - weights.production_subsidy)
        bill = (sold * weights.production_subsidy).sum(axis=1)
        collected = collected - bill
    payroll = shares.value_added * sold
    if base.markets.destination_share is not None:
        bought = by_economy(trade.at_border, sold.shape[0])
        payroll = payroll + destination_labour(bought, base.markets.destination_share)
    wages = base.wage_income * jnp.exp(state.log_wage)
    if state.log_labour is not None:
        wages = wages * jnp.exp(state.log_labour)
    earned, profits = wages + collected, None
    if base.markets.profit_share is not None:
        profits = (base.markets.profit_share * sold).sum(axis=1)
        earned = earned + profits
    growth = 1.0 if state.log_labour is None else wages.sum() / base.wage_income.sum()
    incomes = Incomes(base.wage_income, wages, base.income - base.imbalance, earned, growth)
    imbalance = IMBALANCES[imbalances](base.imbalance, incomes)
    income = equations.income(earned, imbalance)
    return _Accounts(sold, payroll, wages, profits, collected, bill, imbalance, income)


def _excess_of_choices(
    state: State,
    done: _Accounts,
    made: _Production,
    premium: Premium | None,
    log_price: Array,
    consumption_bill: Array | None,
    base: Baseline,
    weights: Weights,
) -> tuple[dict[str, Array | None], Array | None]:
    """Excesses of the unknowns that theory and shock add, and what is left of a wage after tax."""
    labour, found = base.labour, dict[str, Array | None]()
    if state.log_premium is not None and premium is not None:
        found["premium"] = premium.log_premium - state.log_premium
    if state.log_price is not None:
        found["prices"] = log_price - state.log_price
    if state.log_size is not None:
        value = (done.sold, base.output)
        if base.markets.destination_share is not None:
            value = (done.payroll, base.payroll)
        found["size"] = size(*value, made.log_cost) - state.log_size
    net = None
    if labour.supply is not None and state.log_labour is not None:
        paid = final_prices(log_price, done.wages.size)
        if weights.consumption_subsidy is not None:
            paid = paid + jnp.log1p(-weights.consumption_subsidy)
        consumer_price = equations.consumer_prices(paid, base.final_share)
        if labour.tax is not None:
            raised = done.collected if consumption_bill is None else done.collected - consumption_bill
            net = net_of_tax(labour.tax, base.wage_income, done.wages, base.revenue, raised, consumer_price)
        offered = labour_supply(labour.supply, state.log_wage, consumer_price, 0.0 if net is None else net)
        found["supply"] = offered - state.log_labour
    if labour.groups is not None and state.log_group_wage is not None:
        found["groups"] = group_wage(labour, labour.groups, made.log_factor_price) - state.log_group_wage
    return found, net


def one_pass(state: State, base: Baseline, weights: Weights, imbalances: Imbalances) -> Pass:
    """Evaluate every equation once."""
    made = _produce(state, base, weights)
    spent, over = _purchases(state, made.shares.inputs, base, weights)
    trade = _trade(state, spent, made, base, weights)
    done = _account(state, trade, made.shares, base, weights, imbalances)
    produced = base.output * jnp.exp(state.log_output)
    disposable = base.income * (1.0 + state.income)
    income = done.income if over is None else done.income / over
    log_price = made.log_price
    if state.log_price is not None:
        log_price = _selected(equations.price_index(made.access, base.trade_elasticity), spent, state, base)
    bill = None if over is None else income * (over - 1.0)
    more, net = _excess_of_choices(state, done, made, trade.premium, log_price, bill, base, weights)
    excess = Excess(
        labour=jnp.log(done.payroll.sum(axis=1) / done.wages),
        costs=made.log_cost - state.log_cost,
        goods=(done.sold - produced) / jnp.where(base.output > 0.0, produced, 1.0),
        income=(income - disposable) / (base.income * jnp.exp(state.log_wage)),
        **more,
    )
    return Pass(
        log_price=log_price,
        log_factor_price=made.log_factor_price,
        log_offer=made.log_offer,
        access=made.access,
        spent=spent,
        sold=done.sold,
        revenue=trade.revenue,
        exported=trade.exported,
        production_bill=done.production_bill,
        consumption_bill=bill,
        wages=done.wages,
        profits=done.profits,
        earned=income,
        imbalance=done.imbalance,
        log_net_of_tax=net,
        premium=trade.premium,
        members=trade.members,
        excess=excess,
    )


def square_excess(
    state: State, base: Baseline, weights: Weights, imbalances: Imbalances
) -> tuple[Excess, State]:
    """As many independent excesses as unknowns, and how much each unknown matters, from 0 to 1.

    The numeraire takes the place of one labour market, which follows from the others (Walras' law). The
    excess of a sector that has shrunk counts by what is left of it: with free entry it may shut down
    (Kucheryavyy, Lyn and Rodriguez-Clare 2023), and then nothing holds the log of its output.
    """
    excess = one_pass(state, base, weights, imbalances).excess
    mean_wage = (base.wage_income * jnp.exp(state.log_wage)).sum() / base.wage_income.sum()
    left = jnp.minimum(1.0, jnp.exp(state.log_output))
    # Nothing determines how an output of zero changes.
    goods = jnp.where(base.output > 0.0, left * excess.goods, -state.log_output)
    square = excess._replace(
        labour=excess.labour.at[-1].set(jnp.log(mean_wage)),
        goods=goods,
        size=None if excess.size is None else left * excess.size,
    )
    all_of_it = jax.tree.map(jnp.ones_like, state)
    matter = all_of_it._replace(log_output=left, log_size=None if state.log_size is None else left)
    return square, matter
