"""Build `labour_groups/canada-provinces.csv`: value added of Canada's sectors by province, 2022.

    python -m tools.build_labour_groups [--data ../shared/data] [--out src/detente/world/bundled]

Published: each province's total, and the parts of it in agriculture, mining, utilities, construction and
manufacturing (`canada_provinces_2022.csv`). The rest is services. A sector of agriculture, mining or
manufacturing is placed in two parts: what Canada exports of it by where the exports of its HS6 lines come
from, what it sells at home by where the greenhouse gases of its industries come from. The result is then
scaled to both margins, the provinces' published sections and the world's value added by sector. Other
sectors take the provinces' parts of their section, so the mix of services is the national one.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

import detente as dt
from detente.world.concordance import hs_sectors

__all__ = ["build", "emission_shares", "export_shares", "place", "published_sections", "section_of"]

ECONOMY = "CAN"
WORLD = "world-2022"
SECTIONS = {
    "A": "agriculture_11",
    "B": "mining_21",
    "C": "manufacturing_31_33",
    "DE": "utilities_22",
    "F": "construction_23",
}
PLACED_BY_TRACES = ("A", "B", "C")
EMISSIONS = "canada_ghg_prov/StatCan_38-10-0097_GHG_by_gas_province_industry_2009-2023.xlsx"
# Beginnings of the codes of the input-output industries (IOIC, level L61) in each sector.
INDUSTRIES = {
    "A01": "BS11A BS11B BS111", "A02": "BS113", "A03": "BS114", "B05": "BS21210", "B06": "BS211",
    "B07": "BS21220", "B08": "BS21230", "B09": "BS213", "C10T12": "BS311 BS312", "C13T15": "BS31A BS31B",
    "C16": "BS321", "C17_18": "BS322 BS323", "C19": "BS324", "C20": "BS3251 BS3253 BS325C", "C21": "BS3254",
    "C22": "BS326", "C23": "BS327", "C24A": "BS331", "C24B": "BS331", "C25": "BS332", "C26": "BS334",
    "C27": "BS335", "C28": "BS333", "C29": "BS3361 BS3362 BS3363", "C301": "BS3366",
    "C302T309": "BS3364 BS3365 BS3369", "C31T33": "BS337 BS339",
}  # fmt: skip
# Potash is mined, though its HS line belongs to a chemical class in the concordance.
MINED = {"310420": "B08"}

ByProvinceSector = Float[np.ndarray, "province sector"]


def section_of(sector: str) -> str:
    """The published section that holds a sector; all services are one."""
    return next((section for section in SECTIONS if sector[0] in section), "services")


def published_sections(table: pd.DataFrame) -> Mapping[str, Float[np.ndarray, "province"]]:
    """Value added of each section by province, CAD million."""
    total = table["total_cad_million"].to_numpy(float)
    found = {section: table[column].to_numpy(float) / 100 * total for section, column in SECTIONS.items()}
    return {**found, "services": total - sum(found.values())}


def export_shares(data: Path, table: pd.DataFrame, sectors: tuple[str, ...]) -> ByProvinceSector:
    """Part of each sector's domestic exports to the world in 2024 that comes from each province."""
    sector_of = {**hs_sectors("icio2025"), **MINED}
    place = {sector: index for index, sector in enumerate(sectors)}
    found = np.zeros((len(table), len(sectors)))
    for row, code in enumerate(table["exports"]):
        frame = pd.read_csv(data / "canada_prov_exports2024" / f"{code}-Global.csv", encoding="utf-8-sig")
        lines = frame["Commodity"].str[:7].str.replace(".", "")
        for line, value in zip(lines, frame["Value ($)"], strict=True):
            if line in sector_of:
                found[row, place[sector_of[line]]] += float(value)
    return _parts(found)


def emission_shares(data: Path, table: pd.DataFrame, sectors: tuple[str, ...]) -> ByProvinceSector:
    """Part of each sector's greenhouse gases in 2022 that comes from each province."""
    frame = pd.read_excel(data / EMISSIONS, sheet_name=1)
    frame = frame[frame.iloc[:, 0].astype(str).str[:4] == "2022"]
    tonnes = pd.to_numeric(frame["Total (CO2 eq)"], errors="coerce").fillna(0.0)
    industry, province = frame["IOIC_L61"].astype(str).str.strip(), frame["GEO_E"].astype(str).str.strip()
    found = np.zeros((len(table), len(sectors)))
    for column, sector in enumerate(sectors):
        codes = tuple(INDUSTRIES.get(sector, "").split())
        inside = industry.str.startswith(codes) if codes else industry != industry
        by_province = tonnes[inside].groupby(province[inside]).sum()
        found[:, column] = by_province.reindex(table["province"]).fillna(0.0).to_numpy()
    return _parts(found)


def _parts(values: ByProvinceSector) -> ByProvinceSector:
    total = values.sum(axis=0)
    return np.divide(values, total, out=np.zeros_like(values), where=total > 0)


def _scaled(prior: ByProvinceSector, rows: np.ndarray, columns: np.ndarray) -> ByProvinceSector:
    """Biproportional scaling to both margins."""
    found = prior.copy()
    for _ in range(10_000):
        found *= (rows / found.sum(axis=1))[:, None]
        gap = columns / found.sum(axis=0)
        found *= gap
        if np.abs(gap - 1.0).max() < 1e-12:
            return found
    raise RuntimeError("the two margins do not agree")


def place(data: Path) -> tuple[tuple[str, ...], tuple[str, ...], ByProvinceSector]:
    """Provinces, sectors and value added, USD million."""
    table = pd.read_csv(Path(__file__).with_name("canada_provinces_2022.csv"))
    world = dt.load_world(WORLD)
    canada = world.economies.index(ECONOMY)
    added = world.value_added[canada]
    sales = world.flows[:, :, canada]
    exported = 1.0 - sales[:, canada] / sales.sum(axis=1)
    sections = published_sections(table)
    abroad, at_home = (source(data, table, world.sectors) for source in (export_shares, emission_shares))
    # Where a sector has no trace abroad (mining services), all of it is placed by the other.
    exported = exported * (abroad.sum(axis=0) > 0)
    prior = (abroad * exported + at_home * (1.0 - exported)) * added
    found = np.zeros((len(table), len(world.sectors)))
    for section, value in sections.items():
        members = [index for index, sector in enumerate(world.sectors) if section_of(sector) == section]
        part = value / value.sum()
        if section in PLACED_BY_TRACES:
            found[:, members] = _scaled(prior[:, members], part * added[members].sum(), added[members])
        else:
            found[:, members] = np.outer(part, added[members])
    return tuple(table["province"]), world.sectors, found


def build(data: Path, out: Path) -> None:
    """Write `labour_groups/canada-provinces.csv` into a folder."""
    provinces, sectors, found = place(data)
    lines = ["classification,economy,group,sector,earnings"]
    for row, province in enumerate(provinces):
        for column, sector in enumerate(sectors):
            lines.append(f"icio2025,{ECONOMY},{province},{sector},{found[row, column]:.3f}")
    letters = sorted({sector[0] for sector in sectors})
    for row, province in enumerate(provinces):
        for letter in letters:
            members = [column for column, sector in enumerate(sectors) if sector[0] == letter]
            lines.append(f"isic4-sections,{ECONOMY},{province},{letter},{found[row, members].sum():.3f}")
    (out / "labour_groups").mkdir(exist_ok=True)
    (out / "labour_groups" / "canada-provinces.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "world" / "bundled")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
