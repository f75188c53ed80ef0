"""What is known about the lost final demand, as totals of groups of cells with the weight each deserves.

Cells are (sector, importer, exporter); importers may outnumber exporters by one, the rest of the world, to which
only total sales are estimated here. All values are USD million.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from detente.world.reconciliation import KnownTotals
from tools.world_2022.census import Imports
from tools.world_2022.classifications import Groups, indicator
from tools.world_2022.prior import Carrying, aggregate
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class ExactTable:
    """A coarser table with exact final demand of an earlier year, and where the new table's members stand in it.

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
    new: TradeTable, exact: ExactTable, carrying: Carrying, row_left: FloatArray, importers: int, weight: float
) -> KnownTotals:
    """Final flows by section, importer and exporter: the exact table grown with intermediate flows since.

    Flows of the others with each other are left out: there the exact table mixes home and foreign sales. Where one
    side is the others, whose membership differs between the tables, growth is that of the section.
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
        "final demand by section", np.where((importer >= exporters) | others, -1, group), total.ravel(), weight
    )


def final_demand_totals(
    exact: ExactTable, value_added: FloatArray, outside: FloatArray, importers: int, shape: tuple[int, int], weight: float
) -> KnownTotals:
    """Total final demand of economies in the exact table: its ratio to value added then, times value added now.

    `outside` is final demand met by the rest of the world, which is no cell of the estimated table.
    """
    assert exact.table.final is not None
    ratio = exact.table.final.sum(axis=(0, 2)) / exact.table.other_costs.sum(axis=0)
    total = np.where(exact.single, ratio[exact.economies] * value_added, 0.0)
    _, importer, _ = positions(importers, shape[1], shape[0])
    group = np.where(np.append(exact.single, False)[importer], importer, -1)
    return KnownTotals("final demand by economy", group, total, weight, outside)


def common_ratio(new: TradeTable, exact: ExactTable, goods: npt.NDArray[np.bool_], trade: FloatArray) -> FloatArray:
    """How customs goods trade compares with goods trade in the table: one factor, and its spread.

    Over pairs that the exact table shows; its trade of then is grown with intermediate flows since. Returns the
    factor (table / customs) and standard deviations of the logarithm, weighted with trade: of exporter effects, of
    importer effects, of what is left. `trade` is (importer, exporter), 0 where unknown.
    """
    assert exact.table.final is not None
    members = np.flatnonzero(exact.single)
    there = exact.economies[members]
    old_goods = np.isin(exact.old_sections, exact.sections[goods])
    before = exact.table.intermediate[old_goods].sum(axis=0)[np.ix_(there, there)]
    both = before + exact.table.final[old_goods].sum(axis=0)[np.ix_(there, there)]
    grown = both * new.intermediate[goods].sum(axis=0)[np.ix_(members, members)] / np.maximum(before, 1e-9)
    seen = trade[np.ix_(members, members)]
    used = ~np.eye(len(members), dtype=bool) & (seen > 0) & (grown > 0)
    weight = np.where(used, grown, 0.0)
    gap = np.where(used, np.log(np.where(used, grown, 1.0) / np.where(used, seen, 1.0)), 0.0)
    common = float((weight * gap).sum() / weight.sum())
    importer, exporter = np.zeros(len(members)), np.zeros(len(members))
    for _ in range(100):
        importer = (weight * (gap - common - exporter)).sum(axis=1) / weight.sum(axis=1)
        exporter = (weight * (gap - common - importer[:, None])).sum(axis=0) / weight.sum(axis=0)
    # Every economy counts once: a few large ones would otherwise set the factor for all.
    common += float(importer.mean() + exporter.mean())
    importer, exporter = importer - importer.mean(), exporter - exporter.mean()
    left = gap - common - importer[:, None] - exporter
    spread = np.sqrt((weight * left**2).sum() / weight.sum())
    return np.array([np.exp(common), exporter.std(), importer.std(), spread])


def margin_totals(
    new: TradeTable, exact: ExactTable, goods: npt.NDArray[np.bool_], trade: FloatArray, importers: int, weight: float
) -> tuple[KnownTotals, KnownTotals]:
    """Goods exports and imports of economies outside the exact table: customs value times the common ratio."""
    factor = common_ratio(new, exact, goods, trade)[0]
    sectors, count = len(goods), len(new.economies)
    sector, importer, exporter = positions(importers, count, sectors)
    inside = np.minimum(importer, count - 1)
    counted = goods[sector] & (importer < count) & (trade[inside, exporter] > 0)
    known = np.where(trade > 0, new.intermediate[goods].sum(axis=0), 0.0)
    missing = ~exact.single
    exports = KnownTotals(
        "goods exports", np.where(counted & missing[exporter], exporter, -1),
        factor * trade.sum(axis=0), weight, known.sum(axis=0),
    )
    imports = KnownTotals(
        "goods imports", np.where(counted & missing[inside], importer, -1),
        factor * trade.sum(axis=1), weight, known.sum(axis=1),
    )
    return exports, imports


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
    return KnownTotals("goods trade by pair", np.where(counted, inside * count + exporter, -1), fitted.ravel(), weight, known.ravel())


def census_totals(
    new: TradeTable, imports: Imports, importer_code: str, first: FloatArray, importers: int, weight: float
) -> KnownTotals:
    """Imports of one economy by sector and partner: the pattern of customs data on the margins of a first estimate.

    Sectors and partners keep the totals that the first estimate gives them, because classifications and concepts
    differ by sector and by partner; only who sells what is taken from customs data.
    """
    count, sectors = len(new.economies), new.output.shape[0]
    buyer = new.economies.index(importer_code)
    belongs = np.array([[code in members for code in new.economies] for members in imports.members], dtype=np.float64)
    kept = belongs.sum(axis=1) > 0
    belongs = belongs[kept]
    known = belongs @ new.intermediate[:, buyer].T
    level = known + belongs @ first[:, buyer, :count].T
    value = np.where(level > 0, imports.value[kept], 0.0)
    level = np.where(value > 0, level, 0.0)
    fitted = value.copy()
    for _ in range(300):
        fitted *= (level.sum(axis=1) / np.maximum(fitted.sum(axis=1), 1e-9))[:, None]
        fitted *= level.sum(axis=0) / np.maximum(fitted.sum(axis=0), 1e-9)
    partner = np.where(belongs.any(axis=0), belongs.argmax(axis=0), -1)
    sector, importer, exporter = positions(importers, count, sectors)
    group = partner[exporter] * sectors + sector
    used = (importer == buyer) & (partner[exporter] >= 0)
    used &= value.ravel()[np.maximum(group, 0)] > 0
    return KnownTotals(
        f"{importer_code} imports by product", np.where(used, group, -1), fitted.ravel(), weight, known.ravel()
    )
