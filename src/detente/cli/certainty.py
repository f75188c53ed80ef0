"""How sure an answer is, on paper: intervals, the sign, and what moves the answer most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from detente.cli.console import heading, pairs, table
from detente.cli.numbers import between, percent

if TYPE_CHECKING:
    from rich.console import Console

    from detente.studies.uncertainty import HowSure, Influence, Interval

__all__ = ["most", "print_how_sure", "sign"]

# Failures that are told one by one.
SHOWN = 3


def print_how_sure(console: Console, found: HowSure, focus: Sequence[str]) -> None:
    """Intervals of real income, what they rest on, and how much each source matters."""
    note = f"real income, percent; {_drawn(found)}"
    heading(console, "How sure", note)
    columns = [("", "left"), ("median", "right"), ("50% of draws", "left"), ("90% of draws", "left")]
    columns.append(("sign", "left"))
    known = [code for code in focus if f"real_income/{code}" in found.intervals]
    console.print(table(columns, [_row(code, found.intervals[f"real_income/{code}"]) for code in known]))
    if any(found.influences.values()):
        console.print("\n  Moved most by (share of the variance that goes with it, with its error):")
        console.print(table([("", "left"), ("", "left")], [_moved(code, found) for code in known], shrinks=1))
    console.print("  What varies, by kind:", style="dim")
    kinds: dict[str, list[str]] = {}
    for source in found.sources:
        kinds.setdefault(source.kind, []).append(source.title)
    pairs(console, [(kind, "; ".join(titles)) for kind, titles in kinds.items()])
    for text, times in found.failures[:SHOWN]:
        console.print(f"  {times} of {found.draws} draws failed: {text}")
    if found.draws < found.wanted:
        console.print(
            "  Stopped before all draws were done; the same command goes on from here.", style="bold"
        )


def _row(code: str, drawn: Interval) -> tuple[str, ...]:
    from detente.world.names import economy_title

    return (
        economy_title(code),
        percent(drawn.median),
        between(drawn.low_50, drawn.high_50),
        between(drawn.low_90, drawn.high_90),
        sign(drawn),
    )


def _moved(code: str, found: HowSure) -> tuple[str, str]:
    from detente.world.names import economy_title

    return economy_title(code), most(found.influences.get(code, ()))


def _drawn(found: HowSure) -> str:
    """How many draws, of which none is dropped silently."""
    done = (
        f"{found.draws:,} draws"
        if found.draws == found.wanted
        else f"{found.draws:,} of {found.wanted:,} draws"
    )
    failed = f", {found.failed:,} of them without a solution and not counted" if found.failed else ""
    return f"{done}{failed}, seed {found.seed}"


def sign(drawn: Interval) -> str:
    """How surely the sign of the median is right.

    Examples:
        >>> from detente.studies.uncertainty import Interval
        >>> sign(Interval(0.1, 0.05, 0.2, -0.1, 0.3, 0.93, 96))
        'gain, 93%'
    """
    if percent(drawn.median) == "0":
        return "none"
    word = "gain" if drawn.median > 0.0 else "loss"
    # All draws of a finite number are no certainty.
    return f"{word}, {100.0 * drawn.sign:.0f}%" if drawn.sign < 1.0 else f"{word}, all"


def most(shares: Sequence[Influence]) -> str:
    """What moves an answer most, with its share of the variance and the error of that.

    Examples:
        >>> from detente.studies.uncertainty import Influence
        >>> most([Influence("theory", 0.6, 0.1, 0.7, 0.05), Influence("flows", 0.2, 0.1, 0.3, 0.05)])
        'theory (70% ± 5)'
    """
    from detente.studies.uncertainty import leading

    found = leading(shares)
    if not found:
        return "-"
    return " or ".join(_share(row) for row in found[:2])


def _share(row: Influence) -> str:
    # An estimate above the whole is an error of the estimate.
    return f"{row.factor} ({100.0 * min(row.total, 1.0):.0f}% ± {100.0 * row.total_error:.0f})"
