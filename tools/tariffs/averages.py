"""National trade-weighted averages of applied tariffs: World Development Indicators, cleaned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["FILE", "NationalAverage", "national_averages"]

FILE = "wdi_tariffs/API_TM.TAX.MRCH.WM.AR.ZS_DS2_en_excel_v2_85076.xls"
REACH = 6  # years to the nearest value that stands in for a missing one


@dataclass(frozen=True)
class NationalAverage:
    """One economy's average applied tariff on all goods from all partners.

    Attributes:
        rate: fraction.
        year: year of the value.
        cleaned: the year's own value was a spike and gave way to the mean of its neighbours.
    """

    rate: float
    year: int
    cleaned: bool


def _one(values: pd.Series, vintage: int) -> NationalAverage | None:
    """The vintage's value, or the nearest year's, unless it is a spike between the years before and after."""
    known = values.loc[(values.index >= vintage - REACH) & (values.index <= vintage + REACH)].dropna()
    if known.empty:
        return None
    year = min(known.index, key=lambda other: (abs(other - vintage), other))
    value, before, after = float(known[year]), known[known.index < year], known[known.index > year]
    if len(before) and len(after):
        sides = float(before.iloc[-1]), float(after.iloc[0])
        if value > 1.5 * max(sides) + 0.5 or value < min(sides) / 1.5 - 0.5:
            return NationalAverage(sum(sides) / 200, int(year), True)
    return NationalAverage(value / 100, int(year), False)


def national_averages(data: Path, economies: Sequence[str], vintage: int) -> dict[str, NationalAverage]:
    """Average applied tariff of each economy that has one within six years of the vintage.

    The source has faults in single years (the United States in 2019: 13.8 percent, between 1.6 and 1.5): a
    value half as high again, and half a point, as those of the years on both sides gives way to their mean.
    Members of the European Union without a row take the Union's.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = pd.read_excel(data / FILE, header=3).set_index("Country Code")
    years = table[[column for column in table.columns if str(column).isdigit()]]
    years.columns = pd.Index([int(column) for column in years.columns])
    rows = {code: code for code in economies if code in years.index}
    if "LUX" in economies:
        rows["LUX"] = "EUU"
    if "ROM" in economies:
        rows["ROM"] = "ROU"
    found = {code: _one(years.loc[row].astype(np.float64), vintage) for code, row in rows.items()}
    return {code: value for code, value in found.items() if value is not None}
