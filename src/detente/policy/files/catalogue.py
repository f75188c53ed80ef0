"""The scenarios that ship, by name and group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from detente.policy.files.reading import compose_shipped
from detente.policy.scenario import BASELINE

__all__ = ["list_scenarios", "scenario_groups", "scenario_titles", "shipped_folder", "shipped_text"]

DATED = re.compile(r"^date: *(\S+)", re.MULTILINE)
# Folders of the library, in the order they are shown.
GROUPS: Mapping[str, str] = {"turning-points": "Turning points", "what-ifs": "What-ifs"}


def list_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship.

    Examples:
        >>> "canada-china-2026" in list_scenarios()
        True
    """
    return tuple(_library())


@cache
def _library() -> Mapping[str, Any]:
    folders = (files("detente.policy").joinpath("library", folder) for folder in GROUPS)
    found = (item for folder in folders for item in folder.iterdir() if item.name.endswith(".yaml"))
    return {item.name.removesuffix(".yaml"): item for item in sorted(found, key=lambda item: item.name)}


@cache
def scenario_groups() -> Mapping[str, tuple[str, ...]]:
    """Names of the scenarios that ship, by group: turning points by date, what-ifs by name and number.

    Examples:
        >>> {group: names[0] for group, names in scenario_groups().items()}
        {'Turning points': 'us-steel-2018', 'What-ifs': 'agri-food-tariff-cuts'}
    """
    found: dict[str, list[tuple[str, str, str]]] = {title: [] for title in GROUPS.values()}
    for folder, title in GROUPS.items():
        for item in files("detente.policy").joinpath("library", folder).iterdir():
            if item.name.endswith(".yaml"):
                dated = DATED.search(item.read_text(encoding="utf-8"))
                name = item.name.removesuffix(".yaml")
                by_number = re.sub(r"\d+", lambda number: number[0].zfill(9), name)
                found[title].append((dated[1] if dated else "", by_number, name))
    return {title: tuple(name for *_, name in sorted(names)) for title, names in found.items()}


def scenario_titles() -> dict[str, tuple[str, str]]:
    """Title and reference of the scenarios that ship, by name, without reading their measures.

    Examples:
        >>> scenario_titles()["canada-china-2026"][1]
        'china-canada-2024-25'
    """
    found = {}
    for name, item in _library().items():
        root = compose_shipped(item.read_text(encoding="utf-8"), name)
        fields = {str(key.value): value for key, value in root.value if value.id == "scalar"}
        against = str(fields["against"].value) if "against" in fields else BASELINE
        found[name] = (" ".join(str(fields["title"].value).split()), against)
    return found


def shipped_text(name: str) -> str:
    """The file of a scenario that ships.

    Examples:
        >>> "title:" in shipped_text("canada-china-2026")
        True
    """
    text: str = _library()[name].read_text(encoding="utf-8")
    return text


def shipped_folder(name: str) -> Path:
    """Where the file of a scenario that ships is, with the tables that it names."""
    return Path(str(_library()[name])).parent
