"""Numbers as text: as many digits as mean something, decimal points under each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["aligned", "between", "off", "percent", "roughly", "share", "usd", "usd_billion", "usd_million"]

# Digits after the point; what is smaller, and not nothing, is shown as "~0".
DECIMALS = 5
# Up to here a number is what the solver leaves, not an effect: percent, and USD billion.
NO_PERCENT = 1e-8
NO_MONEY = 5e-6


def percent(value: float, sign: bool = True) -> str:
    """A value in percent, without the unit.

    Examples:
        >>> percent(1.2345), percent(-0.03217), percent(0.000213), percent(118.28)
        ('+1.23', '-0.0322', '+0.00021', '+118')
        >>> percent(2e-7), percent(0.0)
        ('~0', '0')
    """
    return _significant(value, NO_PERCENT, sign)


def between(low: float, high: float) -> str:
    """An interval of percent values, without the unit.

    Examples:
        >>> between(-0.0123, 0.456)
        '-0.0123 to +0.456'
    """
    return f"{percent(low)} to {percent(high)}"


def off(error: float) -> str:
    """A standard error of a value in percent, to one digit, without the unit.

    Examples:
        >>> off(0.00234), off(0.187), off(0.0)
        ('±0.002', '±0.2', '±0')
    """
    if not error > NO_PERCENT:
        return "±0"
    decimals = min(DECIMALS, max(0, -math.floor(math.log10(error))))
    rounded = f"{error:.{decimals}f}"
    return f"±{rounded}" if float(rounded) else "~0"


def share(fraction: float) -> str:
    """A fraction as a percentage with its unit.

    Examples:
        >>> share(0.2517)
        '25.2%'
    """
    return f"{_significant(100.0 * fraction, NO_PERCENT, sign=False)}%"


def usd_billion(million: float, sign: bool = False) -> str:
    """A value in USD million, as USD billion, without the unit.

    Examples:
        >>> usd_billion(417_234.0), usd_billion(-1_630.0, sign=True), usd_billion(2.1, sign=True)
        ('417.2', '-1.63', '+0.0021')
    """
    return _significant(million / 1000.0, NO_MONEY, sign, digits=3 if sign else 4)


def usd_million(value: float, sign: bool = False) -> str:
    """A value in USD million, without the unit.

    Examples:
        >>> usd_million(1630.35), usd_million(-0.62, sign=True), usd_million(24.21)
        ('1,630', '-0.6', '24.2')
    """
    digits = 0 if abs(value) >= 100.0 else 1
    return f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"


def usd(million: float) -> str:
    """A value in USD million with its unit, for sentences.

    Examples:
        >>> usd(28_512.3), usd(897.6), usd(15.04), usd(0.0)
        ('USD 28.5 bn', 'USD 898 million', 'USD 15.0 million', 'USD 0 million')
    """
    if abs(million) >= 1000.0:
        return f"USD {_significant(million / 1000.0, 0.0, sign=False)} bn"
    return f"USD {_significant(million, 0.0, sign=False)} million"


def roughly(million: float, change: float) -> str:
    """Money and percent of one effect to two digits, for a sentence: what the inputs can bear.

    Examples:
        >>> roughly(523.4, 0.02511), roughly(28_512.3, 1.234)
        ('USD 520 million a year (+0.025%', 'USD 29 bn a year (+1.2%')
    """
    size = math.floor(math.log10(abs(million))) if million else 0
    rounded = round(abs(million), 1 - size)
    unit, scale = ("bn", 1000.0) if rounded >= 1000.0 else ("million", 1.0)
    amount = _significant(rounded / scale, 0.0, sign=False, digits=2)
    return f"USD {amount} {unit} a year ({_significant(change, NO_PERCENT, sign=True, digits=2)}%"


def aligned(cells: Sequence[str]) -> list[str]:
    """Pad cells on the right so that their decimal points stand under each other.

    Examples:
        >>> aligned(["+1.23", "-0.0322", "+118"])
        ['+1.23  ', '-0.0322', '+118     ']
    """
    tails = [len(cell) - cell.index(".") if "." in cell else 0 for cell in cells]
    longest = max(tails, default=0)
    return [cell + " " * (longest - tail) for cell, tail in zip(cells, tails, strict=True)]


def _significant(value: float, nothing: float, sign: bool, digits: int = 3) -> str:
    """A few digits that mean something, one less of a small value; nothing before the point is rounded."""
    if not math.isfinite(value):
        return "not a number"
    if abs(value) <= nothing:
        return "0"
    if abs(value) < 0.5 * 10.0**-DECIMALS:
        return "~0"
    size = math.floor(math.log10(abs(value)))
    decimals = min(DECIMALS, max(0, (digits - 1 if size >= -2 else digits - 2) - size))
    return f"{value:+,.{decimals}f}" if sign else f"{value:,.{decimals}f}"
