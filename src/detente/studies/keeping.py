"""A run put into the store: the answer as printed, as a document, its draws, and what it is computed from."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detente.model import Theory
from detente.outcome.export import write_scenarios
from detente.studies.run_record import RunRecord
from detente.studies.store import Store
from detente.studies.stored_run import StoredRun
from detente.studies.uncertainty import Ensemble
from detente.studies.uncertainty.parts import Parts

__all__ = ["ANSWER", "DOCUMENT", "DRAWS", "PAGES", "keep", "now"]

DOCUMENT, PAGES, ANSWER, DRAWS = "document.json", "pages.json", "answer.txt", "draws"


def now() -> str:
    """The time, as records say it: UTC, to the second, ISO 8601.

    Examples:
        >>> len(now())
        20
    """
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def keep(
    store: Store,
    record: RunRecord,
    document: Mapping[str, Any],
    pages: Sequence[Mapping[str, Any]],
    text: str,
    ensemble: Ensemble | None = None,
    computed: str = "",
) -> StoredRun:
    """Keep a run under its id, whole or not at all; one that is kept already stays as it is.

    Args:
        store: where.
        record: what decides the run.
        document: all that it says, as `detente run --json` prints it.
        pages: the same as printed, see `detente.cli.page`.
        text: the same as plain text, for whoever opens the folder.
        ensemble: its draws; None for the point alone.
        computed: when, as `now` says it; now if it is not given.

    Raises:
        BadInput: the store cannot be written.
    """
    question = record.question
    about = {
        "computed": computed or now(),
        "scenario": question.scenario.name,
        "title": question.scenario.title,
        "against": "baseline" if question.reference is None else question.reference.name,
        "world": question.world.name,
        "vintage": question.world.vintage,
        "theory": question.theories[0].describe(),
        "standard_theory": question.theories[0] == Theory(),
        "theories": len(question.theories) if record.draws else 1,
        "draws": record.draws,
        "seed": question.seed if record.draws else None,
        "study": question.id if record.draws else None,
        "software": record.software,
    }

    def write(folder: Path) -> None:
        record.write(folder)
        (folder / DOCUMENT).write_text(_text(document), "utf-8")
        (folder / PAGES).write_text(_text(list(pages)), "utf-8")
        (folder / ANSWER).write_text(text, "utf-8")
        write_scenarios([*reversed(question.scenarios)], folder)
        if ensemble is not None:
            _give_draws(ensemble.parts, ensemble.blocks, folder / DRAWS)

    return store.publish(record.id, about, write)


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def _give_draws(parts: Parts, blocks: int, folder: Path) -> None:
    """The draws that count, without copying where the file system lets two folders share a file."""
    folder.mkdir()
    for part in parts.there():
        if part.first >= blocks:
            continue
        try:
            os.link(parts.folder / part.name, folder / part.name)
        except OSError:
            shutil.copyfile(parts.folder / part.name, folder / part.name)
