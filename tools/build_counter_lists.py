"""Write the product lists of what Canada and China do to the United States: policy/lists/canada-*, china-*.

Imports of Canada and China are not known by national tariff line, so items are cut to six digits; how much
of a six-digit line an order lists is not known, and each measure's covered value says how much trade is hit.

python -m tools.build_counter_lists ../shared/data   with the folder of the raw data, from the root
"""

from __future__ import annotations

import csv
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from detente.errors import BadInput
from detente.world.concordance import hs6_lines

LISTS = Path("src/detente/policy/lists")
ORDER_OF_2026 = Path(__file__).with_name("canada_2026_surtax.toml")
# Cast iron stands in the list of other goods of March 2025, not in the schedule of steel.
CAST_IRON = ("73221100", "73239100", "73239200", "73242100", "73251000")
# Items of P.C. 2026-0786 that stay at 25%; the others go to 50%.
STEEL_AT_25 = ("732010", "732190", "732219", "732290", "732310", "732393", "732394", "732399")
STEEL_AT_25 = (*STEEL_AT_25, "732410", "732429", "732490")
ALUMINIUM_AT_25 = ("761510", "761520")


def items_of(path: Path, column: int = 0) -> list[str]:
    """Eight-digit items of one column of a list of the tracker; headings and remarks are passed over."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [row[column].strip().replace(".", "") for row in csv.reader(file) if len(row) > column]
    return [cell.zfill(8) for cell in cells if re.fullmatch(r"[0-9]{7,8}", cell)]


def items_of_order(text: str) -> list[str]:
    """Items written as a heading and the digits that follow it.

    Examples:
        >>> items_of_order("8415: 10 81.10")
        ['84151000', '84158110']
    """
    found = []
    for line in text.strip().splitlines():
        heading, _, rest = line.partition(":")
        found += [heading.strip() + item.replace(".", "").ljust(4, "0") for item in rest.split()]
    return found


def lines_of(items: Iterable[str]) -> list[str]:
    """Six-digit lines of some items, without chapters 98 and 99 and lines no edition of the HS has."""
    found = []
    for line in sorted({item[:6] for item in items}):
        try:
            hs6_lines([line])
        except BadInput:
            print(f"  {line} is no line of the Harmonized System", file=sys.stderr)
            continue
        if line[:2] not in ("98", "99"):
            found.append(line)
    return found


def lists(raw: Path) -> dict[str, list[str]]:
    """Items of each list, by its name."""
    folder = raw / "us_tariffs" / "tariff-lists"
    metals = items_of(folder / "canada-steel-list.csv")
    steel = [item for item in metals if item[:2] in ("72", "73") and item not in CAST_IRON]
    aluminium = [item for item in metals if item[:2] == "76"]
    order = tomllib.loads(ORDER_OF_2026.read_text(encoding="utf-8"))
    return {
        "canada-2025-march": items_of(folder / "canada-march-list.csv"),
        "canada-2025-proposed": items_of(folder / "canada-125b-list.csv"),
        "canada-2025-steel": steel,
        "canada-2025-aluminium": aluminium,
        "canada-2025-other-goods": sorted({*metals} - {*steel} - {*aluminium}),
        "canada-2026-steel-50": [item for item in steel if item[:6] not in STEEL_AT_25],
        "canada-2026-steel-25": [item for item in steel if item[:6] in STEEL_AT_25],
        "canada-2026-aluminium-50": [item for item in aluminium if item[:6] not in ALUMINIUM_AT_25],
        "canada-2026-aluminium-25": [item for item in aluminium if item[:6] in ALUMINIUM_AT_25],
        **{
            f"canada-2026-surtax-{schedule['rate']}": items_of_order(schedule["items"])
            for schedule in order.values()
        },
        "china-2025-march-15": items_of(folder / "china-15-percent-030425.csv", 1),
        "china-2025-march-10": items_of(folder / "china-10-percent-030425.csv", 1),
    }


def main(raw: Path) -> None:
    """Write every list."""
    LISTS.mkdir(exist_ok=True)
    for name, items in lists(raw).items():
        lines = lines_of(items)
        text = "".join(f"{line}\n" for line in ["code", *lines])
        (LISTS / f"{name}.csv").write_text(text, encoding="ascii", newline="\n")
        print(f"{name}: {len(items)} items, {len(lines)} lines of six digits")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
