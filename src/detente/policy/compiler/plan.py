"""The measures laid out on a world: a scenario's own, those of the baseline, those it is compared with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from detente.errors import BadInput, Problem
from detente.policy.compiler.carbon import carbon_rates
from detente.policy.compiler.coverage import Coverage, coverage, flow_pairs, is_domestic, unsound
from detente.policy.compiler.pieces import Pieces, divide
from detente.policy.compiler.stacking import Rules
from detente.policy.measure import Measure
from detente.policy.parties import between, codes_of
from detente.policy.scenario import Scenario
from detente.policy.uncertain import with_values
from detente.world.world import World

__all__ = ["Plan", "is_same", "plan_of", "seen"]

# What marks the name of a measure that the baseline holds, or that the reference does; no file can hold it.
HELD, UNSEEN = "\x01", "\x00"
# Fields of `Measure.content` that say when a measure is in force, and what it does to others or they to it.
_DATES = ("start", "end", "what_if")
_RELATIONS = ("yields_to", "of", "exclusive", "programme")


@dataclass(frozen=True, eq=False)
class Plan:
    """What a scenario lays out on a world that is no aggregate.

    Attributes:
        scenario: whose measures these are.
        world: no aggregate.
        measures: all that are laid out on flows, by name; the order gives each its bit.
        own: the scenario's measures in force on flows, by the name they are laid out under.
        held: the measures that the baseline holds, by the name they are laid out under. One that the
            scenario leaves as it is has one name in both.
        replaced: whether the measures of the baseline give way to the scenario's, (importer, exporter).
        carbon: rates of carbon border charges, (sector, exporter), by id.
        found: what the measures hit.
        notices: sentences a user must see.
    """

    scenario: Scenario
    world: World
    measures: Mapping[str, Measure]
    own: Mapping[str, Measure]
    held: Mapping[str, Measure]
    replaced: Bool[np.ndarray, "importer exporter"]
    carbon: Mapping[str, Float[np.ndarray, "sector exporter"]]
    found: Coverage
    notices: tuple[str, ...]

    @cached_property
    def pieces(self) -> Pieces:
        """The world's flows, divided by the measures that meet on them."""
        return divide(self.found, tuple(self.measures), self.world, self.scenario.date)

    @cached_property
    def rules(self) -> tuple[Rules, Rules]:
        """What yields to what, among the scenario's measures and among those of the baseline."""
        return Rules(tuple(self.own.values())), Rules(tuple(self.held.values()))

    @cached_property
    def kept(self) -> frozenset[str]:
        """Ids of the scenario's measures that the baseline holds as they are, whatever they yield to.

        A measure that is changed is a new one in the place of the old: nothing is known of its shortfall.
        """
        own = self.own
        apart_from = (*_DATES, *_RELATIONS)
        return frozenset(m.id for m in self.held.values() if is_same(own.get(m.id), m, apart_from))

    @cached_property
    def _own_bits(self) -> dict[int, int]:
        return _translation(tuple(self.measures), tuple(self.own))

    @cached_property
    def _held_bits(self) -> dict[int, int]:
        return _translation(tuple(self.measures), tuple(self.held))

    @cached_property
    def charged_sets(self) -> tuple[dict[int, int], dict[int, int]]:
        """What `charged` and `charged_before` have found so far: by ids and relations, whatever the rates."""
        return {}, {}

    def charged(self, mask: int) -> int:
        """The scenario's measures that are charged where a set of measures meets, as a set of `own`."""
        known = self.charged_sets[0]
        if mask not in known:
            known[mask] = self.rules[0].charged(_translated(mask, self._own_bits))
        return known[mask]

    def charged_before(self, mask: int) -> int:
        """The same of the measures that the baseline holds, as a set of `held`."""
        known = self.charged_sets[1]
        if mask not in known:
            known[mask] = self.rules[1].charged(_translated(mask, self._held_bits))
        return known[mask]


def _translation(names: tuple[str, ...], wanted: tuple[str, ...]) -> dict[int, int]:
    place = {name: position for position, name in enumerate(wanted)}
    return {bit: 1 << place[name] for bit, name in enumerate(names) if name in place}


def _translated(mask: int, bits: Mapping[int, int]) -> int:
    return sum(to for bit, to in bits.items() if mask >> bit & 1)


def plan_of(scenario: Scenario, world: World, beside: Sequence[Scenario] | None = None) -> Plan:
    """Lay out a scenario on a world.

    Args:
        scenario: the scenario.
        world: no aggregate.
        beside: what it is compared with; its own reference if None. Their measures are laid out with its
            own and then forgotten, so that values that exceed a flow are scaled alike in both.

    Raises:
        BadInput: the scenario does not fit the world; lists every problem.
    """
    if beside is None:
        beside = [] if scenario.reference is None else [scenario.reference]
    problems = [problem for each in (scenario, *beside) for problem in _given_twice(each)]
    carbon: dict[str, np.ndarray] = {}
    own = {m.id: _prepared(m, scenario, world, carbon, problems) for m in _on_flows(scenario)}
    problems += [p for m in scenario.in_force if is_domestic(m) for p in unsound(m)]
    held, only, replaced = _held_by_baseline(scenario, world, own)
    unseen: dict[str, Measure] = {}
    for number, other in enumerate(beside):
        for m in _on_flows(other):
            tag = f"{UNSEEN}{number}{m.exclusive}" if m.exclusive else ""
            prepared = _prepared(m, other, world, {}, problems)
            unseen[f"{UNSEEN}{number}{m.id}"] = replace(prepared, exclusive=tag)
    measures = {**own, **{name: m for name, m in held.items() if name not in own}, **unseen}
    absent: set[str] | None = set() if scenario.from_registry else None
    try:
        found = coverage(measures, world, scenario.date, only, absent)
    except BadInput as error:
        problems += error.problems
    if problems:
        raise BadInput(sorted(set(problems), key=_place))
    notices = (*_absent(absent, world), *found.notices, *found.stand_ins)
    return Plan(scenario, world, measures, own, held, replaced, carbon, seen(found), notices)


