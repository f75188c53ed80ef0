"""How a run of the solver went, as a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import jax.numpy as jnp
import numpy as np

from detente.model.baseline import Baseline
from detente.model.continuation import Attempt
from detente.model.theory import Imbalances
from detente.model.weights import Weights

__all__ = ["Obstacles", "Status", "judge", "obstacles"]

Status = Literal["solved", "not converged", "not a number", "no source", "no balance"]
# Markets named in a message before it says how many more there are.
_NAMED = 3
# A trade imbalance below this share of wage income is rounding.
_BALANCED = 1e-9
_CURE = (
    "usual cures: check the measure with the largest rate, use smaller trade elasticities, raise "
    "max_passes, or choose imbalances=removed (a deficit cannot stay when trade nearly ends)"
)


class Obstacles(NamedTuple):
    """Why no equilibrium can exist, known before any is looked for.

    Attributes:
        without_source: every (economy, sector) that is bought in the baseline and that nobody may sell.
        without_trade: economies that may not trade at all and yet have a trade imbalance to keep.
    """

    without_source: tuple[tuple[int, int], ...]
    without_trade: tuple[int, ...]


def obstacles(base: Baseline, weights: Weights, imbalances: Imbalances) -> Obstacles:
    """What stands in the way of any solution; both empty where nothing does."""
    weight = np.asarray(weights.weight)
    reached = weight.sum(axis=2).T.copy()
    sold = weight.sum(axis=0)
    limits = weights.limits
    if limits is not None:
        buyer, sector, part = (np.asarray(x) for x in (limits.importer, limits.sector, limits.weight))
        np.add.at(reached, (buyer, sector), part)
        np.add.at(sold, (buyer, np.asarray(limits.exporter)), part)
    gone = (np.asarray(base.spending) > 0.0) & (reached == 0.0)
    abroad = sold - np.diag(np.diag(sold))
    uneven = np.abs(np.asarray(base.imbalance)) > _BALANCED * np.asarray(base.wage_income)
    closed = (abroad.sum(axis=0) == 0.0) & (abroad.sum(axis=1) == 0.0) & uneven & (imbalances != "removed")
    return Obstacles(
        tuple((int(economy), int(sector)) for economy, sector in np.argwhere(gone)),
        tuple(int(economy) for economy in np.flatnonzero(closed)),
    )


def judge(
    tried: Attempt,
    tolerance: float,
    names: tuple[Sequence[str], Sequence[str]],
    blocked: Obstacles,
) -> tuple[Status, str]:
    """A status, and a sentence a person can act on.

    Args:
        tried: the last run.
        tolerance: what residual and step must not exceed.
        names: of economies and of sectors.
        blocked: why no equilibrium can exist, see `obstacles`.
    """
    if blocked.without_source:
        markets = [f"{names[1][sector]} in {names[0][economy]}" for economy, sector in blocked.without_source]
        return (
            "no source",
            f"buyers are left without any source of {_listed(markets)}: the bans, embargoes and quotas of "
            "zero together cut off all that sell it there; leave one source open, or lower the share covered",
        )
    if blocked.without_trade:
        closed = _listed([names[0][economy] for economy in blocked.without_trade])
        return (
            "no balance",
            f"{closed} may trade with nobody and yet keeps a trade imbalance; choose imbalances=removed, or "
            "leave some trade open",
        )
    state, found, last = tried.state, tried.found, tried.last
    residual, passes = float(found.residual), int(found.passes)
    if residual <= tolerance and float(found.step) <= tolerance:
        return "solved", f"solved in {passes} passes; every market clears to {residual:.1e}"
    labour, goods = np.asarray(last.excess.labour), np.asarray(last.excess.goods)
    (economy,), (buyer, sector) = _worst(labour), _worst(goods)
    gaps = {
        f"the labour market of {names[0][economy]}": float(labour[economy]),
        f"the market for {names[1][sector]} in {names[0][buyer]}": float(goods[buyer, sector]),
    }
    market = max(gaps, key=lambda key: np.inf if np.isnan(gaps[key]) else abs(gaps[key]))
    if not np.isfinite(residual) or not all(bool(jnp.isfinite(part).all()) for part in state):
        return "not a number", f"no finite answer after {passes} passes: {market} fails first; {_CURE}"
    return (
        "not converged",
        f"stopped after {passes} passes: {market} misses clearing by {abs(gaps[market]):.1e} "
        f"(wanted {tolerance:.0e}); {_CURE}",
    )


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more


def _worst(gap: np.ndarray) -> tuple[int, ...]:
    """Place of the largest or first undefined entry."""
    size = np.where(np.isnan(gap), np.inf, np.abs(gap))
    return tuple(int(index) for index in np.unravel_index(int(size.argmax()), gap.shape))
