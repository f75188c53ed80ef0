"""What is known about the lost final demand, as totals of groups of cells with the weight each deserves.

Cells are (sector, importer, exporter); importers may outnumber exporters by one, the rest of the world, to
which only total sales are estimated here. All values are USD million.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from detente.world.reconciliation import KnownTotals
from tools.world_2022.census import Imports
from tools.world_2022.classifications import Groups, indicator
from tools.world_2022.prior import Carrying, aggregate
from tools.world_2022.rest_of_world import DISRUPTED
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class ExactTable:
    """A coarser table of an earlier year with exact final demand, and the place of the new members in it.

    `economies` and `sections` give positions; the last position of `economies` is all the others together.
    """

    table: TradeTable
    economies: Groups
    sections: Groups
    old_sections: Groups

    @property
    def single(self) -> npt.NDArray[np.bool_]:
        """Economies of the new table that the exact table shows by themselves."""
        return np.asarray(self.economies < len(self.table.economies) - 1)


@dataclasses.dataclass(frozen=True)
class Balance:
    """Net exports (economy), NaN where unknown, and half of goods trade (economy), USD million.

    `error_share` is the standard deviation of the error of net exports as a share of goods trade.
    """

    net_exports: FloatArray
    goods_trade: FloatArray
    error_share: float


def positions(importers: int, exporters: int, sectors: int) -> tuple[Groups, Groups, Groups]:
    """Position of every cell by sector, importer and exporter."""
    sector, importer, exporter = np.indices((sectors, importers, exporters))
    return sector, importer, exporter


def row_totals(other_sales: FloatArray, importers: int) -> KnownTotals:
    """Output not sold as intermediate, exact, of each sector and exporter."""
    sectors, exporters = other_sales.shape
    sector, _, exporter = positions(importers, exporters, sectors)
    return KnownTotals("sales of each sector", sector * exporters + exporter, other_sales.ravel())


def section_totals(
    new: TradeTable,
    exact: ExactTable,
    carrying: Carrying,
    row_left: FloatArray,
    importers: int,
    weight: float,
) -> KnownTotals:
    """Final flows by section, importer and exporter: the exact table grown with intermediate flows since.

    Flows of the others with each other are left out: there the exact table mixes home and foreign sales.
    Where one side is the others, whose membership differs between the tables, growth is that of the section.
    """
    count, exporters = len(exact.table.economies), len(new.economies)
    assert exact.table.final is not None
    place, sections = indicator(exact.economies, count), indicator(exact.sections, 20)
    before_sections = indicator(exact.old_sections, 20)
    same = np.eye(count)
    now = aggregate(new.intermediate, sections, place, place) + 0.5
    before = aggregate(exact.table.intermediate, before_sections, same, same) + 0.5
    final = aggregate(exact.table.final, before_sections, same, same)
    home = np.eye(count, dtype=bool)
    known_both = np.ones((count, count), dtype=bool)
    known_both[-1] = known_both[:, -1] = False
    abroad = known_both & ~home
    growth = now / before
    section_growth = (now * abroad).sum(axis=(1, 2)) / (before * abroad).sum(axis=(1, 2))
    growth = np.where(known_both, growth, section_growth[:, None, None])
    power = np.where(home, carrying.domestic_growth, carrying.foreign_growth)
    total = final / before * now * growth ** (power - 1.0)
    rows = sections @ row_left @ place.T
    total *= (rows / np.maximum(total.sum(axis=1), 1e-9))[:, None, :]
    total[:, -1, -1] = 0.0
    sector, importer, exporter = positions(importers, exporters, len(exact.sections))
    inside = np.minimum(importer, exporters - 1)
    group = (exact.sections[sector] * count + exact.economies[inside]) * count + exact.economies[exporter]
    others = ~exact.single[inside] & ~exact.single[exporter]
    return KnownTotals(
        "final demand by section",
        np.where((importer >= exporters) | others, -1, group),
        total.ravel(),
        weight,
    )


def exact_demand_totals(
    exact: ExactTable, value_added: FloatArray, outside: FloatArray, shape: tuple[int, ...], weight: float
) -> KnownTotals:
    """Final demand of economies in the exact table: its ratio to value added then, times value added now.

    `outside` is final demand met by the rest of the world, no cell of the table; `shape` is the estimate's.
    """
    assert exact.table.final is not None
    ratio = exact.table.final.sum(axis=(0, 2)) / exact.table.other_costs.sum(axis=0)
    total = np.where(exact.single, ratio[exact.economies] * value_added, 0.0)
    importer = np.indices(shape)[1]
    group = np.where(np.append(exact.single, False)[importer], importer, -1)
    return KnownTotals("final demand by economy", group, total, weight, outside)


def balance_totals(
    used: npt.NDArray[np.bool_],
    value_added: FloatArray,
    balance: Balance,
    outside: FloatArray,
    shape: tuple[int, ...],
) -> KnownTotals:
    """Final demand of the economies used: value added less net exports; the caller sets the weight."""
    net = np.where(np.isfinite(balance.net_exports), balance.net_exports, 0.0)
    total = value_added - net
    # A balance larger than the economy says that the sources disagree, not that nothing is consumed.
    known = used & np.isfinite(balance.net_exports) & (total > 0.2 * value_added)
    importer = np.indices(shape)[1]
    group = np.where(np.append(known, False)[importer], importer, -1)
    return KnownTotals("final demand by trade balance", group, np.where(known, total, 0.0), 1.0, outside)


def trade_balance(
    new: TradeTable, exact: ExactTable, goods: npt.NDArray[np.bool_], exports: FloatArray, imports: FloatArray
) -> Balance:
    """Trade balance of each economy from its customs goods exports and imports, zero where unknown.

    The error per unit of trade is measured where the exact table gives the balance: its ratio then against
    ours now.
    """
    assert exact.table.final is not None
    services = new.intermediate[~goods]
    net = exports - imports + services.sum(axis=(0, 1)) - services.sum(axis=(0, 2))
    net = np.where((exports > 0) & (imports > 0), net, np.nan)
    value_added = new.other_costs.sum(axis=0)
    ratio = exact.table.final.sum(axis=(0, 2)) / exact.table.other_costs.sum(axis=0)
    size = (exports + imports) / 2
    used = exact.single & np.isfinite(net)
    gap = (1 - ratio[exact.economies] - net / value_added)[used] * value_added[used] / size[used]
    return Balance(net, size, float(np.sqrt(np.mean(gap**2))))


@dataclasses.dataclass(frozen=True)
class CustomsComparison:
    """How goods trade in the table compares with customs goods trade, over economies in the exact table.

    `factor` is table / customs of a typical economy's exports and imports; `exporters` and `importers` are
    standard deviations of the logarithm of that ratio, `pairs` of what is left of pairs, weighted with trade.
    """

    factor: float
    exporters: float
    importers: float
    pairs: float


def compare_customs(
    new: TradeTable, exact: ExactTable, goods: npt.NDArray[np.bool_], trade: FloatArray, first: FloatArray
) -> CustomsComparison:
    """Compare customs goods trade (importer, exporter; 0 where unknown) with a first estimate.

    Only economies in the exact table are compared: their final trade rests on it and not on customs data.
    """
    members = np.flatnonzero(exact.single & (trade.sum(axis=0) > 0))
    pairs = np.ix_(members, members)
    found = (new.intermediate[goods].sum(axis=0) + first[goods][:, : len(new.economies)].sum(axis=0))[pairs]
    seen = trade[pairs]
    used = ~np.eye(len(members), dtype=bool) & (seen > 0) & (found > 0)
    weight = np.where(used, found, 0.0)
    gap = np.where(used, np.log(np.where(used, found, 1.0) / np.where(used, seen, 1.0)), 0.0)
    importer, exporter = np.zeros(len(members)), np.zeros(len(members))
    for _ in range(100):
        importer = (weight * (gap - exporter)).sum(axis=1) / weight.sum(axis=1)
        exporter = (weight * (gap - importer[:, None])).sum(axis=0) / weight.sum(axis=0)
    left = gap - importer[:, None] - exporter
    spread = float(np.sqrt((weight * left**2).sum() / weight.sum()))
    # Every economy counts once in the factor: a few large ones would otherwise set it for all.
    exports, imports = (
        np.log(np.where(used, found, 0.0).sum(axis=a) / np.where(used, seen, 0.0).sum(axis=a)) for a in (0, 1)
    )
    factor = float(np.exp((exports.mean() + imports.mean()) / 2))
    return CustomsComparison(factor, float(exports.std()), float(imports.std()), spread)


def entrepots(
    new: TradeTable, goods: npt.NDArray[np.bool_], factor: float, trade: FloatArray
) -> npt.NDArray[np.bool_]:
    """Economies whose customs exports exceed their whole output of goods: they trade other people's goods."""
    return np.asarray(factor * trade.sum(axis=0) > new.output[goods].sum(axis=0))


