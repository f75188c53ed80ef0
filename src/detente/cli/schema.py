"""`detente schema`: what a scenario file may hold, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["schema"]


def schema(
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it here instead.")] = None,
) -> None:
    """Print the JSON Schema of scenario files, so that an editor completes and checks them.

    In a scenario's first line:  # yaml-language-server: $schema=scenario.schema.json

    Example:  [b]detente schema --out scenario.schema.json[/b]
    """
    from detente.cli.document import text
    from detente.errors import BadInput, Problem
    from detente.policy.files.schema import scenario_schema

    document = f"{text(scenario_schema())}\n"
    if out is None:
        typer.echo(document, nl=False)
        return
    try:
        out.write_text(document, encoding="utf-8")
    except OSError as error:
        raise BadInput(Problem(f"cannot be written: {error.strerror}", str(out))) from None
