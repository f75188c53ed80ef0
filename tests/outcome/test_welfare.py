"""Welfare and its decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import Equilibrium, Theory, calibrate, solve
from detente.outcome.decomposition import decompose
from detente.outcome.welfare import paper_decomposition, real_income, real_wage
from detente.policy.shock import Shock, Varieties, no_shock, set_tariffs
from detente.world.world import World
from tests.worlds import random_world

THEORY = Theory("uniform:4")


def path(world: World, seed: int, share: float) -> tuple[Equilibrium, Equilibrium]:
    """The baseline, and a share of the way (in logs) to random tariffs."""
    target = 1.0 + np.random.default_rng(seed).random(world.tariff_factor.shape)
    own = np.arange(len(world.economies))
    target[:, own, own] = 1.0
    factor = world.tariff_factor * (target / world.tariff_factor) ** share
    return solve(world, no_shock(world), THEORY), solve(world, set_tariffs(world, factor), THEORY)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_contributions_add_up_to_the_exact_change(seed: int) -> None:
    world = random_world(seed)
    base = calibrate(world, THEORY)
    pair = path(world, seed, 1.0)
    parts = decompose(*pair, base)
    assert np.allclose(sum(parts), real_income(*pair, base) - 1.0, atol=1e-14)
    assert np.abs(parts.second_order).max() < 0.1 * max(np.abs(part).max() for part in parts[:2])


def test_remainders_vanish_faster_than_the_change() -> None:
    world = random_world(11)
    base = calibrate(world, THEORY)
    paper, ours = [], []
    for share in (0.02, 0.01):
        pair = path(world, 11, share)
        exact = real_income(*pair, base) - 1.0
        paper.append(np.abs(exact - sum(paper_decomposition(*pair))).max())
        ours.append(np.abs(decompose(*pair, base).second_order).max())
    # Halving the shock quarters a second-order error and takes an eighth of a third-order one.
    assert 3.5 < paper[0] / paper[1] < 4.5
    assert 7.0 < ours[0] / ours[1] < 9.0
    assert ours[1] < 0.02 * paper[1]


def test_decomposition_holds_for_varieties_with_prohibitive_duties() -> None:
    world = random_world(12)
    base = calibrate(world, THEORY)
    parts = [((0, 0, 1), 0.4, 3.0), ((1, 2, 0), 0.7, 2.0)]
    rows = [(*flow, share, world.tariff_factor[flow], new, 1.0, 1.0) for flow, share, new in parts]
    shock = Shock(world.tariff_factor, np.ones_like(world.tariff_factor), Varieties.of(rows))
    pair = (solve(world, shock, THEORY), solve(world, no_shock(world), THEORY))
    parts = decompose(*pair, base)
    assert np.allclose(sum(parts), real_income(*pair, base) - 1.0, atol=1e-14)
    assert np.abs(parts.second_order).max() < 0.01 * np.abs(parts.volume_of_trade).max()


def test_an_importer_gains_in_terms_of_trade_and_loses_volume_from_its_own_tariff() -> None:
    world = random_world(13, tariffs=False)
    base = calibrate(world, THEORY)
    tariff = np.ones_like(world.tariff_factor)
    tariff[:, 0, 1:] = 1.3
    pair = (solve(world, no_shock(world), THEORY), solve(world, set_tariffs(world, tariff), THEORY))
    parts = decompose(*pair, base)
    assert parts.terms_of_trade[0] > 0 > parts.volume_of_trade[0]
    assert (parts.terms_of_trade[1:] < 0).all()
    assert np.abs(parts.volume_of_trade[1:]).max() < 1e-12
    assert (real_wage(*pair, base) < 1.0).all()


def test_the_same_equilibrium_has_no_contributions() -> None:
    world = random_world(14)
    found = solve(world, no_shock(world), THEORY)
    parts = decompose(found, found, calibrate(world, THEORY))
    assert not any(np.any(part) for part in parts)


@pytest.mark.parametrize("economy", [0, 1, 2])
def test_the_paper_formula_matches_its_definition(economy: int) -> None:
    world = random_world(15)
    reference, scenario = path(world, 15, 0.5)
    cost = np.exp(scenario.log_cost - reference.log_cost)
    terms = volume = 0.0
    for s in range(len(world.sectors)):
        for i in range(len(world.economies)):
            exports, imports = reference.flows[s, i, economy], reference.flows[s, economy, i]
            terms += exports * (cost[economy, s] - 1.0) - imports * (cost[i, s] - 1.0)
            rate = world.tariff_factor[s, economy, i] - 1.0
            volume += rate * imports * (scenario.flows[s, economy, i] / imports - cost[i, s])
    found = paper_decomposition(reference, scenario)
    assert np.isclose(found[0][economy], terms / reference.income[economy], rtol=1e-9)
    assert np.isclose(found[1][economy], volume / reference.income[economy], rtol=1e-9)
