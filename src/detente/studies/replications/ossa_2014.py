"""Ossa (2014): optimal tariffs and a world trade war, 7 regions and 33 sectors.

A fixed number of monopolistic firms earns profits, workers move between sectors, nothing is used as an input.
The author's files hold a world without imbalances, the tariffs that are best for each region while the others
keep theirs, and the tariffs of the trade war, each without and with lobbying. Solved here are the economies
under these tariffs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, CannotCompute, Problem
from detente.model import (
    Baseline,
    Equilibrium,
    Theory,
    baseline_from_shares,
    scenario_weights,
    solve_baseline,
)
from detente.outcome.welfare import real_income
from detente.studies.replications.replication import Printed, Replication

__all__ = ["Effects", "Inputs", "effects", "equilibrium", "imposed", "read_inputs", "replicate"]

REGIONS = ("Brazil", "China", "EU", "India", "Japan", "Rest of the world", "US")
COUNT, SECTORS = len(REGIONS), 33
THEORY = Theory(market="fixed-firms", inputs="none", imbalances="constant")

STACKED, BY_PARTNER, BY_SECTOR = (SECTORS * COUNT, COUNT), (SECTORS * (COUNT - 1), COUNT), (SECTORS, COUNT)
FILES: dict[str, dict[str, tuple[int, ...]]] = {
    "DATA.mat": {
        "TRADE": STACKED,
        "TARIFF": STACKED,
        "SIGMA": (SECTORS, 1),
        "LAMBDAPOL": (COUNT, SECTORS),
        "MFNOPTIMALTARIFFPOL": BY_SECTOR,
    },
    "OPTIMALTARIFFBAS.mat": {"OPTIMALTARIFFBAS": BY_PARTNER},
    "OPTIMALTARIFFPOL.mat": {"OPTIMALTARIFFPOL": BY_PARTNER},
    "MFNOPTIMALTARIFFBAS.mat": {"MFNOPTIMALTARIFFBAS": BY_SECTOR},
    "NASHTARIFFBASs.mat": {"NASHTARIFFBASs": (COUNT, COUNT, SECTORS)},
    "NASHTARIFFPOLs.mat": {"NASHTARIFFPOLs": (COUNT, COUNT, SECTORS)},
}

UNILATERAL = {
    "Table 3a, optimal tariffs": ("OPTIMALTARIFFBAS", False),
    "Table 3b, optimal tariffs with lobbying": ("OPTIMALTARIFFPOL", True),
    "Table 8a, optimal tariffs that do not discriminate": ("MFNOPTIMALTARIFFBAS", False),
    "Table 8b, the same with lobbying, as the calibration left them": ("MFNOPTIMALTARIFFPOL", True),
}
WAR = {
    "Table 4a, Nash tariffs": ("NASHTARIFFBASs", False),
    "Table 4b, Nash tariffs with lobbying": ("NASHTARIFFPOLs", True),
}

# The paper's abstract: means over regions, with lobbying, and where they come from. A loss of 2.9 is printed.
ABSTRACT = {
    "optimal tariff": ("62", ("Table 3b, optimal tariffs with lobbying", "median tariff")),
    "tariff in the trade war": ("63", ("Table 4b, Nash tariffs with lobbying", "median tariff")),
    "government welfare in the trade war": ("-2.9", ("Table 4b, Nash tariffs with lobbying", "government")),
}
NOTES = (
    "Tables are numbered as in the author's programs. Wages are relative to their mean over regions, profits "
    "relative to wages.",
    "Of the print only the abstract could be read, so all of Tables 3, 4 and 8 is marked 'not printed'. The "
    "journal has them with one digit after the point, from the same files by the same formulas; see "
    "replications/ossa-2014/differences.md.",
)


class Inputs(NamedTuple):
    """The author's data in the model's dimensions.

    Attributes:
        base: the world without imbalances, at factual tariffs.
        political_weight: lambda, what a government makes of a sector's income, (economy, sector); mean 1.
        own_tariffs: by the author's name, the tariff factors that each region would choose alone,
            (importer, sector, exporter).
        war_tariffs: by the author's name, tariff factors of the trade war, (sector, importer, exporter).
    """

    base: Baseline
    political_weight: Float[np.ndarray, "economy sector"]
    own_tariffs: dict[str, Float[np.ndarray, "importer sector exporter"]]
    war_tariffs: dict[str, Float[np.ndarray, "sector importer exporter"]]


class Effects(NamedTuple):
    """What a change of tariffs does to each region, (economy,), percent, as the paper's tables define it.

    Attributes:
        government: weighted real income, what the government maximises with lobbying.
        welfare: real income.
        wage: change of the wage less its mean over regions; the numeraire is world wage income.
        profits: change of profits over the change of the wage.
    """

    government: Float[np.ndarray, "economy"]
    welfare: Float[np.ndarray, "economy"]
    wage: Float[np.ndarray, "economy"]
    profits: Float[np.ndarray, "economy"]


def _reader(data: Path) -> Callable[[Path], dict[str, Any]]:
    try:
        from scipy.io import loadmat
    except ImportError:
        message, remedy = (
            "reading MATLAB files needs the package scipy",
            'install it: pip install "detente[build]"',
        )
        raise BadInput(Problem(message, file=str(data), remedy=remedy)) from None
    return loadmat  # type: ignore[no-any-return]


def _load(data: Path) -> dict[str, np.ndarray]:
    """The variables of all files, checked for presence, shape and numbers, all problems at once."""
    read = _reader(data)
    found: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    for file, variables in FILES.items():
        path = data / file
        try:
            content = read(path)
        except OSError:
            remedy = "see replications/ossa-2014"
            problems.append(Problem("file is missing", file=str(path), remedy=remedy))
            continue
        except Exception as error:  # scipy raises whatever its parser met
            problems.append(Problem(f"not a MATLAB file, or cut short ({error})", file=str(path)))
            continue
        for name, shape in variables.items():
            wrong = _problem(content.get(name), shape)
            if wrong:
                problems.append(Problem(wrong, file=str(path), field=name))
            else:
                found[name] = np.asarray(content[name], dtype=float)
    if problems:
        raise BadInput(problems)
    return found


def _problem(values: np.ndarray | None, shape: tuple[int, ...]) -> str | None:
    """What is wrong with a variable, or None."""
    if values is None:
        return "variable is missing"
    if values.shape != shape:
        return f"shape {values.shape}, expected {shape}"
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        return "not all values are numbers"
    return None


def _stacked(table: np.ndarray) -> Float[np.ndarray, "sector importer exporter"]:
    """Sectors one below the other, each with exporters in rows and importers in columns."""
    return np.ascontiguousarray(table.reshape(SECTORS, COUNT, COUNT).transpose(0, 2, 1))


def _own(table: np.ndarray) -> Float[np.ndarray, "importer sector exporter"]:
    """Tariff factors of each importer from its column: one rate a sector, or one for each of six partners."""
    factor = np.ones((COUNT, SECTORS, COUNT))
    for importer in range(COUNT):
        partners = [region for region in range(COUNT) if region != importer]
        # With partners, sectors lie one below the other; with one rate, the same row serves every partner.
        factor[importer][:, partners] = 1.0 + table[:, importer].reshape(SECTORS, -1)
    return factor


def read_inputs(data: Path) -> Inputs:
    """Read the author's files.

    Args:
        data: folder with DATA.mat, OPTIMALTARIFFBAS.mat, OPTIMALTARIFFPOL.mat, MFNOPTIMALTARIFFBAS.mat,
            NASHTARIFFBASs.mat and NASHTARIFFPOLs.mat.

    Raises:
        BadInput: files or variables missing or of the wrong shape, or scipy not installed; lists all of them.
    """
    tables = _load(data)
    base = baseline_from_shares(
        _stacked(tables["TRADE"]),
        1.0 + _stacked(tables["TARIFF"]),
        np.zeros((COUNT, SECTORS, SECTORS)),
        np.ones((COUNT, SECTORS)),
        tables["SIGMA"][:, 0] - 1.0,
        THEORY,
    )
    return Inputs(
        base,
        tables["LAMBDAPOL"],
        {name: _own(tables[name]) for name, _ in UNILATERAL.values()},
        {name: 1.0 + tables[name].transpose(2, 1, 0) for name, _ in WAR.values()},
    )


def imposed(inputs: Inputs, name: str, importer: int) -> Float[np.ndarray, "sector importer exporter"]:
    """Factual tariffs, with those of one importer replaced by the ones that it would choose.

    Args:
        inputs: see `read_inputs`.
        name: the author's name of the tariffs, a key of `own_tariffs`.
        importer: its number.
    """
    tariff = np.array(inputs.base.tariff_factor)
    tariff[:, importer] = inputs.own_tariffs[name][importer]
    return tariff


def equilibrium(inputs: Inputs, tariff: Float[np.ndarray, "sector importer exporter"]) -> Equilibrium:
    """The world under other tariffs.

    Args:
        inputs: see `read_inputs`.
        tariff: tariff factors.

    Raises:
        CannotCompute: no equilibrium was found.
    """
    found = solve_baseline(inputs.base, scenario_weights(inputs.base, tariff), THEORY)
    if found.status != "solved":
        raise CannotCompute(found.message)
    return found


def _weighted_income(base: Baseline, weight: np.ndarray, point: Equilibrium) -> Float[np.ndarray, "economy"]:
    """Incomes of sectors times the government's weights; duties are shared out by where workers are."""
    theta = np.asarray(base.trade_elasticity)
    wages = theta / (1.0 + theta) * point.output
    duties = wages / wages.sum(axis=1, keepdims=True) * point.tariff_revenue[:, None]
    weighted: np.ndarray = (weight * (point.output + duties)).sum(axis=1)
    return weighted


