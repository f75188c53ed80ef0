"""Input sourcing and nested production once more, the slow way: loops over cells and SciPy's root finder.

Written from the equations, on tables in levels; shares no code with the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import root

from detente.world.world import World

__all__ = ["InputsOracle", "Solution"]


@dataclass(frozen=True)
class Solution:
    """Changes of wages, and levels: price of final demand, spending, output, flows before duty, income."""

    wage: np.ndarray
    price: np.ndarray
    cost: np.ndarray
    spending: np.ndarray
    output: np.ndarray
    flows: np.ndarray
    income: np.ndarray


class InputsOracle:
    """A world with purchases (input, buying sector, importer, exporter) under one choice of inputs."""

    def __init__(self, world: World, purchases: np.ndarray, inputs: str, theta: float) -> None:
        self.economies, self.sectors, self.theta = len(world.economies), len(world.sectors), theta
        self.old = np.array(world.tariff_factor)
        final = np.array(world.final_flows)
        self.flows0 = final + purchases.sum(axis=1)
        self.output0 = self.flows0.sum(axis=1).T
        self.gamma = np.zeros((self.economies, self.sectors, self.sectors))
        # Where each sector's purchases of inputs belong; the last mix is that of final demand.
        if inputs in ("none", "common"):
            mixes, self.mix_of = [self.flows0], [0] * self.sectors
        elif inputs == "separate":
            mixes, self.mix_of = [purchases.sum(axis=1), final], [0] * self.sectors
        else:
            mixes, self.mix_of = [*purchases.transpose(1, 0, 2, 3), final], list(range(self.sectors))
        self.paid = [mix * self.old for mix in mixes]
        for n in range(self.economies):
            for k in range(self.sectors):
                for s in range(self.sectors):
                    self.gamma[n, k, s] = self._input_paid(purchases, inputs, n, k, s) / self.output0[n, s]
        self.value_added = 1.0 - self.gamma.sum(axis=1)
        level = self.paid[-1].sum(axis=2).T
        if len(mixes) == 1:
            level = level - np.array([self.gamma[n] @ self.output0[n] for n in range(self.economies)])
        assert level.min() > 0.0
        self.alpha = level / level.sum(axis=1, keepdims=True)
        self.wages0 = (self.value_added * self.output0).sum(axis=1)
        self.imbalance = self.flows0.sum(axis=(0, 2)) - self.flows0.sum(axis=(0, 1))
        self.income0 = level.sum(axis=1)

    def _input_paid(self, purchases: np.ndarray, inputs: str, n: int, k: int, s: int) -> float:
        """What sector s of n pays for k: at its own duties, or at the average of its economy's firms."""
        own = purchases[k, s, n]
        if inputs == "none":
            return 0.0
        if inputs == "network":
            return float(sum(own[i] * self.old[k, n, i] for i in range(self.economies)))
        firms = purchases[k, :, n].sum(axis=0)
        return float(own.sum() * (firms * self.old[k, n]).sum() / firms.sum())

    def _prices(self, cost: np.ndarray, tariff: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """For every mix: prices (economy, sector) and new shares (sector, importer, exporter)."""
        prices, shares = [], []
        for paid in self.paid:
            price, share = np.ones((self.economies, self.sectors)), np.zeros_like(paid)
            for k in range(self.sectors):
                for n in range(self.economies):
                    dearer = cost[:, k] * tariff[k, n] / self.old[k, n]
                    reached = paid[k, n] / paid[k, n].sum() * dearer**-self.theta
                    price[n, k] = reached.sum() ** (-1.0 / self.theta)
                    share[k, n] = reached / reached.sum()
            prices.append(price)
            shares.append(share)
        return prices, shares

    def _bundle(
        self, n: int, s: int, wage: float, price: np.ndarray, nests: tuple[float, float]
    ) -> tuple[float, float, np.ndarray]:
        """Cost of a bundle, and the new shares of value added and of inputs, nested CES."""
        outer, inner = nests
        labour, gamma = self.value_added[n, s], self.gamma[n, :, s]
        if gamma.sum() == 0.0:
            return wage, 1.0, gamma
        within = gamma / gamma.sum()
        if inner == 1.0:
            materials = float(np.prod(price**within))
        else:
            materials = float((within * price ** (1 - inner)).sum() ** (1 / (1 - inner)))
        if outer == 1.0:
            cost = wage**labour * materials ** (1 - labour)
        else:
            cost = (labour * wage ** (1 - outer) + (1 - labour) * materials ** (1 - outer)) ** (
                1 / (1 - outer)
            )
        spent = gamma * (price / materials) ** (1 - inner) * (materials / cost) ** (1 - outer)
        return cost, labour * (wage / cost) ** (1 - outer), spent

    def solve(self, tariff: np.ndarray, nests: tuple[float, float] = (1.0, 1.0)) -> Solution:
        """The equilibrium with new tariff factors, world wage income and imbalances as they were."""
        economies, sectors = self.economies, self.sectors

        def unpack(x: np.ndarray) -> tuple[np.ndarray, ...]:
            cells = np.exp(x[2 * economies :].reshape(2, economies, sectors))
            return (
                np.exp(x[:economies]),
                self.income0 * np.exp(x[economies : 2 * economies]),
                cells[0],
                self.output0 * cells[1],
            )

        def evaluate(x: np.ndarray) -> tuple[np.ndarray, Solution]:
            wage, income, cost, output = unpack(x)
            prices, shares = self._prices(cost, tariff)
            new_cost, paid_labour = np.empty((economies, sectors)), np.zeros(economies)
            bought = [np.zeros((economies, sectors)) for _ in self.paid]
            for n in range(economies):
                for s in range(sectors):
                    mix = self.mix_of[s]
                    new_cost[n, s], labour, inputs = self._bundle(n, s, wage[n], prices[mix][n], nests)
                    paid_labour[n] += labour * output[n, s]
                    bought[mix][n] += inputs * output[n, s]
                bought[-1][n] += self.alpha[n] * income[n]
            flows = np.zeros((sectors, economies, economies))
            for share, spent in zip(shares, bought, strict=True):
                flows += share * spent.T[:, :, None] / tariff
            duties = (flows * (tariff - 1.0)).sum(axis=(0, 2))
            earned = wage * self.wages0 + duties + self.imbalance
            clearing = paid_labour / (wage * self.wages0) - 1.0
            # One labour market is redundant by Walras' law; the numeraire takes its place.
            clearing[-1] = (wage * self.wages0).sum() / self.wages0.sum() - 1.0
            goods = flows.sum(axis=1).T / output - 1.0
            miss = [clearing, earned / income - 1.0, (new_cost / cost - 1.0).ravel(), goods.ravel()]
            found = Solution(wage, prices[-1], cost, sum(bought), output, flows, income)  # type: ignore[arg-type]
            return np.concatenate(miss), found

        answer = root(lambda x: evaluate(x)[0], np.zeros(2 * economies + 2 * economies * sectors), tol=1e-13)
        miss, found = evaluate(answer.x)
        assert np.abs(miss).max() < 1e-10, answer.message
        return found
