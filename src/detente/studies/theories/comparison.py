"""One question under several theories, side by side; a theory without an answer stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detente.errors import BadInput, CannotCompute
from detente.model import Solver, Theory
from detente.outcome import (
    ALL_PARTNERS,
    Outcome,
    SectorRow,
    Summary,
    compare_measures,
    economy_codes,
    focus_economies,
    named_economies,
    run,
    sole_parties,
    summarise,
)
from detente.outcome.summary import what_differs
from detente.policy import BASELINE, Scenario, compile_scenario, explain
from detente.studies.theories.alternatives import STANDARD, Alternative, choices
from detente.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NOT_POSSIBLE",
    "SOLVED",
    "TheoryAnswer",
    "TheoryComparison",
    "compare_theories",
    "comparison_table",
]

SOLVED, NOT_POSSIBLE = "solved", "not possible"
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class TheoryAnswer:
    """What one theory says.

    Attributes:
        label: the theory in a few words.
        theory: its choices.
        why: why one may take it, one sentence; empty if the caller did not say.
        status: "solved"; why the solver has no answer, such as "not converged"; or "not possible", where the
            theory and the world or the scenario do not go together.
        message: the same as a sentence; empty if solved.
        outcome: identifier of the outcome; None without an answer.
        cautions: why the answer is in doubt; mostly empty.
        notes: on parameters of the theory and what is estimated for it.
        summary: the answer for the economies in focus; None without one.
    """

    label: str
    theory: Theory
    why: str
    status: str
    message: str = ""
    outcome: str | None = None
    cautions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: Summary | None = None

    def value(self, quantity: str, economy: str) -> float | None:
        """One number; None where this theory has no such quantity or no answer."""
        if self.summary is None:
            return None
        at = self.summary.focus.index(economy)
        return next((row.values[at] for row in self.summary.rows if row.quantity == quantity), None)

    def exports(self, economy: str) -> tuple[float, float] | None:
        """Change of an economy's exports to all others: USD million a year, and percent."""
        if self.summary is None:
            return None
        for row in self.summary.exports:
            if (row.exporter, row.importer) == (economy, ALL_PARTNERS):
                return row.change, row.percent
        return None

    def sector(self, economy: str) -> SectorRow | None:
        """The sector whose value added changes most; None if none by USD 0.5 million, or all are one."""
        if self.summary is None or self.theory.sectors == "one":
            return None
        rows = (*self.summary.helped[economy], *self.summary.hurt[economy])
        return max(rows, key=lambda row: abs(row.value_added), default=None)


