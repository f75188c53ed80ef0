"""Measures in plain English."""

from __future__ import annotations

from detente.policy.measure import GOODS, Measure
from detente.world.names import economy_title

__all__ = ["percent", "period", "products_in_words", "sentence"]


def sentence(measure: Measure) -> str:
    """Who does what to whom, on what, how much, from when.

    Examples:
        >>> sentence(Measure("m", "surcharge", ("CAN",), ("all",), rate=0.25, sectors=("C29",)))
        'Canada charges every other economy an additional duty of 25% on sectors C29, at all times.'
    """
    who = _names(measure.importers, "every economy")
    whom = _names(measure.exporters, "every other economy")
    what = "an additional duty" if measure.kind == "surcharge" else "a duty, in place of its tariff,"
    charge = "charge" if len(measure.importers) > 1 else "charges"
    rate, products = percent(measure.rate), products_in_words(measure)
    return f"{who} {charge} {whom} {what} of {rate} on {products}, {period(measure)}."


def _names(names: tuple[str, ...], everyone: str) -> str:
    """Codes in plain English; other names as written."""
    if names == ("all",):
        return everyone
    shown = tuple(economy_title(name) for name in names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def products_in_words(measure: Measure) -> str:
    """The measure's own words; else its sectors or first codes."""
    if measure.products:
        return measure.products
    if tuple(name.casefold() for name in measure.sectors) == (GOODS,):
        return "all goods"
    if measure.sectors:
        return f"sectors {', '.join(measure.sectors)}"
    codes = [code for code, _ in measure.hs]
    more = f" and {len(codes) - 8} more" if len(codes) > 8 else ""
    return f"HS {', '.join(codes[:8])}{more}"


def period(measure: Measure) -> str:
    """From when to when."""
    start = f"from {measure.start.isoformat()}" if measure.start else ""
    end = f"until {measure.end.isoformat()}" if measure.end else ""
    return " ".join(part for part in (start, end) if part) or "at all times"


def percent(rate: float) -> str:
    """A fraction as a percentage.

    Examples:
        >>> percent(0.758)
        '75.8%'
    """
    return f"{100.0 * rate:.6g}%"
