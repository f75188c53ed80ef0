"""`detente scenarios`: which scenarios ship."""

from __future__ import annotations

from detente.cli.console import answers, heading, pairs

__all__ = ["scenarios"]


def scenarios() -> None:
    """List the scenarios that ship: turning points of trade policy by date, and what-ifs.

    Your own is a YAML file; `detente run my.yaml` takes its path.

    Example:  [b]detente scenarios[/b]
    """
    from detente.policy.files.catalogue import scenario_groups, scenario_titles

    console, titles = answers(), scenario_titles()
    for group, names in scenario_groups().items():
        heading(console, group)
        for name in names:
            title, against = titles[name]
            console.print(name, style="bold")
            pairs(console, [("", title), ("", f"against {against}")], label=0)
