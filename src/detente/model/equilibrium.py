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

from detente.errors import BadInput, CannotCompute, Problem
from detente.model.anderson import fixed_point
from detente.model.baseline import Baseline, calibrate, one_sector
from detente.model.bilateral import Bilateral
from detente.model.continuation import Attempt, follow
from detente.model.markets import Markets
from detente.model.moves import next_state
from detente.model.newton import MOST_UNKNOWNS, newton_root
from detente.model.regimes import LimitResult, limit_results
from detente.model.status import Obstacles, Status, judge, obstacles
from detente.model.system import Pass, State, one_pass, square_excess, start_state
from detente.model.theory import Imbalances, Theory
from detente.model.weights import Weights, shock_weights
from detente.policy.shock import Shock
from detente.world.world import World

__all__ = ["Equilibrium", "Solver", "concluded", "first_patience", "solve", "solve_baseline"]

Flows = Float[np.ndarray, "sector importer exporter"]

# Passes before Newton's method takes over where there are economies of scale, and its own steps.
_PATIENCE, _STEPS = 120, 60
# Unknowns up to which Newton's method is tried after all else: next to autarky wages are held by little.
_QUICK = 1000
# A log change below this, where nothing has moved, is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Solver:
    """How hard to try.

    Attributes:
        tolerance: bound on both the market-clearing residual and the step that is left, as fractions.
        max_passes: passes over the equations before a run gives up.
        memory: earlier passes that the acceleration combines (Anderson depth).
        method: "passes": accelerated passes over the equations. "newton": Newton's method, which takes at
            most 5,000 unknowns (two or three for every sector of every economy). "auto": passes, and Newton's
            method where they fail in a small world.

    Examples:
        >>> Solver().tolerance
        1e-10
    """

    tolerance: float = 1e-10
    max_passes: int = 500
    memory: int = 6
    method: Literal["auto", "passes", "newton"] = "auto"


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """The economy's answer to a shock; changes are against the baseline, levels USD million a year.

    A flow has three values: what buyers pay, `flows` + `duties` + `rents`; `flows`, at the border before
    import duties; and `sales`, what its producers are paid before their own government's subsidies.

    Attributes:
        log_wage: log change of the mean wage per worker, (economy,), in units of the world's (the numeraire).
        log_price: log change of the price of each sector's composite to final demand, (economy, sector),
            before subsidies to consumption.
        log_factor_price: log change of the price of value added, (economy, sector); the wage where labour is
            mobile.
        log_cost: log change of unit cost, (economy, sector): what a producer receives, subsidies included.
        log_offer: log change of the price at which producers sell, subsidies deducted, (economy, sector).
        log_scale_gain: part of the fall of unit cost that is due to the size of a sector, or to firms that
            selection drives out, (economy, sector); zero with perfect competition.
        log_selection_gain: part of the fall of a composite's price that is due to more firms that sell in a
            larger market, (economy, sector), mean over uses; zero but with firm selection.
        log_labour: log change of labour supply, (economy,).
        log_net_of_tax: log change of what a tax on labour leaves, (economy,).
        log_group_wage: log change of each group's earnings per worker, (group,); empty without groups.
        log_trade_cost: log change of what buyers pay over what producers ask, all varieties of a flow
            together, (sector, importer, exporter): ln kappa. Infinite for a flow that is forbidden.
        log_export_factor: the part of it that export taxes and exporters' rents are, as `log_trade_cost`.
        log_resource_cost: the part of it that nobody receives, as `log_trade_cost`; without forbidden flows.
        log_productivity, log_consumer_factor: log changes of output per unit of inputs, and of the part of
            the market price that consumers pay, (economy, sector).
        spending: at purchasers' prices, (economy, sector).
        output: sales before duties and export taxes, with production subsidies, (economy, sector).
        flows: sales before import duties, (sector, importer, exporter).
        duties: import duties paid on them, (sector, importer, exporter).
        rents: quota rents that stay in the importing economy, (sector, importer, exporter).
        sales: flows before export taxes and exporters' rents, (sector, importer, exporter).
        wage_income, profits, tariff_revenue, export_tax_revenue, quota_rent, subsidies, imbalance, income:
            (economy,); income is the sum of the others, with subsidies deducted.
        limits: the answer of each limit, in the order of the shock.
        residual: largest excess demand in any labour or goods market, as a share of that market.
        step: largest change of any unknown that the equations still ask for.
        passes: passes over the equations, of the last run if the shock had to be taken in steps.
        status: "solved", or why not.
        message: the same as a sentence a person can act on.
        state: the unknowns of the system at the end; derivatives are taken there.
        bilateral: what flows and changes of trade costs are worked out from, when they are first read.
    """

    log_wage: Float[np.ndarray, "economy"]
    log_price: Float[np.ndarray, "economy sector"]
    log_factor_price: Float[np.ndarray, "economy sector"]
    log_cost: Float[np.ndarray, "economy sector"]
    log_offer: Float[np.ndarray, "economy sector"]
    log_scale_gain: Float[np.ndarray, "economy sector"]
    log_selection_gain: Float[np.ndarray, "economy sector"]
    log_labour: Float[np.ndarray, "economy"]
    log_net_of_tax: Float[np.ndarray, "economy"]
    log_group_wage: Float[np.ndarray, "group"]
    log_productivity: Float[np.ndarray, "economy sector"]
    log_consumer_factor: Float[np.ndarray, "economy sector"]
    spending: Float[np.ndarray, "economy sector"]
    output: Float[np.ndarray, "economy sector"]
    wage_income: Float[np.ndarray, "economy"]
    profits: Float[np.ndarray, "economy"]
    tariff_revenue: Float[np.ndarray, "economy"]
    export_tax_revenue: Float[np.ndarray, "economy"]
    quota_rent: Float[np.ndarray, "economy"]
    subsidies: Float[np.ndarray, "economy"]
    imbalance: Float[np.ndarray, "economy"]
    income: Float[np.ndarray, "economy"]
    limits: tuple[LimitResult, ...]
    residual: float
    step: float
    passes: int
    status: Status
    message: str
    state: State
    bilateral: Bilateral

    @property
    def log_trade_cost(self) -> Flows:
        return self.bilateral.changes.all

    @property
    def log_export_factor(self) -> Flows:
        return self.bilateral.changes.exporter

    @property
    def log_resource_cost(self) -> Flows:
        return self.bilateral.changes.nobody

    @property
    def flows(self) -> Flows:
        return self.bilateral.values.flows

    @property
    def duties(self) -> Flows:
        return self.bilateral.values.duties

    @property
    def rents(self) -> Flows:
        return self.bilateral.values.rents

    @property
    def sales(self) -> Flows:
        return self.bilateral.values.sales


