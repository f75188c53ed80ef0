"""First attempts at a case in one compiled call each, whose whole answer is one vector.

Of a small system most of the time is not spent on its equations: it goes into handing over some fifty arrays
and taking as many back. One vector comes back in one piece, and everything about the case is a view of it.

On a processor every case runs by itself and in one thread, so that its answer is the same to the last bit
whatever else is solved before, after or beside it, and on however many cores.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float

from detente.model.baseline import Baseline
from detente.model.continuation import Attempt
from detente.model.equilibrium import Solver, _attempt, first_patience
from detente.model.system import start_state
from detente.model.theory import Imbalances
from detente.model.weights import Weights

__all__ = ["Kind", "Tried", "attempt_alone", "attempt_in_step", "kind_of"]

Leaf = Array | np.ndarray


class Tried(NamedTuple):
    """What a first attempt came to.

    Attributes:
        attempt: where it ended.
        cut_off: whether some market may have no source, or some economy no trade: `status.obstacles` knows.
    """

    attempt: Attempt
    cut_off: Bool[Array, ""]


class Kind(NamedTuple):
    """What cases must have in common to run by the same compiled code."""

    structure: Any
    arrays: tuple[tuple[tuple[int, ...], np.dtype[Any]], ...]
    imbalances: Imbalances
    solver: Solver


class _Part(NamedTuple):
    start: int
    end: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def kind_of(
    base: Baseline, weights: Weights, imbalances: Imbalances, solver: Solver
) -> tuple[Kind, list[Leaf]]:
    """The kind of a case, and its arrays in the order in which compiled code takes them."""
    leaves, structure = jax.tree.flatten((base, weights._replace(shock=None)))
    arrays = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
    # No code is compiled anew for another tolerance.
    return Kind(structure, arrays, imbalances, replace(solver, tolerance=Solver.tolerance)), leaves


def attempt_alone(kind: Kind, leaves: list[Leaf], tolerance: float) -> Tried:
    """The first attempt at one case."""
    return _unpacked(np.asarray(_alone(jax.default_backend())(leaves, tolerance, kind=kind)), kind)


def attempt_in_step(kind: Kind, cases: list[list[Leaf]], tolerance: float, together: int) -> list[Tried]:
    """The first attempts at cases that run in step, as many as there is room for.

    Arrays that all cases share are not copied. Fewer cases are filled up with the last one, so that one
    compiled program does for every number of them.
    """
    columns = list(zip(*cases, strict=True))
    shared = tuple(all(leaf is column[0] for leaf in column) for column in columns)
    fill = together - len(cases)
    arrays = [
        column[0] if same else jnp.stack([*column, *[column[-1]] * fill])
        for column, same in zip(columns, shared, strict=True)
    ]
    if all(shared):
        return [attempt_alone(kind, cases[0], tolerance)] * len(cases)
    rows = np.asarray(_in_step(arrays, tolerance, kind=kind, shared=shared))
    return [_unpacked(row, kind) for row in rows[: len(cases)]]


def _tried(leaves: list[Leaf], tolerance: Array, kind: Kind) -> Tried:
    base, weights = jax.tree.unflatten(kind.structure, leaves)
    start = start_state(base, weights)
    unknowns = sum(part.size for part in jax.tree.leaves(start))
    passes = jnp.asarray(first_patience(base, unknowns, kind.solver))
    memory = kind.solver.memory
    found: Attempt = _attempt(
        base, weights, start, tolerance, passes, imbalances=kind.imbalances, memory=memory
    )
    return Tried(found, _cut_off(base, weights, kind.imbalances))


def _cut_off(base: Baseline, weights: Weights, imbalances: Imbalances) -> Array:
    """Whether anything may stand in the way of any solution; never false where `status.obstacles` has any."""
    reached, sold = weights.weight.sum(axis=2).T, weights.weight.sum(axis=0)
    limits = weights.limits
    if limits is not None:
        reached = reached.at[limits.buyer, limits.sector].add(limits.weight)
        sold = sold.at[limits.buyer, limits.exporter].add(limits.weight)
    gone = ((base.spending > 0.0) & (reached == 0.0)).any()
    if imbalances == "removed":
        return gone
    economies = sold.shape[1]
    sold = sold.reshape(-1, economies, economies).sum(axis=0)
    abroad = jnp.where(jnp.eye(economies, dtype=bool), 0.0, sold)
    closed = (abroad.sum(axis=0) == 0.0) & (abroad.sum(axis=1) == 0.0)
    return gone | (closed & (base.imbalance != 0.0)).any()


def _packed(leaves: list[Leaf], tolerance: Array, kind: Kind) -> Float[Array, "number"]:
    parts = jax.tree.leaves(_tried(leaves, tolerance, kind))
    return jnp.concatenate([jnp.ravel(part).astype(jnp.float64) for part in parts])


@cache
def _alone(platform: str) -> Any:
    """The compiled attempt at one case; on a processor in one thread: other cores have other cases."""
    options = {"xla_cpu_multi_thread_eigen": False} if platform == "cpu" else {}
    return jax.jit(_packed, static_argnames="kind", compiler_options=options)


def _in_step_of(
    arrays: list[Leaf], tolerance: Array, kind: Kind, shared: tuple[bool, ...]
) -> Float[Array, "case number"]:
    def one(*leaves: Leaf) -> Array:
        return _packed(list(leaves), tolerance, kind)

    together: Array = jax.vmap(one, in_axes=tuple(None if same else 0 for same in shared))(*arrays)
    return together


_in_step = jax.jit(_in_step_of, static_argnames=("kind", "shared"))


@lru_cache(maxsize=64)
def _layout(kind: Kind) -> tuple[Any, tuple[_Part, ...]]:
    """Where each part of an answer stands in its vector."""
    like: Any = jax.ShapeDtypeStruct
    leaves = [like(shape, dtype) for shape, dtype in kind.arrays]
    found = jax.eval_shape(partial(_tried, kind=kind), leaves, like((), np.float64))
    parts, structure = jax.tree.flatten(found)
    ends = np.cumsum([part.size for part in parts]).tolist()
    return structure, tuple(
        _Part(end - part.size, end, part.shape, part.dtype) for part, end in zip(parts, ends, strict=True)
    )


def _unpacked(vector: Float[np.ndarray, "number"], kind: Kind) -> Tried:
    structure, parts = _layout(kind)
    views = [
        vector[part.start : part.end].reshape(part.shape).astype(part.dtype, copy=False) for part in parts
    ]
    tried: Tried = jax.tree.unflatten(structure, views)
    return tried
