"""Scenario files: where they are, and how a scenario is read from one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.files.catalogue import list_scenarios, shipped_folder, shipped_text
from detente.policy.files.reading import Reader, compose, compose_shipped, in_order
from detente.policy.files.resolution import Layer, Resolved, elsewhere, from_registry, resolve
from detente.policy.parties import party
from detente.policy.registry import registry
from detente.policy.scenario import BASELINE, REGISTRY, Scenario
from detente.policy.wording import day_in_words, listed

__all__ = [
    "SCENARIO_FIELDS",
    "load_scenario",
    "parse_day",
    "parse_scenario",
    "scenario_on",
]

# Every field of a scenario file, with its form and meaning.
SCENARIO_FIELDS: Mapping[str, tuple[str, str]] = {
    "name": ("text", "Short name; the file's name unless given."),
    "title": ("text", "One line for people."),
    "description": ("text", "What is simulated, in plain words."),
    "extends": ("text", "`registry` for the measures in force on the date, or a scenario's name or path."),
    "date": ("day", "Only measures in force on this day count; leave out for all."),
    "between": ("economies", "Only measures of the registry that these economies take against each other."),
    "remove": ("texts", "Ids and programmes of what is extended."),
    "add": ("measures-and-ids", "Measures, and ids of measures of the registry, what-ifs too."),
    "change": ("changes", "Changes to measures: an id, and fields; lists by add, remove or replace."),
    "against": ("text", "What results are compared with: baseline, a day, or a scenario's name or path."),
    "left_out": ("texts", "What is known and not simulated, one sentence each."),
    "measures": ("measures", "Measures, written out."),
}
DAY = re.compile(r"\d{4}-\d{1,2}(-\d{1,2})?")
# Scenarios that extend each other: the files and names on the way.
Way = tuple[str, ...]


def load_scenario(name_or_path: str | Path) -> Scenario:
    """A scenario that ships, by name; the policy in force on a day; or one of your own, by its file.

    Args:
        name_or_path: such as "canada-china-2026", "2026-08-22" or "my.yaml".

    Raises:
        BadInput: no such scenario, or its file has problems; lists every one with line, column and field.

    Examples:
        >>> load_scenario("canada-china-2026").against
        'china-canada-2024-25'
        >>> load_scenario("2026-08-22").title
        'Trade policy in force on 22 August 2026'
    """
    name = str(name_or_path)
    if name in list_scenarios():
        return _from_library(name)
    if DAY.fullmatch(name):
        return scenario_on(parse_day(name))
    path = Path(name_or_path)
    if not _is_file(path):
        # A question mark would end the sentence before its last part.
        near = nearest(name.removesuffix(".yaml"), list_scenarios()).removesuffix("?")
        remedy = f"{near}; or give a day such as 2026-03-01, or the path of a YAML file"
        raise BadInput(Problem(f"no scenario '{name}'", remedy=remedy))
    return parse_scenario(_text(path), str(path))


def parse_day(text: str) -> date:
    """A day from its usual form.

    Raises:
        BadInput: it is none; says which form is.

    Examples:
        >>> parse_day("2026-08-22").day
        22
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        remedy = "write year-month-day, such as 2026-03-01"
        raise BadInput(Problem(f"'{text}' is no date", remedy=remedy)) from None


@cache
def scenario_on(day: date, between: tuple[str, ...] = ()) -> Scenario:
    """Trade policy in force on a day, against the baseline.

    Args:
        day: the day.
        between: only what these economies do to each other; empty for all.

    Examples:
        >>> from datetime import date
        >>> scenario_on(date(2026, 8, 22), ("Canada", "China")).between
        ('Canada', 'China')
    """
    among = f" between {listed(between, 'and')}" if between else ""
    text = (
        f"title: Trade policy in force on {day_in_words(day)}{among}\n"
        f"extends: registry\ndate: {day.isoformat()}\n"
    )
    text += f"between: [{', '.join(between)}]\n" if between else ""
    return parse_scenario(text, f"{day.isoformat()}.yaml")


@cache
def _from_library(name: str) -> Scenario:
    scenario = parse_scenario(shipped_text(name), f"{name}.yaml", name)
    read = Resolved({measure.id: measure for measure in scenario.measures})
    found = elsewhere(read, shipped_folder(name), Path())
    return replace(scenario, measures=tuple(found.measures.values()))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", str(path))) from None
    except UnicodeDecodeError:
        raise BadInput(Problem("is not text in UTF-8", str(path), remedy="save it in UTF-8")) from None


