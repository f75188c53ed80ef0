"""Draws of elasticities: moments of the published estimates, shared errors, returns to scale below one."""

from __future__ import annotations

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.world import elasticity_set, elasticity_sets
from detente.world.elasticity_draws import ElasticityDraws

CP = "caliendo-parro-2015"
LL = "lashkaripour-lugovskyy-2023"
BLP = "boehm-levchenko-pandalai-nayar-2023"
# Evenly spread points: their moments lack only the ends of the tails, less than this part.
EVEN, MEAN_TOLERANCE, ERROR_TOLERANCE = 20001, 2e-3, 2e-2


@pytest.fixture(scope="module")
def world() -> dt.World:
    return dt.load_world("world-2022")


def even(count: int) -> np.ndarray:
    """Every factor evenly over 0 to 1, in orders that have nothing to do with each other."""
    orders = [np.random.default_rng(at).permutation(EVEN) for at in range(count)]
    return (np.stack(orders, axis=1) + 0.5) / EVEN


@pytest.mark.parametrize("name,horizon", [(CP, "long"), (LL, "long"), (BLP, "medium"), (BLP, "long")])
def test_draws_have_the_mean_and_the_standard_error_of_the_source(
    world: dt.World, name: str, horizon: str
) -> None:
    published = elasticity_set(world, name, horizon)
    draws = ElasticityDraws(world, name, horizon)
    theta, scale = draws.at(even(len(draws.factors)))
    assert scale is None
    assert theta.mean(axis=0) == pytest.approx(published.values, rel=MEAN_TOLERANCE)
    errors = published.standard_errors
    assert errors is not None
    known = ~np.isnan(errors)
    assert known.any()
    assert theta.std(axis=0)[known] == pytest.approx(errors[known], rel=ERROR_TOLERANCE)
    assert (theta > 0).all()


@pytest.mark.parametrize("name", [row.name for row in elasticity_sets()])
def test_every_estimate_has_an_error_and_says_whether_it_is_published(world: dt.World, name: str) -> None:
    horizons = ("short", "medium", "long") if name == BLP else ("long",)
    for horizon in horizons:
        published = elasticity_set(world, name, horizon)
        draws = ElasticityDraws(world, name, horizon)
        assert draws.factors == tuple(published.published)
        for factor in draws.details:
            error = published.published[factor.name].standard_error
            assert factor.assumed == (error is None)
            assert factor.distribution.mean == published.published[factor.name].value
            assert factor.distribution.sd == error if error else factor.distribution.sd > 0
            assert factor.why.startswith("assumed: " if factor.assumed else "standard error as published")
        assert [name for name, _ in draws.describe()] == list(draws.factors)


def test_an_error_that_no_source_gives_is_the_median_relative_one_of_the_set(world: dt.World) -> None:
    rows = elasticity_set(world, LL).published.values()
    relative = np.median([row.standard_error / row.value for row in rows if row.standard_error])
    services = next(row for row in ElasticityDraws(world, LL).details if row.name == "services")
    assert services.distribution.sd / 5.0 == pytest.approx(relative, abs=0.01)
    short = ElasticityDraws(world, BLP, "short").details[0]
    assert (short.distribution.mean, short.distribution.sd) == (0.1, 0.11)


def test_sectors_that_share_an_estimate_share_its_error(world: dt.World) -> None:
    draws = ElasticityDraws(world, CP)
    theta, _ = draws.at(np.random.default_rng(1).uniform(size=(50, len(draws.factors))))
    place = world.sectors.index
    assert (theta[:, place("A01")] == theta[:, place("A03")]).all()
    assert (theta[:, place("G")] == theta[:, place("K")]).all()
    assert abs(np.corrcoef(theta[:, place("A01")], theta[:, place("C10T12")])[0, 1]) < 0.5
    # One factor alone moves only the sectors that it is part of.
    middle = np.full(len(draws.factors), 0.5)
    moved = middle.copy()
    moved[draws.factors.index("Mining")] = 0.9
    changed = draws.at(moved)[0] != draws.at(middle)[0]
    composition = elasticity_set(world, CP).composition
    assert changed.tolist() == [composition[s].get("Mining", 0.0) > 0 for s in world.sectors]


