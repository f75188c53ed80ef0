"""Fixed points by Anderson acceleration, safeguarded, in one compiled loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Float, Int

__all__ = ["FixedPoint", "fixed_point"]

Vector = Float[Array, "unknown"]

# A pass that makes the residual this many times larger than the best so far is undone.
_WORSE = 30.0
# Plain moves after a start or a dropped memory, before passes are combined.
_PLAIN = 1
# A plain move shorter than this share of its gap means that there is no way on.
_SHORTEST = 1e-6
# Relative ridge of the small least-squares problem; keeps it solvable when passes become collinear.
_RIDGE = 1e-14


class FixedPoint(NamedTuple):
    """Where the iterations ended.

    Attributes:
        value: the last point at which the function was evaluated, (unknown,); the best point so far if it
            was not a number there.
        residual: the residual at the last point; infinite if it was not a number.
        step: largest change of any unknown that the function still asks for at the last point.
        passes: evaluations of the function.
    """

    value: Vector
    residual: Float[Array, ""]
    step: Float[Array, ""]
    passes: Int[Array, ""]


class _Carry(NamedTuple):
    point: Vector
    gap: Vector
    residual: Array
    step: Array
    best_point: Vector
    best_gap: Vector
    best_residual: Array
    value_changes: Float[Array, "memory unknown"]
    gap_changes: Float[Array, "memory unknown"]
    products: Float[Array, "memory memory"]
    used: Bool[Array, "memory"]
    stored: Array
    relaxation: Array
    passes: Array


def _combine(carry: _Carry) -> Vector:
    """Anderson's next point: the combination of earlier passes whose linearised gap is least.

    `products` holds the inner products of the gap changes, so that a pass reads each memory once or twice.
    """
    scale = jnp.sqrt(jnp.diagonal(carry.products))
    used = carry.used & (scale > 0.0)
    safe = jnp.where(used, scale, 1.0)
    gram = carry.products / (safe[:, None] * safe[None, :])
    gram = jnp.where(used[:, None] & used[None, :], gram, 0.0) + jnp.diag(jnp.where(used, _RIDGE, 1.0))
    target = jnp.where(used, (carry.gap_changes @ carry.gap) / safe, 0.0)
    share = jnp.where(used, jnp.linalg.solve(gram, target) / safe, 0.0)
    return carry.point + carry.gap - share @ carry.value_changes


def fixed_point(
    function: Callable[[Vector], tuple[Vector, Float[Array, ""]]],
    start: Vector,
    tolerance: Float[Array, ""],
    max_passes: Int[Array, ""] | int,
    memory: int,
) -> FixedPoint:
    """Find x with f(x) = x.

    Anderson's (1965) method in the form of Walker and Ni (2011, algorithm AA). A pass that makes the residual
    much worse, or not a number, is undone: the memory is dropped and the best point so far is moved a shorter
    way along its own gap.

    Args:
        function: x -> (f(x), residual at x), with the residual in the unit of `tolerance`.
        start: first x, (unknown,).
        tolerance: bound on both the residual and the step that the function still asks for.
        max_passes: evaluations before giving up.
        memory: earlier passes that are combined.

    Examples:
        >>> import jax.numpy as jnp
        >>> cosine = lambda x: (jnp.cos(x), jnp.abs(jnp.cos(x) - x).max())
        >>> found = fixed_point(cosine, jnp.array([1.0]), jnp.array(1e-12), 50, 3)
        >>> round(float(found.value[0]), 10), int(found.passes) < 12
        (0.7390851332, True)
    """

    def evaluate(point: Vector) -> tuple[Vector, Array]:
        value, residual = function(point)
        return value - point, jnp.where(jnp.isfinite(residual), residual, jnp.inf)

    def unfinished(carry: _Carry) -> Array:
        done = (carry.residual <= tolerance) & (carry.step <= tolerance)
        return ~done & (carry.passes < max_passes) & (carry.relaxation > _SHORTEST)

    def advance(carry: _Carry) -> _Carry:
        broken = ~jnp.isfinite(carry.residual)
        # Plain moves may make the residual larger on their way; only combined ones are judged.
        worse = (carry.residual > _WORSE * carry.best_residual) & (carry.stored > _PLAIN)
        undo = broken | worse
        relaxation = jnp.where(
            undo, carry.relaxation * jnp.where(broken, 0.25, 0.7), jnp.minimum(1.0, 1.1 * carry.relaxation)
        )
        origin = jnp.where(undo, carry.best_point, carry.point)
        origin_gap = jnp.where(undo, carry.best_gap, carry.gap)
        plain = origin + relaxation * origin_gap
        combined = _combine(carry)
        combine = ~undo & (carry.stored >= _PLAIN) & jnp.all(jnp.isfinite(combined))
        proposal = jnp.where(combine, combined, plain)
        gap, residual = evaluate(proposal)
        stored = jnp.where(undo, 0, carry.stored)
        slot = jnp.mod(stored, memory)
        fresh = jnp.isfinite(residual)
        # Slots that an undone move made stale are marked unused, not cleared: clearing would copy the memory.
        gap_change = jnp.where(fresh, gap - origin_gap, 0.0)
        value_change = jnp.where(fresh, proposal - origin, 0.0) + gap_change
        gap_changes = carry.gap_changes.at[slot].set(gap_change)
        value_changes = carry.value_changes.at[slot].set(value_change)
        products = gap_changes @ gap_change
        # Right after an undone move the next point becomes the best one: plain moves make the progress then.
        better = (residual < carry.best_residual) | (undo & fresh)
        return _Carry(
            point=proposal,
            gap=gap,
            residual=residual,
            step=jnp.max(jnp.abs(gap)),
            best_point=jnp.where(better, proposal, carry.best_point),
            best_gap=jnp.where(better, gap, carry.best_gap),
            best_residual=jnp.where(better, residual, carry.best_residual),
            value_changes=value_changes,
            gap_changes=gap_changes,
            products=carry.products.at[slot].set(products).at[:, slot].set(products),
            used=(carry.used & ~undo).at[slot].set(fresh),
            stored=stored + 1,
            relaxation=relaxation,
            passes=carry.passes + 1,
        )

    gap, residual = evaluate(start)
    empty = jnp.zeros((memory, start.size), start.dtype)
    first = _Carry(
        point=start,
        gap=gap,
        residual=residual,
        step=jnp.max(jnp.abs(gap)),
        best_point=start,
        best_gap=gap,
        best_residual=residual,
        value_changes=empty,
        gap_changes=empty,
        products=jnp.zeros((memory, memory), start.dtype),
        used=jnp.zeros(memory, bool),
        stored=jnp.zeros((), jnp.int32),
        relaxation=jnp.ones((), start.dtype),
        passes=jnp.ones((), jnp.int32),
    )
    last = jax.lax.while_loop(unfinished, advance, first)
    value = jnp.where(jnp.isfinite(last.residual), last.point, last.best_point)
    return FixedPoint(value, last.residual, last.step, last.passes)
