"""What replications of gravity models share: multilateral resistances, and the engine on fitted trade.

Costs are t^(1 - sigma), arrays (importer, exporter), as in the rest of the code.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.errors import CannotCompute
from detente.model import (
    Equilibrium,
    Solver,
    Theory,
    baseline_from_shares,
    scenario_weights,
    solve_baseline,
)

__all__ = ["Effects", "fit", "respond"]

Economy = Float[np.ndarray, "economy"]
Bilateral = Float[np.ndarray, "importer exporter"]
# How exactly totals are met, and passes after which it is given up.
_TOLERANCE, _PASSES = 1e-14, 200_000


class Effects(NamedTuple):
    """Importer and exporter effects, (economy,): trade is costs x importer x exporter."""

    importer: Economy
    exporter: Economy

    def trade(self, costs: Bilateral) -> Bilateral:
        """The trade that these effects and costs imply, (importer, exporter)."""
        return np.asarray(costs * self.importer[:, None] * self.exporter)


def fit(costs: Bilateral, sold: Economy, spent: Economy) -> Effects:
    """Effects that make trade add up to what each economy sells and spends.

    What PPML with these costs as an offset and exporter and importer effects estimates (Fally 2015): the
    multilateral resistances of Anderson and van Wincoop (2003), up to one scale.

    Args:
        costs: t^(1 - sigma), (importer, exporter).
        sold, spent: totals by exporter and by importer, (economy,), with the same sum.

    Raises:
        CannotCompute: the totals differ in sum, or are not met after many passes.

    Examples:
        >>> effects = fit(np.array([[1.0, 0.5], [0.5, 1.0]]), np.array([2.0, 1.0]), np.array([1.5, 1.5]))
        >>> trade = effects.trade(np.array([[1.0, 0.5], [0.5, 1.0]]))
        >>> trade.sum(axis=0).round(9).tolist(), trade.sum(axis=1).round(9).tolist()
        ([2.0, 1.0], [1.5, 1.5])
    """
    if not np.isclose(sold.sum(), spent.sum(), rtol=1e-9):
        raise CannotCompute(f"sales of {sold.sum():g} and spending of {spent.sum():g} must have the same sum")
    exporter = np.ones(len(sold))
    for _ in range(_PASSES):
        importer = spent / (costs @ exporter)
        previous, exporter = exporter, sold / (importer @ costs)
        if np.abs(exporter / previous - 1.0).max() < _TOLERANCE:
            return Effects(importer, exporter)
    raise CannotCompute(
        f"multilateral resistances did not settle in {_PASSES:,} passes: are some costs zero?"
    )


def respond(
    flows: Bilateral,
    shock: Bilateral,
    elasticity: float,
    theory: Theory,
    solver: Solver | None = None,
) -> Equilibrium:
    """The engine's equilibrium of one sector made by labour alone, after a change of t^(1 - sigma).

    Args:
        flows: trade of the first point, (importer, exporter), own sales on the diagonal.
        shock: new over old t^(1 - sigma), (importer, exporter).
        elasticity: of trade to costs, sigma - 1.
        theory: what imbalances do, and so on.
        solver: stopping rule, the usual one if None.

    Raises:
        CannotCompute: no equilibrium was found.

    Examples:
        >>> same = respond(np.ones((2, 2)), np.ones((2, 2)), 4.0, Theory())
        >>> np.abs(same.log_wage).max().item()
        0.0
    """
    count = len(flows)
    base = baseline_from_shares(
        flows[None],
        np.ones((1, count, count)),
        np.zeros((count, 1, 1)),
        np.ones((count, 1)),
        np.array([elasticity]),
    )
    weights = scenario_weights(base, np.ones((1, count, count)), shock[None] ** (-1.0 / elasticity))
    found = solve_baseline(base, weights, theory, solver)
    if found.status != "solved":
        raise CannotCompute(found.message)
    return found
