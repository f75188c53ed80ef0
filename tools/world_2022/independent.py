"""Compare the estimate with tables of a publisher that is no source of it: ADB, 2017 and 2023.

The data carry no licence to pass them on, so only distances and ratios leave this module.
"""

from __future__ import annotations

import dataclasses
import pathlib
import warnings
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.world_2022.classifications import SECTIONS, indicator
from tools.world_2022.holdout import misallocated
from tools.world_2022.prior import Carrying, Correspondence, aggregate, carry_forward
from tools.world_2022.sources import TradeTable

FloatArray = npt.NDArray[np.float64]
ADB = "adb_mrio44/adb_mrio_44x19_trade_2017_2023.npz"
FOCUS = ("CAN", "CHN", "USA", "MEX")
# The naive method: the old table grown with intermediate flows to this power, and nothing else.
NAIVE = Carrying(foreign_growth=0.75, domestic_growth=0.75, pattern_share=0.0)
# Fuels and refining (B05, B06, C19) are not in the tables as delivered; B09 mostly serves them.
_OECD_BY_ADB = {
    "Agriculture": "A01 A02 A03",
    "Other mining": "B07 B08",
    "Food": "C10T12",
    "Textiles": "C13T15",
    "Wood": "C16",
    "Paper": "C17_18",
    "Chemicals": "C20 C21",
    "Rubber and plastics": "C22",
    "Nonmetallic minerals": "C23",
    "Basic and fabricated metal": "C24A C24B C25",
    "Machinery nec": "C28",
    "Electrical and optical": "C26 C27",
    "Transport equipment": "C29 C301 C302T309",
    "Manufacturing nec": "C31T33",
    "Electricity gas water": "D E",
    "Construction": "F",
    "Commercial": "G I",
    "Transport and telecom": "H49 H50 H51 H52 H53 J61",
    "Other services": "J58T60 J62_63 K L M N O P Q R S T",
}
# Mining was split from fuels by the compiler, services follow another concept (README): neither counts.
COMPARABLE = (0, *range(2, 14))
_SECTION_ROWS = (("A", (0,)), ("C", tuple(range(2, 14))))
_SHOWN = (
    "Agriculture", "Food", "Chemicals", "Basic and fabricated metal", "Electrical and optical",
    "Transport equipment",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class OtherPublisher:
    """ADB's flows of 2017 and 2023, (sector, importer, exporter), USD million; 'ROW' is the last economy."""

    economies: tuple[str, ...]
    first: FloatArray
    last: FloatArray

    def year(self, year: int) -> FloatArray:
        """Flows of a year between the two, on a straight line."""
        share = (year - 2017) / 6
        return (1.0 - share) * self.first + share * self.last


def read_adb(data: pathlib.Path) -> OtherPublisher:
    """ADB's tables without fuels and refining."""
    with np.load(data / ADB, allow_pickle=False) as stored:
        first, last = (stored[name].astype(np.float64).transpose(1, 2, 0) for name in ("M17", "M23"))
        economies = tuple(str(code) for code in stored["iso"])
        found = [str(name) for name in stored["sector"]]
    if found != list(_OECD_BY_ADB):
        raise ValueError(f"sectors of {ADB} are not those expected: {found}")
    return OtherPublisher(economies, first, last)


def to_adb(
    flows: FloatArray, economies: Sequence[str], sectors: Sequence[str], other: Sequence[str]
) -> FloatArray:
    """Flows summed to ADB's economies and sectors; economies it does not show go to the last one."""
    last = len(other) - 1
    place = np.array([other.index(code) if code in other else last for code in economies], dtype=np.int64)
    group_of = {code: row for row, codes in enumerate(_OECD_BY_ADB.values()) for code in codes.split()}
    rows = np.array([group_of.get(code, -1) for code in sectors], dtype=np.int64)
    members = indicator(place, last + 1)
    return aggregate(flows, indicator(rows, len(_OECD_BY_ADB)), members, members)


def naive_final(new: TradeTable, old: TradeTable, match: Correspondence, final: FloatArray) -> FloatArray:
    """Final flows by the naive method; trade with the rest of the world stays that of the estimate."""
    count = len(new.economies)
    carried = carry_forward(new, old, match, NAIVE)
    sold = final[:, :count, :count].sum(axis=1)
    carried *= (sold / np.maximum(carried.sum(axis=1), 1e-9))[:, None, :]
    found = final.copy()
    found[:, :count, :count] = carried
    return found


def distance(found: FloatArray, other: FloatArray) -> float:
    """Share of value misallocated once the common level is removed."""
    return misallocated(found, other * (found.sum() / other.sum()))


def compare_independent(
    data: pathlib.Path,
    sectors: Sequence[str],
    economies: Sequence[str],
    exact: TradeTable,
    flows: Mapping[str, FloatArray],
) -> dict[str, Any]:
    """Distances of the estimate and of the naive method from ADB's tables, beside those of exact tables.

    International goods trade, intermediate and final, without mining and fuels; levels removed. Part of any
    distance is definition: ADB against the OECD's exact table of 2019 shows how much. Empty, with a
    warning, where ADB's tables are missing.

    Args:
        data: Folder with the published tables.
        sectors: OECD codes of the sectors of `flows`.
        economies: Codes of the economies of `flows`.
        exact: The OECD's table of 2019.
        flows: 'intermediate' flows, estimated 'final' flows and 'naive' ones, (sector, importer, exporter).
    """
    if not (data / ADB).exists():
        warnings.warn(f"{ADB} is missing: measured errors lack the comparison with it", stacklevel=2)
        return {}
    other = read_adb(data)
    parts = {name: to_adb(part, economies, sectors, other.economies) for name, part in flows.items()}
    totals = {
        "estimate": parts["intermediate"] + parts["final"],
        "naive": parts["intermediate"] + parts["naive"],
        "ADB 2017": other.first,
    }
    refining = [_refining_share(sectors, flows[name]) for name in ("intermediate", "final")]
    return {
        **_all_economies(totals, parts["intermediate"], other),
        **_sections(exact, _without_refining(exact, economies, refining), parts, other),
        "pairs by sector": _pairs(totals, parts["intermediate"], other),
    }


def _all_economies(
    totals: Mapping[str, FloatArray], intermediate: FloatArray, other: OtherPublisher
) -> dict[str, Any]:
    """Distances from ADB's 2023 among the economies it names: of cells, pairs and sectors."""
    abroad = ~np.eye(len(other.economies), dtype=bool)
    abroad[-1], abroad[:, -1] = False, False
    rows = list(COMPARABLE)
    then = other.last[rows][:, abroad]
    now = {name: flows[rows][:, abroad] for name, flows in totals.items()}
    names = [list(_OECD_BY_ADB)[row] for row in rows]
    by_sector = {
        name: np.array([distance(*row) for row in zip(flows, then, strict=True)])
        for name, flows in now.items()
    }
    sold = now["estimate"].sum(axis=1)
    exact = intermediate[rows][:, abroad].sum(axis=1) / sold
    groups = {"four fifths known exactly": exact >= 0.8, "more than half estimated": exact < 0.5}
    return {
        "estimate 2022 / ADB 2023": float(now["estimate"].sum() / then.sum()),
        "from ADB 2023": {
            name: {
                "cells": distance(flows, then),
                "bilateral totals": distance(flows.sum(axis=0), then.sum(axis=0)),
                "mix of goods within pairs": _mix(flows, then),
            }
            for name, flows in now.items()
        },
        "from ADB 2023, mean of sectors": {
            label: {
                name: float(np.average(by_sector[name][kept], weights=sold[kept]))
                for name in ("estimate", "naive")
            }
            for label, kept in groups.items()
        },
        # Lists, which stay out of the figures that a world carries.
        "left out, estimate / ADB 2023": [
            (name, float(totals["estimate"][row][abroad].sum() / other.last[row][abroad].sum()))
            for row, name in enumerate(_OECD_BY_ADB)
            if row not in COMPARABLE
        ],
        "imports and exports / ADB 2023, level removed": _by_economy(
            _goods(totals["estimate"][rows], abroad), _goods(other.last[rows], abroad), other.economies
        ),
        "from ADB 2023 by sector": {
            sector: {name: float(values[row]) for name, values in by_sector.items()}
            for row, sector in enumerate(names)
        },
    }


def _refining_share(sectors: Sequence[str], flows: FloatArray) -> FloatArray:
    """Share of refining in the manufactures of each pair, (importer, exporter)."""
    manufactures = flows[[code[0] == "C" for code in sectors]].sum(axis=0)
    return np.asarray(flows[list(sectors).index("C19")] / np.maximum(manufactures, 1e-9))


def _without_refining(
    exact: TradeTable, economies: Sequence[str], refining: Sequence[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Agriculture and manufacturing of the exact table, intermediate and final, less refining's share of
    2022."""
    assert exact.final is not None
    named = [code for code in exact.economies if code != "ROW"]
    old, here = _take(named, exact.economies), _take(named, economies)
    found = []
    for flows, share in zip((exact.intermediate, exact.final), refining, strict=True):
        manufactures = flows[SECTIONS.index("C")][old] * (1.0 - share[here])
        found.append(np.stack([flows[SECTIONS.index("A")][old], manufactures]))
    return found[0], found[1]


def _sections(
    exact: TradeTable,
    before: tuple[FloatArray, FloatArray],
    parts: Mapping[str, FloatArray],
    other: OtherPublisher,
) -> dict[str, Any]:
    """Agriculture and manufacturing among G20 members that both ADB and the exact table of 2019 show.

    The exact table shows what lies between publishers when nothing is estimated. Grown as ADB's flows grew it
    also predicts 2022, and the estimated final flows can be held against the exact intermediate ones.
    """
    named = [code for code in exact.economies if code != "ROW"]
    members = [code for code in named if code in other.economies]
    there, kept = _take(members, other.economies), _take(members, named)
    between, final = (np.stack([section[kept] for section in flows]) for flows in before)
    now = {name: _rows(flows, there) for name, flows in parts.items()}
    adb = {year: _rows(other.year(year), there) for year in (2019, 2022)}
    growth = np.divide(adb[2022], adb[2019], out=np.ones_like(adb[2019]), where=adb[2019] > 0)
    then, naive = between + final, now["intermediate"] + now["naive"]
    estimate = now["intermediate"] + now["final"]
    foreign = ~np.eye(len(members), dtype=bool)

    def ratios(place: tuple[int, int, int]) -> dict[str, float]:
        return {
            "OECD exact 2019 / ADB 2019": float(then[place] / adb[2019][place]),
            "estimate / ADB 2022": float(estimate[place] / adb[2022][place]),
        }

    return {
        "bilateral totals of G20 members": {
            "OECD exact 2019 / ADB 2019": float(_abroad(then).sum() / _abroad(adb[2019]).sum()),
            "estimate 2022 / ADB 2022": float(_abroad(estimate).sum() / _abroad(adb[2022]).sum()),
            "OECD exact 2019 from ADB": _gap(then, adb[2019]),
            "estimate from ADB": _gap(estimate, adb[2022]),
            "naive from ADB": _gap(naive, adb[2022]),
            "from exact 2019 grown as ADB's": {
                "intermediate (exact)": _gap(now["intermediate"], between * growth),
                "final, estimate": _gap(now["final"], final * growth),
                "final, naive": _gap(now["naive"], final * growth),
            },
        },
        "imports and exports of G20 members / ADB, level removed": {
            "OECD exact 2019": _by_economy(_goods(then, foreign), _goods(adb[2019], foreign), members),
            "estimate 2022": _by_economy(_goods(estimate, foreign), _goods(adb[2022], foreign), members),
        },
        "CAN to CHN agriculture": ratios((0, members.index("CHN"), members.index("CAN"))),
        "pairs, manufactures by sector": {
            f"{members[exporter]} to {members[importer]}": ratios((1, importer, exporter))
            for exporter, importer in permutations(map(members.index, FOCUS), 2)
        },
    }


def _mix(found: FloatArray, other: FloatArray) -> float:
    """Share of value in the wrong sector (sector, pair) if every pair had the other table's total."""
    total = other.sum(axis=0)
    level = found.sum(axis=0) / np.where(total > 0, total, 1.0)
    used = (total > 0) & (level > 0)
    return misallocated(found[:, used], (other * level)[:, used])


def _goods(flows: FloatArray, kept: npt.NDArray[np.bool_]) -> FloatArray:
    """Flows of the pairs kept, summed over sectors, (importer, exporter)."""
    return np.where(kept, flows.sum(axis=0), 0.0)


def _by_economy(
    found: FloatArray, other: FloatArray, economies: Sequence[str]
) -> list[tuple[str, float, float]]:
    """Imports and exports (importer, exporter) of each economy over another table's."""
    level = found.sum() / other.sum()
    imports, exports = (
        found.sum(axis=side) / np.maximum(level * other.sum(axis=side), 1e-9) for side in (1, 0)
    )
    return [
        (code, float(bought), float(sold))
        for code, bought, sold in zip(economies, imports, exports, strict=True)
        if bought > 0
    ]


def _take(members: Sequence[str], economies: Sequence[str]) -> tuple[npt.NDArray[Any], ...]:
    place = [economies.index(code) for code in members]
    return np.ix_(place, place)


def _rows(flows: FloatArray, place: tuple[npt.NDArray[Any], ...]) -> FloatArray:
    return np.stack([flows[list(rows)].sum(axis=0)[place] for _, rows in _SECTION_ROWS])


def _abroad(flows: FloatArray) -> FloatArray:
    return flows[:, ~np.eye(flows.shape[1], dtype=bool)]


def _gap(found: FloatArray, other: FloatArray) -> float:
    """Distance of bilateral totals."""
    return distance(_abroad(found).sum(axis=0), _abroad(other).sum(axis=0))


def _pairs(
    totals: Mapping[str, FloatArray], intermediate: FloatArray, other: OtherPublisher
) -> dict[str, Any]:
    """Ratios to ADB's 2023 of each pair of the focus economies: all goods, some sectors, and the mix; with
    the share of the estimate that is the OECD's own intermediate flow."""
    found: dict[str, Any] = {}
    for exporter, importer in permutations(FOCUS, 2):
        place = other.economies.index(importer), other.economies.index(exporter)
        pair = {name: flows[:, *place] for name, flows in totals.items()}
        then, exact = other.last[:, *place], intermediate[:, *place]
        found[f"{exporter} to {importer}"] = {
            **{
                f"{name} / ADB 2023": {
                    **_ratios(now, then),
                    "mix misallocated": distance(now[list(COMPARABLE)], then[list(COMPARABLE)]),
                }
                for name, now in pair.items()
            },
            "known exactly": _ratios(exact, pair["estimate"]),
        }
    return found


def _ratios(found: FloatArray, other: FloatArray) -> dict[str, float]:
    """Ratios of all comparable goods and of the sectors shown."""
    names, rows = list(_OECD_BY_ADB), list(COMPARABLE)
    return {
        "all": float(found[rows].sum() / other[rows].sum()),
        **{sector: float(found[names.index(sector)] / other[names.index(sector)]) for sector in _SHOWN},
    }
