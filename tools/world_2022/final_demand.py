"""The estimate of final demand: prior and constraints put together, for any new table."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from detente.world.reconciliation import KnownTotals, Reconciliation, reconcile
from tools.world_2022 import constraints
from tools.world_2022.constraints import ExactTable
from tools.world_2022.prior import Carrying, Correspondence, carry_forward
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Weights:
    """Weight of each uncertain source relative to the prior; see `fit.py` for how they are chosen."""

    sections: float
    final_demand: float
    margins: float
    pairs: float


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All that is known about the final demand that a new table lost.

    `trade` is customs goods trade (importer, exporter), zero where unknown. `row_sales` are prior sales to the rest
    of the world (sector, exporter) and `final_from_rest` final demand met by it (economy); both zero for a table
    that contains the rest of the world. `inputs_from_rest` (economy) are intermediate inputs bought from it.
    """

    old: TradeTable
    match: Correspondence
    exact: ExactTable
    goods: npt.NDArray[np.bool_]
    trade: FloatArray
    row_sales: FloatArray | None = None
    final_from_rest: FloatArray | None = None
    inputs_from_rest: FloatArray | None = None


def estimate(
    new: TradeTable,
    evidence: Evidence,
    carrying: Carrying,
    weights: Weights,
    extra: tuple[KnownTotals, ...] = (),
    first: FloatArray | None = None,
    tolerance: float = 1e-9,
) -> Reconciliation:
    """Estimate final flows (sector, importer, exporter), with sales to the rest of the world as last importer if any.

    A first estimate without customs pairs sets the margins on which their pattern is read.
    """
    prior = carry_forward(new, evidence.old, evidence.match, carrying)
    sold = np.zeros_like(new.other_sales)
    if evidence.row_sales is not None:
        # No sector sells abroad what it does not have: half of the remaining output at most goes to the prior.
        sold = np.minimum(evidence.row_sales, 0.5 * new.other_sales)
        prior *= ((new.other_sales - sold) / np.maximum(prior.sum(axis=1), 1e-9))[:, None, :]
        prior = np.concatenate([prior, sold[:, None, :]], axis=1)
    importers, count = prior.shape[1], len(new.economies)
    zero = np.zeros(count)
    inputs = zero if evidence.inputs_from_rest is None else evidence.inputs_from_rest
    outside = zero if evidence.final_from_rest is None else evidence.final_from_rest
    known: list[KnownTotals] = []
    if weights.sections > 0:
        known.append(
            constraints.section_totals(new, evidence.exact, carrying, new.other_sales - sold, importers, weights.sections)
        )
    if weights.final_demand > 0:
        value_added = new.other_costs.sum(axis=0) - inputs
        known.append(
            constraints.final_demand_totals(
                evidence.exact, value_added, outside, importers, new.output.shape, weights.final_demand
            )
        )
    if weights.margins > 0:
        known += constraints.margin_totals(new, evidence.exact, evidence.goods, evidence.trade, importers, weights.margins)
    rows = constraints.row_totals(new.other_sales, importers)
    if weights.pairs > 0:
        if first is None:
            first = reconcile(prior, [*known, rows], tolerance=1e-5).table
        known.append(constraints.pair_totals(new, evidence.goods, evidence.trade, first, weights.pairs))
    return reconcile(prior, [*known, *extra, rows], tolerance=tolerance, sweeps=5000)