def export_totals(
    new: TradeTable,
    unseen: npt.NDArray[np.bool_],
    factor: float,
    goods: npt.NDArray[np.bool_],
    trade: FloatArray,
    importers: int,
) -> KnownTotals:
    """Goods exports of economies that no older table shows: customs value times the common ratio.

    The caller sets the weight and leaves entrepots out. Imports are not used: together with the balance they
    would count twice.
    """
    count = len(new.economies)
    sector, importer, exporter = positions(importers, count, len(goods))
    inside = np.minimum(importer, count - 1)
    known = np.where(trade > 0, new.intermediate[goods].sum(axis=0), 0.0).sum(axis=0)
    exports = factor * trade.sum(axis=0)
    used = unseen & (exports > known)
    counted = goods[sector] & (importer < count) & (trade[inside, exporter] > 0) & used[exporter]
    return KnownTotals(
        "goods exports", np.where(counted, exporter, -1), np.where(used, exports, 0.0), 1.0, known
    )


def pair_totals(
    new: TradeTable, goods: npt.NDArray[np.bool_], trade: FloatArray, first: FloatArray, weight: float
) -> KnownTotals:
    """Goods trade by pair: the bilateral pattern of customs trade, on the margins of a first estimate.

    Customs trade counts margins and re-exports that the table books elsewhere; they differ by exporter and
    importer, so only the pattern between pairs is taken.
    """
    count = len(new.economies)
    known = new.intermediate[goods].sum(axis=0)
    level = np.where(trade > 0, known + first[goods][:, :count].sum(axis=0), 0.0)
    fitted = np.where(trade > 0, trade, 0.0)
    for _ in range(300):
        fitted *= (level.sum(axis=1) / np.maximum(fitted.sum(axis=1), 1e-9))[:, None]
        fitted *= level.sum(axis=0) / np.maximum(fitted.sum(axis=0), 1e-9)
    sector, importer, exporter = positions(first.shape[1], count, len(goods))
    inside = np.minimum(importer, count - 1)
    counted = goods[sector] & (importer < count) & (trade[inside, exporter] > 0)
    return KnownTotals(
        "goods trade by pair",
        np.where(counted, inside * count + exporter, -1),
        fitted.ravel(),
        weight,
        known.ravel(),
    )


