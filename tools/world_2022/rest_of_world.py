"""The rest of the world: what the 2022 source dropped, rebuilt from customs trade, product mixes and GDP.

Goods trade is BACI's with the economies outside the table, brought to the table's concept and year by one
measured factor. Its sectors come from what those economies sell to the United States and from what comparable
economies buy.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from tools.world_2022.sources import GoodsTrade, TradeTable

FloatArray = npt.NDArray[np.float64]

# Developing economies and oil exporters of the table, in whose company most economies outside it belong.
COMPARABLE = (
    "AGO", "ARE", "BGD", "BRN", "CIV", "CMR", "COD", "COL", "EGY", "JOR", "KAZ", "KHM",
    "LAO", "MAR", "MMR", "NGA", "PAK", "PER", "SAU", "SEN", "STP", "TUN", "UKR",
)  # fmt: skip

# Sanctions changed whom Russia traded with after 2022: customs data of 2023 and 2024 do not speak for 2022.
DISRUPTED = ("RUS",)


@dataclasses.dataclass(frozen=True)
class OutsideTrade:
    """Trade of the table's economies with the rest of the world, (sector, economy), USD million.

    `sales` go to it, for all uses; `intermediate` and `final` are bought from it.
    """

    sales: FloatArray
    intermediate: FloatArray
    final: FloatArray


@dataclasses.dataclass(frozen=True)
class DomesticStructure:
    """What the rest of the world produces and uses, USD million.

    `input_use` (input, sector), `imported_intermediate` (sector, exporter) of its purchases, the remainder
    being final; `own_intermediate`, `own_final` and `output` (sector).
    """

    input_use: FloatArray
    imported_intermediate: FloatArray
    own_intermediate: FloatArray
    own_final: FloatArray
    output: FloatArray


def customs_trade(
    goods_trade: GoodsTrade, economies: tuple[str, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Customs goods trade among the table's economies (importer, exporter), and of each with every other
    economy.

    The last two are exports to and imports from outside, the latter by outside exporter (exporter, importer).
    """
    place = {code: position for position, code in enumerate(goods_trade.economies)}
    outside = [position for code, position in place.items() if code not in economies]
    count = len(economies)
    seen = [code for code in economies if code in place and code not in DISRUPTED]
    rows = [economies.index(code) for code in seen]
    columns = [place[code] for code in seen]
    inside, sold, bought = np.zeros((count, count)), np.zeros(count), np.zeros((len(outside), count))
    inside[np.ix_(rows, rows)] = goods_trade.trade[np.ix_(columns, columns)].T
    sold[rows] = goods_trade.trade[np.ix_(columns, outside)].sum(axis=1)
    bought[:, rows] = goods_trade.trade[np.ix_(outside, columns)]
    return inside, sold, bought


def fill_missing(values: FloatArray, base: FloatArray) -> FloatArray:
    """Give economies that the customs data lack the common ratio to a base that all have."""
    seen = values > 0
    return np.where(seen, values, base * values[seen].sum() / base[seen].sum())


def outside_trade(
    new: TradeTable,
    final: FloatArray,
    goods: npt.NDArray[np.bool_],
    sold: FloatArray,
    bought: FloatArray,
    mix: FloatArray,
) -> OutsideTrade:
    """Spread trade with the rest of the world over sectors.

    Args:
        new: The table without the rest of the world.
        final: A first estimate of final flows, (sector, importer, exporter).
        goods: Which sectors are goods.
        sold: Goods sold to the rest of the world, (economy), USD million.
        bought: Goods bought from each outside economy, (outside economy, economy), USD million.
        mix: What each outside economy sells by sector, (outside economy, sector); zero rows take the average.

    Sectors sold follow each exporter's sales to comparable economies; services bought keep the ratio to goods
    that purchases from comparable economies have. A sector's final share is that of the importer's other
    imports.
    """
    comparable = np.array([code in COMPARABLE for code in new.economies])
    abroad = ~np.eye(len(new.economies), dtype=bool)
    flows = np.where(abroad, new.intermediate + final, 0.0)
    to_comparable = flows[:, comparable].sum(axis=1)
    sales = to_comparable * (
        fill_missing(sold, to_comparable[goods].sum(axis=0)) / to_comparable[goods].sum(axis=0)
    )
    average = (mix * bought.sum(axis=1)[:, None]).sum(axis=0)
    mixes = np.where(mix.sum(axis=1, keepdims=True) > 0, mix, average / average.sum())
    by_sector = mixes.T @ bought
    from_comparable = flows[:, :, comparable].sum(axis=2)
    total = fill_missing(by_sector.sum(axis=0), from_comparable[goods].sum(axis=0))
    unseen = by_sector.sum(axis=0) == 0
    by_sector[:, unseen] = (average / average.sum())[:, None] * total[unseen]
    services = from_comparable * (total / from_comparable[goods].sum(axis=0))
    purchases = np.where(goods[:, None], by_sector, services)
    final_abroad = np.where(abroad, final, 0.0).sum(axis=2)
    share = final_abroad / np.maximum(flows.sum(axis=2), 1e-9)
    return OutsideTrade(sales, purchases * (1 - share), purchases * share)


