"""Scenarios: measures in force, measured against the baseline, a day, or another scenario."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem
from detente.policy.files.changes import Change
from detente.policy.line_lists import product_list, product_lists
from detente.policy.measure import Measure
from detente.policy.uncertain import Key, UncertainNumber, origin_of, with_values

__all__ = ["BASELINE", "REGISTRY", "Scenario", "measure_content", "scenario_hash"]

BASELINE = "baseline"
REGISTRY = "registry"


@dataclass(frozen=True)
class Scenario:
    """Measures and what they are measured against.

    Attributes:
        name: short name; the name of the file unless the file says otherwise.
        title: one line for people.
        measures: everything that is simulated, what is extended included; each complete, and yielding to
            what its programme yields to as well; the order has no meaning. None at all is a world without
            measures.
        description: what is simulated, in plain words.
        against: "baseline", or a day, or the scenario that results are compared with.
        date: only measures in force on this day apply; None for all of them.
        left_out: what is known to be in force and not simulated, one sentence each.
        file: where it was read from.
        extends: "registry", or the scenario that this one builds on; "" for neither.
        between: what of the registry counts: only what these economies do to each other; empty for all.
        added, removed: ids, against what it extends.
        changed: fields of measures, against what it extends.
        from_registry: whether it starts from the registry, through what it extends too. Measures that a
            world's own tariffs hold are then replaced by those of the scenario, not added to.
        text: what the file held; no part of equality.
    """

    name: str
    title: str
    measures: tuple[Measure, ...]
    description: str = ""
    against: str = BASELINE
    date: date | None = None
    left_out: tuple[str, ...] = ()
    file: str | None = None
    extends: str = ""
    between: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    from_registry: bool = False
    text: str = field(default="", compare=False, repr=False)
    _drawn: tuple[Scenario, Mapping[Key, float]] | None = field(default=None, compare=False, repr=False)

    @property
    def in_force(self) -> tuple[Measure, ...]:
        """The measures in force on the scenario's date, by id."""
        return tuple(m for m in sorted(self.measures, key=lambda m: m.id) if m.in_force(self.date))

    @property
    def not_in_force(self) -> tuple[Measure, ...]:
        """The measures that have ended or not begun on the scenario's date, by id."""
        return tuple(m for m in sorted(self.measures, key=lambda m: m.id) if not m.in_force(self.date))

    @cached_property
    def uncertain(self) -> tuple[UncertainNumber, ...]:
        """Numbers of the measures in force that are a range or a distribution, by measure and field.

        Examples:
            >>> from detente.policy import parse_scenario
            >>> deal = parse_scenario('''
            ... title: A duty
            ... measures:
            ...   - {id: cars, kind: surcharge, importer: Canada, exporter: China, sectors: C29,
            ...      rate: {low: 20%, high: 40%}, assumption: nobody knows}
            ... ''')
            >>> [f"{number.label} is {number}" for number in deal.uncertain]
            ['cars.rate is between 20% and 40%']
        """
        return tuple(
            replace(number, origin=origin_of(measure, number.field))
            for measure in self.in_force
            for number in measure.uncertain
        )

    def drawn(self, values: Sequence[float]) -> Scenario:
        """The scenario with a value for each of its uncertain numbers, which is then certain.

        Its reference has the same values of the numbers that both have; others stay uncertain there.

        Args:
            values: in the order of `uncertain` and in the file's units: rates and shares are fractions.

        Raises:
            BadInput: too few or too many values, or some that the fields cannot have; lists every problem.

        Examples:
            >>> from detente.policy import parse_scenario
            >>> deal = parse_scenario('''
            ... title: A duty
            ... measures:
            ...   - {id: cars, kind: surcharge, importer: Canada, exporter: China, sectors: C29,
            ...      rate: {low: 20%, high: 40%}, assumption: nobody knows}
            ... ''')
            >>> deal.measures[0].rate, deal.drawn([0.2]).measures[0].rate, deal.drawn([0.2]).uncertain
            (0.30000000000000004, 0.2, ())
        """
        from detente.policy.draws import values_by_key

        return self.at(values_by_key(self.uncertain, values))

    def at(self, values: Mapping[Key, float]) -> Scenario:
        """The scenario, and its reference, with values for some of their uncertain numbers.

        Args:
            values: in the units of `Measure`, by the numbers' keys; those of other scenarios are passed over.

        Raises:
            BadInput: some that the fields cannot have; lists every problem.
        """
        problems: list[Problem] = []
        measures = []
        for measure in self.measures:
            try:
                measures.append(with_values(measure, values))
            except BadInput as error:
                problems += error.problems
        if problems:
            raise BadInput(problems)
        return replace(self, measures=tuple(measures), _drawn=(self, values))

    @cached_property
    def values(self) -> Mapping[Key, float]:
        """What has been drawn, in the units of `Measure`, by the numbers' keys."""
        return {} if self._drawn is None else {**self._drawn[0].values, **self._drawn[1]}

    @cached_property
    def reference(self) -> Scenario | None:
        """The scenario this one is measured against; None for the baseline.

        A day is the registry on that day, between the same economies.

        Raises:
            BadInput: there is no such scenario, or it has problems of its own.
        """
        if self._drawn is not None and self._drawn[0].against == self.against:
            whole, values = self._drawn
            return None if whole.reference is None else whole.reference.at(values)
        return self._own_reference()

    def _own_reference(self) -> Scenario | None:
        from detente.policy.files.catalogue import list_scenarios
        from detente.policy.files.scenario_file import DAY, load_scenario, parse_day, scenario_on

        if self.against == BASELINE:
            return None
        if DAY.fullmatch(self.against):
            return scenario_on(parse_day(self.against), self.between)
        if self.against in list_scenarios():
            return load_scenario(self.against)
        return load_scenario(Path(self.file or "").parent / self.against)

    def describe(self) -> str:
        """What the scenario says, in plain words: who does what to whom, without trade values.

        Examples:
            >>> from detente.policy import load_scenario
            >>> print(load_scenario("canada-china-2026").describe())
            The Canada-China arrangement of January 2026, against the state before it
            ...
            - China charges Canada an anti-dumping duty of 5.9% on canola seed, ...
        """
        from detente.policy.wording import day_in_words, listed, sentence

        def said(measure: Measure) -> str:
            after = f" Not where {listed(measure.yields_to, 'or')} is charged." if measure.yields_to else ""
            return f"- {sentence(measure)}{after}"

        lines = [self.title, *([self.description] if self.description else [])]
        lines.append(f"Measured against: {self.against}.")
        lines += self._changes_in_words()
        lines += [said(measure) for measure in self.in_force]
        if self.date is not None:
            day = day_in_words(self.date)
            lines += [f"- Not in force on {day}: {sentence(measure)}" for measure in self.not_in_force]
        return "\n".join([*lines, *(f"- Left out: {text}" for text in self.left_out)])

    def _changes_in_words(self) -> list[str]:
        """What is done to what the scenario extends."""
        from detente.policy.wording import day_in_words, listed

        if not self.extends:
            return []
        what = self.extends
        if self.extends == REGISTRY and self.date is not None:
            what = f"the measures in force on {day_in_words(self.date)}"
        among = f", between {listed(self.between, 'and')} only" if self.between else ""
        lines = [f"Builds on: {what}{among}."]
        if self.added:
            lines.append(f"Adds: {', '.join(self.added)}.")
        if self.removed:
            lines.append(f"Removes: {', '.join(self.removed)}.")
        return [*lines, *(f"Changes {change.id}: {change}." for change in self.changed)]


