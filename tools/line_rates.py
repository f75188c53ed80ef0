"""Rates of duty by tariff line, worked out apart from `detente.policy`: a second opinion on its stacking.

For checks only. A line is cut into slices by the shares of its value that measures hold (a measure that holds
half of it holds the first half), and each slice into goods that claim a preference and goods that do not. On
each piece a measure is charged unless another that it yields to is charged there, or an exemption applies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np
from jaxtyping import Bool, Float

from detente.policy.compiler.products import goods_sectors
from detente.policy.groups import group_members
from detente.policy.measure import Measure
from detente.policy.registry import product_list, registry
from detente.world import load_world, match_economy
from detente.world.concordance import hs_sectors
from detente.world.tariff_lines import tariff_lines

__all__ = ["LineRates", "measures_on"]

Lines = Float[np.ndarray, "line"]
Flags = Bool[np.ndarray, "line"]
IMPORTER = "USA"
PREFERENCE = "usmca"
# Anti-dumping duties are no part of the duties that customs calculate, nor of the tracker.
CHARGED = ("surcharge", "floor")
FREEING = ("exemption", "suspension")
INCLUDED = date(2024, 7, 1)


@cache
def _codes(name: str) -> frozenset[str]:
    members = group_members(name)
    if members:
        return frozenset({*members, "EU27"}) if "DEU" in members else frozenset(members)
    return frozenset({match_economy(name, load_world("world-2022").economies)})


def _among(code: str, names: Iterable[str]) -> bool:
    return any(code in _codes(name) for name in names)


def measures_on(day: date, exporter: str) -> tuple[Measure, ...]:
    """Duties and exemptions of the United States in force on a day on goods of an exporter."""
    return tuple(
        measure
        for measure in registry().on(day)
        if measure.kind in (*CHARGED, *FREEING)
        and (measure.importers == ("all",) or _among(IMPORTER, measure.importers))
        and (measure.exporters == ("all",) or _among(exporter, measure.exporters))
        and not _among(exporter, measure.spared)
    )


@dataclass(frozen=True)
class LineRates:
    """Rates of one exporter's lines.

    Attributes:
        exporter: ISO 3166 alpha-3 code, or "EU27".
    """

    exporter: str

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Tariff lines, ten digits."""
        lines = tariff_lines(IMPORTER, self.exporter)
        assert lines is not None
        return lines.codes

    @cached_property
    def value(self) -> Lines:
        """Customs value, (line,), USD."""
        lines = tariff_lines(IMPORTER, self.exporter)
        assert lines is not None
        return lines.value.astype(float)

    @cached_property
    def duty(self) -> Lines:
        """Duty calculated, (line,), USD."""
        lines = tariff_lines(IMPORTER, self.exporter)
        assert lines is not None
        return lines.duty.astype(float)

    @cached_property
    def _named(self) -> dict[str, Lines]:
        return {}

    def on(self, codes: Iterable[str]) -> Flags:
        """Which lines begin with one of the codes."""
        start = tuple(codes)
        return np.array([code.startswith(start) for code in self.codes])

    def listed(self, name: str) -> Lines:
        """Share of each line that a list (or a code) holds."""
        if name not in self._named:
            pairs = ((name, 1.0),) if name[0].isdigit() else product_list(name)
            self._named[name] = self._shares(pairs)
        return self._named[name]

    def _shares(self, pairs: Iterable[tuple[str, float]]) -> Lines:
        found = np.zeros(len(self.codes))
        pairs = tuple(pairs)
        for length in sorted({len(code) for code, _ in pairs}):
            table = {code: share for code, share in pairs if len(code) == length}
            found = np.maximum(found, [table.get(code[:length], 0.0) for code in self.codes])
        return found

    def covered(self, measure: Measure) -> Lines:
        """Share of each line that a measure holds; lines that no sector of goods makes belong to none."""
        world = load_world("world-2022")
        goods = {world.sectors[index] for index in goods_sectors(world)}
        made = {code for code, sector in hs_sectors(world.classification).items() if sector in goods}
        found = np.zeros(len(self.codes))
        if measure.sectors:
            assert measure.sectors == ("goods",), f"{measure.id} names sectors"
            found = np.array([float(code[:6] in made) for code in self.codes])
        for name in measure.lists:
            found = np.maximum(found, self.listed(name))
        if measure.hs:
            found = np.maximum(found, self._shares(measure.hs))
        for name in measure.excluded:
            found = np.where(self.listed(name) > 0.0, 0.0, found)
        return found

    def total(self, measures: Sequence[Measure], day: date, ordinary: Lines) -> Lines:
        """Ordinary and additional rate of each line, (line,), a fraction."""
        lines = tariff_lines(IMPORTER, self.exporter)
        assert lines is not None
        claims = lines.claimed(PREFERENCE, day)
        covered = {measure.id: self.covered(measure) for measure in measures}
        cuts = sorted(
            {1.0, *(share for shares in covered.values() for share in np.unique(shares[shares > 0]))}
        )
        rates, below = np.zeros(len(self.codes)), 0.0
        for cut in cuts:
            for claimed, weight in ((True, claims), (False, 1.0 - claims)):
                holds = {
                    measure.id: (covered[measure.id] > below) & (not (claimed and measure.preference))
                    for measure in measures
                }
                rates += weight * (cut - below) * _piece(measures, holds, ordinary)
            below = cut
        return rates

    @cached_property
    def ordinary(self) -> Lines:
        """Rate of each line in 2024 less the measures that were in it, not below zero, (line,)."""
        nothing = np.zeros(len(self.codes))
        included = self.total(measures_on(INCLUDED, self.exporter), INCLUDED, nothing)
        paid = np.divide(self.duty, self.value, out=nothing.copy(), where=self.value > 0)
        return np.maximum(paid - included, 0.0)

    def added(self, day: date) -> Lines:
        """Rate of each line on a day less that on 1 July 2024, (line,), a fraction."""
        return self._on(day) - self._on(INCLUDED)

    def _on(self, day: date) -> Lines:
        return self.total(measures_on(day, self.exporter), day, self.ordinary)

    def average(self, rates: Lines, where: Flags | None = None) -> float:
        """Points that rates of some lines add to the average rate on all imports, percent."""
        chosen = np.ones(len(self.codes), bool) if where is None else where
        return float(100.0 * (rates * self.value)[chosen].sum() / self.value.sum())


