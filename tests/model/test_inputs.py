"""Who sources where, and nested production: each choice against a second solver and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import Equilibrium, Theory, calibrate, solve
from detente.model.network import SPLIT, network_notices, network_purchases
from detente.policy.shock import Shock, Varieties, no_shock, set_tariffs
from detente.world.complete_table import CompleteTable
from detente.world.world import World
from tests.complete_worlds import complete_world, proportional
from tests.model.inputs_oracle import InputsOracle
from tests.model.shocks import one_limit, random_shock, varieties_shock
from tests.worlds import random_world

# Ten times the solver's own tolerance: hats are compared, and errors of two solutions add.
CLOSE = 1e-9
INPUTS = ("none", "common", "separate", "network")
MANY = ("separate", "network")
# Value added and inputs, among inputs: Cobb-Douglas, complements, substitutes, one of each, Leontief.
NESTS = ((1.0, 1.0), (0.5, 0.2), (1.5, 2.0), (0.3, 1.0), (1.0, 0.4), (0.0, 0.0))
FLOW = (0, 1, 2)
# Without inputs there is nothing to nest.
NESTED = [(inputs, nests) for inputs in INPUTS for nests in NESTS if inputs != "none" or nests == NESTS[0]]
seeds = st.integers(0, 2**32 - 1)
slow = settings(max_examples=5, deadline=None)
nested = pytest.mark.parametrize(
    ("inputs", "nests"), NESTED, ids=[f"{inputs}-{nests[0]:g}-{nests[1]:g}" for inputs, nests in NESTED]
)


def theory_of(inputs: str, nests: tuple[float, float] = (1.0, 1.0), **choices: str) -> Theory:
    return Theory(
        "uniform:4",
        inputs=inputs,  # type: ignore[arg-type]
        value_added_substitution=nests[0],
        input_substitution=nests[1],
        **choices,  # type: ignore[arg-type]
    )


def random_tariffs(world: World, seed: int, largest: float = 0.5) -> np.ndarray:
    factor = 1.0 + largest * np.random.default_rng(seed).random(world.tariff_factor.shape)
    own = np.arange(len(world.economies))
    factor[:, own, own] = 1.0
    return factor


def purchases_of(world: World) -> np.ndarray:
    found = world.complete_purchases()
    assert found is not None
    return found


def same(one: Equilibrium, other: Equilibrium, tolerance: float = CLOSE) -> None:
    assert np.allclose(one.log_wage, other.log_wage, atol=tolerance)
    assert np.allclose(one.log_price, other.log_price, atol=tolerance)
    assert np.allclose(one.log_cost, other.log_cost, atol=tolerance)
    assert np.allclose(one.income, other.income, rtol=tolerance)
    assert np.allclose(one.flows, other.flows, rtol=10 * tolerance, atol=10 * tolerance)


@nested
@given(seed=seeds)
@settings(max_examples=3, deadline=None)
def test_matches_a_second_solver(inputs: str, nests: tuple[float, float], seed: int) -> None:
    world = complete_world(seed)
    tariff = random_tariffs(world, seed)
    found = solve(world, set_tariffs(world, tariff), theory_of(inputs, nests))
    second = InputsOracle(world, purchases_of(world), inputs, 4.0).solve(tariff, nests)
    assert np.allclose(np.exp(found.log_wage), second.wage, rtol=1e-8)
    assert np.allclose(np.exp(found.log_price), second.price, rtol=1e-8)
    assert np.allclose(np.exp(found.log_cost), second.cost, rtol=1e-8)
    assert np.allclose(found.spending, second.spending, rtol=1e-8)
    assert np.allclose(found.output, second.output, rtol=1e-8)
    assert np.allclose(found.flows, second.flows, rtol=1e-7)
    assert np.allclose(found.income, second.income, rtol=1e-8)


@nested
@given(seed=seeds)
@slow
def test_zero_shock_is_exactly_zero(inputs: str, nests: tuple[float, float], seed: int) -> None:
    world = complete_world(seed)
    found = solve(world, no_shock(world), theory_of(inputs, nests))
    assert not found.log_wage.any() and not found.log_price.any() and not found.log_cost.any()
    assert np.allclose(found.flows, world.flows, rtol=1e-11)
    assert np.allclose(found.duties, world.flows * (world.tariff_factor - 1.0), rtol=1e-11, atol=1e-10)
    assert found.passes == 1


@pytest.mark.parametrize("nests", NESTS[:2], ids=lambda pair: "{:g}-{:g}".format(*pair))
@pytest.mark.parametrize("inputs", MANY)
@given(seed=seeds)
@slow
def test_walras_law_and_numeraire_with_every_instrument(
    inputs: str, nests: tuple[float, float], seed: int
) -> None:
    world = complete_world(seed)
    found = solve(world, random_shock(world, seed, 0.6), theory_of(inputs, nests))
    scale = CLOSE * found.income.sum()
    # With rents and export taxes at the border price, trade balances with the imbalance.
    deficit = found.flows.sum(axis=(0, 2)) - found.flows.sum(axis=(0, 1))
    assert np.allclose(deficit, found.imbalance, atol=10 * scale)
    assert abs(found.imbalance.sum()) < scale
    base = calibrate(world, theory_of(inputs, nests))
    assert np.isclose(found.wage_income.sum(), float(base.wage_income.sum()), rtol=CLOSE)
    earned = found.wage_income + found.tariff_revenue + found.export_tax_revenue + found.quota_rent
    assert np.allclose(found.income, earned - found.subsidies + found.imbalance, rtol=1e-8, atol=scale)


def chosen(world: World, order: np.ndarray, size: np.ndarray | None = None) -> World:
    """The world with economies picked by index, each a part of the one it came from."""
    part = np.ones(len(order)) if size is None else size
    bilateral = np.ix_(range(len(world.sectors)), order, order)
    scale = part[:, None] * part[None, :]
    cells = purchases_of(world)[:, :, order][:, :, :, order] * scale
    return world.replace(
        economies=tuple(f"P{number}" for number in range(len(order))),
        intermediate_flows=world.intermediate_flows[bilateral] * scale,
        final_flows=world.final_flows[bilateral] * scale,
        input_use=world.input_use[order] * part[:, None, None],
        tariff_factor=world.tariff_factor[bilateral],
        complete_table=CompleteTable(cells),
    )


@pytest.mark.parametrize("nests", NESTS[:2], ids=lambda pair: "{:g}-{:g}".format(*pair))
@pytest.mark.parametrize("inputs", MANY)
@given(seed=seeds)
@slow
def test_relabelling_economies_permutes_results(inputs: str, nests: tuple[float, float], seed: int) -> None:
    world = complete_world(seed)
    order = np.random.default_rng(seed).permutation(len(world.economies))
    tariff, theory = random_tariffs(world, seed), theory_of(inputs, nests)
    bilateral = np.ix_(range(len(world.sectors)), order, order)
    straight = solve(world, set_tariffs(world, tariff), theory)
    shuffled = chosen(world, order)
    permuted = solve(shuffled, set_tariffs(shuffled, tariff[bilateral]), theory)
    # The published table is float32, and each world makes it add up anew.
    assert np.allclose(straight.log_wage[order], permuted.log_wage, atol=1e-7)
    assert np.allclose(straight.flows[bilateral], permuted.flows, rtol=1e-6)


@pytest.mark.parametrize("inputs", MANY)
@given(seed=seeds)
@slow
def test_splitting_an_economy_into_equal_halves_changes_nothing(inputs: str, seed: int) -> None:
    world = complete_world(seed)
    origin = np.r_[np.arange(len(world.economies)), 1]
    split = chosen(world, origin, np.where(origin == 1, 0.5, 1.0))
    tariff, theory = random_tariffs(world, seed), theory_of(inputs, (0.6, 0.3))
    whole = solve(world, set_tariffs(world, tariff), theory)
    parts = solve(
        split, set_tariffs(split, tariff[np.ix_(range(len(world.sectors)), origin, origin)]), theory
    )
    assert np.allclose(whole.log_wage[origin], parts.log_wage, atol=1e-7)
    assert np.allclose(whole.log_price[origin], parts.log_price, atol=1e-7)


@pytest.mark.parametrize("inputs", MANY)
@given(seed=seeds)
@slow
def test_autarky_equals_the_closed_form(inputs: str, seed: int) -> None:
    world = complete_world(seed, tariffs=False)
    theory = theory_of(inputs, imbalances="removed")
    cells = purchases_of(world)
    if inputs == "separate":
        cells = proportional(world)
    own = np.arange(len(world.economies))
    cost = np.full_like(world.tariff_factor, 1e6)
    cost[:, own, own] = 1.0
    base = calibrate(world, theory)
    autarky, balanced = (
        solve(world, shock, theory) for shock in (Shock(world.tariff_factor, cost), no_shock(world))
    )
    alpha = np.asarray(base.final_share)

    def real(found: Equilibrium) -> np.ndarray:
        return found.income / np.exp((alpha * found.log_price).sum(axis=1))

    change = real(autarky) / real(balanced)
    # Own shares of each buyer where trade balances: those of the baseline times what prices did to them.
    costs = balanced.log_cost

    def own_share(flows: np.ndarray, n: int, k: int) -> float:
        reached = flows * np.exp(-4.0 * costs[:, k])
        return float(reached[n] / reached.sum())

    sectors = range(len(world.sectors))
    for n in own:
        gamma = cells[:, :, n].sum(axis=2) / world.output[n]
        lost = np.array([[np.log(own_share(cells[k, s, n], n, k)) / 4.0 for s in sectors] for k in sectors])
        # ln c = gamma' (ln own / theta + ln c) less the same with trade: rising cost of own inputs.
        rise = np.linalg.solve(np.eye(len(sectors)) - gamma.T, (gamma * -lost).sum(axis=0))
        final = np.array([np.log(own_share(world.final_flows[k, n], n, k)) / 4.0 for k in sectors])
        assert np.isclose(np.log(change[n]), -(alpha[n] * (rise - final)).sum(), rtol=1e-6, atol=1e-8)


@given(seed=seeds)
@slow
def test_a_network_that_splits_purchases_in_proportion_is_separate_sourcing(seed: int) -> None:
    world = random_world(seed)
    shock = set_tariffs(world, random_tariffs(world, seed))
    separate = solve(world, shock, theory_of("separate"))
    same(solve(world, shock, theory_of("network")), separate)
    known = world.replace(complete_table=CompleteTable(proportional(world)))
    same(solve(known, shock, theory_of("network")), separate, 1e-7)


@given(seed=seeds)
@slow
def test_separate_sourcing_with_equal_mixes_is_common_sourcing(seed: int) -> None:
    world = random_world(seed)
    # Final demand that buys from the same origins as firms do.
    mix = world.intermediate_flows / world.intermediate_flows.sum(axis=2, keepdims=True)
    equal = world.replace(final_flows=mix * world.final_flows.sum(axis=2, keepdims=True))
    shock = set_tariffs(equal, random_tariffs(equal, seed, 0.2))
    if (equal.value_added < 0.02 * equal.output).any():
        return
    for nests in NESTS[:2]:
        common, separate, network = (
            solve(equal, shock, theory_of(inputs, nests)) for inputs in ("common", "separate", "network")
        )
        same(common, separate)
        same(common, network)


def test_unequal_mixes_matter() -> None:
    world = complete_world(1)
    shock = set_tariffs(world, random_tariffs(world, 1))
    found = [solve(world, shock, theory_of(inputs)).log_price for inputs in INPUTS]
    for one in range(len(INPUTS)):
        for other in range(one):
            assert np.abs(found[one] - found[other]).max() > 1e-4


@pytest.mark.parametrize("inputs", INPUTS[1:])
@given(seed=seeds)
@slow
def test_nests_are_continuous_at_cobb_douglas(inputs: str, seed: int) -> None:
    world = complete_world(seed)
    shock = set_tariffs(world, random_tariffs(world, seed))
    plain = solve(world, shock, theory_of(inputs))
    same(plain, solve(world, shock, theory_of(inputs, (1.0 + 1e-11, 1.0 - 1e-11))))
    for near in ((1.0 + 1e-6, 1.0), (1.0 - 1e-6, 1.0), (1.0, 1.0 + 1e-6), (1.0, 1.0 - 1e-6)):
        moved = solve(world, shock, theory_of(inputs, near))
        assert np.abs(moved.log_price - plain.log_price).max() < 1e-6


@given(seed=seeds)
@slow
def test_without_substitution_inputs_stay_in_proportion_to_output(seed: int) -> None:
    world = complete_world(seed)
    theory = theory_of("common", (0.0, 0.0))
    found, base = (
        solve(world, set_tariffs(world, random_tariffs(world, seed)), theory),
        calibrate(world, theory),
    )
    made = found.output / np.exp(found.log_cost)
    needed = np.einsum("nks,ns->nk", np.asarray(base.input_share), made) * np.exp(found.log_price)
    final = np.asarray(base.final_share) * found.income[:, None]
    assert np.allclose(found.spending, needed + final, rtol=1e-8)
    wages = (np.asarray(base.value_added_share) * made).sum(axis=1) * np.exp(found.log_wage)
    assert np.allclose(found.wage_income, wages, rtol=1e-8)


@pytest.mark.parametrize("inputs", MANY)
@given(seed=seeds, share=st.floats(0.05, 1.0), size=st.floats(0.05, 0.95))
@slow
def test_a_quota_shared_by_all_uses_is_its_tariff_equivalent(
    inputs: str, seed: int, share: float, size: float
) -> None:
    world, theory = complete_world(seed), theory_of(inputs, (0.7, 0.5))
    found = solve(world, one_limit(world, FLOW, share, size), theory)
    (answer,) = found.limits
    assert answer.regime == "binding" and answer.premium is not None
    assert np.isclose(answer.quantity, size * share * world.flows[FLOW], rtol=1e-8)
    tau = float(world.tariff_factor[FLOW])
    duty = varieties_shock(world, [(*FLOW, share, tau, tau * answer.premium, 1.0, 1.0)])
    tariff = solve(world, duty, theory)
    assert np.allclose(found.log_wage, tariff.log_wage, atol=CLOSE)
    assert np.allclose(found.log_price, tariff.log_price, atol=CLOSE)
    public = found.tariff_revenue + found.quota_rent
    assert np.isclose(public[FLOW[1]], tariff.tariff_revenue[FLOW[1]], rtol=1e-7)
    paid = [point.flows + point.duties + point.rents for point in (found, tariff)]
    assert np.allclose(*paid, rtol=1e-7)


@pytest.mark.parametrize("inputs", MANY)
def test_workers_look_at_the_prices_of_final_demand(inputs: str) -> None:
    world = complete_world(6)
    theory = Theory("uniform:4", inputs=inputs, labour_supply=0.5)  # type: ignore[arg-type]
    found = solve(world, set_tariffs(world, random_tariffs(world, 6)), theory)
    share = np.asarray(calibrate(world, theory).final_share)
    real_wage = found.log_wage - (share * found.log_price).sum(axis=1)
    assert np.allclose(found.log_labour, 0.5 * real_wage, atol=CLOSE)
    assert np.abs(real_wage).max() > 1e-3


@pytest.mark.parametrize("inputs", MANY)
def test_varieties_that_cover_a_flow_are_a_tariff_on_it_in_every_use(inputs: str) -> None:
    world, theory = complete_world(5), theory_of(inputs)
    tariff = world.tariff_factor.copy()
    tariff[FLOW] = 1.6
    old = float(world.tariff_factor[FLOW])
    rows = [(*FLOW, part, old, 1.6, 1.0, 1.0) for part in (0.25, 0.35, 0.4)]
    parts = Shock(world.tariff_factor, np.ones_like(tariff), Varieties.of(rows))
    same(solve(world, set_tariffs(world, tariff), theory), solve(world, parts, theory))


def test_inputs_carry_the_duties_of_their_own_buyer() -> None:
    world = complete_world(4)
    flows, share = network_purchases(world)
    cells = purchases_of(world)
    paid = np.einsum("ksni,kni->nks", cells, world.tariff_factor)
    assert np.allclose(share, paid / world.output[:, None, :], rtol=1e-12)
    assert np.allclose(flows.reshape(2, 3, 3, 3).sum(axis=1), world.flows, rtol=1e-12)
    duties = (flows.reshape(2, 3, 3, 3) * (world.tariff_factor - 1.0)[:, None]).sum()
    assert np.isclose(duties, world.tariff_revenue.sum(), rtol=1e-12)


def test_a_sector_whose_duties_exceed_its_value_added_buys_less() -> None:
    world = complete_world(4)
    tariff = world.tariff_factor.copy()
    tariff[0, 0, 1:] = 1.0 + 15.0 * (1.0 + np.arange(2))
    dear = world.replace(tariff_factor=tariff)
    paid = np.einsum("ksni,kni->ns", purchases_of(world), tariff)
    assert (paid > world.output).any(), "the case that is tested"
    flows, share = network_purchases(dear)
    left = 1.0 - share.sum(axis=1)
    assert left.min() == pytest.approx(0.005)
    assert np.allclose(flows.reshape(2, 3, 3, 3).sum(axis=1), world.flows, rtol=1e-12)
    base = calibrate(dear, theory_of("network"))
    spent = np.asarray(base.spending)[:6].reshape(2, 3, 2)
    used = np.einsum("nks,ns->snk", share, world.output)
    assert np.allclose(spent, used, rtol=1e-10)
    assert solve(dear, no_shock(dear), theory_of("network")).passes == 1


def test_a_split_in_proportion_is_said() -> None:
    world = random_world(1)
    assert network_notices(world, "network") == (SPLIT,)
    assert network_notices(world, "separate") == () == network_notices(complete_world(1), "network")
