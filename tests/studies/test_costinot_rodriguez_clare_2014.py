"""Costinot and Rodríguez-Clare (2014), Tables 4.1 and 4.2, against print and a solver of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io

from detente.errors import BadInput, CannotCompute
from detente.model import Theory, scenario_weights, solve_baseline
from detente.studies.replications import REPLICATIONS, Printed
from detente.studies.replications.costinot_rodriguez_clare_2014 import (
    OF_ALL,
    OF_ONE,
    TARIFF,
    UNITED_STATES,
    Effect,
    Inputs,
    Structure,
    Trading,
    balanced,
    baseline,
    gains_from_trade,
    read_inputs,
    tables,
    tariffs,
    trading,
    under_tariffs,
)
from detente.studies.replications.costinot_rodriguez_clare_2014.inputs import FILES
from tests.studies import oracle_costinot_rodriguez_clare_2014 as oracle

# Every printed digit. Against the oracle: the engine clears markets to 1e-10.
TOLERANCE = 1e-8
DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_inputs = pytest.mark.skipif(
    not all((DATA / folder / name).is_file() for name, folder in FILES.items()),
    reason="the chapter's inputs (shared/data/crc2014 and wiod2013) are not here: no licence to ship them",
)
PERFECT, KRUGMAN, MELITZ = Structure(), Structure(increasing=True), Structure(True, 0.65)


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return read_inputs(DATA)


@pytest.fixture(scope="module")
def printed(inputs: Inputs) -> dict[str, Printed]:
    return {number.row: number for number in tariffs(inputs, OF_ONE, "inputs, perfect")}


def us_tariff(world: Trading, at: int) -> np.ndarray:
    """40% on all imports of one economy, in the oracle's order of dimensions."""
    sectors, count, _ = world.flows.shape
    tariff = np.zeros((count, count, sectors))
    tariff[:, at] = TARIFF
    tariff[at, at] = 0.0
    return tariff


def told(world: Trading, structure: Structure, flows: np.ndarray | None = None) -> oracle.Data:
    """The same world in the oracle's order of dimensions."""
    return oracle.Data(
        (world.flows if flows is None else flows).transpose(2, 1, 0),
        world.value_added_share,
        world.input_share.transpose(0, 2, 1),
        world.trade_elasticity,
        (world.goods & structure.increasing).astype(float),
        structure.selection,
    )


def told_real_income(world: Trading, data: oracle.Data, point: oracle.Solution) -> np.ndarray:
    risen = np.log(point.final / data.income)
    change: np.ndarray = np.expm1(risen - (world.consumption_share * point.price).sum(axis=1))
    return change


def state_of(world: Trading, effect: Effect) -> np.ndarray:
    """The model's answer as the oracle's unknowns: costs and spending in units of world income, and sizes.

    Costs follow from wages and prices, so that this asks them of the answer, too.
    """
    point, earned = effect.equilibrium, (world.value_added_share * world.flows.sum(axis=1).T).sum()
    unit = np.log(point.wage_income.sum() / earned)
    cost = world.value_added_share * point.log_wage[:, None]
    cost = cost + np.einsum("iks,ik->is", world.input_share, point.log_price) - unit
    spending = np.log(point.spending / world.flows.sum(axis=2).T) - unit
    return np.concatenate([cost.ravel(), effect.size.ravel() * np.exp(-unit), spending.ravel()])


def made_up(seed: int = 0, observed: bool = False) -> Trading:
    """Five economies and four sectors, the last one a service; large own sales keep every sector alive."""
    draw = np.random.default_rng(seed)
    count, sectors = 5, 4
    flows = draw.uniform(0.5, 2.0, (sectors, count, count))
    flows[:, np.arange(count), np.arange(count)] += 8.0
    spent = flows.sum(axis=2).T
    value_added = draw.uniform(0.4, 0.7, (count, sectors))
    split = (spent / spent.sum(axis=1, keepdims=True))[:, :, None]
    if observed:
        split = draw.dirichlet(8.0 * np.ones(sectors), (count, sectors)).transpose(0, 2, 1)
    inputs = split * (1.0 - value_added)[:, None, :]
    consumption = draw.dirichlet(np.ones(sectors), count)
    elasticity = np.array([4.0, 6.0, 9.0, 5.0])
    return Trading(flows, consumption, value_added, inputs, elasticity, np.array([True, True, True, False]))


