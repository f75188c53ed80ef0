"""Baseline tariffs from a user's own file: a plain table of rates, or a WITS/TRAINS download.

Both replace the tariffs they name and leave the others. A plain table has the columns importer, exporter, a
sector or an HS code, and a rate whose unit stands in its name: `rate_percent` or `rate_fraction`. A WITS
download ("Reporter Name", "Partner Name", "Product", a rate in percent such as "Weighted Average") has HS6
products. Rates on HS codes are averaged to sectors by the imports that the file gives, else simply.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detente.errors import BadInput, Problem
from detente.world.concordance import sectors_of_hs_in
from detente.world.world import World

__all__ = ["read_tariff_file"]

# Column names in use, folded to letters and digits, by what they hold.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "importer": ("importer", "reporter", "reportername", "reporteriso3", "reportercode", "importingcountry"),
    "exporter": ("exporter", "partner", "partnername", "partneriso3", "partnercode", "exportingcountry"),
    "sector": ("sector",),
    "hs": ("hs", "hs6", "hscode", "product", "productcode"),
    "percent": (
        "ratepercent",
        "weightedaverage",
        "simpleaverage",
        "ahs",
        "ahsweightedaverage",
        "mfnweightedaverage",
    ),
    "fraction": ("ratefraction",),
    "imports": ("imports", "importsusd", "importsvaluein1000usd", "tradevalue", "totaltradevalue"),
    "kind": ("dutytype", "tarifftype"),
}
_ALL_PARTNERS = ("world", "all", "allcountries", "wld", "000")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_MOST = 30.0  # a rate above 3000 percent is a mistake of unit, not a tariff


@dataclass(frozen=True)
class _Rate:
    """One usable row: positions of the flow's sectors and partners, the rate, its weight and its kind."""

    line: int
    importer: int
    exporters: tuple[int, ...]
    sectors: tuple[int, ...]
    rate: float
    weight: float
    kind: str


