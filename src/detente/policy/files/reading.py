"""Values out of a YAML document, with every problem noted at its line instead of raised at the first.

The document is read as a tree of nodes, not as Python values: a scalar stays as it was written, so that an
HS code `0713.10` is no number and each value knows its line.
"""

from __future__ import annotations

import math
import re
import warnings
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from detente.errors import BadInput, Problem, nearest
from detente.policy.files.ranges import ReadNumber, read_distribution
from detente.policy.uncertain import SHARE, UncertainNumber, percent

__all__ = ["Reader", "compose", "compose_shipped", "in_order", "mark"]

PERCENT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*%")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?")
DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
HIGHEST_RATE = 100.0
# No amount is as large.
HIGHEST_NUMBER = 1e15

# Message and remedy for a name that is not known.
Unknown = Callable[[str], tuple[str, str]]


def compose(text: str, file: str) -> Any:
    """The root node of a YAML document.

    Raises:
        BadInput: the text is no YAML, or nothing or not one document.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        line, column = (at.line + 1, at.column + 1) if at is not None else (None, None)
        raise BadInput(
            Problem(f"not valid YAML: {said}", file, line, None, "mend the line or quote it", column)
        ) from None
    except (YAMLError, ValueError, RecursionError, AttributeError, IndexError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(Problem(f"not valid YAML: {said}", file)) from None
    if root is None:
        raise BadInput(Problem("the file is empty", file, None, None, "a scenario needs title and measures"))
    return root


def compose_shipped(text: str, file: str) -> Any:
    """`compose`, ten times as fast, for files that ship: its parser dies of what is nested too deep."""
    import yaml

    if not yaml.__with_libyaml__:
        return compose(text, file)
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        root = None
    return compose(text, file) if root is None else root


class Reader:
    """Reads values from nodes and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        # Of the measure that is being read.
        self.uncertain: dict[str, UncertainNumber] = {}

    def note(self, node: Any, field: str, message: str, remedy: str | None = None) -> None:
        """Note a problem at a node's line and column."""
        self.problems.append(replace(self.place(node, field), message=message, remedy=remedy))

    def place(self, node: Any, field: str) -> Problem:
        """Where a node stands, as a problem that says nothing yet."""
        line, column = mark(node)
        return Problem("", self.file, line, field or None, None, column)

    def mapping(
        self, node: Any, field: str, known: Sequence[str], unknown: Unknown | None = None
    ) -> dict[str, Any]:
        """The value nodes of a mapping by key; unknown and repeated keys are noted and left out.

        Args:
            node: of the mapping.
            field: where it stands; "" at the top.
            known: keys that it may have.
            unknown: message and remedy for a key that it may not have; the nearest known ones by default.
        """
        if node.id != "mapping":
            self.note(node, field, f"expected fields, found {_kind(node)}", f"give {', '.join(known[:6])}")
            return {}
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if key.id == "scalar" else ""
            where = f"{field}.{name}" if field else name
            if name not in known:
                said = unknown(name) if unknown else (f"unknown field '{name}'", nearest(name, known))
                self.note(key, where, *said)
            elif name in found:
                self.note(key, where, f"field '{name}' is given twice", "keep one")
            elif not _is_empty(value):
                found[name] = value
        return found

    def items(self, node: Any) -> list[Any]:
        """The nodes of a list; a value that stands alone is a list of one."""
        return list(node.value) if node.id == "sequence" else [node]

    def text(self, node: Any, field: str) -> str:
        """A scalar as written, with runs of blanks made one."""
        if node.id != "scalar":
            self.note(node, field, f"expected text, found {_kind(node)}")
            return ""
        return " ".join(str(node.value).split())

    def texts(self, node: Any, field: str) -> tuple[str, ...]:
        """One text or a list of texts, without empty and repeated ones."""
        before = len(self.problems)
        found = [self.text(item, field) for item in self.items(node)]
        if not any(found) and len(self.problems) == before:
            self.note(node, field, "is empty")
        return tuple(dict.fromkeys(item for item in found if item))

    def choice(self, node: Any, field: str, valid: Sequence[str]) -> str:
        """A text that must be one of a few."""
        text = self.text(node, field)
        if text and text not in valid:
            self.note(node, field, f"unknown {field.rpartition('.')[2]} '{text}'", nearest(text, list(valid)))
            return ""
        return text

    def rate(
        self,
        node: Any,
        field: str,
        highest: float = HIGHEST_RATE,
        lowest: float = 0.0,
        number: str = "",
    ) -> float:
        """A rate or share: a percentage with its sign, or a fraction below 1; of a distribution its median.

        Args:
            node: of the value.
            field: where it stands.
            highest, lowest: bounds.
            number: the name of the number, should it be uncertain; the field unless given.
        """
        if node.id == "mapping":
            return self.uncertain_number(
                node, field, number or field, self._fraction, percent, (lowest, highest)
            )
        value = self._fraction(node, field)
        if value is None:
            return 0.0
        name, text = field.rpartition(".")[2], self.text(node, field)
        if value < 0.0 and lowest == 0.0:
            self.note(node, field, f"{name} {text} is negative", "give zero or more")
        elif value < lowest:
            self.note(node, field, f"{name} {text} is too low", f"the least is {lowest:.0%}")
        elif value > highest:
            self.note(node, field, f"{name} {text} is too large", f"the most is {highest:.0%}")
        return value

    def _fraction(self, node: Any, field: str) -> float | None:
        """A percentage, or a fraction below 1; None, with the problem noted, for what is neither."""
        if node.id == "sequence":
            self.note(
                node, field, "expected a number, found a list", "write {low: 20%, high: 40%} for a range"
            )
            return None
        text = self.text(node, field)
        name = field.rpartition(".")[2]
        if match := PERCENT.fullmatch(text):
            return float(match[1]) / 100.0
        if NUMBER.fullmatch(text):
            value = float(text)
            if abs(value) < 1.0:
                return value
            self.note(node, field, f"{name} {text} is ambiguous", f"write {text}% or a fraction below 1")
        elif text or node.id == "scalar":
            self.note(node, field, f"{name} '{text}' is no rate", "write 25% or 0.25")
        return None

    def flag(self, node: Any, field: str) -> bool:
        """True or false."""
        text = self.text(node, field)
        if text not in ("true", "false"):
            self.note(node, field, f"'{text}' is neither true nor false", "write true or leave it out")
        return text == "true"

    def number(self, node: Any, field: str, number: str = "") -> float:
        """A positive number; of a distribution its median.

        Args:
            node: of the value.
            field: where it stands.
            number: the name of the number, should it be uncertain; the field unless given.
        """
        if node.id == "mapping":
            bounds = (0.0, HIGHEST_NUMBER)
            return self.uncertain_number(
                node, field, number or field, self._number, "{:g}".format, bounds, True
            )
        text = self.text(node, field)
        if not NUMBER.fullmatch(text) or not 0.0 < float(text) < HIGHEST_NUMBER:
            self.note(node, field, f"'{text}' is no positive number", "write a number such as 4.0")
            return 0.0
        return float(text)

    def _number(self, node: Any, field: str) -> float | None:
        """Any number; None, with the problem noted, for what is none."""
        text = self.text(node, field)
        if NUMBER.fullmatch(text):
            return float(text)
        self.note(node, field, f"'{text}' is no number", "write a number such as 4.0")
        return None

    def uncertain_number(
        self,
        node: Any,
        field: str,
        number: str,
        read: ReadNumber,
        say: Callable[[float], str],
        bounds: tuple[float, float],
        positive: bool = False,
    ) -> float:
        """The median of a distribution, which is kept under the number's name; 0 for what is none.

        Args:
            node: of the distribution.
            field: where it stands.
            number: the name of the number.
            read, say, bounds, positive: as `read_distribution`.
        """
        found = read_distribution(self, node, field, read, say, bounds, positive)
        if found is None:
            return 0.0
        unit, highest = ("", math.inf) if positive else (SHARE, bounds[1])
        self.uncertain[number] = UncertainNumber("", number, found, unit, 1.0, bounds[0], highest)
        return found.median

    def in_unit(self, number: str, unit: str, scale: float = 1.0) -> None:
        """Say the unit of a number, if it is uncertain."""
        if number in self.uncertain:
            self.uncertain[number] = replace(self.uncertain[number], unit=unit, scale=scale)

    def day(self, node: Any, field: str, last: bool = False) -> date | None:
        """A day, or a month meaning its first (or last) day."""
        text = self.text(node, field)
        match = DAY.fullmatch(text)
        try:
            if match:
                year, month = int(match[1]), int(match[2])
                return date(year, month, int(match[3] or (monthrange(year, month)[1] if last else 1)))
        except ValueError:
            pass
        self.note(node, field, f"'{text}' is no date", "write year-month-day, such as 2026-03-01")
        return None

    def require(self, node: Any, found: Mapping[str, Any], fields: Sequence[str], of: str) -> None:
        """Note the fields that are missing."""
        for name in fields:
            if name not in found:
                self.note(node, f"{of}.{name}" if of else name, f"missing {name}")


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems by file, line and field, each once."""

    def key(problem: Problem) -> tuple[str, int, str, int, str]:
        at = (problem.line or 0, problem.field or "", problem.column or 0)
        return (problem.file or "", *at, problem.message)

    return sorted(set(problems), key=key)


def mark(node: Any) -> tuple[int, int]:
    """Line and column where a node begins, from 1."""
    return node.start_mark.line + 1, node.start_mark.column + 1


def _is_empty(node: Any) -> bool:
    """Whether a node holds nothing: blank, null, or an empty list or mapping."""
    if node.id == "scalar":
        return node.style is None and str(node.value).strip() in ("", "~", "null")
    return not node.value


def _kind(node: Any) -> str:
    return f"'{node.value}'" if node.id == "scalar" else {"mapping": "fields"}.get(node.id, "a list")
