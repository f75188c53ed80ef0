"""Measure the error of the baseline tariffs against published ones; write `tariff_errors.toml`.

    python -m tools.measure_errors_tariffs [--data ../shared/data] [--out src/detente/world/bundled]

The tariffs of `world-2022` are held against effectively applied rates of WITS 2022 for 16 customs
territories (the European Union as one) and 14 goods sectors. Left out are the United States as importer,
whose duties are exact, and trade inside the European Union. What is written are sizes of errors; no rate of
WITS is part of the product.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq, least_squares
from scipy.stats import multivariate_normal, norm

from detente.world import World, load_world
from detente.world.tariff_error import TariffErrorSizes, drawn_rates
from tools.tariffs import agreements, check, us_duties

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

VINTAGE = 2022
# In percentage points: below the first, WITS counts as free; ours are either zero or far above it.
FREE = 0.1
NONE = 0.05
FOOD = ("Agriculture", "Food")
DRAWS = 100


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Rates of customs territories in percent, (sector, importer, exporter).

    Attributes:
        ours, published: averages weighted by imports.
        imports: USD million; zero where nothing is compared.
        food: agriculture and food, (sector,).
    """

    ours: Array
    published: Array
    imports: Array
    food: Mask


def compare(data: Path, world: World) -> Comparison:
    """Ours beside WITS; winsorised as in `tools.tariffs.check`."""
    table = pd.read_csv(data / check.FILE)
    truth = table.pivot_table(
        index="sector", columns=["importer", "exporter"], values=f"tariff_{VINTAGE % 100}"
    )
    listed = set(table["importer"]) - {"ROW"}
    exporters = [code for code in world.economies if code in listed]
    importers = [code for code in exporters if code != "USA"]
    rows, columns = (list(map(world.economies.index, codes)) for codes in (importers, exporters))
    buyer, seller = _territories(importers), _territories(exporters)
    # Nothing can pay inside customs unions, and no agreement is as old as the last argument asks.
    unions = agreements.free_trade(list(world.economies), VINTAGE, 10_000)
    closed = unions.all_goods[np.ix_(rows, columns)]
    closed_to_industry = closed | unions.industrial[np.ix_(rows, columns)]
    ours, published, imports = [], [], []
    for name, codes in check._SECTORS.items():
        members = [world.sectors.index(code) for code in codes.split()]
        place = np.ix_(members, rows, columns)
        flows = world.flows[place]
        duty = (flows * (world.tariff_factor[place] - 1.0)).sum(axis=0)
        rate = truth.loc[name].unstack().reindex(index=importers, columns=exporters).to_numpy(np.float64)
        known = ~(closed if name in FOOD else closed_to_industry) & ~np.isnan(rate)
        weight = buyer @ np.where(known, flows.sum(axis=0), 0.0) @ seller.T
        paid = (
            buyer @ np.where(known, flows.sum(axis=0) * np.minimum(rate, check.WINSORISED_AT), 0.0) @ seller.T
        )
        imports.append(weight)
        ours.append(100.0 * (buyer @ np.where(known, duty, 0.0) @ seller.T) / np.maximum(weight, 1e-12))
        published.append(paid / np.maximum(weight, 1e-12))
    food = np.array([name in FOOD for name in check._SECTORS])
    return Comparison(np.array(ours), np.array(published), np.array(imports), food)


def _union(code: str) -> str:
    return "EU" if code in agreements.members_of("EU", VINTAGE) else code


def _names(codes: Sequence[str]) -> npt.NDArray[np.str_]:
    return np.array(list(dict.fromkeys(map(_union, codes))))


def _territories(codes: Sequence[str]) -> Array:
    return np.array([[_union(code) == name for code in codes] for name in _names(codes)], dtype=np.float64)


def sizes(found: Comparison, kind: Mask) -> TariffErrorSizes:
    """Sizes of the error in a class of sectors; means weighted by the square root of imports.

    That is between a plain mean, in which small flows decide, and one by value, in which a few pairs do.
    """
    ours, published = found.ours[kind], found.published[kind]
    weight = np.sqrt(found.imports[kind])
    paying, free = (weight > 0) & (ours > NONE), (weight > 0) & (ours <= NONE)
    gone, taxed = published < FREE, published > NONE
    kept = weight * (paying & ~gone)
    ratio = np.log(np.where(kept > 0, published, 1.0) / np.where(kept > 0, ours, 1.0))
    level = float(np.average(ratio, weights=kept))
    sector = _mean(ratio, kept, (1, 2)) - level
    purchases = _mean(ratio - level - sector[:, None, None], kept, 2)
    cell = ratio - level - sector[:, None, None] - purchases[:, :, None]
    nothing = np.broadcast_to(~(found.ours > NONE).any(axis=(0, 2))[:, None], free.shape)
    unknown, free = free & nothing, free & ~nothing
    measured = {
        "free": np.average(gone[paying], weights=weight[paying]),
        "free_by_pair": _latent(gone, paying, weight),
        "level": np.exp(level),
        "sector": sector.std(ddof=1),
        "purchases": np.sqrt(np.average(purchases**2, weights=kept.sum(axis=2) + 1e-12)),
        "cell": np.sqrt((cell**2 * kept).sum() / kept.sum()),
        "taxed_by_pair": _latent(taxed, free, weight),
        **_amounts(published, taxed, weight * free, ("taxed", "amount_median", "amount_spread")),
        **_amounts(published, taxed, weight * unknown, ("unknown_taxed", "unknown_median", "unknown_spread")),
    }
    return TariffErrorSizes(**{name: float(value) for name, value in measured.items()})


