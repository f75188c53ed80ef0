"""`detente run`: what a scenario does, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli.asking import (
    Answer,
    answered,
    focus_given,
    reference_given,
    scenario_given,
    theory_given,
    world_given,
)
from detente.cli.console import INTERRUPTED, answers, heading, working
from detente.cli.draws import HELP as DRAWS_HELP
from detente.cli.draws import compute, draws_given, parts_in, question_of, sources_given
from detente.cli.kept import HELP as KEPT_HELP
from detente.cli.kept import found, keep_answer, print_kept, store_given
from detente.cli.page import recorded, replay
from detente.cli.problems import gather
from detente.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console

    from detente.studies.run_record import RunRecord
    from detente.studies.store import Store
    from detente.studies.stored_run import StoredRun
    from detente.studies.uncertainty import Ensemble

__all__ = ["DEFAULT_WORLD", "HELP", "run"]

DEFAULT_WORLD = "world-2022"
HELP = {
    "scenario": "A shipped scenario, or your own YAML file.",
    "against": "Compare with this; [b]baseline[/b] is the world as it stands. Without it, what the scenario "
    "itself names.",
    "world": "Baseline economy; `detente worlds` lists them.",
    "focus": "Economies to show, such as CAN,CHN,USA. Without it, those that the measures name and others "
    "that change most.",
    "theory": "Modelling choices, such as imbalances=removed,elasticities=uniform:4.",
    "aggregate": "Sum economies into groups first, such as [b]focus[/b].",
    "sectors": "Sum sectors into groups first, such as [b]sections[/b].",
    "out": "Also write tables (CSV, Parquet, Excel), the scenario and a manifest.",
    "overwrite": "Replace an earlier result in FOLDER.",
    "json": "Print one JSON document and nothing else.",
}


def run(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=HELP["scenario"])],
    against: Annotated[str | None, typer.Option(metavar="SCENARIO", help=HELP["against"])] = None,
    world: Annotated[str, typer.Option(metavar="WORLD", help=HELP["world"])] = DEFAULT_WORLD,
    focus: Annotated[str | None, typer.Option(metavar="ECONOMIES", help=HELP["focus"])] = None,
    theory: Annotated[str, typer.Option(metavar="CHOICES", help=HELP["theory"])] = "",
    aggregate: Annotated[str | None, typer.Option(metavar="GROUPING", help=HELP["aggregate"])] = None,
    sectors: Annotated[str | None, typer.Option(metavar="GROUPING", help=HELP["sectors"])] = None,
    draws: Annotated[
        int | None, typer.Option(metavar="N", envvar="DETENTE_DRAWS", help=DRAWS_HELP["draws"])
    ] = None,
    seed: Annotated[int, typer.Option(metavar="S", help=DRAWS_HELP["seed"])] = 0,
    sources: Annotated[str | None, typer.Option(metavar="NAMES", help=DRAWS_HELP["sources"])] = None,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help=DRAWS_HELP["cluster"])] = None,
    store: Annotated[Path | None, typer.Option(metavar="FOLDER", help=KEPT_HELP["store"])] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help=KEPT_HELP["fresh"])] = False,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=HELP["out"])] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=HELP["overwrite"])] = False,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Solve a scenario and say what it does, and to whom.

    First what is simulated, then the answer for the economies in focus, the sectors most helped and most
    hurt, and where the numbers come from.

    Example:  [b]detente run canada-china-2026 --focus CAN,CHN,USA --out results[/b]
    """
    asked = Asked(scenario, against, world, focus, theory, aggregate, sectors, draws, seed, sources, cluster)
    kept = store_given(store)
    key, there = _kept(kept, asked)
    if there is not None and out is None and not fresh:
        print_kept(there, json)
        return
    answer, record, ensemble, goes_on = _computed(
        None if fresh else kept, asked, lambda: _check(out, overwrite)
    )
    with working().status("writing", spinner="line"):
        if out is not None:
            _write(answer, out, overwrite)
        whole = ensemble is None or ensemble.complete
        # What was stopped is not kept, and has no name.
        name = record.id if whole else None
        pages, document = _pages(answer, name, goes_on), _document(answer, name)
        if whole:
            keep_answer(kept, key, record, document, pages, ensemble)
    if json:
        _print_document({**document, "folder": str(out) if out else None})
    else:
        replay(answers(), pages)
        if out is not None:
            heading(answers(), f"Written to {out}")
    if not whole:
        raise typer.Exit(INTERRUPTED)


