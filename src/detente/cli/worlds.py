"""`detente worlds`: which baseline economies there are."""

from __future__ import annotations

from detente.cli.console import answers, pairs

__all__ = ["worlds"]


def worlds() -> None:
    """List the worlds: the ones that ship and the ones you imported.

    Example:  [b]detente worlds[/b]
    """
    from detente.world.catalogue import list_worlds

    console = answers()
    for entry in list_worlds():
        console.print(entry.name, style="bold")
        facts = f"flows of {entry.vintage}; {entry.economies} economies, {entry.sectors} sectors"
        facts += "; partly estimated" if entry.estimated else "; nothing estimated"
        facts += "" if entry.bundled else f"; yours, {entry.path}"
        pairs(console, [("", entry.title), ("", facts)], label=0)