def _amounts(published: Array, taxed: Mask, weight: Array, names: tuple[str, str, str]) -> dict[str, float]:
    """Share that pays, and median and spread of what it pays."""
    amount = np.log(np.where(taxed, published, 1.0))
    middle = float(np.average(amount, weights=weight * taxed))
    spread = float(np.sqrt(np.average((amount - middle) ** 2, weights=weight * taxed)))
    values = float(np.average(taxed, weights=weight)), np.exp(middle) / 100.0, spread
    return dict(zip(names, values, strict=True))


def _mean(values: Array, weights: Array, axis: int | tuple[int, ...]) -> Array:
    total = weights.sum(axis=axis)
    found: Array = np.divide(
        (values * weights).sum(axis=axis), total, out=np.zeros_like(total), where=total > 0
    )
    return found


def _latent(event: Mask, where: Mask, weight: Array) -> float:
    """Correlation of normal variables behind an event that sectors of a pair share.

    It gives the covariance of the event between two sectors of one pair.
    """
    used = weight * where
    share = float((event * used).sum() / used.sum())
    apart = np.where(where, event - share, 0.0) * weight
    both = (apart.sum(axis=0) ** 2 - (apart**2).sum(axis=0)).sum()
    pairs = (used.sum(axis=0) ** 2 - (used**2).sum(axis=0)).sum()
    together = share**2 + max(float(both / pairs), 0.0)
    level = norm.ppf(share)

    def gap(correlation: float) -> float:
        covariance = [[1.0, correlation], [correlation, 1.0]]
        return float(multivariate_normal.cdf([level, level], cov=covariance) - together)

    return 0.0 if gap(0.0) >= 0.0 else float(brentq(gap, 0.0, 0.999))


def errors(found: Comparison, published: Array) -> dict[str, float]:
    """Mean absolute distances from ours in percentage points, by imports and simple."""
    gap = np.abs(published - found.ours)
    result = {}
    for name, kind in (("agriculture and food", found.food), ("other goods", ~found.food)):
        weight = found.imports * kind[:, None, None]
        result[f"{name}, import-weighted"] = float(np.average(gap, weights=weight))
        result[f"{name}, simple"] = float(gap[weight > 0].mean())
        result[f"{name}, mean rate"] = float(np.average(published, weights=weight))
    result["all goods, import-weighted"] = float(np.average(gap, weights=found.imports))
    result["all goods, simple"] = float(gap[found.imports > 0].mean())
    return result


def fitted(found: Comparison) -> tuple[TariffErrorSizes, TariffErrorSizes]:
    """Sizes for agriculture and food, and for other goods, whose draws have the measured error.

    Logarithms of small rates weigh much in the spreads and little in duties. All spreads of a class are
    therefore scaled, and its level moved, until draws have the mean absolute error by imports and the mean
    rate of WITS.
    """
    raw = sizes(found, found.food), sizes(found, ~found.food)
    names = "agriculture and food", "other goods"
    target = errors(found, found.published)

    def scaled(values: Array) -> tuple[TariffErrorSizes, TariffErrorSizes]:
        one, other = (_scaled(row, *values[2 * at : 2 * at + 2]) for at, row in enumerate(raw))
        return one, other

    def gaps(values: Array) -> Array:
        now = drawn(found, scaled(values))
        keys = [f"{name}, {what}" for name in names for what in ("import-weighted", "mean rate")]
        return np.array([np.log(now[key] / target[key]) for key in keys])

    one, other = scaled(least_squares(gaps, np.ones(4), bounds=(0.2, 3.0), diff_step=0.05, max_nfev=20).x)
    return _rounded(one), _rounded(other)


def _scaled(row: TariffErrorSizes, spread: float, level: float) -> TariffErrorSizes:
    names = "sector", "purchases", "cell", "amount_spread", "unknown_spread"
    spreads = {name: float(spread) * getattr(row, name) for name in names}
    return dataclasses.replace(row, **spreads, level=float(level) * row.level)