def _place(problem: Problem) -> tuple[str, int, str, str]:
    return problem.file or "", problem.line or 0, problem.field or "", problem.message


def _absent(names: set[str] | None, world: World) -> tuple[str, ...]:
    if not names:
        return ()
    listed = ", ".join(sorted(names))
    return (f"{world.name} does not hold apart {listed}: measures on them are not simulated",)


def _given_twice(scenario: Scenario) -> list[Problem]:
    """Ids that several measures have: which of them counts would hang on their order."""
    times = Counter(measure.id for measure in scenario.in_force)
    remedy = "give each measure an id of its own"
    return [
        measure.place.problem("id", f"id '{measure.id}' is given {times[measure.id]} times", remedy)
        for measure in scenario.in_force
        if times[measure.id] > 1
    ]


def _on_flows(scenario: Scenario) -> list[Measure]:
    return [m for m in scenario.in_force if not is_domestic(m)]


def _prepared(
    measure: Measure,
    scenario: Scenario,
    world: World,
    carbon: dict[str, np.ndarray],
    problems: list[Problem],
) -> Measure:
    """A carbon border charge with the sectors of its table; any other measure as it is."""
    if measure.kind != "carbon-border-charge" or measure.carbon is None:
        return measure
    folder = Path(measure.place.file or scenario.file or "").parent
    try:
        rates = carbon_rates(measure, world, folder)
    except BadInput as error:
        problems += error.problems
        return replace(measure, sectors=world.sectors[:1])
    carbon[measure.id] = rates
    if measure.sectors:
        return measure
    return replace(measure, sectors=tuple(np.array(world.sectors)[rates.any(axis=1)].tolist()))


def _held_by_baseline(
    scenario: Scenario, world: World, own: Mapping[str, Measure]
) -> tuple[dict[str, Measure], dict[str, frozenset[int]], np.ndarray]:
    """Measures that the world's tariffs hold, of which importers, and pairs where they give way."""
    size = len(world.economies)
    replaced = np.zeros((size, size), dtype=bool)
    held: dict[str, Measure] = {}
    only: dict[str, set[int]] = {}
    if not scenario.from_registry:
        return held, {}, replaced
    from detente.policy.registry import registry

    codes = scenario_between(scenario)
    for importer, day in sorted(world.provenance.measures_included.items()):
        if importer not in world.economies or (codes and importer not in codes):
            continue
        n = world.economies.index(importer)
        for i, exporter in enumerate(world.economies):
            replaced[n, i] = n != i and (not codes or exporter in codes)
        for known in registry().on(date.fromisoformat(day)):
            measure = with_values(known, scenario.values)
            cut = between(measure, codes) if codes else measure
            if cut is None or is_domestic(cut):
                continue
            if all(pair[0] != n for pair in flow_pairs(cut, world, [], set())):
                continue
            name = cut.id if is_same(own.get(cut.id), cut) else f"{HELD}{cut.id}"
            tag = f"{HELD}{cut.exclusive}" if cut.exclusive and name != cut.id else cut.exclusive
            held[name] = replace(cut, exclusive=tag)
            if name != cut.id:
                only.setdefault(name, set()).add(n)
    return held, {name: frozenset(importers) for name, importers in only.items()}, replaced


def scenario_between(scenario: Scenario) -> frozenset[str]:
    """Codes of the economies that a scenario's part of the registry is held to; none for all."""
    return codes_of(scenario.between)


def is_same(one: Measure | None, other: Measure, apart_from: Sequence[str] = _DATES) -> bool:
    """Whether two measures do the same, apart from some fields: whenever they began."""
    if one is None:
        return False

    def content(measure: Measure) -> dict[str, object]:
        return {k: v for k, v in measure.content().items() if k not in apart_from}

    return content(one) == content(other)


def seen(found: Coverage) -> Coverage:
    """What is hit on flows that the scenario or the baseline hits; of the reference only what can crowd it.

    Line by line, measures of the reference matter only where `exclusive` lays them side by side.
    """
    flows = {hit[2:5] for hit in found.hits if not hit.name.startswith(UNSEEN)}
    hits = tuple(hit for hit in found.hits if hit[2:5] in flows)
    lines = tuple(i for i in found.lines if not i.name.startswith(UNSEEN) or i.measure.exclusive)
    return replace(found, hits=hits, lines=lines)
