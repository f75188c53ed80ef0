"""Changes to a measure, field by field, as a scenario file writes them; lists are never silently replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from detente.errors import nearest
from detente.policy.files.fields import LIST_FORMS, MEASURE_FIELDS, fields_of, needs_of
from detente.policy.files.measure_file import check_measure, numbers_of, read_fields
from detente.policy.files.reading import Reader, mark
from detente.policy.measure import Measure, Place
from detente.policy.uncertain import UncertainNumber, numbers_by_field
from detente.policy.wording import value_in_words
from detente.world.names import economy_code

__all__ = ["CHANGE_WORDS", "FIXED", "Change", "attribute_of", "differences", "read_change"]

# What is done to a list.
CHANGE_WORDS = ("add", "remove", "replace")
# What names the measure; another kind is another measure.
FIXED = ("id", "kind", "what_if")
# What says nothing of the effect.
PROSE = ("products", "legal_basis", "source", "assumption", "confidence", "note")


@dataclass(frozen=True)
class Change:
    """One field of a measure, before and after.

    Attributes:
        id: of the measure.
        field: as scenario files name it.
        before, after: in words; "" for what is not given.
    """

    id: str
    field: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.field} {self.after or 'not given'} instead of {self.before or 'none'}"


def attribute_of(field: str) -> str:
    """The attribute of `Measure` that holds a field.

    Examples:
        >>> attribute_of("importer"), attribute_of("rate")
        ('importers', 'rate')
    """
    return MEASURE_FIELDS[field].attribute or field


def differences(before: Measure, after: Measure, prose: bool = False) -> tuple[Change, ...]:
    """What differs between two measures, field by field.

    Args:
        before, after: of any kind.
        prose: whether words, sources and marks count.

    Examples:
        >>> duty = Measure("m", "surcharge", ("CHN",), ("CAN",), rate=0.25, sectors=("A",))
        >>> print(differences(duty, replace(duty, rate=0.1))[0])
        rate 10% instead of 25%
    """
    found = []
    for field in MEASURE_FIELDS:
        name = attribute_of(field)
        old, new = getattr(before, name), getattr(after, name)
        shown = field in ("id", "kind") or any(field in fields_of(m.kind) for m in (before, after))
        if field == "id" or not shown or (field in PROSE and not prose):
            continue
        numbers = [numbers_by_field(measure, field) for measure in (before, after)]
        if _plain(old) == _plain(new) and _content(numbers[0]) == _content(numbers[1]):
            continue
        said = [value_in_words(field, *each) for each in zip((old, new), numbers, strict=True)]
        found.append(Change(after.id, field, *said))
    return tuple(found)


def _content(numbers: Mapping[str, UncertainNumber]) -> tuple[Any, ...]:
    """What is said of numbers, in order."""
    return tuple(sorted((number.content for number in numbers.values()), key=repr))


def _plain(value: Any) -> Any:
    """A value whose order has no meaning, in order."""
    return sorted(map(str, value)) if isinstance(value, tuple) else value


def read_change(reader: Reader, node: Any, measure: Measure) -> Measure:
    """A measure with the fields of one entry of `change` in place of its own.

    What is changed and has no source of its own is said in the measure's assumption, which users are shown.

    Args:
        reader: collects problems.
        node: of the entry, with `id`, fields to change, and `drop` for those to take away.
        measure: as it is before.
    """
    known = tuple(field for field in fields_of(measure.kind) if field not in FIXED)
    found = reader.mapping(node, "", ("id", *known, "drop"), _unknown(measure, known))
    dropped = _dropped(reader, found, measure)
    fields = {field: value for field, value in found.items() if field in known}
    if not fields and not dropped:
        reader.note(node, "change", "changes nothing", "give the fields to change, such as rate: 10%")
    place = Place(reader.file, {"": mark(node), **{name: mark(value) for name, value in found.items()}})
    reader.uncertain = {}
    numbers = {number.field: number for number in measure.uncertain if _root(number.field) not in dropped}
    whole = {f: value for f, value in fields.items() if MEASURE_FIELDS[f].form not in LIST_FORMS}
    values = read_fields(reader, whole, measure.kind)
    for field in fields.keys() - whole.keys():
        values[attribute_of(field)] = _changed_list(reader, fields[field], field, measure, numbers)
    empty = Measure("", measure.kind, ())
    values |= {attribute_of(field): getattr(empty, attribute_of(field)) for field in dropped}
    left = {name: number for name, number in numbers.items() if _root(name) not in whole}
    uncertain = numbers_of(measure.id, {**left, **reader.uncertain})
    changed = replace(measure, **values, uncertain=uncertain, place=place)
    reader.problems += check_measure(changed)
    return _with_assumption(measure, changed, fields)


def _with_assumption(before: Measure, after: Measure, given: Any) -> Measure:
    if "source" in given or "assumption" in given:
        return after
    said = "; ".join(map(str, differences(before, after)))
    text = f"changed: {said}" if said else ""
    return replace(after, assumption="; ".join(part for part in (after.assumption, text) if part))


def _unknown(measure: Measure, known: Sequence[str]) -> Callable[[str], tuple[str, str]]:
    def said(name: str) -> tuple[str, str]:
        if name in FIXED:
            return f"'{name}' cannot be changed", "remove the measure and add another"
        return f"a measure of kind {measure.kind} has no '{name}'", nearest(name, known)

    return said


def _dropped(reader: Reader, found: dict[str, Any], measure: Measure) -> tuple[str, ...]:
    """Fields that are taken away."""
    if "drop" not in found:
        return ()
    names = reader.texts(found["drop"], "drop")
    able = [f for f in fields_of(measure.kind) if f not in (*FIXED, *needs_of(measure.kind))]
    for name in names:
        if name not in able:
            reader.note(found["drop"], "drop", f"'{name}' cannot be dropped", nearest(name, able))
        elif name in found:
            reader.note(found["drop"], "drop", f"'{name}' is changed and dropped", "do one of the two")
    return tuple(name for name in names if name in able)


def _root(field: str) -> str:
    """The field of a measure that holds a number."""
    return field.partition(".")[0]


def _changed_list(
    reader: Reader, node: Any, field: str, measure: Measure, numbers: dict[str, UncertainNumber]
) -> Any:
    """The measure's list after additions and removals, or what replaces it.

    Uncertain numbers of the measure go with the entries of the list that they belong to.
    """
    before = getattr(measure, attribute_of(field))
    words = [key.value for key, _ in node.value] if node.id == "mapping" else []
    if not words or not any(word in CHANGE_WORDS for word in words):
        message = "a list is changed by add, remove or replace"
        reader.note(node, field, message, "write {add: [...]}, {remove: [...]} or {replace: [...]}")
        return before
    found = reader.mapping(node, field, CHANGE_WORDS)

    def read(word: str) -> tuple[Any, ...]:
        if word not in found:
            return ()
        return tuple(read_fields(reader, {field: found[word]}, measure.kind)[attribute_of(field)])

    if "replace" in found:
        if len(found) > 1:
            reader.note(node, field, "'replace' stands beside other changes", "give it alone")
        _take(numbers, [name for name in numbers if _root(name) == field])
        return read("replace")
    gone = read("remove")
    _take(numbers, [f"{field}.{_key(field, item)}" for item in gone])
    _take(reader.uncertain, [name for name in reader.uncertain if _root(name) == field])
    new = read("add")
    left = {_key(field, item): item for item in before}
    for item in gone:
        if _key(field, item) not in left:
            shown = [_shown(other) for other in before]
            remedy = nearest(_shown(item), shown) if shown else "the list is empty"
            reader.note(found["remove"], field, f"'{_shown(item)}' is not in the list", remedy)
        left.pop(_key(field, item), None)
    for item in new:
        if _key(field, item) in left:
            reader.note(found["add"], field, f"'{_shown(item)}' is in the list already", "leave it out")
        left[_key(field, item)] = item
    if field in ("importer", "exporter") and len(left) > 1 and "all" in left:
        reader.note(node, field, "'all' stands beside other names", "use replace, or exporter_except")
    if not left:
        remedy = "remove the measure" if field in needs_of(measure.kind) else f"write drop: [{field}]"
        reader.note(node, field, "leaves the list empty", f"{remedy} instead")
    return tuple(left.values())


def _take(numbers: dict[str, UncertainNumber], names: Sequence[str]) -> None:
    for name in names:
        numbers.pop(name, None)


def _key(field: str, item: Any) -> str:
    """What makes two entries of a list the same."""
    if isinstance(item, tuple):
        return str(item[0])
    if MEASURE_FIELDS[field].form == "economies" and item != "all":
        return economy_code(item) or str(item).casefold()
    return str(item).casefold() if field == "sectors" else str(item)


def _shown(item: Any) -> str:
    return str(item[0] if isinstance(item, tuple) else item)
