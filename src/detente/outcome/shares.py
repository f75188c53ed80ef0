"""What of a sector's sales goes to workers and owners, at a solution."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.model import Baseline, Equilibrium

__all__ = ["payroll", "value_added"]

EconomySector = Float[np.ndarray, "economy sector"]


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
        # What producers ask leaves out productivity and what size takes off.
        log_bundle = point.log_cost + point.log_scale_gain + point.log_productivity
        share = share * np.exp(power * (point.log_factor_price - log_bundle))
    paid: EconomySector = share * point.output
    return paid


def value_added(point: Equilibrium, base: Baseline) -> EconomySector:
    """Wages and profits of a sector, (economy, sector), USD million a year."""
    made: EconomySector = payroll(point, base)
    if base.markets.profit_share is not None:
        made = made + np.asarray(base.markets.profit_share) * point.output
    return made
