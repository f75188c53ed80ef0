"""Inputs of draws: tariffs that a scenario sets stay as set, what it adds comes on top."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.model import Theory
from detente.policy import DrawnShocks, compile_scenario
from detente.studies.uncertainty import ask, draw
from detente.studies.uncertainty.inputs import Case, Inputs
from detente.studies.uncertainty.taxed import TaxedWorlds

FREE = """
title: No duties between two
against: baseline
measures:
  - {id: free, kind: tariff, importer: India, exporter: Canada, sectors: goods, rate: 0%, assumption: none}
"""
NOTHING = FREE.replace("kind: tariff", "kind: surcharge")
MORE = FREE.replace("kind: tariff", "kind: surcharge").replace("rate: 0%", "rate: 25%")


def drawn_cases(tmp_path: Path, text: str, world: dt.World) -> tuple[list[Case], Inputs]:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    inputs = Inputs(ask(world, file, theory=Theory(), sources=["tariffs", "flows"]))
    return [inputs.case(row, 0) for block in range(3) for row in inputs.design.rows(block)], inputs


@pytest.fixture(params=[None, "focus"])
def world(request: pytest.FixtureRequest) -> dt.World:
    return dt.load_world("g20-2019").aggregate(request.param)


def test_a_duty_that_is_set_is_as_set_in_every_draw(tmp_path: Path, world: dt.World) -> None:
    cases, _ = drawn_cases(tmp_path, FREE, world)
    at = (slice(None), world.economies.index("IND"), world.economies.index("CAN"))
    before = []
    for case in cases:
        shock = case.scenario.shock
        assert shock is not None
        paid = [shock.tariff_factor[at]]
        here = (shock.varieties.importer == at[1]) & (shock.varieties.exporter == at[2])
        if here.any():
            paid = [shock.varieties.tariff_factor[here]]
        goods = np.asarray(case.base.tariff_factor)[at] > 1.0
        assert np.allclose(np.concatenate(paid), 1.0, atol=1e-9)
        before.append(np.asarray(case.base.tariff_factor)[at][goods].max())
    assert np.ptp(before) > 0.01


def test_a_duty_that_is_added_comes_on_top_of_the_drawn_one(tmp_path: Path, world: dt.World) -> None:
    cases, _ = drawn_cases(tmp_path, MORE, world)
    importer, exporter = (world.economies.index(code) for code in ("IND", "CAN"))
    for case in cases:
        shock = case.scenario.shock
        assert shock is not None
        parts = shock.varieties
        here = (parts.importer == importer) & (parts.exporter == exporter)
        added = parts.tariff_factor[here] - parts.baseline_factor[here]
        flow = (slice(None), importer, exporter)
        whole = shock.tariff_factor[flow] - np.asarray(case.base.tariff_factor)[flow]
        both = np.concatenate([added, whole[np.abs(whole) > 1e-9]])
        assert both.size and np.allclose(both, 0.25, atol=1e-9)


def test_no_duty_of_a_draw_is_negative(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    for case in drawn_cases(tmp_path, FREE, world)[0]:
        for weights in (case.reference, case.scenario):
            assert weights.shock is not None
            assert weights.shock.tariff_factor.min() >= 1.0 - 1e-12
            assert weights.shock.varieties.tariff_factor.min(initial=1.0) >= 1.0 - 1e-12


def test_free_trade_is_worth_more_where_duties_were_higher(tmp_path: Path) -> None:
    file = tmp_path / "free.yaml"
    file.write_text(FREE)
    found = draw(ask("g20-2019", file, theory=Theory(), sources=["tariffs"]), 30)
    change = found.values("exports_change/CAN>IND")
    # In some draws there was nothing to free.
    assert found.failed == 0 and change.min() >= 0.0
    assert np.ptp(change) > 10.0


def test_shocks_on_other_tariffs_are_those_that_are_compiled_there(world: dt.World) -> None:
    deal = dt.load_scenario("us-china-2019-09")
    assert deal.reference is not None
    there = TaxedWorlds(world).draw(np.random.default_rng(4))
    assert not np.array_equal(there.tariff_factor, world.tariff_factor)
    laid_out = DrawnShocks([deal.reference, deal], world)
    for found, one, other in zip(
        laid_out.at((), there), (deal.reference, deal), (deal, deal.reference), strict=True
    ):
        wanted = compile_scenario(one, there, [other])
        assert np.allclose(found.tariff_factor, wanted.tariff_factor, atol=1e-12)
        for part in ("share", "baseline_factor", "tariff_factor"):
            mine, theirs = getattr(found.varieties, part), getattr(wanted.varieties, part)
            assert np.allclose(np.sort(mine), np.sort(theirs), atol=1e-9)


def test_an_aggregate_and_what_it_was_made_from_pay_the_same_duties() -> None:
    world = dt.load_world("world-2022")
    part = world.aggregate("focus", "sections")
    whole = part.aggregate(None, {"all": part.sectors})
    for one in (part, whole):
        drawn = TaxedWorlds(one).draw(np.random.default_rng(2))
        while drawn.parent is not None:
            duties = drawn.flows * (drawn.tariff_factor - 1.0)
            below = drawn.parent.flows * (drawn.parent.tariff_factor - 1.0)
            assert duties.sum() == pytest.approx(below.sum(), rel=1e-9)
            drawn = drawn.parent
        assert not np.array_equal(drawn.tariff_factor, world.tariff_factor)


def test_a_scenario_that_changes_nothing_changes_nothing_in_any_draw(tmp_path: Path) -> None:
    file = tmp_path / "same.yaml"
    file.write_text(NOTHING)
    found = draw(ask(dt.load_world("world-2022").aggregate("focus"), file, focus=["CAN"]), 12)
    assert found.failed == 0
    for name in ("real_income", "terms_of_trade", "real_wage"):
        assert np.abs(found.values(f"{name}/CAN")).max() == 0.0
