"""Numbers of measures that are not known for certain: a range or a distribution in place of one value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from dataclasses import field as attribute
from typing import Any

from detente.distributions import Distribution, Lognormal, Normal, Triangular
from detente.errors import BadInput, Problem
from detente.policy.measure import Measure

__all__ = [
    "SHARE",
    "Key",
    "UncertainNumber",
    "distribution_in_words",
    "highest_of",
    "lowest_of",
    "mirrored",
    "numbers_by_field",
    "origin_of",
    "percent",
    "unsound_numbers",
    "with_values",
]

# What tells one uncertain number from another, see `UncertainNumber.key`.
Key = tuple[Any, ...]
# The unit of rates and shares, which are fractions.
SHARE = "%"
# Decimals in which a number that is written in two units is still the same number.
_DIGITS = 12
_ROUNDING = 1e-12


@dataclass(frozen=True)
class UncertainNumber:
    """One number of a measure, and what may be true of it.

    Attributes:
        measure: id.
        field: as scenario files name it, such as "rate", "covers.value" or, for the share of one HS code,
            "hs.870340".
        distribution: in the file's unit; of rates and shares, which are fractions, in fractions.
        unit: "%" for rates and shares; else as written, such as "CAD billion" or "vehicles".
        scale: what a value is multiplied with for the field of `Measure`, such as 1e9.
        lowest, highest: bounds of the field, in the file's unit.
        origin: where the range is from: the source, or what is assumed; no part of equality.
        scenario: name of the scenario whose number it is, where another has a number of the same measure and
            field with another distribution; else "".

    Examples:
        >>> from detente.distributions import Uniform
        >>> number = UncertainNumber("canola", "rate", Uniform(0.2, 0.4))
        >>> print(number.label, "is", number)
        canola.rate is between 20% and 40%
    """

    measure: str
    field: str
    distribution: Distribution
    unit: str = SHARE
    scale: float = 1.0
    lowest: float = 0.0
    highest: float = math.inf
    origin: str = attribute(default="", compare=False)
    scenario: str = ""

    @property
    def label(self) -> str:
        """What tells the number from the others of a comparison."""
        name = f"{self.measure}.{self.field}"
        return f"{name} ({self.scenario})" if self.scenario else name

    @property
    def median(self) -> float:
        """The value that stands for the number where one is wanted, in the file's unit."""
        return self.distribution.median

    @property
    def content(self) -> Key:
        """What makes two numbers the same: field, currency, and the distribution whatever its unit."""
        kind, currency = self.distribution, "" if self.field == "quota.units" else self.unit.partition(" ")[0]
        values = (float(f"{self.scale * getattr(kind, part.name):.{_DIGITS}g}") for part in fields(kind))
        return (self.field, currency, kind.name, *(_finite(value) for value in values))

    @property
    def key(self) -> Key:
        """The measure and `content`; numbers of two scenarios with one key are one number."""
        return (self.measure, *self.content)

    def in_words(self, value: float) -> str:
        """A value of the number, such as "25%" or "CAD 4.2 billion"."""
        if self.unit == SHARE:
            return percent(value)
        if self.field == "quota.units":
            return f"{_units(value)} {self.unit}"
        currency, _, word = self.unit.partition(" ")
        return f"{currency} {value:,.6g} {word}".rstrip()

    def __str__(self) -> str:
        if self.field == "quota.units":
            return f"{distribution_in_words(self.distribution, _units)} {self.unit}"
        return distribution_in_words(self.distribution, self.in_words)


def mirrored(number: UncertainNumber) -> UncertainNumber:
    """The same number with the other sign, for what falls by as much.

    Examples:
        >>> from detente.distributions import Uniform
        >>> print(mirrored(UncertainNumber("m", "rate", Uniform(-0.1, -0.05))))
        between 5% and 10%
    """
    kind = number.distribution
    parts = {part.name: 0.0 - getattr(kind, part.name) for part in fields(kind)}
    parts["low"], parts["high"] = parts["high"], parts["low"]
    if "sd" in parts:
        parts["sd"] = -parts["sd"]
    return replace(number, distribution=type(kind)(**parts))


