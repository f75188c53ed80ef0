"""What the answer means for those who work: pay by sector and group, employment, welfare net of effort."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.model import Baseline, Equilibrium
from detente.outcome.welfare import consumer_prices, final_price, real_income, real_wage

__all__ = [
    "group_earnings",
    "group_pay",
    "group_pay_value",
    "labour_tax",
    "real_factor_price",
    "real_wage_after_tax",
    "welfare_net_of_effort",
]

Economy = Float[np.ndarray, "economy"]
Group = Float[np.ndarray, "group"]


def real_factor_price(
    reference: Equilibrium, scenario: Equilibrium, base: Baseline
) -> Float[np.ndarray, "economy sector"]:
    """Change of the pay of an efficiency unit of labour in each sector over consumer prices, new over old.

    Where workers choose sectors by their productivities it differs from what a worker of a sector earns on
    average: those who come and go differ from those who stay (Galle, Rodriguez-Clare and Yi 2023).

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026", theory=dt.Theory(labour="specific"))
        >>> real_factor_price(outcome.reference, outcome.equilibrium, outcome.base).shape
        (20, 20)
    """
    risen = np.exp(scenario.log_factor_price - reference.log_factor_price)
    changed: np.ndarray = risen / consumer_prices(reference, scenario, base)[:, None]
    return changed


def group_pay(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Group:
    """Change of each group's earnings per worker over its economy's consumer prices, new over old, (group,).

    Galle, Rodriguez-Clare and Yi (2023). Empty where the theory has no groups.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> group_pay(outcome.reference, outcome.equilibrium, outcome.base).shape
        (0,)
    """
    groups = base.labour.groups
    if groups is None:
        return np.zeros(0)
    risen = np.exp(scenario.log_group_wage - reference.log_group_wage)
    changed: Group = risen / consumer_prices(reference, scenario, base)[np.asarray(groups.economy)]
    return changed


def group_pay_value(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Group:
    """Change of each group's earnings per worker times its earnings in the reference, USD million a year."""
    more: Group = group_earnings(reference, base) * (group_pay(reference, scenario, base) - 1.0)
    return more


def group_earnings(point: Equilibrium, base: Baseline) -> Group:
    """What each group earns, (group,), USD million a year; empty where the theory has no groups."""
    groups = base.labour.groups
    if groups is None:
        return np.zeros(0)
    economy = np.asarray(groups.economy)
    before = (np.asarray(groups.earnings) * np.asarray(base.payroll)[economy]).sum(axis=1)
    earned: Group = before * np.exp(point.log_group_wage + point.log_labour[economy])
    return earned


def labour_tax(point: Equilibrium, base: Baseline) -> Economy:
    """Rate of the tax on labour less that of the baseline, (economy,), a fraction.

    From ln (1 - t') - ln (1 - t); where the tax before is just what new revenue replaces, t' is zero.

    Examples:
        >>> import detente as dt
        >>> theory = dt.Theory(labour_supply=0.5, revenue="labour-tax", labour_tax=0.3)
        >>> outcome = dt.run("g20-2019", "canada-china-2026", theory=theory)
        >>> labour_tax(outcome.equilibrium, outcome.base).shape
        (20,)
    """
    if base.labour.tax is None:
        return np.zeros(point.income.shape)
    tax = np.asarray(base.labour.tax)
    given = (1.0 - tax) * -np.expm1(point.log_net_of_tax)
    more: Economy = np.where(np.isnan(tax), np.expm1(-point.log_net_of_tax), given)
    return more


def real_wage_after_tax(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Change of what the tax leaves of the real wage, new over old, (economy,)."""
    risen: Economy = real_wage(reference, scenario, base) * np.exp(
        scenario.log_net_of_tax - reference.log_net_of_tax
    )
    return risen


def welfare_net_of_effort(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Consumption that is worth as much as the change, effort counted, over consumption in the reference.

    A supply of labour L = ((1 - t) w / P)^phi is that of households with utility C - k L^(1 + 1/phi), where
    work has no income effect (Greenwood, Hercowitz and Huffman 1988). In units of the baseline's consumption
    effort costs

        v = phi / (1 + phi) (1 - t) W_n L'^(1 + 1/phi)

    with t and W tax and wage income of the baseline, and the change is [(C' - v') - (C - v)] / C, with C real
    income. Where the tax is just what new revenue replaces, t is what it replaces in the scenario. With
    labour in fixed supply it is the change of real income.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> found = welfare_net_of_effort(outcome.reference, outcome.equilibrium, outcome.base)
        >>> real = real_income(outcome.reference, outcome.equilibrium, outcome.base)
        >>> bool(abs(found - (real - 1.0)).max() < 1e-15)
        True
    """
    risen: Economy = real_income(reference, scenario, base) - 1.0
    if base.labour.supply is None:
        return risen
    supply = float(base.labour.supply)
    left = np.ones_like(risen)
    if base.labour.tax is not None:
        tax = np.asarray(base.labour.tax)
        left = np.where(np.isnan(tax), np.exp(-scenario.log_net_of_tax), 1.0 - tax)
    effort = [np.exp((1.0 + 1.0 / supply) * point.log_labour) for point in (reference, scenario)]
    cost = supply / (1.0 + supply) * left * np.asarray(base.wage_income) * (effort[1] - effort[0])
    net: Economy = risen - cost * final_price(reference, base) / reference.income
    return net
