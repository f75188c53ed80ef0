"""The command line: reads arguments, calls, prints."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run `detente` with the arguments of the process, and end it with an exit code."""
    try:
        from detente.cli.app import start

        start()
    except KeyboardInterrupt:
        # Before a command runs; `app` answers for the rest.
        sys.exit(130)
