"""The baseline in the model's terms: shares, elasticities and levels, as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.model.choices import (
    check_returns,
    labour_of,
    markets_of,
    named_sectors,
    nests_of,
    shape_of,
    world_labour,
    world_scale,
)
from detente.model.first_order import FirstOrder, first_order
from detente.model.inputs import Nests, by_economy
from detente.model.labour import Labour
from detente.model.markets import Markets, destination_labour
from detente.model.network import network_purchases
from detente.model.theory import Theory
from detente.world.world import World

__all__ = ["Baseline", "baseline_from_shares", "calibrate", "one_sector", "redrawn"]

Values = np.ndarray
Names = tuple[Sequence[str], Sequence[str]]


class Baseline(NamedTuple):
    """What the equations need to know of the world before a shock.

    A buyer is an economy, or one use in one economy (`inputs.py`).

    Attributes:
        sourcing: pi, share of each buyer's spending on a sector by origin, (sector, buyer, exporter).
        tariff_factor: tau, 1 + ad valorem tariff, (sector, importer, exporter).
        input_share: gamma, share of each input in sales, (economy, input, sector).
        value_added_share: (economy, sector); with the input shares of a sector it sums to 1.
        final_share: alpha, share of each sector in final demand, (economy, sector); sums to 1.
        trade_elasticity: theta, (sector,).
        wage_income: w_n L_n, all value added but profits, (economy,), USD million a year.
        imbalance: D_n, trade deficit, (economy,), USD million a year; sums to 0.
        spending: X_bs, at purchasers' prices, (buyer, sector), USD million a year.
        output: Y_is, sales before duties, (economy, sector), USD million a year.
        revenue: duties, (economy,), USD million a year.
        income: what final demand spends, (economy,), USD million a year.
        markets, labour, nests: what the theory adds to the core equations.
        first_order: linear responses that speed the solver up; no solution depends on them.
    """

    sourcing: Float[Array, "sector buyer exporter"]
    tariff_factor: Float[Array, "sector importer exporter"]
    input_share: Float[Array, "economy input sector"]
    value_added_share: Float[Array, "economy sector"]
    final_share: Float[Array, "economy sector"]
    trade_elasticity: Float[Array, "sector"]
    wage_income: Float[Array, "economy"]
    imbalance: Float[Array, "economy"]
    spending: Float[Array, "buyer sector"]
    output: Float[Array, "economy sector"]
    revenue: Float[Array, "economy"]
    income: Float[Array, "economy"]
    markets: Markets
    labour: Labour
    nests: Nests | None
    first_order: FirstOrder

    @property
    def labour_share(self) -> Float[Array, "economy sector"]:
        """Share of labour in sales: value added less profits."""
        profit = self.markets.profit_share
        return self.value_added_share if profit is None else self.value_added_share - profit

    @property
    def payroll(self) -> Float[Array, "economy sector"]:
        """Wage income by sector, USD million a year; of a sector's own sales and of sales to its economy."""
        own = self.labour_share * self.output
        share = self.markets.destination_share
        if share is None:
            return own
        economies = self.tariff_factor.shape[2]
        free = self.sourcing / jnp.tile(self.tariff_factor, (1, self.sourcing.shape[1] // economies, 1))
        return own + destination_labour(by_economy(self.spending * free.sum(axis=2).T, economies), share)


def _ratio(numerator: Values, denominator: Values) -> Values:
    """Quotient, zero where the denominator is."""
    quotient: Values = np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)
    return quotient


def _shares(values: Values) -> Values:
    """Shares in the sum of each row."""
    return _ratio(values, np.broadcast_to(values.sum(axis=1, keepdims=True), values.shape))


def baseline_from_shares(
    flows: Float[Values, "sector buyer exporter"],
    tariff_factor: Float[Values, "sector importer exporter"],
    input_share: Float[Values, "economy input sector"],
    value_added_share: Float[Values, "economy sector"],
    trade_elasticity: Float[Values, "sector"],
    theory: Theory | None = None,
    markets: Markets | None = None,
    names: Names | None = None,
    responses: FirstOrder | None = None,
) -> Baseline:
    """A baseline from flows before duties and cost shares; final demand is what the inputs leave.

    Args:
        flows: sales before duties, (sector, buyer, exporter), own sales included, USD million a year. Buyers
            are importers, or uses by importers, with final demand last (`inputs.py`).
        tariff_factor: 1 + ad valorem tariff, (sector, importer, exporter).
        input_share: share of each input in sales, (economy, input, sector).
        value_added_share: (economy, sector).
        trade_elasticity: (sector,).
        theory: choices of market, labour and substitution; perfect competition and mobile labour if None. Its
            elasticities, inputs and sectors are in the arrays already.
        markets: the market structure in numbers, in place of the theory's.
        names: of economies and of sectors, for messages; numbers if None.
        responses: first-order responses of a baseline nearby, in place of those of this one.

    Negative final demand (a sector whose inputs exceed its supply in the data) is set to zero before the
    final shares are formed, as Caliendo and Parro (2015) do.

    Raises:
        BadInput: the theory asks for profits that exceed value added somewhere.

    Examples:
        >>> import numpy as np
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> half = np.full((2, 1), 0.5)
        >>> base = baseline_from_shares(flows, np.ones((1, 2, 2)), half[:, None], half, np.array([4.0]))
        >>> base.imbalance.tolist(), base.wage_income.tolist()
        ([0.0, 0.0], [5.0, 5.0])
    """
    theory = theory or Theory()
    economies = tariff_factor.shape[2]
    by_use = flows.reshape(len(flows), -1, economies, economies)
    by_importer = by_use.sum(axis=1)
    paid = (by_use * tariff_factor[:, None]).reshape(flows.shape)
    spent = paid.sum(axis=2)
    markets = markets or markets_of(theory, trade_elasticity, economies)
    profit_share = 0.0 if markets.profit_share is None else np.asarray(markets.profit_share)
    _check_profits(value_added_share, profit_share, names)
    hired = np.zeros((economies, len(flows)))
    if markets.destination_share is not None:
        hired = np.asarray(markets.destination_share)
    output = (by_importer * (1.0 - hired.T[:, :, None])).sum(axis=1).T
    payroll = (value_added_share - profit_share) * output + hired * by_importer.sum(axis=2).T
    final = np.maximum(spent.T[-economies:] - _input_demand(input_share, output, by_use.shape[1]), 0.0)
    bought_less_sold = by_importer.sum(axis=(0, 2)) - by_importer.sum(axis=(0, 1))
    # Workers of the buying economy are paid out of what is sold there: a trade in services, as it were.
    paid_abroad = by_importer.sum(axis=(0, 1)) - output.sum(axis=1)
    imbalance = bought_less_sold + paid_abroad - (hired * by_importer.sum(axis=2).T).sum(axis=1)
    revenue = ((tariff_factor - 1.0) * by_importer).sum(axis=(0, 2))
    earned = (payroll + profit_share * output).sum(axis=1) + revenue
    # In place: with a use for every buying sector these are the arrays that fill the memory.
    sourcing = np.divide(paid, spent[:, :, None], out=paid, where=(spent > 0.0)[:, :, None])
    return Baseline(
        sourcing=jnp.asarray(sourcing),
        tariff_factor=jnp.asarray(tariff_factor),
        input_share=jnp.asarray(input_share),
        value_added_share=jnp.asarray(value_added_share),
        final_share=jnp.asarray(_shares(final)),
        trade_elasticity=jnp.asarray(trade_elasticity),
        wage_income=jnp.asarray(payroll.sum(axis=1)),
        imbalance=jnp.asarray(imbalance),
        spending=jnp.asarray(spent.T),
        output=jnp.asarray(output),
        revenue=jnp.asarray(revenue),
        income=jnp.asarray(earned + imbalance),
        markets=markets,
        labour=labour_of(theory, economies),
        nests=nests_of(theory),
        first_order=responses
        or first_order(
            by_importer,
            tariff_factor,
            input_share,
            value_added_share - profit_share,
            trade_elasticity,
            markets,
            shape_of(theory),
        ),
    )


def _input_demand(input_share: Values, output: Values, uses: int) -> Values | float:
    """Inputs that are bought by the same buyers as final demand, (economy, input)."""
    return np.einsum("iks,is->ik", input_share, output) if uses == 1 else 0.0


def _check_profits(
    value_added_share: Values, profit_share: Values | float, names: Names | None = None
) -> None:
    """Refuse profits above value added; one problem for each sector."""
    share = np.broadcast_to(profit_share, value_added_share.shape)
    above = (share > 0.0) & (share >= value_added_share)
    economies, sectors = names or (
        [f"economy {at}" for at in range(len(share))],
        [f"sector {at}" for at in range(share.shape[1])],
    )
    problems = []
    for at in np.flatnonzero(above.any(axis=0)).tolist():
        where = np.flatnonzero(above[:, at])
        worst = int(where[np.argmax((share - value_added_share)[where, at])])
        problems.append(
            Problem(
                f"{sectors[at]}: profits of {share[worst, at]:.3g} of sales exceed value added of "
                f"{value_added_share[worst, at]:.3g} in {economies[worst]}"
                + (f", and others in {where.size - 1} more economies" if where.size > 1 else ""),
                field="theory.market",
                remedy="choose inputs=none, larger trade elasticities or another market",
            )
        )
    if problems:
        raise BadInput(problems)


def calibrate(world: World, theory: Theory) -> Baseline:
    """The baseline of a world under a theory.

    Where inputs are bought with one mix of origins by every sector of an economy, each input carries the
    average duty on the intermediate flows of its sector.

    Raises:
        BadInput: the theory names an unknown set of elasticities or groups, has one sector where the world
            has many (see `one_sector`), or more profits than value added.

    Examples:
        >>> import detente as dt
        >>> base = calibrate(dt.load_world("g20-2019"), Theory())
        >>> base.sourcing.shape, bool(abs(base.final_share.sum(axis=1) - 1).max() < 1e-12)
        ((20, 20, 20), True)
        >>> calibrate(dt.load_world("g20-2019"), Theory(inputs="separate")).sourcing.shape
        (20, 40, 20)
    """
    from detente.world.elasticities import trade_elasticities

    if theory.sectors == "one" and len(world.sectors) > 1:
        raise BadInput(
            Problem(
                f"the world has {len(world.sectors)} sectors",
                field="theory.sectors",
                remedy="make the world and its shock with one_sector(world), or choose sectors=many",
            )
        )
    elasticity = trade_elasticities(world, theory.elasticities, theory.horizon)
    scale = world_scale(world, theory, elasticity)
    flows, input_share = _purchases(world, theory)
    base = baseline_from_shares(
        flows,
        world.tariff_factor,
        input_share,
        1.0 - input_share.sum(axis=1),
        elasticity,
        theory,
        markets_of(theory, elasticity, len(world.economies), scale),
        names=(world.economies, named_sectors(world)),
    )
    return base._replace(labour=world_labour(world, theory, np.asarray(base.payroll)))


def redrawn(
    base: Baseline,
    world: World,
    theory: Theory,
    elasticity: Float[Values, "sector"] | None = None,
    scale: Float[Values, "sector"] | None = None,
) -> Baseline:
    """The baseline of a redrawn world, or of redrawn elasticities, under the theory of another baseline.

    What `calibrate` gives for that world and those elasticities, but for the linear responses, which stay
    those of `base`: they take most of the time of a calibration, and no solution depends on them.

    Args:
        base: the baseline of the theory in a world of the same economies, sectors, groups and taxes.
        world: flows, inputs and tariffs may differ from those that `base` was made of.
        theory: the choices.
        elasticity: theta, (sector,); that of `base` if None.
        scale: scale elasticities, (sector,), with market "external" only; those of `base` if None.

    Raises:
        BadInput: another number of economies or sectors; scale elasticities without external economies of
            scale; returns to scale above 1; or profits above value added.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> base = calibrate(world, Theory())
        >>> drawn = redrawn(base, world, Theory(), np.full(20, 5.0))
        >>> float(drawn.trade_elasticity[0]), drawn.first_order is base.first_order
        (5.0, True)
    """
    _check_redrawn(base, world, theory, scale)
    theta = np.asarray(base.trade_elasticity if elasticity is None else elasticity, dtype=np.float64)
    if theory.market == "external":
        scale = np.asarray(base.markets.scale if scale is None else scale, dtype=np.float64)
        check_returns(scale, theta, named_sectors(world))
    flows, input_share = _purchases(world, theory)
    drawn = baseline_from_shares(
        flows,
        world.tariff_factor,
        input_share,
        1.0 - input_share.sum(axis=1),
        theta,
        theory,
        markets_of(theory, theta, len(world.economies), scale),
        names=(world.economies, named_sectors(world)),
        responses=base.first_order,
    )
    return drawn._replace(labour=_with_payroll(base.labour, drawn.payroll), nests=base.nests)


def _check_redrawn(base: Baseline, world: World, theory: Theory, scale: Values | None) -> None:
    problems = []
    shape, expected = (len(world.economies), len(world.sectors)), base.output.shape
    if shape != expected:
        message = "the world has {} economies and {} sectors".format(*shape)
        remedy = "redraw a world of {} economies and {} sectors, as the baseline has".format(*expected)
        problems.append(Problem(message, field="world", remedy=remedy))
    if scale is not None and theory.market != "external":
        message = f"there are no scale elasticities under market={theory.market}"
        problems.append(Problem(message, field="scale", remedy="leave them out, or choose market=external"))
    if problems:
        raise BadInput(problems)


def _with_payroll(labour: Labour, payroll: Array) -> Labour:
    """The same groups of workers, whose earnings by sector follow the sectors' payroll."""
    if labour.groups is None:
        return labour
    earned = np.asarray(labour.groups.earnings) * np.asarray(payroll)[np.asarray(labour.groups.economy)]
    share = jnp.asarray(earned / earned.sum(axis=1, keepdims=True))
    return labour._replace(groups=labour.groups._replace(share=share))


def one_sector(world: World) -> World:
    """The world with all sectors as one, for theories with sectors="one".

    Examples:
        >>> import detente as dt
        >>> one_sector(dt.load_world("g20-2019")).sectors
        ('all',)
    """
    return world if len(world.sectors) == 1 else world.aggregate(sectors={"all": world.sectors})


def _purchases(world: World, theory: Theory) -> tuple[Values, Values]:
    """Flows by buyer, (sector, buyer, exporter), and input shares, (economy, input, sector)."""
    if theory.inputs == "none":
        economies, sectors = world.output.shape
        return world.flows, np.zeros((economies, sectors, sectors))
    if theory.inputs == "network":
        return network_purchases(world)
    bought = world.intermediate_flows.sum(axis=2)
    paid = (world.intermediate_flows * world.tariff_factor).sum(axis=2)
    average_factor = np.where(bought > 0, _ratio(paid, bought), 1.0)
    inputs = world.input_use * average_factor.T[:, :, None]
    input_share = _ratio(inputs, np.broadcast_to(world.output[:, None, :], inputs.shape))
    if theory.inputs == "common":
        return world.flows, input_share
    return np.concatenate([world.intermediate_flows, world.final_flows], axis=1), input_share
