"""`detente scenarios`: which scenarios ship."""

from __future__ import annotations

from detente.cli.console import answers, pairs

__all__ = ["scenarios"]


def scenarios() -> None:
    """List the scenarios that ship.

    Your own is a YAML file; `detente run my.yaml` takes its path.

    Example:  [b]detente scenarios[/b]
    """
    from detente.policy.scenario import list_scenarios, load_scenario

    console = answers()
    for name in list_scenarios():
        found = load_scenario(name)
        console.print(name, style="bold")
        count = len(found.in_force)
        measures = "1 measure" if count == 1 else f"{count} measures"
        pairs(console, [("", found.title), ("", f"{measures}, against {found.against}")], label=0)
