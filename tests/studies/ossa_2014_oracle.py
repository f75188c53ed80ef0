"""Ossa (2014), solved a second way: NumPy and SciPy only, in the paper's own notation and array order.

The paper's conditions in changes: sales of a sector's fixed number of firms, a share 1/sigma of which is
profit; wages that exhaust the rest; income of wages, profits and duties; no imbalances. Arrays are (sector,
exporter, importer), as the author stacks them; the unknowns are the changes of income and wages. Shares no
code with `detente.model`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.optimize import root

REGIONS, SECTORS = 7, 33


@dataclass(frozen=True)
class Data:
    """Flows before duty and ad valorem tariffs, (sector, exporter, importer); sigma, (sector, 1)."""

    trade: np.ndarray
    tariff: np.ndarray
    sigma: np.ndarray


@dataclass(frozen=True)
class Point:
    """Changes of income, wage and price index, (region,), and new flows, (sector, exporter, importer)."""

    income: np.ndarray
    wage: np.ndarray
    price: np.ndarray
    trade: np.ndarray


def read(folder: Path) -> Data:
    data = loadmat(folder / "DATA.mat")
    shape = (SECTORS, REGIONS, REGIONS)
    return Data(data["TRADE"].reshape(shape), data["TARIFF"].reshape(shape), data["SIGMA"].reshape(-1, 1))


def _responses(data: Data, income: np.ndarray, wage: np.ndarray, tariff: np.ndarray) -> Point:
    sigma = data.sigma[:, :, None]
    paid = data.trade * (1.0 + data.tariff)
    dearer = (1.0 + tariff) / (1.0 + data.tariff)
    delivered = wage[None, :, None] * dearer
    share = paid / paid.sum(axis=1, keepdims=True)
    # The price index to the power sigma - 1.
    index = 1.0 / (share * delivered ** (1.0 - sigma)).sum(axis=1, keepdims=True)
    trade = data.trade * delivered ** (1.0 - sigma) / dearer * index * income
    spending = paid.sum(axis=1)
    logs = np.log(index[:, 0]) / (data.sigma - 1.0)
    return Point(income, wage, np.exp((spending / spending.sum(axis=0) * logs).sum(axis=0)), trade)


def _gaps(data: Data, unknowns: np.ndarray, tariff: np.ndarray) -> tuple[np.ndarray, Point]:
    point = _responses(data, np.exp(unknowns[:REGIONS]), np.exp(unknowns[REGIONS:]), tariff)
    wages = wage_income(data, data.trade)
    income = (data.trade * (1.0 + data.tariff)).sum(axis=(0, 1))
    earned = point.wage * wages + profits(data, point.trade) + (tariff * point.trade).sum(axis=(0, 1))
    labour = wage_income(data, point.trade) / wages - point.wage
    labour[0] = (wages * point.wage).sum() / wages.sum() - 1.0
    return np.concatenate([labour, earned / income - point.income]), point


def wage_income(data: Data, trade: np.ndarray) -> np.ndarray:
    return ((1.0 - 1.0 / data.sigma) * trade.sum(axis=2)).sum(axis=0)


def profits(data: Data, trade: np.ndarray) -> np.ndarray:
    return (trade.sum(axis=2) / data.sigma).sum(axis=0)


def solve(data: Data, tariff: np.ndarray) -> Point:
    """The equilibrium under another tariff, with world wage income as the numeraire."""
    found = root(lambda z: _gaps(data, z, tariff)[0], np.zeros(2 * REGIONS), tol=1e-13)
    gaps, point = _gaps(data, found.x, tariff)
    assert np.abs(gaps).max() < 1e-11, f"the oracle did not solve: {np.abs(gaps).max()}"
    return point


def government_welfare(data: Data, point: Point, tariff: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Change of the sum over sectors of weighted real incomes, (region,); weights are (sector, region)."""

    def weighted(trade: np.ndarray, duty: np.ndarray) -> np.ndarray:
        sales = trade.sum(axis=2)
        labour = (1.0 - 1.0 / data.sigma) * sales
        revenue = (duty * trade).sum(axis=(0, 1))
        return (weights * (sales + labour / labour.sum(axis=0) * revenue)).sum(axis=0)

    return weighted(point.trade, tariff) / weighted(data.trade, data.tariff) / point.price


def own_slopes(data: Data, tariff: np.ndarray, weights: np.ndarray, region: int) -> np.ndarray:
    """d ln (government welfare) / d ln (1 + t) of a region's own tariffs, (sector, exporter).

    By the implicit function theorem on the oracle's conditions, with differences of 1e-6; zero for own sales.
    """
    point = solve(data, tariff)
    at = np.log(np.concatenate([point.income, point.wage]))
    step = 1e-6

    def both(unknowns: np.ndarray, duty: np.ndarray) -> np.ndarray:
        gaps, here = _gaps(data, unknowns, duty)
        return np.append(gaps, np.log(government_welfare(data, here, duty, weights)[region]))

    def moved(duty_sector: int, exporter: int, by: float) -> np.ndarray:
        duty = tariff.copy()
        duty[duty_sector, exporter, region] = (1.0 + duty[duty_sector, exporter, region]) * np.exp(by) - 1.0
        return both(at, duty)

    basis = step * np.eye(2 * REGIONS)
    by_unknown = np.array([both(at + e, tariff) - both(at - e, tariff) for e in basis]).T / (2 * step)
    multipliers = np.linalg.solve(by_unknown[:-1].T, by_unknown[-1])
    slopes = np.zeros((SECTORS, REGIONS))
    for sector, exporter in np.ndindex(SECTORS, REGIONS):
        if exporter != region:
            change = (moved(sector, exporter, step) - moved(sector, exporter, -step)) / (2 * step)
            slopes[sector, exporter] = change[-1] - multipliers @ change[:-1]
    return slopes
