"""Small random worlds that know their complete inter-country table."""

from __future__ import annotations

import numpy as np

from detente.world.complete_table import CompleteTable
from detente.world.world import World
from tests.worlds import random_world

__all__ = ["complete_world", "proportional", "random_purchases"]


def proportional(world: World) -> np.ndarray:
    """Purchases that follow each sector's use of the input, (input, buying sector, importer, exporter)."""
    part = world.input_use / world.input_use.sum(axis=2, keepdims=True)
    return np.einsum("kni,nks->ksni", world.intermediate_flows, part)


def random_purchases(world: World, seed: int, spread: float = 0.8) -> np.ndarray:
    """Unequal purchases that add up to the world's: proportional ones disturbed, rows and columns scaled."""
    cells = proportional(world) * np.random.default_rng(seed).lognormal(
        0.0, spread, (len(world.sectors), *world.tariff_factor.shape)
    )
    for _ in range(3000):
        cells *= (world.input_use.transpose(1, 2, 0) / cells.sum(axis=3))[..., None]
        cells *= (world.intermediate_flows / cells.sum(axis=1))[:, None]
    return cells


def complete_world(seed: int, economies: int = 3, sectors: int = 2, *, tariffs: bool = True) -> World:
    """A random world in which every sector has origins of its own.

    Examples:
        >>> complete_world(1).complete_table.cells.shape
        (2, 2, 3, 3)
    """
    world = random_world(seed, economies, sectors, tariffs=tariffs)
    return world.replace(complete_table=CompleteTable(random_purchases(world, seed)))