@dataclass(frozen=True, eq=False)
class TheoryComparison:
    """One question under several theories.

    Attributes:
        scenario, against: names; "baseline" is the world as it stands.
        world, vintage: name of the world, and the year of its flows.
        economies: codes of the economies that are shown; empty if no theory has an answer.
        answers: one a theory, in the order asked for.
        wanted: theories that were asked for; more than there are answers after an interrupt.
        notices: what a reader of any number must see.
    """

    scenario: str
    against: str
    world: str
    vintage: int
    economies: tuple[str, ...]
    answers: tuple[TheoryAnswer, ...]
    wanted: int
    notices: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every theory was tried."""
        return len(self.answers) == self.wanted

    @property
    def solved(self) -> tuple[TheoryAnswer, ...]:
        """Theories with an answer."""
        return tuple(answer for answer in self.answers if answer.status == SOLVED)

    def spread(self, quantity: str, economy: str) -> tuple[float, float] | None:
        """The lowest and the highest value of a quantity over the theories; None where none has it."""
        found = [answer.value(quantity, economy) for answer in self.solved]
        values = [value for value in found if value is not None]
        return (min(values), max(values)) if values else None


class _Question:
    """A comparison made ready: what every theory is asked, and whom the answers are shown for."""

    def __init__(
        self,
        world: World,
        scenario: Scenario,
        against: Scenario | None,
        economies: Sequence[str],
        solver: Solver | None,
    ) -> None:
        self.world, self.scenario, self.against, self.solver = world, scenario, against, solver
        self.focus = economy_codes(world, economies)
        # Mistakes in the scenarios are the same under every theory, and stop all.
        shocks = [compile_scenario(scenario, world, [] if against is None else [against])]
        if against is not None:
            shocks.append(compile_scenario(against, world, [scenario]))
        self.notices = tuple(dict.fromkeys(text for shock in shocks for text in shock.notices))

    def answer(self, asked: Alternative) -> TheoryAnswer:
        label, theory, why = asked.label, asked.theory, asked.why
        try:
            outcome = run(self.world, self.scenario, self.against or BASELINE, theory, self.solver)
        except CannotCompute as error:
            return TheoryAnswer(label, theory, why, error.status, str(error))
        except BadInput as error:
            return TheoryAnswer(label, theory, why, NOT_POSSIBLE, str(error))
        self.focus = self.focus or self._chosen(outcome)
        found = summarise(outcome, self.focus)
        return TheoryAnswer(
            label, theory, why, SOLVED, "", outcome.id, outcome.cautions, outcome.theory_notes, found
        )

    def _chosen(self, outcome: Outcome) -> tuple[str, ...]:
        """Economies that measures name where scenario and reference differ, and others that change most."""
        scenario, against, world = self.scenario, self.against, self.world
        brief = explain(scenario, world, [against] if against else [])
        beside = explain(against, world, [scenario]) if against else None
        apart = what_differs(brief, compare_measures(scenario, brief, against, beside))
        return focus_economies(outcome, named_economies(apart, world), sole_parties(apart, world))


def compare_theories(
    world: World,
    scenario: Scenario,
    against: Scenario | None,
    theories: Sequence[Theory | Alternative],
    economies: Sequence[str] = (),
    solver: Solver | None = None,
    progress: Progress | None = None,
) -> TheoryComparison:
    """The same question under several theories.

    Every theory has its own reference and scenario, both solved from the same world. A theory without an
    answer is kept with its status and a sentence. An interrupt (Ctrl-C) keeps the answers that are there,
    and passes on where there is none.

    Args:
        world: the baseline economy, of many sectors.
        scenario: what is done.
        against: what it is compared with; None for the world as it stands.
        theories: theories, or alternatives with their labels and reasons, such as `alternatives` gives.
        economies: those to show, in any usual spelling; if none is named, those that the first theory with
            an answer makes most of, as in `focus_economies`.
        solver: how hard to try.
        progress: called with theories that are done, theories wanted, and what is next ("" at the end).

    Raises:
        BadInput: the scenario, its reference or the economies do not fit the world; lists every problem.

    Examples:
        >>> import detente as dt
        >>> world, deal = dt.load_world("g20-2019"), dt.load_scenario("canada-china-2026")
        >>> theories = [dt.Theory(), dt.Theory(market="external", scale_elasticity=1.0)]
        >>> found = compare_theories(world, deal, deal.reference, theories, ["CAN", "CHN"])
        >>> [(answer.label, answer.status) for answer in found.answers]
        [('the standard theory', 'solved'), ('market=external,scale_elasticity=1.0', 'not possible')]
        >>> found.spread("real_income", "CAN")[0] > 0
        True
    """
    tell = progress or (lambda *_: None)
    question = _Question(world, scenario, against, economies, solver)
    asked = [_named(theory) for theory in theories]
    found: list[TheoryAnswer] = []
    try:
        for theory in asked:
            tell(len(found), len(asked), theory.label)
            found.append(question.answer(theory))
        tell(len(found), len(asked), "")
    except KeyboardInterrupt:
        # What is done is kept; the caller sees that it is not all.
        if not found:
            raise
    return TheoryComparison(
        scenario=scenario.name,
        against=BASELINE if against is None else against.name,
        world=world.name,
        vintage=world.vintage,
        economies=question.focus,
        answers=tuple(found),
        wanted=len(asked),
        notices=question.notices,
    )


def _named(theory: Theory | Alternative) -> Alternative:
    if isinstance(theory, Alternative):
        return theory
    return Alternative(choices(theory) or STANDARD, theory, "")


def comparison_table(found: TheoryComparison) -> pd.DataFrame:
    """Every number of a comparison, one a row.

    Returns:
        Columns theory (label), choices (as the command line takes them), status, message, quantity, economy,
        partner, sector, value, unit. Quantities are those of a summary, `exports_change` and
        `exports_change_value` by partner, and of the sectors most helped and most hurt `value_added_volume`,
        `output_change` and `output_volume_change`. A theory without an answer has one row, without a number.

    Examples:
        >>> import detente as dt
        >>> world, deal = dt.load_world("g20-2019"), dt.load_scenario("canada-china-2026")
        >>> found = compare_theories(world, deal, deal.reference, [dt.Theory()], ["CAN", "CHN"])
        >>> table = comparison_table(found)
        >>> table.query("quantity == 'real_income' and economy == 'CAN'")["unit"].tolist()
        ['percent']
    """
    import pandas as pd

    columns = ("theory", "choices", "status", "message", "quantity", "economy", "partner", "sector")
    rows = []
    for answer in found.answers:
        name = (answer.label, choices(answer.theory), answer.status, answer.message)
        numbers = list(_numbers(answer.summary)) if answer.summary else [(None,) * 6]
        rows += [(*name, *number) for number in numbers]
    return pd.DataFrame(rows, columns=[*columns, "value", "unit"])


_Number = tuple[str | None, str | None, str | None, str | None, float | None, str | None]


def _numbers(summary: Summary) -> Iterator[_Number]:
    """Quantity, economy, partner, sector, value and unit of every number of a summary."""
    for row in summary.rows:
        for code, value in zip(summary.focus, row.values, strict=True):
            yield row.quantity, code, None, None, value, row.unit
    for trade in summary.exports:
        yield "exports_change_value", trade.exporter, trade.importer, None, trade.change, "USD million a year"
        yield "exports_change", trade.exporter, trade.importer, None, trade.percent, "percent"
    for code in summary.focus:
        for sector in (*summary.helped[code], *summary.hurt[code]):
            for quantity, value, unit in (
                ("value_added_volume", sector.value_added, "USD million a year"),
                ("output_change", sector.output, "percent"),
                ("output_volume_change", sector.output_volume, "percent"),
            ):
                yield quantity, code, None, sector.sector, value, unit