def _piece(measures: Sequence[Measure], holds: Mapping[str, Flags], ordinary: Lines) -> Lines:
    charged = _charged(measures, holds)
    lowest, added = np.zeros(len(ordinary)), np.zeros(len(ordinary))
    for measure in measures:
        if measure.kind == "floor":
            lowest = np.maximum(lowest, np.where(charged[measure.id], measure.rate, 0.0))
        elif measure.kind == "surcharge":
            added += np.where(charged[measure.id], measure.rate, 0.0)
    return np.maximum(ordinary, lowest) + added


def _charged(measures: Sequence[Measure], holds: Mapping[str, Flags]) -> dict[str, Flags]:
    """Where each duty is charged: where it holds, no exemption frees it, and none it yields to is charged."""
    duties = [measure for measure in measures if measure.kind in CHARGED]
    named: dict[str, set[str]] = {}
    for measure in duties:
        for name in {measure.id, measure.programme} - {""}:
            named.setdefault(name, set()).add(measure.id)
    left = {m.id: {i for name in m.yields_to for i in named.get(name, ())} - {m.id} for m in duties}
    able = {measure.id: holds[measure.id].copy() for measure in duties}
    for measure in measures:
        if measure.kind in FREEING:
            for name in measure.of:
                for duty in named.get(name, ()):
                    able[duty] &= ~holds[measure.id]
    found: dict[str, Flags] = {}
    while left:
        for duty in [name for name, above in left.items() if not above & left.keys()]:
            before = left.pop(duty)
            found[duty] = able[duty] & ~np.any([found[name] for name in before] or [False], axis=0)
    return found
