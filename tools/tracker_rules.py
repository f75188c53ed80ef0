"""The rates of the Trade War Tracker by tariff line, by the rules that its README and its figures show.

The tracker sets a base rate for an exporter and then stamps the rate of each sector over it, action after
action: the last stamp decides, nothing adds up until Section 301 and 338 of 2026. Its figures are additions
to the rate of 2024. By these rules its averages on Canada and China come out again, see docs/tracker.md.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tools.line_rates import Flags, LineRates, Lines

__all__ = ["NAMES", "TrackerRules", "published"]

NAMES: Mapping[str, str] = {
    "CAN": "CANADA", "CHN": "CHINA", "MEX": "MEXICO", "EU27": "EUROPEAN UNION", "JPN": "JAPAN",
    "BRA": "BRAZIL",
}  # fmt: skip
# Base rate in percent from a day on. Canada: 35 percent of 25, 35, 45 percent; China: what its README says.
BASE: Mapping[str, Sequence[tuple[str, float]]] = {
    "CAN": (("2025-03-06", 8.75), ("2025-08-07", 12.25), ("2025-11-01", 15.75), ("2026-02-20", 0.0)),
    "CHN": (
        ("2025-02-04", 20.0), ("2025-04-05", 54.0), ("2025-04-08", 104.0), ("2025-04-09", 125.0),
        ("2025-05-12", 30.0), ("2025-11-01", 20.0), ("2026-02-20", 0.0), ("2026-02-24", 10.0),
        ("2026-07-24", 0.0),
    ),
}  # fmt: skip
# Rate of exempt goods: no reciprocal duty; on China the drug duty, and from 7 August 2025 the base.
EXEMPT: Mapping[str, Sequence[tuple[str, float]]] = {
    "CAN": (("2025-04-11", 0.0),),
    "CHN": (("2025-04-11", 20.0), ("2025-08-07", 30.0), ("2025-11-01", 20.0), ("2025-11-14", 10.0)),
}
VEHICLES = {"CAN": 15.0, "CHN": 25.0}
FILES: Mapping[str, tuple[str, ...]] = {
    "metals": ("steel-tariffs", "alu-tariffs"),
    "vehicles": ("auto-tariffs",),
    "copper": ("copper-list",),
    "exempt": ("consumer_electronics_EO14257_apr11", "annex-II-exemptions"),
    "exempt-november": ("annex-II-exemptions-nov14",),
    "exempt-122": ("section122-product-exemptions", "section122-specific-exemptions"),
    "annex-1a": ("metals-annex-IA",),
    "annex-1b": ("metals-annex-IB",),
    "annex-3": ("metals-annex-III-temporary",),
    "338": ("canada-338-alcohol", "canada-338-dairy", "canada-338-autos"),
    "338-aircraft": ("canada-338-aircraft-exempt",),
}
ORDINARY_LISTS: Mapping[str, tuple[str, ...]] = {
    "softwood": ("us-232-softwood",),
    "furniture": ("us-232-upholstered-furniture", "us-232-cabinets"),
}


def published(data: Path, exporter: str) -> dict[str, float]:
    """The tracker's own average additions on its dates, percent."""
    with (data / "us_tariffs" / "country-by-time.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["country_name"] == NAMES[exporter]]
    return {row["date"]: float(row["effective tariff"]) for row in rows}


def _since(steps: Sequence[tuple[str, float]], day: str) -> float:
    return next((rate for start, rate in reversed(steps) if start <= day), 0.0)


@dataclass(frozen=True)
class TrackerRules:
    """The tracker's rules on the lines of one exporter.

    Attributes:
        data: the folder with the tracker's lists.
        lines: values of the exporter's lines.
    """

    data: Path
    lines: LineRates

    def added(self, day: str) -> Lines:
        """Addition to the rate of 2024 of each line, (line,), a fraction."""
        who = self.lines.exporter
        rates = np.full(len(self.lines.codes), _since(BASE[who], day))
        stamps = self._stamps(who, day)
        for name, rate in stamps:
            rates[self.where(name)] = rate
        if "2026-02-24" <= day < "2026-04-06":
            exempt = self.where("exempt-122") if _since(BASE[who], day) else np.zeros(len(rates), bool)
            rates[exempt] = 0.0
        security = np.zeros(len(rates), bool)
        for name, _ in stamps:
            security |= self.where(name) & (not name.startswith("exempt"))
        if who == "CHN" and day >= "2026-07-24":
            rates += np.where(security | self.where("exempt-122"), 0.0, 12.5)
        if who == "CAN" and day >= "2026-08-19":
            rates += np.where(self.where("338") & ~self.where("338-aircraft") & ~security, 50.0, 0.0)
        return rates / 100.0

    def _stamps(self, who: str, day: str) -> list[tuple[str, float]]:
        vehicles, exempt = ("vehicles", VEHICLES[who]), _since(EXEMPT[who], day)
        timber = [("softwood", 10.0), ("furniture", 25.0), vehicles]
        if day >= "2026-04-06":
            annexes = [("annex-1a", 50.0), ("annex-1b", 25.0), ("annex-3", 15.0), vehicles]
            free = [("exempt-122", 0.0)] if day < "2026-07-24" else []
            return [*free, *annexes, *timber[:2]]
        if day >= "2026-02-20":
            return [("metals", 50.0), ("copper", 50.0), *timber]
        stamps: list[tuple[str, float]] = []
        for start, added in (
            ("2025-03-12", [("metals", 25.0)]),
            ("2025-04-03", [vehicles]),
            ("2025-04-11", [("exempt", exempt)]),
            ("2025-06-03", [("metals", 50.0)]),
            ("2025-08-07", [("copper", 50.0), *([vehicles] if who == "CAN" else [])]),
            ("2025-10-14", timber),
            ("2025-11-14", [("exempt-november", exempt)]),
        ):
            stamps += added if start <= day else []
        return stamps

    def where(self, name: str) -> Flags:
        """The lines on one of the tracker's lists."""
        return _where(self, name)


@cache
def _codes(data: Path, name: str) -> tuple[str, ...]:
    with (data / "us_tariffs" / "tariff-lists" / f"{name}.csv").open(
        encoding="utf-8-sig", newline=""
    ) as stream:
        return tuple(row[0].replace(".", "").strip() for row in list(csv.reader(stream))[1:])


@cache
def _where(rules: TrackerRules, name: str) -> Flags:
    if name in ORDINARY_LISTS:
        return np.any([rules.lines.listed(one) > 0 for one in ORDINARY_LISTS[name]], axis=0)
    return rules.lines.on(code for one in FILES[name] for code in _codes(rules.data, one))
