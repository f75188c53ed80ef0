"""`detente policy`: the registry of dated measures, on one day or as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs, table, working
from detente.cli.numbers import share, usd, usd_billion
from detente.cli.problems import gather
from detente.cli.run import DEFAULT_WORLD
from detente.errors import BadInput, Problem

if TYPE_CHECKING:
    from datetime import date

    from rich.console import Console

    from detente.policy.rates import MeasureRate, Rates
    from detente.policy.timeline import Entry, State

__all__ = ["at", "list_"]

JSON = "Print one JSON document and nothing else."
SPARING_SHOWN = 3


def at(
    day: Annotated[str, typer.Argument(metavar="DATE", help="Such as [b]2026-08-22[/b].")],
    importer: Annotated[str, typer.Option(metavar="ECONOMY", help="Only what this economy buys.")] = "",
    exporter: Annotated[str, typer.Option(metavar="ECONOMY", help="Only what this economy sells.")] = "",
    sector: Annotated[str, typer.Option(metavar="SECTOR", help="Only the rates of this sector.")] = "",
    world: Annotated[
        str, typer.Option(metavar="WORLD", help="Whose sectors, ordinary tariffs and trade are used.")
    ] = DEFAULT_WORLD,
    json: Annotated[bool, typer.Option("--json", help=JSON)] = False,
) -> None:
    """List the measures in force on a day: who, whom, what, how much, why, and from which source.

    With an importer and an exporter, also the rate of duty by sector and what each measure adds to it.

    Example:  [b]detente policy at 2026-08-22 --importer USA --exporter CAN[/b]
    """
    from detente.policy.files.scenario_file import parse_day
    from detente.policy.timeline import in_force

    when, buyers, sellers, _ = gather(
        lambda: parse_day(day),
        lambda: _codes(importer),
        lambda: _codes(exporter),
        lambda: _both(importer, exporter, sector),
    )
    states = in_force(when, buyers, sellers)
    # A group has no rate of its own: its members import and export different goods.
    single = len(buyers) == len(sellers) == 1
    found = _rates(when, buyers[0], sellers[0], sector, world) if single else None
    if json:
        from detente.cli.document import policy_document, text

        typer.echo(text(policy_document(when, importer, exporter, states, found)))
        return
    console = answers()
    console.print(_title(when, importer, exporter), style="bold")
    if found is not None:
        _print_rates(console, found)
    else:
        named = importer and exporter
        hint = (
            "A group has no rates of its own: name a member"
            if named
            else "Name one importer and one exporter"
        )
        console.print(f"  {hint} to see rates by sector.", style="dim")
    _print_states(console, states, {row.id: row for row in found.measures} if found else {})


def _both(importer: str, exporter: str, sector: str) -> None:
    """Rates are those of one importer on one exporter."""
    if sector and not (importer and exporter):
        raise BadInput(Problem("--sector needs --importer and --exporter", remedy="name both"))


def _rates(day: date, importer: str, exporter: str, sector: str, name: str) -> Rates:
    """Rates by sector; of one sector only if it is named."""
    from detente.policy.rates import rates
    from detente.world import load_world, match_sector

    with working().status("reading", spinner="line"):
        world = load_world(name)
        code = match_sector(sector, world.sectors, world.sector_titles) if sector else ""
        found = rates(day, importer, exporter, world)
    kept = tuple(row for row in found.sectors if row.sector == code) if code else found.sectors
    return replace(found, sectors=kept)


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
    from detente.world.names import economy_code, economy_in_sentence

    def title(name: str) -> str:
        return economy_in_sentence(economy_code(name) or name)

    sides = f" by {title(importer)}" if importer else ""
    sides += f" on goods of {title(exporter)}" if exporter else ""
    return f"Measures in force on {day_in_words(day)}{sides}"


def _print_rates(console: Console, found: Rates) -> None:
    """Ordinary, additional and total rate by sector."""
    note = f"percent of value before duty, within quotas; {found.values}"
    heading(console, "Rates of duty by sector", note)
    columns = [("sector", "left"), ("", "left"), ("imports\nUSD bn", "right"), ("ordinary", "right")]
    columns += [("added", "right"), ("total", "right")]
    rows = [
        (
            row.sector,
            row.title,
            usd_billion(row.value),
            *(share(rate).rstrip("%") for rate in (row.ordinary, row.additional, row.total)),
        )
        for row in (*found.sectors, found.average)
    ]
    console.print(table(columns, rows, shrinks=1))
    banned = [(row.title, usd(row.banned)) for row in found.sectors if row.banned > 0.0]
    said = [f"{value} of {title} may not be traded" for title, value in banned]
    pairs(console, [("-", text) for text in (*said, *found.notices)], label=1)


def _print_states(console: Console, states: tuple[State, ...], adds: Mapping[str, MeasureRate]) -> None:
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
        rows = _rows(state, adds.get(state.entry.id))
        pairs(console, [row for row in rows if row[1]], label=13)


def _added(rate: MeasureRate | None) -> str:
    """What a measure adds to the average rate, and what it does not hit."""
    if rate is None:
        return ""
    if rate.points == 0.0:
        said = f"nothing of its own, on {usd(rate.value)}"
    else:
        said = f"{share(rate.points).rstrip('%')} points of the average rate, on {usd(rate.value)}"
    if rate.spared > 0.0:
        names = ", ".join(name for name, _ in rate.spared_by[:SPARING_SHOWN])
        said += f"; not on {usd(rate.spared)}{f' because of {names}' if names else ''}"
    if rate.preference > 0.0:
        said += f"; {usd(rate.preference)} claim its preference"
    return said


def _rows(state: State, rate: MeasureRate | None) -> list[tuple[str, str]]:
    entry = state.entry
    rows = [
        ("", entry.sentence),
        ("adds", _added(rate)),
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
