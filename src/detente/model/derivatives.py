"""Derivatives with respect to what governments set, and what nature and technology do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree
from jaxtyping import Float

from detente.errors import BadInput, Problem, nearest
from detente.model.baseline import Baseline
from detente.model.choices import markets_of
from detente.model.equilibrium import Equilibrium
from detente.model.limits import LimitWeights
from detente.model.response import Inputs, Measure, forward, log_real_income, reverse, shape_of
from detente.model.theory import Theory
from detente.model.weights import Weights, _fold, _joined, _padded
from detente.policy.shock import Shock, Varieties

__all__ = ["Levers", "by_economy", "derivative", "jacobian", "levers"]

# The trade cost of what may not be traded: what is left of such a flow is no number a sum would show.
_FORBIDDEN = 1e200


class Levers(NamedTuple):
    """What moves a solution, as in `Shock`; a lever that is not asked for is None.

    Attributes:
        tariff_factor, cost_factor, export_factor: of what no variety names, (sector, importer, exporter).
        variety_tariff_factor, variety_cost_factor, variety_export_factor: of varieties, (variety,).
        member_tariff_factor, member_cost_factor: of members of limits, (member,).
        limit_size: (limit,), USD million a year.
        productivity: change of output per unit of inputs, (economy, sector).
        production_subsidy, consumption_subsidy: parts of cost and of price, (economy, sector).
        trade_elasticity: theta, (sector,). Scale economies and profits that the theory takes from it move
            with it; the baseline's flows do not.
    """

    tariff_factor: Float[Array, "sector importer exporter"] | None = None
    cost_factor: Float[Array, "sector importer exporter"] | None = None
    export_factor: Float[Array, "sector importer exporter"] | None = None
    variety_tariff_factor: Float[Array, "variety"] | None = None
    variety_cost_factor: Float[Array, "variety"] | None = None
    variety_export_factor: Float[Array, "variety"] | None = None
    member_tariff_factor: Float[Array, "member"] | None = None
    member_cost_factor: Float[Array, "member"] | None = None
    limit_size: Float[Array, "limit"] | None = None
    productivity: Float[Array, "economy sector"] | None = None
    production_subsidy: Float[Array, "economy sector"] | None = None
    consumption_subsidy: Float[Array, "economy sector"] | None = None
    trade_elasticity: Float[Array, "sector"] | None = None


class _Fixed(NamedTuple):
    """What levers do not move: the baseline, the shock's arrays, and where its parts belong."""

    base: Baseline
    weights: Weights
    varieties: Varieties
    named: Varieties
    levers: Levers


def levers(base: Baseline, weights: Weights, names: Sequence[str] | None = None) -> Levers:
    """The levers of a solution at their values; one that the shock does not use is at its neutral value.

    Args:
        base: the baseline.
        weights: a shock on it, as `shock_weights` and `scenario_weights` make it.
        names: of the levers that are wanted; all if None.

    Raises:
        BadInput: there is no such lever; or the weights do not know their shock.

    Examples:
        >>> import detente as dt
        >>> from detente.model import shock_weights
        >>> world = dt.load_world("g20-2019")
        >>> base = dt.calibrate(world, dt.Theory())
        >>> levers(base, shock_weights(base, dt.no_shock(world)), ["productivity"]).productivity.shape
        (20, 20)
    """
    known = _values(base, _shock(weights))
    names = known._fields if names is None else tuple(names)
    wrong = [
        Problem(f"no lever '{name}'", remedy=nearest(name, known._fields))
        for name in names
        if name not in known._fields
    ]
    if wrong:
        raise BadInput(wrong)
    return Levers(**{name: getattr(known, name) for name in names})


def _shock(weights: Weights) -> Shock:
    if weights.shock is None:
        raise BadInput(
            Problem("these weights do not say which shock they are of", remedy="make them by shock_weights")
        )
    return weights.shock


