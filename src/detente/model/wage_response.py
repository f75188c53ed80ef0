"""How all markets of the world answer wages, to first order: inputs cross borders, and so do the answers.

Solved by a few passes over the linearised equations with one right-hand side an economy, in single precision:
what comes out only chooses where the solver goes next, and two passes choose as well as the exact answer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

__all__ = ["WageResponse", "answers_to_wages"]

Values = np.ndarray

# Passes over the linearised equations; more of them save no pass of the solver.
_PASSES = 2
# What an economy's wage does abroad is kept in this many directions.
_RANK = 16
_SINGLE = np.float32


class WageResponse(NamedTuple):
    """First-order answers to wages, other things equal.

    The log changes of costs (economy, sector), outputs (economy, sector) and incomes (economy,), in one
    column, are `own` times the wage of the same economy, plus `left` @ `right` @ wages.

    Attributes:
        excess_labour: log change of what sales pay to labour, less that of the wage, in each economy with
            each wage, (economy, economy).
        own: (unknown,).
        left: (unknown, direction).
        right: (direction, economy).
    """

    excess_labour: Float[Values, "economy economy2"]
    own: Float[Values, "unknown"]
    left: Float[Values, "unknown direction"]
    right: Float[Values, "direction economy"]


class _World(NamedTuple):
    """Shares at the baseline; sectors first where goods are traded, else economies first."""

    sourcing: Values
    at_border: Values
    sold_to: Values
    input_share: Values
    bought: Values
    final: Values
    labour_share: Values
    multiplier: Values
    elasticity: Values
    spending: Values
    output: Values
    per_output: Values
    income: Values
    wages: Values


def _turned(values: Values) -> Values:
    """(economy, sector, wage) from (sector, economy, wage), and back."""
    return np.ascontiguousarray(np.swapaxes(values, 0, 1))


def _over(numerator: Values, denominator: Values) -> Values:
    safe = np.where(denominator > 0.0, denominator, 1.0)
    share: Values = (numerator / safe).astype(_SINGLE)
    return share


def answers_to_wages(
    flows: Float[Values, "sector importer exporter"],
    tariff_factor: Float[Values, "sector importer exporter"],
    input_share: Float[Values, "economy input sector"],
    labour_share: Float[Values, "economy sector"],
    multiplier: Float[Values, "economy input sector"],
    trade_elasticity: Float[Values, "sector"],
) -> WageResponse:
    """Answers at a baseline with perfect competition and mobile labour; imbalances stay.

    Args:
        flows: sales before duties.
        tariff_factor: 1 + ad valorem tariff.
        input_share: share of each input in sales.
        labour_share: share of labour in sales.
        multiplier: output of each input that a dollar of output of each sector sets off at home.
        trade_elasticity: theta.

    Examples:
        >>> import numpy as np
        >>> half, one = np.full((2, 1), 0.5), np.ones((1, 2, 2))
        >>> flows = np.array([[[8.0, 2.0], [2.0, 8.0]]])
        >>> chain = np.full((2, 1, 1), 1 / 0.6)
        >>> found = answers_to_wages(flows, one, half[:, None], half, chain, np.array([4.0]))
        >>> bool(found.excess_labour[0, 0] < 0 < found.excess_labour[0, 1])
        True
    """
    paid = flows * tariff_factor
    spent, output = paid.sum(axis=2), flows.sum(axis=1).T
    wages = (labour_share * output).sum(axis=1)
    income = wages + (paid - flows).sum(axis=(0, 2)) + flows.sum(axis=(0, 2)) - flows.sum(axis=(0, 1))
    inputs = input_share * output[:, None, :]
    used = inputs.sum(axis=2)
    # In data that do not add up, inputs exceed what is there of a good; it has to grow to that first.
    wanted = np.maximum(spent.T, used)
    own = np.arange(len(output))
    large_enough = np.maximum(output, _over(paid, spent[:, :, None])[:, own, own].T * used)
    world = _World(
        sourcing=_over(paid, spent[:, :, None]),
        at_border=_over(flows, spent[:, :, None]),
        sold_to=_over(np.swapaxes(flows, 1, 2), output.T[:, :, None]),
        input_share=np.ascontiguousarray(np.swapaxes(input_share, 1, 2), dtype=_SINGLE),
        bought=_over(inputs, wanted[:, :, None]),
        final=_over(wanted - used, wanted),
        labour_share=labour_share.astype(_SINGLE),
        multiplier=multiplier.astype(_SINGLE),
        elasticity=trade_elasticity.astype(_SINGLE)[:, None, None],
        spending=spent.astype(_SINGLE)[:, :, None],
        output=output.astype(_SINGLE)[:, :, None],
        per_output=_over(np.ones_like(output), large_enough)[:, :, None],
        income=np.where(income > 0.0, income, 1.0).astype(_SINGLE)[:, None],
        wages=wages.astype(_SINGLE),
    )
    cost = _costs(world)
    sales, incomes = _sales(world, cost)
    paid_labour = _over(labour_share * output, wages[:, None])
    excess = np.matmul(paid_labour[:, None, :], sales)[:, 0] - np.eye(len(wages), dtype=_SINGLE)
    count = len(wages) * len(flows)
    answer = np.concatenate([cost.reshape(count, -1), sales.reshape(count, -1), incomes])
    return WageResponse(excess.astype(np.float64), *_in_few_directions(answer, len(flows)))


def _costs(world: _World) -> Values:
    """Log change of cost with every wage, (economy, sector, wage): c = va w + gamma' P, P = pi c."""
    economies = np.arange(len(world.wages))
    direct = np.zeros((*world.labour_share.shape, len(economies)), _SINGLE)
    direct[economies, :, economies] = world.labour_share
    through = np.ascontiguousarray(np.swapaxes(world.multiplier, 1, 2))
    cost = through @ direct
    for _ in range(_PASSES):
        gap = direct + world.input_share @ _turned(world.sourcing @ _turned(cost)) - cost
        cost += through @ gap
    return cost


