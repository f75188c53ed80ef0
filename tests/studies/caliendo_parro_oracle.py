"""Caliendo and Parro (2015), equations 10 to 14, solved the way their appendix says: prices within wages.

Dense linear algebra on plain arrays; shares no code with the model.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Economies", "Solution", "solve", "welfare"]


class Economies(NamedTuple):
    """The data of 1993: (sector, importer, exporter), (economy, sector) and (economy, input, sector)."""

    flows: np.ndarray
    tariff: np.ndarray
    input_share: np.ndarray
    value_added_share: np.ndarray
    elasticity: np.ndarray


class Solution(NamedTuple):
    """Changes against the data, and trade before duties, (sector, importer, exporter)."""

    wage: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    trade: np.ndarray
    income: np.ndarray
    final_share: np.ndarray


def solve(data: Economies, tariff: np.ndarray) -> Solution:
    """The equilibrium under new tariffs with balanced trade; world wage income is the numeraire."""
    sectors, economies, _ = data.flows.shape
    bought = data.flows * data.tariff
    spending = bought.sum(axis=2)
    share = np.divide(bought, spending[:, :, None], out=np.zeros_like(bought), where=spending[:, :, None] > 0)
    sales = data.flows.sum(axis=1).T
    wages = (data.value_added_share * sales).sum(axis=1)
    final = np.maximum(spending.T - np.einsum("nks,ns->nk", data.input_share, sales), 0.0)
    final_share = final / final.sum(axis=1, keepdims=True)
    duty = tariff / data.tariff
    wage, price = np.ones(economies), np.ones((economies, sectors))
    spent = spending
    for _ in range(2000):
        price, cost, reach = _prices(data, share, duty, wage, price)
        total = reach.sum(axis=2, keepdims=True)
        net_share = np.divide(reach, total, out=np.zeros_like(reach), where=total > 0) / tariff
        spent = _spending(data, net_share, final_share, wage * wages, spent)
        trade = net_share * spent[:, :, None]
        excess = (data.value_added_share * trade.sum(axis=1).T).sum(axis=1) / (wage * wages)
        if np.abs(excess - 1.0).max() < 1e-11:
            break
        wage = wage * excess**0.4
        wage *= wages.sum() / (wage * wages).sum()
    else:
        raise AssertionError("wages did not converge")
    income = wage * wages + ((tariff - 1.0) * trade).sum(axis=(0, 2))
    return Solution(wage, price, cost, trade, income, final_share)


def _prices(
    data: Economies, share: np.ndarray, duty: np.ndarray, wage: np.ndarray, price: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Equations 10 and 11 at given wages: prices, costs, and each origin's weight in the price."""
    labour = data.value_added_share * np.log(wage)[:, None]
    for _ in range(2000):
        inputs = (data.input_share.swapaxes(1, 2) @ np.log(price)[:, :, None])[:, :, 0]
        cost = np.exp(labour + inputs)
        reach = share * (cost.T[:, None, :] * duty) ** -data.elasticity[:, None, None]
        total = reach.sum(axis=2)
        new = np.where(total > 0, total, 1.0).T ** (-1.0 / data.elasticity)
        if np.abs(new / price - 1.0).max() < 1e-13:
            return new, cost, reach
        price = new
    raise AssertionError("prices did not converge")


def _spending(
    data: Economies, net_share: np.ndarray, final_share: np.ndarray, labour: np.ndarray, spent: np.ndarray
) -> np.ndarray:
    """Equation 13 at given wages and sourcing, (sector, economy), trade balanced."""
    kept = 1.0 - net_share.sum(axis=2)
    for _ in range(5000):
        sales = (net_share * spent[:, :, None]).sum(axis=1).T
        # Sectors in which an economy buys nothing have no duties either.
        earned = labour + np.where(net_share.sum(axis=2) > 0, kept * spent, 0.0).sum(axis=0)
        new = ((data.input_share @ sales[:, :, None])[:, :, 0] + final_share * earned[:, None]).T
        if np.abs(new - spent).max() < 1e-14 * new.max():
            return new
        spent = new
    raise AssertionError("spending did not converge")


def welfare(before: Solution, after: Solution, tariff: np.ndarray) -> dict[str, np.ndarray]:
    """Equation 16 with weights of the first point and its `tariff`, real wages, and exact real income."""
    cost = (after.cost / before.cost).T - 1.0
    trade = before.trade
    growth = np.divide(after.trade, trade, out=np.ones_like(trade), where=trade > 0) - 1.0
    sold = (trade * cost[:, None, :]).sum(axis=(0, 1))
    bought = (trade * cost[:, None, :]).sum(axis=(0, 2))
    duties = (tariff - 1.0) * trade
    living = np.exp((before.final_share * np.log(after.price / before.price)).sum(axis=1))
    return {
        "terms": (sold - bought) / before.income,
        "volume": (duties * (growth - cost[:, None, :])).sum(axis=(0, 2)) / before.income,
        "wage": after.wage / before.wage / living - 1.0,
        "exact": after.income / before.income / living - 1.0,
    }
