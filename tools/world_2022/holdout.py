"""Hold-out on the World Input-Output Database: hide final demand of a year, estimate it, compare.

The information is matched to what exists for 2022: a table of 11 to 13 years before, in which only half of
the economies appear by themselves; an exact table of three years before for G20 members and ISIC sections;
goods trade one year off, disturbed by the gaps measured between BACI and the OECD's exact table.
"""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np
import numpy.typing as npt

from tools.world_2022.census import Imports
from tools.world_2022.classifications import indicator, wiod_sections
from tools.world_2022.constraints import (
    Balance,
    CustomsComparison,
    ExactTable,
    ProductImports,
    compare_customs,
    product_imports,
)
from tools.world_2022.final_demand import START_CARRYING, START_WEIGHTS, Evidence, estimate
from tools.world_2022.prior import Correspondence, aggregate
from tools.world_2022.sources import TradeTable, read_wiod

FloatArray = npt.NDArray[np.float64]
G20 = (
    "ARG", "AUS", "BRA", "CAN", "CHN", "DEU", "FRA", "GBR", "IDN", "IND", "ITA", "JPN",
    "KOR", "MEX", "RUS", "SAU", "TUR", "USA", "ZAF",
)  # fmt: skip
SEED = 2022


@dataclasses.dataclass(frozen=True)
class Holdout:
    """A year whose final demand is known but withheld, with the evidence that replaces it."""

    new: TradeTable
    true: FloatArray
    evidence: Evidence
    full_old: TradeTable


def merge(
    table: TradeTable, kept: tuple[str, ...], sectors: FloatArray
) -> tuple[TradeTable, npt.NDArray[np.int64]]:
    """Merge all economies but those kept into the last, and sectors by an indicator matrix."""
    place = np.array(
        [kept.index(code) if code in kept else len(kept) for code in table.economies], dtype=np.int64
    )
    groups = indicator(place, len(kept) + 1)
    assert table.final is not None
    intermediate = aggregate(table.intermediate, sectors, groups, groups)
    final = aggregate(table.final, sectors, groups, groups)
    use = np.einsum("an,nks,ck,ds->acd", groups, table.input_use, sectors, sectors, optimize=True)
    return TradeTable((*kept, "ROW"), intermediate, final, (intermediate + final).sum(axis=1), use), place


@dataclasses.dataclass(frozen=True)
class Gaps:
    """How far other sources lie from the table: standard deviations of logarithms, measured on exact data.

    `customs`: effects of exporters, importers and pairs in customs goods trade. `products`: sector, partner
    and cell effects of customs imports by product. `balance`: error of the trade balance as a share of trade.
    """

    customs: CustomsComparison
    products: FloatArray
    balance: float


def prepare(
    data: pathlib.Path, years: tuple[int, int, int, int], gaps: Gaps, *, halved: bool, seed: int = SEED
) -> Holdout:
    """Assemble a hold-out: years of the old table, the exact table, customs trade, the hidden demand."""
    old, earlier, traded, new = (read_wiod(data, year) for year in years)
    assert new.final is not None and traded.final is not None
    named = tuple(code for code in new.economies if code != "ROW")
    members = tuple(code for code in named if code in G20)
    # Every second economy keeps its own old table, and so do the G20 members, as all but two of them do for
    # 2022.
    kept = tuple(sorted({*named[::2], *members})) if halved else named
    known, place = merge(old, kept, np.eye(35))
    table, exact_place = merge(earlier, members, indicator(wiod_sections(), 20))
    exact = ExactTable(table, exact_place, wiod_sections(), np.arange(20))
    goods, sectors = np.arange(35) < 16, np.arange(35)
    random = np.random.default_rng(seed)
    flows = np.where(np.eye(len(new.economies), dtype=bool), 0.0, traded.intermediate + traded.final)
    trade = flows[goods].sum(axis=0)
    disturbed = trade * np.exp(
        _effects(random, gaps.customs.importers, gaps.customs.exporters, gaps.customs.pairs, trade.shape)
    )
    hidden = dataclasses.replace(new, final=None)
    evidence = Evidence(
        known,
        Correspondence(place, sectors, sectors),
        exact,
        goods,
        disturbed,
        CustomsComparison(1.0, gaps.customs.exporters, gaps.customs.importers, gaps.customs.pairs),
        _disturbed_balance(new, trade, goods, gaps.balance, random),
        _disturbed_products(new, exact, flows, gaps.products, random),
    )
    first = estimate(hidden, evidence, START_CARRYING, START_WEIGHTS, tolerance=1e-4).table
    comparison = compare_customs(hidden, exact, goods, disturbed, first)
    evidence = dataclasses.replace(
        evidence, customs=dataclasses.replace(evidence.customs, factor=comparison.factor)
    )
    return Holdout(hidden, new.final, evidence, old)


