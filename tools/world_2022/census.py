"""United States imports by partner and product (Census Bureau, 2024), in the sectors of the OECD table."""

from __future__ import annotations

import dataclasses
import pathlib
import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import rdata

FloatArray = npt.NDArray[np.float64]
FOLDER = "us_tariffs/data"
CHAPTER_FOLDER = "us_tariffs/data-hs2"
COUNTRIES = f"{FOLDER}/CensusCountryMapping_FRBAtl_short.csv"
PRODUCTS = "concordance/hs6_naics.RData"
EUROPEAN_UNION = (
    "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC",
    "HRV", "HUN", "IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU",
    "SVK", "SVN", "SWE",
)  # fmt: skip

# North American industries by the OECD sector that covers them; the longest prefix decides.
_SECTOR_BY_PREFIX = {
    "11": "A01", "113": "A02", "1142": "A01", "1125": "A03", "1141": "A03",
    "211": "B06", "2121": "B05", "2122": "B07", "2123": "B08", "311": "C10T12",
    "312": "C10T12", "313": "C13T15", "314": "C13T15", "315": "C13T15", "316": "C13T15",
    "321": "C16", "322": "C17_18", "323": "C17_18", "324": "C19", "325": "C20",
    "3254": "C21", "326": "C22", "327": "C23", "331": "C24A", "3313": "C24B",
    "3314": "C24B", "33152": "C24B", "332": "C25", "333": "C28", "3333": "C26",
    "334": "C26", "335": "C27", "3361": "C29", "3362": "C29", "3363": "C29",
    "336": "C302T309", "3366": "C301", "337": "C31T33", "339": "C31T33",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Imports:
    """United States imports for consumption at customs value, (partner, sector), USD million.

    A partner may be several economies together (the European Union); `members` lists the codes of each.
    """

    partners: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    value: FloatArray


def files(data: pathlib.Path) -> list[str]:
    """Every file read here, relative to the data folder."""
    found = sorted((data / FOLDER).glob("2024-hs10-*.parquet")) + sorted(
        (data / CHAPTER_FOLDER).glob("*.csv")
    )
    return [COUNTRIES, PRODUCTS, *(path.relative_to(data).as_posix() for path in found)]


def sector_of_product(data: pathlib.Path, sectors: Sequence[str]) -> dict[str, int]:
    """OECD sector of each HS6 product: that of most of its North American industries, the first on a tie."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        links = rdata.read_rda(str(data / PRODUCTS))["hs6_naics"][["HS6_6d", "NAICS_6d"]].dropna()
    found: dict[str, int] = {}
    for product, industries in links.groupby("HS6_6d", sort=True)["NAICS_6d"]:
        votes = [_sector(str(industry)) for industry in industries]
        known = [code for code in votes if code is not None]
        if known:
            found[str(product)] = sectors.index(max(known, key=known.count))
    return found


def _sector(industry: str) -> str | None:
    for length in range(len(industry), 1, -1):
        if industry[:length] in _SECTOR_BY_PREFIX:
            return _SECTOR_BY_PREFIX[industry[:length]]
    return None


def _products(data: pathlib.Path, sectors: Sequence[str]) -> pd.DataFrame:
    frames = [
        pd.read_parquet(path, columns=["CTY_CODE", "HS6", "imports"])
        for path in sorted((data / FOLDER).glob("2024-hs10-*.parquet"))
    ]
    lines = pd.concat(frames)
    # Products outside the industry links (special provisions, a few new codes) take the majority of their
    # heading.
    direct = sector_of_product(data, sectors)
    by_heading: dict[str, list[int]] = {}
    for product, sector in direct.items():
        by_heading.setdefault(product[:4], []).append(sector)
    heading = {code: max(found, key=found.count) for code, found in by_heading.items()}
    lines["sector"] = [direct.get(code, heading.get(code[:4], -1)) for code in lines["HS6"].astype(str)]
    return lines[lines["sector"] >= 0].assign(chapter=lambda table: table["HS6"].str[:2].astype(int))


def read_imports(data: pathlib.Path, sectors: Sequence[str]) -> Imports:
    """Read imports of each partner with product detail, the European Union as one."""
    lines = _products(data, sectors)
    names = pd.read_csv(data / COUNTRIES, dtype=str).set_index("CTY_CODE")["ISO3"].to_dict()
    table = lines.pivot_table(
        index="CTY_CODE", columns="sector", values="imports", aggfunc="sum", fill_value=0.0
    )
    # Members of the Union also have files of their own; they are part of its total.
    partners, members, rows = [], [], []
    for code, row in table.iterrows():
        name = "EU27" if code == "0003" else names.get(str(code), "")
        if name and name not in EUROPEAN_UNION:
            partners.append(name)
            members.append(EUROPEAN_UNION if name == "EU27" else (name,))
            rows.append([float(row.get(position, 0.0)) / 1e6 for position in range(len(sectors))])
    return Imports(tuple(partners), tuple(members), np.array(rows))


def sector_mix(data: pathlib.Path, sectors: Sequence[str], partners: Sequence[str]) -> FloatArray:
    """Shares of sectors in sales to the United States, (partner, sector); zero rows where it sells nothing.

    Chapters (HS2) are spread over sectors as in the product detail of all partners.
    """
    lines = _products(data, sectors)
    spread = lines.pivot_table(
        index="chapter", columns="sector", values="imports", aggfunc="sum", fill_value=0.0
    )
    spread = spread.div(spread.sum(axis=1), axis=0).reindex(columns=range(len(sectors)), fill_value=0.0)
    names = pd.read_csv(data / COUNTRIES, dtype=str).set_index("CTY_CODE")["ISO3"].to_dict()
    found = {}
    for path in sorted((data / CHAPTER_FOLDER).glob("*.csv")):
        name = names.get(path.stem.rsplit("-", 1)[1], "")
        chapters = pd.read_csv(path).set_index("HS2")["2024_imports"]
        weight = chapters.reindex(spread.index, fill_value=0.0).fillna(0.0).to_numpy(dtype=np.float64)
        found[name] = weight @ spread.to_numpy(dtype=np.float64)
    mix = np.array([found.get(code, np.zeros(len(sectors))) for code in partners])
    total = mix.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total > 0, mix / np.where(total > 0, total, 1.0), 0.0))
