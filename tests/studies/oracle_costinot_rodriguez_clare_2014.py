"""Costinot and Rodríguez-Clare (2014) on its own in NumPy: the system of section 3.4; autarky in closed form.

Shares no code with the model. Flows are (exporter, importer, sector) and the rest (economy, sector), as in
the chapter. Returns are increasing (1) in a sector with monopolistic competition, else constant (0).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import lu_factor, lu_solve


class Data(NamedTuple):
    """A world without tariffs."""

    flows: np.ndarray  # exporter, importer, sector
    value_added: np.ndarray  # economy, sector; share of revenue
    inputs: np.ndarray  # economy, user sector, input sector; share of the user's revenue
    elasticity: np.ndarray  # sector
    increasing: np.ndarray  # sector, 0 or 1
    selection: float  # eta = theta / (sigma - 1) - 1; 0 is Krugman

    @property
    def revenue(self) -> np.ndarray:
        return self.flows.sum(axis=1)

    @property
    def spending(self) -> np.ndarray:
        return self.flows.sum(axis=0)

    @property
    def income(self) -> np.ndarray:
        return (self.value_added * self.revenue).sum(axis=1)

    @property
    def final_share(self) -> np.ndarray:
        """What spending leaves after inputs, as a share."""
        final = self.spending - np.einsum("jus,ju->js", self.inputs, self.revenue)
        return final / final.sum(axis=1, keepdims=True)

    @property
    def returns(self) -> np.ndarray:
        """Exponent of the fixed cost of marketing, by sector."""
        return self.selection * self.increasing


class Solution(NamedTuple):
    """Log changes, and levels after the change."""

    wage: np.ndarray  # economy, log change
    price: np.ndarray  # economy, sector, log change
    final: np.ndarray  # economy, level of final spending
    flows: np.ndarray  # exporter, importer, sector, duty included
    revenue: np.ndarray  # economy, sector, log change
    error: float


def autarky_prices(data: Data) -> np.ndarray:
    """Log changes of sector prices relative to the wage when trade stops; a linear system in each economy.

    P^-eps = lambda (R/c)^delta c^-eps (E/c)^(delta eta) with R = E, since all sales are at home.
    """
    rows = []
    count, sectors = data.revenue.shape
    for j in range(count):
        sales = np.linalg.solve(np.eye(sectors) - data.inputs[j].T, data.final_share[j])
        sales = sales * data.income[j] / (data.value_added[j] @ sales)
        growth = data.increasing * np.log(sales / data.revenue[j])
        demand = data.returns * np.log(sales / data.spending[j])
        home = np.log(data.flows[j, j] / data.spending[j])
        own = -(home + growth + demand) / data.elasticity
        markup = 1.0 + (data.increasing + data.returns) / data.elasticity
        rows.append(np.linalg.solve(np.eye(sectors) - markup[:, None] * data.inputs[j], own))
    return np.array(rows)


def solve(data: Data, tariff: np.ndarray, stages: int = 1, steps: int = 80) -> Solution:
    """Equilibrium under ad valorem tariffs that all start from zero, trade balanced in the new equilibrium.

    Under monopolistic competition duty is paid on cost, a share 1 - 1/sigma of the price before duty; fixed
    costs of entry and of marketing are paid in the exporter's bundle of inputs. Tariffs rise in equal stages.
    """
    state = np.zeros(3 * data.revenue.size)
    for stage in range(1, stages + 1):
        system = _System(data, tariff * stage / stages)
        state, error = _newton(system, state, steps)
    return system.solution(state, error)


def _newton(system: _System, state: np.ndarray, steps: int) -> tuple[np.ndarray, float]:
    """Newton steps that keep a factorised Jacobian as long as it shrinks the error tenfold."""
    factors = None
    residual = system.residual(state)
    for _ in range(steps):
        error = np.abs(residual).max()
        if error < 1e-12:
            break
        fresh = factors is None
        if factors is None:
            factors = lu_factor(system.jacobian(state), overwrite_a=True)
        move = lu_solve(factors, -residual)
        trial = state + move * min(1.0, 1.5 / np.abs(move).max())
        found = system.residual(trial)
        good = np.abs(found).max() < 0.1 * error
        if good or fresh:
            state, residual = trial, found
        if not good:
            factors = None
    return state, float(np.abs(residual).max())


class _System:
    """Unknowns are log changes of unit cost c, revenue R and spending E, each (economy, sector)."""

    def __init__(self, data: Data, tariff: np.ndarray) -> None:
        self.data = data
        self.revenue, self.spending = data.revenue, data.spending
        self.income, self.final = data.income, data.final_share
        self.size = self.revenue.size
        sigma = 1.0 + data.elasticity / (1.0 + data.selection)
        on_cost = np.where(data.increasing > 0, 1.0 - 1.0 / sigma, 1.0)
        self.duty = tariff / (1.0 + tariff) * on_cost
        self.weight = data.flows / self.spending[None] * (1.0 + tariff) ** -data.elasticity

    def _levels(self, state: np.ndarray) -> tuple[np.ndarray, ...]:
        data = self.data
        cost, revenue, spending = state.reshape(3, *self.revenue.shape)
        offer = data.increasing * revenue - (data.increasing + data.elasticity + data.returns) * cost
        attraction = self.weight * np.exp(offer)[:, None, :]
        access = attraction.sum(axis=0)
        price = -(np.log(access) + data.returns * spending) / data.elasticity
        sourcing = attraction / access[None]
        sold, spent = self.revenue * np.exp(revenue), self.spending * np.exp(spending)
        return cost, price, sourcing, sold, spent, data.value_added * sold

    def _needs(self, levels: tuple[np.ndarray, ...]) -> np.ndarray:
        """Spending on a sector: final, out of wages and duties, and as an input."""
        _, _, sourcing, sold, spent, added = levels
        total = added.sum(axis=1) + (self.duty * sourcing * spent[None]).sum(axis=(0, 2))
        return self.final * total[:, None] + np.einsum("jus,ju->js", self.data.inputs, sold)

    def residual(self, state: np.ndarray) -> np.ndarray:
        """Costs, sales and spending; the first sales give way to world income, which stays."""
        levels = self._levels(state)
        cost, price, sourcing, sold, spent, added = levels
        earned = added.sum(axis=1)
        wage = np.log(earned / self.income)
        bundle = self.data.value_added * wage[:, None] + np.einsum("jus,js->ju", self.data.inputs, price)
        received = ((1.0 - self.duty) * sourcing * spent[None]).sum(axis=1)
        residual = np.stack(
            [cost - bundle, (sold - received) / self.revenue, 1.0 - self._needs(levels) / spent]
        )
        flat = residual.ravel()
        flat[self.size] = earned.sum() / self.income.sum() - 1.0
        return flat

    def jacobian(self, state: np.ndarray) -> np.ndarray:
        """Derivatives of the residual, dense."""
        data = self.data
        levels = self._levels(state)
        _, _, sourcing, sold, spent, added = levels
        count, sectors = sold.shape
        block = np.zeros((3, count, sectors, 3, count, sectors))
        here, same = np.arange(count), np.arange(sectors)
        eps = data.elasticity
        collected = self.duty * sourcing * spent[None]
        market = (1.0 - self.duty) * sourcing * spent[None] / self.revenue[:, None, :]
        rivals = np.einsum("ijs,kjs->sik", market, sourcing)
        sales = market.sum(axis=1)
        final = self.final / spent
        earning = added / added.sum(axis=1, keepdims=True)
        # Duty of importer i reacts to what sector t of exporter j offers.
        shifted = (collected - collected.sum(axis=0)[None] * sourcing).transpose(1, 0, 2)
        passed = data.inputs[:, :, None, :] * (sourcing.transpose(1, 0, 2) / eps)[:, None]
        taxed = final[:, :, None, None] * shifted[:, None]
        for unknown, slope in enumerate([-(data.increasing + eps + data.returns), data.increasing]):
            block[0, :, :, unknown] += passed * slope
            block[2, :, :, unknown] -= taxed * slope
            for s in same:
                block[1, :, s, unknown, :, s] += slope[s] * rivals[s]
                block[1, here, s, unknown, here, s] -= slope[s] * sales[:, s]
        for s in same:
            block[1, :, s, 2, :, s] -= market[:, :, s]
            block[0, here, s, 0, here, s] += 1.0
            block[1, here, s, 1, here, s] += sold[:, s] / self.revenue[:, s]
            block[2, here, s, 2, here, s] += (self._needs(levels) / spent)[:, s]
        for i in here:
            block[0, i, :, 1, i, :] -= np.outer(data.value_added[i], earning[i])
            block[0, i, :, 2, i, :] += data.inputs[i] * (data.returns / eps)
            block[2, i, :, 1, i, :] -= (
                np.outer(final[i], added[i]) + data.inputs[i].T * sold[i] / spent[i][:, None]
            )
            block[2, i, :, 2, i, :] -= np.outer(final[i], collected.sum(axis=0)[i])
        jacobian = block.reshape(3 * self.size, 3 * self.size)
        jacobian[self.size] = 0.0
        jacobian[self.size, self.size : 2 * self.size] = added.ravel() / self.income.sum()
        return jacobian

    def solution(self, state: np.ndarray, error: float) -> Solution:
        levels = self._levels(state)
        _, price, sourcing, _, spent, added = levels
        earned = added.sum(axis=1)
        final = earned + (self.duty * sourcing * spent[None]).sum(axis=(0, 2))
        revenue = state.reshape(3, *self.revenue.shape)[1]
        return Solution(np.log(earned / self.income), price, final, sourcing * spent[None], revenue, error)