def _effects(
    random: np.random.Generator, row: float, column: float, cell: float, shape: tuple[int, ...]
) -> FloatArray:
    draws = (row, (shape[0], 1)), (column, (1, shape[1])), (cell, shape)
    return np.asarray(sum(size * random.standard_normal(form) for size, form in draws))


def _disturbed_products(
    new: TradeTable, exact: ExactTable, flows: FloatArray, sizes: FloatArray, random: np.random.Generator
) -> ProductImports:
    """Imports of the United States by partner and industry, as customs would show them."""
    named = tuple(code for code in new.economies if code not in ("USA", "ROW"))
    where = [new.economies.index(code) for code in named]
    value = flows[:, new.economies.index("USA"), where].T * (np.arange(35) < 16)
    value = value * np.exp(_effects(random, sizes[1], sizes[0], sizes[2], value.shape))
    return product_imports(new, exact, Imports(named, tuple((code,) for code in named), value), "USA")


def _disturbed_balance(
    new: TradeTable,
    trade: FloatArray,
    goods: npt.NDArray[np.bool_],
    error: float,
    random: np.random.Generator,
) -> Balance:
    services = new.intermediate[~goods]
    net = trade.sum(axis=0) - trade.sum(axis=1) + services.sum(axis=(0, 1)) - services.sum(axis=(0, 2))
    size = (trade.sum(axis=0) + trade.sum(axis=1)) / 2
    return Balance(net + error * size * random.standard_normal(len(size)), size, error)


def naive(holdout: Holdout, power: float = 0.75) -> FloatArray:
    """The first attempt: old pattern times growth of intermediate flows to a power, scaled to rows."""
    old, new = holdout.full_old, holdout.new
    assert old.final is not None
    both = (old.intermediate > 0) & (new.intermediate > 0)
    growth = np.where(both, new.intermediate / np.where(both, old.intermediate, 1.0), 1.0)
    table = old.final * growth**power
    return np.asarray(table * (new.other_sales / np.maximum(table.sum(axis=1), 1e-9))[:, None, :])


def naive_with_totals(holdout: Holdout, sweeps: int = 200) -> FloatArray:
    """The first attempt scaled also to the true final demand of each economy, which nobody knows for 2022."""
    table, wanted = naive(holdout), holdout.true.sum(axis=(0, 2))
    for _ in range(sweeps):
        table = table * (wanted / table.sum(axis=(0, 2)))[None, :, None]
        table *= (holdout.new.other_sales / np.maximum(table.sum(axis=1), 1e-9))[:, None, :]
    return table


def misallocated(estimate: FloatArray, true: FloatArray) -> float:
    """Half the sum of absolute gaps over the true total: the share of value put into the wrong cell."""
    return float(0.5 * np.abs(estimate - true).sum() / true.sum())


def measure(estimate: FloatArray, holdout: Holdout) -> dict[str, float]:
    """Misallocated shares over all cells, international cells and bilateral totals; final and total flows."""
    true, goods = holdout.true, holdout.evidence.goods
    abroad = ~np.eye(true.shape[1], dtype=bool)
    between = holdout.new.intermediate
    with_between = (estimate + between, true + between)
    return {
        "final, all cells": misallocated(estimate, true),
        "final, international cells": misallocated(estimate[:, abroad], true[:, abroad]),
        "final, bilateral totals": misallocated(estimate.sum(axis=0)[abroad], true.sum(axis=0)[abroad]),
        "final, bilateral goods totals": misallocated(
            estimate[goods].sum(axis=0)[abroad], true[goods].sum(axis=0)[abroad]
        ),
        "total flow, international cells": misallocated(*(flow[:, abroad] for flow in with_between)),
        "total flow, bilateral totals": misallocated(*(flow.sum(axis=0)[abroad] for flow in with_between)),
        "total flow, bilateral goods totals": misallocated(
            *(flow[goods].sum(axis=0)[abroad] for flow in with_between)
        ),
    }
