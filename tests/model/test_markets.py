"""Market structures: against a second solver, where they nest one another, and what they refuse."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import detente as dt
from detente.errors import BadInput
from detente.model import Theory, calibrate
from detente.model.choices import world_scale
from detente.model.regimes import limit_results
from detente.model.theory import Market
from detente.model.weights import shock_weights
from detente.policy.shock import Shock, set_tariffs
from tests.model.oracle_theories import Oracle, Quota
from tests.model.shocks import one_limit
from tests.model.theories import THETA, agree, choices_of, economy, equal, random_tariffs, solved
from tests.worlds import random_world

U = "uniform:4"
THEORIES = {
    # Where inputs add to the returns of entry, production of a sector may leave: those worlds are below.
    "krugman": Theory(U, market="krugman", inputs="none"),
    "melitz": Theory(U, market="melitz", inputs="none"),
    "external": Theory(U, market="external", scale_elasticity=0.1),
    "fixed-firms": Theory(U, market="fixed-firms", inputs="none"),
}
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=4, deadline=None, derandomize=True)


@pytest.mark.parametrize("name", THEORIES)
@given(seed=seeds)
@few
def test_the_engine_finds_what_loops_over_firms_find(name: str, seed: int) -> None:
    world, theory = random_world(seed), THEORIES[name]
    tariff = random_tariffs(world, seed, 0.2)
    found = solved(economy(world, theory), set_tariffs(world, tariff), theory)
    agree(found, Oracle(world, THETA, choices_of(world, theory)).solve(tariff))


@pytest.mark.parametrize("market", ["krugman", "melitz"])
def test_entry_with_inputs(market: Market) -> None:
    world, theory = random_world(4), Theory(U, market=market)
    tariff = random_tariffs(world, 4)
    found = solved(economy(world, theory), set_tariffs(world, tariff), theory)
    agree(found, Oracle(world, THETA, choices_of(world, theory)).solve(tariff))


def test_profits_with_inputs() -> None:
    """Profits are a share of sales and no part of cost; wages are what is left of value added."""
    world, theory = random_world(1), Theory("uniform:8", market="fixed-firms")
    theta, tariff = np.array([7.0, 9.0]), random_tariffs(world, 1)
    base = economy(world, theory, theta)
    found = solved(base, set_tariffs(world, tariff), theory)
    agree(found, Oracle(world, theta, choices_of(world, theory)).solve(tariff))
    assert np.allclose(found.profits, (found.output / np.array([8.0, 10.0])).sum(axis=1), rtol=1e-12)
    before = np.asarray(base.value_added_share * base.output).sum(axis=1)
    assert np.allclose(base.wage_income, before - np.asarray(base.output) @ (1.0 / (theta + 1.0)))


@pytest.mark.parametrize("to_exporter", [False, True])
@pytest.mark.parametrize("name", ["krugman", "melitz", "external"])
def test_a_quota_where_firms_enter(name: str, to_exporter: bool) -> None:
    """Its quantity is counted in what the sector sells, more varieties and all."""
    world, theory = random_world(5), THEORIES[name]
    quota = Quota(1, 0, 2, 0.5, to_exporter)
    shock = one_limit(world, (1, 0, 2), 1.0, 0.5, rent=float(to_exporter))
    found = solved(economy(world, theory), shock, theory)
    oracle = Oracle(world, THETA, choices_of(world, theory, quota)).solve(np.array(world.tariff_factor))
    agree(found, oracle)
    assert found.limits[0].premium == pytest.approx(oracle.premium, rel=1e-8)
    assert oracle.premium > 1.1
    assert found.limits[0].gap < 1e-10


def test_a_limit_that_is_not_held_says_so() -> None:
    world, theory = random_world(5), THEORIES["melitz"]
    shock = one_limit(world, (1, 0, 2), 1.0, 0.5)
    weights = shock_weights(calibrate(world, theory), shock)
    last = solved(calibrate(world, theory), shock, theory).bilateral.last
    assert last.members is not None
    assert limit_results(weights, last)[0].gap < 1e-10
    more = last.members._replace(received=1.01 * last.members.received)
    (missed,) = limit_results(weights, last._replace(members=more))
    assert missed.gap == pytest.approx(0.01, rel=1e-6)
    assert missed.used == pytest.approx(1.01, rel=1e-6)


def sold_by_firms(tau: float, iceberg: float) -> float:
    """What buyers pay for goods of Pareto firms, of which those sell that cover a fixed cost of it."""
    theta, eta, fixed, market = 4.0, 0.65, 1.0, 0.1
    sigma = theta / (1.0 + eta) + 1.0
    productivity = np.exp(np.linspace(0.0, 14.0, 400_001))
    paid = market * (tau * iceberg * sigma / (sigma - 1.0) / productivity) ** (1.0 - sigma)
    sells = paid / tau / sigma > fixed
    density = theta * productivity ** (-theta - 1.0)
    return float(np.trapezoid(np.where(sells, paid, 0.0) * density, productivity))


def test_duties_fall_on_the_price_and_costs_do_not() -> None:
    """The response of a flow, at given prices and markets, against firms one by one."""
    world = random_world(3)
    base = calibrate(world, Theory(U, market="melitz", inputs="none"))
    flow, factors = (1, 0, 2), np.ones_like(world.tariff_factor)
    factors[flow] = 1.2
    dear = world.tariff_factor * factors
    for tariff, cost, export in [(dear, None, None), (None, factors, None), (None, None, factors)]:
        weights = shock_weights(
            base,
            Shock(
                world.tariff_factor if tariff is None else tariff,
                np.ones_like(factors) if cost is None else cost,
                export_factor=export,
            ),
        )
        fallen = np.log(np.asarray(weights.weight)[flow] / np.asarray(base.sourcing)[flow])
        firms = (1.0, 1.2) if cost is not None else (1.2, 1.0)
        assert fallen == pytest.approx(np.log(sold_by_firms(*firms) / sold_by_firms(1.0, 1.0)), rel=1e-3)


def nested(one: Theory, other: Theory, seed: int = 4, tolerance: float = 1e-9) -> None:
    world = random_world(seed)
    shock = set_tariffs(world, random_tariffs(world, seed, 0.2))
    equal(*(solved(calibrate(world, theory), shock, theory) for theory in (one, other)), tolerance)


def test_external_economies_nest_free_entry_and_perfect_competition() -> None:
    external = Theory(U, market="external", scale_elasticity=0.25)
    krugman = Theory(U, market="krugman")
    nested(external, krugman)
    nested(dataclasses.replace(external, scale_elasticity=0.0), Theory(U))
    with pytest.raises(AssertionError):
        nested(dataclasses.replace(external, scale_elasticity=0.2), krugman)


def test_without_selection_all_firms_sell_everywhere() -> None:
    nested(Theory(U, market="melitz", selection=0.0), Theory(U, market="krugman"))


def test_profits_vanish_as_varieties_become_alike() -> None:
    world = random_world(3)
    shock = set_tariffs(world, random_tariffs(world, 3, 0.01))
    gaps = []
    for theta in (20.0, 80.0):
        one, other = (Theory(f"uniform:{theta:g}", market=market) for market in ("fixed-firms", "perfect"))
        points = [solved(calibrate(world, theory), shock, theory) for theory in (one, other)]
        gaps.append(np.abs(points[0].log_wage - points[1].log_wage).max())
    assert gaps[1] < gaps[0] / 2


def test_scale_elasticities_of_a_published_set_are_those_of_its_sectors() -> None:
    world = dt.load_world("wiod-2011")
    theory = Theory(
        "lashkaripour-lugovskyy-2023", market="external", scale_elasticity="lashkaripour-lugovskyy-2023"
    )
    base = calibrate(world, theory)
    assert base.markets.scale is not None
    assert float(base.markets.scale[world.sectors.index("15t16")]) == 0.393
    assert float((base.markets.scale * base.trade_elasticity).max()) <= 1.0 + 1e-9


def test_all_sectors_with_too_large_returns_are_named() -> None:
    world = random_world(0)
    theory = Theory(U, market="external", scale_elasticity=0.3)
    with pytest.raises(BadInput) as raised:
        world_scale(world, theory, np.array([4.0, 5.0]))
    assert [problem.field for problem in raised.value.problems] == ["theory.scale_elasticity"] * 2
    text = str(raised.value)
    assert "Sector 0 (S0): scale elasticity 0.3 times trade elasticity 4 is 1.2, above 1" in text
    assert "at most 0.2 there" in text
    assert world_scale(world, theory, np.array([3.0, 10.0 / 3.0])) is not None
    with pytest.raises(BadInput, match=r"is 1\.2, above 1"):
        calibrate(world, theory)


def test_profits_above_value_added_are_refused() -> None:
    world = random_world(0)
    with pytest.raises(BadInput) as raised:
        calibrate(world, Theory("uniform:0.5", market="fixed-firms"))
    assert "profits of 0.667 of sales exceed value added" in str(raised.value)
    assert "inputs=none" in str(raised.value)
    # One line a sector, with the worst economy and how many others.
    wrong = (np.asarray(calibrate(world, Theory(U)).value_added_share) <= 1.0 / 1.5).sum(axis=0)
    said = [problem.message for problem in raised.value.problems]
    assert len(said) == (wrong > 0).sum() > 1
    for sector, text in zip(np.nonzero(wrong)[0], said, strict=True):
        assert text.startswith(f"Sector {sector} (S{sector}): ")
        assert (f"others in {wrong[sector] - 1} more economies" in text) == (wrong[sector] > 1)
