"""Many solves: scenarios on one world, draws of elasticities, or both; one that fails stops no other."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.model.baseline import Baseline
from detente.model.choices import check_returns, markets_of
from detente.model.continuation import Attempt
from detente.model.equilibrium import Equilibrium, Solver, _attempt, concluded, solve_baseline
from detente.model.status import Obstacles, obstacles
from detente.model.system import start_state
from detente.model.theory import Theory
from detente.model.weights import Weights

__all__ = ["solve_many", "with_elasticity"]

Case = tuple[Baseline, Weights]

# Cases that an accelerator solves together unless told otherwise.
_TOGETHER = 32
_NOTHING = Obstacles((), ())


def with_elasticity(base: Baseline, elasticity: Float[np.ndarray, "sector"], theory: Theory) -> Baseline:
    """A baseline with other trade elasticities, such as a draw of them; all shares stay as they are.

    The responses that speed the solver up stay those of `base`, so that a draw costs no calibration.

    Args:
        base: the baseline of the theory.
        elasticity: theta, (sector,).
        theory: the choices.

    Raises:
        BadInput: profits depend on the elasticities (market "fixed-firms"), and so does the baseline; or some
            sector has returns to scale above 1 (market "external"), with more than one equilibrium.

    Examples:
        >>> import detente as dt
        >>> base = dt.calibrate(dt.load_world("g20-2019"), dt.Theory())
        >>> drawn = with_elasticity(base, np.full(20, 5.0), dt.Theory())
        >>> float(drawn.trade_elasticity[0]), drawn.sourcing is base.sourcing
        (5.0, True)
    """
    if theory.market == "fixed-firms":
        remedy = "calibrate a baseline for each set of elasticities"
        raise BadInput(
            Problem("profits at the baseline depend on the elasticities", field="market", remedy=remedy)
        )
    markets = base.markets
    if theory.market == "external" and markets.scale is not None:
        check_returns(np.asarray(markets.scale), np.asarray(elasticity))
    if theory.market in ("krugman", "melitz"):
        markets = markets_of(theory, elasticity, len(base.output))
    return base._replace(trade_elasticity=jnp.asarray(elasticity), markets=markets)


def solve_many(
    cases: Iterable[Case],
    theory: Theory,
    solver: Solver | None = None,
    together: int | None = None,
    economies: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
) -> Iterator[Equilibrium]:
    """Solve case after case; answers come in the order of the cases, as soon as they are there.

    The same compiled solver as `solve_baseline`. On a processor cases run side by side, one a core, as one
    case fills its cache; on an accelerator many run in step. What cases share, they share in memory.

    Args:
        cases: pairs of a baseline and a shock on it; may be a generator, and is read as needed.
        theory: the choices.
        solver: how hard to try.
        together: cases that run in step; 1 on a processor and 32 on an accelerator if None. Cases of a batch
            that differ in what they have (limits, say) do not run in step.
        economies, sectors: names for messages; numbers where missing.

    A case without a solution comes back with its status and message; nothing is raised for it.

    Raises:
        BadInput: Newton's method is asked for and there are too many unknowns.

    Examples:
        >>> import detente as dt
        >>> from detente.model import shock_weights
        >>> world = dt.load_world("g20-2019")
        >>> base = dt.calibrate(world, dt.Theory())
        >>> shocks = [dt.no_shock(world), dt.set_tariffs(world, world.tariff_factor**2)]
        >>> cases = [(base, shock_weights(base, shock)) for shock in shocks]
        >>> [found.status for found in solve_many(cases, dt.Theory())]
        ['solved', 'solved']
    """
    solver = solver or Solver()
    in_step = together or (1 if jax.default_backend() == "cpu" else _TOGETHER)
    work = partial(_solved, theory=theory, solver=solver, economies=economies, sectors=sectors)
    waiting: deque[Future[list[Equilibrium]]] = deque()
    workers = _cores() if jax.default_backend() == "cpu" else 1
    source = iter(cases)
    with ThreadPoolExecutor(workers) as pool:
        while chunk := list(islice(source, in_step)):
            waiting.append(pool.submit(work, chunk))
            if len(waiting) > workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _solved(
    cases: list[Case],
    theory: Theory,
    solver: Solver,
    economies: Sequence[str] | None,
    sectors: Sequence[str] | None,
) -> list[Equilibrium]:
    """Cases in step where they can be; each one that is not solved so, alone."""
    alone = partial(solve_baseline, theory=theory, solver=solver, economies=economies, sectors=sectors)
    found: dict[int, Equilibrium] = {}
    for members in _alike(cases, theory, solver):
        if len(members) == 1:
            continue
        tried = _in_step([cases[member] for member in members], theory, solver)
        for member, run in zip(members, tried, strict=True):
            if max(float(run.found.residual), float(run.found.step)) <= solver.tolerance:
                base, weights = cases[member]
                found[member] = concluded(base, weights, run, _NOTHING, solver, economies, sectors)
    return [found[at] if at in found else alone(*case) for at, case in enumerate(cases)]


def _alike(cases: list[Case], theory: Theory, solver: Solver) -> list[list[int]]:
    """Numbers of the cases that have the same arrays, and something to look for."""
    groups: dict[Hashable, list[int]] = {}
    for number, (base, weights) in enumerate(cases):
        leaves, structure = jax.tree.flatten((base, weights.arrays()))
        shapes = tuple((leaf.shape, leaf.dtype) for leaf in leaves)
        hopeless = solver.method == "newton" or any(obstacles(base, weights, theory.imbalances))
        groups.setdefault((structure, shapes, number if hopeless else -1), []).append(number)
    return list(groups.values())


def _in_step(cases: list[Case], theory: Theory, solver: Solver) -> list[Attempt]:
    """The first attempt of every case; arrays that all cases share are not copied."""
    flat = [jax.tree.flatten((base, weights.arrays())) for base, weights in cases]
    structure = flat[0][1]
    columns = list(zip(*(leaves for leaves, _ in flat), strict=True))
    shared = tuple(all(leaf is column[0] for leaf in column) for column in columns)
    arrays = [column[0] if same else jnp.stack(column) for column, same in zip(columns, shared, strict=True)]
    found: list[Attempt] = _attempts(
        arrays,
        jnp.asarray(solver.tolerance),
        jnp.asarray(solver.max_passes),
        structure=structure,
        shared=shared,
        imbalances=theory.imbalances,
        memory=solver.memory,
    )
    return found


@partial(jax.jit, static_argnames=("structure", "shared", "imbalances", "memory"))
def _attempts(
    arrays: list[Array],
    tolerance: Array,
    max_passes: Array,
    structure: Any,
    shared: tuple[bool, ...],
    imbalances: str,
    memory: int,
) -> list[Attempt]:
    def one(*leaves: Array) -> Attempt:
        base, weights = jax.tree.unflatten(structure, leaves)
        start = start_state(base, weights)
        attempt: Attempt = _attempt(
            base, weights, start, tolerance, max_passes, imbalances=imbalances, memory=memory
        )
        return attempt

    together = jax.vmap(one, in_axes=tuple(None if same else 0 for same in shared))(*arrays)
    return [jax.tree.map(itemgetter(at), together) for at in range(len(together.found.passes))]
