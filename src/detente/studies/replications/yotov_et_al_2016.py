"""Yotov, Piermartini, Monteiro and Larch (2016), An Advanced Guide to Trade Policy Analysis, chapter 2.

Trade without borders (2006) and NAFTA (1994): 69 economies, manufacturing as one sector. Trade costs are
estimated by PPML (pyfixest, extra `gravity`), then the economies respond: by the Guide's own iteration, whose
digits it prints, and by the engine, which solves the same equations to the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from detente.model import Theory
from detente.studies.replications import yotov_et_al_2016_printed as printed
from detente.studies.replications.replication import Printed, Replication
from detente.studies.replications.structural_gravity import Bilateral, Economy, Effects, fit, respond
from detente.studies.replications.yotov_et_al_2016_costs import Application, borders, nafta, read_trade

__all__ = ["Change", "conditional_exports", "equilibrium", "guide_iteration", "replicate"]

SIGMA = 7.0
# The Guide stops when neither the spread nor the largest of the changes it tests exceeds this (page 107).
GUIDE_TOLERANCE = 0.01
FIGURES = ("exports, conditional", "exports", "real GDP", "factory-gate price", "-(inward resistance)")


class Change(NamedTuple):
    """New over old, (economy,): exports, factory-gate prices and inward resistances, as prices."""

    exports: Economy
    price: Economy
    inward: Economy

    @property
    def real_gdp(self) -> Economy:
        """Output at factory-gate prices over the inward resistance, which is the price of what is bought."""
        return np.asarray(self.price / self.inward)

    @property
    def outward(self) -> Economy:
        """Outward resistances: p_i = (Y_i / Y)^(1 / (1 - sigma)) / Pi_i with Y_i = p_i Q_i."""
        return np.asarray(self.price ** (SIGMA / (1.0 - SIGMA)))


def _exports(trade: Bilateral) -> Economy:
    return np.asarray(trade.sum(axis=0) - np.diagonal(trade))


def conditional_exports(case: Application) -> Economy:
    """Exports with given output and spending, new over old, (economy,): only resistances move (page 106)."""
    after = fit(case.after, case.sold, case.spent).trade(case.after)
    return np.asarray(_exports(after) / _exports(case.fitted()))


def equilibrium(case: Application) -> Change:
    """The full endowment general equilibrium, by the engine; world spending is world output.

    Raises:
        CannotCompute: no equilibrium was found.
    """
    before = case.fitted()
    found = respond(before, case.after / case.before, SIGMA - 1.0, Theory(imbalances="ratio"))
    price = np.asarray(found.log_price)[:, 0]
    anchor = price[case.reference]
    exports = _exports(np.asarray(found.flows)[0]) / np.exp(anchor) / _exports(before)
    return Change(exports, np.exp(np.asarray(found.log_wage) - anchor), np.exp(price - anchor))


def _anchored(effects: Effects, reference: int) -> Effects:
    scale = effects.importer[reference]
    return Effects(effects.importer / scale, effects.exporter * scale)


def guide_iteration(case: Application) -> Iterator[tuple[Economy, Change]]:
    """The Guide's iteration, without end: the changes of prices that it tests, and effects so far.

    Trade moves with the last changes of prices over those of resistances, is fitted again, and gives new
    output, spending in proportion to it, prices and resistances (pages 106-108). Columns of trade do not add
    up to spending, and later passes move away from the equilibrium that they first approach.

    Args:
        case: an application.
    """
    root, at = 1.0 / (1.0 - SIGMA), case.reference
    ratio = case.spent / case.sold
    first = _anchored(fit(case.before, case.sold, case.spent), at)
    last = _anchored(fit(case.after, case.sold, case.spent), at)
    trade, spent_at_reference = last.trade(case.after), case.spent[at]
    price, price_before = (last.exporter / first.exporter) ** root, np.zeros(len(case.sold))
    outward = case.sold * spent_at_reference / last.exporter
    inward = case.spent / (last.importer * spent_at_reference)
    relief = np.ones_like(trade)
    while True:
        trade = trade * price[:, None] * price / relief
        new = _anchored(fit(case.after, trade.sum(axis=0), trade.sum(axis=1)), at)
        trade = new.trade(case.after)
        sold = trade.sum(axis=0)
        spent = ratio * sold
        growth = (new.exporter / last.exporter) / (spent[at] / spent_at_reference)
        new_outward, new_inward = sold * spent[at] / new.exporter, spent / (new.importer * spent[at])
        relief = (new_inward / inward)[:, None] * (new_outward / outward)
        last, spent_at_reference, outward, inward = new, spent[at], new_outward, new_inward
        tested, price_before, price = price - price_before, price, growth**root
        yield tested, _effects_so_far(case, first, last, spent)


def _effects_so_far(case: Application, first: Effects, last: Effects, spent: Economy) -> Change:
    """The Guide's indexes after a pass (page 108): output is the change of prices times its first value."""
    root, at = 1.0 / (1.0 - SIGMA), case.reference
    total = ((last.exporter / first.exporter) / (spent[at] / case.spent[at])) ** root
    inward = spent / (last.importer * spent[at]) / (case.spent / (first.importer * case.spent[at]))
    # Y E t / (P Pi) with its own spending, so that fitted trade is scaled by what output rose.
    shown = last.trade(case.after) * (total * case.spent / spent)[:, None]
    return Change(_exports(shown) / _exports(first.trade(case.before)), total, inward**root)


