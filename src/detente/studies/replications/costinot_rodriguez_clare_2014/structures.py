"""Worlds and market structures of the chapter, as baselines of the model."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from detente.errors import CannotCompute
from detente.model import (
    Baseline,
    Equilibrium,
    Solver,
    Theory,
    baseline_from_shares,
    scenario_weights,
    solve_baseline,
)
from detente.model.markets import Markets
from detente.studies.replications.costinot_rodriguez_clare_2014.inputs import GOODS, Inputs

__all__ = [
    "ONE_SECTOR_ELASTICITY",
    "SELECTION",
    "Effect",
    "Structure",
    "Trading",
    "balanced",
    "baseline",
    "gains_from_trade",
    "trading",
    "under_tariffs",
    "welfare",
]

ONE_SECTOR_ELASTICITY = 5.0
"""Trade elasticity where the whole economy is one sector."""

SELECTION = 0.65
"""eta = theta / (sigma - 1) - 1 of all goods under Melitz."""

BALANCED = Theory(imbalances="removed")

SHUT = 1e-6
"""A sector has shut down if less than this part of its revenue is left."""

Flows = Float[np.ndarray, "sector importer exporter"]
Economy = Float[np.ndarray, "economy"]


class Trading(NamedTuple):
    """What is traded, and what it is made of.

    Attributes:
        flows: (sector, importer, exporter), USD million a year.
        consumption_share: weights of prices in welfare, (economy, sector).
        value_added_share: of revenue, (economy, sector).
        input_share: of revenue, (economy, input, sector).
        trade_elasticity: (sector,).
        goods: whether a sector has increasing returns where the market structure has them, (sector,).
    """

    flows: Flows
    consumption_share: Float[np.ndarray, "economy sector"]
    value_added_share: Float[np.ndarray, "economy sector"]
    input_share: Float[np.ndarray, "economy input sector"]
    trade_elasticity: Float[np.ndarray, "sector"]
    goods: np.ndarray


class Structure(NamedTuple):
    """A market structure: increasing returns in goods or not, and how strongly larger markets select firms.

    Services stay under perfect competition throughout, as in the chapter (delta_s = 0).

    Examples:
        >>> Structure(increasing=True).selection
        0.0
    """

    increasing: bool = False
    selection: float = 0.0

    def markets(self, world: Trading) -> Markets:
        """psi = 1/theta and eta in goods; fixed costs of selling are paid by the origin."""
        if not self.increasing:
            return Markets()
        returns = np.where(world.goods, 1.0 / world.trade_elasticity, 0.0)
        if not self.selection:
            return Markets(scale=jnp.asarray(returns))
        eta = np.where(world.goods, self.selection, 0.0)
        everywhere = jnp.asarray(np.tile(eta, (world.flows.shape[1], 1)))
        return Markets(jnp.asarray(returns), everywhere, origin_cost=jnp.asarray(eta * returns))

    def factors(self, world: Trading, tariff: Flows) -> tuple[Flows, Flows]:
        """Tariff factor and cost factor that stand for a tariff (a rate) on the firm's cost.

        Duty on cost is paid on 1 - 1/sigma of the price before duty: firms receive (1 + t/sigma) / (1 + t) of
        what buyers pay. A tariff factor (1 + t) / (1 + t/sigma) with a cost of 1 + t/sigma does just that.

        Examples:
            >>> import numpy as np
            >>> one = np.ones((1, 1, 1))
            >>> world = Trading(one, one[0], one[0], one, np.array([4.0]), np.array([True]))
            >>> [factor.item() for factor in Structure(increasing=True).factors(world, 0.5 * one)]
            [1.36..., 1.1]
        """
        if not self.increasing:
            return 1.0 + tariff, np.ones_like(tariff)
        sigma = 1.0 + world.trade_elasticity / (1.0 + self.selection)
        cost = np.where(world.goods[:, None, None], 1.0 + tariff / sigma[:, None, None], 1.0)
        return (1.0 + tariff) / cost, cost


def trading(inputs: Inputs, kind: str) -> Trading:
    """The world of 2008 as the chapter sees it.

    Args:
        inputs: see `read_inputs`.
        kind: "one sector"; "no inputs": sales are value added; "adjusted inputs": the chapter's own shares;
            "observed inputs".

    Examples:
        >>> import numpy as np
        >>> one, flows = np.ones((1, 1)), np.ones((1, 1, 1))
        >>> inputs = Inputs(("AUS",), flows, one, 0.4 * one, 0.6 * flows, np.array([4.0]))
        >>> trading(inputs, "adjusted inputs").input_share.item()
        0.6
    """
    return {
        "one sector": _one_sector,
        "no inputs": _no_inputs,
        "adjusted inputs": _adjusted,
        "observed inputs": _observed,
    }[kind](inputs)


def _goods(inputs: Inputs) -> np.ndarray:
    return np.arange(len(inputs.trade_elasticity)) < GOODS


def _one_sector(inputs: Inputs) -> Trading:
    one = np.ones((len(inputs.economies), 1))
    flows = inputs.flows.sum(axis=0, keepdims=True)
    elasticity = np.array([ONE_SECTOR_ELASTICITY])
    return Trading(flows, one, one, np.zeros((len(one), 1, 1)), elasticity, np.ones(1, dtype=bool))


def _no_inputs(inputs: Inputs) -> Trading:
    no_inputs = np.zeros_like(inputs.input_share)
    all_value_added = np.ones_like(inputs.value_added_share)
    shares = (inputs.consumption_share, all_value_added, no_inputs, inputs.trade_elasticity)
    return Trading(inputs.flows, *shares, _goods(inputs))


def _adjusted(inputs: Inputs) -> Trading:
    shares = (inputs.consumption_share, inputs.value_added_share, inputs.adjusted_input_share)
    return Trading(inputs.flows, *shares, inputs.trade_elasticity, _goods(inputs))


def _observed(inputs: Inputs) -> Trading:
    value_added = 1.0 - inputs.input_share.sum(axis=1)
    shares = (inputs.consumption_share, value_added, inputs.input_share, inputs.trade_elasticity)
    return Trading(inputs.flows, *shares, _goods(inputs))


def baseline(world: Trading, structure: Structure) -> Baseline:
    """The world without tariffs under a market structure."""
    shares = (world.input_share, world.value_added_share, world.trade_elasticity)
    return baseline_from_shares(
        world.flows, np.ones_like(world.flows), *shares, markets=structure.markets(world)
    )


def _solved(base: Baseline, tariff_factor: Flows, cost_factor: Flows, what: str) -> Equilibrium:
    # Where sectors shut down passes do not converge, so they are not tried first.
    solver = Solver() if base.markets.scale is None else Solver(method="newton")
    point = solve_baseline(base, scenario_weights(base, tariff_factor, cost_factor), BALANCED, solver)
    if point.status != "solved":
        raise CannotCompute(f"{what}: {point.message}")
    return point


def balanced(world: Trading) -> Trading:
    """The world with trade balanced under perfect competition: the chapter's starting point for tariffs."""
    base = baseline(world, Structure())
    one = np.ones_like(world.flows)
    return world._replace(flows=_solved(base, one, one, "balanced trade").flows)