@partial(jax.jit, static_argnames=("imbalances", "memory", "newton"))
def _attempt(
    base: Baseline,
    weights: Weights,
    start: State,
    tolerance: Float[Array, ""],
    max_passes: Int[Array, ""],
    imbalances: Imbalances,
    memory: int,
    newton: bool = False,
) -> Attempt:
    vector, unpack = ravel_pytree(start)

    def step(point: Array) -> tuple[Array, Array]:
        state = unpack(point)
        done = one_pass(state, base, weights, imbalances)
        return ravel_pytree(next_state(state, done, base))[0], done.excess.largest

    def excesses(point: Array) -> tuple[Array, Array]:
        excess, matter = square_excess(unpack(point), base, weights, imbalances)
        return ravel_pytree(excess)[0], ravel_pytree(matter)[0]

    if newton:
        found = newton_root(excesses, vector, tolerance, max_passes)
    else:
        found = fixed_point(step, vector, tolerance, max_passes, memory)
    state = unpack(found.value)
    return Attempt(state, found, one_pass(state, base, weights, imbalances))


def _for_newton(base: Baseline, unknowns: int) -> bool:
    """Whether Newton's method takes over early: economies of scale, in a system that it can take."""
    return base.markets.scale is not None and unknowns <= MOST_UNKNOWNS


