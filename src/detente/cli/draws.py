"""What commands that draw have in common: their options, progress with the time left, a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from detente.cli.console import working

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from detente.model import Theory
    from detente.policy import Scenario
    from detente.studies.store import Store
    from detente.studies.uncertainty import Ensemble, Parts, Question
    from detente.world import World

__all__ = ["HELP", "compute", "draws_given", "parts_in", "question_of", "sources_given"]

HELP = {
    "draws": "Draws of what is not known for certain, rounded up to whole blocks of the design; more "
    "give finer intervals, 0 the point alone.",
    "seed": "Decides the draws: the same seed gives the same numbers.",
    "sources": "What varies: some of elasticities, measures, flows, tariffs, theory; all of them without it.",
    "cluster": "Compute draws on the Dask cluster at this address, such as tcp://10.0.0.5:8786.",
}


def sources_given(text: str | None) -> tuple[str, ...]:
    """The sources of uncertainty that were asked for; all of them without a word."""
    from detente.studies.uncertainty import SOURCES

    if text is None:
        return tuple(SOURCES)
    return tuple(name.strip() for name in text.split(",") if name.strip())


def draws_given(draws: int | None) -> int | None:
    """The number of draws that was asked for.

    Raises:
        BadInput: it is negative.
    """
    from detente.errors import BadInput, Problem

    if draws is not None and draws < 0:
        remedy = "give 0 for the point alone, or how many draws to take"
        raise BadInput(Problem(f"{draws} draws", field="draws", remedy=remedy))
    return draws


def question_of(
    world: World,
    scenario: Scenario,
    reference: Scenario | None,
    theory: Theory,
    focus: tuple[str, ...],
    sources: tuple[str, ...],
    seed: int,
    by: str = "sources",
) -> Question:
    """What is asked, with the theories that could as well be chosen."""
    from detente.policy import BASELINE
    from detente.studies.uncertainty import ask

    return ask(world, scenario, reference or BASELINE, theory, focus, sources, seed, by)


def parts_in(store: Store, question: Question) -> Parts | None:
    """Where a store keeps the draws of a question; None if it cannot be written."""
    from detente.studies.uncertainty import Parts

    return Parts(store.draws(question.id)) if store.writable() else None


def compute(question: Question, draws: int | None, parts: Parts | None, address: str | None) -> Ensemble:
    """The draws, with progress and the time left on standard error; a stop keeps what is done."""
    from detente.studies.uncertainty import draw

    with _executor(address) as executor, _progress() as tell:
        return draw(question, draws, parts, executor, tell)


@contextmanager
def _executor(address: str | None) -> Iterator[Executor | None]:
    from detente.studies.uncertainty import cluster

    if address is None:
        yield None
    else:
        with cluster(address) as found:
            yield found


@contextmanager
def _progress() -> Iterator[Callable[[int, int, float], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("drawing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
    with Progress(*columns, console=working(), transient=True) as shown:
        task = shown.add_task("", total=None)

        def tell(done: int, wanted: int, _: float) -> None:
            shown.update(task, completed=done, total=wanted)

        yield tell
