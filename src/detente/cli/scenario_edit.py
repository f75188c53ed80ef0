"""`detente scenario`: change a scenario file, keeping its comments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers

if TYPE_CHECKING:
    from detente.policy import Scenario

__all__ = ["add", "remove", "set_"]

File = Annotated[Path, typer.Argument(metavar="FILE", help="Your scenario file.")]


def set_(
    file: File,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Of a measure; [b]scenario[/b] for the scenario itself.")
    ],
    field: Annotated[str, typer.Argument(metavar="FIELD", help="Such as [b]rate[/b].")],
    value: Annotated[
        str, typer.Argument(metavar="VALUE", help="As the file would have it; '' takes the field away.")
    ],
) -> None:
    """Set one field of a measure, or of the scenario.

    A measure that the file takes from the registry is changed under `change`. Nothing is written if the file
    would no longer be valid.

    Example:  [b]detente scenario set deal.yaml canola rate 35%[/b]
    """
    from detente.policy.files.editing import set_field

    _said(file, set_field(file, name, field, value))


def add(
    file: File,
    measure: Annotated[
        str, typer.Argument(metavar="MEASURE", help="Its fields, or the id of one of the registry.")
    ],
) -> None:
    """Add a measure.

    Example:  [b]detente scenario add deal.yaml us-338-can-alcohol-2026[/b]
    """
    from detente.policy.files.editing import add_measure

    _said(file, add_measure(file, measure))


def remove(
    file: File,
    name: Annotated[str, typer.Argument(metavar="ID", help="Of a measure, or a programme.")],
) -> None:
    """Remove a measure: from the file, or from what the file extends.

    Example:  [b]detente scenario remove deal.yaml canola[/b]
    """
    from detente.policy.files.editing import remove_measure

    _said(file, remove_measure(file, name))


def _said(file: Path, scenario: Scenario) -> None:
    count = len(scenario.in_force)
    answers().print(f"{file}: written; {count} measure{'' if count == 1 else 's'} in force")