def _values(base: Baseline, shock: Shock) -> Levers:
    varieties, members = shock.varieties, shock.limits.members
    cells = np.zeros(base.output.shape)

    def given(part: np.ndarray | None, otherwise: np.ndarray) -> np.ndarray:
        return otherwise if part is None else np.asarray(part, dtype=np.float64)

    values: dict[str, np.ndarray] = dict(  # noqa: C408
        tariff_factor=shock.tariff_factor,
        cost_factor=shock.cost_factor,
        export_factor=given(shock.export_factor, np.ones_like(shock.tariff_factor)),
        variety_tariff_factor=varieties.tariff_factor,
        variety_cost_factor=varieties.cost_factor,
        variety_export_factor=varieties.export_factor,
        member_tariff_factor=members.tariff_factor,
        member_cost_factor=members.cost_factor,
        limit_size=shock.limits.size,
        productivity=given(shock.productivity, cells + 1.0),
        production_subsidy=given(shock.production_subsidy, cells),
        consumption_subsidy=given(shock.consumption_subsidy, cells),
        trade_elasticity=np.asarray(base.trade_elasticity),
    )
    return Levers(**{name: jnp.asarray(value) for name, value in values.items()})


def _fixed(base: Baseline, weights: Weights) -> _Fixed:
    shock = _shock(weights)
    named = _joined(shock.varieties, shock.limits.members)
    all_levers = levers(base, weights)
    # What the shock does not use stays out of the equations until it is asked for.
    unused = {
        name: None
        for name in ("productivity", "production_subsidy", "consumption_subsidy")
        if getattr(shock, name) is None
    }
    if weights.received is None:
        unused["export_factor"] = None
    return _Fixed(
        base, weights.arrays(), _padded(shock.varieties), _padded(named), all_levers._replace(**unused)
    )


def _inputs(fixed: _Fixed, chosen: Mapping[str, Array], theory: Theory | None) -> tuple[Baseline, Weights]:
    """Baseline and weights at levers; with a theory, what it takes from trade elasticities follows them."""
    at = fixed.levers._replace(**chosen)
    base = _with_elasticity(fixed.base, at, theory)
    export = at.export_factor
    varieties = _with_values(
        fixed.varieties, at.variety_tariff_factor, at.variety_cost_factor, at.variety_export_factor
    )
    weight, duty_free, received = _fold(
        base, at.tariff_factor, _finite(at.cost_factor), export, varieties, fixed.named
    )
    limits = fixed.weights.limits
    return base, Weights(
        weight,
        duty_free,
        received,
        None if limits is None else _with_members(limits, at, base),
        None if at.productivity is None else jnp.log(at.productivity),
        at.production_subsidy,
        at.consumption_subsidy,
    )


def _with_elasticity(base: Baseline, at: Levers, theory: Theory | None) -> Baseline:
    if at.trade_elasticity is None:
        return base
    changed = base._replace(trade_elasticity=at.trade_elasticity)
    if theory is None:
        return changed
    changed = changed._replace(markets=markets_of(theory, at.trade_elasticity, base.output.shape[0]))
    if changed.markets.profit_share is None:
        return changed
    # What is no profit is wages, of all groups of workers in the same proportions.
    payroll, groups = changed.payroll, base.labour.groups
    changed = changed._replace(wage_income=payroll.sum(axis=1))
    if groups is None:
        return changed
    earned = groups.earnings * payroll[groups.economy]
    moved = groups._replace(share=earned / earned.sum(axis=1, keepdims=True))
    return changed._replace(labour=base.labour._replace(groups=moved))


def _finite(cost: Array | None) -> Array:
    cost = jnp.asarray(cost)
    return jnp.where(jnp.isinf(cost), _FORBIDDEN, cost)


def _with_values(
    padded: Varieties, tariff: Array | None, cost: Array | None, export: Array | None
) -> Varieties:
    def filled(values: Array | None) -> Array:
        values = jnp.asarray(values)
        return jnp.concatenate([values, jnp.ones(padded.share.size - values.size)])

    # Arrays of the model in a record that policies make of NumPy's.
    values: dict[str, Any] = {
        "tariff_factor": filled(tariff),
        "cost_factor": filled(_finite(cost)),
        "export_factor": filled(export),
    }
    return padded._replace(**values)


