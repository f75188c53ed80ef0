"""`detente replicate`: a published table beside ours, digit by digit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs, table, working

if TYPE_CHECKING:
    from detente.studies.replications import Printed

__all__ = ["replicate"]

VERDICT = {True: "agrees", False: "DIFFERS", None: "not printed"}


def replicate(
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="Such as [b]caliendo-parro-2015[/b].")],
    data: Annotated[Path, typer.Option(metavar="FOLDER", help="The authors' inputs.")],
) -> None:
    """Recompute a paper's tables from its authors' inputs; ends with 1 if any printed digit differs.

    Example:  [b]detente replicate caliendo-parro-2015 --data cp2015[/b]
    """
    from detente.errors import BadInput, Problem, nearest
    from detente.model import keep_compiled
    from detente.studies.replications import REPLICATIONS

    if paper not in REPLICATIONS:
        raise BadInput(Problem(f"no replication '{paper}'", remedy=nearest(paper, list(REPLICATIONS))))
    keep_compiled()
    with working().status("solving", spinner="line"):
        found = REPLICATIONS[paper](data)
    console = answers()
    console.print(found.paper, style="bold")
    console.print(found.inputs)
    for name, unit in dict.fromkeys((number.table, number.unit) for number in found.numbers):
        numbers = [number for number in found.numbers if (number.table, number.unit) == (name, unit)]
        heading(console, f"{name}, {unit}")
        columns = [("", "left"), ("", "left"), ("published", "right"), ("ours", "right")]
        columns += [("ours, unrounded", "right"), ("verdict", "left")]
        console.print(table(columns, [_row(number) for number in numbers], shrinks=1))
    compared = [number for number in found.numbers if number.agrees is not None]
    agreeing = sum(bool(number.agrees) for number in compared)
    console.print()
    pairs(console, [("-", note) for note in found.notes], label=1)
    console.print(f"{agreeing} of {len(compared)} printed numbers agree to every printed digit", style="bold")
    if not found.agrees:
        raise typer.Exit(1)


def _row(number: Printed) -> tuple[str, ...]:
    published = number.published or "-"
    return (
        number.row,
        number.column,
        published,
        number.rounded,
        f"{number.computed:.5f}",
        VERDICT[number.agrees],
    )
