"""How much of each of a world's flows each measure hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from detente.errors import BadInput, Problem, nearest
from detente.policy.compiler.reach import Notes, Reached, reach_products, reach_sectors
from detente.policy.compiler.varieties import Hit
from detente.policy.groups import group_members
from detente.policy.kinds import KINDS
from detente.policy.measure import Measure
from detente.policy.parties import codes_of
from detente.policy.uncertain import unsound_numbers
from detente.world.names import economy_code, economy_title
from detente.world.tariff_lines import importers_by_line, known_preferences
from detente.world.world import World

__all__ = ["Coverage", "LineHits", "coverage", "economies_of", "flow_pairs", "is_domestic"]

Pairs = tuple[tuple[int, int], ...]
# Kinds that act on every good of a flow without naming it.
_WITHOUT_GOODS = frozenset({"suspension", "carbon-border-charge"})


@dataclass(frozen=True)
class LineHits:
    """What a measure hits of imports that are known by tariff line.

    Attributes:
        name: of the measure among those that are laid out together.
        measure: the measure.
        pairs: (importer, exporter) indices.
        reached: the goods it names, and the part of them that it hits.
    """

    name: str
    measure: Measure
    pairs: Pairs
    reached: Reached


@dataclass(frozen=True)
class Coverage:
    """What measures hit in a world that is no aggregate.

    Attributes:
        hits: one for each measure and flow of an importer whose imports are not known by tariff line.
        lines: one for each measure on importers whose imports are.
        stated: the trade a measure hits as its own sources state it, USD million, by name: the value it
            covers, or customs values of its lines; no entry where that is the world's flows.
        notices: sentences a user must see.
        stand_ins: the same, of exporters whose products are taken from others.
    """

    hits: tuple[Hit, ...]
    lines: tuple[LineHits, ...]
    stated: Mapping[str, float] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()


def is_domestic(measure: Measure) -> bool:
    """Whether a measure is on what a government's own economy makes or buys, and on no flow."""
    return measure.kind in KINDS and KINDS[measure.kind].actor == "economy"


def coverage(
    measures: Mapping[str, Measure],
    world: World,
    day: date | None = None,
    only: Mapping[str, frozenset[int]] | None = None,
    absent: set[str] | None = None,
) -> Coverage:
    """How much of each flow each measure hits.

    Sectors are hit in whole, or in the share or value that `covers` gives. HS codes and lists of an importer
    whose imports are known by tariff line are hit line by line. Those of any other importer need `covers` as
    a value, which is converted to USD at the year's exchange rate and compared with the world's own flows
    as they are: no growth between the two years is assumed. A value that spans several sectors or pairs is
    divided in proportion to the flow times the share of the listed lines in the sector in US imports from
    the same exporter; sectors of services that also make goods, such as scrap, get none of it, and what
    exceeds one flow goes to the others.

    Args:
        measures: on flows, by the name they are laid out under.
        world: no aggregate.
        day: for which the use of preferences is asked.
        only: importers to which a measure is held, by name; all where it has no entry.
        absent: added to: economies that measures name and this world does not hold apart. They are
            problems where it is None.

    Raises:
        BadInput: lists every economy, sector or value that the world has no use for.
    """
    notes = Notes()
    hits: list[Hit] = []
    lines: list[LineHits] = []
    stated: dict[str, float] = {}
    for name, measure in measures.items():
        before = len(notes.problems)
        notes.problems += unsound(measure)
        pairs = flow_pairs(measure, world, notes.problems, absent)
        if only and name in only:
            pairs = tuple(pair for pair in pairs if pair[0] in only[name])
        if measure.kind not in KINDS:
            continue
        reach = reach_products if measure.hs or measure.lists else reach_sectors
        reached = _held_to(measure, world, reach(measure, world, pairs, day, notes))
        hits += [Hit(name, measure, *flow, share, codes) for flow, share, codes in reached.flows]
        if reached.pairs:
            lines.append(LineHits(name, measure, reached.pairs, reached))
        if reached.stated is not None:
            stated[name] = reached.stated
        if not reached.flows and not reached.pairs and len(notes.problems) == before:
            notes.say(f"{measure.id}: hits nothing, {_why_nothing(measure, world)}")
    if notes.problems:
        raise BadInput(
            sorted(set(notes.problems), key=lambda p: (p.file or "", p.line or 0, p.field or "", p.message))
        )
    stand_ins = tuple(_stand_in(world, *key, exporters) for key, exporters in sorted(notes.stand_ins.items()))
    return Coverage(tuple(hits), tuple(lines), stated, tuple(dict.fromkeys(notes.notices)), stand_ins)


def _why_nothing(measure: Measure, world: World) -> str:
    covers = measure.covers
    if covers is not None and 0.0 in (covers.share, covers.value):
        return "as it covers none of the trade: `covers` is 0"
    return f"as {world.name} has no such trade to be hit"


def _held_to(measure: Measure, world: World, reached: Reached) -> Reached:
    """Of what a measure reaches, the trade between the economies that it is held to."""
    if not measure.held_to:
        return reached
    held = {at for at, code in enumerate(world.economies) if code in measure.held_to}
    return replace(
        reached,
        flows=tuple(item for item in reached.flows if {*item[0][1:]} <= held),
        pairs=tuple(pair for pair in reached.pairs if {*pair} <= held),
    )


