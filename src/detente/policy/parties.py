"""Who a measure concerns: names of economies in any spelling, and measures cut down to a few economies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from detente.errors import BadInput, Problem
from detente.policy.groups import group_members
from detente.policy.measure import Measure
from detente.world.names import economy_code, match_economy, titled_economies

__all__ = ["between", "codes_of", "concerns", "party"]

ALL = ("all",)


def party(name: str) -> tuple[str, ...]:
    """Codes of an economy, or of the members of a group.

    Raises:
        BadInput: neither an economy nor a group; the message has the nearest names.

    Examples:
        >>> party("Canada"), len(party("EU27"))
        (('CAN',), 27)
    """
    code = economy_code(name)
    found = group_members(name) or ((code,) if code else ())
    if not found:
        try:
            match_economy(name, titled_economies())
        except BadInput as error:
            raise BadInput([Problem(p.message, remedy=p.remedy) for p in error.problems]) from None
    return found


def codes_of(names: Sequence[str]) -> frozenset[str]:
    """Codes of economies and of members of groups; a name that means nothing stays as it is.

    Examples:
        >>> sorted(codes_of(["U.S.", "Canada", "Atlantis"]))
        ['Atlantis', 'CAN', 'USA']
    """
    return frozenset(
        code for name in names for code in (group_members(name) or (economy_code(name) or name,))
    )


def concerns(measure: Measure, importers: Collection[str] = (), exporters: Collection[str] = ()) -> bool:
    """Whether a measure is charged on what some economies buy from others; none named is any.

    An embargo stops trade both ways. What a government does at home concerns it as an importer and as an
    exporter.

    Args:
        measure: the measure.
        importers, exporters: codes of economies, members of groups one by one.

    Examples:
        >>> duty = Measure("m", "surcharge", ("USA",), ("all",), ("Canada",), 0.1, sectors=("goods",))
        >>> concerns(duty, ["USA"], ["CHN"]), concerns(duty, ["USA"], ["CAN"]), concerns(duty, ["CHN"])
        (True, False, False)
    """
    buyers, sellers = frozenset(importers), frozenset(exporters)
    if not measure.exporters:
        acts = codes_of(measure.importers)
        return not (buyers or sellers) or bool(acts & (buyers | sellers))
    ways = [(buyers, sellers)]
    if measure.kind == "embargo":
        ways.append((sellers, buyers))
    return any(_holds(measure, *way) for way in ways)


def _holds(measure: Measure, buyers: frozenset[str], sellers: frozenset[str]) -> bool:
    """Whether one of the buyers buys from one of the sellers what the measure hits."""
    if buyers and measure.importers != ALL and not buyers & codes_of(measure.importers):
        return False
    left = sellers - codes_of(measure.spared)
    if measure.exporters == ALL and measure.importers != ALL:
        left -= codes_of(measure.importers)
    return not sellers or (
        bool(left) if measure.exporters == ALL else bool(left & codes_of(measure.exporters))
    )


def between(measure: Measure, economies: Collection[str]) -> Measure | None:
    """A measure cut down to what these economies do to each other; None if that is nothing.

    One that states a value or a quota, or is by all economies, keeps all of its partners and is held to these
    (`held_to`): the importers of the one may be the exporters of the other.

    What a government does at home is nothing that it does to others.

    Args:
        measure: the measure.
        economies: codes.

    Examples:
        >>> duty = Measure("m", "surcharge", ("United States",), ("all",), rate=0.1, sectors=("goods",))
        >>> between(duty, ("USA", "CAN")).exporters
        ('CAN',)
        >>> between(duty, ("CHN", "CAN")) is None
        True
    """
    if not measure.exporters:
        return None
    wanted = frozenset(economies)
    buyers, sellers = _side(measure.importers, wanted), _side(measure.exporters, wanted)
    if measure.exporters == ALL and measure.importers != ALL:
        sellers -= buyers
    sellers -= codes_of(measure.spared)
    home = measure.kind == "purchase-rebate" and measure.exporters != ALL
    if not buyers or not sellers or (not home and len(buyers | sellers) == 1):
        return None
    stated = measure.covers is not None and measure.covers.value is not None
    if stated or measure.quota is not None or measure.importers == ALL:
        # A value or a quota is that of all partners: how much of it is theirs, their trade must tell.
        return replace(measure, held_to=tuple(sorted(wanted)))
    return replace(
        measure,
        importers=_names(measure.importers, buyers),
        exporters=_names(measure.exporters, sellers),
        spared=(),
    )


def _side(names: tuple[str, ...], wanted: frozenset[str]) -> frozenset[str]:
    return wanted if names == ALL else codes_of(names) & wanted


def _names(names: tuple[str, ...], codes: frozenset[str]) -> tuple[str, ...]:
    """The names as written where they mean just these codes."""
    return names if names != ALL and codes_of(names) == codes else tuple(sorted(codes))