@dataclasses.dataclass(frozen=True)
class ProductImports:
    """Imports of one economy by partner and sector at customs value, beside what the table knows of them.

    `buyer` is its position; `partner` (economy) the partner each economy belongs to, -1 for none; `value` and
    `intermediate` are (partner, sector), USD million, zero where unknown; `level` (partner) marks partners
    whose trade the exact table shows, on which customs value is brought to the table's level.
    """

    buyer: int
    partner: Groups
    value: FloatArray
    intermediate: FloatArray
    level: npt.NDArray[np.bool_]


def product_imports(
    new: TradeTable, exact: ExactTable, imports: Imports, importer_code: str
) -> ProductImports:
    """Place customs imports by product beside the table."""
    buyer = new.economies.index(importer_code)
    belongs = np.array(
        [[code in members for code in new.economies] for members in imports.members], dtype=np.float64
    )
    intermediate = belongs @ new.intermediate[:, buyer].T
    disrupted = np.array([set(members) <= set(DISRUPTED) for members in imports.members])
    value = np.where((intermediate > 0) & ~disrupted[:, None], imports.value, 0.0)
    partner = np.where(belongs.any(axis=0), belongs.argmax(axis=0), -1)
    alone = belongs.sum(axis=1) == 1
    level = np.array(
        [
            bool(only and exact.single[row.astype(bool)].all())
            for only, row in zip(alone, belongs, strict=True)
        ]
    )
    return ProductImports(buyer, partner, value, intermediate, level)


def product_gaps(imports: ProductImports, first: FloatArray) -> FloatArray:
    """How far customs imports by product lie from a first estimate: standard deviations of the logarithm.

    Of sector effects, partner effects and what is left, weighted with trade, over partners in the exact
    table. They include the errors of the estimate, so they overstate how far concepts differ.
    """
    found = _by_partner(imports, first)[imports.level]
    value = imports.value[imports.level]
    weight = np.where((value > 0) & (found > 0), np.sqrt(value * found), 0.0)
    gap = np.where(
        weight > 0, np.log(np.where(weight > 0, found, 1.0) / np.where(weight > 0, value, 1.0)), 0.0
    )
    sector, partner = np.zeros(gap.shape[1]), np.zeros(gap.shape[0])
    by_sector, by_partner = weight.sum(axis=0), weight.sum(axis=1)
    for _ in range(100):
        sector = (weight * (gap - partner[:, None])).sum(axis=0) / np.maximum(by_sector, 1e-9)
        partner = (weight * (gap - sector)).sum(axis=1) / np.maximum(by_partner, 1e-9)
    left = gap - sector - partner[:, None]
    return np.array([_spread(sector, by_sector), _spread(partner, by_partner), _spread(left, weight)])


def _spread(values: FloatArray, weight: FloatArray) -> float:
    mean = (weight * values).sum() / weight.sum()
    return float(np.sqrt((weight * (values - mean) ** 2).sum() / weight.sum()))


def _by_partner(imports: ProductImports, first: FloatArray) -> FloatArray:
    belongs = np.arange(len(imports.value))[:, None] == imports.partner
    return (
        imports.intermediate + belongs.astype(np.float64) @ first[:, imports.buyer, : len(imports.partner)].T
    )


def product_totals(imports: ProductImports, first: FloatArray, weight: float) -> KnownTotals:
    """Imports of one economy by partner and sector: customs value times one factor.

    The factor brings partners that the exact table shows to the level of a first estimate.
    """
    found = np.where(imports.value > 0, _by_partner(imports, first), 0.0)
    factor = found[imports.level].sum() / imports.value[imports.level].sum()
    sectors, importers, count = first.shape
    sector, importer, exporter = positions(importers, count, sectors)
    partner = imports.partner[exporter]
    group = np.maximum(partner, 0) * sectors + sector
    used = (importer == imports.buyer) & (partner >= 0) & (imports.value.ravel()[group] > 0)
    return KnownTotals(
        "imports by product",
        np.where(used, group, -1),
        factor * imports.value.ravel(),
        weight,
        imports.intermediate.ravel(),
    )
