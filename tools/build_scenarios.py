"""Build `us-tariffs-on-canada.yaml` from the lists of US tariff lines and US imports from Canada in 2024.

    python tools/build_scenarios.py [--data ../shared/data] [--out src/detente/policy/library]

The lists name 8- and 10-digit lines. A scenario names HS6 codes, each with the share of its trade that the
list holds: the value of the listed 10-digit lines over that of the HS6 line, in US imports from Canada in
2024.
`tools/us_tariffs_on_canada.yaml` is the scenario without its codes; a line `hs: @key` stands for one list.
"""

from __future__ import annotations

import argparse
import math
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from detente.world.concordance import hs_sectors

__all__ = ["build", "measure_shares", "rates_by_line"]

CANADA = "1220"
TEMPLATE = Path(__file__).with_name("us_tariffs_on_canada.yaml")

# HTS prefixes of the Section 232 lists of which no file exists; from policy_params.yaml of the tariff rate
# tracker of the Budget Lab at Yale (MIT licence).
SOFTWOOD = (
    "44031100", "44032101", "44032201", "44032301", "44032401", "44032501", "44032601", "44039901",
    "44061100", "44069100", "44071100", "44071200", "44071300", "44071400", "44071900",
)  # fmt: skip
FURNITURE = ("9401614011", "9401614031", "9401616011", "9401616031", "9403409060", "9403608093", "9403910080")
TRUCKS = (
    "87012100", "87012200", "87012300", "87012400", "87012900", "87041010", "87041050", "87042211",
    "87042251", "87042301", "87043201", "87044200", "87044300", "87045200", "87046000", "87049001",
    "87054000", "8705900080", "87060003", "8706000520", "8706000575", "87060025", "87060050", "87091100",
    "87091900",
)  # fmt: skip
BUSES = ("8702",)

# The list of auto parts names 8537.10 as a whole; nearly all of it is industrial switchgear, no part of a
# vehicle (README of trade-war-redux-2025, "The auto-parts mask is coarse").
NOT_AUTO_PARTS = ("853710",)


def _list(data: Path, name: str, column: str = "HTSUS") -> tuple[str, ...]:
    table = pd.read_csv(data / "us_tariffs" / "tariff-lists" / name, dtype=str)
    return tuple(table[column].str.replace(".", "").str.strip())


def _imports(data: Path) -> pd.DataFrame:
    """US imports from Canada by HS10 line, with the part that claimed USMCA treatment.

    The part is that of February 2026; of the year 2025 for lines without imports in that month; else none.
    """
    table = pd.read_parquet(data / "us_tariffs" / "data" / f"2024-hs10-imports{CANADA}.parquet")
    lines = pd.DataFrame({"hs10": table["I_COMMODITY"], "value": pd.to_numeric(table["CON_VAL_YR"])})
    claims = pd.Series(float("nan"), index=lines.index)
    for name in ("usmca_product_shares_2026_02.csv", "usmca_product_shares_2025.csv"):
        path = data / "budget_lab" / "tracker" / name
        shares = pd.read_csv(path, dtype={"hts10": str, "cty_code": str})
        shares = shares[shares["cty_code"] == CANADA].set_index("hts10")["usmca_share"]
        claims = claims.fillna(lines["hs10"].map(shares))
    return lines.assign(usmca=claims.fillna(0.0))


def rates_by_line(data: Path) -> pd.DataFrame:
    """Which part of each HS10 line each list holds, 0 to 1, after the lists' exclusions of one another.

    Columns: hs10, value (USD, 2024), usmca, and one for each key of the template.
    """
    lines = _imports(data)

    def on(prefixes: Sequence[str]) -> pd.Series:
        return lines["hs10"].str.startswith(tuple(prefixes))

    auto = on(_list(data, "auto-tariffs.csv")) & ~on(NOT_AUTO_PARTS)
    cars = auto & on(("8703", "8704"))
    trucks = on(TRUCKS) & ~auto
    buses = on(BUSES)
    softwood, furniture = on(SOFTWOOD), on(FURNITURE)
    sectors = auto | trucks | buses | softwood | furniture
    removed = on(_list(data, "metals-annex-II-removed.csv"))
    taken = sectors | removed
    metals = {}
    for key, name in (("1a", "IA"), ("1b", "IB"), ("3", "III-temporary")):
        metals[key] = on(_list(data, f"metals-annex-{name}.csv")) & ~taken
        taken = taken | metals[key]
    security = taken & ~removed | sectors
    aircraft = on(_list(data, "canada-338-aircraft-exempt.csv"))
    exempt = on(_list(data, "section122-product-exemptions.csv", "hts_code"))
    aircraft_122 = on(_list(data, "section122-aircraft-exemptions.csv", "hts_code"))
    other = 1.0 - lines["usmca"]
    parts = {
        "cars": cars,
        "auto-parts": (auto & ~cars) * other,
        "trucks": trucks,
        "buses": buses,
        "softwood": softwood,
        "furniture": furniture,
        "lumber-duties": softwood & on(("4407",)),
        "annex-1a": metals["1a"],
        "annex-1b": metals["1b"],
        "annex-3": metals["3"],
        "338-alcohol": on(_list(data, "canada-338-alcohol.csv")) & ~security & ~aircraft,
        "338-dairy": on(_list(data, "canada-338-dairy.csv")) & ~security & ~aircraft,
        "338-vehicles": on(_list(data, "canada-338-autos.csv")) & ~security & ~aircraft,
        "301-labour": (~exempt & ~aircraft_122 & ~security & ~on(("98", "99"))) * other,
    }
    return lines.assign(**{key: part.astype(float) for key, part in parts.items()})


def measure_shares(lines: pd.DataFrame, key: str) -> dict[str, float]:
    """Share of each HS6 line's value that a list holds; lines without any, and US-only codes, are left out.

    Rounded down to a hundredth of a percent: lists that exclude one another never sum to more than one.
    """
    line = lines["hs10"].str[:6]
    hit = (lines["value"] * lines[key]).groupby(line).sum()
    total = lines["value"].groupby(line).sum()
    shares = (hit / total)[(hit > 0.0) & (total > 0.0)]
    return {
        str(code): share
        for code, exact in shares.items()
        if code in hs_sectors("icio2025") and (share := math.floor(exact * 1e4 + 1e-6) / 1e4) > 0.0
    }


def _written(shares: dict[str, float], indent: str) -> str:
    """A YAML flow mapping from code to share, wrapped; a list where every share is whole."""
    if all(share == 1.0 for share in shares.values()):
        items, brackets = [f"{code[:4]}.{code[4:]}" for code in shares], "[]"
    else:
        items = [f"{code[:4]}.{code[4:]}: {100 * share:.4g}%" for code, share in shares.items()]
        brackets = "{}"
    body = textwrap.fill(", ".join(items), width=110, break_on_hyphens=False, break_long_words=False,
                         initial_indent=indent, subsequent_indent=indent)  # fmt: skip
    return f"{brackets[0]}\n{body}\n{indent[:-2]}{brackets[1]}"


def build(data: Path, out: Path) -> None:
    """Write `us-tariffs-on-canada.yaml` into a folder."""
    lines = rates_by_line(data)

    def codes(match: re.Match[str]) -> str:
        return f"{match[1]}hs: " + _written(measure_shares(lines, match[2]), match[1] + "  ")

    text = re.sub(r"(?m)^( +)hs: @(\S+)$", codes, TEMPLATE.read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    (out / "us-tariffs-on-canada.yaml").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "policy" / "library")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
