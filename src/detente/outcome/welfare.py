"""What the answer means for people: real income, wages and prices, and where the change comes from."""

from __future__ import annotations

from typing import Literal, NamedTuple

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
    """
    risen: Economy = scenario.income / reference.income / consumer_prices(reference, scenario, base)
    return risen


def real_wage(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Change of the wage over the change of consumer prices, new over old, (economy,).

    As in Caliendo and Parro (2015).
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

    Caliendo and Parro's (2015) differential of welfare, with changes d ln x taken as x'/x - 1 and all weights
    from the reference. Their sum is what the paper's Table 2 calls welfare; it is exact for small changes only.
    """
    cost = np.exp(scenario.log_cost - reference.log_cost).T
    bought = reference.flows
    terms = (bought * (cost[:, None, :] - 1.0)).sum(axis=(0, 1)) - (bought * (cost[:, None, :] - 1.0)).sum(
        axis=(0, 2)
    )
    moved = _ratio(scenario.flows, bought)
    volume = (reference.duties * (moved - cost[:, None, :])).sum(axis=(0, 2))
    return terms / reference.income, volume / reference.income


def decompose(
    reference: Equilibrium,
    scenario: Equilibrium,
    base: Baseline,
    weights: Literal["average", "reference"] = "average",
) -> Decomposition:
    """Split the change of real income into terms of trade, volume of trade and a remainder, adding up.

    The split of Caliendo and Parro (2015) is of a differential. With `weights="reference"` it is evaluated as
    the paper does (see `paper_decomposition`). With "average" its weights (flows and duties over income) are
    the mean of reference and scenario, and d ln x is the log change, so that the remainder is of third
    instead of second order (the Törnqvist approximation; Diewert 1976). The remainder also holds what happens
    between varieties within a flow.

    Examples:
        >>> import detente as dt, numpy as np
        >>> world = dt.load_world("g20-2019")
        >>> found = dt.solve(world, dt.no_shock(world))
        >>> float(np.abs(decompose(found, found, dt.calibrate(world, dt.Theory())).terms_of_trade).max())
        0.0
    """
    change = real_income(reference, scenario, base)
    if weights == "reference":
        terms, volume = paper_decomposition(reference, scenario)
    else:
        terms, volume = _average_decomposition(reference, scenario)
        # From a log change to a change: the same factor for every part keeps the sum.
        log_change = np.log(change)
        factor = _ratio_of_changes(change - 1.0, log_change)
        terms, volume = terms * factor, volume * factor
    return Decomposition(terms, volume, change - 1.0 - terms - volume)


def _ratio_of_changes(change: Economy, log_change: Economy) -> Economy:
    """(W - 1) / ln W, which tends to one as the change vanishes."""
    small = np.abs(log_change) < 1e-12
    return np.where(small, 1.0, change / np.where(small, 1.0, log_change))


def _average_decomposition(reference: Equilibrium, scenario: Equilibrium) -> tuple[Economy, Economy]:
    cost = (scenario.log_cost - reference.log_cost).T[:, None, :]
    traded = (reference.flows > 0) & (scenario.flows > 0)
    moved = np.log(_ratio(np.where(traded, scenario.flows, 0.0), np.where(traded, reference.flows, 0.0)))
    terms = np.zeros_like(reference.income)
    volume = np.zeros_like(reference.income)
    for point in (reference, scenario):
        # Exports of n less imports of n, each weighted by the exporter's change of cost.
        weighted = point.flows * cost
        terms += 0.5 * (weighted.sum(axis=(0, 1)) - weighted.sum(axis=(0, 2))) / point.income
        volume += 0.5 * (point.duties * (moved - cost)).sum(axis=(0, 2)) / point.income
    return terms, volume
