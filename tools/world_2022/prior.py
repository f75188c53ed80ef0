"""The prior of final demand: an older table carried forward, mixed with the pattern of intermediate flows."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from tools.world_2022.classifications import Groups, indicator
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Carrying:
    """How an older table is carried forward; `fit.py` fits it on years before the held-out one.

    Attributes:
        foreign_growth: Elasticity of an international final flow to growth of the intermediate flow.
        domestic_growth: The same for sales at home.
        pattern_share: Share of the prior that follows the intermediate flows of the new year alone.
    """

    foreign_growth: float
    domestic_growth: float
    pattern_share: float


@dataclasses.dataclass(frozen=True)
class Correspondence:
    """Where the members of the new table stand in the old one, as positions.

    Several economies may share one position (all that the old table counts as rest of the world).
    """

    economies: Groups
    new_sectors: Groups
    old_sectors: Groups


def aggregate(
    flows: FloatArray, sectors: FloatArray, importers: FloatArray, exporters: FloatArray
) -> FloatArray:
    """Sum flows (sector, importer, exporter) into groups by indicator matrices (group, member)."""
    summed = np.tensordot(sectors, flows, axes=(1, 0))
    return np.einsum("an,sni,bi->sab", importers, summed, exporters, optimize=True)


def pattern(new: TradeTable, old: TradeTable, match: Correspondence) -> FloatArray:
    """Final demand if it followed intermediate demand, at home and abroad apart.

    Ratios are the old table's by sector group; the new table's row totals set each exporter's level later.
    """
    assert old.final is not None
    groups = int(max(match.new_sectors.max(), match.old_sectors.max())) + 1
    to_group = indicator(match.old_sectors, groups)
    home = np.eye(len(old.economies), dtype=bool)
    ratios = []
    for kept in (home, ~home):
        final = to_group @ np.where(kept, old.final, 0.0).sum(axis=(1, 2))
        between = to_group @ np.where(kept, old.intermediate, 0.0).sum(axis=(1, 2))
        ratios.append((final / np.maximum(between, 1.0))[match.new_sectors][:, None, None])
    own = np.eye(len(new.economies), dtype=bool)
    # Rows with final sales but no intermediate ones (household services) are sold at home.
    floor = np.where(own, 0.1 * new.other_sales[:, None, :], 1e-3) * (new.other_sales[:, None, :] > 0)
    return np.where(own, ratios[0], ratios[1]) * (new.intermediate + 0.1) + floor


def carry_forward(new: TradeTable, old: TradeTable, match: Correspondence, carrying: Carrying) -> FloatArray:
    """Prior of final flows of the new table, (sector, importer, exporter), USD million.

    The old final flow of a sector group and pair grows with the intermediate flow to the stated power, and is
    spread over the new table's cells in proportion to :func:`pattern`; a share of the prior is that pattern
    itself. Old flows of the rest of the world with itself say nothing about pairs within it, so the pattern
    stands there.
    """
    assert old.final is not None
    groups = int(max(match.new_sectors.max(), match.old_sectors.max())) + 1
    economies = len(old.economies)
    place, old_place = indicator(match.economies, economies), np.eye(economies)
    spread = pattern(new, old, match)
    own = np.eye(len(new.economies), dtype=bool)
    # Level of the pattern: each exporter's row total, so that both parts of the mixture are in today's money.
    spread *= (new.other_sales / np.maximum(spread.sum(axis=1), 1e-9))[:, None, :]
    sums = indicator(match.new_sectors, groups)
    between = aggregate(new.intermediate, sums, place, place)
    before = aggregate(old.intermediate, indicator(match.old_sectors, groups), old_place, old_place)
    final = aggregate(old.final, indicator(match.old_sectors, groups), old_place, old_place)
    home = np.eye(economies, dtype=bool)
    power = np.where(home, carrying.domestic_growth, carrying.foreign_growth)
    carried = final * ((between + 0.5) / (before + 0.5)) ** power
    share = carried / np.maximum(aggregate(spread, sums, place, place), 1e-9)
    cells = share[match.new_sectors][:, match.economies][:, :, match.economies] * spread
    shared = np.bincount(match.economies, minlength=economies)[match.economies] > 1
    within = np.equal.outer(match.economies, match.economies) & shared[:, None]
    cells = np.where(within, spread, cells)
    # One level for each exporter's two parts keeps the mixture a mixture of patterns.
    level = new.other_sales / np.maximum(cells.sum(axis=1), 1e-9)
    mixed = (1 - carrying.pattern_share) * cells * level[:, None, :] + carrying.pattern_share * spread
    return np.where(own | (new.intermediate >= 0), mixed, 0.0)
