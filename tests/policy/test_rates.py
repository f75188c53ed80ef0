"""Rates on a date: attribution adds up, nothing is dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from detente.errors import BadInput
from detente.policy import Measure, Scenario
from detente.policy.compiler.products import goods_sectors
from detente.policy.rates import average_rate, rates
from detente.world import World, load_world
from detente.world.concordance import hs_sectors
from detente.world.tariff_lines import tariff_lines


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world-2022")


def measure(name: str, rate: float, *codes: str, **fields: object) -> Measure:
    base = Measure(name, "surcharge", ("USA",), ("CAN",), rate=rate, hs=tuple((code, 1.0) for code in codes))
    return replace(base, **fields)  # type: ignore[arg-type]


def scenario(*measures: Measure) -> Scenario:
    return Scenario("x", "x", measures, date=date(2026, 8, 22))


def lines_of(prefix: str) -> float:
    lines = tariff_lines("USA", "CAN")
    assert lines is not None
    return (
        sum(v for c, v in zip(lines.codes, lines.value.tolist(), strict=True) if c.startswith(prefix)) / 1e6
    )


def test_a_rate_is_the_share_of_lines_times_the_duty() -> None:
    found = rates(scenario(measure("steel", 0.25, "72")), "U.S.", "Canada")
    total = lines_of("")
    assert found.average.value == pytest.approx(total)
    assert found.average.additional == pytest.approx(0.25 * lines_of("72") / total)
    (steel,) = found.measures
    assert (steel.value, steel.points) == (
        pytest.approx(lines_of("72")),
        pytest.approx(found.average.additional),
    )
    iron = next(row for row in found.sectors if row.sector == "C24A")
    assert iron.total == pytest.approx(iron.ordinary + iron.additional)
    assert average_rate(scenario(measure("steel", 0.25, "72")), "USA", "CAN") == found.average.additional


def test_lines_that_no_sector_holds_are_a_row_of_their_own() -> None:
    found = rates(scenario(measure("returned", 0.1, "98")), "USA", "CAN")
    last = found.sectors[-1]
    lines, known = tariff_lines("USA", "CAN"), hs_sectors("icio2025")
    assert lines is not None
    rows = zip(lines.codes, lines.value.tolist(), strict=True)
    outside = sum(value for code, value in rows if code[:6] not in known) / 1e6
    assert outside >= lines_of("98") + lines_of("99") > 10_000.0
    assert last.sector == "" and last.value == pytest.approx(outside)
    assert last.additional == pytest.approx(0.1 * lines_of("98") / last.value)
    assert found.average.additional == pytest.approx(0.1 * lines_of("98") / lines_of(""))
    assert sum(row.value for row in found.sectors) == pytest.approx(found.average.value)


def test_what_is_spared_and_by_what() -> None:
    found = rates(
        scenario(
            measure("steel", 0.5, "72", "73"),
            measure("all", 0.35, "72", "44", yields_to=("steel",), preference="usmca"),
            measure("wood", 0.0, "4407", kind="exemption", of=("all",)),
        ),
        "USA",
        "CAN",
    )
    by_id = {m.id: m for m in found.measures}
    lines = tariff_lines("USA", "CAN")
    assert lines is not None
    claimed = lines.claimed("usmca", date(2026, 8, 22))

    def unclaimed(prefix: str) -> float:
        rows = zip(lines.codes, lines.value.tolist(), claimed.tolist(), strict=True)
        return sum(v * (1.0 - c) for code, v, c in rows if code.startswith(prefix)) / 1e6

    named = by_id["all"]
    assert named.value == pytest.approx(unclaimed("44") - unclaimed("4407"))
    assert named.spared == pytest.approx(unclaimed("72") + unclaimed("4407"))
    assert dict(named.spared_by) == {
        "steel": pytest.approx(unclaimed("72")),
        "wood": pytest.approx(unclaimed("4407")),
    }
    assert named.preference == pytest.approx(
        lines_of("72") + lines_of("44") - unclaimed("72") - unclaimed("44")
    )
    assert by_id["wood"].points == 0.0 and by_id["wood"].value == pytest.approx(unclaimed("4407"))


@pytest.mark.parametrize("day", ["2018-08-01", "2025-04-10", "2025-08-19", "2026-08-22"])
@pytest.mark.parametrize(
    "pair", [("USA", "CHN"), ("USA", "CAN"), ("CHN", "USA"), ("CAN", "USA"), ("USA", "DEU")]
)
def test_points_of_measures_add_up_to_the_additional_rate(day: str, pair: tuple[str, str]) -> None:
    found = rates(day, *pair)
    assert sum(m.points for m in found.measures) == pytest.approx(found.average.additional, abs=1e-12)
    weighted = sum(row.value * row.total for row in found.sectors)
    assert weighted == pytest.approx(found.average.value * found.average.total)
    assert found.exact == (pair[1] != "DEU")
    assert any("imports from EU27 are used" in notice for notice in found.notices) == (pair[1] == "DEU")
    assert not any("no imports by tariff line" in notice for notice in found.notices)
    assert ("tariff line" in found.values) == (pair[0] == "USA")


def test_the_ordinary_tariff_is_without_the_measures_that_the_baseline_holds(world: World) -> None:
    found = rates("2024-07-01", "USA", "CHN", world)
    s, n, i = world.sectors.index("C28"), world.economies.index("USA"), world.economies.index("CHN")
    row = next(row for row in found.sectors if row.sector == "C28")
    tariff = world.tariff_factor[s, n, i] - 1.0
    assert 0.0 <= row.ordinary < 0.5 * tariff and row.additional > 0.5 * tariff


def test_importers_without_lines_are_rated_at_flows(world: World) -> None:
    duty = Measure("d", "surcharge", ("CAN",), ("CHN",), rate=0.25, sectors=("C29",))
    found = rates(scenario(duty), "Canada", "China", world)
    s, n, i = world.sectors.index("C29"), world.economies.index("CAN"), world.economies.index("CHN")
    row = next(row for row in found.sectors if row.sector == "C29")
    assert (row.value, row.additional) == (pytest.approx(world.flows[s, n, i]), pytest.approx(0.25))
    assert row.ordinary == pytest.approx(world.tariff_factor[s, n, i] - 1.0)
    goods = list(goods_sectors(world))
    assert found.average.value == pytest.approx(world.flows[goods, n, i].sum())
    assert {row.sector for row in found.sectors} <= {world.sectors[k] for k in goods}
    service = replace(duty, id="visas", sectors=("P",))
    both = rates(scenario(duty, service), "Canada", "China", world)
    with_education = world.flows[[*goods, world.sectors.index("P")], n, i].sum()
    assert both.average.value == pytest.approx(with_education)


def test_an_aggregate_is_rated_in_detail(world: World) -> None:
    deal = scenario(measure("steel", 0.25, "72"))
    assert rates(deal, "USA", "CAN", world.aggregate("focus", "broad")) == rates(deal, "USA", "CAN", world)


def test_an_economy_pays_itself_no_duty() -> None:
    with pytest.raises(BadInput, match="USA is both importer and exporter"):
        rates("2026-08-22", "USA", "U.S.")


def test_lines_that_no_sector_holds_pay_what_customs_collected() -> None:
    found = rates(scenario(measure("steel", 0.25, "72")), "USA", "CHN")
    lines, known = tariff_lines("USA", "CHN"), hs_sectors("icio2025")
    assert lines is not None
    rows = zip(lines.codes, lines.value.tolist(), lines.duty.tolist(), strict=True)
    outside = [(value, duty) for code, value, duty in rows if code[:6] not in known]
    value, duty = (sum(column) for column in zip(*outside, strict=True))
    assert found.sectors[-1].sector == "" and duty > 0
    assert found.sectors[-1].ordinary == found.sectors[-1].total == pytest.approx(duty / value)


def test_banned_goods_are_counted_from_the_day_of_the_ban() -> None:
    """Canadian alcohol: no imports from 29 September 2026, USD 902 million of beverages in 2024."""
    before, after = (
        {row.sector: row.banned for row in rates(day, "USA", "CAN").sectors}
        for day in ("2026-09-28", "2026-09-29")
    )
    assert not any(before.values())
    assert after["C10T12"] == pytest.approx(902.0, abs=0.5)
    assert rates("2026-09-29", "USA", "CAN").average.banned == pytest.approx(sum(after.values()))
