"""Batches equal loops, whatever runs in step, and a case that fails stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

import jax
import numpy as np
import pytest

from detente.errors import BadInput
from detente.model import (
    Baseline,
    Equilibrium,
    Theory,
    Weights,
    calibrate,
    redrawn,
    shock_weights,
    solve_baseline,
    solve_many,
)
from detente.model.batch import with_elasticity
from detente.model.bilateral import bilateral_values
from detente.model.weights import _fold, _joined, _padded
from detente.policy import no_shock, set_tariffs
from detente.policy.shock import Shock
from detente.world import World
from tests.model.shocks import random_shock
from tests.model.test_every_theory import THEORIES, place
from tests.worlds import random_world

THEORY = Theory("uniform:4")
WORLD = random_world(5, economies=4, sectors=3)
# Sums are taken in another order where cases run in step.
CLOSE = 1e-9


def _scenarios(count: int) -> list[tuple[Baseline, Weights]]:
    base, rng = calibrate(WORLD, THEORY), np.random.default_rng(0)
    cases = []
    for _ in range(count):
        tariff = WORLD.tariff_factor * (1.0 + 0.5 * rng.random(WORLD.tariff_factor.shape))
        own = np.arange(4)
        tariff[:, own, own] = 1.0
        cases.append((base, shock_weights(base, Shock(tariff, np.ones_like(tariff)))))
    return cases


def _draws(count: int) -> list[tuple[Baseline, Weights]]:
    base, rng = calibrate(WORLD, THEORY), np.random.default_rng(1)
    tariff = WORLD.tariff_factor.copy()
    tariff[:, 0, 1] += 0.5
    shock = set_tariffs(WORLD, tariff)
    drawn = [with_elasticity(base, rng.uniform(2.0, 8.0, 3), THEORY) for _ in range(count)]
    return [(each, shock_weights(each, shock)) for each in drawn]


@pytest.mark.parametrize("together", [1, 3, 8])
@pytest.mark.parametrize("make", [_scenarios, _draws])
def test_batches_equal_loops(make: object, together: int) -> None:
    cases = make(7)  # type: ignore[operator]
    found = list(solve_many(cases, THEORY, together=together))
    alone = [solve_baseline(*case, THEORY) for case in cases]
    assert [one.status for one in found] == ["solved"] * 7
    for one, other in zip(found, alone, strict=True):
        for name in ("log_wage", "log_price", "income", "flows", "duties"):
            assert np.allclose(getattr(one, name), getattr(other, name), rtol=CLOSE, atol=CLOSE), name
    assert np.ptp([one.log_wage[0] for one in found]) > 1e-3


def _same_to_the_bit(one: Equilibrium, other: Equilibrium) -> None:
    for field in fields(Equilibrium):
        given = (getattr(one, field.name), getattr(other, field.name))
        if field.name == "state":
            given = tuple(jax.tree.leaves(part) for part in given)
            assert all(np.array_equal(*pair) for pair in zip(*given, strict=True))
        elif isinstance(given[0], np.ndarray):
            assert np.array_equal(*given), field.name
        elif field.name != "bilateral":
            assert given[0] == given[1], field.name
    for name in ("flows", "duties", "rents", "sales", "log_trade_cost"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


@pytest.mark.parametrize("name", ["perfect", "melitz, nests", "groups, supply, tax, external, separate"])
def test_answers_hang_on_no_other_case_no_order_and_no_number_of_threads(name: str) -> None:
    theory, rng = THEORIES[name], np.random.default_rng(3)
    world = random_world(5, economies=3, sectors=2)
    base = calibrate(world, theory)
    cases = []
    limits = random_shock(world, 1)
    for number in range(9):
        drawn = redrawn(base, world, theory, rng.uniform(3.0, 5.0, 2))
        tariff = world.tariff_factor * (1.0 + 0.2 * rng.random(world.tariff_factor.shape))
        shock = limits if number % 4 == 0 and theory.market == "perfect" else set_tariffs(world, tariff)
        cases.append((drawn, shock_weights(drawn, shock)))
    order = rng.permutation(9)
    found = list(solve_many(cases, theory, workers=1))
    shuffled = list(solve_many([cases[at] for at in order], theory, workers=3))
    for place_, at in enumerate(order):
        _same_to_the_bit(found[at], shuffled[place_])
    (alone,) = solve_many(cases[4:5], theory)
    _same_to_the_bit(found[4], alone)
    assert sum(one.status == "solved" for one in found) >= 6


@pytest.mark.parametrize("name", ["perfect", "melitz, nests", "separate", "network"])
def test_folding_in_numpy_is_what_derivatives_are_taken_of(name: str) -> None:
    theory = THEORIES[name]
    world = random_world(6, economies=4, sectors=3)
    base = calibrate(world, theory)
    for shock in [no_shock(world), *(random_shock(world, seed) for seed in range(3))]:
        named = _joined(shock.varieties, shock.limits.members)
        export = shock.export_factor
        if export is None and bool((shock.varieties.export_factor != 1.0).any()):
            export = np.ones_like(shock.tariff_factor)
        expected = _fold(
            base,
            shock.tariff_factor,
            shock.cost_factor,
            export,
            _padded(shock.varieties),
            _padded(named),
        )
        found = shock_weights(base, shock)
        for one, other in zip(found[:3], expected, strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                assert np.allclose(one, other, rtol=1e-13, atol=1e-15)
    assert np.array_equal(shock_weights(base, no_shock(world)).weight, base.sourcing)


@pytest.mark.parametrize("name", ["perfect", "separate"])
def test_small_and_large_worlds_have_the_same_values_of_flows(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = random_world(5, economies=3, sectors=2)
    base = calibrate(world, THEORIES[name])
    for seed in range(2):
        (one,) = solve_many([(base, shock_weights(base, random_shock(world, seed)))], THEORIES[name])
        with monkeypatch.context() as patched:
            patched.setattr("detente.model.bilateral._SMALL", 0)
            whole = bilateral_values(base, one.bilateral.weights, one.bilateral.last)
        for field, expected in whole._asdict().items():
            assert np.allclose(getattr(one, field), expected, rtol=1e-12, atol=1e-9), field
        assert one.duties.any() and one.limits


def test_cases_with_and_without_limits_mix() -> None:
    base = calibrate(WORLD, THEORY)
    shocks = [no_shock(WORLD), random_shock(WORLD, 1), random_shock(WORLD, 2), no_shock(WORLD)]
    cases = [(base, shock_weights(base, shock)) for shock in shocks]
    found = list(solve_many(cases, THEORY, together=4))
    for one, case in zip(found, cases, strict=True):
        alone = solve_baseline(*case, THEORY)
        assert one.status == alone.status
        assert np.allclose(one.flows, alone.flows, rtol=1e-8)
        assert np.allclose(
            [limit.quantity for limit in one.limits], [limit.quantity for limit in alone.limits]
        )
    assert not found[0].log_wage.any() and not found[3].log_wage.any()


@pytest.mark.parametrize("together", [1, 4])
def test_a_case_that_fails_stops_no_other(together: int) -> None:
    base, (one, two) = calibrate(WORLD, THEORY), _scenarios(2)
    cost = np.ones_like(WORLD.tariff_factor)
    cost[0, 1, :] = np.inf
    nowhere = (base, shock_weights(base, Shock(WORLD.tariff_factor, cost)))
    found = list(solve_many([one, nowhere, two], THEORY, together=together, sectors=("a", "b", "c")))
    assert [case.status for case in found] == ["solved", "no source", "solved"]
    assert "a in economy 1" in found[1].message


def test_cases_are_read_as_needed() -> None:
    taken = []

    def cases() -> Iterator[tuple[Baseline, Weights]]:
        for number, case in enumerate(_scenarios(12)):
            taken.append(number)
            yield case

    first = next(solve_many(cases(), THEORY, together=2))
    assert first.status == "solved" and len(taken) < 12


def test_elasticities_that_profits_hang_on_need_a_baseline() -> None:
    base = calibrate(WORLD, THEORY)
    with pytest.raises(BadInput, match="calibrate a baseline for each"):
        with_elasticity(base, np.full(3, 4.0), Theory("uniform:4", market="fixed-firms"))


def test_scale_follows_the_elasticity() -> None:
    theory = Theory("uniform:4", market="krugman", inputs="none")
    drawn = with_elasticity(calibrate(WORLD, theory), np.array([2.0, 4.0, 5.0]), theory)
    assert drawn.markets.scale is not None
    assert np.allclose(drawn.markets.scale, [0.5, 0.25, 0.2])


def test_draws_with_more_than_one_equilibrium_are_refused() -> None:
    theory = Theory("uniform:4", market="external", scale_elasticity=0.2)
    base = calibrate(WORLD, theory)
    assert float(with_elasticity(base, np.full(3, 5.0), theory).trade_elasticity[0]) == 5.0
    with pytest.raises(BadInput, match=r"sector 1, sector 2: .* is 1\.4, above 1"):
        with_elasticity(base, np.array([4.0, 7.0, 7.0]), theory)


def _other(world: World) -> World:
    """The same economies and sectors with other flows, inputs and tariffs."""
    rng = np.random.default_rng(9)
    sold = rng.uniform(0.9, 1.1, world.flows.shape)
    intermediate = world.intermediate_flows * sold
    bought, before = (flows.sum(axis=2).T[:, :, None] for flows in (intermediate, world.intermediate_flows))
    ratio = np.divide(bought, before, out=np.ones_like(bought), where=before > 0)
    return world.replace(
        intermediate_flows=intermediate,
        final_flows=world.final_flows * sold,
        input_use=world.input_use * ratio,
        tariff_factor=1.0 + 1.1 * (world.tariff_factor - 1.0),
    )


def _other_parameters(theory: Theory) -> Theory:
    given = "uniform:9" if theory.market == "fixed-firms" else "uniform:5"
    scale = 0.15 if theory.market == "external" else theory.scale_elasticity
    return replace(theory, elasticities=given, scale_elasticity=scale)


@pytest.mark.parametrize("theory", THEORIES.values(), ids=THEORIES.keys())
def test_a_redrawn_baseline_is_a_calibrated_one(theory: Theory) -> None:
    world, drawn_theory = place(7, theory), _other_parameters(theory)
    drawn = _other(world)
    base, expected = calibrate(world, theory), calibrate(drawn, drawn_theory)
    scale = np.asarray(expected.markets.scale) if theory.market == "external" else None
    found = redrawn(base, drawn, theory, np.asarray(expected.trade_elasticity), scale)
    assert found.first_order is base.first_order
    leaves, structure = jax.tree.flatten(expected._replace(first_order=base.first_order))
    others, other_structure = jax.tree.flatten(found)
    assert structure == other_structure
    for one, other in zip(leaves, others, strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    # Without new numbers it is the baseline itself.
    for one, other in zip(*map(jax.tree.leaves, (base, redrawn(base, world, theory))), strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    assert not np.array_equal(found.sourcing, base.sourcing)


@pytest.mark.parametrize("name", ["perfect", "krugman, separate", "specific", "fixed-firms"])
def test_no_solution_depends_on_where_responses_were_taken(name: str) -> None:
    theory = THEORIES[name]
    world = place(7, theory)
    drawn = _other(world)
    tariff = drawn.tariff_factor.copy()
    tariff[:, 0, 1] += 0.2
    shock = set_tariffs(drawn, tariff)
    bases = calibrate(drawn, theory), redrawn(calibrate(world, theory), drawn, theory)
    one, other = (solve_baseline(base, shock_weights(base, shock), theory) for base in bases)
    assert one.status == other.status == "solved"
    assert np.abs(one.log_wage).max() > 1e-4
    assert np.allclose(one.log_wage, other.log_wage, atol=1e-9)
    assert np.allclose(one.output, other.output, rtol=1e-8)


def test_what_no_baseline_can_be_redrawn_with_is_refused() -> None:
    base = calibrate(WORLD, THEORY)
    with pytest.raises(BadInput, match="no scale elasticities under market=perfect") as told:
        redrawn(base, random_world(1, economies=5, sectors=3), THEORY, scale=np.full(3, 0.1))
    assert "the world has 5 economies and 3 sectors" in str(told.value)
    external = Theory("uniform:4", market="external", scale_elasticity=0.1)
    with pytest.raises(BadInput, match="more than one equilibrium"):
        redrawn(calibrate(WORLD, external), WORLD, external, scale=np.array([0.1, 0.3, 0.1]))
    firms = Theory("uniform:8", market="fixed-firms")
    with pytest.raises(BadInput, match="exceed value added"):
        redrawn(calibrate(WORLD, firms), WORLD, firms, np.full(3, 0.5))
