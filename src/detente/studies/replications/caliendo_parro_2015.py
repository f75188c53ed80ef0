"""Caliendo and Parro (2015): welfare and trade effects of tariff changes, 1993 to 2005: NAFTA's, the world's,
and NAFTA's given the world's.

The authors' inputs: 31 economies, 40 sectors of which the first 20 are traded, trade and tariffs of 1993.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, CannotCompute, Problem
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

__all__ = ["Effects", "Inputs", "effects_given", "read_inputs", "replicate", "tariffs"]

ECONOMIES, SECTORS, TRADED = 31, 40, 20
# Where tariffs do not exist the elasticity only shapes prices of own sales; the authors set it so.
SERVICES_ELASTICITY = 8.22
NAFTA = {"Mexico": 19, "Canada": 4, "United States": 29}
CHINA = 6

FILES = {
    "B.txt": (SECTORS, ECONOMIES),
    "GO.txt": (SECTORS, ECONOMIES),
    "IO.txt": (ECONOMIES * SECTORS, SECTORS),
    "T.txt": (TRADED,),
    "tariffs1993.txt": (TRADED * ECONOMIES, ECONOMIES),
    "tariffs2005.txt": (TRADED * ECONOMIES, ECONOMIES),
    "xbilat1993.txt": (TRADED * ECONOMIES, ECONOMIES),
}

# Welfare, terms of trade, volume of trade, real wage: Table 2; imports from partners: Table 11, benchmark.
TABLE_2 = {
    "Mexico": ("1.31", "-0.41", "1.72", "1.72"),
    "Canada": ("-0.06", "-0.11", "0.04", "0.32"),
    "United States": ("0.08", "0.04", "0.04", "0.11"),
}
TABLE_11 = {"Mexico": "118.28", "Canada": "11.11", "United States": "40.52"}
# The same with observed imbalances kept: welfare and real wage.
KEPT_IMBALANCES = {"Mexico": ("1.17", "1.64"), "Canada": ("-0.04", "0.33"), "United States": ("0.08", "0.12")}
# Volume of trade with members and with others: Table 3. Growth of imports by partner: Table 5.
TABLE_3 = {"Mexico": ("1.80", "-0.08"), "Canada": ("0.08", "-0.04"), "United States": (None, None)}
TABLE_5 = {
    ("Mexico", "Canada"): "116.6",
    ("Mexico", "United States"): "118.3",
    ("United States", "Mexico"): "109.5",
    ("United States", "Canada"): "6.6",
}
# Welfare: all tariffs of 2005 (Table 7), and NAFTA's part of that (Table 9).
TABLE_7 = {"Mexico": "1.36", "Canada": "0.10", "United States": "0.22", "China": "13.9"}
TABLE_9 = {"Mexico": "1.17", "Canada": "-0.06", "United States": "0.08"}
COLUMNS = ("welfare", "terms of trade", "volume of trade", "real wage")


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


class Effects(NamedTuple):
    """What a change of tariffs does to each economy, as the paper measures it, (economy,), fractions.

    Attributes:
        terms, volume: the two parts of the differential of welfare (equation 16), weights of the first point.
        wage: change of the real wage.
        exact: change of real income, exact for changes of any size; not in the paper.
    """

    terms: Float[np.ndarray, "economy"]
    volume: Float[np.ndarray, "economy"]
    wage: Float[np.ndarray, "economy"]
    exact: Float[np.ndarray, "economy"]

    def row(self, economy: int) -> tuple[float, float, float, float]:
        """Welfare, terms of trade, volume of trade and real wage of one economy, percent."""
        values = (self.terms + self.volume, self.terms, self.volume, self.wage)
        return tuple(100.0 * float(value[economy]) for value in values)  # type: ignore[return-value]


def tariffs(
    inputs: Inputs, *, members: bool = False, others: bool = False
) -> Float[np.ndarray, "sector importer exporter"]:
    """1 + tariff: of 2005 among the three members, or elsewhere, where asked; of 1993 otherwise."""
    among = np.zeros((ECONOMIES, ECONOMIES), dtype=bool)
    among[np.ix_(list(NAFTA.values()), list(NAFTA.values()))] = True
    cut = np.where(among, members, others)
    return np.where(cut, inputs.tariff_2005, np.asarray(inputs.base.tariff_factor))


def _solve(inputs: Inputs, theory: Theory, **which: bool) -> Equilibrium:
    """The equilibrium under chosen tariffs, with the theory's imbalances, from the data of 1993."""
    weights = scenario_weights(inputs.base, tariffs(inputs, **which))
    found = solve_baseline(inputs.base, weights, theory, Solver())
    if found.status != "solved":
        raise CannotCompute(found.message)
    return found


def _effects(inputs: Inputs, before: Equilibrium, after: Equilibrium) -> Effects:
    terms, volume = paper_decomposition(before, after)
    wage = real_wage(before, after, inputs.base) - 1.0
    return Effects(terms, volume, wage, real_income(before, after, inputs.base) - 1.0)