def effects(
    inputs: Inputs,
    before: Equilibrium,
    tariff: Float[np.ndarray, "sector importer exporter"],
    lobbying: bool,
) -> Effects:
    """What tariffs do to each region.

    Args:
        inputs: see `read_inputs`.
        before: the equilibrium to compare with.
        tariff: new tariff factors.
        lobbying: governments weigh sectors by `political_weight`; otherwise equally.

    Raises:
        CannotCompute: no equilibrium was found.
    """
    base, after = inputs.base, equilibrium(inputs, tariff)
    welfare = real_income(before, after, base)
    prices = after.income / before.income / welfare
    weight = inputs.political_weight if lobbying else np.ones_like(inputs.political_weight)
    government = _weighted_income(base, weight, after) / _weighted_income(base, weight, before) / prices
    wage = after.wage_income / before.wage_income
    relative = wage * before.wage_income.sum() / after.wage_income.sum()
    profits = after.profits / before.profits
    return Effects(
        100.0 * (government - 1.0),
        100.0 * (welfare - 1.0),
        100.0 * (relative - relative.mean()),
        100.0 * (profits / wage - 1.0),
    )


def _unilateral(inputs: Inputs, factual: Equilibrium, table: str, name: str, lobbying: bool) -> list[Printed]:
    """Each region's best tariffs, one region after the other: itself and the mean of the others."""
    rows: dict[str, dict[str, float]] = {}
    for importer, region in enumerate(REGIONS):
        found = effects(inputs, factual, imposed(inputs, name, importer), lobbying)
        row = {}
        for column, values in found._asdict().items():
            if column != "government" or lobbying:
                row[f"{column}, own"] = float(values[importer])
                row[f"{column}, others"] = float(np.delete(values, importer).mean())
        chosen = np.delete(inputs.own_tariffs[name][importer], importer, axis=1)
        row["median tariff"] = 100.0 * (float(np.median(chosen)) - 1.0)
        rows[region] = row
    return _rows(table, rows)


