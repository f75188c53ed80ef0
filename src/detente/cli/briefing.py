"""What a scenario says, before any result: who does what to whom, how much trade is hit, what is doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from detente.cli.console import heading, pairs, table
from detente.cli.numbers import share, usd, usd_billion

if TYPE_CHECKING:
    from rich.console import Console

    from detente.outcome.summary import MeasureChanges
    from detente.policy import Brief, MeasureBrief

__all__ = ["print_changes", "print_measures", "print_pairs", "print_remarks", "print_title"]

# More pairs than these are counted, not listed.
PAIRS_SHOWN = 12
SECTORS_SHOWN = 8
MEASURES_SHOWN = 15
LARGEST_SHOWN = 5


def print_title(console: Console, brief: Brief) -> None:
    """Title, description and what it is measured against."""
    console.print(brief.title, style="bold")
    if brief.description:
        console.print(brief.description)


def print_measures(console: Console, measures: Sequence[MeasureBrief], vintage: int, full: bool) -> None:
    """One paragraph a measure; with its source, sectors and notes if `full`."""
    for measure in measures:
        console.print()
        console.print(f"  {measure.id}", style="cyan")
        rows = [("", measure.sentence), ("trade hit", _trade_hit(measure, vintage))]
        rows += [("uncertain" if n == 0 else "", text) for n, text in enumerate(measure.uncertain)]
        if full:
            rows += [("by sector", _sectors(measure)), ("found by", measure.covered)]
            rows += [("source", measure.source), ("", measure.url), ("note", measure.note)]
        rows += [("caution" if number == 0 else "", mark) for number, mark in enumerate(measure.marks)]
        pairs(console, [row for row in rows if row[1]], label=9)


def _sectors(measure: MeasureBrief) -> str:
    shown = measure.by_sector[:SECTORS_SHOWN]
    text = "; ".join(f"{code} {usd(value)}" for code, value in shown)
    rest = len(measure.by_sector) - len(shown)
    return f"{text}; and {rest} more" if rest else text


def _trade_hit(measure: MeasureBrief, vintage: int) -> str:
    text = f"{usd(measure.trade_hit)} a year (flows of {vintage})"
    return f"{text}, {share(measure.share_of_goods_trade)} of this trade in goods"


def _print_some(console: Console, measures: Sequence[MeasureBrief], vintage: int) -> None:
    if len(measures) > MEASURES_SHOWN:
        _print_many(console, measures)
    else:
        print_measures(console, measures, vintage, full=False)


def _print_many(console: Console, measures: Sequence[MeasureBrief]) -> None:
    """How many are whose, and the largest; the rest is a question to `detente explain`."""
    whose = Counter(", ".join(measure.importers) or "all" for measure in measures)
    counts = "; ".join(f"{count} of {names}" for names, count in whose.most_common(LARGEST_SHOWN))
    largest = sorted(measures, key=lambda measure: -measure.trade_hit)[:LARGEST_SHOWN]
    rows = [("", f"{len(measures)} measures, by importer: {counts}. The largest by trade:")]
    rows += [("-", f"{measure.sentence} {_hits(measure)}") for measure in largest]
    rows.append(("", "The others: detente explain, with the name of the scenario."))
    pairs(console, rows, label=1)


def _hits(measure: MeasureBrief) -> str:
    if measure.trade_hit <= 0.0 and measure.spared > 0.0:
        return (
            f"All of its {usd(measure.spared)} a year is spared: suspended, exempt, or under another measure."
        )
    return f"Hits {usd(measure.trade_hit)} a year."


def print_changes(console: Console, changes: MeasureChanges, against: str, vintage: int) -> None:
    """What the scenario adds, changes and ends, against its reference."""
    if changes.new:
        heading(console, f"New or changed, against {against}")
        _print_some(console, changes.new, vintage)
    if changes.ended:
        heading(console, f"In {against}, and no longer in force or replaced")
        _print_some(console, changes.ended, vintage)
    if changes.unchanged:
        heading(console, "In both, unchanged")
        if len(changes.unchanged) > MEASURES_SHOWN:
            _print_many(console, changes.unchanged)
        else:
            rows = [("-", f"{measure.sentence} {_hits(measure)}") for measure in changes.unchanged]
            pairs(console, rows, label=1)
    if not (changes.new or changes.ended):
        heading(console, f"Nothing differs from {against}")


def print_pairs(console: Console, brief: Brief) -> None:
    """Trade hit and average tariffs by importer and exporter, overlaps counted once."""
    if not brief.pairs:
        return
    heading(
        console,
        "Trade hit between economies, all measures together",
        f"USD bn a year, flows of {brief.vintage}; average tariff on goods at unchanged trade, percent",
    )
    columns = [("importer", "left"), ("exporter", "left"), ("trade hit\nUSD bn", "right")]
    columns += [("all goods\nUSD bn", "right"), ("tariff\nbefore, %", "right"), ("tariff\nafter, %", "right")]
    rows = [
        (
            pair.importer,
            pair.exporter,
            usd_billion(pair.trade_hit),
            usd_billion(pair.goods_trade),
            share(pair.tariff_before).rstrip("%"),
            share(pair.tariff_after).rstrip("%"),
        )
        for pair in brief.pairs[:PAIRS_SHOWN]
    ]
    console.print(table(columns, rows))
    if len(brief.pairs) > PAIRS_SHOWN:
        rest = brief.pairs[PAIRS_SHOWN:]
        hit = usd(sum(pair.trade_hit for pair in rest))
        console.print(f"  and {len(rest)} more pairs, {hit} hit")


def print_remarks(console: Console, brief: Brief, notices: Sequence[str]) -> None:
    """What is known and not simulated, and what was adjusted to fit."""
    if brief.left_out:
        heading(console, "Known, and not simulated")
        pairs(console, [("-", text) for text in brief.left_out], label=1)
    if notices:
        heading(console, "Notices")
        pairs(console, [("-", text) for text in notices], label=1)
    if brief.not_in_force:
        heading(console, f"In the file, and not in force on {brief.date}")
        pairs(console, [("-", text) for _, text in brief.not_in_force], label=1)
