"""`detente explain`: a scenario in plain words, before anything is solved."""

from __future__ import annotations

from typing import Annotated

import typer

from detente.cli.console import answers, pairs
from detente.cli.problems import gather
from detente.cli.run import DEFAULT_WORLD, HELP

__all__ = ["explain"]


def explain(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=HELP["scenario"])],
    world: Annotated[
        str, typer.Option(metavar="WORLD", help="Baseline economy that gives the trade values.")
    ] = DEFAULT_WORLD,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Say in plain words who does what to whom, how much trade is hit, what is assumed or disputed.

    Nothing is solved.

    Example:  [b]detente explain canada-china-2026[/b]
    """
    from detente.cli.briefing import print_measures, print_pairs, print_remarks, print_title
    from detente.policy import explain as policy_explain
    from detente.policy import load_scenario
    from detente.world import load_world

    brief = policy_explain(*gather(lambda: load_scenario(scenario), lambda: load_world(world)))
    if json:
        from detente.cli.document import brief_document, text

        typer.echo(text(brief_document(brief)))
        return
    console = answers()
    print_title(console, brief)
    rows = [("measured against", brief.against), ("in force on", brief.date), ("scenario hash", brief.hash)]
    rows += [("trade values", f"{brief.world}, flows of {brief.vintage}")]
    console.print()
    pairs(console, [row for row in rows if row[1]])
    print_measures(console, brief.measures, brief.vintage, full=True)
    print_pairs(console, brief)
    print_remarks(console, brief, brief.notices)
