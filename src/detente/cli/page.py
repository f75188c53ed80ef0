"""What a command prints, as plain data that prints the same again, at any width of a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from detente.cli.console import NARROWEST, WIDEST, Pairs, Sheet

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["plain_text", "recorded", "replay"]


class _Recorder:
    """Takes what a command prints, in place of a console of some width."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.blocks: list[dict[str, Any]] = []

    def print(self, *objects: Any, style: str | None = None) -> None:
        """Keep what a console would lay out."""
        shown = objects or ("",)
        for item in shown:
            self.blocks.append({**_block(item), **({"style": style} if style else {})})


def _block(item: Any) -> dict[str, Any]:
    if isinstance(item, str):
        return {"text": item}
    if isinstance(item, Sheet):
        return {
            "columns": [list(column) for column in item.columns],
            "rows": [list(row) for row in item.rows],
            "shrinks": item.shrinks,
            "indent": item.indent,
        }
    if isinstance(item, Pairs):
        return {"pairs": [list(row) for row in item.rows], "label": item.label}
    raise TypeError(f"{type(item).__name__} has no plain form: print text, `table` or `pairs`")


def recorded(draw: Callable[[Console], None]) -> list[dict[str, Any]]:
    """What a function prints, at every width that answers are written in.

    Args:
        draw: prints text, `table` and `pairs` to the console it is given; called once for each width, as what
            fits side by side depends on it.

    Returns:
        Pages, each with the least width that it is for and its blocks, narrow to wide; plain data for JSON.

    Raises:
        TypeError: it prints something else.

    Examples:
        >>> pages = recorded(lambda console: console.print("wide" if console.width > 99 else "narrow"))
        >>> [(page["width"], page["blocks"]) for page in pages]
        [(80, [{'text': 'narrow'}]), (100, [{'text': 'wide'}])]
    """
    pages: list[dict[str, Any]] = []
    for width in range(NARROWEST, WIDEST + 1):
        recorder = _Recorder(width)
        draw(cast("Console", recorder))
        if not pages or pages[-1]["blocks"] != recorder.blocks:
            pages.append({"width": width, "blocks": recorder.blocks})
    return pages


def replay(console: Console, pages: list[dict[str, Any]]) -> None:
    """Print what was recorded, as it would have been printed to this console.

    Examples:
        >>> from rich.console import Console
        >>> replay(Console(width=100), recorded(lambda console: console.print("said", style="bold")))
        said
    """
    fitting = [page for page in pages if page["width"] <= console.width] or pages[:1]
    for block in fitting[-1]["blocks"]:
        console.print(_shown(block), style=block.get("style"))


def _shown(block: dict[str, Any]) -> str | Sheet | Pairs:
    if "columns" in block:
        columns = tuple((head, side) for head, side in block["columns"])
        return Sheet(columns, tuple(map(tuple, block["rows"])), block["shrinks"], block["indent"])
    if "pairs" in block:
        return Pairs(tuple((name, text) for name, text in block["pairs"]), block["label"])
    text: str = block["text"]
    return text


def plain_text(pages: list[dict[str, Any]], width: int = NARROWEST) -> str:
    """What was recorded as text without colours, for a file.

    Examples:
        >>> plain_text(recorded(lambda console: console.print("said", style="bold")))
        'said\\n'
    """
    from io import StringIO

    from rich.console import Console

    stream = StringIO()
    options: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False, "color_system": None}
    replay(Console(file=stream, width=width, **options), pages)
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())
