"""Labour markets: against a second solver, where they nest one another, and who gains."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import Theory, calibrate
from detente.policy.shock import set_tariffs
from tests.model.oracle_theories import Oracle, Quota
from tests.model.shocks import one_limit
from tests.model.theories import THETA, agree, choices_of, economy, equal, groups_file, random_tariffs, solved
from tests.worlds import random_world

U = "uniform:4"
GROUPS = Theory(U, labour="groups", labour_groups=groups_file(), labour_shape=1.8)
THEORIES = {
    "specific": Theory(U, labour="specific"),
    "roy-frechet": Theory(U, labour="roy-frechet", labour_shape=1.8),
    "groups": GROUPS,
    "supply": Theory(U, labour_supply=0.6),
    "groups of no mobility, elastic supply": dataclasses.replace(
        GROUPS, labour_shape=1.0, labour_supply=0.6, inputs="none"
    ),
}
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=4, deadline=None, derandomize=True)


@pytest.mark.parametrize("name", THEORIES)
@given(seed=seeds)
@few
def test_the_engine_finds_what_loops_over_workers_find(name: str, seed: int) -> None:
    world, theory = random_world(seed), THEORIES[name]
    tariff = random_tariffs(world, seed)
    found = solved(economy(world, theory), set_tariffs(world, tariff), theory)
    agree(found, Oracle(world, THETA, choices_of(world, theory)).solve(tariff))


def test_a_quota_where_labour_is_specific() -> None:
    """Its rent goes to the exporter, whose workers in the sector earn less."""
    world, theory = random_world(5), THEORIES["specific"]
    quota = Quota(1, 0, 2, 0.5, to_exporter=True)
    found = solved(economy(world, theory), one_limit(world, (1, 0, 2), 1.0, 0.5, rent=1.0), theory)
    oracle = Oracle(world, THETA, choices_of(world, theory, quota)).solve(np.array(world.tariff_factor))
    agree(found, oracle)
    assert found.limits[0].premium == pytest.approx(oracle.premium, rel=1e-8)
    assert found.quota_rent[2] > 0.0 and found.log_factor_price[2, 1] < found.log_factor_price[2, 0]


def points(*theories: Theory, seed: int = 3) -> list:
    world = random_world(seed)
    shock = set_tariffs(world, random_tariffs(world, seed))
    return [solved(calibrate(world, theory), shock, theory) for theory in theories]


def shaped(shape: float) -> Theory:
    return Theory(U, labour="roy-frechet", labour_shape=shape)


def test_the_shape_leads_from_specific_to_mobile_labour() -> None:
    mobile, specific, one = points(Theory(U), THEORIES["specific"], shaped(1.0))
    equal(specific, one, 1e-11)
    near = points(shaped(1.0 + 1e-7))[0]
    equal(specific, near, 1e-6)
    found = points(*map(shaped, (1.0, 1.5, 3.0, 10.0, 100.0, 1e6)))
    for part in ("log_wage", "log_factor_price", "output"):
        away = [np.abs(getattr(point, part) - getattr(mobile, part)).max() for point in found]
        assert away == sorted(away, reverse=True) and away[0] > 1e3 * away[-1]
    spread = [np.ptp(point.log_factor_price, axis=1).max() for point in found]
    assert spread == sorted(spread, reverse=True) and spread[-1] < 1e-5
    equal(found[-1], mobile, 1e-5)


def test_specific_labour_earns_what_its_sector_sells() -> None:
    world, theory = random_world(3), THEORIES["specific"]
    (found,) = points(theory)
    output = np.asarray(calibrate(world, theory).output)
    assert np.allclose(found.log_factor_price, np.log(found.output / output), atol=1e-10)


@pytest.mark.parametrize("kind", ["copies", "one"])
def test_groups_alike_are_one_group(kind: str) -> None:
    whole, parts = points(
        shaped(1.8), Theory(U, labour="groups", labour_groups=groups_file(kind), labour_shape=1.8)
    )
    equal(whole, parts, 1e-9)
    each = parts.log_group_wage.size // 3
    assert np.allclose(parts.log_group_wage, np.repeat(whole.log_wage, each), atol=1e-9)


def test_groups_gain_with_the_sectors_they_work_in() -> None:
    """Earnings per worker are the mean of the sectors' pay that Galle, Rodriguez-Clare and Yi derive."""
    world = random_world(3)
    base = calibrate(world, GROUPS)
    (found,) = points(GROUPS)
    groups = base.labour.groups
    assert groups is not None
    earned = np.asarray(groups.earnings) * np.asarray(base.payroll)[np.asarray(groups.economy)]
    earned0 = earned.sum(axis=1)
    total = np.bincount(np.asarray(groups.economy), earned0 * np.exp(found.log_group_wage))
    assert np.allclose(total, found.wage_income, rtol=1e-9)
    mean = total / np.bincount(np.asarray(groups.economy), earned0)
    assert np.allclose(mean, np.exp(found.log_wage), rtol=1e-9)
    first = found.log_factor_price[:, 0] - found.log_factor_price[:, 1]
    share = (earned[:, 0] / earned0).reshape(3, 2)
    gap = found.log_group_wage.reshape(3, 2)
    assert (np.sign((share[:, 0] - share[:, 1]) * first) == np.sign(gap[:, 0] - gap[:, 1])).all()
    assert np.abs(gap[:, 0] - gap[:, 1]).max() > 1e-4


def test_without_elasticity_labour_supply_is_fixed() -> None:
    fixed, nearly, elastic = points(*(Theory(U, labour_supply=x) for x in (0.0, 1e-9, 0.5)))
    equal(fixed, nearly, 1e-8)
    assert not fixed.log_labour.any() and np.abs(elastic.log_labour).max() > 1e-3
    alpha = np.asarray(calibrate(random_world(3), Theory(U)).final_share)
    real_wage = elastic.log_wage - (alpha * elastic.log_price).sum(axis=1)
    assert np.allclose(elastic.log_labour, 0.5 * real_wage, atol=1e-10)
