"""Ranges and distributions, which may stand wherever a scenario file has a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from detente.distributions import DISTRIBUTIONS, Distribution, Lognormal, Normal
from detente.errors import BadInput

if TYPE_CHECKING:
    from detente.policy.files.reading import Reader

__all__ = ["RANGE_FIELDS", "ReadNumber", "Say", "is_range", "parameters", "read_distribution"]

# A range without a name is one in which every value is as likely as another.
RANGE_FIELDS = ("low", "high")
# How much of a distribution must lie between its ends.
_LEAST = 1e-6
# Standard deviations of a log-normal distribution, in means; beyond it draws are of no use.
_WIDEST = 1000.0

# Reads one parameter; None, with the problem noted, for what is no number.
ReadNumber = Callable[[Any, str], float | None]
# A number as the file would write it.
Say = Callable[[float], str]


def parameters(name: str) -> tuple[tuple[str, bool], ...]:
    """Parameters of a distribution, and whether each must be given.

    Examples:
        >>> parameters("normal")
        (('mean', True), ('sd', True), ('low', False), ('high', False))
    """
    return tuple((part.name, part.default is MISSING) for part in fields(DISTRIBUTIONS[name]))


def is_range(node: Any) -> bool:
    """Whether a node says a range or a distribution, and not fields of something else."""
    pairs = node.value if node.id == "mapping" else []
    return any(key.value in (*RANGE_FIELDS, *DISTRIBUTIONS) for key, _ in pairs if key.id == "scalar")


def read_distribution(
    reader: Reader,
    node: Any,
    field: str,
    read: ReadNumber,
    say: Say,
    bounds: tuple[float, float],
    positive: bool = False,
) -> Distribution | None:
    """A distribution from the node of a mapping; None, with problems noted, for what is none.

    Args:
        reader: collects problems.
        node: `{low: ..., high: ...}`, or a name with its parameters such as `{normal: {mean: ..., sd: ...}}`.
        field: where it stands.
        read: reads one parameter in the form of the field.
        say: a number in the form of the field, for messages.
        bounds: what the field may be, for every value that the distribution can have.
        positive: whether it must be above zero.
    """
    before = len(reader.problems)
    found = reader.mapping(node, field, (*RANGE_FIELDS, *DISTRIBUTIONS))
    named = [name for name in found if name in DISTRIBUTIONS]
    if len(named) > 1 or (named and len(found) > 1):
        reader.note(node, field, "gives more than one range or distribution", "keep one")
    elif named:
        node, name = found[named[0]], named[0]
        field = f"{field}.{name}"
        found = reader.mapping(node, field, tuple(part for part, _ in parameters(name)))
    else:
        name = "uniform"
    if len(reader.problems) > before:
        return None
    reader.require(node, found, [part for part, needed in parameters(name) if needed], field)
    values = {part: read(item, f"{field}.{part}") for part, item in found.items()}
    numbers = {part: value for part, value in values.items() if value is not None}
    if len(reader.problems) > before:
        return None
    problems = _Problems(reader, node, found, field, say)
    problems.of_parameters(name, numbers)
    if len(reader.problems) > before:
        return None
    try:
        distribution = DISTRIBUTIONS[name](**numbers)
    except BadInput as error:
        for problem in error.problems:
            problems.note(problem.field or "", problem.message, problem.remedy)
        return None
    problems.of_bounds(distribution, bounds, positive)
    return distribution if len(reader.problems) == before else None


class _Problems:
    """Notes what is wrong with parameters, in the form in which the file writes them."""

    def __init__(self, reader: Reader, node: Any, found: Mapping[str, Any], field: str, say: Say) -> None:
        self.reader, self.node, self.found, self.field, self.say = reader, node, found, field, say

    def note(self, part: str, message: str, remedy: str | None) -> None:
        at = self.found.get(part)
        where = f"{self.field}.{part}" if at is not None else self.field
        self.reader.note(self.node if at is None else at, where, message, remedy)

    def of_parameters(self, name: str, numbers: Mapping[str, float]) -> None:
        """Parameters that do not fit each other."""
        say = self.say
        low, high = numbers.get("low", -math.inf), numbers.get("high", math.inf)
        if not low < high:
            remedy = "give a lower end below the upper end, or a single number"
            self.note("low", f"the range from {say(low)} to {say(high)} is empty", remedy)
        elif "mode" in numbers and not low <= numbers["mode"] <= high:
            message = f"mode {say(numbers['mode'])} is not between {say(low)} and {say(high)}"
            self.note("mode", message, "give a number in the range")
        for part in ("sd", "mean") if name == "lognormal" else ("sd",):
            if part in numbers and not numbers[part] > 0.0:
                message = f"{part} {say(numbers[part])} is not above zero"
                self.note(part, message, "give a positive number, or a single number in place of all this")
        if name == "lognormal" and numbers["sd"] > _WIDEST * numbers["mean"] > 0.0:
            message = f"sd {say(numbers['sd'])} is more than {_WIDEST:g} times the mean"
            self.note("sd", message, "give a smaller one, or a range")
        if name == "lognormal" and low < 0.0 and "low" in numbers:
            self.note("low", f"low {say(low)} is below zero", "leave it out: no value is below zero")

    def of_bounds(self, distribution: Distribution, bounds: tuple[float, float], positive: bool) -> None:
        """Values that the field cannot have; a distribution with next to nothing between its ends."""
        say, (lowest, highest) = self.say, bounds
        low, high = ends = tuple(float(getattr(distribution, end)) for end in RANGE_FIELDS)
        never_zero = isinstance(distribution, Lognormal)
        if low < lowest or (positive and low <= 0.0 and not never_zero):
            least = (
                "above zero" if positive else "zero or more" if lowest == 0.0 else f"{say(lowest)} or more"
            )
            if "low" in self.found:
                self.note("low", f"low {say(low)} is too low", f"give {least}")
            else:
                self.note("", "has no lower end, and values too low", f"add low, {least}")
        if positive and math.isinf(high):
            high = float(distribution.quantile(np.array(1.0 - _LEAST)))
        if high > highest:
            if "high" in self.found:
                self.note("high", f"high {say(high)} is too large", f"the most is {say(highest)}")
            else:
                self.note("", "has no upper end, and values too large", f"add high, {say(highest)} or less")
        if isinstance(distribution, Normal | Lognormal):
            self._of_tails(distribution, *ends)

    def _of_tails(self, distribution: Normal | Lognormal, low: float, high: float) -> None:
        """A distribution that its ends leave next to nothing of."""
        whole = type(distribution)(distribution.mean, distribution.sd)
        inside = whole.quantile(np.array([_LEAST, 1.0 - _LEAST]))
        middle = distribution.quantile(np.array([0.25, 0.75]))
        if low > inside[1] or high < inside[0]:
            part = "low" if low > inside[1] else "high"
            message = f"next to nothing of the distribution is {'above' if part == 'low' else 'below'} this"
            self.note(part, message, "move it towards the mean, or give a range")
        elif not low <= middle[0] < middle[1] <= high:
            message = "the standard deviation is too large or too small beside the other numbers"
            self.note("sd", message, "give a range, or a single number")
