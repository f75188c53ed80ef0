"""The answer as one JSON document; `docs/json.md` describes every key."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from detente.arrays import quantities
from detente.outcome.export import record

if TYPE_CHECKING:
    from detente.outcome import Outcome
    from detente.outcome.summary import Summary
    from detente.policy import Brief
    from detente.world import World

__all__ = ["brief_document", "outcome_document", "text", "world_document"]


def outcome_document(
    outcome: Outcome, summary: Summary, brief: Brief, beside: Brief | None, folder: str | None
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


def text(document: dict[str, Any]) -> str:
    """The document as text; numbers that JSON has no name for cannot be in it."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
