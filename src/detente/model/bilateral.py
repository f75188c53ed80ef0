"""Values of flows and changes of trade costs at a solution, worked out when they are first read.

A solve that only asks what wages or welfare do, one of thousands of draws, does not wait for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.model.baseline import Baseline
from detente.model.system import Pass
from detente.model.wedges import TradeCostChanges, trade_cost_changes
from detente.model.weights import Weights

__all__ = ["Bilateral", "BilateralValues", "bilateral_values"]

Flows = Float[np.ndarray, "sector importer exporter"]

# Numbers in an array below which numpy has the answer before compiled code is called.
_SMALL = 100_000


class BilateralValues(NamedTuple):
    """What is paid for each flow and who gets it, (sector, importer, exporter), USD million a year.

    Attributes:
        flows: at the border, before import duties.
        duties: what the importer collects on them.
        rents: what it keeps of quota rents.
        sales: what producers receive.
    """

    flows: Flows
    duties: Flows
    rents: Flows
    sales: Flows


@dataclass(frozen=True, eq=False)
class Bilateral:
    """All that is bilateral at the end of a run.

    Attributes:
        base, weights: what was solved.
        last: the last pass over the equations.
    """

    base: Baseline
    weights: Weights
    last: Pass

    @cached_property
    def values(self) -> BilateralValues:
        """Values of flows, all uses of an importer together."""
        return bilateral_values(self.base, self.weights, self.last)

    @cached_property
    def changes(self) -> TradeCostChanges:
        """Log changes of trade costs."""
        return trade_cost_changes(self.base, self.weights, self.last.premium)


def bilateral_values(base: Baseline, weights: Weights, last: Pass) -> BilateralValues:
    """Values of flows at a pass; what a scenario does not have is zero, without taking memory."""
    if isinstance(last.spent, np.ndarray) and weights.weight.size < _SMALL:
        return _small_values(base, weights, last)
    shocked = weights.arrays()
    seller = jnp.exp(-base.trade_elasticity * last.log_offer).T[:, None, :]
    demand = (last.spent / last.access).T[:, :, None]
    flows, duties, rents, sales = _values(seller, demand, shocked, last)
    first = np.asarray(flows)
    return BilateralValues(
        first,
        np.asarray(duties),
        np.broadcast_to(0.0, first.shape) if rents is None else np.asarray(rents),
        first if sales is None else np.asarray(sales),
    )


def _small_values(base: Baseline, weights: Weights, last: Pass) -> BilateralValues:
    """The same where all is at hand: small arrays take less time than to call compiled code."""
    economies = weights.weight.shape[2]
    theta, offer, access = (np.asarray(x) for x in (base.trade_elasticity, last.log_offer, last.access))
    bought = np.exp(-theta * offer).T[:, None, :] * (np.asarray(last.spent) / access).T[:, :, None]

    def all_uses(part: Array) -> Flows:
        by_use = (np.asarray(part) * bought).reshape(len(bought), -1, economies, economies)
        total: Flows = by_use[:, 0] if by_use.shape[1] == 1 else by_use.sum(axis=1)
        return total

    flows, paid = all_uses(weights.duty_free), all_uses(weights.weight)
    duties = paid - flows
    sales = flows if weights.received is None else all_uses(weights.received)
    rents: Flows = np.broadcast_to(0.0, flows.shape)
    limits, members = weights.limits, last.members
    if limits is not None and members is not None:
        at = tuple(np.asarray(x) for x in (limits.sector, limits.buyer % economies, limits.exporter))
        border, received, rent = (
            np.asarray(x) for x in (members.border, members.received, members.importer_rent)
        )
        sales, rents = sales.copy(), np.zeros_like(flows)
        np.add.at(sales, at, received)
        np.add.at(flows, at, border)
        np.add.at(duties, at, np.asarray(members.paid) - border - rent)
        np.add.at(rents, at, rent)
    return BilateralValues(flows, duties, rents, sales)


@jax.jit
def _values(
    seller: Array, demand: Array, weights: Weights, last: Pass
) -> tuple[Array, Array, Array | None, Array | None]:
    economies = weights.weight.shape[2]

    def all_uses(values: Array) -> Array:
        return values.reshape(values.shape[0], -1, economies, economies).sum(axis=1)

    bought = seller * demand
    flows = all_uses(weights.duty_free * bought)
    duties = all_uses((weights.weight - weights.duty_free) * bought)
    sales = None if weights.received is None else all_uses(weights.received * bought)
    rents = None
    limits, members = weights.limits, last.members
    if limits is not None and members is not None:
        at = (limits.sector, limits.buyer % economies, limits.exporter)
        sales = (flows if sales is None else sales).at[at].add(members.received)
        flows = flows.at[at].add(members.border)
        duties = duties.at[at].add(members.paid - members.border - members.importer_rent)
        rents = jnp.zeros_like(flows).at[at].add(members.importer_rent)
    return flows, duties, rents, sales
