"""What of a sector's sales goes to workers and owners, at a solution."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.model import Baseline, Equilibrium

__all__ = ["bundle_cost", "payroll", "value_added"]

EconomySector = Float[np.ndarray, "economy sector"]


def bundle_cost(point: Equilibrium) -> EconomySector:
    """Log change of the cost of a bundle of inputs, productivity and scale aside, (economy, sector)."""
    cost: EconomySector = point.log_cost + point.log_scale_gain + point.log_productivity
    return cost


def payroll(point: Equilibrium, base: Baseline) -> EconomySector:
    """Wage income of a sector out of its own sales, (economy, sector), USD million a year.

    Where value added and inputs substitute with elasticity s, its share moves with (v / c)^(1 - s).

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> paid = payroll(outcome.equilibrium, outcome.base).sum(axis=1)
        >>> bool(abs(paid / outcome.equilibrium.wage_income - 1.0).max() < 1e-9)
        True
    """
    share = np.asarray(base.labour_share)
    if base.nests is not None:
        power = 1.0 - float(base.nests.value_added)
        share = share * np.exp(power * (point.log_factor_price - bundle_cost(point)))
    paid: EconomySector = share * point.output
    return paid


def value_added(point: Equilibrium, base: Baseline) -> EconomySector:
    """Wages and profits of a sector, (economy, sector), USD million a year."""
    made: EconomySector = payroll(point, base)
    if base.markets.profit_share is not None:
        made = made + np.asarray(base.markets.profit_share) * point.output
    return made
