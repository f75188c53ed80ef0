"""The paper's equations once more, the slow way: loops over indices and SciPy's root finder.

Shares no code with the model, so that an error in one is not repeated in the other.
"""

from __future__ import annotations

import jax
import numpy as np
from scipy.optimize import root

from detente.model import Baseline

__all__ = ["PaperSolution", "paper_equilibrium"]


class PaperSolution(dict[str, np.ndarray]):
    """Changes by name: wage, price, spending (level), income (level)."""


def _costs(base: Baseline, wage: np.ndarray, price: np.ndarray) -> np.ndarray:
    economies, sectors = price.shape
    cost = np.empty((economies, sectors))
    for i in range(economies):
        for s in range(sectors):
            cost[i, s] = wage[i] ** base.value_added_share[i, s]
            for k in range(sectors):
                cost[i, s] *= price[i, k] ** base.input_share[i, k, s]
    return cost


def _sales_and_duties(
    base: Baseline, tariff: np.ndarray, share: np.ndarray, spending: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    economies, sectors = spending.shape
    sales, duties = np.zeros((economies, sectors)), np.zeros(economies)
    for s in range(sectors):
        for n in range(economies):
            for i in range(economies):
                value = share[s, n, i] * spending[n, s]
                sales[i, s] += value / tariff[s, n, i]
                duties[n] += value * (1.0 - 1.0 / tariff[s, n, i])
    return sales, duties


def paper_equilibrium(base: Baseline, tariff: np.ndarray, imbalance: np.ndarray) -> PaperSolution:
    """Solve equations 10 to 14 with given new tariffs and imbalances."""
    base = jax.tree.map(np.asarray, base)
    sectors, economies, _ = base.sourcing.shape
    theta = base.trade_elasticity
    world = base.wage_income.sum()

    def unpack(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        wage = np.exp(x[:economies])
        rest = x[economies:].reshape(2, economies, sectors)
        return wage, np.exp(rest[0]), base.spending * np.exp(rest[1])

    def excess(x: np.ndarray) -> np.ndarray:
        wage, price, spending = unpack(x)
        cost = _costs(base, wage, price)
        reach = base.sourcing * (cost.T[:, None, :] * tariff / base.tariff_factor) ** -theta[:, None, None]
        new_price = reach.sum(axis=2).T ** (-1.0 / theta)
        share = reach / reach.sum(axis=2, keepdims=True)
        sales, duties = _sales_and_duties(base, tariff, share, spending)
        earned = wage * base.wage_income + duties + imbalance
        wanted = base.final_share * earned[:, None]
        for n in range(economies):
            wanted[n] += base.input_share[n] @ sales[n]
        labour = (base.value_added_share * sales).sum(axis=1) / (wage * base.wage_income) - 1.0
        # One labour market is redundant by Walras' law; the numeraire takes its place.
        labour[-1] = (wage * base.wage_income).sum() / world - 1.0
        return np.concatenate([labour, np.log(new_price / price).ravel(), np.log(wanted / spending).ravel()])

    found = root(excess, np.zeros(economies + 2 * economies * sectors), tol=1e-13)
    assert np.abs(excess(found.x)).max() < 1e-9
    wage, price, spending = unpack(found.x)
    return PaperSolution(wage=wage, price=price, spending=spending)
