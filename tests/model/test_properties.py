"""Properties that every theory must have (DESIGN section 6), on small random worlds."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import Equilibrium, Solver, Theory, calibrate, shock_weights, solve, solve_baseline
from detente.policy.shock import Shock, Varieties, no_shock, set_tariffs
from detente.world.world import World
from tests.model.paper import paper_equilibrium
from tests.worlds import random_world

# Ten times the solver's own tolerance: hats are compared, and errors of two solutions add.
CLOSE = 1e-9
THEORIES = [Theory("uniform:4", imbalances) for imbalances in ("constant", "removed", "scaled")]
seeds = st.integers(0, 2**32 - 1)
slow = settings(max_examples=12, deadline=None)


def random_tariffs(world: World, seed: int, largest: float = 1.0) -> np.ndarray:
    factor = 1.0 + largest * np.random.default_rng(seed).random(world.tariff_factor.shape)
    own = np.arange(len(world.economies))
    factor[:, own, own] = 1.0
    return factor


def real_incomes(world: World, point: Equilibrium, theory: Theory) -> np.ndarray:
    base = calibrate(world, theory)
    return point.income / np.exp((base.final_share * point.log_price).sum(axis=1))


@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: theory.imbalances)
@given(seed=seeds)
@slow
def test_matches_the_paper_solved_the_slow_way(theory: Theory, seed: int) -> None:
    world = random_world(seed)
    tariff = random_tariffs(world, seed)
    found = solve(world, set_tariffs(world, tariff), theory)
    slow_way = paper_equilibrium(calibrate(world, theory), tariff, found.imbalance)
    assert np.allclose(np.exp(found.log_wage), slow_way["wage"], rtol=1e-8)
    assert np.allclose(np.exp(found.log_price), slow_way["price"], rtol=1e-8)
    assert np.allclose(found.spending, slow_way["spending"], rtol=1e-8)


@given(seed=seeds)
@slow
def test_zero_shock_is_exactly_zero(seed: int) -> None:
    world = random_world(seed)
    found = solve(world, no_shock(world), Theory("uniform:4"))
    assert not found.log_wage.any() and not found.log_price.any()
    assert np.allclose(found.flows, world.flows, rtol=1e-12)
    assert found.passes == 1


@pytest.mark.parametrize("theory", THEORIES, ids=lambda theory: theory.imbalances)
@given(seed=seeds)
@slow
def test_walras_law_and_numeraire(theory: Theory, seed: int) -> None:
    world = random_world(seed)
    found = solve(world, set_tariffs(world, random_tariffs(world, seed)), theory)
    deficit = found.flows.sum(axis=(0, 2)) - found.flows.sum(axis=(0, 1))
    assert np.allclose(deficit, found.imbalance, atol=CLOSE * found.income.sum())
    assert abs(found.imbalance.sum()) < CLOSE * found.income.sum()
    assert np.isclose(found.wage_income.sum(), world.value_added.sum(), rtol=CLOSE)
    assert np.allclose(found.income, (found.spending - _inputs(world, found)).sum(axis=1), rtol=1e-8)


def _inputs(world: World, found: Equilibrium) -> np.ndarray:
    share = calibrate(world, Theory("uniform:4")).input_share
    return np.einsum("iks,is->ik", share, found.output)


def test_imbalance_rules_do_what_they_say() -> None:
    world = random_world(3)
    shock = set_tariffs(world, random_tariffs(world, 3))
    base = calibrate(world, THEORIES[0])
    constant, removed, scaled = (solve(world, shock, theory) for theory in THEORIES)
    assert np.array_equal(constant.imbalance, base.imbalance)
    assert not removed.imbalance.any()
    moved = base.imbalance * np.exp(scaled.log_wage)
    correction = (scaled.imbalance - moved) / scaled.wage_income
    assert np.ptp(correction) < 1e-12 and abs(correction[0]) > 1e-6


@given(seed=seeds)
@slow
def test_units_do_not_matter(seed: int) -> None:
    world = random_world(seed)
    thousand = world.replace(
        intermediate_flows=1e3 * world.intermediate_flows,
        final_flows=1e3 * world.final_flows,
        input_use=1e3 * world.input_use,
    )
    tariff = random_tariffs(world, seed)
    small, large = (solve(each, set_tariffs(each, tariff), Theory("uniform:4")) for each in (world, thousand))
    assert np.allclose(small.log_wage, large.log_wage, atol=CLOSE)
    assert np.allclose(1e3 * small.income, large.income, rtol=CLOSE)


@given(seed=seeds)
@slow
def test_relabelling_economies_permutes_results(seed: int) -> None:
    world = random_world(seed)
    order = np.random.default_rng(seed).permutation(len(world.economies))
    bilateral = np.ix_(range(len(world.sectors)), order, order)
    shuffled = world.replace(
        economies=tuple(world.economies[i] for i in order),
        intermediate_flows=world.intermediate_flows[bilateral],
        final_flows=world.final_flows[bilateral],
        input_use=world.input_use[order],
        tariff_factor=world.tariff_factor[bilateral],
    )
    tariff = random_tariffs(world, seed)
    theory = Theory("uniform:4")
    straight = solve(world, set_tariffs(world, tariff), theory)
    permuted = solve(shuffled, set_tariffs(shuffled, tariff[bilateral]), theory)
    assert np.allclose(straight.log_wage[order], permuted.log_wage, atol=CLOSE)
    assert np.allclose(straight.flows[bilateral], permuted.flows, rtol=1e-8)


def halved(world: World, economy: int) -> tuple[World, np.ndarray]:
    """The world with one economy in two equal halves, and the index of the origin of each economy."""
    origin = np.r_[np.arange(len(world.economies)), economy]
    size = np.where(origin == economy, 0.5, 1.0)
    bilateral = np.ix_(range(len(world.sectors)), origin, origin)
    scale = size[:, None] * size[None, :]
    return world.replace(
        economies=(*world.economies, "half"),
        intermediate_flows=world.intermediate_flows[bilateral] * scale,
        final_flows=world.final_flows[bilateral] * scale,
        input_use=world.input_use[origin] * size[:, None, None],
        tariff_factor=world.tariff_factor[bilateral],
    ), origin


@given(seed=seeds)
@slow
def test_splitting_an_economy_into_equal_halves_changes_nothing(seed: int) -> None:
    world = random_world(seed)
    split, origin = halved(world, 1)
    tariff = random_tariffs(world, seed)
    theory = Theory("uniform:4")
    whole = solve(world, set_tariffs(world, tariff), theory)
    split_tariff = tariff[np.ix_(range(len(world.sectors)), origin, origin)]
    parts = solve(split, set_tariffs(split, split_tariff), theory)
    assert np.allclose(whole.log_wage[origin], parts.log_wage, atol=CLOSE)
    assert np.allclose(whole.log_price[origin], parts.log_price, atol=CLOSE)


@given(seed=seeds)
@slow
def test_autarky_equals_the_closed_form(seed: int) -> None:
    world = random_world(seed, tariffs=False)
    theory = Theory("uniform:4", "removed")
    base = calibrate(world, theory)
    reference = solve(world, no_shock(world), theory)
    own = np.arange(len(world.economies))
    cost = np.full_like(world.tariff_factor, 1e6)
    cost[:, own, own] = 1.0
    autarky = solve(world, Shock(world.tariff_factor, cost), theory)
    change = real_incomes(world, autarky, theory) / real_incomes(world, reference, theory)
    # Arkolakis, Costinot and Rodriguez-Clare (2012) with inputs: own shares to Leontief weights over theta.
    own_share = reference.flows[:, own, own].T / reference.spending
    for n in own:
        leontief = np.linalg.inv(np.eye(len(world.sectors)) - base.input_share[n])
        exponent = leontief @ base.final_share[n] / base.trade_elasticity
        assert np.isclose(change[n], np.prod(own_share[n] ** exponent), rtol=1e-7)


def test_flows_with_varieties_follow_the_documented_formula() -> None:
    world = random_world(5)
    theory = Theory("uniform:4")
    base = calibrate(world, theory)
    tau = world.tariff_factor[0, 0, 1]
    rows = [(0, 0, 1, 0.3, 1.2, 1.6, 1.0, 1.0), (0, 0, 1, 0.2, 1.02, 1.1, 1.3, 1.05)]
    shock = Shock(world.tariff_factor, np.ones_like(world.tariff_factor), Varieties.of(rows))
    found = solve(world, shock, theory)
    # The duty-free part of the rest is what the two varieties leave of the flow's.
    rest = 0.5 / (1.0 / tau - 0.3 / 1.2 - 0.2 / 1.02)
    demand = [
        (0.5, rest, 1.0, 1.0),
        (0.3, 1.6, 1.0, 1.6 / 1.2),
        (0.2, 1.1, 1.3, 1.1 * 1.3 * 1.05 / 1.02),
    ]
    fall = np.exp(-4.0 * (found.log_cost[1, 0] - found.log_price[0, 0]))
    spent = base.sourcing[0, 0, 1] * fall * found.spending[0, 0]
    paid = [spent * share * kappa**-4.0 for share, _, _, kappa in demand]
    at_border = [value / factor for value, (_, factor, _, _) in zip(paid, demand, strict=True)]
    received = [value / factor for value, (_, _, factor, _) in zip(at_border, demand, strict=True)]
    assert np.isclose(found.flows[0, 0, 1], sum(at_border), rtol=1e-8)
    assert np.isclose(found.duties[0, 0, 1], sum(paid) - sum(at_border), rtol=1e-8)
    assert np.isclose(found.sales[0, 0, 1], sum(received), rtol=1e-8)
    assert np.isclose(found.export_tax_revenue[1], sum(at_border) - sum(received), rtol=1e-8)


def test_varieties_that_cover_the_whole_flow_are_a_tariff_on_it() -> None:
    world = random_world(5)
    theory = Theory("uniform:4")
    tariff = world.tariff_factor.copy()
    tariff[1, 0, 2] = 1.5
    whole = solve(world, set_tariffs(world, tariff), theory)
    old = world.tariff_factor[1, 0, 2]
    rows = [(1, 0, 2, share, old, 1.5, 1.0, 1.0) for share in (0.25, 0.35, 0.4)]
    same = Shock(world.tariff_factor, np.ones_like(tariff), Varieties.of(rows))
    parts = solve(world, same, theory)
    assert np.allclose(whole.flows, parts.flows, rtol=1e-8)
    assert np.allclose(whole.duties, parts.duties, rtol=1e-8)


def test_the_part_that_no_variety_names_keeps_the_baseline_tariff() -> None:
    world = random_world(6)
    theory = Theory("uniform:4")
    shock = Shock(
        world.tariff_factor,
        np.ones_like(world.tariff_factor),
        Varieties.of([(0, 0, 1, 0.3, world.tariff_factor[0, 0, 1], 1e9, 1.0, 1.0)]),
    )
    found = solve(world, shock, theory)
    # The covered part is gone; what remains pays the old rate.
    assert np.isclose(
        found.duties[0, 0, 1] / found.flows[0, 0, 1], world.tariff_factor[0, 0, 1] - 1.0, rtol=1e-9
    )


@pytest.mark.parametrize("rate", [5.0, 50.0, 500.0])
def test_prohibitive_tariffs_are_solved(rate: float) -> None:
    world = random_world(7, economies=5, sectors=4)
    theory = Theory("uniform:8", "removed")
    found = solve(world, set_tariffs(world, random_tariffs(world, 7, rate)), theory)
    assert found.status == "solved" and found.residual <= 1e-10 and found.step <= 1e-10


def test_solver_says_which_market_fails_when_it_runs_out_of_passes() -> None:
    world = random_world(8)
    theory = Theory("uniform:4")
    base = calibrate(world, theory)
    shock = set_tariffs(world, random_tariffs(world, 8))
    found = solve_baseline(
        base, shock_weights(base, shock), theory, Solver(max_passes=3), world.economies, world.sectors
    )
    assert found.status == "not converged"
    assert "stopped after 3 passes" in found.message and "misses clearing by" in found.message
    assert any(code in found.message for code in world.economies)


def test_undefined_input_gives_a_sentence_and_no_number() -> None:
    world = random_world(9)
    theory = Theory("uniform:4")
    tariff = world.tariff_factor.copy()
    tariff[0, 0, 1] = np.nan
    with pytest.raises(Exception, match=r"no finite answer .* usual cures"):
        solve(world, set_tariffs(world, tariff), theory)


@given(shares=st.lists(st.floats(0.01, 1.0), min_size=2, max_size=12))
@slow
def test_shares_that_miss_one_by_rounding_leave_nothing(shares: list[float]) -> None:
    world = random_world(10)
    base = calibrate(world, Theory("uniform:4"))
    tau = world.tariff_factor[0, 0, 1]
    rows = [(0, 0, 1, share / sum(shares), tau, 1e6, 1.0, 1.0) for share in shares]
    shock = Shock(world.tariff_factor, np.ones_like(world.tariff_factor), Varieties.of(rows))
    weight = float(shock_weights(base, shock).weight[0, 0, 1])
    whole = (1e6 / world.tariff_factor[0, 0, 1]) ** -4.0 * float(base.sourcing[0, 0, 1])
    assert np.isclose(weight, whole, rtol=1e-9)


def test_all_wrong_choices_of_a_theory_are_named() -> None:
    # In a process of its own: here the annotations are checked before the value is looked at.
    program = (
        "from detente.model import Theory; Theory.parse('imbalance=removed,imbalances=gone,elasticities')"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "unknown choice 'imbalance'; did you mean imbalances" in found.stderr
    assert "'elasticities' is no choice; write it as choice=value" in found.stderr
    assert "unknown choice 'gone'; valid: constant, removed, scaled" in found.stderr
