"""The core equations of Caliendo and Parro (2015), in changes; one function an equation.

Every function is pure. `log_` arrays are logs of changes (new over old); levels are USD million a year, in
units in which world wage income does not change (the numeraire). Equation numbers are those of the paper's
equilibrium in relative changes.

A scenario enters through arrays that are made once, before the iterations:

    weight_sni    = pi_sni * sum_v share_v kappa_v^(-theta_s)
    duty_free_sni = pi_sni * sum_v share_v kappa_v^(-theta_s) / tau'_v
    received_sni  = pi_sni * sum_v share_v kappa_v^(-theta_s) / (tau'_v e'_v)

with v the varieties of the flow (docs/varieties.md), tau' their tariff factors and e' their export factors.
What follows are batched matrix-vector products. Limits on quantities are in `limits.py`.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

__all__ = [
    "charges",
    "consumer_prices",
    "duties",
    "final_purchases",
    "imbalances_constant",
    "imbalances_removed",
    "imbalances_scaled",
    "income",
    "labour_income",
    "market_access",
    "price_index",
    "sales",
    "seller_offer",
    "spending",
    "unit_cost",
]

Bilateral = Float[Array, "sector importer exporter"]
EconomySector = Float[Array, "economy sector"]
Economy = Float[Array, "economy"]
Sector = Float[Array, "sector"]
InputShare = Float[Array, "economy input sector"]


def unit_cost(
    log_wage: Economy, log_price: EconomySector, value_added_share: EconomySector, input_share: InputShare
) -> EconomySector:
    """Change of the cost of a unit of output: ln c_is = va_is ln w_i + sum_k gamma_iks ln P_ik.

    Caliendo and Parro (2015), equation 10.

    Examples:
        >>> import jax.numpy as jnp
        >>> half = jnp.full((1, 1), 0.5)
        >>> float(unit_cost(jnp.array([0.2]), jnp.array([[0.1]]), half, half[None])[0, 0])
        0.15...
    """
    return value_added_share * log_wage[:, None] + jnp.einsum("ik,iks->is", log_price, input_share)


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
    weight: Bilateral, log_offer: EconomySector, elasticity: Sector, limited: EconomySector | None = None
) -> EconomySector:
    """Change of what an importer can reach: Phi_ns = sum_i pi_sni (o_is kappa_sni)^(-theta_s).

    The bracket of Caliendo and Parro (2015), equation 11; `limited` is what members of limits add. A sector
    of which an economy buys nothing gives 1.

    Examples:
        >>> import jax.numpy as jnp
        >>> market_access(jnp.full((1, 2, 2), 0.5), jnp.zeros((2, 1)), jnp.array([4.0])).tolist()
        [[1.0], [1.0]]
    """
    reached = jnp.einsum("sni,is->ns", weight, jnp.exp(-elasticity * log_offer))
    if limited is not None:
        reached = reached + limited
    return jnp.where(reached > 0.0, reached, 1.0)


def price_index(access: EconomySector, elasticity: Sector) -> EconomySector:
    """Change of the price of a sector's composite: ln P_ns = -1/theta_s ln Phi_ns.

    Caliendo and Parro (2015), equation 11.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(price_index(jnp.array([[1.0]]), jnp.array([4.0]))[0, 0])
        -0.0
    """
    return -jnp.log(access) / elasticity


def sales(
    duty_free: Bilateral,
    spent: EconomySector,
    access: EconomySector,
    log_offer: EconomySector,
    elasticity: Sector,
) -> EconomySector:
    """Sales of each sector before duties: sum_n pi'_sni X'_ns / tau'_sni.

    The sum in Caliendo and Parro (2015), equation 13, with pi' of equation 12 written out. With `received`
    in place of `duty_free`, sales before export taxes too.

    Examples:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones((1, 1))
        >>> float(sales(jnp.full((1, 1, 1), 0.8), 10 * one, one, 0 * one, jnp.array([4.0]))[0, 0])
        8.0
    """
    received = jnp.einsum("sni,ns->is", duty_free, spent / access)
    return jnp.exp(-elasticity * log_offer) * received


def duties(
    duty_free: Bilateral,
    spent: EconomySector,
    access: EconomySector,
    log_offer: EconomySector,
    elasticity: Sector,
) -> Economy:
    """Tariff revenue: R'_n = sum_si (1 - 1/tau'_sni) pi'_sni X'_ns.

    Second term of income in Caliendo and Parro (2015), equation 13.

    Examples:
        >>> import jax.numpy as jnp
        >>> one = jnp.ones((1, 1))
        >>> round(float(duties(jnp.full((1, 1, 1), 0.8), 10 * one, one, 0 * one, jnp.array([4.0]))[0]), 12)
        2.0
    """
    before_duty = jnp.einsum("sni,is->ns", duty_free, jnp.exp(-elasticity * log_offer)) / access
    return (spent * (1.0 - before_duty)).sum(axis=1)


def labour_income(value_added_share: EconomySector, sold: EconomySector) -> Economy:
    """Wage income that sales pay for: w'_n L_n = sum_s va_ns Y'_ns.

    The labour market; with equation 13 it says the same as trade balance, equation 14 of Caliendo and Parro
    (2015), by Walras' law.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(labour_income(jnp.full((1, 2), 0.5), jnp.ones((1, 2)))[0])
        1.0
    """
    return (value_added_share * sold).sum(axis=1)


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


def income(wage_income: Economy, revenue: Economy, imbalance: Economy) -> Economy:
    """Income that is spent on final goods: I'_n = w'_n L_n + R'_n + D'_n.

    Caliendo and Parro (2015), equation 13. Revenue is of duties, export taxes and rents, less what subsidies
    to production cost.

    Examples:
        >>> import jax.numpy as jnp
        >>> float(income(jnp.array([7.0]), jnp.array([2.0]), jnp.array([-1.0]))[0])
        8.0
    """
    return wage_income + revenue + imbalance


def spending(
    input_share: InputShare, sold: EconomySector, final_share: EconomySector, earned: Economy
) -> EconomySector:
    """Spending by sector: X'_ns = sum_k gamma_nsk Y'_nk + alpha_ns I'_n.

    Caliendo and Parro (2015), equation 13.

    Examples:
        >>> import jax.numpy as jnp
        >>> half = jnp.full((1, 1), 0.5)
        >>> float(spending(half[None], 10 * half, jnp.ones((1, 1)), jnp.array([3.0]))[0, 0])
        5.5
    """
    return jnp.einsum("iks,is->ik", input_share, sold) + final_share * earned[:, None]


def consumer_prices(log_price: EconomySector, final_share: EconomySector) -> Economy:
    """Change of the price of final demand: sum_s alpha_ns ln P_ns.

    The deflator of welfare in Caliendo and Parro (2015).

    Examples:
        >>> import jax.numpy as jnp
        >>> float(consumer_prices(jnp.array([[0.2, 0.0]]), jnp.array([[0.5, 0.5]]))[0])
        0.1
    """
    return (final_share * log_price).sum(axis=1)


def imbalances_constant(imbalance: Economy, log_wage: Economy, baseline_income: Economy) -> Economy:
    """Each deficit stays the same share of world GDP, the numeraire: D'_n = D_n.

    As in Caliendo and Parro (2015). Arguments are those of every rule for imbalances: the deficits and
    wage incomes of the baseline, and the log change of wages.

    Examples:
        >>> import jax.numpy as jnp
        >>> imbalances_constant(jnp.array([1.0, -1.0]), jnp.zeros(2), jnp.ones(2)).tolist()
        [1.0, -1.0]
    """
    return imbalance


def imbalances_removed(imbalance: Economy, log_wage: Economy, baseline_income: Economy) -> Economy:
    """Every economy's trade is balanced: D'_n = 0.

    The first step of Caliendo and Parro (2015), after Dekle, Eaton and Kortum (2008).

    Examples:
        >>> import jax.numpy as jnp
        >>> imbalances_removed(jnp.array([1.0, -1.0]), jnp.zeros(2), jnp.ones(2)).tolist()
        [0.0, 0.0]
    """
    return jnp.zeros_like(imbalance)


def imbalances_scaled(imbalance: Economy, log_wage: Economy, baseline_income: Economy) -> Economy:
    """Each deficit moves with own wages: D'_n = w_n D_n - s'_n sum_m w_m D_m.

    s' are shares of world wage income. The last term makes deficits sum to zero over the world; it is our
    own closure.

    Examples:
        >>> import jax.numpy as jnp
        >>> imbalances_scaled(jnp.array([1.0, -1.0]), jnp.log(jnp.array([2.0, 1.0])), jnp.ones(2)).tolist()
        [1.33..., -1.33...]
    """
    moved = imbalance * jnp.exp(log_wage)
    new_income = baseline_income * jnp.exp(log_wage)
    return moved - new_income / new_income.sum() * moved.sum()
