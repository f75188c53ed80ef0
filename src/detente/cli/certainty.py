"""How sure an answer is, on paper: intervals, the sign, and what moves the answer most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from detente.cli.console import heading, pairs, table
from detente.cli.numbers import between, off, percent

if TYPE_CHECKING:
    from rich.console import Console

    from detente.studies.uncertainty import HowSure, Influence, Interval, IntervalErrors, Source

__all__ = [
    "NOTHING_VARIES",
    "OVERLAP",
    "most",
    "print_how_sure",
    "print_sources",
    "share",
    "sign",
    "stopped",
    "unknown",
]

# Kinds of failure that are told one by one.
SHOWN = 3
# Letters of a name that leave room for the rest of a row.
TITLE = 14
NOTHING_VARIES = "Nothing of what was asked to vary varies in this world: no interval can be given."
OVERLAP = (
    "  Shares in all overlap where sources act together: they may sum to over 100%.\n"
    "  Estimates below 0 or above 100% are shown as 0 or 100."
)


def print_how_sure(console: Console, found: HowSure, focus: Sequence[str], goes_on: bool = True) -> None:
    """Intervals of real income, what they rest on, and how much each source matters.

    Args:
        console: where.
        found: what draws say.
        focus: codes of economies.
        goes_on: whether draws are kept where the same command finds them.
    """
    if not found.sources:
        heading(console, "How sure", NOTHING_VARIES)
        return
    heading(console, "How sure", f"real income, percent; {_drawn(found)}")
    known = [code for code in focus if f"real_income/{code}" in found.intervals]
    if known:
        _print_intervals(console, found, known)
        _print_movers(console, found, known)
    print_sources(console, found.sources)
    if found.failures:
        _print_failures(console, found)
    if found.draws < found.wanted:
        console.print(f"  {stopped(goes_on)}", style="bold")


def stopped(goes_on: bool) -> str:
    """That not all draws were done, and whether those that were are kept.

    Examples:
        >>> stopped(False)
        'Stopped before all draws were done; they are not kept.'
    """
    what = "the same command goes on from here" if goes_on else "they are not kept"
    return f"Stopped before all draws were done; {what}."


def _print_intervals(console: Console, found: HowSure, known: Sequence[str]) -> None:
    from detente.studies.uncertainty import HELD

    columns = [("", "left"), ("median", "right"), ("50% of draws", "left"), ("90% of draws", "left")]
    rows = []
    for code in known:
        rows.append(_row(code, found.intervals[f"real_income/{code}"]))
        if code in found.errors:
            rows.append(_errors(found.errors[code]))
    console.print(table([*columns, ("sign", "left")], rows))
    if found.errors:
        note = "sign: that of the median, and how many draws have it; error: standard error."
    else:
        note = f"Few draws: intervals are rough; their errors are told from {found.enough:,} draws on."
    held = HELD[any(source.name == "theory" for source in found.sources)]
    console.print(
        f"  {note}\n  Intervals are of what the measures do and no forecasts: of tariffs of 2018-19,\n"
        f"  {held.inside} of {held.of} 90% intervals (errors of data left out) held what happened, see\n"
        "  docs/backtest.md.",
        style="dim",
    )


def _print_movers(console: Console, found: HowSure, known: Sequence[str]) -> None:
    if not any(found.influences.values()):
        console.print(f"\n  {unknown(found.draws, found.enough)}")
        return
    console.print("\n  Moved most by (share of the variance in all, and its error):", style="dim")
    console.print(table([("", "left"), ("", "left")], [_moved(code, found) for code in known], shrinks=1))
    console.print(OVERLAP, style="dim")


def unknown(draws: int, enough: int) -> str:
    """Why no shares of variance are told.

    Examples:
        >>> unknown(12, 48), unknown(96, 48)
        ('Too few draws to say what moves it: give --draws 48 or more.', 'Too many draws failed to say what moves it.')
    """  # noqa: E501
    if draws < enough:
        return f"Too few draws to say what moves it: give --draws {enough:,} or more."
    return "Too many draws failed to say what moves it."


def print_sources(console: Console, sources: Sequence[Source]) -> None:
    """What varies: names as shares have them, kinds, and what they are."""
    console.print("\n  What varies:", style="dim")
    rows = [(source.name, source.kind, source.title) for source in sources]
    console.print(table([("", "left")] * 3, rows, shrinks=2))


def _print_failures(console: Console, found: HowSure) -> None:
    console.print(
        f"\n  {found.failed:,} of {found.draws:,} draws have no solution. Which ones fail is not chance "
        "(often low\n  elasticities): intervals leave out what they would have said."
    )
    pairs(
        console,
        [("-", f"{row.draws:,} {row.status}, such as: {row.example}") for row in found.failures[:SHOWN]],
        1,
    )


def _row(code: str, drawn: Interval) -> tuple[str, ...]:
    from detente.world.names import economy_title

    title = economy_title(code)
    return (
        title if len(title) <= TITLE else code,
        percent(drawn.median),
        between(drawn.low_50, drawn.high_50),
        between(drawn.low_90, drawn.high_90),
        sign(drawn),
    )


def _errors(found: IntervalErrors) -> tuple[str, ...]:
    """Standard errors under what they are of."""
    return (
        "  error",
        off(found.median),
        f"{off(found.low_50)} to {off(found.high_50)}",
        f"{off(found.low_90)} to {off(found.high_90)}",
        # All draws agree: how many others would not, they cannot say.
        f"±{100.0 * found.sign:.0f}%" if found.sign > 0.0 else "",
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
    failed = f", {found.failed:,} of them failed" if found.failed else ""
    return f"{done} in {found.blocks:,} blocks{failed}, seed {found.seed}"


def sign(drawn: Interval) -> str:
    """How surely the sign of the median is right.

    Examples:
        >>> from detente.studies.uncertainty import Interval
        >>> sign(Interval(0.1, 0.05, 0.2, -0.1, 0.3, 0.93, 96))
        '+ in 93%'
    """
    if percent(drawn.median) == "0":
        return "none"
    mark = "+" if drawn.median > 0.0 else "-"
    if drawn.sign == 1.0:
        # All draws of a finite number are no certainty.
        return f"{mark} in all"
    return f"{mark} in {min(100.0 * drawn.sign, 99.0):.0f}%"


def most(shares: Sequence[Influence]) -> str:
    """What moves an answer most, with its share of the variance and the error of that.

    Examples:
        >>> from detente.studies.uncertainty import Influence
        >>> rows = [Influence("theory", 0.6, 0.1, 0.7, 0.05), Influence("flows", 0.2, 0.1, 0.3, 0.05)]
        >>> most(rows)
        'theory 70% ± 5'
        >>> most([rows[0], Influence("tariffs", 0.6, 0.2, 0.65, 0.2)])
        'theory 70% ± 5, not told apart from tariffs 65% ± 20'
    """
    from detente.studies.uncertainty import leading

    found = leading(shares)
    if not found:
        return "nothing: all draws agree"
    said = [f"{row.factor} {share(row.total)}% ± {share(row.total_error)}" for row in found]
    if len(said) == 1:
        return said[0]
    return f"{said[0]}, not told apart from {' and '.join(said[1:3])}"


def share(fraction: float, decimals: int = 0) -> str:
    """A share of variance or its error, in percent without the unit, within 0 to 100.

    Examples:
        >>> share(1.506), share(-0.02), share(0.178)
        ('100', '0', '18')
    """
    return f"{100.0 * min(max(fraction, 0.0), 1.0):.{decimals}f}"
