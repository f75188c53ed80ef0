"""Properties of every value of every choice, and of combinations (DESIGN section 6)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.model import (
    Baseline,
    Equilibrium,
    Theory,
    baseline_from_shares,
    calibrate,
    one_sector,
    scenario_weights,
    solve_baseline,
)
from detente.policy.shock import no_shock, set_tariffs
from detente.world.world import World
from tests.model.test_properties import halved
from tests.model.theories import THETA, groups_file, random_tariffs, solved
from tests.worlds import random_world

U, WIDE = "uniform:4", "uniform:8"
GROUPS = groups_file()
SMALL = 0.1
THEORIES = {
    "perfect": Theory(U),
    "krugman": Theory(U, market="krugman", inputs="none"),
    "melitz": Theory(U, market="melitz", inputs="none"),
    "external": Theory(U, market="external", scale_elasticity=0.1),
    "fixed-firms": Theory(WIDE, market="fixed-firms"),
    "none": Theory(U, inputs="none"),
    "separate": Theory(U, inputs="separate"),
    "network": Theory(U, inputs="network"),
    "nests": Theory(U, value_added_substitution=0.5, input_substitution=0.3),
    "one sector": Theory(U, sectors="one", market="external", scale_elasticity=0.05),
    "specific": Theory(U, labour="specific"),
    "roy-frechet": Theory(U, labour="roy-frechet", labour_shape=2.0),
    "groups": Theory(U, labour="groups", labour_groups=GROUPS, labour_shape=1.8),
    "labour supply": Theory(U, labour_supply=0.5),
    "labour tax": Theory(U, labour_supply=0.5, revenue="labour-tax", labour_tax=0.3),
    "replaced tax": Theory(U, labour_supply=0.5, revenue="labour-tax"),
    "government": Theory(U, revenue="government"),
    "removed": Theory(U, "removed"),
    "scaled": Theory(U, "scaled"),
    "ratio": Theory(U, "ratio"),
    "krugman, separate": Theory(WIDE, market="krugman", inputs="separate"),
    "melitz, roy-frechet": Theory(U, market="melitz", inputs="none", labour="roy-frechet"),
    "melitz, nests": Theory(WIDE, market="melitz", selection=0.3, value_added_substitution=0.8),
    "network, specific, nests": Theory(
        U, inputs="network", labour="specific", value_added_substitution=0.6, input_substitution=0.2
    ),
    "fixed-firms, supply": Theory(U, "ratio", market="fixed-firms", inputs="none", labour_supply=0.5),
    "groups, supply, tax, external, separate": Theory(
        U,
        "ratio",
        market="external",
        scale_elasticity=0.05,
        inputs="separate",
        labour="groups",
        labour_groups=GROUPS,
        labour_supply=0.4,
        revenue="labour-tax",
        labour_tax=0.2,
    ),
}
STAYING = {name: theory for name, theory in THEORIES.items() if theory.imbalances != "removed"}
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=2, deadline=None, derandomize=True)
every = pytest.mark.parametrize("theory", THEORIES.values(), ids=THEORIES.keys())


def place(seed: int, theory: Theory) -> World:
    world = random_world(seed)
    return one_sector(world) if theory.sectors == "one" else world


def answer(world: World, tariff: np.ndarray, theory: Theory) -> Equilibrium:
    return solved(calibrate(world, theory), set_tariffs(world, tariff), theory)


# Where deficits are removed the baseline is no equilibrium.
@pytest.mark.parametrize("theory", STAYING.values(), ids=STAYING.keys())
@given(seed=seeds)
@few
def test_zero_shock_is_exactly_zero(theory: Theory, seed: int) -> None:
    world = place(seed, theory)
    base = calibrate(world, theory)
    found = solved(base, no_shock(world), theory)
    assert found.passes == 1
    for name in ("wage", "price", "factor_price", "cost", "offer", "labour", "group_wage", "scale_gain"):
        assert not getattr(found, f"log_{name}").any(), name
    for name in ("net_of_tax", "selection_gain"):
        assert np.abs(getattr(found, f"log_{name}")).max() < 1e-14, name
    assert np.allclose(found.flows, world.flows, rtol=1e-12)
    assert np.allclose(found.imbalance, base.imbalance, atol=1e-9)


@every
@given(seed=seeds)
@few
def test_walras_law_accounts_and_numeraire(theory: Theory, seed: int) -> None:
    world = place(seed, theory)
    base = calibrate(world, theory)
    found = answer(world, random_tariffs(world, seed, SMALL), theory)
    close = 1e-10 * found.income.sum()
    bought_less_sold = found.flows.sum(axis=(0, 2)) - found.flows.sum(axis=(0, 1))
    assert np.allclose(bought_less_sold, found.imbalance, atol=close)
    assert abs(found.imbalance.sum()) < close
    sources = (found.wage_income, found.profits, found.tariff_revenue, found.imbalance)
    assert np.allclose(found.income, sum(sources), atol=close)
    # What is bought and not consumed are inputs: sales less wages and profits.
    inputs = found.output.sum(axis=1) - found.wage_income - found.profits
    assert np.allclose(found.spending.sum(axis=1) - found.income, inputs, atol=close)
    assert np.allclose((found.flows + found.duties).sum(axis=2).T, found.spending, atol=close)
    assert np.allclose(found.flows.sum(axis=1).T, found.output, atol=close)
    workers = np.asarray(base.wage_income)
    assert np.isclose((workers * np.exp(found.log_wage)).sum(), workers.sum(), rtol=1e-11)
    assert np.allclose(workers * np.exp(found.log_wage + found.log_labour), found.wage_income, rtol=1e-12)


@every
@given(seed=seeds)
@few
def test_neither_units_nor_the_order_of_economies_matter(theory: Theory, seed: int) -> None:
    world = place(seed, theory)
    order = np.random.default_rng(seed).permutation(len(world.economies))
    bilateral = np.ix_(range(len(world.sectors)), order, order)
    other = world.replace(
        economies=tuple(world.economies[i] for i in order),
        intermediate_flows=1e3 * world.intermediate_flows[bilateral],
        final_flows=1e3 * world.final_flows[bilateral],
        input_use=1e3 * world.input_use[order],
        tariff_factor=world.tariff_factor[bilateral],
    )
    tariff = random_tariffs(world, seed, SMALL)
    one, two = answer(world, tariff, theory), answer(other, tariff[bilateral], theory)
    for name in ("log_wage", "log_price", "log_factor_price", "log_labour", "log_net_of_tax"):
        assert np.allclose(getattr(one, name)[order], getattr(two, name), atol=1e-9), name
    # A sector that leaves an economy sells about nothing, in no exact proportion.
    assert np.allclose(1e3 * one.flows[bilateral], two.flows, rtol=1e-8, atol=1e-12 * two.income.sum())
    assert np.allclose(1e3 * one.income[order], two.income, rtol=1e-9)


# Between halves of one economy there are no trade costs. Where entry makes cost fall as fast as buyers
# substitute (krugman, melitz), nothing then holds a sector in one half: halves are another world.
@pytest.mark.parametrize(
    "name", ["perfect", "external", "fixed-firms", "network, specific, nests", "labour tax", "ratio"]
)
def test_an_economy_in_equal_halves_is_the_economy(name: str) -> None:
    world, theory = random_world(3), THEORIES[name]
    split, origin = halved(world, 1)
    tariff = random_tariffs(world, 3, SMALL)
    whole = answer(world, tariff, theory)
    parts = answer(split, tariff[np.ix_(range(len(world.sectors)), origin, origin)], theory)
    for part in ("log_wage", "log_price", "log_factor_price", "log_labour", "log_net_of_tax"):
        assert np.allclose(getattr(whole, part)[origin], getattr(parts, part), atol=1e-9), part


def balanced(theory: Theory, seed: int) -> Baseline:
    """Economies with balanced trade to the last bit, and inputs where the theory has them; no tariffs."""
    rng = np.random.default_rng(seed)
    half = rng.integers(20, 80, (2, 3, 3)) / 64.0
    flows = half + half.transpose(0, 2, 1) + 6.0 * np.eye(3) * rng.integers(60, 70, (2, 3, 1)) / 64.0
    # What one sector sells more than it buys, the other buys.
    more = rng.integers(0, 80, (3, 3)) / 64.0
    flows += np.stack([more, more.T])
    share = rng.uniform(0.1, 0.25, (3, 2, 2)) * (theory.inputs != "none")
    return baseline_from_shares(flows, np.ones_like(flows), share, 1.0 - share.sum(axis=1), THETA, theory)


def autarky(theory: Theory, base: Baseline, n: int) -> tuple[np.ndarray, float]:
    """Log changes of prices over the mean wage, and of labour, when economy n stops trading.

    With theta, psi and eta by sector and lambda the share of spending at home, P = lambda^(-1/theta) offer
    X^(-eta/theta), offer = c^(1 + eta/theta) (Y/c)^-psi; in logs a linear system in P and L. Sales at home
    are what final demand takes through the input-output table, in the proportions of the shares. As in
    Arkolakis, Costinot and Rodriguez-Clare (2012) and Costinot and Rodriguez-Clare (2014), section 3.4.
    """
    input_share, alpha = np.asarray(base.input_share[n]), np.asarray(base.final_share[n])
    output, spent = np.asarray(base.output[n]), np.asarray(base.spending[n])
    profit = 1.0 / (THETA + 1.0) if theory.market == "fixed-firms" else 0.0 * THETA
    labour_share = 1.0 - input_share.sum(axis=0) - profit
    psi = {"krugman": 1.0 / THETA, "melitz": 1.0 / THETA}.get(theory.market, 0.0 * THETA)
    if theory.market == "external":
        psi = np.full(2, theory.scale_elasticity, dtype=float)
    eta = theory.selection if theory.market == "melitz" else 0.0
    kappa = {"mobile": np.inf, "specific": 1.0}.get(theory.labour, theory.labour_shape)
    sold = np.linalg.solve(np.eye(2) - input_share, alpha)
    sold *= (labour_share @ output) / (labour_share @ sold)
    home = np.log(np.diagonal(np.asarray(base.sourcing), axis1=1, axis2=2)[:, n])
    in_cost = np.vstack([labour_share, input_share]) / (1.0 - profit)
    # Unknowns (ln P, ln L): cost = paid + inputs . ln P, with ln Y = grown + ln L.
    grown, wanted = np.log(sold / output), np.log(sold / spent)
    paid = in_cost[0] * grown / kappa
    markup = 1.0 + eta / THETA + psi
    known = -home / THETA + markup * paid - psi * grown - eta / THETA * wanted
    system = np.eye(3)
    system[:2, :2] -= markup[:, None] * in_cost[1:].T
    system[:2, 2] = psi + eta / THETA
    system[2, :2] = theory.labour_supply * alpha
    found = np.linalg.solve(system, np.append(known, 0.0))
    return found[:2], float(found[2])


@pytest.mark.parametrize(
    "theory",
    [
        Theory(U),
        Theory(U, market="external", scale_elasticity=0.1),
        Theory(U, market="krugman", inputs="none"),
        Theory(U, market="melitz", inputs="none"),
        Theory(WIDE, market="melitz", inputs="none", labour="roy-frechet", labour_shape=2.0),
        Theory(U, market="fixed-firms", labour_supply=0.5),
        Theory(U, labour="specific"),
        Theory(U, labour="roy-frechet", labour_shape=2.0),
        Theory(U, labour_supply=0.5),
        Theory(U, labour_supply=0.5, market="krugman", inputs="none"),
    ],
    ids=lambda theory: f"{theory.market}, {theory.labour}, {theory.inputs}, {theory.labour_supply:g}",
)
def test_autarky_equals_the_closed_form(theory: Theory) -> None:
    base = balanced(theory, 3)
    assert not np.asarray(base.imbalance).any()
    cost = np.where(np.eye(3, dtype=bool), 1.0, 1e5) * np.ones((2, 1, 1))
    found = solve_baseline(base, scenario_weights(base, np.ones_like(cost), cost), theory)
    assert found.status == "solved", found.message
    for n in range(3):
        price, labour = autarky(theory, base, n)
        assert np.allclose(found.log_price[n] - found.log_wage[n], price, atol=1e-8)
        assert np.isclose(found.log_labour[n], labour, atol=1e-8)


def test_prices_move_where_markets_clear_from_the_start() -> None:
    """Economies that mirror one another, without inputs: only prices answer when trade stops."""
    flows = np.array([[[8.0, 2.0, 1.0], [2.0, 9.0, 3.0], [1.0, 3.0, 7.0]]])
    none, all_of_it = np.zeros((3, 1, 1)), np.ones((3, 1))
    base = baseline_from_shares(flows, np.ones_like(flows), none, all_of_it, np.array([4.0]))
    cost = np.where(np.eye(3, dtype=bool), 1.0, 1e5)[None]
    found = solve_baseline(base, scenario_weights(base, np.ones_like(flows), cost), Theory(inputs="none"))
    own = np.diagonal(flows[0]) / flows[0].sum(axis=1)
    assert np.allclose(found.log_price[:, 0], -np.log(own) / 4.0, rtol=1e-12)
