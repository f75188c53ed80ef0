"""From the choices of a theory to the numbers that the edits of the equations read."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.model.inputs import Nests
from detente.model.labour import Groups, Labour
from detente.model.markets import Markets
from detente.model.theory import Theory
from detente.world.labour_groups import LabourGroups
from detente.world.world import World

__all__ = [
    "check_returns",
    "labour_of",
    "markets_of",
    "named_sectors",
    "nests_of",
    "shape_of",
    "shortened",
    "world_labour",
    "world_scale",
]

# More returns than these, and production moves to one place; a little more is rounding.
_MOST_RETURNS = 1.0 + 1e-9


def markets_of(
    theory: Theory,
    trade_elasticity: Float[np.ndarray, "sector"] | Float[Array, "sector"],
    economies: int,
    scale: Float[np.ndarray, "sector"] | None = None,
) -> Markets:
    """What the theory's market structure adds.

    Args:
        theory: the choices.
        trade_elasticity: theta, (sector,).
        economies: how many.
        scale: scale elasticities of sectors, (sector,), where the theory names a set of them.

    Examples:
        >>> markets_of(Theory(market="krugman"), np.array([4.0]), 2).scale.tolist()
        [0.25]
        >>> markets_of(Theory(), np.array([4.0]), 2) == Markets()
        True
    """
    theta = jnp.asarray(trade_elasticity)
    if theory.market == "krugman":
        return Markets(scale=1.0 / theta)
    if theory.market == "melitz":
        selection = jnp.full((economies, theta.size), theory.selection)
        return Markets(
            scale=1.0 / theta,
            selection=selection,
            origin_cost=theory.selection / theta,
            duty_selection=selection[0],
        )
    if theory.market == "external":
        given = scale if scale is not None else np.full(theta.size, theory.scale_elasticity, dtype=np.float64)
        return Markets(scale=jnp.asarray(given))
    if theory.market == "fixed-firms":
        return Markets(profit_share=1.0 / (theta + 1.0))
    return Markets()


def world_scale(
    world: World, theory: Theory, trade_elasticity: Float[np.ndarray, "sector"]
) -> Float[np.ndarray, "sector"] | None:
    """Scale elasticities of a world's sectors; None where the theory has none of its own.

    Raises:
        BadInput: an unknown set, or returns to scale above 1 (scale elasticity times trade elasticity), with
            which there is more than one equilibrium (Kucheryavyy, Lyn and Rodriguez-Clare 2023); lists all.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> theory = Theory("uniform:5", market="external", scale_elasticity=0.1)
        >>> float(world_scale(world, theory, np.full(20, 5.0)).max())
        0.1
    """
    from detente.world.elasticities import scale_elasticities

    if theory.market != "external" or theory.scale_elasticity is None:
        return None
    if isinstance(theory.scale_elasticity, str):
        scale = scale_elasticities(world, theory.scale_elasticity)
    else:
        scale = np.full(len(world.sectors), float(theory.scale_elasticity))
    given = theory.scale_elasticity
    check_returns(scale, trade_elasticity, named_sectors(world), given if isinstance(given, str) else None)
    return scale


def check_returns(
    scale: Float[np.ndarray, "sector"],
    trade_elasticity: Float[np.ndarray, "sector"],
    sectors: Sequence[str] | None = None,
    source: str | None = None,
) -> None:
    """Refuse returns to scale above 1, scale elasticity times trade elasticity.

    Args:
        scale, trade_elasticity: psi and theta, (sector,).
        sectors: names for the message; numbers if None.
        source: the set that the scale elasticities are of.

    Raises:
        BadInput: returns above 1 in some sector; one problem names all that have the same elasticities.

    Examples:
        >>> check_returns(np.array([0.2]), np.array([5.0]))
        >>> check_returns(np.array([0.2]), np.array([7.0]))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'theory.scale_elasticity': sector 0: ... is 1.4, above 1...
    """
    named = sectors or [f"sector {at}" for at in range(len(scale))]
    alike: dict[tuple[float, float], list[str]] = {}
    for at in np.flatnonzero(scale * trade_elasticity > _MOST_RETURNS).tolist():
        alike.setdefault((float(scale[at]), float(trade_elasticity[at])), []).append(named[at])
    problems = [
        Problem(
            f"{shortened(where)}: scale elasticity {psi:.3g} times trade elasticity {theta:.3g} is "
            f"{psi * theta:.3g}, above 1: there is more than one equilibrium",
            field="theory.scale_elasticity",
            remedy=f"at most {1.0 / theta:.3g} there, or smaller trade elasticities"
            if source is None
            else f"choose the trade elasticities that belong to them, elasticities={source}",
        )
        for (psi, theta), where in alike.items()
    ]
    if problems:
        raise BadInput(problems)


def named_sectors(world: World) -> list[str]:
    """Titles of sectors with their codes.

    Examples:
        >>> import detente as dt
        >>> named_sectors(dt.load_world("g20-2019"))[0]
        'Agriculture, forestry and fishing (A)'
    """
    return [f"{title} ({code})" for title, code in zip(world.sector_titles, world.sectors, strict=True)]


def shortened(names: Sequence[str], most: int = 3) -> str:
    """The first names, and how many more there are.

    Examples:
        >>> shortened(["Food", "Cars", "Steel", "Coal"])
        'Food, Cars, Steel and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def shape_of(theory: Theory) -> float | None:
    """Shape of workers' productivities over sectors; None where they are mobile.

    Examples:
        >>> shape_of(Theory(labour="specific")), shape_of(Theory())
        (1.0, None)
    """
    return {"mobile": None, "specific": 1.0}.get(theory.labour, theory.labour_shape)


