"""Trade elasticities by sector, as named sets from the literature or one number for all sectors.

The elasticity is theta of the model: minus the elasticity of duty-inclusive trade flows to trade costs. Each
set is given for three sector classifications in `bundled/elasticities.toml`, which says for every sector
which sectors of the source it merges and with what weights. A classification told from another takes means
weighted as there, by US imports for consumption of 2024 in the HS lines of both sectors. An aggregated world
takes means weighted by the international imports of the world it was made from.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from detente.arrays import BySector
from detente.errors import BadInput, Problem, nearest
from detente.world.classifications import derivations
from detente.world.concordance import hs_sectors
from detente.world.us_imports import us_imports_by_line
from detente.world.world import World

__all__ = ["ElasticitySet", "elasticity_set", "elasticity_sets", "trade_elasticities"]


@dataclass(frozen=True)
class ElasticitySet:
    """What a set of trade elasticities is and where it comes from.

    Attributes:
        name: as given to `trade_elasticities`.
        title: one line for people.
        source: citation, and what was done.
        notes: sentences a user must see where results rest on the set.
    """

    name: str
    title: str
    source: str
    notes: tuple[str, ...]


@cache
def _table() -> dict[str, Any]:
    text = files("detente.world").joinpath("bundled", "elasticities.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def elasticity_sets() -> list[ElasticitySet]:
    """The named sets; besides them, "uniform:4" gives every sector the elasticity 4 (any positive number).

    Examples:
        >>> [found.name for found in elasticity_sets()]
        ['caliendo-parro-2015', 'fontagne-guimbard-orefice-2022']
    """
    table = _table()
    services = f"services take {table['services']:g}: {' '.join(table['services_note'].split())}"
    return [
        ElasticitySet(name, row["title"], " ".join(row["source"].split()), (*row["notes"], services))
        for name, row in table.items()
        if isinstance(row, dict)
    ]


def _uniform(name: str) -> float | None:
    """The number in "uniform:4", or None if the name is of another form."""
    if not name.startswith("uniform:"):
        return None
    try:
        value = float(name.removeprefix("uniform:"))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        message = f"'{name}' does not give a positive trade elasticity"
        raise BadInput(Problem(message, field="elasticities", remedy="write, for example, uniform:4"))
    return value


def elasticity_set(name: str) -> ElasticitySet:
    """What a set of trade elasticities is, by name.

    Raises:
        BadInput: no such set; the message has the nearest ones.

    Examples:
        >>> elasticity_set("uniform:4").title
        'Trade elasticity 4 in every sector'
    """
    value = _uniform(name)
    if value is not None:
        return ElasticitySet(name, f"Trade elasticity {value:g} in every sector", "chosen by the user", ())
    known = {found.name: found for found in elasticity_sets()}
    if name not in known:
        remedy = nearest(name, [*known, "uniform:4"])
        raise BadInput(Problem(f"no set of trade elasticities '{name}'", field="elasticities", remedy=remedy))
    return known[name]


def _of_sectors(world: World, name: str) -> BySector:
    """Elasticities of the sectors of a classification that the set is given for or can be derived for."""
    table = _table()
    by_sector = _of_classification(name, world.classification)
    if by_sector is None:
        given = [key for key in table[name] if key not in ("title", "source", "notes", "published")]
        known = [*given, *(key for key in derivations() if _of_classification(name, key) is not None)]
        message = (
            f"'{name}' is not known for the sector classification '{world.classification}' of {world.name}"
        )
        remedy = f"use uniform:4 or another number; the set is known for {', '.join(known)}"
        raise BadInput(Problem(message, field="elasticities", remedy=remedy))
    services = _Mean(table["services"])
    return np.array([by_sector.get(sector, services).value for sector in world.sectors])


@dataclass(frozen=True)
class _Mean:
    """An elasticity, and the part of the sector's imports that it was estimated on."""

    value: float
    covered: float = 1.0


@cache
def _of_classification(name: str, classification: str) -> Mapping[str, _Mean] | None:
    """Elasticities of the sectors of a classification that make goods; None if the set does not reach it."""
    given = _table()[name].get(classification)
    if given is not None:
        return {code: _Mean(row["value"], row.get("covered_imports", 1.0)) for code, row in given.items()}
    derivation = derivations().get(classification)
    below = _of_classification(name, derivation.of) if derivation else None
    if derivation is None or below is None:
        return None
    found = {}
    for sector, imports in _merged(classification).items():
        parts = [(below[base], value) for base, value in imports.items() if base in below]
        if parts:
            found[sector] = _mean(parts)
    return found


def _mean(parts: list[tuple[_Mean, int]]) -> _Mean:
    """Mean weighted by the imports that each part was estimated on; a simple one where there are none."""
    total = sum(imports for _, imports in parts)
    weights = [imports * part.covered for part, imports in parts] if total else [1.0] * len(parts)
    value = float(np.average([part.value for part, _ in parts], weights=weights))
    return _Mean(value, sum(weights) / (total or len(parts)))


@cache
def _merged(classification: str) -> Mapping[str, Mapping[str, int]]:
    """For each sector of a derived classification, the sectors it takes lines of, with US imports in both."""
    derivation = derivations()[classification]
    found: dict[str, dict[str, int]] = {}
    for base, sector in derivation.sector_of.items():
        found.setdefault(sector, {})[base] = 0
    imports, sector_of = us_imports_by_line(), hs_sectors(classification)
    for line, base in hs_sectors(derivation.of).items():
        parts = found.setdefault(sector_of[line], {})
        parts[base] = parts.get(base, 0) + imports.get(line, 0)
    return found


def trade_elasticities(world: World, name: str) -> BySector:
    """Trade elasticity of each sector of a world.

    Args:
        world: any world; an aggregated one takes means over the sectors of its parent, weighted by the
            parent's international imports.
        name: a named set ("caliendo-parro-2015") or "uniform:X" with a positive number.

    Returns:
        theta, (sector,), positive, no unit.

    Raises:
        BadInput: no such set, or the set is not known for the world's sectors.

    Source: see `elasticity_set(name).source`.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("wiod-2011")
        >>> float(trade_elasticities(world, "caliendo-parro-2015")[world.sectors.index("15t16")])
        2.62
        >>> set(trade_elasticities(world, "uniform:4").tolist())
        {4.0}
    """
    value = _uniform(elasticity_set(name).name)
    if value is not None:
        return np.full(len(world.sectors), value)
    if world.parent is None:
        return _of_sectors(world, name)
    below = trade_elasticities(world.parent, name)
    flows = world.parent.flows
    weights = flows.sum(axis=(1, 2)) - np.trace(flows, axis1=1, axis2=2)
    place = {sector: index for index, sector in enumerate(world.parent.sectors)}
    means = []
    for sector in world.sectors:
        members = [place[member] for member in world.sector_groups.get(sector, (sector,))]
        traded = weights[members]
        means.append(np.average(below[members], weights=traded if traded.sum() > 0 else None))
    return np.array(means)
