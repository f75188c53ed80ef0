"""Every instrument once more, the slow way: one variety after another, in units and prices.

Shares no code with the model. Premia of limits are unknowns of the system here, not solved inside a pass.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np
from scipy.optimize import root

from detente.model import Baseline
from detente.policy.shock import Shock
from tests.model.paper import _costs

__all__ = ["SlowSolution", "slow_equilibrium"]


class Piece(NamedTuple):
    """One variety of one flow: its value to the buyer in the baseline and every factor on its price."""

    sector: int
    importer: int
    exporter: int
    share: float
    baseline: float
    tariff: float
    export: float
    cost: float
    limit: int


class SlowSolution(dict[str, np.ndarray]):
    """Changes by name: wage, price; levels: spending, income, flows, sales, paid; and premium."""


def pieces(base: Baseline, shock: Shock) -> list[Piece]:
    """The rest of every flow, the varieties and the members of limits."""
    found = [Piece(*(int(x) for x in row[:3]), *row[3:], -1) for row in zip(*shock.varieties, strict=True)]
    found += [
        Piece(*(int(x) for x in row[:3]), *row[3:], int(limit))
        for limit, *row in zip(shock.limits.member_limit, *shock.limits.members, strict=True)
    ]
    export = np.ones_like(shock.tariff_factor) if shock.export_factor is None else shock.export_factor
    rests = []
    for (s, n, i), tau in np.ndenumerate(base.tariff_factor):
        mine = [piece for piece in found if piece[:3] == (s, n, i)]
        share = 1.0 - sum(piece.share for piece in mine)
        if share > 1e-9:
            factor = share / (1.0 / tau - sum(piece.share / piece.baseline for piece in mine))
            tariff = factor * shock.tariff_factor[s, n, i] / tau
            rests.append(
                Piece(s, n, i, share, factor, tariff, export[s, n, i], shock.cost_factor[s, n, i], -1)
            )
    return found + rests


class _Trade:
    """Purchases at given offers, premia, prices and spending."""

    def __init__(self, base, shock, all_pieces, offer, premium, price, spending):  # type: ignore[no-untyped-def]
        economies, sectors = spending.shape
        limits = shock.limits
        asked, units = [], []
        reach = np.zeros((economies, sectors))
        for p in all_pieces:
            m = 1.0 if p.limit < 0 else premium[p.limit]
            ask = offer[p.exporter, p.sector] * p.cost * p.export * p.tariff * m
            weight = base.sourcing[p.sector, p.importer, p.exporter] * p.share
            reach[p.importer, p.sector] += weight * (ask / p.baseline) ** -base.trade_elasticity[p.sector]
            asked.append(ask)
        self.price = reach ** (-1.0 / base.trade_elasticity)
        for p, ask in zip(all_pieces, asked, strict=True):
            theta = base.trade_elasticity[p.sector]
            weight = base.sourcing[p.sector, p.importer, p.exporter] * p.share
            demand = weight * (ask / p.baseline) ** -theta / reach[p.importer, p.sector]
            units.append(demand * spending[p.importer, p.sector] / ask if np.isfinite(ask) else 0.0)
        self.measured = np.zeros(limits.size.size)
        for p, q in zip(all_pieces, units, strict=True):
            if p.limit >= 0:
                m, r = premium[p.limit], limits.exporter_share[p.limit]
                at_border = offer[p.exporter, p.sector] * p.cost * p.export * (1.0 + r * (m - 1.0))
                self.measured[p.limit] += q * at_border if limits.in_value[p.limit] else q
        within = np.minimum(1.0, limits.size / np.maximum(self.measured, 1e-300))
        shape = base.sourcing.shape
        self.paid, self.flows, self.sales = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        for p, q, ask in zip(all_pieces, units, asked, strict=True):
            if q == 0.0:
                continue
            before = offer[p.exporter, p.sector] * p.cost
            border = before * p.export
            if p.limit >= 0:
                m, r, f = premium[p.limit], limits.exporter_share[p.limit], within[p.limit]
                border *= f * (1.0 + r * (m - 1.0)) + (1.0 - f)
            self.paid[p[:3]] += q * ask
            self.flows[p[:3]] += q * border
            self.sales[p[:3]] += q * before


def slow_equilibrium(base: Baseline, shock: Shock, imbalance: np.ndarray) -> SlowSolution:
    """Solve all markets and the premia of all limits with SciPy's root finder."""
    base = jax.tree.map(np.asarray, base)
    sectors, economies, _ = base.sourcing.shape
    limits = shock.limits
    count = limits.size.size
    world = base.wage_income.sum()
    one = np.ones((economies, sectors))
    productivity = one if shock.productivity is None else shock.productivity
    sigma = 0 * one if shock.production_subsidy is None else shock.production_subsidy
    zeta = 0 * one if shock.consumption_subsidy is None else shock.consumption_subsidy
    all_pieces = pieces(base, shock)

    def evaluate(x: np.ndarray):  # type: ignore[no-untyped-def]
        wage = np.exp(x[:economies])
        rest = x[economies : economies * (1 + 2 * sectors)].reshape(2, economies, sectors)
        price, spending = np.exp(rest[0]), base.spending * np.exp(rest[1])
        log_premium = x[economies * (1 + 2 * sectors) :]
        cost = _costs(base, wage, price) / productivity
        trade = _Trade(base, shock, all_pieces, cost * (1 - sigma), np.exp(log_premium), price, spending)
        output = trade.sales.sum(axis=1).T / (1.0 - sigma)
        earned = wage * base.wage_income + imbalance - (sigma * output).sum(axis=1)
        earned = (
            earned
            + (trade.paid - trade.flows).sum(axis=(0, 2))
            + (trade.flows - trade.sales).sum(axis=(0, 1))
        )
        # The bill for final demand depends on the income that is left after it.
        income = np.array(
            [
                earned[n] / (1.0 + (base.final_share[n] * zeta[n] / (1.0 - zeta[n])).sum())
                for n in range(economies)
            ]
        )
        wanted = base.final_share * income[:, None] / (1.0 - zeta)
        for n in range(economies):
            wanted[n] += base.input_share[n] @ output[n]
        labour = (base.value_added_share * output).sum(axis=1) / (wage * base.wage_income) - 1.0
        labour[-1] = (wage * base.wage_income).sum() / world - 1.0
        surplus = np.log(np.maximum(trade.measured, 1e-300)) - np.log(limits.size)
        low, high = np.log(limits.lowest), np.log(limits.highest)
        complementarity = log_premium - np.clip(log_premium + 0.2 * surplus, low, high)
        gaps = [
            labour,
            np.log(trade.price / price).ravel(),
            np.log(wanted / spending).ravel(),
            complementarity,
        ]
        return np.concatenate(gaps), wage, price, spending, income, trade, np.exp(log_premium)

    start = np.zeros(economies * (1 + 2 * sectors) + count)
    found = root(lambda x: evaluate(x)[0], start, tol=1e-13, options={"maxfev": 20000})
    gap, wage, price, spending, income, trade, premium = evaluate(found.x)
    assert np.abs(gap).max() < 1e-9, np.abs(gap).max()
    return SlowSolution(
        wage=wage,
        price=price,
        spending=spending,
        income=income,
        flows=trade.flows,
        sales=trade.sales,
        paid=trade.paid,
        premium=premium,
    )
