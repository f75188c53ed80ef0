"""Trade of 2017 and 2023 by sector, as published: before and after the tariffs of 2018 and 2019."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from detente.arrays import Bilateral
from detente.errors import BadInput, Problem

__all__ = ["FILE", "FOLDER", "GOODS", "INDUSTRIES", "TradeTables", "read_trade_tables"]

FOLDER, FILE = "adb_mrio44", "adb_mrio_44x19_trade_2017_2023.npz"
REST = "ROW"
INDUSTRIES: Mapping[str, tuple[str, ...]] = {
    "Agriculture": ("AtB",),
    "Other mining": ("C",),
    "Food": ("15t16",),
    "Textiles": ("17t18", "19"),
    "Wood": ("20",),
    "Paper": ("21t22",),
    "Chemicals": ("24",),
    "Rubber and plastics": ("25",),
    "Nonmetallic minerals": ("26",),
    "Basic and fabricated metal": ("27t28",),
    "Machinery nec": ("29",),
    "Electrical and optical": ("30t33",),
    "Transport equipment": ("34t35",),
    "Manufacturing nec": ("36t37",),
    "Electricity gas water": ("E",),
    "Construction": ("F",),
    "Commercial": ("50", "51", "52", "H"),
    "Transport and telecom": ("60", "61", "62", "63", "64"),
    "Other services": ("J", "70", "71t74", "L", "M", "N", "O", "P"),
}
"""Industries of WIOD's 2013 release in each sector of the tables; fossil fuels and refining are in none."""

GOODS = tuple(INDUSTRIES)[:14]
"""Sectors of goods, the first ones of the tables."""

_KEYS = ("iso", "sector", "M17", "M23")


class TradeTables(NamedTuple):
    """Sales of every economy to every economy, itself included, in two years.

    Attributes:
        economies: codes, "ROW" among them.
        sectors: names, as in `INDUSTRIES`.
        before, after: of 2017 and of 2023, (sector, importer, exporter), USD million a year.
    """

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    before: Bilateral
    after: Bilateral

    def grouped(self, economies: Sequence[str]) -> TradeTables:
        """The same with economies in another order; those that are not named join the rest of the world.

        Raises:
            BadInput: an economy that the tables do not have.
        """
        unknown = [code for code in economies if code not in self.economies]
        if unknown:
            message = f"the tables of trade have no {', '.join(unknown)}"
            raise BadInput(Problem(message, field="economies", remedy="group them into ROW"))
        place = [list(economies).index(code if code in economies else REST) for code in self.economies]
        member = np.eye(len(economies))[place]
        before, after = (
            np.asarray(np.einsum("sni,na,ib->sab", table, member, member, optimize=True))
            for table in (self.before, self.after)
        )
        return TradeTables(tuple(economies), self.sectors, before, after)


def read_trade_tables(folder: Path) -> TradeTables:
    """The tables of 2017 and 2023, from a folder or its subfolder `adb_mrio44`.

    Source: Asian Development Bank, Multi-Regional Input-Output Tables 2017 and 2023 (73 economies, 35
    sectors), aggregated by Wu Chengjun to 44 economies and 19 sectors, without fossil fuels and refining.

    Raises:
        BadInput: no such file, or it holds something else.
    """
    there = [path for path in (folder / FOLDER / FILE, folder / FILE) if path.is_file()]
    if not there:
        remedy = f"give the folder that holds {FOLDER}/{FILE}"
        raise BadInput(Problem(f"no {FILE}", file=str(folder), remedy=remedy))
    try:
        with np.load(there[0]) as tables:
            kept = {name: tables[name] for name in _KEYS}
    except (OSError, ValueError, KeyError) as error:
        message = f"no tables of trade: {error}"
        raise BadInput(
            Problem(message, file=str(there[0]), remedy=f"it must hold {', '.join(_KEYS)}")
        ) from None
    _check(kept, str(there[0]))
    before, after = (
        np.ascontiguousarray(kept[name].transpose(1, 2, 0), dtype=np.float64) for name in ("M17", "M23")
    )
    return TradeTables(tuple(kept["iso"].tolist()), tuple(kept["sector"].tolist()), before, after)


def _check(kept: Mapping[str, np.ndarray], file: str) -> None:
    """Sectors, shapes and signs; all problems together."""
    problems = []
    sectors, count = tuple(kept["sector"].tolist()), len(kept["iso"])
    if sectors != tuple(INDUSTRIES):
        message = f"sectors are {', '.join(map(str, sectors))}"
        problems.append(
            Problem(message, file=file, field="sector", remedy=f"wanted: {', '.join(INDUSTRIES)}")
        )
    if REST not in kept["iso"].tolist():
        problems.append(
            Problem(f"no economy '{REST}'", file=file, field="iso", remedy="the rest of the world")
        )
    for name in ("M17", "M23"):
        wanted = (count, len(sectors), count)
        if kept[name].shape != wanted:
            message = f"shape {kept[name].shape}"
            remedy = f"wanted: (exporter, sector, importer), {wanted}"
            problems.append(Problem(message, file=file, field=name, remedy=remedy))
        elif not (np.isfinite(kept[name]).all() and (kept[name] >= 0.0).all()):
            message = "flows that are negative or no numbers"
            problems.append(Problem(message, file=file, field=name, remedy="flows are 0 or more"))
    if problems:
        raise BadInput(problems)
