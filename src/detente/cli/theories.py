"""`detente theories`: one question under several theories, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli.asking import focus_given, reference_given, scenario_given, theory_given, world_given
from detente.cli.console import INTERRUPTED, answers, working
from detente.cli.files import check_file, write_file
from detente.cli.problems import gather
from detente.cli.run import DEFAULT_WORLD, HELP

if TYPE_CHECKING:
    from detente.model import Theory
    from detente.policy import Scenario
    from detente.studies.theories import Alternative, TheoryComparison
    from detente.world import World

__all__ = ["theories"]

ENDINGS = (".csv", ".parquet", ".json")
OWN = {
    "theory": "Modelling choices, such as imbalances=removed. Once: this theory and its variations; several "
    "times: these theories. Without it, the standard theory and its variations.",
    "defensible": "Only the theories that [b]detente run[/b] draws from.",
    "out": "Also write every number to FILE, as its ending says: .csv, .parquet or .json.",
    "overwrite": "Replace FILE.",
}


def theories(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=HELP["scenario"])],
    against: Annotated[str | None, typer.Option(metavar="SCENARIO", help=HELP["against"])] = None,
    world: Annotated[str, typer.Option(metavar="WORLD", help=HELP["world"])] = DEFAULT_WORLD,
    focus: Annotated[str | None, typer.Option(metavar="ECONOMIES", help=HELP["focus"])] = None,
    theory: Annotated[list[str] | None, typer.Option(metavar="CHOICES", help=OWN["theory"])] = None,
    defensible: Annotated[bool, typer.Option("--defensible", help=OWN["defensible"])] = False,
    aggregate: Annotated[str | None, typer.Option(metavar="GROUPING", help=HELP["aggregate"])] = None,
    sectors: Annotated[str | None, typer.Option(metavar="GROUPING", help=HELP["sectors"])] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help=OWN["out"])] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=OWN["overwrite"])] = False,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Say what several theories make of a scenario, side by side.

    A theory and its variations, one choice at a time: elasticities, imbalances, inputs, labour, markets. One
    without an answer is named with the reason. A stop (Ctrl-C) prints what is done.

    Example:  [b]detente theories canada-china-2026 --aggregate focus --focus CAN,CHN[/b]
    """
    from detente.model import keep_compiled

    keep_compiled()
    with working().status("reading", spinner="line"):
        chosen, economy, asked, _ = gather(
            lambda: scenario_given(scenario),
            lambda: world_given(world, aggregate, sectors),
            lambda: _theories_given(theory or [""], defensible),
            lambda: _check(out, overwrite),
        )
        reference, wanted = gather(
            lambda: reference_given(chosen, against), lambda: focus_given(focus, economy)
        )
    found = _solve(economy, chosen, reference, _several(asked, economy, defensible), wanted)
    if out is not None:
        _write(found, out)
    if json:
        _print_document(found)
    else:
        _print(found, chosen, reference, economy, out)
    if not found.complete:
        raise typer.Exit(INTERRUPTED)


def _theories_given(texts: Sequence[str], defensible: bool) -> list[Theory]:
    """Theories in the words of the command line, each once; what is wrong in any of them together."""
    from detente.errors import BadInput, Problem

    found = list(dict.fromkeys(gather(*(partial(theory_given, text) for text in texts))))
    if defensible and len(found) > 1:
        remedy = "give one theory, or leave --defensible out"
        raise BadInput(Problem("several theories are given", field="--defensible", remedy=remedy))
    return found


def _check(file: Path | None, overwrite: bool) -> None:
    from detente.errors import BadInput, Problem

    if file is not None and file.suffix.lower() not in ENDINGS:
        remedy = f"let the name end with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise BadInput(Problem("its ending names no format that can be written", str(file), remedy=remedy))
    check_file(file, overwrite)


def _several(asked: list[Theory], world: World, defensible: bool) -> Sequence[Theory | Alternative]:
    from detente.studies import theories as study

    if len(asked) > 1:
        return asked
    return (study.defensible if defensible else study.alternatives)(asked[0], world)


def _solve(
    world: World,
    scenario: Scenario,
    reference: Scenario | None,
    several: Sequence[Theory | Alternative],
    focus: tuple[str, ...],
) -> TheoryComparison:
    from detente.studies.theories import compare_theories

    with _progress() as tell:
        return compare_theories(world, scenario, reference, several, focus, progress=tell)


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}")]
    # Theories take seconds each, and the first of a kind much longer: all of them count for the time left.
    with Progress(*columns, console=working(), transient=True, speed_estimate_period=3600.0) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, wanted, label: shown.update(
            task, completed=done, total=wanted, description=label, refresh=True
        )


def _print(
    found: TheoryComparison, scenario: Scenario, reference: Scenario | None, world: World, out: Path | None
) -> None:
    from detente.cli.briefing import print_changes, print_title
    from detente.cli.console import heading
    from detente.cli.theory_table import print_comparison
    from detente.outcome import compare_measures
    from detente.policy import explain

    console = answers()
    brief = explain(scenario, world, [reference] if reference else [])
    beside = explain(reference, world, [scenario]) if reference else None
    print_title(console, brief)
    against = "the baseline" if reference is None else reference.name
    print_changes(console, compare_measures(scenario, brief, reference, beside), against, brief.vintage)
    print_comparison(console, found, world)
    if out is not None:
        heading(console, f"Written to {out}")


def _print_document(found: TheoryComparison) -> None:
    from detente.cli.document import text
    from detente.cli.theory_table import comparison_document

    for notice in found.notices:
        typer.echo(f"notice: {notice}", err=True)
    typer.echo(text(comparison_document(found)))


def _write(found: TheoryComparison, file: Path) -> None:
    from detente.cli.document import text
    from detente.cli.theory_table import comparison_document
    from detente.studies.theories import comparison_table

    writers: dict[str, Callable[[Path], Any]] = {
        ".csv": lambda place: comparison_table(found).to_csv(place, index=False),
        ".parquet": lambda place: comparison_table(found).to_parquet(place, index=False),
        ".json": lambda place: place.write_text(text(comparison_document(found)) + "\n", encoding="utf-8"),
    }
    write_file(file, writers[file.suffix.lower()])
