"""What each piece of a flow pays, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from detente.policy.compiler.pieces import membership
from detente.policy.compiler.plan import Plan
from detente.policy.compiler.stacking import Schedule

__all__ = ["Charges", "charges_of", "flow_numbers", "tariff_factors"]

FloatArray = Float[np.ndarray, "piece"]


@dataclass(frozen=True, eq=False)
class Charges:
    """What each of a plan's pieces pays.

    Attributes:
        flow: number of each piece's flow, see `flow_numbers`, (piece,).
        replaced: whether the measures that the baseline holds on it give way to the scenario's, (piece,).
        charged: number of the set of the scenario's measures that is charged, (piece,).
        schedules: of each of these sets, without what limits say beyond a quota.
        effective: whether each measure of `Plan.own`, in its order, is in each set, (set, measure).
        ordinary: the ordinary tariff, as a fraction, (piece,).
        scale: factor on the rates of measures that the baseline holds, before and, of those that the scenario
            leaves as they are, after; 1 where the baseline's duties allow for them.
        before, after: 1 + tariff in the baseline and under the scenario, (piece,).
        export_factor, cost_factor: see `Varieties`, (piece,).
        lifted: flows where a ban that the baseline holds is lifted, to no effect, (piece,).
    """

    flow: Int[np.ndarray, "piece"]
    replaced: Bool[np.ndarray, "piece"]
    charged: Int[np.ndarray, "piece"]
    schedules: tuple[Schedule, ...]
    effective: Bool[np.ndarray, "set measure"]
    ordinary: FloatArray
    scale: FloatArray
    before: FloatArray
    after: FloatArray
    export_factor: FloatArray
    cost_factor: FloatArray
    lifted: Bool[np.ndarray, "piece"]

    def has(self, measure: int) -> Bool[np.ndarray, "piece"]:
        """Whether a measure, by its place in `Plan.own`, is charged on each piece."""
        found: np.ndarray = self.effective[:, measure][self.charged]
        return found


def flow_numbers(plan: Plan) -> Int[np.ndarray, "piece"]:
    """Each piece's flow as one number: its place in an array (sector, importer, exporter)."""
    pieces = plan.pieces
    return np.ravel_multi_index((pieces.sector, pieces.importer, pieces.exporter), plan.world.flows.shape)


def charges_of(plan: Plan) -> Charges:
    """What each piece pays.

    Where a scenario starts from the registry and the world's tariffs hold an importer's measures, the pieces
    of a flow pay in the baseline one ordinary rate plus those measures, with the ordinary rate at which the
    flow's average is the world's own; if the measures alone exceed it, the ordinary rate is zero and they
    are all scaled down by one factor, before and after. Everywhere else all pieces pay the world's tariff.
    """
    pieces, world = plan.pieces, plan.world
    flow = flow_numbers(plan)
    tariff = world.tariff_factor.reshape(-1)[flow]
    replaced = plan.replaced[pieces.importer, pieces.exporter]
    known = frozenset(measure.id for measure in plan.held.values())
    charged, sets = _numbered(plan, plan.charged)
    held, sets_before = _numbered(plan, plan.charged_before)
    own, baseline = plan.rules
    schedules = tuple(Schedule(own.members(mask), scaled=plan.kept) for mask in sets)
    before_schedules = tuple(Schedule(baseline.members(mask), scaled=known) for mask in sets_before)
    rates = {name: table[pieces.sector, pieces.exporter] for name, table in plan.carbon.items()}
    held = np.where(replaced, held, 0)
    ordinary, scale = tariff - 1.0, np.ones_like(tariff)
    before = tariff.copy()
    if replaced.any():
        at = np.flatnonzero(replaced)
        there = {name: rate[at] for name, rate in rates.items()}

        def factors(ordinary: FloatArray, scale: FloatArray) -> FloatArray:
            return tariff_factors(held[at], before_schedules, ordinary, scale, there)

        ordinary[at], scale[at] = _calibrated(flow[at], pieces.share[at], ordinary[at], factors)
        before[at] = factors(ordinary[at], scale[at])
    after = tariff_factors(charged, schedules, ordinary, scale, rates)
    export, cost = _side(schedules, charged)
    export_before, cost_before = _side(before_schedules, held)
    lifted = np.isinf(cost_before) & ~np.isinf(cost)
    with np.errstate(invalid="ignore"):
        cost = np.where(cost == cost_before, 1.0, np.where(lifted, 1.0, cost / cost_before))
    return Charges(
        flow=flow,
        replaced=replaced,
        charged=charged,
        schedules=schedules,
        effective=membership(sets, len(plan.own)),
        ordinary=ordinary,
        scale=scale,
        before=before,
        after=after,
        export_factor=export / export_before,
        cost_factor=cost,
        lifted=lifted,
    )


