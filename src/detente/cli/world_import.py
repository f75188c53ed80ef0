"""`detente world import`: a published table of your own becomes a world."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, pairs, working
from detente.cli.numbers import usd_million

if TYPE_CHECKING:
    from detente.world import Imported

__all__ = ["import_", "stored_rows"]

WITHOUT_TARIFFS = "none in the table, all 0; lay your own over it: detente world tariffs FILE --world {name}"


def import_(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="[b]oecd-icio[/b] or [b]wiod[/b].")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The published table, as downloaded.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What `--world` will take from then on.")],
    year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Of the flows, if the file does not say it.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a world imported before.")] = False,
    tariffs: Annotated[
        bool, typer.Option("--tariffs/--no-tariffs", help="Lay the tariffs that ship over the table.")
    ] = True,
) -> None:
    """Read, check and balance a published input-output table, and keep it under a name.

    A file with any fault is refused, with every fault listed; nothing is half imported.

    Example:  [b]detente world import oecd-icio 2022_SML.csv --name mine[/b]
    """
    from detente.world import import_world

    with working().status("reading and balancing", spinner="line"):
        found = import_world(kind, file, name, year=year, overwrite=overwrite, tariffs=tariffs)
    console = answers()
    console.print(f"{name}: imported", style="bold")
    bare = bool((found.world.tariff_factor == 1.0).all())
    layer = (
        WITHOUT_TARIFFS.format(name=name) if bare else f"{found.world.provenance.tariff_layers[0]} Estimated."
    )
    rows = [("", found.world.title), ("tariffs", layer), *stored_rows(found)]
    pairs(console, rows)


def stored_rows(found: Imported) -> list[tuple[str, str]]:
    """Where a world is kept, what balancing changed in it, how to use it."""
    rows = [("kept in", str(found.path))]
    rows += [
        (
            "treated" if number == 0 else "",
            f"{change.what}: {change.cells} cells, USD {usd_million(change.value)} million",
        )
        for number, change in enumerate(found.changes)
    ]
    return [*rows, ("use", f"detente run SCENARIO --world {found.world.name}")]
