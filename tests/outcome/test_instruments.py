"""Outcomes of every instrument: quantities, parts of real income, limits in every form of output."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from detente.cli.answer import print_answer
from detente.model import Equilibrium, Theory, calibrate, solve
from detente.model.wedges import logarithmic_mean
from detente.outcome import Outcome, decompose, export, summarise
from detente.outcome.checks import run_checks
from detente.outcome.decomposition import Decomposition
from detente.outcome.quantities import QUANTITIES, Comparison
from detente.policy.shock import Shock, no_shock
from detente.world.world import World
from tests.model.shocks import limits, one_limit, random_shock, real_income, varieties_shock
from tests.worlds import random_world

THEORY = Theory("uniform:4")
FLOW = (0, 1, 0)
PARTS = ("terms_of_trade", "volume_of_trade", "efficiency", "subsidised_volume", "second_order")
seeds = st.integers(0, 2**32 - 1)


def compared(world: World, shock: Shock, reference: Shock | None = None) -> Comparison:
    before = solve(world, reference or no_shock(world), THEORY)
    return Comparison(before, solve(world, shock, THEORY), calibrate(world, THEORY), THEORY)


def outcome_of(world: World, shock: Shock) -> Outcome:
    pair = compared(world, shock)
    return Outcome(
        id="0" * 16,
        world=world,
        scenario="scenario",
        against="baseline",
        theory=THEORY,
        reference=pair.reference,
        equilibrium=pair.scenario,
        base=pair.base,
        notices=(),
        hashes={"scenario": "a", "against": "baseline", "world": "b"},
    )


def dense(world: World, factor: float) -> np.ndarray:
    array = np.ones_like(world.tariff_factor)
    array[FLOW] = factor
    return array


def at(value: float) -> np.ndarray:
    array = np.zeros((3, 2))
    array[0, 0], array[1, 1] = value, value / 2
    return array


INSTRUMENTS: dict[str, Callable[[World, float], Shock]] = {
    "export tax": lambda w, x: dataclasses.replace(no_shock(w), export_factor=dense(w, 1 + x)),
    "trade cost": lambda w, x: dataclasses.replace(no_shock(w), cost_factor=dense(w, 1 + x)),
    "production subsidy": lambda w, x: dataclasses.replace(no_shock(w), production_subsidy=at(x)),
    "consumption subsidy": lambda w, x: dataclasses.replace(no_shock(w), consumption_subsidy=at(x)),
    "productivity": lambda w, x: dataclasses.replace(no_shock(w), productivity=1 + at(x)),
    "quota of the importer": lambda w, x: one_limit(w, FLOW, 0.7, 1 - x),
    "restraint of the exporter": lambda w, x: one_limit(w, FLOW, 0.7, 1 - x, rent=1.0),
    "rate quota": lambda w, x: one_limit(w, FLOW, 0.7, 0.5, highest=1 + x, rent=0.5),
    "commitment": lambda w, x: one_limit(w, FLOW, 0.7, 1 + x, lowest=0.01, highest=1.0),
    "margin": lambda w, x: one_limit(w, FLOW, 0.7, np.inf, lowest=1 + x, highest=1 + x),
    "part of a flow": lambda w, x: varieties_shock(
        w, [(*FLOW, 0.4, w.tariff_factor[FLOW], w.tariff_factor[FLOW] * (1 + x), 1 + x, 1 + x)]
    ),
}


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_the_remainder_vanishes_faster_than_the_change(name: str) -> None:
    world = random_world(1)
    left, moved = [], []
    for size in (0.08, 0.04):
        parts = decompose(*compared(world, INSTRUMENTS[name](world, size)).solutions)
        left.append(np.abs(parts.second_order).max())
        moved.append(max(np.abs(part).max() for part in parts[:-1]))
    assert left[1] < 0.01 * moved[1]
    # Third order; a part that is wrong leaves a remainder of the first order, which halves.
    assert left[0] > 3.5 * left[1] or left[1] < 1e-9


def test_each_instrument_works_through_its_own_part() -> None:
    world = random_world(1, tariffs=False)
    pairs = {name: compared(world, make(world, 0.1)) for name, make in INSTRUMENTS.items()}
    found = {name: decompose(*pair.solutions) for name, pair in pairs.items()}
    # Nobody collects anything but what the instrument brings; all else is prices.
    assert (found["trade cost"].efficiency[1] < 0) and not found["trade cost"].efficiency[[0, 2]].any()
    assert np.abs(found["trade cost"].volume_of_trade).max() < 1e-12
    assert (found["productivity"].efficiency[:2] > 0).all() and found["productivity"].efficiency[2] == 0
    assert (found["production subsidy"].subsidised_volume[:2] < 0).all()
    assert (found["consumption subsidy"].subsidised_volume[:2] < 0).all()
    assert found["export tax"].terms_of_trade[0] > 0 > found["export tax"].volume_of_trade[0]
    assert found["export tax"].terms_of_trade[1] < 0
    # An exporter's rent is a price at the border, an importer's is not.
    assert found["restraint of the exporter"].terms_of_trade[1] < 0
    assert (
        found["quota of the importer"].terms_of_trade[1]
        > 0
        > found["quota of the importer"].volume_of_trade[1]
    )


def test_beyond_a_quota_only_trade_within_it_pays_the_exporters_rent() -> None:
    world = random_world(1)
    pair = compared(world, one_limit(world, FLOW, 1.0, 0.3, highest=1.15, rent=0.6))
    old, new = pair.reference, pair.scenario
    (answer,) = new.limits
    assert answer.regime == "beyond the quota" and answer.used is not None and answer.used > 1.5
    rent = np.log(new.flows / new.sales)
    assert rent[FLOW] == pytest.approx(np.log1p(0.6 * 0.15 / answer.used))
    np.testing.assert_allclose(new.log_export_factor, rent, atol=1e-9)
    # Terms of trade by their definition, from the values at the border and at the factory gate.
    price = (new.log_offer - old.log_offer).T[:, None, :] + rent
    worth = logarithmic_mean(old.flows, new.flows) * price
    change = real_income(pair.base, new) / real_income(pair.base, old) - 1.0
    factor = change / np.log1p(change) / logarithmic_mean(old.income, new.income)
    terms = (worth.sum(axis=(0, 1)) - worth.sum(axis=(0, 2))) * factor
    np.testing.assert_allclose(pair.decomposition.terms_of_trade, terms, rtol=1e-6)


def test_one_limit_that_fails_among_others_is_found() -> None:
    world = random_world(1)
    both = limits(one_limit(world, FLOW, 0.7, 0.5).limits, one_limit(world, (1, 2, 0), 0.7, 0.5).limits)
    pair = compared(world, dataclasses.replace(no_shock(world), limits=both))
    assert all(check.passed for check in run_checks(pair))
    for at in range(2):
        answers = list(pair.scenario.limits)
        answers[at] = dataclasses.replace(answers[at], gap=1e-3)
        broken = dataclasses.replace(pair.scenario, limits=tuple(answers))
        failed = [
            check for check in run_checks(dataclasses.replace(pair, scenario=broken)) if not check.passed
        ]
        assert [(check.name, check.measured) for check in failed] == [("limits (scenario)", 1e-3)]


def test_real_income_is_split_once_for_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*pair: object) -> Decomposition:
        calls.append(pair)
        return decompose(*pair)  # type: ignore[arg-type]

    monkeypatch.setattr("detente.outcome.quantities.decompose", counted)
    world = random_world(1)
    outcome = outcome_of(world, one_limit(world, FLOW, 0.7, 0.5))
    for part in PARTS:
        outcome.values(part)
    assert outcome.checks and outcome.values("real_income").any()
    assert len(calls) == 1


def test_an_efficiency_gain_is_what_was_paid_for_the_cost() -> None:
    world = random_world(2)
    pair = compared(world, dataclasses.replace(no_shock(world), cost_factor=dense(world, 1.001)))
    wanted = -pair.reference.flows[FLOW] * np.log(1.001) / pair.reference.income[1]
    assert np.isclose(decompose(*pair.solutions).efficiency[1], wanted, rtol=5e-3)


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_parts_add_up_and_checks_pass_with_all_instruments(seed: int) -> None:
    world = random_world(seed)
    pair = compared(world, random_shock(world, seed, 0.3), random_shock(world, seed + 1, 0.3))
    values = {name: quantity(pair) for name, quantity in QUANTITIES.items()}
    assert all(np.isfinite(value).all() for value in values.values())
    assert np.allclose(sum(values[part] for part in PARTS), values["real_income"], atol=1e-10)
    failed = [check for check in run_checks(pair) if not check.passed and check.name != "decomposition"]
    assert not failed
    assert np.isclose(
        values["real_income"],
        100 * (real_income(pair.base, pair.scenario) / real_income(pair.base, pair.reference) - 1),
    ).all()


@pytest.mark.parametrize("lifted", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_a_ban_and_its_end_have_finite_parts(whole: bool, lifted: bool) -> None:
    world = random_world(1)
    tau = world.tariff_factor[FLOW]
    ban = (
        dataclasses.replace(no_shock(world), cost_factor=dense(world, np.inf))
        if whole
        else varieties_shock(world, [(*FLOW, 0.3, tau, tau, 1.0, np.inf)])
    )
    pair = compared(world, no_shock(world), ban) if lifted else compared(world, ban)
    values = {name: quantity(pair) for name, quantity in QUANTITIES.items()}
    assert all(np.isfinite(value).all() for value in values.values())
    parts = decompose(*pair.solutions)
    sign = 1.0 if lifted else -1.0
    assert sign * parts.efficiency[1] > 0
    # The flow has an eighth of its market; what its end costs is no exponential path there.
    assert np.abs(parts.second_order).max() < 0.04 * abs(values["real_income"][1] / 100)
    assert all(check.passed for check in run_checks(pair))


def test_a_quota_that_does_not_hold_fails_its_check() -> None:
    world = random_world(1)
    pair = compared(world, one_limit(world, FLOW, 0.7, 0.5))
    assert {check.name for check in run_checks(pair) if check.name.startswith("limits")} == {
        "limits (scenario)"
    }
    (answer,) = pair.scenario.limits
    missed = dataclasses.replace(answer, gap=0.01)
    broken: Equilibrium = dataclasses.replace(pair.scenario, limits=(missed,))
    failed = [
        check.name for check in run_checks(dataclasses.replace(pair, scenario=broken)) if not check.passed
    ]
    assert failed == ["limits (scenario)"]
    for field, check in (("export_tax_revenue", "export taxes and rents"), ("subsidies", "income")):
        wrong = dataclasses.replace(pair.scenario, **{field: getattr(pair.scenario, field) + 1.0})
        names = [
            found.name for found in run_checks(dataclasses.replace(pair, scenario=wrong)) if not found.passed
        ]
        assert f"{check} (scenario)" in names


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    world = random_world(1)
    each = [
        one_limit(world, FLOW, 0.7, 0.5, name="cars").limits,
        one_limit(world, (1, 2, 0), 0.5, 0.0, name="ban").limits,
        one_limit(world, (1, 0, 1), 0.5, np.inf, lowest=1.1, highest=1.1, name="margin").limits,
    ]
    shock = dataclasses.replace(
        no_shock(world), limits=limits(*each), export_factor=dense(world, 1.1), production_subsidy=at(0.05)
    )
    return outcome_of(world, shock)


def test_rows_appear_with_their_instruments(outcome: Outcome) -> None:
    found = {row.quantity for row in summarise(outcome, ["E0", "E1"]).rows}
    assert {"export_taxes", "quota_rents", "subsidies", "efficiency", "subsidised_volume"} <= found
    world = random_world(1)
    tariff = world.tariff_factor.copy()
    tariff[FLOW] += 0.1
    plain = {
        row.quantity for row in summarise(outcome_of(world, Shock(tariff, np.ones_like(tariff))), ["E0"]).rows
    }
    assert not plain & {"export_taxes", "quota_rents", "subsidies_value", "efficiency", "subsidised_volume"}


def test_limits_are_printed(outcome: Outcome) -> None:
    file = StringIO()
    print_answer(Console(file=file, width=200), outcome, summarise(outcome, ["E0", "E1"]))
    lines = {line.split()[0]: line for line in file.getvalue().splitlines() if line.strip()}
    assert "binding" in lines["cars"] and "100" in lines["cars"]
    assert "closed" in lines["ban"] and "fixed" in lines["margin"] and "+10" in lines["margin"]


def test_limits_are_in_every_file(outcome: Outcome, tmp_path: Path) -> None:
    export(outcome, tmp_path / "result")
    table = pd.read_parquet(tmp_path / "result" / "limits.parquet").set_index("name")
    text = pd.read_csv(tmp_path / "result" / "limits.csv").set_index("name")
    answers = {answer.name: answer for answer in outcome.limits}
    for found in (table, text):
        assert list(found.index) == ["cars", "ban", "margin"]
        assert found.loc["cars", "premium"] == pytest.approx(answers["cars"].premium)
        assert np.isnan(found.loc["ban", "premium"]) and np.isnan(found.loc["margin", "size"])
        assert found.loc["ban", "regime"] == "closed" and found.loc["cars", "scenario"] == "scenario"
    sheet = openpyxl.load_workbook(tmp_path / "result" / "outcome.xlsx")["Limits"]
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows["cars"][1] == "binding" and rows["cars"][6] == pytest.approx(answers["cars"].importer_rent)
    assert rows["ban"][5] in (None, "")
    manifest = json.loads((tmp_path / "result" / "manifest.json").read_text())
    assert "limits.csv" in manifest["files"]


def test_quantities_of_money_are_those_of_the_two_equilibria(outcome: Outcome) -> None:
    point = outcome.equilibrium
    assert np.allclose(outcome.values("export_taxes"), point.export_tax_revenue)
    assert outcome.values("export_taxes")[0] == pytest.approx(
        (point.flows - point.sales)[:, :, 0].sum(), rel=1e-9
    )
    rents = sum(answer.importer_rent + answer.exporter_rent for answer in outcome.limits)
    assert outcome.values("quota_rents").sum() == pytest.approx(rents)
    bill = at(0.05) * point.output
    assert np.allclose(outcome.values("subsidies_value"), bill.sum(axis=1))
