"""Ossa (2014): the abstract's digits, the author's stored tariffs, and the engine against a second solver."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from detente.errors import BadInput
from detente.model import Equilibrium
from detente.studies.replications import REPLICATIONS, Printed
from detente.studies.replications.ossa_2014 import (
    FILES,
    REGIONS,
    UNILATERAL,
    WAR,
    Inputs,
    effects,
    equilibrium,
    imposed,
    read_inputs,
)
from tests.studies import ossa_2014_oracle as oracle
from tests.studies.ossa_2014_cooperation import equal_gains

# Both solve to about 1e-12; welfare, wages and profits are compared as fractions.
SAME = 1e-8
# The author optimised to 1e-13, and iterated on the trade war until tariffs moved by less than a point.
FLAT, FLAT_ALIKE, FLAT_IN_WAR = 1e-6, 1e-5, 2e-4

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "ossa2014"
needs_inputs = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="the author's files (shared/data/ossa2014) are not here: no licence to ship them",
)


@pytest.fixture(scope="module")
def numbers() -> dict[tuple[str, str, str], Printed]:
    found = REPLICATIONS["ossa-2014"](DATA)
    return {(number.table, number.row, number.column): number for number in found.numbers}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return read_inputs(DATA)


@pytest.fixture(scope="module")
def factual(inputs: Inputs) -> Equilibrium:
    return equilibrium(inputs, np.asarray(inputs.base.tariff_factor))


def _author(name: str) -> np.ndarray:
    """A variable as the author stores it."""
    file = name + ".mat" if (DATA / (name + ".mat")).exists() else "DATA.mat"
    values: np.ndarray = loadmat(DATA / file)[name]
    return values


def _authors_tariff(data: oracle.Data, name: str, importer: int) -> np.ndarray:
    """Factual tariffs with the author's column for one importer, (sector, exporter, importer)."""
    column = _author(name)[:, importer]
    partners = column.reshape(oracle.SECTORS, -1) * np.ones((1, oracle.REGIONS - 1))
    tariff = data.tariff.copy()
    tariff[:, :, importer] = np.insert(partners, importer, 0.0, axis=1)
    return tariff


def _weights(lobbying: bool) -> np.ndarray:
    return _author("LAMBDAPOL").T if lobbying else np.ones((oracle.SECTORS, oracle.REGIONS))


def _second_opinion(data: oracle.Data, tariff: np.ndarray, lobbying: bool) -> dict[str, np.ndarray]:
    point = oracle.solve(data, tariff)
    profits = oracle.profits(data, point.trade) / oracle.profits(data, data.trade)
    return {
        "government": oracle.government_welfare(data, point, tariff, _weights(lobbying)) - 1.0,
        "welfare": point.income / point.price - 1.0,
        "wage": point.wage - point.wage.mean(),
        "profits": profits / point.wage - 1.0,
    }


@needs_inputs
@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("optimal tariff", "62"),
        ("tariff in the trade war", "63"),
        ("government welfare in the trade war", "-2.9"),
    ],
)
def test_every_digit_of_the_abstract(
    numbers: dict[tuple[str, str, str], Printed], what: str, value: str
) -> None:
    number = numbers["Abstract", "mean of regions", what]
    assert number.published == value
    assert number.rounded == value, f"computed {number.computed}"


@needs_inputs
@pytest.mark.parametrize("start", ["free trade", "factual tariffs"])
def test_gain_from_cooperation_is_the_abstracts(start: str) -> None:
    data = oracle.read(DATA)
    at = data.tariff if start == "factual tariffs" else np.zeros_like(data.tariff)
    gains = equal_gains(data, _weights(lobbying=True), at)
    assert np.ptp(gains) < 0.005, "gains are not equal"
    assert Printed("Abstract", "mean of regions", "cooperation", "0.5", float(gains.mean())).agrees