def first_patience(base: Baseline, unknowns: int, solver: Solver) -> int:
    """Passes of the first run before other ways are tried."""
    early = solver.method == "auto" and _for_newton(base, unknowns)
    return min(_PATIENCE, solver.max_passes) if early else solver.max_passes


def _find(base: Baseline, weights: Weights, theory: Theory, solver: Solver, possible: bool) -> Attempt:
    """One run from the baseline; where it fails, steps along the path to the shock."""

    weights = weights.arrays()

    def attempt(
        here: Baseline, towards: Weights, start: State, passes: int | None = None, newton: bool = False
    ) -> Attempt:
        tried: Attempt = _attempt(
            here,
            towards,
            start,
            jnp.asarray(solver.tolerance),
            jnp.asarray(solver.max_passes if passes is None else passes),
            imbalances=theory.imbalances,
            memory=solver.memory,
            newton=newton,
        )
        return tried

    def solved(tried: Attempt) -> bool:
        return float(tried.found.residual) <= solver.tolerance and float(tried.found.step) <= solver.tolerance

    start = start_state(base, weights)
    if not possible:
        return attempt(base, weights, start, 1)
    unknowns = ravel_pytree(start)[0].size
    scaled = _for_newton(base, unknowns)
    if solver.method == "newton" and unknowns > MOST_UNKNOWNS:
        remedy = f"use another method; Newton's takes {MOST_UNKNOWNS} at most"
        raise BadInput(Problem(f"the system has {unknowns} unknowns", field="solver.method", remedy=remedy))
    if solver.method != "newton":
        first = attempt(base, weights, start, first_patience(base, unknowns, solver))
        if solved(first) or not bool(jnp.isfinite(weights.weight).all()):
            return first
        if not scaled or solver.method == "passes":
            first = follow(attempt, solved, base, weights, start)
            few = unknowns <= _QUICK and solver.max_passes >= _STEPS
            if solved(first) or solver.method == "passes" or not few:
                return first
    by_newton = partial(attempt, passes=min(_STEPS, solver.max_passes), newton=True)
    first = by_newton(base, weights, start)
    return first if solved(first) else follow(by_newton, solved, base, weights, start)


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

    A solution that was not found comes back with its status and message; nothing is raised for it.

    Raises:
        BadInput: Newton's method is asked for and there are too many unknowns.

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
    blocked = obstacles(base, weights, theory.imbalances)
    tried = _find(base, weights, theory, solver, possible=not any(blocked))
    return concluded(base, weights, tried, blocked, solver, economies, sectors)


def concluded(
    base: Baseline,
    weights: Weights,
    tried: Attempt,
    blocked: Obstacles,
    solver: Solver,
    economies: Sequence[str] | None,
    sectors: Sequence[str] | None,
) -> Equilibrium:
    """A run with its status, message and accounts."""
    count = base.spending.shape
    names = (
        tuple(economies or (f"economy {n}" for n in range(count[0]))),
        tuple(sectors or (f"sector {s}" for s in range(count[1]))),
    )
    scale = base.markets.scale
    returns = None if scale is None else np.asarray(scale * base.trade_elasticity)
    status, message = judge(tried, solver.tolerance, names, blocked, weights, returns)
    return _equilibrium(base, weights, tried, status, message)


