"""`detente run` with draws, and `detente sensitivity`: what is said, and that it is what the draws say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest

import detente as dt
from detente.cli.certainty import OVERLAP, most
from detente.cli.draws import question_of
from detente.model import Theory
from detente.studies.uncertainty import SOURCES, Influence, Parts, Question, draw, varying
from detente.studies.uncertainty.intervals import interval_errors
from detente.studies.uncertainty.parts import Part
from tests.cli.conftest import Cli
from tests.cli.test_run import DEAL, WORLD, row, section

# Whole blocks, whatever sources there are from two to four.
FEW = ("--draws", "60", "--focus", "CAN,CHN")


def answer(*arguments: str, cli: Cli) -> str:
    result = cli("run", DEAL, *WORLD, *arguments)
    assert result.exit_code == 0, result.output
    return str(result.output)


def ends(text: str) -> list[float]:
    return [0.0 if word == "~0" else float(word) for word in text.split(" to ")]


def test_intervals_are_those_of_the_draws(cli: Cli) -> None:
    text = answer(*FEW, cli=cli)
    world, deal = dt.load_world("g20-2019"), dt.load_scenario(DEAL)
    question = question_of(world, deal, deal.reference, Theory(), ("CAN", "CHN"), tuple(SOURCES), 0)
    drawn = draw(question, 60).interval("real_income/CAN")
    assert drawn is not None
    said = section(text, "How sure")
    cells = row(said, "Canada")
    found = [float(cells[at]) for at in (0, 1, 3, 4, 6)]
    wanted = [drawn.median, drawn.low_50, drawn.high_50, drawn.low_90, drawn.high_90]
    assert found == pytest.approx(wanted, rel=0.02)
    assert cells[7:] == ["+", "in", "all"]
    table = section(text, "What it does to economies")
    assert row(table, "median of draws")[0] == cells[0]
    assert row(table, "90% of draws")[:3] == cells[4:7]
    short = f"median of draws {cells[0]}%, 90% of them {cells[4]} to {cells[6]}%)"
    assert short in " ".join(section(text, "In short").split())


def test_intervals_have_errors_from_whole_blocks(cli: Cli) -> None:
    text = answer(*FEW, cli=cli)
    world, deal = dt.load_world("g20-2019"), dt.load_scenario(DEAL)
    question = question_of(world, deal, deal.reference, Theory(), ("CAN", "CHN"), tuple(SOURCES), 0)
    drawn = draw(question, 60)
    errors = interval_errors(drawn.values("real_income/CAN").reshape(drawn.blocks, -1), 0)
    assert errors is not None and drawn.blocks == 12
    cells = row(section(text, "How sure"), "error")
    found = [float(cells[at].removeprefix("±")) for at in (0, 1, 3, 4, 6)]
    wanted = [errors.median, errors.low_50, errors.high_50, errors.low_90, errors.high_90]
    assert found == [pytest.approx(value, rel=0.5) for value in wanted] and max(found) > 0.0
    assert "60 draws in 12 blocks" in text


def test_few_draws_tell_no_shares_and_a_caution(cli: Cli) -> None:
    text = answer("--draws", "12", "--focus", "CAN,CHN", cli=cli)
    said = " ".join(text.split())
    assert "15 draws in 3 blocks" in said
    assert "Few draws: intervals are rough; their errors are told from 40 draws on." in said
    assert "Too few draws to say what moves it: give --draws 40 or more." in said
    assert "Moved most by" not in said and "±" not in said
    said = cli("sensitivity", DEAL, *WORLD, "--focus", "CAN", "--draws", "12").output
    assert "Too few draws to say what moves it: give --draws 40 or more." in said
    assert "Nothing" not in said


def test_where_nothing_varies_there_is_no_interval(cli: Cli) -> None:
    text = answer(*FEW, "--sources", "flows", "--out", "results", cli=cli)
    said = "Nothing of what was asked to vary varies in this world: no interval can be given."
    assert said in " ".join(text.split())
    assert "of draws" not in text and "What varies" not in text and "back-test" not in text
    assert not Path("results/intervals.csv").exists() and Path("results/manifest.json").exists()
    document = json.loads(cli("run", DEAL, *WORLD, *FEW, "--sources", "flows", "--json").stdout)
    assert document["uncertainty"]["intervals"] == {} and document["uncertainty"]["sources"] == []
    moved = cli("sensitivity", DEAL, *WORLD, "--focus", "CAN", "--draws", "4", "--sources", "flows").output
    assert said in " ".join(moved.split())


@pytest.mark.parametrize(("extra", "band"), [((), "several theories"), (("elasticities",), "one theory")])
def test_what_the_back_test_found_is_said_as_its_page_has_it(
    cli: Cli, extra: tuple[str, ...], band: str
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text("utf-8")
    line = next(line for line in page.splitlines() if line.startswith(f"| share | {band} |"))
    held = line.split("|")[3].strip()
    text = " ".join(answer(*FEW, *(("--sources", *extra) if extra else ()), cli=cli).split())
    said = f"of tariffs of 2018-19, {held} 90% intervals (errors of data left out) held what happened"
    assert f"{said}, see docs/backtest.md." in text


def test_what_theories_differ_in_is_found_from_them() -> None:
    world, deal = dt.load_world("g20-2019"), dt.load_scenario(DEAL)
    sets = (Theory(), Theory("fontagne-guimbard-orefice-2022"))
    titles = []
    for theories in (sets, (*sets, Theory(labour="specific"))):
        question = Question(world, deal, deal.reference, theories, ("CAN",), ("theory",))
        titles += [source.title for source in varying(draw(question, 3))]
    assert titles == ["which set of elasticities holds", "which of several theories holds"]


def test_failed_draws_are_told_by_how_they_ended(cli: Cli) -> None:
    text = answer(*FEW, "--theory", "market=fixed-firms", cli=cli)
    said = " ".join(text.split())
    found = re.search(r"(\d+) of 60 draws have no solution", said)
    assert found is not None and f"- {found[1]} no baseline, such as: field 'theory.market'" in said
    assert "intervals leave out what they would have said" in said
    assert said.count("such as: field 'theory.market'") == 1


def test_shares_stay_within_the_whole_and_are_said_to_overlap(cli: Cli) -> None:
    found = [Influence("theory", 0.9, 0.2, 1.506, 0.295), Influence("flows", -0.2, 0.1, 0.1, 0.1)]
    assert most(found) == "theory 100% ± 30"
    text = answer(*FEW, cli=cli)
    assert OVERLAP in text
    result = cli("sensitivity", DEAL, *WORLD, "--focus", "CAN", "--draws", "60")
    cells = [row(result.output, name) for name in ("theory", "elasticities", "tariffs")]
    shares = [float(cell) for line in cells for cell in line[1:]]
    assert len(shares) == 12 and min(shares) >= 0.0 and max(shares) <= 100.0
    assert OVERLAP in result.output
    assert "which set of elasticities holds" in result.output


def test_what_varies_and_what_moves_the_answer_is_said(cli: Cli) -> None:
    text = " ".join(answer(*FEW, cli=cli).split())
    assert "60 draws in 12 blocks, seed 0" in text
    assert "Moved most by" in text
    assert "elasticities parameters trade elasticities, by the standard errors of their estimates" in text
    assert "theory theory which set of elasticities holds" in text
    alone = " ".join(answer(*FEW, "--sources", "elasticities", cli=cli).split())
    assert "which set of elasticities holds" not in alone


def test_without_draws_there_are_no_intervals(cli: Cli) -> None:
    text = answer("--draws", "0", cli=cli)
    assert "How sure" not in text and "of draws" not in text


def test_the_document_has_every_interval_and_where_it_rests_on(cli: Cli) -> None:
    result = cli("run", DEAL, *WORLD, *FEW, "--json")
    document = json.loads(result.stdout)
    found = document["uncertainty"]
    assert (found["draws"], found["wanted"], found["failed"], found["seed"]) == (60, 60, 0, 0)
    assert {source["kind"] for source in found["sources"]} >= {"parameters", "theory"}
    assert all(source["details"] for source in found["sources"])
    band = found["intervals"]["real_income/CAN"]
    assert band["low_90"] <= band["low_50"] <= band["median"] <= band["high_50"] <= band["high_90"]
    assert {"exports_change/CAN>CHN", "exports_change_value/CAN>all"} <= set(found["intervals"])
    assert [part["factor"] for part in found["influences"]["CAN"]]
    assert found["blocks"] * 5 == 60 and found["enough"] == 40
    assert set(found["errors"]) == {"CAN", "CHN"} and found["errors"]["CAN"]["high_90"] > 0.0
    assert json.loads(cli("run", DEAL, *WORLD, "--draws", "0", "--json").stdout)["uncertainty"] is None


def test_a_folder_of_results_has_the_intervals(cli: Cli, tmp_path: Path) -> None:
    answer(*FEW, "--out", str(tmp_path / "results"), cli=cli)
    table = parquet.read_table(tmp_path / "results" / "intervals.parquet").to_pandas()
    line = table[(table.quantity == "real_income") & (table.key == "CAN")].iloc[0]
    assert line["low_90"] < line["median"] < line["high_90"]
    assert (line["unit"], line["draws"]) == ("percent", 60)
    assert "intervals.csv" in json.loads((tmp_path / "results" / "manifest.json").read_text())["files"]


def test_more_draws_use_those_that_are_there(cli: Cli) -> None:
    few = answer(*FEW, cli=cli)
    more = answer("--draws", "120", "--focus", "CAN,CHN", cli=cli)
    assert "60 draws" in few and "120 draws" in more
    again = answer(*FEW, cli=cli)
    assert again.startswith("From the store") and again.endswith(few)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--draws", "-1"), "field 'draws': -1 draws; give 0 for the point alone, or how many draws to take"),
        (("--sources", "flow"), "field 'sources': no source of uncertainty 'flow'; did you mean flows?"),
        (("--seed", "-2"), "field 'seed': -2 is below zero; give 0, 1, 2, ..."),
    ],
)
def test_what_cannot_be_drawn_is_said(cli: Cli, arguments: tuple[str, str], said: str) -> None:
    result = cli("run", DEAL, *WORLD, *FEW, *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_sensitivity_tells_shares_with_errors(cli: Cli) -> None:
    result = cli("sensitivity", DEAL, *WORLD, "--focus", "CAN", "--draws", "240")
    assert result.exit_code == 0, result.output
    said = section(result.output, "Real income of Canada: what moves it")
    assert {"elasticities", "theory"} <= {line.split()[0] for line in said.splitlines() if line.split()}
    kind, alone, alone_error, whole, whole_error = row(said, "theory")
    assert kind == "theory"
    assert 60 < float(whole) <= 100 and 0 < float(whole_error) < 40
    assert 30 < float(alone) <= 100 and 0 < float(alone_error) < 60


def test_sensitivity_as_a_document_by_parameter(cli: Cli) -> None:
    result = cli(
        "sensitivity", DEAL, *WORLD, "--focus", "CAN", "--draws", "370", "--by", "parameters",
        "--quantity", "terms_of_trade", "--sources", "elasticities", "--json",
    )  # fmt: skip
    document = json.loads(result.stdout)
    assert document["quantity"] == "terms_of_trade" and document["unit"] == "percent"
    shares = document["economies"]["CAN"]["shares"]
    assert len(shares) == len(document["factors"]) > 10
    assert np.isclose(document["economies"]["CAN"]["interval"]["draws"], document["draws"])
    assert all(factor["kind"] == "parameters" for factor in document["factors"])


def test_sensitivity_of_no_quantity_is_refused(cli: Cli) -> None:
    result = cli("sensitivity", DEAL, *WORLD, "--quantity", "real_incom", "--draws", "4", "--focus", "CAN")
    assert result.exit_code == 2
    said = "field 'quantity': draws have no 'real_incom' of economies; did you mean real_income"
    assert said in " ".join(result.stderr.split())


def stop_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the second part is written."""
    write, count = Parts.write, 0

    def stop(parts: Parts, part: Part, table: object) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise KeyboardInterrupt
        write(parts, part, table)  # type: ignore[arg-type]

    monkeypatch.setattr(Parts, "write", stop)


