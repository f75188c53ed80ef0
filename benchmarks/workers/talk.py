"""The worker's side of the conversation: one JSON line in, one JSON line out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def talk(answers: dict[str, Callable[..., dict[str, Any]]]) -> None:
    """Answer questions by name until standard input ends; whatever else is printed goes to nowhere."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    # A pipe that nobody reads would block a peer that warns a lot.
    os.dup2(silence, sys.stderr.fileno())
    for line in sys.stdin:
        request = json.loads(line)
        answer = answers[request.pop("question")](**request)
        out.write(json.dumps(answer) + "\n")
        out.flush()
