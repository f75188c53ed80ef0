"""The registry laid out for people: what is in force on a day and why, and everything by date."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from detente.policy.measure import Measure
from detente.policy.parties import codes_of, concerns
from detente.policy.registry import Registry, registry
from detente.policy.wording import marks_in_words, products_in_words, sentence

__all__ = ["Entry", "State", "in_force", "timeline"]


@dataclass(frozen=True)
class Entry:
    """One row of the registry.

    Attributes:
        id: of the measure.
        kind: of the measure; "" for a row that is left out.
        state: "in force" for one with dates, "what-if" for a threat, a proposal or a plan, "left out" for
            what is known and not simulated.
        sentence: who does what to whom; why it is left out.
        importers, exporters: as the registry names them.
        products: in words.
        rate: as a fraction.
        programme: its name; "" for none.
        start, end: first and last day in force; None for no limit.
        legal_basis: law, order or ruling.
        source, url: where it was read.
        marks: what is doubtful, one sentence each.
        note: what else the registry says.
    """

    id: str
    kind: str
    state: str
    sentence: str
    importers: tuple[str, ...] = ()
    exporters: tuple[str, ...] = ()
    products: str = ""
    rate: float = 0.0
    programme: str = ""
    start: date | None = None
    end: date | None = None
    legal_basis: str = ""
    source: str = ""
    url: str = ""
    marks: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class State:
    """A measure in force on a day, beside the others of that day.

    Attributes:
        entry: the measure.
        suspended_by: ids of suspensions in force that are about it; it is then not charged.
        exempted_by: ids of exemptions in force that spare some of its goods.
        below: ids and programmes that it yields to and that are in force between these economies: goods that
            they are charged on are spared.
    """

    entry: Entry
    suspended_by: tuple[str, ...]
    exempted_by: tuple[str, ...]
    below: tuple[str, ...]


def in_force(
    day: date, importers: Collection[str] = (), exporters: Collection[str] = (), known: Registry | None = None
) -> tuple[State, ...]:
    """The measures of the registry in force on a day, by programme and id, and how they stand to each other.

    Args:
        day: the day.
        importers, exporters: codes; only measures on what these buy from those; empty for any.
        known: a registry; the one that ships if None.

    Examples:
        >>> from datetime import date
        >>> in_force(date(1990, 1, 1), ["CAN"], ["CAN"])
        ()
    """
    measures = (known or registry()).on(day)
    found = [measure for measure in measures if concerns(measure, importers, exporters)]
    return tuple(_state(m, measures) for m in sorted(found, key=lambda m: (m.programme, m.id)))


def _state(measure: Measure, others: Sequence[Measure]) -> State:
    def about(kind: str) -> tuple[str, ...]:
        named = [other for other in others if other.kind == kind and _names(other.of, measure)]
        return tuple(other.id for other in named if _meet(other, measure))

    near = [other for other in others if other is not measure and _meet(other, measure)]
    below = [name for name in measure.yields_to if any(_names((name,), other) for other in near)]
    return State(_entry(measure), about("suspension"), about("exemption"), tuple(below))


def _names(names: tuple[str, ...], measure: Measure) -> bool:
    return measure.id in names or bool(measure.programme and measure.programme in names)


def _meet(one: Measure, other: Measure) -> bool:
    """Whether two measures have an importer and an exporter in common."""
    return concerns(one, *_parties(other)) and concerns(other, *_parties(one))


def _parties(measure: Measure) -> tuple[Collection[str], Collection[str]]:
    """Importers and exporters; none where they are all."""
    buyers = () if measure.importers == ("all",) else codes_of(measure.importers)
    sellers = () if measure.exporters == ("all",) else codes_of(measure.exporters) - codes_of(measure.spared)
    return buyers, sellers


def timeline(everything: bool = False, known: Registry | None = None) -> tuple[Entry, ...]:
    """The registry by first day in force.

    Args:
        everything: also what-ifs, and what is known and not simulated.
        known: a registry; the one that ships if None.

    Examples:
        >>> {entry.state for entry in timeline()} <= {"in force"}
        True
    """
    known = known or registry()
    rows = [_entry(measure) for measure in known.measures if everything or not measure.what_if]
    rows.sort(key=lambda row: (row.state != "in force", row.start or date.min, row.id))
    if everything:
        rows += [
            Entry(
                row.id,
                "",
                "left out",
                row.reason,
                source=str(row.source or ""),
                url=row.source.url if row.source else "",
            )
            for row in known.left_out
        ]
    return tuple(rows)


def _entry(measure: Measure) -> Entry:
    return Entry(
        id=measure.id,
        kind=measure.kind,
        state="what-if" if measure.what_if else "in force",
        sentence=sentence(measure),
        importers=measure.importers,
        exporters=measure.exporters,
        products=products_in_words(measure),
        rate=measure.rate,
        programme=measure.programme,
        start=measure.start,
        end=measure.end,
        legal_basis=measure.legal_basis,
        source=str(measure.source) if measure.source else "",
        url=measure.source.url if measure.source else "",
        marks=marks_in_words(measure),
        note=measure.note,
    )