def test_merged_sectors_draw_the_mean_of_their_parts(world: dt.World) -> None:
    merged = world.aggregate(sectors={"crops and fish": ["A01", "A03"], "C24": ["C24A", "C24B"]})
    draws, below = ElasticityDraws(merged, CP), ElasticityDraws(world, CP)
    assert set(draws.factors) == set(below.factors)
    point = dict(zip(below.factors, np.random.default_rng(2).uniform(size=len(below.factors)), strict=True))
    theta = draws.at(np.array([point[name] for name in draws.factors]))[0]
    parts = below.at(np.array([point[name] for name in below.factors]))[0]
    place = world.sectors.index
    assert theta[merged.sectors.index("crops and fish")] == pytest.approx(parts[place("A01")])
    metals = sorted([parts[place("C24A")], parts[place("C24B")]])
    assert metals[0] - 1e-9 <= theta[merged.sectors.index("C24")] <= metals[1] + 1e-9


def test_returns_to_scale_stay_below_one_and_keep_the_published_error_of_scale(world: dt.World) -> None:
    published = elasticity_set(world, LL)
    draws = ElasticityDraws(world, LL, scale=True)
    theta, scale = draws.at(even(len(draws.factors)))
    assert scale is not None and published.scale is not None
    assert (theta * scale).max() < 1.0
    # Where the limit is out of reach, psi has the mean returns and the relative error of Table 3, p. 2792.
    for sector, name in (("C13T15", "Textiles, leather and footwear"), ("C29", "Transport equipment")):
        row, place = published.published[name], world.sectors.index(sector)
        assert row.scale and row.scale_standard_error
        returns = (theta * scale)[:, place].mean()
        assert returns == pytest.approx(row.value * row.scale, rel=MEAN_TOLERANCE)
        log_error = np.sqrt(np.log1p((row.scale_standard_error / row.scale) ** 2))
        assert np.log(scale[:, place]).std() == pytest.approx(log_error, rel=ERROR_TOLERANCE)
        assert np.corrcoef(np.log(scale[:, place]), np.log(theta[:, place]))[0, 1] < -0.85
    assert (scale[:, world.sectors.index("K")] == 0.0).all()


@pytest.mark.parametrize("name,scale", [(CP, False), (LL, True)])
def test_the_published_estimates_give_the_values_of_the_set(world: dt.World, name: str, scale: bool) -> None:
    published = elasticity_set(world, name)
    draws = ElasticityDraws(world, name, scale=scale)
    # The part of a log-normal distribution below its mean; returns to scale are cut off, so theirs is sought.
    at = []
    for factor in draws.details:
        low, high = 0.0, 1.0
        for _ in range(80):
            middle = 0.5 * (low + high)
            below = factor.distribution.quantile(np.array(middle)) < factor.distribution.mean
            low, high = (middle, high) if below else (low, middle)
        at.append(low)
    theta, psi = draws.at(np.array(at))
    assert theta == pytest.approx(published.values, rel=1e-9)
    if psi is not None and published.scale is not None:
        assert psi == pytest.approx(published.scale, rel=2e-4)  # returns are rounded to four digits


def test_scale_does_not_change_the_trade_elasticities(world: dt.World) -> None:
    alone, both = ElasticityDraws(world, LL), ElasticityDraws(world, LL, scale=True)
    assert both.factors[: len(alone.factors)] == alone.factors
    point = np.random.default_rng(3).uniform(size=len(both.factors))
    assert (alone.at(point[: len(alone.factors)])[0] == both.at(point)[0]).all()


def test_a_number_that_was_chosen_has_no_error(world: dt.World) -> None:
    draws = ElasticityDraws(world, "uniform:4")
    assert draws.factors == () and draws.describe() == []
    theta, scale = draws.at(np.empty(0))
    assert set(theta.tolist()) == {4.0} and scale is None
    assert draws.at(np.empty((3, 0)))[0].shape == (3, len(world.sectors))


def test_draws_depend_on_the_points_alone(world: dt.World) -> None:
    points = np.random.default_rng(4).uniform(size=(4, 21))
    together = ElasticityDraws(world, CP).at(points)[0]
    alone = np.stack([ElasticityDraws(world, CP).at(point)[0] for point in points])
    assert np.allclose(together, alone, rtol=1e-14)


def test_bad_points_and_sets_say_what_to_do(world: dt.World) -> None:
    draws = ElasticityDraws(world, BLP)
    with pytest.raises(BadInput, match=r"shape \(2,\) for 1 uncertain .* one number for each of: all goods"):
        draws.at(np.array([0.5, 0.5]))
    with pytest.raises(BadInput, match=r"1 of 2 numbers, such as 1, are outside 0 to 1.*strictly between"):
        draws.at(np.array([[0.5], [1.0]]))
    with pytest.raises(BadInput, match=r"'shapiro-2016' has no scale elasticities"):
        ElasticityDraws(world, "shapiro-2016", scale=True)
    with pytest.raises(BadInput, match=r"no values for the horizon 'short'"):
        ElasticityDraws(world, CP, "short")
