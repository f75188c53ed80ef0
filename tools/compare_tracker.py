"""Lay our average US rates beside those of the Trade War Tracker, and write docs/tracker.md.

    python tools/compare_tracker.py [--data ../shared/data] [--out docs/tracker.md] [--check]

Ours come from `detente.policy.rates`. What lies between the two is divided among groups of goods, from our
rates by tariff line (`tools/line_rates.py`) and the tracker's by its own rules (`tools/tracker_rules.py`).
The words are in `tools/tracker_page.md`, where a line `@name` stands for a table.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from detente.policy.rates import rates
from tools.line_rates import INCLUDED, LineRates
from tools.tracker_groups import EVENTS, GROUPS, in_groups
from tools.tracker_rules import NAMES, TrackerRules, published

__all__ = ["Row", "added", "compare", "page"]

DIVIDED = ("CAN", "CHN")
# Members of the European Union have its products; any of them stands for it.
ASKED = {"EU27": "DEU"}
OUTSIDE = "us-adcvd-softwood"  # anti-dumping duties, which the tracker does not count


@dataclass(frozen=True)
class Row:
    """One date of the tracker; all in percent of imports.

    Attributes:
        day: the tracker's date.
        ours: our average addition since 1 July 2024 on that day.
        event: the day on which what the tracker books on `day` came into force by our registry.
        ours_then: our average addition on that day.
        tracker: the tracker's.
        groups: what each group of goods adds to the gap on the day of the event.
        method: our rates by sector less our rates by line.
        rules: the tracker by its rules less the tracker as published.
    """

    day: str
    ours: float
    event: str
    ours_then: float
    tracker: float
    groups: Mapping[str, float]
    method: float
    rules: float

    @property
    def gap(self) -> float:
        """On the day of the event."""
        return self.ours_then - self.tracker


@cache
def _total(day: date, exporter: str) -> float:
    found = rates(day, "USA", ASKED.get(exporter, exporter))
    outside = sum(measure.points for measure in found.measures if measure.programme == OUTSIDE)
    return 100.0 * (found.average.total - outside)


def added(day: date, exporter: str) -> float:
    """Average rate on a day less that of 1 July 2024, without anti-dumping duties, percent."""
    return _total(day, exporter) - _total(INCLUDED, exporter)


@cache
def compare(data: Path, exporter: str) -> tuple[Row, ...]:
    """One row for each date of the tracker."""
    lines = LineRates(exporter)
    tracker = TrackerRules(data, lines)
    where = in_groups(lines)
    rows: list[Row] = []
    for day, figure in published(data, exporter).items():
        event = EVENTS.get(exporter, {}).get(day, day)
        then = added(date.fromisoformat(event), exporter)
        groups: dict[str, float] = {}
        method = by_rules = 0.0
        if exporter in DIVIDED:
            mine, theirs = lines.added(date.fromisoformat(event)), tracker.added(day)
            groups = {name: lines.average(mine - theirs, flags) for name, flags in where.items()}
            method, by_rules = then - lines.average(mine), lines.average(theirs) - figure
        ours = added(date.fromisoformat(day), exporter)
        rows.append(Row(day, ours, event, then, figure, groups, method, by_rules))
    return tuple(rows)


def _shown(number: float) -> float:
    """A number as two digits show it, without the sign of a zero."""
    return round(number, 2) + 0.0


def _first_table(rows: tuple[Row, ...]) -> list[str]:
    heads = (
        "tracker's date",
        "ours, same day",
        "tracker",
        "in force by our registry",
        "ours, that day",
        "gap",
    )
    lines = [f"| {' | '.join(heads)} |", "|---|---:|---:|---|---:|---:|"]
    for row in rows:
        event = row.event if row.event != row.day else "same day"
        numbers = (row.ours, row.tracker), (row.ours_then,)
        (ours, tracker), (then,) = ([f"{_shown(number):.2f}" for number in part] for part in numbers)
        cells = f"{ours} | {tracker} | {event} | {then} | {_shown(row.gap):+.2f}"
        lines.append(f"| {row.day} | {cells} |")
    return lines


def _second_table(rows: tuple[Row, ...]) -> list[str]:
    names = list(GROUPS)
    lines = ["| tracker's date | gap | " + " | ".join(names) + " | method | rules |"]
    lines.append("|---|" + "---:|" * (len(names) + 3))
    for row in rows:
        cells = [row.gap, *(row.groups[name] for name in names), row.method, row.rules]
        lines.append(f"| {row.day} | " + " | ".join(f"{_shown(cell):+.2f}" for cell in cells) + " |")
    return lines


def _values(data: Path) -> list[str]:
    """Import values of the tracker's summary beside those of our lists."""
    path = data / "us_tariffs" / "tariff-summary-latest-data.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        summary = {row["country_name"]: row for row in csv.DictReader(stream)}
    lines = ["| | imports | 2024 rate, percent | vehicles and parts | metal derivatives | mill products |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    for exporter in NAMES:
        row = summary[NAMES[exporter]]
        metals = float(row["steel imports"]) + float(row["alu imports"])
        theirs = [float(row["total imports"]), float(row["auto imports"]), metals]
        ours, found = LineRates(exporter), {}
        for name, lists in (
            ("vehicles", ("us-232-autos", "us-232-auto-parts")),
            ("derivatives", ("us-232-metals-derivatives-2025-03",)),
            ("mill", ("us-232-steel", "us-232-aluminium")),
        ):
            listed = np.any([ours.listed(one) > 0 for one in lists], axis=0)
            found[name] = float(ours.value[listed].sum())
        rate = 100.0 * ours.duty.sum() / ours.value.sum()
        cells = [f"{ours.value.sum() / 1e9:.2f}", f"{rate:.2f}"]
        cells += [f"{found[name] / 1e9:.2f}" for name in ("vehicles", "derivatives", "mill")]
        lines.append(f"| {NAMES[exporter].title()}, ours | " + " | ".join(cells) + " |")
        cells = [f"{theirs[0] / 1e9:.2f}", f"{float(row['2024 tariff']):.2f}"]
        cells += [f"{number / 1e9:.2f}" for number in theirs[1:]]
        lines.append(f"| tracker | {' | '.join(cells)} | none |")
    return lines


def page(data: Path) -> str:
    """The text of docs/tracker.md."""
    tables = {"values": _values(data)}
    for exporter in NAMES:
        rows = compare(data, exporter)
        tables[exporter] = _first_table(rows)
        if exporter in DIVIDED:
            tables[f"{exporter}-groups"] = _second_table(rows)
    words = Path(__file__).with_name("tracker_page.md").read_text(encoding="utf-8").splitlines()
    lines = [line for word in words for line in (tables[word[1:]] if word.startswith("@") else [word])]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or say whether the one that ships is as built."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "docs" / "tracker.md")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = page(options.data)
    if options.check:
        same = options.out.read_text(encoding="utf-8") == text
        print(f"{options.out.name}: {'as built' if same else 'differs'}")
        return int(not same)
    options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