def effects_given(both: Effects, given: Effects) -> Effects:
    """What a change adds to a part of it that is given: (1 + both) / (1 + given) - 1, each column.

    Both are measured from the same first point. How the authors' programs compute Tables 9 and 10.

    Examples:
        >>> half, one = (Effects(*[np.array([value])] * 4) for value in (0.5, 1.0))
        >>> round(float(effects_given(one, half).terms[0]), 4)
        0.3333
    """
    return Effects(*((1.0 + all_) / (1.0 + part) - 1.0 for all_, part in zip(both, given, strict=True)))


def _volume_by_partner(before: Equilibrium, after: Equilibrium, member: int) -> tuple[float, float]:
    """A member's volume-of-trade effect with the other members and with the rest of the world, percent.

    Caliendo and Parro (2015), equation 18 over income.
    """
    cost = np.exp(after.log_cost - before.log_cost).T
    bought = np.asarray(before.flows)[:, member]
    moved = np.divide(after.flows[:, member], bought, out=np.ones_like(bought), where=bought > 0)
    volume = (before.duties[:, member] * (moved - cost)).sum(axis=0) / before.income[member]
    partners = [other for other in NAFTA.values() if other != member]
    return 100.0 * float(volume[partners].sum()), 100.0 * float(np.delete(volume, partners).sum())


def _growth(before: Equilibrium, after: Equilibrium, importer: int, exporters: list[int]) -> float:
    """Growth of an importer's purchases from some exporters, before duties, percent."""
    bought = [float(point.flows[:, importer, exporters].sum()) for point in (before, after)]
    return 100.0 * (bought[1] / bought[0] - 1.0)


def _rows(
    table: str, effects: Effects, published: Mapping[str, Sequence[str | None]], beyond: str
) -> list[Printed]:
    """The members' four columns with what is printed of them, and the exact change beside."""
    rows = []
    for member, at in NAFTA.items():
        printed = published.get(member, ())
        for position, (column, value) in enumerate(zip(COLUMNS, effects.row(at), strict=True)):
            digits = printed[position] if position < len(printed) else None
            rows.append(Printed(table if digits else beyond, member, column, digits, value))
        exact = 100.0 * float(effects.exact[at])
        rows.append(Printed(beyond, member, "real income, exact", None, exact))
    return rows


def _trade(before: Equilibrium, after: Equilibrium) -> list[Printed]:
    """Tables 3, 5 and 11: what NAFTA does to its members' trade."""
    rows = []
    for member, at in NAFTA.items():
        values = _volume_by_partner(before, after, at)
        for partner, digits, value in zip(("NAFTA", "rest of world"), TABLE_3[member], values, strict=True):
            place = "Table 3" if digits else "beyond Table 3"
            rows.append(Printed(place, member, f"volume of trade with {partner}", digits, value))
    for (importer, exporter), digits in TABLE_5.items():
        value = _growth(before, after, NAFTA[importer], [NAFTA[exporter]])
        rows.append(Printed("Table 5", importer, f"imports from {exporter}", digits, value))
    for member, at in NAFTA.items():
        value = _growth(before, after, at, [other for other in NAFTA.values() if other != at])
        rows.append(Printed("Table 11", member, "imports from NAFTA", TABLE_11[member], value))
    return rows


def _world(inputs: Inputs, theory: Theory, before: Equilibrium) -> list[Printed]:
    """Tables 7 and 9: all tariffs of 2005, those outside NAFTA alone, and NAFTA's given the others."""
    everything = _effects(inputs, before, _solve(inputs, theory, members=True, others=True))
    rest = _effects(inputs, before, _solve(inputs, theory, others=True))
    rows = _rows(
        "Table 7",
        everything,
        {name: [TABLE_7[name]] for name in NAFTA},
        "beyond Table 7: world tariff changes",
    )
    rows.append(Printed("Table 7", "China", "welfare", TABLE_7["China"], everything.row(CHINA)[0]))
    rows += _rows("", rest, {}, "beyond: world tariff changes without NAFTA's")
    rows += _rows(
        "Table 9",
        effects_given(everything, rest),
        {name: [TABLE_9[name]] for name in NAFTA},
        "beyond Table 9: NAFTA given world tariff changes",
    )
    return rows


def replicate(data: Path) -> Replication:
    """Tables 2, 3, 5, 7, 9 and 11 of the paper, and Table 2 with observed imbalances kept.

    Args:
        data: folder of the authors' inputs, see `read_inputs`.

    Raises:
        BadInput: files missing or of the wrong shape; lists all of them.
        CannotCompute: no equilibrium was found.
    """
    inputs = read_inputs(data)
    balanced, kept = Theory(imbalances="removed"), Theory(imbalances="constant")
    before, after = _solve(inputs, balanced), _solve(inputs, balanced, members=True)
    numbers = _rows("Table 2", _effects(inputs, before, after), TABLE_2, "beyond Table 2")
    numbers += _trade(before, after) + _world(inputs, balanced, before)
    effects = _effects(inputs, _solve(inputs, kept), _solve(inputs, kept, members=True))
    for member, printed in KEPT_IMBALANCES.items():
        welfare, _, _, wage = effects.row(NAFTA[member])
        for column, digits, value in zip(("welfare", "real wage"), printed, (welfare, wage), strict=True):
            numbers.append(Printed("Table 2, imbalances kept", member, column, digits, value))
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
            "World tariff changes are all of 1993 to 2005, NAFTA's among them; NAFTA given world tariff "
            "changes is their effect over that of the others alone.",
        ),
    )