@needs_inputs
@pytest.mark.parametrize("importer", range(len(REGIONS)), ids=REGIONS)
@pytest.mark.parametrize(("name", "lobbying"), UNILATERAL.values(), ids=list(UNILATERAL))
def test_engine_and_oracle_agree_on_unilateral_tariffs(
    inputs: Inputs, factual: Equilibrium, name: str, lobbying: bool, importer: int
) -> None:
    data = oracle.read(DATA)
    ours = effects(inputs, factual, imposed(inputs, name, importer), lobbying)
    theirs = _second_opinion(data, _authors_tariff(data, name, importer), lobbying)
    for column, values in ours._asdict().items():
        assert np.abs(values / 100.0 - theirs[column]).max() < SAME, column


@needs_inputs
@pytest.mark.parametrize(("name", "lobbying"), WAR.values(), ids=list(WAR))
def test_engine_and_oracle_agree_on_the_trade_war(
    inputs: Inputs, factual: Equilibrium, name: str, lobbying: bool
) -> None:
    data = oracle.read(DATA)
    ours = effects(inputs, factual, inputs.war_tariffs[name], lobbying)
    theirs = _second_opinion(data, _author(name).transpose(2, 0, 1), lobbying)
    for column, values in ours._asdict().items():
        assert np.abs(values / 100.0 - theirs[column]).max() < SAME, column


@needs_inputs
@pytest.mark.parametrize(
    ("name", "lobbying"), [("OPTIMALTARIFFBAS", False), ("OPTIMALTARIFFPOL", True)], ids=["alone", "lobbying"]
)
def test_stored_tariffs_are_optimal(name: str, lobbying: bool) -> None:
    """None of a region's 198 tariffs could be moved to its government's advantage."""
    data, weights = oracle.read(DATA), _weights(lobbying)
    for importer, region in enumerate(REGIONS):
        tariff = _authors_tariff(data, name, importer)
        free = tariff[:, :, importer] < 9.99  # the author bounds tariffs at 1000 percent
        slopes = oracle.own_slopes(data, tariff, weights, importer)
        assert np.abs(slopes[free]).max() < FLAT, region
        assert slopes[~free].min(initial=0.0) > -FLAT, region
        assert np.abs(oracle.own_slopes(data, data.tariff, weights, importer)).max() > 1e-3


@needs_inputs
@pytest.mark.parametrize(
    ("name", "lobbying"), [("MFNOPTIMALTARIFFBAS", False), ("MFNOPTIMALTARIFFPOL", True)]
)
def test_stored_tariffs_that_do_not_discriminate_are_optimal(name: str, lobbying: bool) -> None:
    """One tariff a sector; in the calibration Japan's on rice and wheat were held down by bounds."""
    data, weights = oracle.read(DATA), _weights(lobbying)
    for importer, region in enumerate(REGIONS):
        tariff = _authors_tariff(data, name, importer)
        slopes = oracle.own_slopes(data, tariff, weights, importer).sum(axis=1)
        free = slice(2, None) if lobbying and region == "Japan" else slice(None)
        assert np.abs(slopes[free]).max() < FLAT_ALIKE, region
        assert slopes.min() > -FLAT_ALIKE, region


@needs_inputs
def test_another_order_of_partners_is_not_optimal() -> None:
    data = oracle.read(DATA)
    for importer, region in enumerate(REGIONS):
        tariff = _authors_tariff(data, "OPTIMALTARIFFBAS", importer)
        partners = [at for at in range(len(REGIONS)) if at != importer]
        tariff[:, partners, importer] = tariff[:, partners[::-1], importer]
        slopes = oracle.own_slopes(data, tariff, _weights(lobbying=False), importer)
        assert np.abs(slopes).max() > 10 * FLAT, region


@needs_inputs
@pytest.mark.parametrize(("name", "lobbying"), WAR.values(), ids=list(WAR))
def test_tariffs_of_the_war_are_answers_to_each_other(name: str, lobbying: bool) -> None:
    data, weights = oracle.read(DATA), _weights(lobbying)
    tariff = _author(name).transpose(2, 0, 1)
    for importer, region in enumerate(REGIONS):
        free = tariff[:, :, importer] < 9.99
        slopes = oracle.own_slopes(data, tariff, weights, importer)
        assert np.abs(slopes[free]).max() < FLAT_IN_WAR, region


