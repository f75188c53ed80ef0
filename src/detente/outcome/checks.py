"""Consistency checks that every outcome carries: named, measured, with the bound they must meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.model import Equilibrium
from detente.outcome.decomposition import decompose
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
    trade_deficit = point.flows.sum(axis=(0, 2)) - point.flows.sum(axis=(0, 1))
    kept = (point.flows - point.sales).sum(axis=(0, 1)) + point.rents.sum(axis=(0, 2))
    received = point.wage_income + point.tariff_revenue + point.export_tax_revenue + point.quota_rent
    income = received - point.subsidies + point.imbalance
    world = float(point.wage_income.sum())
    limits = [
        Check(
            f"limits ({label})",
            "every quota and commitment holds, or its premium is at a bound, as a share of its size",
            max(limit.gap for limit in point.limits),
            1e-7,
        )
        for _ in point.limits[:1]
    ]
    return [
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
        Check(
            f"imbalances ({label})",
            "imports less exports of each economy are its trade imbalance, as a share of world income",
            float(np.abs(trade_deficit - point.imbalance).max() / world),
            1e-9,
        ),
        Check(
            f"duties ({label})",
            "duties over all flows are the tariff revenue, as a share of world income",
            float(np.abs(point.duties.sum(axis=(0, 2)) - point.tariff_revenue).max() / world),
            1e-9,
        ),
        Check(
            f"export taxes and rents ({label})",
            "what both economies keep of all flows, duties aside, is export taxes and quota rents, as a "
            "share of world income",
            float(np.abs(kept - point.export_tax_revenue - point.quota_rent).max() / world),
            1e-9,
        ),
        Check(
            f"income ({label})",
            "wages, duties, export taxes, rents and imbalance less subsidies are income, as a share of world "
            "income",
            float(np.abs(income - point.income).max() / world),
            1e-9,
        ),
        *limits,
    ]


def run_checks(pair: Comparison) -> tuple[Check, ...]:
    """Every check on a scenario and its reference."""
    parts = decompose(*pair)
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
