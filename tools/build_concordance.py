"""Build the HS concordance; US imports by HS6 for the other tools.

python tools/build_concordance.py [--data ../shared/data] [--out src/detente/world/bundled]
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import rdata

from tools.hs_rules import (
    ICIO_BY_HEADING,
    ICIO_BY_ISIC3,
    SCRAP_BY_HEADING,
    WIOD_BY_ISIC3_DIVISION,
    first_match,
)

__all__ = ["build", "hs_isic3", "hs_sectors", "us_import_table"]

# Schedule C codes of the Census Bureau; 0003 is the European Union as one partner, 4359 lies inside it.
PARTNERS: Mapping[str, str] = {
    "0003": "EU27", "1220": "CAN", "2010": "MEX", "2050": "GTM", "2110": "SLV", "2150": "HND", "2190": "NIC",
    "2230": "CRI", "2470": "DOM", "2740": "TTO", "3010": "COL", "3070": "VEN", "3310": "ECU", "3330": "PER",
    "3370": "CHL", "3510": "BRA", "3570": "ARG", "4039": "NOR", "4120": "GBR", "4359": "SVK", "4419": "CHE",
    "4621": "RUS", "4890": "TUR", "5050": "IRQ", "5081": "ISR", "5130": "KWT", "5170": "SAU", "5200": "ARE",
    "5330": "IND", "5350": "PAK", "5380": "BGD", "5420": "LKA", "5490": "THA", "5520": "VNM", "5550": "KHM",
    "5570": "MYS", "5590": "SGP", "5600": "IDN", "5650": "PHL", "5700": "CHN", "5800": "KOR", "5820": "HKG",
    "5830": "TWN", "5880": "JPN", "6021": "AUS", "6141": "NZL", "7210": "DZA", "7290": "EGY", "7530": "NGA",
    "7620": "AGO", "7910": "ZAF",
}  # fmt: skip


@cache
def _table(data: Path, name: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return next(iter(rdata.read_rda(data / "concordance" / f"{name}.RData").values()))


def _sectors(hs: str, isic3: str | None) -> tuple[str, str] | None:
    """OECD sector and WIOD industry of one HS6 line; None where the line is no product."""
    if isic3 is None:
        return None
    if isic3 == "9999":
        return first_match(hs, SCRAP_BY_HEADING)
    icio = first_match(hs, ICIO_BY_HEADING) or first_match(isic3, ICIO_BY_ISIC3)
    wiod = "36t37" if icio == "E" else WIOD_BY_ISIC3_DIVISION.get(isic3[:2])
    if icio is None or wiod is None:
        raise ValueError(f"no rule for HS {hs}, ISIC 3 class {isic3}")
    return icio, wiod


def hs_isic3(data: Path) -> dict[str, str | None]:
    """ISIC Revision 3 class of the HS6 lines of every edition from 1988 to 2022; "9999" for waste and scrap.

    Editions reuse a code for another product in a few cases; the newest edition decides.
    """
    classes: dict[str, str | None] = {}
    for name, column in (("hs_isic3", "HS_6d"), ("hs5_isic3", "HS5_6d"), ("hs6_isic3", "HS6_6d")):
        table = _table(data, name).drop_duplicates(column)
        for hs, isic3 in zip(table[column], table["ISIC3_4d"], strict=True):
            classes[str(hs)] = None if pd.isna(isic3) else str(isic3)
    return classes


def hs_sectors(data: Path) -> pd.DataFrame:
    """HS6 lines of every edition from 1988 to 2022 with the sector that makes them, in order of code."""
    classes = hs_isic3(data)
    rows = [(hs, *found) for hs in sorted(classes) if (found := _sectors(hs, classes[hs]))]
    return pd.DataFrame(rows, columns=["hs6", "icio2025", "wiod2013"])


def us_import_table(data: Path) -> pd.DataFrame:
    """US imports for consumption in 2024 by partner and HS6: customs value and calculated duty in USD."""
    parts = []
    for code, partner in PARTNERS.items():
        table = pd.read_parquet(data / "us_tariffs" / "data" / f"2024-hs10-imports{code}.parquet")
        part = pd.DataFrame(
            {
                "partner": partner,
                "hs6": table["I_COMMODITY"].str[:6],
                "value": pd.to_numeric(table["CON_VAL_YR"]),
                "duty": pd.to_numeric(table["CAL_DUT_YR"]),
            }
        )
        parts.append(part.groupby(["partner", "hs6"], as_index=False).sum())
    return pd.concat(parts, ignore_index=True).sort_values(["partner", "hs6"], ignore_index=True)


def build(data: Path, out: Path) -> None:
    """Write `hs_sectors.csv` into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    hs_sectors(data).to_csv(out / "hs_sectors.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "world" / "bundled")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
