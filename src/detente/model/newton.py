"""Newton's method on the whole system, where passes over the equations lead away from the solution.

Where cost falls with size faster than buyers' substitution can bear (psi theta > 1: Kucheryavyy, Lyn and
Rodriguez-Clare 2023), any location of production undercuts the others at given wages, and only wages hold
production in place. Passes that move output at given wages then diverge; Newton's method moves all unknowns
together and does not mind. It takes the Jacobian of every unknown, so it is for small worlds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jax.flatten_util import ravel_pytree

from detente.errors import BadInput, Problem
from detente.model.anderson import FixedPoint
from detente.model.baseline import Baseline
from detente.model.continuation import Attempt
from detente.model.equilibrium import Equilibrium, Solver, _bilateral_values, _equilibrium
from detente.model.status import judge, obstacles
from detente.model.system import one_pass, start_state
from detente.model.theory import Imbalances, Theory
from detente.model.weights import Weights

__all__ = ["solve_by_newton"]

# Largest move of a log unknown in a step.
_LONGEST = 0.5
# The Jacobian of as many unknowns takes 200 MB.
_MOST_UNKNOWNS = 5000


@partial(jax.jit, static_argnames=("imbalances",))
def _newton(
    base: Baseline, weights: Weights, tolerance: Array, max_steps: Array, imbalances: Imbalances
) -> Attempt:
    vector, unpack = ravel_pytree(start_state(base, weights))
    world = base.wage_income.sum()

    def excesses(point: Array) -> Array:
        state = unpack(point)
        excess = one_pass(state, base, weights, imbalances).excess
        # By Walras' law one labour market follows from the others; the numeraire takes its place.
        mean_wage = jnp.log((base.wage_income * jnp.exp(state.log_wage)).sum() / world)
        flat: Array = ravel_pytree(excess._replace(labour=excess.labour.at[-1].set(mean_wage)))[0]
        return flat

    def unfinished(carry: tuple[Array, Array, Array, Array]) -> Array:
        _, gap, step, done = carry
        open_ = (jnp.abs(gap).max() > tolerance) | (step > tolerance)
        return open_ & jnp.isfinite(gap).all() & (done < max_steps)

    def advance(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        point, gap, _, done = carry
        move = jnp.linalg.solve(jax.jacfwd(excesses)(point), gap)
        longest = jnp.abs(move).max()
        point = point - move * jnp.minimum(1.0, _LONGEST / longest)
        return point, excesses(point), longest, done + 1

    first = (vector, excesses(vector), jnp.asarray(jnp.inf), jnp.zeros((), jnp.int32))
    point, _, step, done = jax.lax.while_loop(unfinished, advance, first)
    state = unpack(point)
    last = one_pass(state, base, weights, imbalances)
    found = FixedPoint(point, last.excess.largest, step, done)
    return Attempt(state, found, last, *_bilateral_values(last, base, weights))


def solve_by_newton(
    base: Baseline,
    weights: Weights,
    theory: Theory,
    solver: Solver | None = None,
    economies: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
) -> Equilibrium:
    """Solve as `solve_baseline` does, by Newton's method from the baseline.

    Args:
        base, weights, theory: see `solve_baseline`.
        solver: its tolerance; `max_passes` bounds the steps.
        economies, sectors: names for messages; numbers where missing.

    Raises:
        BadInput: there are limits on quantities, or more unknowns than a Jacobian can be had of.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> none, all_of_it = np.zeros((2, 1, 1)), np.ones((2, 1))
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), none, all_of_it, np.array([4.0]))
        >>> tariff = np.array([[[1.0, 1.1], [1.0, 1.0]]])
        >>> found = solve_by_newton(base, scenario_weights(base, tariff), Theory())
        >>> found.status, found.passes < 8
        ('solved', True)
    """
    solver = solver or Solver()
    count = base.spending.shape
    unknowns = ravel_pytree(start_state(base, weights))[0].size
    if weights.limits is not None or unknowns > _MOST_UNKNOWNS:
        what = "limits on quantities" if weights.limits is not None else f"{unknowns} unknowns"
        remedy = f"use solve_baseline; Newton's method takes no limits and {_MOST_UNKNOWNS} unknowns at most"
        raise BadInput(Problem(f"the system has {what}", remedy=remedy))
    names = (
        tuple(economies or (f"economy {n}" for n in range(count[0]))),
        tuple(sectors or (f"sector {s}" for s in range(count[1]))),
    )
    blocked = obstacles(base, weights, theory.imbalances)
    tried = _newton(
        base,
        weights.arrays(),
        jnp.asarray(solver.tolerance),
        jnp.asarray(1 if any(blocked) else solver.max_passes),
        imbalances=theory.imbalances,
    )
    status, message = judge(tried, solver.tolerance, names, blocked, weights)
    return _equilibrium(base, weights, tried, status, message)