def _units(value: float) -> str:
    return f"{value:,.15g}" if value == round(value) else f"{value:,.1f}"


def percent(rate: float) -> str:
    """A fraction as a percentage.

    Examples:
        >>> percent(0.758)
        '75.8%'
    """
    return f"{100.0 * rate:.6g}%"


def distribution_in_words(distribution: Distribution, value: Callable[[float], str]) -> str:
    """A distribution in a sentence, to follow "a duty of".

    Args:
        distribution: any.
        value: says one number with its unit.

    Examples:
        >>> distribution_in_words(Triangular(0.1, 0.2, 0.4), percent)
        'between 10% and 40% (most likely 20%)'
        >>> distribution_in_words(Normal(0.25, 0.05, low=0.0, high=1.0), percent)
        'about 25% (normal, standard deviation 5%, between 0% and 100%)'
    """
    low, high = (getattr(distribution, end, math.nan) for end in ("low", "high"))
    if not isinstance(distribution, Normal | Lognormal):
        ends = f"between {value(low)} and {value(high)}"
        if isinstance(distribution, Triangular):
            return f"{ends} (most likely {value(distribution.mode)})"
        return ends
    name = "log-normal" if isinstance(distribution, Lognormal) else "normal"
    cut_below = math.isfinite(low) and (low > 0.0 or isinstance(distribution, Normal))
    ends = f", not below {value(low)}" if cut_below else ""
    if math.isfinite(high):
        ends = f", between {value(low)} and {value(high)}" if cut_below else f", not above {value(high)}"
    return f"about {value(distribution.mean)} ({name}, standard deviation {value(distribution.sd)}{ends})"


def numbers_by_field(measure: Measure, field: str) -> dict[str, UncertainNumber]:
    """The uncertain numbers that a field of a measure holds, by their names.

    Examples:
        >>> numbers_by_field(Measure("m", "surcharge", ("CAN",), ("CHN",), rate=0.25), "rate")
        {}
    """
    return {n.field: n for n in measure.uncertain if n.field.partition(".")[0] == field}


def origin_of(measure: Measure, field: str) -> str:
    """Where a number of a measure is from: the nearest source, or what is assumed.

    Examples:
        >>> origin_of(Measure("m", "surcharge", ("CAN",), ("CHN",), assumption="nobody knows"), "rate")
        'assumed: nobody knows'
    """
    inner = getattr(measure, field.partition(".")[0], None)
    nearer = [getattr(inner, "unit_source", None)] if field == "quota.unit_value" else []
    sources = [source for source in (*nearer, getattr(inner, "source", None), measure.source) if source]
    if sources:
        return str(sources[0])
    return f"assumed: {measure.assumption}" if measure.assumption else ""


def lowest_of(measure: Measure, field: str) -> float:
    """The least that a rate of a measure may be."""
    return _end(measure, field, "low")


def highest_of(measure: Measure, field: str) -> float:
    """The most that a rate of a measure may be."""
    return _end(measure, field, "high")


def _end(measure: Measure, field: str, end: str) -> float:
    ends = [getattr(number.distribution, end) for number in measure.uncertain if number.field == field]
    return float(ends[0] if ends else getattr(measure, field))


def with_values(measure: Measure, values: Mapping[Key, float]) -> Measure:
    """A measure with values for some of its uncertain numbers, which are then certain.

    Args:
        measure: any.
        values: in the units of `Measure`, by the numbers' keys; those of other measures are passed over.

    Raises:
        BadInput: a value is outside the bounds of its field; lists every problem.
    """
    drawn = {number.field: values[number.key] for number in measure.uncertain if number.key in values}
    return _with_numbers(measure, drawn) if drawn else measure


