"""`detente diff`: two scenarios side by side, what goes in first, then what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs, table, working
from detente.cli.numbers import percent, usd_billion
from detente.cli.problems import gather
from detente.cli.run import DEFAULT_WORLD, HELP

if TYPE_CHECKING:
    from rich.console import Console

    from detente.outcome import Outcome
    from detente.outcome.summary import EconomyRow, Summary
    from detente.policy import Scenario
    from detente.policy.difference import Difference
    from detente.world import World

__all__ = ["diff"]


@dataclass(frozen=True)
class Answers:
    """Outcomes of two scenarios against one reference, for the same economies."""

    against: str
    first: Outcome
    second: Outcome
    summaries: tuple[Summary, Summary]


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help=HELP["scenario"])],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one, or a day.")],
    world: Annotated[str, typer.Option(metavar="WORLD", help=HELP["world"])] = DEFAULT_WORLD,
    focus: Annotated[str | None, typer.Option(metavar="ECONOMIES", help=HELP["focus"])] = None,
    theory: Annotated[str, typer.Option(metavar="CHOICES", help=HELP["theory"])] = "",
    inputs: Annotated[bool, typer.Option("--inputs", help="Compare measures only; solve nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Compare two scenarios: their measures field by field, then what each does against the same reference.

    The reference is that of A and B if they share it, and else the baseline.

    Example:  [b]detente diff 2026-08-21 2026-08-22 --focus CAN,USA[/b]
    """
    from detente.policy import load_scenario
    from detente.policy.difference import difference

    scenarios = gather(lambda: load_scenario(first), lambda: load_scenario(second))
    found = difference(*scenarios)
    solved = None if inputs else _solve(scenarios[0], scenarios[1], world, focus, theory)
    if json:
        from detente.cli.document import difference_document, text

        typer.echo(text(difference_document(found, *_outcomes(solved))))
        return
    console = answers()
    _print_inputs(console, found)
    if solved is not None:
        _print_outcomes(console, found, solved)


def _solve(first: Scenario, second: Scenario, world: str, focus: str | None, theory: str) -> Answers:
    from detente.model import Theory, keep_compiled
    from detente.outcome import run
    from detente.outcome.summary import summarise
    from detente.policy.difference import common_reference
    from detente.world import load_world

    keep_compiled()
    with working().status("solving", spinner="line"):
        economy, choices = gather(lambda: load_world(world), lambda: Theory.parse(theory))
        reference = common_reference(first, second)
        against = reference or "baseline"
        outcomes = [run(economy, scenario, against, choices) for scenario in (first, second)]
        shown = _focus(focus, economy, (first, second), outcomes[1])
    summaries = (summarise(outcomes[0], shown), summarise(outcomes[1], shown))
    return Answers(reference.name if reference else "baseline", outcomes[0], outcomes[1], summaries)


def _focus(
    focus: str | None, world: World, scenarios: tuple[Scenario, Scenario], outcome: Outcome
) -> tuple[str, ...]:
    """The economies that the user names; else those of the measures of both, and others that change most."""
    from detente.outcome.summary import (
        compare_measures,
        economy_codes,
        focus_economies,
        named_economies,
        sole_parties,
        what_differs,
    )
    from detente.policy import explain

    names = [name.strip() for name in (focus or "").split(",") if name.strip()]
    if names:
        return economy_codes(world, names)
    mine, other = (explain(scenario, world) for scenario in scenarios)
    apart = what_differs(mine, compare_measures(scenarios[0], mine, scenarios[1], other))
    return focus_economies(outcome, named_economies(apart, world), sole_parties(apart, world))


def _outcomes(solved: Answers | None) -> tuple[str, Outcome | None, Outcome | None, tuple[str, ...]]:
    if solved is None:
        return "", None, None, ()
    return solved.against, solved.first, solved.second, solved.summaries[1].focus


def _print_inputs(console: Console, found: Difference) -> None:
    from detente.policy.wording import sentence

    console.print(f"{found.first} and {found.second}", style="bold")
    if found.same:
        console.print("  Both have the same effect, against the same reference.")
    if found.settings:
        heading(console, "Settings")
        columns = [("", "left"), (found.first, "left"), (found.second, "left")]
        console.print(table(columns, found.settings, shrinks=1))
    for name, measures in ((found.first, found.only_first), (found.second, found.only_second)):
        if measures:
            heading(console, f"Only in {name}")
            pairs(console, [("-", f"{measure.id}: {sentence(measure)}") for measure in measures], label=1)
    if found.changed:
        heading(console, f"In both, and different: what {found.second} has instead of {found.first}")
        rows = [(m.id, "; ".join(map(str, changes))) for m, changes in found.changed]
        pairs(console, [("-", f"{name}: {said}") for name, said in rows], label=1)
    if not (found.only_first or found.only_second or found.changed):
        heading(console, "The measures in force are the same")
    if found.unchanged:
        count = len(found.unchanged)
        console.print(f"  {count} measure{' is' if count == 1 else 's are'} the same in both.", style="dim")


def _print_outcomes(console: Console, found: Difference, solved: Answers) -> None:
    from detente.arrays import quantities
    from detente.world.names import economy_title

    before, after = solved.summaries
    against = "the baseline" if solved.against == "baseline" else solved.against
    world = solved.second.world
    heading(console, "What each does", f"against {against}, {world.name}; the last column is B less A")
    console.print(f"  A {found.first}\n  B {found.second}")
    others = {row.quantity: row for row in before.rows}
    for position, code in enumerate(after.focus):
        heading(console, f"{economy_title(code)} ({code})")
        rows = [
            (_label(quantities()[row.quantity].label, row), *_cells(others[row.quantity], row, position))
            for row in after.rows
            if row.quantity in others
        ]
        columns = [("", "left"), ("A", "right"), ("B", "right"), ("B - A", "right")]
        console.print(table(columns, rows))


def _label(label: str, row: EconomyRow) -> str:
    return f"{label.removesuffix(', value')}, {'%' if row.unit == 'percent' else 'USD bn a year'}"


def _cells(first: EconomyRow, second: EconomyRow, position: int) -> tuple[str, str, str]:
    """Two values and their difference: percentage points, or money."""
    values = first.values[position], second.values[position]
    numbers = (*values, values[1] - values[0])
    if second.unit == "percent":
        return percent(numbers[0]), percent(numbers[1]), percent(numbers[2])
    sign = second.quantity.endswith("_value")
    cells = [usd_billion(value, sign=sign) for value in numbers[:2]]
    return cells[0], cells[1], usd_billion(numbers[2], sign=True)
