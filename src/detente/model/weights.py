"""A scenario as the two arrays that the iterations read."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.model.baseline import Baseline
from detente.policy.shock import Shock, Varieties

__all__ = ["Weights", "scenario_weights", "shock_weights"]

# Varieties are padded to a multiple of this with empty ones, so that scenarios share compiled code.
_BLOCK = 256


class Weights(NamedTuple):
    """What a scenario does to sourcing, before costs respond; (sector, importer, exporter).

    Attributes:
        weight: pi_sni * sum_v share_v kappa_v^(-theta_s), kappa = change of tariff factor x change of cost.
        duty_free: the same with each variety divided by its tariff factor: what sellers receive.
    """

    weight: Float[Array, "sector importer exporter"]
    duty_free: Float[Array, "sector importer exporter"]


@jax.jit
def _fold(base: Baseline, tariff: Array, cost: Array, varieties: Varieties) -> Weights:
    theta = base.trade_elasticity
    at = (varieties.sector, varieties.importer, varieties.exporter)
    named = jnp.zeros_like(base.sourcing).at[at].add(varieties.share)
    # Shares that sum to one leave a rest of rounding error only.
    rest = jnp.where(named < 1.0 - 1e-12, 1.0 - named, 0.0)
    kappa = tariff / base.tariff_factor * cost
    rest_weight = rest * jnp.where(kappa == 1.0, 1.0, kappa ** (-theta[:, None, None]))
    kappa_v = varieties.tariff_factor / base.tariff_factor[at] * varieties.cost_factor
    weight_v = varieties.share * kappa_v ** (-theta[varieties.sector])
    weight = rest_weight.at[at].add(weight_v)
    duty_free = (rest_weight / tariff).at[at].add(weight_v / varieties.tariff_factor)
    return Weights(base.sourcing * weight, base.sourcing * duty_free)


def _padded(varieties: Varieties) -> Varieties:
    missing = -varieties.share.size % _BLOCK or (_BLOCK if varieties.share.size == 0 else 0)
    fill = (0, 0, 0, 0.0, 1.0, 1.0, 1.0, 1.0)
    return Varieties(
        *(
            np.concatenate([part, np.full(missing, value, part.dtype)])
            for part, value in zip(varieties, fill, strict=True)
        )
    )


def shock_weights(base: Baseline, shock: Shock) -> Weights:
    """Fold a shock, varieties and all, into the arrays that the iterations read.

    With varieties v of shares s_v in a flow, each with its own change kappa_v, demand for the flow is
    pi_sni c_is^(-theta_s) sum_v s_v kappa_v^(-theta_s): varieties of one origin substitute as origins do.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> weights = shock_weights(dt.calibrate(world, dt.Theory()), dt.no_shock(world))
        >>> round(float(weights.weight.sum(axis=2).max()), 12)
        1.0
    """
    folded: Weights = _fold(base, shock.tariff_factor, shock.cost_factor, _padded(shock.varieties))
    return folded


def scenario_weights(
    base: Baseline,
    tariff_factor: Float[np.ndarray, "sector importer exporter"],
    cost_factor: Float[np.ndarray, "sector importer exporter"] | None = None,
) -> Weights:
    """Fold new tariffs, and changes of trade cost, on whole flows.

    Examples:
        >>> import numpy as np
        >>> from detente.model import baseline_from_shares
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([1.0]))
        >>> weights = scenario_weights(base, np.array([[[1.0, 2.0], [1.0, 1.0]]]))
        >>> weights.weight[0, 0].tolist(), weights.duty_free[0, 0].tolist()
        ([0.8, 0.1], [0.8, 0.05])
    """
    cost = np.ones_like(tariff_factor) if cost_factor is None else cost_factor
    return shock_weights(base, Shock(np.asarray(tariff_factor, dtype=np.float64), cost))
