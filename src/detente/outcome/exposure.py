"""Who is exposed to whom: first-order effects of every economy's changes on every other's real income."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from jaxtyping import Float

from detente.arrays import labelled
from detente.errors import BadInput, CannotCompute, Problem, nearest
from detente.model import Theory, calibrate, one_sector, shock_weights, solve_baseline
from detente.model.derivatives import by_economy
from detente.policy import Shock, no_shock
from detente.world import World, load_world

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Change", "Exposure", "exposure"]

Change = Literal["productivity", "trade-cost"]


@dataclass(frozen=True, eq=False)
class Exposure:
    """Effects on real income, percent for a change of one percent, (economy, source): whose, and from where.

    Attributes:
        world: the economy at whose solution the effects are taken.
        theory: the modelling choices.
        productivity: of the productivity of all sectors of the source.
        trade_cost: of what it costs to trade with the source: all its imports and exports.
    """

    world: World
    theory: Theory
    productivity: Float[np.ndarray, "economy source"]
    trade_cost: Float[np.ndarray, "economy source"]

    def values(self, of: str) -> Float[np.ndarray, "economy source"]:
        """The effects of one kind of change.

        Raises:
            BadInput: no such change.
        """
        if of not in get_args(Change):
            raise BadInput(Problem(f"no change '{of}'", remedy=nearest(of, get_args(Change))))
        return self.productivity if of == "productivity" else self.trade_cost

    def __getitem__(self, of: str) -> xr.DataArray:
        """The effects of one kind of change with labels and unit.

        Raises:
            BadInput: no such change.

        Examples:
            >>> import detente as dt
            >>> from detente.outcome import exposure
            >>> effects = exposure("g20-2019")["productivity"]
            >>> bool(effects.sel(economy="CAN", source="USA") > effects.sel(economy="CAN", source="DEU"))
            True
        """
        values = self.values(of)
        name = f"exposure_{of.replace('-', '_')}"
        coordinates = {**self.world.coordinates, "source": self.world.economies}
        attributes = {"world": self.world.name, "vintage": self.world.vintage}
        return labelled(name, values, coordinates, **attributes, theory=self.theory.describe())


def exposure(world: World | str, theory: Theory | None = None, shock: Shock | None = None) -> Exposure:
    """First-order effects of every economy's productivity and trade costs on every economy's real income.

    One linear system for every economy, all solved together, gives both matrices.

    Args:
        world: a world or the name of one.
        theory: the modelling choices; with sectors="one" the world becomes one sector.
        shock: where the effects are taken, with the sectors of the theory; the world as it stands if None.

    Raises:
        CannotCompute: no equilibrium was found, or it has no derivatives.

    Examples:
        >>> found = exposure("g20-2019")
        >>> found.productivity.shape, bool((found.productivity.diagonal() > 0).all())
        ((20, 20), True)
    """
    world = load_world(world) if isinstance(world, str) else world
    theory = theory or Theory()
    world = one_sector(world) if theory.sectors == "one" else world
    base = calibrate(world, theory)
    weights = shock_weights(base, no_shock(world) if shock is None else shock)
    found = solve_baseline(base, weights, theory, economies=world.economies, sectors=world.sectors)
    if found.status != "solved":
        raise CannotCompute(found.message)
    productivity, trade_cost = by_economy(found, base, weights, theory)
    return Exposure(world, theory, productivity, trade_cost)
