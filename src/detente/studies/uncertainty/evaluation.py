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
from detente.studies.uncertainty.design import Row
from detente.studies.uncertainty.inputs import KEPT_BLOCKS, Case, Inputs, Refused
from detente.studies.uncertainty.question import Question

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LABELS", "REFUSED", "SOLVED", "Evaluation"]

SOLVED = "solved"
# The status of a draw whose inputs no baseline has.
REFUSED = "no baseline"
# Columns beside the answers.
LABELS = ("draw", "block", "row", "theory", "status", "message", "passes")


@dataclass(frozen=True)
class _Draw:
    row: Row
    theory: int
    status: str
    message: str
    passes: int
    values: np.ndarray


class Evaluation:
    """A question made ready for its draws, by this process."""

    def __init__(self, question: Question, workers: int | None = None) -> None:
        """`workers` threads solve; one a core if None."""
        self.question, self.workers = question, workers
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

        # Few blocks at a time, for all theories, as draws of a block share worlds and shocks.
        stretches = [
            (start, min(KEPT_BLOCKS, first + count - start))
            for start in range(first, first + count, KEPT_BLOCKS)
        ]
        theories = range(len(self.question.theories))
        draws = [
            draw for at, size in stretches for theory in theories for draw in self._solved(at, size, theory)
        ]
        draws.sort(key=lambda draw: draw.row.number)
        rows = [draw.row for draw in draws]
        labels = {
            "draw": pa.array([row.number for row in rows], pa.int64()),
            "block": pa.array([row.block for row in rows], pa.int64()),
            "row": pa.array([row.name for row in rows], pa.string()),
            "theory": pa.array([draw.theory for draw in draws], pa.int32()),
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
        refused: list[_Draw] = []

        def problems() -> Iterator[tuple[Baseline, Weights]]:
            for case in self.inputs.cases(first, count, theory):
                if isinstance(case, Refused):
                    refused.append(self._failed(case.row, theory, REFUSED, case.message, 0))
                    continue
                waiting.append(case)
                yield case.base, case.reference
                yield case.base, case.scenario

        world, chosen = self.question.world, self.question.theories[theory]
        found = solve_many(
            problems(),
            chosen,
            self.question.solver,
            economies=world.economies,
            sectors=world.sectors,
            workers=self.workers,
        )
        for reference in found:
            yield self._draw(waiting.pop(0), reference, next(found))
        yield from refused

    def _failed(self, row: Row, theory: int, status: str, message: str, passes: int) -> _Draw:
        return _Draw(row, theory, status, message, passes, np.full(len(self.answers), np.nan))

    def _draw(self, case: Case, reference: Equilibrium, scenario: Equilibrium) -> _Draw:
        passes = max(reference.passes, scenario.passes)
        for point in (reference, scenario):
            if point.status != SOLVED:
                return self._failed(case.row, case.theory, point.status, point.message, passes)
        question = self.question
        theory = question.theories[case.theory]
        pair = Comparison(reference, scenario, case.base, theory)
        values = answer_values(self.answers, question.world, theory, question.focus, pair)
        return _Draw(case.row, case.theory, SOLVED, "", passes, values)
