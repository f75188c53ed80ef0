"""Large shocks in steps along a path from the baseline, each starting where the last one ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.model.anderson import FixedPoint
from detente.model.baseline import Baseline
from detente.model.first_order import first_order
from detente.model.system import Pass, State
from detente.model.weights import Weights

__all__ = ["Attempt", "follow"]

# The first step, as a share of the way, and the shortest one before giving up.
_FIRST, _SHORTEST = 0.25, 1.0 / 256.0


class Attempt(NamedTuple):
    """One run of the solver: where it ended, and the flows and duties there."""

    state: State
    found: FixedPoint
    last: Pass
    flows: Float[Array, "sector importer exporter"]
    duties: Float[Array, "sector importer exporter"]


def _between(start: Array, end: Array, share: float) -> Array:
    """Geometric mean of two arrays; what is zero at the end is zero on the way."""
    both = (start > 0.0) & (end > 0.0)
    path = jnp.where(both, start, 1.0) ** (1.0 - share) * jnp.where(both, end, 1.0) ** share
    return jnp.where(both, path, end)


def _on_the_way(base: Baseline, weights: Weights, share: float) -> Weights:
    """Weights of a shock a share of the way, in logs, from the baseline."""
    return Weights(
        _between(base.sourcing, weights.weight, share),
        _between(base.sourcing / base.tariff_factor, weights.duty_free, share),
    )


def _renewed(base: Baseline, reached: Attempt) -> Baseline:
    """The baseline with first-order responses taken at the shares that were reached."""
    flows = np.asarray(reached.flows)
    paid = flows + np.asarray(reached.duties)
    spent = paid.sum(axis=2, keepdims=True)
    sourcing = np.divide(paid, spent, out=np.zeros_like(paid), where=spent > 0)
    responses = first_order(
        sourcing,
        flows,
        np.asarray(base.input_share),
        np.asarray(base.value_added_share),
        np.asarray(base.trade_elasticity),
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
        tried = attempt(here, _on_the_way(base, weights, target), start)
        if solved(tried):
            if target == 1.0:
                return tried
            reached, step, start = target, 2.0 * step, tried.state
            here = _renewed(base, tried)
        elif step <= _SHORTEST:
            return tried
        else:
            step *= 0.5
