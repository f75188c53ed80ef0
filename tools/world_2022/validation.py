"""Measure the errors of the estimate: hold-out, the exact table of 2019, customs trade, national products."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.world_2022 import census, independent, sources
from tools.world_2022.classifications import indicator
from tools.world_2022.final_demand import Evidence, Weights, estimate, with_unseen_totals
from tools.world_2022.fit import DRAWS, FIT_YEARS, REPORT_YEARS, Settings
from tools.world_2022.holdout import SEED, Gaps, measure, misallocated, naive, naive_with_totals, prepare
from tools.world_2022.prior import aggregate
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]
PAIRS = (("CAN", "USA"), ("USA", "CAN"), ("CAN", "CHN"), ("CHN", "CAN"), ("MEX", "USA"), ("CHN", "USA"))


def measured_errors(
    data: pathlib.Path,
    sectors: Sequence[str],
    tables: tuple[FloatArray, FloatArray, FloatArray],
    evidence: Evidence,
    settings: Settings,
    gaps: Gaps,
) -> dict[str, Any]:
    """Every measure of error by name, plain numbers made for JSON; shares are fractions, values USD
    million."""
    intermediate, final, input_use = tables
    new, _, _ = sources.read_oecd_2022(data)
    return {
        "settings": {
            "exponents": dataclasses.asdict(settings.carrying),
            "weights": dataclasses.asdict(settings.weights),
            "fitted_on": FIT_YEARS[-1],
            "share_misallocated_there": settings.reached,
        },
        "distance_of_other_sources": {
            "customs_goods_trade": dataclasses.asdict(gaps.customs),
            "imports_by_product_sector_partner_cell": gaps.products.tolist(),
            "trade_balance_share_of_trade": gaps.balance,
        },
        "hold_out_2011": hold_out(data, settings, gaps),
        "destination_shares_2019": compare_exact(evidence, final),
        "goods_trade": compare_goods(new.economies, evidence, intermediate, final),
        "goods_exports_without_trade_balances_and_exports": _without_unseen(new, evidence, settings),
        "united_states_imports": compare_products(data, sectors, new.economies, intermediate + final),
        "independent_adb": independent.compare_independent(
            data,
            sectors,
            (*new.economies, "ROW"),
            evidence.exact.table,
            {
                "intermediate": intermediate,
                "final": final,
                "naive": independent.naive_final(new, evidence.old, evidence.match, final),
            },
        ),
        "median_weight_of_unseen_totals": {
            item.name: float(np.median(np.asarray(item.weight)[item.total > 0])) for item in evidence.unseen
        },
        "final_demand_over_value_added": _demand_ratios(new.economies, tables),
        "balance": check_balance(new, intermediate, final, input_use),
    }


def _demand_ratios(
    economies: tuple[str, ...], tables: tuple[FloatArray, FloatArray, FloatArray]
) -> dict[str, float]:
    """Final demand over value added of each economy; far from one where the estimate is least sure."""
    intermediate, final, input_use = tables
    value_added = (intermediate + final).sum(axis=(0, 1)) - input_use.sum(axis=(1, 2))
    ratios = final.sum(axis=(0, 2)) / value_added
    return {code: float(ratio) for code, ratio in zip((*economies, "ROW"), ratios, strict=True)}


def hold_out(data: pathlib.Path, settings: Settings, gaps: Gaps) -> dict[str, Any]:
    """Misallocated shares when final demand of 2011 is hidden, beside the naive method's.

    'matched information' hides the old table of as many economies as lack one for 2022; 'every old table'
    does not. Values are means over the random disturbances of the customs data. The estimate has passed over
    2011 only here.
    """
    found: dict[str, Any] = {}
    for label, halved in (("matched information", True), ("every old table", False)):
        measures: list[dict[str, float]] = []
        steps: dict[str, list[dict[str, float]]] = {
            "prior and row totals": [],
            "and exact sections": [],
            "and trade by pair and product": [],
        }
        for draw in range(DRAWS):
            case = prepare(data, REPORT_YEARS, gaps, halved=halved, seed=SEED + 100 + draw)
            table = estimate(
                case.new, case.evidence, settings.carrying, settings.weights, tolerance=1e-6
            ).table
            steps["and trade by pair and product"].append(measure(table, case))
            full = with_unseen_totals(case.new, case.evidence, settings.carrying, settings.weights)
            table = estimate(case.new, full, settings.carrying, settings.weights, tolerance=1e-6).table
            measures.append(measure(table, case))
            for name, sections in (
                ("prior and row totals", 0.0),
                ("and exact sections", settings.weights.sections),
            ):
                less = Weights(sections, 0.0, 0.0, 0.0)
                steps[name].append(
                    measure(estimate(case.new, case.evidence, settings.carrying, less).table, case)
                )
            found["naive"] = measure(naive(case), case)
            found["naive, true final demand of each economy given"] = measure(naive_with_totals(case), case)
        found[label] = _mean(measures)
        found[f"{label}, step by step"] = {name: _mean(values) for name, values in steps.items()}
    return found


def _mean(measures: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([values[name] for values in measures])) for name in measures[0]}


def compare_exact(evidence: Evidence, final: FloatArray) -> dict[str, float]:
    """Where each exporter's final sales of a section go: the estimate of 2022 against the exact table of
    2019.

    Half the sum of absolute gaps between destination shares, weighted with final sales, over the 19 economies
    that both show and the others together; three years of true change are part of the gap.
    """
    exact, table = evidence.exact, evidence.exact.table
    count = len(table.economies)
    place = indicator(np.append(exact.economies, count - 1), count)
    now = aggregate(final, indicator(exact.sections, 20), place, place)[:, :, : count - 1]
    assert table.final is not None
    then = aggregate(table.final, indicator(exact.old_sections, 20), np.eye(count), np.eye(count))[
        :, :, : count - 1
    ]
    sold = now.sum(axis=1)
    usable = (sold > 0) & (then.sum(axis=1) > 0)
    shares_now = now / np.where(usable, sold, 1.0)[:, None, :]
    shares_then = then / np.where(usable, then.sum(axis=1), 1.0)[:, None, :]
    weight = np.where(usable, sold, 0.0)
    home = np.arange(count)[:, None] == np.arange(count - 1)[None, :]
    abroad_now, abroad_then = (np.where(home, 0.0, part) for part in (now, then))
    return {
        "all destinations, share misallocated": _shares_gap(shares_now, shares_then, weight),
        "destinations abroad, share misallocated": _shares_gap(*_normalised(abroad_now, abroad_then)),
        "share sold at home, mean absolute gap": float(
            (weight * np.abs(np.where(home, shares_now - shares_then, 0.0).sum(axis=1))).sum() / weight.sum()
        ),
        "share sold abroad 2022": float(abroad_now.sum() / now.sum()),
        "share sold abroad 2019": float(abroad_then.sum() / then.sum()),
    }


def _normalised(now: FloatArray, then: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    sold, before = now.sum(axis=1), then.sum(axis=1)
    usable = (sold > 0) & (before > 0)
    parts = (part / np.where(usable, total, 1.0)[:, None, :] for part, total in ((now, sold), (then, before)))
    return next(parts), next(parts), np.where(usable, sold, 0.0)


def _shares_gap(now: FloatArray, then: FloatArray, weight: FloatArray) -> float:
    return float((0.5 * np.abs(now - then).sum(axis=1) * weight).sum() / weight.sum())


def compare_goods(
    economies: tuple[str, ...], evidence: Evidence, intermediate: FloatArray, final: FloatArray
) -> dict[str, Any]:
    """Goods trade by pair, intermediate and final, against BACI 2023 and against the exact table of 2019."""
    count, flows = len(economies), intermediate + final
    found = np.where(evidence.trade > 0, flows[evidence.goods][:, :count, :count].sum(axis=0), 0.0)
    table = evidence.exact.table
    assert table.final is not None
    exact = (table.intermediate + table.final)[:3].sum(axis=0)
    now = intermediate[evidence.goods].sum(axis=0)
    before = table.intermediate[:3].sum(axis=0)
    pairs = {}
    for exporter, importer in PAIRS:
        where = economies.index(importer), economies.index(exporter)
        then = table.economies.index(importer), table.economies.index(exporter)
        pairs[f"{exporter} to {importer}"] = {
            "estimate 2022": float(found[where]),
            "BACI 2023": float(evidence.trade[where]),
            "OECD exact 2019": float(exact[then]),
            "OECD exact 2019 grown with intermediate flows": float(exact[then] * now[where] / before[then]),
        }
    unseen = evidence.match.economies == len(evidence.old.economies) - 1
    groups = {
        "in the exact table of 2019": evidence.exact.single,
        "in WIOD 2011 only": ~evidence.exact.single & ~unseen,
        "in neither": ~evidence.exact.single & unseen,
    }
    level = evidence.trade * found.sum() / evidence.trade.sum()
    return {
        "pairs": pairs,
        "estimate / BACI, all pairs": float(found.sum() / evidence.trade.sum()),
        "goods exports, logarithm of estimate / BACI": {
            name: _mean_and_spread(found.sum(axis=0)[members], evidence.trade.sum(axis=0)[members])
            for name, members in groups.items()
        },
        "share misallocated against BACI, common level removed": misallocated(found, level),
        "correlation of logarithms with BACI": _correlation(found, evidence.trade),
    }


def _without_unseen(new: TradeTable, evidence: Evidence, settings: Settings) -> dict[str, float]:
    """Goods exports of economies in no older table, logarithm of estimate / BACI, without their totals."""
    plain = dataclasses.replace(evidence, unseen=())
    final = estimate(new, plain, settings.carrying, settings.weights, tolerance=1e-5).table
    count = len(new.economies)
    flows = (new.intermediate + final[:, :count])[evidence.goods].sum(axis=0)
    exports = np.where(evidence.trade > 0, flows, 0.0).sum(axis=0)
    members = ~evidence.exact.single & (evidence.match.economies == len(evidence.old.economies) - 1)
    return _mean_and_spread(exports[members], evidence.trade.sum(axis=0)[members])


def _mean_and_spread(found: FloatArray, seen: FloatArray) -> dict[str, float]:
    gaps = np.log(found[seen > 0] / seen[seen > 0])
    return {"median": float(np.median(gaps)), "standard deviation": float(gaps.std())}


def _correlation(left: FloatArray, right: FloatArray) -> float:
    used = (left > 1.0) & (right > 1.0)
    return float(np.corrcoef(np.log(left[used]), np.log(right[used]))[0, 1])


def compare_products(
    data: pathlib.Path, sectors: Sequence[str], economies: tuple[str, ...], flows: FloatArray
) -> dict[str, Any]:
    """Imports of the United States by partner and by sector against the Census Bureau's of 2024."""
    imports = census.read_imports(data, sectors)
    buyer = economies.index("USA")
    belongs = np.array(
        [[code in members for code in economies] for members in imports.members], dtype=np.float64
    )
    kept = belongs.sum(axis=1) > 0
    found = belongs[kept] @ flows[:, buyer, : len(economies)].T
    value = imports.value[kept]
    found = np.where(value > 0, found, 0.0)
    level = value * found.sum() / value.sum()
    names = [name for name, keep in zip(imports.partners, kept, strict=True) if keep]
    return {
        "estimate / Census, all": float(found.sum() / value.sum()),
        "share misallocated by partner and sector, common level removed": misallocated(found, level),
        "share misallocated by partner": misallocated(found.sum(axis=1), level.sum(axis=1)),
        "share misallocated by sector": misallocated(found.sum(axis=0), level.sum(axis=0)),
        "estimate / Census by partner": {
            name: float(now / seen)
            for name, now, seen in zip(names, found.sum(axis=1), value.sum(axis=1), strict=True)
        },
        "estimate / Census by sector": {
            code: float(now / seen)
            for code, now, seen in zip(sectors, found.sum(axis=0), value.sum(axis=0), strict=True)
            if seen > 0
        },
    }


def check_balance(
    new: TradeTable, intermediate: FloatArray, final: FloatArray, input_use: FloatArray
) -> dict[str, float]:
    """Identities of the finished tables: largest gaps (USD million) and counts."""
    output = (intermediate + final).sum(axis=1)
    value_added = output - input_use.sum(axis=1).T
    producing = output > 0
    count = len(new.economies)
    return {
        "largest gap of sales to the OECD's output": float(np.abs(output[:, :count] - new.output).max()),
        "largest gap of input use to intermediate flows": float(
            np.abs(input_use.sum(axis=2) - intermediate.sum(axis=2).T).max()
        ),
        "negative cells": float(sum((table < 0).sum() for table in (intermediate, final, input_use))),
        "sectors without output": float((~producing).sum()),
        "smallest share of value added in output": float((value_added[producing] / output[producing]).min()),
        "sectors with value added below 5 % of output": float(
            ((value_added / np.where(producing, output, 1.0) < 0.05) & producing).sum()
        ),
        "value added of the rest of the world": float(value_added[:, count].sum()),
    }
