"""`detente world show`: what is in a world, where it comes from, what in it is estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs, table
from detente.cli.numbers import share, usd_billion

if TYPE_CHECKING:
    from detente.world import World

__all__ = ["show"]


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a world; `detente worlds` lists them.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show a world: sources, estimated parts and their errors, economies and sectors.

    Example:  [b]detente world show g20-2019[/b]
    """
    from detente.cli.origin import origin_rows
    from detente.world import content_hash, load_world
    from detente.world.names import economy_title

    world = load_world(name)
    if json:
        from detente.cli.document import text, world_document

        typer.echo(text(world_document(world)))
        return
    console = answers()
    pairs(console, [*origin_rows(world), _purchases(world), ("world hash", content_hash(world)[:16])])
    heading(console, f"Economies ({len(world.economies)})", f"GDP and duties in {world.vintage}")
    columns = [("code", "left"), ("economy", "left"), ("GDP\nUSD bn", "right"), ("duties\nUSD bn", "right")]
    rows = [
        (code, economy_title(code), usd_billion(float(gdp)), usd_billion(float(duties)))
        for code, gdp, duties in zip(world.economies, world.gdp, world.tariff_revenue, strict=True)
    ]
    console.print(table(columns, rows, shrinks=1))
    heading(console, f"Sectors ({len(world.sectors)})", world.classification)
    output = world.output.sum(axis=0)
    total = float(output.sum())
    columns = [
        ("code", "left"),
        ("sector", "left"),
        ("output\nUSD bn", "right"),
        ("of world\noutput", "right"),
    ]
    rows = [
        (code, title, usd_billion(float(value)), share(float(value) / total))
        for code, title, value in zip(world.sectors, world.sector_titles, output, strict=True)
    ]
    console.print(table(columns, rows, shrinks=1))


def _purchases(world: World) -> tuple[str, str]:
    """What is known of who buys where."""
    known = "of each economy; every sector's are split in proportion (inputs=network)"
    if world.complete_table is not None:
        known = "of every sector from every economy, complete table (inputs=network)"
    return "purchases", known