def test_a_stopped_run_prints_what_is_done_and_is_not_kept(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Parts.write
    stop_second(monkeypatch)
    many = ("--draws", "120", "--focus", "CAN,CHN")
    stopped = cli("run", DEAL, *WORLD, *many)
    assert stopped.exit_code == 130
    text = " ".join(stopped.output.split())
    assert "of 120 draws in 16 blocks, seed 0" in text
    assert "Stopped before all draws were done; the same command goes on from here." in text
    origin = stopped.output[stopped.output.index("Where this comes from") :]
    labels = [line.split()[0] for line in origin.splitlines() if line.split()]
    assert "outcome" in labels and "run" not in labels
    assert json.loads(cli("runs", "--json").stdout)["runs"] == []
    monkeypatch.setattr(Parts, "write", write)
    rest = cli("run", DEAL, *WORLD, *many)
    assert rest.exit_code == 0 and "120 draws in 24 blocks, seed 0" in rest.output


def test_what_a_stop_leaves_is_promised_only_where_it_is_kept(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_second(monkeypatch)
    text = " ".join(
        cli("run", DEAL, *WORLD, "--draws", "120", "--focus", "CAN,CHN", "--fresh").output.split()
    )
    assert "Stopped before all draws were done; they are not kept." in text
    assert "goes on from here" not in text


def test_a_stopped_sensitivity_goes_on_in_the_store_that_is_named(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = (
        "sensitivity",
        DEAL,
        *WORLD,
        "--focus",
        "CAN",
        "--draws",
        "120",
        "--store",
        str(tmp_path / "mine"),
    )
    with monkeypatch.context() as patch:
        stop_second(patch)
        stopped = cli(*asked)
    assert stopped.exit_code == 130
    assert "Stopped before all draws were done; the same command goes on from here." in stopped.output
    kept = list((tmp_path / "mine" / "draws").glob("*/part-*.parquet"))
    assert len(kept) == 1
    before = kept[0].stat().st_mtime_ns
    rest = cli(*asked)
    assert rest.exit_code == 0 and "120 draws" in rest.output
    assert kept[0].stat().st_mtime_ns == before and len(list(kept[0].parent.glob("part-*.parquet"))) == 2


def test_a_stop_before_the_first_draw_is_a_stop(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Parts, "write", stop)
    result = cli("run", DEAL, *WORLD, *FEW)
    assert result.exit_code == 130 and "stopped; nothing was left half written" in result.stderr
