"""What the answer means for people: real income, wages and prices."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.model import Baseline, Equilibrium

__all__ = [
    "consumer_prices",
    "final_price",
    "household_income",
    "paper_decomposition",
    "public_revenue",
    "real_income",
    "real_wage",
]

Economy = Float[np.ndarray, "economy"]


def final_price(point: Equilibrium, base: Baseline) -> Economy:
    """Change of what consumers pay for final demand against the baseline, new over old, (economy,)."""
    paid = point.log_price + point.log_consumer_factor
    risen: Economy = np.exp((_final_share(base) * paid).sum(axis=1))
    return risen


def consumer_prices(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Change of what consumers pay for final demand, new over old, (economy,): prod_s P_ns^alpha_ns.

    As in Caliendo and Parro (2015); subsidies to consumption lower it.
    """
    paid = [point.log_price + point.log_consumer_factor for point in (reference, scenario)]
    risen: Economy = np.exp((_final_share(base) * (paid[1] - paid[0])).sum(axis=1))
    return risen


def real_income(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Change of welfare, new over old, (economy,): I'_n / I_n / prod_s P_ns^alpha_ns.

    Welfare in Caliendo and Parro (2015), exact for changes of any size.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> real_income(outcome.reference, outcome.equilibrium, outcome.base).shape
        (20,)
    """
    risen: Economy = scenario.income / reference.income / consumer_prices(reference, scenario, base)
    return risen


def real_wage(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Change of mean earnings per unit of work over the change of consumer prices, new over old, (economy,).

    As in Caliendo and Parro (2015), before tax. Where workers are not mobile between sectors, or come in
    groups, it is the mean over all of them; profits are no part of it.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> real_wage(outcome.reference, outcome.reference, outcome.base).max().item()
        1.0
    """
    wage = np.exp(scenario.log_wage - reference.log_wage)
    risen: Economy = wage / consumer_prices(reference, scenario, base)
    return risen


def public_revenue(point: Equilibrium) -> Economy:
    """Duties, export taxes and quota rents less subsidies, (economy,), USD million a year.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> bool((public_revenue(outcome.equilibrium) > 0.0).any())
        True
    """
    raised: Economy = point.tariff_revenue + point.export_tax_revenue + point.quota_rent - point.subsidies
    return raised


def household_income(point: Equilibrium) -> Economy:
    """Income less public revenue, (economy,), USD million a year."""
    kept: Economy = point.income - public_revenue(point)
    return kept


def _final_share(base: Baseline) -> Float[np.ndarray, "economy sector"]:
    return np.asarray(base.final_share)


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Quotient, one where there was nothing."""
    quotient: np.ndarray = np.divide(
        numerator, denominator, out=np.ones_like(numerator), where=denominator > 0
    )
    return quotient


def paper_decomposition(reference: Equilibrium, scenario: Equilibrium) -> tuple[Economy, Economy]:
    """Terms and volume of trade as the paper computes them, (economy,), fractions.

    Caliendo and Parro's (2015) differential of welfare, with d ln x as x'/x - 1 and all weights from the
    reference. Their sum is what the paper's Table 2 calls welfare; it is exact for small changes only.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> terms, volume = paper_decomposition(outcome.reference, outcome.equilibrium)
        >>> terms.shape, volume.shape
        ((20,), (20,))
    """
    cost = np.exp(scenario.log_cost - reference.log_cost).T
    bought = reference.flows
    terms = (bought * (cost[:, None, :] - 1.0)).sum(axis=(0, 1)) - (bought * (cost[:, None, :] - 1.0)).sum(
        axis=(0, 2)
    )
    moved = _ratio(scenario.flows, bought)
    volume = (reference.duties * (moved - cost[:, None, :])).sum(axis=(0, 2))
    return terms / reference.income, volume / reference.income
