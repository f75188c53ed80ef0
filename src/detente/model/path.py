"""The way from one solution to another as shocks, and the first-order effect of setting out on it."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jax import Array

from detente.model.baseline import Baseline
from detente.model.equilibrium import Equilibrium
from detente.model.response import Measure, forward, log_real_income
from detente.model.theory import Theory
from detente.model.weights import Weights

__all__ = ["equivalent_weights", "first_order_change"]


def equivalent_weights(base: Baseline, found: Equilibrium) -> Weights:
    """Weights without limits that have the same solution: premiums are duties, or rents of exporters.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> weights = scenario_weights(base, np.array([[[1.0, 1.1], [1.0, 1.0]]]))
        >>> again = equivalent_weights(base, solve_baseline(base, weights, Theory()))
        >>> bool(np.allclose(again.weight, weights.weight))
        True
        >>> bool(np.allclose(again.duty_free, weights.duty_free))
        True
    """
    paid = found.flows + found.duties + found.rents
    bought = paid > 0.0
    safe = np.where(bought, paid, 1.0)
    uses = base.spending.shape[0] // len(base.output)
    theta = np.asarray(base.trade_elasticity)[:, None, None]
    weight = np.asarray(base.sourcing) * np.tile(np.exp(-theta * found.log_trade_cost), (1, uses, 1))
    border = np.where(bought, found.flows / safe, 1.0 / np.asarray(base.tariff_factor))
    sold = np.where(bought, found.sales / safe, border)
    return Weights(
        jnp.asarray(weight),
        jnp.asarray(weight * np.tile(border, (1, uses, 1))),
        jnp.asarray(weight * np.tile(sold, (1, uses, 1))),
        None,
        jnp.asarray(found.log_productivity),
        jnp.asarray(-np.expm1(found.log_offer - found.log_cost)),
        jnp.asarray(-np.expm1(found.log_consumer_factor)),
    )


def _between(start: Array, end: Array, share: Array) -> Array:
    """Log-linear between the two; linear for what begins or ends."""
    both = (start > 0.0) & (end > 0.0)
    first, second = jnp.where(both, start, 1.0), jnp.where(both, end, 1.0)
    path = first * jnp.exp(share * jnp.log(second / first))
    return jnp.where(both, path, start + share * (end - start))


def _on_the_way(ends: tuple[Baseline, Weights, Weights], share: Array) -> tuple[Baseline, Weights]:
    base, start, end = ends

    def log_part(before: Array | None, after: Array | None) -> Array:
        first, second = jnp.asarray(before), jnp.asarray(after)
        return -jnp.expm1(jnp.log1p(-first) * (1.0 - share) + jnp.log1p(-second) * share)

    made = [jnp.asarray(side.log_productivity) for side in (start, end)]
    return base, Weights(
        _between(start.weight, end.weight, share),
        _between(start.duty_free, end.duty_free, share),
        _between(jnp.asarray(start.received), jnp.asarray(end.received), share),
        None,
        made[0] + share * (made[1] - made[0]),
        log_part(start.production_subsidy, end.production_subsidy),
        log_part(start.consumption_subsidy, end.consumption_subsidy),
    )


def first_order_change(
    reference: Equilibrium,
    scenario: Equilibrium,
    base: Baseline,
    theory: Theory,
    measure: Measure = log_real_income,
) -> np.ndarray:
    """What the gradient of an outcome at the reference makes of a scenario; one linear system.

    The scenario counts with the log changes of trade costs, duties, export taxes, productivity and subsidies
    against the reference; limits with the premiums that they have, flows that begin or end with their share.

    Args:
        reference, scenario: two solutions on one baseline.
        base, theory: what they solve.
        measure: the outcome: any function of a `Point` that JAX can trace.

    Raises:
        CannotCompute: the reference is at, or next to, a point where it turns, and has no derivative.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> both = [scenario_weights(base, np.array([[[1.0, t], [1.0, 1.0]]])) for t in (1.0, 1.01)]
        >>> before, after = (solve_baseline(base, each, Theory()) for each in both)
        >>> first_order_change(before, after, base, Theory()).round(5).tolist()
        [0.00214, -0.00214]
    """
    # Premiums are in the trade costs.
    at = replace(reference, state=reference.state._replace(log_premium=None))
    start, end = equivalent_weights(base, reference), equivalent_weights(base, scenario)
    share, one = jnp.asarray(0.0), jnp.ones(1)
    return np.asarray(
        forward(at, base, start, theory, measure, _on_the_way, (base, start, end), share, one)[0]
    )
