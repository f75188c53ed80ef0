"""Build the lists of US tariff lines in `src/detente/policy/lists` from the published schedules of measures.

    python tools/build_lists.py [--data ../shared/data] [--out src/detente/policy/lists] [--check]

Codes lose their dots and are kept as the prefixes that a schedule gives (2 to 10 digits); a code inside
another of the same list is left out. A share below 1 stands beside a code of which only a part is charged.
With --check nothing is written, and the exit status is 1 if a shipped list differs.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

__all__ = ["build", "lists", "tidy"]

# Proclamations 9705 and 9704 of 8 March 2018, annexes.
STEEL = (
    "7206", "7207", "7208", "7209", "7210", "7211", "7212", "7213", "7214", "7215", "721610", "721621",
    "721622", "721631", "721632", "721633", "721640", "721650", "721699", "7217", "7218", "7219", "7220",
    "7221", "7222", "7223", "7224", "7225", "7226", "7227", "7228", "7229", "730110", "730210", "730240",
    "730290", "7304", "7305", "7306",
)  # fmt: skip
ALUMINIUM = ("7601", "7604", "7605", "7606", "7607", "7608", "7609", "7616995160", "7616995170")
# Federal Register 2025-11067 (90 FR 25208): household appliances, from 23 June 2025.
APPLIANCES = (
    "84181000", "84183000", "84184000", "84221100", "84501100", "84502000", "84512100", "84512900",
    "85098020", "85166040", "9403999020",
)  # fmt: skip
# Codes that the list of steel derivatives misspells: no such lines are in the schedule.
MISSPELT = {"71229000": "73229000", "94969001": "94069001"}
# The list of auto parts has 8537.10 as a whole: industrial switchgear, nearly all of it no part of a vehicle.
NOT_AUTO_PARTS = ("853710",)
# Lines that are for aircraft by nature; of the other lines in the aircraft annexes, use decides.
AIRCRAFT = ("88", "840710", "840910", "84111", "84112", "84119110", "84119190", "940110")
# Of goods that hold metal and of semi-finished copper: what is charged on metal content before April 2026.
METAL_CONTENT = 0.5
COPPER_CONTENT = 0.9
# From this chapter on goods are of metal or hold some; before it, metal is the can of food or medicine.
FIRST_METAL_CHAPTER = "71"


@dataclass(frozen=True)
class Schedules:
    """The published files."""

    data: Path

    def tracker(self, name: str, keep: Callable[[dict[str, str]], bool] = lambda row: True) -> list[str]:
        """Codes of a file of trade-war-redux-2025, first column."""
        path = self.data / "us_tariffs" / "tariff-lists" / f"{name}.csv"
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return [next(iter(row.values())) for row in csv.DictReader(stream) if keep(row)]

    def rows(self, name: str) -> list[dict[str, str]]:
        """Rows of a file of the Budget Lab's tariff-rate-tracker, without its comments."""
        path = self.data / "budget_lab" / "tracker" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(line for line in stream if not line.startswith("#")))

    @cached_property
    def headings(self) -> Mapping[str, Any]:
        """Section 232 sectors that the Budget Lab lists in its parameters."""
        path = self.data / "budget_lab" / "tracker" / "policy_params.yaml"
        found: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["section_232_headings"]
        return found

    def prefixes(self, *names: str) -> list[str]:
        """Codes of one or more of `headings`."""
        return [code for name in names for code in self.headings[name]["prefixes"]]

    def china_301(self, name: str, *starts: str) -> list[str]:
        """Codes of one of the lists of Section 301 on China."""
        rows = (row for row in self.rows("s301_product_lists") if row["list"] == name)
        return [row["hts8"] for row in rows if not starts or row["hts8"].startswith(starts)]

    def derivatives(self, day: str) -> list[str]:
        """Section 232 derivatives of steel and aluminium added on a day; "" for those in force before it."""
        rows = self.rows("s232_derivative_products")
        return [row["hts_prefix"] for row in rows if (row["effective_date"] or "") == day]

    def annexes(self, metal: str) -> list[str]:
        """Lines of the annexes of April 2026 that are charged as a metal."""
        rows = self.rows("s232_annex_products")
        return [row["hts_prefix"] for row in rows if row["metal_type"] == metal and row["annex"] != "2"]


