"""`detente world tariffs`: a world with the baseline tariffs of a file of your own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
    raise NotImplementedError