def _rounded(row: TariffErrorSizes) -> TariffErrorSizes:
    return TariffErrorSizes(**{name: round(value, 4) for name, value in dataclasses.asdict(row).items()})


def drawn(found: Comparison, by_class: tuple[TariffErrorSizes, TariffErrorSizes]) -> dict[str, float]:
    """The same distances of draws around ours."""
    result: list[dict[str, float]] = []
    for seed in range(DRAWS):
        rates = drawn_rates(found.ours / 100.0, found.food, by_class, np.random.default_rng(seed))
        result.append(errors(found, 100.0 * rates))
    return {name: float(np.mean([row[name] for row in result])) for name in result[0]}


def spread_inside_chapters(data: Path) -> tuple[float, float]:
    """Error of US duties of partners known by HS2 only, as if the 50 with detail were; percentage points.

    Returns:
        Mean absolute error by imports over all, and over the half of the partners that sells least.
    """
    detail = us_duties._products(data, "icio2025")
    found = []
    for partner in sorted(set(detail["CTY_CODE"]) - {us_duties._EU}):
        own, others = detail[detail["CTY_CODE"] == partner], detail[detail["CTY_CODE"] != partner]
        chapters = own.groupby("chapter", as_index=False)[["value", "duty"]].sum()
        spread = us_duties._spread(chapters, others).set_index("sector")
        true = own.groupby("sector")[["value", "duty"]].sum()
        true = true[true["value"] > 0]
        spread = spread.reindex(true.index).fillna(0.0)
        rate = (spread["duty"] / spread["value"].where(spread["value"] > 0, 1.0)).to_numpy(np.float64)
        gap = 100.0 * np.abs(rate - (true["duty"] / true["value"]).to_numpy(np.float64))
        value = true["value"].to_numpy(np.float64)
        found.append((float(value.sum()), float(gap @ value)))
    least = sorted(found)[: len(found) // 2]
    whole, part = (sum(gap for _, gap in rows) / sum(value for value, _ in rows) for rows in (found, least))
    return whole, part


def build(data: Path, out: Path) -> None:
    """Write `tariff_errors.toml` into a folder, with what was measured and what draws give."""
    found = compare(data, load_world("world-2022"))
    food, other = fitted(found)
    measured, simulated = errors(found, found.published), drawn(found, (food, other))
    total = measured["all goods, import-weighted"]
    lines = [
        "# Error of the baseline tariffs; built by tools/measure_errors_tariffs.py, not edited by hand.",
        "# What each size is: detente.world.tariff_error.TariffErrorSizes.",
        "",
        'measured_on = "world-2022"',
        'origin = """',
        "measured on world-2022 against effectively applied rates of WITS 2022, of 16 customs territories",
        f'and 14 goods sectors: {total:.1f} percentage points on average outside customs unions"""',
        "# Importers whose duties are those collected, in worlds with this layer.",
        'collected = { USA = "United States: duties collected" }',
        'agriculture_and_food = ["A", "A01", "A01_02", "A02", "A03", "AtB", "C10T12", "C10-C12", "15t16"]',
        "",
        "# Customs unions, free inside: members with their first year; the last year where it is over.",
        *_unions(),
    ]
    for name, row in (("agriculture_and_food", food), ("other_goods", other)):
        lines += ["", f"[sizes.{name}]"]
        lines += [f"{field} = {value}" for field, value in dataclasses.asdict(row).items()]
    lines += ["", "# Mean absolute errors in percentage points: measured, mean of draws.", "[errors]"]
    lines += [f'"{name}" = [{value:.3f}, {simulated[name]:.3f}]' for name, value in measured.items()]
    whole, least = spread_inside_chapters(data)
    lines += [
        "",
        "# Not drawn: US duties of partners known by HS2, tried on 50 with detail; the half selling least.",
        "[not_drawn]",
        f"collected_by_chapter = [{whole:.2f}, {least:.2f}]",
    ]
    (out / "tariff_errors.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _unions() -> list[str]:
    table = agreements._table()
    lines = []
    for name, row in table["unions"].items():
        sides = [row["among"]] if "among" in row else row["between"]
        first = {
            code: max(row["since"], year)
            for side in sides
            for member in side
            for code, year in table["groups"].get(member, {member: row["since"]}).items()
        }
        sides_text = [[code for m in side for code in table["groups"].get(m, {m: 0})] for side in sides]
        single = name.startswith("European Union") and not row.get("industrial", False)
        lines += ["", "[[unions]]", f'name = "{name}"', f"until = {row.get('until', 9999)}"]
        lines += [f"one_importer = {str(single).lower()}"]
        lines += [f"industrial = {str(row.get('industrial', False)).lower()}"]
        lines += [f"sides = {sides_text}".replace("'", '"')]
        lines += ["since = { " + ", ".join(f"{code} = {year}" for code, year in first.items()) + " }"]
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "world" / "bundled")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
