"""The answer on paper: economies in focus, trade between them, sectors that gain and lose most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from detente.arrays import quantities
from detente.cli.certainty import print_how_sure
from detente.cli.console import heading, pairs, table
from detente.cli.numbers import between, percent, roughly, usd_billion, usd_million

if TYPE_CHECKING:
    from rich.console import Console

    from detente.model import Theory
    from detente.outcome import Outcome
    from detente.outcome.summary import EconomyRow, SectorRow, Summary
    from detente.studies.uncertainty import HowSure, Interval

__all__ = ["print_answer", "print_theory"]

# Columns from which five economies fit side by side.
WIDE = 104
TITLE = 14
MEDIAN, BAND = "  median of draws", "  90% of draws"
# Parts of real income, shown below it.
PARTS = (
    "terms_of_trade",
    "volume_of_trade",
    "efficiency",
    "subsidised_volume",
    "scale_and_variety",
    "profit_shifting",
    "labour_supplied",
    "trade_imbalances",
    "second_order",
)


Drawn = Mapping[str, "Interval"]


def print_answer(
    console: Console,
    outcome: Outcome,
    summary: Summary,
    certainty: HowSure | None = None,
    goes_on: bool = True,
) -> None:
    """Every table of the short answer, with 90 percent intervals where there are draws.

    Args:
        console: where.
        outcome, summary: the point answer.
        certainty: what draws say; None without any.
        goes_on: whether draws are kept where the same command finds them.
    """
    drawn: Drawn = {} if certainty is None else certainty.intervals
    against = "the baseline" if outcome.against == "baseline" else outcome.against
    basis = f"{outcome.scenario} against {against}, {outcome.world.name}"
    if outcome.world.estimated:
        basis += f" ({'; '.join(outcome.world.estimated)})"
    print_theory(console, outcome)
    heading(console, "In short", _in_short(summary, drawn))
    if outcome.cautions:
        console.print("  Do not quote these numbers before reading why they are in doubt:", style="bold")
        for text in outcome.cautions:
            console.print(f"  -  {text}")
    if certainty is not None:
        print_how_sure(console, certainty, summary.focus, goes_on)
    _print_economies(console, summary, basis, drawn)
    if summary.limits:
        _print_limits(console, summary)
    _print_exports(console, summary, basis, drawn)
    if summary.groups:
        _print_groups(console, outcome, summary)
    for code in summary.focus:
        _print_sectors(console, summary, code, drawn)
    if any(summary.helped[code] or summary.hurt[code] for code in summary.focus):
        console.print(f"  {_sectors_note(outcome.theory)}", style="dim")


def print_theory(console: Console, outcome: Outcome) -> None:
    """What is assumed of how economies respond, where it is not the standard theory."""
    from detente.model import Theory

    if outcome.theory != Theory():
        heading(console, "Theory")
        pairs(
            console,
            [("", f"{outcome.theory.describe()}."), *(("-", text) for text in outcome.theory_notes)],
            1,
        )


def _print_economies(console: Console, summary: Summary, basis: str, drawn: Drawn) -> None:
    from detente.world.names import economy_title

    heading(console, "What it does to economies", basis)
    columns_each = 3 if console.width < WIDE else 5
    if drawn:
        columns_each -= 1
    for first in range(0, len(summary.focus), columns_each):
        part = range(first, min(first + columns_each, len(summary.focus)))
        codes = summary.focus[part.start : part.stop]
        heads = [("", "left"), *((f"{_short(economy_title(code))}\n{code}", "right") for code in codes)]
        rows = []
        for row in summary.rows:
            rows.append((_label(row), *(_cell(row, at) for at in part)))
            bands = [drawn.get(f"{row.quantity}/{code}") for code in codes]
            if row.quantity not in PARTS and not all(map(_nothing, bands)):
                signed = _signed(row.quantity)
                rows.append((MEDIAN, *(_median(band, row.unit, signed) for band in bands)))
                rows.append((BAND, *(_band(band, row.unit, signed) for band in bands)))
        console.print(table(heads, rows))
        if part.stop < len(summary.focus):
            console.print()
    console.print(
        "  Prices and values against the world's mean wage; ~0: nonzero, below 0.000005.",
        style="dim",
    )


def _nothing(found: Interval | None) -> bool:
    """Whether draws have nothing to add to a number."""
    return found is None or found.low_90 == found.high_90 == 0.0


def _median(found: Interval | None, unit: str, signed: bool) -> str:
    """The middle of draws, in the unit that the number is shown in."""
    if found is None:
        return "-"
    return percent(found.median) if unit == "percent" else usd_billion(found.median, signed)


def _band(found: Interval | None, unit: str, signed: bool = True) -> str:
    """The middle nine tenths of draws, in the unit that the number is shown in."""
    if found is None:
        return "-"
    if found.low_90 == found.high_90 == 0.0:
        return "0"
    if unit == "percent":
        return between(found.low_90, found.high_90)
    return f"{usd_billion(found.low_90, signed)} to {usd_billion(found.high_90, signed)}"


def _signed(quantity: str) -> bool:
    """Whether a quantity in USD is a change, and not a level."""
    return quantity.endswith("_value")


def _in_short(summary: Summary, drawn: Drawn) -> str:
    """Who gains and who loses, in one sentence."""
    from detente.world.names import economy_title

    values = {row.quantity: row.values for row in summary.rows}
    parts = []
    for at, code in enumerate(summary.focus):
        change, value = values["real_income"][at], values["real_income_value"][at]
        if percent(change) == "0":
            parts.append(f"nothing changes for {economy_title(code)}")
            continue
        verb = "gains" if change > 0 else "loses"
        found = drawn.get(f"real_income/{code}")
        band = f"; {_drawn(found)}" if found else ""
        parts.append(f"{economy_title(code)} {verb} about {roughly(value, change)} of its real income{band})")
    return f"{'; '.join(parts)}."


def _drawn(found: Interval) -> str:
    return f"median of draws {percent(found.median)}%, 90% of them {between(found.low_90, found.high_90)}%"


def _short(title: str) -> str:
    """A title that leaves room for numbers; the code below it says the rest."""
    return title if len(title) <= TITLE else ""


def _label(row: EconomyRow) -> str:
    quantity = quantities()[row.quantity]
    name = quantity.label.removesuffix(", value")
    unit = "%" if row.unit == "percent" else "USD bn a year"
    return f"  {name.lower()}, {unit}" if row.quantity in PARTS else f"{name}, {unit}"


def _cell(row: EconomyRow, at: int) -> str:
    if row.unit == "percent":
        return percent(row.values[at])
    return usd_billion(row.values[at], _signed(row.quantity))


def _print_limits(console: Console, summary: Summary) -> None:
    heading(console, "Quotas, restraints and commitments", "rents in USD million a year")
    columns = [("", "left"), ("regime", "left"), ("used\n%", "right"), ("premium\n%", "right")]
    columns += [("importer's\nrent", "right"), ("exporter's\nrent", "right")]
    rows = [
        (
            limit.name,
            limit.regime,
            "-" if limit.used is None else f"{100.0 * limit.used:.1f}",
            "-" if limit.premium is None else percent(100.0 * (limit.premium - 1.0)),
            usd_million(limit.importer_rent, sign=True),
            usd_million(limit.exporter_rent, sign=True),
        )
        for limit in summary.limits
    ]
    console.print(table(columns, rows))


def _print_exports(console: Console, summary: Summary, basis: str, drawn: Drawn) -> None:
    heading(console, "Exports of goods and services", f"USD bn a year before duties; {basis}")
    columns = [("from", "left"), ("to", "left"), ("before\nUSD bn", "right"), ("after\nUSD bn", "right")]
    columns += [("change\nUSD bn", "right"), ("change\n%", "right")]
    if drawn:
        columns.append(("90% of draws\n%", "right"))
    rows = [
        (
            row.exporter,
            row.importer,
            usd_billion(row.reference),
            usd_billion(row.scenario),
            usd_billion(row.change, sign=True),
            percent(row.percent),
            *(
                [_band(drawn.get(f"exports_change/{row.exporter}>{row.importer}"), "percent")]
                if drawn
                else []
            ),
        )
        for row in summary.exports
    ]
    console.print(table(columns, rows))


def _print_sectors(console: Console, summary: Summary, code: str, drawn: Drawn) -> None:
    from detente.world.names import economy_title

    heading(console, f"Sectors of {economy_title(code)}: most helped, then most hurt")
    helped, hurt = summary.helped[code], summary.hurt[code]
    if not (helped or hurt):
        console.print("  No sector's value added changes by as much as USD 0.5 million a year.")
        return
    columns = [("sector", "left"), ("value added,\nUSD million", "right")]
    if drawn:
        columns.append(("90% of\ndraws", "right"))
    columns.append(("output\nvolume, %", "right"))
    columns.append(("output\nvalue, %", "right"))
    first = (helped or hurt)[0]
    if first.real_pay is not None:
        columns.append(("real\npay, %", "right"))
    if first.firms is not None:
        columns.append(("number of\nfirms, %", "right"))
    gap = [("",) * len(columns)] if helped and hurt else []
    cells = [[_sector(row, code, drawn) for row in rows] for rows in (helped, hurt)]
    console.print(table(columns, [*cells[0], *gap, *cells[1]]))


def _sector(row: SectorRow, code: str, drawn: Drawn) -> tuple[str, ...]:
    found = drawn.get(f"value_added_volume/{code}.{row.sector}")
    band = (
        f"{usd_million(found.low_90, sign=True)} to {usd_million(found.high_90, sign=True)}" if found else "-"
    )
    extra = (value for value in (row.real_pay, row.firms) if value is not None)
    return (
        f"{row.title} ({row.sector})",
        usd_million(row.value_added, sign=True),
        *([band] if drawn else []),
        percent(row.output_volume),
        percent(row.output),
        *map(percent, extra),
    )


def _sectors_note(theory: Theory) -> str:
    volumes = "Value added and output volume are at the prices of the reference."
    if theory.labour == "mobile":
        return (
            f"{volumes} Nothing is tied\n"
            "  to a place in this model: extraction moves more than it could in practice."
        )
    return f"{volumes}\n  Real pay is what a sector pays for the same work, over consumer prices."


def _print_groups(console: Console, outcome: Outcome, summary: Summary) -> None:
    from detente.world.names import economy_title

    notes = () if outcome.groups is None else outcome.groups.notes
    mark = " (estimated, see Theory)" if any("estimated" in note for note in notes) else ""
    for code in dict.fromkeys(row.economy for row in summary.groups):
        heading(
            console,
            f"Workers of {economy_title(code)}, by group{mark}",
            "real pay is earnings per worker over consumer prices; public revenue is not in it",
        )
        columns = [("group", "left"), ("real pay\n%", "right"), ("the same,\nUSD million a year", "right")]
        rows = [
            (row.group, percent(row.pay), usd_million(row.value, sign=True))
            for row in summary.groups
            if row.economy == code
        ]
        console.print(table(columns, rows))
