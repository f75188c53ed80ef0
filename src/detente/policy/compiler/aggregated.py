"""A shock of a detailed world in the dimensions of its aggregate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detente.arrays import ByEconomySector
from detente.policy.compiler.domestic import Domestic
from detente.policy.compiler.rows import NEARLY_ALL, Rows, rest_factor, shock_of
from detente.policy.shock import Shock, Varieties
from detente.world.world import World

__all__ = ["aggregated"]

_CHANGED = 1e-9


def aggregated(shock: Shock, parent: World, world: World) -> Shock:
    """A parent world's shock in the dimensions of its aggregate.

    Parts of a flow keep their value before duty and what they pay before and after; parts that change alike
    become one, at the average of what they pay, so that duties on unchanged trade stay as they are. Limits
    keep their size. Productivity and production subsidies are averaged by output, consumption subsidies by
    final use.

    Args:
        shock: of the parent.
        parent: the detailed world.
        world: an aggregate of it.
    """
    home = Domestic(
        _averaged(shock.productivity, parent.output, parent, world),
        _averaged(shock.production_subsidy, parent.output, parent, world),
        _averaged(shock.consumption_subsidy, _final_use(parent), parent, world),
    )
    return shock_of(_rows(shock, parent, world), world, home, shock.notices)


def _rows(shock: Shock, parent: World, world: World) -> Rows:
    """All parts of the parent's flows that a shock changes, as rows of the aggregate's flows."""
    before, part = rest_factor(shock, parent)
    export = np.ones_like(before) if shock.export_factor is None else shock.export_factor
    changed = np.abs(shock.tariff_factor - before) > _CHANGED
    changed |= (shock.cost_factor != 1.0) | (export != 1.0)
    rest = np.nonzero(changed & (part > 0.0))
    limits = shock.limits
    sides = (shock.varieties, limits.members)
    index = [
        np.concatenate([*(getattr(v, name) for v in sides), rest[axis]])
        for axis, name in enumerate(("sector", "importer", "exporter"))
    ]

    def column(name: str, values: np.ndarray) -> np.ndarray:
        return np.concatenate([*(getattr(v, name) for v in sides), values[rest]])

    shares = np.concatenate([*(_before_duty(v, parent) for v in sides), part[rest]])
    value = shares * parent.flows[tuple(index)]
    target = _target(index, parent, world)
    size = world.flows.reshape(-1)[target]
    rows = Rows(
        flow=target,
        share=np.divide(value, size, out=np.zeros_like(value), where=size > 0.0),
        before=column("baseline_factor", before),
        after=column("tariff_factor", shock.tariff_factor),
        export_factor=column("export_factor", export),
        cost_factor=column("cost_factor", shock.cost_factor),
        limit=np.concatenate(
            [np.full(shock.varieties.share.size, -1), limits.member_limit, np.full(rest[0].size, -1)]
        ),
        sizes=tuple(limits.size.tolist()),
        lowest=tuple(limits.lowest.tolist()),
        highest=tuple(limits.highest.tolist()),
        exporter_share=tuple(limits.exporter_share.tolist()),
        in_value=tuple(limits.in_value.tolist()),
        names=limits.names,
    )
    return _with_rest(_alike(rows.at(rows.share > 0.0)), world)


def _before_duty(varieties: Varieties, world: World) -> np.ndarray:
    """Shares of flows before duty."""
    flow = (varieties.sector, varieties.importer, varieties.exporter)
    found: np.ndarray = varieties.share * world.tariff_factor[flow] / varieties.baseline_factor
    return found


def _alike(rows: Rows) -> Rows:
    """Rows of one flow that change alike as one: those that rise by as many points, or fall in proportion."""
    rises = rows.after >= rows.before
    room = np.maximum(rows.before - 1.0, 1e-300)
    change = np.where(rises, rows.after - rows.before, (rows.after - 1.0) / room)
    change = np.where(np.abs(change) > 1e100, rows.after - rows.before, change)
    keys = (rows.limit, rows.cost_factor, rows.export_factor, np.round(change, 12), rises, rows.flow)
    order = np.lexsort((rows.share, rows.before, *keys))
    if not order.size:
        return rows
    new = np.zeros(order.size, dtype=bool)
    new[0] = True
    for key in keys:
        ordered = key[order]
        new[1:] |= ordered[1:] != ordered[:-1]
    rows, first = rows.at(order), np.flatnonzero(new)
    share = np.add.reduceat(rows.share, first)

    def mean(values: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.add.reduceat(rows.share * values, first) / share
        return found

    return replace(rows.at(first), share=share, before=mean(rows.before), after=mean(rows.after))


def _with_rest(rows: Rows, world: World) -> Rows:
    """Add what no row names of each flow; its tariff makes the flow's duties those of the world's."""
    flows, where = np.unique(rows.flow, return_inverse=True)
    hit = np.bincount(where, rows.share, flows.size)
    paid = np.bincount(where, rows.share * rows.before, flows.size)
    left = np.flatnonzero(hit < 1.0 - NEARLY_ALL)
    share = 1.0 - hit[left]
    factor = (world.tariff_factor.reshape(-1)[flows[left]] - paid[left]) / share
    ones = np.ones(left.size)
    return replace(
        rows,
        flow=np.concatenate([rows.flow, flows[left]]),
        share=np.concatenate([rows.share, share]),
        before=np.concatenate([rows.before, factor]),
        after=np.concatenate([rows.after, factor]),
        export_factor=np.concatenate([rows.export_factor, ones]),
        cost_factor=np.concatenate([rows.cost_factor, ones]),
        limit=np.concatenate([rows.limit, np.full(left.size, -1)]),
    )


def _target(index: list[np.ndarray], parent: World, world: World) -> np.ndarray:
    """The aggregate's flow that each of the parent's is in."""
    economy = _positions(parent.economies, world.economies, world.economy_groups)
    sector = _positions(parent.sectors, world.sectors, world.sector_groups)
    place = (sector[index[0]], economy[index[1]], economy[index[2]])
    return np.asarray(np.ravel_multi_index(place, world.flows.shape))


def _positions(
    names: tuple[str, ...], groups: tuple[str, ...], members: Mapping[str, tuple[str, ...]]
) -> np.ndarray:
    """The index of the group that each name is in."""
    group_of = {member: group for group, inside in members.items() for member in inside}
    return np.array([groups.index(group_of.get(name, name)) for name in names], dtype=np.int64)


def _averaged(
    values: ByEconomySector | None, weights: ByEconomySector, parent: World, world: World
) -> ByEconomySector | None:
    """Weighted averages over the members of each group; plain ones where they have no weight."""
    if values is None:
        return None
    economy = _positions(parent.economies, world.economies, world.economy_groups)
    sector = _positions(parent.sectors, world.sectors, world.sector_groups)
    place = np.ix_(economy, sector)
    shape = (len(world.economies), len(world.sectors))

    def summed(array: np.ndarray) -> np.ndarray:
        found = np.zeros(shape)
        np.add.at(found, place, array)
        return found

    total, plain = summed(weights), summed(values) / summed(np.ones_like(values))
    mean = summed(values * weights) / np.where(total > 0.0, total, 1.0)
    return np.asarray(np.where(total > 0.0, mean, plain))


def _final_use(world: World) -> ByEconomySector:
    """Final use at the prices that buyers pay, (economy, sector)."""
    return np.asarray((world.final_flows * world.tariff_factor).sum(axis=2).T)
