"""The short answer picks the right economies, sectors and measures, and adds up."""

from __future__ import annotations

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.outcome.outcome import Outcome
from detente.outcome.summary import (
    ALL_PARTNERS,
    compare_measures,
    focus_economies,
    named_economies,
    sole_parties,
    summarise,
)
from detente.policy import explain, parse_scenario

DEAL = "canada-china-2026"
DUTY = """
title: {title}
measures:
  - {{id: {name}, kind: {kind}, importer: [Germany, Canada], exporter: {exporter}, sectors: C, rate: {rate}%,
     start: {start}, assumption: what if}}
"""


def duty(title="a", name="a", kind="surcharge", exporter="China", rate=5, start="2026-01-01"):
    return parse_scenario(
        DUTY.format(title=title, name=name, kind=kind, exporter=exporter, rate=rate, start=start),
        f"{name}.yaml",
    )


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return dt.run("g20-2019", DEAL)


def test_named_economies_stand_for_their_groups_and_all_is_nobody() -> None:
    world = dt.load_world("wiod-2011")
    grouped = world.aggregate(economies="focus")
    assert named_economies(explain(duty(), world), world) == ("CAN", "DEU", "CHN")
    assert named_economies(explain(duty(), grouped), grouped) == ("CAN", "EU27", "CHN")
    assert named_economies(explain(duty(exporter="all"), world), world) == ("CAN", "DEU")


def test_focus_fills_up_with_the_most_affected_and_drops_the_least(outcome: Outcome) -> None:
    size = np.abs(outcome.values("real_income_value"))
    ranked = [outcome.world.economies[i] for i in np.argsort(-size)]
    others = [code for code in ranked if code not in ("MEX", "ROW")]
    assert focus_economies(outcome, ["MEX"]) == ("MEX", *others[:2])
    assert "ROW" not in focus_economies(outcome, [], fewest=20)
    named = [code for code in outcome.world.economies if code != "ROW"]
    assert focus_economies(outcome, named) == tuple(code for code in ranked if code != "ROW")[:6]
    assert focus_economies(outcome, ["ROW", "MEX", "ZAF"]) == ("ROW", "MEX", "ZAF")
    assert focus_economies(outcome, named, alone=["ZAF"])[0] == "ZAF"
    assert len(focus_economies(outcome, named, alone=["ZAF"])) == 6


def test_who_is_alone_on_a_side_is_shown_and_members_of_a_union_are_not() -> None:
    world = dt.load_world("wiod-2011")
    grouped = world.aggregate(economies="focus")
    union = parse_scenario(
        "title: t\nmeasures:\n  - {id: a, kind: surcharge, importer: India, exporter: European Union, "
        "sectors: goods, rate: 5%, assumption: what if}\n"
    )
    assert sole_parties(explain(union, world), world) == ("IND",)
    assert sole_parties(explain(union, grouped), grouped) == ("IND", "EU27")
    assert "DEU" in named_economies(explain(union, world), world)


def test_where_nothing_changes_the_largest_economies_are_shown() -> None:
    same = dt.run("g20-2019", DEAL, against=DEAL)
    assert focus_economies(same, []) == ("USA", "CHN", "JPN")


def test_rows_are_the_quantities_and_parts_add_up(outcome: Outcome) -> None:
    found = summarise(outcome, ["China", "CAN", "CHN"])
    assert found.focus == ("CHN", "CAN")
    rows = {row.quantity: row for row in found.rows}
    parts = ("terms_of_trade", "volume_of_trade", "second_order")
    assert np.sum([rows[name].values for name in parts], axis=0) == pytest.approx(
        rows["real_income"].values, rel=1e-9
    )
    assert rows["real_income"].values[1] == outcome["real_income"].sel(economy="CAN").item()
    assert (rows["real_income"].unit, rows["tariff_revenue"].unit) == ("percent", "USD million a year")


def test_exports_to_all_are_the_sum_over_partners(outcome: Outcome) -> None:
    found = summarise(outcome, ["CAN", "USA"])
    assert [(row.exporter, row.importer) for row in found.exports] == [
        ("CAN", "USA"), ("CAN", ALL_PARTNERS), ("USA", "CAN"), ("USA", ALL_PARTNERS),
    ]  # fmt: skip
    row = found.exports[1]
    assert row.scenario == pytest.approx(outcome["exports"].sel(exporter="CAN").sum().item())
    assert row.reference == pytest.approx(outcome["exports_reference"].sel(exporter="CAN").sum().item())
    assert row.percent == pytest.approx(100 * row.change / row.reference)


def test_sectors_are_the_extremes_of_value_added(outcome: Outcome) -> None:
    found = summarise(outcome, ["CAN"], sectors=3)
    change = outcome["value_added_volume"].sel(economy="CAN")
    order = change.sortby(change).sector.values.tolist()
    assert [row.sector for row in found.helped["CAN"]] == order[::-1][:3]
    assert [row.sector for row in found.hurt["CAN"]] == order[:3]
    worst = found.hurt["CAN"][0]
    at = {"economy": "CAN", "sector": worst.sector}
    assert worst.output == outcome["output_change"].sel(at).item()
    assert worst.output_volume == outcome["output_volume_change"].sel(at).item()
    everything = summarise(outcome, ["CAN"], sectors=99)
    assert min(row.value_added for row in everything.helped["CAN"]) >= 0.5
    assert max(row.value_added for row in everything.hurt["CAN"]) <= -0.5


def test_unknown_economies_are_all_named(outcome: Outcome) -> None:
    with pytest.raises(BadInput) as caught:
        summarise(outcome, ["Cnada", "CAN", "Atlantis"])
    assert len(caught.value.problems) == 2
    assert all(problem.field == "focus" for problem in caught.value.problems)


def test_measures_are_compared_by_effect() -> None:
    world = dt.load_world("g20-2019")

    def compared(one, other):
        found = compare_measures(one, explain(one, world), other, explain(other, world) if other else None)
        return len(found.new), len(found.ended), len(found.unchanged)

    assert compared(duty(), None) == (1, 0, 0)
    assert compared(duty(), duty(name="b", start="2025-01-01")) == (0, 0, 1)
    assert compared(duty(), duty(rate=6)) == (1, 1, 0)
    assert compared(duty(), duty(kind="tariff")) == (1, 1, 0)
    assert compared(duty(), duty(exporter="Japan")) == (1, 1, 0)


def test_what_hardly_changes_is_neither_helped_nor_hurt(outcome: Outcome) -> None:
    found = summarise(outcome, outcome.world.economies, sectors=99)
    change = outcome["value_added_volume"]
    for code in found.focus:
        for rows, sign in ((found.helped[code], 1.0), (found.hurt[code], -1.0)):
            wanted = (sign * change.sel(economy=code) >= 0.5).sum().item()
            assert len(rows) == wanted
            assert all(sign * row.value_added >= 0.5 for row in rows)
