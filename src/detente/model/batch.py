"""Many solves: scenarios on one world, draws of elasticities, or both; one that fails stops no other."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.model.baseline import Baseline
from detente.model.choices import check_returns, markets_of
from detente.model.equilibrium import Equilibrium, Solver, concluded, solve_baseline
from detente.model.packed import Kind, Tried, attempt_alone, attempt_in_step, kind_of
from detente.model.status import Obstacles
from detente.model.theory import Theory
from detente.model.weights import Weights

__all__ = ["solve_many", "with_elasticity"]

Case = tuple[Baseline, Weights]

# Bytes that an accelerator holds for cases that run together, and how many these may be.
_HELD, _FEWEST, _MOST = 2**28, 32, 512
# Cases that a thread takes at a time.
_AT_ONCE = 4
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
    workers: int | None = None,
) -> Iterator[Equilibrium]:
    """Solve case after case; answers come in the order of the cases, as soon as they are there.

    The same compiled solver as `solve_baseline`. On a processor cases run side by side, one a core, each by
    itself: its answer is the same to the last bit whatever other cases there are, in which order they come
    and on how many cores. On an accelerator many run in step. What cases share, they share in memory.

    Args:
        cases: pairs of a baseline and a shock on it; may be a generator, and is read as needed.
        theory: the choices.
        solver: how hard to try.
        together: cases that run in step; if None, 1 on a processor, and on an accelerator between 32 and 512,
            by size. Cases that differ in what they have (limits, say) do not run in step.
        economies, sectors: names for messages; numbers where missing.
        workers: threads; on a processor one a core if None.

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
    solver, on_cpu = solver or Solver(), jax.default_backend() == "cpu"
    workers = workers or (_cores() if on_cpu else 1)
    work = partial(_solved, theory=theory, solver=solver, economies=economies, sectors=sectors)
    waiting: deque[Future[list[Equilibrium]]] = deque()
    source = iter(cases)
    with ThreadPoolExecutor(workers) as pool:
        while chunk := list(islice(source, together or _AT_ONCE)):
            if together is None and not on_cpu:
                together = _room(chunk[0])
                chunk += islice(source, together - len(chunk))
            waiting.append(pool.submit(work, chunk, in_step=together or 1))
            if len(waiting) > workers:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _room(case: Case) -> int:
    """How many cases of this size an accelerator solves together: a power of two."""
    base, weights = case
    size: int = sum(leaf.nbytes for leaf in jax.tree.leaves((base, weights._replace(shock=None))))
    room: int = 2 ** max(0, int(np.log2(_HELD / size)))
    return min(_MOST, max(_FEWEST, room))


def _solved(
    cases: list[Case],
    theory: Theory,
    solver: Solver,
    economies: Sequence[str] | None,
    sectors: Sequence[str] | None,
    in_step: int,
) -> list[Equilibrium]:
    """First attempts by compiled calls; each case that is not solved so, alone and by every way there is."""
    found: list[Equilibrium] = []
    for case, tried in zip(cases, _first_attempts(cases, theory, solver, in_step), strict=True):
        if tried is not None and _settled(tried, solver):
            found.append(concluded(*case, tried.attempt, _NOTHING, solver, economies, sectors))
        else:
            found.append(solve_baseline(*case, theory, solver, economies, sectors))
    return found


def _settled(tried: Tried, solver: Solver) -> bool:
    run = tried.attempt.found
    return not tried.cut_off and bool(max(run.residual, run.step) <= solver.tolerance)


def _first_attempts(
    cases: list[Case], theory: Theory, solver: Solver, in_step: int
) -> Sequence[Tried | None]:
    """Of every case that is not for Newton's method from the start."""
    if solver.method == "newton":
        return [None] * len(cases)
    kinds = [kind_of(*case, theory.imbalances, solver) for case in cases]
    if in_step == 1:
        return [attempt_alone(kind, leaves, solver.tolerance) for kind, leaves in kinds]
    groups: dict[Kind, list[int]] = {}
    for number, (kind, _) in enumerate(kinds):
        groups.setdefault(kind, []).append(number)
    found: dict[int, Tried] = {}
    for kind, members in groups.items():
        leaves = [kinds[member][1] for member in members]
        found.update(zip(members, attempt_in_step(kind, leaves, solver.tolerance, in_step), strict=True))
    return [found[number] for number in range(len(cases))]
