"""The command line: reads arguments, calls, prints."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run `detente` with the arguments of the process, and end it with an exit code."""
    from detente.cli.app import start

    start()
