"""World Input-Output Database: R data files of both releases, and Stata files of the 2016 release.

Files `wiot_<year>.RData` of the 2013 release hold one list: `countries` (41, "RoW" last), `industries`
("c1" to "c35"), `inter` (1435 × 1435), `final` (1435 × 205: five uses for each economy) and `output`
(1435), in USD million. Files of the 2016 release are read by `wiod2016`. Spreadsheets (.xlsx, .xlsb) are
not read.

Source: Timmer, Dietzenbacher, Los, Stehrer and de Vries (2015), Review of International Economics 23,
    575-605.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from detente.errors import BadInput, Problem
from detente.world.classifications import classifications
from detente.world.readers.checks import unbalanced
from detente.world.readers.table import Table
from detente.world.readers.wiod2016 import read_stata, to_table

__all__ = ["CITATION", "read_release_2013", "read_wiod"]

CITATION = (
    "Timmer, M. P., Dietzenbacher, E., Los, B., Stehrer, R. and de Vries, G. J. (2015), An Illustrated User "
    "Guide to the World Input-Output Database: the Case of Global Automotive Production, Review of "
    "International Economics 23: 575-605; World Input-Output Database"
)
USES = 5
ROUNDING = 150.0
"""USD million: cells are whole millions, and the 1640 cells of a row miss its output by up to 120."""
RELATIVE_ROUNDING = 1e-4
# The release predates ISO's code for Romania, and writes the rest of the world in its own way.
RENAMED = {"ROM": "ROU", "RoW": "ROW"}


def read_wiod(path: Path) -> tuple[Table, int]:
    """Read a file of the 2013 or the 2016 release; R data need the package `rdata`.

    Args:
        path: such as `wiot_2011.RData`, `WIOT2014_October16_ROW.RData` or `WIOT2014_October16_ROW.dta`.

    Returns:
        The table and its year.

    Raises:
        BadInput: not such a file, blocks missing or of the wrong size, rows that do not sum to their output.

    Examples:
        >>> read_wiod(Path("none.RData"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: none.RData: no such file
    """
    if not path.is_file():
        raise BadInput(Problem("no such file", file=str(path)))
    if path.suffix.lower() == ".dta":
        return to_table(read_stata(path), path)
    content = _content(path)
    return _release_2013(content, path) if isinstance(content, dict) else to_table(content, path)


def read_release_2013(path: Path) -> dict[str, Any]:
    """The blocks of a file of the 2013 release as they are there, the five final uses apart.

    Raises:
        BadInput: no such file, not of that release, or blocks of the wrong size; the package `rdata` missing.

    Examples:
        >>> read_release_2013(Path("none.RData"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: none.RData: no such file
    """
    if not path.is_file():
        raise BadInput(Problem("no such file", file=str(path)))
    content = _content(path)
    if not isinstance(content, dict):
        raise BadInput(Problem("a table of the 2016 release", file=str(path), remedy="give a 2013 one"))
    count = len(content["countries"])
    problems = _wrong_blocks(content, count * len(content["industries"]), count, path)
    if problems:
        raise BadInput(problems)
    return content


def _release_2013(content: dict[str, Any], path: Path) -> tuple[Table, int]:
    economies = tuple(RENAMED.get(str(code), str(code)) for code in content["countries"])
    sectors = tuple(classifications()["wiod2013"])
    rows = len(economies) * len(sectors)
    problems = _wrong_blocks(content, rows, len(economies), path)
    if problems:
        raise BadInput(problems)
    final = np.asarray(content["final"], dtype=np.float64).reshape(rows, len(economies), USES).sum(axis=2)
    table = Table(
        economies=economies,
        sectors=sectors,
        intermediate=np.asarray(content["inter"], dtype=np.float64),
        final=final,
        recorded_output=np.asarray(content["output"], dtype=np.float64),
    )
    labels = [f"{economy}_{sector}" for economy in economies for sector in sectors]
    sales = table.intermediate.sum(axis=1) + final.sum(axis=1)
    problems = unbalanced(
        "rows", labels, sales, table.recorded_output, path, absolute=ROUNDING, relative=RELATIVE_ROUNDING
    )
    if problems:
        raise BadInput(problems)
    return table, int(np.ravel(content["year"])[0])


def _content(path: Path) -> Any:
    """The list of a 2013 file, or the data frame of a 2016 file."""
    try:
        import rdata
    except ImportError:
        remedy = 'install it: pip install "detente[build]"'
        message = "reading R data needs the package rdata"
        raise BadInput(Problem(message, file=str(path), remedy=remedy)) from None
    try:
        with warnings.catch_warnings():
            # The list carries an R class that nothing here needs.
            warnings.filterwarnings("ignore", message="Missing constructor")
            objects = rdata.read_rda(path)
    except Exception as error:  # rdata raises whatever its parser met
        raise BadInput(Problem(f"not an R data file, or cut short ({error})", file=str(path))) from None
    needed = {"countries", "industries", "inter", "final", "output", "year"}
    tables = [value for name, value in objects.items() if str(name).startswith("wiot")]
    lists = [value for value in tables if isinstance(value, dict) and needed <= set(value)]
    frames = [value for value in tables if hasattr(value, "columns")]
    if len(lists) + len(frames) != 1:
        message = "holds neither a list 'wiot_<year>' (2013 release) nor a table 'wiot' (2016 release)"
        remedy = "give a file such as wiot_2011.RData or WIOT2014_October16_ROW.RData"
        raise BadInput(Problem(message, file=str(path), remedy=remedy))
    return (lists + frames)[0]


def _wrong_blocks(content: dict[str, Any], rows: int, economies: int, path: Path) -> list[Problem]:
    industries = [str(code) for code in content["industries"]]
    problems = []
    if industries != [f"c{number}" for number in range(1, 36)]:
        message = f"{len(industries)} industries, expected c1 to c35 of the 2013 release"
        problems.append(Problem(message, file=str(path), field="industries"))
    for name, shape in {"inter": (rows, rows), "final": (rows, economies * USES), "output": (rows,)}.items():
        found = np.shape(content[name])
        if found != shape:
            problems.append(Problem(f"shape {found}, expected {shape}", file=str(path), field=name))
    return problems
