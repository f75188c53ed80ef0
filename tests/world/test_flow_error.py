"""Draws of estimated flows: what they keep, and how far they spread."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pytest

import detente as dt
from detente.world.flow_error import ESTIMATED, FlowErrorSizes, Spreads, flow_error, grouped, perturbed
from tests.world.shared import DATA, published

# Draws against the measured error: the sum over all flows and over all pairs. Classes of size spread more.
TOLERANCE, CLASS_TOLERANCE = 0.05, 0.75
# Draws of an aggregate against aggregates of draws, 24 of each.
AGGREGATE_TOLERANCE = 0.15
TABLE = tomllib.loads(
    files("detente.world").joinpath("bundled", "flow_errors.toml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def world() -> dt.World:
    return dt.load_world("world-2022")


def misallocated(tables: np.ndarray, base: np.ndarray) -> tuple[float, float, float]:
    """Value in other flows and in other pairs than in the base, and trade over the base's; means of draws."""
    abroad = ~np.eye(base.shape[1], dtype=bool)
    total = base[:, abroad].sum()
    gaps = (tables - base)[:, :, abroad]
    flows = 0.5 * np.abs(gaps).sum() / len(tables) / total
    pairs = 0.5 * np.abs(gaps.sum(axis=1)).sum() / len(tables) / total
    return float(flows), float(pairs), float(tables[:, :, abroad].sum() / len(tables) / total)


@pytest.mark.parametrize("name", ["g20-2019", "wiod-2008", "wiod-2011"])
def test_published_flows_have_no_error(name: str) -> None:
    assert flow_error(dt.load_world(name)) is None
    assert flow_error(dt.load_world(name).aggregate("focus")) is None


@pytest.mark.parametrize("grouping", [None, "focus"])
def test_a_draw_keeps_sales_purchases_inputs_and_zeros(world: dt.World, grouping: str | None) -> None:
    base = world.aggregate(grouping) if grouping else world
    error = flow_error(base)
    assert error is not None
    drawn = error.draw(np.random.default_rng(3))
    sold, bought = base.flows.sum(axis=1), base.flows.sum(axis=2)
    assert np.allclose(drawn.flows.sum(axis=1), sold, rtol=1e-9, atol=0.0)
    assert np.allclose(drawn.flows.sum(axis=2), bought, rtol=1e-9, atol=0.0)
    assert (drawn.intermediate_flows == base.intermediate_flows).all()
    assert (drawn.input_use == base.input_use).all()
    assert (drawn.final_flows >= 0.0).all() and np.isfinite(drawn.final_flows).all()
    assert ((drawn.final_flows == 0.0) == (base.final_flows == 0.0)).all()
    assert not np.allclose(drawn.final_flows, base.final_flows, rtol=0.01)
    assert drawn.economies == base.economies and drawn.estimated == base.estimated
    # It can be calibrated: nothing that a model needs is lost.
    assert np.allclose(drawn.output, base.output, rtol=1e-9)
    assert np.allclose(drawn.gdp, base.gdp, rtol=0.02)


def test_a_draw_depends_on_the_generator_alone(world: dt.World) -> None:
    base = world.aggregate("focus")
    error, again = flow_error(base), flow_error(base)
    assert error is not None and again is not None
    error.draw(np.random.default_rng(1))
    first = error.draw(np.random.default_rng(7)).final_flows
    assert (first == again.draw(np.random.default_rng(7)).final_flows).all()
    assert not (first == error.draw(np.random.default_rng(8)).final_flows).all()


def test_draws_of_an_aggregate_spread_as_aggregates_of_draws(world: dt.World) -> None:
    part = world.aggregate("focus")
    whole_error, part_error = flow_error(world), flow_error(part)
    assert whole_error is not None and part_error is not None
    member = np.array(
        [[code in part.economy_groups.get(group, (group,)) for code in world.economies]
         for group in part.economies], dtype=np.float64,
    )  # fmt: skip
    rng, count = np.random.default_rng(11), 24
    summed = np.array([member @ whole_error.draw(rng).final_flows @ member.T for _ in range(count)])
    drawn = np.array([part_error.draw(rng).final_flows for _ in range(count)])
    base = part.final_flows
    expected, found = misallocated(summed, base), misallocated(drawn, base)
    assert found == pytest.approx(expected, rel=AGGREGATE_TOLERANCE)
    # Flow by flow, too: standard deviations, of flows above USD 100 million.
    abroad = ~np.eye(len(part.economies), dtype=bool)
    large = base[:, abroad] > 100.0
    ratio = (drawn.std(axis=0)[:, abroad] / np.maximum(summed.std(axis=0)[:, abroad], 1e-9))[large]
    assert np.median(ratio) == pytest.approx(1.0, abs=AGGREGATE_TOLERANCE)
    assert np.quantile(ratio, 0.05) > 0.5 and np.quantile(ratio, 0.95) < 2.2
    # Averaging out matters: errors of single flows, used as they are, would be far larger.
    assert found[0] < 0.6 * misallocated(np.array([whole_error.draw(rng).final_flows]), world.final_flows)[0]


