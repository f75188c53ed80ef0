"""Readers of the published tables from which `world-2022` is estimated."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import pathlib
import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import rdata

FloatArray = npt.NDArray[np.float64]

OECD_2022 = "icio2022/icio2022_Z_float32.npz"
OECD_SECTORS = "icio2022/OECD_ICIO_2025_sector_code_mapping.csv"
OECD_2019 = "icio2019_g20/icio_oecd2023_2019_isic_g20.npz"
GOODS_TRADE = "baci2023/trade_cepii.csv"
GOODS_TRADE_LABELS = "baci2023/country_labels.csv"
GROSS_DOMESTIC_PRODUCT = "baci2023/gdp.csv"


@dataclasses.dataclass(frozen=True)
class TradeTable:
    """An inter-country table; flows are (sector, importer, exporter), the rest (sector, economy), USD
    million.

    `input_use` is (economy, input, sector): inputs of all origins. `final` is None where the source lost it.
    """

    economies: tuple[str, ...]
    intermediate: FloatArray
    final: FloatArray | None
    output: FloatArray
    input_use: FloatArray

    @property
    def other_sales(self) -> FloatArray:
        """Output not sold as intermediate within the table, (sector, exporter)."""
        rest: FloatArray = self.output - self.intermediate.sum(axis=1)
        # Single-precision rounding of the source: 1.8 USD million at most.
        return np.maximum(rest, 0.0)

    @property
    def other_costs(self) -> FloatArray:
        """Output not spent on inputs from within the table, (sector, economy)."""
        rest: FloatArray = self.output - self.input_use.sum(axis=1).T
        return rest


@dataclasses.dataclass(frozen=True)
class GoodsTrade:
    """BACI goods trade, (exporter, importer), and gross domestic product (economy), USD million."""

    economies: tuple[str, ...]
    trade: FloatArray
    gross_domestic_product: FloatArray


def read_oecd_2022(data: pathlib.Path) -> tuple[TradeTable, tuple[str, ...], tuple[str, ...]]:
    """Read the OECD table of 2022 without final demand, with its sector codes and titles."""
    with np.load(data / OECD_2022) as archive:
        economies = tuple(str(code) for code in archive["countries"])
        sectors = tuple(str(code) for code in archive["sectors"])
        shape = (len(sectors), len(economies))
        flows = archive["Z"].reshape(*shape, *shape)
        output = archive["go"].astype(np.float64).reshape(shape)
    table = TradeTable(
        economies,
        flows.sum(axis=2, dtype=np.float64).transpose(0, 2, 1),
        None,
        output,
        flows.sum(axis=1, dtype=np.float64).transpose(2, 0, 1),
    )
    titles = pd.read_csv(data / OECD_SECTORS, encoding="utf-8-sig").set_index("code")["economic_activity"]
    return table, sectors, tuple(str(titles[code]) for code in sectors)


def read_oecd_2019(data: pathlib.Path) -> TradeTable:
    """Read the exact OECD table of 2019: 19 G20 members and the rest of the world, 20 ISIC sections."""
    with np.load(data / OECD_2019) as archive:
        economies = tuple(str(code) for code in archive["country_codes"])
        cells = archive["data"][:400]
    flows = cells[:, :400].reshape(20, 20, 20, 20)
    final = cells[:, 400:].reshape(20, 20, 20, 3).sum(axis=3).transpose(1, 2, 0)
    intermediate = flows.sum(axis=3).transpose(1, 2, 0)
    output = (intermediate + final).sum(axis=1)
    return TradeTable(
        economies, intermediate, np.maximum(final, 0.0), output, flows.sum(axis=0).transpose(1, 0, 2)
    )


@functools.lru_cache(maxsize=8)
def read_wiod(data: pathlib.Path, year: int) -> TradeTable:
    """Read a World Input-Output Table of the 2013 release: 41 economies, 35 industries.

    Negative final demand (falling inventories, 0.02 % of the total) counts as zero; output falls by as much
    less.
    """
    name = f"wiot_{year}"
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # rdata does not know the package's class "iot"; its fields are plain arrays.
        fields = rdata.read_rda(str(data / f"wiod2013/{name}.RData"))[name]
    economies = tuple({"ROM": "ROU", "RoW": "ROW"}.get(str(code), str(code)) for code in fields["countries"])
    count = len(economies)
    flows = np.asarray(fields["inter"], dtype=np.float64).reshape(count, 35, count, 35)
    final = np.asarray(fields["final"], dtype=np.float64).reshape(count, 35, count, 5).sum(axis=3)
    intermediate = flows.sum(axis=3).transpose(1, 2, 0)
    kept = np.maximum(final.transpose(1, 2, 0), 0.0)
    return TradeTable(
        economies, intermediate, kept, (intermediate + kept).sum(axis=1), flows.sum(axis=0).transpose(1, 0, 2)
    )


def read_goods_trade(data: pathlib.Path) -> GoodsTrade:
    """Read BACI 2023 bilateral goods trade and the gross domestic product that comes with it."""
    economies = tuple(pd.read_csv(data / GOODS_TRADE_LABELS)["iso3"].astype(str))
    thousand = pd.read_csv(data / GOODS_TRADE).to_numpy(dtype=np.float64)
    product = pd.read_csv(data / GROSS_DOMESTIC_PRODUCT)["gdp"].to_numpy(dtype=np.float64)
    return GoodsTrade(economies, np.nan_to_num(thousand) / 1e3, np.nan_to_num(product) / 1e6)


def file_hash(path: pathlib.Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_imported_use(data: pathlib.Path) -> FloatArray:
    """Read the use of inputs imported from within the OECD table of 2022, (economy, input, sector), USD
    million."""
    with np.load(data / OECD_2022) as archive:
        shape = (len(archive["sectors"]), len(archive["countries"]))
        flows = archive["Z"].reshape(*shape, *shape)
    total = flows.sum(axis=1, dtype=np.float64).transpose(2, 0, 1)
    own = np.einsum("kisi->iks", flows).astype(np.float64)
    return np.maximum(total - own, 0.0)
