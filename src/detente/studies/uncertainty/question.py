"""A question with everything that decides its draws, as plain data that can travel to other machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from detente.errors import BadInput, Problem, nearest
from detente.model import Solver, Theory
from detente.policy import BASELINE, Scenario, scenario_hash
from detente.studies.content import theory_content, world_content
from detente.studies.question_key import digest
from detente.studies.software import software
from detente.world import World

__all__ = ["SOURCES", "Question"]

# What each source of uncertainty is: its kind, and in words.
SOURCES = {
    "elasticities": ("parameters", "trade elasticities, by the standard errors of their estimates"),
    "measures": ("parameters", "numbers that the scenario gives as ranges"),
    "flows": ("data", "the estimated part of the world's flows, by its measured error"),
    "tariffs": ("data", "baseline tariffs, by their measured error"),
    "theory": ("theory", "which of several theories holds"),
}


@dataclass(frozen=True)
class Question:
    """A comparison whose uncertainty is asked for.

    Attributes:
        world: the baseline economy; of one sector if the theories have one.
        scenario: what is done.
        reference: what it is measured against; None for the world as it stands.
        theories: those that may hold, each counted alike; the first is the one that point answers use.
        focus: economies whose trade and sectors are kept.
        sources: of `SOURCES`, those that vary.
        by: "sources": shares of variance are told for each source; "parameters": also for each single
            elasticity and number of the scenario.
        seed: decides all draws.
        solver: how hard to try.
    """

    world: World
    scenario: Scenario
    reference: Scenario | None
    theories: tuple[Theory, ...]
    focus: tuple[str, ...]
    sources: tuple[str, ...] = tuple(SOURCES)
    by: str = "sources"
    seed: int = 0
    solver: Solver = field(default_factory=Solver)

    def __post_init__(self) -> None:
        problems = [
            Problem(
                f"no source of uncertainty '{name}'", field="sources", remedy=nearest(name, list(SOURCES))
            )
            for name in self.sources
            if name not in SOURCES
        ]
        if self.by not in ("sources", "parameters"):
            remedy = "choose sources or parameters"
            problems.append(
                Problem(f"no way '{self.by}' to tell shares of variance", field="by", remedy=remedy)
            )
        if not self.theories:
            problems.append(Problem("no theory is given", field="theories", remedy="give at least one"))
        if self.seed < 0:
            problems.append(Problem(f"{self.seed} is below zero", field="seed", remedy="give 0, 1, 2, ..."))
        if problems:
            raise BadInput(problems)

    @property
    def id(self) -> str:
        """What decides every draw, as 16 hexadecimal digits; the number of draws is no part of it.

        Raises:
            BadInput: a user's table that a theory names cannot be read.
        """
        record = {
            "scenario": scenario_hash(self.scenario),
            "against": BASELINE if self.reference is None else scenario_hash(self.reference),
            "world": world_content(self.world),
            "theories": [theory_content(theory) for theory in self.theories],
            "focus": list(self.focus),
            "sources": sorted(self.sources),
            "by": self.by,
            "seed": self.seed,
            "solver": asdict(self.solver),
            "version": software(),
        }
        return digest(record)[:16]

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """The reference, where it is a scenario, and the scenario."""
        return [self.scenario] if self.reference is None else [self.reference, self.scenario]