def autarky(world: Trading, structure: Structure) -> np.ndarray:
    """Gains from trade by the model: a world in which nothing can cross a border."""
    base = baseline(world, structure)
    one = np.ones_like(world.flows)
    closed = np.where(np.eye(world.flows.shape[1], dtype=bool)[None], one, np.inf)
    point = solve_baseline(base, scenario_weights(base, one, closed), Theory(imbalances="removed"))
    assert point.status == "solved", point.message
    real_wage = point.log_wage - (world.consumption_share * point.log_price).sum(axis=1)
    return -np.expm1(real_wage)


@needs_inputs
@pytest.mark.parametrize(("economy", "value"), UNITED_STATES.items())
def test_every_printed_digit(printed: dict[str, Printed], economy: str, value: str) -> None:
    number = printed[economy]
    assert number.published == value
    assert number.rounded == value, f"computed {number.computed}"


@needs_inputs
def test_the_printed_column_is_the_oracles(inputs: Inputs, printed: dict[str, Printed]) -> None:
    world = trading(inputs, "adjusted inputs")
    start = oracle.solve(told(world, PERFECT), np.zeros((34, 34, 31)))
    data = told(world, PERFECT, start.flows.transpose(2, 1, 0))
    point = oracle.solve(data, us_tariff(world, inputs.economies.index("USA")))
    found = np.array([printed[economy].computed for economy in inputs.economies]) / 100.0
    assert max(start.error, point.error) < 1e-11
    assert np.abs(found - told_real_income(world, data, point)).max() < TOLERANCE


@pytest.mark.parametrize("structure", [PERFECT, KRUGMAN, MELITZ], ids=["perfect", "krugman", "melitz"])
@pytest.mark.parametrize("observed", [False, True], ids=["adjusted", "observed"])
def test_tariffs_as_the_oracle_says(structure: Structure, observed: bool) -> None:
    world = made_up(1, observed)
    balance = oracle.solve(told(world, PERFECT), np.zeros((5, 5, 4)))
    found_balance = balanced(world)
    assert np.abs(found_balance.flows / balance.flows.transpose(2, 1, 0) - 1.0).max() < TOLERANCE
    tariff = np.zeros((5, 5, 4))
    tariff[:, 0], tariff[0, :, 1] = 0.4, 0.1
    tariff[np.arange(5), np.arange(5)] = 0.0
    data = told(found_balance, structure)
    point = oracle.solve(data, tariff)
    found = under_tariffs(found_balance, structure, tariff.transpose(2, 1, 0))
    assert point.error < 1e-11
    assert np.abs(found.real_income - told_real_income(world, data, point)).max() < TOLERANCE
    assert np.abs(found.size / point.size * point.size.flat[0] / found.size.flat[0] - 1.0).max() < TOLERANCE
    assert not found.shut.any()


def merged(world: Trading, economies: tuple[str, ...], kept: tuple[str, ...]) -> Trading:
    """The world in fewer economies, the others as one."""
    place = [kept.index(code) if code in kept else len(kept) for code in economies]
    into = np.eye(len(kept) + 1)[place].T
    flows = np.einsum("an,bi,sni->sab", into, into, world.flows)
    sold, spent = world.flows.sum(axis=1).T, world.flows.sum(axis=(0, 2))
    value_added = (into @ (world.value_added_share * sold)) / (into @ sold)
    inputs = np.einsum("an,nks,ns->aks", into, world.input_share, sold) / (into @ sold)[:, None, :]
    consumption = (into @ (world.consumption_share * spent[:, None])) / (into @ spent)[:, None]
    return Trading(flows, consumption, value_added, inputs, world.trade_elasticity, world.goods)


@needs_inputs
def test_sectors_shut_down_under_free_entry(inputs: Inputs) -> None:
    whole = trading(inputs, "no inputs")
    world = balanced(merged(whole, inputs.economies, ("USA", "CAN", "MEX", "CHN", "DEU")))
    data, tariff = told(world, KRUGMAN), us_tariff(world, 0)
    point = oracle.solve(data, tariff)
    assert point.error < 1e-11
    assert (point.size < 1e-9).sum() == 2 and point.size[:, 15:].min() > 0.5
    expected = told_real_income(world, data, point)
    assert np.allclose(100.0 * expected[:3], [-0.589, 1.477, 1.254], atol=5e-4)
    found = under_tariffs(world, KRUGMAN, tariff.transpose(2, 1, 0))
    assert np.array_equal(found.shut, point.size < 1e-9)
    assert np.abs(found.real_income - expected).max() < TOLERANCE