def labour_of(theory: Theory, economies: int) -> Labour:
    """What the theory's labour market adds, without groups and tables of taxes.

    Examples:
        >>> float(labour_of(Theory(labour="specific"), 2).shape)
        1.0
    """
    shape = shape_of(theory)
    tax = None
    if theory.revenue == "labour-tax":
        given = theory.labour_tax if isinstance(theory.labour_tax, int | float) else np.nan
        tax = jnp.full(economies, given)
    return Labour(
        shape=None if shape is None else jnp.asarray(shape),
        supply=jnp.asarray(theory.labour_supply) if theory.labour_supply else None,
        tax=tax,
    )


def world_labour(world: World, theory: Theory, payroll: Float[np.ndarray, "economy sector"]) -> Labour:
    """What the theory's labour market adds in a world.

    Args:
        world: whose economies have groups of workers and taxes.
        theory: the choices.
        payroll: wage income, (economy, sector), USD million a year.

    Raises:
        BadInput: the groups cannot be read; lists every problem.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("world-2022")
        >>> theory = Theory(labour="groups", labour_groups="canada-provinces")
        >>> world_labour(world, theory, world.value_added).groups.share.shape
        (93, 50)
    """
    from detente.world.labour_groups import labour_groups
    from detente.world.parameters import labour_tax_wedges

    labour = labour_of(theory, len(world.economies))
    if theory.labour_tax == "oecd":
        wedges = labour_tax_wedges()
        labour = labour._replace(
            tax=jnp.asarray([wedges.get(economy, np.nan) for economy in world.economies])
        )
    if theory.labour == "groups" and theory.labour_groups is not None:
        groups = labour_groups(world, theory.labour_groups)
        labour = labour._replace(groups=_groups(world, groups, payroll))
    return labour


def _groups(world: World, groups: LabourGroups, payroll: Float[np.ndarray, "economy sector"]) -> Groups:
    place = {economy: index for index, economy in enumerate(world.economies)}
    economy = np.array([place[code] for code in groups.economies])
    earned = groups.share * payroll[economy]
    return Groups(
        economy=jnp.asarray(economy),
        share=jnp.asarray(earned / earned.sum(axis=1, keepdims=True)),
        earnings=jnp.asarray(groups.share),
    )


def nests_of(theory: Theory) -> Nests | None:
    """Elasticities of substitution in production; None where it is Cobb-Douglas.

    Examples:
        >>> nests_of(Theory()) is None
        True
    """
    if theory.value_added_substitution == 1.0 and theory.input_substitution == 1.0:
        return None
    return Nests(jnp.asarray(theory.value_added_substitution), jnp.asarray(theory.input_substitution))
