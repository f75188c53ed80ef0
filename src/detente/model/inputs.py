"""Inputs of production: who sources where, and how value added and inputs substitute.

A buyer is one use in one economy. Uses come first, economies within them:

    common    one use: all purchases
    separate  two uses: inputs, final demand
    network   one use for every buying sector, and final demand last
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

__all__ = [
    "CostShares",
    "Nests",
    "bundle",
    "by_economy",
    "by_use",
    "final_prices",
    "input_prices",
    "log_inputs",
    "spending",
]

BuyerSector = Float[Array, "buyer sector"]
EconomySector = Float[Array, "economy sector"]
InputShare = Float[Array, "economy input sector"]
# The price of every input to every sector; one for all sectors where they buy from the same origins.
InputPrice = Float[Array, "economy input"] | Float[Array, "economy input sector"]


class Nests(NamedTuple):
    """Elasticities of substitution in production; where there are none production is Cobb-Douglas.

    Attributes:
        value_added: between value added and all inputs together.
        among_inputs: among inputs.
    """

    value_added: Float[Array, ""]
    among_inputs: Float[Array, ""]


class CostShares(NamedTuple):
    """Cost shares at a solution, in terms of the value of output.

    Attributes:
        value_added: (economy, sector).
        inputs: (economy, input, sector).
    """

    value_added: EconomySector
    inputs: InputShare


def _uses(values: BuyerSector, economies: int) -> Float[Array, "use economy sector"]:
    return values.reshape(-1, economies, values.shape[1])


def by_economy(values: BuyerSector, economies: int) -> EconomySector:
    """Sums over the uses of each economy.

    Examples:
        >>> import jax.numpy as jnp
        >>> by_economy(jnp.array([[1.0], [2.0], [3.0], [4.0]]), 2).tolist()
        [[4.0], [6.0]]
    """
    return values if values.shape[0] == economies else _uses(values, economies).sum(axis=0)


def by_use(values: EconomySector, buyers: int) -> BuyerSector:
    """The values of each economy for all its uses.

    Examples:
        >>> import jax.numpy as jnp
        >>> by_use(jnp.array([[1.0], [2.0]]), 4).tolist()
        [[1.0], [2.0], [1.0], [2.0]]
    """
    return jnp.tile(values, (buyers // values.shape[0], 1))


def final_prices(values: BuyerSector, economies: int) -> EconomySector:
    """What final demand pays: the last use.

    Examples:
        >>> import jax.numpy as jnp
        >>> final_prices(jnp.array([[1.0], [2.0], [3.0], [4.0]]), 2).tolist()
        [[3.0], [4.0]]
    """
    return values[-economies:]


def input_prices(values: BuyerSector, economies: int) -> InputPrice:
    """What sectors pay for inputs: (economy, input) where all pay the same, else (economy, input, sector).

    Examples:
        >>> import jax.numpy as jnp
        >>> input_prices(jnp.array([[1.0], [2.0], [3.0], [4.0]]), 2).tolist()
        [[1.0], [2.0]]
    """
    uses = _uses(values, economies)
    # Beyond two uses every sector is one; with one sector that is what two uses are.
    return uses[0] if uses.shape[0] <= 2 else uses[:-1].transpose(1, 2, 0)


def log_inputs(log_price: InputPrice, input_share: InputShare) -> EconomySector:
    """Inputs in the cost of a bundle: sum_k gamma_iks ln P_ik.

    Part of Caliendo and Parro (2015), equation 10.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(log_inputs(jnp.array([[0.1]]), jnp.full((1, 1, 1), 0.5))[0, 0])
        0.05
    """
    if log_price.ndim == 2:
        return jnp.einsum("ik,iks->is", log_price, input_share)
    return (log_price * input_share).sum(axis=1)


def bundle(
    log_factor_price: EconomySector,
    log_price: InputPrice,
    value_added_share: EconomySector,
    input_share: InputShare,
    nests: Nests,
) -> tuple[EconomySector, CostShares]:
    """Change of the cost of a bundle, and cost shares, where substitution is not Cobb-Douglas.

    c = [va w^(1-s) + (1 - va) M^(1-s)]^(1/(1-s)), M = [sum_k (gamma_k / (1 - va)) P_k^(1-e)]^(1/(1-e)), with
    s the elasticity between value added and inputs and e that among inputs; shares are va' = va (w/c)^(1-s)
    and gamma'_k = gamma_k (P_k/M)^(1-e) (M/c)^(1-s). As in Baqaee and Farhi (2024), section 7.

    Examples:
        >>> import jax.numpy as jnp
        >>> half, nests = jnp.full((1, 1), 0.5), Nests(jnp.array(0.5), jnp.array(0.5))
        >>> cost, shares = bundle(jnp.log(jnp.array([[4.0]])), jnp.zeros((1, 1)), half, half[None], nests)
        >>> round(float(jnp.exp(cost[0, 0])), 3), round(float(shares.value_added[0, 0]), 3)
        (2.25, 0.667)
    """
    if log_price.ndim == 2:
        log_price = log_price[:, :, None]
    all_inputs = input_share.sum(axis=1)
    within = input_share / jnp.where(all_inputs > 0.0, all_inputs, 1.0)[:, None, :]
    log_materials = _mean(within, log_price, nests.among_inputs, axis=1)
    pair = jnp.stack([value_added_share, all_inputs], axis=-1)
    prices = jnp.stack([log_factor_price, log_materials], axis=-1)
    log_cost = _mean(pair, prices, nests.value_added, axis=-1)
    turned = jnp.exp((1.0 - nests.value_added) * (log_materials - log_cost))
    among = jnp.exp((1.0 - nests.among_inputs) * (log_price - log_materials[:, None, :]))
    value_added = value_added_share * jnp.exp((1.0 - nests.value_added) * (log_factor_price - log_cost))
    return log_cost, CostShares(value_added, input_share * among * turned[:, None, :])


def _mean(share: Array, log_price: Array, elasticity: Array, axis: int) -> Array:
    """Log of the CES mean of prices, for shares that sum to one; their log mean at elasticity one."""
    power = 1.0 - elasticity
    plain = (share * log_price).sum(axis=axis)
    unlike = jnp.abs(power) > 1e-9
    safe = jnp.where(unlike, power, 1.0)
    # Near one, total is 1 + O(power): taken apart from the 1, whose rounding would be divided by power.
    more = (share * jnp.expm1(safe * (log_price - jnp.expand_dims(plain, axis)))).sum(axis=axis)
    curved = plain + jnp.log1p(more) / safe
    return jnp.where(unlike, curved, plain)


def spending(
    input_share: InputShare,
    produced: EconomySector,
    final_share: EconomySector,
    earned: Float[Array, "economy"],
    buyers: int,
) -> BuyerSector:
    """Spending by buyer and sector: X'_ns = sum_k gamma_nsk Y'_nk + alpha_ns I'_n, or its parts by use.

    Caliendo and Parro (2015), equation 13.

    Examples:
        >>> import jax.numpy as jnp
        >>> half = jnp.full((1, 1), 0.5)
        >>> spending(half[None], 10 * half, jnp.ones((1, 1)), jnp.array([3.0]), 1).tolist()
        [[5.5]]
        >>> spending(half[None], 10 * half, jnp.ones((1, 1)), jnp.array([3.0]), 2).tolist()
        [[2.5], [3.0]]
    """
    economies, sectors = produced.shape
    final = final_share * earned[:, None]
    if buyers > 2 * economies:
        bought = (input_share * produced[:, None, :]).transpose(2, 0, 1)
        return jnp.concatenate([bought.reshape(-1, sectors), final])
    bought = jnp.einsum("iks,is->ik", input_share, produced)
    return bought + final if buyers == economies else jnp.concatenate([bought, final])
