"""The baseline in the model's terms: shares, elasticities and levels, as plain arrays."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.model.first_order import FirstOrder, first_order
from detente.model.theory import Theory
from detente.world.world import World

__all__ = ["Baseline", "baseline_from_shares", "calibrate"]

Values = np.ndarray


class Baseline(NamedTuple):
    """What the equations need to know of the world before a shock.

    Attributes:
        sourcing: pi, share of each importer's spending on a sector by origin, (sector, importer, exporter).
        tariff_factor: tau, 1 + ad valorem tariff, (sector, importer, exporter).
        input_share: gamma, cost share of each input, (economy, input, sector).
        value_added_share: (economy, sector); with the input shares of a sector it sums to 1.
        final_share: alpha, share of each sector in final demand, (economy, sector); sums to 1.
        trade_elasticity: theta, (sector,).
        wage_income: w_n L_n, all value added, (economy,), USD million a year.
        imbalance: D_n, trade deficit, (economy,), USD million a year; sums to 0.
        spending: X_ns, at purchasers' prices, (economy, sector), USD million a year.
        first_order: linear responses that speed the solver up; no solution depends on them.
    """

    sourcing: Float[Array, "sector importer exporter"]
    tariff_factor: Float[Array, "sector importer exporter"]
    input_share: Float[Array, "economy input sector"]
    value_added_share: Float[Array, "economy sector"]
    final_share: Float[Array, "economy sector"]
    trade_elasticity: Float[Array, "sector"]
    wage_income: Float[Array, "economy"]
    imbalance: Float[Array, "economy"]
    spending: Float[Array, "economy sector"]
    first_order: FirstOrder


def _ratio(numerator: Values, denominator: Values) -> Values:
    """Quotient, zero where the denominator is."""
    quotient: Values = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)
    return quotient


def baseline_from_shares(
    flows: Float[Values, "sector importer exporter"],
    tariff_factor: Float[Values, "sector importer exporter"],
    input_share: Float[Values, "economy input sector"],
    value_added_share: Float[Values, "economy sector"],
    trade_elasticity: Float[Values, "sector"],
) -> Baseline:
    """A baseline from flows before duties and cost shares; final demand is what the inputs leave.

    Args:
        flows: sales before duties, (sector, importer, exporter), own sales included, USD million a year.
        tariff_factor: 1 + ad valorem tariff, (sector, importer, exporter).
        input_share: (economy, input, sector).
        value_added_share: (economy, sector).
        trade_elasticity: (sector,).

    Negative final demand (a sector whose inputs exceed its supply in the data) is set to zero before the
    final shares are formed, as Caliendo and Parro (2015) do.

    Examples:
        >>> import numpy as np
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> base.imbalance.tolist(), base.wage_income.tolist()
        ([0.0, 0.0], [5.0, 5.0])
    """
    paid = flows * tariff_factor
    spent = paid.sum(axis=2)
    output = flows.sum(axis=1).T
    wage_income = (value_added_share * output).sum(axis=1)
    bought_less_sold = flows.sum(axis=(0, 2)) - flows.sum(axis=(0, 1))
    final = np.maximum(spent.T - np.einsum("iks,is->ik", input_share, output), 0.0)
    sourcing = _ratio(paid, np.broadcast_to(spent[:, :, None], paid.shape))
    final_share = _ratio(final, np.broadcast_to(final.sum(axis=1, keepdims=True), final.shape))
    return Baseline(
        sourcing=jnp.asarray(sourcing),
        tariff_factor=jnp.asarray(tariff_factor),
        input_share=jnp.asarray(input_share),
        value_added_share=jnp.asarray(value_added_share),
        final_share=jnp.asarray(final_share),
        trade_elasticity=jnp.asarray(trade_elasticity),
        wage_income=jnp.asarray(wage_income),
        imbalance=jnp.asarray(bought_less_sold),
        spending=jnp.asarray(spent.T),
        first_order=first_order(sourcing, flows, input_share, value_added_share, trade_elasticity),
    )


def calibrate(world: World, theory: Theory) -> Baseline:
    """The baseline of a world under a theory.

    Inputs are bought with the same mix of origins by every sector of an economy, so each input carries the
    average duty on the intermediate flows of its sector.

    Raises:
        BadInput: the theory names an unknown set of elasticities.

    Examples:
        >>> import detente as dt
        >>> base = calibrate(dt.load_world("g20-2019"), Theory())
        >>> base.sourcing.shape, bool(abs(base.final_share.sum(axis=1) - 1).max() < 1e-12)
        ((20, 20, 20), True)
    """
    from detente.world.elasticities import trade_elasticities

    bought = world.intermediate_flows.sum(axis=2)
    paid = (world.intermediate_flows * world.tariff_factor).sum(axis=2)
    average_factor = np.where(bought > 0, _ratio(paid, bought), 1.0)
    inputs = world.input_use * average_factor.T[:, :, None]
    output = world.output
    input_share = _ratio(inputs, np.broadcast_to(output[:, None, :], inputs.shape))
    return baseline_from_shares(
        world.flows,
        world.tariff_factor,
        input_share,
        1.0 - input_share.sum(axis=1),
        trade_elasticities(world, theory.elasticities),
    )
