"""Numbers that scenarios have in common, and scenarios drawn together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detente.errors import BadInput, Problem
from detente.policy.scenario import Scenario
from detente.policy.uncertain import Key, UncertainNumber

__all__ = ["drawn_together", "joint_numbers", "values_by_key"]


def joint_numbers(scenarios: Sequence[Scenario]) -> tuple[UncertainNumber, ...]:
    """The uncertain numbers of several scenarios, each once.

    A number of two scenarios is one number if measure, field, currency and distribution are the same. Where
    only the distribution differs, they are two numbers, and the label of each names its scenario.

    Args:
        scenarios: such as a scenario and its reference.

    Examples:
        >>> from detente.policy import parse_scenario
        >>> text = '''
        ... title: A duty
        ... measures:
        ...   - {id: cars, kind: surcharge, importer: Canada, exporter: China, sectors: C29,
        ...      rate: {low: 20%, high: 40%}, covers: {low: 50%, high: 70%}, assumption: nobody knows}
        ... '''
        >>> less = text.replace("{low: 20%, high: 40%}", "10%")
        >>> before, after = parse_scenario(text, "before.yaml"), parse_scenario(less, "after.yaml")
        >>> [number.label for number in joint_numbers([after, before])]
        ['cars.covers.share', 'cars.rate']
    """
    found: dict[Key, UncertainNumber] = {}
    names: dict[str, set[Key]] = {}
    for scenario in scenarios:
        for number in scenario.uncertain:
            names.setdefault(number.label, set()).add(number.key)
            found.setdefault(number.key, replace(number, scenario=scenario.name))
    return tuple(
        number if len(names[replace(number, scenario="").label]) > 1 else replace(number, scenario="")
        for number in found.values()
    )


def drawn_together(scenarios: Sequence[Scenario], values: Sequence[float]) -> tuple[Scenario, ...]:
    """Scenarios with a value for each of their joint numbers, the same in all of them.

    Args:
        scenarios: such as a scenario and its reference.
        values: in the order of `joint_numbers(scenarios)`, in the units of these numbers.

    Raises:
        BadInput: too few or too many values, or some that the fields cannot have; lists every problem.

    Examples:
        >>> from detente.policy import load_scenario
        >>> deal = load_scenario("canada-china-2026")
        >>> drawn_together([deal], [number.median for number in joint_numbers([deal])]) == (deal,)
        True
    """
    chosen = values_by_key(joint_numbers(scenarios), values)
    problems: list[Problem] = []
    drawn = []
    for scenario in scenarios:
        try:
            drawn.append(scenario.at(chosen))
        except BadInput as error:
            problems += error.problems
    if problems:
        raise BadInput(list(dict.fromkeys(problems)))
    return tuple(drawn)


def values_by_key(numbers: Sequence[UncertainNumber], values: Sequence[float]) -> dict[Key, float]:
    """Values in the units of `Measure` by the numbers' keys.

    Raises:
        BadInput: too few or too many values.
    """
    if len(values) != len(numbers):
        remedy = f"give one for each of: {', '.join(number.label for number in numbers) or 'nothing'}"
        raise BadInput(Problem(f"{len(values)} values for {len(numbers)} uncertain numbers", remedy=remedy))
    return {n.key: float(value) * n.scale for n, value in zip(numbers, values, strict=True)}
