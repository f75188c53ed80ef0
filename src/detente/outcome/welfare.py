"""What the answer means for people: real income, wages and prices, and where the change comes from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.model import Baseline, Equilibrium

__all__ = [
    "Decomposition",
    "consumer_prices",
    "decompose",
    "paper_decomposition",
    "real_income",
    "real_wage",
]

Economy = Float[np.ndarray, "economy"]


def consumer_prices(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Change of the price of final demand, new over old, (economy,): prod_s P_ns^alpha_ns.

    As in Caliendo and Parro (2015).
    """
    risen: Economy = np.exp((_final_share(base) * (scenario.log_price - reference.log_price)).sum(axis=1))
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
    """Change of the wage over the change of consumer prices, new over old, (economy,).

    As in Caliendo and Parro (2015).

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> real_wage(outcome.reference, outcome.reference, outcome.base).max().item()
        1.0
    """
    wage = np.exp(scenario.log_wage - reference.log_wage)
    risen: Economy = wage / consumer_prices(reference, scenario, base)
    return risen


class Decomposition(NamedTuple):
    """Contributions to the change of real income, as fractions, (economy,); they sum to the change."""

    terms_of_trade: Economy
    volume_of_trade: Economy
    second_order: Economy


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


def decompose(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Decomposition:
    """Split the change of real income into terms of trade, volume of trade and a remainder, adding up.

    The differential of Caliendo and Parro (2015), integrated: each weight (exports, imports, duties,
    spending) is its logarithmic mean over reference and scenario, which is exact along a path on which it
    grows at a constant rate (Vartia 1976). In the differential the volume term tau M (d ln M - d ln c) is
    d R - R d ln c - X d ln kappa, with R the duties on a flow, X what buyers pay, kappa its trade cost;
    written so it also holds for flows with several varieties. What both terms miss is the remainder.

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "china-canada-2024-25")
        >>> parts = decompose(outcome.reference, outcome.equilibrium, outcome.base)
        >>> bool(abs(parts.second_order).max() < 0.05 * abs(parts.terms_of_trade).max())
        True
    """
    change = real_income(reference, scenario, base) - 1.0
    terms, volume = _log_decomposition(reference, scenario)
    # From a log change to a change: the same factor for every part keeps the sum.
    small = np.abs(change) < 1e-12
    factor = np.where(small, 1.0, change / np.where(small, 1.0, np.log1p(change)))
    terms, volume = terms * factor, volume * factor
    return Decomposition(terms, volume, change - terms - volume)


def _logarithmic_mean(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """(new - old) / ln(new / old): the mean of a quantity that grows from old to new at a constant rate."""
    positive = (old > 0) & (new > 0)
    first, second = np.where(positive, old, 1.0), np.where(positive, new, 1.0)
    growth = np.log(second / first)
    close = np.abs(growth) < 1e-6
    mean = np.where(close, 0.5 * (first + second), (second - first) / np.where(close, 1.0, growth))
    return np.where(positive, mean, 0.0)


def _log_decomposition(reference: Equilibrium, scenario: Equilibrium) -> tuple[Economy, Economy]:
    cost = (scenario.log_cost - reference.log_cost).T[:, None, :]
    traded = (reference.flows > 0) & (scenario.flows > 0)
    with np.errstate(invalid="ignore"):
        kappa = np.where(traded, scenario.log_trade_cost - reference.log_trade_cost, 0.0)
    sold = _logarithmic_mean(reference.flows, scenario.flows) * cost
    duties = _logarithmic_mean(reference.duties, scenario.duties)
    paid = _logarithmic_mean(reference.flows + reference.duties, scenario.flows + scenario.duties)
    volume = (scenario.duties - reference.duties - duties * cost - paid * kappa).sum(axis=(0, 2))
    income = _logarithmic_mean(reference.income, scenario.income)
    return (sold.sum(axis=(0, 1)) - sold.sum(axis=(0, 2))) / income, volume / income