@needs_inputs
def test_a_us_tariff_under_krugman_is_the_oracles(inputs: Inputs) -> None:
    """All 34 economies, without inputs: the same 19 sectors shut down."""
    world = balanced(trading(inputs, "no inputs"))
    data, tariff = told(world, KRUGMAN), us_tariff(world, inputs.economies.index("USA"))
    point = oracle.solve(data, tariff)
    assert point.error < 1e-11
    found = under_tariffs(world, KRUGMAN, tariff.transpose(2, 1, 0))
    assert found.shut.sum() == 19
    assert np.array_equal(found.shut, point.size < 1e-9)
    assert np.abs(found.real_income - told_real_income(world, data, point)).max() < TOLERANCE


@needs_inputs
def test_a_us_tariff_under_krugman_with_inputs_meets_the_oracles_equations(inputs: Inputs) -> None:
    """The oracle does not find this one. That a sector is shut only where sales would not pay is in them."""
    world = balanced(trading(inputs, "adjusted inputs"))
    tariff = us_tariff(world, inputs.economies.index("USA"))
    found = under_tariffs(world, KRUGMAN, tariff.transpose(2, 1, 0))
    system, state = oracle.System(told(world, KRUGMAN), tariff), state_of(world, found)
    assert np.abs(system.residual(state)).max() < TOLERANCE
    assert found.shut.sum() == 26 and not found.shut[:, ~world.goods].any()
    wrong = state.copy()
    wrong[system.size : 2 * system.size][found.shut.ravel()] = 0.01
    assert np.abs(system.residual(wrong)).max() > 1e-4


