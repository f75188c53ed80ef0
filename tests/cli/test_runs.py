"""`detente runs`: answers that are served at once, checked, computed again, exported, removed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from detente.cli.app import app
from detente.studies.software import software
from detente.studies.store import Store
from detente.studies.stored_run import MANIFEST
from tests.cli.conftest import Cli

DEAL = "canada-china-2026"
RUN = ("run", DEAL, "--world", "g20-2019", "--focus", "CAN,CHN")
DRAWS = ("--draws", "24", "--sources", "elasticities")
MARK = "From the store: computed on "
FILE = """
title: A duty on cars
measures:
  - {id: duty, kind: surcharge, importer: Canada, exporter: China, sectors: C, rate: 10%, assumption: what if}
"""


# The command line in a process of its own, which takes the source as this one found it.
PROGRAM = f"""
import sys
import detente.studies.software as found
found.software = lambda: {software()!r}
from detente.cli import main
try:
    main()
finally:
    print(sorted({{"jax", "pandas", "scipy", "pyarrow", "xarray"}} & {{*sys.modules}}), file=sys.stderr)
"""


def environment(store: Path) -> dict[str, str]:
    return {**os.environ, "DETENTE_STORE": str(store), "COLUMNS": "80"}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run of 24 draws, and what was printed when it was computed."""
    folder = tmp_path_factory.mktemp("computed")
    for name, more in (("answer.txt", ()), ("answer.json", ("--json", "--fresh"))):
        done = CliRunner().invoke(app, [*RUN, *DRAWS, *more], env=environment(folder / "store"))
        assert done.exit_code == 0, done.stderr
        (folder / name).write_text(done.stdout)
    return folder


@pytest.fixture
def kept(computed: Path, tmp_path: Path, cli: Cli) -> Iterator[Store]:
    """A copy of it, as the store of `cli`."""
    shutil.copytree(computed / "store", tmp_path / "store")
    yield Store(tmp_path / "store")


def without_mark(text: str) -> str:
    assert text.startswith(MARK)
    return text.split("\n\n", 1)[1]


def test_a_kept_answer_is_the_fresh_one_and_marked(cli: Cli, kept: Store, computed: Path) -> None:
    fresh = (computed / "answer.txt").read_text()
    assert MARK not in fresh
    again = cli(*RUN, *DRAWS)
    assert again.exit_code == 0
    assert without_mark(again.output) == fresh
    (run,) = kept.runs()
    first = again.output.split("\n\n")[0]
    assert f"`detente runs verify {run.id}`" in " ".join(first.split())
    assert run.about["computed"].replace("T", " ")[:16] in first
    assert f"run                {run.id}" in fresh
    assert run.read("answer.txt").decode() == fresh


def test_a_kept_document_is_the_fresh_one_and_marked(cli: Cli, kept: Store, computed: Path) -> None:
    fresh = json.loads((computed / "answer.json").read_text())
    again = json.loads(cli(*RUN, *DRAWS, "--json").stdout)
    (run,) = kept.runs()
    assert fresh["from_store"] is None
    assert fresh["run"] == run.id
    assert again == {**fresh, "from_store": {"run": run.id, "computed": run.about["computed"]}}
    assert list(again) == list(fresh)


