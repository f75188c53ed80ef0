"""The chapter's tables beside ours."""

from __future__ import annotations

import itertools
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

__all__ = ["OF_ALL", "OF_ONE", "TARIFF", "TARIFF_COLUMNS", "UNITED_STATES", "replicate", "tariffs"]

TARIFF = 0.4
PERFECT, KRUGMAN, MELITZ = Structure(), Structure(increasing=True), Structure(True, SELECTION)

GAINS_COLUMNS: Mapping[str, tuple[str, Structure]] = {
    "one sector": ("one sector", PERFECT),
    "no inputs, perfect": ("no inputs", PERFECT),
    "no inputs, Krugman": ("no inputs", KRUGMAN),
    "observed inputs, perfect": ("observed inputs", PERFECT),
    "inputs, perfect": ("adjusted inputs", PERFECT),
    "inputs, Krugman": ("adjusted inputs", KRUGMAN),
    "inputs, Melitz": ("adjusted inputs", MELITZ),
}
TARIFF_COLUMNS: Mapping[str, tuple[str, Structure]] = {
    "one sector": ("one sector", PERFECT),
    "no inputs, perfect": ("no inputs", PERFECT),
    "no inputs, Krugman": ("no inputs", KRUGMAN),
    "no inputs, Melitz": ("no inputs", MELITZ),
    "inputs, perfect": ("adjusted inputs", PERFECT),
    "inputs, Krugman": ("adjusted inputs", KRUGMAN),
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


def gains(inputs: Inputs) -> Iterator[Printed]:
    """Every number of Table 4.1."""
    for column, (kind, structure) in GAINS_COLUMNS.items():
        yield from _rows(inputs, GAINS, column, gains_from_trade(trading(inputs, kind), structure))


def tariffs(inputs: Inputs, table: str, column: str) -> Iterator[Printed]:
    """A column of Table 4.2: real income by economy; under increasing returns, how many sectors shut down.

    Args:
        inputs: see `read_inputs`.
        table: `OF_ONE` or `OF_ALL`.
        column: a key of `TARIFF_COLUMNS`.
    """
    kind, structure = TARIFF_COLUMNS[column]
    world = balanced(trading(inputs, kind))
    rate = TARIFF * np.broadcast_to(1.0 - np.eye(len(inputs.economies)), world.flows.shape)
    if table == OF_ONE:
        importer = np.arange(len(inputs.economies))[:, None]
        rate = np.where(importer == inputs.economies.index("USA"), rate, 0.0)
    effect = under_tariffs(world, structure, rate)
    yield from _rows(inputs, table, column, effect.real_income)
    if structure.increasing:
        yield Printed(table, "sectors shut down", column, None, float(effect.shut.sum()), "sectors")


def replicate(data: Path) -> Replication:
    """Tables 4.1 and 4.2 of the chapter, and its uniform tariff imposed by every economy.

    Args:
        data: folder of the inputs, see `read_inputs`.

    Raises:
        BadInput: files missing or not what they should be; lists all problems.
        CannotCompute: an equilibrium was not found.
    """
    inputs = read_inputs(data)
    columns = itertools.product((OF_ONE, OF_ALL), TARIFF_COLUMNS)
    under = (tariffs(inputs, table, column) for table, column in columns)
    return Replication(
        paper=(
            "Costinot, A. and A. Rodríguez-Clare (2014), Trade Theory with Numbers: Quantifying the "
            "Consequences of Globalization, Handbook of International Economics 4, chapter 4, 197-261"
        ),
        inputs="World Input-Output Database of 2008: 34 economies, 31 sectors, the chapter's elasticities",
        numbers=tuple(itertools.chain(gains(inputs), *under)),
        notes=(
            "The chapter prints Table 4.1 and the other columns of Table 4.2, too, but no copy of them "
            f"was in reach: those numbers are ours alone; see {FOLDER}/differences.md.",
            "Under Krugman and Melitz tariffs shut down goods sectors in some economies. Such an equilibrium "
            "need not be the only one, and none was found under Melitz with inputs; see "
            f"{FOLDER}/differences.md.",
        ),
    )
