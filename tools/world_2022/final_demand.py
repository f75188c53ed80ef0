"""The estimate of final demand: prior and constraints put together, for any new table."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from detente.world.reconciliation import KnownTotals, Reconciliation, group_totals, reconcile
from tools.world_2022 import constraints
from tools.world_2022.constraints import Balance, CustomsComparison, ExactTable, ProductImports
from tools.world_2022.prior import Carrying, Correspondence, carry_forward
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Weights:
    """Weight of each uncertain source relative to the prior; see `fit.py` for how they are chosen."""

    sections: float
    final_demand: float
    pairs: float
    products: float


# Settings of the first estimate, on which the distance of other sources is measured before any weight is
# fitted.
START_CARRYING = Carrying(foreign_growth=0.6, domestic_growth=0.6, pattern_share=0.3)
START_WEIGHTS = Weights(sections=3.0, final_demand=3.0, pairs=0.0, products=0.0)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """All that is known about the final demand that a new table lost.

    `trade` is customs goods trade (importer, exporter), zero where unknown; `customs`
    says how it compares with the table; `balance` is the trade balance; `products` are one economy's imports
    by product; `unseen` are totals of economies without an earlier table, see :func:`with_unseen_totals`.
    `row_sales` are prior sales to the rest of the world (sector, exporter) and `final_from_rest` final demand
    met by it (economy); both zero for a table that contains the rest of the world. `inputs_from_rest`
    (economy) are intermediate inputs bought from it.
    """

    old: TradeTable
    match: Correspondence
    exact: ExactTable
    goods: npt.NDArray[np.bool_]
    trade: FloatArray
    customs: CustomsComparison
    balance: Balance
    products: ProductImports
    unseen: tuple[KnownTotals, ...] = ()
    row_sales: FloatArray | None = None
    final_from_rest: FloatArray | None = None
    inputs_from_rest: FloatArray | None = None


def estimate(
    new: TradeTable, evidence: Evidence, carrying: Carrying, weights: Weights, tolerance: float = 1e-9
) -> Reconciliation:
    """Estimate final flows (sector, importer, exporter); sales to a missing rest of the world come last.

    A first estimate without customs pairs and products sets the margins and the level on which they are read.
    """
    prior, sold = _prior(new, evidence, carrying)
    known = _first_totals(new, evidence, carrying, weights, sold, prior.shape[1])
    rows = constraints.row_totals(new.other_sales, prior.shape[1])
    if weights.pairs > 0 or weights.products > 0:
        first = reconcile(prior, [*known, rows], tolerance=1e-5).table
        if weights.pairs > 0:
            known.append(constraints.pair_totals(new, evidence.goods, evidence.trade, first, weights.pairs))
        if weights.products > 0:
            known.append(constraints.product_totals(evidence.products, first, weights.products))
    return reconcile(prior, [*known, rows], tolerance=tolerance, sweeps=5000)


def _prior(new: TradeTable, evidence: Evidence, carrying: Carrying) -> tuple[FloatArray, FloatArray]:
    """Prior with sales to the rest of the world as last importer if any, and these sales."""
    prior = carry_forward(new, evidence.old, evidence.match, carrying)
    if evidence.row_sales is None:
        return prior, np.zeros_like(new.other_sales)
    # No sector sells abroad what it does not have: half of the remaining output at most goes to the prior.
    sold = np.minimum(evidence.row_sales, 0.5 * new.other_sales)
    prior *= ((new.other_sales - sold) / np.maximum(prior.sum(axis=1), 1e-9))[:, None, :]
    return np.concatenate([prior, sold[:, None, :]], axis=1), sold


def _first_totals(
    new: TradeTable,
    evidence: Evidence,
    carrying: Carrying,
    weights: Weights,
    sold: FloatArray,
    importers: int,
) -> list[KnownTotals]:
    zero, shape = np.zeros(len(new.economies)), (len(new.output), importers, len(new.economies))
    inputs = zero if evidence.inputs_from_rest is None else evidence.inputs_from_rest
    outside = zero if evidence.final_from_rest is None else evidence.final_from_rest
    known: list[KnownTotals] = []
    if weights.sections > 0:
        left = new.other_sales - sold
        known.append(
            constraints.section_totals(new, evidence.exact, carrying, left, importers, weights.sections)
        )
    if weights.final_demand > 0:
        value_added = new.other_costs.sum(axis=0) - inputs
        known.append(
            constraints.exact_demand_totals(evidence.exact, value_added, outside, shape, weights.final_demand)
        )
    known += evidence.unseen
    return known


def with_unseen_totals(new: TradeTable, evidence: Evidence, carrying: Carrying, weights: Weights) -> Evidence:
    """Add trade balances and goods exports of economies that no earlier table shows, at measured weights.

    Weights are not fitted, because the hold-outs have few
    developing economies. They follow from two variances: of the other source, measured on economies in the
    exact table, and of the first estimate, which is what remains of the typical squared gap between the two.
    Where the gaps are no larger than the source's error nothing remains and the totals are left out.
    """
    plain = dataclasses.replace(evidence, unseen=())
    prior, sold = _prior(new, plain, carrying)
    rows = constraints.row_totals(new.other_sales, prior.shape[1])
    known = _first_totals(new, plain, carrying, weights, sold, prior.shape[1])
    first = reconcile(prior, [*known, rows], tolerance=1e-4).table
    zero = np.zeros(len(new.economies))
    inputs = zero if evidence.inputs_from_rest is None else evidence.inputs_from_rest
    outside = zero if evidence.final_from_rest is None else evidence.final_from_rest
    # The rest of the world is no customs area, and entrepots trade other economies' goods.
    unseen = ~evidence.exact.single & (evidence.match.economies == len(evidence.old.economies) - 1)
    unseen &= np.array([code != "ROW" for code in new.economies])
    unseen &= ~constraints.entrepots(new, evidence.goods, evidence.customs.factor, evidence.trade)
    value_added = new.other_costs.sum(axis=0) - inputs
    balance = constraints.balance_totals(unseen, value_added, evidence.balance, outside, first.shape)
    exports = constraints.export_totals(
        new, unseen, evidence.customs.factor, evidence.goods, evidence.trade, first.shape[1]
    )
    customs = evidence.customs
    size = np.where(balance.total > 0, balance.total, 1.0)
    balance_error = evidence.balance.error_share * evidence.balance.goods_trade / size
    foreign = np.where(np.eye(first.shape[1], len(new.economies), dtype=bool), 0.0, first)
    # Final demand moves only as far as final exports and imports do, because each row's total is known.
    mobile = foreign.sum(axis=(0, 1)) + foreign[:, : len(new.economies)].sum(axis=(0, 2))
    weighted = [
        _weighted(first, balance, balance_error, mobile),
        _weighted(first, exports, np.full_like(balance_error, customs.exporters), None),
    ]
    return dataclasses.replace(evidence, unseen=tuple(item for item in weighted if item is not None))


def _weighted(
    first: FloatArray, item: KnownTotals, error: FloatArray, mobile: FloatArray | None
) -> KnownTotals | None:
    """Totals weighted by the relative errors of their source and of the first estimate."""
    used = (item.total > 0) & (group_totals(first, item.group, len(item.total)) > 0)
    if not used.any():
        return None
    inside = group_totals(first, item.group, len(item.total))
    reached = inside + (0.0 if item.already_known is None else item.already_known)
    gaps = np.log(reached[used] / item.total[used])
    # The median of a squared standard normal variable is 0.455; a median is safe against entrepots.
    variance = max(float(np.median(gaps**2)) / 0.455 - float(np.median(error[used] ** 2)), 0.0)
    if variance == 0.0:
        return None
    free = inside if mobile is None else mobile
    ratio = variance / np.maximum(error, 1e-3) ** 2 * item.total / np.maximum(free, 1e-9)
    return dataclasses.replace(item, weight=np.where(used, np.maximum(ratio, 1e-6), 1.0))
