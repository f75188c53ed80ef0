"""Baseline tariffs of a world, in layers from real data, each with its vintage and its measured error."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.tariffs import averages, check, geography, pattern, us_duties

__all__ = ["DIGITS", "BaselineTariffs", "baseline_tariffs", "national_layer"]

Array = npt.NDArray[np.float64]

# Chosen by mean absolute error against WITS 2022 among few alternatives; see SOURCES_section.md.
US_WEIGHT = 0.5
PHASE_IN = 1  # an agreement counts from its second full year
MOST = 0.08  # mean non-preferential rate from which preferences are taken to be incomplete
CAP = 0.20  # highest rate of a sector, unless three times the average is more
US_LAYER_REACH = 2  # years between the vintage and the US duties of 2024
DIGITS = 7  # of a rate; more would depend on the number of threads that sum it


@dataclass(frozen=True)
class BaselineTariffs:
    """Tariffs of a world's baseline.

    Attributes:
        tariff_factor: 1 + ad valorem tariff, (sector, importer, exporter).
        layers: one sentence for each layer, first to last applied.
        measured_errors: mean absolute errors in percentage points, by name; empty where no table compares.
        inputs: SHA-256 of each file read, by path relative to the data folder.
        measures_included: the day whose additional duties an importer's tariffs hold, by importer.
    """

    tariff_factor: Array
    layers: tuple[str, ...]
    measured_errors: Mapping[str, float]
    inputs: Mapping[str, str]
    measures_included: Mapping[str, str]


def _importer(goods: Array, base: Array, preferred: Array, average: float, taxable: Array) -> Array:
    """Rates of one importer (or customs union) that give its average, (sector, member, exporter).

    Args:
        goods: imports, (sector, member, exporter).
        base: relative rate on what pays duty for sure, (sector, member, exporter).
        preferred: relative rate that partners under agreements would pay without them.
        average: average rate on taxable imports.
        taxable: share of each pair's trade that the average is over, (member, exporter).
    """
    total = (goods * taxable).sum()
    if total == 0 or average == 0:
        return np.zeros_like(goods)
    mean = (goods * (base + preferred)).sum() / total
    sure, other = (goods * base).sum() / total, (goods * preferred).sum() / total
    needed = average * mean / max(MOST, 1.5 * average)
    paid_share = 0.0 if sure >= needed or other == 0 else min(1.0, (needed - sure) / other)
    relative = base + paid_share * preferred
    cap = max(CAP, 3 * average)
    scale = average / max((goods * relative).sum() / total, 1e-12)
    rates = np.minimum(scale * relative, cap)
    for _ in range(100):
        reached = (goods * rates).sum() / total
        if reached == 0 or abs(reached - average) < 1e-9 or np.all(rates[relative > 0] >= cap):
            break
        scale *= average / reached
        rates = np.minimum(scale * relative, cap)
    return np.asarray(rates)


def national_layer(
    where: geography.Geography,
    relative: Array,
    flows: Array,
    agriculture: npt.NDArray[np.bool_],
    members: list[int],
) -> Array:
    """Rates that keep each importer's average over its goods imports, (sector, importer, exporter).

    Partners under an agreement pay nothing unless the average then asks more than `MOST` of the others;
    customs unions pay nothing in any case. The European Union is one importer.

    Args:
        where: duty-free shares of each pair.
        relative: relative tariff of each sector, (sector,).
        flows: (sector, importer, exporter).
        agriculture: sectors outside industrial agreements, (sector,).
        members: positions of the members of the European Union.
    """
    free = np.where(agriculture[:, None, None], where.free, where.free + where.industrial)
    everywhere = where.customs_union
    union = np.where(agriculture[:, None, None], everywhere, everywhere | where.customs_union_industrial)
    union_share = np.maximum(union, where.union)
    base = relative[:, None, None] * (1 - np.clip(free, 0, 1))
    preferred = relative[:, None, None] * np.clip(free - union_share, 0, 1)
    goods = flows * (relative > 0)[:, None, None]
    size = len(where.average)
    goods[:, np.arange(size), np.arange(size)] = 0.0
    rates = np.zeros_like(flows)
    groups = [members] if members else []
    groups += [[place] for place in range(size) if place not in members]
    for group in groups:
        average = where.average[group[0]]
        if not np.isnan(average):
            taxable = 1 - where.union[group]
            rates[:, group] = _importer(
                goods[:, group], base[:, group], preferred[:, group], average, taxable
            )
    rates[:, np.arange(size), np.arange(size)] = 0.0
    return rates


def _hashes(data: Path, names: Sequence[str]) -> dict[str, str]:
    return {name: hashlib.sha256((data / name).read_bytes()).hexdigest() for name in sorted(set(names))}


def _agriculture(sectors: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Sectors that industrial agreements leave out: agriculture, fishing, food."""
    return np.array([code in ("A", "A01", "A03", "AtB", "C10T12", "15t16") for code in sectors])


