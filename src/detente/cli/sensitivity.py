"""`detente sensitivity`: which source of uncertainty, or which single parameter, moves an answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detente.cli.asking import (
    answered,
    focus_given,
    reference_given,
    scenario_given,
    theory_given,
    world_given,
)
from detente.cli.certainty import NOTHING_VARIES, OVERLAP, print_sources, share, stopped, unknown
from detente.cli.console import INTERRUPTED, answers, heading, table, working
from detente.cli.draws import HELP as DRAWS_HELP
from detente.cli.draws import compute, draws_given, parts_in, question_of, sources_given
from detente.cli.kept import HELP as KEPT_HELP
from detente.cli.kept import store_given
from detente.cli.numbers import between, percent
from detente.cli.problems import gather
from detente.cli.run import DEFAULT_WORLD, HELP

if TYPE_CHECKING:
    from rich.console import Console

    from detente.model import Theory
    from detente.studies.uncertainty import Ensemble, Influence

__all__ = ["sensitivity"]

# Enough for errors of a few points in shares by source.
USUAL = 768
# Factors that are printed for an answer; all of them are in the JSON document.
SHOWN = 12
OWN = {
    "focus": "Economies whose answers to explain; without it, those that `detente run` shows.",
    "by": "[b]sources[/b], or [b]parameters[/b]: also each elasticity and each number of the scenario.",
    "store": "Folder where draws are kept, those of `detente run` among them; "
    f"{KEPT_HELP['store'].partition('; ')[2]}",
    "quantity": "What to explain, such as real_income, terms_of_trade or tariff_revenue_value.",
}


def sensitivity(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help=HELP["scenario"])],
    against: Annotated[str | None, typer.Option(metavar="SCENARIO", help=HELP["against"])] = None,
    world: Annotated[str, typer.Option(metavar="WORLD", help=HELP["world"])] = DEFAULT_WORLD,
    focus: Annotated[str | None, typer.Option(metavar="ECONOMIES", help=OWN["focus"])] = None,
    theory: Annotated[str, typer.Option(metavar="CHOICES", help=HELP["theory"])] = "",
    aggregate: Annotated[str | None, typer.Option(metavar="GROUPING", help=HELP["aggregate"])] = None,
    sectors: Annotated[str | None, typer.Option(metavar="GROUPING", help=HELP["sectors"])] = None,
    quantity: Annotated[str, typer.Option(metavar="QUANTITY", help=OWN["quantity"])] = "real_income",
    by: Annotated[str, typer.Option(metavar="HOW", help=OWN["by"])] = "sources",
    draws: Annotated[int, typer.Option(metavar="N", min=1, help=DRAWS_HELP["draws"])] = USUAL,
    seed: Annotated[int, typer.Option(metavar="S", help=DRAWS_HELP["seed"])] = 0,
    sources: Annotated[str | None, typer.Option(metavar="NAMES", help=DRAWS_HELP["sources"])] = None,
    cluster: Annotated[str | None, typer.Option(metavar="ADDRESS", help=DRAWS_HELP["cluster"])] = None,
    store: Annotated[Path | None, typer.Option(metavar="FOLDER", help=OWN["store"])] = None,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Say how much of an answer's variance goes with what: Sobol indices with their errors.

    Alone: the part of the variance that would go if this were known. In all: the part that would stay if all
    else were known. What the two differ by is due to this together with others.

    Example:  [b]detente sensitivity canada-china-2026 --aggregate focus --by parameters[/b]
    """
    from detente.model import keep_compiled

    keep_compiled()
    console = working()
    with console.status("reading", spinner="line"):
        choices, economy, chosen, varying, several = gather(
            lambda: theory_given(theory),
            lambda: world_given(world, aggregate, sectors),
            lambda: scenario_given(scenario),
            lambda: sources_given(sources),
            lambda: draws_given(draws),
        )
        reference, wanted, _ = gather(
            lambda: reference_given(chosen, against),
            lambda: focus_given(focus, economy),
            lambda: _check(quantity, choices),
        )
    with console.status("solving", spinner="line"):
        point = answered(economy, chosen, reference, choices, wanted)
        question = question_of(
            point.outcome.world, chosen, reference, choices, point.summary.focus, varying, seed, by
        )
    parts = parts_in(store_given(store), question)
    found = compute(question, several, parts, cluster)
    rows = {code: _explained(found, quantity, code) for code in question.focus}
    if json:
        _print_document(found, quantity, rows)
    else:
        _print(answers(), found, quantity, rows, parts is not None)
    if not found.complete:
        raise typer.Exit(INTERRUPTED)