def _stand_in(world: World, importer: int, partner: str, exporters: set[int]) -> str:
    names = sorted(world.economies[index] for index in exporters)
    shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
    title = economy_title(world.economies[importer])
    return f"{title}: no imports by tariff line from {shown}; the products of those from {partner} are used"


def unsound(measure: Measure) -> list[Problem]:
    """What a file could not have held, in a measure made in code."""
    place = measure.place.problem
    kind = KINDS.get(measure.kind)
    if kind is None:
        remedy = nearest(measure.kind, list(KINDS))
        return [place("kind", f"{measure.id}: unknown kind '{measure.kind}'", remedy)]
    found = []
    if not kind.lowest_rate <= measure.rate < float("inf") or measure.rate > kind.highest_rate:
        low, high = f"{kind.lowest_rate:g}", f"{kind.highest_rate:g}"
        message = f"{measure.id}: rate {measure.rate} is not a fraction from {low} to {high}"
        found.append(place("rate", message, "25% is 0.25"))
    if measure.over_rate is not None and not measure.rate <= measure.over_rate < float("inf"):
        message = f"{measure.id}: the rate beyond the quota is below the rate within it"
        found.append(place("over_rate", message, "give the lower one as rate"))
    by_code = bool(measure.hs or measure.lists)
    if measure.kind not in _WITHOUT_GOODS and bool(measure.sectors) == by_code:
        found.append(place("hs", f"{measure.id}: give either sectors or HS codes"))
    for name in kind.needs:
        if name in ("quota", "carbon", "over_rate", "covers", "of") and not getattr(measure, name):
            if name == "over_rate" and measure.over_rate is not None:
                continue
            found.append(place(name, f"{measure.id}: a measure of kind {measure.kind} needs '{name}'"))
    return found + _unknown_preference(measure) + unsound_numbers(measure)


def _unknown_preference(measure: Measure) -> list[Problem]:
    """A preference that no importer's statistics know; one that is not open to the partner is no problem."""
    if not measure.preference:
        return []
    publish = [
        n for n in importers_by_line() if measure.importers == ("all",) or n in codes_of(measure.importers)
    ]
    known = sorted({name for n in publish for name in known_preferences(n)}) or known_preferences()
    if measure.preference in known:
        return []
    message = f"{measure.id}: unknown preference '{measure.preference}'"
    return [measure.place.problem("preference", message, nearest(measure.preference, known))]


def flow_pairs(
    measure: Measure, world: World, problems: list[Problem], absent: set[str] | None = None
) -> Pairs:
    """(importer, exporter) indices that a measure is on; `all` exporters are all but the importers.

    An embargo is on both directions. Only a rebate may be on what an economy sells to itself, where it is
    named among the exporters.
    """
    importers = economies_of(measure, "importer", world, problems, absent)
    exporters = economies_of(measure, "exporter", world, problems, absent)
    # What is spared has no flow to be hit where the world does not hold it apart.
    spared = set(_indices(measure, measure.spared, "exporter_except", world, problems, set()))
    home = measure.kind == "purchase-rebate" and measure.exporters != ("all",)
    if measure.exporters == ("all",) and measure.importers != ("all",):
        exporters = tuple(index for index in exporters if index not in importers)
    elif measure.importers != ("all",) and not home and (both := sorted(set(importers) & set(exporters))):
        names = ", ".join(world.economies[index] for index in both)
        message = f"{names} is both importer and exporter"
        problems.append(measure.place.problem("exporter", message, "an economy pays itself no duty"))
    exporters = tuple(index for index in exporters if index not in spared)
    pairs = [(n, i) for n in importers for i in exporters if home or n != i]
    if measure.kind == "embargo":
        pairs += [(i, n) for n, i in pairs]
    return tuple(dict.fromkeys(pairs))


def economies_of(
    measure: Measure, field: str, world: World, problems: list[Problem], absent: set[str] | None = None
) -> tuple[int, ...]:
    """Indices of a measure's economies, members of groups one by one; unknown ones are noted as problems.

    Args:
        measure: the measure.
        field: "importer", "economy" or "exporter".
        world: a world that is no aggregate.
        problems: added to.
        absent: see `coverage`.
    """
    names = measure.exporters if field == "exporter" else measure.importers
    if names == ("all",):
        return tuple(range(len(world.economies)))
    return _indices(measure, names, field, world, problems, absent)


def _indices(
    measure: Measure,
    names: Sequence[str],
    field: str,
    world: World,
    problems: list[Problem],
    absent: set[str] | None,
) -> tuple[int, ...]:
    found: list[int] = []
    place = {code: index for index, code in enumerate(world.economies)}
    for name in names:
        if name in place:
            found.append(place[name])
            continue
        codes = group_members(name) or tuple(filter(None, (economy_code(name),)))
        known = [place[code] for code in codes if code in place]
        found += known
        if known:
            continue
        if codes and absent is not None:
            absent.add(name)
            continue
        try:
            found.append(place[world.economy(name)])
        except BadInput as error:
            problems += [measure.place.problem(field, p.message, p.remedy) for p in error.problems]
    return tuple(dict.fromkeys(found))
