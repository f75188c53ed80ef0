"""How surely a number is known: distributions, told by their quantiles."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem

__all__ = ["DISTRIBUTIONS", "Distribution", "Lognormal", "Normal", "Triangular", "Uniform"]

Numbers = Float[np.ndarray, "..."]


@dataclass(frozen=True)
class Distribution(ABC):
    """What may be true of one number.

    Draws are quantiles of points that are spread evenly over 0 to 1, so that a low and a high draw of one
    number can be paired with those of others in any design.
    """

    name: ClassVar[str]

    def __post_init__(self) -> None:
        problems = [
            Problem(f"{value} is no number", field=part.name, remedy="give a finite number")
            for part in fields(self)
            if part.name not in ("low", "high") or isinstance(self, Uniform | Triangular)
            for value in [getattr(self, part.name)]
            if not math.isfinite(value)
        ]
        problems = problems or self._problems()
        if problems:
            raise BadInput(problems)

    @abstractmethod
    def _problems(self) -> list[Problem]:
        """What is wrong with finite numbers."""

    @abstractmethod
    def quantile(self, probability: Numbers) -> Numbers:
        """The values that lie above a part of all draws, 0 to 1, of the same shape."""

    @property
    def median(self) -> float:
        """The value that stands for the number where one is wanted.

        Examples:
            >>> Uniform(0.2, 0.4).median
            0.30000000000000004
        """
        return float(self.quantile(np.array(0.5)))

    @abstractmethod
    def __str__(self) -> str:
        """In words, after "the number is"."""


@dataclass(frozen=True)
class Uniform(Distribution):
    """Anything in a range, equally likely.

    Examples:
        >>> Uniform(0.2, 0.4).quantile(np.array([0.0, 0.25, 1.0])).tolist()
        [0.2, 0.25, 0.4]
        >>> str(Uniform(0.2, 0.4))
        'between 0.2 and 0.4'
    """

    name = "uniform"
    low: float
    high: float

    def _problems(self) -> list[Problem]:
        return _ordered(self.low, self.high)

    def quantile(self, probability: Numbers) -> Numbers:
        return np.asarray(self.low + (self.high - self.low) * probability)

    def __str__(self) -> str:
        return f"between {self.low:g} and {self.high:g}"


@dataclass(frozen=True)
class Triangular(Distribution):
    """Anything in a range, the likeliest value inside it.

    Examples:
        >>> Triangular(0.0, 0.5, 1.0).quantile(np.array([0.125, 0.5, 1.0])).tolist()
        [0.25, 0.5, 1.0]
        >>> Triangular(0.0, 2.0, 1.0)
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'mode': 2 is not between 0 and 1; give a number in the range
    """

    name = "triangular"
    low: float
    mode: float
    high: float

    def _problems(self) -> list[Problem]:
        found = _ordered(self.low, self.high)
        if not found and not self.low <= self.mode <= self.high:
            message = f"{self.mode:g} is not between {self.low:g} and {self.high:g}"
            found.append(Problem(message, field="mode", remedy="give a number in the range"))
        return found

    def quantile(self, probability: Numbers) -> Numbers:
        whole, left, right = self.high - self.low, self.mode - self.low, self.high - self.mode
        rising = self.low + np.sqrt(probability * whole * left)
        falling = self.high - np.sqrt((1.0 - probability) * whole * right)
        return np.asarray(np.where(probability * whole < left, rising, falling))

    def __str__(self) -> str:
        return f"between {self.low:g} and {self.high:g}, likeliest {self.mode:g}"


@dataclass(frozen=True)
class Normal(Distribution):
    """Mean and standard deviation of a normal distribution; outside `low` to `high` it is cut off.

    Examples:
        >>> Normal(1.0, 0.5).quantile(np.array([0.5, 0.975])).round(3).tolist()
        [1.0, 1.98]
        >>> float(Normal(0.1, 0.5, low=0.0).quantile(np.array(0.001))) > 0.0
        True
        >>> str(Normal(1.0, 0.5, low=0.0))
        'normal with mean 1 and standard deviation 0.5, not below 0'
    """

    name = "normal"
    mean: float
    sd: float
    low: float = -math.inf
    high: float = math.inf

    def _problems(self) -> list[Problem]:
        return [*_positive(self.sd, "sd"), *_ordered(self.low, self.high)]

    def quantile(self, probability: Numbers) -> Numbers:
        return np.asarray(self.mean + self.sd * _scores(probability, *(self._score(x) for x in self._ends)))

    @property
    def _ends(self) -> tuple[float, float]:
        return self.low, self.high

    def _score(self, value: float) -> float:
        return (value - self.mean) / self.sd

    def __str__(self) -> str:
        return f"normal with mean {self.mean:g} and standard deviation {self.sd:g}{_cut(self.low, self.high)}"


@dataclass(frozen=True)
class Lognormal(Distribution):
    """Mean and standard deviation of a positive number whose logarithm is normal.

    The mean of draws is `mean`, so that an unbiased estimate stays so; their median is lower.

    Examples:
        >>> wide = Lognormal(4.0, 2.0)
        >>> round(wide.median, 3), bool((wide.quantile(np.array([1e-9, 0.5])) > 0).all())
        (3.578, True)
        >>> even = wide.quantile((np.arange(10000) + 0.5) / 10000)
        >>> round(float(even.mean()), 2), round(float(even.std()), 2)
        (4.0, 2.0)
    """

    name = "lognormal"
    mean: float
    sd: float
    low: float = 0.0
    high: float = math.inf

    def _problems(self) -> list[Problem]:
        found = [*_positive(self.mean, "mean"), *_positive(self.sd, "sd"), *_ordered(self.low, self.high)]
        if self.low < 0.0:
            found.append(Problem(f"{self.low:g} is below zero", field="low", remedy="give zero or more"))
        return found

    def quantile(self, probability: Numbers) -> Numbers:
        spread = math.sqrt(math.log1p((self.sd / self.mean) ** 2))
        middle = math.log(self.mean) - 0.5 * spread**2
        low = -math.inf if self.low <= 0.0 else (math.log(self.low) - middle) / spread
        high = math.inf if math.isinf(self.high) else (math.log(self.high) - middle) / spread
        return np.asarray(np.exp(middle + spread * _scores(probability, low, high)))

    def __str__(self) -> str:
        what = f"log-normal with mean {self.mean:g} and standard deviation {self.sd:g}"
        return what + _cut(self.low if self.low > 0.0 else -math.inf, self.high)


# By the names that scenario files use.
DISTRIBUTIONS: dict[str, type[Distribution]] = {
    kind.name: kind for kind in (Uniform, Triangular, Normal, Lognormal)
}


def _scores(probability: Numbers, low: float, high: float) -> Numbers:
    """Quantiles of a standard normal distribution cut off at two scores."""
    from scipy.special import ndtr, ndtri

    below, above = ndtr(low), ndtr(high)
    found: Numbers = np.clip(ndtri(below + (above - below) * np.asarray(probability)), low, high)
    return found


def _ordered(low: float, high: float) -> list[Problem]:
    if low < high:
        return []
    remedy = "give a lower end below the upper end, or a single number"
    return [Problem(f"the range from {low:g} to {high:g} is empty", field="low", remedy=remedy)]


def _positive(value: float, field: str) -> list[Problem]:
    if value > 0.0:
        return []
    return [Problem(f"{value:g} is not above zero", field=field, remedy="give a positive number")]


def _cut(low: float, high: float) -> str:
    ends = [f"not below {low:g}"] if math.isfinite(low) else []
    ends += [f"not above {high:g}"] if math.isfinite(high) else []
    return f", {' and '.join(ends)}" if ends else ""
