"""The dated registry: measures that governments took, the programmes they belong to, and what is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.files.amounts import read_source
from detente.policy.files.measure_file import read_measure
from detente.policy.files.reading import Reader, compose_shipped, in_order
from detente.policy.line_lists import product_list, product_lists
from detente.policy.measure import Measure, Source

__all__ = [
    "LeftOut",
    "Programme",
    "Registry",
    "circle",
    "name_problems",
    "product_list",
    "product_lists",
    "read_registry",
    "registry",
    "with_programmes",
]

PROGRAMME_FIELDS = ("name", "title", "yields_to", "source", "note")
LEFT_OUT_FIELDS = ("id", "reason", "source")


@dataclass(frozen=True)
class Programme:
    """A legal programme, and where its measures stand among others.

    Attributes:
        name: as measures name it, such as "us-232-autos".
        title: for people.
        yields_to: ids and programmes; goods that one of them is charged on are spared by every measure of
            this programme.
        source: where the rule was read.
        note: anything else.
    """

    name: str
    title: str
    yields_to: tuple[str, ...] = ()
    source: Source | None = None
    note: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A measure that is known and not simulated.

    Attributes:
        id: as in the facts it comes from.
        reason: why, in a sentence.
        source: where the measure was read.
    """

    id: str
    reason: str
    source: Source | None = None


@dataclass(frozen=True)
class Registry:
    """Every measure that is known, by id; each yields to what its programme yields to as well.

    Attributes:
        measures: by id, what-ifs among them.
        programmes: by name.
        left_out: by id.
    """

    measures: tuple[Measure, ...]
    programmes: tuple[Programme, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def _by_id(self) -> Mapping[str, Measure]:
        return {measure.id: measure for measure in self.measures}

    @cached_property
    def names(self) -> frozenset[str]:
        """Ids of measures and names of programmes: what `yields_to`, `of` and `remove` may name."""
        used = {measure.programme for measure in self.measures if measure.programme}
        return frozenset({*self._by_id, *used, *(programme.name for programme in self.programmes)})

    def measure(self, name: str) -> Measure:
        """The measure of an id.

        Raises:
            BadInput: there is none; the message has the nearest ids.
        """
        if name not in self._by_id:
            raise BadInput(
                Problem(f"no measure '{name}' in the registry", remedy=nearest(name, list(self._by_id)))
            )
        return self._by_id[name]

    def programme(self, name: str) -> Programme:
        """The programme of a name.

        Raises:
            BadInput: there is none; the message has the nearest names.
        """
        found = {programme.name: programme for programme in self.programmes}
        if name not in found:
            raise BadInput(Problem(f"no programme '{name}'", remedy=nearest(name, list(found))))
        return found[name]

    def on(self, day: date) -> tuple[Measure, ...]:
        """The measures in force on a day, suspensions and exemptions among them; never a what-if."""
        return tuple(measure for measure in self.measures if measure.in_force(day))


@cache
def registry() -> Registry:
    """The registry that ships.

    Examples:
        >>> from datetime import date
        >>> all(measure.start is None or measure.start <= date(2020, 1, 1)
        ...     for measure in registry().on(date(2020, 1, 1)))
        True
    """
    folder = files("detente.policy").joinpath("measures")
    if not folder.is_dir():
        return Registry(())
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda i: i.name)
    return read_registry({item.name: item.read_text(encoding="utf-8") for item in found})


def read_registry(texts: Mapping[str, str]) -> Registry:
    """A registry from the texts of its files.

    Args:
        texts: YAML by name of file, each with any of `measures`, `programmes` and `left_out`.

    Raises:
        BadInput: lists every problem of every file: fields, ids given twice, names of lists, measures and
            programmes that do not exist, and measures that yield to each other in a circle.

    Examples:
        >>> text = '''
        ... programmes: [{name: old, title: An old programme, yields_to: new, note: an example}]
        ... measures:
        ...   - {id: a, kind: surcharge, programme: old, importer: USA, exporter: China, sectors: goods,
        ...      rate: 25%, assumption: an example}
        ...   - {id: new, kind: surcharge, importer: USA, exporter: China, hs: 8703, rate: 50%,
        ...      assumption: an example}
        ... '''
        >>> read_registry({"example.yaml": text}).measure("a").yields_to
        ('new',)
    """
    problems: list[Problem] = []
    measures: list[Measure] = []
    programmes: list[tuple[Programme, Problem]] = []
    left_out: list[tuple[LeftOut, Problem]] = []
    for file, text in texts.items():
        reader = Reader(file)
        try:
            root = compose_shipped(text, file)
        except BadInput as error:
            problems += error.problems
            continue
        found = reader.mapping(root, "", ("measures", "programmes", "left_out"))
        measures += [read_measure(reader, node, registry=True) for node in _items(reader, found, "measures")]
        programmes += [_programme(reader, node) for node in _items(reader, found, "programmes")]
        left_out += [_left_out(reader, node) for node in _items(reader, found, "left_out")]
        problems += reader.problems
    named = [(m.id, m.place.problem("id", "")) for m in measures]
    named += [(entry.name, place) for entry, place in programmes] + [
        (row.id, place) for row, place in left_out
    ]
    problems += _twice(named)
    known = Registry(tuple(measures), tuple(entry for entry, _ in programmes))
    problems += _unknown_names(known, programmes)
    merged = with_programmes(measures, known.programmes)
    if not problems and (around := circle(merged)):
        first = next(measure for measure in merged if measure.id == around[0])
        message = f"yields to itself in a circle: {', '.join([*around, around[0]])}"
        problems.append(first.place.problem("yields_to", message, "say which of them is charged"))
    if problems:
        raise BadInput(in_order(problems))
    return Registry(
        tuple(sorted(merged, key=lambda measure: measure.id)),
        tuple(sorted(known.programmes, key=lambda entry: entry.name)),
        tuple(sorted((row for row, _ in left_out), key=lambda row: row.id)),
    )


