"""Scenarios on worlds: coverage against figures by hand, aggregation, and what cannot be compiled."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from detente.errors import BadInput
from detente.policy import (
    Covers,
    Measure,
    Scenario,
    Shock,
    compile_scenario,
    explain,
    hit_value,
    parse_scenario,
    scenario_hash,
)
from detente.policy.compiler.compile import added_duty
from detente.policy.compiler.rows import rest_factor
from detente.policy.measure import Place
from detente.world import World, load_world
from detente.world.exchange_rates import exchange_rate
from detente.world.us_imports import us_imports
from tests.worlds import random_world

SOURCE = "source: {url: 'https://example.org', publisher: Someone, date: 2026}"


def scenario(*measures: str, top: str = "") -> Scenario:
    items = "".join(f"  - {{id: m{k}, {text}, {SOURCE}}}\n" for k, text in enumerate(measures))
    return parse_scenario(f"title: test\n{top}\nmeasures:\n{items}")


@pytest.fixture(scope="module")
def world() -> World:
    """Free trade in the baseline, so that rates after a shock can be written down."""
    world = load_world("g20-2019")
    return world.replace(tariff_factor=np.ones_like(world.tariff_factor))


def flow(world: World, sector: str, importer: str, exporter: str) -> tuple[int, int, int]:
    return world.sectors.index(sector), world.economies.index(importer), world.economies.index(exporter)


def varieties(shock: Shock, place: tuple[int, int, int]) -> dict[float, float]:
    v = shock.varieties
    here = (v.sector == place[0]) & (v.importer == place[1]) & (v.exporter == place[2])
    return {round(float(t), 9): float(s) for t, s in zip(v.tariff_factor[here], v.share[here], strict=True)}


def parts(shock: Shock, world: World, place: tuple[int, int, int]) -> dict[float, float]:
    """Shares before duty by 1 + tariff after the shock, of all of a flow; no limits."""
    found = varieties(shock, place)
    left = float(rest_factor(shock, world)[1][place])
    rest = round(float(shock.tariff_factor[place]), 9)
    return {**found, rest: found.get(rest, 0.0) + left}


def test_whole_sector_sets_the_flow_and_needs_no_variety(world: World) -> None:
    world = world.replace(tariff_factor=np.full_like(world.tariff_factor, 1.05))
    shock = compile_scenario(
        scenario("kind: surcharge, importer: Canada, exporter: China, sectors: C, rate: 25%"), world
    )
    place = flow(world, "C", "CAN", "CHN")
    changed = np.argwhere(shock.tariff_factor != world.tariff_factor)
    assert changed.tolist() == [list(place)]
    assert shock.tariff_factor[place] == pytest.approx(1.30)
    assert shock.varieties.share.size == 0
    assert (shock.cost_factor == 1.0).all()


def test_a_tariff_replaces_the_baseline(world: World) -> None:
    world = world.replace(tariff_factor=np.full_like(world.tariff_factor, 1.05))
    shock = compile_scenario(
        scenario("kind: tariff, importer: Canada, exporter: China, sectors: C, rate: 2%, covers: 40%"), world
    )
    assert varieties(shock, flow(world, "C", "CAN", "CHN")) == {1.02: pytest.approx(0.4)}


def test_value_is_converted_and_divided_by_the_flow(world: World) -> None:
    text = "kind: surcharge, importer: China, exporter: Canada, hs: 0713.10, rate: 100%"
    shock = compile_scenario(
        scenario(text + ", covers: {value: 0.306, unit: CAD billion, year: 2024}"), world
    )
    place = flow(world, "A", "CHN", "CAN")
    by_hand = 306.0 * exchange_rate("CAD", 2024) / world.flows[place]
    assert varieties(shock, place) == {2.0: pytest.approx(by_hand)}
    assert hit_value(shock, world).sum() == pytest.approx(306.0 * 0.7300, rel=1e-3)


def test_value_in_two_sectors_is_split_by_flow_and_us_pattern(world: World) -> None:
    text = "kind: surcharge, importer: China, exporter: Canada, hs: [0306.32, 0306.12], rate: 25%"
    shock = compile_scenario(scenario(text + ", covers: {value: 100, unit: USD million, year: 2024}"), world)
    imports = us_imports("CAN")
    value = dict(zip(imports.hs6, imports.value.tolist(), strict=True))
    from detente.world.concordance import hs_sectors

    sector_of = hs_sectors("isic4-sections")
    total = {s: sum(v for line, v in value.items() if sector_of.get(line) == s) for s in "AC"}
    assert (sector_of["030632"], sector_of["030612"]) == ("A", "C")
    weight = {
        "A": world.flows[flow(world, "A", "CHN", "CAN")] * value["030632"] / total["A"],
        "C": world.flows[flow(world, "C", "CHN", "CAN")] * value["030612"] / total["C"],
    }
    hit = hit_value(shock, world)
    for sector in "AC":
        by_hand = 100.0 * weight[sector] / sum(weight.values())
        assert hit[flow(world, sector, "CHN", "CAN")] == pytest.approx(by_hand)


def test_value_above_the_flow_hits_all_of_it_and_says_so(world: World) -> None:
    text = "kind: surcharge, importer: China, exporter: Canada, hs: 1205, rate: 5.9%"
    shock = compile_scenario(scenario(text + ", covers: {value: 90, unit: CAD billion, year: 2024}"), world)
    place = flow(world, "A", "CHN", "CAN")
    assert shock.tariff_factor[place] == pytest.approx(world.tariff_factor[place] + 0.059)
    (notice,) = shock.notices
    assert notice.startswith("m0: USD 65,") and "in 2024 is more than the flow of A in 2019" in notice
    assert notice.endswith("million; all of it is hit")


def test_us_lines_are_weighted_by_us_imports(world: World) -> None:
    text = "kind: surcharge, importer: USA, exporter: Canada, hs: {8703: 100%, 7601.10: 40%}, rate: 25%"
    shock = compile_scenario(scenario(text), world)
    imports = us_imports("CAN")
    from detente.world.concordance import hs_sectors

    sector_of = hs_sectors("isic4-sections")
    rows = list(zip(imports.hs6, imports.value.tolist(), strict=True))
    total = sum(value for line, value in rows if sector_of.get(line) == "C")
    hit = sum(value for line, value in rows if line[:4] == "8703")
    hit += 0.4 * sum(value for line, value in rows if line == "760110")
    found = varieties(shock, flow(world, "C", "USA", "CAN"))
    assert found == {1.25: pytest.approx(hit / total)}


def test_us_surcharges_add_on_common_lines_only(world: World) -> None:
    common = "kind: surcharge, importer: USA, exporter: Canada, hs: "
    shock = compile_scenario(scenario(common + "8703, rate: 10%", common + "[8703, 8704], rate: 20%"), world)
    base = float(world.tariff_factor[flow(world, "C", "USA", "CAN")])
    found = varieties(shock, flow(world, "C", "USA", "CAN"))
    assert set(found) == {round(base + 0.3, 9), round(base + 0.2, 9)}


def test_service_sectors_count_goods_by_value_not_by_share_of_lines(world: World) -> None:
    shock = compile_scenario(
        scenario("kind: surcharge, importer: USA, exporter: Canada, hs: 97, rate: 50%"), world
    )
    imports = us_imports("CAN")
    art = sum(v for line, v in zip(imports.hs6, imports.value.tolist(), strict=True) if line[:2] == "97")
    assert hit_value(shock, world)[flow(world, "R", "USA", "CAN")] == pytest.approx(art / 1e6)


def test_all_and_groups_and_spellings(world: World) -> None:
    shock = compile_scenario(
        scenario("kind: surcharge, importer: [U.S.], exporter: all, sectors: C, rate: 10%"), world
    )
    usa = world.economies.index("USA")
    hit = np.argwhere(shock.tariff_factor != world.tariff_factor)
    assert {tuple(row[:2]) for row in hit.tolist()} == {(world.sectors.index("C"), usa)}
    assert len(hit) == len(world.economies) - 1
    union = compile_scenario(
        scenario("kind: surcharge, importer: European Union, exporter: Canada, sectors: C, rate: 10%"), world
    )
    hit = np.argwhere(union.tariff_factor != world.tariff_factor)
    assert [world.economies[n] for _, n, _ in hit] == ["DEU", "FRA", "ITA"]


def test_what_a_world_does_not_have_is_listed_at_once(world: World) -> None:
    bad = scenario(
        "kind: surcharge, importer: Cnada, exporter: Canada, sectors: [C, manufcturing], rate: 10%",
        "kind: surcharge, importer: China, exporter: Canada, hs: 1205, rate: 10%",
        "kind: surcharge, importer: China, exporter: China, sectors: C, rate: 10%",
        "kind: surcharge, importer: China, exporter: Canada, hs: 1205, rate: 10%, "
        "covers: {value: 1, unit: XXX billion, year: 2024}",
    )
    with pytest.raises(BadInput) as caught:
        compile_scenario(bad, world)
    said = [re.sub(r", column [0-9]+", "", str(problem)) for problem in caught.value.problems]
    assert said[0] == (
        "scenario.yaml, line 4, field 'importer': no economy 'Cnada'; "
        "did you mean Canada (CAN), India (IND), China (CHN)?"
    )
    assert said[1].startswith(
        "scenario.yaml, line 4, field 'sectors': no sector 'manufcturing'; did you mean C"
    )
    assert said[2] == (
        "scenario.yaml, line 5, field 'hs': no imports by product are known for China; "
        "give covers as a value, {value: 4.0, unit: CAD billion, year: 2024}, or name sectors"
    )
    assert said[3] == (
        "scenario.yaml, line 6, field 'exporter': CHN is both importer and exporter; "
        "an economy pays itself no duty"
    )
    assert said[4].startswith("scenario.yaml, line 7, field 'covers': no exchange rate for currency 'XXX'")
    assert len(said) == 5


def test_products_need_a_classification() -> None:
    odd = random_world(1).replace(economies=("USA", "CAN", "CHN"))
    with pytest.raises(
        BadInput,
        match=r"line 4, column [0-9]+, field 'hs': no HS concordance .* 'random'; name sectors instead",
    ):
        compile_scenario(scenario("kind: surcharge, importer: USA, exporter: Canada, hs: 87, rate: 10%"), odd)
    shock = compile_scenario(
        scenario("kind: surcharge, importer: USA, exporter: Canada, sectors: S1, rate: 10%"), odd
    )
    assert shock.tariff_factor[1, 0, 1] == pytest.approx(odd.tariff_factor[1, 0, 1] + 0.1)


TANGLE = (
    "kind: surcharge, importer: China, exporter: Canada, hs: [1205, 0713], rate: 20%, "
    "covers: {value: 900, unit: USD million, year: 2024}",
    "kind: surcharge, importer: China, exporter: Canada, hs: 1205.10, rate: 7%, "
    "covers: {value: 600, unit: USD million, year: 2024}",
    "kind: tariff, importer: China, exporter: Canada, hs: 03, rate: 12%, "
    "covers: {value: 400, unit: USD million, year: 2024}",
    "kind: surcharge, importer: [China, Japan], exporter: [Canada, Australia], sectors: [A, C], rate: 3%, "
    "covers: 50%",
    "kind: surcharge, importer: USA, exporter: Canada, hs: [72, 87], rate: 25%, exclusive: x",
    "kind: surcharge, importer: USA, exporter: all, hs: {7210: 30%, 44: 100%}, rate: 10%, exclusive: x",
)


def test_order_of_measures_does_not_matter(world: World) -> None:
    ordered = scenario(*TANGLE)
    shock = compile_scenario(ordered, world)
    for seed in range(5):
        measures = list(ordered.measures)
        random.Random(seed).shuffle(measures)
        again = compile_scenario(Scenario("x", "x", tuple(measures)), world)
        for mine, other in zip(shock.varieties, again.varieties, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-12)
        np.testing.assert_array_equal(shock.tariff_factor, again.tariff_factor)
        assert again.notices == shock.notices


@pytest.mark.parametrize(
    "grouping", [("focus", None), ("focus", "broad"), (None, "goods"), ({"NAM": ["CAN", "USA"]}, None)]
)
def test_an_aggregated_world_is_hit_by_the_same_value(
    world: World, grouping: tuple[object, str | None]
) -> None:
    tariffs = 1.0 + 0.2 * np.random.default_rng(0).random(world.flows.shape)
    world = world.replace(tariff_factor=tariffs)
    small = world.aggregate(*grouping)  # type: ignore[arg-type]
    detailed, grouped = (compile_scenario(scenario(*TANGLE), w) for w in (world, small))
    assert hit_value(grouped, small).sum() == pytest.approx(hit_value(detailed, world).sum(), rel=1e-9)
    rises = scenario(*(text for text in TANGLE if "kind: tariff" not in text))
    duties = [added_duty(compile_scenario(rises, w), w).sum() for w in (world, small)]
    assert duties[1] == pytest.approx(duties[0], rel=1e-9)
    assert grouped.notices == detailed.notices
    v = grouped.varieties
    total = np.zeros_like(small.flows)
    np.add.at(total, (v.sector, v.importer, v.exporter), v.share)
    assert total.max() <= 1.0 + 1e-9


def test_goods_are_all_sectors_that_make_them(world: World) -> None:
    named, listed = (
        compile_scenario(
            scenario(f"kind: surcharge, importer: China, exporter: Canada, sectors: {text}, rate: 5%"), world
        )
        for text in ("goods", "[A, B, C]")
    )
    np.testing.assert_array_equal(named.tariff_factor, listed.tariff_factor)


def test_tariffs_lifted_in_an_aggregated_world_are_zero_and_not_below(world: World) -> None:
    world = world.replace(tariff_factor=1.0 + 0.2 * np.random.default_rng(0).random(world.flows.shape))
    lifted = scenario("kind: tariff, importer: China, exporter: all, sectors: [A, B, C], rate: 0%")
    small = world.aggregate("focus", "broad")
    shock = compile_scenario(lifted, small)
    assert shock.tariff_factor.min() == 1.0
    assert (shock.varieties.tariff_factor >= 1.0).all()
    importer = small.economies.index("CHN")
    goods = [small.sectors.index(name) for name in ("AGRICULTURE", "MINING", "MANUFACTURING")]
    paid = (small.flows * (small.tariff_factor - 1.0))[goods, importer]
    duties = paid.sum() - paid[:, importer].sum()
    assert added_duty(shock, small).sum() == pytest.approx(-duties, rel=1e-9)


def test_scenario_and_reference_are_scaled_alike(world: World) -> None:
    """Values that exceed a flow shrink by one factor in both, so that their difference is the measures'."""
    from detente.policy import load_scenario

    deal = load_scenario("canada-china-2026")
    before = deal.reference
    assert before is not None
    place = flow(world, "A", "CHN", "CAN")
    base = float(world.tariff_factor[place])
    seed_after = parts(compile_scenario(deal, world), world, place)[round(base + 0.059, 9)]
    seed_before = parts(compile_scenario(before, world), world, place)[round(base + 0.758, 9)]
    assert seed_after == pytest.approx(seed_before)
    assert seed_after < 0.8


