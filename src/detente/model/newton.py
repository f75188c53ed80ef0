"""Newton's method on the whole system, where passes over the equations lead away from the solution.

Where cost falls with size about as fast as buyers' substitution can bear (psi theta of one and more:
Kucheryavyy, Lyn and Rodriguez-Clare 2023), any location of production almost undercuts the others at given
wages, and passes that move output at given wages go slowly or diverge. Newton's method moves all unknowns
together. It takes the Jacobian of every unknown, so it is for small worlds.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float, Int

from detente.model.anderson import FixedPoint

__all__ = ["MOST_UNKNOWNS", "newton_root"]

Vector = Float[Array, "unknown"]

# The Jacobian of as many unknowns takes 200 MB.
MOST_UNKNOWNS = 5000
# Largest move in a step, of what matters and of anything: a sector that shuts down does so in a few steps.
_LONGEST, _FARTHEST = 0.5, 2.0
# In a system of up to so many unknowns, directions in which excesses change by a smaller part hold little:
# next to autarky, wages.
_SMALL, _HELD = 500, 1e-9


def _solution(slope: Array, gap: Array, tolerance: Array) -> Array:
    """The move that closes the gap; in small systems without moves along directions that rounding decides.

    Directions that hold little are left alone where all that is left of the gap without them is within the
    tolerance; the location of an industry with strong economies of scale holds as little, and is moved.
    """
    if gap.size > _SMALL:
        whole: Array = jnp.linalg.solve(slope, gap)
        return whole
    held = jnp.linalg.lstsq(slope, gap, rcond=_HELD)[0]
    enough = jnp.abs(slope @ held - gap).max() <= tolerance
    return jnp.where(enough, held, jnp.linalg.solve(slope, gap))


def newton_root(
    excesses: Callable[[Vector], tuple[Vector, Vector]],
    start: Vector,
    tolerance: Float[Array, ""],
    max_steps: Int[Array, ""] | int,
) -> FixedPoint:
    """Find x with f(x) = 0, by Newton's method with steps of limited length.

    Args:
        excesses: f, with as many values as unknowns, and how much each unknown matters, from 0 to 1.
        start: first x, (unknown,).
        tolerance: bound on the largest excess.
        max_steps: steps before giving up.

    Examples:
        >>> import jax.numpy as jnp
        >>> found = newton_root(lambda x: (x**2 - 2.0, jnp.ones(1)), jnp.array([1.0]), jnp.array(1e-13), 20)
        >>> round(float(found.value[0]), 10), int(found.passes) < 8
        (1.4142135624, True)
    """

    def unfinished(carry: tuple[Array, Array, Array, Array]) -> Array:
        _, gap, _, done = carry
        return (jnp.abs(gap).max() > tolerance) & jnp.isfinite(gap).all() & (done < max_steps)

    def advance(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
        point, gap, _, done = carry
        slope, matter = jax.jacfwd(excesses, has_aux=True)(point)
        move = _solution(slope, gap, tolerance)
        longest = jnp.abs(move * matter).max()
        move = jnp.clip(move * jnp.minimum(1.0, _LONGEST / longest), -_FARTHEST, _FARTHEST)
        point = point - move
        return point, excesses(point)[0], longest, done + 1

    first = (start, excesses(start)[0], jnp.asarray(jnp.inf), jnp.zeros((), jnp.int32))
    point, gap, step, done = jax.lax.while_loop(unfinished, advance, first)
    largest = jnp.abs(gap).max()
    # What clears every market is accepted with any step.
    return FixedPoint(point, largest, jnp.where(largest <= tolerance, jnp.minimum(step, largest), step), done)
