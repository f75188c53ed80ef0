"""Changes to a scenario file that keep its comments, quotes and order, and leave it valid."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.files.fields import fields_of
from detente.policy.files.reading import compose
from detente.policy.files.scenario_file import SCENARIO_FIELDS, parse_scenario
from detente.policy.kinds import KINDS
from detente.policy.scenario import Scenario

__all__ = ["add_measure", "remove_measure", "set_field"]

# Where a file writes measures out.
HOLDERS = ("measures", "add")
WIDTH = 110


def set_field(path: str | Path, name: str, field: str, value: str) -> Scenario:
    """Set one field in a scenario file.

    A measure that the file writes out is edited there. One that it takes from what it extends is changed
    under `change`; a list of it needs `{add: [...]}`, `{remove: [...]}` or `{replace: [...]}`.

    Args:
        path: of the file.
        name: id of the measure; "scenario" for fields of the scenario itself, such as its date.
        field: as scenario files name it.
        value: as it would stand in the file, such as `35%` or `[8703, 8704]`; "" takes the field away.

    Returns:
        the scenario after the change.

    Raises:
        BadInput: no such measure or field, or the file would no longer be valid; it is then left as it is.
    """

    def edit(document: Any) -> None:
        if name == "scenario" and not _written_out(document, name):
            _check_field(field, tuple(SCENARIO_FIELDS), path)
            _put(document, field, value)
            return
        entry = _written_out(document, name)
        if entry is None:
            entry = _change_of(document, name, path, adding=bool(value))
        elif entry.get("kind") in KINDS:
            _check_field(field, fields_of(str(entry["kind"])), path)
        _put(entry, field, value)

    return _edit(Path(path), edit)


def add_measure(path: str | Path, text: str) -> Scenario:
    """Add a measure to a scenario file.

    Args:
        path: of the file.
        text: the measure's fields in YAML, such as `{id: a, kind: surcharge, ...}`; or the id of a measure
            of the registry.

    Raises:
        BadInput: the text is no measure, or the file would no longer be valid; it is then left as it is.
    """

    def edit(document: Any) -> None:
        value = _value(text)
        if value is None or value == "":
            raise BadInput(Problem("there is no measure to add", remedy="give {id: ..., kind: ...} or an id"))
        written = isinstance(value, dict)
        holder = "measures" if written and "measures" in document else "add"
        _list_of(document, holder).append(value)

    return _edit(Path(path), edit)


def remove_measure(path: str | Path, name: str) -> Scenario:
    """Remove a measure: from the file, or, if the file takes it from what it extends, under `remove`.

    Args:
        path: of the file.
        name: id of a measure, or a programme.

    Raises:
        BadInput: no such measure, or the file would no longer be valid; it is then left as it is.
    """

    path = Path(path)
    text = _read(path)
    parse_scenario(text, str(path))
    shorter = _without_lines(text, compose(text, str(path)), name)
    if shorter is not None:
        return _keep(path, text, shorter)

    def edit(document: Any) -> None:
        held = False
        for holder in (*HOLDERS, "change"):
            left = [item for item in _items(document, holder) if _id(item) != name]
            if len(left) == len(_items(document, holder)):
                continue
            held = held or holder != "change"
            del document[holder]
            if left:
                document[holder] = left
        if held:
            return
        if "extends" not in document:
            known = [_id(item) for holder in HOLDERS for item in _items(document, holder)]
            raise BadInput(Problem(f"no measure '{name}'", str(path), remedy=nearest(name, known)))
        _list_of(document, "remove").append(name)

    return _edit(path, edit)


def _without_lines(text: str, root: Any, name: str) -> str | None:
    """The text without the lines of one measure, comments between measures kept.

    None where it is not the only thing on its lines, or the only one of its list, or also changed elsewhere.
    """
    found = [
        (holder.value, items, item)
        for holder, items in root.value
        if holder.value in (*HOLDERS, "change") and items.id == "sequence"
        for item in items.value
        if _node_id(item) == name
    ]
    if len(found) != 1 or found[0][0] == "change":
        return None
    _, items, item = found[0]
    lines = text.splitlines(keepends=True)
    first, last = item.start_mark.line, _last_line(item, lines)
    if items.flow_style or len(items.value) == 1 or not lines[first].lstrip().startswith("- "):
        return None
    return "".join(lines[:first] + lines[last + 1 :])


def _node_id(item: Any) -> str:
    if item.id != "mapping":
        return str(item.value)
    return next((str(value.value) for key, value in item.value if key.value == "id"), "")


def _last_line(node: Any, lines: Sequence[str]) -> int:
    """The last line with anything of a node on it; the end of a block is where the next thing begins."""
    while node.id != "scalar" and not node.flow_style and node.value:
        node = node.value[-1][1] if node.id == "mapping" else node.value[-1]
    last: int = node.end_mark.line if node.end_mark.column else node.end_mark.line - 1
    while last > node.start_mark.line and not lines[last].split("#")[0].strip():
        last -= 1
    return last


def _edit(path: Path, edit: Callable[[Any], None]) -> Scenario:
    """Read, change, check, and only then write."""
    from ruamel.yaml.error import YAMLError

    text = _read(path)
    parse_scenario(text, str(path))
    yaml = _round_trip()
    offset = _offset(text)
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    try:
        document = yaml.load(text)
        edit(document)
        stream = StringIO(newline="")
        yaml.dump(document, stream)
    except (YAMLError, AttributeError, TypeError, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(Problem(f"cannot be edited: {said}", str(path), remedy="edit it by hand")) from None
    return _keep(path, text, stream.getvalue())


def _keep(path: Path, before: str, after: str) -> Scenario:
    """Write a changed text if it is still a scenario, with the line ends that it had."""
    changed = after.replace("\r\n", "\n")
    if "\r\n" in before:
        changed = changed.replace("\n", "\r\n")
    try:
        scenario = parse_scenario(changed, str(path))
    except BadInput as error:
        refused = Problem("not changed: the file would no longer be valid", str(path))
        raise BadInput([refused, *(_without_place(problem) for problem in error.problems)]) from None
    _write(path, changed)
    return scenario


def _without_place(problem: Problem) -> Problem:
    """A problem of a text that is not kept: its lines would mislead."""
    return Problem(problem.message, None, None, problem.field, problem.remedy)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", str(path))) from None
    except UnicodeDecodeError:
        raise BadInput(Problem("is not text in UTF-8", str(path), remedy="save it in UTF-8")) from None


def _write(path: Path, text: str) -> None:
    """Replace a file in one step, with the permissions that it had."""
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode("utf-8"))
            Path(name).chmod(target.stat().st_mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(Problem(f"cannot be written: {error.strerror}", str(path))) from None


def _value(text: str) -> Any:
    """A value of the command line as YAML."""
    return _round_trip().load(text)


def _round_trip() -> Any:
    """A reader and writer of YAML that leaves every scalar as it was written: 0713.10 is no number."""
    from ruamel.yaml import YAML
    from ruamel.yaml.resolver import VersionedResolver

    empty = ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"))

    class AsWritten(VersionedResolver):  # type: ignore[misc,unused-ignore]
        @property
        def versioned_resolver(self) -> Any:
            return {first: [empty] for first in ("", "~", "n")}

    yaml = YAML()
    yaml.Resolver = AsWritten
    yaml.preserve_quotes = True
    yaml.width = WIDTH
    return yaml


def _offset(text: str) -> int:
    """How far the file indents its lists."""
    found = re.search(r"^(?:measures|add|change):[^\n]*\n(?:\s*#[^\n]*\n|\s*\n)*( *)- ", text, re.MULTILINE)
    return len(found[1]) if found else 2


def _put(entry: Any, field: str, value: str) -> None:
    if value:
        entry[field] = _value(value)
    elif field in entry:
        del entry[field]


def _items(document: Any, holder: str) -> list[Any]:
    found = document.get(holder)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _list_of(document: Any, holder: str) -> Any:
    """The list under a field; a value that stands alone becomes a list of one."""
    from ruamel.yaml.comments import CommentedSeq

    found = document.get(holder)
    if not isinstance(found, list):
        document[holder] = CommentedSeq([] if found is None else [found])
    return document[holder]


def _id(item: Any) -> str:
    return str(item.get("id", "")) if isinstance(item, dict) else str(item)


def _written_out(document: Any, name: str) -> Any:
    """The fields of a measure that the file itself writes, or its entry under `change`; None if neither."""
    for holder in (*HOLDERS, "change"):
        for item in _items(document, holder):
            if isinstance(item, dict) and _id(item) == name:
                return item
    return None


def _change_of(document: Any, name: str, path: str | Path, adding: bool) -> Any:
    """A new entry under `change`, for a measure of what the file extends."""
    from ruamel.yaml.comments import CommentedMap

    known = [_id(item) for holder in HOLDERS for item in _items(document, holder)]
    if "extends" not in document and name not in known:
        raise BadInput(Problem(f"no measure '{name}'", str(path), remedy=nearest(name, known)))
    if not adding:
        remedy = "set it to a value, or use drop"
        raise BadInput(Problem(f"'{name}' is not written in this file", str(path), remedy=remedy))
    entry = CommentedMap({"id": name})
    _list_of(document, "change").append(entry)
    return entry


def _check_field(field: str, known: Sequence[str], path: str | Path) -> None:
    if field not in known:
        raise BadInput(Problem(f"unknown field '{field}'", str(path), remedy=nearest(field, list(known))))
