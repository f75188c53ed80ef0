"""`detente scenarios`: which scenarios ship."""

from __future__ import annotations

from detente.cli.console import answers, pairs

__all__ = ["scenarios"]


def scenarios() -> None:
    """List the scenarios that ship.

    Your own is a YAML file; `detente run my.yaml` takes its path.

    Example:  [b]detente scenarios[/b]
    """
    from detente.policy.scenario_file import scenario_titles

    console = answers()
    for name, (title, against) in scenario_titles().items():
        console.print(name, style="bold")
        pairs(console, [("", title), ("", f"against {against}")], label=0)
