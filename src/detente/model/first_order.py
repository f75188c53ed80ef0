"""First-order responses at the baseline: what the solver uses to move all markets at once.

They change how many passes a solution takes, never the solution: at any fixed point every excess is zero.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

__all__ = ["FirstOrder", "domestic_multiplier", "first_order", "wage_response"]

Values = np.ndarray

# Near autarky any wage clears its market; the ridge keeps the response finite there.
_RIDGE = 0.05


class FirstOrder(NamedTuple):
    """Linear responses of an economy's markets, other economies' spending given.

    Attributes:
        domestic_multiplier: spending on each input that a dollar of spending on each sector's goods sets off
            through purchases at home, (economy, input, sector).
        pass_through: rise of each sector's price with the economy's own wage, (economy, sector).
        wage_response: move of each wage for a unit of excess demand for labour in each economy,
            (economy, economy).
    """

    domestic_multiplier: Float[Array, "economy input sector"]
    pass_through: Float[Array, "economy sector"]
    wage_response: Float[Array, "economy economy2"]


def domestic_multiplier(
    input_share: Float[Values, "economy input sector"], own_share: Float[Values, "economy sector"]
) -> Float[Values, "economy input sector"]:
    """Each economy's own Leontief inverse: (I - gamma_n diag(own_n))^-1.

    Examples:
        >>> import numpy as np
        >>> domestic_multiplier(np.full((1, 1, 1), 0.5), np.ones((1, 1))).tolist()
        [[[2.0]]]
    """
    direct = input_share * own_share[:, None, :]
    multiplier: Values = np.linalg.inv(np.eye(input_share.shape[1]) - direct)
    return multiplier


def wage_response(
    sourcing: Float[Values, "sector importer exporter"],
    labour: Float[Values, "sector importer exporter"],
    trade_elasticity: Float[Values, "sector"],
) -> Float[Values, "economy economy2"]:
    """Inverse of how excess demand for labour falls with wages, when costs follow wages one for one.

    Demand for the labour of i moves with the wage of j by sum_sn share_sni theta_s (pi_snj - [i = j]) as
    buyers switch, and by sum_s share_sji as j spends its wages. World wage income is held constant.

    Args:
        sourcing: pi, (sector, importer, exporter).
        labour: wage income earned on each flow, (sector, importer, exporter).
        trade_elasticity: theta, (sector,).
    """
    economies = sourcing.shape[1]
    earned = labour.sum(axis=(0, 1))
    moved = labour * trade_elasticity[:, None, None]
    by_seller = moved.transpose(2, 0, 1).reshape(economies, -1)
    switching = by_seller @ sourcing.reshape(-1, economies) - np.diag(moved.sum(axis=(0, 1)))
    income = labour.sum(axis=0).T
    safe = np.where(earned > 0, earned, 1.0)
    numeraire = np.broadcast_to(earned / earned.sum(), (economies, economies))
    response: Values = np.linalg.inv(
        (1.0 + _RIDGE) * np.eye(economies) - (switching + income) / safe[:, None] + numeraire
    )
    return response


def first_order(
    sourcing: Float[Values, "sector importer exporter"],
    flows: Float[Values, "sector importer exporter"],
    input_share: Float[Values, "economy input sector"],
    value_added_share: Float[Values, "economy sector"],
    trade_elasticity: Float[Values, "sector"],
) -> FirstOrder:
    """All responses at a baseline; flows are before duties.

    Examples:
        >>> import numpy as np
        >>> half = np.full((2, 1), 0.5)
        >>> sourcing = np.array([[[0.8, 0.2], [0.2, 0.8]]])
        >>> found = first_order(sourcing, 10 * sourcing, half[:, None], half, np.array([4.0]))
        >>> bool(found.wage_response[0, 0] > found.wage_response[0, 1])
        True
    """
    own = np.arange(sourcing.shape[1])
    own_share = sourcing[:, own, own].T
    multiplier = domestic_multiplier(input_share, own_share)
    pass_through = np.einsum("nk,nks->ns", own_share * value_added_share, multiplier)
    response = wage_response(sourcing, flows * value_added_share.T[:, None, :], trade_elasticity)
    return FirstOrder(jnp.asarray(multiplier), jnp.asarray(pass_through), jnp.asarray(response))
