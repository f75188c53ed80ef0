"""Trade before and after measures, for every draw of what is uncertain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.arrays import Bilateral
from detente.errors import CannotCompute
from detente.model import Baseline, Equilibrium, Theory, Weights, solve, solve_many
from detente.policy import Shock
from detente.studies.uncertainty import Question
from detente.studies.uncertainty.inputs import Inputs, Refused
from detente.world import World

__all__ = ["Drawn", "drawn", "solved_flows"]

SOLVED = "solved"
Read = Callable[[Bilateral, Bilateral], np.ndarray]


class Drawn(NamedTuple):
    """Answers of all draws.

    Attributes:
        values: (draw, answer), those that were solved.
        failed: number of the others.
    """

    values: Float[np.ndarray, "draw answer"]
    failed: int


def solved_flows(world: World, shock: Shock, theory: Theory) -> Bilateral:
    """Trade after a shock, before duty, USD million a year.

    Raises:
        CannotCompute: no equilibrium was found.
    """
    found = solve(world, shock, theory)
    if found.status != SOLVED:
        raise CannotCompute(f"{theory.describe()}: {found.message}")
    return np.asarray(found.flows)


def drawn(question: Question, blocks: int, read: Read) -> Drawn:
    """What is read from trade before and after the measures, over the draws of a question.

    Args:
        question: with the sources that vary.
        blocks: of its design; a block has a draw for each source and two more.
        read: from flows under the reference and under the scenario, (sector, importer, exporter), to
            numbers.
    """
    inputs = Inputs(question)
    values: list[np.ndarray] = []
    tried = 0
    for number, theory in enumerate(question.theories):
        for pair in _pairs(inputs, blocks, number, theory):
            tried += 1
            if pair is not None and all(point.status == SOLVED for point in pair):
                values.append(read(np.asarray(pair[0].flows), np.asarray(pair[1].flows)))
    return Drawn(np.array(values), tried - len(values))


def _pairs(
    inputs: Inputs, blocks: int, number: int, theory: Theory
) -> Iterator[tuple[Equilibrium, Equilibrium] | None]:
    refused: list[None] = []

    def problems() -> Iterator[tuple[Baseline, Weights]]:
        for case in inputs.cases(0, blocks, number):
            if isinstance(case, Refused):
                refused.append(None)
                continue
            yield case.base, case.reference
            yield case.base, case.scenario

    found = solve_many(problems(), theory, inputs.question.solver)
    for reference in found:
        yield reference, next(found)
    yield from refused