def with_programmes(measures: Iterable[Measure], programmes: Iterable[Programme]) -> list[Measure]:
    """Measures that yield to what their programme yields to as well."""
    rules = {programme.name: programme.yields_to for programme in programmes}
    return [
        replace(measure, yields_to=tuple(dict.fromkeys((*measure.yields_to, *rules[measure.programme]))))
        if rules.get(measure.programme)
        else measure
        for measure in measures
    ]


def circle(measures: Sequence[Measure]) -> tuple[str, ...]:
    """Ids of measures that yield to each other in a circle, while all next to each other are in force.

    Examples:
        >>> duty = Measure("a", "surcharge", ("USA",), ("CAN",), hs=(("87", 1.0),), yields_to=("b",))
        >>> circle([duty, replace(duty, id="b", yields_to=("a",))])
        ('a', 'b')
        >>> circle([duty, replace(duty, id="b", yields_to=())])
        ()
    """
    named: dict[str, list[Measure]] = {}
    for measure in measures:
        for name in {measure.id, measure.programme} - {""}:
            named.setdefault(name, []).append(measure)
    above = {
        measure.id: sorted(
            {other.id for name in measure.yields_to for other in named.get(name, ()) if _meet(measure, other)}
        )
        for measure in measures
    }
    # What is charged before all others is taken away first; what then remains leads around.
    left = set(above)
    while free := {name for name in left if not left.intersection(above[name])}:
        left -= free
    if not left:
        return ()
    path = [min(left)]
    while True:
        following = min(left.intersection(above[path[-1]]))
        if following in path:
            return tuple(path[path.index(following) :])
        path.append(following)


def _meet(one: Measure, other: Measure) -> bool:
    """Whether there is a day on which both may be in force."""
    starts = [measure.start for measure in (one, other) if measure.start]
    ends = [measure.end for measure in (one, other) if measure.end]
    return not starts or not ends or max(starts) <= min(ends)


def _items(reader: Reader, found: Mapping[str, Any], field: str) -> list[Any]:
    return reader.items(found[field]) if field in found else []


def _programme(reader: Reader, node: Any) -> tuple[Programme, Problem]:
    found = reader.mapping(node, "programmes", PROGRAMME_FIELDS)
    reader.require(node, found, ("name", "title"), "programmes")
    if "source" not in found and "note" not in found:
        remedy = "add url, publisher and date; or say under 'note' where the rule is from"
        reader.note(node, "programmes.source", "missing source", remedy)
    entry = Programme(
        reader.text(found["name"], "programmes.name") if "name" in found else "",
        reader.text(found["title"], "programmes.title") if "title" in found else "",
        reader.texts(found["yields_to"], "programmes.yields_to") if "yields_to" in found else (),
        read_source(reader, found["source"], "programmes.source") if "source" in found else None,
        reader.text(found["note"], "programmes.note") if "note" in found else "",
    )
    return entry, reader.place(found.get("name", node), "programmes.name")


def _left_out(reader: Reader, node: Any) -> tuple[LeftOut, Problem]:
    found = reader.mapping(node, "left_out", LEFT_OUT_FIELDS)
    reader.require(node, found, ("id", "reason"), "left_out")
    row = LeftOut(
        reader.text(found["id"], "left_out.id") if "id" in found else "",
        reader.text(found["reason"], "left_out.reason") if "reason" in found else "",
        read_source(reader, found["source"], "left_out.source") if "source" in found else None,
    )
    return row, reader.place(found.get("id", node), "left_out.id")


def _twice(named: Sequence[tuple[str, Problem]]) -> list[Problem]:
    """Problems of names that stand for two things."""
    seen: dict[str, Problem] = {}
    problems = []
    for name, place in named:
        if name and name in seen:
            first = f"{seen[name].file}, line {seen[name].line}"
            message = f"'{name}' is given twice; the first is in {first}"
            problems.append(replace(place, message=message, remedy="give each its own"))
        seen.setdefault(name, place)
    return problems


def _unknown_names(known: Registry, programmes: Sequence[tuple[Programme, Problem]]) -> list[Problem]:
    """Problems of names that no measure and no programme has."""
    titled = [entry.name for entry, _ in programmes]
    problems = []
    for measure in known.measures:
        if measure.programme and measure.programme not in titled:
            message = f"no programme '{measure.programme}'"
            problems.append(measure.place.problem("programme", message, nearest(measure.programme, titled)))
        problems += name_problems(measure, known.names)
    for entry, place in programmes:
        for name in entry.yields_to:
            if name not in known.names:
                message, remedy = f"no measure or programme '{name}'", nearest(name, sorted(known.names))
                problems.append(replace(place, field="programmes.yields_to", message=message, remedy=remedy))
    return problems


def name_problems(measure: Measure, known: Collection[str]) -> list[Problem]:
    """Problems of a measure that yields to, or is about, what does not exist."""
    return [
        measure.place.problem(field, f"no measure or programme '{name}'", nearest(name, sorted(known)))
        for field, names in (("yields_to", measure.yields_to), ("of", measure.of))
        for name in names
        if name not in known
    ]