def gains_from_trade(world: Trading, structure: Structure) -> Economy:
    """Part of real income that an economy would lose without trade, (economy,): G_j = 1 - C_autarky / C.

    Without trade an economy sells what it spends, R = E, so that all is known: with lambda the share of
    own goods, c the cost of a bundle and changes against the wage,

        -theta_s ln P_s = ln lambda_s + delta_s ln R_s + delta_s eta_s ln E_s
                          - (theta_s + delta_s + delta_s eta_s) ln c_s,
        ln c_s = sum_k gamma_ks ln P_k,

    which is linear in prices (section 3.4; gains as in section 2.2: deficits that end are no loss). Returns
    compound along supply chains, without bound where sectors with low elasticities use much of their own
    output: hence the chapter's adjusted input shares.

    Raises:
        CannotCompute: returns compound without bound.

    Examples:
        >>> import numpy as np
        >>> flows, one = np.array([[[8.0, 2.0], [2.0, 8.0]]]), np.ones((2, 1))
        >>> world = Trading(flows, one, one, np.zeros((2, 1, 1)), np.array([5.0]), np.array([True]))
        >>> round(float(gains_from_trade(world, Structure())[0]), 6) == round(1 - 0.8**0.2, 6)
        True
    """
    spent, revenue = world.flows.sum(axis=2).T, world.flows.sum(axis=1).T
    final = np.maximum(spent - np.einsum("iks,is->ik", world.input_share, revenue), 0.0)
    eye = np.eye(revenue.shape[1])
    sold = np.linalg.solve(eye - world.input_share, (final / final.sum(axis=1, keepdims=True))[..., None])[
        ..., 0
    ]
    earned = (world.value_added_share * revenue).sum(axis=1) / (world.value_added_share * sold).sum(axis=1)
    sold = sold * earned[:, None]
    delta = world.goods * float(structure.increasing)
    eta = delta * structure.selection
    own = np.einsum("sii->is", world.flows) / spent
    pull = np.log(own) + delta * np.log(sold / revenue) + eta * np.log(sold / spent)
    compounded = (1.0 + (delta + eta) / world.trade_elasticity)[:, None] * world.input_share.transpose(
        0, 2, 1
    )
    if np.abs(np.linalg.eigvals(compounded)).max() >= 1.0:
        raise CannotCompute("increasing returns compound without bound along supply chains")
    log_price = np.linalg.solve(eye - compounded, (-pull / world.trade_elasticity)[..., None])[..., 0]
    gains: Economy = -np.expm1(-(world.consumption_share * log_price).sum(axis=1))
    return gains


