"""Solve some blocks of a question's draws; what comes back is a table with a row for every draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from detente.model import Baseline, Equilibrium, Weights, solve_many
from detente.outcome.quantities import Comparison
from detente.studies.uncertainty.answers import Answer, answer_values, answers
from detente.studies.uncertainty.inputs import Case, Inputs
from detente.studies.uncertainty.question import Question

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LABELS", "SOLVED", "Evaluation"]

SOLVED = "solved"
# Columns beside the answers.
LABELS = ("draw", "block", "row", "theory", "status", "message", "passes")


@dataclass(frozen=True)
class _Draw:
    case: Case
    status: str
    message: str
    passes: int
    values: np.ndarray


class Evaluation:
    """A question made ready for its draws, by this process."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.inputs = Inputs(question)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What every draw computes."""
        return answers(self.question.world, self.question.theories[0], self.question.focus)

    def table(self, first: int, count: int) -> pa.Table:
        """Draws of some blocks, in order: `LABELS`, then one column for each answer.

        A draw without a solution has its status and message, and no answers.
        """
        import pyarrow as pa

        theories = range(len(self.question.theories))
        draws = [draw for theory in theories for draw in self._solved(first, count, theory)]
        draws.sort(key=lambda draw: draw.case.row.number)
        rows = [draw.case.row for draw in draws]
        labels = {
            "draw": pa.array([row.number for row in rows], pa.int64()),
            "block": pa.array([row.block for row in rows], pa.int64()),
            "row": pa.array([row.name for row in rows], pa.string()),
            "theory": pa.array([draw.case.theory for draw in draws], pa.int32()),
            "status": pa.array([draw.status for draw in draws], pa.string()),
            "message": pa.array([draw.message for draw in draws], pa.string()),
            "passes": pa.array([draw.passes for draw in draws], pa.int32()),
        }
        values = np.array([draw.values for draw in draws]).reshape(len(draws), len(self.answers))
        columns = {answer.name: pa.array(values[:, at]) for at, answer in enumerate(self.answers)}
        return pa.table({**labels, **columns})

    def _solved(self, first: int, count: int, theory: int) -> Iterator[_Draw]:
        """Every draw of a theory; reference and scenario are solved side by side."""
        waiting: list[Case] = []

        def problems() -> Iterator[tuple[Baseline, Weights]]:
            for case in self.inputs.cases(first, count, theory):
                waiting.append(case)
                yield case.base, case.reference
                yield case.base, case.scenario

        world, chosen = self.question.world, self.question.theories[theory]
        found = solve_many(problems(), chosen, self.question.solver, None, world.economies, world.sectors)
        for reference in found:
            yield self._draw(waiting.pop(0), reference, next(found))

    def _draw(self, case: Case, reference: Equilibrium, scenario: Equilibrium) -> _Draw:
        passes = max(reference.passes, scenario.passes)
        for point in (reference, scenario):
            if point.status != SOLVED:
                nothing = np.full(len(self.answers), np.nan)
                return _Draw(case, point.status, point.message, passes, nothing)
        question = self.question
        theory = question.theories[case.theory]
        pair = Comparison(reference, scenario, case.base, theory)
        values = answer_values(self.answers, question.world, theory, question.focus, pair)
        return _Draw(case, SOLVED, "", passes, values)