def test_measures_made_in_code_are_checked_like_those_of_files(world: World) -> None:
    bad = (
        Measure("a", "surcharg", ("CHN",), ("CAN",), rate=0.1),
        Measure("b", "surcharge", ("CHN",), ("CAN",), rate=-0.1),
        Measure("c", "tariff-rate-quota", ("CHN",), ("CAN",), rate=0.2, over_rate=0.1, sectors=("A",)),
    )
    with pytest.raises(BadInput) as caught:
        compile_scenario(Scenario("x", "x", bad), world)
    assert {str(problem) for problem in caught.value.problems} == {
        "field 'kind': a: unknown kind 'surcharg'; did you mean surcharge?",
        "field 'rate': b: rate -0.1 is not a fraction from 0 to 100; 25% is 0.25",
        "field 'hs': b: give either sectors or HS codes",
        "field 'over_rate': c: the rate beyond the quota is below the rate within it; "
        "give the lower one as rate",
        "field 'quota': c: a measure of kind tariff-rate-quota needs 'quota'",
    }


def test_us_value_covers_part_of_the_listed_lines_of_all_exporters(world: World) -> None:
    text = "kind: surcharge, importer: USA, exporter: [Canada, Mexico], hs: 8703, rate: 25%"
    shock = compile_scenario(scenario(text + ", covers: {value: 40, unit: USD billion, year: 2024}"), world)
    listed = {
        partner: sum(
            value
            for line, value in zip(us_imports(partner).hs6, us_imports(partner).value.tolist(), strict=True)
            if line[:4] == "8703"
        )
        for partner in ("CAN", "MEX")
    }
    whole = compile_scenario(scenario(text), world)
    for partner in listed:
        place = flow(world, "C", "USA", partner)
        (part,), (full,) = varieties(shock, place).values(), varieties(whole, place).values()
        assert part == pytest.approx(full * 40e9 / sum(listed.values()))