def test_variances_of_sums_are_those_of_simulated_sums() -> None:
    """Before sales and purchases are restored, where they can be worked out exactly."""
    rng = np.random.default_rng(9)
    sectors, economies = 4, 6
    final = rng.uniform(0.5, 2.0, (sectors, economies, economies))
    abroad = ~np.eye(economies, dtype=bool)
    spreads = Spreads(
        rng.uniform(0.2, 0.6, final.shape) * abroad,
        rng.uniform(0.2, 0.6, (economies, economies)) * abroad,
        np.full((sectors, economies), 0.3),
    )
    economy = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0], [0, 0, 0, 0, 0, 1]], dtype=np.float64)
    sector = np.array([[1, 1, 1, 0], [0, 0, 0, 1]], dtype=np.float64)
    found = grouped(final, spreads, economy, sector)
    base = np.tensordot(sector, economy @ final @ economy.T, axes=(1, 0))
    drawn = np.array(
        [
            np.tensordot(sector, economy @ perturbed(final, spreads, 0.0, rng) @ economy.T, axes=(1, 0))
            for _ in range(20_000)
        ]
    )
    outside = ~np.eye(3, dtype=bool)
    ratio = (drawn / base)[:, :, outside]
    of_cell, of_pair = np.expm1(found.cell**2)[:, outside], np.expm1(found.pair**2)[outside]
    assert ratio.mean(axis=0) == pytest.approx(1.0, abs=0.02)
    assert ratio.var(axis=0) == pytest.approx((1.0 + of_cell) * (1.0 + of_pair) - 1.0, rel=0.12)
    pairs = (drawn.sum(axis=1) / base.sum(axis=0))[:, outside]
    shared = np.array([np.cov(*ratio[:, :, at].T)[0, 1] for at in range(ratio.shape[2])])
    assert shared == pytest.approx(of_pair, rel=0.25)  # members weigh differently in each sector
    assert (pairs.var(axis=0) > of_pair).all()


def test_sectors_can_be_merged_as_well(world: dt.World) -> None:
    part = world.aggregate("focus", "sections")
    error = flow_error(part)
    assert error is not None
    drawn = error.draw(np.random.default_rng(2))
    assert np.allclose(drawn.output, part.output, rtol=1e-9)
    fine = flow_error(world.aggregate("focus"))
    assert fine is not None
    place = part.economies.index
    pair = place("CAN"), place("CHN")
    within = error.spreads.cell[part.sectors.index("C"), *pair]
    assert 0.0 < within < fine.spreads.cell[part.parent.sectors.index("C29"), *pair]  # type: ignore[union-attr]


def test_draws_keep_the_mean_of_trade(world: dt.World) -> None:
    error = flow_error(world)
    assert error is not None
    rng = np.random.default_rng(4)
    drawn = np.array([error.draw(rng).final_flows for _ in range(8)])
    assert misallocated(drawn, world.final_flows)[2] == pytest.approx(1.0, abs=0.04)


@pytest.mark.parametrize("year", ["2011", "2008"])
def test_the_shipped_sizes_reproduce_the_measured_error(year: str) -> None:
    """2011: the hold-out they were measured on; 2008: one that played no part."""
    rows = TABLE[f"hold_out_{year}"]
    tolerance = TOLERANCE if year == "2011" else 3 * TOLERANCE
    for name in ("flows", "pairs"):
        measured, drawn = rows[name]
        assert drawn == pytest.approx(measured, rel=tolerance)
    classes = [row for name, row in rows.items() if name.startswith(("flows, ", "pairs, "))]
    assert len(classes) > 20
    for measured, drawn in classes:
        assert drawn == pytest.approx(measured, rel=CLASS_TOLERANCE)
    assert np.median([drawn / measured for measured, drawn in classes]) == pytest.approx(1.0, abs=0.1)


def test_the_shipped_figures_are_those_of_the_hold_out() -> None:
    published("wiod2013")
    from tools.measure_errors_flows import REPORT_YEARS, cases, drawn, first_evidence, targets

    _, gaps = first_evidence(DATA)
    held = cases(DATA, REPORT_YEARS, gaps)
    # The figures of the world's own measured errors.
    errors = dt.load_world("world-2022").provenance.measured_errors
    for name in ("final, international cells", "final, bilateral totals"):
        mean = np.mean([case.published[name] for case in held])
        assert mean == pytest.approx(errors[f"hold_out_2011: matched information: {name}"], rel=1e-3)
    found, trade = drawn(held[0], FlowErrorSizes(**TABLE["sizes"]))
    rows = TABLE["hold_out_2011"]
    assert trade == pytest.approx(1.0, abs=0.02)
    for name, value in targets(held).items():
        assert rows[name] == pytest.approx([value, found[name]], abs=2e-4)


def test_it_says_what_is_drawn_and_how_it_was_measured(world: dt.World) -> None:
    assert ESTIMATED in world.estimated
    error = flow_error(world)
    assert error is not None
    ((name, sentence),) = error.describe()
    assert name == "final demand by origin"
    assert "WIOD 2011" in sentence and "20 percent" in sentence and "log-normal" in sentence


def test_flows_of_economies_with_exact_tables_are_surer(world: dt.World) -> None:
    error = flow_error(world)
    assert error is not None
    place = world.economies.index
    canada, germany, vietnam = place("CAN"), place("DEU"), place("VNM")
    assert error.spreads.pair[canada, germany] < error.spreads.pair[canada, vietnam]
    assert set(TABLE["exact_members"]) < set(world.economies)
