"""Every theory: where real income comes from, the identities of its accounts, quantities of its own.

Contributions add up by construction. That they are the right ones shows in what is left over: a differential
that misses a term leaves an error that shrinks with the shock, a complete one integrated with logarithmic
means an error that shrinks with its cube.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.model import Baseline, Equilibrium, Theory, calibrate, first_order_change, solve
from detente.model.choices import world_labour
from detente.outcome import Outcome
from detente.outcome.checks import run_checks
from detente.outcome.decomposition import decompose
from detente.outcome.quantities import ONLY_WITH, QUANTITIES, Comparison, quantity_names
from detente.outcome.theory_notes import theory_notes
from detente.outcome.welfare import real_income
from detente.outcome.workers import group_pay, welfare_net_of_effort
from detente.policy.shock import Shock, no_shock
from detente.world.world import World
from tests.outcome.theories import THEORIES
from tests.worlds import random_world

SEED = 2


def shock(world: World, strength: float, seed: int = SEED) -> Shock:
    """Tariffs, trade costs, export taxes, productivity and subsidies, of a size that grows with strength."""
    rng = np.random.default_rng(seed)
    sectors, economies, _ = shape = world.tariff_factor.shape
    abroad = 1.0 - np.eye(economies)

    def draw(shape: tuple[int, ...]) -> np.ndarray:
        return strength * rng.uniform(-1.0, 1.0, shape)

    return Shock(
        world.tariff_factor * np.exp(0.3 * np.abs(draw(shape)) * abroad),
        np.exp(0.2 * draw(shape) * abroad),
        export_factor=np.exp(0.2 * draw(shape) * abroad),
        productivity=np.exp(0.2 * draw((economies, sectors))),
        production_subsidy=0.1 * draw((economies, sectors)),
        consumption_subsidy=0.1 * draw((economies, sectors)),
    )


def groups_file(folder: Path, world: World) -> str:
    """Two groups of workers in the first economy."""
    path = folder / "groups.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("economy", "group", "sector", "earnings"))
        for place, sector in enumerate(world.sectors):
            rows.writerow((world.economies[0], "north", sector, 1 + 3 * place))
            rows.writerow((world.economies[0], "south", sector, 2))
    return str(path)


@pytest.fixture(params=[*THEORIES, "groups"])
def theory(request: pytest.FixtureRequest, tmp_path: Path) -> Theory:
    if request.param == "groups":
        return Theory("uniform:4", labour="groups", labour_groups=groups_file(tmp_path, random_world(SEED)))
    return THEORIES[request.param]


def test_what_the_contributions_miss_shrinks_with_the_cube_of_the_shock(theory: Theory) -> None:
    world = random_world(SEED)
    base = calibrate(world, theory)
    # From a reference that is no baseline: every wedge and every choice has moved there already.
    reference = solve(world, shock(world, 0.05), theory)
    missed, changed = [], []
    for strength in (0.06, 0.03):
        scenario = solve(world, shock(world, 0.05 + strength), theory)
        parts = decompose(reference, scenario, base)
        missed.append(np.abs(parts.second_order).max())
        changed.append(np.abs(real_income(reference, scenario, base) - 1.0).max())
    assert missed[0] < 1e-2 * changed[0]
    # Eight by theory; a term that is missing gives two.
    assert 6.0 < missed[0] / missed[1] < 11.0


def test_accounts_of_every_theory_balance_and_every_quantity_is_a_number(theory: Theory) -> None:
    world = random_world(SEED)
    pair = Comparison(
        solve(world, shock(world, 0.05), theory),
        solve(world, shock(world, 0.2), theory),
        calibrate(world, theory),
        theory,
    )
    failed = [(check.name, check.measured) for check in run_checks(pair) if not check.passed]
    assert not failed
    for name in quantity_names(theory):
        assert np.isfinite(QUANTITIES[name](pair)).all(), name


@pytest.mark.parametrize("name", ["labour tax", "replaced tax"])
def test_the_labour_tax_pays_for_subsidies_to_consumption_too(name: str) -> None:
    """Each tenth of spending that the government pays raises the tax; the check sees a budget that is off."""
    world, theory = random_world(SEED), THEORIES[name]
    base, nothing = calibrate(world, theory), no_shock(world)
    rate = np.zeros_like(world.output)
    rate[0] = 0.1
    given = Shock(nothing.tariff_factor, nothing.cost_factor, consumption_subsidy=rate)
    before, after = solve(world, nothing, theory), solve(world, given, theory)
    assert after.status == "solved" and after.log_net_of_tax[0] < -0.05
    # All prices of consumers fall by a tenth, so what the government collects before subsidies does, too.
    tax = {"labour tax": 0.3, "replaced tax": 0.0}[name]
    rise = QUANTITIES["labour_tax_change"](Comparison(before, after, base, theory))[0] / 100
    price = np.exp((np.asarray(base.final_share) * (after.log_price + np.log1p(-rate))).sum(axis=1))[0]
    collected = (tax + rise) * after.wage_income[0] + after.tariff_revenue[0] - after.subsidies[0]
    wanted = (tax * before.wage_income[0] + before.tariff_revenue[0]) * price
    np.testing.assert_allclose(collected, wanted, rtol=1e-8)

    def budget(point: Equilibrium) -> bool:
        found = run_checks(Comparison(before, point, base, theory))
        return next(check.passed for check in found if check.name == "budget (scenario)")

    assert budget(after)
    assert not budget(replace(after, log_net_of_tax=after.log_net_of_tax + 1e-4))
    assert not budget(replace(after, log_consumer_factor=np.zeros_like(rate)))


def test_the_first_order_effect_is_computed_by_name_once_and_never_for_exports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcome, calls = outcome_of(""), []

    def counted(*given: object) -> np.ndarray:
        calls.append(given)
        return first_order_change(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("detente.outcome.quantities.first_order_change", counted)
    for name in outcome.names:
        outcome.values(name)
    assert not calls and "real_income_first_order" not in outcome.names
    found = outcome.values("real_income_first_order")
    np.testing.assert_array_equal(outcome["real_income_first_order"], found)
    assert len(calls) == 1 and calls[0][-1] is outcome.theory
    np.testing.assert_allclose(found, outcome.values("real_income"), atol=0.01)


# The contributions that each theory has, and no others have.
OWN = {
    "scale_and_variety": {"krugman", "melitz", "external", "melitz, separate"},
    "profit_shifting": {"fixed firms", "together"},
    "labour_supplied": {"supply", "labour tax", "together"},
    "trade_imbalances": {"scaled", "ratio", "supply"},
}


@pytest.mark.parametrize(
    "name", [*sorted(set.union(*OWN.values())), "core", "specific", "nests", "government"]
)
def test_a_theory_has_the_contributions_of_its_choices_alone(name: str) -> None:
    theory = THEORIES[name]
    world = random_world(SEED)
    base = calibrate(world, theory)
    parts = decompose(solve(world, no_shock(world), theory), solve(world, shock(world, 0.1), theory), base)
    for part in OWN:
        there = np.abs(getattr(parts, part)).max() > 1e-7
        assert there == (ONLY_WITH[part][0](theory)), part
        assert there or part in quantity_names(Theory()) or part not in quantity_names(theory)


def pair_of(theory: Theory, strength: float = 0.2) -> tuple[Equilibrium, Equilibrium, Baseline, World]:
    world = random_world(SEED)
    found = (solve(world, no_shock(world), theory), solve(world, shock(world, strength), theory))
    return (*found, calibrate(world, theory), world)


def test_more_work_at_the_going_wage_is_worth_nothing_net_of_effort() -> None:
    """Without a tax on labour, effort at the margin costs what it pays: the envelope theorem."""
    theory = THEORIES["supply"]
    world = random_world(SEED)
    base = calibrate(world, theory)
    before = solve(world, no_shock(world), theory)
    gaps = []
    for strength in (0.04, 0.02):
        after = solve(world, shock(world, strength), theory)
        gross, parts = real_income(before, after, base) - 1.0, decompose(before, after, base)
        net = welfare_net_of_effort(before, after, base)
        gaps.append(np.abs(gross - parts.labour_supplied - net).max())
        assert np.abs(parts.labour_supplied).max() > 1e3 * gaps[-1]
    assert gaps[0] / gaps[1] > 3.5


def test_effort_is_what_utility_says_it_is() -> None:
    """Utility of both equilibria computed from the household's problem."""
    theory = THEORIES["labour tax"]
    before, after, base, _ = pair_of(theory)
    supply = theory.labour_supply
    # Units of labour such that the baseline has one; k solves the household's problem there.
    k = 0.7 * np.asarray(base.wage_income) / (1.0 + 1.0 / supply)
    utility = []
    for point in (before, after):
        price = np.exp(
            (np.asarray(base.final_share) * (point.log_price + point.log_consumer_factor)).sum(axis=1)
        )
        labour = np.exp(point.log_labour)
        utility.append(point.income / price - k * labour ** (1.0 + 1.0 / supply))
        # The household's problem: the wage after tax is the cost of the last bit of effort.
        wage = 0.7 * np.exp(point.log_net_of_tax + point.log_wage) * np.asarray(base.wage_income) / price
        np.testing.assert_allclose(wage, k * (1.0 + 1.0 / supply) * labour ** (1.0 / supply), rtol=1e-8)
    wanted = (utility[1] - utility[0]) / before.income
    np.testing.assert_allclose(welfare_net_of_effort(before, after, base), wanted, rtol=1e-9)