def test_exporters_without_us_data_have_a_stand_in_and_a_notice(world: World) -> None:
    text = "kind: surcharge, importer: USA, exporter: [Germany, rest of the world], hs: 8703, rate: 25%"
    shock = compile_scenario(scenario(text), world)
    assert shock.notices == (
        "United States: no imports by tariff line from DEU; the products of those from EU27 are used",
        "United States: no imports by tariff line from ROW; the products of those from all partners are used",
    )


def test_two_replacements_of_one_tariff_are_reported(world: World) -> None:
    text = "kind: tariff, importer: Canada, exporter: China, sectors: C, rate: "
    shock = compile_scenario(scenario(text + "5%", text + "9%"), world)
    assert shock.tariff_factor[flow(world, "C", "CAN", "CHN")] == pytest.approx(1.09)
    assert shock.notices == ("m0, m1: replace the tariff of the same goods; the highest counts",)


def test_what_exceeds_one_sector_goes_to_the_others(world: World) -> None:
    small = np.array(world.final_flows)
    fishing = flow(world, "A", "CHN", "CAN")
    small[fishing] = 0.0
    firms = np.array(world.intermediate_flows)
    firms[fishing] = 5.0
    world = world.replace(final_flows=small, intermediate_flows=firms)
    text = "kind: surcharge, importer: China, exporter: Canada, hs: 03, rate: 25%"
    shock = compile_scenario(scenario(text + ", covers: {value: 9000, unit: USD million, year: 2024}"), world)
    hit = hit_value(shock, world)
    assert hit[fishing] == pytest.approx(5.0)
    assert hit[flow(world, "C", "CHN", "CAN")] == pytest.approx(8995.0)
    assert shock.notices == ()


