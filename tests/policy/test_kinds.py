"""Every kind of measure on a world: which flows or sectors it reaches, and how."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from detente.errors import BadInput
from detente.policy import (
    KINDS,
    Carbon,
    Covers,
    Measure,
    Quota,
    Scenario,
    Shock,
    compile_scenario,
    explain,
    hit_value,
    load_scenario,
)
from detente.world import World, load_world


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("g20-2019")


def measure(kind: str, **fields: object) -> Measure:
    base = Measure("m", kind, ("Canada",), ("China",), sectors=("C",))
    return replace(base, **fields)  # type: ignore[arg-type]


def compiled(world: World, *measures: Measure, **fields: object) -> Shock:
    scenario = Scenario("x", "x", measures)
    return compile_scenario(replace(scenario, **fields), world)  # type: ignore[arg-type]


def at(world: World, sector: str, importer: str, exporter: str) -> tuple[int, int, int]:
    return world.sectors.index(sector), world.economies.index(importer), world.economies.index(exporter)


def test_an_embargo_stops_trade_in_both_directions(world: World) -> None:
    shock = compiled(
        world, measure("embargo", importers=("USA", "Canada", "European Union"), exporters=("Russia",))
    )
    stopped = {tuple(place) for place in np.argwhere(np.isinf(shock.cost_factor)).tolist()}
    allies = ("USA", "CAN", "DEU", "FRA", "ITA")
    assert stopped == {at(world, "C", *pair) for a in allies for pair in ((a, "RUS"), ("RUS", a))}
    partly = compiled(world, measure("embargo", exporters=("Russia",), covers=Covers(share=0.4)))
    v = partly.varieties
    assert v.share == pytest.approx([0.4, 0.4]) and np.isinf(v.cost_factor).all()


def test_a_rebate_can_be_on_goods_made_at_home(world: World) -> None:
    shock = compiled(
        world, measure("purchase-rebate", rate=0.2, exporters=("Canada", "China"), covers=Covers(share=0.5))
    )
    v = shock.varieties
    assert {(int(n), int(i)) for n, i in zip(v.importer, v.exporter, strict=True)} == {
        at(world, "C", "CAN", "CAN")[1:],
        at(world, "C", "CAN", "CHN")[1:],
    }
    assert v.tariff_factor == pytest.approx(v.baseline_factor * 0.8)
    with pytest.raises(BadInput, match="CAN is both importer and exporter"):
        compiled(world, measure("surcharge", rate=0.2, exporters=("Canada", "China")))


def test_export_measures_are_on_the_exporters_sales(world: World) -> None:
    place = at(world, "C", "CAN", "CHN")
    taxed = compiled(world, measure("export-tax", rate=0.1))
    assert taxed.export_factor is not None
    assert taxed.export_factor[place] == pytest.approx(1.1) and (taxed.export_factor != 1.0).sum() == 1
    np.testing.assert_array_equal(taxed.tariff_factor, world.tariff_factor)
    assert hit_value(taxed, world).sum() == pytest.approx(world.flows[place])
    assert compiled(world, measure("export-control", rate=0.1)).cost_factor[place] == pytest.approx(1.1)
    assert np.isinf(compiled(world, measure("export-ban")).cost_factor[place])
    everyone = compiled(world, measure("export-tax", rate=0.1, importers=("all",)))
    assert everyone.export_factor is not None
    assert (everyone.export_factor[:, :, place[2]] != 1.0).sum() == len(world.economies) - 1
    assert everyone.export_factor[place[0], place[2], place[2]] == 1.0


def test_the_cost_of_trade_in_services_falls_where_it_is_covered(world: World) -> None:
    shock = compiled(world, measure("trade-cost", rate=-0.05, sectors=("K", "I")))
    for sector in "KI":
        assert shock.cost_factor[at(world, sector, "CAN", "CHN")] == pytest.approx(0.95)
    assert (shock.cost_factor != 1.0).sum() == 2
    part = compiled(world, measure("trade-cost", rate=-0.05, sectors=("K",), covers=Covers(share=0.3)))
    assert (part.varieties.share, part.varieties.cost_factor) == (pytest.approx([0.3]), pytest.approx([0.95]))
    american = compiled(world, measure("trade-cost", rate=-0.05, sectors=("K",), importers=("USA",)))
    assert american.cost_factor[at(world, "K", "USA", "CHN")] == pytest.approx(0.95)
    books = replace(
        measure("trade-cost", rate=-0.05, sectors=("J", "C"), importers=("USA",)), covers=Covers(share=0.5)
    )
    shock = compiled(world, books)
    for sector in "JC":
        place = at(world, sector, "USA", "CHN")
        assert hit_value(shock, world)[place] == pytest.approx(0.5 * world.flows[place])


def test_exporters_can_be_taken_out(world: World) -> None:
    shock = compiled(world, measure("surcharge", rate=0.1, exporters=("all",), spared=("USA", "Mexico")))
    hit = {world.economies[i] for _, _, i in np.argwhere(shock.tariff_factor != world.tariff_factor)}
    assert hit == set(world.economies) - {"CAN", "USA", "MEX"}


def test_codes_and_lists_are_taken_out_of_sectors(world: World) -> None:
    whole = measure("surcharge", rate=0.1, importers=("USA",), exporters=("Canada",))
    some = replace(whole, excluded=("8703",))
    cars = replace(whole, sectors=(), hs=(("8703", 1.0),))
    values = [hit_value(compiled(world, m), world).sum() for m in (whole, some, cars)]
    assert values[0] == pytest.approx(values[1] + values[2]) and values[2] > 1000.0
    other = replace(some, importers=("Mexico",))
    place = at(world, "C", "MEX", "CAN")
    left = hit_value(compiled(world, other), world)[place] / world.flows[place]
    assert left == pytest.approx(values[1] / values[0], rel=1e-6)


def test_a_preference_is_known_only_by_line(world: World) -> None:
    with pytest.raises(BadInput, match="the use of preferences is not known for imports of MEX"):
        compiled(world, measure("surcharge", rate=0.1, importers=("Mexico",), preference="usmca"))
    with pytest.raises(BadInput, match=r"no imports by tariff line are known for CAN: 87038010"):
        value = Covers(value=1e9, currency="USD", year=2023)
        compiled(world, measure("surcharge", rate=0.1, sectors=(), hs=(("87038010", 1.0),), covers=value))


def home(kind: str, rate: float, name: str = "m", **fields: object) -> Measure:
    found = Measure(name, kind, ("Canada", "Mexico"), rate=rate, sectors=("C",), channel="joint ventures")
    return replace(found, **fields)  # type: ignore[arg-type]


def test_measures_at_home_are_on_sectors_of_an_economy(world: World) -> None:
    more = home("productivity", 0.1, "more", importers=("Canada",))
    shock = compiled(world, home("productivity", 0.05), more)
    assert shock.productivity is not None
    s = world.sectors.index("C")
    canada, mexico = world.economies.index("CAN"), world.economies.index("MEX")
    assert shock.productivity[canada, s] == pytest.approx(1.05 * 1.1)
    assert shock.productivity[mexico, s] == pytest.approx(1.05)
    assert (shock.productivity != 1.0).sum() == 2
    assert shock.production_subsidy is None and shock.varieties.share.size == 0
    shock = compiled(world, home("production-subsidy", 0.2), home("production-subsidy", 0.1, "b"))
    assert shock.production_subsidy is not None and shock.consumption_subsidy is None
    assert shock.production_subsidy[canada, s] == pytest.approx(0.3)
    shock = compiled(world, home("consumption-subsidy", 0.2))
    assert shock.consumption_subsidy is not None
    assert shock.consumption_subsidy[mexico, s] == pytest.approx(0.2)


def test_subsidies_stay_below_all_of_a_cost(world: World) -> None:
    with pytest.raises(BadInput, match=r"a, b: subsidies of C in CAN add up to 110%; keep them below 100%"):
        compiled(world, home("production-subsidy", 0.6, "a"), home("production-subsidy", 0.5, "b"))
    with pytest.raises(BadInput, match="no sector 'manufcturing'; did you mean"):
        compiled(world, home("production-subsidy", 0.6, sectors=("manufcturing",)))


def test_an_aggregate_averages_measures_at_home(world: World) -> None:
    small = world.aggregate(economies={"NAM": ["CAN", "USA", "MEX"]}, sectors={"GOODS": ["A", "B", "C"]})
    goods = [world.sectors.index(name) for name in "ABC"]
    members = [world.economies.index(name) for name in ("CAN", "USA", "MEX")]
    n, s = small.economies.index("NAM"), small.sectors.index("GOODS")
    canada, c = world.economies.index("CAN"), world.sectors.index("C")
    only = {"importers": ("Canada",)}
    shock = compiled(small, home("production-subsidy", 0.2, **only))
    weight = world.output[canada, c] / world.output[np.ix_(members, goods)].sum()
    assert shock.production_subsidy is not None
    assert shock.production_subsidy[n, s] == pytest.approx(0.2 * weight)
    shock = compiled(small, home("productivity", 0.1, **only))
    assert shock.productivity is not None
    assert shock.productivity[n, s] == pytest.approx(1.0 + 0.1 * weight)
    use = (world.final_flows * world.tariff_factor).sum(axis=2).T
    shock = compiled(small, home("consumption-subsidy", 0.2, **only))
    assert shock.consumption_subsidy is not None
    weight = use[canada, c] / use[np.ix_(members, goods)].sum()
    assert shock.consumption_subsidy[n, s] == pytest.approx(0.2 * weight)


FIELDS: dict[str, dict[str, object]] = {
    "exemption": {"of": ("other",)},
    "suspension": {"of": ("other",), "sectors": ()},
    "tariff-rate-quota": {"quota": Quota(share=0.5), "over_rate": 0.5},
    "import-quota": {"quota": Quota(share=0.5)},
    "export-restraint": {"quota": Quota(share=0.5)},
    "purchase-commitment": {"quota": Quota(share=1.5)},
    "procurement-preference": {"covers": Covers(share=0.2)},
    "production-subsidy": {"exporters": ()},
    "consumption-subsidy": {"exporters": ()},
    "productivity": {"exporters": (), "channel": "joint ventures"},
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_explained_before_it_is_solved(kind: str, world: World, tmp_path: Path) -> None:
    fields = dict(FIELDS.get(kind, {}))
    if kind == "carbon-border-charge":
        table = tmp_path / "factors.csv"
        table.write_text("economy,sector,tonnes_per_million_usd\nChina,C,2000\n", encoding="utf-8")
        fields["carbon"] = Carbon(80.0, "USD", 2024, str(table))
    found = measure(kind, rate=0.1, **fields)
    other = Measure("other", "surcharge", ("Canada",), ("China",), rate=0.2, sectors=("C",))
    brief = explain(Scenario("x", "x", (found, other)), world)
    mine = next(item for item in brief.measures if item.id == "m")
    s, n, i = at(world, "C", "CAN", "CHN")
    home = KINDS[kind].actor == "economy"
    use = (world.final_flows * world.tariff_factor)[s, n].sum()
    expected = {"imports": world.flows[s, n, i], "output": world.output[n, s], "final use": use}[mine.hit]
    assert (mine.hit == "imports") != home
    if kind == "procurement-preference":
        expected *= 0.2
    if kind == "embargo":
        expected += world.flows[s, i, n]
    whole = kind == "suspension"
    assert dict(mine.by_sector)["C"] == pytest.approx(expected)
    assert whole or mine.trade_hit == pytest.approx(expected)
    assert mine.importers == ("CAN",) and mine.exporters == (() if home else ("CHN",))
    assert (mine.limit is not None) == (found.quota is not None)
    theirs = next(item for item in brief.measures if item.id == "other")
    lifted = kind in ("exemption", "suspension")
    assert theirs.trade_hit == pytest.approx(0.0 if lifted else world.flows[s, n, i])
    assert theirs.spared == pytest.approx(world.flows[s, n, i] if lifted else 0.0)


def test_the_registry_fits_worlds_that_hold_fewer_economies_apart(world: World) -> None:
    shock = compile_scenario(load_scenario("2026-08-22"), world)
    (notice,) = (notice for notice in shock.notices if "does not hold apart" in notice)
    assert "Vietnam" in notice and notice.endswith("measures on them are not simulated")
    with pytest.raises(BadInput, match="Vietnam"):
        compiled(world, measure("surcharge", rate=0.1, exporters=("Vietnam",)))


def test_a_date_of_the_registry_on_the_largest_world(capsys: pytest.CaptureFixture[str]) -> None:
    large = load_world("world-2022")
    scenario = load_scenario("2026-08-22")
    extra = [
        Measure(f"x{k}", "surcharge", ("USA",), ("all",), rate=0.01, hs=((f"{k:02d}", 1.0), ("8471", 0.5)))
        for k in range(1, 97)
        if k != 77
    ]
    many = replace(scenario, measures=(*scenario.measures, *extra), date=date(2026, 8, 22))
    compile_scenario(many, large)
    start = time.perf_counter()
    shock = compile_scenario(many, large)
    with capsys.disabled():
        words = f"{len(many.in_force)} measures, {shock.varieties.share.size} varieties"
        print(f" [{words}: {time.perf_counter() - start:.2f} s]", end="")
    n = large.economies.index("USA")
    v = shock.varieties
    assert len({int(i) for i in v.exporter[v.importer == n]}) == len(large.economies) - 1
    assert np.isfinite(v.tariff_factor).all() and (v.share > 0.0).all()
