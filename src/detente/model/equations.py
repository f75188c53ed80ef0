"""The core equations of Caliendo and Parro (2015), in changes; one function an equation.

Every function is pure. `log_` arrays are logs of changes (new over old); levels are USD million a year, in
units in which the world's mean wage does not change (the numeraire). Equation numbers are those of the
paper's equilibrium in relative changes. Edits of these equations, one file a choice: `inputs.py`,
`markets.py`, `labour.py`, `imbalances.py`.

A buyer is an economy; where inputs and final demand, or every buying sector, have origins of their own, it is
one use in one economy (`inputs.py`). Buyers of the first use come first, in the order of economies.

A scenario enters through arrays that are made once, before the iterations:

    weight_sbi    = pi_sbi * sum_v share_v kappa_v^(-theta_s)
    duty_free_sbi = pi_sbi * sum_v share_v kappa_v^(-theta_s) / tau'_v
    received_sbi  = pi_sbi * sum_v share_v kappa_v^(-theta_s) / (tau'_v e'_v)

with v the varieties of the flow (docs/varieties.md), tau' their tariff factors and e' their export factors.
What follows are batched matrix-vector products. Limits on quantities are in `limits.py`.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

__all__ = [
    "at_border",
    "charges",
    "consumer_prices",
    "final_purchases",
    "income",
    "market_access",
    "price_index",
    "sales",
    "seller_offer",
    "unit_cost",
]

Bilateral = Float[Array, "sector buyer exporter"]
BuyerSector = Float[Array, "buyer sector"]
EconomySector = Float[Array, "exporter sector"]
Economy = Float[Array, "exporter"]
Sector = Float[Array, "sector"]
InputShare = Float[Array, "exporter input sector"]


def unit_cost(
    log_factor_price: EconomySector,
    log_inputs: EconomySector,
    value_added_share: EconomySector,
) -> EconomySector:
    """Change of the cost of a bundle of inputs: ln c_is = va_is ln w_i + sum_k gamma_iks ln P_ik.

    Caliendo and Parro (2015), equation 10. The price of value added is the wage where labour is mobile
    (`labour.py`); `log_inputs` is the sum over inputs, see `inputs.log_inputs`.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(unit_cost(jnp.array([[0.2]]), jnp.array([[0.05]]), jnp.array([[0.5]]))[0, 0])
        0.15...
    """
    return value_added_share * log_factor_price + log_inputs


def seller_offer(log_cost: EconomySector, production_subsidy: EconomySector | None = None) -> EconomySector:
    """Change of the price at which a sector sells: ln o_is = ln c_is + ln(1 - sigma_is).

    The government pays sigma of the cost; o is c where there is no subsidy. Not in the paper.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(seller_offer(jnp.zeros((1, 1)), jnp.full((1, 1), 0.2))[0, 0])
        -0.22...
    """
    return log_cost if production_subsidy is None else log_cost + jnp.log1p(-production_subsidy)


def market_access(
    weight: Bilateral, log_offer: EconomySector, elasticity: Sector, limited: BuyerSector | None = None
) -> BuyerSector:
    """Change of what a buyer can reach: Phi_bs = sum_i pi_sbi (o_is kappa_sbi)^(-theta_s).

    The bracket of Caliendo and Parro (2015), equation 11; `limited` is what members of limits add. A sector
    of which a buyer buys nothing gives 1.

    Examples:
        >>> import jax.numpy as jnp
        >>> market_access(jnp.full((1, 2, 2), 0.5), jnp.zeros((2, 1)), jnp.array([4.0])).tolist()
        [[1.0], [1.0]]
    """
    reached = jnp.einsum("sbi,is->bs", weight, jnp.exp(-elasticity * log_offer))
    if limited is not None:
        reached = reached + limited
    return jnp.where(reached > 0.0, reached, 1.0)


def price_index(access: BuyerSector, elasticity: Sector) -> BuyerSector:
    """Change of the price of a sector's composite: ln P_bs = -1/theta_s ln Phi_bs.

    Caliendo and Parro (2015), equation 11.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(price_index(jnp.array([[1.0]]), jnp.array([4.0]))[0, 0])
        -0.0
    """
    return -jnp.log(access) / elasticity


def sales(
    duty_free: Bilateral,
    spent: BuyerSector,
    access: BuyerSector,
    log_offer: EconomySector,
    elasticity: Sector,
) -> EconomySector:
    """Sales of each sector before duties: sum_b pi'_sbi X'_bs / tau'_sbi.

    The sum in Caliendo and Parro (2015), equation 13, with pi' of equation 12 written out. With `received`
    in place of `duty_free`, sales before export taxes too.

    Examples:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones((1, 1))
        >>> float(sales(jnp.full((1, 1, 1), 0.8), 10 * one, one, 0 * one, jnp.array([4.0]))[0, 0])
        8.0
    """
    received = jnp.einsum("sbi,bs->is", duty_free, spent / access)
    return jnp.exp(-elasticity * log_offer) * received


def at_border(
    duty_free: Bilateral,
    spent: BuyerSector,
    access: BuyerSector,
    log_offer: EconomySector,
    elasticity: Sector,
) -> BuyerSector:
    """Purchases before duties: sum_i pi'_sbi X'_bs / tau'_sbi.

    What is left of X are the duties: R'_n = sum_si (1 - 1/tau'_sni) pi'_sni X'_ns in Caliendo and Parro
    (2015), equation 13.

    Examples:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones((1, 1))
        >>> float(at_border(jnp.full((1, 1, 1), 0.8), 10 * one, one, 0 * one, jnp.array([4.0]))[0, 0])
        8.0
    """
    return spent * jnp.einsum("sbi,is->bs", duty_free, jnp.exp(-elasticity * log_offer)) / access


def charges(at_border: EconomySector, received: EconomySector) -> Economy:
    """Revenue of export taxes: E'_i = sum_sn (1 - 1/e'_sni) pi'_sni X'_ns / tau'_sni. Not in the paper.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(charges(jnp.full((1, 2), 5.0), jnp.full((1, 2), 4.0))[0])
        2.0
    """
    return (at_border - received).sum(axis=1)


def final_purchases(
    final_share: EconomySector, consumption_subsidy: EconomySector
) -> tuple[EconomySector, Economy]:
    """Shares of what final demand buys at market prices, and that over what consumers pay.

    Consumers pay alpha_ns I_n, the government zeta_ns of the price: alpha_ns I_n / (1 - zeta_ns) is bought.
    The bill is raised lump sum, so that income before it is I_n sum_s alpha_ns / (1 - zeta_ns). Not in the
    paper.

    Examples:
        >>> import jax.numpy as jnp
        >>> share, over = final_purchases(jnp.array([[0.5, 0.5]]), jnp.array([[0.5, 0.0]]))
        >>> [round(float(x), 3) for x in share[0]], float(over[0])
        ([0.667, 0.333], 1.5)
    """
    bought = final_share / (1.0 - consumption_subsidy)
    over = bought.sum(axis=1)
    return bought / over[:, None], over


def income(earned: Economy, imbalance: Economy) -> Economy:
    """Income that is spent on final goods: I'_n = w'_n L_n + R'_n + D'_n, with the first two as `earned`.

    Caliendo and Parro (2015), equation 13. Revenue is of duties, export taxes and rents, less what subsidies
    to production cost; profits are earned, too, where there are any.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(income(jnp.array([9.0]), jnp.array([-1.0]))[0])
        8.0
    """
    return earned + imbalance


def consumer_prices(log_price: EconomySector, final_share: EconomySector) -> Economy:
    """Change of the price of final demand: sum_s alpha_ns ln P_ns.

    The deflator of welfare in Caliendo and Parro (2015).

    Examples:
        >>> import jax.numpy as jnp
        >>> float(consumer_prices(jnp.array([[0.2, 0.0]]), jnp.array([[0.5, 0.5]]))[0])
        0.1
    """
    return (final_share * log_price).sum(axis=1)