def test_a_duty_that_changes_nothing_makes_no_variety(world: World) -> None:
    text = "kind: surcharge, importer: Canada, exporter: China, sectors: C, rate: 0%, covers: 40%"
    shock = compile_scenario(scenario(text), world)
    assert shock.varieties.share.size == 0
    np.testing.assert_array_equal(shock.tariff_factor, world.tariff_factor)


def test_a_measure_without_trade_to_hit_says_so(world: World) -> None:
    flows = np.array(world.final_flows)
    firms = np.array(world.intermediate_flows)
    place = flow(world, "B", "CAN", "CHN")
    flows[place] = firms[place] = 0.0
    empty = world.replace(final_flows=flows, intermediate_flows=firms)
    text = "kind: surcharge, importer: Canada, exporter: China, "
    value = ", covers: {value: 1, unit: USD million, year: 2024}"
    for products in ("sectors: B", f"hs: 2603{value}"):
        deal = scenario(f"{text}{products}, rate: 10%")
        shock = compile_scenario(deal, empty)
        assert shock.notices == ("m0: hits nothing, as g20-2019 has no such trade to be hit",)
        assert not hit_value(shock, empty).any()
        brief = explain(deal, empty).measures[0]
        assert (brief.importers, brief.exporters, brief.trade_hit) == (("CAN",), ("CHN",), 0.0)


