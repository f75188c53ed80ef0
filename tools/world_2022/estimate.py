"""Build the tables of `world-2022`: 80 economies and the rest of the world, 50 sectors, balanced."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.world_2022 import census, constraints, rest_of_world, sources, validation
from tools.world_2022.classifications import oecd_groups, oecd_sections, wiod_groups
from tools.world_2022.constraints import ExactTable
from tools.world_2022.final_demand import (
    START_CARRYING,
    START_WEIGHTS,
    Evidence,
    estimate,
    with_unseen_totals,
)
from tools.world_2022.fit import Settings, fit_settings
from tools.world_2022.holdout import Gaps
from tools.world_2022.prior import Correspondence
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]
LARGEST_OUTSIDE_SHARE = 0.5


@dataclasses.dataclass(frozen=True)
class BuiltTables:
    """A complete balanced world, USD million at basic prices, 2022.

    Attributes:
        economies: 80 ISO codes in the source's order, then 'ROW'.
        sectors: 50 OECD sector codes.
        sector_titles: Title of each sector.
        intermediate_flows: (sector, importer, exporter); the OECD's own within the 80 economies.
        final_flows: (sector, importer, exporter); estimated.
        input_use: (economy, input, sector); sums over sectors to intermediate flows over exporters.
        measured_errors: Every measure of the estimate's error, by name; made for JSON.
        inputs: SHA-256 of each file read, by path relative to the data folder.
    """

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    sector_titles: tuple[str, ...]
    intermediate_flows: FloatArray
    final_flows: FloatArray
    input_use: FloatArray
    measured_errors: dict[str, Any]
    inputs: dict[str, str]


def build(data: pathlib.Path) -> BuiltTables:
    """Estimate final demand and the rest of the world, and measure the errors.

    Args:
        data: Folder with the published tables (`icio2022`, `icio2019_g20`, `wiod2013`, `baci2023`,
            `us_tariffs`, `concordance`) and, for one of the measures of error only, `adb_mrio44`.

    Returns:
        The balanced tables with their measured errors and input hashes.

    Raises:
        detente.errors.CannotCompute: If the known totals cannot be met.
        FileNotFoundError: If a source is missing.
    """
    new, sectors, titles = sources.read_oecd_2022(data)
    evidence, gaps = first_evidence(data)
    goods, customs = evidence.goods, evidence.customs
    goods_trade = sources.read_goods_trade(data)
    _, sold, bought = rest_of_world.customs_trade(goods_trade, new.economies)
    settings = fit_settings(data, gaps)
    evidence = with_unseen_totals(new, evidence, settings.carrying, settings.weights)
    first = estimate(new, evidence, settings.carrying, settings.weights, tolerance=1e-5).table
    outside_economies = [code for code in goods_trade.economies if code not in new.economies]
    mix = census.sector_mix(data, sectors, outside_economies)
    outside = rest_of_world.outside_trade(
        new, first, goods, customs.factor * sold, customs.factor * bought, mix
    )
    evidence = dataclasses.replace(
        evidence,
        row_sales=outside.sales,
        final_from_rest=outside.final.sum(axis=0),
        inputs_from_rest=outside.intermediate.sum(axis=0),
    )
    evidence = with_unseen_totals(new, evidence, settings.carrying, settings.weights)
    final = _final_demand(new, evidence, settings)
    tables = _assemble(data, new, final, outside, goods_trade)
    errors = validation.measured_errors(data, sectors, tables, evidence, settings, gaps)
    inputs = {name: sources.file_hash(data / name) for name in _files(data)}
    return BuiltTables((*new.economies, "ROW"), sectors, titles, *tables, errors, inputs)


def first_evidence(data: pathlib.Path) -> tuple[Evidence, Gaps]:
    """What is known of final demand of 2022, and how far the other sources lie from the table.

    Args:
        data: Folder with the published tables.
    """
    new, sectors, _ = sources.read_oecd_2022(data)
    exact_source = sources.read_oecd_2019(data)
    goods = np.array([code[0] in "ABC" for code in sectors])
    goods_trade = sources.read_goods_trade(data)
    place = np.array([_position(code, exact_source) for code in new.economies], dtype=np.int64)
    exact = ExactTable(exact_source, place, oecd_sections(sectors), np.arange(20))
    trade, sold, bought = rest_of_world.customs_trade(goods_trade, new.economies)
    balance = constraints.trade_balance(
        new, exact, goods, trade.sum(axis=0) + sold, trade.sum(axis=1) + bought.sum(axis=0)
    )
    imports = constraints.product_imports(new, exact, census.read_imports(data, sectors), "USA")
    old = sources.read_wiod(data, 2011)
    match = Correspondence(
        np.array([_position(code, old) for code in new.economies], dtype=np.int64),
        oecd_groups(sectors),
        wiod_groups(),
    )
    unknown = constraints.CustomsComparison(1.0, 0.0, 0.0, 0.0)
    evidence = Evidence(old, match, exact, goods, trade, unknown, balance, imports)
    first = estimate(new, evidence, START_CARRYING, START_WEIGHTS, tolerance=1e-5).table
    customs = constraints.compare_customs(new, exact, goods, trade, first)
    evidence = dataclasses.replace(evidence, customs=customs)
    gaps = Gaps(customs, constraints.product_gaps(imports, first), balance.error_share)
    return evidence, gaps


def _position(code: str, table: TradeTable) -> int:
    return table.economies.index(code if code in table.economies else "ROW")


def _final_demand(new: TradeTable, evidence: Evidence, settings: Settings) -> FloatArray:
    """Final flows within the table with sales to the rest of the world as last importer."""
    found = estimate(new, evidence, settings.carrying, settings.weights)
    # Scaling each row once more removes what the tolerance left: sales equal the OECD's output to rounding.
    total = found.table.sum(axis=1)
    ratio = np.where(total > 0, new.other_sales / np.where(total > 0, total, 1.0), 1.0)
    return np.asarray(found.table * ratio[:, None, :])


def _assemble(
    data: pathlib.Path,
    new: TradeTable,
    final: FloatArray,
    outside: rest_of_world.OutsideTrade,
    goods_trade: sources.GoodsTrade,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Put the rest of the world beside the 80 economies: intermediate flows, final flows, input use."""
    sectors, count = new.output.shape
    within, sales = final[:, :count], final[:, count]
    outside = dataclasses.replace(outside, sales=sales)
    inputs = rest_of_world.allocate_inputs(
        outside.intermediate, sources.read_imported_use(data), new.other_costs, LARGEST_OUTSIDE_SHARE
    )
    member = np.array([code in new.economies for code in goods_trade.economies])
    seen = np.array([code in goods_trade.economies for code in new.economies])
    value_added = (new.other_costs.sum(axis=0) - outside.intermediate.sum(axis=0))[seen].sum()
    product = goods_trade.gross_domestic_product
    own = rest_of_world.domestic_structure(
        new, within, outside, inputs, float(product[~member].sum() * value_added / product[member].sum())
    )
    intermediate = np.zeros((sectors, count + 1, count + 1))
    consumption = np.zeros_like(intermediate)
    intermediate[:, :count, :count] = new.intermediate
    intermediate[:, count, :count] = own.imported_intermediate
    intermediate[:, :count, count] = outside.intermediate
    intermediate[:, count, count] = own.own_intermediate
    consumption[:, :count, :count] = within
    consumption[:, count, :count] = sales - own.imported_intermediate
    consumption[:, :count, count] = outside.final
    consumption[:, count, count] = own.own_final
    use = np.concatenate([new.input_use + inputs, own.input_use[None]])
    return intermediate, consumption, use


def _files(data: pathlib.Path) -> list[str]:
    years = (1995, 2000, 2005, 2007, 2008, 2010, 2011)
    return [
        sources.OECD_2022,
        sources.OECD_SECTORS,
        sources.OECD_2019,
        sources.GOODS_TRADE,
        sources.GOODS_TRADE_LABELS,
        sources.GROSS_DOMESTIC_PRODUCT,
        *(f"wiod2013/wiot_{year}.RData" for year in years),
        *census.files(data),
    ]
