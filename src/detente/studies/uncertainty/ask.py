"""The usual question about a scenario, from names: all sources, and the theories one could as well take."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from pathlib import Path

from detente.model import Theory, one_sector
from detente.outcome.summary import economy_codes, named_economies
from detente.policy import BASELINE, Scenario, explain, load_scenario
from detente.studies.theories import defensible
from detente.studies.uncertainty.drawing import Ensemble, Progress, draw
from detente.studies.uncertainty.parts import Parts
from detente.studies.uncertainty.question import SOURCES, Question
from detente.world import World, load_world

__all__ = ["ask", "ensemble"]


def ask(
    world: World | str,
    scenario: Scenario | str | Path,
    against: Scenario | str | Path | None = None,
    theory: Theory | None = None,
    focus: Sequence[str] = (),
    sources: Sequence[str] | None = None,
    seed: int = 0,
    by: str = "sources",
) -> Question:
    """What a scenario does to a world, against its reference, and how surely.

    Args:
        world, scenario, against, theory: as `detente.run` takes them. With "theory" among the sources, the
            theories are those that could as well be chosen, see `detente.studies.theories.defensible`.
        focus: economies whose trade and sectors are kept, in any usual spelling; those that the scenario's
            measures name if empty.
        sources: what varies, of `SOURCES`; all of them if None.
        seed: decides all draws.
        by: see `Question`.

    Raises:
        BadInput: there is no such world, scenario, economy or source; lists what is wrong.

    Examples:
        >>> question = ask("g20-2019", "canada-china-2026", focus=["Canada"])
        >>> question.focus, len(question.theories)
        (('CAN',), 4)
    """
    world = load_world(world) if isinstance(world, str) else world
    scenario = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    reference = scenario.reference if against is None else _reference(against)
    theory = theory or Theory()
    world = one_sector(world) if theory.sectors == "one" else world
    chosen = tuple(SOURCES) if sources is None else tuple(sources)
    others = defensible(theory, world) if "theory" in chosen else ()
    theories = tuple(other.theory for other in others) or (theory,)
    codes = economy_codes(world, focus) or named_economies(explain(scenario, world), world)
    return Question(world, scenario, reference, theories, codes, chosen, by, seed)


def _reference(against: Scenario | str | Path) -> Scenario | None:
    if isinstance(against, Scenario):
        return against
    return None if str(against) == BASELINE else load_scenario(against)


def ensemble(
    world: World | str,
    scenario: Scenario | str | Path,
    against: Scenario | str | Path | None = None,
    theory: Theory | None = None,
    *,
    draws: int | None = None,
    seed: int = 0,
    focus: Sequence[str] = (),
    sources: Sequence[str] | None = None,
    parts: Parts | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Draws of what a scenario does: `draw(ask(...))`, which say what the arguments are.

    Raises:
        BadInput: there is no such world, scenario, economy or source; lists what is wrong.
        KeyboardInterrupt: not a single draw was done before it.

    Examples:
        >>> found = ensemble("g20-2019", "canada-china-2026", draws=6, sources=["elasticities"])
        >>> found.interval("real_income/CAN").sign
        1.0
    """
    question = ask(world, scenario, against, theory, focus, sources, seed)
    return draw(question, draws, parts, executor, progress)