def test_households_and_the_government_share_all_income() -> None:
    before, after, base, _ = pair_of(THEORIES["government"])
    pair = Comparison(before, after, base, THEORIES["government"])
    parts = QUANTITIES["household_real_income_value"](pair) + QUANTITIES["public_revenue_value"](pair)
    np.testing.assert_allclose(parts, QUANTITIES["real_income_value"](pair), rtol=1e-9)


def test_groups_of_workers_differ_and_their_pay_adds_up(tmp_path: Path) -> None:
    world = random_world(SEED)
    theory = Theory("uniform:4", labour="groups", labour_groups=groups_file(tmp_path, world))
    before, after = solve(world, no_shock(world), theory), solve(world, shock(world, 0.2), theory)
    base = calibrate(world, theory)
    groups = world_labour(world, theory, np.asarray(base.payroll)).groups
    assert groups is not None
    pay = group_pay(before, after, base)
    assert abs(pay[0] - pay[1]) > 1e-4
    pair = Comparison(before, after, base, theory)
    value = QUANTITIES["group_pay_value"](pair)
    of_all = np.bincount(np.asarray(groups.economy), value)
    wanted = QUANTITIES["real_wage"](pair) / 100 * before.wage_income
    np.testing.assert_allclose(of_all, wanted, rtol=1e-7, atol=1e-9 * before.wage_income.max())


