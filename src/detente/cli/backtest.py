"""`detente backtest`: predictions of dated measures beside the trade that followed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, pairs, table, working

if TYPE_CHECKING:
    from rich.console import Console

    from detente.studies.backtest import BackTest, Compared, Row

__all__ = ["backtest"]

MEASURES = ("share", "relative", "official")


def backtest(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Such as [b]us-china-2018[/b]; none lists them.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Tables of trade before and after.")
    ] = None,
    measure: Annotated[
        str,
        typer.Option(
            help="Shown by sector: change of the [b]share[/b] of imports, [b]relative[/b] or [b]official[/b]."
        ),
    ] = "share",
) -> None:
    """Check intervals against history: how many of them hold what happened, good or bad.

    Example:  [b]detente backtest us-china-2018 --data shared/data[/b]
    """
    from detente.errors import BadInput, Problem, nearest
    from detente.model import keep_compiled
    from detente.studies.backtest import BACKTESTS, TITLES

    console = answers()
    if name is None:
        pairs(console, list(TITLES.items()), label=14)
        return
    problems = []
    if name not in BACKTESTS:
        problems.append(Problem(f"no back-test '{name}'", remedy=nearest(name, list(BACKTESTS))))
    if measure not in MEASURES:
        remedy = nearest(measure, MEASURES)
        problems.append(Problem(f"no measure '{measure}'", field="measure", remedy=remedy))
    if problems:
        raise BadInput(problems)
    keep_compiled()
    with working().status("solving", spinner="line"):
        found = BACKTESTS[name](data)
    if measure not in (there := [compared.measure for compared in found.compared]):
        message = f"{name} has no measure '{measure}'"
        raise BadInput(Problem(message, field="measure", remedy=nearest(measure, there)))
    _print(console, found, measure)


def _print(console: Console, found: BackTest, measure: str) -> None:
    console.print(found.title, style="bold")
    console.print(found.question)
    shown = next(compared for compared in found.compared if compared.measure == measure)
    _flows(console, found, shown)
    heading(console, "Flows whose 90% interval holds what happened")
    for compared in found.compared:
        _coverage(console, found, compared)
    pairs(console, [(band.name, band.meaning) for band in found.bands], label=18)
    if shown.variants:
        _fits(console, shown)
    if found.totals:
        _totals(console, found)
    if found.rates:
        _rates(console, found)
    console.print()
    said = [*found.inputs, *found.notes]
    if found.draws:
        said.append(f"{found.draws} draws, of which {found.failed} found no equilibrium")
    pairs(console, [("-", text) for text in said], label=1)


def _flows(console: Console, found: BackTest, compared: Compared) -> None:
    """Every flow, one table for each direction."""
    for importer, exporter in dict.fromkeys((row.importer, row.exporter) for row in compared.rows):
        shown = [at for at, band in enumerate(found.bands) if band.shown]
        columns = [("", "left"), ("added\nduty", "right"), ("seen", "right"), ("predicted", "right")]
        for at in shown:
            columns += [("90%, " + _halved(found.bands[at].name), "right"), ("", "left")]
        rows = [row for row in (*compared.rows, *compared.sums) if row.importer == importer]
        heading(console, f"{importer} from {exporter}", f"{compared.meaning}, percent")
        console.print(table(columns, [_cells(row, shown) for row in rows], shrinks=0))


def _halved(name: str) -> str:
    """A name of several words on two lines."""
    first, _, rest = name.partition(" ")
    return f"{first}\n{rest}" if rest else first


def _cells(row: Row, shown: list[int]) -> tuple[str, ...]:
    cells = [row.sector, f"{100 * row.duty:.1f}", _percent(row.observed), _percent(row.predicted)]
    for at in shown:
        low, high = row.bands[at]
        cells += [f"{_percent(low)} to {_percent(high)}", "in" if row.inside(at) else "out"]
    return tuple(cells)


def _percent(log_change: float) -> str:
    return f"{100 * math.expm1(log_change):+.0f}"


def _coverage(console: Console, found: BackTest, compared: Compared) -> None:
    importers = list(dict.fromkeys(row.importer for row in compared.rows))
    columns = [("", "left"), ("all", "right"), *((f"into {name}", "right") for name in importers)]
    columns += [("part", "right"), ("median width\nlog points", "right")]
    rows = []
    for at, band in enumerate(found.bands):
        inside, count = compared.coverage(at)
        by = [compared.coverage(at, name) for name in importers]
        cells = [f"{held} of {total}" for held, total in ((inside, count), *by)]
        rows.append((band.name, *cells, f"{inside / count:.0%}", f"{compared.width(at):.2f}"))
    console.print(f"  {compared.meaning}", style="dim")
    console.print(table(columns, rows, shrinks=0))


def _fits(console: Console, compared: Compared) -> None:
    """One line for each choice: slopes over all flows and by importer, and how far off predictions are."""
    heading(
        console,
        "What was seen, on what was predicted",
        f"{compared.meaning}, log points. Slope: 1 is right; in parentheses its standard error if flows were "
        f"independent; with what happened to {compared.pairs} other pairs of economies in the place of what "
        f"was seen, slopes have a standard deviation of {compared.ordinary_slope:.2f}. Error: root mean "
        "square.",
    )
    directions = [name for name, _ in compared.variants[0].fits]
    columns = [("", "left"), *((f"slope,\n{name}", "right") for name in directions)]
    columns += [("same\nsign", "right"), ("error", "right")]
    rows = []
    for variant in compared.variants:
        fits = dict(variant.fits)
        slopes = [f"{fits[name].slope:+.2f} ({fits[name].slope_error:.2f})" for name in directions]
        whole = fits[directions[0]]
        said = (f"{whole.same_sign:.0%}", f"{whole.error:.2f}")
        rows.append((variant.name, *slopes, *said))
    console.print(table(columns, rows, shrinks=0))
    default = compared.variants[0]
    columns = [(default.name, "left"), ("predicted", "right"), ("seen", "right"), ("same\nsign", "right")]
    columns += [("correlation", "right"), ("error", "right"), ("error of\nno change", "right")]
    rows = [
        (
            name,
            f"{one.predicted:+.2f}",
            f"{one.observed:+.2f}",
            f"{one.same_sign:.0%}",
            f"{one.correlation:+.2f}",
            f"{one.error:.2f}",
            f"{one.error_of_nothing:.2f}",
        )
        for name, one in default.fits
    ]
    console.print(table(columns, rows, shrinks=0))


def _totals(console: Console, found: BackTest) -> None:
    title = "All goods by official statistics, beside the tables"
    heading(console, title, "USD billion; the tables are without fuels")
    columns = [("", "left"), ("before", "right"), ("after", "right"), ("change", "right")]
    columns += [("tables: before", "right"), ("after", "right"), ("change", "right")]
    rows = [
        (
            f"{total.importer} from {total.exporter}",
            f"{total.before:.1f}",
            f"{total.after:.1f}",
            f"{total.after / total.before - 1:+.0%}",
            f"{total.before_here:.1f}",
            f"{total.after_here:.1f}",
            f"{total.after_here / total.before_here - 1:+.0%}",
        )
        for total in found.totals
    ]
    console.print(table(columns, rows, shrinks=0))
    pairs(console, [("-", total.source) for total in found.totals], label=1)


def _rates(console: Console, found: BackTest) -> None:
    title = "Added duties by sector, beside mean rates of lists by HS6 line"
    heading(console, title, "percent; means over sectors of goods, lines unweighted")
    columns = [("", "left"), ("here", "right"), ("lists", "right"), ("mean distance", "right")]
    columns += [("correlation", "right")]
    rows = [
        (
            f"{rates.importer} on {rates.exporter}",
            f"{100 * rates.here:.1f}",
            f"{100 * rates.listed:.1f}",
            f"{100 * rates.apart:.1f}",
            f"{rates.correlation:+.2f}",
        )
        for rates in found.rates
    ]
    console.print(table(columns, rows, shrinks=0))
