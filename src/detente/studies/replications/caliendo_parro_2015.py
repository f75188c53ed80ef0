"""Caliendo and Parro (2015): welfare and trade effects of NAFTA's tariff reductions, 1993 to 2005.

The authors' inputs: 31 economies, 40 sectors of which the first 20 are traded, trade and tariffs of 1993.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.model import (
    Baseline,
    Equilibrium,
    Solver,
    Theory,
    baseline_from_shares,
    scenario_weights,
    solve_baseline,
)
from detente.outcome.welfare import paper_decomposition, real_income, real_wage
from detente.studies.replications.replication import Printed, Replication

__all__ = ["Inputs", "nafta_tariffs", "read_inputs", "replicate"]

ECONOMIES, SECTORS, TRADED = 31, 40, 20
# Where tariffs do not exist the elasticity only shapes prices of own sales; the authors set it so.
SERVICES_ELASTICITY = 8.22
NAFTA = {"Mexico": 19, "Canada": 4, "United States": 29}

FILES = {
    "B.txt": (SECTORS, ECONOMIES),
    "GO.txt": (SECTORS, ECONOMIES),
    "IO.txt": (ECONOMIES * SECTORS, SECTORS),
    "T.txt": (TRADED,),
    "tariffs1993.txt": (TRADED * ECONOMIES, ECONOMIES),
    "tariffs2005.txt": (TRADED * ECONOMIES, ECONOMIES),
    "xbilat1993.txt": (TRADED * ECONOMIES, ECONOMIES),
}

# Welfare, terms of trade, volume of trade, real wage: Table 2; imports from partners: Table 3.
TABLE_2 = {
    "Mexico": ("1.31", "-0.41", "1.72", "1.72"),
    "Canada": ("-0.06", "-0.11", "0.04", "0.32"),
    "United States": ("0.08", "0.04", "0.04", "0.11"),
}
TABLE_3 = {"Mexico": "118.28", "Canada": "11.11", "United States": "40.52"}
# The same with observed imbalances kept: welfare and real wage.
KEPT_IMBALANCES = {"Mexico": ("1.17", "1.64"), "Canada": ("-0.04", "0.33"), "United States": ("0.08", "0.12")}


class Inputs(NamedTuple):
    """The authors' data in the model's dimensions.

    Attributes:
        base: the 1993 baseline.
        tariff_2005: 1 + tariff in 2005, (sector, importer, exporter).
    """

    base: Baseline
    tariff_2005: Float[np.ndarray, "sector importer exporter"]


def _load(data: Path) -> dict[str, np.ndarray]:
    """The text files, checked for presence and shape, all problems at once."""
    tables: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    for name, shape in FILES.items():
        path = data / name
        try:
            table = np.loadtxt(path)
        except OSError:
            problems.append(
                Problem("file is missing", file=str(path), remedy="see replications/caliendo-parro-2015")
            )
            continue
        except ValueError as error:
            problems.append(Problem(f"not a table of numbers: {error}", file=str(path)))
            continue
        if table.shape != shape:
            problems.append(Problem(f"shape {table.shape}, expected {shape}", file=str(path)))
        tables[name] = table
    if problems:
        raise BadInput(problems)
    return tables


def _bilateral(table: np.ndarray, services: float) -> Float[np.ndarray, "sector importer exporter"]:
    """Sector-major rows of importers by columns of exporters, with a constant for the untraded sectors."""
    traded = table.reshape(TRADED, ECONOMIES, ECONOMIES)
    return np.concatenate([traded, np.full((SECTORS - TRADED, ECONOMIES, ECONOMIES), services)])


def read_inputs(data: Path) -> Inputs:
    """Read the authors' supplement as they do.

    Gross output is raised to exports where it falls short; own sales are gross output less exports. The input
    coefficients, printed with seven digits, are scaled to sum to one, or Walras' law would fail by 4e-7.

    Args:
        data: folder with B.txt, GO.txt, IO.txt, T.txt, tariffs1993.txt, tariffs2005.txt, xbilat1993.txt.

    Raises:
        BadInput: files missing or of the wrong shape; lists all of them.
    """
    tables = _load(data)
    flows = _bilateral(tables["xbilat1993.txt"] * 1e-3, 0.0)  # thousand USD to million
    exports = flows.sum(axis=1)
    own = np.arange(ECONOMIES)
    flows[:, own, own] = np.maximum(tables["GO.txt"] * 1e-6, exports) - exports
    value_added_share = tables["B.txt"].T
    coefficients = tables["IO.txt"].reshape(ECONOMIES, SECTORS, SECTORS)
    total = coefficients.sum(axis=1, keepdims=True)
    scaled = np.divide(coefficients, total, out=np.zeros_like(coefficients), where=total > 0)
    base = baseline_from_shares(
        flows,
        1.0 + _bilateral(tables["tariffs1993.txt"], 0.0) / 100.0,
        scaled * (1.0 - value_added_share[:, None, :]),
        np.ascontiguousarray(value_added_share),
        np.concatenate([tables["T.txt"], np.full(SECTORS - TRADED, SERVICES_ELASTICITY)]),
    )
    return Inputs(base, 1.0 + _bilateral(tables["tariffs2005.txt"], 0.0) / 100.0)


def nafta_tariffs(inputs: Inputs) -> Float[np.ndarray, "sector importer exporter"]:
    """Tariffs of 1993, with those of 2005 among the three members."""
    tariff = np.array(inputs.base.tariff_factor)
    members = np.ix_(range(SECTORS), list(NAFTA.values()), list(NAFTA.values()))
    tariff[members] = inputs.tariff_2005[members]
    return tariff


def _pair(inputs: Inputs, theory: Theory) -> tuple[Equilibrium, Equilibrium]:
    """Equilibria under the tariffs of 1993 and under NAFTA's, both with the theory's imbalances."""
    tariffs = (np.asarray(inputs.base.tariff_factor), nafta_tariffs(inputs))
    before, after = (
        solve_baseline(inputs.base, scenario_weights(inputs.base, tariff), theory, Solver())
        for tariff in tariffs
    )
    return before, after


def _imports_from_partners(point: Equilibrium, member: int) -> float:
    partners = [other for other in NAFTA.values() if other != member]
    return float(point.flows[:, member, partners].sum())


def replicate(data: Path) -> Replication:
    """Tables 2 and 3 of the paper, and Table 2 with observed imbalances kept.

    Args:
        data: folder of the authors' inputs, see `read_inputs`.

    Raises:
        BadInput: files missing or of the wrong shape; lists all of them.
    """
    inputs = read_inputs(data)
    numbers: list[Printed] = []
    before, after = _pair(inputs, Theory(imbalances="removed"))
    terms, volume = paper_decomposition(before, after)
    wage = real_wage(before, after, inputs.base) - 1.0
    exact = real_income(before, after, inputs.base) - 1.0
    for member, at in NAFTA.items():
        columns = ("welfare", "terms of trade", "volume of trade", "real wage")
        values = (terms[at] + volume[at], terms[at], volume[at], wage[at])
        for column, printed, value in zip(columns, TABLE_2[member], values, strict=True):
            numbers.append(Printed("Table 2", member, column, printed, 100 * float(value)))
        numbers.append(Printed("beyond Table 2", member, "real income, exact", None, 100 * float(exact[at])))
    for member, at in NAFTA.items():
        growth = _imports_from_partners(after, at) / _imports_from_partners(before, at) - 1.0
        numbers.append(Printed("Table 3", member, "imports from NAFTA", TABLE_3[member], 100 * growth))
    before, after = _pair(inputs, Theory(imbalances="constant"))
    terms, volume = paper_decomposition(before, after)
    wage = real_wage(before, after, inputs.base) - 1.0
    for member, at in NAFTA.items():
        welfare_printed, wage_printed = KEPT_IMBALANCES[member]
        place = "Table 2, imbalances kept"
        numbers.append(
            Printed(place, member, "welfare", welfare_printed, 100 * float(terms[at] + volume[at]))
        )
        numbers.append(Printed(place, member, "real wage", wage_printed, 100 * float(wage[at])))
    return Replication(
        paper=(
            "Caliendo, L. and F. Parro (2015), Estimates of the Trade and Welfare Effects of NAFTA, "
            "Review of Economic Studies 82(1), 1-44"
        ),
        inputs="the authors' supplement: 31 economies, 40 sectors, tariffs of 1993 and 2005",
        numbers=tuple(numbers),
        notes=(
            "The paper's welfare is the sum of the first-order terms. NAFTA's cuts are not small: the exact "
            "change of real income in the same equilibria is printed beside it; see "
            "replications/caliendo-parro-2015/differences.md.",
        ),
    )
