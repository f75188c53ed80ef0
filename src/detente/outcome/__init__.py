"""What an equilibrium means: welfare, trade, output, revenue, against a reference."""

from detente.outcome.checks import Check
from detente.outcome.decomposition import Decomposition, decompose
from detente.outcome.export import check_folder, export, record
from detente.outcome.exposure import Exposure, exposure
from detente.outcome.outcome import Outcome
from detente.outcome.run import run
from detente.outcome.summary import (
    ALL_PARTNERS,
    EconomyRow,
    ExportRow,
    GroupRow,
    MeasureChanges,
    SectorRow,
    Summary,
    compare_measures,
    economy_codes,
    focus_economies,
    named_economies,
    sole_parties,
    summarise,
)
from detente.outcome.table import Table
from detente.outcome.welfare import paper_decomposition, real_income, real_wage

__all__ = [
    "ALL_PARTNERS",
    "Check",
    "Decomposition",
    "EconomyRow",
    "ExportRow",
    "Exposure",
    "GroupRow",
    "MeasureChanges",
    "Outcome",
    "SectorRow",
    "Summary",
    "Table",
    "check_folder",
    "compare_measures",
    "decompose",
    "economy_codes",
    "export",
    "exposure",
    "focus_economies",
    "named_economies",
    "paper_decomposition",
    "real_income",
    "real_wage",
    "record",
    "run",
    "sole_parties",
    "summarise",
]
