"""World Input-Output Database, 2016 release, as `WIOT<year>_October16_ROW` in R data or Stata format.

Both formats hold one table: a row for each economy and industry (`Country`, `RNr` from 1 to 56), then totals,
taxes and value added; columns `AUS1` to `ROW61` (56 industries, then five final uses; `vAUS1` in Stata files)
and `TOT`, gross output. USD million.

Source: Timmer, Dietzenbacher, Los, Stehrer and de Vries (2015), Review of International Economics 23,
    575-605.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from detente.errors import BadInput, Problem
from detente.world.classifications import classifications
from detente.world.readers.checks import unbalanced
from detente.world.readers.table import Table

__all__ = ["read_stata", "to_table"]

INDUSTRIES = 56
USES = 5
LABELS = ("Country", "RNr", "Year", "TOT")
ROUNDING = 1.0
"""USD million: cells carry many decimals."""
RELATIVE_ROUNDING = 1e-4
SHOWN = 5


def read_stata(path: Path) -> Any:
    """The data frame of a Stata file of the 2016 release.

    Raises:
        BadInput: not a Stata file, or cut short.

    Examples:
        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile(suffix=".dta") as file:
        ...     read_stata(Path(file.name))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: ...: not a Stata file, or cut short...
    """
    import pandas as pd

    try:
        return pd.read_stata(path)
    except Exception as error:  # the parser raises whatever it met
        raise BadInput(Problem(f"not a Stata file, or cut short ({error})", file=str(path))) from None


def to_table(frame: Any, path: Path) -> tuple[Table, int]:
    """The table in a data frame of the 2016 release, and its year.

    Args:
        frame: pandas data frame.
        path: named in messages.

    Raises:
        BadInput: rows or columns missing, cells that are not numbers, rows that do not sum to their output.

    Examples:
        >>> import pandas as pd
        >>> to_table(pd.DataFrame({"Country": ["CAN"], "AUS1": [1.0]}), Path("x.dta"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: x.dta: no column RNr, Year, TOT; give a file of the 2016 release, such as ...
    """
    frame = frame.rename(columns={name: name[1:] for name in frame.columns if name[:1] == "v"})
    absent = [name for name in LABELS if name not in frame.columns]
    if absent:
        remedy = "give a file of the 2016 release, such as WIOT2014_October16_ROW.RData"
        raise BadInput(Problem(f"no column {', '.join(absent)}", file=str(path), remedy=remedy))
    frame = frame[frame["RNr"].astype(float) <= INDUSTRIES]
    economies = tuple(dict.fromkeys(frame["Country"].astype(str)))
    rows = [f"{economy}{number}" for economy in economies for number in range(1, INDUSTRIES + 1)]
    uses = [f"{economy}{INDUSTRIES + use}" for economy in economies for use in range(1, USES + 1)]
    labels = frame["Country"].astype(str) + frame["RNr"].astype(float).astype(int).astype(str)
    frame = frame.set_axis(labels.to_numpy(), axis=0)
    problems = _missing(rows, list(frame.index), "rows", path)
    problems += _missing([*rows, *uses], list(frame.columns), "columns", path)
    if problems:
        raise BadInput(problems)
    cells = frame.loc[rows, [*rows, *uses, "TOT"]].to_numpy(dtype=np.float64)
    table = Table(
        economies=economies,
        sectors=tuple(classifications()["wiod2016"]),
        intermediate=cells[:, : len(rows)],
        final=cells[:, len(rows) : -1].reshape(len(rows), len(economies), USES).sum(axis=2),
        recorded_output=cells[:, -1],
    )
    sales = cells[:, :-1].sum(axis=1)
    problems = unbalanced(
        "rows", rows, sales, table.recorded_output, path, absolute=ROUNDING, relative=RELATIVE_ROUNDING
    )
    if problems:
        raise BadInput(problems)
    return table, int(frame["Year"].iloc[0])


def _missing(wanted: list[str], found: list[str], what: str, path: Path) -> list[Problem]:
    problems = []
    known = set(found)
    lacking = [label for label in wanted if label not in known]
    if lacking:
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        message = f"{len(lacking)} of {len(wanted)} {what} are missing: {', '.join(lacking[:SHOWN])}{more}"
        problems.append(Problem(message, file=str(path), remedy="the file is cut short or edited"))
    if len(found) > len(known):
        twice = sorted({label for label in found if found.count(label) > 1})
        problems.append(Problem(f"duplicate {what}: {', '.join(twice[:SHOWN])}", file=str(path)))
    return problems
