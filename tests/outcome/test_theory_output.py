"""What a theory adds to an answer, in every form of output: terminal, JSON, tables, workbook."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from rich.console import Console

from detente.cli.answer import print_answer
from detente.cli.document import outcome_document, text
from detente.model import Theory, calibrate, solve
from detente.outcome import Outcome, export, summarise
from detente.outcome.theory_notes import theory_notes
from detente.policy.brief import explain
from detente.policy.shock import no_shock, set_tariffs
from detente.world.world import World
from tests.worlds import random_world


def outcome_of(world: World, theory: Theory) -> Outcome:
    tariff = world.tariff_factor.copy()
    tariff[0, 0, 1:] += 0.2
    return Outcome(
        id="0" * 16,
        world=world,
        scenario="scenario",
        against="baseline",
        theory=theory,
        reference=solve(world, no_shock(world), theory),
        equilibrium=solve(world, set_tariffs(world, tariff), theory),
        base=calibrate(world, theory),
        notices=(),
        hashes={"scenario": "a", "against": "baseline", "world": "b"},
        theory_notes=theory_notes(world, theory),
    )


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    world = random_world(3)
    path = tmp_path_factory.mktemp("groups") / "regions.csv"
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("economy", "group", "sector", "earnings"))
        rows.writerows([("E0", "north", "S0", 9), ("E0", "north", "S1", 1)])
        rows.writerows([("E0", "south", "S0", 1), ("E0", "south", "S1", 9)])
    return outcome_of(world, Theory("uniform:4", labour="groups", labour_groups=str(path)))


def printed(outcome: Outcome) -> str:
    stream = StringIO()
    print_answer(Console(file=stream, width=100), outcome, summarise(outcome, ["E0", "E1"]))
    return stream.getvalue()


def test_groups_come_with_the_largest_gain_first(grouped: Outcome) -> None:
    rows = summarise(grouped, ["E1"]).groups
    # A duty on the first sector's imports helps those who work there.
    assert [(row.economy, row.group) for row in rows] == [("E0", "north"), ("E0", "south")]
    assert rows[0].pay > rows[1].pay
    assert grouped["group_pay"].sel(group="north").item() == rows[0].pay


def test_the_terminal_states_the_theory_its_assumptions_and_its_groups(grouped: Outcome) -> None:
    said = " ".join(printed(grouped).split())
    assert "imperfectly mobile (shape 1.5)" in said
    assert "labour shape 1.5 is an assumption" in said
    assert "Workers of E0, by group" in said and said.index("north") < said.index("south")
    assert "pay, %" in said


def test_groups_are_in_tables_and_workbook(grouped: Outcome, tmp_path: Path) -> None:
    manifest = export(grouped, tmp_path / "result")
    assert manifest["theory"]["notes"] == list(grouped.theory_notes)
    table = pd.read_csv(tmp_path / "result" / "groups.csv").set_index(["quantity", "group"])["value"]
    assert table["group_pay", "north"] == pytest.approx(grouped.values("group_pay")[0], rel=1e-15)
    labels = pd.read_csv(tmp_path / "result" / "labels.csv").set_index(["dimension", "code"])["title"]
    assert labels["group", "south"] == "workers of E0: south"
    book = openpyxl.load_workbook(tmp_path / "result" / "outcome.xlsx")
    rows = list(book["Groups"].values)
    assert rows[0][:2] == ("Economy", "Group of workers") and rows[1][:2] == ("E0", "north")
    assert rows[1][2] == pytest.approx(grouped.values("group_pay")[0])
    readme = "\n".join(str(cell) for row in book["README"].values for cell in row)
    assert "labour shape 1.5 is an assumption" in readme


@pytest.mark.parametrize(
    ("theory", "rows", "sectors"),
    [
        (Theory("uniform:4"), set(), set()),
        (
            Theory("uniform:4", market="fixed-firms", inputs="none"),
            {"profits", "profits_value", "profit_shifting"},
            set(),
        ),
        (Theory("uniform:4", market="krugman", inputs="none"), {"scale_and_variety"}, {"firms"}),
        (Theory("uniform:4", labour="specific"), set(), {"real_pay"}),
        (
            Theory("uniform:4", labour_supply=0.5),
            {"employment", "welfare_net_of_effort", "labour_supplied", "trade_imbalances"},
            set(),
        ),
        (
            Theory("uniform:4", revenue="government"),
            {"household_real_income", "household_real_income_value", "public_revenue_value"},
            set(),
        ),
    ],
)
def test_a_summary_has_what_the_theory_has_and_no_more(
    theory: Theory, rows: set[str], sectors: set[str]
) -> None:
    outcome = outcome_of(random_world(3), theory)
    found = summarise(outcome, ["E0"])
    shown = {row.quantity for row in found.rows}
    core = {
        "real_income",
        "real_income_value",
        "terms_of_trade",
        "volume_of_trade",
        "second_order",
        "real_wage",
        "consumer_prices",
        "tariff_revenue",
        "tariff_revenue_value",
    }
    assert shown == core | rows
    sector = (*found.helped["E0"], *found.hurt["E0"])[0]
    assert {name for name in ("real_pay", "firms") if getattr(sector, name) is not None} == sectors
    assert printed(outcome)


def test_the_document_has_every_number_of_the_theory(grouped: Outcome) -> None:
    import detente as dt
    from detente.policy import load_scenario

    brief = explain(load_scenario("canada-china-2026"), dt.load_world("g20-2019"))
    said = json.loads(text(outcome_document(grouped, summarise(grouped, ["E0"]), brief, None, None)))
    assert [row["group"] for row in said["groups"]["rows"]] == ["north", "south"]
    assert said["theory"]["labour"] == "groups" and "assumption" in said["theory"]["notes"][0]
    assert np.isfinite(said["sectors"]["helped"]["E0"][0]["real_pay"])
