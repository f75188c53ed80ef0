"""`detente run` and `explain`: what is said, with which units, in how many columns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import detente as dt
from tests.cli.conftest import Cli

WORLD = ("--world", "g20-2019")
DEAL = "canada-china-2026"


def section(text: str, title: str) -> str:
    """The lines of one section, up to the next blank line that ends it."""
    start = text.index(title)
    return text[start : text.find("\n\n", start)]


def row(text: str, label: str) -> list[str]:
    """The cells right of a label."""
    line = next(line for line in text.splitlines() if line.strip().startswith(label))
    return line.split(label, 1)[1].split()


def test_inputs_come_before_the_answer_and_the_origin_last(cli: Cli) -> None:
    text = cli("run", DEAL, *WORLD).output
    order = [
        dt.load_scenario(DEAL).title.split(",")[0],
        "New or changed, against china-canada-2024-25",
        "In china-canada-2024-25, and no longer in force",
        "In both, unchanged",
        "Known, and not simulated",
        "What it does to economies",
        "Exports of goods and services",
        "Sectors of Canada",
        "Sectors of China",
        "Where this comes from",
    ]
    places = [text.index(title) for title in order]
    assert places == sorted(places)


def test_the_numbers_are_those_of_the_outcome(cli: Cli) -> None:
    text = cli("run", DEAL, *WORLD, "--focus", "CAN,CHN,USA").output
    outcome = dt.run("g20-2019", DEAL)
    table = section(text, "What it does to economies")
    percent = [0.0 if cell == "~0" else float(cell) for cell in row(table, "Real income, %")]
    billion = [float(cell) for cell in row(table, "Real income, USD bn a year")]
    codes = ["CAN", "CHN", "USA"]
    assert percent == pytest.approx(outcome["real_income"].sel(economy=codes).values, rel=0.1, abs=1e-5)
    assert billion == pytest.approx(
        outcome["real_income_value"].sel(economy=codes).values / 1000.0, rel=0.01, abs=5.1e-5
    )
    exports = section(text, "Exports of goods and services")
    before, after, change, share = (float(cell) for cell in row(exports, "CAN   CHN"))
    flow = outcome["exports_reference"].sel(exporter="CAN", importer="CHN").item() / 1000.0
    assert before == pytest.approx(flow, rel=1e-3)
    assert after - before == pytest.approx(change, abs=0.02)
    assert share == pytest.approx(100.0 * change / before, rel=0.01)


def test_the_answer_comes_first_in_one_sentence(cli: Cli) -> None:
    text = cli("run", DEAL, *WORLD).output
    short = " ".join(section(text, "In short").split())
    assert re.search(
        r"Canada gains about USD [\d.]+ (?:million|bn) a year \(\+[\d.]+% of its real income\)", short
    )
    assert text.index("In short") < text.index("What it does to economies")
    itself = cli("run", DEAL, *WORLD, "--against", DEAL, "--focus", "CAN,CHN").output
    assert "nothing changes for Canada" in section(itself, "In short")


def test_a_failed_check_stands_beside_the_numbers(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "wall.yaml"
    file.write_text(
        "title: A wall\nmeasures:\n  - {id: all, kind: surcharge, importer: USA, exporter: all, "
        "sectors: goods, rate: 900%, assumption: a test}\n",
        encoding="utf-8",
    )
    short = section(cli("run", str(file), *WORLD).output, "In short")
    assert "Do not quote these numbers" in short and "check failed: decomposition" in short
    fine = cli("run", DEAL, *WORLD).output
    assert "Do not quote" not in fine and "check failed" not in fine


def test_every_table_says_its_units(cli: Cli) -> None:
    text = cli("run", DEAL, *WORLD).output
    lines = section(text, "What it does to economies").splitlines()
    start = next(number for number, line in enumerate(lines) if "Real income" in line)
    assert len(lines[start:-1]) >= 9
    assert all(", %" in line or "USD bn a year" in line for line in lines[start:-1])
    assert "USD bn" in section(text, "Exports of goods and services")
    assert re.search(r"value added, +output +output\n +sector +USD million +volume, % +value, %", text)
    assert re.search(r"trade hit  USD [\d.]+ (bn|million) a year \(flows of 2019\)", text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", DEAL, *WORLD),
        (
            "run",
            "us-tariffs-on-canada",
            *WORLD,
            "--against",
            "baseline",
            "--focus",
            "CAN,USA,CHN,MEX,DEU,KOR",
        ),
        ("run", "us-tariffs-on-canada", "--world", "wiod-2011", "--aggregate", "focus"),
        ("explain", DEAL, *WORLD),
        ("scenarios",),
        ("worlds",),
        ("world", "show", "wiod-2011"),
        ("--help",),
        ("run", "--help"),
    ],
)
def test_eighty_columns_without_colour_lose_nothing(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli(*arguments)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    # URLs are one word: they are broken over lines, never cut.
    assert max(map(len, lines)) <= 80
    assert "…" not in result.output
    assert "\x1b" not in result.output


def test_a_narrow_terminal_does_not_cut_numbers(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = cli("run", DEAL, *WORLD).output
    monkeypatch.setenv("COLUMNS", "30")
    assert cli("run", DEAL, *WORLD, "--fresh").output == wide


def test_sectors_are_in_words_and_ordered_by_value_added(cli: Cli) -> None:
    text = cli("run", DEAL, *WORLD).output
    table = text[text.index("Sectors of Canada") : text.index("Sectors of China")]
    changes = [
        float(found.group(1).replace(",", "")) for found in re.finditer(r"\([A-T]\) +([+-][\d,.]+) ", table)
    ]
    assert "Agriculture, forestry and fishing (A)" in table
    gains = [change for change in changes if change > 0]
    losses = [change for change in changes if change < 0]
    assert gains == sorted(gains, reverse=True)
    assert losses == sorted(losses)
    assert len(gains) > 1 and len(losses) > 1


def test_an_unnamed_focus_is_the_named_economies_and_one_more(cli: Cli) -> None:
    document = json.loads(cli("run", DEAL, *WORLD, "--json").stdout)
    assert document["focus"][:2] == ["CAN", "CHN"]
    assert len(document["focus"]) == 3
    value = document["economies"]["real_income_value"]["values"]
    others = {code: abs(value[code]) for code in value if code not in ("CAN", "CHN", "ROW")}
    assert document["focus"][2] == max(others, key=others.__getitem__)


def test_against_replaces_the_scenarios_own_reference(cli: Cli) -> None:
    document = json.loads(cli("run", DEAL, *WORLD, "--against", "baseline", "--json").stdout)
    assert document["against"] == {"name": "baseline", "hash": "baseline"}
    assert document["brief_against"] is None
    assert document["economies"]["real_income"]["values"]["CAN"] < 0


def test_a_scenario_against_itself_changes_exactly_nothing(cli: Cli) -> None:
    text = cli("run", DEAL, *WORLD, "--against", DEAL, "--focus", "CAN,CHN").output
    assert f"Nothing differs from {DEAL}" in text
    table = section(text, "What it does to economies")
    assert row(table, "Real income, %") == ["0", "0"]
    assert "No sector's value added changes by as much as USD 0.5 million a year." in text


def test_sectors_are_summed_on_request(cli: Cli) -> None:
    done = cli(
        "run", DEAL, "--world", "g20-2019", "--sectors", "broad", "--theory", "market=krugman", "--json"
    )
    document = json.loads(done.stdout)
    assert document["world"]["name"] == "g20-2019/broad"


def test_theory_and_aggregation_reach_the_model(cli: Cli) -> None:
    plain = json.loads(cli("run", DEAL, *WORLD, "--json").stdout)
    other = json.loads(cli("run", DEAL, *WORLD, "--theory", "elasticities=uniform:4", "--json").stdout)
    grouped = json.loads(cli("run", DEAL, "--world", "wiod-2011", "--aggregate", "focus", "--json").stdout)
    assert other["theory"]["elasticities"] == "uniform:4"
    assert other["outcome"] != plain["outcome"]
    income = [d["economies"]["real_income"]["values"]["CAN"] for d in (plain, other)]
    assert abs(income[0] / income[1] - 1) > 0.01
    assert "EU27" in grouped["economies"]["real_income"]["values"]


def test_json_is_one_document_with_notices_elsewhere(cli: Cli) -> None:
    result = cli("run", DEAL, *WORLD, "--json")
    document = json.loads(result.stdout)
    assert document["residual"] <= 1e-10
    assert document["format"] == 1
    assert all(check["passed"] for check in document["checks"])
    assert set(document["sectors"]["helped"]) == set(document["focus"])
    assert document["notices"]
    assert all(f"notice: {notice}" in result.stderr for notice in document["notices"])
    outcome = dt.run("g20-2019", DEAL)
    assert document["outcome"] == outcome.id
    assert (
        document["economies"]["real_wage"]["values"]["CAN"] == outcome["real_wage"].sel(economy="CAN").item()
    )


def test_explain_gives_sources_and_solves_nothing(cli: Cli) -> None:
    text = cli("explain", DEAL, *WORLD).output
    flat = " ".join(text.split())
    for measure in dt.load_scenario(DEAL).in_force:
        assert measure.id in text
        assert measure.source is None or measure.source.url in "".join(text.split())
    assert "Trade hit between economies, all measures together" in flat
    assert "sources disagree" in flat
    assert "Real income" not in text
    document = json.loads(cli("explain", DEAL, *WORLD, "--json").stdout)
    assert {pair["importer"] for pair in document["pairs"]} == {"CAN", "CHN"}


def test_a_world_with_estimated_parts_says_so_beside_the_numbers(cli: Cli, tmp_path: Path) -> None:
    from dataclasses import replace

    from detente.world import write_world

    world = dt.load_world("g20-2019")
    provenance = replace(
        world.provenance, estimated=("final demand by origin is estimated",), measured_errors={"share": 0.07}
    )
    path = write_world(world.replace(name="guess", provenance=provenance), tmp_path)
    text = cli("run", DEAL, "--world", path).output
    for title in ("What it does to economies", "Exports of goods", "Where this comes from"):
        assert "final demand by origin is estimated" in " ".join(section(text, title).split())
    assert "share: 0.07" in text


def test_the_default_world_says_that_final_demand_is_estimated(cli: Cli) -> None:
    text = cli("run", DEAL).output
    assert "world-2022" in text
    answer = " ".join(section(text, "What it does to economies").split()).lower()
    assert "final demand" in answer and "estimated" in answer
    assert max(map(len, text.splitlines())) <= 80


def test_every_key_of_the_documents_is_documented(cli: Cli) -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    parts = page.split("\n## ")[1:]
    cli("run", DEAL, *WORLD)
    run = json.loads(cli("runs", "--json").stdout)["runs"][0]["id"]
    draws = ("--draws", "24", "--sources", "elasticities")
    commands: list[tuple[str, ...]] = [("run", DEAL, *WORLD), ("sensitivity", DEAL, *WORLD, *draws)]
    commands += [("theories", DEAL, *WORLD, "--theory", "", "--theory", "imbalances=removed")]
    commands += [("runs",), ("runs", "verify", run)]
    commands += [("explain", DEAL, *WORLD), ("world", "show", "g20-2019")]
    commands += [("policy", "at", "2026-08-22", "--importer", "USA", "--exporter", "CAN"), ("policy", "list")]
    commands += [("diff", "2026-02-28", "2026-03-01", "--inputs")]
    for part, command in zip(parts, commands, strict=True):
        documented = {
            key
            for line in part.splitlines()
            if line.startswith("| `")
            for key in re.findall(r"`(\w+)`", line.split("|")[1])
        }
        assert set(json.loads(cli(*command, "--json").stdout)) == documented
