"""Read a labelled CSV matrix of numbers, and say which of its cells and lines are not."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem

__all__ = ["Cells", "read_cells"]

SHOWN = 5


@dataclass(frozen=True, eq=False)
class Cells:
    """A matrix with its labels.

    Attributes:
        rows: labels of the first column.
        columns: labels of the first line, without the corner.
        values: (row, column); NaN where the file has no number.
        problems: lines of the wrong length and cells that are not numbers.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: Float[np.ndarray, "row column"]
    problems: tuple[Problem, ...] = field(default=())


def read_cells(path: Path) -> Cells:
    """Read a CSV file with one line of column labels and one column of row labels.

    Raises:
        BadInput: no such file, an empty one, or one that is not text.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "x.csv"
        ...     _ = path.write_text("V1,A,B\\nr,1,2\\n")
        ...     read_cells(path).values.tolist()
        [[1.0, 2.0]]
    """
    if not path.is_file():
        raise BadInput(Problem("no such file", file=str(path)))
    header = _header(path)
    broken: list[Problem] = []
    text = _read_text(path, len(header), broken)
    rows = tuple(label.strip() for label in text.column(0).to_pylist())
    values, wrong = _numbers(text, header, rows, path)
    return Cells(rows, tuple(header[1:]), values, (*_lines(broken, path), *wrong))


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file)
            header, first = next(lines, []), next(lines, None)
    except (UnicodeDecodeError, csv.Error):
        remedy = "unpack the archive and give the .csv file in it"
        raise BadInput(Problem("not a text file", file=str(path), remedy=remedy)) from None
    if len(header) < 2:
        raise BadInput(Problem("no columns in the first line: not a comma-separated table", file=str(path)))
    if first is None:
        raise BadInput(Problem("no lines below the first: the file is cut short", file=str(path)))
    return [label.strip() for label in header]


def _read_text(path: Path, width: int, broken: list[Problem]) -> Any:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    def note(row: Any) -> str:
        message = f"{row.actual_columns} cells where the first line has {row.expected_columns}"
        line = row.number if row.number is not None else None
        broken.append(Problem(message, file=str(path), line=line))
        return "skip"

    names = [str(position) for position in range(width)]
    try:
        return arrow_csv.read_csv(
            path,
            # One thread: only then are the numbers of broken lines known.
            read_options=arrow_csv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False, block_size=1 << 24
            ),
            parse_options=arrow_csv.ParseOptions(invalid_row_handler=note),
            convert_options=arrow_csv.ConvertOptions(
                column_types={"0": pa.string()}, strings_can_be_null=False, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as error:
        raise BadInput([*broken, Problem(f"cannot be read as a table ({error})", file=str(path))]) from None


def _lines(broken: list[Problem], path: Path) -> list[Problem]:
    more = len(broken) - SHOWN
    rest = [Problem(f"{more} more lines of the wrong length", file=str(path))] if more > 0 else []
    return broken[:SHOWN] + rest


def _numbers(
    text: Any, header: list[str], rows: tuple[str, ...], path: Path
) -> tuple[Float[np.ndarray, "row column"], list[Problem]]:
    import pyarrow as pa

    values = np.full((len(rows), len(header) - 1), np.nan)
    problems: list[Problem] = []
    found = 0
    for position in range(1, len(header)):
        column = text.column(position)
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            numbers = column.cast(pa.float64()).to_numpy()
        else:
            numbers = np.array([_number(cell) for cell in column.to_pylist()], dtype=np.float64)
        values[:, position - 1] = numbers
        bad = np.flatnonzero(~np.isfinite(numbers))
        found += bad.size
        for row in bad[: max(0, SHOWN - len(problems))]:
            cell = column[int(row)].as_py()
            shown = "is empty" if cell is None else f"is not a number: '{cell}'"
            message = f"row {rows[row]}, column {header[position]} {shown}"
            problems.append(Problem(message, file=str(path), line=int(row) + 2))
    problems.sort(key=lambda problem: problem.line or 0)
    if found > len(problems):
        problems.append(Problem(f"{found - len(problems)} more cells are not numbers", file=str(path)))
    return values, problems


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return float("nan")
