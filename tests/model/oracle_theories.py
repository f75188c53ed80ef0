"""Markets, labour, revenue and imbalances once more, the slow way: loops over cells and SciPy's root finder.

Written from what firms, workers and governments do, with a price of labour in every sector as an unknown;
shares no code with the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import root

from detente.world.world import World

__all__ = ["Choices", "Oracle", "Quota", "Solution"]


@dataclass(frozen=True)
class Quota:
    """A limit on the quantity of one flow, as a part of what it was; whose the rent is."""

    sector: int
    importer: int
    exporter: int
    part: float
    to_exporter: bool = False


@dataclass(frozen=True)
class Choices:
    """What the oracle knows; the names are those of the theories.

    Groups: economy of each, and its part of each sector's payroll, (group, sector).
    """

    market: str = "perfect"
    scale: float = 0.0
    selection: float = 0.0
    inputs: str = "common"
    shape: float | None = None
    groups: tuple[np.ndarray, np.ndarray] | None = None
    supply: float = 0.0
    taxed: bool = False
    tax: float | None = None
    imbalances: str = "constant"
    quota: Quota | None = field(default=None)


@dataclass(frozen=True)
class Solution:
    """Changes: wage, factor_price, price, labour, net_of_tax, group_wage, premium. The rest are levels."""

    wage: np.ndarray
    factor_price: np.ndarray
    price: np.ndarray
    labour: np.ndarray
    net_of_tax: np.ndarray
    group_wage: np.ndarray
    output: np.ndarray
    flows: np.ndarray
    profits: np.ndarray
    imbalance: np.ndarray
    income: np.ndarray
    premium: float


class Oracle:
    """A world under one choice of everything; theta by sector."""

    def __init__(self, world: World, theta: np.ndarray, choices: Choices) -> None:
        self.choices, self.theta = choices, theta
        self.economies, self.sectors = len(world.economies), len(world.sectors)
        self.old = np.array(world.tariff_factor)
        flows, firms = np.array(world.flows), np.array(world.intermediate_flows)
        self.flows0 = flows
        self.output0 = flows.sum(axis=1).T
        self.gamma = np.zeros((self.economies, self.sectors, self.sectors))
        if choices.inputs != "none":
            for n in range(self.economies):
                for k in range(self.sectors):
                    duty = (firms[k, n] * self.old[k, n]).sum() / firms[k, n].sum()
                    self.gamma[n, k] = world.input_use[n, k] * duty / self.output0[n]
        # One mix of origins for all, or the first for inputs and the last for final demand.
        mixes = [firms, np.array(world.final_flows)] if choices.inputs == "separate" else [flows]
        self.paid = [mix * self.old for mix in mixes]
        self.added = 1.0 - self.gamma.sum(axis=1)
        final = self.paid[-1].sum(axis=2).T
        if len(mixes) == 1:
            final = final - np.array([self.gamma[n] @ self.output0[n] for n in range(self.economies)])
        assert final.min() > 0.0
        self.alpha = final / final.sum(axis=1, keepdims=True)
        self.profit = 1.0 / (theta + 1.0) if choices.market == "fixed-firms" else np.zeros(self.sectors)
        self.payroll0 = (self.added - self.profit) * self.output0
        self.wages0 = self.payroll0.sum(axis=1)
        self.imbalance0 = flows.sum(axis=(0, 2)) - flows.sum(axis=(0, 1))
        self.duties0 = (flows * (self.old - 1.0)).sum(axis=(0, 2))
        self.income0 = final.sum(axis=1)
        self._take_groups()

    def _take_groups(self) -> None:
        """Every group's earnings by sector; an economy is one group where there are none."""
        if self.choices.groups is None:
            self.group_of, part = np.arange(self.economies), np.ones((self.economies, self.sectors))
        else:
            self.group_of, part = self.choices.groups
        self.earned0 = np.array([part[g] * self.payroll0[n] for g, n in enumerate(self.group_of)])

    def _workers(self, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Payroll of each sector for given workers, and every group's earnings per worker.

        A worker's productivity in every sector is a Frechet draw; who earns most in s goes there.
        """
        kappa, payroll = self.choices.shape, np.zeros((self.economies, self.sectors))
        mean = np.zeros(len(self.group_of))
        for g, n in enumerate(self.group_of):
            total = self.earned0[g].sum()
            if kappa is None:
                mean[g] = v[n, 0]
                continue
            drawn = [self.earned0[g, s] / total * v[n, s] ** kappa for s in range(self.sectors)]
            mean[g] = sum(drawn) ** (1.0 / kappa)
            for s in range(self.sectors):
                payroll[n, s] += total * mean[g] * drawn[s] / sum(drawn)
        return payroll, mean

    def _offers(self, c: np.ndarray, firms: np.ndarray, s: int, i: int) -> tuple[float, float]:
        """Number of firms, and what each asks, relative to before."""
        if self.choices.market == "external":
            return 1.0, c[i, s] * firms[i, s] ** -self.choices.scale
        entry = self.choices.market in ("krugman", "melitz")
        return (firms[i, s] if entry else 1.0), c[i, s]

    def _trade(
        self,
        mix: int,
        c: np.ndarray,
        firms: np.ndarray,
        prices: np.ndarray,
        spent: np.ndarray,
        kappa: np.ndarray,
        charged: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Price index as its own formula gives it, and what buyers pay each origin.

        Kappa is all of a flow's cost, charged the part that governments and holders of licences take of the
        price: a firm is left with its sales over it.
        """
        price, bought = np.zeros_like(prices), np.zeros_like(self.flows0)
        before = self.paid[mix].sum(axis=2).T
        for s in range(self.sectors):
            sigma = self.theta[s] / (1.0 + self.choices.selection) + 1.0
            for n in range(self.economies):
                parts = np.zeros(self.economies)
                for i in range(self.economies):
                    count, asked = self._offers(c, firms, s, i)
                    paid = asked * kappa[s, n, i]
                    # The least productive firm that sells covers its fixed cost, a bundle of the origin.
                    left = spent[n, s] / before[n, s] / charged[s, n, i]
                    cutoff = paid / prices[n, s] * (c[i, s] / left) ** (1.0 / (sigma - 1.0))
                    more = cutoff ** (sigma - 1.0 - self.theta[s]) if self.choices.market == "melitz" else 1.0
                    parts[i] = self.paid[mix][s, n, i] / before[n, s] * count * paid ** (1.0 - sigma) * more
                price[n, s] = parts.sum() ** (1.0 / (1.0 - sigma))
                bought[s, n] = spent[n, s] * parts / parts.sum()
        return price, bought

    def _imbalance(self, wages: np.ndarray, earned: np.ndarray) -> np.ndarray:
        rule, deficit = self.choices.imbalances, self.imbalance0
        if rule == "removed":
            return 0.0 * deficit
        if rule == "constant":
            return deficit / self.wages0.sum() * wages.sum()
        if rule == "scaled":
            own = deficit / self.wages0 * wages
            return own - own.sum() * wages / wages.sum()
        spent = self.income0 / (self.income0 - deficit) * earned
        return spent / spent.sum() * earned.sum() - earned

    def solve(self, tariff: np.ndarray, stages: int = 4) -> Solution:
        """The equilibrium under new tariff factors, by way of tariffs between the old and the new."""
        economies, sectors = self.economies, self.sectors
        mobile, uses = self.choices.shape is None, len(self.paid)
        sizes = [
            economies if mobile else economies * sectors,
            uses * economies * sectors,
            economies * sectors,
            economies,
            economies,
            1,
        ]
        ends = np.cumsum(sizes)

        def evaluate(x: np.ndarray, part: float) -> tuple[np.ndarray, Solution]:
            v, prices, sales, richer, work, m = np.split(x, ends[:-1])
            of_labour = np.exp(v.reshape(economies, -1) + np.zeros((economies, sectors)))
            indices = np.exp(prices.reshape(uses, economies, sectors))
            return self._evaluate(
                of_labour,
                indices,
                self.output0 * np.exp(sales.reshape(economies, sectors)),
                self.income0 * np.exp(richer),
                np.exp(work),
                float(np.exp(m[0])),
                self.old + part * (tariff - self.old),
            )

        point = np.zeros(ends[-1])
        for part in np.linspace(0.0, 1.0, stages + 1)[1:]:
            point = root(lambda x, part=part: evaluate(x, part)[0], point, tol=1e-13).x
        gaps, solution = evaluate(point, 1.0)
        assert np.abs(gaps).max() < 1e-10
        return solution

    def _evaluate(
        self,
        v: np.ndarray,
        prices: np.ndarray,
        sales: np.ndarray,
        income: np.ndarray,
        labour: np.ndarray,
        premium: float,
        tariff: np.ndarray,
    ) -> tuple[np.ndarray, Solution]:
        economies, sectors = sales.shape
        payroll, mean = self._workers(v)
        payroll = payroll * labour[:, None]
        due = (self.added - self.profit) * sales
        wages = v[:, 0] * self.wages0 * labour if self.choices.shape is None else payroll.sum(axis=1)
        c = np.ones((economies, sectors))
        for n in range(economies):
            for s in range(sectors):
                share = 1.0 / (1.0 - self.profit[s])
                c[n, s] = v[n, s] ** ((self.added[n, s] - self.profit[s]) * share)
                for k in range(sectors):
                    c[n, s] *= prices[0, n, k] ** (self.gamma[n, k, s] * share)
        firms = sales / c / self.output0
        wanted = [
            np.array([self.gamma[n] @ sales[n] for n in range(economies)]),
            self.alpha * income[:, None],
        ]
        if len(self.paid) == 1:
            wanted = [wanted[0] + wanted[1]]
        kappa, quota = tariff / self.old, self.choices.quota
        if quota is not None:
            kappa[quota.sector, quota.importer, quota.exporter] *= premium
        sold, duties, rent = np.zeros((economies, sectors)), np.zeros(economies), np.zeros(economies)
        flows, price_gaps, quota_gap = np.zeros_like(self.flows0), [], np.log(premium)
        for mix, spent in enumerate(wanted):
            # Nothing here costs what nobody receives: all of kappa is charged on the price.
            price, bought = self._trade(mix, c, firms, prices[mix], spent, kappa, charged=kappa)
            price_gaps.append(np.log(price / prices[mix]).ravel())
            for s, n, i in np.ndindex(bought.shape):
                before_duty = bought[s, n, i] / tariff[s, n, i]
                flows[s, n, i] += before_duty
                duties[n] += bought[s, n, i] - before_duty
                sold[i, s] += before_duty
        if quota is not None:
            s, n, i = quota.sector, quota.importer, quota.exporter
            to_producers = flows[s, n, i] / premium
            extra = flows[s, n, i] - to_producers
            sold[i, s] -= extra
            if quota.to_exporter:
                rent[i] += extra
            else:
                duties[n] -= (tariff[s, n, i] - 1.0) * extra
                rent[n] += tariff[s, n, i] * extra
                flows[s, n, i] = to_producers
            # More varieties are more of the good; dearer fixed costs keep some of them at home.
            count, asked = self._offers(c, firms, s, i)
            varieties = count * c[i, s] ** -self.choices.selection
            quantity = to_producers * varieties ** (1.0 / self.theta[s]) / asked
            quota_gap = quantity / (quota.part * self.flows0[s, n, i]) - 1.0
        profits = (self.profit * sales).sum(axis=1)
        earned = wages + profits + duties + rent
        imbalance = self._imbalance(wages, earned)
        basket = np.prod(prices[-1] ** self.alpha, axis=1)
        mean_wage = wages / labour / self.wages0
        net = self._net_of_tax(wages, duties, basket)
        offered = (net * mean_wage / basket) ** self.choices.supply
        if self.choices.shape is None:
            labour_gaps = due.sum(axis=1) / wages - 1.0
        else:
            labour_gaps = (due / payroll - 1.0).ravel()
        # One labour market follows from all others; the mean wage of the world takes its place.
        labour_gaps[-1] = (mean_wage * self.wages0).sum() / self.wages0.sum() - 1.0
        gaps = [labour_gaps, *price_gaps, (sold / sales - 1.0).ravel(), (earned + imbalance) / income - 1.0]
        gaps += [np.log(offered / labour), np.array([quota_gap])]
        return np.concatenate(gaps), Solution(
            mean_wage, v, prices[-1], labour, net, mean, sales, flows, profits, imbalance, income, premium
        )

    def _net_of_tax(self, wages: np.ndarray, collected: np.ndarray, basket: np.ndarray) -> np.ndarray:
        """What is left of a wage after tax, over what was left; the budget keeps its real value."""
        if not self.choices.taxed:
            return np.ones(len(wages))
        if self.choices.tax is None:
            replaced = (collected - self.duties0 * basket) / wages
            return 1.0 / (1.0 - replaced)
        needed = (self.choices.tax * self.wages0 + self.duties0) * basket - collected
        return (1.0 - needed / wages) / (1.0 - self.choices.tax)
