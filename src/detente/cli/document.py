"""The answer as one JSON document; `docs/json.md` describes every key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from detente.arrays import quantities
from detente.outcome.export import record

if TYPE_CHECKING:
    from datetime import date

    from detente.outcome import Outcome
    from detente.outcome.summary import Summary
    from detente.policy import Brief, Measure
    from detente.policy.difference import Difference
    from detente.policy.rates import Rates
    from detente.policy.timeline import Entry, State
    from detente.studies.uncertainty import HowSure
    from detente.world import World

__all__ = [
    "brief_document",
    "difference_document",
    "outcome_document",
    "policy_document",
    "text",
    "timeline_document",
    "world_document",
]


def outcome_document(
    outcome: Outcome,
    summary: Summary,
    brief: Brief,
    beside: Brief | None,
    folder: str | None,
    certainty: HowSure | None = None,
) -> dict[str, Any]:
    """Everything that `detente run` says."""
    economies = outcome.world.economies
    shown = [name for name in outcome.names if quantities()[name].dims == ("economy",)]
    return {
        **record(outcome),
        "brief": asdict(brief),
        "brief_against": asdict(beside) if beside else None,
        "focus": list(summary.focus),
        "economies": {
            name: {
                "unit": quantities()[name].unit,
                "label": quantities()[name].label,
                "description": quantities()[name].description,
                "values": dict(zip(economies, outcome.values(name).tolist(), strict=True)),
            }
            for name in shown
        },
        "exports": {
            "units": {
                "reference": "USD million a year",
                "scenario": "USD million a year",
                "change": "USD million a year",
                "percent": "percent",
            },
            "rows": [asdict(row) for row in summary.exports],
        },
        "sectors": {
            "units": {"value_added": "USD million a year", "output": "percent", "output_volume": "percent"},
            "helped": {code: [asdict(row) for row in rows] for code, rows in summary.helped.items()},
            "hurt": {code: [asdict(row) for row in rows] for code, rows in summary.hurt.items()},
        },
        "limits": {
            "units": {
                "size": "USD million a year",
                "quantity": "USD million a year",
                "premium": "ratio",
                "importer_rent": "USD million a year",
                "exporter_rent": "USD million a year",
                "gap": "fraction",
            },
            "rows": [asdict(limit) for limit in summary.limits],
        },
        "groups": {
            "units": {"pay": "percent", "value": "USD million a year"},
            "rows": [asdict(group) for group in summary.groups],
        },
        "uncertainty": None if certainty is None else asdict(certainty),
        "folder": folder,
    }


def brief_document(brief: Brief) -> dict[str, Any]:
    """Everything that `detente explain` says."""
    return {"format": 1, **asdict(brief)}


def world_document(world: World) -> dict[str, Any]:
    """Everything that `detente world show` says."""
    from detente.world import content_hash
    from detente.world.names import economy_title

    return {
        "format": 1,
        "name": world.name,
        "title": world.title,
        "vintage": world.vintage,
        "hash": content_hash(world),
        "classification": world.classification,
        "economies": {code: economy_title(code) for code in world.economies},
        "sectors": dict(zip(world.sectors, world.sector_titles, strict=True)),
        "gdp": {
            "unit": "USD million a year",
            "values": dict(zip(world.economies, world.gdp.tolist(), strict=True)),
        },
        **asdict(world.provenance),
    }


def policy_document(
    day: date, importer: str, exporter: str, states: Sequence[State], rates: Rates | None
) -> dict[str, Any]:
    """Everything that `detente policy at` says; rates where an importer and an exporter are named."""
    return {
        "format": 1,
        "date": day.isoformat(),
        "importer": importer or None,
        "exporter": exporter or None,
        "measures": [
            {
                **_entry(state.entry),
                "suspended_by": list(state.suspended_by),
                "exempted_by": list(state.exempted_by),
                "below": list(state.below),
            }
            for state in states
        ],
        "rates": {**asdict(rates), "day": day.isoformat()} if rates else None,
    }


def timeline_document(entries: Sequence[Entry]) -> dict[str, Any]:
    """Everything that `detente policy list` says."""
    return {"format": 1, "measures": [_entry(entry) for entry in entries]}


def _entry(entry: Entry) -> dict[str, Any]:
    days = {
        name: day.isoformat() if day else None for name, day in (("start", entry.start), ("end", entry.end))
    }
    return {**asdict(entry), **days}


def difference_document(
    found: Difference, against: str, first: Outcome | None, second: Outcome | None, focus: Sequence[str]
) -> dict[str, Any]:
    """Everything that `detente diff` says; outcomes of every economy, or null where nothing was solved."""
    from detente.policy.wording import sentence

    def measures(side: Sequence[Measure]) -> list[dict[str, str]]:
        return [{"id": measure.id, "sentence": sentence(measure)} for measure in side]

    return {
        "format": 1,
        "first": found.first,
        "second": found.second,
        "same": found.same,
        "settings": [dict(zip(("setting", "first", "second"), row, strict=True)) for row in found.settings],
        "only_first": measures(found.only_first),
        "only_second": measures(found.only_second),
        "changed": [
            {"id": m.id, "fields": [asdict(change) for change in changes]} for m, changes in found.changed
        ],
        "unchanged": list(found.unchanged),
        "against": against or None,
        "focus": list(focus),
        "economies": _two_sides(first, second) if first and second else None,
    }


def _two_sides(first: Outcome, second: Outcome) -> dict[str, Any]:
    """By quantity of economies: unit, label, and the values of both and their difference by economy."""
    found = {}
    for name in second.names:
        if quantities()[name].dims != ("economy",):
            continue
        mine, theirs = first.values(name), second.values(name)
        sides = {"first": mine, "second": theirs, "difference": theirs - mine}
        found[name] = {
            "unit": quantities()[name].unit,
            "label": quantities()[name].label,
            **{
                side: dict(zip(second.world.economies, values.tolist(), strict=True))
                for side, values in sides.items()
            },
        }
    return found


def text(document: dict[str, Any]) -> str:
    """The document as text; numbers that JSON has no name for cannot be in it."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
