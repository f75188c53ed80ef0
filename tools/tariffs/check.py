"""How wrong tariffs are against published effectively applied rates (WITS, 43 economies; tests only)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["FILE", "mean_absolute_errors"]

FILE = "wits_tariffs44/applied_tariff_pct_44x15x44_2014_2023.csv.gz"
WINSORISED_AT = 50.0  # over-quota rates and ad valorem equivalents go up to 413 percent
_SECTORS = {
    "Agriculture": "A01 A02 A03", "Other mining": "B07 B08", "Food": "C10T12", "Textiles": "C13T15",
    "Wood": "C16", "Paper": "C17_18", "Chemicals": "C20 C21", "Rubber and plastics": "C22",
    "Nonmetallic minerals": "C23", "Basic and fabricated metal": "C24A C24B C25", "Machinery nec": "C28",
    "Electrical and optical": "C26 C27", "Transport equipment": "C29 C301 C302T309",
    "Manufacturing nec": "C31T33",
}  # fmt: skip


def mean_absolute_errors(
    data: Path,
    economies: Sequence[str],
    sectors: Sequence[str],
    flows: npt.NDArray[np.float64],
    rates: npt.NDArray[np.float64],
    vintage: int,
    importers: Sequence[str] | None = None,
) -> tuple[float, float]:
    """Mean absolute error in percentage points: weighted by imports, and simple.

    Args:
        data: the data folder.
        economies: codes of importers and exporters.
        sectors: OECD sector codes; they are averaged by flows into the 14 goods sectors of the table.
        flows: (sector, importer, exporter).
        rates: tariffs as fractions, (sector, importer, exporter).
        vintage: year of the table, 2014 to 2023.
        importers: those compared; all but the United States if omitted, since the table leaves out what the
            United States has collected beyond its schedule since 2018.
    """
    table = pd.read_csv(data / FILE)
    truth = table.pivot_table(
        index="sector", columns=["importer", "exporter"], values=f"tariff_{vintage % 100}"
    )
    listed = set(table["importer"]) - {"ROW"}
    known = [code for code in economies if code in listed]
    compared = known if importers is None else [code for code in known if code in importers]
    if importers is None:
        compared = [code for code in compared if code != "USA"]
    rows, columns = [economies.index(c) for c in compared], [economies.index(c) for c in known]
    errors, weights = [], []
    for name, codes in _SECTORS.items():
        members = [sectors.index(code) for code in codes.split()]
        bought = flows[np.ix_(members, rows, columns)]
        total = bought.sum(axis=0)
        duty = (bought * rates[np.ix_(members, rows, columns)]).sum(axis=0)
        ours = np.divide(duty, total, out=np.zeros_like(total), where=total > 0)
        published = truth.loc[name].unstack().reindex(index=compared, columns=known).to_numpy(np.float64)
        abroad = np.array([[one != other for other in known] for one in compared]) & ~np.isnan(published)
        gap = np.abs(100 * ours - np.minimum(published, WINSORISED_AT))
        errors.append(gap[abroad])
        weights.append(total[abroad])
    error, weight = np.concatenate(errors), np.concatenate(weights)
    return float(error @ weight / weight.sum()), float(error.mean())
