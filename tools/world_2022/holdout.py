"""Hold-out on the World Input-Output Database: hide final demand of a year, estimate it, compare.

The information is matched to what exists for 2022: a table of 11 to 13 years before, in which only half of the
economies appear by themselves; an exact table of three years before for G20 members and ISIC sections; goods trade
one year off, disturbed by the gaps measured between BACI and the OECD's exact table.
"""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np
import numpy.typing as npt

from tools.world_2022.classifications import indicator, wiod_sections
from tools.world_2022.constraints import ExactTable
from tools.world_2022.final_demand import Evidence
from tools.world_2022.prior import Correspondence, aggregate
from tools.world_2022.sources import TradeTable, read_wiod

FloatArray = npt.NDArray[np.float64]
G20 = ("ARG", "AUS", "BRA", "CAN", "CHN", "DEU", "FRA", "GBR", "IDN", "IND", "ITA", "JPN", "KOR", "MEX", "RUS",
       "SAU", "TUR", "USA", "ZAF")
SEED = 2022


@dataclasses.dataclass(frozen=True)
class Holdout:
    """A year whose final demand is known but withheld, with the evidence that replaces it."""

    new: TradeTable
    true: FloatArray
    evidence: Evidence
    full_old: TradeTable


def merge(table: TradeTable, kept: tuple[str, ...], sectors: FloatArray) -> tuple[TradeTable, npt.NDArray[np.int64]]:
    """Merge all economies but those kept into the last, and sectors by an indicator matrix."""
    place = np.array([kept.index(code) if code in kept else len(kept) for code in table.economies], dtype=np.int64)
    groups = indicator(place, len(kept) + 1)
    assert table.final is not None
    intermediate = aggregate(table.intermediate, sectors, groups, groups)
    final = aggregate(table.final, sectors, groups, groups)
    use = np.einsum("an,nks,ck,ds->acd", groups, table.input_use, sectors, sectors, optimize=True)
    return TradeTable((*kept, "ROW"), intermediate, final, (intermediate + final).sum(axis=1), use), place


def prepare(
    data: pathlib.Path, old_year: int, exact_year: int, trade_year: int, year: int, gaps: FloatArray, halved: bool
) -> Holdout:
    """Assemble a hold-out. `gaps` are the standard deviations of exporter, importer and pair effects (logarithm)."""
    old, earlier, traded, new = (read_wiod(data, y) for y in (old_year, exact_year, trade_year, year))
    assert new.final is not None and traded.final is not None
    named = tuple(code for code in new.economies if code != "ROW")
    members = tuple(code for code in named if code in G20)
    # Every second economy keeps its own old table; the G20 largest are kept as for 2022, where all are in it.
    kept = tuple(sorted({*named[::2], "USA", "CHN", "CAN", "DEU", "JPN"})) if halved else named
    known, place = merge(old, kept, np.eye(35))
    exact, exact_place = merge(earlier, members, indicator(wiod_sections(), 20))
    goods = np.arange(35) < 16
    count = len(new.economies)
    random = np.random.default_rng(SEED)
    disturbed = (
        gaps[0] * random.standard_normal((1, count))
        + gaps[1] * random.standard_normal((count, 1))
        + gaps[2] * random.standard_normal((count, count))
    )
    trade = (traded.intermediate + traded.final)[goods].sum(axis=0) * np.exp(disturbed)
    np.fill_diagonal(trade, 0.0)
    sectors = np.arange(35)
    evidence = Evidence(
        known, Correspondence(place, sectors, sectors),
        ExactTable(exact, exact_place, wiod_sections(), np.arange(20)), goods, trade,
    )
    return Holdout(dataclasses.replace(new, final=None), new.final, evidence, old)


def naive(holdout: Holdout, power: float = 0.75) -> FloatArray:
    """The first attempt: old pattern times growth of the intermediate flow to a power, scaled to row totals."""
    old, new = holdout.full_old, holdout.new
    assert old.final is not None
    both = (old.intermediate > 0) & (new.intermediate > 0)
    growth = np.where(both, new.intermediate / np.where(both, old.intermediate, 1.0), 1.0)
    table = old.final * growth**power
    return np.asarray(table * (new.other_sales / np.maximum(table.sum(axis=1), 1e-9))[:, None, :])


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
