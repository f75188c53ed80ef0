"""Scenarios: measures in force, measured against the baseline or another scenario; read from YAML files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.measure import Measure
from detente.policy.measure_file import read_measure
from detente.policy.reading import Reader, compose, in_order

__all__ = [
    "BASELINE",
    "Scenario",
    "list_scenarios",
    "load_scenario",
    "parse_scenario",
    "scenario_hash",
    "scenario_titles",
]

BASELINE = "baseline"
SCENARIO_FIELDS = ("name", "title", "description", "against", "date", "left_out", "measures")


@dataclass(frozen=True)
class Scenario:
    """Measures and what they are measured against.

    Attributes:
        name: short name; the name of the file unless the file says otherwise.
        title: one line for people.
        description: what is simulated, in plain words.
        measures: at least one; the order has no meaning.
        against: "baseline", or the scenario that results are compared with.
        date: only measures in force on this day apply; None for all of them.
        left_out: what is known to be in force and not simulated, one sentence each.
        file: where it was read from.
        text: what the file held; no part of equality.
    """

    name: str
    title: str
    measures: tuple[Measure, ...]
    description: str = ""
    against: str = BASELINE
    date: date | None = None
    left_out: tuple[str, ...] = ()
    file: str | None = None
    text: str = field(default="", compare=False, repr=False)

    @property
    def in_force(self) -> tuple[Measure, ...]:
        """The measures in force on the scenario's date, by id."""
        return tuple(m for m in sorted(self.measures, key=lambda m: m.id) if m.in_force(self.date))

    @property
    def not_in_force(self) -> tuple[Measure, ...]:
        """The measures that have ended or not begun on the scenario's date, by id."""
        return tuple(m for m in sorted(self.measures, key=lambda m: m.id) if not m.in_force(self.date))

    @cached_property
    def reference(self) -> Scenario | None:
        """The scenario this one is measured against; None for the baseline.

        Raises:
            BadInput: there is no such scenario, or it has problems of its own.
        """
        if self.against == BASELINE:
            return None
        if self.against in list_scenarios():
            return load_scenario(self.against)
        return load_scenario(Path(self.file or "").parent / self.against)

    def describe(self) -> str:
        """What the scenario says, in plain words: who does what to whom, without trade values.

        Examples:
            >>> print(load_scenario("canada-china-2026").describe())
            The Canada-China arrangement of January 2026, against the state before it
            ...
            - China charges Canada an additional duty of 5.9% on canola seed, ...
        """
        from detente.policy.wording import sentence

        lines = [self.title, *([self.description] if self.description else [])]
        lines.append(f"Measured against: {self.against}.")
        lines += [f"- {sentence(measure)}" for measure in self.in_force]
        lines += [f"- Not in force on {self.date}: {sentence(measure)}" for measure in self.not_in_force]
        return "\n".join([*lines, *(f"- Left out: {text}" for text in self.left_out)])


def list_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that ship.

    Examples:
        >>> "canada-china-2026" in list_scenarios()
        True
    """
    folder = files("detente.policy").joinpath("library")
    return tuple(
        sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml"))
    )


def scenario_titles() -> dict[str, tuple[str, str]]:
    """Title and reference of the scenarios that ship, by name, without reading their measures.

    Examples:
        >>> scenario_titles()["canada-china-2026"][1]
        'china-canada-2024-25'
    """
    found = {}
    for name in list_scenarios():
        text = files("detente.policy").joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")
        # Measures are most of a file, and reading YAML is slow.
        head = text.partition("\nmeasures:")[0]
        fields = {
            str(key.value): " ".join(str(value.value).split()) for key, value in compose(head, name).value
        }
        found[name] = (fields["title"], fields.get("against", BASELINE))
    return found


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario that ships, by name, or one of your own, by the path of its file.

    Raises:
        BadInput: no such scenario, or its file has problems; lists every one with line and field.

    Examples:
        >>> load_scenario("canada-china-2026").against
        'china-canada-2024-25'
    """
    name = str(name_or_path)
    if name in list_scenarios():
        return _from_library(name)
    path = Path(name_or_path)
    if not _is_file(path):
        # A question mark would end the sentence before its last part.
        near = nearest(name.removesuffix(".yaml"), list_scenarios()).removesuffix("?")
        remedy = f"{near}; or give the path of a YAML file"
        raise BadInput(Problem(f"no scenario '{name}'", remedy=remedy))
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", str(path))) from None
    except UnicodeDecodeError:
        raise BadInput(Problem("is not text in UTF-8", str(path), remedy="save it in UTF-8")) from None
    return parse_scenario(text, str(path))


