"""A scenario on a world: arrays of tariffs, varieties and limits, ready for the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from detente.policy.compiler.aggregated import aggregated
from detente.policy.compiler.charges import Charges, charges_of
from detente.policy.compiler.domestic import domestic
from detente.policy.compiler.limits import Limited, limited
from detente.policy.compiler.plan import Plan, plan_of
from detente.policy.compiler.rows import NEARLY_ALL, Rows, rest_factor, shock_of
from detente.policy.compiler.stacking import LIFTING
from detente.policy.parties import codes_of
from detente.policy.scenario import Scenario
from detente.policy.shock import Shock
from detente.world.names import economy_in_sentence, economy_title
from detente.world.world import World

__all__ = ["added_duty", "compile_scenario", "compiled", "hit_value", "scaled_measures", "settled"]

_NOTICES_OF_EXCESS = 12
_NOTICES_OF_SCALING = 3
_IDS_SHOWN = 8
# USD million a year; less is not worth a sentence.
_NOTABLE_DUTY = 500.0
_CHANGED = 1e-9


def compile_scenario(scenario: Scenario, world: World, beside: Sequence[Scenario] | None = None) -> Shock:
    r"""What a scenario's measures in force change in a world.

    A flow of sector s from exporter i to importer n is divided into pieces v, each hit by its own set of
    measures. Of these the ones that stacking leaves are charged (`detente.policy.compiler.stacking`), and
    the piece becomes a variety with the share s_v of the flow's value (duty included), a factor b_v that it
    pays in the baseline and tau'_v after the shock. In the model's demand the varieties of a flow are as
    good substitutes as flows are, so that the weight pi of the flow becomes

        pi c^-theta  sum_v s_v (tau'_v d_v / b_v)^-theta

    with d_v the change of other costs, and not pi (c tau''/tau)^-theta at an average tariff tau'': goods that
    a duty drives out of the market stop mattering, and the rest of the flow stays. `docs/varieties.md`
    derives this, and says how shares, stacking, limits and measures of the baseline are found.

    Nothing depends on the order of measures, or on what they are called.

    On an aggregated world the scenario is compiled on the world it came from. A part of an aggregated flow
    keeps its value (before duty) and what it pays before and after, so that the value hit and the duties on
    unchanged trade are those of the detailed world.

    Args:
        scenario: from `load_scenario` or built in code.
        world: any world.
        beside: what the result is compared with, so that values which exceed a flow are scaled down alike in
            both; the scenario's own reference if None, nothing if empty.

    Returns:
        arrays in the world's dimensions. Of each flow, what no variety names is the part that no measure
        hits or, where measures hit all of it, the largest part.

    Raises:
        BadInput: the scenario names economies, sectors or products that the world does not have, or lacks a
            covered value; measures yield in a circle, or two limits hold the same goods; lists all of them.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> shock = compile_scenario(dt.load_scenario("us-tariffs-on-canada"), world)
        >>> bool((shock.varieties.share <= 1.0).all())
        True
    """
    if world.parent is not None:
        return aggregated(compile_scenario(scenario, world.parent, beside), world.parent, world)
    return compiled(*settled(scenario, world, beside))


def compiled(plan: Plan, found: Limited, notices: bool = True) -> Shock:
    """The shock of a scenario that `settled` laid out.

    Args:
        plan, found: from `settled`.
        notices: whether to say what a user must see.

    Raises:
        BadInput: what it says of measures at home does not fit the world.
    """
    home = domestic(plan.scenario, plan.world)
    return shock_of(_rows(plan, found), plan.world, home, _notices(plan, found) if notices else ())


def settled(
    scenario: Scenario, world: World, beside: Sequence[Scenario] | None = None
) -> tuple[Plan, Limited]:
    """A scenario laid out on a world that is no aggregate, and what each piece pays.

    Raises:
        BadInput: as `compile_scenario`.
    """
    plan = plan_of(scenario, world, beside)
    return plan, limited(plan, charges_of(plan))


def _rows(plan: Plan, found: Limited) -> Rows:
    """Pieces as rows of a table, with what no measure hits of each flow."""
    charges, pieces = found.charges, plan.pieces
    flows, where = np.unique(charges.flow, return_inverse=True)
    hit = np.bincount(where, pieces.share, flows.size)
    ordinary = np.zeros(flows.size)
    ordinary[where] = charges.ordinary
    rest = np.flatnonzero(hit < 1.0 - NEARLY_ALL)
    ones = np.ones(rest.size)
    return Rows(
        flow=np.concatenate([charges.flow, flows[rest]]),
        share=np.concatenate([pieces.share, 1.0 - hit[rest]]),
        before=np.concatenate([charges.before, 1.0 + ordinary[rest]]),
        after=np.concatenate([charges.after, 1.0 + ordinary[rest]]),
        export_factor=np.concatenate([charges.export_factor, ones]),
        cost_factor=np.concatenate([charges.cost_factor, ones]),
        limit=np.concatenate([found.limit, np.full(rest.size, -1)]),
        sizes=found.size,
        lowest=found.lowest,
        highest=found.highest,
        exporter_share=found.exporter_share,
        in_value=found.in_value,
        names=found.names,
    )


def hit_value(shock: Shock, world: World) -> Float[np.ndarray, "sector importer exporter"]:
    """Trade whose tariff or cost a shock changes, (sector, importer, exporter), USD million before duty.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> float(hit_value(dt.no_shock(world), world).sum())
        0.0
    """
    rest, part = rest_factor(shock, world)
    changed = (np.abs(shock.tariff_factor - rest) > _CHANGED) | (shock.cost_factor != 1.0)
    if shock.export_factor is not None:
        changed |= shock.export_factor != 1.0
    share = np.where(changed, part, 0.0)
    for v, limit in ((shock.varieties, False), (shock.limits.members, True)):
        flow = (v.sector, v.importer, v.exporter)
        hit = (np.abs(v.tariff_factor - v.baseline_factor) > _CHANGED) | (v.cost_factor != 1.0)
        hit |= (v.export_factor != 1.0) | limit
        np.add.at(share, flow, np.where(hit, v.share * world.tariff_factor[flow] / v.baseline_factor, 0.0))
    return np.asarray(share * world.flows)


def added_duty(shock: Shock, world: World) -> Float[np.ndarray, "sector importer exporter"]:
    """Import duties that a shock adds on unchanged trade, (sector, importer, exporter), USD million."""
    rest, part = rest_factor(shock, world)
    rate = part * (shock.tariff_factor - rest)
    for v in (shock.varieties, shock.limits.members):
        flow = (v.sector, v.importer, v.exporter)
        share = v.share * world.tariff_factor[flow] / v.baseline_factor
        np.add.at(rate, flow, share * (v.tariff_factor - v.baseline_factor))
    return np.asarray(rate * world.flows)


def _notices(plan: Plan, found: Limited) -> tuple[str, ...]:
    """What a user must see, in an order that does not hang on that of the measures."""
    charges, pieces = found.charges, plan.pieces
    notices = [*_at_medians(plan), *plan.notices, *_without_trade(plan), *_excesses(plan)]
    notices += [*found.notices, *_conflicts(charges)]
    if charges.lifted.any():
        trade = float(
            pieces.share[charges.lifted] @ plan.world.flows.reshape(-1)[charges.flow[charges.lifted]]
        )
        notices.append(
            f"bans that the baseline holds are lifted on USD {trade:,.0f} million of trade, to no effect: "
            "what would be traded without them is not known"
        )
    return tuple(dict.fromkeys([*notices, *_taken_out(plan), *scaled_measures(plan, charges)]))


def _at_medians(plan: Plan) -> list[str]:
    """That numbers are not known for certain, and what stands for them."""
    shown = [f"{n.label} {n.in_words(n.median)}" for n in plan.scenario.uncertain]
    return [f"at the median of what is not known for certain: {', '.join(shown)}"] if shown else []


def _taken_out(plan: Plan) -> list[str]:
    """Measures of the baseline that are not in force in the scenario, by importer."""
    found = []
    for importer, day in sorted(plan.world.provenance.measures_included.items()):
        here = [m for m in plan.held.values() if importer in codes_of(m.importers)]
        out = sorted(m.id for m in here if m.id not in plan.own)
        if out:
            shown = ", ".join(out[:_IDS_SHOWN])
            more = f" and {len(out) - _IDS_SHOWN} more" if len(out) > _IDS_SHOWN else ""
            found.append(
                f"the baseline's tariffs of {economy_in_sentence(importer)} hold the measures of {day}; not "
                f"in force here, and taken out: {shown}{more}"
            )
    return found


def scaled_measures(plan: Plan, charges: Charges) -> list[str]:
    """Sentences on measures of the baseline for which its tariffs have not enough room, by pair."""
    pieces, world = plan.pieces, plan.world
    trade = pieces.share * world.flows.reshape(-1)[charges.flow]
    held = charges.before - 1.0 - charges.ordinary
    full = np.divide(held, charges.scale, out=np.zeros_like(held), where=charges.scale > 0.0)
    pair = pieces.importer * len(world.economies) + pieces.exporter
    size = len(world.economies) ** 2
    room, wanted = np.bincount(pair, trade * held, size), np.bincount(pair, trade * full, size)
    found = []
    for at in np.argsort(room - wanted, kind="stable")[:_NOTICES_OF_SCALING]:
        if wanted[at] - room[at] < _NOTABLE_DUTY:
            break
        importer, exporter = (world.economies[k] for k in divmod(int(at), len(world.economies)))
        found.append(
            f"measures of {economy_in_sentence(importer)} on {economy_in_sentence(exporter)} that were in "
            f"force on {world.provenance.measures_included[importer]} would bring USD {wanted[at]:,.0f} "
            f"million of duties in {world.vintage}; the baseline's tariffs hold USD {room[at]:,.0f} million "
            f"of them, so that they count at {room[at] / wanted[at]:.0%} of their rates, before and after"
        )
    return found


def _without_trade(plan: Plan) -> list[str]:
    """Measures on tariff lines that name nothing which is traded."""
    named = {item.name for item in plan.found.lines} & set(plan.own)
    used = {hit.name for hit in plan.found.hits}
    for mask in plan.pieces.sets:
        used |= {name for bit, name in enumerate(plan.pieces.names) if mask >> bit & 1}
    what = f"hits nothing, as {plan.world.name} has no such trade to be hit"
    return [f"{plan.own[name].id}: {what}" for name in sorted(named - used)]


def _excesses(plan: Plan) -> list[str]:
    """Flows whose measures cover more than all of them."""
    pieces, world = plan.pieces, plan.world
    largest = sorted(pieces.excess, key=lambda item: (-item[1] * float(world.flows[item[0]]), item[0]))
    found = []
    for flow, excess in sorted(largest[:_NOTICES_OF_EXCESS]):
        s, n, i = flow
        at = (pieces.sector == s) & (pieces.importer == n) & (pieces.exporter == i)
        mask = int(np.bitwise_or.reduce(np.array([pieces.sets[k] for k in pieces.held[at]], dtype=object)))
        there = [plan.measures[name] for bit, name in enumerate(pieces.names) if mask >> bit & 1]
        ids = {measure.id for measure in there if measure.kind not in LIFTING}
        found.append(
            f"{', '.join(sorted(ids))}: together they cover {1.0 + excess:.1%} of the sales of "
            f"{world.sector_titles[s]} ({world.sectors[s]}) by {economy_title(world.economies[i])} to "
            f"{economy_title(world.economies[n])} in {world.vintage}; scaled down to all of them"
        )
    if len(largest) > _NOTICES_OF_EXCESS:
        found.append(
            f"measures cover more than all of {len(largest) - _NOTICES_OF_EXCESS} further, smaller flows"
        )
    return found


def _conflicts(charges: Charges) -> list[str]:
    """Which measures replace the tariff of the same goods."""
    clashes = {
        tuple(sorted(measure.id for measure, _ in schedule.replacing))
        for schedule in charges.schedules
        if len(schedule.replacing) > 1
    }
    rule = "replace the tariff of the same goods; the highest counts"
    return [f"{', '.join(ids)}: {rule}" for ids in sorted(clashes)]
