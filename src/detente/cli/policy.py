"""`detente policy`: the registry of dated measures, on one day or as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs
from detente.cli.problems import gather

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from detente.policy.timeline import Entry, State

__all__ = ["at", "list_"]

JSON = "Print one JSON document and nothing else."


def at(
    day: Annotated[str, typer.Argument(metavar="DATE", help="Such as [b]2026-08-22[/b].")],
    importer: Annotated[str, typer.Option(metavar="ECONOMY", help="Only what this economy buys.")] = "",
    exporter: Annotated[str, typer.Option(metavar="ECONOMY", help="Only what this economy sells.")] = "",
    json: Annotated[bool, typer.Option("--json", help=JSON)] = False,
) -> None:
    """List the measures in force on a day: who, whom, what, how much, why, and from which source.

    Example:  [b]detente policy at 2026-08-22 --importer USA --exporter CAN[/b]
    """
    from detente.policy.scenario_file import parse_day
    from detente.policy.timeline import in_force

    when, buyers, sellers = gather(lambda: parse_day(day), lambda: _codes(importer), lambda: _codes(exporter))
    states = in_force(when, buyers, sellers)
    if json:
        from detente.cli.document import policy_document, text

        typer.echo(text(policy_document(when, importer, exporter, states)))
        return
    console = answers()
    console.print(_title(when, importer, exporter), style="bold")
    _print_states(console, states)


def list_(
    everything: Annotated[
        bool, typer.Option("--all", help="Also threats and proposals, and what is known and not simulated.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON)] = False,
) -> None:
    """List every measure of the registry by its first day.

    Example:  [b]detente policy list --all[/b]
    """
    from detente.policy.timeline import timeline

    entries = timeline(everything)
    if json:
        from detente.cli.document import text, timeline_document

        typer.echo(text(timeline_document(entries)))
        return
    console = answers()
    headings = {
        "in force": "Measures by first day in force",
        "what-if": "Threats, proposals and plans: never in force by date, only by name in `add`",
        "left out": "Known, and not simulated",
    }
    for state, title in headings.items():
        rows = [entry for entry in entries if entry.state == state]
        if rows:
            heading(console, title)
            pairs(console, [(_days(entry), f"{entry.id}: {_said(entry)}") for entry in rows], label=10)


def _codes(name: str) -> tuple[str, ...]:
    """Codes of an economy or of the members of a group; none for no name."""
    from detente.policy.parties import party

    return party(name) if name else ()


def _title(day: date, importer: str, exporter: str) -> str:
    from detente.policy.wording import day_in_words
    from detente.world.names import economy_code, economy_title

    def title(name: str) -> str:
        return economy_title(economy_code(name) or name)

    sides = f" by {title(importer)}" if importer else ""
    sides += f" on goods of {title(exporter)}" if exporter else ""
    return f"Measures in force on {day_in_words(day)}{sides}"


def _print_states(console: Console, states: tuple[State, ...]) -> None:
    """One paragraph a measure, by programme."""
    from detente.policy.registry import registry

    if not states:
        console.print("  None that the registry knows.")
    titles = {programme.name: programme.title for programme in registry().programmes}
    before = None
    for state in states:
        programme = state.entry.programme
        if programme != before:
            named = f"{titles[programme]} ({programme})" if programme in titles else programme
            heading(console, named or "No programme")
        before = programme
        console.print()
        console.print(f"  {state.entry.id}{' - suspended' if state.suspended_by else ''}", style="cyan")
        pairs(console, [row for row in _rows(state) if row[1]], label=13)


def _rows(state: State) -> list[tuple[str, str]]:
    entry = state.entry
    rows = [
        ("", entry.sentence),
        ("suspended by", ", ".join(state.suspended_by)),
        ("spared by", ", ".join(state.exempted_by)),
        ("after", ", ".join(state.below)),
        ("legal basis", entry.legal_basis),
        ("source", entry.source),
        ("", entry.url),
    ]
    return rows + [("caution" if number == 0 else "", mark) for number, mark in enumerate(entry.marks)]


def _days(entry: Entry) -> str:
    return entry.start.isoformat() if entry.start else ""


def _said(entry: Entry) -> str:
    return f"{entry.sentence}{' [doubtful]' if entry.marks else ''}"