def test_all_exporters_are_none_of_the_importers(world: World) -> None:
    shock = compile_scenario(
        scenario("kind: surcharge, importer: [Canada, USA], exporter: all, sectors: C, rate: 10%"), world
    )
    hit = hit_value(shock, world).sum(axis=0)
    can, usa, chn = (world.economies.index(code) for code in ("CAN", "USA", "CHN"))
    assert hit[can, usa] == hit[usa, can] == 0.0
    assert min(hit[can, chn], hit[usa, chn]) > 0.0


def test_values_that_exceed_a_flow_together_are_scaled_down_and_say_so(world: World) -> None:
    text = "kind: surcharge, importer: China, exporter: Canada, hs: {0}, rate: 5%, covers: {1}"
    half = 0.6 * world.flows[flow(world, "A", "CHN", "CAN")]
    covers = f"{{value: {half:.3f}, unit: USD million, year: 2024}}"
    shock = compile_scenario(scenario(text.format("1205", covers), text.format("0713.10", covers)), world)
    (notice,) = shock.notices
    assert notice.startswith("m0, m1: together they cover 120.0% of ")
    assert notice.endswith("in 2019; scaled down to all of them")


def test_the_hash_knows_which_measures_exclude_each_other() -> None:
    text = "kind: surcharge, importer: USA, exporter: Canada, hs: 72, rate: 25%"
    assert scenario_hash(scenario(text)) != scenario_hash(scenario(f"{text}, exclusive: x"))


