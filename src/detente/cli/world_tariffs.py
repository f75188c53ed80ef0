"""`detente world tariffs`: a world with the baseline tariffs of a file of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli.console import answers, pairs
from detente.cli.numbers import usd
from detente.cli.problems import gather

__all__ = ["tariffs"]


def tariffs(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A WITS/TRAINS or own table (CSV).")],
    world: Annotated[str, typer.Option(metavar="WORLD", help="The world whose tariffs change.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="What the new world is called.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a world of that name.")] = False,
) -> None:
    """Lay the tariffs of a file over a world's own, and keep the result as a new world.

    Example:  [b]detente world tariffs rates.csv --world g20-2019 --name g20-mine[/b]
    """
    from detente.cli.world_import import stored_rows
    from detente.world import keep_world, load_world
    from detente.world.tariffs import read_tariff_file

    before, _ = gather(lambda: load_world(world), lambda: _check_name(name, overwrite))
    after = read_tariff_file(file, before)
    title = f"{before.title}; tariffs of {file.name}"
    kept = keep_world(after.replace(title=title), name, overwrite=overwrite)
    console = answers()
    console.print(f"{name}: made of {before.name}", style="bold")
    changed = int((after.tariff_factor != before.tariff_factor).sum())
    rows = [("tariffs changed", f"{changed} flows of sector, importer and exporter")]
    for label, found in (("duties before", before), ("duties after", kept.world)):
        rows.append((label, f"{usd(float(found.tariff_revenue.sum()))} a year, all importers"))
    pairs(console, [*rows, *stored_rows(kept)])


def _check_name(name: str, overwrite: bool) -> None:
    from detente.errors import BadInput
    from detente.world import user_worlds
    from detente.world.importing import name_problems

    problems = name_problems(name, user_worlds(), overwrite=overwrite)
    if problems:
        raise BadInput(problems)
