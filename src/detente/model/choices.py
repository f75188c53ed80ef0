"""From the choices of a theory to the numbers that the edits of the equations read."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from detente.model.inputs import Nests
from detente.model.labour import Labour
from detente.model.markets import Markets
from detente.model.theory import Theory

__all__ = ["labour_of", "markets_of", "nests_of"]


def markets_of(theory: Theory, trade_elasticity: np.ndarray, economies: int) -> Markets:
    """What the theory's market structure adds, for trade elasticities (sector,).

    Examples:
        >>> markets_of(Theory(market="krugman"), np.array([4.0]), 2).scale.tolist()
        [0.25]
        >>> markets_of(Theory(), np.array([4.0]), 2)
        Markets(scale=None, selection=None, origin_cost=None, destination_share=None, profit_share=None)
    """
    theta = jnp.asarray(trade_elasticity)
    if theory.market == "krugman":
        return Markets(scale=1.0 / theta)
    if theory.market == "melitz":
        selection = jnp.full((economies, theta.size), theory.selection)
        return Markets(scale=1.0 / theta, selection=selection, origin_cost=theory.selection / theta)
    if theory.market == "external":
        return Markets(scale=jnp.full(theta.size, theory.scale_elasticity))
    if theory.market == "fixed-firms":
        return Markets(profit_share=1.0 / (theta + 1.0))
    return Markets()


def labour_of(theory: Theory, payroll: np.ndarray) -> Labour:
    """What the theory's labour market adds, for payrolls (economy, sector).

    Examples:
        >>> float(labour_of(Theory(labour="specific"), np.ones((2, 1))).shape)
        1.0
    """
    shape = 1.0 if theory.labour == "specific" else theory.labour_shape
    tax = None
    if theory.revenue == "labour-tax":
        tax = jnp.full(len(payroll), theory.labour_tax if theory.labour_tax is not None else jnp.nan)
    return Labour(
        shape=None if shape is None else jnp.asarray(shape),
        supply=jnp.asarray(theory.labour_supply) if theory.labour_supply else None,
        tax=tax,
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
