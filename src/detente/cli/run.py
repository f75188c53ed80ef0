"""`detente run`: what a scenario does, and to whom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from detente.cli.console import answers, heading, working
from detente.cli.draws import HELP as DRAWS_HELP
from detente.cli.draws import compute, draws_given, question_of, sources_given
from detente.cli.problems import gather

if TYPE_CHECKING:
    from detente.studies.uncertainty import HowSure

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
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=HELP["out"])] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=HELP["overwrite"])] = False,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Solve a scenario and say what it does, and to whom.

    First what is simulated, then the answer for the economies in focus, the sectors most helped and most
    hurt, and where the numbers come from.

    Example:  [b]detente run canada-china-2026 --focus CAN,CHN,USA --out results[/b]
    """
    from detente.model import keep_compiled

    keep_compiled()
    console = working()
    with console.status("reading", spinner="line"):
        choices, economy, chosen, several, varying, _ = gather(
            lambda: theory_given(theory),
            lambda: world_given(world, aggregate, sectors),
            lambda: scenario_given(scenario),
            lambda: draws_given(draws),
            lambda: sources_given(sources),
            lambda: _check(out, overwrite),
        )
        reference, wanted = gather(
            lambda: reference_given(chosen, against), lambda: focus_given(focus, economy)
        )
    with console.status("solving", spinner="line"):
        answer = answered(economy, chosen, reference, choices, wanted)
    if several != 0:
        answer = replace(answer, certainty=_how_sure(answer, several, seed, varying, cluster))
    if out is not None:
        with console.status("writing", spinner="line"):
            _write(answer, out, overwrite)
    if json:
        _print_document(answer, out)
    else:
        _print(answer, out)


def _how_sure(
    answer: Answer, draws: int | None, seed: int, sources: tuple[str, ...], address: str | None
) -> HowSure:
    from detente.studies.uncertainty import how_sure

    outcome = answer.outcome
    question = question_of(
        outcome.world,
        answer.scenario,
        answer.reference,
        outcome.theory,
        answer.summary.focus,
        sources,
        seed,
    )
    return how_sure(compute(question, draws, None, address))


def _check(folder: Path | None, overwrite: bool) -> None:
    from detente.outcome.export import check_folder

    if folder is not None:
        check_folder(folder, overwrite)


def _print(answer: Answer, out: Path | None) -> None:
    from detente.cli.answer import print_answer
    from detente.cli.briefing import print_changes, print_remarks, print_title
    from detente.cli.origin import print_origin
    from detente.outcome.summary import compare_measures

    console = answers()
    brief = answer.brief
    print_title(console, brief)
    against = "the baseline" if answer.reference is None else answer.reference.name
    changes = compare_measures(answer.scenario, brief, answer.reference, answer.beside)
    print_changes(console, changes, against, brief.vintage)
    print_remarks(console, brief, answer.outcome.notices)
    print_answer(console, answer.outcome, answer.summary, answer.certainty)
    print_origin(console, answer.outcome)
    if out is not None:
        heading(console, f"Written to {out}")


def _print_document(answer: Answer, out: Path | None) -> None:
    from detente.cli.document import outcome_document, text

    for notice in (*answer.outcome.cautions, *answer.outcome.notices, *answer.outcome.theory_notes):
        typer.echo(f"notice: {notice}", err=True)
    folder = str(out) if out else None
    typer.echo(
        text(
            outcome_document(
                answer.outcome, answer.summary, answer.brief, answer.beside, folder, answer.certainty
            )
        )
    )


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
    tables = (
        {} if answer.certainty is None else {"intervals": interval_table(answer.certainty, answer.outcome)}
    )
    export(answer.outcome, folder, scenarios, rows, overwrite, tables)
