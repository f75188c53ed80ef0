"""Purchases of every buying sector by origin: the buyers of a theory with inputs="network"."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from detente.arrays import InputUse
from detente.world.balancing import VALUE_ADDED_FLOOR
from detente.world.complete_table import conform
from detente.world.world import World

__all__ = ["SPLIT", "network_notices", "network_purchases"]

SPLIT = (
    "every sector's purchases are split over origins in proportion to its economy's: the complete "
    "inter-country table of this world is not known"
)
# The floor of a world holds at its average duties on an input; at those that a sector pays it may lie lower.
_FLOOR = VALUE_ADDED_FLOOR / 2


def network_notices(world: World, inputs: str) -> tuple[str, ...]:
    """What is estimated in the purchases of a theory with inputs="network", for those who read the answer.

    Examples:
        >>> import detente as dt
        >>> network_notices(dt.load_world("wiod-2011"), "network")
        ()
        >>> network_notices(dt.load_world("world-2022"), "network")
        ("every sector's purchases are split over origins in proportion to its economy's: ...",)
    """
    return (SPLIT,) if inputs == "network" and world.complete_table is None else ()


def network_purchases(world: World) -> tuple[Float[np.ndarray, "sector buyer exporter"], InputUse]:
    """Flows by buyer, and input shares with the duties that each sector pays on its own purchases.

    Without a complete table every sector of an economy buys an input from the same origins. A sector whose
    inputs with their duties leave less than half a percent of its sales buys less of them, and final demand
    of its economy what it no longer buys.

    Returns:
        Flows before duties, (sector, buyer, exporter), buying sectors first and final demand last, economies
        within each; input shares in sales, (economy, input, sector).

    Raises:
        BadInput: the complete table is not one of this world.

    Examples:
        >>> import detente as dt
        >>> flows, share = network_purchases(dt.load_world("g20-2019"))
        >>> flows.shape, share.shape
        ((20, 420, 20), (20, 20, 20))
    """
    sectors, economies, _ = world.flows.shape
    bought = np.empty((sectors, sectors + 1, economies, economies))
    bought[:, -1] = world.final_flows
    if world.complete_table is None:
        _split(world, bought[:, :-1])
    else:
        cells = world.complete_table.cells
        conform(cells, world.intermediate_flows, world.input_use, out=bought[:, :-1])
    paid = _paid(bought, world)
    allowed = (1.0 - _FLOOR) * world.output
    spent = paid.sum(axis=1)
    for economy, sector in np.argwhere(spent > allowed):
        given = bought[:, sector, economy] * (1.0 - allowed[economy, sector] / spent[economy, sector])
        bought[:, sector, economy] -= given
        bought[:, -1, economy] += given
        paid[economy, :, sector] *= allowed[economy, sector] / spent[economy, sector]
    sold = np.broadcast_to(world.output[:, None, :], paid.shape)
    share = np.divide(paid, sold, out=np.zeros_like(paid), where=sold > 0)
    return bought.reshape(sectors, -1, economies), share


def _split(world: World, out: np.ndarray) -> None:
    """Purchases of each sector in proportion to its economy's."""
    total = world.input_use.sum(axis=2, keepdims=True)
    part = np.divide(world.input_use, total, out=np.zeros(world.input_use.shape), where=total > 0)
    np.multiply(world.intermediate_flows[:, None], part.transpose(1, 2, 0)[:, :, :, None], out=out)


def _paid(bought: np.ndarray, world: World) -> np.ndarray:
    """Inputs at purchasers' prices, (economy, input, sector)."""
    by_input = [
        np.einsum("sni,ni->ns", of_input[:-1], factor, optimize=True)
        for of_input, factor in zip(bought, world.tariff_factor, strict=True)
    ]
    return np.ascontiguousarray(np.stack(by_input, axis=1))
