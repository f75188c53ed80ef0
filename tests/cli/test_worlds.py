"""Worlds, scenarios and replications from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.world import classifications, load_world
from tests.cli.conftest import Cli
from tests.world.official_csv import made_up_table, sheet

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def test_lists_name_everything_that_can_be_loaded(cli: Cli) -> None:
    worlds, scenarios = cli("worlds").output, cli("scenarios").output
    for entry in dt.list_worlds():
        assert f"{entry.name}\n" in worlds
        assert f"flows of {entry.vintage}; {entry.economies} economies, {entry.sectors} sectors" in worlds
    for name in dt.list_scenarios():
        assert f"{name}\n" in scenarios
        assert dt.load_scenario(name).title in " ".join(scenarios.split())
        assert f"against {dt.load_scenario(name).against}\n" in scenarios


def test_world_show_has_sources_sizes_and_units(cli: Cli) -> None:
    text = cli("world", "show", "g20-2019").output
    world = dt.load_world("g20-2019")
    assert "OECD (2023)" in text
    assert "Economies (20)" in text and "USD bn" in text
    line = next(line for line in text.splitlines() if line.strip().startswith("CAN "))
    assert float(line.split()[2].replace(",", "")) == pytest.approx(
        world.gdp[world.economies.index("CAN")] / 1000.0, rel=1e-3
    )
    document = json.loads(cli("world", "show", "g20-2019", "--json").stdout)
    assert document["economies"]["KOR"] == "South Korea"
    assert document["gdp"]["unit"] == "USD million a year"


def test_a_bad_file_is_refused_and_nothing_is_kept(cli: Cli, tmp_path: Path) -> None:
    bad = tmp_path / "2022_SML.csv"
    bad.write_text("V1,AUS_A,AUS_B\nAUS_A,1,x\n")
    result = cli("world", "import", "oecd-icio", bad, "--name", "mine")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "2022_SML.csv" in result.stderr
    assert not list((tmp_path / "data").rglob("*.npz"))


def test_an_imported_world_runs_by_its_name(cli: Cli, tmp_path: Path) -> None:
    intermediate = np.arange(1.0, 37.0).reshape(6, 6) * 1000 + 20_000 * np.eye(6)
    final = np.arange(1.0, 109.0).reshape(6, 3, 6) * 1000
    output = intermediate.sum(axis=1) + final.sum(axis=(1, 2))
    added = output - intermediate.sum(axis=0) - 7.0
    table = (["CAN", "USA", "ROW"], ["A", "C"], intermediate, final, np.full(6, 7.0), added)
    path = sheet(table).write(tmp_path / "2022_SML.csv")
    result = cli("world", "import", "oecd-icio", path, "--name", "mine")
    assert result.exit_code == 0, result.output
    assert f"kept in{' ' * 12}" in result.output
    assert list((tmp_path / "data").rglob("mine.json"))
    assert "mine\n" in cli("worlds").output
    (tmp_path / "duty.yaml").write_text(
        "title: a duty\nmeasures:\n  - {id: a, kind: surcharge, importer: Canada, exporter: USA, sectors: C,"
        " rate: 5%, assumption: what if}\n"
    )
    arguments = ("run", "duty.yaml", "--world", "mine", "--theory", "elasticities=uniform:4", "--json")
    document = json.loads(cli(*arguments).stdout)
    assert document["world"]["vintage"] == 2022
    assert document["economies"]["tariff_revenue_value"]["values"]["CAN"] > 0
    assert cli("world", "import", "oecd-icio", path, "--name", "mine").exit_code == 2
    assert cli("world", "import", "oecd-icio", path, "--name", "mine", "--overwrite").exit_code == 0


@pytest.mark.parametrize("deal", ["canada-china-2026", "us-tariffs-on-canada"])
def test_shipped_scenarios_run_with_the_default_theory_on_each_edition(
    cli: Cli, tmp_path: Path, deal: str
) -> None:
    economies, answers = ["CAN", "CHN", "MEX", "USA", "ROW"], []
    flows = made_up_table(economies, list(classifications()["icio2023"]))
    for edition, file in ((2023, "2020_SML.csv"), (2021, "ICIO2021_2020.csv")):
        table = (economies, list(classifications()[f"icio{edition}"]), *flows[2:])
        path = sheet(table, edition).write(tmp_path / file)
        result = cli("world", "import", "oecd-icio", path, "--name", f"from-{edition}")
        assert result.exit_code == 0, result.output
        result = cli("run", deal, "--world", f"from-{edition}", "--focus", "CAN,CHN,USA", "--json")
        assert result.exit_code == 0, result.output
        answers.append(json.loads(result.stdout))
        stored = load_world(next((tmp_path / "data").rglob(f"from-{edition}.json")))
        assert (stored.classification, len(stored.sectors)) == (f"icio{edition}", 45)
    income, other = (answer["economies"]["real_income"]["values"] for answer in answers)
    assert abs(income["CAN"]) > 1e-3
    assert other == pytest.approx(income, rel=1e-5, abs=1e-7)


def test_sectors_of_ones_own_say_what_to_do(cli: Cli, tmp_path: Path) -> None:
    table = made_up_table(["CAN", "CHN", "USA", "ROW"], ["WHEAT", "STEEL"])
    path = sheet(table).write(tmp_path / "2020_SML.csv")
    assert cli("world", "import", "oecd-icio", path, "--name", "own").exit_code == 0
    result = cli("run", "canada-china-2026", "--world", "own")
    assert result.exit_code == 2
    assert "name sectors instead of HS codes" in " ".join(result.stderr.split())
    (tmp_path / "duty.yaml").write_text(
        "title: a duty\nmeasures:\n  - {id: a, kind: surcharge, importer: Canada, exporter: USA,"
        " sectors: STEEL, rate: 5%, assumption: what if}\n"
    )
    result = cli("run", "duty.yaml", "--world", "own")
    assert result.exit_code == 2
    assert "use uniform:4 or another number" in " ".join(result.stderr.split())


def test_an_unknown_kind_and_a_taken_name_come_together(cli: Cli, tmp_path: Path) -> None:
    result = cli("world", "import", "oecd", tmp_path / "x.csv", "--name", "g20-2019")
    assert result.exit_code == 2
    assert "did you mean oecd-icio?" in " ".join(result.stderr.split())
    assert "'g20-2019' is a bundled world" in " ".join(result.stderr.split())


def test_a_replication_agrees_and_a_changed_input_does_not(cli: Cli, tmp_path: Path) -> None:
    data = SHARED / "cp2015"
    if not data.is_dir():
        pytest.skip("needs the authors' inputs in shared/data/cp2015")
    result = cli("replicate", "caliendo-parro-2015", "--data", data)
    assert result.exit_code == 0
    assert "DIFFERS" not in result.output
    line = next(line for line in result.output.splitlines() if "118.28" in line)
    assert line.split()[-1] == "agrees"
    changed = tmp_path / "cp2015"
    changed.mkdir()
    for path in data.glob("*.txt"):
        (changed / path.name).write_bytes(path.read_bytes())
    values = (changed / "T.txt").read_text().split()
    (changed / "T.txt").write_text("\n".join(str(1.1 * float(value)) for value in values))
    other = cli("replicate", "caliendo-parro-2015", "--data", changed)
    assert other.exit_code == 1
    assert "DIFFERS" in other.output


def test_an_unknown_paper_or_missing_inputs_end_with_2(cli: Cli, tmp_path: Path) -> None:
    result = cli("replicate", "caliendo-parro", "--data", tmp_path)
    assert result.exit_code == 2
    assert "did you mean caliendo-parro-2015?" in " ".join(result.stderr.split())
    result = cli("replicate", "caliendo-parro-2015", "--data", tmp_path)
    assert result.exit_code == 2
    assert "error: 7 problems" in result.stderr


def test_own_tariffs_make_a_new_world(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("importer,exporter,sector,rate_percent\nCanada,China,C,40\n")
    result = cli("world", "tariffs", "rates.csv", "--world", "g20-2019", "--name", "steep")
    assert result.exit_code == 0, result.output
    assert "1 flows of sector" in result.output
    assert re.search(r"duties after +USD [\d.,]+ bn a year", result.output)
    stored = load_world(next((tmp_path / "data").rglob("steep.json")))
    place = stored.economies.index
    at = (stored.sectors.index("C"), place("CAN"), place("CHN"))
    assert stored.tariff_factor[at] == pytest.approx(1.4)
    assert stored.title.endswith("; tariffs of rates.csv")
    (tmp_path / "steep.csv").write_text("importer,exporter,sector,rate_percent\nCanada,World,C,2000\n")
    result = cli("world", "tariffs", "steep.csv", "--world", "g20-2019", "--name", "prohibitive")
    assert result.exit_code == 0, result.output
    assert "value added below 1% of output" in " ".join(result.output.split())
    assert load_world(next((tmp_path / "data").rglob("prohibitive.json"))).value_added.min() >= 0
    result = cli("world", "tariffs", "rates.csv", "--world", "g20", "--name", "g20-2019")
    assert result.exit_code == 2
    assert "error: 2 problems" in result.stderr
    (tmp_path / "rates.csv").write_text("importer,exporter,sector,rate_percent\nCnada,China,C,-4\n")
    result = cli("world", "tariffs", "rates.csv", "--world", "g20-2019", "--name", "other")
    assert result.exit_code == 2
    assert not list((tmp_path / "data").rglob("other.*"))