def _with_members(limits: LimitWeights, at: Levers, base: Baseline) -> LimitWeights:
    """Limits at levers: every use of a member has its tariff, and sizes are those of limits that have one."""
    uses = base.spending.shape[0] // base.output.shape[0]
    of_member, size = jnp.asarray(at.member_tariff_factor), jnp.asarray(at.limit_size)
    traded = limits.weight > 0.0
    tariff = limits.tariff_factor.at[: uses * of_member.size].set(jnp.tile(of_member, uses))
    given = limits.cost_factor.at[: uses * of_member.size].set(jnp.tile(_finite(at.member_cost_factor), uses))
    cost = jnp.where(traded, given, 1.0)
    kappa = cost * limits.export_factor * tariff / limits.baseline_factor
    weight = limits.sourcing * kappa ** -base.trade_elasticity[limits.sector]
    if limits.selection is not None:
        weight = weight * (kappa / cost) ** -limits.selection
    return limits._replace(
        tariff_factor=tariff,
        cost_factor=cost,
        weight=jnp.where(traded, weight, 0.0),
        size=limits.size.at[: size.size].set(size),
    )


def _follows(theory: Theory, base: Baseline) -> bool:
    """Whether the baseline's market structure is what the theory takes from the trade elasticities."""
    if theory.market in ("perfect", "external"):
        return False
    taken = markets_of(theory, np.asarray(base.trade_elasticity), len(base.output))
    pairs = zip(base.markets, taken, strict=True)
    return all(
        (given is None) == (wanted is None)
        and (given is None or wanted is None or np.allclose(given, wanted, rtol=1e-12))
        for given, wanted in pairs
    )


@cache
def _inputs_of(theory: Theory | None) -> Inputs:
    """One function a theory, so that compiled code is found again."""
    return partial(_inputs, theory=theory)


def derivative(
    found: Equilibrium,
    base: Baseline,
    weights: Weights,
    theory: Theory,
    direction: Mapping[str, np.ndarray],
    measure: Measure = log_real_income,
) -> np.ndarray:
    """How fast an outcome moves along one direction of the levers; one linear system.

    Args:
        found: a solution.
        base, weights, theory: what it solves.
        direction: the change of each lever that moves, by name; see `Levers`.
        measure: the outcome: any function of a `Point` that JAX can trace.

    Returns the derivative, with the dimensions of the outcome.

    Raises:
        BadInput: no such lever, or a direction of another shape.
        CannotCompute: the solution is at, or next to, a point where it turns, and has no derivative.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> weights = scenario_weights(base, np.ones((1, 2, 2)))
        >>> found = solve_baseline(base, weights, Theory())
        >>> tariff = np.array([[[0.0, 1.0], [0.0, 0.0]]])
        >>> derivative(found, base, weights, Theory(), {"tariff_factor": tariff}).round(3).tolist()
        [0.215, -0.215]
    """
    at = _chosen(base, weights, tuple(direction))
    wrong = [
        Problem(
            f"the direction has shape {np.shape(direction[name])}",
            field=name,
            remedy=f"give it the shape {part.shape} of the lever",
        )
        for name, part in at.items()
        if np.shape(direction[name]) != part.shape
    ]
    if wrong:
        raise BadInput(wrong)
    one = {name: jnp.asarray(part, dtype=jnp.float64)[None] for name, part in direction.items()}
    inputs, fixed = _moving(base, weights, theory)
    return np.asarray(forward(found, base, weights, theory, measure, inputs, fixed, at, one)[0])


