"""The economics of taxes, subsidies, bans, productivity and trade costs, on small random worlds."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import BadInput, CannotCompute
from detente.model import (
    Baseline,
    Equilibrium,
    Theory,
    baseline_from_shares,
    calibrate,
    shock_weights,
    solve,
    solve_baseline,
)
from detente.model.bilateral import bilateral_values
from detente.model.continuation import Attempt, follow
from detente.model.equilibrium import _attempt
from detente.model.system import start_state
from detente.policy.shock import Shock, Varieties, no_shock
from detente.world.world import World
from tests.model.shocks import random_shock, real_income, varieties_shock
from tests.model.wedges import slow_equilibrium
from tests.worlds import random_world

CLOSE = 1e-8
THEORY = Theory("uniform:4")
BALANCED = Theory("uniform:4", "removed")
seeds = st.integers(0, 2**32 - 1)
slow = settings(max_examples=10, deadline=None)


Place = tuple[int | slice, ...]


def bilateral(world: World, places: list[Place], value: float) -> np.ndarray:
    """Ones, except at the places given."""
    factor = np.ones_like(world.tariff_factor)
    for place in places:
        factor[place] = value
    return factor


def same_allocation(one: Equilibrium, other: Equilibrium, base: Baseline) -> None:
    """Real incomes and shares of spending agree, whatever the unit of account."""
    assert np.allclose(real_income(base, one), real_income(base, other), rtol=CLOSE)
    shares = [
        (point.flows + point.duties + point.rents) / point.spending.T[:, :, None] for point in (one, other)
    ]
    assert np.allclose(*shares, rtol=1e-7, atol=1e-12)


def finite(found: Equilibrium) -> None:
    values = found.bilateral.values._asdict()
    parts = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    for name, value in {**parts, **values, "log_trade_cost": found.log_trade_cost}.items():
        if isinstance(value, np.ndarray):
            assert not np.isnan(value).any(), name
            assert name == "log_trade_cost" or np.isfinite(value).all(), name


@given(seed=seeds)
@slow
def test_all_instruments_together_match_the_slow_way(seed: int) -> None:
    world = random_world(seed)
    base = calibrate(world, THEORY)
    # One limit has members of unlike elasticities.
    base = base._replace(trade_elasticity=jnp.asarray([3.0, 9.0]))
    shock = random_shock(world, seed)
    found = solve_baseline(base, shock_weights(base, shock), THEORY)
    assert found.status == "solved", found.message
    wanted = slow_equilibrium(base, shock, found.imbalance)
    assert np.allclose(np.exp(found.log_wage), wanted["wage"], rtol=CLOSE)
    assert np.allclose(np.exp(found.log_price), wanted["price"], rtol=CLOSE)
    assert np.allclose(found.income, wanted["income"], rtol=CLOSE)
    assert np.allclose(found.sales, wanted["sales"], rtol=1e-7)
    assert np.allclose(found.flows, wanted["flows"], rtol=1e-7)
    assert np.allclose(found.flows + found.duties + found.rents, wanted["paid"], rtol=1e-7)
    assert np.allclose([limit.premium for limit in found.limits], wanted["premium"], rtol=1e-7)


@pytest.mark.parametrize("imbalances", ["constant", "removed", "scaled"])
@given(seed=seeds)
@slow
def test_walras_law_with_every_wedge(imbalances: str, seed: int) -> None:
    world = random_world(seed, economies=4, sectors=3)
    found = solve(world, random_shock(world, seed), Theory("uniform:4", imbalances))  # type: ignore[arg-type]
    total = found.income.sum()
    deficit = found.flows.sum(axis=(0, 2)) - found.flows.sum(axis=(0, 1))
    assert np.abs(deficit - found.imbalance).max() < 1e-9 * total
    kept = found.tariff_revenue + found.export_tax_revenue + found.quota_rent - found.subsidies
    assert np.allclose(found.wage_income + kept + found.imbalance, found.income, rtol=1e-12)
    assert np.allclose((found.flows + found.duties + found.rents).sum(axis=2).T, found.spending, rtol=1e-12)
    assert np.allclose(found.duties.sum(axis=(0, 2)), found.tariff_revenue, atol=1e-12 * total)
    rents = sum(limit.importer_rent + limit.exporter_rent for limit in found.limits)
    assert np.isclose(found.quota_rent.sum(), rents, rtol=1e-9, atol=1e-12 * total)
    assert max(limit.gap for limit in found.limits) < CLOSE


@given(seed=seeds)
@slow
def test_parts_with_duties_of_their_own_change_nothing_while_nothing_changes(seed: int) -> None:
    world = random_world(seed)
    rng = np.random.default_rng(seed)
    rows = []
    for flow in np.ndindex(world.tariff_factor.shape):
        tau = world.tariff_factor[flow]
        for share in (0.2, 0.3):
            factor = 1.0 + (tau - 1.0) * rng.uniform(0.5, 1.5)
            rows.append((*flow, share, factor, factor, 1.0, 1.0))
    found = solve(world, varieties_shock(world, rows), THEORY)
    assert found.passes == 1 and not found.log_wage.any() and not found.log_price.any()
    assert np.allclose(found.flows, world.flows, rtol=1e-12)
    assert np.allclose(found.duties, world.flows * (world.tariff_factor - 1.0), rtol=1e-9, atol=1e-9)


def test_a_part_that_leaves_its_flow_takes_its_own_duty_along() -> None:
    world = random_world(2)
    tau = world.tariff_factor[0, 1, 0]
    free = 1.0 + 0.5 * (tau - 1.0)
    found = solve(world, varieties_shock(world, [(0, 1, 0, 0.5, free, free, 1.0, np.inf)]), THEORY)
    rest = 0.5 / (1.0 / tau - 0.5 / free)
    assert np.isclose(1.0 + found.duties[0, 1, 0] / found.flows[0, 1, 0], rest, rtol=1e-9)
    assert rest > tau


def test_duties_of_parts_that_cannot_add_up_are_refused() -> None:
    world = random_world(2)
    base = calibrate(world, THEORY)
    tau = world.tariff_factor[0, 1, 0]
    whole = [(0, 1, 0, 1.0, tau + 0.2, tau, 1.0, 1.0)]
    untaxed = [(0, 1, 0, 0.99, 1.0 + 0.5 * (tau - 1.0), 1.0, 1.0, 1.0)]
    wide = [(1, 0, 2, 0.7, 1.1, 1.1, 1.0, 1.0)] * 2
    for rows in (whole, untaxed):
        with pytest.raises(BadInput, match="other duties in the baseline than the flow"):
            shock_weights(base, varieties_shock(world, rows))
    with pytest.raises(BadInput, match=r"add up to 1\.4"):
        shock_weights(base, varieties_shock(world, wide))


@given(seed=seeds)
@slow
def test_an_export_tax_is_an_import_tariff_whose_revenue_the_exporter_keeps(seed: int) -> None:
    world = random_world(seed)
    base = calibrate(world, THEORY)
    rate = 1.25
    tariff = world.tariff_factor * bilateral(world, [(0, 1, 2)], rate)
    taxed_there = solve_baseline(base, shock_weights(base, Shock(tariff, np.ones_like(tariff))), THEORY)
    # The importer's revenue, handed over: trade at the border is dearer by as much.
    revenue = (rate - 1.0) * taxed_there.flows[0, 1, 2]
    moved = base._replace(imbalance=base.imbalance + revenue * jnp.asarray([0.0, 1.0, -1.0]))
    export = dataclasses.replace(no_shock(world), export_factor=bilateral(world, [(0, 1, 2)], rate))
    taxed_here = solve_baseline(moved, shock_weights(moved, export), THEORY)
    assert np.allclose(taxed_here.log_wage, taxed_there.log_wage, atol=1e-9)
    assert np.allclose(taxed_here.income, taxed_there.income, rtol=1e-9)
    assert np.allclose(taxed_here.sales, taxed_there.sales, rtol=1e-8)
    assert np.isclose(taxed_here.export_tax_revenue[2], revenue, rtol=1e-8)
    # Without the transfer, who keeps the revenue gains.
    kept = solve_baseline(base, shock_weights(base, export), THEORY)
    assert real_income(base, kept)[2] > real_income(base, taxed_there)[2]
    assert real_income(base, kept)[1] < real_income(base, taxed_there)[1]


@given(seed=seeds)
@slow
def test_lerner_symmetry(seed: int) -> None:
    world = random_world(seed)
    base = calibrate(world, BALANCED)
    abroad = [n for n in range(3) if n != 1]
    tariff = world.tariff_factor * bilateral(world, [(slice(None), 1, i) for i in abroad], 1.3)
    export = bilateral(world, [(slice(None), i, 1) for i in abroad], 1.3)
    imports = solve(world, Shock(tariff, np.ones_like(tariff)), BALANCED)
    exports = solve(world, dataclasses.replace(no_shock(world), export_factor=export), BALANCED)
    same_allocation(imports, exports, base)
    # Wages and all prices of the economy are lower by the tax.
    gap = exports.log_wage - imports.log_wage
    assert np.isclose(gap[0] - gap[1], np.log(1.3), atol=1e-8) and np.isclose(gap[0], gap[2], atol=1e-8)


def test_lerner_symmetry_fails_for_one_partner_and_with_imbalances() -> None:
    world = random_world(4)
    for theory, partners in ((BALANCED, [0]), (THEORY, [0, 2])):
        base = calibrate(world, theory)
        tariff = world.tariff_factor * bilateral(world, [(slice(None), 1, i) for i in partners], 1.3)
        export = bilateral(world, [(slice(None), i, 1) for i in partners], 1.3)
        imports = solve(world, Shock(tariff, np.ones_like(tariff)), theory)
        exports = solve(world, dataclasses.replace(no_shock(world), export_factor=export), theory)
        assert np.abs(real_income(base, imports) / real_income(base, exports) - 1.0).max() > 1e-4


@given(seed=seeds)
@slow
def test_a_ban_is_the_limit_of_a_rising_tariff(seed: int) -> None:
    world = random_world(seed)
    flow = (0, 1, 2)
    banned = solve(world, banned_shock(world, [flow]), THEORY)
    assert banned.flows[flow] == 0.0 and banned.duties[flow] == 0.0 and banned.sales[flow] == 0.0
    finite(banned)
    gaps = []
    for rate in (1e1, 1e2, 1e3, 1e6):
        tariff = world.tariff_factor * bilateral(world, [flow], rate)
        found = solve(world, Shock(tariff, np.ones_like(tariff)), THEORY)
        gaps.append(np.abs(found.log_wage - banned.log_wage).max())
    # Demand falls with the fourth power of the rate, and with it what the tariff still earns.
    assert gaps[0] > 1e3 * gaps[1] and gaps[1] > 1e2 * gaps[2]
    assert gaps[3] < 1e-9


def banned_shock(world: World, flows: list[Place]) -> Shock:
    return Shock(world.tariff_factor, bilateral(world, flows, np.inf))


def test_sanctions_of_a_coalition_stop_every_flow_both_ways() -> None:
    world = random_world(8, economies=5, sectors=3)
    coalition, target = [0, 1, 2], 4
    flows: list[Place] = [
        (slice(None), *pair) for one in coalition for pair in ((one, target), (target, one))
    ]
    found = solve(world, banned_shock(world, flows), BALANCED)
    finite(found)
    for place in flows:
        assert not found.flows[place].any() and not found.duties[place].any()
    assert found.flows[:, target, 3].all() and found.residual < 1e-10
    base = calibrate(world, BALANCED)
    before = solve(world, no_shock(world), BALANCED)
    assert real_income(base, found)[target] < real_income(base, before)[target]


def test_buyers_without_any_source_are_named() -> None:
    world = random_world(3)
    shock = banned_shock(world, [(1, 0, slice(None))])
    with pytest.raises(CannotCompute, match=r"without any source of S1 in E0: .*leave one source open"):
        solve(world, shock, THEORY)
    base = calibrate(world, THEORY)
    found = solve_baseline(base, shock_weights(base, shock), THEORY)
    assert found.status == "no source"
    finite(found)


def test_an_embargo_by_everybody_needs_a_balanced_economy() -> None:
    world = random_world(3)
    flows: list[Place] = [(slice(None), 2, [0, 1]), (slice(None), [0, 1], 2)]  # type: ignore[list-item]
    with pytest.raises(CannotCompute, match=r"E2 may trade with nobody .* choose imbalances=removed"):
        solve(world, banned_shock(world, flows), THEORY)
    found = solve(world, banned_shock(world, flows), BALANCED)
    finite(found)
    assert found.residual <= 1e-10


@pytest.mark.parametrize("sector", [0, 1])
def test_a_production_subsidy_is_a_rebate_at_home_and_an_export_subsidy(sector: int) -> None:
    world = random_world(9)
    base = calibrate(world, THEORY)
    rate = np.zeros((3, 2))
    rate[1, sector] = 0.15
    subsidised = solve(world, dataclasses.replace(no_shock(world), production_subsidy=rate), THEORY)
    rebate = dataclasses.replace(
        varieties_shock(world, [(sector, 1, 1, 1.0, 1.0, 0.85, 1.0, 1.0)]),
        export_factor=bilateral(world, [(sector, 0, 1), (sector, 2, 1)], 0.85),
    )
    other = solve(world, rebate, THEORY)
    assert np.allclose(subsidised.log_wage, other.log_wage, atol=1e-9)
    assert np.allclose(subsidised.income, other.income, rtol=1e-9)
    assert np.allclose(subsidised.output, other.sales.sum(axis=1).T, rtol=1e-8)
    assert np.isclose(subsidised.subsidies[1], 0.15 * subsidised.output[1, sector], rtol=1e-12)
    rebates = -other.duties[sector, 1, 1] - other.export_tax_revenue[1]
    assert np.isclose(subsidised.subsidies[1], rebates, rtol=1e-8)
    same_allocation(subsidised, other, base)


def test_without_inputs_a_subsidy_to_all_output_is_all_in_the_wage() -> None:
    world = random_world(10)
    sectors, economies, _ = world.flows.shape
    shape = (economies, sectors)
    base = baseline_from_shares(
        world.flows,
        world.tariff_factor,
        np.zeros((economies, sectors, sectors)),
        np.ones(shape),
        np.full(sectors, 4.0),
    )
    rate = np.zeros(shape)
    rate[1] = 0.2
    before, after = (
        solve_baseline(base, shock_weights(base, shock), BALANCED)
        for shock in (no_shock(world), dataclasses.replace(no_shock(world), production_subsidy=rate))
    )
    same_allocation(before, after, base)
    gap = after.log_wage - before.log_wage
    assert np.isclose(gap[1] - gap[0], -np.log(0.8), atol=1e-9)


@given(seed=seeds, rate=st.floats(-0.3, 0.6))
@slow
def test_a_uniform_consumption_subsidy_is_neutral(seed: int, rate: float) -> None:
    world = random_world(seed)
    subsidy = np.zeros((3, 2))
    subsidy[1] = rate
    found = solve(world, dataclasses.replace(no_shock(world), consumption_subsidy=subsidy), THEORY)
    assert not found.log_wage.any() and not found.log_price.any()
    base = calibrate(world, THEORY)
    before = solve(world, no_shock(world), THEORY)
    assert np.allclose(real_income(base, found), real_income(base, before), rtol=1e-12)
    # The bill is the subsidised part of all that consumers buy.
    bought = before.income[1]
    assert np.isclose(found.subsidies[1], rate * bought, rtol=1e-9, atol=1e-9)


def test_a_consumption_subsidy_to_one_sector_moves_demand_there_and_costs_welfare() -> None:
    world = random_world(11, tariffs=False)
    base = calibrate(world, THEORY)
    subsidy = np.zeros((3, 2))
    subsidy[0, 0] = 0.3
    before = solve(world, no_shock(world), THEORY)
    found = solve(world, dataclasses.replace(no_shock(world), consumption_subsidy=subsidy), THEORY)
    assert found.spending[0, 0] > before.spending[0, 0] and found.spending[0, 1] < before.spending[0, 1]
    final = found.income[0] * base.final_share[0, 0]
    assert np.isclose(found.subsidies[0], final * 0.3 / 0.7, rtol=1e-12)
    world_income = [real_income(base, point) @ np.asarray(base.wage_income) for point in (before, found)]
    assert world_income[1] < world_income[0]


@given(seed=seeds)
@slow
def test_productivity_in_autarky_is_the_closed_form(seed: int) -> None:
    world = random_world(seed)
    base = calibrate(world, BALANCED)
    own = np.arange(3)
    cost = np.full_like(world.tariff_factor, np.inf)
    cost[:, own, own] = 1.0
    gain = np.random.default_rng(seed).uniform(0.8, 1.4, (3, 2))
    shock = Shock(world.tariff_factor, cost)
    before = solve(world, shock, BALANCED)
    after = solve(world, dataclasses.replace(shock, productivity=gain), BALANCED)
    change = real_income(base, after) / real_income(base, before)
    for n in own:
        leontief = np.linalg.inv(np.eye(2) - np.asarray(base.input_share[n]))
        # Hulten's theorem, exact with constant cost shares.
        assert np.isclose(
            change[n], np.prod(gain[n] ** (leontief @ np.asarray(base.final_share[n]))), rtol=CLOSE
        )


def test_without_inputs_productivity_everywhere_is_real_income_everywhere() -> None:
    world = random_world(12)
    base = calibrate(world, THEORY)
    flat = baseline_from_shares(
        world.flows,
        world.tariff_factor,
        np.zeros((3, 2, 2)),
        np.ones((3, 2)),
        np.asarray(base.trade_elasticity),
    )
    shock = dataclasses.replace(no_shock(world), productivity=np.full((3, 2), 1.1))
    before, after = (
        solve_baseline(flat, shock_weights(flat, each), THEORY) for each in (no_shock(world), shock)
    )
    assert np.allclose(real_income(flat, after) / real_income(flat, before), 1.1, rtol=CLOSE)


@given(seed=seeds)
@slow
def test_relabelling_economies_permutes_results_of_every_instrument(seed: int) -> None:
    world = random_world(seed)
    shock = random_shock(world, seed)
    order = np.random.default_rng(seed).permutation(3)
    place = np.argsort(order)
    grid = np.ix_(range(2), order, order)
    shuffled = world.replace(
        economies=tuple(world.economies[i] for i in order),
        intermediate_flows=world.intermediate_flows[grid],
        final_flows=world.final_flows[grid],
        input_use=world.input_use[order],
        tariff_factor=world.tariff_factor[grid],
    )

    def moved(parts: Varieties) -> Varieties:
        return parts._replace(importer=place[parts.importer], exporter=place[parts.exporter])

    same = Shock(
        shock.tariff_factor[grid],
        shock.cost_factor[grid],
        moved(shock.varieties),
        export_factor=shock.export_factor[grid],  # type: ignore[index]
        limits=shock.limits._replace(members=moved(shock.limits.members)),
        productivity=shock.productivity[order],  # type: ignore[index]
        production_subsidy=shock.production_subsidy[order],  # type: ignore[index]
        consumption_subsidy=shock.consumption_subsidy[order],  # type: ignore[index]
    )
    straight, permuted = solve(world, shock, THEORY), solve(shuffled, same, THEORY)
    assert np.allclose(straight.log_wage[order], permuted.log_wage, atol=1e-9)
    assert np.allclose(straight.income[order], permuted.income, rtol=1e-9)
    assert np.allclose(straight.flows[grid], permuted.flows, rtol=1e-8)
    for one, other in zip(straight.limits, permuted.limits, strict=True):
        assert one.regime == other.regime and np.isclose(one.quantity, other.quantity, rtol=1e-8)


@given(seed=seeds)
@slow
def test_steps_along_the_path_end_where_a_single_run_does(seed: int) -> None:
    world = random_world(seed)
    base = calibrate(world, THEORY)
    shock = random_shock(world, seed)
    weights = shock_weights(base, shock)
    direct = solve_baseline(base, weights, THEORY)

    def attempt(*arguments: object) -> Attempt:
        found: Attempt = _attempt(
            *arguments, jnp.asarray(1e-10), jnp.asarray(500), imbalances="constant", memory=6
        )
        return found

    start = start_state(base, weights)
    stepped = follow(attempt, lambda tried: tried.found.residual < 1e-10, base, weights.arrays(), start)
    assert np.allclose(stepped.state.log_wage, direct.log_wage, atol=1e-9)
    assert np.allclose(bilateral_values(base, weights, stepped.last).flows, direct.flows, rtol=1e-7)


def test_the_path_starts_at_the_baseline() -> None:
    from detente.model.continuation import _on_the_way

    world = random_world(13)
    base = calibrate(world, THEORY)
    near = _on_the_way(base, shock_weights(base, random_shock(world, 13)).arrays(), 1e-9)
    found = solve_baseline(base, near, THEORY)
    assert np.abs(found.log_wage).max() < 1e-6 and np.abs(found.log_price).max() < 1e-6


def test_no_limits_cost_no_arrays() -> None:
    world = random_world(14)
    weights = shock_weights(calibrate(world, THEORY), no_shock(world))
    assert all(part is None for part in weights[2:7])
