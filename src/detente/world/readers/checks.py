"""Accounting checks of a published table before anything is made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detente.errors import Problem
from detente.world.readers.table import Table

__all__ = ["ROW_TOLERANCE", "ROW_TOLERANCE_VALUE", "unbalanced_rows"]

ROW_TOLERANCE = 1e-3
ROW_TOLERANCE_VALUE = 150.0
"""USD million: WIOD rounds every cell to whole millions, and the 1640 cells of a row may miss its output by 120."""

SHOWN = 5


def unbalanced_rows(table: Table, path: Path) -> list[Problem]:
    """Rows whose sales differ from the recorded output by more than rounding, as one problem; none if all fit.

    Args:
        table: the table.
        path: named in the message.

    Examples:
        >>> table = Table(("CAN",), ("C",), np.array([[4.0]]), np.array([[6.0]]), np.array([500.0]))
        >>> print(*unbalanced_rows(table, Path("x.csv")))
        x.csv: 1 of 1 rows do not sum to their recorded output: CAN_C sells 10.0, recorded 500.0; ...
    """
    sales = table.intermediate.sum(axis=1) + table.final.sum(axis=1)
    gap = np.abs(sales - table.recorded_output)
    allowed = np.maximum(ROW_TOLERANCE_VALUE, ROW_TOLERANCE * np.abs(table.recorded_output))
    # A comparison with NaN is false, and NaN must not pass.
    wrong = np.flatnonzero(~(gap <= allowed))
    if not wrong.size:
        return []
    worst = wrong[np.argsort(-gap[wrong])][:SHOWN]
    labels = [f"{economy}_{sector}" for economy in table.economies for sector in table.sectors]
    shown = "; ".join(
        f"{labels[r]} sells {sales[r]:,.1f}, recorded {table.recorded_output[r]:,.1f}" for r in worst
    )
    message = f"{wrong.size} of {gap.size} rows do not sum to their recorded output: {shown}"
    return [Problem(message, file=str(path), remedy="the file is damaged or edited: download it again")]
