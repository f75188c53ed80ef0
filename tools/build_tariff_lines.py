"""Build the bundled imports of the United States by tariff line and partner.

python tools/build_tariff_lines.py [--data ../shared/data] [--out src/detente/world/bundled/tariff_lines]

Numbers are stored as planes of bytes, the lowest first: a third smaller than as they are. The same inputs
give the same arrays.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from tools.build_concordance import PARTNERS

__all__ = ["build", "claimed_shares", "us_import_lines"]

YEAR = 2024
PREFERENCE = "usmca"
# Days that the shares stand for: calendar year 2025 (from its first day) and February 2026.
VINTAGES: Mapping[str, str] = {"2025-01-01": "2025", "2026-02-01": "2026_02"}
CLAIMS: Mapping[str, str] = {"1220": "CAN", "2010": "MEX"}
EUROPEAN_UNION = "EU27"
MEMBERS = (
    "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL",
    "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE",
)  # fmt: skip


def us_import_lines(data: Path) -> pd.DataFrame:
    """US imports for consumption in 2024: partner, code (10 digits), value and calculated duty in USD."""
    parts = []
    for code, partner in PARTNERS.items():
        table = pd.read_parquet(data / "us_tariffs" / "data" / f"2024-hs10-imports{code}.parquet")
        part = pd.DataFrame({"code": table["I_COMMODITY"].astype(str), "partner": partner})
        part["value"] = pd.to_numeric(table["CON_VAL_YR"])
        part["duty"] = pd.to_numeric(table["CAL_DUT_YR"])
        parts.append(part)
    return pd.concat(parts).sort_values(["partner", "code"], ignore_index=True)


def claimed_shares(
    data: Path, vintage: str, partner: str, codes: list[str], values: np.ndarray
) -> np.ndarray:
    """Share of each line's imports from a partner that claims the preference, 0 to 1, to four decimals.

    A line that the table lacks, or that had no trade in its period, takes the share of the year 2025, then
    the average of its HS8, HS6, HS4 and HS2 code weighted by the imports of 2024, then 0.
    """
    schedule = {name: code for code, name in CLAIMS.items()}[partner]
    found = _table(data, vintage, schedule)
    if vintage != "2025":
        found = _table(data, "2025", schedule) | found
    shares = np.array([found.get(code, np.nan) for code in codes])
    known, weights = ~np.isnan(shares), np.maximum(values, 1)
    for digits in (8, 6, 4, 2):
        groups = np.array([code[:digits] for code in codes])
        for group in np.unique(groups[np.isnan(shares)]):
            inside = (groups == group) & known
            if inside.any():
                average = np.average(shares[inside], weights=weights[inside])
                shares[(groups == group) & np.isnan(shares)] = average
    return np.asarray(np.round(np.nan_to_num(shares) * 10_000).astype(np.int64))


def _table(data: Path, vintage: str, schedule: str) -> dict[str, float]:
    name = f"usmca_product_shares_{vintage}.csv"
    table = pd.read_csv(data / "budget_lab" / "tracker" / name, dtype={"hts10": str, "cty_code": str})
    table = table[table["cty_code"] == schedule]
    if "total_value" in table:
        table = table[table["total_value"] > 0]
    return dict(zip(table["hts10"], table["usmca_share"].clip(0, 1), strict=True))


def _planes(numbers: np.ndarray, count: int) -> np.ndarray:
    """Bytes of non-negative integers, (byte, number), lowest byte first."""
    if len(numbers) and (numbers.min() < 0 or int(numbers.max()) >= 256**count):
        raise ValueError(f"numbers from {numbers.min()} to {numbers.max()} do not fit into {count} bytes")
    return numbers.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :count].T.copy()


def build(data: Path, out: Path) -> None:
    """Write `USA.npz` into a folder."""
    lines = us_import_lines(data)
    partners, first = np.unique(lines["partner"].to_numpy(str), return_index=True)
    codes, place = np.unique(lines["code"].to_numpy(str), return_inverse=True)
    shares = []
    for vintage in VINTAGES.values():
        for partner in CLAIMS.values():
            rows = lines[lines["partner"] == partner]
            values = rows["value"].to_numpy(np.int64)
            shares.append(claimed_shares(data, vintage, partner, rows["code"].tolist(), values))
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        out / "USA.npz",
        year=np.array(YEAR),
        partners=partners,
        first_row=np.append(first, len(lines)).astype(np.int32),
        codes=_planes(np.diff(codes.astype(np.int64), prepend=0), 5),
        line=_planes(place, 2),
        value=_planes(lines["value"].to_numpy(np.int64), 5),
        duty=_planes(lines["duty"].to_numpy(np.int64), 5),
        member=np.array(MEMBERS),
        member_of=np.array([EUROPEAN_UNION] * len(MEMBERS)),
        preference=np.array([PREFERENCE]),
        preference_partners=np.array(list(CLAIMS.values())),
        preference_days=np.array(list(VINTAGES)),
        claimed=_planes(np.concatenate(shares), 2),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    folder = root / "src" / "detente" / "world" / "bundled" / "tariff_lines"
    parser.add_argument("--out", type=Path, default=folder)
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
