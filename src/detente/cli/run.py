"""`detente run`: what a scenario does, and to whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, working
from detente.cli.problems import gather

if TYPE_CHECKING:
    from detente.model import Theory
    from detente.outcome import Outcome
    from detente.outcome.summary import Summary
    from detente.policy import Brief, Scenario
    from detente.world import World

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
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help=HELP["out"])] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=HELP["overwrite"])] = False,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Solve a scenario and say what it does, and to whom.

    First what is simulated, then the answer for the economies in focus, the sectors most helped and most
    hurt, and where the numbers come from.

    Example:  [b]detente run canada-china-2026 --focus CAN,CHN,USA --out results[/b]
    """
    from detente.model.compilation import keep_compiled
    from detente.outcome import run as solve
    from detente.outcome.export import check_folder
    from detente.outcome.summary import economy_codes, focus_economies, named_economies, summarise
    from detente.policy import explain, load_scenario

    keep_compiled()
    console = working()
    with console.status("reading", spinner="line"):
        choices, economy, chosen, _ = gather(
            lambda: _theory(theory),
            lambda: _world(world, aggregate),
            lambda: load_scenario(scenario),
            lambda: out is None or check_folder(out, overwrite),
        )
        reference, wanted = gather(
            lambda: _reference(chosen, against),
            lambda: economy_codes(
                economy, [name.strip() for name in (focus or "").split(",") if name.strip()]
            ),
        )
        brief = explain(chosen, economy)
        beside = explain(reference, economy) if reference else None
    with console.status("solving", spinner="line"):
        outcome = solve(economy, chosen, reference or "baseline", choices)
        named = named_economies(brief, economy)
        summary = summarise(outcome, wanted or focus_economies(outcome, named))
    if out is not None:
        with console.status("writing", spinner="line"):
            _write(outcome, out, chosen, reference, brief, beside, overwrite)
    if json:
        from detente.cli.document import outcome_document, text

        for notice in outcome.notices:
            typer.echo(f"notice: {notice}", err=True)
        typer.echo(text(outcome_document(outcome, summary, brief, beside, str(out) if out else None)))
    else:
        _print(outcome, summary, (chosen, brief), (reference, beside), out)


def _theory(text: str) -> Theory:
    from detente.model import Theory

    return Theory.parse(text)


def _world(name: str, grouping: str | None) -> World:
    from detente.world import load_world

    found = load_world(name)
    return found.aggregate(economies=grouping) if grouping else found


def _reference(scenario: Scenario, against: str | None) -> Scenario | None:
    from detente.policy import load_scenario

    if against is None:
        return scenario.reference
    return None if against == "baseline" else load_scenario(against)


def _print(
    outcome: Outcome,
    summary: Summary,
    scenario: tuple[Scenario, Brief],
    reference: tuple[Scenario | None, Brief | None],
    out: Path | None,
) -> None:
    from detente.cli.answer import print_answer
    from detente.cli.briefing import print_changes, print_remarks, print_title
    from detente.cli.origin import print_origin
    from detente.outcome.summary import compare_measures

    console = answers()
    brief = scenario[1]
    print_title(console, brief)
    against = "the baseline" if reference[0] is None else reference[0].name
    print_changes(console, compare_measures(*scenario, *reference), against, brief.vintage)
    print_remarks(console, brief, outcome.notices)
    print_answer(console, outcome, summary)
    print_origin(console, outcome)
    if out is not None:
        heading(console, f"Written to {out}")


def _write(
    outcome: Outcome,
    folder: Path,
    scenario: Scenario,
    reference: Scenario | None,
    brief: Brief,
    beside: Brief | None,
    overwrite: bool,
) -> None:
    from detente.outcome.export import export

    rows = [
        (f"{side.name}: {measure.sentence}", measure.trade_hit, measure.source or "assumption")
        for side in (brief, beside)
        if side is not None
        for measure in side.measures
    ]
    scenarios = [scenario, *([reference] if reference else [])]
    export(outcome, folder, scenarios, rows, overwrite)
