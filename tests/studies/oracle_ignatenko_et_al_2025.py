"""The equations of Ignatenko et al. (2025) by themselves: NumPy and Newton's method, nothing of the model.

Paper, section 2: trade shares (1), labour demand (2), labour supply (3), price index (4), income (5) and
revenue (6); online appendix A.3 for inputs. Matrices are [origin, destination], as in the paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import fsolve

Array = np.ndarray
STEP = 1e-30
KAPPA, PSI = 0.5, 0.67 / 4.0


@dataclass(frozen=True)
class World:
    """Baseline of the paper: shares of spending, spending, factor income, transfers.

    Attributes:
        share: (origin, destination), columns sum to one.
        spending, income, transfer: (economy,).
        local: nu, share of sales paid to labour at the destination.
        pass_through: phi, of a tariff to the destination's price index.
        elasticity: epsilon.
        value_added: beta; 1 without inputs.
    """

    share: Array
    spending: Array
    income: Array
    transfer: Array
    local: Array
    pass_through: Array
    elasticity: float = 4.0
    value_added: float = 1.0


@dataclass(frozen=True)
class Point:
    """An equilibrium: changes of wages, labour, prices, spending; sales at origin's prices; revenue."""

    wage: Array
    labour: Array
    price: Array
    spending: Array
    sales: Array
    revenue: Array


def local_shares(trade: Array, gdp: Array, home: int) -> tuple[float, float]:
    """nu abroad and at home that give the two groups' firms overheads of 12 and 26 percent of sales."""
    group = np.zeros((2, len(gdp)))
    group[0], group[0, home], group[1, home] = 1.0, 0.0, 1.0
    flows, output = group @ trade @ group.T, group @ gdp

    def gap(nu: Array) -> Array:
        spending = output + (1 - nu) * (flows.sum(0) - flows @ (1 - nu))
        own = spending - np.array([flows[1, 0], flows[0, 1]])
        abroad = np.array([flows[0, 1], flows[1, 0]])
        at_home = own / (own + abroad)
        return at_home * nu + (1 - at_home) * nu[::-1] - np.array([0.12, 0.26])

    found = fsolve(gap, [0.1, 0.24], xtol=1e-14)
    return float(found[0]), float(found[1])


def world(trade: Array, gdp: Array, home: int, value_added: float = 1.0) -> World:
    """The authors' calibration: own sales close the accounts, cut at zero; income is what they imply."""
    abroad, at_home = local_shares(trade, gdp, home)
    nu = np.full(len(gdp), abroad)
    nu[home] = at_home
    trade = trade.copy()
    transfer = (1 - nu) * (trade.sum(0) - trade @ (1 - nu))
    own = np.maximum(gdp + transfer - trade.sum(0), 0.0) / value_added
    np.fill_diagonal(trade, own)
    spending, kept = trade.sum(0), trade @ (1 - nu)
    income = value_added * kept + nu * spending
    return World(
        share=trade / spending,
        spending=spending,
        income=income,
        transfer=spending - income - (1 - value_added) * kept,
        local=nu,
        pass_through=1.0 + (1.0 + PSI) * nu / (1.0 - nu),
        value_added=value_added,
    )


def without_fixed_costs(of: World) -> World:
    """The variant named Eaton-Kortum-Krugman: nu = 0, phi = 1, the whole imbalance a transfer."""
    income = (of.share * of.spending).sum(1)
    zero = np.zeros_like(income)
    return replace(of, income=income, transfer=of.spending - income, local=zero, pass_through=zero + 1.0)


