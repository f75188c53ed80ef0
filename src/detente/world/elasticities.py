"""Trade elasticities by sector and horizon, as named sets from the literature or one number for all sectors.

The elasticity is theta of the model: minus the elasticity of duty-inclusive trade flows to trade costs. Each
set is given for three sector classifications in `bundled/elasticities.toml`, which says for every sector
which estimates of the source it merges and with what weights. A classification told from another takes means
weighted as there, by US imports for consumption of 2024 in the HS lines of both sectors. An aggregated world
takes means weighted by the international imports of the world it was made from. docs/elasticities.md says
what each set is and how estimates of other concepts become theta.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from detente.arrays import BySector
from detente.errors import BadInput, Problem, nearest
from detente.world.elasticity_tables import (
    HORIZONS,
    Estimate,
    Mixture,
    by_classification,
    estimates,
    goods_sectors,
    known_classifications,
    set_tables,
)
from detente.world.world import World

__all__ = [
    "ElasticitySet",
    "ElasticitySource",
    "elasticity_set",
    "elasticity_sets",
    "elasticity_source",
    "scale_elasticities",
    "trade_elasticities",
]


@dataclass(frozen=True)
class ElasticitySource:
    """What a set of trade elasticities is and where it comes from.

    Attributes:
        name: as given to `elasticity_set`.
        title: one line for people.
        source: citation with table and page, and what was done.
        notes: sentences a user must see where results rest on the set.
        horizons: of "short", "medium" and "long", those that the source has values for.
        estimates: number of different estimates in the set at one horizon.
        has_standard_errors: whether any of them has one.
        has_scale: whether the set also has scale elasticities.
    """

    name: str
    title: str
    source: str
    notes: tuple[str, ...]
    horizons: tuple[str, ...] = ("long",)
    estimates: int = 1
    has_standard_errors: bool = False
    has_scale: bool = False


@dataclass(frozen=True, eq=False)
class ElasticitySet:
    """The elasticities of a world's sectors at one horizon.

    A sector's value is the mean of published estimates, weighted by its `composition` (rounded there to four
    digits). Draws that respect the source draw the published estimates, not the sectors: sectors that share
    an estimate share its error.

    Attributes:
        name: as given to `elasticity_set`.
        title: one line for people.
        horizon: "short", "medium" or "long".
        sectors: codes of the world's sectors, in its order.
        values: theta, (sector,), positive, no unit.
        standard_errors: (sector,), NaN where an estimate of the sector has none; None if no sector has one.
            Published estimates count as independent of each other.
        published: the source's estimates, by the source's name for their sectors.
        composition: weights of the published estimates in each sector, sums to 1.
        borrowed: sectors that hold a value which the source did not estimate for them.
        scale: scale elasticity psi, (sector,), no unit, or None if the source has none. Means of several
            estimates are also weighted by their trade elasticities, so that psi theta is their mean product.
        scale_standard_errors: (sector,), as `standard_errors`.
        source: citation with table and page.
        notes: sentences a user must see where results rest on the set.
    """

    name: str
    title: str
    horizon: str
    sectors: tuple[str, ...]
    values: BySector
    standard_errors: BySector | None
    published: Mapping[str, Estimate]
    composition: Mapping[str, Mapping[str, float]]
    borrowed: tuple[str, ...]
    source: str
    notes: tuple[str, ...]
    scale: BySector | None = field(default=None)
    scale_standard_errors: BySector | None = field(default=None)


def elasticity_sets() -> list[ElasticitySource]:
    """The named sets; besides them, "uniform:4" gives every sector the elasticity 4 (any positive number).

    Examples:
        >>> [found.name for found in elasticity_sets() if "short" in found.horizons]
        ['boehm-levchenko-pandalai-nayar-2023']
    """
    return [_source(name) for name in set_tables()]


def _source(name: str) -> ElasticitySource:
    table = set_tables()[name]
    horizons = tuple(key for key in HORIZONS if key in table.horizons) or ("long",)
    rows = [row for row in estimates(name, horizons[-1]).values() if not row.assumed]
    published = "published" in table.rows or table.goods is not None
    return ElasticitySource(
        name,
        table.title,
        table.source,
        (*table.notes, table.services_note),
        horizons,
        len(rows) if published else len(table.rows["icio2025"]),
        any(row.standard_error is not None for row in rows),
        any(row.scale is not None for row in rows),
    )


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


def elasticity_source(name: str) -> ElasticitySource:
    """What a set of trade elasticities is, by name.

    Raises:
        BadInput: no such set; the message has the nearest ones.

    Examples:
        >>> elasticity_source("uniform:4").title
        'Trade elasticity 4 in every sector'
        >>> elasticity_source("lashkaripour-lugovskyy-2023").has_scale
        True
    """
    value = _uniform(name)
    if value is not None:
        title = f"Trade elasticity {value:g} in every sector"
        return ElasticitySource(name, title, "chosen by the user", (), HORIZONS)
    known = list(set_tables())
    if name not in known:
        # A question mark would end the sentence before its last part.
        near = nearest(name, [*known, "uniform:4"]).removesuffix("?")
        remedy = f"{near}; `detente elasticities` lists them, uniform:4 is one number for all sectors"
        raise BadInput(Problem(f"no set of trade elasticities '{name}'", field="elasticities", remedy=remedy))
    return _source(name)


def _check_horizon(source: ElasticitySource, horizon: str) -> None:
    if horizon not in HORIZONS:
        remedy = nearest(horizon, HORIZONS)
        raise BadInput(Problem(f"no horizon '{horizon}'", field="horizon", remedy=remedy))
    if horizon not in source.horizons:
        able = ", ".join(found.name for found in elasticity_sets() if horizon in found.horizons)
        message = f"'{source.name}' has no values for the horizon '{horizon}': its source gives none"
        has = " and ".join(source.horizons)
        remedy = f"take the horizon {has}, or a set that has it: {able}, uniform:X"
        raise BadInput(Problem(message, field="horizon", remedy=remedy))


def elasticity_set(world: World, name: str, horizon: str = "long") -> ElasticitySet:
    """The elasticities of a world's sectors at one horizon, with their errors and where they come from.

    Args:
        world: any world; an aggregated one takes means over the sectors of its parent, weighted by the
            parent's international imports.
        name: a named set ("caliendo-parro-2015") or "uniform:X" with a positive number.
        horizon: "short" (about one year), "medium" (about five) or "long" (about ten and more). Only sets
            whose source tells horizons apart have the first two; "uniform:X" is good for any.

    Raises:
        BadInput: no such set or horizon, a horizon that the set lacks, or a set that is not known for the
            world's sectors; the message names the sets that would do.

    Source: see `elasticity_source(name).source`.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("world-2022")
        >>> found = elasticity_set(world, "lashkaripour-lugovskyy-2023")
        >>> place = world.sectors.index("C29")
        >>> float(found.values[place]), float(found.standard_errors[place]), float(found.scale[place])
        (2.805, 0.834, 0.129)
        >>> elasticity_set(world, "caliendo-parro-2015", "short")
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'horizon': 'caliendo-parro-2015' has no values for the horizon...
    """
    source = elasticity_source(name)
    _check_horizon(source, horizon)
    value = _uniform(name)
    if value is not None:
        published = {"all sectors": Estimate(value, assumed=True)}
        mixtures = [Mixture(value, {"all sectors": 1.0})] * len(world.sectors)
    else:
        published = dict(estimates(name, horizon))
        mixtures = _mixtures(world, name, horizon)
    return _assembled(world, source, horizon, published, mixtures)


def _assembled(
    world: World,
    source: ElasticitySource,
    horizon: str,
    published: Mapping[str, Estimate],
    mixtures: list[Mixture],
) -> ElasticitySet:
    used = {name for mixture in mixtures for name in mixture.composition}
    errors = {key: row.standard_error for key, row in published.items()}
    scaled = [_by_trade(mixture, published) for mixture in mixtures]
    scale_errors = {key: row.scale_standard_error for key, row in published.items()}
    note = published["all goods"].note if "all goods" in published else ""
    return ElasticitySet(
        name=source.name,
        title=source.title,
        horizon=horizon,
        sectors=world.sectors,
        values=np.array([mixture.value for mixture in mixtures]),
        standard_errors=_errors(mixtures, errors),
        published={key: row for key, row in published.items() if key in used},
        composition={s: m.composition for s, m in zip(world.sectors, mixtures, strict=True)},
        borrowed=_borrowed(world, published, mixtures) if source.name in set_tables() else (),
        source=source.source,
        notes=(*source.notes, note) if note else source.notes,
        scale=np.array([mixture.value for mixture in scaled]) if source.has_scale else None,
        scale_standard_errors=_errors(scaled, scale_errors) if source.has_scale else None,
    )


def _by_trade(mixture: Mixture, published: Mapping[str, Estimate]) -> Mixture:
    """The scale elasticity of a mixture: the mean weighted by the parts' trade elasticities too.

    Then psi theta is the mean of the parts' products; where it passes 1, concentration feeds itself.
    """
    parts = mixture.composition
    total = sum(weight * published[key].value for key, weight in parts.items())
    weights = {key: weight * published[key].value / total for key, weight in parts.items()}
    return Mixture(sum(weight * (published[key].scale or 0.0) for key, weight in weights.items()), weights)


def _errors(mixtures: Iterable[Mixture], errors: Mapping[str, float | None]) -> BySector | None:
    """Standard errors of the mixtures; NaN where a part has none, None if no mixture has one."""
    found = []
    for mixture in mixtures:
        parts = [(weight, errors[key]) for key, weight in mixture.composition.items() if weight > 0]
        known = [weight * error for weight, error in parts if error is not None]
        found.append(math.hypot(*known) if len(known) == len(parts) else math.nan)
    return None if all(math.isnan(error) for error in found) else np.array(found)


def _borrowed(world: World, published: Mapping[str, Estimate], mixtures: list[Mixture]) -> tuple[str, ...]:
    """Sectors with a part that the source did not estimate, services among them."""
    goods = goods_sectors(world.parent.classification if world.parent else world.classification)
    found = []
    for sector, mixture in zip(world.sectors, mixtures, strict=True):
        members = set(world.sector_groups.get(sector, (sector,)))
        assumed = any(published[key].assumed for key, weight in mixture.composition.items() if weight > 0)
        if assumed or (goods and not members <= goods):
            found.append(sector)
    return tuple(found)


def _mixtures(world: World, name: str, horizon: str) -> list[Mixture]:
    """The mixture of each sector of a world."""
    if world.parent is None:
        return _of_sectors(world, name, horizon)
    below = _mixtures(world.parent, name, horizon)
    flows = world.parent.flows
    traded = flows.sum(axis=(1, 2)) - np.trace(flows, axis1=1, axis2=2)
    place = {sector: index for index, sector in enumerate(world.parent.sectors)}
    found = []
    for sector in world.sectors:
        members = [place[member] for member in world.sector_groups.get(sector, (sector,))]
        weights = traded[members] if traded[members].sum() > 0 else np.ones(len(members))
        found.append(Mixture.mean([below[member] for member in members], weights.tolist()))
    return found


def _of_sectors(world: World, name: str, horizon: str) -> list[Mixture]:
    """Mixtures of the sectors of a classification that the set is given for or can be told for."""
    table = set_tables()[name]
    services = Mixture.of(table.services, estimates(name, horizon))
    if table.goods is not None:
        return [Mixture.of(table.goods, estimates(name, horizon))] * len(world.sectors)
    by_sector = by_classification(name, world.classification)
    if by_sector is None:
        message = (
            f"'{name}' is not known for the sector classification '{world.classification}' of {world.name}"
        )
        known = ", ".join(known_classifications(name))
        remedy = f"use uniform:4 or another number; the set is known for {known}"
        raise BadInput(Problem(message, field="elasticities", remedy=remedy))
    return [by_sector.get(sector, services) for sector in world.sectors]


def trade_elasticities(world: World, name: str, horizon: str = "long") -> BySector:
    """Trade elasticity of each sector of a world: the values of `elasticity_set`.

    Returns:
        theta, (sector,), positive, no unit.

    Raises:
        BadInput: as `elasticity_set`.

    Source: see `elasticity_source(name).source`.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("wiod-2011")
        >>> float(trade_elasticities(world, "caliendo-parro-2015")[world.sectors.index("15t16")])
        2.62
        >>> set(trade_elasticities(world, "uniform:4").tolist())
        {4.0}
    """
    return elasticity_set(world, name, horizon).values


def scale_elasticities(world: World, name: str) -> BySector:
    """Scale elasticity of each sector: percent by which one percent more inputs make its output cheaper.

    Returns:
        psi, (sector,), not negative, no unit; 0 in services.

    Raises:
        BadInput: no such set, or one without scale elasticities.

    Source: see `elasticity_source(name).source`.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("wiod-2011")
        >>> float(scale_elasticities(world, "lashkaripour-lugovskyy-2023")[world.sectors.index("15t16")])
        0.393
    """
    found = elasticity_set(world, name)
    if found.scale is None:
        able = ", ".join(row.name for row in elasticity_sets() if row.has_scale)
        message = f"'{name}' has no scale elasticities"
        raise BadInput(Problem(message, field="scale_elasticity", remedy=f"give a number, or take {able}"))
    return found.scale
