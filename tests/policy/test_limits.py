"""Quotas, restraints, commitments and margins: sizes, members and bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from detente.errors import BadInput
from detente.policy import Covers, Measure, Quota, Scenario, Shock, compile_scenario, explain, hit_value
from detente.policy.compiler.limits import COMMITMENT_LOWEST
from detente.world import World, load_world
from detente.world.exchange_rates import exchange_rate

EV = (("870360", 1.0), ("870380", 1.0))
COVERS = Covers(value=2.2e9, currency="CAD", year=2023)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world-2022")


def quota(name: str = "q", kind: str = "tariff-rate-quota", **fields: object) -> Measure:
    base = Measure(
        name, kind, ("CAN",), ("CHN",), rate=0.061, over_rate=1.061, basis="total", hs=EV, covers=COVERS
    )
    base = replace(base, quota=Quota(units=49_000, unit_value=49_600, currency="CAD", year=2023))
    if kind != "tariff-rate-quota":
        base = replace(base, rate=0.0, over_rate=None, basis="additional")
    return replace(base, **fields)  # type: ignore[arg-type]


def compiled(world: World, *measures: Measure) -> Shock:
    return compile_scenario(Scenario("x", "x", measures), world)


def value(shock: Shock, world: World) -> np.ndarray:
    """Trade of each member before duty, USD million."""
    v = shock.limits.members
    flow = (v.sector, v.importer, v.exporter)
    found: np.ndarray = v.share * world.flows[flow] * world.tariff_factor[flow] / v.baseline_factor
    return found


def test_a_tariff_rate_quota_is_one_limit_with_both_duties(world: World) -> None:
    shock = compiled(world, quota())
    limits = shock.limits
    assert limits.names == ("q",)
    covered = 2200.0 * exchange_rate("CAD", 2023)
    assert value(shock, world) == pytest.approx([covered])
    assert limits.size == pytest.approx([49_000 * 49_600 / 1e6 * exchange_rate("CAD", 2023)])
    assert limits.members.tariff_factor == pytest.approx([1.061])
    assert limits.highest == pytest.approx([2.061 / 1.061])
    assert (limits.lowest, limits.exporter_share, limits.in_value) == ([1.0], [0.0], [False])
    assert shock.varieties.share.size == 0


def test_rates_on_top_of_the_tariff(world: World) -> None:
    shock = compiled(
        world,
        quota(basis="additional", rate=0.0, over_rate=0.25),
        quota("s", "surcharge", rate=0.1, quota=None),
    )
    ordinary = shock.limits.members.baseline_factor
    assert shock.limits.members.tariff_factor == pytest.approx(ordinary + 0.1)
    assert shock.limits.highest == pytest.approx((ordinary + 0.35) / (ordinary + 0.1))


def test_a_quota_keeps_its_proportion_to_the_trade_it_covers(world: World) -> None:
    """Covered trade that exceeds the flow is cut to it, and the quota with it."""
    small = world.replace(
        intermediate_flows=world.intermediate_flows / 20, final_flows=world.final_flows / 20
    )
    shock = compiled(small, quota())
    assert any("all of it is hit" in notice for notice in shock.notices)
    member = value(shock, small).sum()
    assert member < 2200.0 * exchange_rate("CAD", 2023)
    assert shock.limits.size / member == pytest.approx([49_000 * 49_600 / 2.2e9])
    (brief,) = explain(Scenario("x", "x", (quota(),)), small).measures
    assert brief.limit == pytest.approx(shock.limits.size[0])


def test_one_measure_is_one_limit_over_all_its_flows(world: World) -> None:
    wide = quota(
        exporters=("CHN", "KOR", "JPN"), hs=(("87", 1.0), ("72", 1.0)), quota=Quota(share=0.7),
        covers=Covers(value=8e9, currency="USD", year=2022),
    )  # fmt: skip
    shock = compiled(world, wide)
    assert len(shock.limits.names) == 1
    assert set(shock.limits.member_limit) == {0} and shock.limits.members.share.size >= 6
    assert shock.limits.size == pytest.approx([0.7 * value(shock, world).sum()])
    assert value(shock, world).sum() == pytest.approx(8000.0)


def test_sizes_of_sectors_and_of_lines(world: World) -> None:
    """Without a covered value, USD are compared with flows, or with customs values."""
    size = Quota(value=1e9, currency="USD", year=2024)
    sectors = quota(kind="import-quota", hs=(), covers=None, sectors=("C29",), quota=size)
    shock = compiled(world, sectors)
    assert shock.limits.size == pytest.approx([1000.0]) and np.isinf(shock.limits.highest).all()
    from detente.world.tariff_lines import tariff_lines

    lines = tariff_lines("USA", "CAN")
    assert lines is not None
    steel = np.array([code.startswith("72") for code in lines.codes])
    by_line = replace(sectors, importers=("USA",), exporters=("CAN",), sectors=(), hs=(("72", 1.0),))
    shock = compiled(world, by_line)
    # Lines that no sector holds are none in chapter 72.
    assert shock.limits.size / value(shock, world).sum() == pytest.approx([1e9 / lines.value[steel].sum()])


def test_a_share_is_of_the_trade_that_is_under_the_quota(world: World) -> None:
    """Goods on which the measure yields are not counted; whole flows under a limit leave no rest."""
    whole = quota(kind="import-quota", hs=(), covers=None, sectors=("C29",), quota=Quota(share=0.7), rate=0.1)
    place = (world.sectors.index("C29"), world.economies.index("CAN"), world.economies.index("CHN"))
    shock = compiled(world, whole)
    assert shock.limits.size == pytest.approx([0.7 * world.flows[place]])
    assert shock.limits.members.share == pytest.approx([1.0])
    assert shock.tariff_factor[place] == world.tariff_factor[place] and not shock.varieties.share.size
    cars = quota("cars", "surcharge", rate=0.1, quota=None)
    yields = compiled(world, replace(whole, yields_to=("cars",)), cars)
    left = world.flows[place] - 2200.0 * exchange_rate("CAD", 2023)
    assert yields.limits.size == pytest.approx([0.7 * left])


def test_kinds_have_their_bounds_and_rents(world: World) -> None:
    restraint = quota("r", "export-restraint", rent=1.0)
    (limit,) = (compiled(world, restraint).limits,)
    assert (limit.lowest, limit.highest, limit.exporter_share) == ([1.0], [np.inf], [1.0])
    buys = quota("b", "purchase-commitment", quota=Quota(value=5e9, currency="USD", year=2026))
    limit = compiled(world, buys).limits
    assert (limit.lowest, limit.highest, limit.in_value) == ([COMMITMENT_LOWEST], [1.0], [True])
    margin = quota(
        "m", "procurement-preference", rate=0.2, quota=None, hs=(), sectors=("C29",), covers=Covers(share=0.1)
    )
    limit = compiled(world, margin).limits
    assert (limit.lowest, limit.highest, limit.size) == ([1.2], [1.2], [np.inf])
    place = (world.sectors.index("C29"), world.economies.index("CAN"), world.economies.index("CHN"))
    assert value(compiled(world, margin), world) == pytest.approx([0.1 * world.flows[place]])


def test_a_quota_of_nothing_is_a_ban_or_the_duty_beyond(world: World) -> None:
    none = Quota(share=0.0)
    shock = compiled(world, quota(kind="import-quota", quota=none))
    assert not shock.limits.names and np.isinf(shock.varieties.cost_factor).all()
    shock = compiled(world, quota(quota=none))
    assert not shock.limits.names
    assert shock.varieties.tariff_factor == pytest.approx([2.061])


def test_a_duty_beyond_that_is_the_one_within_is_no_limit(world: World) -> None:
    shock = compiled(world, quota(over_rate=0.061))
    assert not shock.limits.names and shock.varieties.tariff_factor == pytest.approx([1.061])


def test_two_limits_on_the_same_goods_are_refused(world: World) -> None:
    with pytest.raises(
        BadInput, match=r"a and q both limit the same goods \(in C29\).*let the other one yield"
    ):
        compiled(world, quota(), quota("a", "import-quota"))
    shock = compiled(world, quota(), quota("a", "import-quota", yields_to=("q",)))
    assert shock.limits.names == ("q",)
    assert "a: no goods are left under it: they may not be traded, or it yields on them" in shock.notices


def test_a_limit_on_banned_goods_is_dropped_with_a_notice(world: World) -> None:
    ban = quota("ban", "import-ban", quota=None)
    shock = compiled(world, quota(), ban)
    assert not shock.limits.names
    assert shock.notices == ("q: no goods are left under it: they may not be traded, or it yields on them",)
    assert np.isinf(shock.varieties.cost_factor).all()


def test_a_margin_under_a_quota_is_a_duty(world: World) -> None:
    margin = quota(
        "m", "procurement-preference", rate=0.2, quota=None, hs=(), sectors=("C29",), covers=Covers(share=0.5)
    )
    shock = compiled(world, quota(), margin)
    assert shock.limits.names == ("m", "q")
    of_quota = shock.limits.member_limit == 1
    assert sorted(shock.limits.members.tariff_factor[of_quota]) == pytest.approx([1.061, 1.061 * 1.2])
    assert shock.limits.highest[1] == pytest.approx(2.061 / 1.061)


def test_an_aggregate_keeps_sizes_and_members(world: World) -> None:
    wide = quota(
        exporters=("CHN", "KOR", "DEU", "FRA"),
        hs=(),
        sectors=("C29", "C28"),
        covers=None,
        quota=Quota(share=0.7),
    )
    small = world.aggregate("focus", "broad")
    detailed, grouped = (compiled(w, wide) for w in (world, small))
    assert grouped.limits.size == pytest.approx(detailed.limits.size)
    assert value(grouped, small).sum() == pytest.approx(value(detailed, world).sum())
    assert hit_value(grouped, small).sum() == pytest.approx(hit_value(detailed, world).sum())
    assert grouped.limits.highest == pytest.approx(detailed.limits.highest)


def test_unlike_duties_beyond_a_quota_are_said_to_be_averaged(world: World) -> None:
    """A duty on top of goods that are subsidised or charged otherwise bounds each piece alike no more."""
    wide = quota(
        hs=(), covers=None, sectors=("C28", "C29"), basis="additional", rate=0.0, over_rate=0.5,
        quota=Quota(share=0.7),
    )  # fmt: skip
    assert not [text for text in compiled(world, wide).notices if "beyond the quota" in text]
    duty = quota("s", "surcharge", rate=1.0, hs=(), covers=None, sectors=("C28",), quota=None)
    shock = compiled(world, wide, duty)
    n, i = world.economies.index("CAN"), world.economies.index("CHN")
    tariff = [float(world.tariff_factor[world.sectors.index(s), n, i]) for s in ("C28", "C29")]
    low, high = 0.5 / (tariff[0] + 1.0), 0.5 / tariff[1]
    (said,) = shock.notices
    assert said == (
        f"q: beyond the quota goods pay from {low:.1%} to {high:.1%} more than within it; "
        f"{shock.limits.highest[0] - 1.0:.1%}, the average by trade, is used for all of them"
    )
    assert low < shock.limits.highest[0] - 1.0 < high