def _fold(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _columns(header: list[str], file: str) -> dict[str, int]:
    """Position of each known column."""
    folded = [_fold(name.lstrip("\ufeff")) for name in header]
    found: dict[str, int] = {}
    for meaning, names in _COLUMNS.items():
        for name in names:
            if name in folded:
                found[meaning] = folded.index(name)
                break
    problems = []
    if "importer" not in found or "exporter" not in found:
        remedy = "name columns importer and exporter (or Reporter and Partner, as WITS does)"
        problems.append(Problem("no column for importer or exporter", file, 1, remedy=remedy))
    if ("sector" in found) == ("hs" in found):
        remedy = "give one column: sector, or hs (WITS: Product)"
        what = "both a sector and an HS column" if "sector" in found else "no column for sector or HS code"
        problems.append(Problem(what, file, 1, remedy=remedy))
    if ("percent" in found) == ("fraction" in found):
        remedy = "name one column rate_percent or rate_fraction, so that its unit is sure"
        what = "two columns of rates" if "percent" in found else "no column of rates with a unit"
        problems.append(Problem(what, file, 1, remedy=remedy))
    if problems:
        raise BadInput(problems)
    return found


def _number(text: str, file: str, line: int, field: str) -> float | Problem:
    written = text.removesuffix("%").strip()
    if "," in written and not _THOUSANDS.fullmatch(written):
        return Problem(f"'{text}' is not a number", file, line, field, "write decimals after a point, as 6.5")
    try:
        value = float(written.replace(",", ""))
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        return Problem(f"'{text}' is not a number", file, line, field, "leave out rows without a rate")
    return value


class _Reader:
    """Reads rows of one file for one world and collects what is wrong with them."""

    def __init__(self, world: World, file: str, columns: Mapping[str, int]) -> None:
        self.world, self.file, self.columns = world, file, columns
        self.problems: list[Problem] = []
        self._economies: dict[str, int | Problem] = {}
        self._sectors: dict[str, tuple[int, ...] | Problem] = {}

    def _found(self, line: int, field: str, call: Callable[[], str]) -> str | Problem:
        try:
            return call()
        except BadInput as bad:
            first = bad.problems[0]
            return Problem(first.message, self.file, line, field, first.remedy)

    def _economy(self, text: str, line: int, field: str) -> int | Problem:
        if text not in self._economies:
            found = self._found(line, field, lambda: self.world.economy(text))
            self._economies[text] = found if isinstance(found, Problem) else self.world.economies.index(found)
        known = self._economies[text]
        return replace(known, line=line, field=field) if isinstance(known, Problem) else known

    def _sector(self, text: str, line: int) -> tuple[int, ...] | Problem:
        field = "sector" if "sector" in self.columns else "hs"
        if text not in self._sectors:
            self._sectors[text] = self._sectors_of(text, line, field)
        known = self._sectors[text]
        return replace(known, line=line) if isinstance(known, Problem) else known

    def _sectors_of(self, text: str, line: int, field: str) -> tuple[int, ...] | Problem:
        place = self.world.sectors.index
        try:
            if field == "sector":
                return (place(self.world.sector(text)),)
            code = text.strip().replace(".", "")
            # Spreadsheets drop the zero before chapters 01 to 09.
            code = code.zfill(len(code) + len(code) % 2) if code.isdecimal() else code
            return tuple(place(sector) for sector in sectors_of_hs_in(self.world, [code]))
        except BadInput as bad:
            first = bad.problems[0]
            return Problem(first.message, self.file, line, field, first.remedy)

    def row(self, cells: list[str], line: int) -> _Rate | None:
        """A rate, or None where something in the row is wrong (and noted) or the row has no rate."""
        columns = self.columns
        if len(cells) <= max(columns.values()):
            message = f"{len(cells)} cells, but the header needs {max(columns.values()) + 1}"
            self.problems.append(Problem(message, self.file, line, remedy="complete the row or remove it"))
            return None
        get = {meaning: cells[position].strip() for meaning, position in columns.items()}
        unit = "percent" if "percent" in columns else "fraction"
        rate = _number(get[unit], self.file, line, unit)
        if not isinstance(rate, Problem):
            rate = rate / 100 if unit == "percent" else rate
            if not 0 <= rate <= _MOST:
                message = f"rate of {100 * rate:g} percent"
                remedy = "give ad valorem rates from 0 up, in the unit that the column names"
                rate = Problem(message, self.file, line, unit, remedy)
        importer = self._economy(get["importer"], line, "importer")
        exporters: tuple[int, ...] | Problem
        if _fold(get["exporter"]) in _ALL_PARTNERS:
            exporters = tuple(range(len(self.world.economies)))
        else:
            one = self._economy(get["exporter"], line, "exporter")
            exporters = one if isinstance(one, Problem) else (one,)
        sectors = self._sector(get.get("sector", get.get("hs", "")), line)
        weight = _number(get["imports"] or "0", self.file, line, "imports") if "imports" in columns else 1.0
        found = (rate, importer, exporters, sectors, weight)
        wrong = [item for item in found if isinstance(item, Problem)]
        if (
            isinstance(rate, Problem) or isinstance(importer, Problem) or isinstance(exporters, Problem)
            or isinstance(sectors, Problem) or isinstance(weight, Problem)
        ):  # fmt: skip
            self.problems += wrong
            return None
        return _Rate(line, importer, exporters, sectors, rate, max(weight, 0.0), get.get("kind", "").upper())


def _cells(rates: Iterable[_Rate]) -> dict[tuple[int, int, int], tuple[float, float, float]]:
    """For each flow: sum of weights times rates, sum of weights, and plain mean, of its most specific rows.

    A row for one partner goes before one for all partners; applied rates go before most-favoured-nation ones.
    """
    rows: dict[tuple[int, int, int], list[tuple[int, float, float]]] = {}
    for rate in rates:
        rank = (2 if len(rate.exporters) == 1 else 0) + (0 if rate.kind.startswith("MFN") else 1)
        for exporter in rate.exporters:
            for sector in rate.sectors:
                if exporter != rate.importer:
                    rows.setdefault((sector, rate.importer, exporter), []).append(
                        (rank, rate.rate, rate.weight)
                    )
    found = {}
    for flow, items in rows.items():
        best = [(rate, weight) for rank, rate, weight in items if rank == max(item[0] for item in items)]
        plain = sum(rate for rate, _ in best) / len(best)
        found[flow] = (sum(rate * weight for rate, weight in best), sum(weight for _, weight in best), plain)
    return found


def read_tariff_file(path: str | Path, world: World) -> World:
    """A world whose baseline tariffs are those of a user's file, where the file has any.

    Args:
        path: a CSV file: columns importer, exporter, sector (or hs), rate_percent (or rate_fraction), or a
            WITS download with Reporter, Partner, Product, a rate in percent and, if given, imports. "World"
            as partner means every partner without a row of its own.
        world: the world whose tariffs are replaced; economies in any usual spelling, sectors by code or
            title.

    Returns:
        The world with a new `tariff_factor` (sector, importer, exporter) and a further tariff layer in its
        provenance; an importer in the file no longer counts as having the additional duties of a known day
        in its tariffs. Flows and inputs are kept, so value added changes with the duties on inputs.

    Raises:
        BadInput: the file is missing, has no usable columns, or rows that name unknown economies, sectors or
            HS codes, or rates that are negative, absurd or given twice; lists all of them with their lines.

    Examples:
        >>> import detente as dt, tempfile, pathlib
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = file.write_text("importer,exporter,sector,rate_percent\\nCanada,China,Manufacturing,6.5\\n")
        >>> world = read_tariff_file(file, dt.load_world("g20-2019"))
        >>> place = world.economies.index
        >>> round(float(world.tariff_factor[world.sectors.index("C"), place("CAN"), place("CHN")]), 4)
        1.065
    """
    path = Path(path)
    name = path.name
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
    except OSError as error:
        message = f"cannot read the tariff file: {error.strerror}"
        raise BadInput(Problem(message, str(path), remedy="give the path of a CSV file")) from None
    except (UnicodeDecodeError, csv.Error):
        message = "the tariff file is not text in UTF-8"
        raise BadInput(Problem(message, name, remedy="save it as CSV, encoding UTF-8")) from None
    if not lines:
        raise BadInput(Problem("the tariff file is empty", name, remedy="give a header and rows"))
    reader = _Reader(world, name, _columns(lines[0], name))
    rows = [(number, cells) for number, cells in enumerate(lines[1:], start=2) if any(map(str.strip, cells))]
    rates = [rate for number, cells in rows if (rate := reader.row(cells, number))]
    problems = reader.problems + _twice(rates, reader, name)
    if not rows:
        problems.append(Problem("the tariff file has no rows", name, remedy="give at least one rate"))
    if problems:
        raise BadInput(problems)
    factor = np.array(world.tariff_factor)
    cells = _cells(rates)
    for flow, (weighted, weight, plain) in cells.items():
        factor[flow] = 1 + (weighted / weight if weight > 0 else plain)
    layer = (
        f"{len(cells)} tariffs of {len({flow[1] for flow in cells})} importers from the user's file {name}."
    )
    # What additional duties a file's rates hold is not known.
    replaced = {world.economies[flow[1]] for flow in cells}
    included = {who: day for who, day in world.provenance.measures_included.items() if who not in replaced}
    provenance = replace(
        world.provenance,
        tariff_layers=(*world.provenance.tariff_layers, layer),
        measures_included=included,
    )
    return world.replace(tariff_factor=factor, provenance=provenance)


def _twice(rates: Iterable[_Rate], reader: _Reader, file: str) -> list[Problem]:
    """Rows of a sector table that give the rate of a flow again; HS lines are averaged instead."""
    if "hs" in reader.columns:
        return []
    first: dict[tuple[int, tuple[int, ...], tuple[int, ...], str], int] = {}
    problems = []
    for rate in rates:
        key = (rate.importer, rate.exporters, rate.sectors, rate.kind)
        if key in first:
            message = f"the rate of this flow was given in line {first[key]}"
            problems.append(Problem(message, file, rate.line, remedy="keep one of the two"))
        first.setdefault(key, rate.line)
    return problems