def welfare(world: Trading, base: Baseline, point: Equilibrium) -> Economy:
    """Change of real income, (economy,): income over prices weighted with observed consumption."""
    risen = np.log(point.income / np.asarray(base.income))
    change: Economy = np.expm1(risen - (world.consumption_share * point.log_price).sum(axis=1))
    return change


class Effect(NamedTuple):
    """What tariffs do.

    Attributes:
        real_income: its change, (economy,).
        size: revenue over what it was, (economy, sector); one where there was none.
        equilibrium: all else.
    """

    real_income: Economy
    size: Float[np.ndarray, "economy sector"]
    equilibrium: Equilibrium

    @property
    def shut(self) -> Bool[np.ndarray, "economy sector"]:
        """Sectors that the tariffs shut down."""
        return self.size < SHUT


def under_tariffs(world: Trading, structure: Structure, tariff: Flows) -> Effect:
    """The effect of tariffs (rates) where there were none, trade balanced.

    Raises:
        CannotCompute: no equilibrium was found.

    Examples:
        >>> import numpy as np
        >>> flows, one = np.array([[[8.0, 2.0], [2.0, 8.0]]]), np.ones((2, 1))
        >>> world = Trading(flows, one, one, np.zeros((2, 1, 1)), np.array([5.0]), np.array([True]))
        >>> tariff = np.array([[[0.0, 0.1], [0.0, 0.0]]])
        >>> effect = under_tariffs(world, Structure(increasing=True), tariff)
        >>> bool(effect.real_income[0] > 0 > effect.real_income[1]), int(effect.shut.sum())
        (True, 0)
    """
    base = baseline(world, structure)
    point = _solved(base, *structure.factors(world, tariff), "tariffs")
    before = np.asarray(base.output)
    size = np.divide(point.output, before, out=np.ones_like(before), where=before > 0.0)
    return Effect(welfare(world, base, point), size, point)
