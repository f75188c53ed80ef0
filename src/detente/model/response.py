"""Exact derivatives at a solution, by the implicit function theorem.

At a solution the state is where the equations leave it, x = G(x; p), with G the first-order move after one
pass. What p does to an outcome f is then

    dx = (I - G_x)^-1 G_p dp,    df = f_x dx + f_p dp

with one linear system for a direction dp (forward), or one with the transpose for an outcome (reverse: its
gradient with respect to everything). No iteration of the solver is differentiated, and no matrix is formed:
only products with G_x, from automatic differentiation of one pass, enter. G keeps the numeraire, so that
the system is regular though one market is redundant (Walras' law); and at a solution every excess is zero,
so that derivatives do not depend on the moves that G makes of them. Limits stay in their regimes: one whose
premium is at a bound keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree

from detente.errors import CannotCompute
from detente.model.baseline import Baseline
from detente.model.equilibrium import Equilibrium
from detente.model.krylov import block_gmres
from detente.model.moves import next_state
from detente.model.system import Pass, State, one_pass
from detente.model.theory import Imbalances, Theory
from detente.model.weights import Weights

__all__ = ["Inputs", "Measure", "Point", "forward", "log_real_income", "reverse", "shape_of"]

# Vectors that go through one pass together: their cells fit into the cache.
_TOGETHER = 16
_TOLERANCE = 1e-11


class Point(NamedTuple):
    """A solution as an outcome reads it; see `State`, `Pass`, `Baseline` and `Weights`.

    Attributes:
        state: the unknowns.
        done: all other quantities.
        base: the baseline.
        weights: the shock.
    """

    state: State
    done: Pass
    base: Baseline
    weights: Weights


# Outcome: any function of a point. Inputs: (what is fixed, parameters) -> what the equations read.
Measure = Callable[[Point], Array]
Inputs = Callable[[Any, Any], tuple[Baseline, Weights]]


def log_real_income(point: Point) -> Array:
    """Log change of welfare against the baseline, (economy,): ln I'_n / I_n - sum_s alpha_ns ln P_ns.

    Welfare in Caliendo and Parro (2015), with P what consumers pay.
    """
    base = point.base
    paid = point.done.log_price[-base.income.shape[0] :]
    if point.weights.consumption_subsidy is not None:
        paid = paid + jnp.log1p(-point.weights.consumption_subsidy)
    return jnp.log1p(point.state.income) - (base.final_share * paid).sum(axis=1)


def _moved(vector: Array, like: State, base: Baseline, weights: Weights, imbalances: Imbalances) -> Array:
    """G: one pass and the move after it, on the state as a vector."""
    state = ravel_pytree(like)[1](vector)
    # The moves may be in single precision; whatever they are, they have to be the same everywhere.
    exact = jax.tree.map(lambda part: part.astype(vector.dtype), base.first_order)
    base = base._replace(first_order=exact)
    done = one_pass(state, base, weights, imbalances)
    moved: Array = ravel_pytree(next_state(state, done, base))[0]
    return moved


def _measured(
    vector: Array, like: State, base: Baseline, weights: Weights, imbalances: Imbalances, measure: Measure
) -> Array:
    state = ravel_pytree(like)[1](vector)
    return measure(Point(state, one_pass(state, base, weights, imbalances), base, weights))


def _each(function: Callable[[Any], Any], rows: Any) -> Any:
    """The function of every row of the leaves of a tree, a few together."""
    if len(jax.tree.leaves(rows)[0]) <= _TOGETHER:
        return jax.vmap(function)(rows)
    return jax.lax.map(function, rows, batch_size=_TOGETHER)


@partial(jax.jit, static_argnames=("imbalances", "transposed"))
def _product(
    vectors: Array, state: State, base: Baseline, weights: Weights, imbalances: Imbalances, transposed: bool
) -> Any:
    """(I - G_x) v, or its transpose, for vectors (column, unknown)."""
    at = ravel_pytree(state)[0]
    moved = partial(_moved, like=state, base=base, weights=weights, imbalances=imbalances)
    if transposed:
        pull = jax.vjp(moved, at)[1]
        return _each(lambda vector: vector - pull(vector)[0], vectors)
    push = jax.linearize(moved, at)[1]
    return _each(lambda vector: vector - push(vector), vectors)


@partial(jax.jit, static_argnames=("inputs", "imbalances"))
def _pushed(
    fixed: Any, at: Any, directions: Any, state: State, inputs: Inputs, imbalances: Imbalances
) -> Any:
    """G_p dp for every direction."""
    vector = ravel_pytree(state)[0]
    push = jax.linearize(lambda there: _moved(vector, state, *inputs(fixed, there), imbalances), at)[1]
    return _each(push, directions)


@partial(jax.jit, static_argnames=("inputs", "imbalances", "measure"))
def _measured_along(
    fixed: Any,
    at: Any,
    directions: Any,
    changes: Array,
    state: State,
    inputs: Inputs,
    imbalances: Imbalances,
    measure: Measure,
) -> Any:
    """f_x dx + f_p dp for every direction."""
    push = jax.linearize(
        lambda vector, there: _measured(vector, state, *inputs(fixed, there), imbalances, measure),
        ravel_pytree(state)[0],
        at,
    )[1]
    return _each(lambda pair: push(*pair), (changes, directions))


@partial(jax.jit, static_argnames=("inputs", "imbalances", "measure"))
def _slope_of_state(
    fixed: Any, at: Any, state: State, inputs: Inputs, imbalances: Imbalances, measure: Measure
) -> Array:
    """f_x, (outcome..., unknown)."""
    slope: Array = jax.jacrev(
        lambda vector: _measured(vector, state, *inputs(fixed, at), imbalances, measure)
    )(ravel_pytree(state)[0])
    return slope


@partial(jax.jit, static_argnames=("inputs", "imbalances", "measure"))
def _pulled(
    fixed: Any,
    at: Any,
    adjoint: Array,
    state: State,
    inputs: Inputs,
    imbalances: Imbalances,
    measure: Measure,
) -> Any:
    """f_p + adjoint G_p; adjoint is (outcome, unknown), leaves are (outcome, parameter...)."""
    vector = ravel_pytree(state)[0]

    def both(there: Any) -> tuple[Array, Array]:
        base, weights = inputs(fixed, there)
        moved = _moved(vector, state, base, weights, imbalances)
        return _measured(vector, state, base, weights, imbalances, measure).ravel(), moved

    pull = jax.vjp(both, at)[1]
    return _each(lambda row: pull(row)[0], (jnp.eye(len(adjoint)), adjoint))


def shape_of(
    found: Equilibrium,
    base: Baseline,
    weights: Weights,
    theory: Theory,
    measure: Measure,
    inputs: Inputs,
    fixed: Any,
    at: Any,
) -> tuple[int, ...]:
    """Dimensions of an outcome; arguments are those of `forward`."""
    vector = ravel_pytree(found.state)[0]
    value: Array = jax.eval_shape(
        lambda: _measured(vector, found.state, *inputs(fixed, at), theory.imbalances, measure)
    )
    return value.shape


def forward(
    found: Equilibrium,
    base: Baseline,
    weights: Weights,
    theory: Theory,
    measure: Measure,
    inputs: Inputs,
    fixed: Any,
    at: Any,
    directions: Any,
) -> Array:
    """Derivatives of an outcome in directions of the parameters: one linear system a direction.

    Args:
        found: the solution.
        base, weights, theory: what it solves.
        measure: the outcome.
        inputs: (fixed, parameters) -> baseline and weights; those of `base` and `weights` at `at`.
        fixed, at: what does not change, and the parameters; trees of arrays.
        directions: like `at`, each leaf with one more dimension, (direction, ...).

    Returns (direction, outcome...).

    Raises:
        CannotCompute: the linear system was not solved; the solution is at, or next to, a turning point.
    """
    state = found.state
    right = _pushed(fixed, at, directions, state, inputs, theory.imbalances)
    changes = _solve(np.asarray(right), state, base, weights, theory, transposed=False)
    along: Array = _measured_along(
        fixed, at, directions, jnp.asarray(changes), state, inputs, theory.imbalances, measure
    )
    return along


def reverse(
    found: Equilibrium,
    base: Baseline,
    weights: Weights,
    theory: Theory,
    measure: Measure,
    inputs: Inputs,
    fixed: Any,
    at: Any,
) -> Any:
    """Derivatives of every number of an outcome with respect to all parameters: one system a number.

    Arguments are those of `forward`. Returns a tree like `at`, with the dimensions of the outcome first.

    Raises:
        CannotCompute: as `forward`.
    """
    state = found.state
    slope = np.asarray(_slope_of_state(fixed, at, state, inputs, theory.imbalances, measure))
    shape = slope.shape[:-1]
    rows = slope.reshape(-1, slope.shape[-1])
    adjoint = _solve(rows, state, base, weights, theory, transposed=True)
    pulled = _pulled(fixed, at, jnp.asarray(adjoint), state, inputs, theory.imbalances, measure)
    return jax.tree.map(lambda part: part.reshape(*shape, *part.shape[1:]), pulled)


def _solve(
    right: np.ndarray, state: State, base: Baseline, weights: Weights, theory: Theory, transposed: bool
) -> np.ndarray:
    plain = weights.arrays()

    def apply(vectors: np.ndarray) -> np.ndarray:
        return np.asarray(
            _product(jnp.asarray(vectors), state, base, plain, theory.imbalances, transposed=transposed)
        )

    solved = block_gmres(apply, right, 0.1 * _TOLERANCE)
    if not solved.residual <= _TOLERANCE:
        raise CannotCompute(
            f"derivatives were not found: their linear system stays at a residual of {solved.residual:.1e} "
            f"after {solved.products} products; the solution may be next to a point where it turns, or jumps"
        )
    return solved.value
