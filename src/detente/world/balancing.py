"""One treatment of what published tables contain and a model cannot hold.

Published tables have negative final demand (drawn-down inventories), sectors that produce nothing but buy
inputs, flows of less than a dollar, rows that miss their recorded output by rounding, and sectors that pay
more for inputs than they sell. `balance` treats all of them, in the order of the list below, and reports
what it changed. Every sector's sales keep their total; only rows below `NO_OUTPUT` vanish. Sales of one
sector to one importer keep their total too, unless that total itself is negative or below `TINY_FLOW`.

1. Input use is scaled to the purchases from all origins where the two differ; purchases that no sector is
   known to use become final demand.
2. Negative final demand. What buyers in an economy took from stocks was not bought this year: the shortfall
   is taken from the same economy's purchases of inputs from the same seller. Where these do not suffice,
   the flow is zero and the rest of the seller's sales shrink in proportion, which keeps the seller's total.
3. Tiny flows become zero; the rest of the seller's sales grow in proportion.
4. A sector without output buys nothing: its inputs become final demand of its economy.
5. Value added below a floor: the sector's inputs are scaled down to the floor; what it no longer buys becomes
   final demand of its economy, from the same sellers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detente.arrays import Bilateral, ByEconomySector, InputUse
from detente.errors import BadInput, Problem

__all__ = [
    "NO_OUTPUT",
    "TINY_FLOW",
    "VALUE_ADDED_FLOOR",
    "Balanced",
    "Change",
    "balance",
    "conform_input_use",
]

TINY_FLOW = 1e-6
"""USD million a year: one dollar. Smaller flows are artefacts of balancing at the publisher."""

NO_OUTPUT = 1e-2
"""USD million a year: sectors that sell less than 10,000 dollars do not exist."""

NEGATIVE_ROUNDING = 5.0
"""USD million a year: a table in whole millions records sectors without output as sums this far below
zero."""

VALUE_ADDED_FLOOR = 0.01
"""Least share of value added in output: below it, a small change of input prices has no bounded answer."""

_INPUT_GAP = 1e-9


@dataclass(frozen=True)
class Change:
    """One kind of change made by `balance`.

    Attributes:
        what: the kind, in words.
        cells: number of cells treated.
        value: USD million a year moved, in absolute terms.

    Examples:
        >>> print(Change("negative final demand", 3, 12.5))
        negative final demand: 3 cells, USD 12.5 million
    """

    what: str
    cells: int
    value: float

    def __str__(self) -> str:
        return f"{self.what}: {self.cells} cells, USD {self.value:,.6g} million"


@dataclass(frozen=True, eq=False)
class Balanced:
    """Flows that satisfy every accounting identity of a World, USD million a year.

    Attributes:
        intermediate_flows: (sector, importer, exporter).
        final_flows: (sector, importer, exporter).
        input_use: (economy, input, sector).
        changes: what was treated; empty for a table that needed nothing.
    """

    intermediate_flows: Bilateral
    final_flows: Bilateral
    input_use: InputUse
    changes: tuple[Change, ...]


def balance(
    intermediate_flows: Bilateral,
    final_flows: Bilateral,
    input_use: InputUse,
    tariff_factor: Bilateral | None = None,
    value_added_floor: float = VALUE_ADDED_FLOOR,
    labels: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Balanced:
    """Treat negative, tiny and inconsistent cells; the module's text has the rules and what they conserve.

    Args:
        intermediate_flows: sales to firms, (sector, importer, exporter), USD million a year.
        final_flows: sales to final demand, (sector, importer, exporter), USD million a year.
        input_use: inputs by producing sector, (economy, input, sector), USD million a year.
        tariff_factor: 1 + tariff, (sector, importer, exporter); the floor of value added is net of duties.
        value_added_floor: least share of value added in output.
        labels: economies and sectors, for messages; positions from 0 if left out.

    Raises:
        BadInput: shapes do not fit, numbers that are not finite, a sector whose sales sum to less than zero,
            an economy without final demand.

    Examples:
        >>> firms, households = np.array([[[4.0]]]), np.array([[[-1.0]]])
        >>> balanced = balance(firms, households + 7.0, np.array([[[5.0]]]))
        >>> print(*balanced.changes)
        input use against purchases: 1 cells, USD 1 million
        >>> float(balanced.input_use.sum())
        4.0
    """
    economies, sectors = labels or (range(len(input_use)), range(len(intermediate_flows)))
    _refuse_unusable(intermediate_flows, final_flows, input_use, economies, sectors)
    firms = np.array(intermediate_flows, dtype=np.float64)
    final = np.array(final_flows, dtype=np.float64)
    use = np.array(input_use, dtype=np.float64)
    factor = np.ones_like(firms) if tariff_factor is None else np.asarray(tariff_factor)

    changes = [
        *_drop_negative_input_use(use),
        *_conform(firms, final, use),
        *_net_negative_sales(firms, final),
        *_drop_tiny_sales(firms, final),
    ]
    # Purchases fell by what was taken from stocks: input use follows, in proportion.
    _conform(firms, final, use)
    changes += _close_sectors_without_output(firms, final, use)
    changes += _lift_value_added(firms, final, use, factor, value_added_floor)
    use = conform_input_use(firms, use)
    poor = np.flatnonzero(final.sum(axis=(0, 2)) <= 0)
    if poor.size:
        raise BadInput([Problem(f"economy {economies[n]} has no final demand") for n in poor.tolist()])
    return Balanced(firms, final, use, tuple(change for change in changes if change.cells))


def conform_input_use(intermediate_flows: Bilateral, input_use: InputUse) -> InputUse:
    """Scale input use so that it sums to purchases from all origins exactly; removes storage rounding.

    Args:
        intermediate_flows: (sector, importer, exporter), USD million a year.
        input_use: (economy, input, sector), USD million a year.

    Examples:
        >>> conform_input_use(np.array([[[4.0]]]), np.array([[[5.0]]])).tolist()
        [[[4.0]]]
    """
    bought = intermediate_flows.sum(axis=2).T
    used = input_use.sum(axis=2)
    ratio = np.divide(bought, used, out=np.zeros_like(bought), where=used > 0)
    conformed: InputUse = input_use * ratio[:, :, None]
    return conformed


def _refuse_unusable(
    firms: Bilateral, final: Bilateral, use: InputUse, economies: Sequence[object], sectors: Sequence[object]
) -> None:
    bilateral = (len(sectors), len(economies), len(economies))
    expected = {
        "intermediate_flows": (firms, bilateral),
        "final_flows": (final, bilateral),
        "input_use": (use, (len(economies), len(sectors), len(sectors))),
    }
    problems = [
        Problem(f"shape {np.shape(values)}, expected {shape}", field=name)
        for name, (values, shape) in expected.items()
        if np.shape(values) != shape
    ]
    problems += [
        Problem(f"{int(np.sum(~np.isfinite(values)))} numbers are not finite", field=name)
        for name, (values, _) in expected.items()
        if not np.all(np.isfinite(values))
    ]
    if not problems:
        sales = (np.asarray(firms) + final).sum(axis=1)
        problems = [
            Problem(
                f"sector {sectors[s]} of {economies[i]} has negative output ({sales[s, i]:,.1f} USD million)"
            )
            for s, i in zip(*np.nonzero(sales < -NEGATIVE_ROUNDING), strict=True)
        ]
    if problems:
        raise BadInput(problems)


def _rescale_rows(firms: Bilateral, final: Bilateral, total: np.ndarray, affected: np.ndarray) -> None:
    """Scale the sales of affected (sector, exporter) rows to their totals, in place."""
    sales = (firms + final).sum(axis=1)
    ratio = np.ones_like(sales)
    np.divide(np.maximum(total, 0.0), sales, out=ratio, where=affected & (sales > 0))
    firms *= ratio[:, None, :]
    final *= ratio[:, None, :]


def _net_negative_sales(firms: Bilateral, final: Bilateral) -> list[Change]:
    bought_less = firms < 0
    moved = float(-firms[bought_less].sum())
    final[bought_less] += firms[bought_less]
    firms[bought_less] = 0.0

    negative = final < 0
    drawn = float(-final[negative].sum())
    both = firms + final
    total = both.sum(axis=1)
    firms[negative] = np.maximum(both[negative], 0.0)
    final[negative] = 0.0
    _rescale_rows(firms, final, total, (both < 0).any(axis=1))
    return [
        Change("negative sales to firms", int(bought_less.sum()), moved),
        Change("negative final demand", int(negative.sum()), drawn),
    ]


def _drop_tiny_sales(firms: Bilateral, final: Bilateral) -> list[Change]:
    both = firms + final
    total = both.sum(axis=1)
    closed = total < NO_OUTPUT
    tiny = (both > 0) & (both < TINY_FLOW) & ~closed[:, None, :]
    dropped = np.broadcast_to(closed[:, None, :], both.shape) & (both > 0)
    moved, lost = float(both[tiny].sum()), float(both[dropped].sum())
    for values in (firms, final):
        values[tiny | dropped] = 0.0
    _rescale_rows(firms, final, total, tiny.any(axis=1))
    return [
        Change("flows below one dollar", int(tiny.sum()), moved),
        Change("sales of sectors without output", int(dropped.sum()), lost),
    ]


def _drop_negative_input_use(use: InputUse) -> list[Change]:
    negative = use < 0
    value = float(-use[negative].sum())
    use[negative] = 0.0
    return [Change("negative input use", int(negative.sum()), value)]


def _give_to_final_demand(firms: Bilateral, final: Bilateral, share: ByEconomySector) -> None:
    """Turn a share of each (economy, input) purchase into final demand from the same sellers, in place."""
    moved = firms * share.T[:, :, None]
    firms -= moved
    final += moved


def _close_sectors_without_output(firms: Bilateral, final: Bilateral, use: InputUse) -> list[Change]:
    closed = ((firms + final).sum(axis=1) <= 0).T
    returned = np.where(closed[:, None, :], use, 0.0)
    total = use.sum(axis=2)
    share = np.divide(returned.sum(axis=2), total, out=np.zeros_like(total), where=total > 0)
    use[returned > 0] = 0.0
    _give_to_final_demand(firms, final, share)
    return [Change("inputs of sectors without output", int((returned > 0).sum()), float(returned.sum()))]


def _conform(firms: Bilateral, final: Bilateral, use: InputUse) -> list[Change]:
    bought = firms.sum(axis=2).T
    used = use.sum(axis=2)
    gap = np.abs(bought - used)
    off = gap > _INPUT_GAP * np.maximum(bought, used)
    # Purchases that no sector is known to use can only be final demand.
    _give_to_final_demand(firms, final, ((used <= 0) & (bought > 0)).astype(np.float64))
    use[...] = conform_input_use(firms, use)
    return [Change("input use against purchases", int(off.sum()), float(gap[off].sum()))]


def _lift_value_added(
    firms: Bilateral, final: Bilateral, use: InputUse, factor: Bilateral, floor: float
) -> list[Change]:
    output = (firms + final).sum(axis=1).T
    bought = firms.sum(axis=2)
    duty = np.divide(
        (firms * (factor - 1.0)).sum(axis=2), bought, out=np.zeros_like(bought), where=bought > 0
    )
    cost = (use * (1.0 + duty.T[:, :, None])).sum(axis=1)
    allowed = (1.0 - floor) * output
    # The margin keeps a table that was lifted once from being lifted again by rounding.
    low = cost > allowed * (1.0 + 1e-12)
    scale = np.ones_like(cost)
    np.divide(allowed, cost, out=scale, where=low)
    total = use.sum(axis=2)
    lost = (use * (1.0 - scale[:, None, :])).sum(axis=2)
    share = np.divide(lost, total, out=np.zeros_like(total), where=total > 0)
    use *= scale[:, None, :]
    _give_to_final_demand(firms, final, share)
    return [Change(f"value added below {floor:.0%} of output", int(low.sum()), float(lost.sum()))]