def _war(inputs: Inputs, factual: Equilibrium, table: str, name: str, lobbying: bool) -> list[Printed]:
    """Everybody's tariffs of the trade war at once."""
    tariff = inputs.war_tariffs[name]
    found = effects(inputs, factual, tariff, lobbying)
    rows: dict[str, dict[str, float]] = {}
    for importer, region in enumerate(REGIONS):
        rows[region] = {
            column: float(values[importer])
            for column, values in found._asdict().items()
            if column != "government" or lobbying
        }
        chosen = np.delete(tariff[:, importer], importer, axis=1)
        rows[region]["median tariff"] = 100.0 * (float(np.median(chosen)) - 1.0)
    return _rows(table, rows)


def _rows(table: str, rows: dict[str, dict[str, float]]) -> list[Printed]:
    """The regions and their mean, as numbers that could not be compared with print."""
    columns = [column for column in rows[REGIONS[0]] if column != "wage"]  # its mean is zero by definition
    mean = {column: float(np.mean([row[column] for row in rows.values()])) for column in columns}
    return [
        Printed(table, region, column, None, value)
        for region, row in {**rows, "Mean": mean}.items()
        for column, value in row.items()
    ]


def _factual(inputs: Inputs, factual: Equilibrium) -> list[Printed]:
    """What income consists of at factual tariffs; every change is zero there."""
    parts = {"wages": factual.wage_income, "profits": factual.profits, "duties": factual.tariff_revenue}
    return [
        Printed("Factual tariffs, shares of income", region, part, None, 100.0 * float(value))
        for at, region in enumerate(REGIONS)
        for part, value in ((part, (values / factual.income)[at]) for part, values in parts.items())
    ]


def replicate(data: Path) -> Replication:
    """The abstract's averages, and the welfare, wages and profits behind them.

    Args:
        data: folder of the author's files, see `read_inputs`.

    Raises:
        BadInput: files missing or of the wrong shape; lists all of them.
        CannotCompute: no equilibrium was found.
    """
    inputs = read_inputs(data)
    factual = equilibrium(inputs, np.asarray(inputs.base.tariff_factor))
    tables = [
        number
        for table, (name, lobbying) in UNILATERAL.items()
        for number in _unilateral(inputs, factual, table, name, lobbying)
    ] + [
        number
        for table, (name, lobbying) in WAR.items()
        for number in _war(inputs, factual, table, name, lobbying)
    ]
    means = {(number.table, number.column): number.computed for number in tables if number.row == "Mean"}
    abstract = [
        Printed("Abstract", "mean of regions", what, printed, means[place])
        for what, (printed, place) in ABSTRACT.items()
    ]
    return Replication(
        paper=(
            "Ossa, R. (2014), Trade Wars and Trade Talks with Data, "
            "American Economic Review 104(12), 4104-4146"
        ),
        inputs="the author's files: 7 regions, 33 sectors, no imbalances, and the tariffs that he found",
        numbers=(*abstract, *_factual(inputs, factual), *tables),
        notes=NOTES,
    )
