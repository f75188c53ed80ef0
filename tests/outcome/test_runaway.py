"""Flows that run away are named; others are not."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np

import detente as dt
from detente.model import Equilibrium, Theory
from detente.outcome.runaway import LARGE, SHUT, TIMES, closed_sectors, runaway_flows


def with_flows(solution: Equilibrium, flows: np.ndarray) -> Equilibrium:
    bilateral = copy(solution.bilateral)
    bilateral.__dict__["values"] = solution.bilateral.values._replace(flows=flows)
    return replace(solution, bilateral=bilateral)


def test_a_flow_that_multiplies_is_named_with_its_elasticity() -> None:
    outcome = dt.run("g20-2019", "canada-china-2026")
    world, solution = outcome.world, outcome.equilibrium
    s, n, i = 1, 0, 3
    size = float(world.flows[s, n, i])
    for value, said in (
        (TIMES * size + 1.1 * LARGE, 1),
        (TIMES * size * 0.99, 0),
        (size + 0.9 * LARGE, 0),
    ):
        flows = np.array(solution.flows)
        flows[s, n, i] = value
        found = runaway_flows(world, outcome.base, with_flows(solution, flows), "the deal")
        assert len(found) == said, value
    flows[s, n, i] = TIMES * size + 1.1 * LARGE
    (sentence,) = runaway_flows(world, outcome.base, with_flows(solution, flows), "the deal")
    assert sentence.startswith(f"the deal: sales of {world.sector_titles[s]}")
    assert f"{flows[s, n, i] / 1e3:,.0f} bn" in sentence
    assert f"elasticity is {outcome.base.trade_elasticity[s]:.3g} there" in sentence


def test_the_caution_reaches_the_outcome() -> None:
    world = dt.load_world("world-2022")
    outcome = dt.run(world, "us-china-2018-09")
    assert any("Coke and refined petroleum" in text and "64.8" in text for text in outcome.cautions)
    assert not dt.run("g20-2019", "canada-china-2026").cautions


def test_sectors_that_shut_down_are_named_where_scale_matters() -> None:
    theory = Theory("uniform:5", market="external", scale_elasticity=0.05)
    outcome = dt.run("g20-2019", "canada-china-2026", theory=theory)
    world, before = outcome.world, np.asarray(outcome.base.output)
    output = np.array(outcome.equilibrium.output)
    assert closed_sectors(world, outcome.base, outcome.equilibrium, "the deal") == ()
    output[3, 2] = 2.0 * SHUT * before[3, 2]
    almost = replace(outcome.equilibrium, output=output)
    assert closed_sectors(world, outcome.base, almost, "the deal") == ()
    output[3, 2] = 0.5 * SHUT * before[3, 2]
    closed = replace(outcome.equilibrium, output=output)
    (sentence,) = closed_sectors(world, outcome.base, closed, "the deal")
    assert f"{world.sector_titles[2]} in " in sentence and " shuts down" in sentence
    assert closed_sectors(world, dt.run("g20-2019", "canada-china-2026").base, closed, "the deal") == ()