def test_real_pay_by_sector_is_earnings_per_worker_where_nobody_moves() -> None:
    before, after, base, _ = pair_of(THEORIES["specific"])
    pair = Comparison(before, after, base, THEORIES["specific"])
    earned = after.output * np.asarray(base.labour_share) / np.asarray(base.payroll)
    prices = 1.0 + QUANTITIES["consumer_prices"](pair)[:, None] / 100
    np.testing.assert_allclose(QUANTITIES["real_factor_price"](pair), 100 * (earned / prices - 1), rtol=1e-7)


def test_value_added_is_wages_where_its_share_moves() -> None:
    before, after, base, _ = pair_of(THEORIES["nests"])
    pair = Comparison(before, after, base, THEORIES["nests"])
    more = QUANTITIES["value_added_value"](pair).sum(axis=1)
    np.testing.assert_allclose(
        more, after.wage_income - before.wage_income, atol=1e-8 * before.wage_income.max()
    )


def test_free_entry_moves_firms_and_varieties_together() -> None:
    """Krugman: psi = 1/theta, so that scale is the number of firms to the power of it."""
    before, after, base, _ = pair_of(THEORIES["krugman"], 0.05)
    pair = Comparison(before, after, base, THEORIES["krugman"])
    firms = 1.0 + QUANTITIES["firms_change"](pair) / 100
    np.testing.assert_allclose(1.0 + QUANTITIES["scale_gain"](pair) / 100, firms**0.25, rtol=1e-8)
    assert firms.min() < 0.99


def test_profits_are_a_share_of_sales() -> None:
    before, after, base, _ = pair_of(THEORIES["fixed firms"])
    pair = Comparison(before, after, base, THEORIES["fixed firms"])
    np.testing.assert_allclose(QUANTITIES["profits"](pair), after.output.sum(axis=1) / 8.0, rtol=1e-12)
    parts = decompose(before, after, base)
    assert np.abs(parts.profit_shifting).max() > 1e-4


def outcome_of(theory: str, scenario: str = "canada-china-2026", world: str = "g20-2019") -> Outcome:
    return dt.run(world, scenario, theory=Theory.parse(theory))


def test_what_a_theory_lacks_is_refused_with_the_choice_that_has_it() -> None:
    outcome = outcome_of("")
    assert "profits" not in outcome.names
    with pytest.raises(BadInput, match="market=fixed-firms"):
        outcome.values("profits")
    with pytest.raises(BadInput, match="no quantity 'profit'"):
        outcome.values("profit")


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ("labour=roy-frechet", "labour shape 1.5 is an assumption"),
        (
            "labour=roy-frechet,labour_shape=2",
            "labour shape 2 is the user's choice; the recommended value is 1.5",
        ),
        ("labour_supply=0.5", "labour supply 0.5: Ignatenko"),
        ("labour_supply=0.5,revenue=labour-tax,labour_tax=oecd", "not known for ARG"),
        ("inputs=separate,input_substitution=0.1", "input substitution 0.1 is the user's choice"),
    ],
)
def test_what_a_theory_assumes_is_said(choices: str, said: str) -> None:
    world = dt.load_world("g20-2019")
    assert any(said in note for note in theory_notes(world, Theory.parse(choices)))


def test_the_identifier_depends_on_the_theory() -> None:
    found = {outcome_of(choices).id for choices in ("", "labour=specific", "revenue=government")}
    assert len(found) == 3
