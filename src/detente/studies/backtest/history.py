"""A world of the past: one year's trade with the structure of production of another year's world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

from detente.arrays import Bilateral, ByEconomySector, InputUse
from detente.world import Provenance, World

__all__ = ["LEAST_VALUE_ADDED", "world_of_trade"]

_Grouped: TypeAlias = Float[np.ndarray, "group importer exporter"]

LEAST_VALUE_ADDED = 0.1
"""Part of output that stays value added where another year's structure leaves less: an assumption."""


def world_of_trade(
    flows: _Grouped, industries: Mapping[str, Sequence[str]], structure: World, name: str, vintage: int
) -> World:
    """A world with given trade between the economies of another world, and that world's structure.

    Sales of each sector, own use included, are divided among its industries, and between firms and final
    buyers, as in the same flow of `structure`. Each economy's purchases of an input are divided among its
    industries in proportion to their output now times their use of it per unit of output then; where an
    industry would be left with too little value added, the excess is final use. Tariffs are those of
    `structure`. Industries of `structure` that are in no sector make nothing.

    Args:
        flows: (sector, importer, exporter) at basic prices, USD million a year; economies of `structure`.
        industries: sectors of `structure` in each sector of `flows`, in the order of `flows`.
        structure: the world whose shares are taken.
        name, vintage: of the world that is made.

    Returns:
        A world with the sectors of `structure`.

    Examples:
        >>> import detente as dt
        >>> then = dt.load_world("g20-2019")
        >>> one = {code: (code,) for code in then.sectors}
        >>> again = world_of_trade(then.flows, one, then, "again", 2019)
        >>> bool(np.allclose(again.flows, then.flows)), bool(np.allclose(again.value_added, then.value_added))
        (True, True)
    """
    divided = _divided(flows, list(industries.values()), structure)
    bought = structure.intermediate_flows
    firms = divided * np.where(structure.flows > 0.0, _part(bought, structure.flows), _mean_part(structure))
    use, kept = _input_use(firms, divided.sum(axis=1).T, structure)
    firms = firms * kept.T[:, :, None]
    return World(
        name=name,
        title=f"Trade of {vintage} with the structure of production of {structure.name}",
        vintage=vintage,
        classification=structure.classification,
        economies=structure.economies,
        sectors=structure.sectors,
        sector_titles=structure.sector_titles,
        intermediate_flows=firms,
        final_flows=divided - firms,
        input_use=use,
        tariff_factor=structure.tariff_factor,
        provenance=Provenance(
            estimated=(
                f"uses of goods, inputs of industries and tariffs are those of {structure.name}; "
                f"only trade is of {vintage}",
            ),
            tariff_layers=structure.provenance.tariff_layers,
            measures_included=structure.provenance.measures_included,
        ),
    )


def _part(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; zero where there is no whole."""
    found: np.ndarray = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0.0)
    return found


def _mean_part(structure: World) -> np.ndarray:
    """Part of each importer's purchases that its firms buy, for flows that the structure does not have."""
    return _part(structure.intermediate_flows.sum(axis=2), structure.flows.sum(axis=2))[:, :, None]


def _divided(flows: _Grouped, members: Sequence[Sequence[str]], structure: World) -> Bilateral:
    """Flows of sectors as flows of their industries."""
    found = np.zeros_like(structure.flows)
    for flow, codes in zip(flows, members, strict=True):
        at = [structure.sectors.index(code) for code in codes]
        parts = structure.flows[at]
        # Where the exporter sold the importer nothing of the sector: the exporter's own mix, or an even one.
        sold = np.broadcast_to(parts.sum(axis=1, keepdims=True), parts.shape)
        parts = np.where(parts.sum(axis=0) > 0.0, parts, sold)
        parts = np.where(parts.sum(axis=0) > 0.0, parts, 1.0)
        found[at] = flow * parts / parts.sum(axis=0)
    return found


def _input_use(
    firms: Bilateral, output: ByEconomySector, structure: World
) -> tuple[InputUse, ByEconomySector]:
    """What each industry buys, and the part of firms' purchases that this is, by economy and input."""
    bought = firms.sum(axis=2).T
    wanted = _part(structure.input_use, np.broadcast_to(structure.output[:, None], structure.input_use.shape))
    wanted = wanted * output[:, None]
    use = bought[:, :, None] * _part(wanted, np.broadcast_to(wanted.sum(axis=2, keepdims=True), wanted.shape))
    # An industry that had less there may have as little here.
    least = np.clip(_part(structure.value_added, structure.output), 0.0, LEAST_VALUE_ADDED)
    most, spent = (1.0 - least) * output, use.sum(axis=1)
    held = np.where(spent > most, _part(most, spent), 1.0)
    use = use * held[:, None]
    return use, np.where(bought > 0.0, _part(use.sum(axis=2), bought), 1.0)
