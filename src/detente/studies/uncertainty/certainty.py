"""What an ensemble says of an answer, as plain data: what is printed, and kept beside the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from detente.arrays import quantities
from detente.outcome import Outcome
from detente.studies.uncertainty.drawing import Ensemble
from detente.studies.uncertainty.evaluation import SOLVED
from detente.studies.uncertainty.influence import Influence
from detente.studies.uncertainty.intervals import FEWEST_BLOCKS, Interval, IntervalErrors, interval_errors
from detente.studies.uncertainty.question import SOURCES, Question

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Failure", "HowSure", "Source", "how_sure", "interval_table", "leading", "varying"]

# What most answers are read for.
MAIN = "real_income"


@dataclass(frozen=True)
class Source:
    """One source of uncertainty that varies.

    Attributes:
        name: such as "elasticities".
        kind: "parameters", "data" or "theory".
        title: in words.
        details: its distributions, and where they come from.
    """

    name: str
    kind: str
    title: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """Draws without a solution that ended alike.

    Attributes:
        status: how they ended, such as "not converged".
        draws: how many.
        example: what the first of them said.
    """

    status: str
    draws: int
    example: str


@dataclass(frozen=True)
class HowSure:
    """How sure an answer is.

    Attributes:
        draws: number computed; `wanted` is what was asked for, more if the run was stopped.
        blocks: of the design, in which draws come; draws of a block share inputs.
        enough: draws from which on errors and shares of variance are told.
        failed: draws without a solution, which no interval counts.
        failures: how these ended, the most frequent first.
        seed: of the design.
        sources: what varies; without any, there are no intervals: they would have no width.
        intervals: by answer ("real_income/CAN"), in its unit, see `answers`.
        errors: standard errors of the intervals of real income, by economy in focus; none with few draws.
        influences: by economy in focus, shares of the variance of its real income, the largest first.
    """

    draws: int
    wanted: int
    blocks: int
    enough: int
    failed: int
    failures: tuple[Failure, ...]
    seed: int
    sources: tuple[Source, ...]
    intervals: dict[str, Interval]
    errors: dict[str, IntervalErrors]
    influences: dict[str, tuple[Influence, ...]]


def how_sure(ensemble: Ensemble) -> HowSure:
    """Intervals of everything that is kept, and which source moves real income most.

    Examples:
        >>> import detente as dt
        >>> from detente.studies.uncertainty import Question, draw
        >>> world, deal = dt.load_world("g20-2019"), dt.load_scenario("canada-china-2026")
        >>> question = Question(world, deal, deal.reference, (dt.Theory(),), ("CAN",), ("elasticities",))
        >>> found = how_sure(draw(question, draws=12))
        >>> found.draws, [source.name for source in found.sources], sorted(found.influences)
        (12, ['elasticities'], ['CAN'])
    """
    design, question, sources = ensemble.design, ensemble.question, varying(ensemble)
    errors = {code: _errors(ensemble, code) for code in question.focus} if sources else {}
    return HowSure(
        draws=ensemble.draws,
        wanted=ensemble.wanted * design.rows_a_block,
        blocks=ensemble.blocks,
        enough=FEWEST_BLOCKS * design.rows_a_block,
        failed=ensemble.failed,
        failures=_failures(ensemble),
        seed=question.seed,
        sources=sources,
        intervals=ensemble.intervals() if sources else {},
        errors={code: found for code, found in errors.items() if found is not None},
        influences={code: ensemble.influences(f"{MAIN}/{code}") for code in question.focus},
    )


def varying(ensemble: Ensemble) -> tuple[Source, ...]:
    """The sources of uncertainty that vary in this world, of those that were asked for."""
    details: dict[str, list[str]] = {}
    for name, text in ensemble.sources:
        details.setdefault(name, []).append(text)
    titles = {name: (kind, _title(name, ensemble.question)) for name, (kind, _) in SOURCES.items()}
    return tuple(Source(name, *titles[name], tuple(details[name])) for name in SOURCES if name in details)


def _title(name: str, question: Question) -> str:
    """A source in words: of theories, what it is that they differ in."""
    first, *others = question.theories
    same = all(replace(other, elasticities=first.elasticities) == first for other in others)
    if name == "theory" and same:
        return "which set of elasticities holds"
    return SOURCES[name][1]


def _errors(ensemble: Ensemble, code: str) -> IntervalErrors | None:
    values = ensemble.values(f"{MAIN}/{code}")
    rows = values.reshape(ensemble.blocks, ensemble.design.rows_a_block)
    return interval_errors(rows, ensemble.question.seed)


def _failures(ensemble: Ensemble) -> tuple[Failure, ...]:
    examples: dict[str, str] = {}
    for table in ensemble.parts.columns(["status", "message"], ensemble.blocks):
        for status, message in zip(*(table[name].to_pylist() for name in table.column_names), strict=True):
            examples.setdefault(status, message)
    return tuple(
        Failure(status, times, examples[status])
        for status, times in ensemble.statuses.items()
        if status != SOLVED
    )


def leading(found: Sequence[Influence]) -> tuple[Influence, ...]:
    """The factors that may be the one that moves an answer most, the likeliest first.

    All whose total share is within two standard errors of the difference to the largest.

    Examples:
        >>> rows = [Influence("x", 0.6, 0.1, 0.7, 0.05), Influence("y", 0.2, 0.1, 0.3, 0.05)]
        >>> [row.factor for row in leading(rows)]
        ['x']
    """
    if not found or found[0].total <= 0.0:
        return ()
    first = found[0]
    return tuple(
        row
        for row in found
        if not first.total - row.total > 2.0 * (first.total_error**2 + row.total_error**2) ** 0.5
    )


def interval_table(found: HowSure, outcome: Outcome) -> pa.Table:
    """Every interval as one row: quantity, key ("CAN", "CAN>USA", "CAN.C29"), its ends, unit, outcome."""
    import pyarrow as pa

    names = [name.partition("/") for name in found.intervals]
    rows = list(found.intervals.values())
    tags = {
        "scenario": outcome.scenario,
        "against": outcome.against,
        "world": outcome.world.name,
        "outcome": outcome.id,
    }
    return pa.table(
        {
            "quantity": [quantity for quantity, _, _ in names],
            "key": [key for _, _, key in names],
            **{part.name: [getattr(row, part.name) for row in rows] for part in fields(Interval)},
            "unit": [quantities()[quantity].unit for quantity, _, _ in names],
            **{name: [text] * len(rows) for name, text in tags.items()},
        }
    )
