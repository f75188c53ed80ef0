"""The scenarios that ship: sourced, explained, solved, and with the signs that economics gives."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

import detente as dt
from detente.model.regimes import LimitResult
from detente.outcome.checks import run_checks
from detente.outcome.quantities import Comparison
from detente.policy import (
    compile_scenario,
    explain,
    hit_value,
    list_scenarios,
    load_scenario,
    parse_scenario,
    scenario_groups,
)
from tools.build_library_page import ELASTICITIES, PAGE, page, real_income, solve_library

NAMES = list_scenarios()
TURNING_POINTS, WHAT_IFS = scenario_groups().values()


@cache
def world() -> dt.World:
    return dt.load_world("world-2022")


@cache
def solved() -> dict[str, Comparison]:
    """Every scenario against its own reference: one pass for all tests of this file."""
    return dict(solve_library(world(), ELASTICITIES[:1])[ELASTICITIES[0]])


def income(name: str, economy: str) -> float:
    """Change of real income, percent."""
    return real_income(solved()[name], world(), economy)


def exports(name: str, exporter: str, importer: str) -> float:
    """Change of exports at the border, as a ratio."""
    found, economies = solved()[name], world().economies
    index = (slice(None), economies.index(importer), economies.index(exporter))
    return float(found.scenario.flows[index].sum() / found.reference.flows[index].sum())


def test_the_library_has_turning_points_and_what_ifs() -> None:
    assert list(scenario_groups()) == ["Turning points", "What-ifs"]
    assert set(TURNING_POINTS) | set(WHAT_IFS) == set(NAMES)
    assert not set(TURNING_POINTS) & set(WHAT_IFS)
    assert set(NAMES) >= {"us-tariffs-on-canada", "china-canada-2024-25", "canada-china-2026", "policy-today"}


def test_turning_points_are_listed_by_date() -> None:
    days = [load_scenario(name).date for name in TURNING_POINTS]
    assert None not in days
    assert days == sorted(days, key=str)
    assert days[0].year == 2018 and days[-1].year == 2027  # type: ignore[union-attr]


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_says_what_it_is(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title and len(scenario.title) <= 100
    assert len(scenario.description.split()) >= 10
    assert scenario.in_force
    if name in TURNING_POINTS:
        assert scenario.from_registry and scenario.extends == "registry"
    else:
        assert scenario.against == "policy-today"
    assert scenario.describe()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_source_or_is_an_assumption(name: str) -> None:
    for measure in load_scenario(name).measures:
        assert measure.source or measure.assumption, measure.id
        if measure.source:
            assert measure.source.url.startswith("http") and measure.source.publisher, measure.id
        assert measure.products, measure.id


@pytest.mark.parametrize("name", WHAT_IFS)
def test_a_what_if_differs_from_today(name: str) -> None:
    scenario = load_scenario(name)
    today = {m.id: m.content() for m in load_scenario("policy-today").in_force}
    assert {m.id: m.content() for m in scenario.in_force} != today


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_explained_before_it_is_solved(name: str) -> None:
    brief = explain(load_scenario(name), world())
    assert {measure.id for measure in brief.measures} == {m.id for m in load_scenario(name).in_force}


# The remainder of the welfare decomposition is that of a differential: large where trade moves very much.
LARGE = {"us-china-2018-09", "us-china-2019-09", "sanctions-on-china-metals"}


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_is_solved(name: str) -> None:
    failed = {check.name for check in run_checks(solved()[name]) if not check.passed}
    assert failed <= ({"decomposition"} if name in LARGE else set())


@pytest.mark.parametrize("name", ["canada-china-2026", "china-canada-2024-25", "us-tariffs-on-canada"])
def test_scenarios_named_by_code_hit_the_same_value_in_an_aggregate(name: str) -> None:
    small = world().aggregate("focus")
    scenario = load_scenario(name)
    detailed = hit_value(compile_scenario(scenario, world()), world()).sum()
    assert hit_value(compile_scenario(scenario, small), small).sum() == pytest.approx(detailed, rel=1e-9)


# Real income: economy, sign. Signs are those that theory and every published estimate of the kind give.
SIGNS = [
    ("us-steel-2018", "CAN", -1),
    ("steel-truce-2019", "CAN", +1),
    ("us-china-2018-09", "CHN", -1),
    ("us-china-peak-2025-04", "CHN", -1),
    ("us-china-peak-2025-04", "USA", -1),
    ("geneva-2025-05", "CHN", +1),
    ("geneva-2025-05", "USA", +1),
    ("us-first-strike-2025-03", "CAN", -1),
    ("us-fentanyl-2025-03", "CAN", -1),
    ("us-metals-2025-06", "CAN", -1),
    ("china-canada-2025-03", "CAN", -1),
    ("canola-deposit-2025-08", "CAN", -1),
    ("canada-china-2026", "CAN", +1),
    ("canada-china-2026", "CHN", +1),
    ("section-338-2026-08", "CAN", -1),
    ("us-import-bans-2026-09", "CAN", -1),
    ("suspensions-end-2027-01", "CAN", -1),
    ("us-tariffs-on-canada", "CAN", -1),
    ("china-canada-2024-25", "CAN", -1),
    ("policy-today", "CAN", -1),
    ("policy-today", "CHN", -1),
    ("canada-china-full-removal", "CAN", +1),
    ("agri-food-tariff-cuts", "CAN", +1),
    ("critical-minerals-partnership", "CAN", +1),
    ("clean-technology-partnership", "CAN", +1),
    ("transport-links", "CAN", +1),
    ("transport-links", "CHN", +1),
    ("student-exchange", "CAN", +1),
    ("student-exchange", "CHN", +1),
    ("joint-investments", "CAN", +1),
    ("partnership-with-china", "CAN", +1),
    ("partnership-with-china", "CHN", +1),
    ("diversification-besides-china", "CAN", +1),
    ("us-retaliation-25", "CAN", -1),
    ("us-retaliation-100", "CAN", -1),
    ("us-retaliation-100", "USA", -1),
    ("us-canada-tariff-war", "CAN", -1),
    ("joint-retaliation", "USA", -1),
    ("joint-escalation", "CAN", -1),
    ("joint-escalation", "CHN", -1),
    ("exports-to-china-plus-50", "CAN", +1),
    ("exports-to-china-plus-50", "CHN", -1),
    ("trade-with-china-plus-15", "CAN", +1),
    ("trade-with-china-plus-15", "CHN", +1),
    ("sanctions-on-china-metals", "CAN", -1),
    ("sanctions-on-china-metals", "CHN", -1),
]


@pytest.mark.parametrize(("name", "economy", "sign"), SIGNS)
def test_signs(name: str, economy: str, sign: int) -> None:
    assert np.sign(income(name, economy)) == sign


def test_more_retaliation_hurts_more() -> None:
    losses = [income(f"us-retaliation-{rate}", "CAN") for rate in (25, 35, 100)]
    assert losses == sorted(losses, reverse=True)
    assert exports("us-retaliation-100", "CAN", "USA") < exports("us-retaliation-25", "CAN", "USA") < 1.0


def test_the_first_three_days_hurt_more_than_duties_that_spare_the_usmca() -> None:
    assert income("us-first-strike-2025-03", "CAN") < income("us-fentanyl-2025-03", "CAN")


def test_an_answer_from_the_united_states_hurts_both_partners_more() -> None:
    for economy in ("CAN", "CHN"):
        assert income("joint-escalation", economy) < income("joint-retaliation", economy)


def test_diversification_instead_of_china_gives_up_what_china_would_buy() -> None:
    assert exports("diversification-besides-china", "CAN", "DEU") > 1.0
    assert exports("diversification-instead-of-china", "CAN", "CHN") < 1.0
    assert income("diversification-instead-of-china", "CAN") < income("diversification-besides-china", "CAN")


def test_trade_with_china_grows_by_fifteen_percent() -> None:
    """The cost was found by solving: two-way trade of everything at the border."""
    found, economies = solved()["trade-with-china-plus-15"], world().economies
    can, chn = economies.index("CAN"), economies.index("CHN")
    after, before = (
        state.flows[:, [can, chn], [chn, can]].sum() for state in (found.scenario, found.reference)
    )
    assert after / before == pytest.approx(1.15, abs=0.001)


def limit(name: str, measure: str) -> LimitResult:
    (found,) = (limit for limit in solved()[name].scenario.limits if limit.name == measure)
    return found


def test_the_vehicle_quota_does_not_bind_and_half_of_it_bites() -> None:
    """49,000 vehicles are a tenth more than came in 2023, before the surtax."""
    quota = limit("canada-china-2026", "ca-ev-quota-chn-2026")
    assert quota.size == pytest.approx(49000 * 49600 / 1.3494 / 1e6, rel=1e-3)
    assert quota.regime == "not binding" and quota.premium == 1.0
    assert quota.used == pytest.approx(44356 / 49000, rel=0.01)
    wide, half = (limit(f"vehicle-quota-{units}", "ca-ev-quota-chn-2026") for units in (70000, 24500))
    assert wide.regime == "not binding" and wide.premium == 1.0 and (wide.used or 0.0) < 1.0
    # Quantity falls with the power theta + 1 of the price where little else moves.
    theta = float(dt.calibrate(world(), dt.Theory()).trade_elasticity[world().sectors.index("C29")])
    expected = (wide.quantity / half.size) ** (1.0 / (theta + 1.0))
    assert half.regime == "binding" and half.premium == pytest.approx(expected, rel=0.01)
    assert half.importer_rent > quota.importer_rent == 0.0
    assert exports("vehicle-quota-24500", "CHN", "CAN") < 1.0 < exports("vehicle-quota-70000", "CHN", "CAN")


def test_a_quota_that_does_not_bind_is_no_quota() -> None:
    for economy in ("CAN", "CHN", "USA"):
        without = income("vehicle-quota-removed", economy)
        assert income("vehicle-quota-70000", economy) == pytest.approx(without, abs=1e-9)


def test_china_buys_what_it_promised() -> None:
    promise = limit("exports-to-china-plus-50", "buy-from-canada")
    assert promise.regime == "binding" and promise.importer_rent < 0.0
    assert promise.quantity == pytest.approx(promise.size, rel=1e-6)


def test_the_arrangement_is_that_of_the_earlier_file() -> None:
    """Measures, rates and values that the file had before the registry held them; of metals, a smaller value
    of the goods that the surtax lists has been found since."""
    deal, before = load_scenario("canada-china-2026"), load_scenario("canada-china-2026").reference
    assert before is not None
    values = {m.id: m.covers.value for m in (*deal.in_force, *before.in_force) if m.covers}
    rates = {m.id: m.rate for m in (*deal.in_force, *before.in_force)}
    earlier = {
        "ca-surtax-chn-ev-2024": (1.0, 2.2e9),
        "ca-ev-quota-chn-2026": (0.0, 2.2e9),
        "chn-ad-canola-seed-prelim": (0.758, 4.0e9),
        "chn-ad-canola-seed-final": (0.059, 4.0e9),
        "chn-reta-can-canola-oil": (1.0, 20.6e6),
        "chn-reta-can-canola-meal": (1.0, 0.921e9),
        "chn-reta-can-peas": (1.0, 0.306e9),
        "chn-reta-can-pork": (0.25, 0.469e9),
        "chn-reta-can-lobster-crab": (0.25, 0.869e9),
        "chn-reta-can-aquatic": (0.25, 0.431e9),
    }
    for name, (rate, value) in earlier.items():
        assert rates[name] == pytest.approx(rate), name
        assert values[name] == pytest.approx(value), name
    assert rates["ca-surtax-chn-steel-alu-2024"] == 0.25 and values["ca-surtax-chn-steel-alu-2024"] < 5.6e9
    assert "chn-suspension-can-2026" in rates


def test_the_page_is_what_the_library_gives() -> None:
    """Every scenario with the standard elasticities; the numbers in brackets are checked on a few."""
    text = PAGE.read_text(encoding="utf-8")
    standard = re.sub(r" \([+-]?\d+\.\d{3}\)(?= \|)", "", text)
    assert standard == page(standard, world(), {ELASTICITIES[0]: solved()}), (
        "run: python -m tools.build_library_page"
    )


@pytest.mark.parametrize("name", ["canada-china-2026", "us-retaliation-25"])
def test_numbers_in_brackets_are_of_the_other_elasticities(name: str) -> None:
    found = dt.run(world(), name, theory=dt.Theory(elasticities=ELASTICITIES[1]))
    (row,) = (
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |")
    )
    shown = [float(number) for number in re.findall(r"\(([+-]?\d+\.\d{3})\)", row)]
    assert shown == [
        round(float(found["real_income"].sel(economy=code)), 3) for code in ("CAN", "CHN", "USA")
    ]


def test_a_quota_that_does_not_bind_is_the_ordinary_tariff() -> None:
    free = parse_scenario(
        """
        title: The arrangement without a limit on vehicles
        extends: canada-china-2026
        against: china-canada-2024-25
        remove: [ca-ev-quota-chn-2026]
        """
    )
    found = dt.run(world(), free)["real_income"]
    for economy in ("CAN", "CHN"):
        expected = float(found.sel(economy=economy))
        assert income("canada-china-2026", economy) == pytest.approx(expected, abs=1e-9)