def _numbered(plan: Plan, charged: Callable[[int], int]) -> tuple[Int[np.ndarray, "piece"], tuple[int, ...]]:
    """The number of the set that is charged on each piece, and the sets; the empty one is number 0."""
    number = {0: 0}
    of_set = [number.setdefault(charged(mask), len(number)) for mask in plan.pieces.sets]
    return np.array(of_set or [0], dtype=np.int64)[plan.pieces.held], tuple(number)


def _side(schedules: tuple[Schedule, ...], which: Int[np.ndarray, "piece"]) -> tuple[FloatArray, FloatArray]:
    """Export and cost factors."""
    export = np.array([schedule.export_factor for schedule in schedules])
    cost = np.array([schedule.cost_factor for schedule in schedules])
    return export[which], cost[which]


def tariff_factors(
    which: Int[np.ndarray, "piece"],
    schedules: tuple[Schedule, ...],
    ordinary: FloatArray,
    scale: FloatArray,
    rates: Mapping[str, FloatArray],
) -> FloatArray:
    """1 + tariff of each piece by its schedule; most only add numbers to the ordinary tariff."""
    simple = np.array([s.linear and not any(m.id in rates for m in s.effective) for s in schedules])
    sums = [_sums(schedule) if easy else (0.0, 0.0) for schedule, easy in zip(schedules, simple, strict=True)]
    plain, scaled = np.array(sums).T
    factor = 1.0 + (ordinary + scaled[which] * scale + plain[which])
    hard = ~simple[which]
    for number in np.unique(which[hard]).tolist():
        at = which == number
        own = {name: rate[at] for name, rate in rates.items()}
        factor[at] = schedules[number].tariff_factor(ordinary[at], scale[at], own)
    return np.asarray(factor)


def _sums(schedule: Schedule) -> tuple[float, float]:
    """Rates added in full, and rates that are scaled."""
    plain = sum(rate for measure, rate in schedule.added if measure.id not in schedule.scaled)
    return plain, sum(rate for measure, rate in schedule.added if measure.id in schedule.scaled)


def _calibrated(
    flow: Int[np.ndarray, "piece"],
    share: FloatArray,
    tariff: FloatArray,
    factors: Callable[[FloatArray, FloatArray], FloatArray],
) -> tuple[FloatArray, FloatArray]:
    """Ordinary rate, and scale of the baseline's measures, at which each flow's average duty is the world's.

    Both are values of one number: from 0 to 1 it is the scale, with an ordinary rate of zero; beyond 1 what
    exceeds 1 is the ordinary rate. The average duty rises with it: in two straight pieces where measures only
    add to the ordinary rate, so that it can be written down; where a cap or a floor bends it, by halving.
    """
    first, where = np.unique(flow, return_index=True, return_inverse=True)[1:]
    wanted, rest = tariff[first], 1.0 - np.bincount(where, share)

    def average(path: FloatArray) -> FloatArray:
        ordinary, scale = np.maximum(path - 1.0, 0.0), np.minimum(path, 1.0)
        duty = factors(ordinary[where], scale[where]) - 1.0
        found: FloatArray = np.bincount(where, share * duty) + rest * ordinary
        return found

    whole = average(np.ones(first.size))
    path = np.where(whole <= wanted, 1.0 + (wanted - whole), wanted / np.where(whole > 0.0, whole, 1.0))
    bent = np.abs(average(path) - wanted) > 1e-13
    if bent.any():
        low, high = np.zeros(first.size), 2.0 + wanted
        for _ in range(60):
            middle = (low + high) / 2.0
            above = average(middle) > wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        path = np.where(bent, low, path)
    return np.maximum(path - 1.0, 0.0)[where], np.minimum(path, 1.0)[where]
