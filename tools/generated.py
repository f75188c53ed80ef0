"""Write a page whose numbers come from the program, or say whether it is stale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["write_or_check"]


def write_or_check(path: Path, page: Callable[[str], str], arguments: list[str]) -> int:
    """Write a page anew from its own text; with `--check` only compare, and return 1 if it is stale.

    Args:
        path: of the page.
        page: the page with its generated part replaced, from its present text.
        arguments: of the command line.
    """
    text = path.read_text(encoding="utf-8")
    if "--check" in arguments:
        return 0 if text == page(text) else 1
    path.write_text(page(text), encoding="utf-8")
    return 0
