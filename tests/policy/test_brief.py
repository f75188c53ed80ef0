"""What a scenario says before anything is solved."""

from __future__ import annotations

import pytest

from detente.policy import (
    Scenario,
    compile_scenario,
    explain,
    hit_value,
    load_scenario,
    parse_scenario,
    scenario_hash,
)
from detente.world import load_world

TEXT = """
title: Two duties
description: For the test.
date: 2026-03-01
left_out: [Something else.]
measures:
  - id: seed
    kind: surcharge
    importer: China
    exporter: Canada
    products: canola seed
    hs: 1205
    rate: 5.9%
    covers: {value: 1.0, unit: CAD billion, year: 2024}
    start: 2026-03-01
    confidence: disputed
    source: {url: "https://example.org/a", publisher: Someone, date: 2026, title: A page}
  - id: cars
    kind: tariff
    importer: [Canada, Mexico]
    exporter: all
    sectors: C
    rate: 6.1%
    assumption: every car is alike
    note: A note.
  - {id: old, kind: surcharge, importer: China, exporter: Canada, sectors: A, rate: 25%, end: 2026-02,
     assumption: x}
"""


def test_a_brief_says_who_does_what_to_whom() -> None:
    world = load_world("g20-2019")
    scenario = parse_scenario(TEXT, "two.yaml")
    brief = explain(scenario, world)
    cars, seed = brief.measures
    assert seed.sentence == "China charges Canada an additional duty of 5.9% on canola seed, from 2026-03-01."
    assert cars.sentence == (
        "Canada and Mexico charge every other economy a duty, in place of its tariff, of 6.1% on sectors C, "
        "at all times."
    )
    assert brief.not_in_force == (
        ("old", "China charges Canada an additional duty of 25% on sectors A, until 2026-02-28."),
    )
    assert seed.trade_hit == pytest.approx(1000.0 * 0.73, rel=1e-3)
    goods = [world.sectors.index(s) for s in "ABC"]
    n, i = world.economies.index("CHN"), world.economies.index("CAN")
    assert seed.share_of_goods_trade == pytest.approx(seed.trade_hit / world.flows[goods, n, i].sum())
    assert seed.by_sector == (("A", pytest.approx(seed.trade_hit)),)
    assert seed.covered == "CAD 1 billion in 2024, compared with flows of 2019 as it is"
    assert (seed.source, seed.url) == ("Someone, A page, 2026", "https://example.org/a")
    assert seed.marks == ("sources disagree",)
    assert (cars.source, cars.marks, cars.note) == ("", ("assumed: every car is alike",), "A note.")
    assert cars.importers == ("CAN", "MEX") and cars.exporters == ("all",)
    assert brief.left_out == ("Something else.",)
    assert (brief.hash, brief.against, brief.date) == (
        scenario_hash(scenario),
        "baseline (2019)",
        "2026-03-01",
    )


def test_pairs_count_overlaps_once() -> None:
    world = load_world("g20-2019")
    text = "title: t\nmeasures:\n"
    for name, share in (("a", "60%"), ("b", "40%")):
        text += (
            f"  - {{id: {name}, kind: surcharge, importer: China, exporter: Canada, sectors: C, rate: 10%, "
            f"covers: {share}, assumption: x}}\n"
        )
    (pair,) = explain(parse_scenario(text), world).pairs
    flow = world.flows[world.sectors.index("C"), world.economies.index("CHN"), world.economies.index("CAN")]
    assert pair.trade_hit == pytest.approx(0.6 * flow)
    assert pair.added_duty == pytest.approx(0.1 * flow)
    assert pair.tariff_after - pair.tariff_before == pytest.approx(0.1 * flow / pair.goods_trade)


def test_an_aggregated_world_is_explained_in_detail() -> None:
    world = load_world("g20-2019")
    scenario = load_scenario("canada-china-2026")
    assert explain(scenario, world.aggregate("focus", "broad")) == explain(scenario, world)


def test_a_suspension_hits_what_it_spares() -> None:
    """Not all trade between the two: that of the three duties alone, which then hit nothing."""
    world = load_world("world-2022")
    by_id = {m.id: m for m in explain(load_scenario("canada-china-2026"), world).measures}
    suspended = ("chn-reta-can-canola-meal", "chn-reta-can-peas", "chn-reta-can-lobster-crab")
    for name in suspended:
        assert by_id[name].trade_hit == 0.0 and by_id[name].spared > 0.0
    spared = sum(by_id[name].spared for name in suspended)
    assert by_id["chn-suspension-can-2026"].trade_hit == pytest.approx(spared, rel=1e-9)


def test_the_brief_shows_what_is_solved_beside_any_reference() -> None:
    """Values that exceed a flow are cut alike in the brief and in the shock, whatever it is compared with."""
    world = load_world("world-2022")

    def duty(name: str, line: str, share: float) -> Scenario:
        flow = float(world.flows[at]) * 1e6 * share
        return parse_scenario(
            f"""
            title: {name}
            measures:
              - {{id: {name}, kind: surcharge, importer: Canada, exporter: China, hs: {line}, rate: 10%,
                 covers: {{value: {flow / 1e9:.6f}, unit: USD billion, year: 2022}}, assumption: a test}}
            """
        )

    at = (world.sectors.index("C29"), world.economies.index("CAN"), world.economies.index("CHN"))
    first, second = duty("cars", "8703", 0.6), duty("parts", "8708", 0.8)
    (alone,) = explain(first, world, []).measures
    (beside,) = explain(first, world, [second]).measures
    assert alone.trade_hit == pytest.approx(0.6 * float(world.flows[at]), rel=1e-4)
    assert beside.trade_hit == pytest.approx(0.6 / 1.4 * float(world.flows[at]), rel=1e-4)
    solved = hit_value(compile_scenario(first, world, [second]), world).sum()
    assert beside.trade_hit == pytest.approx(float(solved), rel=1e-9)
