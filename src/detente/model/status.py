"""How a run of the solver went, as a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np

from detente.model.baseline import Baseline
from detente.model.continuation import Attempt
from detente.model.weights import Weights

__all__ = ["Status", "judge", "without_source"]

Status = Literal["solved", "not converged", "not a number", "no source"]
# Markets named in a message before it says how many more there are.
_NAMED = 3
_CURE = (
    "usual cures: check the measure with the largest rate, use smaller trade elasticities, raise "
    "max_passes, or choose imbalances=removed (a deficit cannot stay when trade nearly ends)"
)


def without_source(base: Baseline, weights: Weights) -> tuple[tuple[int, int], ...]:
    """Every (economy, sector) that is bought in the baseline and that nobody may sell any more."""
    reached = np.asarray(weights.weight).sum(axis=2).T.copy()
    limits = weights.limits
    if limits is not None:
        np.add.at(
            reached, (np.asarray(limits.importer), np.asarray(limits.sector)), np.asarray(limits.weight)
        )
    gone = (np.asarray(base.spending) > 0.0) & (reached == 0.0)
    return tuple((int(economy), int(sector)) for economy, sector in np.argwhere(gone))


def judge(
    tried: Attempt,
    tolerance: float,
    names: tuple[Sequence[str], Sequence[str]],
    cut_off: tuple[tuple[int, int], ...],
) -> tuple[Status, str]:
    """A status, and a sentence a person can act on.

    Args:
        tried: the last run.
        tolerance: what residual and step must not exceed.
        names: of economies and of sectors.
        cut_off: what has no source, see `without_source`.
    """
    if cut_off:
        markets = [f"{names[1][sector]} in {names[0][economy]}" for economy, sector in cut_off]
        shown = ", ".join(markets[:_NAMED])
        more = f" and {len(markets) - _NAMED} more" if len(markets) > _NAMED else ""
        return (
            "no source",
            f"buyers are left without any source of {shown}{more}: the bans, embargoes and quotas of zero "
            "together cut off all that sell it there; leave one source open, or lower the share covered",
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


def _worst(gap: np.ndarray) -> tuple[int, ...]:
    """Place of the largest or first undefined entry."""
    size = np.where(np.isnan(gap), np.inf, np.abs(gap))
    return tuple(int(index) for index in np.unravel_index(int(size.argmax()), gap.shape))
