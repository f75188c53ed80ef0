"""`detente elasticities`: the sets of trade elasticities, and the values of one for a world's sectors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs, table

if TYPE_CHECKING:
    from rich.console import Console

    from detente.world import ElasticitySet, World

__all__ = ["elasticities"]


def elasticities(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[SET]", help="Show this set's values by sector; else list the sets."),
    ] = None,
    world: Annotated[str, typer.Option(help="Whose sectors; `detente worlds` lists them.")] = "world-2022",
    horizon: Annotated[str, typer.Option(help="short, medium or long; most sets have long only.")] = "long",
) -> None:
    """List the sets of trade elasticities, or show one set by sector.

    Example:  [b]detente elasticities caliendo-parro-2015 --world g20-2019[/b]
    """
    from detente.world import elasticity_set, load_world

    console = answers()
    if name is None:
        _list(console)
        return
    found = load_world(world)
    _show(console, found, elasticity_set(found, name, horizon))


def _list(console: Console) -> None:
    from detente.world import elasticity_sets

    for found in elasticity_sets():
        console.print(found.name, style="bold")
        count = f"{found.estimates} estimates" if found.estimates > 1 else "one estimate for all sectors"
        errors = "standard errors" if found.has_standard_errors else "no standard errors"
        scale = "; scale elasticities too" if found.has_scale else ""
        rows = [
            ("what", found.title),
            ("horizons", ", ".join(found.horizons)),
            ("has", f"{count}; {errors}{scale}"),
            ("source", found.source),
            *(("" if number else "notes", note) for number, note in enumerate(found.notes)),
        ]
        pairs(console, rows, label=10)
    console.print("uniform:4", style="bold")
    pairs(
        console, [("what", "4, or any other positive number, in every sector and at every horizon")], label=10
    )


def _show(console: Console, world: World, found: ElasticitySet) -> None:
    rows = [("set", f"{found.name}: {found.title}"), ("horizon", found.horizon), ("source", found.source)]
    pairs(console, [*rows, *(("" if number else "notes", note) for number, note in enumerate(found.notes))])
    heading(console, f"Trade elasticities by sector of {world.name}", "* not estimated by the source for it")
    columns = [("code", "left"), ("sector", "left"), ("theta", "right"), ("standard\nerror", "right")]
    values = [found.values, found.standard_errors]
    if found.scale is not None:
        columns += [("scale\npsi", "right"), ("standard\nerror", "right")]
        values += [found.scale, found.scale_standard_errors]
    cells = []
    for place, (code, title) in enumerate(zip(world.sectors, world.sector_titles, strict=True)):
        mark = " *" if code in found.borrowed else ""
        numbers = [_number(None if column is None else float(column[place])) for column in values]
        cells.append((code, title + mark, *numbers))
    console.print(table(columns, cells, shrinks=1))


def _number(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.2f}"