def _with_numbers(measure: Measure, values: Mapping[str, float]) -> Measure:
    """The same with values by field."""
    problems: list[Problem] = []
    found = measure
    for number in measure.uncertain:
        if number.field not in values:
            continue
        value = _kept(number, values[number.field])
        problems += _outside(measure, number, value / number.scale)
        found = _set(found, number.field, value)
    if found.over_rate is not None and found.over_rate < found.rate:
        problems.append(measure.place.problem("over_rate", "is below the rate within the quota"))
    if problems:
        raise BadInput(problems)
    left = tuple(number for number in measure.uncertain if number.field not in values)
    return replace(found, uncertain=left)


def _kept(number: UncertainNumber, value: float) -> float:
    """A value in the unit of `Measure`, without what rounding has put outside the bounds."""
    ends = (number.lowest, number.highest) if number.unit == SHARE else ()
    return next(
        (end for end in ends if math.isclose(value, end, rel_tol=_ROUNDING, abs_tol=_ROUNDING)), value
    )


def unsound_numbers(measure: Measure) -> list[Problem]:
    """What a file could not have held of uncertain numbers, in a measure made in code.

    Examples:
        >>> from detente.distributions import Uniform
        >>> number = UncertainNumber("m", "rate", Uniform(0.2, 0.4))
        >>> duty = Measure("m", "surcharge", ("CAN",), ("CHN",), rate=0.25, uncertain=(number,))
        >>> print(unsound_numbers(duty)[0])
        field 'rate': m.rate is 25%, which is not the median of a number between 20% and 40%; give 30%
    """
    found = []
    for number in measure.uncertain:
        value = _value(measure, number.field)
        if number.measure != measure.id or value is None:
            message = f"{measure.id} has no number {number.label}"
            found.append(
                measure.place.problem("uncertain", message, "name the measure and one of its numbers")
            )
        elif not math.isclose(value, number.median * number.scale, rel_tol=1e-9, abs_tol=_ROUNDING):
            said = number.in_words(value / number.scale)
            message = f"{number.label} is {said}, which is not the median of a number {number}"
            root = number.field.partition(".")[0]
            found.append(measure.place.problem(root, message, f"give {number.in_words(number.median)}"))
    return found


def _value(measure: Measure, name: str) -> float | None:
    """A number of a measure in the units of `Measure`; None where it has none of that name."""
    root, _, part = name.partition(".")
    if root == "hs":
        return dict(measure.hs).get(part)
    holder = getattr(measure, root, None) if part else measure
    found = getattr(holder, part or root, None)
    return float(found) if isinstance(found, int | float) else None


def _outside(measure: Measure, number: UncertainNumber, value: float) -> list[Problem]:
    """What is wrong with a value in the file's unit."""
    positive = number.unit != SHARE
    if number.lowest <= value <= number.highest and math.isfinite(value) and not (positive and value <= 0.0):
        return []
    ends = [f"at least {number.in_words(number.lowest)}"] if not positive else ["above zero"]
    ends += [f"at most {number.in_words(number.highest)}"] if math.isfinite(number.highest) else []
    root = number.field.partition(".")[0]
    message = f"{number.label} cannot be {number.in_words(value)}"
    problem = measure.place.problem(root, message, f"give a value {' and '.join(ends)}")
    return [replace(problem, field=number.field)]


def _set(measure: Measure, field: str, value: float) -> Measure:
    """A measure with one number in place of another."""
    root, _, part = field.partition(".")
    if root == "hs":
        shares = tuple((code, value if code == part else share) for code, share in measure.hs)
        return replace(measure, hs=shares)
    if not part:
        rate: Any = {root: value}
        return replace(measure, **rate)
    inner: Any = getattr(measure, root)
    changed: Any = {root: replace(inner, **{part: value})}
    return replace(measure, **changed)


def _finite(value: float) -> float | str:
    """A number as JSON can hold it."""
    return value if math.isfinite(value) else str(value)