def scenario_hash(scenario: Scenario) -> str:
    """A short SHA-256 of what decides a scenario's effect, and of what it is measured against.

    Comments, prose, sources, how a scenario is put together, and the order of measures and lists do not
    change it; numbers, ranges and distributions, dates, codes, economies, the codes of product lists, rules
    of programmes, tables of emission factors, and the content of the reference do.

    Examples:
        >>> from detente.policy import load_scenario
        >>> len(scenario_hash(load_scenario("canada-china-2026")))
        16
    """
    reference = scenario.reference
    content: Mapping[str, Any] = {
        "date": scenario.date.isoformat() if scenario.date else None,
        "against": scenario_hash(reference) if reference else BASELINE,
        "from_registry": scenario.from_registry,
        "measures": [measure_content(measure) for measure in sorted(scenario.measures, key=lambda m: m.id)],
    }
    return _digest(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def measure_content(measure: Measure) -> dict[str, Any]:
    """`Measure.content`, with what the lists and tables that it names hold in place of their names alone."""
    content = measure.content()
    names = {*measure.lists, *measure.excluded} & {*product_lists()}
    content["list_contents"] = {name: _list_digest(name) for name in sorted(names)}
    if measure.carbon is not None:
        path = Path(measure.place.file or "").parent / measure.carbon.table
        content["carbon"][3] = _digest(path.read_bytes()) if _is_file(path) else measure.carbon.table
    return content


@cache
def _list_digest(name: str) -> str:
    return _digest(repr(product_list(name)).encode())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
