"""Quotas, restraints, commitments and margins: regimes, equivalents, boundaries."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import Equilibrium, Theory, calibrate, shock_weights, solve, solve_baseline
from detente.model.regimes import LimitResult, limit_results
from detente.model.system import one_pass, start_state
from detente.policy.shock import Limits, Shock, no_shock
from detente.world.world import World
from tests.model.shocks import limit, limits, one_limit, random_shock, real_income, varieties_shock
from tests.worlds import random_world

THEORY = Theory("uniform:4")
FLOW = (0, 1, 2)
seeds = st.integers(0, 2**32 - 1)
slow = settings(max_examples=10, deadline=None)


def equal(one: Equilibrium, other: Equilibrium, tolerance: float = 1e-9) -> None:
    assert np.allclose(one.log_wage, other.log_wage, atol=tolerance)
    assert np.allclose(one.log_price, other.log_price, atol=tolerance)
    assert np.allclose(one.income, other.income, rtol=tolerance)
    paid = [point.flows + point.duties + point.rents for point in (one, other)]
    assert np.allclose(*paid, rtol=10 * tolerance, atol=1e-6)


def duty(world: World, share: float, factor: float, export: float = 1.0) -> Shock:
    """A further duty, or an export tax, on a share of the flow."""
    tau = float(world.tariff_factor[FLOW])
    return varieties_shock(world, [(*FLOW, share, tau, tau * factor, export, 1.0)])


@given(seed=seeds, share=st.floats(0.05, 1.0), room=st.floats(1.0 + 1e-9, 3.0), in_value=st.booleans())
@slow
def test_a_quota_that_does_not_bind_changes_nothing(
    seed: int, share: float, room: float, in_value: bool
) -> None:
    world = random_world(seed)
    found = solve(world, one_limit(world, FLOW, share, room, in_value=in_value), THEORY)
    assert not found.log_wage.any() and not found.log_price.any() and found.passes == 1
    assert np.allclose(found.flows, world.flows, rtol=1e-12) and not found.quota_rent.any()
    (answer,) = found.limits
    assert answer.regime == "not binding" and answer.premium == 1.0
    assert np.isclose(answer.quantity, share * world.flows[FLOW], rtol=1e-12)


@given(seed=seeds, share=st.floats(0.05, 1.0), size=st.floats(0.01, 0.99))
@slow
def test_a_quota_whose_rent_the_importer_keeps_is_its_tariff_equivalent(
    seed: int, share: float, size: float
) -> None:
    world = random_world(seed)
    found = solve(world, one_limit(world, FLOW, share, size), THEORY)
    (answer,) = found.limits
    assert answer.regime == "binding" and answer.premium is not None and answer.premium > 1.0
    assert np.isclose(answer.quantity, size * share * world.flows[FLOW], rtol=1e-8)
    tariff = solve(world, duty(world, share, answer.premium), THEORY)
    equal(found, tariff)
    assert np.isclose((found.tariff_revenue + found.quota_rent)[1], tariff.tariff_revenue[1], rtol=1e-8)
    assert answer.exporter_rent == 0.0 and found.quota_rent[1] == pytest.approx(answer.importer_rent)
    assert np.allclose(found.flows, found.sales)


@given(seed=seeds, share=st.floats(0.05, 1.0), size=st.floats(0.01, 0.99))
@slow
def test_a_restraint_whose_rent_the_exporter_keeps_is_an_export_tax(
    seed: int, share: float, size: float
) -> None:
    world = random_world(seed)
    found = solve(world, one_limit(world, FLOW, share, size, rent=1.0), THEORY)
    (answer,) = found.limits
    assert answer.premium is not None
    tax = solve(world, duty(world, share, 1.0, answer.premium), THEORY)
    equal(found, tax)
    assert np.allclose(found.duties, tax.duties, rtol=1e-7, atol=1e-9)
    assert np.allclose(found.flows, tax.flows, rtol=1e-8) and np.allclose(found.sales, tax.sales, rtol=1e-8)
    assert np.isclose(found.quota_rent[2], tax.export_tax_revenue[2], rtol=1e-7)
    assert answer.importer_rent == 0.0


def test_a_limit_in_value_holds_the_value_at_the_border() -> None:
    world = random_world(1)
    for rent in (0.0, 1.0):
        found = solve(world, one_limit(world, FLOW, 1.0, 0.6, in_value=True, rent=rent), THEORY)
        assert np.isclose(found.flows[FLOW], 0.6 * world.flows[FLOW], rtol=1e-8)
    held = solve(world, one_limit(world, FLOW, 1.0, 0.6), THEORY)
    volume = held.sales[FLOW] / np.exp(held.log_offer[2, 0])
    assert np.isclose(volume, 0.6 * world.flows[FLOW], rtol=1e-8)


def test_what_melts_on_the_way_is_no_quantity() -> None:
    world = random_world(1)
    tau = float(world.tariff_factor[FLOW])
    rows = [(*FLOW, 1.0, tau, tau, 1.0, 1.25)]
    cap = 0.3 * float(world.flows[FLOW])
    shock = dataclasses.replace(no_shock(world), limits=limit(rows, cap))
    found = solve(world, shock, THEORY)
    assert found.limits[0].regime == "binding"
    assert np.isclose(found.sales[FLOW] / np.exp(found.log_offer[2, 0]) / 1.25, cap, rtol=1e-8)


HIGHEST = 1.3


def rate_quota(world: World, size: float, rent: float = 0.0) -> Equilibrium:
    return solve(world, one_limit(world, FLOW, 0.6, size, highest=HIGHEST, rent=rent), THEORY)


def test_a_tariff_rate_quota_has_three_regimes() -> None:
    world = random_world(3)
    beyond_all = solve(world, duty(world, 0.6, HIGHEST), THEORY)
    edge = rate_quota(world, 0.0).limits[0].quantity / (0.6 * world.flows[FLOW])
    assert 0.1 < edge < 0.9
    for size, regime in ((1.1, "not binding"), ((1 + edge) / 2, "binding"), (edge / 2, "beyond the quota")):
        found = rate_quota(world, size)
        (answer,) = found.limits
        assert answer.regime == regime and answer.premium is not None and answer.used is not None
        if regime == "binding":
            assert 1.0 < answer.premium < HIGHEST and answer.used == pytest.approx(1.0)
        if regime == "beyond the quota":
            assert answer.used == pytest.approx(2.0, rel=1e-6) and answer.premium == pytest.approx(HIGHEST)
            # All is as under the duty beyond the quota; only a part of the duty is a rent.
            equal(found, beyond_all)
            price = np.exp(found.log_offer[2, 0]) * world.tariff_factor[FLOW] * (HIGHEST - 1.0)
            rent = price * edge / 2 * 0.6 * world.flows[FLOW]
            assert np.isclose(answer.importer_rent, rent, rtol=1e-7)
            assert np.isclose(found.tariff_revenue[1] + rent, beyond_all.tariff_revenue[1], rtol=1e-8)


@pytest.mark.parametrize("rent", [0.0, 0.5, 1.0])
def test_regimes_of_a_tariff_rate_quota_meet(rent: float) -> None:
    world = random_world(3)
    # Where the exporter keeps the rent, its income and so the edge depend on the size: found by halving.
    low, high = 0.01, 0.99
    for _ in range(40):
        middle = 0.5 * (low + high)
        beyond = rate_quota(world, middle, rent).limits[0].regime == "beyond the quota"
        low, high = (middle, high) if beyond else (low, middle)
    for edge in (high, 1.0):
        below, at, above = (rate_quota(world, edge * factor, rent) for factor in (1 - 1e-6, 1.0, 1 + 1e-6))
        assert at.residual <= 1e-10
        for one, other in ((below, at), (at, above)):
            assert np.abs(one.log_wage - other.log_wage).max() < 1e-5
            assert np.abs(one.income / other.income - 1.0).max() < 1e-5
            assert np.abs(one.quota_rent - other.quota_rent).max() < 1e-3
    # Who keeps the rent matters only where there is one.
    assert rate_quota(world, 0.5, 0.0).income[2] < rate_quota(world, 0.5, 1.0).income[2]


def test_half_a_rent_is_divided_in_two() -> None:
    world = random_world(4)
    found = solve(world, one_limit(world, FLOW, 0.5, 0.4, rent=0.5), THEORY)
    (answer,) = found.limits
    assert answer.premium is not None
    price = np.exp(found.log_offer[2, 0]) * answer.quantity * (answer.premium - 1.0)
    assert np.isclose(answer.exporter_rent, 0.5 * price, rtol=1e-8)
    assert np.isclose(answer.importer_rent, 0.5 * price * world.tariff_factor[FLOW], rtol=1e-8)
    assert np.allclose(found.quota_rent, [0.0, answer.importer_rent, answer.exporter_rent])


@pytest.mark.parametrize("rent", [0.0, 1.0])
@pytest.mark.parametrize("share", [0.4, 1.0])
def test_a_quota_of_nothing_is_a_ban_and_the_limit_of_small_quotas(share: float, rent: float) -> None:
    world = random_world(5)
    tau = float(world.tariff_factor[FLOW])
    ban = solve(world, varieties_shock(world, [(*FLOW, share, tau, tau, 1.0, np.inf)]), THEORY)
    nothing = solve(world, one_limit(world, FLOW, share, 0.0, rent=rent), THEORY)
    equal(ban, nothing)
    assert np.allclose(ban.log_trade_cost, nothing.log_trade_cost)
    (answer,) = nothing.limits
    assert (answer.regime, answer.quantity, answer.premium) == ("closed", 0.0, None)
    assert not nothing.quota_rent.any()
    gaps = []
    for size in (1e-2, 1e-4, 1e-6, 1e-12):
        found = solve(world, one_limit(world, FLOW, share, size, rent=rent), THEORY)
        gaps.append(np.abs(found.log_wage - ban.log_wage).max())
    # The rent falls with the power theta / (theta + 1) of the quantity.
    assert gaps[0] > 20 * gaps[1] > 400 * gaps[2] and gaps[3] < 1e-8


def test_a_tariff_rate_quota_of_nothing_is_the_duty_beyond_it() -> None:
    world = random_world(5)
    found = rate_quota(world, 0.0)
    equal(found, solve(world, duty(world, 0.6, HIGHEST), THEORY))
    assert found.limits[0].regime == "beyond the quota" and not found.quota_rent.any()


@given(seed=seeds, margin=st.floats(1.01, 2.0))
@slow
def test_a_procurement_margin_is_a_tariff_whose_revenue_is_returned(seed: int, margin: float) -> None:
    world = random_world(seed)
    shock = one_limit(world, FLOW, 0.3, np.inf, lowest=margin, highest=margin)
    found = solve(world, shock, THEORY)
    equal(found, solve(world, duty(world, 0.3, margin), THEORY))
    assert found.limits[0].regime == "fixed" and found.limits[0].size is None


@pytest.mark.parametrize("in_value", [True, False])
def test_a_commitment_below_what_is_bought_changes_nothing(in_value: bool) -> None:
    world = random_world(6)
    shock = one_limit(world, FLOW, 0.5, 0.9, lowest=0.01, highest=1.0, in_value=in_value)
    found = solve(world, shock, THEORY)
    assert not found.log_wage.any() and not found.quota_rent.any()
    assert found.limits[0].regime == "not binding"


def test_a_commitment_above_what_is_bought_is_kept_exactly_and_costs_the_importer() -> None:
    world = random_world(6)
    shock = one_limit(world, FLOW, 1.0, 1.4, lowest=0.01, highest=1.0, in_value=True)
    found = solve(world, shock, THEORY)
    (answer,) = found.limits
    assert np.isclose(found.flows[FLOW], 1.4 * world.flows[FLOW], rtol=1e-8)
    assert answer.regime == "binding" and answer.premium is not None and answer.premium < 1.0
    assert answer.importer_rent < 0.0 and found.quota_rent[1] == pytest.approx(answer.importer_rent)
    # Buyers pay less than the price at the border and the duty; the state pays the rest.
    paid = (found.flows + found.duties + found.rents)[FLOW]
    assert np.isclose(paid, answer.premium * world.tariff_factor[FLOW] * found.flows[FLOW], rtol=1e-8)
    base = calibrate(world, THEORY)
    change = real_income(base, found) / real_income(base, solve(world, no_shock(world), THEORY))
    assert change[2] > 1.0


def test_a_commitment_that_cannot_be_met_says_so() -> None:
    world = random_world(6)
    found = solve(world, one_limit(world, FLOW, 0.5, 5.0, lowest=0.9, highest=1.0), THEORY)
    (answer,) = found.limits
    assert answer.regime == "not met" and answer.premium == pytest.approx(0.9)
    assert answer.used is not None and answer.used < 1.0


def answer_at(world: World, shock: Shock, log_premium: float, share: float) -> LimitResult:
    """What is said of a limit at a given premium and a given share of its size."""
    base = calibrate(world, THEORY)
    weights = shock_weights(base, shock)
    last = one_pass(start_state(base, weights), base, weights.arrays(), "constant")
    assert last.premium is not None and weights.limits is not None and last.members is not None
    given = last.premium._replace(log_premium=last.premium.log_premium.at[0].set(log_premium))
    # Nothing else has moved: what is received is the quantity.
    traded = last.members.received * (share * weights.limits.size[0] / last.members.received.sum())
    members = last.members._replace(received=traded)
    (answer,) = limit_results(weights, last._replace(premium=given, members=members))
    return answer


def test_only_the_lowest_premium_excuses_a_commitment_that_is_not_met() -> None:
    world = random_world(6)
    shock = one_limit(world, FLOW, 0.5, 5.0, lowest=0.9, highest=1.0)
    for log_premium, gap in ((float(np.log(0.9)), 0.0), (float(np.log(0.95)), 0.2), (0.0, 0.2)):
        answer = answer_at(world, shock, log_premium, 0.8)
        assert answer.regime == "not met" and answer.gap == pytest.approx(gap)


def test_only_the_highest_premium_excuses_trade_beyond_a_quota() -> None:
    world = random_world(6)
    shock = one_limit(world, FLOW, 0.5, 0.4, highest=HIGHEST)
    for log_premium, gap in ((float(np.log(HIGHEST)), 0.0), (float(np.log(1.1)), 0.25), (0.0, 0.25)):
        assert answer_at(world, shock, log_premium, 1.25).gap == pytest.approx(gap)


@pytest.mark.parametrize(("lowest", "highest"), [(1.0, np.inf), (1.0, HIGHEST), (0.01, 1.0)])
def test_a_premium_of_rounding_is_none(lowest: float, highest: float) -> None:
    world = random_world(6)
    shock = one_limit(world, FLOW, 0.5, 1.0, lowest=lowest, highest=highest)
    sign = -1.0 if lowest < 1.0 else 1.0
    assert answer_at(world, shock, sign * 2.3e-16, 1.0).regime == "not binding"
    assert answer_at(world, shock, sign * 1e-6, 1.0).regime == "binding"


def test_a_quota_of_exactly_what_is_traded_does_not_bind() -> None:
    for seed in range(4):
        world = random_world(seed)
        for share in (0.3, 0.7, 1.0):
            found = solve(world, one_limit(world, FLOW, share, 1.0), THEORY)
            assert found.limits[0].regime == "not binding"


def test_a_commitment_to_buy_what_is_not_traded_is_not_met() -> None:
    world = random_world(6)
    base_flows = world.final_flows.copy()
    base_flows[FLOW] = 0.0
    firms = world.intermediate_flows.copy()
    moved = firms[FLOW]
    firms[FLOW] = 0.0
    firms[0, 1, 0] += moved
    base_flows[0, 1, 0] += world.final_flows[FLOW]
    # Costs no longer match sales to the dollar; shares are what the model takes.
    empty = world.replace(final_flows=base_flows, intermediate_flows=firms)
    row = (*FLOW, 1.0, 1.0, 1.0, 1.0, 1.0)
    shock = dataclasses.replace(no_shock(empty), limits=limit([row], 10.0, lowest=0.01, highest=1.0))
    found = solve(empty, shock, THEORY)
    assert found.limits[0].regime == "not met" and found.limits[0].quantity == 0.0
    assert found.limits[0].gap == 0.0


@given(seed=seeds)
@slow
def test_the_order_of_limits_does_not_matter(seed: int) -> None:
    world = random_world(seed)
    shock = random_shock(world, seed, counts=4)
    order = np.random.default_rng(seed).permutation(4)
    old = shock.limits
    shuffled = Limits(
        np.argsort(order)[old.member_limit],
        old.members,
        *(column[order] for column in old[2:7]),
        tuple(old.names[number] for number in order),
    )
    one = solve(world, shock, THEORY)
    other = solve(world, dataclasses.replace(shock, limits=shuffled), THEORY)
    equal(one, other)
    answers = {answer.name: answer for answer in other.limits}
    for answer in one.limits:
        twin = answers[answer.name]
        assert answer.regime == twin.regime and np.isclose(answer.quantity, twin.quantity, rtol=1e-8)
        assert np.isclose(answer.importer_rent, twin.importer_rent, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [0.9, 0.5, 0.1])
def test_all_imports_of_a_sector_under_one_quota(size: float) -> None:
    world = random_world(7)
    rows = [(0, 1, i, 1.0, *[float(world.tariff_factor[0, 1, i])] * 2, 1.0, 1.0) for i in (0, 2)]
    value = float(world.flows[0, 1, [0, 2]].sum())
    for rent in (0.0, 1.0):
        held = limit(rows, size * value, rent=rent)
        found = solve(world, dataclasses.replace(no_shock(world), limits=held), THEORY)
        assert found.limits[0].regime == "binding" and found.limits[0].gap < 1e-8
        offers = np.exp(found.log_offer[[0, 2], 0])
        assert np.isclose((found.sales[0, 1, [0, 2]] / offers).sum(), size * value, rtol=1e-8)


def test_every_source_of_a_sector_under_quotas() -> None:
    world = random_world(7)
    each = [
        limit(
            [(0, 1, i, 1.0, *[float(world.tariff_factor[0, 1, i])] * 2, 1.0, 1.0)],
            0.7 * float(world.flows[0, 1, i]),
        )
        for i in range(3)
    ]
    found = solve(world, dataclasses.replace(no_shock(world), limits=limits(*each)), THEORY)
    assert [answer.regime for answer in found.limits] == ["binding"] * 3
    assert np.allclose(found.sales[0, 1] / np.exp(found.log_offer[:, 0]), 0.7 * world.flows[0, 1], rtol=1e-8)


@given(seed=seeds)
@slow
def test_many_quotas_on_the_kink_are_solved(seed: int) -> None:
    world = random_world(seed, economies=4, sectors=3)
    each = [
        one_limit(world, (s, n, i), share, 1.0, highest=1.2, rent=rent).limits
        for share, rent in ((0.5, 0.0), (0.5, 1.0))
        for s in range(3)
        for n in range(4)
        for i in range(4)
        if i != n
    ]
    # Exactly at the quantities of the baseline, and pushed a little off them by a tariff.
    for rate in (1.0, 1.001, 0.95):
        tariff = world.tariff_factor.copy()
        tariff[0, 0, 1] *= rate
        shock = Shock(tariff, np.ones_like(tariff), limits=limits(*each))
        found = solve(world, shock, THEORY)
        assert found.residual <= 1e-10
        assert max(answer.gap for answer in found.limits) < 1e-7


def test_a_premium_of_a_limit_with_unlike_members_holds_their_sum() -> None:
    world = random_world(8)
    base = calibrate(world, THEORY)._replace(trade_elasticity=jnp.asarray([1.0, 65.0]))
    for size, highest, lowest in ((0.02, np.inf, 1.0), (0.5, np.inf, 1.0), (3.0, 1.0, 0.001)):
        rows = [(s, 1, 2, 0.5, *[float(world.tariff_factor[s, 1, 2])] * 2, 1.0, 1.0) for s in (0, 1)]
        value = 0.5 * float(world.flows[:, 1, 2].sum())
        held = limit(rows, size * value, lowest=lowest, highest=highest)
        shock = dataclasses.replace(no_shock(world), limits=held)
        found = solve_baseline(base, shock_weights(base, shock), THEORY)
        assert found.status == "solved" and found.limits[0].gap < 1e-7
        assert found.limits[0].regime == "binding"
