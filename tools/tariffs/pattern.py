"""How tariffs differ between sectors, from the one product-level schedule that may ship: the US one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from tools.build_concordance import hs_sectors, us_import_table

__all__ = ["FILE", "goods_sectors", "sector_pattern"]

FILE = "budget_lab/etrs/mfn_rates_2025.csv"
_GOODS_DIVISIONS = {
    "icio2025": lambda code: code != "B09" and code[0] in "ABC",
    "isic4-sections": lambda code: code in ("A", "B", "C"),
    "wiod2013": lambda code: code in ("AtB", "C") or (code[:2].isdigit() and int(code[:2]) <= 36),
}


def goods_sectors(classification: str, sectors: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Sectors whose products can pay customs duty: agriculture, mining (not its services), manufacturing."""
    return np.array([_GOODS_DIVISIONS[classification](code) for code in sectors])


def us_mfn_by_sector(data: Path, classification: str) -> pd.Series:
    """US most-favoured-nation rates by sector, weighted by US imports of 2024.

    Specific duties, and the specific part of compound ones, count as zero.
    """
    rates = pd.read_csv(data / FILE, dtype={"hs8": str})
    rates["rate"] = pd.to_numeric(rates["mfn_rate"], errors="coerce")
    by_line = rates.groupby(rates["hs8"].str[:6])["rate"].mean()
    imports = us_import_table(data)
    value = imports[imports["partner"] != "SVK"].groupby("hs6")["value"].sum()  # SVK is inside EU27
    table = hs_sectors(data).set_index("hs6")
    table["isic4-sections"] = table["icio2025"].str[0]
    lines = pd.DataFrame({"rate": by_line, "value": value, "sector": table[classification]}).dropna()
    duty = (lines["rate"] * lines["value"]).groupby(lines["sector"]).sum()
    return duty / lines.groupby("sector")["value"].sum()


def sector_pattern(
    data: Path,
    classification: str,
    sectors: Sequence[str],
    imports: npt.NDArray[np.float64],
    us_weight: float,
) -> npt.NDArray[np.float64]:
    """Relative tariff of each sector: one rate for all goods mixed with the US pattern, (sector,).

    Args:
        data: the data folder.
        classification: key of the sector classification.
        sectors: sector codes.
        imports: international imports, (sector,); both parts of the mix are scaled to one on average
        over them.
        us_weight: weight of the US pattern, 0 to 1.
    """
    goods = goods_sectors(classification, sectors)
    us = us_mfn_by_sector(data, classification)
    pattern = np.array([us.get(code, 0.0) for code in sectors]) * goods
    flat = goods.astype(np.float64)
    traded = np.where(goods, imports, 0.0)
    scale = traded.sum()
    mixed = (1 - us_weight) * flat / (traded @ flat / scale) + us_weight * pattern / (
        traded @ pattern / scale
    )
    return np.asarray(mixed)