@needs_inputs
def test_every_table_has_every_economy(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {"perfect": ("one sector", PERFECT), "Krugman": ("one sector", KRUGMAN)}
    monkeypatch.setattr(tables, "TARIFF_COLUMNS", columns)
    numbers = REPLICATIONS["costinot-rodriguez-clare-2014"](DATA).numbers
    rows = {(number.table, number.column, number.row): number.computed for number in numbers}
    assert len(rows) == len(numbers) == 7 * 35 + 2 * (35 + 36)
    assert rows["Table 4.1, gains from trade", "one sector", "USA"] == pytest.approx(1.8, abs=0.05)
    assert rows[OF_ONE, "perfect", "USA"] > 0.0 > rows[OF_ALL, "perfect", "USA"]
    assert rows[OF_ONE, "Krugman", "USA"] != pytest.approx(rows[OF_ONE, "perfect", "USA"], abs=1e-3)
    assert rows[OF_ONE, "Krugman", "sectors shut down"] == 0.0


def test_market_structures_differ() -> None:
    world = balanced(made_up(1))
    tariff = np.zeros_like(world.flows)
    tariff[:, 0, 1:] = 0.4
    structures = (PERFECT, KRUGMAN, MELITZ)
    losses = [under_tariffs(world, structure, tariff).real_income for structure in structures]
    assert np.abs(losses[0] - losses[1]).max() > 1e-4
    assert np.abs(losses[1] - losses[2]).max() > 1e-4


@pytest.mark.parametrize("structure", [PERFECT, KRUGMAN, MELITZ], ids=["perfect", "krugman", "melitz"])
@pytest.mark.parametrize("observed", [False, True], ids=["adjusted", "observed"])
def test_gains_from_trade_are_what_the_model_and_the_oracle_say(structure: Structure, observed: bool) -> None:
    world = made_up(2, observed)
    prices = oracle.autarky_prices(told(world, structure))
    gains = gains_from_trade(world, structure)
    assert np.abs(gains + np.expm1(-(world.consumption_share * prices).sum(axis=1))).max() < 1e-12
    assert np.abs(gains - autarky(world, structure)).max() < TOLERANCE


@needs_inputs
@pytest.mark.parametrize("kind", ["one sector", "no inputs", "adjusted inputs", "observed inputs"])
def test_gains_of_table_4_1_by_the_model(inputs: Inputs, kind: str) -> None:
    world = trading(inputs, kind)
    assert np.abs(gains_from_trade(world, PERFECT) - autarky(world, PERFECT)).max() < TOLERANCE


@needs_inputs
@pytest.mark.parametrize("structure", [KRUGMAN, MELITZ], ids=["krugman", "melitz"])
@pytest.mark.parametrize("kind", ["no inputs", "adjusted inputs"])
def test_gains_of_table_4_1_by_the_oracle(inputs: Inputs, kind: str, structure: Structure) -> None:
    world = trading(inputs, kind)
    prices = oracle.autarky_prices(told(world, structure))
    expected = -np.expm1(-(world.consumption_share * prices).sum(axis=1))
    assert np.abs(gains_from_trade(world, structure) - expected).max() < 1e-12


@needs_inputs
def test_returns_compound_without_bound_on_the_observed_input_shares(inputs: Inputs) -> None:
    with pytest.raises(CannotCompute, match="compound without bound"):
        gains_from_trade(trading(inputs, "observed inputs"), KRUGMAN)


@needs_inputs
def test_gains_without_inputs_by_hand(inputs: Inputs) -> None:
    """G = 1 - lambda^(1/5); G = 1 - prod_s (lambda_s (e_s / r_s)^delta_s)^(beta_s / eps_s)."""
    at = np.arange(34)
    flows = inputs.flows.sum(axis=0)
    home = flows[at, at] / flows.sum(axis=1)
    assert np.allclose(gains_from_trade(trading(inputs, "one sector"), PERFECT), 1.0 - home**0.2, atol=1e-12)
    home_s = inputs.flows[:, at, at].T / inputs.flows.sum(axis=2).T
    sold = inputs.flows.sum(axis=1).T
    ratio = inputs.spending_share / (sold / sold.sum(axis=1, keepdims=True))
    power = inputs.consumption_share / inputs.trade_elasticity
    world = trading(inputs, "no inputs")
    perfect = 1.0 - np.prod(home_s**power, axis=1)
    assert np.allclose(gains_from_trade(world, PERFECT), perfect, atol=1e-12)
    ratio[:, 15:] = 1.0
    krugman = 1.0 - np.prod((home_s * ratio) ** power, axis=1)
    assert np.allclose(gains_from_trade(world, KRUGMAN), krugman, atol=1e-12)


@needs_inputs
def test_flows_of_the_chapter_are_a_revision_of_the_table(inputs: Inputs) -> None:
    assert inputs.economies[0] == "AUS" and inputs.economies[-1] == "RoW"
    assert inputs.flows.shape == (31, 34, 34)
    assert inputs.flows.sum() == pytest.approx(122617090.0, rel=1e-9)
    assert np.allclose(inputs.consumption_share.sum(axis=1), 1.0)
    value_added = inputs.value_added_share * inputs.flows.sum(axis=1).T
    united_states = value_added[inputs.economies.index("USA")].sum()
    # GDP of 2008: 14.7 trillion by the national accounts, at basic prices somewhat less.
    assert 13.5e6 < united_states < 14.7e6
    used = inputs.adjusted_input_share.sum(axis=1) + inputs.value_added_share
    assert np.allclose(used, 1.0)
    assert ((1.0 - inputs.input_share.sum(axis=1)) < 0.0).sum() == 1


def test_duty_on_cost_as_a_tariff_and_a_cost() -> None:
    world = made_up()
    tariff, cost = KRUGMAN.factors(world, np.full_like(world.flows, 0.4))
    assert np.allclose(tariff * cost, 1.4)
    sigma = 1.0 + world.trade_elasticity
    # Buyers pay 1; 0.4 / 1.4 of it would be duty were it on the price, and the mark-up carries none.
    collected = (1.0 - 1.0 / tariff)[:, 0, 1]
    assert np.allclose(collected[:3], (0.4 / 1.4 * (1.0 - 1.0 / sigma))[:3])
    assert np.allclose(collected[3], 0.4 / 1.4)
    assert np.array_equal(PERFECT.factors(world, 0.0 * world.flows)[1], np.ones_like(world.flows))


def test_missing_files_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_inputs(tmp_path)
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == len(FILES)
    assert all("file is missing" in message for message in messages)
    assert all("crc2014 and wiod2013" in message for message in messages)


@needs_inputs
def test_a_file_of_another_shape_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wiot_2008.RData").symlink_to(DATA / "wiod2013" / "wiot_2008.RData")
    path = tmp_path / "WIOD_Data_CR2014.mat"
    scipy.io.savemat(path, {"X_nis": np.ones((3, 3, 2)), "beta3d": np.ones((34, 34, 31))})
    with pytest.raises(BadInput) as caught:
        read_inputs(tmp_path)
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == 3
    assert any(
        "X_nis" in message and "shape (3, 3, 2), expected (34, 34, 31)" in message for message in messages
    )
    path.write_text("not a MATLAB file")
    with pytest.raises(BadInput, match="not a MATLAB file"):
        read_inputs(tmp_path)
