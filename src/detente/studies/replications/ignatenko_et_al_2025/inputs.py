"""The paper's data: trade and GDP of 194 economies in 2023, and the rates announced on 2 April 2025."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem

__all__ = ["CHINA", "EUROPEAN_UNION", "FILES", "UNITED_STATES", "Inputs", "read_inputs"]

LABELS, TRADE, GDP, RATES = "country_labels.csv", "trade_cepii.csv", "gdp.csv", "tariffs.csv"
FILES = {LABELS: "baci2023", TRADE: "baci2023", GDP: "baci2023", RATES: "liberation2025"}
"""Each file, and the subfolder of the given folder that may hold it."""

UNITED_STATES, CHINA = "USA", "CHN"
# The paper's group: 25 members. Czechia and Slovakia, members too, are not in it.
EUROPEAN_UNION = (
    *("AUT", "BEL", "BGR", "CYP", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN"),
    *("IRL", "ITA", "LTU", "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVN", "SWE"),
)
# A table of the wrong kind has something wrong in every cell.
_MOST_PROBLEMS = 10


class Inputs(NamedTuple):
    """What the tables are computed from.

    Attributes:
        economies: ISO codes.
        flows: goods trade of 2023, (importer, exporter), USD million; nothing on the diagonal.
        gdp: of 2023 or the latest year before, (economy,), USD million.
        announced: rates of the United States on imports from each economy, (economy,), fractions.
    """

    economies: tuple[str, ...]
    flows: Float[np.ndarray, "importer exporter"]
    gdp: Float[np.ndarray, "economy"]
    announced: Float[np.ndarray, "economy"]

    def at(self, *codes: str) -> list[int]:
        """Places of economies.

        Examples:
            >>> import numpy as np
            >>> Inputs(("CAN", "USA"), np.zeros((2, 2)), np.ones(2), np.zeros(2)).at("USA")
            [1]
        """
        return [self.economies.index(code) for code in codes]


def read_inputs(data: Path) -> Inputs:
    """Read the four files, checked for presence, size and values, all problems at once.

    Args:
        data: folder with country_labels.csv, trade_cepii.csv, gdp.csv and tariffs.csv, or a folder whose
            subfolders baci2023 and liberation2025 hold them.

    Raises:
        BadInput: files missing or malformed; lists all of them, with line and column.
    """
    problems: list[Problem] = []
    rows = {name: _rows(data, name, problems) for name in FILES}
    economies = tuple(row[0] for row in rows[LABELS])
    problems.extend(_unknown(data, economies) if rows[LABELS] else ())
    size = len(economies) or None
    trade = _numbers(data, TRADE, rows[TRADE], size, problems, columns=size)
    gdp = _numbers(data, GDP, rows[GDP], size, problems)
    announced = _numbers(data, RATES, rows[RATES], size, problems)
    if problems:
        raise BadInput(problems)
    flows = trade.T * 1e-3  # rows are exporters, thousand USD
    np.fill_diagonal(flows, 0.0)
    return Inputs(economies, flows, gdp[:, 0] * 1e-6, announced[:, 0])


def _place(data: Path, name: str) -> Path:
    """Where a file is: in the folder itself, or in the subfolder named for its source."""
    beside = data / name
    return beside if beside.is_file() else data / FILES[name] / name


def _rows(data: Path, name: str, problems: list[Problem]) -> list[list[str]]:
    """Lines under the header, cut into cells."""
    path = _place(data, name)
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            table = list(csv.reader(lines))
    except OSError:
        remedy = f"give a folder that holds it, or whose subfolder {FILES[name]} does"
        problems.append(Problem(f"{name} is missing", file=str(data), remedy=remedy))
        return []
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(f"not a table of text: {error}", file=str(path)))
        return []
    if len(table) < 2:
        problems.append(Problem("no lines under the header", file=str(path)))
    return [row for row in table[1:] if row]


def _unknown(data: Path, economies: tuple[str, ...]) -> Iterator[Problem]:
    """Economies that the tables name and the labels do not have, or have twice."""
    file = str(_place(data, LABELS))
    for code in (UNITED_STATES, CHINA, *EUROPEAN_UNION):
        if code not in economies:
            yield Problem(f"economy {code} is missing", file=file, field="iso3")
    for code in sorted({code for code in economies if economies.count(code) > 1}):
        yield Problem(f"economy {code} is there twice", file=file, field="iso3")


def _numbers(
    data: Path,
    name: str,
    rows: list[list[str]],
    size: int | None,
    problems: list[Problem],
    columns: int | None = 1,
) -> Float[np.ndarray, "row column"]:
    """Cells as numbers that are not negative; in a table of trade an empty cell is no trade."""
    file = str(_place(data, name))
    if not rows or size is None or columns is None:
        return np.zeros((0, 1))
    if len(rows) != size:
        problems.append(
            Problem(
                f"{len(rows)} lines, but {size} economies",
                file=file,
                remedy=f"one line for each economy of {LABELS}",
            )
        )
        return np.zeros((0, 1))
    values = np.zeros((size, columns))
    wrong: list[Problem] = []
    for line, row in enumerate(rows):
        if len(row) != columns:
            message = f"{len(row)} cells, expected {columns}"
            wrong.append(Problem(message, file=file, line=line + 2))
            continue
        for column, cell in enumerate(row):
            value = _number(cell, empty_is_zero=name == TRADE)
            if value is None:
                message, remedy = f"'{cell}' is no amount", "a number that is not negative"
                wrong.append(Problem(message, file=file, line=line + 2, column=column + 1, remedy=remedy))
            else:
                values[line, column] = value
    problems.extend(wrong[:_MOST_PROBLEMS])
    if len(wrong) > _MOST_PROBLEMS:
        problems.append(Problem(f"{len(wrong) - _MOST_PROBLEMS} more like these", file=file))
    return values


def _number(cell: str, *, empty_is_zero: bool) -> float | None:
    if not cell.strip() and empty_is_zero:
        return 0.0
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0.0 else None
