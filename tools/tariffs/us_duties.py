"""Duties that the United States collected in 2024, by partner and sector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from tools.build_concordance import hs_sectors
from tools.tariffs.agreements import members_of

__all__ = ["YEAR", "input_files", "us_collected_rates"]

YEAR = 2024
MIDDLE = "2024-07-01"  # the day that stands for the year
_PRODUCTS, _CHAPTERS = "us_tariffs/data", "us_tariffs/data-hs2"
_CODES = f"{_PRODUCTS}/CensusCountryMapping_FRBAtl_short.csv"
_EU = "0003"


def input_files(data: Path) -> list[str]:
    """Every file read here, relative to the data folder."""
    found = [*(data / _PRODUCTS).glob("2024-hs10-imports*.parquet"), *(data / _CHAPTERS).glob("*.csv")]
    return [
        _CODES,
        "concordance/hs_isic3.RData",
        *(path.relative_to(data).as_posix() for path in sorted(found)),
    ]


def _products(data: Path, classification: str) -> pd.DataFrame:
    """Imports and duties of each partner with product detail, by chapter and sector."""
    sector_of = hs_sectors(data).set_index("hs6")
    sector_of["isic4-sections"] = sector_of["icio2025"].str[0]
    parts = []
    for path in sorted((data / _PRODUCTS).glob("2024-hs10-imports*.parquet")):
        table = pd.read_parquet(path, columns=["CTY_CODE", "I_COMMODITY", "CON_VAL_YR", "CAL_DUT_YR"])
        table["sector"] = table["I_COMMODITY"].str[:6].map(sector_of[classification])
        table["chapter"] = table["I_COMMODITY"].str[:2].astype(int)
        table["value"] = pd.to_numeric(table["CON_VAL_YR"]).astype(np.float64)
        table["duty"] = pd.to_numeric(table["CAL_DUT_YR"]).astype(np.float64)
        parts.append(table.dropna(subset=["sector"]))
    lines = pd.concat(parts)
    return lines.groupby(["CTY_CODE", "chapter", "sector"], as_index=False)[["value", "duty"]].sum()


def _spread(chapters: pd.DataFrame, donor: pd.DataFrame) -> pd.DataFrame:
    """Chapters of one partner over sectors as in the donor's detail, keeping each chapter's totals."""
    shares = donor.groupby(["chapter", "sector"], as_index=False)[["value", "duty"]].sum()
    totals = shares.groupby("chapter")[["value", "duty"]].transform("sum")
    shares["of_value"] = shares["value"] / totals["value"]
    shares["of_duty"] = (shares["duty"] / totals["duty"]).where(totals["duty"] > 0, shares["of_value"])
    both = chapters.merge(shares[["chapter", "sector", "of_value", "of_duty"]], on="chapter")
    both["value"] = both["value"] * both["of_value"]
    both["duty"] = both["duty"] * both["of_duty"]
    return both.groupby("sector", as_index=False)[["value", "duty"]].sum()


def us_collected_rates(
    data: Path, classification: str, economies: Sequence[str], sectors: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Duties over imports for consumption in 2024, (sector, exporter); NaN where nothing was imported.

    Partners with HS10 detail (the European Union as one, and 50 others) are exact. For the others, and the
    members of the Union, imports and duties are known by HS2 chapter; inside a chapter they are spread over
    sectors as in the detail of the Union for its members, of all detailed partners for the others. Countries
    that the world does not name are summed into "ROW".
    """
    detail = _products(data, classification)
    iso = pd.read_csv(data / _CODES, dtype=str).set_index("CTY_CODE")["ISO3"].to_dict()
    union = set(members_of("EU", YEAR))
    detailed = set(detail["CTY_CODE"])
    value = np.zeros((len(sectors), len(economies)))
    duty = np.zeros_like(value)
    place = {code: index for index, code in enumerate(sectors)}
    for path in sorted((data / _CHAPTERS).glob("*.csv")):
        code = path.stem.rsplit("-", 1)[1]
        partner = iso.get(code, "")
        if code == _EU or partner == "USA" or not (partner or "ROW" in economies):
            continue
        if code in detailed:
            rows = (
                detail[detail["CTY_CODE"] == code].groupby("sector", as_index=False)[["value", "duty"]].sum()
            )
        else:
            chapters = (
                pd.read_csv(path)
                .rename(columns={"HS2": "chapter", "2024_imports": "value", "2024_duty": "duty"})[
                    ["chapter", "value", "duty"]
                ]
                .fillna(0.0)
            )
            donor = detail[detail["CTY_CODE"] == _EU] if partner in union else detail
            rows = _spread(chapters, donor)
        if partner not in economies and "ROW" not in economies:
            continue
        column = economies.index(partner if partner in economies else "ROW")
        for sector, one_value, one_duty in rows.itertuples(index=False):
            if sector in place:
                value[place[sector], column] += one_value
                duty[place[sector], column] += one_duty
    return np.where(value > 0, duty / np.where(value > 0, value, 1.0), np.nan)