@dataclass(frozen=True)
class Asked:
    """What decides an answer, as it was written."""

    scenario: str
    against: str | None
    world: str
    focus: str | None
    theory: str
    aggregate: str | None
    sectors: str | None
    draws: int | None
    seed: int
    sources: str | None
    cluster: str | None

    @property
    def words(self) -> dict[str, str | int | None]:
        """What finds an answer again, beside its scenario and world; not who computes it."""
        return {
            name: getattr(self, name)
            for name in ("focus", "theory", "aggregate", "sectors", "draws", "seed", "sources")
        }


def _computed(
    kept: Store | None, asked: Asked, check: Callable[[], None]
) -> tuple[Answer, RunRecord, Ensemble | None, bool]:
    """The answer, what decides it, its draws, and whether these are kept; those of a stopped run are used."""
    from detente.model import keep_compiled
    from detente.studies.run_record import RunRecord, WorldOrigin
    from detente.studies.uncertainty import how_sure

    keep_compiled()
    with working().status("reading", spinner="line"):
        choices, economy, chosen, draws, varying, _ = gather(
            lambda: theory_given(asked.theory),
            lambda: world_given(asked.world, asked.aggregate, asked.sectors),
            lambda: scenario_given(asked.scenario),
            lambda: draws_given(asked.draws),
            lambda: sources_given(asked.sources),
            check,
        )
        reference, focus = gather(
            lambda: reference_given(chosen, asked.against), lambda: focus_given(asked.focus, economy)
        )
    with working().status("solving", spinner="line"):
        answer = answered(economy, chosen, reference, choices, focus)
    varying = () if draws == 0 else varying
    shown = answer.summary.focus
    question = question_of(answer.outcome.world, chosen, reference, choices, shown, varying, asked.seed)
    origin = WorldOrigin(asked.world, asked.aggregate, asked.sectors)
    if draws == 0:
        return answer, RunRecord(question, 0, origin), None, False
    parts = None if kept is None else parts_in(kept, question)
    ensemble = compute(question, draws, parts, asked.cluster)
    answer = replace(answer, certainty=how_sure(ensemble))
    return answer, RunRecord(question, ensemble.draws, origin), ensemble, parts is not None


def _kept(store: Store, asked: Asked) -> tuple[str | None, StoredRun | None]:
    """The key of what is asked, and the answer if it is kept; what is wrong is said later, all together."""
    try:
        chosen = scenario_given(asked.scenario)
        return found(store, chosen, reference_given(chosen, asked.against), asked.world, asked.words)
    except BadInput:
        return None, None


def _check(folder: Path | None, overwrite: bool) -> None:
    from detente.outcome.export import check_folder

    if folder is not None:
        check_folder(folder, overwrite)


def _pages(answer: Answer, run: str | None, goes_on: bool) -> list[dict[str, Any]]:
    """Everything that is printed."""
    from detente.cli.answer import print_answer
    from detente.cli.briefing import print_changes, print_remarks, print_title
    from detente.cli.origin import print_origin
    from detente.outcome.summary import compare_measures

    brief = answer.brief
    against = "the baseline" if answer.reference is None else answer.reference.name
    changes = compare_measures(answer.scenario, brief, answer.reference, answer.beside)

    def draw(console: Console) -> None:
        print_title(console, brief)
        print_changes(console, changes, against, brief.vintage)
        print_remarks(console, brief, answer.outcome.notices)
        print_answer(console, answer.outcome, answer.summary, answer.certainty, goes_on)
        print_origin(console, answer.outcome, run)

    return recorded(draw)


def _document(answer: Answer, run: str | None) -> dict[str, Any]:
    from detente.cli.document import outcome_document

    return {
        "run": run,
        "from_store": None,
        **outcome_document(
            answer.outcome, answer.summary, answer.brief, answer.beside, None, answer.certainty
        ),
    }


def _print_document(document: dict[str, Any]) -> None:
    from detente.cli.document import text

    for notice in (*document["cautions"], *document["notices"], *document["theory"]["notes"]):
        typer.echo(f"notice: {notice}", err=True)
    typer.echo(text(document))


def _write(answer: Answer, folder: Path, overwrite: bool) -> None:
    from detente.outcome.export import export
    from detente.studies.uncertainty import interval_table

    rows = [
        (f"{side.name}: {measure.sentence}", measure.trade_hit, measure.source or "; ".join(measure.marks))
        for side in (answer.brief, answer.beside)
        if side is not None
        for measure in side.measures
    ]
    scenarios = [side for side in (answer.scenario, answer.reference) if side is not None]
    drawn = answer.certainty
    tables = {"intervals": interval_table(drawn, answer.outcome)} if drawn and drawn.intervals else {}
    export(answer.outcome, folder, scenarios, rows, overwrite, tables)
