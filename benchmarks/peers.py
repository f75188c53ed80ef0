"""The peers' own environment, and conversations with a peer that stays alive between repetitions."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

__all__ = ["Peer", "environment"]

HERE = Path(__file__).parent
ROOT = HERE.parent


def environment(folder: Path = ROOT / ".venv-peers") -> Path:
    """The Python of an environment that holds the peers at the pinned versions; made if it is missing."""
    python = folder / "bin" / "python"
    pinned = (HERE / "peers.txt").read_text(encoding="utf-8")
    stamp = folder / "peers.txt"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == pinned:
        return python
    # Debian's Python has no ensurepip: the pip that runs us fills the new environment instead.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run(
        [*pip, "--disable-pip-version-check", "--requirement", str(HERE / "peers.txt")], check=True
    )
    stamp.write_text(pinned, encoding="utf-8")
    return python


class Peer:
    """A worker in the peers' environment that answers one JSON line with one JSON line."""

    def __init__(self, script: str, *arguments: str) -> None:
        command = [str(environment()), str(HERE / "workers" / script), *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ask(self, question: str, **details: Any) -> dict[str, Any]:
        """One question, one answer.

        Raises:
            RuntimeError: the peer ended; carries what it wrote before.
        """
        answer = self.ask_within(None, question, **details)
        assert answer is not None
        return answer

    def ask_within(self, patience: float | None, question: str, **details: Any) -> dict[str, Any] | None:
        """The same; None if no answer comes within so many seconds, after which nothing can be asked."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"question": question, **details}) + "\n")
        self._process.stdin.flush()
        if patience is not None and not select.select([self._process.stdout], [], [], patience)[0]:
            return None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended: {self._process.communicate()[1][-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        """End a worker that does not answer."""
        self._process.kill()
        self._process.communicate()

    def close(self) -> None:
        """End the worker."""
        self._process.communicate()