def _sentences(
    where: geography.Geography, economies: Sequence[str], vintage: int, us_layer: bool
) -> tuple[str, ...]:
    unknown = [code for code, rate in zip(economies, where.average, strict=True) if np.isnan(rate)]
    other = {year for year in where.years if year is not None and year != vintage}
    years = (
        f"{vintage}, or the nearest year where missing ({min(other)} to {max(other)})"
        if other
        else f"{vintage}"
    )
    said = [
        "No duty (factor 1) on services, on electricity, water and waste, inside an economy"
        + (
            f", and on imports of {', '.join(unknown)}, where no average tariff is known." if unknown else "."
        ),
        f"National averages of applied tariffs on all goods, {years} (World Bank, World Development "
        "Indicators); estimated: their pattern over sectors, half one rate for all goods, half the US "
        "most-favoured-nation schedule of 2025 (USITC).",
        f"Customs unions and free-trade agreements in force before {vintage} (WTO notifications): members "
        "trade free of duty and others pay more, so that each importer's average is kept; where others would "
        f"pay more than {100 * MOST:.0f} percent on average, members pay part of it.",
    ]
    if us_layer:
        said.append(
            "United States: duties collected over imports for consumption by partner and sector, 2024 (US "
            "Census Bureau), with the Section 232 and 301 duties of that year; exact for 50 partners and the "
            "European Union, by HS2 chapter for its members and the others."
        )
    return tuple(said)


def _errors(
    data: Path,
    economies: Sequence[str],
    sectors: Sequence[str],
    flows: Array,
    rates: Array,
    flat: Array,
    vintage: int,
) -> dict[str, float]:
    """Errors of the national layer and its simpler alternatives, importers other than the United States."""
    found = {}
    for label, tried in (
        ("shipped", rates),
        ("one rate an importer on all goods and partners", flat),
        ("no tariffs", np.zeros_like(rates)),
    ):
        weighted, simple = check.mean_absolute_errors(data, economies, sectors, flows, tried, vintage)
        name = f"tariffs against WITS {vintage}, mean absolute error in percentage points, {label}"
        found[f"{name}, import-weighted"] = round(weighted, 3)
        found[f"{name}, simple"] = round(simple, 3)
    return found


def baseline_tariffs(
    data: Path,
    classification: str,
    economies: Sequence[str],
    sectors: Sequence[str],
    flows: Array,
    vintage: int,
) -> BaselineTariffs:
    """Tariffs of every flow from public data: averages, agreements, US duties.

    Args:
        data: the data folder.
        classification: "icio2025", "isic4-sections" or "wiod2013".
        economies: ISO 3166 alpha-3 codes, "ROW" for the rest of the world.
        sectors: codes of the classification.
        flows: sales at basic prices, (sector, importer, exporter), USD million.
        vintage: year of the flows.
    """
    where = geography.geography(data, economies, vintage, PHASE_IN)
    goods = pattern.goods_sectors(classification, sectors)
    abroad = flows.sum(axis=(1, 2)) - np.trace(flows, axis1=1, axis2=2)
    relative = pattern.sector_pattern(data, classification, sectors, abroad, US_WEIGHT)
    members = [
        place for place, code in enumerate(economies) if where.union[place, place] > 0.99 and code != "ROW"
    ]
    rates = national_layer(where, relative, flows, _agriculture(sectors), members)
    us_layer = "USA" in economies and abs(vintage - us_duties.YEAR) <= US_LAYER_REACH
    inputs = [averages.FILE, pattern.FILE, *geography.FILES]
    inputs += [f"concordance/{name}.RData" for name in ("hs_isic3", "hs5_isic3", "hs6_isic3")]
    inputs += us_duties.input_files(data)  # the weights of the pattern, and the US layer
    measured: dict[str, float] = {}
    if classification == "icio2025" and (data / check.FILE).exists() and 2014 <= vintage <= 2023:
        flat = np.nan_to_num(where.average)[None, :, None] * goods[:, None, None] * np.ones_like(flows)
        measured = _errors(data, economies, sectors, flows, rates, flat, vintage)
    if us_layer:
        place = economies.index("USA")
        collected = us_duties.us_collected_rates(data, classification, economies, sectors)
        use = goods[:, None] & ~np.isnan(collected)
        use[:, place] = False
        rates[:, place] = np.where(use, np.nan_to_num(collected), rates[:, place])
    return BaselineTariffs(
        1.0 + rates.round(DIGITS),
        _sentences(where, economies, vintage, us_layer),
        measured,
        _hashes(data, inputs),
        {"USA": us_duties.MIDDLE} if us_layer else {},
    )
