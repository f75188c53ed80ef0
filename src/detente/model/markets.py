"""Market structure: scale economies, firm selection and profits, as edits of the core equations."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

__all__ = ["Markets", "destination_labour", "firms_offer", "selected_price", "size"]

BuyerSector = Float[Array, "buyer sector"]
EconomySector = Float[Array, "economy sector"]
Economy = Float[Array, "economy"]
Sector = Float[Array, "sector"]


class Markets(NamedTuple):
    """What a market structure adds to perfect competition; what it does not have is None.

    With firm selection, fixed costs of selling are paid either in bundles of the origin (`origin_cost`) or in
    labour of the destination (`destination_share`).

    Attributes:
        scale: psi, how far cost falls with the size of a sector, (sector,). 1/theta where firms enter freely.
        selection: eta = theta / (sigma - 1) - 1, how far a larger market draws in more of the firms of every
            origin, (economy, sector) of the buyer.
        origin_cost: eta / theta, how far dearer fixed costs keep an origin's firms at home, (sector,).
        destination_share: nu, share of sales before duty that pays workers of the buying economy for the
            fixed cost of selling there, (economy, sector) of the buyer.
        profit_share: 1/sigma, profits in sales, (sector,).
        duty_selection: eta where duties, export taxes and premia are charged on the price, (sector,). A firm
            pays its fixed costs from what is left of its price: fewer sell where a charge is higher, and a
            flow falls with it by theta + eta. None where they are charged on cost.
    """

    scale: Sector | None = None
    selection: EconomySector | None = None
    origin_cost: Sector | None = None
    destination_share: EconomySector | None = None
    profit_share: Sector | None = None
    duty_selection: Sector | None = None


def firms_offer(log_cost: EconomySector, log_scale: EconomySector | None, markets: Markets) -> EconomySector:
    """Change of the price of a sector's offer: ln o_is = ln c_is - psi_s ln S_is + (eta_s / theta_s) ln c_is.

    S is the size of the sector. With free entry the number of firms follows size, and as each sells a variety
    of its own, a price index falls with it by psi = 1/theta; the last term is there with firm selection only.
    Costinot and Rodriguez-Clare (2014), section 3.4.

    Examples:
        >>> import jax.numpy as jnp
        >>> krugman = Markets(scale=jnp.array([0.25]))
        >>> float(firms_offer(jnp.array([[0.1]]), jnp.array([[0.4]]), krugman)[0, 0])
        0.0
    """
    offer = log_cost
    if markets.scale is not None and log_scale is not None:
        offer = offer - markets.scale * log_scale
    return offer if markets.origin_cost is None else offer + markets.origin_cost * log_cost


def size(value: EconomySector, value_before: EconomySector, log_cost: EconomySector) -> EconomySector:
    """Log change of the size of a sector: value over the cost of a bundle of inputs.

    Entry, paid in bundles, takes a constant share of sales. Zero where there was nothing.

    Examples:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones((1, 1))
        >>> round(float(size(2.0 * one, one, jnp.log(one))[0, 0]), 4)
        0.6931
    """
    some = (value_before > 0.0) & (value > 0.0)
    grown = jnp.where(some, value, 1.0) / jnp.where(some, value_before, 1.0)
    return jnp.where(some, jnp.log(grown) - log_cost, 0.0)


def selected_price(
    log_price: BuyerSector,
    spent: BuyerSector,
    spent_before: BuyerSector,
    log_wage: Economy,
    markets: Markets,
    elasticity: Sector,
) -> BuyerSector:
    """Change of the price of a composite: ln P_ns = -(1/theta_s) [ln Phi_ns + eta_ns ln (X_ns / f_n)].

    A larger market draws in more firms of every origin alike. f is the wage where fixed costs are paid in
    labour of the destination (Ignatenko, Lashkaripour, Macedoni and Simonovska 2025, equation 2), and
    absent where they are paid by the origin (Costinot and Rodriguez-Clare 2014, section 3.4).

    Examples:
        >>> import jax.numpy as jnp
        >>> one, melitz = jnp.ones((1, 1)), Markets(selection=jnp.array([[0.65]]))
        >>> price = selected_price(0 * one, 2 * one, one, jnp.zeros(1), melitz, jnp.array([4.0]))
        >>> round(float(price[0, 0]), 4)
        -0.1126
    """
    if markets.selection is None:
        return log_price
    some = (spent_before > 0.0) & (spent > 0.0)
    grown = jnp.log(jnp.where(some, spent, 1.0) / jnp.where(some, spent_before, 1.0))
    uses = log_price.shape[0] // log_wage.shape[0]
    if markets.destination_share is not None:
        grown = grown - jnp.tile(log_wage, uses)[:, None]
    return log_price - jnp.where(some, jnp.tile(markets.selection, (uses, 1)) * grown / elasticity, 0.0)


def destination_labour(at_border: EconomySector, share: EconomySector) -> EconomySector:
    """Income of workers who make the fixed cost of selling to their economy: nu_ns sum_i B_sni.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(destination_labour(jnp.full((1, 1), 10.0), jnp.full((1, 1), 0.2))[0, 0])
        2.0
    """
    return share * at_border
