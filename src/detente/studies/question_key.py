"""A key for what was asked, from what can be read at once: no world's numbers, no solver.

Two programs that are asked the same in the same words have the same key, which leads to a run in the store.
The run's own id is another thing (`run_record`): it rests on content alone, however it was asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

from detente.errors import BadInput
from detente.policy import Scenario, scenario_hash
from detente.studies.plain import to_plain
from detente.studies.software import software
from detente.world.catalogue import find_world

__all__ = ["digest", "question_key", "said"]

# Where a scenario and its tables were read from, and how it was written, decide nothing.
_NOT_SAID = ("place", "file", "text", "table")


def question_key(
    scenario: Scenario, reference: Scenario | None, world: str, words: Mapping[str, str | int | None]
) -> str | None:
    """What was asked, as 64 hexadecimal digits; None where the world is not there.

    Args:
        scenario: the scenario.
        reference: what it is measured against; None for the world as it stands.
        world: name or path, as `load_world` takes it.
        words: everything else that decides the answer, as it was given.

    Examples:
        >>> import detente as dt
        >>> deal = dt.load_scenario("canada-china-2026")
        >>> one = question_key(deal, deal.reference, "g20-2019", {"seed": 0})
        >>> one == question_key(deal, deal.reference, "g20-2019", {"seed": 1})
        False
        >>> question_key(deal, None, "atlantis", {}) is None
        True
    """
    try:
        metadata = find_world(world).with_suffix(".json").read_bytes()
    except (OSError, BadInput):
        return None
    return digest(
        {
            "software": software(),
            "scenario": [scenario_hash(scenario), said(scenario)],
            "against": None if reference is None else [scenario_hash(reference), said(reference)],
            "world": [world, hashlib.sha256(metadata).hexdigest()],
            "words": dict(words),
            "files": {name: _content(name) for name in _files(words)},
        }
    )


def said(scenario: Scenario) -> str:
    """A digest of all that a scenario says: prose and sources too, which its `scenario_hash` leaves out.

    Examples:
        >>> import detente as dt
        >>> from dataclasses import replace
        >>> deal = dt.load_scenario("canada-china-2026")
        >>> said(deal) == said(replace(deal, title="Another title"))
        False
    """
    return digest(to_plain(scenario, _NOT_SAID))


def digest(content: object) -> str:
    """SHA-256 of plain data.

    Examples:
        >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        True
    """
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _files(words: Mapping[str, str | int | None]) -> list[str]:
    """Files that the words name, such as a table of groups of workers."""
    texts = (text for text in words.values() if isinstance(text, str))
    names = {name.strip() for text in texts for name in re.split(r"[,=]", text)}
    return sorted(name for name in names if name and _is_file(name))


def _is_file(name: str) -> bool:
    try:
        return Path(name).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def _content(name: str) -> str:
    return hashlib.sha256(Path(name).expanduser().read_bytes()).hexdigest()
