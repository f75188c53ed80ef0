"""The command line in a folder of its own: no user's worlds or runs, no terminal, 80 columns, no draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from detente.cli.app import app

Cli = Callable[..., Any]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run `detente` with arguments in this process."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DETENTE_STORE", str(tmp_path / "store"))
    # Tests of the point answer take no draws; tests of draws say how many.
    monkeypatch.setenv("DETENTE_DRAWS", "0")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def run(*arguments: str | Path) -> Any:
        return runner.invoke(app, [str(argument) for argument in arguments])

    return run
