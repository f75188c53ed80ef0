"""All draws of a question: computed here or elsewhere, kept on disk, told as intervals."""

from __future__ import annotations

import pickle
import tempfile
import time
import weakref
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import BadInput, CannotCompute, DetenteError, Problem
from detente.studies.uncertainty.answers import Answer
from detente.studies.uncertainty.design import SIDES, Design
from detente.studies.uncertainty.evaluation import SOLVED, Evaluation
from detente.studies.uncertainty.influence import Influence, influences
from detente.studies.uncertainty.intervals import Interval, interval
from detente.studies.uncertainty.parts import Part, Parts
from detente.studies.uncertainty.question import Question

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DEFAULT_BLOCKS", "Ensemble", "Progress", "draw"]

# A power of two, for which Sobol points are balanced.
DEFAULT_BLOCKS = 16
# Parts that wait at a cluster beyond those it works on: little to lose, nobody idle.
_AHEAD = 64

Progress = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Ensemble:
    """Draws of a question and what they say.

    Attributes:
        question: what was asked.
        design: which inputs each draw took.
        answers: what each draw computed.
        parts: where the draws are.
        blocks: of the design, those that are there and count.
        wanted: blocks that were asked for; more than `blocks` where the run was stopped.
        sources: every source that varies and its distribution, see `Inputs.describe`.
    """

    question: Question
    design: Design
    answers: tuple[Answer, ...]
    parts: Parts
    blocks: int
    wanted: int
    sources: tuple[tuple[str, str], ...]

    @property
    def draws(self) -> int:
        """Draws that were computed, failed ones included."""
        return self.blocks * self.design.rows_a_block

    @property
    def complete(self) -> bool:
        """Whether all draws that were asked for are there."""
        return self.blocks >= self.wanted

    @cached_property
    def statuses(self) -> dict[str, int]:
        """How many draws ended how, the most frequent first."""
        found = Counter(self.parts.column("status", self.blocks).tolist())
        return dict(found.most_common())

    @property
    def failed(self) -> int:
        """Draws without a solution."""
        return self.draws - self.statuses.get(SOLVED, 0)

    @cached_property
    def failures(self) -> dict[str, int]:
        """What failed draws said, the most frequent first."""
        found: Counter[str] = Counter()
        for table in self.parts.columns(["status", "message"], self.blocks):
            status, message = (table[name].to_pylist() for name in ("status", "message"))
            found.update(text for ended, text in zip(status, message, strict=True) if ended != SOLVED)
        return dict(found.most_common())

    def values(self, name: str) -> np.ndarray:
        """An answer in every draw, (draw,), by name such as "real_income/CAN"; not a number where it failed.

        Raises:
            BadInput: the draws have no such answer.
        """
        if name not in {answer.name for answer in self.answers}:
            some = ", ".join(answer.name for answer in self.answers[:3])
            raise BadInput(Problem(f"draws have no '{name}'", remedy=f"they have {some}, ..."))
        return self.parts.column(name, self.blocks)

    def interval(self, name: str) -> Interval | None:
        """Median and intervals of an answer; None where no draw has it."""
        return interval(self.values(name))

    def intervals(self) -> dict[str, Interval]:
        """Median and intervals of every answer that some draw has, by name."""
        found: dict[str, Interval] = {}
        names = [answer.name for answer in self.answers]
        # Some columns at a time, so that memory stays flat however many draws there are.
        together = max(1, 4_000_000 // max(self.draws, 1))
        for first in range(0, len(names), together):
            some = names[first : first + together]
            tables = list(self.parts.columns(some, self.blocks))
            for name in some:
                column = [table[name].to_numpy() for table in tables]
                made = interval(np.concatenate(column)) if column else None
                if made is not None:
                    found[name] = made
        return found

    def influences(self, name: str) -> tuple[Influence, ...]:
        """Shares of the variance of an answer, by source, the largest total first; see `influences`."""
        if not self.design.factors or self.blocks < 2:
            return ()
        rows = self.values(name).reshape(self.blocks, self.design.rows_a_block).T
        mixed = {factor.name: rows[len(SIDES) + at] for at, factor in enumerate(self.design.factors)}
        return influences(rows[0], rows[1], mixed, self.question.seed)


def draw(
    question: Question,
    draws: int | None = None,
    parts: Parts | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Compute the draws of a question that are not there yet, and keep them.

    Args:
        question: what is asked.
        draws: how many, rounded up to whole blocks of the design; 16 blocks if None.
        parts: where draws are kept and looked for; a folder of their own in the system's temporary one,
            which goes with the answer, if None.
        executor: who computes: anything that submits work, such as `cluster(address)` or a pool of
            processes; this process if None. The draws are the same. A pool of Python's own may wait for ever
            when one of its processes is killed; a cluster goes on without it.
        progress: called with draws that are there, draws wanted, and seconds since the start.

    An interrupt (Ctrl-C) keeps the draws that are done and returns them; a later call continues.

    Raises:
        BadInput: draws is negative or zero, or the question's world lacks what its theories need.
        CannotCompute: the executor failed, such as a pool or a cluster whose workers are gone; draws that
            were done before are kept where `parts` says, and a later call continues.
        KeyboardInterrupt: not a single draw was done before it.

    Examples:
        >>> import detente as dt
        >>> world, deal = dt.load_world("g20-2019"), dt.load_scenario("canada-china-2026")
        >>> question = Question(world, deal, deal.reference, (dt.Theory(),), ("CAN",), ("elasticities",))
        >>> found = draw(question, draws=6)
        >>> found.draws, found.failed, found.interval("real_income/CAN").sign
        (6, 0, 1.0)
    """
    if draws is not None and draws < 1:
        raise BadInput(Problem(f"{draws} draws", field="draws", remedy="give 1 or more"))
    work = Evaluation(question)
    design = work.inputs.design
    wanted = DEFAULT_BLOCKS if draws is None else design.blocks(draws)
    lasting = parts is not None
    if parts is None:
        # Goes when nothing refers to the draws any more.
        keep = tempfile.TemporaryDirectory(prefix="detente-draws-")
        parts = Parts(Path(keep.name))
        weakref.finalize(parts, keep.cleanup)
    missing = parts.missing(wanted)
    report = _Report(design, wanted, missing, progress)
    try:
        if executor is None:
            for part in missing:
                parts.write(part, work.table(part.first, part.count))
                report.done(part)
        else:
            _elsewhere(question, missing, parts, executor, report)
    except _Lost as lost:
        raise CannotCompute(_said(lost, report, lasting), "executor failed") from lost.__cause__
    except KeyboardInterrupt:
        # What is whole is kept; the caller sees that it is not all.
        if _reached(parts, wanted) == 0:
            raise
    blocks = _reached(parts, wanted)
    return Ensemble(question, design, work.answers, parts, blocks, wanted, tuple(work.inputs.describe()))


class _Report:
    """Says how far the work is."""

    def __init__(self, design: Design, wanted: int, missing: Sequence[Part], tell: Progress | None) -> None:
        self._each, self._tell, self._start = design.rows_a_block, tell, time.monotonic()
        self._wanted = wanted
        self._there = wanted - sum(part.count for part in missing)

    @property
    def draws(self) -> tuple[int, int]:
        """Draws that are there, and draws wanted."""
        return self._there * self._each, self._wanted * self._each

    def done(self, part: Part) -> None:
        self._there += part.count
        if self._tell is not None:
            passed = time.monotonic() - self._start
            self._tell(*self.draws, passed)


def _reached(parts: Parts, wanted: int) -> int:
    """Blocks from the first on without a gap."""
    missing = parts.missing(wanted)
    return missing[0].first if missing else wanted


class _Lost(Exception):  # noqa: N818 - never leaves this module
    """Who computes is gone; its cause is what the executor raised."""


def _said(lost: _Lost, report: _Report, lasting: bool) -> str:
    """What was lost, what is kept, and what to do."""
    cause, (there, wanted) = lost.__cause__, report.draws
    first, *_ = str(cause).strip().splitlines() or [""]
    why = type(cause).__name__ + (f": {first}" if first else "")
    if lasting:
        kept = f"{there:,} of {wanted:,} draws are kept: run it again, with workers or without, to go on"
    else:
        kept = f"{there:,} of {wanted:,} draws were done and are lost, as no folder keeps them; run it again"
    return f"what computed the draws failed ({why}); {kept}"


def _elsewhere(
    question: Question, missing: Sequence[Part], parts: Parts, executor: Executor, report: _Report
) -> None:
    """Hand parts out and keep what comes back, in any order.

    Raises:
        _Lost: the executor takes no work any more, or gives none back; what is done is kept.
    """
    packed = zlib.compress(pickle.dumps(question), 1)
    waiting: dict[Future[pa.Table], Part] = {}
    rest = list(reversed(missing))

    def keep(future: Future[pa.Table]) -> None:
        part = waiting.pop(future)
        with _working():
            table = future.result()
        parts.write(part, table)
        report.done(part)

    try:
        while rest or waiting:
            while rest and len(waiting) < _AHEAD:
                part = rest.pop()
                with _working():
                    waiting[executor.submit(_computed, packed, part.first, part.count)] = part
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                keep(future)
    except (_Lost, KeyboardInterrupt):
        for future in [future for future in waiting if future.done()]:
            # Whatever else was lost has been said.
            with suppress(_Lost):
                keep(future)
        raise
    finally:
        for future in waiting:
            with suppress(Exception):
                future.cancel()


@contextmanager
def _working() -> Iterator[None]:
    """What an executor raises of its own accord, of whatever class that is, as one."""
    try:
        yield
    except DetenteError:
        raise
    except Exception as error:
        raise _Lost from error


def _computed(packed: bytes, first: int, count: int) -> pa.Table:
    """A part, by whoever works for us."""
    return _evaluation(packed).table(first, count)


@lru_cache(1)
def _evaluation(packed: bytes) -> Evaluation:
    question = pickle.loads(zlib.decompress(packed))
    if not isinstance(question, Question):
        raise BadInput("what was sent is no question")
    # Whoever works for us has other workers beside it.
    return Evaluation(question, workers=1)
