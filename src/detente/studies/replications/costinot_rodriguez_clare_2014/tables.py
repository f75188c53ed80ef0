"""The chapter's tables beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from detente.studies.replications.costinot_rodriguez_clare_2014.inputs import Inputs, read_inputs
from detente.studies.replications.costinot_rodriguez_clare_2014.structures import (
    SELECTION,
    Structure,
    balanced,
    gains_from_trade,
    trading,
    under_tariffs,
)
from detente.studies.replications.replication import Printed, Replication

__all__ = ["TARIFF", "UNITED_STATES", "replicate"]

TARIFF = 0.4
PERFECT, KRUGMAN, MELITZ = Structure(), Structure(increasing=True), Structure(True, SELECTION)

COLUMNS: Mapping[str, tuple[str, Structure]] = {
    "one sector": ("one sector", PERFECT),
    "no inputs, perfect": ("no inputs", PERFECT),
    "no inputs, Krugman": ("no inputs", KRUGMAN),
    "observed inputs, perfect": ("observed inputs", PERFECT),
    "inputs, perfect": ("adjusted inputs", PERFECT),
    "inputs, Krugman": ("adjusted inputs", KRUGMAN),
    "inputs, Melitz": ("adjusted inputs", MELITZ),
}
FOLDER = "replications/costinot-rodriguez-clare-2014"
GAINS = "Table 4.1, gains from trade"
OF_ONE = "Table 4.2, 40% tariff of the United States"
OF_ALL = "40% tariff of every economy"
PRINTED = (OF_ONE, "inputs, perfect")

# Table 4.2, column 4, page 230: a tariff of 40% of the United States on all imports.
UNITED_STATES = {
    "AUS": "-0.28", "AUT": "-0.13", "BEL": "-0.26", "BRA": "-0.16", "CAN": "-2.28", "CHN": "-0.46",
    "CZE": "-0.08", "DEU": "-0.20", "DNK": "-0.26", "ESP": "-0.07", "FIN": "-0.10", "FRA": "-0.13",
    "GBR": "-0.31", "GRC": "-0.06", "HUN": "-0.17", "IDN": "-0.14", "IND": "-0.25", "IRL": "-1.58",
    "ITA": "-0.07", "JPN": "-0.11", "KOR": "-0.34", "MEX": "-1.67", "NLD": "-0.34", "POL": "-0.08",
    "PRT": "-0.09", "ROM": "0.01", "RUS": "-0.12", "SVK": "-0.04", "SVN": "-0.10", "SWE": "-0.19",
    "TUR": "-0.02", "TWN": "-0.76", "USA": "0.63", "RoW": "-0.97",
}  # fmt: skip


def _rows(inputs: Inputs, table: str, column: str, values: np.ndarray) -> Iterator[Printed]:
    printed = UNITED_STATES if (table, column) == PRINTED else {}
    for economy, value in zip(inputs.economies, 100.0 * values, strict=True):
        yield Printed(table, economy, column, printed.get(economy), float(value))
    yield Printed(table, "mean", column, None, float(100.0 * values.mean()))


def _columns(inputs: Inputs) -> Iterator[tuple[str, str, np.ndarray]]:
    """Table, column and values, (economy,)."""
    for column, (kind, structure) in COLUMNS.items():
        yield GAINS, column, gains_from_trade(trading(inputs, kind), structure)
    at = inputs.economies.index("USA")
    for column, (kind, structure) in COLUMNS.items():
        # Only the gains are computed with observed input shares, too; corners are not found (see the notes).
        if kind == "observed inputs" or structure.increasing:
            continue
        world = balanced(trading(inputs, kind))
        everywhere = TARIFF * np.broadcast_to(1.0 - np.eye(len(inputs.economies)), world.flows.shape)
        alone = np.zeros_like(everywhere)
        alone[:, at] = everywhere[:, at]
        yield OF_ONE, column, under_tariffs(world, structure, alone)
        yield OF_ALL, column, under_tariffs(world, structure, everywhere)


def replicate(data: Path) -> Replication:
    """Tables 4.1 and 4.2 of the chapter, and its uniform tariff imposed by every economy.

    Args:
        data: folder of the inputs, see `read_inputs`.

    Raises:
        BadInput: files missing or not what they should be; lists all problems.
        CannotCompute: an equilibrium was not found.
    """
    inputs = read_inputs(data)
    numbers = (number for column in _columns(inputs) for number in _rows(inputs, *column))
    return Replication(
        paper=(
            "Costinot, A. and A. Rodríguez-Clare (2014), Trade Theory with Numbers: Quantifying the "
            "Consequences of Globalization, Handbook of International Economics 4, chapter 4, 197-261"
        ),
        inputs="World Input-Output Database of 2008: 34 economies, 31 sectors, the chapter's elasticities",
        numbers=tuple(numbers),
        notes=(
            "The chapter prints Table 4.1 and the other columns of Table 4.2, too, but no copy of them "
            f"was in reach: those numbers are ours alone; see {FOLDER}/differences.md.",
            "Tariffs under Krugman and Melitz are not computed: goods sectors shut down in some economies at "
            f"once, and the model's solver does not find such equilibria; see {FOLDER}/differences.md.",
        ),
    )
