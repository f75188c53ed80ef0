"""Errors as a person reads them: every problem, in plain sentences, on standard error."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import typer

from detente.cli.console import width
from detente.errors import BadInput, DetenteError, Problem

__all__ = ["gather", "report"]


def report(error: DetenteError) -> None:
    """Print every problem of an error to standard error."""
    problems = [str(problem) for problem in error.problems] if isinstance(error, BadInput) else [str(error)]
    if len(problems) == 1:
        typer.echo(_wrapped(f"error: {problems[0]}", "       "), err=True)
        return
    typer.echo(f"error: {len(problems)} problems", err=True)
    for problem in problems:
        typer.echo(_wrapped(f"  - {problem}", "    "), err=True)


def gather(*steps: Callable[[], object]) -> list[Any]:
    """Take steps that do not depend on each other; what is wrong in any of them is raised together.

    Examples:
        >>> from detente.errors import Problem
        >>> def wrong() -> None:
        ...     raise BadInput("no such world")
        >>> gather(lambda: 1, wrong, wrong)
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: no such world
        no such world
    """
    found: list[Any] = []
    problems: list[Problem] = []
    for step in steps:
        try:
            found.append(step())
        except BadInput as error:
            problems.extend(error.problems)
    if problems:
        raise BadInput(problems)
    return found


def _wrapped(text: str, indent: str) -> str:
    """Lines that fit; names and paths are never broken, so that they can be copied."""
    return "\n".join(
        textwrap.fill(
            line,
            width(),
            initial_indent="" if first else indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for first, line in ((number == 0, line) for number, line in enumerate(text.splitlines()))
    )