def allocate_inputs(
    purchases: FloatArray, imported_use: FloatArray, other_costs: FloatArray, largest: float
) -> FloatArray:
    """Inputs bought from the rest of the world by using sector, (economy, input, sector).

    They follow the use of imports from elsewhere. No sector spends more than a share `largest` of its costs
    outside the table on them: the excess moves to the economy's other sectors in proportion to the room they
    have, so that purchases of each input are conserved.
    """
    weight = imported_use / np.maximum(imported_use.sum(axis=2, keepdims=True), 1e-12)
    inputs = weight * purchases.T[:, :, None]
    for economy in range(len(inputs)):
        room = largest * other_costs[:, economy]
        excess = np.maximum(1 - room / np.maximum(inputs[economy].sum(axis=0), 1e-12), 0.0)
        moved = (inputs[economy] * excess).sum(axis=1)
        inputs[economy] *= 1 - excess
        free = np.maximum(room - inputs[economy].sum(axis=0), 0.0)
        inputs[economy] += moved[:, None] * (free / max(float(free.sum()), 1e-12))
        # Inputs that no sector imports from elsewhere go where there is room; rounding is taken out with
        # them.
        unused = np.maximum(purchases[:, economy] - inputs[economy].sum(axis=1), 0.0)
        inputs[economy] += unused[:, None] * (free / max(float(free.sum()), 1e-12))
    inputs = np.maximum(inputs, 0.0)
    total = inputs.sum(axis=2)
    return inputs * (purchases.T / np.where(total > 0, total, 1.0))[:, :, None]


def domestic_structure(
    new: TradeTable, final: FloatArray, outside: OutsideTrade, inputs_from_outside: FloatArray, product: float
) -> DomesticStructure:
    """Production and use in the rest of the world, balanced, with a given gross domestic product.

    Args:
        new: The table without the rest of the world.
        final: Final flows within the table, (sector, importer, exporter).
        outside: Trade with the rest of the world.
        inputs_from_outside: (economy, input, sector).
        product: Its gross domestic product at the table's concept, USD million.

    Input coefficients and the composition of final demand are those of comparable economies together. Final
    demand is product + imports - exports; where imports of a sector exceed its use, final use rises by the
    excess.
    """
    comparable = np.array([code in COMPARABLE for code in new.economies])
    use = (new.input_use + inputs_from_outside)[comparable].sum(axis=0)
    coefficients = use / np.maximum(new.output[:, comparable].sum(axis=1), 1e-9)
    composition = (final.sum(axis=2) + outside.final)[:, comparable].sum(axis=1)
    composition = composition / composition.sum()
    imports, exports = outside.sales.sum(axis=1), (outside.intermediate + outside.final).sum(axis=1)
    demand = product + imports.sum() - exports.sum()
    output = exports.copy()
    scale = 1.0
    for _ in range(500):
        intermediate = coefficients @ output
        wanted = scale * demand * composition
        own = np.maximum(intermediate + wanted - imports, 0.0)
        updated = own + exports
        value_added = float((updated * (1 - coefficients.sum(axis=0))).sum())
        step = float(np.abs(updated - output).max() / updated.max())
        output = updated
        scale *= (product / value_added) ** 0.2
        if step < 1e-13 and abs(value_added / product - 1) < 1e-12:
            break
    intermediate = coefficients @ output
    own = output - exports
    bought = np.where(np.eye(len(new.economies), dtype=bool), 0.0, new.intermediate)[:, comparable].sum(
        axis=(1, 2)
    )
    consumed = np.where(np.eye(len(new.economies), dtype=bool), 0.0, final)[:, comparable].sum(axis=(1, 2))
    share = bought / np.maximum(bought + consumed, 1e-9)
    imported = np.clip(
        imports * share, np.maximum(intermediate - own, 0.0), np.minimum(imports, intermediate)
    )
    own_intermediate = intermediate - imported
    return DomesticStructure(
        coefficients * output,
        outside.sales * (imported / np.maximum(imports, 1e-12))[:, None],
        own_intermediate,
        np.maximum(own - own_intermediate, 0.0),
        output,
    )
