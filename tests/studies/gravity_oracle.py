"""Structural gravity once more in NumPy: PPML, multilateral resistances, endowment economies.

Arrays are (exporter, importer); costs are t^(1 - sigma). Shares no code with the model or the replications.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["CLOSURES", "Effects", "balance", "endowment_economy", "ppml"]


def balance(
    costs: np.ndarray, sold: np.ndarray, spent: np.ndarray, reference: int
) -> tuple[np.ndarray, np.ndarray]:
    """Exporter and importer effects that give the totals; the reference importer's effect is one."""
    exporter = np.ones(len(sold))
    for _ in range(200_000):
        importer = spent / (exporter @ costs)
        new = sold / (costs @ importer)
        moved = np.abs(new / exporter - 1.0).max()
        exporter = new
        if moved < 1e-14:
            break
    scale = importer[reference]
    return exporter * scale, importer / scale


def _net_of_effects(variable: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Residual of a variable on exporter and importer effects, weighted."""
    residual = variable.copy()
    for _ in range(10_000):
        rows = (weight * residual).sum(axis=1) / weight.sum(axis=1)
        residual = residual - rows[:, None]
        columns = (weight * residual).sum(axis=0) / weight.sum(axis=0)
        residual = residual - columns
        if max(np.abs(rows).max(), np.abs(columns).max()) < 1e-13:
            return residual
    raise AssertionError("no projection")


def ppml(trade: np.ndarray, variables: list[np.ndarray], reference: int) -> np.ndarray:
    """Poisson coefficients with exporter and importer effects, by Newton on the concentrated likelihood."""
    beta = np.zeros(len(variables))
    for _ in range(200):
        costs = np.exp(sum(b * v for b, v in zip(beta, variables, strict=True)))
        exporter, importer = balance(costs, trade.sum(axis=1), trade.sum(axis=0), reference)
        mean = exporter[:, None] * costs * importer
        net = [_net_of_effects(v, mean) for v in variables]
        score = np.array([((trade - mean) * v).sum() for v in net])
        information = np.array([[(mean * a * b).sum() for b in net] for a in net])
        step = np.linalg.solve(information, score)
        beta = beta + step * min(1.0, 0.5 / np.abs(step).max())
        if np.abs(step).max() < 1e-11:
            return beta
    raise AssertionError("no estimate")


class Effects(NamedTuple):
    """New over old: exports, factory-gate prices and inward resistances, the latter P not P^(1 - sigma)."""

    exports: np.ndarray
    price: np.ndarray
    resistance: np.ndarray

    @property
    def real_gdp(self) -> np.ndarray:
        return self.price / self.resistance


def _common_factor(ratio: np.ndarray, earned: np.ndarray) -> np.ndarray:
    spent = ratio * earned
    return spent * earned.sum() / spent.sum()


def _shared_by_income(ratio: np.ndarray, earned: np.ndarray) -> np.ndarray:
    deficit = (ratio - 1.0) * earned
    return earned + deficit - earned / earned.sum() * deficit.sum()


# How world spending is made world income where each economy's spending moves with its own income.
CLOSURES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "ratio": _common_factor,
    "scaled": _shared_by_income,
}


def endowment_economy(
    flows: np.ndarray, shock: np.ndarray, sigma: float, closure: str, reference: int
) -> Effects:
    """Exact response of endowments that sell at factory-gate prices to new costs (`shock`, new over old)."""
    sold, spent = flows.sum(axis=1), flows.sum(axis=0)
    price = np.ones(len(sold))
    for _ in range(100_000):
        reach = flows * shock * (price ** (1.0 - sigma))[:, None]
        bought = CLOSURES[closure](spent / sold, price * sold)
        trade = reach / reach.sum(axis=0) * bought
        new = price * (trade.sum(axis=1) / (price * sold)) ** (1.0 / sigma)
        new *= sold.sum() / (new * sold).sum()
        moved = np.abs(new / price - 1.0).max()
        price = new
        if moved < 1e-15:
            break
    living = (reach.sum(axis=0) / spent) ** (1.0 / (1.0 - sigma))
    anchor = living[reference]
    abroad = 1.0 - np.eye(len(sold))
    exports = (trade * abroad).sum(axis=1) / anchor / (flows * abroad).sum(axis=1)
    return Effects(exports, price / anchor, living / anchor)
