"""The baseline tariffs that ship, laid over a table that comes without any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detente.arrays import Bilateral
from detente.world.catalogue import list_worlds, load_world
from detente.world.classifications import derivations
from detente.world.world import World

__all__ = ["lay_shipped_tariffs"]

ESTIMATED = "baseline tariffs estimated by sector and partner"


def lay_shipped_tariffs(world: World) -> World | None:
    """The world with the tariffs of the bundled world of its classification whose vintage is nearest.

    A sector that holds several of the bundled world's takes their average, weighted by that world's flows. An
    economy that the bundled world does not show takes the tariffs of its rest of the world. Where the bundled
    world has no trade the plain average stands in. Own sales are free.

    Returns None if no bundled world's sectors can be linked to this one's.

    Examples:
        >>> import numpy as np, detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> bare = world.replace(tariff_factor=np.ones_like(world.tariff_factor))
        >>> laid = lay_shipped_tariffs(bare)
        >>> bool(np.abs(laid.tariff_revenue - world.tariff_revenue).max() < 1e-6 * world.tariff_revenue.sum())
        True
    """
    found = [
        (abs(source.vintage - world.vintage), source.name, source, link)
        for source in (load_world(entry.name) for entry in list_worlds() if entry.bundled)
        if (link := _links(world.classification, source.classification, source.sectors)) is not None
    ]
    if not found:
        return None
    *_, source, link = min(found, key=lambda row: row[:2])
    return world.replace(
        tariff_factor=_laid(world, source, link),
        provenance=replace(
            world.provenance,
            estimated=(*world.provenance.estimated, ESTIMATED),
            tariff_layers=(
                f"Tariffs of {source.name} (vintage {source.vintage}), laid over this table.",
                *source.provenance.tariff_layers,
            ),
            measures_included={
                importer: day
                for importer, day in source.provenance.measures_included.items()
                if importer in world.economies
            },
        ),
    )


def _links(classification: str, other: str, sectors: tuple[str, ...]) -> dict[str, str] | None:
    """The sector of a classification that holds each sector of another; None if nothing links them."""
    if classification == other:
        return {code: code for code in sectors}
    if classification not in derivations():
        return None
    derivation = derivations()[classification]
    below = _links(derivation.of, other, sectors)
    if below is None:
        return None
    # Sectors that the classification splits are services, which pay no duty.
    return {code: derivation.sector_of[via] for code, via in below.items() if via in derivation.sector_of}


def _laid(world: World, source: World, link: dict[str, str]) -> Bilateral:
    sector_of = {code: index for index, code in enumerate(world.sectors)}
    holds = np.zeros((len(world.sectors), len(source.sectors)))
    for index, code in enumerate(source.sectors):
        if code in link:
            holds[sector_of[link[code]], index] = 1.0
    rates = source.tariff_factor - 1.0
    flows = np.tensordot(holds, source.flows, axes=1)
    plain = np.tensordot(holds, rates, axes=1) / np.maximum(holds.sum(axis=1), 1.0)[:, None, None]
    duties = np.tensordot(holds, source.flows * rates, axes=1)
    rate = np.divide(duties, flows, out=plain, where=flows > 0)
    rest = source.economies.index("ROW")
    at = [source.economies.index(code) if code in source.economies else rest for code in world.economies]
    factor: Bilateral = 1.0 + rate[np.ix_(range(len(world.sectors)), at, at)]
    own = np.arange(len(world.economies))
    factor[:, own, own] = 1.0
    return factor
