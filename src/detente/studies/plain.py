"""Records as plain data for JSON, and back as the same records."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

__all__ = ["from_plain", "to_plain"]

_KIND = "is"


def to_plain(value: Any, leave_out: Sequence[str] = ()) -> Any:
    """Records, dates, mappings and tuples as what JSON knows; a record says which class it is of.

    Args:
        value: dataclasses of numbers, text, dates, tuples, mappings with text as keys, and dataclasses.
        leave_out: names of fields that are not taken along, in any record.

    Raises:
        TypeError: something else is in it.

    Examples:
        >>> from detente.distributions import Uniform
        >>> to_plain((Uniform(0.2, 0.4), date(2026, 3, 1)))
        [{'is': 'Uniform', 'low': 0.2, 'high': 0.4}, '2026-03-01']
    """
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        # JSON has no name for what is not finite.
        return value if np.isfinite(value) else repr(float(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if is_dataclass(value) and not isinstance(value, type):
        parts = {
            part.name: to_plain(getattr(value, part.name), leave_out)
            for part in fields(value)
            if part.init and part.name not in leave_out
        }
        return {_KIND: type(value).__name__, **parts}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, leave_out) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item, leave_out) for item in value]
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(form: Any, data: Any, *others: type) -> Any:
    """What `to_plain` was given, by its type.

    Args:
        form: a dataclass, or any annotation of one of its fields.
        data: what `to_plain` made.
        others: classes that annotations name and their modules do not import when they run.

    Raises:
        ValueError: the data is not of this form.

    Examples:
        >>> from detente.distributions import Distribution, Normal
        >>> from_plain(tuple[Distribution, ...], to_plain((Normal(1.0, 0.5, low=0.0),)))
        (Normal(mean=1.0, sd=0.5, low=0.0, high=inf),)
    """
    try:
        return _Reader({kind.__name__: kind for kind in others}).read(form, data)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"is no {form}: {error}") from None


class _Reader:
    """Reads plain data by the annotations of records."""

    def __init__(self, others: Mapping[str, type]) -> None:
        self._others = dict(others)
        self._hints: dict[type, dict[str, Any]] = {}

    def read(self, form: Any, data: Any) -> Any:
        """Data of a form; an error of any kind where it is of another."""
        origin = get_origin(form)
        if origin in (Union, types.UnionType):
            return self._one_of(get_args(form), data)
        if origin is tuple:
            return self._tuple(get_args(form), data)
        if origin is Literal or form is Any:
            return data
        if isinstance(origin, type) and issubclass(origin, Mapping):
            inner = get_args(form)[1]
            return {key: self.read(inner, item) for key, item in data.items()}
        if isinstance(form, type) and isinstance(data, dict):
            return self._record(form, data)
        if form is date:
            return date.fromisoformat(data)
        if form is float and isinstance(data, str):
            return float(data)
        if not isinstance(data, (int, float) if form is float else form):
            raise TypeError(f"{data!r} is no {form}")
        return data

    def _record(self, form: type, data: Mapping[str, Any]) -> Any:
        kind = {kind.__name__: kind for kind in _kinds(form)}[data[_KIND]]
        if kind not in self._hints:
            self._hints[kind] = get_type_hints(kind, localns=self._others)
        hints = self._hints[kind]
        return kind(**{name: self.read(hints[name], item) for name, item in data.items() if name != _KIND})

    def _tuple(self, inner: tuple[Any, ...], data: Sequence[Any]) -> tuple[Any, ...]:
        if isinstance(data, str):
            raise TypeError(f"{data!r} is no list")
        if len(inner) == 2 and inner[1] is Ellipsis:
            return tuple(self.read(inner[0], item) for item in data)
        return tuple(self.read(form, item) for form, item in zip(inner, data, strict=True))

    def _one_of(self, forms: Sequence[Any], data: Any) -> Any:
        """The first of several forms that fits; text last, as it takes dates and numbers for itself."""
        for form in sorted(forms, key=lambda form: form is str):
            try:
                return self.read(form, data)
            except (TypeError, ValueError, KeyError, AttributeError):
                continue
        raise TypeError(f"{data!r} is none of {forms}")


def _kinds(form: type) -> list[type]:
    """A class and all that derive from it."""
    below: list[type] = form.__subclasses__()
    return [form, *(kind for one in below for kind in _kinds(one))]
