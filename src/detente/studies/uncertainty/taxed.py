"""A world with drawn tariffs, and the worlds that it was made from with the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from detente.arrays import Bilateral
from detente.world import World
from detente.world.tariff_error import TariffError, tariff_error

__all__ = ["TaxedWorlds"]


class TaxedWorlds:
    """Draws of the tariffs of a world and of all worlds that it is an aggregate of, each in keeping.

    The world at the root is drawn; an aggregate's tariffs move by the duties on its members' flows.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.error: TariffError | None = tariff_error(world)
        self._above = None if world.parent is None or self.error is None else TaxedWorlds(world.parent)
        self._place = None if world.parent is None else _places(world, world.parent)

    def draw(self, rng: np.random.Generator) -> World:
        """The world with other tariffs; its parent, if any, has them too."""
        if self.error is None:
            return self.world
        if self._above is None or self._place is None:
            return self.world.replace(tariff_factor=self.world.tariff_factor + self.error.draw(rng))
        parent = self._above.draw(rng)
        duties = parent.flows * (parent.tariff_factor - self._above.world.tariff_factor)
        change = _summed(duties, self._place, self.world.flows)
        moved = np.where(self.error.open, change, 0.0)
        tariff = np.maximum(self.world.tariff_factor + moved, np.minimum(self.world.tariff_factor, 1.0))
        return self.world.replace(tariff_factor=tariff, parent=parent)


def _summed(
    duties: Float[np.ndarray, "part buyer seller"],
    place: Int[np.ndarray, "part buyer seller"],
    flows: Bilateral,
) -> Bilateral:
    """Duties on members' flows over the flows of the aggregate."""
    total = np.bincount(place.ravel(), duties.ravel(), flows.size).reshape(flows.shape)
    rate: Bilateral = np.divide(total, flows, out=np.zeros_like(total), where=flows > 0.0)
    return rate


def _places(world: World, parent: World) -> Int[np.ndarray, "part buyer seller"]:
    """Number of the aggregate's flow that each flow of the parent is in."""
    economy = _groups(world.economies, world.economy_groups, parent.economies)
    sector = _groups(world.sectors, world.sector_groups, parent.sectors)
    count = len(world.economies)
    return np.asarray((sector[:, None, None] * count + economy[:, None]) * count + economy)


def _groups(
    codes: Sequence[str], groups: Mapping[str, tuple[str, ...]], below: Sequence[str]
) -> Int[np.ndarray, "member"]:
    group_of = {member: at for at, code in enumerate(codes) for member in groups.get(code, (code,))}
    return np.array([group_of[code] for code in below])
