"""What the answer means for trade: flows, duties, effective tariffs."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.model import Equilibrium

__all__ = ["bilateral_exports", "effective_tariff"]


def bilateral_exports(point: Equilibrium) -> Float[np.ndarray, "exporter importer"]:
    """Sales of all sectors before duties, (exporter, importer), USD million; own sales are zero."""
    total: np.ndarray = point.flows.sum(axis=0).T.copy()
    np.fill_diagonal(total, 0.0)
    return total


def effective_tariff(point: Equilibrium) -> Float[np.ndarray, "importer exporter"]:
    """Duties over imports before duties, (importer, exporter), a fraction; zero where nothing is bought."""
    flows, duties = point.flows.sum(axis=0), point.duties.sum(axis=0)
    rate: np.ndarray = np.divide(duties, flows, out=np.zeros_like(duties), where=flows > 0)
    return rate
