"""Annual average exchange rates, to turn values stated in national currency into US dollars."""

from __future__ import annotations

import math
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from detente.errors import BadInput, Problem, nearest

__all__ = ["currencies", "exchange_rate"]


@cache
def _table() -> dict[str, Any]:
    text = files("detente.world").joinpath("bundled", "exchange_rates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def currencies() -> tuple[str, ...]:
    """ISO 4217 codes of the currencies with a known exchange rate.

    Examples:
        >>> "CAD" in currencies()
        True
    """
    return ("USD", *_table()["units_per_usd"])


def exchange_rate(currency: str, year: int) -> float:
    """US dollars for one unit of a currency, average of a calendar year.

    Args:
        currency: ISO 4217 code.
        year: calendar year.

    Raises:
        BadInput: unknown currency, or a year without an average; lists both.

    Source: Federal Reserve Board, release G.5A (public domain).

    Examples:
        >>> round(exchange_rate("CAD", 2024), 4)
        0.73
    """
    if currency == "USD":
        return 1.0
    table = _table()
    rates: dict[str, list[float]] = table["units_per_usd"]
    if currency not in rates:
        remedy = f"state the value in USD; {nearest(currency, currencies())}"
        message = f"no exchange rate for currency '{currency}'"
        raise BadInput(Problem(message, field="currency", remedy=remedy))
    known = {y: rate for y, rate in zip(table["years"], rates[currency], strict=True) if not math.isnan(rate)}
    if year not in known:
        years = ", ".join(str(y) for y in known)
        remedy = f"state the value in USD; {currency} is known for {years}"
        raise BadInput(Problem(f"no annual average of {currency} for {year}", field="year", remedy=remedy))
    return 1.0 / known[year]
