"""The scenarios that ship: they load, compile, are sourced, and are what their tool builds."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detente.policy import compile_scenario, explain, hit_value, list_scenarios, load_scenario
from detente.world import World, list_worlds, load_world

SHARED = Path(__file__).resolve().parents[3] / "shared"
WORLDS = [name for name in ("world-2022", "g20-2019", "wiod-2011") if name in {w.name for w in list_worlds()}]

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the source data are not beside the repository")


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return load_world(request.param)


def test_the_library_has_the_three_headline_scenarios() -> None:
    assert set(list_scenarios()) >= {"us-tariffs-on-canada", "china-canada-2024-25", "canada-china-2026"}


@pytest.mark.parametrize("name", list_scenarios())
def test_every_scenario_compiles_on_every_world(name: str, world: World) -> None:
    shock = compile_scenario(load_scenario(name), world)
    v = shock.varieties
    assert v.share.size > 0
    assert np.isfinite(shock.tariff_factor).all()
    assert (v.tariff_factor >= 1.0).all()
    brief = explain(load_scenario(name), world)
    assert all(measure.trade_hit > 0.0 for measure in brief.measures)


@pytest.mark.parametrize("name", list_scenarios())
def test_every_scenario_hits_the_same_value_in_an_aggregate(name: str, world: World) -> None:
    small = world.aggregate("focus")
    scenario = load_scenario(name)
    detailed = hit_value(compile_scenario(scenario, world), world).sum()
    assert hit_value(compile_scenario(scenario, small), small).sum() == pytest.approx(detailed, rel=1e-9)


@pytest.mark.parametrize("name", list_scenarios())
def test_every_number_has_a_source(name: str) -> None:
    for measure in load_scenario(name).measures:
        assert measure.source is not None, measure.id
        assert measure.source.url.startswith("http"), measure.id
        assert measure.source.publisher and measure.source.date, measure.id
        assert measure.products, measure.id
        if measure.covers is not None and measure.covers.value is not None:
            assert measure.covers.source is not None, measure.id


def test_the_arrangement_differs_from_the_state_before_it_only_in_what_it_changed() -> None:
    deal = load_scenario("canada-china-2026")
    before = deal.reference
    assert before is not None
    old = {m.id: m.content() for m in before.in_force}
    new = {m.id: m.content() for m in deal.in_force}
    kept = {"can-chn-steel-aluminium", "chn-can-canola-oil", "chn-can-pork", "chn-can-other-aquatic"}
    assert {name for name in new if old.get(name) == new[name]} == kept
    assert set(new) - set(old) == {"can-chn-electric-vehicles-quota", "chn-can-canola-seed-duty"}
    assert set(old) - set(new) == {
        "can-chn-electric-vehicles", "chn-can-canola-seed-deposit", "chn-can-canola-meal", "chn-can-peas",
        "chn-can-lobster-crab",
    }  # fmt: skip
    (quota,) = (m for m in deal.measures if m.id == "can-chn-electric-vehicles-quota")
    assert "does not bind" in quota.assumption and "44,356" in quota.assumption


@needs_shared
def test_rates_and_dates_are_those_of_the_fact_sheet() -> None:
    with (SHARED / "facts" / "measures.csv").open(encoding="utf-8") as stream:
        facts = {row["id"]: row for row in csv.DictReader(stream)}
    pairs = {
        ("china-canada-2024-25", "can-chn-electric-vehicles"): "ca-surtax-chn-ev-2024",
        ("china-canada-2024-25", "can-chn-steel-aluminium"): "ca-surtax-chn-steel-alu-2024",
        ("china-canada-2024-25", "chn-can-canola-seed-deposit"): "chn-ad-canola-seed-prelim",
        ("china-canada-2024-25", "chn-can-canola-oil"): "chn-reta-can-canola-oil",
        ("china-canada-2024-25", "chn-can-canola-meal"): "chn-reta-can-canola-meal",
        ("china-canada-2024-25", "chn-can-peas"): "chn-reta-can-peas",
        ("china-canada-2024-25", "chn-can-pork"): "chn-reta-can-pork",
        ("china-canada-2024-25", "chn-can-lobster-crab"): "chn-reta-can-lobster-crab",
        ("china-canada-2024-25", "chn-can-other-aquatic"): "chn-reta-can-aquatic",
        ("canada-china-2026", "can-chn-electric-vehicles-quota"): "ca-ev-quota-chn-2026",
        ("canada-china-2026", "chn-can-canola-seed-duty"): "chn-ad-canola-seed-final",
        ("us-tariffs-on-canada", "us-232-metals-annex-1a"): "us-232-metals-annex-1a-can-2026",
        ("us-tariffs-on-canada", "us-232-metals-annex-1b"): "us-232-metals-annex-1b-can-2026",
        ("us-tariffs-on-canada", "us-232-metals-annex-3"): "us-232-metals-annex-3-can-2026",
        ("us-tariffs-on-canada", "us-232-vehicle-parts"): "us-232-autoparts-can-2025",
        ("us-tariffs-on-canada", "us-232-softwood"): "us-232-softwood-2025-can",
        ("us-tariffs-on-canada", "us-338-alcohol"): "us-338-can-alcohol-2026",
        ("us-tariffs-on-canada", "us-338-vehicles"): "us-338-can-autos-2026",
        ("us-tariffs-on-canada", "us-301-forced-labour"): "us-301-forced-labour-can-2026",
    }
    for (name, measure_id), fact_id in pairs.items():
        (measure,) = (m for m in load_scenario(name).measures if m.id == measure_id)
        fact = facts[fact_id]
        assert not fact["instrument"].startswith(("threat", "investigation", "agreement status"))
        in_total = measure.kind == "tariff" and fact["rate_kind"] == "additional"
        rate = float(fact["rate_percent"]) + (float(fact["mfn_base_percent"]) if in_total else 0.0)
        assert measure.rate == pytest.approx(rate / 100.0), measure_id
        assert (measure.start.isoformat() if measure.start else "") == fact["start"], measure_id
        assert (measure.end.isoformat() if measure.end else "") == fact["end"], measure_id


@needs_shared
def test_us_duties_are_what_the_tool_builds(tmp_path: Path) -> None:
    from tools.build_scenarios import build

    build(SHARED / "data", tmp_path)
    shipped = Path(__file__).resolve().parents[2] / "src" / "detente" / "policy" / "library"
    name = "us-tariffs-on-canada.yaml"
    assert (tmp_path / name).read_text() == (shipped / name).read_text()


@needs_shared
def test_us_rate_on_canada_against_the_trade_war_tracker() -> None:
    """With the tracker's choices in place of ours, its average rate; docs/scenarios.md has the table."""
    from tools.build_scenarios import rates_by_line

    lines = rates_by_line(SHARED / "data")
    points = {
        key: 100.0 * (lines["value"] * lines[key]).sum() / lines["value"].sum() for key in lines.columns[3:]
    }
    tracker = pd.read_csv(SHARED / "data" / "us_tariffs" / "country-by-time.csv", header=None)
    rate = {
        date: value for date, name, value in tracker.iloc[:, :3].itertuples(index=False) if name == "CANADA"
    }
    auto = pd.read_csv(SHARED / "data/us_tariffs/tariff-lists/auto-tariffs.csv", dtype=str)["HTSUS"]
    on_auto_list = lines["hs10"].str.startswith(tuple(auto))
    vehicles = 100.0 * 0.15 * (lines["value"] * on_auto_list).sum() / lines["value"].sum()
    same = 0.5 * points["annex-1a"] + 0.25 * points["annex-1b"] + 0.15 * points["annex-3"]
    same += 0.10 * points["softwood"] + 0.25 * points["furniture"] + vehicles
    assert same == pytest.approx(float(rate["2026-04-06"]), abs=0.05)
    step = 0.5 * (points["338-alcohol"] + points["338-dairy"] + points["338-vehicles"])
    assert step == pytest.approx(float(rate["2026-08-19"]) - float(rate["2026-04-06"]), abs=0.2)
