"""Where to move from a state: first-order answers to the excesses, which choose a way and no solution."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from detente.model.baseline import Baseline
from detente.model.system import Excess, Pass, State

__all__ = ["next_state"]


def next_state(state: State, done: Pass, base: Baseline) -> State:
    """Move every unknown by its first-order response to the excesses (`Baseline.first_order`).

    Costs and outputs go through each economy's own supply chain at once, and sales follow costs; wages answer
    what is then left of excess demand in all labour markets together, and all else follows wages.
    """
    response, excess = base.first_order, done.excess
    produced, scale = base.output * jnp.exp(state.log_output), jnp.exp(state.log_wage)
    dearer = _through(excess.costs, response.multiplier, "nk->ns")
    richer = response.home_final * (base.income * excess.income * scale)[:, None]
    more = (excess.goods - response.switching * dearer) * produced + richer
    grown = _bounded(_through(more, response.multiplier, "ns->nk") / jnp.where(produced > 0.0, produced, 1.0))
    labour = excess.labour
    if response.slope is None:
        # What is left once costs and outputs have moved.
        payable = (base.labour_share * produced * jnp.exp(grown)).sum(axis=1)
        labour = labour + jnp.log(payable / (base.labour_share * done.sold).sum(axis=1))
    risen = response.wage_response @ labour
    world_income = base.wage_income.sum()
    risen = risen - jnp.log((base.wage_income * scale * jnp.exp(risen)).sum() / world_income)
    with_wages = _with_wages(risen, base)
    dearer, larger = dearer + with_wages.cost, excess.size
    if response.slope is not None:
        grown, steeper, larger = _curved(grown, dearer, excess, base)
        dearer = dearer + steeper
    moved = State(
        state.log_wage + risen,
        state.log_cost + dearer,
        state.log_output + grown + with_wages.output,
        state.income + (excess.income + with_wages.income) * scale,
    )
    return moved._replace(**_moves_of_choices(state, excess, larger, risen, base))


def _through(values: Array, multiplier: Array, subscripts: str) -> Array:
    """Through the supply chains at home, in the precision that the multiplier has."""
    rows, cells = subscripts.split("->")
    found = jnp.einsum(f"{rows},nks->{cells}", values.astype(multiplier.dtype), multiplier)
    return found.astype(values.dtype)


def _bounded(relative: Array) -> Array:
    """Log change for a relative one, to second order; never further than two either way."""
    held = jnp.maximum(relative, -1.0)
    return held / (1.0 + 0.5 * held)


class _WithWages(NamedTuple):
    """Log changes with a move of wages, everywhere in the world."""

    cost: Array
    output: Array
    income: Array


def _with_wages(risen: Array, base: Baseline) -> _WithWages:
    response, cells = base.first_order, base.output.size
    abroad = response.left @ (response.right @ risen.astype(response.right.dtype))
    home = jnp.repeat(risen, base.output.shape[1])
    moved = response.own * jnp.concatenate([home, home, risen]) + abroad
    cost, output, income = jnp.split(moved, (cells, 2 * cells))
    return _WithWages(cost.reshape(base.output.shape), output.reshape(base.output.shape), income)


def _curved(grown: Array, dearer: Array, excess: Excess, base: Baseline) -> tuple[Array, Array, Array | None]:
    """Moves of output, cost and size where the price of an offer depends on output, solved together.

    With x the move of output, cost moves by l x more and size by x less what excess demand is and less the
    move of cost; sales fall by theta (I - rivals) times the move of the offer.
    """
    response = base.first_order
    if response.slope is None or response.output_response is None:
        return grown, jnp.zeros_like(grown), excess.size
    through_labour = jnp.zeros_like(grown)
    if base.labour.shape is not None:
        through_labour = base.labour_share / base.labour.shape
    offer = -dearer
    if base.markets.scale is not None and excess.size is not None:
        offer = offer + base.markets.scale * (excess.size - grown)
    steep = jnp.abs(response.slope) > 1e-12
    along = jnp.where(steep, offer / jnp.where(steep, response.slope, 1.0), 0.0)
    moved = along + jnp.einsum("sij,js->is", response.output_response, grown - along)
    steeper = through_labour * moved
    larger = None if excess.size is None else excess.size + moved - grown - steeper
    return moved, steeper, larger


def _moves_of_choices(
    state: State, excess: Excess, larger: Array | None, risen: Array, base: Baseline
) -> dict[str, Array]:
    """Moves of the unknowns that theory and shock add."""
    moved = {}
    if state.log_premium is not None and excess.premium is not None:
        moved["log_premium"] = state.log_premium + excess.premium
    if state.log_price is not None and excess.prices is not None:
        moved["log_price"] = state.log_price + excess.prices
    if state.log_size is not None and larger is not None:
        moved["log_size"] = state.log_size + larger
    if state.log_labour is not None and excess.supply is not None:
        moved["log_labour"] = state.log_labour + excess.supply
    if state.log_group_wage is not None and excess.groups is not None and base.labour.groups is not None:
        moved["log_group_wage"] = state.log_group_wage + excess.groups + risen[base.labour.groups.economy]
    return moved