def against(folder: Path, reference: str, measure: str) -> Scenario:
    (folder / "before.yaml").write_text(f"title: before\nmeasures:\n  - {{id: r, {reference}, {SOURCE}}}\n")
    text = f"title: after\nagainst: before.yaml\nmeasures:\n  - {{id: m, {measure}, {SOURCE}}}\n"
    return parse_scenario(text, str(folder / "after.yaml"))


def test_the_hash_knows_what_the_reference_does(tmp_path: Path) -> None:
    text = "kind: surcharge, importer: USA, exporter: Canada, hs: 72, rate: "
    first = scenario_hash(against(tmp_path, f"{text}10%", f"{text}25%"))
    assert scenario_hash(against(tmp_path, f"{text}11%", f"{text}25%")) != first
    assert scenario_hash(against(tmp_path, f"{text}10%", f"{text}25%")) == first


def test_tags_of_the_reference_exclude_nothing_in_the_scenario(tmp_path: Path, world: World) -> None:
    text = "kind: surcharge, importer: USA, exporter: Canada, hs: 8703, covers: 60%, exclusive: x, rate: "
    place = flow(world, "C", "USA", "CAN")
    alone = varieties(compile_scenario(scenario(f"{text}25%"), world), place)
    shock = compile_scenario(against(tmp_path, f"{text}10%", f"{text}25%"), world)
    assert varieties(shock, place) == alone
    assert shock.notices == ()


def test_a_value_of_goods_goes_to_no_sector_of_services(world: World) -> None:
    value = "covers: {value: 100, unit: USD million, year: 2024}"
    text = f"kind: surcharge, importer: China, exporter: Canada, hs: 72, rate: 10%, {value}"
    hit = hit_value(compile_scenario(scenario(text), world), world)
    assert hit[flow(world, "E", "CHN", "CAN")] == 0.0
    assert hit[flow(world, "C", "CHN", "CAN")] == pytest.approx(100.0)


@pytest.mark.parametrize(("day", "found"), [(1, False), (2, True), (5, True), (6, False)])
def test_first_and_last_day_are_in_force(day: int, found: bool) -> None:
    measure = Measure("m", "surcharge", ("USA",), ("CAN",), 0.1, start=date(2026, 3, 2), end=date(2026, 3, 5))
    assert measure.in_force(date(2026, 3, day)) is found


def test_a_value_above_whole_sectors_hits_all_of_them_and_says_so(world: World) -> None:
    value = "covers: {value: 900, unit: CAD billion, year: 2024}"
    shock = compile_scenario(
        scenario(f"kind: surcharge, importer: China, exporter: Canada, sectors: [A, C], rate: 5%, {value}"),
        world,
    )
    hit, (notice,) = hit_value(shock, world), shock.notices
    for sector in "AC":
        place = flow(world, sector, "CHN", "CAN")
        assert hit[place] == pytest.approx(world.flows[place])
    assert "is more than the flow in 2019" in notice


