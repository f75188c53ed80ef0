"""A scenario on a world: arrays of tariffs and varieties, ready for the model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from detente.policy.coverage import coverage
from detente.policy.measure import Measure
from detente.policy.scenario import Scenario
from detente.policy.shock import Shock, Varieties
from detente.policy.varieties import TINY, Hit, Parts, combined_rate, split_flow
from detente.world.names import economy_title
from detente.world.world import World

__all__ = ["added_duty", "compile_scenario", "divided_flows", "hit_value"]

Flow = tuple[int, int, int]
Row = tuple[int, int, int, float, float, float]

# What marks the id of a measure that belongs to the reference; no scenario file can hold it.
UNSEEN = "\x00"


def compile_scenario(scenario: Scenario, world: World, beside: Sequence[Scenario] | None = None) -> Shock:
    r"""What a scenario's measures in force change in a world.

    A flow of sector s from exporter i to importer n is divided into varieties v, each hit by its own set of
    measures, with shares s_v of the flow's value (duty included) that add to one together with what no
    measure hits. All pay the flow's baseline tariff factor tau before the shock; after it a variety pays

        tau'_v = 1 + base + (sum of the rates of its surcharges)

    where base is the highest of its `tariff` measures, or else tau - 1. In the model's demand the varieties
    of a flow are as good substitutes as flows are, so that the weight pi of the flow becomes

        pi c^-theta  sum_v s_v (tau'_v / tau)^-theta

    and not pi (c tau''/tau)^-theta at an average tariff tau'': goods that a duty drives out of the market
    stop mattering, and the rest of the flow stays. `docs/varieties.md` derives this.

    `detente.policy.coverage` says how shares are found. Measures on disjoint HS6 lines hit disjoint
    varieties; where lines meet, a smaller part lies inside a larger one, and measures that share an
    `exclusive` tag never meet. Nothing depends on the order of measures in the file.

    On an aggregated world the scenario is compiled on the world it came from. A part of an aggregated flow
    has the value (before duty) that it has there; its tariff rises by as many points or falls by the same
    proportion, so that the value hit and the duties that a rise adds on unchanged trade are those of the
    detailed world, and a tariff that is lifted is zero.

    Args:
        scenario: from `load_scenario` or built in code.
        world: any world.
        beside: what the result is compared with, so that values which exceed a flow are scaled down alike in
            both; the scenario's own reference if None, nothing if empty.

    Returns:
        arrays in the world's dimensions; flows that one variety fills have its tariff and no variety.

    Raises:
        BadInput: the scenario names economies, sectors or products that the world does not have, or lacks a
            covered value; lists all of them.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> shock = compile_scenario(dt.load_scenario("us-tariffs-on-canada"), world)
        >>> bool((shock.varieties.share <= 1.0).all())
        True
    """
    if world.parent is not None:
        return _aggregated(compile_scenario(scenario, world.parent, beside), world.parent, world)
    divided, notices = divided_flows(scenario, world, beside)
    by_id = {measure.id: measure for measure in scenario.in_force}
    rows: list[Row] = []
    for flow, parts in divided.items():
        baseline = float(world.tariff_factor[flow])
        for ids in sorted(parts, key=sorted):
            rate = combined_rate([by_id[name] for name in ids], baseline - 1.0)
            rows.append((*flow, parts[ids], 1.0 + rate, 1.0))
    return _shock(world, rows, (*notices, *_conflicts(divided, by_id)))


def divided_flows(
    scenario: Scenario, world: World, beside: Sequence[Scenario] | None = None
) -> tuple[dict[Flow, Parts], tuple[str, ...]]:
    """Each flow that is hit, divided by the measures in force that hit its parts.

    The measures of what it is compared with are laid out with its own and then forgotten: where values
    exceed a flow and are scaled down to it, both are scaled alike.

    Args:
        scenario: the scenario.
        world: a world that is no aggregate.
        beside: as in `compile_scenario`.

    Returns:
        for each (sector, importer, exporter), shares of the flow by ids of measures; and notices.

    Raises:
        BadInput: as `compile_scenario`.
    """
    found = coverage(scenario, world)
    notices = list(found.notices)
    hits = list(found.hits)
    if beside is None:
        beside = [] if scenario.reference is None else [scenario.reference]
    for other in beside:
        hits += [hit._replace(measure=_unseen(hit.measure)) for hit in coverage(other, world).hits]
    seen = {hit[1:4] for hit in found.hits}
    divided: dict[Flow, Parts] = {}
    # A duty on whole sectors of many pairs divides all of their flows alike.
    alike: dict[tuple[tuple[str, float], ...], tuple[Parts, float]] = {}
    for flow, on_flow in _by_flow(hits).items():
        if flow not in seen:
            continue
        if any(hit.lines or hit.codes for hit in on_flow):
            divided[flow], excess = _own_parts(on_flow)
        else:
            key = tuple((hit.measure.id, hit.share) for hit in on_flow)
            if key not in alike:
                alike[key] = _own_parts(on_flow)
            divided[flow], excess = alike[key]
        if excess > 1e-3:
            notices.append(_excess_notice(world, flow, on_flow, excess))
    return divided, tuple(dict.fromkeys(notices))


def _own_parts(hits: list[Hit]) -> tuple[Parts, float]:
    """`split_flow`, with the measures of the reference forgotten."""
    parts, excess = split_flow(hits)
    own: Parts = {}
    for ids, share in parts.items():
        if mine := frozenset(name for name in ids if not name.startswith(UNSEEN)):
            own[mine] = own.get(mine, 0.0) + share
    return own, excess


def _unseen(measure: Measure) -> Measure:
    """A measure of the reference, laid out but without effect."""
    tag = f"{UNSEEN}{measure.exclusive}" if measure.exclusive else ""
    return replace(measure, id=f"{UNSEEN}{measure.id}", exclusive=tag)


def hit_value(shock: Shock, world: World) -> np.ndarray:
    """Trade whose tariff or cost a shock changes, (sector, importer, exporter), USD million.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> float(hit_value(dt.no_shock(world), world).sum())
        0.0
    """
    share = np.zeros_like(world.flows)
    v = shock.varieties
    np.add.at(share, (v.sector, v.importer, v.exporter), v.share)
    rest = (shock.tariff_factor != world.tariff_factor) | (shock.cost_factor != 1.0)
    return np.asarray(np.where(rest, 1.0, share) * world.flows)


def added_duty(shock: Shock, world: World) -> np.ndarray:
    """Duties that a shock adds on unchanged trade, (sector, importer, exporter), USD million a year."""
    v = shock.varieties
    flow = (v.sector, v.importer, v.exporter)
    rate = np.array(shock.tariff_factor - world.tariff_factor)
    np.add.at(rate, flow, v.share * (v.tariff_factor - shock.tariff_factor[flow]))
    return np.asarray(rate * world.flows)


def _by_flow(hits: Iterable[Hit]) -> dict[Flow, list[Hit]]:
    flows: dict[Flow, list[Hit]] = defaultdict(list)
    for hit in hits:
        flows[hit.sector, hit.importer, hit.exporter].append(hit)
    return dict(sorted(flows.items()))


def _shock(world: World, rows: list[Row], notices: tuple[str, ...]) -> Shock:
    """Varieties of equal treatment become one; a flow that one variety fills needs none."""
    tariff, cost = np.array(world.tariff_factor), np.ones_like(world.tariff_factor)
    merged: dict[Flow, dict[tuple[float, float], float]] = defaultdict(dict)
    for s, n, i, share, factor, change in rows:
        treatment = (round(factor, 12), change)
        parts = merged[s, n, i]
        parts[treatment] = parts.get(treatment, 0.0) + share
    kept: list[tuple[int, int, int, float, float, float, float, float]] = []
    for flow, parts in sorted(merged.items()):
        unchanged = (round(float(world.tariff_factor[flow]), 12), 1.0)
        parts.pop(unchanged, None)
        for (factor, change), share in sorted(parts.items()):
            if share >= 1.0 - TINY:
                tariff[flow], cost[flow] = factor, change
            else:
                kept.append((*flow, share, float(world.tariff_factor[flow]), factor, 1.0, change))
    return Shock(tariff, cost, Varieties.of(kept), notices)


def _aggregated(shock: Shock, parent: World, world: World) -> Shock:
    """A parent world's shock in the dimensions of its aggregate."""
    economy = _positions(parent.economies, world.economies, world.economy_groups)
    sector = _positions(parent.sectors, world.sectors, world.sector_groups)
    v = shock.varieties
    share = np.zeros_like(parent.flows)
    np.add.at(share, (v.sector, v.importer, v.exporter), v.share)
    changed = (shock.tariff_factor != parent.tariff_factor) | (shock.cost_factor != 1.0)
    rest = np.argwhere(changed & (share < 1.0))
    index = np.concatenate([np.stack([v.sector, v.importer, v.exporter], axis=1), rest])
    flow = tuple(index.T)
    part = np.concatenate([v.share, 1.0 - share[tuple(rest.T)]])
    before = parent.tariff_factor[flow] - 1.0
    after = np.concatenate([v.tariff_factor, shock.tariff_factor[tuple(rest.T)]]) - 1.0
    # A cut by as many points could go below zero where the group's average is lower: it is a proportion.
    kept = np.divide(after, before, out=np.ones_like(before), where=(after < before) & (before > 0.0))
    points = np.maximum(after - before, 0.0)
    change = np.concatenate([v.cost_factor, shock.cost_factor[tuple(rest.T)]])
    rows: list[Row] = []
    values = part * parent.flows[flow]
    for (s, n, i), value, of, added, costs in zip(index, values, kept, points, change, strict=True):
        target = (sector[s], economy[n], economy[i])
        size = float(world.flows[target])
        if size > 0.0:
            factor = 1.0 + (float(world.tariff_factor[target]) - 1.0) * float(of) + float(added)
            rows.append((*target, float(value) / size, factor, float(costs)))
    return _shock(world, rows, shock.notices)


def _positions(
    names: tuple[str, ...], groups: tuple[str, ...], members: Mapping[str, tuple[str, ...]]
) -> list[int]:
    """The index of the group that each name is in."""
    group_of = {member: group for group, inside in members.items() for member in inside}
    return [groups.index(group_of.get(name, name)) for name in names]


def _excess_notice(world: World, flow: Flow, hits: list[Hit], excess: float) -> str:
    s, n, i = flow
    names = ", ".join(sorted({hit.measure.id.removeprefix(UNSEEN) for hit in hits}))
    return (
        f"{names}: together they cover {1.0 + excess:.1%} of the sales of {world.sector_titles[s]} "
        f"({world.sectors[s]}) by {economy_title(world.economies[i])} to {economy_title(world.economies[n])} "
        f"in {world.vintage}; scaled down to all of them"
    )


def _conflicts(divided: Mapping[Flow, Parts], by_id: Mapping[str, Measure]) -> list[str]:
    """Which measures replace the tariff of the same goods."""
    clashes: set[tuple[str, ...]] = set()
    for ids in {ids for parts in divided.values() for ids in parts}:
        replacing = tuple(sorted(name for name in ids if by_id[name].kind == "tariff"))
        if len(replacing) > 1:
            clashes.add(replacing)
    rule = "replace the tariff of the same goods; the highest counts"
    return [f"{', '.join(ids)}: {rule}" for ids in sorted(clashes)]
