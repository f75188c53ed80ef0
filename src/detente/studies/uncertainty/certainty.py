"""What an ensemble says of an answer, as plain data: what is printed, and kept beside the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from detente.arrays import quantities
from detente.outcome import Outcome
from detente.studies.uncertainty.drawing import Ensemble
from detente.studies.uncertainty.influence import Influence
from detente.studies.uncertainty.intervals import Interval
from detente.studies.uncertainty.question import SOURCES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["HowSure", "Source", "how_sure", "interval_table", "leading"]

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
class HowSure:
    """How sure an answer is.

    Attributes:
        draws: number computed; `wanted` is what was asked for, more if the run was stopped.
        failed: draws without a solution, which no interval counts.
        failures: what these said and how often, the most frequent first.
        seed: of the design.
        sources: what varies.
        intervals: by answer ("real_income/CAN"), in its unit, see `answers`.
        influences: by economy in focus, shares of the variance of its real income, the largest first.
    """

    draws: int
    wanted: int
    failed: int
    failures: tuple[tuple[str, int], ...]
    seed: int
    sources: tuple[Source, ...]
    intervals: dict[str, Interval]
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
    details: dict[str, list[str]] = {}
    for name, text in ensemble.sources:
        details.setdefault(name, []).append(text)
    design, question = ensemble.design, ensemble.question
    return HowSure(
        draws=ensemble.draws,
        wanted=ensemble.wanted * design.rows_a_block,
        failed=ensemble.failed,
        failures=tuple(ensemble.failures.items()),
        seed=question.seed,
        sources=tuple(
            Source(name, *SOURCES[name], tuple(details[name])) for name in SOURCES if name in details
        ),
        intervals=ensemble.intervals(),
        influences={code: ensemble.influences(f"{MAIN}/{code}") for code in question.focus},
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
