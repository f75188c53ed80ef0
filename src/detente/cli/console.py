"""Where text goes and how wide it may be: answers to standard output, everything else to standard error."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from detente.cli.numbers import aligned

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

__all__ = [
    "INTERRUPTED",
    "NARROWEST",
    "WIDEST",
    "Pairs",
    "Sheet",
    "answers",
    "heading",
    "pairs",
    "table",
    "width",
    "working",
]

# What a shell takes for Ctrl-C, after what was done has been printed.
INTERRUPTED = 130
NARROWEST = 80
WIDEST = 110
BLANKS = re.compile(r" +(?=\n)")


def width() -> int:
    """Columns to write in: the terminal's, but never so few that a number would be cut."""
    return min(max(shutil.get_terminal_size((NARROWEST, 24)).columns, NARROWEST), WIDEST)


class _Trimmed:
    """Standard output without the blanks that fill lines, for files and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write lines, each without blanks at its end."""
        return self.stream.write(BLANKS.sub("", text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def answers() -> Console:
    """Standard output; colour only where a terminal shows it and the user has not declined it."""
    from rich.console import Console

    class Answers(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    stream: Any = sys.stdout if sys.stdout.isatty() else _Trimmed(sys.stdout)
    return Answers(file=stream, width=width(), highlight=False, markup=False, emoji=False)


def working() -> Console:
    """Standard error, for progress and notices."""
    from rich.console import Console

    return Console(stderr=True, width=width(), highlight=False, markup=False, emoji=False)


def heading(console: Console, text: str, note: str = "") -> None:
    """A title of a section, with what its numbers are measured in or against."""
    console.print()
    console.print(text, style="bold")
    if note:
        console.print(note, style="dim")


@dataclass(frozen=True)
class Sheet:
    """A table as plain data, laid out when it is printed; see `table`."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    shrinks: int = 0
    indent: int = 2

    def __rich__(self) -> Table:
        from rich.table import Table

        found = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        if self.indent:
            found.add_column("", width=max(0, self.indent - 2), no_wrap=True)
        filled = []
        for number, (head, side) in enumerate(self.columns):
            cells = [row[number] for row in self.rows]
            lines = head.splitlines() or [""]
            if side == "right":
                cells = aligned(cells)
                longest = max(len(text) for text in (*cells, *lines))
                # Padded here: the library would strip the blanks that align decimal points.
                cells = [cell.rjust(longest) for cell in cells]
                lines = [line.rjust(longest) for line in lines]
            found.add_column(
                "\n".join(lines),
                no_wrap=side == "right",
                overflow="fold",
                min_width=None if number == self.shrinks else max(len(text) for text in (*cells, *lines)),
            )
            filled.append(cells)
        for row in zip(*filled, strict=True):
            found.add_row(*(["", *row] if self.indent else row))
        return found


@dataclass(frozen=True)
class Pairs:
    """Labels with sentences beside them, as plain data; see `pairs`."""

    rows: tuple[tuple[str, str], ...]
    label: int

    def __rich__(self) -> Table:
        from rich.table import Table

        found = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
        found.add_column(width=0)
        found.add_column(width=self.label, style="dim")
        found.add_column(overflow="fold")
        for name, text in self.rows:
            found.add_row("", name, text)
        return found


def table(
    columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]], shrinks: int = 0, indent: int = 2
) -> Sheet:
    """A table that breaks long words over lines instead of cutting anything.

    Args:
        columns: (head, "left" or "right") of each; right ones are numbers and are never broken.
        rows: cells.
        shrinks: the left column that gives way when the table is too wide.
        indent: blanks before the table.
    """
    return Sheet(tuple(columns), tuple(tuple(row) for row in rows), shrinks, indent)


def pairs(console: Console, rows: Sequence[tuple[str, str]], label: int = 17) -> None:
    """Labels with sentences beside them."""
    console.print(Pairs(tuple(rows), label))
