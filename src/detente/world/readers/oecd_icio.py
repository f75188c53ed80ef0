"""OECD Inter-Country Input-Output tables: the official CSV files of the 2021, 2023 and 2025 editions.

Only the regular layout is read. Rows are `ECO_SECTOR`, then taxes less subsidies (`TLS`, `TAXSUB`, or one
`ECO_TAXSUB` for each taxing economy), value added (`VA` or `VALU`) and output (`OUT`, `OUTPUT` or `TOTAL`).
Columns are `ECO_SECTOR`, then six final uses of each economy, then output. Codes of split economies (CN1,
CN2, MX1, MX2) are summed to CHN and MEX; `D` before a number of ISIC divisions (D01T02, as in OECD.Stat) is
left out. USD million.

Source: OECD (2021, 2023, 2025), OECD Inter-Country Input-Output Tables, http://oe.cd/icio.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detente.errors import BadInput, Problem
from detente.world.readers.checks import unbalanced
from detente.world.readers.csv_cells import Cells, read_cells
from detente.world.readers.table import Table

__all__ = ["read_oecd_icio", "year_in_name"]

FINAL_USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
TAXES = ("TLS", "TAXSUB")
VALUE_ADDED = ("VA", "VALU")
OUTPUT = ("OUT", "OUTPUT", "TOTAL")
SPLIT = {"CN": "CHN", "MX": "MEX"}
LABEL = re.compile(r"([A-Z]{3}|[A-Z]{2}\d)_(\w+)")
DIVISIONS = re.compile(r"^D(\d\d(?:T\d\d)?)$")
ROUNDING = 1.0
"""USD million: cells carry four decimals, so a row of 5000 sums to within a fraction of this."""
RELATIVE_ROUNDING = 1e-4
SHOWN = 5


@dataclass(frozen=True)
class _Labels:
    """Where the blocks of the file are: positions along one axis."""

    industries: dict[tuple[str, str], list[int]]
    final: dict[tuple[str, str], list[int]]
    taxes: list[int]
    value_added: list[int]
    output: list[int]
    unknown: list[str]


def read_oecd_icio(path: Path) -> Table:
    """Read an official CSV file of the OECD tables.

    Args:
        path: such as `2022_SML.csv`.

    Raises:
        BadInput: everything found wrong in the file: unknown, missing or duplicate labels, lines of the wrong
            length, cells that are not numbers, rows and columns that do not sum to the recorded output.

    Examples:
        >>> read_oecd_icio(Path("2022_SML.csv"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: 2022_SML.csv: no such file
    """
    cells = read_cells(path)
    columns, rows = _sort(cells.columns), _sort(cells.rows)
    problems = [
        *cells.problems,
        *_duplicates(cells, path),
        *_unknown(columns, rows, path),
        *_missing(columns, rows, path),
    ]
    if problems:
        raise BadInput(problems)
    table = _assemble(cells, columns, rows)
    problems = _unbalanced(cells, columns, rows, path)
    if problems:
        raise BadInput(problems)
    return table


def year_in_name(path: Path) -> int | None:
    """The year in a file's name, as in `2022_SML.csv` and `ICIO2021_2018.csv`; None if there is none.

    Examples:
        >>> year_in_name(Path("ICIO2021_2018.csv")), year_in_name(Path("table.csv"))
        (2018, None)
    """
    years = re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", path.stem)
    return int(years[-1]) if years else None


def _sort(labels: Sequence[str]) -> _Labels:
    sorted_labels = _Labels({}, {}, [], [], [], [])
    for position, label in enumerate(labels):
        match = LABEL.fullmatch(label)
        economy, item = match.groups() if match else ("", label)
        if item in TAXES:
            sorted_labels.taxes.append(position)
        elif item in VALUE_ADDED:
            sorted_labels.value_added.append(position)
        elif item in OUTPUT:
            sorted_labels.output.append(position)
        elif not match:
            sorted_labels.unknown.append(label)
        else:
            block = sorted_labels.final if item in FINAL_USES else sorted_labels.industries
            item = DIVISIONS.sub(r"\1", item)
            whole = SPLIT.get(economy[:2], economy) if economy[2].isdigit() else economy
            block.setdefault((whole, item), []).append(position)
    return sorted_labels


def _some(items: Iterable[str]) -> str:
    listed = list(items)
    return ", ".join(listed[:SHOWN]) + (f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else "")


def _duplicates(cells: Cells, path: Path) -> list[Problem]:
    problems = []
    for axis, labels in (("columns", cells.columns), ("rows", cells.rows)):
        twice = [label for label, count in Counter(labels).items() if count > 1]
        if twice:
            problems.append(Problem(f"duplicate {axis}: {_some(twice)}", file=str(path)))
    return problems


def _unknown(columns: _Labels, rows: _Labels, path: Path) -> list[Problem]:
    problems = []
    remedy = f"expected ECO_SECTOR, ECO_{'/'.join(FINAL_USES)}, TLS or TAXSUB, VA, OUT"
    for axis, labels in (("columns", columns), ("rows", rows)):
        if labels.unknown:
            message = f"{len(labels.unknown)} {axis} with unknown labels: {_some(labels.unknown)}"
            problems.append(Problem(message, file=str(path), remedy=remedy))
    return problems


def _missing(columns: _Labels, rows: _Labels, path: Path) -> list[Problem]:
    """Blocks and labels that are not there."""
    economies, sectors = _axes(columns, rows)
    if not economies or not sectors:
        return [Problem("no industries: not an OECD inter-country table", file=str(path))]
    wanted = {(economy, sector) for economy in economies for sector in sectors}
    final = {(economy, use) for economy in economies for use in FINAL_USES}
    named = {"output column OUT": columns.output, "output row OUT": rows.output}
    named |= {"value-added row VA": rows.value_added, "tax row TLS or TAXSUB": rows.taxes}
    problems = [Problem(f"no {name}", file=str(path)) for name, found in named.items() if not found]
    for what, needed, found in (
        ("industry columns", wanted, columns.industries),
        ("industry rows", wanted, rows.industries),
        ("final-demand columns", final, columns.final),
    ):
        lacking = sorted("_".join(label) for label in needed - set(found))
        if lacking:
            message = f"{len(lacking)} of {len(needed)} {what} are missing: {_some(lacking)}"
            problems.append(Problem(message, file=str(path), remedy="the file is cut short or edited"))
    return problems


def _axes(columns: _Labels, rows: _Labels) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Economies, the rest of the world last, and sectors, in the file's order."""
    labels = {**columns.industries, **rows.industries}
    economies = dict.fromkeys(economy for economy, _ in labels)
    sectors = dict.fromkeys(sector for _, sector in labels)
    return tuple(sorted(economies, key=lambda code: code == "ROW")), tuple(sectors)


def _positions(
    labels: dict[tuple[str, str], list[int]], order: list[tuple[str, str]]
) -> tuple[list[int], list[int]]:
    """Positions in the file and the place each is added to: split economies share a place."""
    source = [position for key in order for position in labels[key]]
    target = [place for place, key in enumerate(order) for _ in labels[key]]
    return source, target


def _assemble(cells: Cells, columns: _Labels, rows: _Labels) -> Table:
    economies, sectors = _axes(columns, rows)
    order = [(economy, sector) for economy in economies for sector in sectors]
    row_source, row_target = _positions(rows.industries, order)
    sales = np.zeros((len(order), cells.values.shape[1]))
    np.add.at(sales, row_target, cells.values[row_source])

    column_source, column_target = _positions(columns.industries, order)
    intermediate = np.zeros((len(order), len(order)))
    np.add.at(intermediate.T, column_target, sales.T[column_source])

    final = np.zeros((len(order), len(economies)))
    for place, economy in enumerate(economies):
        uses = [position for use in FINAL_USES for position in columns.final[economy, use]]
        final[:, place] = sales[:, uses].sum(axis=1)
    return Table(economies, sectors, intermediate, final, sales[:, columns.output[0]])


def _unbalanced(cells: Cells, columns: _Labels, rows: _Labels, path: Path) -> list[Problem]:
    """Rows and columns of the file, as they stand in it, against its output row and column."""
    industry_rows = sorted(position for found in rows.industries.values() for position in found)
    industry_columns = sorted(position for found in columns.industries.values() for position in found)
    uses = sorted(position for found in columns.final.values() for position in found)
    values = cells.values
    sales = values[np.ix_(industry_rows, industry_columns + uses)].sum(axis=1)
    costs = values[:, industry_columns][industry_rows + rows.taxes + rows.value_added].sum(axis=0)
    by_row, by_column = values[industry_rows, columns.output[0]], values[rows.output[0], industry_columns]
    row_labels = [cells.rows[position] for position in industry_rows]
    column_labels = [cells.columns[position] for position in industry_columns]
    return [
        *unbalanced("rows", row_labels, sales, by_row, path, absolute=ROUNDING, relative=RELATIVE_ROUNDING),
        *unbalanced(
            "columns", column_labels, costs, by_column, path, absolute=ROUNDING, relative=RELATIVE_ROUNDING
        ),
    ]
