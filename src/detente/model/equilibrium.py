"""Solve the system of equations in one compiled loop, and say how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree
from jaxtyping import Float, Int

from detente.errors import CannotCompute
from detente.model.anderson import FixedPoint, fixed_point
from detente.model.baseline import Baseline, calibrate
from detente.model.continuation import Attempt, follow
from detente.model.system import Pass, State, next_state, one_pass
from detente.model.theory import Imbalances, Theory
from detente.model.weights import Weights, shock_weights
from detente.policy.shock import Shock
from detente.world.world import World

__all__ = ["Equilibrium", "Solver", "solve", "solve_baseline"]

Status = Literal["solved", "not converged", "not a number"]


@dataclass(frozen=True)
class Solver:
    """How hard to try.

    Attributes:
        tolerance: bound on both the market-clearing residual and the last step, as fractions.
        max_passes: passes over the equations before a run gives up.
        memory: earlier passes that the acceleration combines (Anderson depth).

    Examples:
        >>> Solver().tolerance
        1e-10
    """

    tolerance: float = 1e-10
    max_passes: int = 500
    memory: int = 6


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """The economy's answer to a shock; changes are against the baseline, levels USD million a year.

    Attributes:
        log_wage: log change of the wage, (economy,), in units of world wage income (the numeraire).
        log_price: log change of the price of each sector's composite, (economy, sector).
        log_cost: log change of unit cost, (economy, sector).
        log_trade_cost: log change of what buyers pay over cost, all varieties of a flow together,
            (sector, importer, exporter): ln kappa.
        spending: at purchasers' prices, (economy, sector).
        output: sales before duties, (economy, sector).
        flows: sales before duties, (sector, importer, exporter).
        duties: import duties paid on them, (sector, importer, exporter).
        wage_income, tariff_revenue, imbalance, income: (economy,); the first three sum to the last.
        residual: largest excess demand in any labour or goods market, as a share of that market.
        step: largest change of any log unknown in the last pass.
        passes: passes over the equations, of the last run if the shock had to be taken in steps.
        status: "solved", or why not.
        message: the same as a sentence a person can act on.
    """

    log_wage: Float[np.ndarray, "economy"]
    log_price: Float[np.ndarray, "economy sector"]
    log_cost: Float[np.ndarray, "economy sector"]
    log_trade_cost: Float[np.ndarray, "sector importer exporter"]
    spending: Float[np.ndarray, "economy sector"]
    output: Float[np.ndarray, "economy sector"]
    flows: Float[np.ndarray, "sector importer exporter"]
    duties: Float[np.ndarray, "sector importer exporter"]
    wage_income: Float[np.ndarray, "economy"]
    tariff_revenue: Float[np.ndarray, "economy"]
    imbalance: Float[np.ndarray, "economy"]
    income: Float[np.ndarray, "economy"]
    residual: float
    step: float
    passes: int
    status: Status
    message: str


@partial(jax.jit, static_argnames=("imbalances", "memory"))
def _attempt(
    base: Baseline,
    weights: Weights,
    start: State,
    tolerance: Float[Array, ""],
    max_passes: Int[Array, ""],
    imbalances: Imbalances,
    memory: int,
) -> Attempt:
    vector, unpack = ravel_pytree(start)

    def step(point: Array) -> tuple[Array, Array]:
        state = unpack(point)
        done = one_pass(state, base, weights, imbalances)
        return ravel_pytree(next_state(state, done, base))[0], done.excess.largest

    found = fixed_point(step, vector, tolerance, max_passes, memory)
    state = unpack(found.value)
    last = one_pass(state, base, weights, imbalances)
    seller = jnp.exp(-base.trade_elasticity * last.log_cost).T[:, None, :]
    bought = seller * (last.spent / last.access).T[:, :, None]
    return Attempt(
        state, found, last, weights.duty_free * bought, (weights.weight - weights.duty_free) * bought
    )


def _find(base: Baseline, weights: Weights, theory: Theory, solver: Solver) -> Attempt:
    """One run from the baseline; where it fails, steps along the path to the shock."""

    def attempt(here: Baseline, towards: Weights, start: State) -> Attempt:
        tried: Attempt = _attempt(
            here,
            towards,
            start,
            jnp.asarray(solver.tolerance),
            jnp.asarray(solver.max_passes),
            imbalances=theory.imbalances,
            memory=solver.memory,
        )
        return tried

    def solved(tried: Attempt) -> bool:
        return float(tried.found.residual) <= solver.tolerance and float(tried.found.step) <= solver.tolerance

    zeros = jnp.zeros(base.spending.shape)
    start = State(zeros[:, 0], zeros, zeros)
    first = attempt(base, weights, start)
    if solved(first) or not bool(jnp.isfinite(weights.weight).all()):
        return first
    return follow(attempt, solved, base, weights, start)


def solve_baseline(
    base: Baseline,
    weights: Weights,
    theory: Theory,
    solver: Solver | None = None,
    economies: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
) -> Equilibrium:
    """Solve on plain arrays; for those who bring their own.

    Args:
        base: see `Baseline`.
        weights: a shock on it, see `scenario_weights`.
        theory: the choices; its elasticities are already in `base`.
        solver: how hard to try.
        economies, sectors: names for messages; numbers where missing.

    A solution that was not found comes back with its status and message; nothing is raised.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> tariff = np.array([[[1.0, 1.1], [1.0, 1.0]]])
        >>> found = solve_baseline(base, scenario_weights(base, tariff), Theory())
        >>> found.status, bool(found.log_wage[0] > 0)
        ('solved', True)
    """
    solver = solver or Solver()
    state, found, last, flows, duties = _find(base, weights, theory, solver)
    count = base.spending.shape
    names = (
        tuple(economies or (f"economy {n}" for n in range(count[0]))),
        tuple(sectors or (f"sector {s}" for s in range(count[1]))),
    )
    status, message = _judge(state, found, last, solver, names)
    wage_income = base.wage_income * jnp.exp(state.log_wage)
    return Equilibrium(
        log_wage=np.asarray(state.log_wage),
        log_price=np.asarray(state.log_price),
        log_cost=np.asarray(last.log_cost),
        log_trade_cost=_log_trade_cost(base, weights),
        spending=np.asarray(last.spent),
        output=np.asarray(last.sold),
        flows=np.asarray(flows),
        duties=np.asarray(duties),
        wage_income=np.asarray(wage_income),
        tariff_revenue=np.asarray(last.revenue),
        imbalance=np.asarray(last.imbalance),
        income=np.asarray(wage_income + last.revenue + last.imbalance),
        residual=float(found.residual),
        step=float(found.step),
        passes=int(found.passes),
        status=status,
        message=message,
    )


def _log_trade_cost(base: Baseline, weights: Weights) -> np.ndarray:
    """ln kappa of each flow as one composite of its varieties; zero where nothing is traded."""
    before, after = np.asarray(base.sourcing), np.asarray(weights.weight)
    log_trade_cost = np.zeros_like(before)
    # Most flows of most scenarios keep their trade cost.
    moved = np.nonzero(after != before)
    with np.errstate(divide="ignore"):
        change = np.log(after[moved] / before[moved])
    log_trade_cost[moved] = -change / np.asarray(base.trade_elasticity)[moved[0]]
    return log_trade_cost


def _judge(
    state: State,
    found: FixedPoint,
    last: Pass,
    solver: Solver,
    names: tuple[tuple[str, ...], tuple[str, ...]],
) -> tuple[Status, str]:
    """A status, and a sentence a person can act on."""
    residual, passes = float(found.residual), int(found.passes)
    if residual <= solver.tolerance and float(found.step) <= solver.tolerance:
        return "solved", f"solved in {passes} passes; every market clears to {residual:.1e}"
    labour, goods = np.asarray(last.excess.labour), np.asarray(last.excess.goods)
    (economy,), (buyer, sector) = _worst(labour), _worst(goods)
    gaps = {
        f"the labour market of {names[0][economy]}": float(labour[economy]),
        f"the market for {names[1][sector]} in {names[0][buyer]}": float(goods[buyer, sector]),
    }
    market = max(gaps, key=lambda key: np.inf if np.isnan(gaps[key]) else abs(gaps[key]))
    cure = (
        "usual cures: check the measure with the largest rate, use smaller trade elasticities, raise "
        "max_passes, or choose imbalances=removed (a deficit cannot stay when trade nearly ends)"
    )
    if not np.isfinite(residual) or not all(bool(jnp.isfinite(part).all()) for part in state):
        return "not a number", f"no finite answer after {passes} passes: {market} fails first; {cure}"
    return (
        "not converged",
        f"stopped after {passes} passes: {market} misses clearing by {abs(gaps[market]):.1e} "
        f"(wanted {solver.tolerance:.0e}); {cure}",
    )


def _worst(gap: np.ndarray) -> tuple[int, ...]:
    """Place of the largest or first undefined entry."""
    size = np.where(np.isnan(gap), np.inf, np.abs(gap))
    return tuple(int(index) for index in np.unravel_index(int(size.argmax()), gap.shape))


def solve(
    world: World, shock: Shock, theory: Theory | None = None, solver: Solver | None = None
) -> Equilibrium:
    """The equilibrium of a world under a shock.

    Args:
        world: the baseline economy.
        shock: what changes, see `compile_scenario`, `set_tariffs`, `no_shock`.
        theory: the modelling choices.
        solver: how hard to try.

    Raises:
        CannotCompute: no equilibrium was found; says which market fails and what usually helps.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> dt.solve(world, dt.no_shock(world)).status
        'solved'
    """
    theory = theory or Theory()
    base = calibrate(world, theory)
    found = solve_baseline(base, shock_weights(base, shock), theory, solver, world.economies, world.sectors)
    if found.status != "solved":
        raise CannotCompute(found.message)
    return found