def _until_it_stops(case: Application) -> list[tuple[Economy, Change]]:
    """Passes of the Guide's iteration up to the one at which it stops."""
    passes = []
    for tested, change in guide_iteration(case):
        passes.append((tested, change))
        if _spread(tested) <= GUIDE_TOLERANCE and abs(tested.max()) <= GUIDE_TOLERANCE:
            break
    return passes


def _spread(tested: Economy) -> float:
    """Standard deviation as the Guide takes it, each economy counted once for every partner."""
    repeated = len(tested) ** 2
    return float(tested.std() * np.sqrt(repeated / (repeated - 1)))


def _passes(
    table: str, passes: Sequence[tuple[Economy, Change]], published: Sequence[Sequence[str]]
) -> list[Printed]:
    """What the Guide's log prints of each pass, beside ours."""
    names = ("mean", "standard deviation", "minimum", "maximum")
    rows = []
    for at, ((tested, _), digits) in enumerate(zip(passes, published, strict=True), start=1):
        values = (tested.mean(), _spread(tested), tested.min(), tested.max())
        rows += [
            Printed(table, f"pass {at}", name, shown, float(value), "ratio")
            for name, shown, value in zip(names, digits, values, strict=True)
        ]
    return rows


def _page_116(table: str, case: Application, change: Change, *, conditional: bool) -> list[Printed]:
    """NAFTA against no NAFTA, percent, in the Guide's columns; prices are its 1 - p."""
    columns = (
        1.0 / conditional_exports(case) - 1.0,
        1.0 / change.exports - 1.0,
        1.0 / change.real_gdp - 1.0,
        1.0 / change.inward - 1.0,
        1.0 / change.outward - 1.0,
        1.0 - change.price,
    )
    return [
        Printed(table, economy, name, printed.NAFTA[economy][place], 100.0 * float(columns[place][at]))
        for at, economy in enumerate(case.economies)
        for place, name in enumerate(printed.COLUMNS)
        if conditional or place
    ]


def _figures(table: str, case: Application, change: Change) -> list[Printed]:
    """What Figures 6 and 7 draw, percent."""
    columns = (
        conditional_exports(case) - 1.0,
        change.exports - 1.0,
        change.real_gdp - 1.0,
        change.price - 1.0,
        1.0 - change.inward,
    )
    return [
        Printed(table, economy, name, None, 100.0 * float(column[at]))
        for at, economy in enumerate(case.economies)
        for name, column in zip(FIGURES, columns, strict=True)
    ]


def replicate(data: Path) -> Replication:
    """The chapter's two applications: estimates, iterations, the table of page 116, Figures 6 and 7.

    Args:
        data: folder with agtpa_applications.rda.

    Raises:
        BadInput: the file, columns of it, or the packages that read and estimate are missing; lists all.
        CannotCompute: no equilibrium was found.
    """
    frame = read_trade(data)
    open_world, without = borders(frame), nafta(frame)
    opened, left = _until_it_stops(open_world), _until_it_stops(without)
    numbers = [*open_world.estimates, *without.estimates]
    numbers += _passes("the Guide's iteration, no borders (log)", opened, printed.BORDER_ITERATIONS)
    numbers += _passes("the Guide's iteration, NAFTA (log)", left, printed.NAFTA_ITERATIONS)
    numbers += _page_116("page 116: NAFTA, the Guide's iteration", without, left[-1][1], conditional=True)
    exact = equilibrium(without)
    numbers += _page_116("page 116: NAFTA, solved to the end", without, exact, conditional=False)
    numbers += _figures("Figures 6 and 7: no borders, solved to the end", open_world, equilibrium(open_world))
    return Replication(
        paper=(
            "Yotov, Y. V., R. Piermartini, J.-A. Monteiro and M. Larch (2016), An Advanced Guide to Trade "
            "Policy Analysis: The Structural Gravity Model, UNCTAD and WTO, chapter 2"
        ),
        inputs="the Guide's data: manufacturing trade of 69 economies, own sales included, 1986-2006",
        numbers=tuple(numbers),
        notes=(
            "The Guide's iteration stops when prices still move by half a percent between passes; solved to "
            "the end, its equations give other digits: see replications/yotov-et-al-2016/differences.md.",
        ),
    )
