"""Answers that the store has: found before anything is solved, printed at once, and marked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from detente.cli.console import answers
from detente.cli.page import plain_text, replay
from detente.errors import BadInput
from detente.studies.store import Store, store_folder

if TYPE_CHECKING:
    from detente.policy import Scenario
    from detente.studies.run_record import RunRecord
    from detente.studies.stored_run import StoredRun
    from detente.studies.uncertainty import Ensemble

__all__ = ["HELP", "found", "keep_answer", "print_kept", "store_given"]

HELP = {
    "store": "Folder where runs are kept; without it, DETENTE_STORE or the user's cache folder.",
    "fresh": "Compute, even if the store has the answer.",
}
# Files of a run, see `detente.studies.keeping`, which starts the solver when it is imported.
DOCUMENT, PAGES = "document.json", "pages.json"


def store_given(folder: Path | None) -> Store:
    """The store that was asked for."""
    return Store(store_folder(folder))


def found(
    store: Store,
    scenario: Scenario,
    reference: Scenario | None,
    world: str,
    words: Mapping[str, str | int | None],
) -> tuple[str | None, StoredRun | None]:
    """The key of what was asked, and the run that answers it, if it is kept and whole.

    The key is None where the world is not there; what is wrong is then for the solver's side to say.
    """
    from detente.studies.question_key import question_key

    key = question_key(scenario, reference, world, words)
    run = None if key is None else store.answer_to(key)
    if run is not None:
        try:
            run.read(DOCUMENT), run.read(PAGES)
        except BadInput:
            return key, None
    return key, run


def print_kept(run: StoredRun, as_document: bool = False) -> None:
    """The answer as it was printed when it was computed, and that it is from the store.

    Raises:
        BadInput: the answer is damaged.
    """
    if as_document:
        document = json.loads(run.read(DOCUMENT))
        for notice in (*document["cautions"], *document["notices"], *document["theory"]["notes"]):
            typer.echo(f"notice: {notice}", err=True)
        typer.echo(json.dumps(marked(document, run), indent=1, ensure_ascii=False, allow_nan=False))
        return
    pages = json.loads(run.read(PAGES))
    console = answers()
    console.print(
        f"From the store: computed on {in_words(run)} by detente {run.about['software']}. "
        f"`detente runs verify {run.id}` computes it again and compares.",
        style="dim",
    )
    console.print()
    replay(console, pages)


def marked(document: dict[str, Any], run: StoredRun) -> dict[str, Any]:
    """A kept document, with where it is from."""
    return {**document, "from_store": {"run": run.id, "computed": run.about["computed"]}}


def in_words(run: StoredRun) -> str:
    """When a run was computed, to the minute."""
    return str(run.about["computed"]).replace("T", " ")[:16] + " UTC"


def keep_answer(
    store: Store,
    key: str | None,
    record: RunRecord,
    document: Mapping[str, Any],
    pages: list[dict[str, Any]],
    ensemble: Ensemble | None = None,
) -> StoredRun | None:
    """Keep a run and note what it answers; where the store cannot be written, say so and go on."""
    from detente.studies.keeping import keep

    try:
        run = keep(store, record, document, pages, plain_text(pages), ensemble)
        if key is not None:
            store.remember(key, run.id)
        return run
    except BadInput as error:
        typer.echo(f"notice: the answer is not kept: {error}", err=True)
        return None