def parse_scenario(text: str, file: str = "scenario.yaml", name: str | None = None) -> Scenario:
    """A scenario from the text of a YAML file.

    Args:
        text: the file's content; `docs/scenarios.md` describes every field.
        file: the file's name, for messages and relative references.
        name: the scenario's name if the text gives none.

    Raises:
        BadInput: lists every problem found, with line, column and field.

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
    root = compose_shipped(text, file) if name in list_scenarios() else compose(text, file)
    scenario = _scenario(reader, root, name or Path(file).stem)
    if reader.problems:
        raise BadInput(in_order(reader.problems))
    return replace(scenario, text=text)


def _scenario(reader: Reader, root: Any, name: str) -> Scenario:
    found = reader.mapping(root, "", tuple(SCENARIO_FIELDS))
    reader.require(root, found, ("title",), "")
    if not {"measures", "add", "extends"} & set(found):
        reader.note(
            root, "measures", "missing measures", "or say under 'extends' what the scenario builds on"
        )

    def text(field: str, default: str = "") -> str:
        return reader.text(found[field], field) if field in found else default

    head = Scenario(name=text("name", name), title=text("title"), measures=(), file=reader.file)
    layer, day, among = _resolved(reader, found, head, None, (_place(reader.file),))
    scenario = replace(
        head,
        measures=_kept(layer.result, day),
        description=text("description"),
        against=text("against", BASELINE),
        date=day,
        left_out=layer.result.left_out,
        extends=text("extends"),
        between=among,
        added=layer.added,
        removed=layer.removed,
        changed=layer.changed,
        from_registry=layer.result.registered,
    )
    if "against" in found:
        _check_reference(reader, found["against"], scenario)
    return scenario


def _kept(result: Resolved, day: date | None) -> tuple[Any, ...]:
    """What the scenario holds: of the registry only what is in force, of files everything."""
    return tuple(
        measure
        for measure in result.measures.values()
        if not result.registered or measure.id in result.own or measure.in_force(day)
    )


def _resolved(
    reader: Reader, found: Mapping[str, Any], head: Scenario, day: date | None, way: Way
) -> tuple[Layer, date | None, tuple[str, ...]]:
    """The measures of a file and of all that it extends; its date, and the economies it is cut down to.

    Args:
        reader: collects problems.
        found: nodes of the file's fields.
        head: the scenario's name and file.
        day: the date of what extends this file, which then counts.
        way: files and names that led here.
    """
    own_day = reader.day(found["date"], "date") if "date" in found else None
    among = _between(reader, found["between"]) if "between" in found else ()
    base, base_day = Resolved(), None
    if "extends" in found:
        base, base_day, among = _base(reader, found, head, day or own_day, among, way)
    elif "between" in found:
        reader.note(found["between"], "between", "needs the registry", "add extends: registry")
    mine = own_day or base_day
    layer = resolve(reader, found, base, day or mine, strict=day is None or day == mine)
    left_out = reader.texts(found["left_out"], "left_out") if "left_out" in found else ()
    result = replace(layer.result, left_out=(*base.left_out, *left_out))
    return replace(layer, result=result), day or mine, among


def _base(
    reader: Reader,
    found: Mapping[str, Any],
    head: Scenario,
    day: date | None,
    among: tuple[str, ...],
    way: Way,
) -> tuple[Resolved, date | None, tuple[str, ...]]:
    """What a file extends: measures, its date, and the economies it is cut down to."""
    node = found["extends"]
    name = reader.text(node, "extends")
    if name == REGISTRY:
        if day is None:
            reader.note(node, "extends", "the registry needs a date", "add date: 2026-03-01")
            return Resolved(registered=True), None, among
        return _or_problems(reader, lambda: _registry_on(day, among)), None, among
    if "between" in found:
        reader.note(found["between"], "between", "needs the registry itself", "put it in what is extended")
    path = Path(head.file or "").parent / name
    if name not in list_scenarios() and not _is_file(path):
        reader.note(
            node, "extends", f"unknown scenario '{name}'", nearest(name, [REGISTRY, *list_scenarios()])
        )
        return Resolved(), None, ()
    shipped = name in list_scenarios()
    here = name if shipped else _place(str(path))
    if here in way or (shipped and head.name == name):
        reader.note(node, "extends", f"'{name}' extends this scenario", "break the circle")
        return Resolved(), None, ()
    inner = Reader(f"{name}.yaml" if shipped else str(path))
    try:
        text = shipped_text(name) if shipped else _text(path)
        root = (compose_shipped if shipped else compose)(text, inner.file)
    except BadInput as error:
        reader.problems += error.problems
        return Resolved(), None, ()
    nodes = inner.mapping(root, "", tuple(SCENARIO_FIELDS))
    below = Scenario(name=Path(inner.file).stem, title="", measures=(), file=inner.file)
    layer, its_day, its_among = _resolved(inner, nodes, below, day, (*way, here))
    reader.problems += inner.problems
    folder = shipped_folder(name) if shipped else path.parent
    return elsewhere(layer.result, folder, Path(head.file or "").parent), its_day, its_among


def _registry_on(day: date, among: tuple[str, ...]) -> Resolved:
    known, said = registry(), []
    first = min((measure.start for measure in known.measures if measure.start), default=None)
    if first is not None and day < first:
        said.append(f"Measures before {first.isoformat()}: the registry begins there.")
    if known.left_out:
        count = len(known.left_out)
        said.append(
            f"{count} measures that are known and not simulated: `detente policy list --all` shows them."
        )
    return replace(from_registry(among), left_out=tuple(said))


def _or_problems(reader: Reader, read: Any) -> Resolved:
    try:
        found: Resolved = read()
    except BadInput as error:
        reader.problems += error.problems
        return Resolved(registered=True)
    return found


def _between(reader: Reader, node: Any) -> tuple[str, ...]:
    """Two economies or more."""
    before = len(reader.problems)
    names = reader.texts(node, "between")
    codes: set[str] = set()
    for item in reader.items(node):
        if item.id != "scalar" or not (name := reader.text(item, "between")):
            continue
        try:
            codes |= set(party(name))
        except BadInput as error:
            for problem in error.problems:
                reader.note(item, "between", problem.message, problem.remedy)
    if len(reader.problems) > before:
        return ()
    if len(codes) == 1:
        reader.note(node, "between", "names one economy", "name two or more, such as [Canada, China]")
    return names


def _check_reference(reader: Reader, node: Any, scenario: Scenario) -> None:
    """A reference must exist, load, and not lead back to this scenario."""
    name = scenario.against
    if name == BASELINE:
        return
    if DAY.fullmatch(name):
        reader.day(node, "against")
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


def _place(file: str) -> str:
    """What tells a file from another, whatever it is called from."""
    try:
        return os.path.realpath(file)
    except (OSError, ValueError):
        return file


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
