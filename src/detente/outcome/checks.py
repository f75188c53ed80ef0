"""Consistency checks that every outcome carries: named, measured, with the bound they must meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.model import Equilibrium
from detente.outcome.quantities import Comparison

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


def _equilibrium_checks(point: Equilibrium, label: str) -> list[Check]:
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
        *_account_checks(point, label),
    ]
    if point.limits:
        meaning = "every quota and commitment holds, or its premium is at a bound, as a share of its size"
        largest = max(limit.gap for limit in point.limits)
        checks.append(Check(f"limits ({label})", meaning, largest, 1e-7))
    return checks


def _account_checks(point: Equilibrium, label: str) -> list[Check]:
    """Identities of each economy's accounts, as shares of world income."""
    trade_deficit = point.flows.sum(axis=(0, 2)) - point.flows.sum(axis=(0, 1))
    kept = (point.flows - point.sales).sum(axis=(0, 1)) + point.rents.sum(axis=(0, 2))
    received = point.wage_income + point.tariff_revenue + point.export_tax_revenue + point.quota_rent
    misses = {
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
        "income": (
            "wages, duties, export taxes, rents and imbalance less subsidies are income",
            received - point.subsidies + point.imbalance - point.income,
        ),
    }
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


def run_checks(pair: Comparison) -> tuple[Check, ...]:
    """Every check on a scenario and its reference."""
    parts = pair.decomposition
    # Both are differentials of the same change; a large remainder says that the split is not to be quoted.
    income = np.abs(sum(parts)) + sum(np.abs(part) for part in parts[:-1])
    remainder = float(np.max(np.abs(parts.second_order) / np.maximum(income, 1e-6)))
    return (
        *_equilibrium_checks(pair.reference, "reference"),
        *_equilibrium_checks(pair.scenario, "scenario"),
        Check(
            "decomposition",
            "the remainder of the welfare decomposition is small beside its parts",
            remainder,
            0.1,
        ),
    )
