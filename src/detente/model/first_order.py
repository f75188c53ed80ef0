"""First-order responses at the baseline: what the solver uses to move all markets at once.

They change how many passes a solution takes, never the solution: at any fixed point every excess is zero.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.model.markets import Markets
from detente.model.wage_response import answers_to_wages

__all__ = ["FirstOrder", "first_order", "multiplier", "output_response", "rivalry", "wage_response"]

Values = np.ndarray

# Near autarky any wage clears its market; the ridge keeps the response finite there.
_RIDGE = 0.05


class FirstOrder(NamedTuple):
    """Linear responses of an economy's markets, other economies' spending given.

    What only chooses a direction is in single precision.

    Attributes:
        multiplier: output of each input that a dollar of output of each sector sets off through purchases at
            home, (economy, input, sector).
        switching: fall of each sector's sales with its own cost, (economy, sector).
        home_final: sales at home for a dollar more of final demand, (economy, sector).
        wage_response: move of each wage for a unit of excess demand for labour in each economy,
            (economy, economy).
        own: log changes of costs, outputs and incomes, in one column, with the own wage, (unknown,).
        left, right: with all wages, `left` @ `right` @ wages more; (unknown, direction) and
            (direction, economy).
        output_response: move of every economy's output of a sector for a unit of excess demand for each
            one's, (sector, economy, economy): cost falls with scale, and rises where workers cannot move;
            None where neither is so.
        slope: rise of the price of a sector's offer with its own output, (economy, sector); None as before.
    """

    multiplier: Float[Array, "economy input sector"]
    switching: Float[Array, "economy sector"]
    home_final: Float[Array, "economy sector"]
    wage_response: Float[Array, "economy economy2"]
    own: Float[Array, "unknown"]
    left: Float[Array, "unknown direction"]
    right: Float[Array, "direction economy"]
    output_response: Float[Array, "sector economy economy2"] | None
    slope: Float[Array, "economy sector"] | None


def multiplier(
    input_share: Float[Values, "economy input sector"], own_share: Float[Values, "economy sector"]
) -> Float[Values, "economy input sector"]:
    """Each economy's own Leontief inverse: (I - diag(own_n) gamma_n)^-1.

    Examples:
        >>> import numpy as np
        >>> multiplier(np.full((1, 1, 1), 0.5), np.ones((1, 1))).tolist()
        [[[2.0]]]
    """
    direct = own_share[:, :, None] * input_share
    inverse: Values = np.linalg.inv(np.eye(input_share.shape[1]) - direct)
    return inverse


def rivalry(
    flows: Float[Values, "sector importer exporter"], sourcing: Float[Values, "sector importer exporter"]
) -> Float[Values, "sector economy economy2"]:
    """Mean share of each rival in a seller's markets, weighted by its sales: sum_n B_sni / Y_is pi_snj.

    With theta, minus how far sales fall with the own price, and plus how far they rise with a rival's.
    """
    sold = flows.sum(axis=1)
    weight = np.divide(flows, sold[:, None, :], out=np.zeros_like(flows), where=sold[:, None, :] > 0)
    shares: Values = weight.transpose(0, 2, 1) @ sourcing
    nobody = np.nonzero(sold == 0)
    shares[nobody[0], nobody[1], nobody[1]] = 1.0
    return shares


def output_response(
    rivals: Float[Values, "sector economy economy2"],
    slope: Float[Values, "economy sector"],
    trade_elasticity: Float[Values, "sector"],
) -> Float[Values, "sector economy economy2"]:
    """Inverse of how excess demand for output falls with output: [I + theta (I - rivals) diag(slope)]^-1.

    Args:
        rivals: see `rivalry`.
        slope: rise of the price of a sector's offer with its own output, (economy, sector).
        trade_elasticity: theta, (sector,).
    """
    unit = np.eye(rivals.shape[1])
    # Held away from the point at which a location of production is as good as any other.
    switching = (1.0 - _RIDGE) * trade_elasticity[:, None, None] * (unit - rivals)
    response: Values = np.linalg.inv(unit + switching * slope.T[:, None, :])
    return response


def wage_response(
    labour: Float[Values, "sector importer exporter"],
    rivals: Float[Values, "sector economy economy2"],
    trade_elasticity: Float[Values, "sector"],
    response: Float[Values, "sector economy economy2"] | None = None,
) -> Float[Values, "economy economy2"]:
    """Inverse of how excess demand for labour falls with wages, when costs follow wages one for one.

    Demand for the labour of i moves with the wage of j by sum_s share_si theta_s (rivals_sij - [i = j]) as
    buyers switch, and by sum_s share_sji as j spends its wages. World wage income is held constant.

    Args:
        labour: wage income earned on each flow, (sector, importer, exporter).
        rivals: see `rivalry`.
        trade_elasticity: theta, (sector,).
        response: of outputs to each other, see `output_response`.
    """
    economies = labour.shape[1]
    paid = labour.sum(axis=1)
    switched = trade_elasticity[:, None, None] * (rivals - np.eye(economies))
    if response is not None:
        switched = response @ switched
    switching = np.einsum("si,sij->ij", paid, switched)
    income = labour.sum(axis=0).T
    earned = paid.sum(axis=0)
    safe = np.where(earned > 0, earned, 1.0)
    numeraire = np.broadcast_to(earned / earned.sum(), (economies, economies))
    inverse: Values = np.linalg.inv(
        (1.0 + _RIDGE) * np.eye(economies) - (switching + income) / safe[:, None] + numeraire
    )
    return inverse


def first_order(
    flows: Float[Values, "sector importer exporter"],
    tariff_factor: Float[Values, "sector importer exporter"],
    input_share: Float[Values, "economy input sector"],
    labour_share: Float[Values, "economy sector"],
    trade_elasticity: Float[Values, "sector"],
    markets: Markets | None = None,
    labour_shape: float | None = None,
) -> FirstOrder:
    """All responses at a baseline; flows are before duties.

    Examples:
        >>> import numpy as np
        >>> half = np.full((2, 1), 0.5)
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> found = first_order(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> bool(found.wage_response[0, 0] > found.wage_response[0, 1])
        True
    """
    paid = flows * tariff_factor
    spent = paid.sum(axis=2, keepdims=True)
    sourcing = np.divide(paid, spent, out=np.zeros_like(paid), where=spent > 0)
    own = np.arange(sourcing.shape[1])
    own_share = sourcing[:, own, own].T
    chain = multiplier(input_share, own_share)
    pass_through = np.einsum("ns,nsk->nk", labour_share, chain)
    rivals = rivalry(flows, sourcing)
    slope = np.zeros_like(labour_share)
    if labour_shape is not None:
        slope = slope + labour_share / labour_shape
    if markets is not None and markets.scale is not None:
        slope = slope - np.asarray(markets.scale) * (1.0 - slope)
    inputs = np.einsum("nks,ns->nk", input_share, flows.sum(axis=1).T)
    final = np.maximum(spent[:, :, 0].T - inputs, 0.0)
    home_final = own_share * final / final.sum(axis=1, keepdims=True)
    if slope.any():
        curved = output_response(rivals, slope, trade_elasticity)
        wages = wage_response(flows * labour_share.T[:, None, :], rivals, trade_elasticity, curved)
        economies = len(wages)
        own_answers = np.concatenate([pass_through.ravel(), np.zeros(slope.size), np.ones(economies)])
        left, right = np.zeros((own_answers.size, 0), np.float32), np.zeros((0, economies), np.float32)
        switching = np.zeros_like(slope)
        home_final = np.zeros_like(slope)
    else:
        curved = None
        answer = answers_to_wages(flows, tariff_factor, input_share, labour_share, chain, trade_elasticity)
        wages = _cleared(answer.excess_labour, (flows.sum(axis=1).T * labour_share).sum(axis=1))
        own_answers, left, right = answer.own, answer.left, answer.right
        switching = trade_elasticity * (1.0 - rivals[:, own, own].T)
    return FirstOrder(
        jnp.asarray(chain, dtype=np.float32),
        jnp.asarray(switching),
        jnp.asarray(home_final),
        jnp.asarray(wages),
        jnp.asarray(own_answers),
        jnp.asarray(left),
        jnp.asarray(right),
        None if curved is None else jnp.asarray(curved),
        None if curved is None else jnp.asarray(slope),
    )


def _cleared(
    excess_labour: Float[Values, "economy economy2"], wages: Float[Values, "economy"]
) -> Float[Values, "economy economy2"]:
    """Wages that clear labour markets, world wage income held constant."""
    unit = np.eye(len(wages))
    inverse: Values = np.linalg.inv(_RIDGE * unit - excess_labour + wages / wages.sum())
    return inverse
