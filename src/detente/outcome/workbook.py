"""An outcome as a workbook: a README sheet first, then wide tables with formatted numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from detente.arrays import quantities
from detente.outcome.outcome import Outcome
from detente.world.elasticities import elasticity_source
from detente.world.headlines import headline_errors
from detente.world.names import economy_title

__all__ = ["write_workbook"]

FORMATS = {"percent": "0.0000", "USD million a year": "#,##0.0", "ratio": "0.0000"}
UNITS = (
    "Each column's head gives its unit: percent, or current USD million a year. Changes are against the "
    "reference. Values and prices are measured in units in which the world's mean wage is constant."
)
HASHED = {"scenario": "the scenario", "against": "the reference", "world": "the world"}
# Written into the file instead of the time, so that the same outcome gives the same bytes.
CREATED = datetime(2000, 1, 1)


def write_workbook(outcome: Outcome, path: Path, measures: Iterable[Sequence[Any]] = ()) -> None:
    """Write an outcome's economies, sectors and trade between economies, with what a reader must know first.

    Args:
        outcome: what a scenario does.
        path: of the .xlsx file.
        measures: (measure, trade hit in USD million, source) rows for a sheet of their own.

    Examples:
        >>> import tempfile, detente as dt
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "deal.xlsx"
        ...     write_workbook(dt.run("g20-2019", "canada-china-2026"), path)
        ...     path.read_bytes()[:2]
        b'PK'
    """
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": f"{outcome.scenario} against {outcome.against}", "created": CREATED})
        _Sheets(book, outcome).write(list(measures))


class _Sheets:
    """The sheets of one workbook; holds its formats, which belong to the file."""

    def __init__(self, book: Any, outcome: Outcome) -> None:
        self.book = book
        self.outcome = outcome
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.numbers = {unit: book.add_format({"num_format": code}) for unit, code in FORMATS.items()}

    def write(self, measures: list[Sequence[Any]]) -> None:
        self._readme()
        world = self.outcome.world
        economies = [(code, economy_title(code)) for code in world.economies]
        self._wide("Economies", ("economy",), [("Economy", "Name")], economies)
        pairs = [(i, n) for i in world.economies for n in world.economies]
        self._wide("Partners", ("exporter", "importer"), [("Exporter", "Importer")], pairs)
        sectors = [
            (code, *labels)
            for code in world.economies
            for labels in zip(world.sectors, world.sector_titles, strict=True)
        ]
        self._wide("Sectors", ("economy", "sector"), [("Economy", "Sector", "Title")], sectors)
        if self.outcome.groups is not None:
            found = self.outcome.groups
            keys = list(zip(found.economies, found.groups, strict=True))
            self._wide("Groups", ("group",), [("Economy", "Group of workers")], keys)
        if measures:
            head = [
                ("Measure", 70, None),
                ("Trade hit\nUSD million a year", 16, self.numbers["USD million a year"]),
                ("Source", 70, None),
            ]
            self._sheet("Measures", head, measures)
        if self.outcome.limits:
            self._limits()
        self._checks()

    def _readme(self) -> None:
        sheet = self.book.add_worksheet("README")
        sheet.set_column(0, 0, 24, self.bold)
        sheet.set_column(1, 1, 110, self.wrap)
        for row, (label, text) in enumerate(_readme_rows(self.outcome)):
            sheet.write_string(row, 0, label, self.bold)
            sheet.write_string(row, 1, text, self.wrap)

    def _wide(
        self,
        title: str,
        dims: tuple[str, ...],
        labels: list[tuple[str, ...]],
        keys: Sequence[tuple[str, ...]],
    ) -> None:
        """One row a combination of labels, one column a quantity."""
        names = [name for name in self.outcome.names if set(quantities()[name].dims) == set(dims)]
        arrays = [self.outcome[name].transpose(*dims) for name in names]
        head: list[tuple[str, int, Any]] = [
            (label, 12 if label != "Title" else 44, None) for label in labels[0]
        ]
        head += [
            (f"{array.attrs['long_name']}\n{array.attrs['unit']}", 18, self.numbers[array.attrs["unit"]])
            for array in arrays
        ]
        columns = [array.values.ravel().tolist() for array in arrays]
        rows = [(*key, *values) for key, *values in zip(keys, *columns, strict=True)]
        self._sheet(title, head, rows)

    def _limits(self) -> None:
        """What quotas, restraints, commitments and margins do; a cell is empty where there is no number."""
        value, ratio = self.numbers["USD million a year"], self.numbers["ratio"]
        head: list[tuple[str, int, Any]] = [("Limit", 40, None), ("Regime", 18, None)]
        head += [("Size\nUSD million a year", 18, value), ("Traded\nUSD million a year", 18, value)]
        head += [("Measured as", 34, None), ("Premium\nfactor on the buyer's price", 16, ratio)]
        head += [(f"Rent of the {who}\nUSD million a year", 18, value) for who in ("importer", "exporter")]
        rows = [
            (
                limit.name,
                limit.regime,
                "" if limit.size is None else limit.size,
                limit.quantity,
                "value before duty" if limit.in_value else "quantity at prices of the baseline",
                "" if limit.premium is None else limit.premium,
                limit.importer_rent,
                limit.exporter_rent,
            )
            for limit in self.outcome.limits
        ]
        self._sheet("Limits", head, rows)

    def _checks(self) -> None:
        head = [("Check", 34, None), ("Meaning", 80, None), ("Measured gap\nfraction", 14, None)]
        head += [("Bound\nfraction", 12, None), ("Passed", 8, None)]
        rows = [
            (check.name, check.meaning, check.measured, check.bound, "yes" if check.passed else "no")
            for check in self.outcome.checks
        ]
        self._sheet("Checks", head, rows)

    def _sheet(self, title: str, head: Sequence[tuple[str, int, Any]], rows: Sequence[Sequence[Any]]) -> None:
        sheet = self.book.add_worksheet(title)
        for column, (label, width, form) in enumerate(head):
            sheet.set_column(column, column, width, form)
            sheet.write_string(0, column, label, self.head)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write_number(number, column, value, head[column][2])
        sheet.freeze_panes(1, sum(form is None for _, _, form in head) if len(head) > 5 else 0)
        sheet.autofilter(0, 0, max(1, len(rows)), len(head) - 1)


def _readme_rows(outcome: Outcome) -> list[tuple[str, str]]:
    """What the numbers are, what in them is estimated, how to cite: label and text."""
    world, elasticities = outcome.world, elasticity_source(outcome.theory.elasticities)
    passed = sum(check.passed for check in outcome.checks)
    rows = [
        ("What this is", f"What '{outcome.scenario}' does, against '{outcome.against}', by Détente's model."),
        ("Units", UNITS),
        ("World", f"{world.name}: {world.title}; flows of {world.vintage}"),
    ]
    rows += [("Source of the data", text) for text in world.provenance.sources]
    rows += [("Estimated", text) for text in world.estimated or ("nothing in this world",)]
    rows += [("Measured error", text) for text in headline_errors(world.provenance)]
    if world.provenance.measured_errors:
        rows.append(("", "every figure, with its name: manifest.json beside this file"))
    rows += [("Baseline tariffs", text) for text in world.provenance.tariff_layers]
    rows += [("Theory", outcome.theory.describe())]
    rows += [("", text) for text in outcome.theory_notes]
    rows += [("Trade elasticities", f"{elasticities.title}, {outcome.theory.horizon} horizon")]
    rows += [("", elasticities.source)]
    rows += [("", text) for text in elasticities.notes]
    rows += [("In doubt", text) for text in outcome.cautions]
    rows += [("Notice", text) for text in outcome.notices]
    rows += [
        ("Market clearing", f"largest excess demand in any market: {outcome.residual:.1e} of that market"),
        ("Checks", f"{passed} of {len(outcome.checks)} passed; see the sheet Checks"),
        ("Outcome", outcome.id),
        *((f"Hash of {HASHED.get(name, name)}", text) for name, text in outcome.hashes.items()),
        (
            "How to cite",
            f"Détente {version('detente')}, outcome {outcome.id}; and the source of the data above.",
        ),
    ]
    for name in outcome.names:
        quantity = quantities()[name]
        rows.append(
            (quantity.label, f"{quantity.description} Unit: {quantity.unit}. Source: {quantity.source}.")
        )
    return rows
