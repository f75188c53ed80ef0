"""Large shocks in steps along a path from the baseline, each starting where the last one ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from detente.model.anderson import FixedPoint
from detente.model.baseline import Baseline
from detente.model.bilateral import bilateral_values
from detente.model.first_order import first_order
from detente.model.limits import LimitWeights
from detente.model.system import Pass, State
from detente.model.weights import Weights

__all__ = ["Attempt", "follow"]

# The first step, as a share of the way, and the shortest one before giving up.
_FIRST, _SHORTEST = 0.25, 1.0 / 256.0


class Attempt(NamedTuple):
    """One run of the solver: where it ended, and the last pass over the equations there."""

    state: State
    found: FixedPoint
    last: Pass


def _between(start: Array, end: Array, share: float) -> Array:
    """Geometric mean of two arrays; what is zero at the end is zero on the way."""
    both = (start > 0.0) & (end > 0.0)
    path = jnp.where(both, start, 1.0) ** (1.0 - share) * jnp.where(both, end, 1.0) ** share
    return jnp.where(both, path, end)


def _limits_on_the_way(base: Baseline, limits: LimitWeights, share: float) -> LimitWeights:
    """Limits a share of the way: sizes start at the quantities of the baseline, fixed margins at one."""
    spending = base.spending[limits.buyer, limits.sector]
    before = limits.sourcing / limits.baseline_factor * spending
    count = limits.size.size
    started = jax.ops.segment_sum(before, limits.limit, count)
    given = ~jnp.isfinite(limits.size)
    return limits._replace(
        weight=_between(limits.sourcing, limits.weight, share),
        tariff_factor=_between(limits.baseline_factor, limits.tariff_factor, share),
        export_factor=limits.export_factor**share,
        cost_factor=limits.cost_factor**share,
        size=jnp.where(given, limits.size, _between(started, jnp.where(given, 1.0, limits.size), share)),
        lowest=jnp.where(given, share * limits.lowest, limits.lowest),
        highest=jnp.where(given, share * limits.highest, limits.highest),
    )


def _on_the_way(base: Baseline, weights: Weights, share: float) -> Weights:
    """Weights of a shock a share of the way, in logs, from the baseline."""
    weights = weights.arrays()
    limits = weights.limits
    uses = base.sourcing.shape[1] // base.tariff_factor.shape[1]
    paid, at_border = base.sourcing, base.sourcing / jnp.tile(base.tariff_factor, (1, uses, 1))
    if limits is not None:
        at = (limits.sector, limits.buyer, limits.exporter)
        # Shares that sum to one leave a rest of rounding error only.
        paid = jnp.maximum(paid.at[at].add(-limits.sourcing), 0.0)
        at_border = jnp.maximum(at_border.at[at].add(-limits.sourcing / limits.baseline_factor), 0.0)
    productivity = weights.log_productivity
    return Weights(
        _between(paid, weights.weight, share),
        _between(at_border, weights.duty_free, share),
        None if weights.received is None else _between(at_border, weights.received, share),
        None if limits is None else _limits_on_the_way(base, limits, share),
        None if productivity is None else share * productivity,
        _subsidy_on_the_way(weights.production_subsidy, share),
        _subsidy_on_the_way(weights.consumption_subsidy, share),
    )


def _subsidy_on_the_way(part: Array | None, share: float) -> Array | None:
    return None if part is None else -jnp.expm1(share * jnp.log1p(-part))


def _renewed(base: Baseline, weights: Weights, reached: Attempt) -> Baseline:
    """The baseline with first-order responses taken at the shares that were reached."""
    values = bilateral_values(base, weights, reached.last)
    flows, paid = values.flows, values.flows + values.duties + values.rents
    responses = first_order(
        flows,
        np.divide(paid, flows, out=np.ones_like(paid), where=flows > 0),
        np.asarray(base.input_share),
        np.asarray(base.labour_share),
        np.asarray(base.trade_elasticity),
        base.markets,
        None if base.labour.shape is None else float(base.labour.shape),
    )
    return base._replace(first_order=responses)


def follow(
    attempt: Callable[[Baseline, Weights, State], Attempt],
    solved: Callable[[Attempt], bool],
    base: Baseline,
    weights: Weights,
    start: State,
) -> Attempt:
    """Solve along the path from the baseline to a shock; steps shorten after a failure, else lengthen.

    Args:
        attempt: runs the solver from a state.
        solved: whether a run found the solution.
        base: the baseline.
        weights: the shock.
        start: the state to begin with.

    Returns the last run: at the shock if it was reached, else the first one that could not be mended.
    """
    reached, step, here = 0.0, _FIRST, base
    while True:
        target = min(1.0, reached + step)
        towards = _on_the_way(base, weights, target)
        tried = attempt(here, towards, start)
        if solved(tried):
            if target == 1.0:
                return tried
            reached, step, start = target, 2.0 * step, tried.state
            here = _renewed(base, towards, tried)
        elif step <= _SHORTEST:
            return tried
        else:
            step *= 0.5
