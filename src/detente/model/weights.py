"""A scenario as the arrays that the iterations read."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.model.baseline import Baseline
from detente.model.limits import LimitWeights, fold_limits
from detente.policy.shock import Shock, Varieties

__all__ = ["Weights", "scenario_weights", "shock_weights"]

# Varieties are padded to a multiple of this with empty ones, so that scenarios share compiled code.
_BLOCK = 256
# Shares of a flow that differ by less are rounding.
_TINY = 1e-12
# A flow's duties and those of its varieties may miss each other by this much of the flow.
_DUTY_GAP = 1e-6


class Weights(NamedTuple):
    """What a scenario does, before costs respond; bilateral arrays are (sector, buyer, exporter).

    What a scenario does not have is None, and costs nothing.

    Attributes:
        weight: pi_sbi * sum_v share_v kappa_v^(-theta_s), what buyers pay. Members of limits are no part.
            Where charges on the price drive firms out (`Markets.duty_selection`) they have theta + eta.
        duty_free: the same with each variety divided by its tariff factor: the value at the border.
        received: `duty_free` with each variety divided by its export factor: what producers receive.
        limits: quotas, restraints, commitments and margins, with their members.
        log_productivity: (economy, sector).
        production_subsidy, consumption_subsidy: parts of cost and of price, (economy, sector).
        shock: what the weights were made from; no part of what is compiled.
    """

    weight: Float[Array, "sector buyer exporter"]
    duty_free: Float[Array, "sector buyer exporter"]
    received: Float[Array, "sector buyer exporter"] | None = None
    limits: LimitWeights | None = None
    log_productivity: Float[Array, "economy sector"] | None = None
    production_subsidy: Float[Array, "economy sector"] | None = None
    consumption_subsidy: Float[Array, "economy sector"] | None = None
    shock: Shock | None = None

    def arrays(self) -> Weights:
        """The weights without what no compiled code can read, all on the device."""
        on_device: Weights = jax.tree.map(jnp.asarray, self._replace(shock=None))
        return on_device


@jax.jit
def _fold(
    base: Baseline,
    tariff: Array,
    cost: Array,
    export: Array | None,
    varieties: Varieties,
    named: Varieties,
) -> tuple[Array, Array, Array | None]:
    """Weight, duty-free weight and received weight; `named` are all varieties, members of limits too.

    For derivatives: `_folded` gives the same numbers faster.
    """
    theta = base.trade_elasticity
    at = (varieties.sector, varieties.importer, varieties.exporter)
    taken_at = (named.sector, named.importer, named.exporter)
    taken = jnp.zeros_like(base.tariff_factor).at[taken_at].add(named.share)
    taken_free = jnp.zeros_like(base.tariff_factor).at[taken_at].add(named.share / named.baseline_factor)
    # Shares that sum to one leave a rest of rounding error only.
    left = taken < 1.0 - _TINY
    rest = jnp.where(left, 1.0 - taken, 0.0)
    # What is left of the flow's value before duty, so that the parts' duties are the flow's.
    rest_free = jnp.where(left, jnp.maximum(1.0 / base.tariff_factor - taken_free, 0.0), 0.0)
    kappa = tariff / base.tariff_factor * cost
    if export is not None:
        kappa = kappa * export
    # One where nothing changes, exactly, and with a derivative there.
    fall = jnp.exp(-theta[:, None, None] * jnp.log(kappa))
    eta = base.markets.duty_selection
    if eta is not None:
        charge = tariff / base.tariff_factor * (1.0 if export is None else export)
        fall = fall * jnp.exp(-eta[:, None, None] * jnp.log(charge))
    rest_free = rest_free * fall * (base.tariff_factor / tariff)
    kappa_v = varieties.cost_factor * varieties.export_factor * varieties.tariff_factor
    weight_v = varieties.share * (kappa_v / varieties.baseline_factor) ** (-theta[varieties.sector])
    if eta is not None:
        charge_v = varieties.export_factor * varieties.tariff_factor / varieties.baseline_factor
        weight_v = weight_v * charge_v ** -eta[varieties.sector]
    free_v = weight_v / varieties.tariff_factor
    weight = _by_use(base.sourcing, (rest * fall).at[at].add(weight_v))
    duty_free = _by_use(base.sourcing, rest_free.at[at].add(free_v))
    if export is None:
        return weight, duty_free, None
    received = (rest_free / export).at[at].add(free_v / varieties.export_factor)
    return weight, duty_free, _by_use(base.sourcing, received)


def _folded(
    base: Baseline, shock: Shock, export: np.ndarray | None, named: Varieties
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """What `_fold` gives, with powers only of what changes: of few flows in most scenarios."""
    theta, tariff = np.asarray(base.trade_elasticity), np.asarray(base.tariff_factor)
    shape, varieties = tariff.shape, shock.varieties
    # What no variety names: its part of demand, and its value before duty.
    paid, free = np.ones(tariff.size), np.divide(1.0, tariff).ravel()
    if named.share.size:
        flow, of = np.unique(np.ravel_multi_index(named[:3], shape), return_inverse=True)
        taken = np.bincount(of, named.share, flow.size)
        taken_free = np.bincount(of, named.share / named.baseline_factor, flow.size)
        # Shares that sum to one leave a rest of rounding error only.
        left = taken < 1.0 - _TINY
        paid[flow] = np.where(left, 1.0 - taken, 0.0)
        # So that the parts' duties are the flow's.
        free[flow] = np.where(left, np.maximum(free[flow] - taken_free, 0.0), 0.0)
    moved = (shock.tariff_factor != tariff) | (shock.cost_factor != 1.0)
    if export is not None:
        moved |= export != 1.0
    flow = np.flatnonzero(moved)
    sector, rate = flow // (shape[1] * shape[2]), shock.tariff_factor.ravel()[flow] / tariff.ravel()[flow]
    charge = rate if export is None else rate * export.ravel()[flow]
    eta = None if base.markets.duty_selection is None else np.asarray(base.markets.duty_selection)
    fall = _fall(charge * shock.cost_factor.ravel()[flow], charge, sector, theta, eta)
    paid[flow] *= fall
    free[flow] *= fall / rate
    received = None if export is None else free / export.ravel()
    if varieties.share.size:
        at = np.ravel_multi_index(varieties[:3], shape)
        charge = varieties.export_factor * varieties.tariff_factor / varieties.baseline_factor
        fall = _fall(varieties.cost_factor * charge, charge, varieties.sector, theta, eta)
        wanted = varieties.share * fall
        wanted_free = wanted / varieties.tariff_factor
        np.add.at(paid, at, wanted)
        np.add.at(free, at, wanted_free)
        if received is not None:
            np.add.at(received, at, wanted_free / varieties.export_factor)
    in_uses = partial(_in_uses, np.asarray(base.sourcing), shape=shape)
    return in_uses(paid), in_uses(free), None if received is None else in_uses(received)


def _fall(
    kappa: np.ndarray, charge: np.ndarray, sector: np.ndarray, theta: np.ndarray, eta: np.ndarray | None
) -> np.ndarray:
    """What a change of trade cost leaves of demand; charges on the price drive out firms besides."""
    with np.errstate(over="ignore", divide="ignore"):
        left: np.ndarray = kappa ** -theta[sector]
        return left if eta is None else left * charge ** -eta[sector]


def _in_uses(sourcing: np.ndarray, of_flow: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    by_use: np.ndarray = sourcing.reshape(shape[0], -1, *shape[1:]) * of_flow.reshape(shape)[:, None]
    return by_use.reshape(sourcing.shape)


def _by_use(sourcing: Array, of_flow: Array) -> Array:
    """What is so of a flow is so of it in every use."""
    sectors, economies, _ = of_flow.shape
    by_use = sourcing.reshape(sectors, -1, economies, economies) * of_flow[:, None]
    return by_use.reshape(sourcing.shape)


def _padded(varieties: Varieties) -> Varieties:
    missing = -varieties.share.size % _BLOCK or (_BLOCK if varieties.share.size == 0 else 0)
    fill = (0, 0, 0, 0.0, 1.0, 1.0, 1.0, 1.0)
    return Varieties(
        *(
            np.concatenate([part, np.full(missing, value, part.dtype)])
            for part, value in zip(varieties, fill, strict=True)
        )
    )


def _joined(first: Varieties, second: Varieties) -> Varieties:
    return Varieties(*(np.concatenate(parts) for parts in zip(first, second, strict=True)))


def _check(base: Baseline, named: Varieties) -> None:
    """Shares of a flow fit into it, and so do the duties that its parts pay in the baseline."""
    shape = base.tariff_factor.shape
    flow, inverse = np.unique(np.ravel_multi_index(named[:3], shape), return_inverse=True)
    share = np.bincount(inverse, named.share, flow.size)
    free = np.bincount(inverse, named.share / named.baseline_factor, flow.size)
    whole = np.asarray(base.tariff_factor).ravel()[flow]
    rest, rest_free = 1.0 - share, 1.0 / whole - free
    sector, importer, exporter = np.unravel_index(flow, shape)
    uses = np.asarray(base.sourcing).reshape(shape[0], -1, *shape[1:])
    traded = uses[sector, :, importer, exporter].max(axis=1, initial=0.0) > 0.0
    problems = []
    for at in np.nonzero(rest < -_DUTY_GAP)[0]:
        message = f"parts of a flow have shares that add up to {share[at]:.6g}"
        problems.append(
            Problem(message, field=_place(int(flow[at]), shape), remedy="shares add up to at most 1")
        )
    # The rest cannot pay less than nothing, nor what no trade would survive.
    wrong = np.where(rest > _DUTY_GAP, rest_free < 1e-3 * rest - 1e-9, np.abs(rest_free) > _DUTY_GAP)
    for at in np.nonzero(wrong & traded & (rest >= -_DUTY_GAP))[0]:
        message = (
            f"parts of a flow pay other duties in the baseline than the flow: of {1.0 / whole[at]:.6g} "
            f"before duty, parts with {share[at]:.6g} of its value have {free[at]:.6g}"
        )
        remedy = "choose the baseline factors so that the parts' duties add up to the flow's"
        problems.append(Problem(message, field=_place(int(flow[at]), shape), remedy=remedy))
    if problems:
        raise BadInput(problems)


def _place(flow: int, shape: tuple[int, ...]) -> str:
    sector, importer, exporter = np.unravel_index(flow, shape)
    return f"sector {sector}, importer {importer}, exporter {exporter}"


def shock_weights(base: Baseline, shock: Shock) -> Weights:
    """Fold a shock, varieties and all, into the arrays that the iterations read.

    With varieties v of shares s_v in a flow, each with its own change kappa_v, demand for the flow is
    pi_sni o_is^(-theta_s) sum_v s_v kappa_v^(-theta_s): varieties of one origin substitute as origins do.

    Raises:
        BadInput: shares of a flow exceed it, or parts of it pay duties in the baseline that cannot add up to
            the flow's.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> weights = shock_weights(dt.calibrate(world, dt.Theory()), dt.no_shock(world))
        >>> round(float(weights.weight.sum(axis=2).max()), 12)
        1.0
    """
    varieties, limits = shock.varieties, shock.limits
    named = _joined(varieties, limits.members)
    if named.share.size:
        _check(base, named)
    export = shock.export_factor
    if export is None and bool((varieties.export_factor != 1.0).any()):
        export = np.ones_like(shock.tariff_factor)
    weight, duty_free, received = _folded(base, shock, export, named)
    return Weights(
        jnp.asarray(weight),
        jnp.asarray(duty_free),
        _optional(received),
        fold_limits(
            np.asarray(base.sourcing),
            np.asarray(base.trade_elasticity),
            limits,
            None if base.markets.duty_selection is None else np.asarray(base.markets.duty_selection),
        ),
        None if shock.productivity is None else jnp.log(jnp.asarray(shock.productivity)),
        _optional(shock.production_subsidy),
        _optional(shock.consumption_subsidy),
        shock,
    )


def _optional(part: np.ndarray | None) -> Array | None:
    return None if part is None else jnp.asarray(part)


def scenario_weights(
    base: Baseline,
    tariff_factor: Float[np.ndarray, "sector importer exporter"],
    cost_factor: Float[np.ndarray, "sector importer exporter"] | None = None,
) -> Weights:
    """Fold new tariffs, and changes of trade cost, on whole flows.

    Examples:
        >>> import numpy as np
        >>> from detente.model import baseline_from_shares
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([1.0]))
        >>> weights = scenario_weights(base, np.array([[[1.0, 2.0], [1.0, 1.0]]]))
        >>> weights.weight[0, 0].tolist(), weights.duty_free[0, 0].tolist()
        ([0.8, 0.1], [0.8, 0.05])
    """
    cost = np.ones_like(tariff_factor) if cost_factor is None else cost_factor
    return shock_weights(base, Shock(np.asarray(tariff_factor, dtype=np.float64), cost))
