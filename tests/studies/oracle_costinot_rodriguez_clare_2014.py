"""Costinot and Rodríguez-Clare (2014) on its own in NumPy: the system of section 3.4; autarky in closed form.

Shares no code with the model. Flows are (exporter, importer, sector) and the rest (economy, sector), as in
the chapter. Returns are increasing (1) in a sector with monopolistic competition, else constant (0).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


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
    """Changes, and levels after the change."""

    wage: np.ndarray  # economy, log change
    price: np.ndarray  # economy, sector, log change
    final: np.ndarray  # economy, level of final spending
    flows: np.ndarray  # exporter, importer, sector, duty included
    size: np.ndarray  # economy, sector, revenue over what it was; 0 where the sector shuts down
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


def solve(data: Data, tariff: np.ndarray, stages: tuple[float, ...] = (1.0,)) -> Solution:
    """Equilibrium under ad valorem tariffs that all start from zero, trade balanced in the new equilibrium.

    Under monopolistic competition duty is paid on cost, a share 1 - 1/sigma of the price before duty; fixed
    costs of entry and of marketing are paid in the exporter's bundle of inputs. A sector with increasing
    returns shuts down where sales would not pay for its inputs: R >= 0, R >= sales, one with equality,
    by the function of Fischer and Burmeister. Tariffs rise in stages, given as parts of them.
    """
    unchanged = np.zeros(data.revenue.size)
    state = np.concatenate([unchanged, unchanged + 1.0, unchanged])
    for part in stages:
        system = System(data, part * tariff)
        state, error = _newton(system, state)
    return system.solution(state, error)


def _newton(system: System, state: np.ndarray, steps: int = 60) -> tuple[np.ndarray, float]:
    """Newton steps, shortened until the residual falls."""
    residual = system.residual(state)
    for _ in range(steps):
        if np.abs(residual).max() < 1e-12:
            break
        move = np.linalg.solve(system.jacobian(state), -residual)
        length = min(1.0, 0.5 / np.abs(move[: system.size]).max(initial=0.5))
        while length > 1e-4:
            trial = state + length * move
            sizes = slice(system.size, 2 * system.size)
            trial[sizes] = np.maximum(trial[sizes], 0.0)
            with np.errstate(all="ignore"):
                found = system.residual(trial)
            if np.linalg.norm(found) < (1.0 - 1e-4 * length) * np.linalg.norm(residual):
                break
            length /= 2.0
        state, residual = trial, found
    return state, float(np.abs(residual).max())


class System:
    """Unknowns, each (economy, sector): log change of unit cost c, size R / R_0, log change of spending E."""

    def __init__(self, data: Data, tariff: np.ndarray) -> None:
        self.data = data
        self.revenue, self.spending = data.revenue, data.spending
        self.income, self.final = data.income, data.final_share
        self.size = self.revenue.size
        sigma = 1.0 + data.elasticity / (1.0 + data.selection)
        on_cost = np.where(data.increasing > 0, 1.0 - 1.0 / sigma, 1.0)
        self.duty = tariff / (1.0 + tariff) * on_cost
        self.weight = data.flows / self.spending[None] * (1.0 + tariff) ** -data.elasticity
        self.slope = -(data.increasing + data.elasticity + data.returns)

    def _levels(self, state: np.ndarray) -> tuple[np.ndarray, ...]:
        """Cost, size, sourcing by size, sourcing, price, spending, value added, sales by size."""
        data = self.data
        cost, size, spending = state.reshape(3, *self.revenue.shape)
        firms = np.where(data.increasing > 0, size, 1.0)
        pull = self.weight * np.exp(self.slope * cost)[:, None, :]
        access = np.einsum("ijs,is->js", pull, firms)
        price = -(np.log(access) + data.returns * spending) / data.elasticity
        by_size = pull / access[None]
        spent = self.spending * np.exp(spending)
        market = (1.0 - self.duty) * by_size * spent[None] / self.revenue[:, None, :]
        added = data.value_added * self.revenue * size
        return cost, size, by_size, by_size * firms[:, None, :], price, spent, added, market

    def _needs(self, state: np.ndarray) -> np.ndarray:
        """Spending on a sector: final, out of wages and duties, and as an input."""
        _, size, _, sourcing, _, spent, added, _ = self._levels(state)
        total = added.sum(axis=1) + (self.duty * sourcing * spent[None]).sum(axis=(0, 2))
        inputs = np.einsum("jus,ju->js", self.data.inputs, self.revenue * size)
        return self.final * total[:, None] + inputs

    def residual(self, state: np.ndarray) -> np.ndarray:
        """Costs, sales and spending; the first sales give way to world income, which stays."""
        cost, size, _, _, price, spent, added, market = self._levels(state)
        earned = added.sum(axis=1)
        wage = np.log(np.maximum(earned / self.income, 1e-9))
        bundle = self.data.value_added * wage[:, None] + np.einsum("jus,js->ju", self.data.inputs, price)
        sales = market.sum(axis=1)
        short = 1.0 - sales
        entry = np.where(self.data.increasing > 0, size + short - np.hypot(size, short), size - sales)
        flat = np.stack([cost - bundle, entry, 1.0 - self._needs(state) / spent]).ravel()
        flat[self.size] = earned.sum() / self.income.sum() - 1.0
        return flat

    def jacobian(self, state: np.ndarray) -> np.ndarray:
        """Derivatives of the residual, dense."""
        data, slope, eps = self.data, self.slope, self.data.elasticity
        _, size, by_size, sourcing, _, spent, added, market = self._levels(state)
        count, sectors = size.shape
        block = np.zeros((3, count, sectors, 3, count, sectors))
        here = np.arange(count)
        sales = market.sum(axis=1)
        radius = np.hypot(size, 1.0 - sales) + 1e-300
        many = data.increasing > 0
        by_own = np.where(many, 1.0 - size / radius, 1.0)
        by_sales = np.where(many, (1.0 - sales) / radius - 1.0, -1.0)
        # How access of importer j moves with cost and with size of exporter i; and duties with them.
        moves = (sourcing * slope, by_size * data.increasing)
        collected = self.duty * sourcing * spent[None]
        duties = collected.sum(axis=0)
        per_size = self.duty * by_size * spent[None] * data.increasing
        shifts = ((collected * slope) - duties[None] * moves[0], per_size - duties[None] * moves[1])
        final = self.final / spent
        for unknown in (0, 1):
            access = moves[unknown].transpose(1, 0, 2)
            block[0, :, :, unknown] += (data.inputs / eps)[:, :, None, :] * access[:, None]
            block[2, :, :, unknown] -= final[:, :, None, None] * shifts[unknown].transpose(1, 0, 2)[:, None]
            for s in range(sectors):
                rivals = market[:, :, s] @ access[:, :, s]
                block[1, :, s, unknown, :, s] -= by_sales[:, s, None] * rivals
        need = self._needs(state) / spent
        for s in range(sectors):
            block[0, here, s, 0, here, s] += 1.0
            block[1, here, s, 0, here, s] += by_sales[:, s] * sales[:, s] * slope[s]
            block[1, here, s, 1, here, s] += by_own[:, s]
            block[1, :, s, 2, :, s] += by_sales[:, s, None] * market[:, :, s]
            block[2, here, s, 2, here, s] += need[:, s]
        worth = data.value_added * self.revenue
        for i in here:
            block[0, i, :, 1, i, :] -= np.outer(data.value_added[i], worth[i] / added[i].sum())
            block[0, i, :, 2, i, :] += data.inputs[i] * (data.returns / eps)
            used = data.inputs[i].T * self.revenue[i] / spent[i][:, None]
            block[2, i, :, 1, i, :] -= np.outer(final[i], worth[i]) + used
            block[2, i, :, 2, i, :] -= np.outer(final[i], duties[i])
        jacobian = block.reshape(3 * self.size, 3 * self.size)
        jacobian[self.size] = 0.0
        jacobian[self.size, self.size : 2 * self.size] = worth.ravel() / self.income.sum()
        return jacobian

    def solution(self, state: np.ndarray, error: float) -> Solution:
        _, size, _, sourcing, price, spent, added, _ = self._levels(state)
        earned = added.sum(axis=1)
        final = earned + (self.duty * sourcing * spent[None]).sum(axis=(0, 2))
        return Solution(np.log(earned / self.income), price, final, sourcing * spent[None], size, error)
