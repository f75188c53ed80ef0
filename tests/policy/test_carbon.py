"""Charges on the carbon in imports: rates from a table, and what is wrong with tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from detente.errors import BadInput
from detente.policy import Carbon, Measure, Scenario, compile_scenario
from detente.policy.compiler.carbon import carbon_rates
from detente.policy.compiler.compile import added_duty
from detente.world import World, load_world
from detente.world.exchange_rates import exchange_rate

HEAD = "economy,sector,tonnes_per_million_usd\n"


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world-2022")


def charge(folder: Path, text: str, **fields: object) -> Measure:
    path = folder / "factors.csv"
    path.write_text(text, encoding="utf-8")
    carbon = Carbon(80.0, "EUR", 2024, str(path))
    measure = Measure("cbam", "carbon-border-charge", ("DEU", "FRA"), ("all",), carbon=carbon)
    return replace(measure, **fields)  # type: ignore[arg-type]


def test_a_rate_is_price_times_tonnes(world: World, tmp_path: Path) -> None:
    text = HEAD + "China,C24A,2000\nCHN,Fabricated metal products,900.5\nRussia,C24A,3000\n"
    measure = charge(tmp_path, text)
    rates = carbon_rates(measure, world)
    s, i = world.sectors.index("C24A"), world.economies.index("CHN")
    euro = exchange_rate("EUR", 2024)
    assert rates[s, i] == pytest.approx(80.0 * euro * 2000 / 1e6)
    assert (rates > 0.0).sum() == 3
    shock = compile_scenario(Scenario("x", "x", (measure,)), world)
    n = world.economies.index("DEU")
    assert shock.tariff_factor[s, n, i] == pytest.approx(world.tariff_factor[s, n, i] + rates[s, i])
    assert added_duty(shock, world)[s, n, i] == pytest.approx(rates[s, i] * world.flows[s, n, i])
    spared = world.economies.index("JPN")
    assert shock.tariff_factor[s, n, spared] == world.tariff_factor[s, n, spared]


def test_sectors_narrow_the_table(world: World, tmp_path: Path) -> None:
    measure = charge(tmp_path, HEAD + "China,C24A,2000\nChina,C25,900\n", sectors=("C25",))
    duty = added_duty(compile_scenario(Scenario("x", "x", (measure,)), world), world)
    assert duty[world.sectors.index("C24A")].sum() == 0.0 < duty[world.sectors.index("C25")].sum()


def test_what_is_wrong_with_a_table_is_said_at_once(world: World, tmp_path: Path) -> None:
    text = HEAD + "Chnia,C24A,2000\nChina,C24Z,1\nChina,C25,-3\nChina,C20,5\nCHN,C20,6\nChina,C21\n"
    with pytest.raises(BadInput) as caught:
        compile_scenario(Scenario("x", "x", (charge(tmp_path, text),)), world)
    said = {(p.line, p.column, p.field): str(p) for p in caught.value.problems}
    assert list(said) == [
        (2, 1, "economy"),
        (3, 7, "sector"),
        (4, 11, "tonnes_per_million_usd"),
        (6, 1, "economy"),
        (7, None, None),
    ]
    assert "no economy 'Chnia'; did you mean" in said[2, 1, "economy"]
    assert "no sector 'C24Z'; did you mean" in said[3, 7, "sector"]
    assert "'-3' is no amount" in said[4, 11, "tonnes_per_million_usd"]
    assert "the row of line 5 is given again" in said[6, 1, "economy"]


def test_tables_that_are_none(world: World, tmp_path: Path) -> None:
    for text, said in (("a,b\n1,2\n", "not a table"), (HEAD, "has no rows"), ("", "not a table")):
        with pytest.raises(BadInput, match=said):
            carbon_rates(charge(tmp_path, text), world)
    missing = Measure(
        "m", "carbon-border-charge", ("CAN",), ("all",), carbon=Carbon(1.0, "USD", 2024, "none.csv")
    )
    with pytest.raises(BadInput, match="cannot read the table of emission factors"):
        carbon_rates(missing, world, tmp_path)
