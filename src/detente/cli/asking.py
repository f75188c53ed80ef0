"""What commands are asked: worlds, scenarios, theories and economies, by the words of the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detente.model import Theory
    from detente.outcome import Outcome
    from detente.outcome.summary import Summary
    from detente.policy import Brief, Scenario
    from detente.studies.uncertainty import HowSure
    from detente.world import World

__all__ = [
    "Answer",
    "answered",
    "focus_given",
    "reference_given",
    "scenario_given",
    "theory_given",
    "world_given",
]


def focus_given(text: str | None, world: World) -> tuple[str, ...]:
    """Codes of the economies that were asked for; none where none were."""
    from detente.outcome.summary import economy_codes

    return economy_codes(world, [name.strip() for name in (text or "").split(",") if name.strip()])


def scenario_given(name: str) -> Scenario:
    """A shipped scenario or a file."""
    from detente.policy import load_scenario

    return load_scenario(name)


def theory_given(text: str) -> Theory:
    """Choices as they are written on the command line."""
    from detente.model import Theory

    return Theory.parse(text)


def world_given(name: str, economies: str | None = None, sectors: str | None = None) -> World:
    """A world by name, aggregated where that was asked for."""
    from detente.world import load_world

    found = load_world(name)
    return found.aggregate(economies, sectors) if economies or sectors else found


def reference_given(scenario: Scenario, against: str | None) -> Scenario | None:
    """What a scenario is compared with; None for the baseline."""
    from detente.policy import load_scenario

    if against is None:
        return scenario.reference
    return None if against == "baseline" else load_scenario(against)


@dataclass(frozen=True)
class Answer:
    """Everything that is printed or written."""

    scenario: Scenario
    reference: Scenario | None
    brief: Brief
    beside: Brief | None
    outcome: Outcome
    summary: Summary
    certainty: HowSure | None = None


def answered(
    world: World, scenario: Scenario, reference: Scenario | None, theory: Theory, focus: tuple[str, ...]
) -> Answer:
    """The point answer; economies in focus are those that were asked for, or those that matter most."""
    from detente.outcome import run as solve
    from detente.outcome.summary import (
        compare_measures,
        focus_economies,
        named_economies,
        sole_parties,
        summarise,
        what_differs,
    )
    from detente.policy import explain

    brief = explain(scenario, world, [reference] if reference else [])
    beside = explain(reference, world, [scenario]) if reference else None
    outcome = solve(world, scenario, reference or "baseline", theory)
    apart = what_differs(brief, compare_measures(scenario, brief, reference, beside))
    shown = focus or focus_economies(outcome, named_economies(apart, world), sole_parties(apart, world))
    return Answer(scenario, reference, brief, beside, outcome, summarise(outcome, shown))