def _check(quantity: str, theory: Theory) -> None:
    """See whether draws will have a quantity, before any is made."""
    from detente.errors import BadInput, Problem, nearest
    from detente.outcome.quantities import quantity_names
    from detente.outcome.summary import ECONOMY_QUANTITIES

    there = [name for name in quantity_names(theory) if name in ECONOMY_QUANTITIES]
    if quantity not in there:
        message = f"draws have no '{quantity}' of economies"
        raise BadInput(Problem(message, field="quantity", remedy=nearest(quantity, there)))


def _explained(found: Ensemble, quantity: str, code: str) -> tuple[Influence, ...]:
    return found.influences(f"{quantity}/{code}")


def _print(
    console: Console,
    found: Ensemble,
    quantity: str,
    rows: dict[str, tuple[Influence, ...]],
    goes_on: bool,
) -> None:
    from detente.studies.uncertainty import varying

    sources = varying(found)
    if not sources:
        heading(console, "What moves it", NOTHING_VARIES)
        return
    for code, shares in rows.items():
        _print_economy(console, found, quantity, code, shares)
    print_sources(console, sources)
    if any(rows.values()):
        console.print(OVERLAP, style="dim")
    if not found.complete:
        console.print(f"  {stopped(goes_on)}", style="bold")


def _print_economy(
    console: Console, found: Ensemble, quantity: str, code: str, shares: tuple[Influence, ...]
) -> None:
    from detente.arrays import quantities
    from detente.studies.uncertainty.intervals import FEWEST_BLOCKS
    from detente.world.names import economy_title

    failed = f", {found.failed:,} of them failed" if found.failed else ""
    done = f"{found.draws:,} draws in {found.blocks:,} blocks{failed}, seed {found.question.seed}"
    basis = f"{found.question.scenario.name} in {found.question.world.name}; {done}"
    label, unit = quantities()[quantity].label, quantities()[quantity].unit
    heading(console, f"{label} of {economy_title(code)}: what moves it", basis)
    drawn = found.interval(f"{quantity}/{code}")
    if drawn is not None:
        said = f"median {percent(drawn.median)}, 90% of draws {between(drawn.low_90, drawn.high_90)}"
        console.print(f"  {said} ({unit})")
    if not shares:
        console.print(f"  {unknown(found.draws, FEWEST_BLOCKS * found.design.rows_a_block)}")
        return
    if shares[0].total <= 0.0:
        console.print("  Nothing moves it: all draws agree.")
        return
    columns = [("", "left"), ("kind", "left"), ("alone\n%", "right"), ("error", "right")]
    columns += [("in all\n%", "right"), ("error", "right")]
    kinds = {factor.name: factor.kind for factor in found.design.factors}
    console.print(table(columns, [_row(row, kinds) for row in shares[:SHOWN]]))
    if len(shares) > SHOWN:
        console.print(f"  and {len(shares) - SHOWN} more with smaller shares", style="dim")


def _row(row: Influence, kinds: dict[str, str]) -> tuple[str, ...]:
    shares = (row.alone, row.alone_error, row.total, row.total_error)
    return (row.factor, kinds[row.factor], *(share(value, 1) for value in shares))


def _print_document(found: Ensemble, quantity: str, rows: dict[str, tuple[Influence, ...]]) -> None:
    from dataclasses import asdict

    from detente.arrays import quantities
    from detente.cli.document import text

    question = found.question
    # Without a source an interval has no width, and would look like certainty.
    drawn = {code: found.interval(f"{quantity}/{code}") if found.sources else None for code in rows}
    document: dict[str, Any] = {
        "format": 1,
        "question": question.id,
        "scenario": question.scenario.name,
        "world": question.world.name,
        "theories": [theory.describe() for theory in question.theories],
        "quantity": quantity,
        "unit": quantities()[quantity].unit,
        "draws": found.draws,
        "failed": found.failed,
        "seed": question.seed,
        "factors": [asdict(factor) for factor in found.design.factors],
        "sources": [{"name": name, "what": what} for name, what in found.sources],
        "economies": {
            code: {
                "interval": asdict(interval) if (interval := drawn[code]) else None,
                "shares": [asdict(row) for row in shares],
            }
            for code, shares in rows.items()
        },
    }
    typer.echo(text(document))
