"""Rows of pieces: which one a flow keeps unnamed, and which become one in an aggregate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detente.policy import Measure, Scenario, compile_scenario
from detente.policy.compiler.aggregated import aggregated
from detente.policy.compiler.compile import added_duty
from detente.policy.compiler.domestic import Domestic
from detente.policy.compiler.rows import Rows, shock_of
from detente.policy.shock import Shock, no_shock
from detente.world import World, load_world


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("g20-2019")


def test_a_flow_mostly_under_a_limit_keeps_its_other_part_as_the_rest(world: World) -> None:
    """Members of limits are always named, so that the rest is what is free, however small."""
    place = (world.sectors.index("C"), world.economies.index("CAN"), world.economies.index("CHN"))
    number = int(np.ravel_multi_index(place, world.flows.shape))
    tariff = float(world.tariff_factor[place])
    rows = Rows(
        flow=np.array([number, number]),
        share=np.array([0.7, 0.3]),
        before=np.full(2, tariff),
        after=np.array([tariff, tariff + 0.25]),
        export_factor=np.ones(2),
        cost_factor=np.ones(2),
        limit=np.array([0, -1]),
        sizes=(100.0,),
        lowest=(1.0,),
        highest=(2.0,),
        exporter_share=(0.0,),
        in_value=(False,),
        names=("q",),
    )
    for order in ([0, 1], [1, 0]):
        shock = shock_of(rows.at(np.array(order)), world, Domestic(None, None, None), ())
        assert shock.limits.members.share == pytest.approx([0.7])
        assert shock.varieties.share.size == 0
        assert shock.tariff_factor[place] == pytest.approx(tariff + 0.25)


def test_unlike_tariffs_cut_by_one_proportion_are_one_part_of_an_aggregate(world: World) -> None:
    tariffs = 1.05 + 0.2 * np.random.default_rng(0).random(world.flows.shape)
    world = world.replace(tariff_factor=tariffs)
    small = world.aggregate("focus", "broad")
    halved = Shock(1.0 + (tariffs - 1.0) / 2, no_shock(world).cost_factor)
    shock = aggregated(halved, world, small)
    assert shock.varieties.share.size == 0
    traded = small.flows > 0.0
    np.testing.assert_allclose(shock.tariff_factor[traded], ((1.0 + small.tariff_factor) / 2)[traded])
    assert (shock.tariff_factor >= 1.0).all()
    assert added_duty(shock, small).sum() == pytest.approx(added_duty(halved, world).sum(), rel=1e-9)


def test_a_cut_of_part_of_unlike_tariffs_leaves_none_below_zero(world: World) -> None:
    tariffs = 1.0 + 0.2 * np.random.default_rng(1).random(world.flows.shape)
    world = world.replace(tariff_factor=tariffs)
    duty = Measure("m", "tariff", ("CHN",), ("all",), rate=0.0, sectors=("goods",))
    shock = compile_scenario(
        Scenario("x", "x", (replace(duty, exporters=("CAN", "MEX")),)), world.aggregate("focus", "broad")
    )
    assert shock.tariff_factor.min() >= 1.0 - 1e-12
    assert (shock.varieties.tariff_factor >= 1.0 - 1e-12).all()
