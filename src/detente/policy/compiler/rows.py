"""Rows of pieces, merged where they are treated alike, as the arrays of a shock."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from detente.policy.compiler.domestic import Domestic
from detente.policy.shock import Limits, Shock, Varieties
from detente.world.world import World

__all__ = ["NEARLY_ALL", "Rows", "rest_factor", "shock_of"]

# Parts of a flow smaller than this are rounding.
NEARLY_ALL = 1e-9
_DIGITS = 12
Column = Float[np.ndarray, "row"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Parts of flows; the rows of one flow are all of it.

    Attributes:
        flow: place of each row's flow in an array (sector, importer, exporter), (row,).
        share: of the flow before duty, (row,).
        before, after: 1 + tariff in the baseline and under the shock, (row,).
        export_factor, cost_factor: see `Varieties`, (row,).
        limit: number of the limit that holds each row, or -1, (row,).
        sizes, lowest, highest, exporter_share, in_value, names: of each limit, see `Limits`.
    """

    flow: Int[np.ndarray, "row"]
    share: Column
    before: Column
    after: Column
    export_factor: Column
    cost_factor: Column
    limit: Int[np.ndarray, "row"]
    sizes: tuple[float, ...] = ()
    lowest: tuple[float, ...] = ()
    highest: tuple[float, ...] = ()
    exporter_share: tuple[float, ...] = ()
    in_value: tuple[bool, ...] = ()
    names: tuple[str, ...] = ()

    def at(self, which: np.ndarray) -> Rows:
        """Some of the rows, by index or by mask."""
        columns = ("flow", "share", "before", "after", "export_factor", "cost_factor", "limit")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})

    @property
    def changed(self) -> Bool[np.ndarray, "row"]:
        """Whether a row's treatment changes, or may under a limit."""
        same = np.round(self.before, _DIGITS) == np.round(self.after, _DIGITS)
        found: np.ndarray = ~same | (self.limit >= 0)
        found |= (self.cost_factor != 1.0) | (self.export_factor != 1.0)
        return found


def rest_factor(
    shock: Shock, world: World
) -> tuple[Float[np.ndarray, "sector importer exporter"], Float[np.ndarray, "sector importer exporter"]]:
    """What the rest of each flow pays in the baseline, and the part of the flow before duty that it is.

    The rest is what neither a variety nor a member of a limit names; its 1 + tariff makes the duties of the
    whole flow those of the world's own tariff.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> factor, part = rest_factor(dt.no_shock(world), world)
        >>> bool((factor == world.tariff_factor).all()), float(part.min())
        (True, 1.0)
    """
    named, paid = np.zeros_like(world.flows), np.zeros_like(world.flows)
    for v in (shock.varieties, shock.limits.members):
        flow = (v.sector, v.importer, v.exporter)
        share = v.share * world.tariff_factor[flow] / v.baseline_factor
        np.add.at(named, flow, share)
        np.add.at(paid, flow, share * v.baseline_factor)
    part = np.where(named < 1.0 - NEARLY_ALL, 1.0 - named, 0.0)
    factor = np.array(world.tariff_factor)
    divided = (named > 0.0) & (part > 0.0)
    factor[divided] = (factor[divided] - paid[divided]) / part[divided]
    return factor, part


def shock_of(rows: Rows, world: World, home: Domestic, notices: tuple[str, ...]) -> Shock:
    """The shock that some rows are.

    A flow without a row that changes keeps the world's tariff and has no variety. In any other, rows treated
    alike become one; one row is not named, and its treatment is that of the flow in the arrays: the rest
    that keeps the ordinary tariff or else the largest row.
    """
    flows = np.unique(rows.flow[rows.changed])
    rows = _merged(rows.at(np.isin(rows.flow, flows)))
    tariff, cost = np.array(world.tariff_factor), np.ones_like(world.tariff_factor)
    export = np.ones_like(world.tariff_factor)
    rest = _rests(rows)
    for array, column in ((tariff, rows.after), (cost, rows.cost_factor), (export, rows.export_factor)):
        array.reshape(-1)[rows.flow[rest]] = column[rest]
    named = np.ones(rows.flow.size, dtype=bool)
    named[rest] = False
    return Shock(
        tariff_factor=tariff,
        cost_factor=cost,
        varieties=_varieties(rows.at(named & (rows.limit < 0)), world),
        notices=notices,
        export_factor=export if (export != 1.0).any() else None,
        limits=_limits(rows, world),
        productivity=home.productivity,
        production_subsidy=home.production_subsidy,
        consumption_subsidy=home.consumption_subsidy,
    )


def _merged(rows: Rows) -> Rows:
    """Rows of one flow and treatment as one, in order of flow and treatment."""
    keys = (
        rows.limit,
        rows.cost_factor,
        rows.export_factor,
        np.round(rows.after, _DIGITS),
        np.round(rows.before, _DIGITS),
        rows.flow,
    )
    order = np.lexsort((rows.share, *keys))
    rows = rows.at(order)
    if not rows.flow.size:
        return rows
    new = np.zeros(rows.flow.size, dtype=bool)
    new[0] = True
    for key in keys:
        ordered = key[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    first = np.flatnonzero(new)
    return replace(rows.at(first), share=np.add.reduceat(rows.share, first))


def _rests(rows: Rows) -> Int[np.ndarray, "flow"]:
    """The row of each flow that is not named: one that stays as it is, else the largest; none of a limit."""
    free = rows.limit < 0
    stays = free & ~rows.changed
    size = np.round(rows.share, 9)
    order = np.lexsort((rows.before, rows.after, rows.cost_factor, -size, ~stays, ~free, rows.flow))
    first = np.ones(order.size, dtype=bool)
    first[1:] = rows.flow[order][1:] != rows.flow[order][:-1]
    found: np.ndarray = order[first & free[order]]
    return found


def _varieties(rows: Rows, world: World) -> Varieties:
    """Rows as varieties: shares with the duty of the baseline."""
    place = np.unravel_index(rows.flow, world.flows.shape)
    share = rows.share * rows.before / world.tariff_factor.reshape(-1)[rows.flow]
    sector, importer, exporter = (part.astype(np.int64) for part in place)
    pays = (rows.before, rows.after, rows.export_factor, rows.cost_factor)
    return Varieties(sector, importer, exporter, share, *pays)


def _limits(rows: Rows, world: World) -> Limits:
    """Limits that hold some row."""
    held = np.unique(rows.limit[rows.limit >= 0])
    if not held.size:
        return Limits.none()
    members = rows.at(rows.limit >= 0)

    def of(values: tuple[float, ...] | tuple[bool, ...]) -> np.ndarray:
        return np.asarray(np.array(values)[held])

    return Limits(
        member_limit=np.searchsorted(held, members.limit),
        members=_varieties(members, world),
        size=of(rows.sizes),
        lowest=of(rows.lowest),
        highest=of(rows.highest),
        exporter_share=of(rows.exporter_share),
        in_value=of(rows.in_value),
        names=tuple(rows.names[k] for k in held),
    )
