"""From what a scenario file says to its measures: what it extends, minus, plus and with changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from detente.errors import BadInput, nearest
from detente.policy import parties
from detente.policy.files.changes import Change, differences, read_change
from detente.policy.files.measure_file import read_measure
from detente.policy.files.reading import Reader
from detente.policy.measure import Measure
from detente.policy.registry import circle, name_problems, registry, with_programmes

__all__ = ["Layer", "Resolved", "from_registry", "resolve"]


@dataclass(frozen=True)
class Resolved:
    """Measures before the date is looked at.

    Attributes:
        measures: by id, each complete.
        own: ids that a file itself added, which are shown also when they are not in force.
        left_out: of what is extended.
        registered: whether it starts from the registry.
    """

    measures: Mapping[str, Measure] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
    registered: bool = False


@dataclass(frozen=True)
class Layer:
    """What one file does to what it extends.

    Attributes:
        result: the measures afterwards.
        added, removed: ids.
        changed: fields of measures.
    """

    result: Resolved
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()


def from_registry(economies: Sequence[str] = ()) -> Resolved:
    """Every dated measure of the registry; between some economies only, if they are named.

    Raises:
        BadInput: the registry's own problems; a measure that cannot be cut down.
    """
    known = registry()
    codes = parties.codes_of(economies)
    found = {}
    for measure in known.measures:
        kept = parties.between(measure, codes) if codes else measure
        if kept is not None and not measure.what_if:
            found[measure.id] = kept
    return Resolved(found, registered=True)


def resolve(
    reader: Reader, nodes: Mapping[str, Any], base: Resolved, day: date | None, strict: bool = True
) -> Layer:
    """Remove, then add, then change; what is wrong is noted in the reader.

    Args:
        reader: collects problems.
        nodes: of the fields `remove`, `add`, `measures` and `change`, as far as given.
        base: what the file extends.
        day: the scenario's date.
        strict: whether what is removed or changed must be in force on the day; a file that is itself
            extended on another day need not fit that day.
    """
    work = dict(base.measures)
    removed = _remove(reader, nodes, work, day, strict)
    added = _add(reader, nodes, work, base, day)
    changed = _change(reader, nodes, work, day, strict)
    own = (base.own | {measure.id for measure in added}) & work.keys()
    _check_names(reader, added + [work[c.id] for c in changed if c.id in work], work)
    if not reader.problems and (around := circle(list(work.values()))):
        message = f"yields to itself in a circle: {', '.join([*around, around[0]])}"
        reader.problems.append(work[around[0]].place.problem("yields_to", message, "change one of them"))
    result = Resolved(work, own, base.left_out, base.registered)
    return Layer(result, tuple(measure.id for measure in added), removed, changed)


def elsewhere(base: Resolved, folder: Path, here: Path) -> Resolved:
    """The same measures, with tables that a file in another folder names found from here."""
    if folder.resolve() == here.resolve():
        return base

    def moved(measure: Measure) -> Measure:
        carbon = measure.carbon
        if carbon is None or Path(carbon.table).is_absolute():
            return measure
        return replace(measure, carbon=replace(carbon, table=str((folder / carbon.table).resolve())))

    return replace(base, measures={name: moved(measure) for name, measure in base.measures.items()})


def _remove(
    reader: Reader, nodes: Mapping[str, Any], work: dict[str, Measure], day: date | None, strict: bool
) -> tuple[str, ...]:
    """Take measures away, by id or programme; those of them that were in force."""
    gone: list[str] = []
    for node in reader.items(nodes["remove"]) if "remove" in nodes else ():
        name = reader.text(node, "remove")
        found = [m for m in work.values() if name and name in (m.id, m.programme)]
        if not found and name:
            reader.note(node, "remove", *_absent(name, work))
        elif strict and name and not any(measure.in_force(day) for measure in found):
            reader.note(node, "remove", f"'{name}' is not in force on {day}", "leave it out")
        for measure in found:
            del work[measure.id]
            if measure.in_force(day):
                gone.append(measure.id)
    return tuple(gone)


def _absent(name: str, work: Mapping[str, Measure]) -> tuple[str, str]:
    """Message and remedy for a name that no measure has."""
    known = sorted({*work, *(measure.programme for measure in work.values())} - {""})
    if not known:
        return f"no measure or programme '{name}'", "there is nothing to remove or change; see 'extends'"
    return f"no measure or programme '{name}'", nearest(name, known)


def _add(
    reader: Reader, nodes: Mapping[str, Any], work: dict[str, Measure], base: Resolved, day: date | None
) -> list[Measure]:
    """Add measures that the file writes out, and measures of the registry by id."""
    added: dict[str, Measure] = {}
    for key in ("measures", "add"):
        for node in reader.items(nodes[key]) if key in nodes else ():
            if key == "add" and node.id == "scalar":
                measure = _registered(reader, node, work, day)
            else:
                measure = read_measure(reader, node)
            if measure is None:
                continue
            if measure.id in added:
                problem = measure.place.problem(
                    "id", f"id '{measure.id}' is given twice", "give each its own"
                )
                reader.problems.append(problem)
            elif measure.id in base.measures and measure.id in work and node.id != "scalar":
                message = f"what is extended has a measure '{measure.id}'"
                reader.problems.append(measure.place.problem("id", message, "change it, or remove it first"))
            if measure.id:
                added[measure.id] = measure
    if any(measure.programme for measure in added.values()):
        added = {m.id: m for m in with_programmes(added.values(), registry().programmes)}
    work |= added
    return list(added.values())


def _registered(reader: Reader, node: Any, work: Mapping[str, Measure], day: date | None) -> Measure | None:
    """A measure of the registry, in force whatever its dates."""
    name = reader.text(node, "add")
    if not name:
        return None
    if name in work and work[name].in_force(day):
        reader.note(node, "add", f"'{name}' is in force already", "change it, or leave it out")
        return None
    try:
        known = registry().measure(name)
    except BadInput as error:
        for problem in error.problems:
            reader.note(node, "add", problem.message, problem.remedy)
        return None
    state = "a threat, a proposal or a plan" if known.what_if else "outside its dates"
    said = "; ".join(part for part in (known.assumption, f"in force by assumption: {state}") if part)
    return replace(known, what_if=False, start=None, end=None, assumption=said)


def _change(
    reader: Reader, nodes: Mapping[str, Any], work: dict[str, Measure], day: date | None, strict: bool
) -> tuple[Change, ...]:
    changes: list[Change] = []
    seen: set[str] = set()
    for node in reader.items(nodes["change"]) if "change" in nodes else ():
        pairs = node.value if node.id == "mapping" else []
        ids = [value for key, value in pairs if key.id == "scalar" and key.value == "id"]
        if not ids:
            reader.note(node, "change", "missing id", "write {id: some-measure, rate: 10%}")
            continue
        name = reader.text(ids[0], "id")
        if name not in work:
            if name:
                message, remedy = f"no measure '{name}'", _absent(name, work)[1]
                reader.note(ids[0], "id", message, remedy)
            continue
        if name in seen:
            reader.note(ids[0], "id", f"'{name}' is changed twice", "put both changes in one entry")
        seen.add(name)
        before = work[name]
        after = read_change(reader, node, before)
        if strict and not before.in_force(day) and not after.in_force(day):
            reader.note(
                ids[0], "id", f"'{name}' is not in force on {day}", "change its dates, or leave it out"
            )
        work[name] = after
        changes += differences(before, after)
    return tuple(changes)


def _check_names(reader: Reader, measures: Iterable[Measure], work: Mapping[str, Measure]) -> None:
    """What measures yield to or are about must exist: in the scenario, or else in the registry."""
    own = {*work, *(measure.programme for measure in work.values() if measure.programme)}
    unknown = [m for m in measures if not own.issuperset((*m.yields_to, *m.of))]
    for measure in unknown:
        reader.problems += name_problems(measure, own | registry().names)
