"""Consistency checks that every outcome carries: named, measured, with the bound they must meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detente.model import Equilibrium
from detente.outcome.quantities import Comparison
from detente.outcome.welfare import decompose

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
    spent = point.flows.sum(axis=(0, 2)) + point.duties.sum(axis=(0, 2))
    trade_deficit = point.flows.sum(axis=(0, 2)) - point.flows.sum(axis=(0, 1))
    world = float(point.wage_income.sum())
    return [
        Check(
            f"markets clear ({label})",
            "demand meets supply in every labour and goods market",
            point.residual,
            1e-9,
        ),
        Check(
            f"spending adds up ({label})",
            "purchases from all origins, duties included, are what each economy spends",
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
    ]


def run_checks(pair: Comparison) -> tuple[Check, ...]:
    """Every check on a scenario and its reference."""
    parts = decompose(*pair)
    # Both are differentials of the same change; a large remainder says that the split is not to be quoted.
    income = np.abs(sum(parts)) + np.abs(parts.terms_of_trade) + np.abs(parts.volume_of_trade)
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
