"""Whole processes: the first `detente run` on a machine, and the next ones."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.timing import clock, median
from detente.world import list_worlds

__all__ = ["detente_run"]

SCENARIO = "canada-china-2026"


def detente_run(repetitions: int) -> dict[str, Any]:
    """Seconds of `detente run`, with nothing compiled yet and with the compiled code on disk."""
    names = [entry.name for entry in list_worlds() if entry.bundled]
    world = next(name for name in ("world-2022", "g20-2019") if name in names)
    command = [str(Path(sys.executable).parent / "detente"), "run", SCENARIO, "--world", world]
    with tempfile.TemporaryDirectory() as folder:
        # Where the program itself keeps compiled code on Linux; JAX's own variable would change its settings.
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        environment.pop("JAX_COMPILATION_CACHE_DIR", None)

        def run() -> None:
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)

        first, _ = clock(run)
        repeated = [clock(run)[0] for _ in range(repetitions)]
    return {"world": world, "scenario": SCENARIO, "first": first, "repeated": median(repeated)}