def _equilibrium(
    base: Baseline, weights: Weights, tried: Attempt, status: Status, message: str
) -> Equilibrium:
    """Everything about a run as plain arrays; what the scenario does not have is zero."""
    state, found, last = tried.state, tried.found, tried.last
    nothing, none = np.zeros(base.output.shape), np.zeros(len(base.output))
    rent, exporter_rent = _rents(weights, last, none.size)
    gain = _gain(state, weights, last) if base.markets != Markets() else nothing
    return Equilibrium(
        log_wage=np.asarray(state.log_wage),
        log_price=_exact(np.asarray(last.log_price), int(found.passes))[-none.size :],
        log_factor_price=_exact(np.asarray(last.log_factor_price), int(found.passes)),
        log_cost=np.asarray(state.log_cost) - gain,
        log_offer=np.asarray(last.log_offer),
        log_scale_gain=gain,
        log_selection_gain=_selection_gain(base, last) if base.markets.selection is not None else nothing,
        log_labour=_given(state.log_labour, none),
        log_net_of_tax=_given(last.log_net_of_tax, none),
        log_group_wage=_given(state.log_group_wage, np.zeros(0)),
        log_productivity=_given(weights.log_productivity, nothing),
        log_consumer_factor=np.log1p(0.0 - _given(weights.consumption_subsidy, nothing)),
        spending=_by_economy(np.asarray(last.spent), none.size),
        output=np.asarray(last.sold),
        wage_income=np.asarray(last.wages),
        profits=_given(last.profits, none),
        tariff_revenue=np.asarray(last.revenue) - rent,
        export_tax_revenue=_given(last.exported, none) - exporter_rent,
        quota_rent=rent + exporter_rent,
        subsidies=_given(last.production_bill, none) + _given(last.consumption_bill, none),
        imbalance=np.asarray(last.imbalance),
        income=np.asarray(last.earned),
        limits=limit_results(weights, last),
        residual=float(found.residual),
        step=float(found.step),
        passes=int(found.passes),
        status=status,
        message=message,
        state=state,
        bilateral=Bilateral(base, weights, last),
    )


def _gain(state: State, weights: Weights, last: Pass) -> np.ndarray:
    """What size, or selection, takes off the price that producers would ask."""
    asked = np.asarray(state.log_cost)
    if weights.production_subsidy is not None:
        asked = asked + np.log1p(-np.asarray(weights.production_subsidy))
    gain: np.ndarray = asked - np.asarray(last.log_offer)
    return gain


def _selection_gain(base: Baseline, last: Pass) -> np.ndarray:
    """Spending-weighted mean over uses of what firm selection takes off the prices of composites."""
    economies, spent = len(base.output), np.asarray(last.spent)
    unselected = -np.log(np.asarray(last.access)) / np.asarray(base.trade_elasticity)
    gain = unselected - np.asarray(last.log_price)
    whole = _by_economy(spent, economies)
    mean: np.ndarray = _by_economy(gain * spent, economies) / np.where(whole > 0.0, whole, 1.0)
    return mean


def _by_economy(values: np.ndarray, economies: int) -> np.ndarray:
    """Sums over the uses of each economy."""
    by_use = values.reshape(-1, economies, values.shape[1])
    summed: np.ndarray = by_use[0] if len(by_use) == 1 else by_use.sum(axis=0)
    return summed


def _exact(values: np.ndarray, passes: int) -> np.ndarray:
    """Log changes without rounding where the baseline clears every market: what did not change is zero."""
    return np.where(np.abs(values) < _ROUNDING, 0.0, values) if passes <= 1 else values


def _given(part: Array | np.ndarray | None, otherwise: np.ndarray) -> np.ndarray:
    return otherwise if part is None else np.asarray(part)


def _rents(weights: Weights, last: Pass, economies: int) -> tuple[np.ndarray, np.ndarray]:
    """Rents that importers keep and that exporters keep, (economy,)."""
    kept = np.zeros((2, economies))
    if weights.limits is not None and last.members is not None:
        importer = np.asarray(weights.limits.buyer) % economies
        np.add.at(kept[0], importer, np.asarray(last.members.importer_rent))
        np.add.at(kept[1], np.asarray(weights.limits.exporter), np.asarray(last.members.exporter_rent))
    return kept[0], kept[1]


def solve(
    world: World, shock: Shock, theory: Theory | None = None, solver: Solver | None = None
) -> Equilibrium:
    """The equilibrium of a world under a shock.

    Args:
        world: the baseline economy; with sectors="one" it becomes one sector.
        shock: what changes, see `compile_scenario`, `set_tariffs`, `no_shock`; on the sectors of the theory.
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
    if theory.sectors == "one" and len(shock.tariff_factor) == 1:
        world = one_sector(world)
    base = calibrate(world, theory)
    found = solve_baseline(base, shock_weights(base, shock), theory, solver, world.economies, world.sectors)
    if found.status != "solved":
        raise CannotCompute(found.message)
    return found
