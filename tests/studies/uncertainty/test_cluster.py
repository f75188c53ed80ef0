"""A cluster of real processes: the same draws as here, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from distributed import LocalCluster

from detente.errors import BadInput, CannotCompute
from detente.model import Theory
from detente.studies.uncertainty import Ensemble, Parts, cluster, draw
from tests.studies.uncertainty.questions import small

DRAWS = 640


@pytest.fixture
def workers() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as found:
        yield found


def whole(ensemble: Ensemble) -> pa.Table:
    names = ["draw", "row", "theory", "status", *(answer.name for answer in ensemble.answers)]
    return pa.concat_tables(ensemble.parts.columns(names, ensemble.blocks))


def test_a_killed_worker_loses_nothing_and_changes_no_number(workers: LocalCluster, tmp_path: Path) -> None:
    question = small(theories=(Theory(),))
    victims = {worker.pid for worker in workers.workers.values()}
    killed = threading.Event()
    heard: list[int] = []

    def kill_one(done: int, wanted: int, _: float) -> None:
        heard.append(done)
        if not killed.is_set() and done < wanted:
            killed.set()
            os.kill(victims.pop(), signal.SIGKILL)

    with cluster(workers.scheduler_address) as executor:
        far = draw(question, DRAWS, Parts(tmp_path / "far"), executor, kill_one)
    assert killed.is_set() and len(heard) > 2
    assert far.complete and far.failed == 0
    here = draw(question, DRAWS, Parts(tmp_path / "here"))
    assert whole(far).equals(whole(here))


def test_work_that_is_given_up_ends_with_a_sentence_and_goes_on_here(
    workers: LocalCluster, tmp_path: Path
) -> None:
    """The scheduler takes a part away from the others once it was lost with a worker: `KilledWorker`."""
    question, parts = small(theories=(Theory(),)), Parts(tmp_path / "far")
    workers.scheduler.allowed_failures = 0
    heard: list[int] = []

    def kill(done: int, _: int, __: float) -> None:
        if not heard:
            for worker in workers.workers.values():
                os.kill(worker.pid, signal.SIGKILL)
        heard.append(done)

    said = rf"what computed the draws failed \(KilledWorker: .*\); [\d,]+ of {DRAWS} draws are kept: run it"
    with cluster(workers.scheduler_address) as executor, pytest.raises(CannotCompute, match=said) as error:
        draw(question, DRAWS, parts, executor, kill)
    assert f"{heard[-1]:,} of {DRAWS} draws" in str(error.value) and heard[-1] < DRAWS
    before = {part.name: (parts.folder / part.name).stat().st_mtime_ns for part in parts.there()}
    rest = draw(question, DRAWS, Parts(tmp_path / "far"))
    assert before and all((parts.folder / name).stat().st_mtime_ns == at for name, at in before.items())
    assert rest.complete and whole(rest).equals(whole(draw(question, DRAWS, Parts(tmp_path / "here"))))


def test_a_cluster_that_closes_ends_with_a_sentence(workers: LocalCluster, tmp_path: Path) -> None:
    closing: list[threading.Thread] = []

    def close(done: int, _: int, __: float) -> None:
        if not closing:
            closing.append(threading.Thread(target=workers.close))
            closing[0].start()

    said = rf"what computed the draws failed \(.+\); [1-9][\d,]* of {DRAWS} draws are kept"
    parts = Parts(tmp_path / "far")
    with pytest.raises(CannotCompute, match=said), cluster(workers.scheduler_address) as executor:
        draw(small(theories=(Theory(),)), DRAWS, parts, executor, close)
    closing[0].join(60)
    assert parts.there()


def test_an_address_where_nothing_answers_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detente.studies.uncertainty.parallel._PATIENCE", "1s")
    said = r"field 'cluster': no cluster answers at 'tcp://127.0.0.1:9'"
    with pytest.raises(BadInput, match=said), cluster("tcp://127.0.0.1:9"):
        pass
