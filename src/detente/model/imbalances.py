"""What trade imbalances do; one function a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from detente.model.theory import Imbalances

__all__ = ["IMBALANCES", "Incomes", "constant", "ratio", "removed", "scaled"]

Economy = Float[Array, "economy"]


class Incomes(NamedTuple):
    """What economies earn, (economy,), USD million a year.

    Attributes:
        wages_before, wages: wage income, in the baseline and now.
        earned_before, earned: wage income, profits and public revenue less subsidies to production.
        growth: change of world wage income, new over old: 1 in units of the world's mean wage, unless labour
            supply moves.
    """

    wages_before: Economy
    wages: Economy
    earned_before: Economy
    earned: Economy
    growth: Float[Array, ""] | float = 1.0


def constant(imbalance: Economy, incomes: Incomes) -> Economy:
    """Each deficit stays the same share of world wages: D'_n = D_n (sum_m w'_m L'_m) / (sum_m w_m L_m).

    As in Caliendo and Parro (2015), where wages are all of GDP.

    Examples:
        >>> import jax.numpy as jnp
        >>> same = Incomes(*[jnp.ones(2)] * 4)
        >>> constant(jnp.array([1.0, -1.0]), same).tolist()
        [1.0, -1.0]
    """
    return imbalance * incomes.growth


def removed(imbalance: Economy, incomes: Incomes) -> Economy:
    """Every economy's trade is balanced: D'_n = 0.

    The first step of Caliendo and Parro (2015), after Dekle, Eaton and Kortum (2008).

    Examples:
        >>> import jax.numpy as jnp
        >>> removed(jnp.array([1.0, -1.0]), Incomes(*[jnp.ones(2)] * 4)).tolist()
        [0.0, 0.0]
    """
    return jnp.zeros_like(imbalance)


def scaled(imbalance: Economy, incomes: Incomes) -> Economy:
    """Each deficit moves with own wages: D'_n = W_n D_n - s'_n sum_m W_m D_m, W_n the change of wage income.

    s' are shares of world wage income. The last term makes deficits sum to zero over the world; it is our
    own closure.

    Examples:
        >>> import jax.numpy as jnp
        >>> one, moved = jnp.ones(2), jnp.array([2.0, 1.0])
        >>> scaled(jnp.array([1.0, -1.0]), Incomes(one, moved, one, moved)).tolist()
        [1.33..., -1.33...]
    """
    moved = imbalance * incomes.wages / incomes.wages_before
    return moved - incomes.wages / incomes.wages.sum() * moved.sum()


def ratio(imbalance: Economy, incomes: Incomes) -> Economy:
    """Spending over earnings stays as it is: I'_n = k phi_n E'_n, with phi_n = 1 + D_n / E_n.

    The rule of structural gravity (Anderson, Larch and Yotov 2018; Yotov et al. 2016, chapter 2). The factor
    k, one for all, makes world spending world earnings; it is our own closure.

    Examples:
        >>> import jax.numpy as jnp
        >>> one, moved = jnp.ones(2), jnp.array([2.0, 1.0])
        >>> [round(x, 3) for x in ratio(jnp.array([0.5, -0.5]), Incomes(one, moved, one, moved)).tolist()]
        [0.571, -0.571]
    """
    wanted = (1.0 + imbalance / incomes.earned_before) * incomes.earned
    return wanted * (incomes.earned.sum() / wanted.sum()) - incomes.earned


IMBALANCES: Mapping[Imbalances, Callable[[Economy, Incomes], Economy]] = {
    "constant": constant,
    "removed": removed,
    "scaled": scaled,
    "ratio": ratio,
}