def _sales(world: _World, cost: Values) -> tuple[Values, Values]:
    """Log changes of output, (economy, sector, wage), and of income, (economy, wage), with every wage."""
    theta, asked = world.elasticity, _turned(cost)
    price = world.sourcing @ asked
    switched = world.sold_to @ (theta * price) - theta * asked
    # Duties are what is spent less what is paid at the border, which moves as buyers switch.
    free = world.at_border.sum(axis=2, keepdims=True)
    lost = (world.spending * theta * (free * price - world.at_border @ asked)).sum(axis=0)
    duty = world.spending * (1.0 - free)
    earned = np.diag(world.wages) - lost
    sales = np.zeros_like(cost)
    economies = np.arange(len(world.wages))
    sales[economies, :, economies] = 1.0
    incomes = np.eye(len(economies), dtype=_SINGLE)
    for _ in range(_PASSES):
        spent = _turned(world.bought @ sales + world.final[:, :, None] * incomes[:, None, :])
        incomes = (earned + (duty * spent).sum(axis=0)) / world.income
        gap = _turned(world.sold_to @ spent + switched) - sales
        sales += world.per_output * (world.multiplier @ (world.output * gap))
    return sales, incomes


def _in_few_directions(answer: Values, sectors: int) -> tuple[Values, Values, Values]:
    """An economy's own answers, and those to other wages in their main directions."""
    economies = answer.shape[1]
    of = np.concatenate([np.repeat(np.arange(economies), sectors)] * 2 + [np.arange(economies)])
    own = answer[np.arange(len(answer)), of].copy()
    others = answer.copy()
    others[np.arange(len(answer)), of] = 0.0
    _, directions = np.linalg.eigh((others.T @ others).astype(np.float64))
    right = np.ascontiguousarray(directions[:, ::-1][:, :_RANK].T, dtype=_SINGLE)
    return own.astype(np.float64), others @ right.T, right