def test_what_is_compared_is_scaled_down_alike(world: World) -> None:
    text = "kind: surcharge, importer: China, exporter: Canada, hs: {}, rate: 10%, covers: {{value: {}, unit: USD billion, year: 2024}}"  # noqa: E501
    common, other = text.format("1205", 9), text.format("0713.10", 9)
    place = flow(world, "A", "CHN", "CAN")
    one, both = scenario(common), scenario(common, other)
    whole = world.flows[place]

    def hit(shock: Shock) -> float:
        return float(hit_value(shock, world)[place])

    assert hit(compile_scenario(one, world, [])) == pytest.approx(whole)
    assert hit(compile_scenario(one, world, [both])) == pytest.approx(whole / 2)
    assert hit(compile_scenario(both, world, [one])) == pytest.approx(whole)
    grouped = world.aggregate(economies={"NAM": ["CAN", "USA"]})
    found = hit_value(compile_scenario(one, grouped, [both]), grouped).sum()
    assert found == pytest.approx(hit_value(compile_scenario(one, world, [both]), world).sum())


def test_ids_given_twice_in_code_are_refused_in_any_order(world: World) -> None:
    """The last would otherwise count, whichever it is."""
    low = Measure("m", "surcharge", ("CAN",), ("CHN",), rate=0.1, sectors=("C",))
    high = replace(low, rate=0.5, place=Place("deal.yaml", {"id": (7, 9)}))
    other = Scenario("y", "y", (replace(low, id="n"),))
    for measures in ((low, high), (high, low)):
        twice = Scenario("x", "x", measures)
        for one, beside in ((twice, []), (other, [twice])):
            with pytest.raises(BadInput) as caught:
                compile_scenario(one, world, beside)
            assert {str(problem) for problem in caught.value.problems} == {
                "field 'id': id 'm' is given 2 times; give each measure an id of its own",
                "deal.yaml, line 7, column 9, field 'id': id 'm' is given 2 times; "
                "give each measure an id of its own",
            }
    gone = replace(high, end=date(2020, 1, 1))
    assert compile_scenario(Scenario("x", "x", (low, gone), date=date(2026, 1, 1)), world)


def test_a_preference_that_nobody_knows_is_a_problem_with_the_nearest_name(world: World) -> None:
    text = "kind: surcharge, importer: USA, exporter: {}, hs: 8703, rate: 25%, preference: {}"
    with pytest.raises(BadInput) as caught:
        scenario(text.format("Canada", "usmac"))
    (problem,) = caught.value.problems
    assert (problem.line, problem.field) == (4, "preference")
    assert problem.column == len("  - {id: m0, " + text.format("Canada", "")) + 1
    assert (problem.message, problem.remedy) == ("unknown preference 'usmac'", "did you mean usmca?")
    duty = Measure("m", "surcharge", ("U.S.",), ("CAN",), rate=0.1, sectors=("C",), preference="cusma")
    for importers in (("U.S.",), ("all",)):
        with pytest.raises(BadInput, match="field 'preference': m: unknown preference 'cusma'"):
            compile_scenario(Scenario("x", "x", (replace(duty, importers=importers),)), world)


def test_a_preference_that_is_not_open_to_the_exporter_spares_nothing(world: World) -> None:
    text = "kind: surcharge, importer: USA, exporter: China, hs: 8703, rate: 25%"
    with_it, without = (
        compile_scenario(scenario(each), world) for each in (f"{text}, preference: USMCA", text)
    )
    assert varieties(with_it, flow(world, "C", "USA", "CHN")) == varieties(
        without, flow(world, "C", "USA", "CHN")
    )


@pytest.mark.parametrize(
    ("importer", "goods", "covers"),
    [
        ("USA", {"hs": (("8703", 1.0),)}, Covers(share=0.0)),
        ("USA", {"hs": (("8703", 1.0),)}, Covers(value=0.0, currency="USD", year=2024)),
        ("USA", {"sectors": ("C",)}, Covers(share=0.0)),
        ("CHN", {"sectors": ("C",)}, Covers(share=0.0)),
        ("CHN", {"hs": (("8703", 1.0),)}, Covers(value=0.0, currency="USD", year=2024)),
    ],
)
def test_a_measure_that_covers_nothing_says_so(
    world: World, importer: str, goods: dict[str, tuple[str, ...]], covers: Covers
) -> None:
    duty = Measure("m", "surcharge", (importer,), ("CAN",), rate=0.25, covers=covers, **goods)  # type: ignore[arg-type]
    shock = compile_scenario(Scenario("x", "x", (duty,)), world)
    assert shock.notices == ("m: hits nothing, as it covers none of the trade: `covers` is 0",)