@needs_inputs
def test_factual_tariffs_change_nothing(inputs: Inputs, factual: Equilibrium) -> None:
    unchanged = effects(inputs, factual, np.asarray(inputs.base.tariff_factor), lobbying=True)
    assert all((values == 0.0).all() for values in unchanged)
    assert np.abs(np.asarray(inputs.base.imbalance) / factual.income).max() < 1e-10


@needs_inputs
def test_income_is_wages_profits_and_duties(inputs: Inputs, factual: Equilibrium) -> None:
    found = equilibrium(inputs, inputs.war_tariffs["NASHTARIFFPOLs"])
    sigma = 1.0 + np.asarray(inputs.base.trade_elasticity)
    wages = ((1.0 - 1.0 / sigma) * found.output).sum(axis=1)
    profits = (found.output / sigma).sum(axis=1)
    assert np.allclose(wages + profits + found.tariff_revenue, found.income, rtol=1e-9)
    paid = ((1.0 - 1.0 / sigma) * factual.output).sum(axis=1)
    assert np.allclose(wages / paid, np.exp(found.log_wage - factual.log_wage), rtol=1e-9)


@needs_inputs
def test_without_lobbying_governments_maximise_welfare(inputs: Inputs, factual: Equilibrium) -> None:
    found = effects(inputs, factual, inputs.war_tariffs["NASHTARIFFBASs"], lobbying=False)
    assert np.allclose(found.government, found.welfare, atol=1e-8)


@needs_inputs
def test_tables_have_every_region_and_its_mean(numbers: dict[tuple[str, str, str], Printed]) -> None:
    for table in (*UNILATERAL, *WAR):
        rows = dict.fromkeys(row for name, row, _ in numbers if name == table)
        assert tuple(rows) == (*REGIONS, "Mean")
    for region in REGIONS:
        shares = [
            numbers["Factual tariffs, shares of income", region, part].computed
            for part in ("wages", "profits", "duties")
        ]
        assert sum(shares) == pytest.approx(100.0, abs=1e-7)
        assert numbers["Table 3a, optimal tariffs", region, "welfare, own"].computed > 0.0
        assert numbers["Table 3a, optimal tariffs", region, "welfare, others"].computed < 0.0
        assert numbers["Table 4a, Nash tariffs", region, "welfare"].computed < 0.0


def _write(folder: Path, **changed: object) -> None:
    """Files of the right shapes, except for what is changed; None leaves a variable out."""
    for file, variables in FILES.items():
        content = {name: np.ones(shape) for name, shape in variables.items()}
        content |= {name: value for name, value in changed.items() if name in variables}
        savemat(folder / file, {name: value for name, value in content.items() if value is not None})


def test_missing_and_malformed_inputs_are_reported_together(tmp_path: Path) -> None:
    hollow = np.ones((33, 1))
    hollow[4] = np.nan
    _write(tmp_path, TRADE=np.ones((7, 33)), SIGMA=hollow, LAMBDAPOL=None)
    (tmp_path / "OPTIMALTARIFFBAS.mat").unlink()
    (tmp_path / "NASHTARIFFPOLs.mat").write_text("not a MATLAB file")
    with pytest.raises(BadInput) as caught:
        read_inputs(tmp_path)
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == 5
    assert any("DATA.mat, field 'TRADE': shape (7, 33), expected (231, 7)" in message for message in messages)
    assert any("DATA.mat, field 'SIGMA': not all values are numbers" in message for message in messages)
    assert any("DATA.mat, field 'LAMBDAPOL': variable is missing" in message for message in messages)
    assert any("OPTIMALTARIFFBAS.mat: file is missing; see replications" in message for message in messages)
    assert any("NASHTARIFFPOLs.mat: not a MATLAB file" in message for message in messages)


def test_without_scipy_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(
        BadInput, match=r'needs the package scipy; install it: pip install "detente\[build\]"'
    ):
        read_inputs(tmp_path)
