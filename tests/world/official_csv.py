"""Write tables in the layouts of the official OECD CSV files."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

USES = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")


@dataclass
class Sheet:
    """Labels and cells of one file; tests spoil them before writing."""

    corner: str
    columns: list[str]
    rows: list[str]
    cells: list[list[str]]

    def write(self, path: Path) -> Path:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([self.corner, *self.columns])
            writer.writerows([label, *row] for label, row in zip(self.rows, self.cells, strict=True))
        return path

    def row(self, label: str) -> list[str]:
        return self.cells[self.rows.index(label)]

    def drop_row(self, label: str) -> None:
        place = self.rows.index(label)
        del self.rows[place], self.cells[place]

    def drop_column(self, label: str) -> None:
        place = self.columns.index(label)
        del self.columns[place]
        for row in self.cells:
            del row[place]


def g20_table(path: Path) -> tuple[list[str], list[str], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Economies, sectors, intermediate, final by six uses, taxes and value added of the exact 2019 table."""
    with np.load(path) as stored:
        cells = stored["data"]
        economies, sectors = stored["country_codes"].tolist(), stored["sector_codes"].tolist()
    final = np.zeros((len(cells), 20, 6))
    # Consumption, capital formation and purchases abroad stand for one official use each.
    final[:, :, [0, 3, 5]] = cells[:, 400:].reshape(-1, 20, 3)
    return economies, sectors, cells[:400, :400], final[:400], cells[400, :400], cells[401:, :400].sum(axis=0)


def sheet(table, edition: int = 2023) -> Sheet:
    """The table in the layout of an edition: 2021 has taxes by economy and splits China and Mexico."""
    economies, sectors, intermediate, final, taxes, value_added = table
    industries = [f"{economy}_{sector}" for economy in economies for sector in sectors]
    uses = [f"{economy}_{use}" for economy in economies for use in USES]
    rows = np.hstack([intermediate, final.reshape(len(intermediate), -1)])
    output = rows.sum(axis=1)
    if edition != 2021:
        under = np.zeros((3, rows.shape[1]))
        under[:, : len(industries)] = taxes, value_added, output
        full = np.hstack([np.vstack([rows, under]), np.append(output, np.zeros(3))[:, None]])
        labels = [*industries, "TLS", "VA", "OUT"]
        return Sheet("V1", industries + uses + ["OUT"], labels, _text(full))
    return _split_sheet(economies, industries, uses, rows, taxes, value_added)


def made_up_table(
    economies: list[str], sectors: list[str]
) -> tuple[list[str], list[str], *tuple[np.ndarray, ...]]:
    """Random flows of any economies and sectors in which home sales dominate, in the form of `g20_table`."""
    rng = np.random.default_rng(len(sectors))
    size = len(economies) * len(sectors)
    home = np.kron(np.eye(len(economies)), np.ones((len(sectors), len(sectors))))
    intermediate = rng.lognormal(0, 1, (size, size)) * (1 + 9 * home) * 100
    final = rng.lognormal(0, 1, (size, len(economies), 6)) * 3000
    final *= 1 + 9 * home[:, :: len(sectors), None]
    output = intermediate.sum(axis=1) + final.sum(axis=(1, 2))
    # Inputs of a fixed part of output leave value added everywhere.
    intermediate *= 0.5 * output.min() / intermediate.sum(axis=0).max()
    output = intermediate.sum(axis=1) + final.sum(axis=(1, 2))
    taxes = 0.01 * output
    return economies, sectors, intermediate, final, taxes, output - intermediate.sum(axis=0) - taxes


def _split_sheet(economies, industries, uses, rows, taxes, value_added) -> Sheet:
    """China and Mexico stand empty, followed at the end by two parts of each."""
    split = [place for place, label in enumerate(industries) if label[:3] in ("CHN", "MEX")]
    part = {"CHN": "CN", "MEX": "MX"}
    extra = [f"{part[industries[p][:3]]}{number}{industries[p][3:]}" for number in (1, 2) for p in split]
    share = np.concatenate([np.full(len(split), 0.75), np.full(len(split), 0.25)])
    width = len(industries)

    parts = rows[split + split] * share[:, None]
    tall = np.vstack([rows, parts])
    tall[split] = 0.0
    columns = tall[:, split + split] * share
    wide = np.hstack([tall[:, :width], columns, tall[:, width:]])
    wide[:, split] = 0.0
    output = wide.sum(axis=1)

    tax_rows = np.zeros((len(economies), wide.shape[1]))
    for place in range(width):
        tax_rows[economies.index(industries[place][:3]), place] = taxes[place]
    tax_rows[:, width : width + len(extra)] = tax_rows[:, split + split] * share
    tax_rows[:, split] = 0.0
    added = np.zeros(wide.shape[1])
    added[:width] = value_added
    added[width : width + len(extra)] = value_added[split + split] * share
    added[split] = 0.0
    last = np.append(output, np.zeros(len(uses)))
    full = np.vstack([wide, tax_rows, added, last])
    total = np.append(output, np.zeros(len(economies) + 2))
    labels = [*industries, *extra, *[f"{economy}_TAXSUB" for economy in economies], "VALU", "OUTPUT"]
    return Sheet("", [*industries, *extra, *uses, "TOTAL"], labels, _text(np.hstack([full, total[:, None]])))


def _text(values: np.ndarray) -> list[list[str]]:
    return [[repr(float(value)) for value in row] for row in values]
