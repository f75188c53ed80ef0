"""Charges on the carbon in imports, as rates by sector and exporter."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.policy.compiler.reach import usd_million
from detente.policy.measure import Measure
from detente.world.world import World

__all__ = ["COLUMNS", "carbon_rates"]

COLUMNS = ("economy", "sector", "tonnes_per_million_usd")
_EXAMPLE = f"the first line is {','.join(COLUMNS)}"


def carbon_rates(
    measure: Measure, world: World, folder: str | Path = "."
) -> Float[np.ndarray, "sector exporter"]:
    """What a carbon border charge is in percent of the value, as a fraction.

    The price of a tonne in USD, at the average exchange rate of its year, times tonnes of CO2 equivalent
    embodied in a million USD of what the exporter's sector sells.

    Args:
        measure: with `carbon`.
        world: no aggregate.
        folder: that the table's path is relative to.

    Returns:
        rates, zero where the table has no row.

    Raises:
        BadInput: no table, or rows that name unknown economies or sectors, or no number; lists all of them
            with line and column.
    """
    carbon = measure.carbon
    if carbon is None:
        raise BadInput(measure.place.problem("carbon", f"{measure.id}: no price and table of carbon"))
    try:
        price = usd_million(carbon.price, carbon.currency, carbon.year) * 1e6
    except BadInput as error:
        raise BadInput(
            [measure.place.problem("carbon", p.message, p.remedy) for p in error.problems]
        ) from None
    rows = _rows(measure, Path(folder) / carbon.table)
    reader = _Reader(world, str(carbon.table))
    for number, cells in rows:
        reader.read(number, cells)
    if reader.problems:
        raise BadInput(reader.problems)
    return reader.tonnes * price / 1e6


def _rows(measure: Measure, path: Path) -> list[tuple[int, list[str]]]:
    """Rows of a table, without its first line and blank ones, each with its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text in UTF-8"
        message = f"cannot read the table of emission factors '{path}': {reason}"
        remedy = "give the path of a CSV file, relative to the scenario's file"
        raise BadInput(measure.place.problem("carbon", message, remedy)) from None
    if not lines or tuple(cell.strip() for cell in lines[0]) != COLUMNS:
        raise BadInput(Problem("not a table of emission factors", path.name, 1, remedy=_EXAMPLE))
    rows = [(n, cells) for n, cells in enumerate(lines[1:], start=2) if any(cell.strip() for cell in cells)]
    if not rows:
        raise BadInput(Problem("the table of emission factors has no rows", path.name, remedy=_EXAMPLE))
    return rows


class _Reader:
    """Reads rows of a table of emission factors; what is wrong with them is noted."""

    def __init__(self, world: World, file: str) -> None:
        self.world, self.file = world, Path(file).name
        self.tonnes = np.zeros((len(world.sectors), len(world.economies)))
        self.first: dict[tuple[int, int], int] = {}
        self.problems: list[Problem] = []

    def note(self, line: int, cells: list[str], field: int, message: str, remedy: str | None) -> None:
        """Note a problem with one cell, at the column where its text begins."""
        column = sum(len(cell) + 1 for cell in cells[:field]) + 1
        self.problems.append(Problem(message, self.file, line, COLUMNS[field], remedy, column))

    def read(self, line: int, cells: list[str]) -> None:
        """One row."""
        if len(cells) != len(COLUMNS):
            message = f"{len(cells)} cells where {len(COLUMNS)} are expected"
            self.problems.append(Problem(message, self.file, line, remedy=_EXAMPLE))
            return
        before = len(self.problems)
        place: list[int] = []
        known = (self.world.economies, self.world.sectors)
        for field, find in enumerate((self.world.economy, self.world.sector)):
            try:
                place.append(known[field].index(find(cells[field].strip())))
            except BadInput as error:
                self.note(line, cells, field, error.problems[0].message, error.problems[0].remedy)
        tonnes = _number(cells[2])
        if tonnes is None:
            remedy = "write tonnes of CO2 equivalent for a million USD, zero or more"
            self.note(line, cells, 2, f"'{cells[2].strip()}' is no amount", remedy)
        if len(self.problems) > before or tonnes is None:
            return
        economy, sector = place
        if (sector, economy) in self.first:
            message = f"the row of line {self.first[sector, economy]} is given again"
            self.note(line, cells, 0, message, "keep one of the two")
        self.first.setdefault((sector, economy), line)
        self.tonnes[sector, economy] = tonnes


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value < float("inf") else None
