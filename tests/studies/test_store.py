"""The store of runs: whole or absent, whoever is stopped when and whoever else writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detente.errors import BadInput
from detente.studies.store import Store, store_folder
from detente.studies.stored_run import MANIFEST, read_run

ID, OTHER = "0123456789abcdef", "01ff456789abcdef"
FILES = {"question.json": b"{}", "answer.txt": b"a" * 9_000, "draws/part.parquet": bytes(range(256)) * 4}

# A program that keeps a run; its second argument is the number of the step of the file system at which it is
# killed, its third a file for which it waits before it starts.
PROGRAM = f"""
import os, signal, sys, time
from pathlib import Path
from detente.studies.store import Store

folder, kill_at, wait_for = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
files = {FILES!r}
steps = 0

def step(event, details):
    global steps
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.scandir"):
        steps += 1
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

def write(place):
    for name, content in files.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)

while wait_for and not Path(wait_for).exists():
    time.sleep(0.0005)
if kill_at:
    sys.addaudithook(step)
run = Store(folder).publish("{ID}", {{"scenario": "deal"}}, write)
assert not run.damage(), run.damage()
print("kept")
"""


def program(folder: Path, kill_at: int = 0, wait_for: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, str(folder), str(kill_at), wait_for]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def write(place: Path) -> None:
    for name, content in FILES.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_run_is_found_by_the_beginning_of_its_id(store: Store) -> None:
    store.publish(ID, {"computed": "2026-11-22T10:00:00Z"}, write)
    store.publish(OTHER, {"computed": "2026-11-21T10:00:00Z"}, write)
    assert [run.id for run in store.runs()] == [OTHER, ID]
    assert store.get("012").id == store.get(ID.upper()).id == ID
    assert store.get("012").read("answer.txt") == FILES["answer.txt"]
    assert store.get(ID).size == sum(map(len, FILES.values()))
    with pytest.raises(BadInput, match=f"2 runs begin with '01': {ID}, {OTHER}; give more of the id"):
        store.get("01")
    with pytest.raises(BadInput, match=f"no run '0123456789abcdee'; did you mean {ID}"):
        store.get("0123456789abcdee")
    with pytest.raises(BadInput, match="no run ''; valid: "):
        store.get("")
    with pytest.raises(BadInput, match=f"run {ID} has no file 'answer.text'; did you mean answer.txt"):
        store.get(ID).read("answer.text")


@pytest.mark.parametrize("name", ["../../etc", "", "ABCDEF0123456789", "0123", "0123456789abcdeg"])
def test_an_id_is_no_path(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="is no id"):
        store.publish(name, {}, write)
    with pytest.raises(ValueError, match="is no id"):
        store.draws(name)
    assert store.find(name) is None
    assert not store.folder.exists()


def test_the_first_of_two_stays(store: Store) -> None:
    store.publish(ID, {"who": "first"}, write)
    found = store.publish(ID, {"who": "second"}, lambda place: pytest.fail("was written again"))
    assert found.about == {"who": "first"}


def test_a_writer_that_fails_leaves_nothing(store: Store) -> None:
    def fails(place: Path) -> None:
        write(place)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.publish(ID, {}, fails)
    assert store.runs() == ()
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_a_program_that_is_killed_leaves_a_whole_run_or_none(tmp_path: Path) -> None:
    """`kill -9` at every step of the file system, one program for each."""
    whole = 0
    for kill_at in range(1, 500):
        store = Store(tmp_path / str(kill_at))
        process = program(store.folder, kill_at)
        said, wrong = process.communicate(timeout=600)
        if process.returncode == 0:
            assert said == "kept\n"
            break
        assert process.returncode == -signal.SIGKILL, wrong
        runs = store.runs()
        assert store.damaged() == ()
        assert all(run.damage() == () and set(run.files) == set(FILES) for run in runs)
        whole += len(runs)
        # Whoever comes next is not hindered by what was left behind.
        kept = store.publish(ID, {}, write)
        assert kept.damage() == () and set(kept.files) == set(FILES)
    assert kill_at > 15, "too few steps were tried"
    assert 0 < whole < kill_at - 5, "some were killed after the run was there, most before"


def test_what_killed_programs_left_goes_away_after_a_day(store: Store) -> None:
    left = store.folder / "staging" / f"{ID}-left"
    left.mkdir(parents=True)
    (left / "answer.txt").write_text("half")
    store.publish(ID, {}, write)
    assert left.exists(), "another program may still be writing it"
    long_ago = time.time() - 100_000
    os.utime(left, (long_ago, long_ago))
    store.publish(OTHER, {}, write)
    assert not left.exists()
    assert {run.id for run in store.runs()} == {ID, OTHER}


def test_writers_of_one_run_at_once_both_end_well(tmp_path: Path) -> None:
    for attempt in range(5):
        store, start = Store(tmp_path / f"store{attempt}"), tmp_path / f"start{attempt}"
        writers = [program(store.folder, wait_for=str(start)) for _ in range(3)]
        time.sleep(0.3)
        start.touch()
        ends = [(process.communicate(timeout=600), process.returncode) for process in writers]
        assert [code for _, code in ends] == [0, 0, 0], ends
        (run,) = store.runs()
        assert run.damage() == ()
        assert list((store.folder / "staging").iterdir()) == []


def test_one_of_two_writers_is_killed_and_the_other_ends_well(tmp_path: Path) -> None:
    for kill_at in range(4, 40, 5):
        store, start = Store(tmp_path / f"store{kill_at}"), tmp_path / f"start{kill_at}"
        killed, other = program(store.folder, kill_at, str(start)), program(store.folder, 0, str(start))
        time.sleep(0.2)
        start.touch()
        assert (killed.wait(600), other.wait(600)) in [(-signal.SIGKILL, 0), (0, 0)]
        (run,) = store.runs()
        assert run.damage() == ()


def test_damage_is_named_file_by_file(store: Store) -> None:
    run = store.publish(ID, {}, write)
    (run.folder / "answer.txt").write_bytes(FILES["answer.txt"][:-1] + b"b")
    (run.folder / "question.json").unlink()
    (run.folder / "more.txt").write_text("more")
    texts = [str(problem) for problem in run.damage()]
    assert len(texts) == 3
    assert f"{run.folder / 'answer.txt'}: is not what was written; `detente runs remove {ID}`" in texts[0]
    assert "question.json: is gone" in texts[1] or "question.json: is gone" in texts[0]
    assert "more.txt: is no part of the run" in texts[2]
    with pytest.raises(BadInput, match=r"answer\.txt: is not what was written"):
        run.read("answer.txt")
    with pytest.raises(BadInput, match=r"question\.json: cannot be read"):
        run.read("question.json")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('"deal"', '"dead"'), "is not what was written"),
        (lambda text: text[:-30], "cannot be read"),
        (lambda text: text.replace(ID, OTHER), "is not what was written"),
        (
            lambda text: text.replace('"format": 1', '"format": 99'),
            "is in format 99, this version reads format 1",
        ),
        (lambda text: "[]", "cannot be read"),
    ],
)
def test_a_damaged_manifest_is_no_run_and_is_told(store: Store, change: object, says: str) -> None:
    run = store.publish(ID, {"scenario": "deal"}, write)
    store.publish(OTHER, {}, write)
    place = run.folder / MANIFEST
    place.write_text(change(place.read_text()))  # type: ignore[operator]
    assert [found.id for found in store.runs()] == [OTHER]
    assert store.find(ID) is None
    with pytest.raises(BadInput, match=says):
        store.get(ID)
    (problem,) = store.damaged()
    assert says in str(problem)
    assert store.remove("0123") == ID
    assert store.damaged() == ()


@pytest.mark.parametrize("name", [MANIFEST, "answer.txt"])
def test_a_damaged_run_makes_room_for_a_whole_one(store: Store, name: str) -> None:
    run = store.publish(ID, {}, write)
    (run.folder / name).write_bytes((run.folder / name).read_bytes()[:-1])
    assert store.publish(ID, {}, write).damage() == ()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file")
    with pytest.raises(BadInput, match=r"file: the store of runs cannot be written .* by DETENTE_STORE"):
        store.publish(ID, {}, write)
    with pytest.raises(BadInput, match="cannot be written"):
        store.remember("a" * 64, ID)


def test_draws_stay_while_a_run_rests_on_them(store: Store) -> None:
    study = "f" * 16
    store.draws(study).mkdir(parents=True)
    (store.draws(study) / "part.parquet").write_bytes(b"draws")
    assert store.unfinished() == (store.draws(study),)
    for run in (ID, OTHER):
        store.publish(run, {"study": study}, write)
    assert store.unfinished() == ()
    store.remove(ID)
    assert store.draws(study).is_dir()
    store.remove(OTHER)
    assert not store.draws(study).exists()
    with pytest.raises(BadInput, match="no run"):
        store.remove(OTHER)


def drawn(store: Store, study: str, age: float = 0.0, name: str = "part.parquet") -> Path:
    """Draws of a study, last written to some seconds ago."""
    place = store.draws(study)
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(b"draws")
    then = time.time() - age
    for path in (place / name, place):
        os.utime(path, (then, then))
    return place


def test_draws_without_a_run_are_removed_unless_they_are_being_written(store: Store) -> None:
    store.publish(ID, {"study": "a" * 16}, write)
    finished = drawn(store, "a" * 16, 90_000.0)
    old, new = drawn(store, "b" * 16, 3_700.0), drawn(store, "c" * 16, 3_500.0)
    # One part of now in a folder that is otherwise old.
    going = drawn(store, "d" * 16, 90_000.0)
    drawn(store, "d" * 16, 10.0, "more.parquet")
    assert store.remove_unfinished() == ((old,), (new, going))
    assert [place.is_dir() for place in (finished, old, new, going)] == [True, False, True, True]
    assert store.remove_unfinished(in_use=True) == ((new, going), ())
    assert [place.is_dir() for place in (finished, new, going)] == [True, False, False]
    assert store.remove_unfinished() == ((), ())
    assert list((store.folder / "staging").iterdir()) == []
    assert store.get(ID).damage() == ()


def test_a_run_goes_without_draws_that_another_program_adds_to(store: Store) -> None:
    study = "f" * 16
    store.publish(ID, {"study": study}, write)
    place = drawn(store, study)
    drawn(store, study, name="another.parquet")
    store.remove(ID)
    assert sorted(path.name for path in place.iterdir()) == ["another.parquet", "part.parquet"]
    store.publish(ID, {"study": study}, write)
    for name in ("part.parquet", "another.parquet"):
        drawn(store, study, 4_000.0, name)
    store.remove(ID)
    assert not place.exists()


def test_what_was_asked_leads_to_the_run(store: Store) -> None:
    assert store.answer_to("a" * 64) is None
    store.remember("a" * 64, ID)
    assert store.answer_to("a" * 64) is None, "the run is not there yet"
    store.publish(ID, {}, write)
    found = store.answer_to("a" * 64)
    assert found is not None and found.id == ID
    (store.folder / "questions" / ("a" * 64)).write_bytes(b"\xff\x00../..")
    assert store.answer_to("a" * 64) is None


def test_an_exported_folder_reads_as_the_run(store: Store, tmp_path: Path) -> None:
    run = store.publish(ID, {"scenario": "deal"}, write)
    moved = run.folder.rename(tmp_path / "deal")
    assert read_run(moved).id == ID
    assert read_run(moved).damage() == ()
    with pytest.raises(BadInput, match=r"manifest\.json: is gone; export the run again"):
        read_run(tmp_path)


def test_the_folder_is_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DETENTE_STORE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store_folder().name == "store"
    monkeypatch.setenv("DETENTE_STORE", str(tmp_path / "mine"))
    assert store_folder() == tmp_path / "mine"
    assert store_folder(tmp_path / "given") == tmp_path / "given"
