"""Consistency checks that every outcome carries: named, measured, with the bound they must meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.model import Baseline, Equilibrium
from detente.outcome.quantities import Comparison
from detente.outcome.shares import payroll
from detente.outcome.welfare import final_price
from detente.outcome.workers import group_earnings, labour_tax

__all__ = ["Check", "run_checks"]


@dataclass(frozen=True)
class Check:
    """One identity of the model, how far it is from holding, and the bound.

    Attributes:
        name: short name.
        meaning: the identity in words.
        measured: largest gap, as a fraction.
        bound: what it must not exceed.
    """

    name: str
    meaning: str
    measured: float
    bound: float

    @property
    def passed(self) -> bool:
        """Whether the gap is within the bound; not a number is no pass."""
        return bool(self.measured <= self.bound)


def _gap(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.max(np.abs(left - right) / np.maximum(np.abs(right), 1e-300)))


def _equilibrium_checks(point: Equilibrium, base: Baseline, label: str) -> list[Check]:
    spent = (point.flows + point.duties + point.rents).sum(axis=(0, 2))
    checks = [
        Check(
            f"markets clear ({label})",
            "demand meets supply in every labour and goods market",
            point.residual,
            1e-9,
        ),
        Check(
            f"spending adds up ({label})",
            "purchases from all origins, duties and rents included, are what each economy spends",
            _gap(spent, point.spending.sum(axis=1)),
            1e-9,
        ),
        *_account_checks(point, base, label),
    ]
    if point.limits:
        meaning = "every quota and commitment holds, or its premium is at a bound, as a share of its size"
        largest = max(limit.gap for limit in point.limits)
        checks.append(Check(f"limits ({label})", meaning, largest, 1e-7))
    return checks


def _account_checks(point: Equilibrium, base: Baseline, label: str) -> list[Check]:
    """Identities of each economy's accounts, as shares of world income."""
    misses = {**_trade_accounts(point), **_factor_accounts(point, base)}
    world = float(point.wage_income.sum())
    return [
        Check(
            f"{name} ({label})",
            f"{meaning}, as a share of world income",
            float(np.abs(miss).max() / world),
            1e-9,
        )
        for name, (meaning, miss) in misses.items()
    ]


def _trade_accounts(point: Equilibrium) -> dict[str, tuple[str, np.ndarray]]:
    """What is traded and what governments and owners of rents take of it; meaning and gap."""
    trade_deficit = point.flows.sum(axis=(0, 2)) - point.flows.sum(axis=(0, 1))
    kept = (point.flows - point.sales).sum(axis=(0, 1)) + point.rents.sum(axis=(0, 2))
    return {
        "imbalances": (
            "imports less exports of each economy are its trade imbalance",
            trade_deficit - point.imbalance,
        ),
        "duties": (
            "duties over all flows are the tariff revenue",
            point.duties.sum(axis=(0, 2)) - point.tariff_revenue,
        ),
        "export taxes and rents": (
            "what both economies keep of all flows, duties aside, is export taxes and quota rents",
            kept - point.export_tax_revenue - point.quota_rent,
        ),
    }


def _factor_accounts(point: Equilibrium, base: Baseline) -> dict[str, tuple[str, np.ndarray]]:
    """Who earns what, and the government's budget; meaning and gap."""
    received = point.wage_income + point.profits
    received = received + point.tariff_revenue + point.export_tax_revenue + point.quota_rent
    said = "wages, profits," if point.profits.any() else "wages,"
    accounts = {
        "income": (
            f"{said} duties, export taxes, rents and imbalance less subsidies are income",
            received - point.subsidies + point.imbalance - point.income,
        ),
        "wages": (
            "what all sectors of an economy pay to labour is its wage income",
            payroll(point, base).sum(axis=1) - point.wage_income,
        ),
    }
    groups = base.labour.groups
    if groups is not None:
        earned = group_earnings(point, base)
        of_all = np.bincount(np.asarray(groups.economy), earned, point.wage_income.size)
        accounts["groups"] = (
            "what the groups of workers of an economy earn is its wage income",
            of_all - point.wage_income,
        )
    if base.labour.tax is not None:
        accounts["budget"] = (
            "the tax on labour and other public revenue keep their real value",
            _budget(point, base),
        )
    return accounts


def _budget(point: Equilibrium, base: Baseline) -> np.ndarray:
    """What the government collects less what it collected, at today's prices, USD million a year.

    From flows, sales and purchases, not from the totals that the labour tax answers to.
    """
    exports = (point.flows - point.sales).sum(axis=(0, 1)) + point.rents.sum(axis=(0, 2))
    producers = (point.output - point.sales.sum(axis=1).T).sum(axis=1)
    # Consumers pay a factor of the market value of what they buy, and the government the rest.
    paid = np.asarray(base.final_share) * point.income[:, None]
    consumers = (paid * np.expm1(-point.log_consumer_factor)).sum(axis=1)
    raised = point.duties.sum(axis=(0, 2)) + exports - producers - consumers
    tax = np.nan_to_num(np.asarray(base.labour.tax), nan=0.0)
    price = final_price(point, base)
    yielded = (tax + labour_tax(point, base)) * point.wage_income
    before = np.asarray(base.revenue) + tax * np.asarray(base.wage_income)
    gap: np.ndarray = raised + yielded - before * price
    return gap


def run_checks(pair: Comparison) -> tuple[Check, ...]:
    """Every check on a scenario and its reference."""
    parts = pair.decomposition
    # Both are differentials of the same change; a large remainder says that the split is not to be quoted.
    income = np.abs(sum(parts)) + sum(np.abs(part) for part in parts[:-1])
    remainder = float(np.max(np.abs(parts.second_order) / np.maximum(income, 1e-6)))
    return (
        *_equilibrium_checks(pair.reference, pair.base, "reference"),
        *_equilibrium_checks(pair.scenario, pair.base, "scenario"),
        Check(
            "decomposition",
            "the remainder of the welfare decomposition is small beside its parts",
            remainder,
            0.1,
        ),
    )
