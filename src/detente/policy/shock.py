"""A scenario compiled on a world: plain arrays, ready for the model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from detente.arrays import Bilateral
from detente.world.world import World

__all__ = ["Shock", "Varieties", "no_shock", "set_tariffs"]


class Varieties(NamedTuple):
    """Parts of bilateral flows whose trade costs change differently from the rest of the flow.

    A measure seldom hits all of a sector's flow. Each hit part is a variety of its own in demand, with a
    share of the flow's value (duty included) in the baseline; what no variety names is one more variety that
    pays the flow's baseline tariff. All arrays are (variety,).

    Attributes:
        sector, importer, exporter: indices of the flow.
        share: share of the flow's value in the baseline, 0 to 1; the shares of one flow sum to at most 1.
        tariff_factor: 1 + tariff that the variety pays under the shock.
        cost_factor: change of the variety's trade cost other than the tariff, new over old.
    """

    sector: Int[np.ndarray, "variety"]
    importer: Int[np.ndarray, "variety"]
    exporter: Int[np.ndarray, "variety"]
    share: Float[np.ndarray, "variety"]
    tariff_factor: Float[np.ndarray, "variety"]
    cost_factor: Float[np.ndarray, "variety"]

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, float, float, float]]) -> Varieties:
        """Varieties from (sector, importer, exporter, share, tariff_factor, cost_factor) rows.

        Examples:
            >>> Varieties.of([(0, 1, 2, 0.5, 1.25, 1.0)]).tariff_factor
            array([1.25])
        """
        table = np.asarray(list(rows), dtype=np.float64).reshape(-1, 6)
        index = table[:, :3].astype(np.int64)
        return cls(index[:, 0], index[:, 1], index[:, 2], table[:, 3], table[:, 4], table[:, 5])


@dataclass(frozen=True)
class Shock:
    """What changes: tariffs and trade costs, in a world's dimensions.

    Attributes:
        tariff_factor: 1 + tariff on what no variety names, (sector, importer, exporter).
        cost_factor: change of trade cost, new over old, on what no variety names, as `tariff_factor`.
        varieties: parts of flows that are treated differently.
        notices: sentences a user must see, such as a coverage that had to be capped.
    """

    tariff_factor: Bilateral
    cost_factor: Bilateral
    varieties: Varieties = field(default_factory=lambda: Varieties.of([]))
    notices: tuple[str, ...] = ()


def no_shock(world: World) -> Shock:
    """The baseline itself: today's tariffs, unchanged trade costs.

    Examples:
        >>> import detente as dt
        >>> float(no_shock(dt.load_world("g20-2019")).cost_factor.max())
        1.0
    """
    return Shock(world.tariff_factor, np.ones_like(world.tariff_factor))


def set_tariffs(world: World, tariff_factor: Bilateral) -> Shock:
    """A shock that replaces every tariff of the baseline.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> set_tariffs(world, world.tariff_factor * 1.1).varieties.share.size
        0
    """
    return Shock(np.asarray(tariff_factor, dtype=np.float64), np.ones_like(world.tariff_factor))