def jacobian(
    found: Equilibrium,
    base: Baseline,
    weights: Weights,
    theory: Theory,
    with_respect_to: Sequence[str],
    measure: Measure = log_real_income,
) -> dict[str, np.ndarray]:
    """Derivatives of every number of an outcome with respect to every value of levers.

    One linear system for every number of the outcome, or for every value of the levers where those are fewer:
    the gradient of one number with respect to all tariffs costs about as much as a solution.

    Args:
        found: a solution.
        base, weights, theory: what it solves.
        with_respect_to: names of levers, see `Levers`.
        measure: the outcome: any function of a `Point` that JAX can trace.

    Returns for each lever an array with the dimensions of the outcome, then those of the lever.

    Raises:
        BadInput: no such lever.
        CannotCompute: the solution is at, or next to, a point where it turns, and has no derivative.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> weights = scenario_weights(base, np.ones((1, 2, 2)))
        >>> found = solve_baseline(base, weights, Theory())
        >>> moved = jacobian(found, base, weights, Theory(), ["tariff_factor", "productivity"])
        >>> moved["tariff_factor"].shape, moved["productivity"][:, 0, 0].round(3).tolist()
        ((2, 1, 2, 2), [1.897, 0.103])
    """
    at = _chosen(base, weights, tuple(with_respect_to))
    inputs, fixed = _moving(base, weights, theory)
    point = (found, base, weights, theory, measure, inputs, fixed, at)
    flat, unravel = ravel_pytree(at)
    shape = shape_of(*point)
    if flat.size >= math.prod(shape):
        return {name: np.asarray(part) for name, part in reverse(*point).items()}
    moved = forward(*point, jax.vmap(unravel)(jnp.eye(flat.size))).reshape(flat.size, -1)
    parts = jax.vmap(unravel, in_axes=1)(moved)
    return {name: np.asarray(part).reshape(*shape, *part.shape[1:]) for name, part in parts.items()}


def by_economy(
    found: Equilibrium, base: Baseline, weights: Weights, theory: Theory, measure: Measure = log_real_income
) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of an outcome with respect to what happens to whole economies.

    Args:
        found: a solution.
        base, weights, theory: what it solves.
        measure: the outcome: any function of a `Point` that JAX can trace.

    Returns derivatives with respect to the log of productivity in all sectors of each economy, and to the log
    of the cost of all its trade with others, imports and exports; each with the dimensions of the outcome,
    then (economy,).

    Raises:
        CannotCompute: the solution is at, or next to, a point where it turns, and has no derivative.

    Examples:
        >>> import numpy as np
        >>> from detente.model import Theory, baseline_from_shares, scenario_weights, solve_baseline
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> weights = scenario_weights(base, np.ones((1, 2, 2)))
        >>> found = solve_baseline(base, weights, Theory())
        >>> productivity, trade_cost = by_economy(found, base, weights, Theory())
        >>> productivity.round(3).tolist(), trade_cost.round(3).tolist()
        ([[1.897, 0.103], [0.103, 1.897]], [[-0.4, -0.4], [-0.4, -0.4]])
    """
    whole = _by_economy_of(theory if _follows(theory, base) else None)
    none = jnp.zeros(base.output.shape[0])
    effects = reverse(
        found, base, weights, theory, measure, whole, _fixed(base, weights), {"made": none, "traded": none}
    )
    return np.asarray(effects["made"]), np.asarray(effects["traded"])


@cache
def _by_economy_of(theory: Theory | None) -> Inputs:
    """Baseline and weights as a function of log changes of whole economies; one function a theory."""

    def inputs(fixed: _Fixed, moved: Mapping[str, Array]) -> tuple[Baseline, Weights]:
        at = fixed.levers
        apart = 1.0 - jnp.eye(moved["traded"].size)
        dearer = jnp.exp((moved["traded"][:, None] + moved["traded"][None, :]) * apart)
        of_part = dearer[fixed.named.importer, fixed.named.exporter]
        varieties, members = jnp.asarray(at.variety_cost_factor), jnp.asarray(at.member_cost_factor)
        before = 1.0 if at.productivity is None else at.productivity
        better = jnp.broadcast_to(jnp.exp(moved["made"])[:, None] * before, fixed.base.output.shape)
        changed = {
            "cost_factor": jnp.asarray(at.cost_factor) * dearer,
            "variety_cost_factor": varieties * of_part[: varieties.size],
            "member_cost_factor": members * of_part[varieties.size : varieties.size + members.size],
            "productivity": better,
        }
        return _inputs(fixed, changed, theory)

    return inputs


def _chosen(base: Baseline, weights: Weights, names: Sequence[str]) -> dict[str, Array]:
    found = levers(base, weights, names)
    return {name: getattr(found, name) for name in names}


def _moving(base: Baseline, weights: Weights, theory: Theory) -> tuple[Inputs, _Fixed]:
    """Baseline and weights as a function of levers, and what levers leave as it is."""
    return _inputs_of(theory if _follows(theory, base) else None), _fixed(base, weights)
