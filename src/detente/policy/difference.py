"""What tells two scenarios apart, before anything is solved: measures of one, of the other, changed ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detente.policy.files.changes import Change, differences
from detente.policy.measure import Measure
from detente.policy.scenario import Scenario, measure_content, scenario_hash
from detente.policy.wording import day_in_words

__all__ = ["Difference", "common_reference", "difference"]


@dataclass(frozen=True)
class Difference:
    """Two scenarios side by side.

    Attributes:
        first, second: names.
        only_first, only_second: measures in force in one of them only, by id.
        changed: measures in force in both, with each field that differs, what has no effect included.
        unchanged: ids of measures in force in both that do the same.
        settings: what differs between the scenarios themselves, such as the date: what, of the first, of the
            second.
        same: whether both have the same effect and the same reference.
    """

    first: str
    second: str
    only_first: tuple[Measure, ...]
    only_second: tuple[Measure, ...]
    changed: tuple[tuple[Measure, tuple[Change, ...]], ...]
    unchanged: tuple[str, ...]
    settings: tuple[tuple[str, str, str], ...]
    same: bool


def difference(first: Scenario, second: Scenario) -> Difference:
    """What tells two scenarios apart.

    Measures are the same if they have one id. Those of two days of the registry that differ only in their
    dates, which then have no effect, do not differ.

    Raises:
        BadInput: a reference has problems of its own.

    Examples:
        >>> from detente.policy import load_scenario
        >>> found = difference(load_scenario("china-canada-2024-25"), load_scenario("canada-china-2026"))
        >>> [name for name, _, _ in found.settings][:1], found.same
        (['date'], False)
    """
    mine = {measure.id: measure for measure in first.in_force}
    theirs = {measure.id: measure for measure in second.in_force}
    both = sorted(set(mine) & set(theirs))
    changed = tuple((theirs[name], _changes(mine[name], theirs[name])) for name in both)
    return Difference(
        first=first.name,
        second=second.name,
        only_first=tuple(mine[name] for name in sorted(set(mine) - set(theirs))),
        only_second=tuple(theirs[name] for name in sorted(set(theirs) - set(mine))),
        changed=tuple((measure, found) for measure, found in changed if found),
        unchanged=tuple(measure.id for measure, found in changed if not found),
        settings=_settings(first, second),
        same=scenario_hash(first) == scenario_hash(second),
    )


def common_reference(first: Scenario, second: Scenario) -> Scenario | None:
    """What both are compared with: the reference that they share; None for the baseline.

    Raises:
        BadInput: a reference has problems of its own.

    Examples:
        >>> from detente.policy import load_scenario
        >>> deal, before = load_scenario("canada-china-2026"), load_scenario("china-canada-2024-25")
        >>> common_reference(deal, deal).name, common_reference(deal, before)
        ('china-canada-2024-25', None)
    """
    mine, theirs = first.reference, second.reference
    if mine is None or theirs is None or scenario_hash(mine) != scenario_hash(theirs):
        return None
    return mine


def _changes(before: Measure, after: Measure) -> tuple[Change, ...]:
    """Fields that differ; dates do not count between measures that are both in force."""
    found = differences(before, replace(after, start=before.start, end=before.end))
    tables = [measure_content(measure)["carbon"] for measure in (before, after)]
    if tables[0] != tables[1] and not any(change.field == "carbon" for change in found):
        found += (Change(after.id, "carbon", "a table", "another table of that name"),)
    return found


def _settings(first: Scenario, second: Scenario) -> tuple[tuple[str, str, str], ...]:
    """Dates, references and what they are built on, where they differ."""

    def day(scenario: Scenario) -> str:
        return day_in_words(scenario.date) if scenario.date else "none"

    rows = (
        ("date", day(first), day(second)),
        ("against", first.against, second.against),
        ("extends", first.extends or "nothing", second.extends or "nothing"),
        ("between", ", ".join(first.between) or "all", ", ".join(second.between) or "all"),
    )
    return tuple(row for row in rows if row[1] != row[2])
