"""Measures cut down to a few economies hit just the flows between these that the whole measure hits."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from detente.policy import Measure, Scenario, compile_scenario, hit_value
from detente.policy.compiler.coverage import flow_pairs
from detente.policy.parties import between
from detente.world import World, load_world

SIDES = (("all",), ("CAN",), ("CAN", "CHN"), ("USA", "MEX"), ("CAN", "CHN", "USA"))
AMONG = (("CAN", "CHN", "USA"), ("CAN", "CHN"), ("USA", "CAN"), ("CHN", "MEX"))


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("g20-2019")


def pairs(measure: Measure | None, world: World) -> set[tuple[str, str]]:
    """Codes of (importer, exporter) that a measure is on, those it is held to only."""
    if measure is None:
        return set()
    problems: list[object] = []
    found = flow_pairs(measure, world, problems)  # type: ignore[arg-type]
    assert not problems
    named = {(world.economies[n], world.economies[i]) for n, i in found}
    held = set(measure.held_to or world.economies)
    return {pair for pair in named if {*pair} <= held}


@pytest.mark.parametrize("kind", ["surcharge", "embargo", "purchase-rebate", "export-tax"])
def test_a_cut_loses_and_adds_no_flow(world: World, kind: str) -> None:
    compared = 0
    for importers, exporters, spared in product(SIDES, SIDES, ((), ("CHN",), ("CAN", "USA"))):
        whole = Measure("m", kind, importers, exporters, spared, 0.1, sectors=("goods",))
        problems: list[object] = []
        flow_pairs(whole, world, problems)  # type: ignore[arg-type]
        if problems:
            # An economy on both sides, which only a rebate may have.
            continue
        for among in AMONG:
            expected = {pair for pair in pairs(whole, world) if {*pair} <= set(among)}
            assert pairs(between(whole, among), world) == expected, (importers, exporters, spared, among)
            compared += 1
    assert compared > 100


def test_nothing_is_left_of_what_others_do() -> None:
    rebate = Measure("m", "purchase-rebate", ("all",), ("CAN",), rate=0.1, sectors=("goods",))
    assert between(rebate, ("CAN",)) is not None
    duty = Measure("m", "surcharge", ("all",), ("CAN",), rate=0.1, sectors=("goods",))
    assert between(duty, ("CAN",)) is None and between(duty, ("CHN", "USA")) is None


def test_flows_between_several_exporters_are_hit(world: World) -> None:
    """What all charge on Canada and China is also what these charge on each other."""
    duty = Measure("m", "surcharge", ("all",), ("CAN", "CHN"), rate=0.1, sectors=("C",))
    cut = between(duty, ("CAN", "CHN", "USA"))
    assert cut is not None
    hit = hit_value(compile_scenario(Scenario("x", "x", (cut,)), world), world).sum(axis=0)
    found = {(world.economies[n], world.economies[i]) for n, i in np.argwhere(hit > 0.0).tolist()}
    expected = {("CAN", "CHN"), ("CHN", "CAN"), ("USA", "CAN"), ("USA", "CHN")}
    assert found == expected
