"""Shocks of scenarios whose uncertain numbers, or a world whose tariffs, take many values, laid out once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from detente.policy.compiler.aggregated import aggregated
from detente.policy.compiler.charges import charges_of
from detente.policy.compiler.compile import compiled
from detente.policy.compiler.coverage import Coverage, LineHits, coverage, flow_pairs
from detente.policy.compiler.limits import limited
from detente.policy.compiler.pieces import Pieces, divide
from detente.policy.compiler.plan import Plan, is_same, plan_of, seen
from detente.policy.compiler.stacking import Rules
from detente.policy.draws import drawn_together, joint_numbers, values_by_key
from detente.policy.measure import Measure
from detente.policy.scenario import Scenario
from detente.policy.shock import Shock
from detente.policy.uncertain import Key, UncertainNumber, with_values
from detente.world.world import World

__all__ = ["DrawnShocks"]

# Fields whose numbers say how much of the trade is hit, and not only what it pays.
_REACH = ("covers", "hs")


class DrawnShocks:
    """The shocks of scenarios that are compared with each other, for any values of what is not known of them.

    `compile_scenario` on drawn scenarios, and on the world with other tariffs, gives the same shocks. Here
    what the values leave as it is, such as which goods each measure hits, is worked out once, so that each
    draw takes a fraction of the time.

    The shocks have no notices: what a user must see of a scenario is said once, with its medians.

    Args:
        scenarios: each compiled beside all others, such as a scenario and its reference.
        world: any world.

    Raises:
        BadInput: as `compile_scenario`.

    Examples:
        >>> import detente as dt
        >>> from detente.policy import parse_scenario
        >>> world = dt.load_world("g20-2019")
        >>> deal = parse_scenario('''
        ... title: A duty
        ... measures:
        ...   - {id: cars, kind: surcharge, importer: Canada, exporter: China, sectors: C,
        ...      rate: {low: 20%, high: 40%}, assumption: nobody knows}
        ... ''')
        >>> shocks = DrawnShocks([deal], world)
        >>> low, high = (shocks.at([rate])[0].tariff_factor for rate in (0.2, 0.4))
        >>> round(float((high - low).max()), 9)
        0.2
    """

    def __init__(self, scenarios: Sequence[Scenario], world: World) -> None:
        self.scenarios, self.world = tuple(scenarios), world
        self.numbers: tuple[UncertainNumber, ...] = joint_numbers(self.scenarios)
        root = _root(world)
        self._plans = [plan_of(one, root, self._others(one, self.scenarios)) for one in self.scenarios]
        for plan in self._plans:
            _ = plan.pieces, plan.rules, plan.charged_sets

    def _others(self, one: Scenario, among: Sequence[Scenario]) -> list[Scenario]:
        return [other for other in among if other is not one]

    def at(self, values: Sequence[float] = (), world: World | None = None) -> tuple[Shock, ...]:
        """The scenarios' shocks, in their order.

        Args:
            values: in the order and the units of `numbers`.
            world: the same world with other tariffs, and of an aggregate the worlds it was made from too. A
                duty that a measure sets is as it says; one that it adds comes on top of the other tariff.

        Raises:
            BadInput: too few or too many values, or some that the fields cannot have; lists every problem.
        """
        drawn = drawn_together(self.scenarios, values)
        chosen = values_by_key(self.numbers, values)
        world = self.world if world is None else world
        plans = [
            _redrawn(plan, one, chosen) or plan_of(one, plan.world, self._others(one, drawn))
            for plan, one in zip(self._plans, drawn, strict=True)
        ]
        return tuple(self._shock(_on_world(plan, _root(world)), world) for plan in plans)

    def _shock(self, plan: Plan, world: World) -> Shock:
        shock = compiled(plan, limited(plan, charges_of(plan)), notices=False)
        return self._down(shock, world)

    def _down(self, shock: Shock, world: World) -> Shock:
        """A shock of the world without a parent, in the dimensions of an aggregate."""
        if world.parent is None:
            return shock
        return aggregated(self._down(shock, world.parent), world.parent, world)


def _root(world: World) -> World:
    while world.parent is not None:
        world = world.parent
    return world


def _on_world(plan: Plan, world: World) -> Plan:
    """The same layout where other tariffs are paid; what is hit does not hang on them."""
    if world is plan.world:
        return plan
    found = replace(plan, world=world)
    vars(found).update(rules=plan.rules, pieces=plan.pieces, charged_sets=plan.charged_sets)
    return found


@dataclass(frozen=True)
class _Changed:
    """Measures of a plan before and after a draw, by name."""

    before: Mapping[str, Measure]
    after: Mapping[str, Measure]

    @property
    def reach(self) -> dict[str, Measure]:
        """Those that hit another part of the trade."""
        return {
            name: measure
            for name, measure in self.after.items()
            if any(getattr(measure, field) != getattr(self.before[name], field) for field in _REACH)
        }


def _redrawn(plan: Plan, scenario: Scenario, values: Mapping[Key, float]) -> Plan | None:
    """A plan with values for its uncertain numbers; None where that needs another layout."""
    measures = {name: with_values(measure, values) for name, measure in plan.measures.items()}
    names = [name for name, measure in measures.items() if measure is not plan.measures[name]]
    changed = _Changed({n: plan.measures[n] for n in names}, {n: measures[n] for n in names})
    own = {name: measures[name] for name in plan.own}
    held = {name: measures[name] for name in plan.held}
    if _laid_out_anew(plan, changed, held):
        return None
    carbon = {name: table * _price(changed, name) for name, table in plan.carbon.items()}
    found = replace(plan, scenario=scenario, measures=measures, own=own, held=held, carbon=carbon)
    reach = changed.reach
    hit = _covered(plan, reach) if reach else plan.found
    found = replace(found, found=hit)
    rules = tuple(_with(r, m) for r, m in zip(plan.rules, (own, held), strict=True))
    pieces = _divided(plan, found, reach) if reach else plan.pieces
    # What a cached property has found of the one plan is so of the other.
    vars(found).update(rules=rules, pieces=pieces, charged_sets=plan.charged_sets)
    return found


def _laid_out_anew(plan: Plan, changed: _Changed, held: Mapping[str, Measure]) -> bool:
    """Whether a draw makes other measures one with those of the baseline, or changes their order."""
    if any(measure.exclusive for measure in changed.after.values()):
        return True
    if any(name in plan.held for name in changed.reach):
        return True
    by_id = {measure.id: measure for measure in plan.held.values()}
    drawn = {measure.id: measure for measure in held.values()}
    return any(
        is_same(changed.before[name], by_id[name]) != is_same(changed.after[name], drawn[name])
        for name in changed.after
        if name in plan.own and name in by_id
    )


def _price(changed: _Changed, name: str) -> float:
    """The price of carbon in proportion to what it was."""
    before, after = changed.before.get(name), changed.after.get(name)
    if before is None or after is None or before.carbon is None or after.carbon is None:
        return 1.0
    return after.carbon.price / before.carbon.price


def _with(rules: Rules, measures: Mapping[str, Measure]) -> Rules:
    """The same rules with other rates."""
    found = copy(rules)
    found.measures = tuple(measures.values())
    return found


def _covered(plan: Plan, reach: Mapping[str, Measure]) -> Coverage:
    """What measures hit, with some of them as drawn."""
    absent: set[str] | None = set() if plan.scenario.from_registry else None
    new = coverage(reach, plan.world, plan.scenario.date, None, absent)
    order = {name: position for position, name in enumerate(plan.measures)}
    hits = [hit for hit in plan.found.hits if hit.name not in reach]
    lines = [item for item in plan.found.lines if item.name not in reach]
    stated = {name: value for name, value in plan.found.stated.items() if name not in reach}
    whole = replace(
        plan.found,
        hits=tuple(sorted([*hits, *new.hits], key=lambda hit: order[hit.name])),
        lines=tuple(sorted([*lines, *new.lines], key=lambda item: order[item.name])),
        stated={**stated, **new.stated},
    )
    return seen(whole)


def _divided(plan: Plan, drawn: Plan, reach: Mapping[str, Measure]) -> Pieces:
    """The plan's pieces, with those between economies that the measures concern divided anew."""
    world = plan.world
    touched = {pair for m in reach.values() for pair in flow_pairs(m, world, [], set())}
    here = np.zeros((len(world.economies),) * 2, dtype=bool)
    here[tuple(np.array(sorted(touched)).reshape(-1, 2).T)] = True
    some = replace(
        drawn.found,
        hits=tuple(hit for hit in drawn.found.hits if here[hit.importer, hit.exporter]),
        lines=tuple(item for item in (_on(item, here) for item in drawn.found.lines) if item.pairs),
    )
    new, old = divide(some, tuple(plan.measures), world, plan.scenario.date), plan.pieces
    kept = ~here[old.importer, old.exporter]
    excess = tuple(item for item in old.excess if not here[item[0][1:]])

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(old, name)[kept], getattr(new, name)])

    return Pieces(
        names=old.names,
        sector=joined("sector"),
        importer=joined("importer"),
        exporter=joined("exporter"),
        share=joined("share"),
        held=np.concatenate([old.held[kept], new.held + len(old.sets)]),
        sets=(*old.sets, *new.sets),
        excess=(*excess, *new.excess),
    )


def _on(item: LineHits, here: Bool[np.ndarray, "importer exporter"]) -> LineHits:
    return replace(item, pairs=tuple(pair for pair in item.pairs if here[pair]))