def test_an_answer_is_served_without_starting_the_solver(computed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *RUN, *DRAWS],
        env=environment(computed / "store"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith(MARK)
    assert done.stderr.splitlines()[-1] == "[]"


def test_every_width_prints_what_it_would_have_printed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("run", DEAL, "--world", "g20-2019", "--focus", "CAN,CHN,USA,MEX,JPN", "--draws", "0")
    texts = {}
    for columns in ("80", "95", "110", "200"):
        monkeypatch.setenv("COLUMNS", columns)
        texts[columns] = cli(*asked, "--fresh").output
        assert without_mark(cli(*asked).output) == texts[columns]
    assert texts["80"] != texts["95"] != texts["110"]


@pytest.mark.parametrize(
    "more",
    [
        ("--seed", "1"),
        ("--draws", "30"),
        ("--focus", "CAN"),
        ("--theory", "imbalances=removed"),
        ("--against", "baseline"),
        ("--sources", "elasticities,theory"),
        ("--aggregate", "focus"),
        ("--world", "world-2022"),
    ],
)
def test_another_question_is_not_answered_by_it(cli: Cli, kept: Store, more: tuple[str, str]) -> None:
    from detente.cli.kept import found
    from detente.policy import load_scenario

    asked: dict[str, Any] = {"scenario": DEAL, "world": "g20-2019", "focus": "CAN,CHN"}
    asked |= {"draws": 24, "sources": "elasticities", "against": None, "seed": 0, "theory": ""}
    asked |= {"aggregate": None, "sectors": None}

    def run() -> Any:
        scenario = load_scenario(asked["scenario"])
        reference = None if asked["against"] == "baseline" else scenario.reference
        words = {key: asked[key] for key in asked if key not in ("scenario", "world", "against")}
        return found(kept, scenario, reference, asked["world"], words)[1]

    assert run() is not None
    name, value = more
    asked[name.removeprefix("--")] = int(value) if value.isdigit() else value
    assert run() is None


def test_prose_counts_and_comments_do_not(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "cars.yaml"
    asked = ("run", file, "--world", "g20-2019", "--focus", "CAN", "--draws", "0")
    file.write_text(FILE)
    assert MARK not in cli(*asked).output
    file.write_text(f"# a comment\n{FILE}")
    assert MARK in cli(*asked).output
    file.write_text(FILE.replace("on cars", "on vehicles"))
    renamed = cli(*asked).output
    assert MARK not in renamed and "A duty on vehicles" in renamed
    file.write_text(FILE.replace("10%", "11%"))
    assert MARK not in cli(*asked).output
    assert len(Store(tmp_path / "store").runs()) == 3


def test_other_words_for_the_same_question_have_the_same_id(cli: Cli, tmp_path: Path) -> None:
    asked = ("run", DEAL, "--world", "g20-2019", "--draws", "0")
    cli(*asked, "--focus", "CAN,CHN")
    cli(*asked, "--focus", "Canada, China", "--theory", "imbalances=constant", "--seed", "7")
    assert len(Store(tmp_path / "store").runs()) == 1
    assert (
        MARK
        in cli(*asked, "--focus", "Canada, China", "--theory", "imbalances=constant", "--seed", "7").output
    )


def test_a_damaged_answer_is_computed_again(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    path = run.folder / "pages.json"
    path.write_text(path.read_text().replace("Canada", "Kanada", 1))
    again = cli(*RUN, *DRAWS)
    assert again.exit_code == 0
    assert MARK not in again.output and "Kanada" not in again.output


@pytest.mark.parametrize("draws", ["0", "12"])
def test_where_nothing_can_be_kept_the_answer_comes_all_the_same(
    cli: Cli, tmp_path: Path, draws: str
) -> None:
    (tmp_path / "file").write_text("")
    done = cli(*RUN, *DRAWS, "--draws", draws, "--store", tmp_path / "file")
    assert done.exit_code == 0
    assert "notice: the answer is not kept" in done.stderr
    assert "In short" in done.stdout


def test_runs_are_listed(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    text = " ".join(cli("runs").output.split())
    when = run.about["computed"].replace("T", " ")[:16]
    assert f"{run.id} {when} UTC: {DEAL} against china-canada-2024-25, on g20-2019; 24 draws, seed 0;" in text
    listed = json.loads(cli("runs", "--json").output)
    assert [(row["id"], row["scenario"], row["draws"]) for row in listed["runs"]] == [(run.id, DEAL, 24)]
    assert listed["runs"][0]["bytes"] == run.size


def test_an_empty_store_says_how_to_fill_it(cli: Cli) -> None:
    assert "`detente run` puts them there" in " ".join(cli("runs").output.split())


def test_studies_that_were_stopped_are_listed(cli: Cli, kept: Store) -> None:
    place = kept.draws("e" * 16)
    place.mkdir()
    (place / "part").write_bytes(b"x" * 5000)
    text = " ".join(cli("runs").output.split())
    assert "1 study (5 kB) has draws and no run" in text
    assert "`detente runs remove --unfinished` takes them away" in text


def test_draws_that_no_run_rests_on_are_removed(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    for study, age in (("d", 8_000.0), ("e", 5_000.0), ("f", 60.0)):
        place = kept.draws(study * 16)
        place.mkdir()
        (place / "part").write_bytes(b"x" * 5000)
        for path in (place / "part", place):
            os.utime(path, (time.time() - age,) * 2)
    text = " ".join(cli("runs", "remove", "--unfinished").output.split())
    assert "Draws of 2 studies removed (10 kB)" in text
    assert "1 study (5 kB) was written to in the last hour and may be under way" in text
    assert kept.unfinished() == (kept.draws("f" * 16),)
    text = " ".join(cli("runs", "remove", "--unfinished", "--all").output.split())
    assert text == "Draws of 1 study removed (5 kB)"
    assert cli("runs", "remove", "--unfinished").output.strip() == "Draws of 0 studies removed"
    assert kept.draws(run.about["study"]).is_dir()
    assert cli("runs", "verify", run.id).exit_code == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((), "no run is named; give the id of a run, or --unfinished"),
        (("--all",), "no run is named"),
        (("abcd", "--unfinished"), "a run and --unfinished are two things"),
        (("abcd", "--all"), "--all is for draws, not for runs; give it with --unfinished only"),
    ],
)
def test_what_is_to_be_removed_has_to_be_clear(
    cli: Cli, kept: Store, given: tuple[str, ...], says: str
) -> None:
    done = cli("runs", "remove", *given)
    assert done.exit_code == 2
    assert says in " ".join(done.stderr.split())
    assert len(kept.runs()) == 1


def test_show_prints_it_again(cli: Cli, kept: Store, computed: Path) -> None:
    (run,) = kept.runs()
    assert without_mark(cli("runs", "show", run.id[:6]).output) == (computed / "answer.txt").read_text()
    assert json.loads(cli("runs", "show", run.id, "--json").stdout)["from_store"]["run"] == run.id


def test_an_unknown_id_names_the_nearest(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    wrong = run.id[:-1] + ("0" if run.id[-1] != "0" else "1")
    for command in ("show", "verify", "remove"):
        done = cli("runs", command, wrong)
        assert done.exit_code == 2
        assert f"no run '{wrong}'; did you mean {run.id}" in " ".join(done.stderr.split())


def test_verify_computes_the_same(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    done = cli("runs", "verify", run.id)
    assert done.exit_code == 0, done.output
    text = " ".join(done.output.split())
    assert f"all {len(run.files) + 1} are what was written" in text
    assert "12 of 24 draws, in 4 of 8 blocks" in text
    assert "The same numbers." in text
    found = json.loads(cli("runs", "verify", run.id, "--json", "--blocks", "0").stdout)
    assert found["same"] and found["notes"] == [] and found["damage"] == []
    point, draws, intervals = found["compared"]
    assert point["numbers"] > 200 and intervals["numbers"] > 200
    assert draws["what"] == "24 of 24 draws, in 8 of 8 blocks"
    assert draws["numbers"] > 24 * 100
    assert all(part["largest"] < 1e-6 for part in found["compared"])


def changed(run: Any, name: str, change: Any) -> None:
    """Change a file of a run as someone would who also mends its manifest."""
    import hashlib

    from detente.studies.stored_run import manifest_digest

    path = run.folder / name
    path.write_bytes(change(path.read_bytes()))
    manifest = json.loads((run.folder / MANIFEST).read_text())
    content = path.read_bytes()
    manifest["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["sha256"] = manifest_digest(manifest)
    (run.folder / MANIFEST).write_text(json.dumps(manifest))


def edited(change: Any) -> Any:
    def edit(content: bytes) -> bytes:
        document = json.loads(content)
        change(document)
        return json.dumps(document).encode()

    return edit


def test_verify_finds_a_number_that_is_not_computed(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()

    def point(document: Any) -> None:
        document["economies"]["real_income"]["values"]["CAN"] += 0.001

    def interval(document: Any) -> None:
        document["uncertainty"]["intervals"]["real_income/CHN"]["low_90"] -= 0.002

    changed(run, "document.json", edited(lambda document: (point(document), interval(document))))
    done = cli("runs", "verify", run.id)
    assert done.exit_code == 1
    text = " ".join(done.output.split())
    assert "largest difference 1.0e-03 (economies, real_income, values, CAN); 1 differ" in text
    assert "largest difference 2.0e-03 (intervals, real_income/CHN, low_90); 1 differ" in text
    assert re.search(r"- economies, real_income, values, CAN: \S+ was kept, \S+ is computed", text)
    assert "NOT the same numbers." in text


def test_verify_finds_a_draw_that_is_not_computed(cli: Cli, kept: Store) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    (run,) = kept.runs()
    name = next(name for name in run.files if name.startswith("draws/"))

    def change(content: bytes) -> bytes:
        table = parquet.read_table(pa.BufferReader(content))
        at = table.column_names.index("real_income/CAN")
        values = table["real_income/CAN"].to_numpy().copy()
        values[-1] += 0.5
        sink = pa.BufferOutputStream()
        parquet.write_table(table.set_column(at, "real_income/CAN", pa.array(values)), sink)
        return bytes(sink.getvalue().to_pybytes())

    changed(run, name, change)
    found = json.loads(cli("runs", "verify", run.id, "--json").stdout)
    assert not found["same"]
    _, draws, intervals = found["compared"]
    assert draws["largest"] == pytest.approx(0.5, abs=1e-6)
    assert draws["where"] == "draw 23, real_income/CAN"
    assert intervals["different"], "the intervals rest on the draw"


def test_verify_names_what_is_damaged_and_computes_nothing(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    name = next(name for name in run.files if name.startswith("draws/"))
    content = bytearray((run.folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run.folder / name).unlink()
    (run.folder / name).write_bytes(content)
    done = cli("runs", "verify", run.id)
    assert done.exit_code == 1
    text = " ".join(done.output.split())
    assert f"1 of {len(run.files) + 1} files are damaged; nothing was computed again" in text
    assert f"{Path(name).name}: is not what was written" in text


def test_verify_of_another_version_says_so_and_compares(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    changed(run, "question.json", edited(lambda record: record.update(software="0.0.9")))
    done = cli("runs", "verify", run.id)
    assert done.exit_code == 0, done.output
    text = " ".join(done.output.split())
    assert re.search(r"made by detente 0\.0\.9, computed again by 0\.\S+", text)
    assert "The same numbers." in text


def test_a_world_that_changed_or_is_gone_is_said(cli: Cli, tmp_path: Path) -> None:
    import detente as dt
    from detente.world import write_world

    mine = dt.load_world("g20-2019").replace(name="mine")
    path = write_world(mine, tmp_path / "data" / "detente" / "worlds")
    assert cli("run", DEAL, "--world", "mine", "--focus", "CAN", "--draws", "0").exit_code == 0
    (run,) = Store(tmp_path / "store").runs()
    assert cli("runs", "verify", run.id).exit_code == 0
    write_world(mine.replace(final_flows=mine.final_flows * 1.01), path.parent)
    done = cli("runs", "verify", run.id)
    assert done.exit_code == 1
    assert "the world 'mine' has changed since" in " ".join(done.output.split())
    assert "NOT the same numbers." in done.output
    path.unlink()
    done = cli("runs", "verify", run.id)
    assert done.exit_code == 2
    text = " ".join(done.stderr.split())
    assert f"run {run.id} rests on the world 'mine', which cannot be had any more" in text
    assert "detente runs show" in text
    assert cli("runs", "show", run.id).exit_code == 0


def test_a_run_is_exported_whole_and_can_be_checked_there(cli: Cli, kept: Store, tmp_path: Path) -> None:
    (run,) = kept.runs()
    done = cli("runs", "export", run.id[:5], tmp_path / "deal")
    assert done.exit_code == 0
    assert "draws/" in done.output
    files = {
        p.relative_to(tmp_path / "deal").as_posix() for p in (tmp_path / "deal").rglob("*") if p.is_file()
    }
    assert files == {*run.files, MANIFEST}
    assert {"answer.txt", "document.json", f"scenario/{DEAL}.yaml"} <= files
    cli("runs", "remove", run.id)
    assert cli("runs", "show", tmp_path / "deal").output.startswith(MARK)
    assert cli("runs", "verify", tmp_path / "deal").exit_code == 0
    again = cli("runs", "export", tmp_path / "deal", tmp_path / "other")
    assert again.exit_code == 2 and "no run" in again.stderr


def test_an_export_overwrites_nothing(cli: Cli, kept: Store, tmp_path: Path) -> None:
    (run,) = kept.runs()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name, says in (("mine", "the folder is not empty"), ("file", "is a file, not a folder")):
        done = cli("runs", "export", run.id, tmp_path / name)
        assert done.exit_code == 2
        assert f"{says}; name another folder" in " ".join(done.stderr.split())
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


def test_a_removed_run_is_gone_with_its_draws(cli: Cli, kept: Store) -> None:
    (run,) = kept.runs()
    study = kept.draws(run.about["study"])
    assert study.is_dir()
    assert f"Run {run.id} removed" in cli("runs", "remove", run.id).output
    assert kept.runs() == ()
    assert not study.exists()


def test_options_go_behind_the_command(cli: Cli, kept: Store, tmp_path: Path) -> None:
    done = cli("runs", "--store", tmp_path / "other", "show", "abcd")
    assert done.exit_code == 2
    assert "write `detente runs show ... --store FOLDER`" in " ".join(done.stderr.split())


def test_a_program_that_is_killed_while_it_draws_goes_on_from_there(tmp_path: Path) -> None:
    """`kill -9` of `detente run`; the next one continues, and says what an undisturbed one says."""
    asked = [sys.executable, "-c", PROGRAM, *RUN, "--draws", "150", "--sources", "elasticities"]
    stopped = tmp_path / "stopped"
    process = subprocess.Popen(
        asked, env=environment(stopped), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and not list(stopped.glob("draws/*/part-*.parquet")):
        assert process.poll() is None, process.stderr.read()  # type: ignore[union-attr]
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait(600)
    parts = list(stopped.glob("draws/*/part-*.parquet"))
    assert parts and Store(stopped).runs() == ()
    assert len(Store(stopped).unfinished()) == 1
    times = {path: path.stat().st_mtime_ns for path in parts}
    texts = [
        subprocess.run(asked, env=environment(store), capture_output=True, text=True, check=True).stdout
        for store in (stopped, tmp_path / "whole")
    ]
    assert texts[0] == texts[1]
    assert {path: path.stat().st_mtime_ns for path in parts} == times, "they were not computed again"
    assert Store(stopped).unfinished() == ()