def tidy(codes: Iterable[str], share: Callable[[str], float] = lambda code: 1.0) -> dict[str, float]:
    """Codes without dots and blanks, in order, each with its share; none twice, none inside another."""
    plain = sorted({"".join(letter for letter in code if letter.isdigit()) for code in codes} - {""})
    if odd := [code for code in plain if len(code) not in (2, 4, 6, 8, 10)]:
        raise ValueError(f"codes of odd length: {odd[:5]}")
    kept: list[str] = []
    for code in plain:
        if not (kept and code.startswith(kept[-1])):
            kept.append(code)
    return {code: share(code) for code in kept}


def _under(codes: Iterable[str], prefixes: Iterable[str]) -> list[str]:
    start = tuple(prefixes)
    return [code for code in codes if code.startswith(start)]


def _without(codes: Iterable[str], prefixes: Iterable[str]) -> list[str]:
    start = tuple(prefixes)
    return [code for code in codes if not code.startswith(start)]


def _content(code: str) -> float:
    """Metal content: articles of steel or aluminium in whole, other goods by the assumed share."""
    return 1.0 if code.startswith(("72", "73", "76")) else METAL_CONTENT


def _derivatives(found: Schedules) -> dict[str, dict[str, float]]:
    """Derivatives of steel and aluminium by the month they were added in; none on two lists."""
    first = [MISSPELT.get(code, code) for code in found.tracker("steel-tariffs")] + found.derivatives("")
    last = [code for code in found.derivatives("2025-08-18") if code[:2] >= FIRST_METAL_CHAPTER]
    lists: dict[str, dict[str, float]] = {}
    before: list[str] = list(STEEL) + list(ALUMINIUM)
    for month, codes in (("2025-03", first), ("2025-06", APPLIANCES), ("2025-08", last)):
        added = tidy(_without(codes, before), _content)
        lists[f"us-232-metals-derivatives-{month}"] = added
        before += added
    return lists


def _security(found: Schedules) -> dict[str, dict[str, float]]:
    """Section 232."""
    autos = found.tracker("auto-tariffs")
    cars = _under(autos, ("8703", "8704"))
    parts = _without(autos, ("8703", "8704", *NOT_AUTO_PARTS))
    trucks = _without(found.prefixes("mhd_vehicles"), (*cars, *parts))
    return {
        "us-232-steel": tidy(STEEL),
        "us-232-aluminium": tidy(ALUMINIUM),
        "us-232-aluminium-unwrought": tidy(["760110"]),
        "us-232-aluminium-derivatives-2020": tidy(
            row["hts_prefix"]
            for row in found.rows("s232_derivative_products")
            if row["ch99_code"] == "9903.85.04"
        ),
        **_derivatives(found),
        "us-232-copper": tidy(found.tracker("copper-list"), lambda code: COPPER_CONTENT),
        "us-232-metals-annex-1a": tidy(found.tracker("metals-annex-IA")),
        "us-232-metals-annex-1b": tidy(found.tracker("metals-annex-IB")),
        "us-232-metals-annex-2": tidy(found.tracker("metals-annex-II-removed")),
        "us-232-metals-annex-3": tidy(found.tracker("metals-annex-III-temporary")),
        "us-232-metals-annexes-aluminium": tidy(found.annexes("aluminum")),
        "us-232-metals-annexes-copper": tidy(found.annexes("copper")),
        "us-232-autos": tidy(cars),
        "us-232-auto-parts": tidy(parts),
        "us-232-trucks": tidy(trucks),
        "us-232-buses": tidy(found.prefixes("buses")),
        "us-232-softwood": tidy(found.prefixes("softwood")),
        "us-232-upholstered-furniture": tidy(found.prefixes("wood_furniture")),
        "us-232-cabinets": tidy(found.prefixes("kitchen_cabinets")),
        "us-232-semiconductors": tidy(found.prefixes("semiconductors")),
    }


