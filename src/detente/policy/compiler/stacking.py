"""Which of the measures that meet on the same goods are charged, and what they then add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.errors import BadInput, Problem
from detente.policy.measure import Measure

__all__ = ["ADDED", "LIFTING", "Rules", "Schedule", "Treatment", "charged", "treatment"]

# Kinds whose rate comes on top of the ordinary tariff.
ADDED = frozenset({"surcharge", "anti-dumping", "countervailing", "deposit", "carbon-border-charge"})
# Kinds that keep others from being charged.
LIFTING = frozenset({"exemption", "suspension"})
_QUOTAS = frozenset({"tariff-rate-quota", "import-quota"})
_BANS = frozenset({"import-ban", "export-ban", "embargo"})
Rate = Float[np.ndarray, "piece"]


class Rules:
    """What yields to what among some measures; a set of measures is a mask, bit k for measure k.

    Args:
        measures: in any order; their ids are unique.

    Raises:
        BadInput: measures that yield to one another in a circle.
    """

    def __init__(self, measures: Sequence[Measure]) -> None:
        self.measures = tuple(measures)
        self._places: dict[int, tuple[int, ...]] = {}
        self._blockers = [self._blockers_of(measure) for measure in self.measures]
        self._order = self._sorted()

    def _blockers_of(self, measure: Measure) -> int:
        """What keeps a measure from being charged: what it yields to, and exemptions from it."""
        # A programme in `of` or `yields_to` stands for its duties: what lifts or caps them is not charged.
        lifting = measure.kind in LIFTING
        names = {measure.id} if lifting else {measure.id, measure.programme} - {""}
        mask = 0
        for bit, other in enumerate(self.measures):
            if other is measure:
                continue
            duty = other.kind not in LIFTING and other.kind != "cap"
            named = {other.id, other.programme} if duty else {other.id}
            yields = named & (set(measure.yields_to) - {""})
            lifted = other.kind in LIFTING and names & set(other.of)
            mask |= (1 << bit) if yields or lifted else 0
        return mask

    def _sorted(self) -> tuple[int, ...]:
        """Measures that something can block, each after what blocks it."""
        done = {bit for bit, blockers in enumerate(self._blockers) if not blockers}
        left = [bit for bit, blockers in enumerate(self._blockers) if blockers]
        order: list[int] = []
        ready_mask = sum(1 << bit for bit in done)
        while left:
            ready = [bit for bit in left if not self._blockers[bit] & ~ready_mask]
            if not ready:
                raise BadInput(self._circle(left))
            order += ready
            ready_mask |= sum(1 << bit for bit in ready)
            left = [bit for bit in left if not ready_mask >> bit & 1]
        return tuple(order)

    def _circle(self, left: Sequence[int]) -> Problem:
        """The problem of measures none of which can be decided first."""
        path = [left[0]]
        while True:
            path.append(next(bit for bit in left if self._blockers[path[-1]] >> bit & 1))
            if path[-1] in path[:-1]:
                break
        circle = path[path.index(path[-1]) :]
        first = self.measures[circle[0]]
        names = " yields to ".join(self.measures[bit].id for bit in circle)
        message = f"measures yield to one another in a circle: {names}"
        return first.place.problem("yields_to", message, "take one of them out of yields_to")

    def charged(self, mask: int) -> int:
        """The measures of a set that are charged where all of the set meet."""
        effective = mask
        for bit in self._order:
            if mask >> bit & 1 and self._blockers[bit] & effective:
                effective &= ~(1 << bit)
        return effective

    def blocking(self, measure: int, effective: int) -> tuple[Measure, ...]:
        """What keeps a measure, by its place, from being charged where a set of measures is."""
        return self.members(self._blockers[measure] & effective)

    def lifts(self, measure: int, mask: int) -> bool:
        """Whether a measure, by its place, is an exemption or suspension of one of a set."""
        return self.measures[measure].kind in LIFTING and any(
            mask >> bit & 1 and blockers >> measure & 1 for bit, blockers in enumerate(self._blockers)
        )

    def members(self, mask: int) -> tuple[Measure, ...]:
        """The measures of a set."""
        if mask not in self._places:
            self._places[mask] = tuple(bit for bit in range(mask.bit_length()) if mask >> bit & 1)
        return tuple(self.measures[bit] for bit in self._places[mask])


def charged(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """The measures that are charged on goods that all of them hit, by id.

    A measure is charged unless one that it yields to, by id or programme, is charged there, or an exemption
    or suspension that names it applies there. Their order has no effect.

    Raises:
        BadInput: measures that yield to one another in a circle.

    Examples:
        >>> steel = Measure("steel", "surcharge", ("USA",), ("CAN",), rate=0.5, programme="us-232-metals")
        >>> fentanyl = Measure("all", "surcharge", ("USA",), ("CAN",), yields_to=("us-232-metals",))
        >>> [measure.id for measure in charged([fentanyl, steel])]
        ['steel']
    """
    rules = Rules(sorted(measures, key=lambda measure: measure.id))
    return rules.members(rules.charged((1 << len(rules.measures)) - 1))


class Treatment(NamedTuple):
    """What goods pay.

    Attributes:
        tariff: ad valorem, as a fraction; below zero where a rebate exceeds it.
        export_factor: 1 + export tax.
        cost_factor: change of the trade cost, new over old; infinite for what may not be traded.
        banned: whether it may not be traded.
    """

    tariff: float
    export_factor: float
    cost_factor: float
    banned: bool


def treatment(effective: Iterable[Measure], ordinary_rate: float) -> Treatment:
    """What goods pay on which some measures are charged.

    The ordinary tariff, or the highest `tariff` in its place; raised to the highest `floor`; plus surcharges
    and duties against dumping and subsidies; lowered by every `cap`; the price with that duty lowered by
    rebates. Duties within a quota count, not those beyond. Export taxes add up; changes of cost multiply.

    Args:
        effective: as `charged` returns them.
        ordinary_rate: the tariff that the goods pay without any of them, as a fraction.

    Examples:
        >>> duty = Measure("duty", "tariff", ("CAN",), ("CHN",), rate=0.06)
        >>> extra = Measure("extra", "surcharge", ("CAN",), ("CHN",), rate=1.0)
        >>> round(treatment([extra, duty], 0.1).tariff, 3)
        1.06
        >>> cap = Measure("cap", "cap", ("CAN",), ("CHN",), rate=0.15)
        >>> round(treatment([extra, duty, cap], 0.1).tariff, 3)
        0.15
    """
    schedule = Schedule(tuple(effective))
    tariff = float(schedule.tariff_factor(np.array([ordinary_rate]))[0]) - 1.0
    cost = schedule.cost_factor
    return Treatment(tariff, schedule.export_factor, cost, bool(np.isinf(cost)))


@dataclass(frozen=True)
class Schedule:
    """The duties of a set of effective measures, as a function of the ordinary tariff.

    Attributes:
        effective: the measures that are charged.
        beyond: ids of tariff-rate quotas whose duty beyond the quota counts.
        scaled: ids of measures whose rates are multiplied by `scale`: those that the baseline holds, where
            the world's duties are less than they would collect in full.
    """

    effective: tuple[Measure, ...]
    beyond: frozenset[str] = frozenset()
    scaled: frozenset[str] = frozenset()

    def _of(self, kinds: Iterable[str]) -> list[Measure]:
        return sorted((m for m in self.effective if m.kind in kinds), key=lambda m: m.id)

    def _within(self, measure: Measure) -> float:
        over = measure.over_rate if measure.id in self.beyond else None
        return measure.rate if over is None else over

    @cached_property
    def replacing(self) -> list[tuple[Measure, float]]:
        """Measures in place of the ordinary tariff, with their rates."""
        quotas = [m for m in self._of(_QUOTAS) if m.basis == "total"]
        return [(m, self._within(m)) for m in (*self._of(("tariff",)), *quotas)]

    @cached_property
    def added(self) -> list[tuple[Measure, float]]:
        """Measures on top of the ordinary tariff, with their rates."""
        quotas = [m for m in self._of(_QUOTAS) if m.basis != "total"]
        return [(m, self._within(m)) for m in (*self._of(ADDED), *quotas)]

    @cached_property
    def linear(self) -> bool:
        """Whether the rate is the ordinary tariff plus a number."""
        return not (self.replacing or self._of(("floor", "cap", "purchase-rebate")))

    @cached_property
    def export_factor(self) -> float:
        """1 + export taxes."""
        return 1.0 + sum(m.rate for m in self._of(("export-tax",)))

    @cached_property
    def cost_factor(self) -> float:
        """Change of the trade cost; infinite under a ban."""
        if self._of(_BANS):
            return float("inf")
        return float(np.prod([1.0 + m.rate for m in self._of(("export-control", "trade-cost"))]))

    @cached_property
    def rebate_factor(self) -> float:
        """Part of the price that buyers still pay after rebates."""
        return float(np.prod([1.0 - m.rate for m in self._of(("purchase-rebate",))]))

    def tariff_factor(
        self, ordinary: Rate, scale: Rate | float = 1.0, rates: Mapping[str, Rate] | None = None
    ) -> Rate:
        """1 + tariff, after rebates, (piece,).

        Args:
            ordinary: the ordinary tariff of each piece, as a fraction.
            scale: factor on the rates of `scaled` measures, (piece,).
            rates: rates that differ by piece, by id of the measure.
        """
        base = self._base(ordinary, scale)
        total = base
        for _, rate in self._charges(base, scale, rates or {}):
            total = total + rate
        for cap in self._of(("cap",)):
            if not cap.of:
                total = np.minimum(total, cap.rate)
        return np.asarray((1.0 + total) * self.rebate_factor)

    def points(
        self, ordinary: Rate, scale: Rate | float = 1.0, rates: Mapping[str, Rate] | None = None
    ) -> dict[str, Rate]:
        """What each measure adds to the tariff, as a fraction, by id; with `ordinary` they add up to it."""
        base = self._base(ordinary, scale)
        found: dict[str, Rate] = self._lifting(base, ordinary, scale)
        total = base
        for measure, rate in self._charges(base, scale, rates or {}):
            found[measure.id] = found.get(measure.id, np.zeros_like(base)) + rate
            total = total + rate
        ceilings = [cap for cap in self._of(("cap",)) if not cap.of]
        if ceilings:
            lowest = min(ceilings, key=lambda cap: (cap.rate, cap.id))
            found[lowest.id] = np.minimum(total, lowest.rate) - total
            total = total + found[lowest.id]
        logs = {m.id: np.log1p(-m.rate) for m in self._of(("purchase-rebate",)) if m.rate > 0.0}
        for name, part in logs.items():
            found[name] = (1.0 + total) * (self.rebate_factor - 1.0) * part / sum(logs.values())
        return found

    def _scale(self, measure: Measure, scale: Rate | float) -> Rate | float:
        return scale if measure.id in self.scaled else 1.0

    def _base(self, ordinary: Rate, scale: Rate | float) -> Rate:
        base = np.asarray(ordinary, dtype=np.float64)
        if self.replacing:
            base = np.max([self._kept(m, rate, base, scale) for m, rate in self.replacing], axis=0)
        for floor in self._of(("floor",)):
            base = np.maximum(base, self._kept(floor, floor.rate, np.asarray(ordinary), scale))
        return np.asarray(base)

    def _kept(self, measure: Measure, rate: float, ordinary: Rate, scale: Rate | float) -> Rate:
        """A rate in place of the ordinary tariff, where it exceeds this lowered to the caps that name it."""
        kept = np.broadcast_to(rate * self._scale(measure, scale), ordinary.shape)
        for cap in self._of(("cap",)):
            if {measure.id, measure.programme} & set(cap.of):
                kept = np.minimum(kept, np.maximum(cap.rate, ordinary))
        return kept

    def _lifting(self, base: Rate, ordinary: Rate, scale: Rate | float) -> dict[str, Rate]:
        """What the base adds to the ordinary tariff, by id of the measure that decides it."""
        deciding = [*self.replacing, *((m, m.rate) for m in self._of(("floor",)))]
        if not deciding:
            return {}
        deciding.sort(key=lambda item: item[0].id)
        highest = np.argmax([self._kept(m, rate, ordinary, scale) for m, rate in deciding], axis=0)
        return {m.id: np.where(highest == k, base - ordinary, 0.0) for k, (m, _) in enumerate(deciding)}

    def _charges(
        self, base: Rate, scale: Rate | float, rates: Mapping[str, Rate]
    ) -> list[tuple[Measure, Rate]]:
        """Added duties, those of a cap's programmes lowered until they and the base keep to the cap.

        A cap that names programmes limits what they add, also by a `tariff`, a `floor` or a quota in place of
        the ordinary tariff (see `_kept`); the ordinary tariff is never lowered by it.
        """
        full = {m.id: rates.get(m.id, rate) * self._scale(m, scale) for m, rate in self.added}
        factor = {m.id: np.ones_like(base) for m, _ in self.added}
        for cap in self._of(("cap",)):
            names = [m.id for m, _ in self.added if {m.id, m.programme} & set(cap.of)]
            together = sum((np.asarray(full[name]) for name in names), np.zeros_like(base))
            room = np.maximum(cap.rate - base, 0.0)
            kept = np.divide(room, together, out=np.ones_like(base), where=together > room)
            for name in names:
                factor[name] = np.minimum(factor[name], kept)
        return [(m, np.asarray(full[m.id] * factor[m.id])) for m, _ in self.added]
