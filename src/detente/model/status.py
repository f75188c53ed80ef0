"""How a run of the solver went, as a sentence a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from detente.model.baseline import Baseline
from detente.model.continuation import Attempt
from detente.model.system import Excess, Pass
from detente.model.theory import Imbalances
from detente.model.weights import Weights

__all__ = ["Obstacles", "Status", "judge", "obstacles"]

Status = Literal["solved", "not converged", "not a number", "no source", "no balance", "no income"]
# Markets named in a message before it says how many more there are.
_NAMED = 3
# A trade imbalance below this share of wage income is rounding.
_BALANCED = 1e-9
# A value before duty above that with duty by a smaller share is rounding.
_ROUNDING = 1e-9
_CURE = (
    "usual cures: check the measure with the largest rate, use smaller trade elasticities, raise "
    "max_passes, or choose imbalances=removed (a deficit cannot stay when trade nearly ends)"
)
# Economies of scale over substitution beyond which production may leave an economy altogether.
_NEAR_CORNERS = 0.9
_CURE_SPENDING = "; or lower the subsidies, rebates and purchase commitments, which all must be paid for"


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
        buyer, sector, part = (np.asarray(x) for x in (limits.buyer, limits.sector, limits.weight))
        np.add.at(reached, (buyer, sector), part)
        np.add.at(sold, (buyer, np.asarray(limits.exporter)), part)
    gone = (np.asarray(base.spending) > 0.0) & (reached == 0.0)
    sold = sold.reshape(-1, sold.shape[1], sold.shape[1]).sum(axis=0)
    gone = gone.reshape(-1, len(sold), gone.shape[1]).any(axis=0)
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
    weights: Weights,
    returns: np.ndarray | None = None,
) -> tuple[Status, str]:
    """A status, and a sentence a person can act on.

    Args:
        tried: the last run.
        tolerance: what residual and step must not exceed.
        names: of economies and of sectors.
        blocked: why no equilibrium can exist, see `obstacles`.
        weights: the shock that was to be solved.
        returns: scale elasticity times trade elasticity, (sector,), where there are economies of scale.
    """
    if any(blocked):
        return _impossible(blocked, names)
    found = tried.found
    residual, passes = float(found.residual), int(found.passes)
    if residual <= tolerance and float(found.step) <= tolerance:
        if _poor(tried.last):
            return "no income", _no_income(tried.last, names[0])
        return "solved", f"solved in {passes} passes; every market clears to {residual:.1e}"
    market, gap = _worst_market(tried.last.excess, names)
    poor = _listed([names[0][at] for at in _poor(tried.last)])
    cure = f"{f'nothing is left to spend there in {poor}; ' if poor else ''}{_CURE}"
    cure += _CURE_SPENDING if _spends(weights) else ""
    cure += _corners(returns)
    if not np.isfinite(residual):
        at = f"at the last usable pass {market} misses clearing most" if market else "no market can be named"
        return "not a number", f"no finite answer after {passes} passes; {at}; {cure}"
    return (
        "not converged",
        f"stopped after {passes} passes: {market} misses clearing by {gap:.1e} "
        f"(wanted {tolerance:.0e}); {cure}",
    )


def _corners(returns: np.ndarray | None) -> str:
    """Why economies of scale may leave nothing to find, and what to do; empty where they are small."""
    if returns is None or float(returns.max()) < _NEAR_CORNERS:
        return ""
    return (
        "; economies of scale are nearly as strong as buyers' substitution (scale times trade elasticity up "
        f"to {float(returns.max()):.2g}), so that production of a sector may leave an economy altogether: "
        "use a world with fewer economies (--aggregate focus) or sectors, inputs=none, or market=external "
        "with smaller scale elasticities"
    )


def _impossible(blocked: Obstacles, names: tuple[Sequence[str], Sequence[str]]) -> tuple[Status, str]:
    if blocked.without_source:
        markets = [f"{names[1][sector]} in {names[0][economy]}" for economy, sector in blocked.without_source]
        return (
            "no source",
            f"buyers are left without any source of {_listed(markets)}: the bans, embargoes and quotas of "
            "zero together cut off all that sell it there; leave one source open, or lower the share covered",
        )
    closed = _listed([names[0][economy] for economy in blocked.without_trade])
    return (
        "no balance",
        f"{closed} may trade with nobody and yet keeps a trade imbalance; choose imbalances=removed, or "
        "leave some trade open",
    )


def _poor(last: Pass) -> list[int]:
    """Economies without income."""
    return [int(at) for at in np.flatnonzero(np.asarray(last.earned) <= 0.0)]


def _no_income(last: Pass, economies: Sequence[str]) -> str:
    income, imbalance, poor = np.asarray(last.earned), np.asarray(last.imbalance), _poor(last)
    said = _listed([f"{economies[at]} (income of USD {income[at]:,.0f} million a year)" for at in poor])
    surplus = bool((imbalance[poor] < 0.0).any())
    return (
        f"nothing is left to spend in {said}: subsidies, rebates and purchase commitments"
        f"{', with the trade surplus that is kept,' if surplus else ''} cost more than the economy earns; "
        "usual cures: lower their rates and sizes, or the share covered"
        f"{', or choose imbalances=removed' if surplus else ''}"
    )


def _spends(weights: Weights) -> bool:
    """Whether governments pay for any of it: subsidies, rebates (tariffs below zero) or commitments."""
    subsidies = (weights.production_subsidy, weights.consumption_subsidy)
    if any(bool((np.asarray(part) > 0.0).any()) for part in subsidies if part is not None):
        return True
    limits = weights.limits
    if limits is not None and bool(
        (np.asarray(limits.lowest) < 0.0).any() or (np.asarray(limits.tariff_factor) < 1.0).any()
    ):
        return True
    return bool((np.asarray(weights.duty_free) > (1.0 + _ROUNDING) * np.asarray(weights.weight)).any())


def _worst_market(excess: Excess, names: tuple[Sequence[str], Sequence[str]]) -> tuple[str | None, float]:
    """The market that misses clearing by most, and by how much; None where no gap is known."""
    labour, goods = np.abs(np.asarray(excess.labour)), np.abs(np.asarray(excess.goods))
    known = [np.where(np.isfinite(gap), gap, -1.0) for gap in (labour, goods)]
    if max(gap.max() for gap in known) < 0.0:
        return None, np.nan
    if known[0].max() >= known[1].max():
        economy = int(known[0].argmax())
        return f"the labour market of {names[0][economy]}", float(labour[economy])
    buyer, sector = (int(index) for index in np.unravel_index(int(known[1].argmax()), goods.shape))
    return f"the market for {names[1][sector]} in {names[0][buyer]}", float(goods[buyer, sector])


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more