def _china(found: Schedules) -> dict[str, dict[str, float]]:
    """Section 301 on China: the lists of 2018 and 2019, and the increases of the four-year review."""
    metals = ("72", "73", "76")
    review = found.china_301("biden_25")
    return {
        "us-301-china-list-1": tidy(found.china_301("1")),
        "us-301-china-list-2": tidy(found.china_301("2")),
        "us-301-china-list-3": tidy([*found.china_301("3"), *found.china_301("3_addl")]),
        "us-301-china-list-4a": tidy(found.china_301("4A")),
        "us-301-china-list-4b": tidy(set(found.china_301("4B")) - set(found.china_301("4A"))),
        "us-301-china-review-vehicles": tidy(found.china_301("biden_100", "87")),
        "us-301-china-review-medical": tidy(found.china_301("biden_100", "90")),
        "us-301-china-review-metals": tidy(_under(review, metals)),
        "us-301-china-review-minerals": tidy(_without(review, (*metals, "8507"))),
        "us-301-china-review-battery-parts": tidy(_under(review, ("8507",))),
        "us-301-china-review-solar": tidy(found.china_301("biden_50")),
        "us-301-china-review-semiconductors": tidy(found.china_301("biden_50_jan25")),
        "us-301-china-review-tungsten": tidy(found.china_301("biden_25_jan25")),
        "us-301-china-review-graphite-magnets": tidy(found.china_301("biden_jan26", "2504", "8505")),
        "us-301-china-review-gloves": tidy(found.china_301("biden_jan26", "4015")),
        "us-301-china-review-masks": tidy(found.china_301("biden_jan26", "6307")),
        "us-301-china-review-cranes": tidy(found.china_301("cranes_301")),
    }


def _emergency(found: Schedules) -> dict[str, dict[str, float]]:
    """Exemptions from the duties under the International Emergency Economic Powers Act."""
    exempt, brazil = found.rows("ieepa_exempt_products"), found.rows("country_eo_exempt_products")
    first = [row["hts10"] for row in brazil if row["effective_date_start"] == "2025-08-06"]
    later = [row["hts10"] for row in brazil if row["effective_date_start"] > "2025-08-06"]
    return {
        "us-ieepa-annex-2": tidy(found.tracker("annex-II-exemptions")),
        "us-ieepa-electronics": tidy(found.tracker("consumer_electronics_EO14257_apr11")),
        "us-ieepa-annex-2-november-2025": tidy(found.tracker("annex-II-exemptions-nov14")),
        "us-ieepa-printed-matter": tidy(_under((row["hts10"] for row in exempt), ("49",))),
        "us-ieepa-brazil-exempt-2025-08": tidy(first),
        "us-ieepa-brazil-exempt-2025-11": tidy(later),
    }


def _others(found: Schedules) -> dict[str, dict[str, float]]:
    """Section 122, Section 338 on Canada, Section 301 on Brazil, and aircraft."""
    files = "section122-product-exemptions", "section122-specific-exemptions"
    products = [code for name in files for code in found.tracker(name)]
    both = "section122-aircraft-exemptions", "canada-338-aircraft-exempt"
    aircraft = {code for name in both for code in found.tracker(name)}
    in_whole = ("flat", "named", "pharma")
    return {
        "us-122-exempt": tidy(products),
        "us-civil-aircraft": tidy(_under(aircraft, AIRCRAFT)),
        "us-338-alcohol": tidy(found.tracker("canada-338-alcohol")),
        "us-338-dairy": tidy(found.tracker("canada-338-dairy")),
        "us-338-autos": tidy(found.tracker("canada-338-autos")),
        "us-338-aircraft": tidy(found.tracker("canada-338-aircraft-exempt")),
        "us-301-brazil-exempt": tidy(
            found.tracker("brazil-301-exemptions", lambda row: row["category"] in in_whole)
        ),
    }


def lists(data: Path) -> dict[str, dict[str, float]]:
    """Every list by name: codes with their shares, in order of code."""
    found = Schedules(data)
    return {**_security(found), **_china(found), **_emergency(found), **_others(found)}


def _text(codes: Mapping[str, float]) -> str:
    rows = (code if share == 1.0 else f"{code},{share:g}" for code, share in codes.items())
    return "\n".join(["code,share", *rows]) + "\n"


def build(data: Path, out: Path) -> None:
    """Write one CSV file for each list."""
    out.mkdir(parents=True, exist_ok=True)
    for name, codes in lists(data).items():
        (out / f"{name}.csv").write_text(_text(codes), encoding="ascii")


def _check(data: Path, out: Path) -> int:
    wanted = {f"{name}.csv": _text(codes) for name, codes in lists(data).items()}
    shipped = {path.name: path.read_text(encoding="ascii") for path in out.glob("us-*.csv")}
    wrong = sorted(name for name in wanted.keys() | shipped.keys() if wanted.get(name) != shipped.get(name))
    print("\n".join(f"{name} differs" for name in wrong) or f"{len(wanted)} lists as built")
    return int(bool(wrong))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "policy" / "lists")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    raise SystemExit(_check(options.data, options.out) if options.check else build(options.data, options.out))
