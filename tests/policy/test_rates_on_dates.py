"""Rates by sector on turning points, against duties worked out here from sourced values and rates."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

import detente as dt
from detente.policy.rates import Rates, rates
from detente.world.exchange_rates import exchange_rate
from detente.world.world import World


@cache
def world() -> World:
    return dt.load_world("world-2022")


@cache
def on(day: str, importer: str, exporter: str) -> Rates:
    return rates(date.fromisoformat(day), importer, exporter, world())


def additional(day: str, importer: str, exporter: str, sector: str) -> float:
    """What measures add to the ordinary tariff of a sector, percent."""
    found = on(day, importer, exporter)
    return 100 * next(row.additional for row in found.sectors if row.sector == sector)


def duty(found: Rates, measure: str) -> float:
    """Duty of one measure, USD million a year."""
    return found.average.value * sum(row.points for row in found.measures if row.id == measure)


def usd(value: float, year: int) -> float:
    """Canadian dollars, billion, as USD million."""
    return 1e3 * value * exchange_rate("CAD", year)


def flow(sector: str, importer: str, exporter: str) -> float:
    w = world()
    return float(w.flows[w.sectors.index(sector), w.economies.index(importer), w.economies.index(exporter)])


def test_june_2018_and_june_2019() -> None:
    # 25% on nearly all steel; 10% on aluminium, which is part of the other basic metals.
    assert 20.0 < additional("2018-06-15", "USA", "CAN", "C24A") <= 25.0
    assert 3.0 < additional("2018-06-15", "USA", "CAN", "C24B") < 6.0
    assert on("2018-06-15", "CAN", "USA").average.additional == 0.0
    for pair in (("USA", "CAN"), ("CAN", "USA")):
        assert on("2019-06-01", *pair).average.additional == 0.0


def test_july_2018_canada_answers() -> None:
    found = on("2018-07-10", "CAN", "USA")
    assert duty(found, "ca-surtax-us-2018-steel") == pytest.approx(0.25 * usd(5.5, 2017), rel=1e-3)
    others = sum(duty(found, f"ca-surtax-us-2018-alu-other-{part}") for part in ("aluminium", "consumer"))
    assert others == pytest.approx(0.10 * usd(11.1, 2017), rel=1e-3)


def test_october_2024_surtax_on_vehicles_of_china() -> None:
    expected = 100 * usd(2.2, 2023) / flow("C29", "CAN", "CHN")
    assert additional("2024-10-25", "CAN", "CHN", "C29") == pytest.approx(expected, rel=1e-3)


def test_march_2025_the_first_list_and_the_second() -> None:
    assert duty(on("2025-03-12", "CAN", "USA"), "ca-surtax-us-2025-1") == pytest.approx(
        0.25 * usd(30.0, 2024), rel=0.01
    )
    assert (
        on("2025-03-20", "CAN", "USA").average.additional > on("2025-03-12", "CAN", "USA").average.additional
    )
    assert additional("2025-03-12", "CAN", "USA", "C24A") == 0.0
    # With the remissions, less than half of the surtax of 25% is paid on steel.
    assert 5.0 < additional("2025-03-20", "CAN", "USA", "C24A") < 12.5


def test_august_2025_canola_seed_and_peas() -> None:
    expected = (0.758 * usd(4.0, 2024) + 1.0 * usd(0.306, 2024)) / flow("A01", "CHN", "CAN")
    assert additional("2025-08-14", "CHN", "CAN", "A01") == pytest.approx(100 * expected, rel=1e-3)


def test_september_2025_food_is_free_again_and_metals_are_not() -> None:
    assert additional("2025-09-02", "CAN", "USA", "C10T12") == 0.0
    assert additional("2025-09-02", "CAN", "USA", "C24A") == additional("2025-03-20", "CAN", "USA", "C24A")


def test_march_2026_relief_and_its_end() -> None:
    before, after = (
        additional("2026-02-28", "CHN", "CAN", "A01"),
        additional("2026-03-01", "CHN", "CAN", "A01"),
    )
    seed = usd(4.0, 2024) / flow("A01", "CHN", "CAN")
    peas = usd(0.306, 2024) / flow("A01", "CHN", "CAN")
    assert before - after == pytest.approx(100 * ((0.758 - 0.059) * seed + peas), rel=1e-3)
    for sector in ("A01", "C10T12"):
        assert additional("2026-12-31", "CHN", "CAN", sector) == additional(
            "2026-03-01", "CHN", "CAN", sector
        )
        assert additional("2027-01-01", "CHN", "CAN", sector) > additional("2026-12-31", "CHN", "CAN", sector)
    assert additional("2027-01-01", "CHN", "CAN", "A01") - after == pytest.approx(100 * peas, rel=1e-3)


def test_march_2026_the_vehicle_surtax_ends() -> None:
    assert additional("2026-02-28", "CAN", "CHN", "C29") > 60.0
    assert additional("2026-03-01", "CAN", "CHN", "C29") <= 0.0


def test_august_2026_section_338_adds_two_points() -> None:
    step = (
        on("2026-08-22", "USA", "CAN").average.additional - on("2026-08-21", "USA", "CAN").average.additional
    )
    # The tracker's 1.85 points after carve-outs; 50% of the baskets' US$20.46 billion before them is 2.49.
    assert 1.8 < 100 * step < 100 * 0.5 * 20.46 / 411.69


def test_september_2026_canadas_schedules() -> None:
    found = on("2026-09-08", "CAN", "USA")
    for rate, value in ((15, 2.2), (25, 3.8), (50, 6.0)):
        measure = f"ca-surtax-us-2026-{rate}"
        assert duty(found, measure) == pytest.approx(rate / 100 * usd(value, 2025), rel=1e-3), measure
    before = on("2026-09-07", "CAN", "USA")
    assert sum(row.points for row in before.measures if row.id.startswith("ca-surtax-us-2026")) == 0.0
    assert additional("2026-09-08", "CAN", "USA", "C24A") == pytest.approx(
        2 * additional("2026-09-07", "CAN", "USA", "C24A"), rel=0.05
    )