@cache
def _from_library(name: str) -> Scenario:
    text = files("detente.policy").joinpath("library", f"{name}.yaml").read_text(encoding="utf-8")
    return parse_scenario(text, f"{name}.yaml", name)


def parse_scenario(text: str, file: str = "scenario.yaml", name: str | None = None) -> Scenario:
    """A scenario from the text of a YAML file.

    Args:
        text: the file's content; `docs/scenarios.md` describes every field.
        file: the file's name, for messages and relative references.
        name: the scenario's name if the text gives none.

    Raises:
        BadInput: lists every problem found, with line and field.

    Examples:
        >>> deal = parse_scenario('''
        ... title: A ten percent duty
        ... measures:
        ...   - {id: duty, kind: surcharge, importer: Canada, exporter: China, sectors: C29, rate: 10%,
        ...      assumption: what if}
        ... ''')
        >>> deal.measures[0].rate
        0.1
    """
    reader = Reader(file)
    scenario = _scenario(reader, compose(text, file), name or Path(file).stem)
    if reader.problems:
        raise BadInput(in_order(reader.problems))
    return replace(scenario, text=text)


def scenario_hash(scenario: Scenario) -> str:
    """A short SHA-256 of what decides a scenario's effect, and of what it is measured against.

    Comments, prose, sources and the order of measures and lists do not change it; numbers, dates, codes,
    economies and the content of the reference do.

    Examples:
        >>> len(scenario_hash(load_scenario("canada-china-2026")))
        16
    """
    reference = scenario.reference
    content: Mapping[str, Any] = {
        "date": scenario.date.isoformat() if scenario.date else None,
        "against": scenario_hash(reference) if reference else BASELINE,
        "measures": [measure.content() for measure in sorted(scenario.measures, key=lambda m: m.id)],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _scenario(reader: Reader, root: Any, name: str) -> Scenario:
    found = reader.mapping(root, "", SCENARIO_FIELDS)
    reader.require(root, found, ("title", "measures"), "")
    measures = (
        [read_measure(reader, node) for node in reader.items(found["measures"])]
        if "measures" in found
        else []
    )
    seen: set[str] = set()
    for measure in measures:
        if measure.id and measure.id in seen:
            problem = measure.place.problem("id", f"id '{measure.id}' is given twice", "give each its own")
            reader.problems.append(problem)
        seen.add(measure.id)

    def text(field: str, default: str = "") -> str:
        return reader.text(found[field], field) if field in found else default

    scenario = Scenario(
        name=text("name", name),
        title=text("title"),
        description=text("description"),
        measures=tuple(measures),
        against=text("against", BASELINE),
        date=reader.day(found["date"], "date") if "date" in found else None,
        left_out=reader.texts(found["left_out"], "left_out") if "left_out" in found else (),
        file=reader.file,
    )
    if "against" in found:
        _check_reference(reader, found["against"], scenario)
    return scenario


def _check_reference(reader: Reader, node: Any, scenario: Scenario) -> None:
    """A reference must exist, load, and not lead back to this scenario."""
    name = scenario.against
    if name == BASELINE:
        return
    if name == scenario.name:
        reader.note(
            node, "against", "a scenario cannot be measured against itself", "baseline is the default"
        )
        return
    path = Path(scenario.file or "").parent / name
    if name not in list_scenarios() and not _is_file(path):
        remedy = nearest(name, [BASELINE, *list_scenarios()])
        reader.note(node, "against", f"unknown scenario '{name}'", remedy)
    elif name not in list_scenarios() and _leads_back(path, {Path(scenario.file or "").resolve()}):
        reader.note(
            node, "against", f"'{name}' is itself measured against this scenario", "baseline is the default"
        )


def _is_file(path: Path) -> bool:
    """Whether a path is a file; no for what the system refuses as a path."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _leads_back(path: Path, visited: set[Path]) -> bool:
    """Whether following `against` from a file returns to a file already visited."""
    while _is_file(path):
        if path.resolve() in visited:
            return True
        visited.add(path.resolve())
        try:
            root = compose(path.read_text(encoding="utf-8"), str(path))
        except (BadInput, OSError, UnicodeDecodeError):
            return False
        pairs = root.value if root.id == "mapping" else []
        names = [str(v.value) for k, v in pairs if str(k.value) == "against" and v.id == "scalar"]
        if not names or names[0] in (BASELINE, *list_scenarios()):
            return False
        path = path.parent / names[0]
    return False