class _Equations:
    """Residuals in the logs of (wage, labour, price, spending), any number of points at once."""

    def __init__(self, of: World, tariff: Array, relief: bool) -> None:
        self.of, self.relief = of, relief
        self.kernel = of.share * (1 + tariff) ** (-of.elasticity * of.pass_through)
        self.net = self.kernel / (1 + tariff)

    def offer(self, wage: Array, labour: Array, price: Array) -> Array:
        beta = self.of.value_added
        cost = wage**beta * price ** (1 - beta)
        entry = labour * (wage / price) ** (1 - beta)
        return (cost / entry**PSI) ** -self.of.elasticity

    def __call__(self, unknown: Array) -> Array:
        of, beta = self.of, self.of.value_added
        wage, labour, price, change = np.moveaxis(np.exp(unknown.reshape(*unknown.shape[:-1], 4, -1)), -2, 0)
        offer = self.offer(wage, labour, price)
        market = offer @ self.kernel
        spending = change * of.spending
        bought = spending / market * (offer @ self.net)
        kept = offer * ((spending / market * (1 - of.local)) @ self.net.T)
        revenue = spending - bought
        income = wage * labour * of.income
        growth = income.sum(-1, keepdims=True) / of.income.sum()
        earned = (beta * kept + of.local * bought - income) / of.income
        # Zimbabwe's labour market follows from the others; world wages are the numeraire while solving.
        earned[..., -1] = growth[..., 0] - 1.0
        received = income + revenue + (1 - beta) * kept + of.transfer * growth
        relief = np.log(1 - revenue / income) if self.relief else 0.0
        return np.concatenate(
            [
                earned,
                received / of.spending - change,
                np.log(labour) - KAPPA * (np.log(wage / price) - relief),
                np.log(price)
                + (of.pass_through - 1) * np.log(change / wage)
                + np.log(market) / of.elasticity,
            ],
            axis=-1,
        )

    def point(self, unknown: Array) -> Point:
        of = self.of
        wage, labour, price, change = np.exp(unknown.reshape(4, -1))
        offer = self.offer(wage, labour, price)
        sales = offer[:, None] * self.net / (offer @ self.kernel) * change * of.spending
        # Prices of the tables are in units of the world's average price.
        scale = (price * of.spending).sum() / of.spending.sum()
        revenue = change * of.spending - sales.sum(0)
        return Point(wage / scale, labour, price / scale, change / scale, sales / scale, revenue / scale)


def solve(of: World, tariff: Array, *, relief: bool = True, tolerance: float = 1e-12) -> Point:
    """The equilibrium under tariff[origin, destination] by Newton's method with complex-step derivatives.

    Args:
        relief: revenue cuts the tax on labour income; else it is paid out lump sum.
    """
    equations = _Equations(of, tariff, relief)
    size = 4 * len(of.income)
    unknown = np.zeros(size)
    for _ in range(60):
        gaps = equations(unknown)
        if np.abs(gaps).max() < tolerance:
            return equations.point(unknown)
        slope = equations(unknown + 1j * STEP * np.eye(size)).imag.T / STEP
        step = np.linalg.solve(slope, gaps)
        unknown = unknown - step * min(1.0, 0.5 / np.abs(step).max())
    raise AssertionError(f"the oracle did not converge: {np.abs(gaps).max()}")


def results(of: World, point: Point, *, relief: bool = True) -> dict[str, Array]:
    """The columns of the tables, percent, (economy,), and revenue as a share of spending before."""
    income = point.wage * point.labour * of.income
    relieved = point.revenue / income if relief else 0.0 * income
    rest = 1 - of.value_added
    final = of.spending - rest * (of.share * of.spending) @ (1 - of.local)
    consumed = point.spending * of.spending - rest * point.sales @ (1 - of.local)
    weight = final / (final - KAPPA / (1 + KAPPA) * (1 - relieved) * of.income)
    welfare = (weight * consumed / final + (1 - weight) * point.wage * point.labour) / point.price
    before = of.share * of.spending
    deficit = before.sum(0) - before.sum(1)
    after = point.sales.sum(0) - point.sales.sum(1)
    foreign = 1 - np.eye(len(income))

    def openness(axis: int) -> Array:
        new = (point.sales * foreign).sum(axis) / income
        return 100 * (new / ((before * foreign).sum(axis) / of.income) - 1)

    return {
        "welfare": 100 * (welfare - 1),
        "deficit": 100 * (after - deficit) / np.abs(deficit),
        "exports/GDP": openness(1),
        "imports/GDP": openness(0),
        "employment": 100 * (point.labour - 1),
        "prices": 100 * (point.price - 1),
        "revenue": point.revenue / of.spending,
    }


def world_trade(of: World, point: Point, tariff: Array) -> float:
    """Percent change of world trade, tariffs included, over world GDP."""
    foreign = 1 - np.eye(len(of.income))
    income = (point.wage * point.labour * of.income).sum() / of.income.sum()
    new = (point.sales * (1 + tariff) * foreign).sum() / (of.share * of.spending * foreign).sum()
    return float(100 * (new / income - 1))
