"""Labour: mobility, groups of workers, supply, and a tax on it, as edits of the core equations."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int

__all__ = ["Groups", "Labour", "factor_price", "group_wage", "labour_supply", "net_of_tax"]

Economy = Float[Array, "economy"]
EconomySector = Float[Array, "economy sector"]


class Groups(NamedTuple):
    """Groups of workers, such as regions.

    Attributes:
        economy: index of the economy of each group, (group,).
        share: of each sector in the group's earnings, (group, sector); sums to 1.
        earnings: part of each sector's payroll that a group has, (group, sector); the groups of an economy
            sum to 1 in every sector that pays anyone.
    """

    economy: Int[Array, "group"]
    share: Float[Array, "group sector"]
    earnings: Float[Array, "group sector"]


class Labour(NamedTuple):
    """What labour markets add to mobile labour in fixed supply; what a theory does not have is None.

    Attributes:
        shape: kappa, shape of workers' productivities over sectors; 1 is specific to sectors, None mobile.
        groups: groups of workers; None where each economy is one.
        supply: elasticity of labour supply to the real wage after tax.
        tax: (economy,), rate of the tax on labour in the baseline; the rate at which the tax goes to zero
            where it is not a number.
    """

    shape: Float[Array, ""] | None = None
    groups: Groups | None = None
    supply: Float[Array, ""] | None = None
    tax: Economy | None = None


def factor_price(
    labour: Labour,
    log_wage: Economy,
    log_group_wage: Float[Array, "group"] | None,
    log_output: EconomySector,
    log_labour: Economy | None,
    log_cost: EconomySector,
    value_added_elasticity: Float[Array, ""] | float = 1.0,
) -> EconomySector:
    """Price of an efficiency unit of labour in each sector, (economy, sector).

    Workers of group g draw productivities in sectors from a Frechet distribution with shape kappa: sector s
    pays the group E_g share_gs v_s^kappa w_g^(1-kappa), and it pays all groups va_s Y_s. Solved for v_s,

        ln v_is = [ln Y_is - ln L_i + (e - 1) ln c_is - ln H_is] / (kappa - 1 + e),
        H_is    = sum_g earnings_gs w_g^(1-kappa)

    with e the elasticity of substitution between value added and inputs (1: Cobb-Douglas). With one group
    H = w^(1-kappa): kappa without bound gives v = w, and kappa = 1 gives v = Y. Galle, Rodriguez-Clare and Yi
    (2023), section 2.

    Examples:
        >>> import jax.numpy as jnp
        >>> specific = Labour(shape=jnp.array(1.0))
        >>> zero = jnp.zeros((1, 1))
        >>> float(factor_price(specific, jnp.array([0.3]), None, zero + 0.1, None, zero)[0, 0])
        0.1
        >>> float(factor_price(Labour(), jnp.array([0.3]), None, zero + 0.1, None, zero)[0, 0])
        0.3
    """
    if labour.shape is None:
        return jnp.broadcast_to(log_wage[:, None], log_output.shape)
    per_worker = log_output if log_labour is None else log_output - log_labour[:, None]
    rise = labour.shape - 1.0
    if labour.groups is None or log_group_wage is None:
        others = rise * log_wage[:, None]
    else:
        groups = labour.groups
        weighted = groups.earnings * jnp.exp(-rise * log_group_wage)[:, None]
        total = jax.ops.segment_sum(weighted, groups.economy, log_wage.size)
        others = -jnp.log(jnp.where(total > 0.0, total, 1.0))
    curved = (value_added_elasticity - 1.0) * log_cost
    return (per_worker + curved + others) / (rise + value_added_elasticity)


def group_wage(labour: Labour, groups: Groups, log_factor_price: EconomySector) -> Float[Array, "group"]:
    """What each group earns per worker: ln w_g = (1/kappa) ln sum_s share_gs v_s^kappa.

    Galle, Rodriguez-Clare and Yi (2023), equation 9.

    Examples:
        >>> import jax.numpy as jnp
        >>> share = jnp.array([[0.5, 0.5]])
        >>> groups = Groups(jnp.array([0]), share, jnp.ones((1, 2)))
        >>> prices = jnp.log(jnp.array([[1.0, 2.0]]))
        >>> round(float(jnp.exp(group_wage(Labour(shape=jnp.array(1.0)), groups, prices))[0]), 6)
        1.5
    """
    kappa = jnp.asarray(1.0) if labour.shape is None else labour.shape
    earned = groups.share * jnp.exp(kappa * log_factor_price[groups.economy])
    return jnp.log(earned.sum(axis=1)) / kappa


def labour_supply(
    supply: Float[Array, ""], log_wage: Economy, log_consumer_price: Economy, log_net_of_tax: Economy | float
) -> Economy:
    """Change of the work that is offered: ln L_n = phi (ln w_n - ln P_n + ln (1 - t'_n) - ln (1 - t_n)).

    Examples:
        >>> import jax.numpy as jnp
        >>> float(labour_supply(jnp.array(0.5), jnp.array([0.1]), jnp.array([0.02]), 0.0)[0])
        0.04
    """
    return supply * (log_wage - log_consumer_price + log_net_of_tax)


def net_of_tax(
    tax: Economy,
    wages_before: Economy,
    wages: Economy,
    collected_before: Economy,
    collected: Economy,
    log_consumer_price: Economy,
) -> Economy:
    """Log change of what is left of a wage after tax, when the tax balances the budget.

    What the government collects, labour tax and all, keeps its real value:
    t' W' + R' = (t W + R) P. Where the tax is not a number, it is just what new revenue replaces:
    t = (R' - R P) / W', t' = 0 (Ignatenko, Lashkaripour, Macedoni and Simonovska 2025, equation 5).

    Examples:
        >>> import jax.numpy as jnp
        >>> one, zero = jnp.ones(1), jnp.zeros(1)
        >>> rise = net_of_tax(jnp.array([0.3]), one, one, zero, 0.1 * one, zero)
        >>> round(float(jnp.exp(rise)[0]), 4)
        1.1429
        >>> rise = net_of_tax(jnp.array([jnp.nan]), one, one, zero, 0.1 * one, zero)
        >>> round(float(jnp.exp(rise)[0]), 4)
        1.1111
    """
    price = jnp.exp(log_consumer_price)
    more = (collected - collected_before * price) / wages
    replaced = jnp.isnan(tax)
    given = jnp.where(replaced, 0.0, tax)
    new = given * wages_before * price / wages - more
    # A rate that leaves nothing, met on the way to a solution, is not a number, and undone.
    return jnp.where(replaced, -jnp.log1p(-more), jnp.log1p(-new) - jnp.log1p(-given))
