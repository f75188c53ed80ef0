"""Duties of the registry that were in force in a world's year and that its sources of tariffs leave out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from detente.errors import BadInput
from detente.policy import Measure, Scenario, compile_scenario
from detente.policy.compiler.compile import added_duty
from detente.policy.registry import registry
from detente.world import World

__all__ = ["layer_sentence", "registry_layer"]

# Calculated duties of customs statistics leave these out.
TRADE_REMEDIES = ("anti-dumping", "countervailing", "deposit")
# China excuses importers from its duties on the United States on application since this day. At full rates
# they would bring USD 16 bn in 2022, more than a third of all duties China collected in 2021 (280.62 bn yuan,
# https://german.cri.cn/aktuell/alle/3250/20220124/730710.html).
EXCUSED_SINCE = {"CHN": date(2020, 3, 2)}


def registry_layer(
    world: World, included: Mapping[str, str]
) -> tuple[npt.NDArray[np.float64], dict[str, str]]:
    """Rates on top of a world's tariffs, (sector, importer, exporter), and the day of each importer's.

    An importer that mostly excuses from its duties has its day, and no rates: its measures then count in the
    baseline for as much as its tariffs have room for.

    Args:
        world: with the tariffs of the other layers.
        included: importers whose duties were collected with their measures, and the day of these; only trade
            remedies are added to them.
    """
    bare = world.replace(provenance=replace(world.provenance, measures_included={}))
    days = {importer: included.get(importer, f"{world.vintage}-07-01") for importer in _importers(world)}
    rates = np.zeros_like(world.flows)
    for importer, day in days.items():
        measures = tuple(
            replace(measure, importers=(importer,))
            for measure in registry().on(date.fromisoformat(day))
            if importer in _codes(measure, world)
            and (importer not in included or measure.kind in TRADE_REMEDIES)
            and date.fromisoformat(day) < EXCUSED_SINCE.get(importer, date.max)
        )
        if measures:
            scenario = Scenario(name=f"{importer} {day}", title="Duties in the baseline", measures=measures)
            duty = added_duty(compile_scenario(scenario, bare, []), bare)
            rates += np.divide(duty, world.flows, out=np.zeros_like(duty), where=world.flows > 0.0)
    return rates, days


def layer_sentence(vintage: int) -> str:
    """What the layer is, for users."""
    return (
        "On top of these, duties in force in the middle of the year that the figures above leave out: "
        f"`detente policy at {vintage}-07-01` shows them with their sources. For an importer whose duties "
        "are those collected in a later year, its anti-dumping and countervailing duties of that year; for "
        "China none since March 2020, when it began to excuse importers from its duties on the United States."
    )


def _importers(world: World) -> tuple[str, ...]:
    """Economies of the world that the registry knows measures of."""
    found = {code for measure in registry().measures for code in _codes(measure, world)}
    return tuple(code for code in world.economies if code in found)


def _codes(measure: Measure, world: World) -> set[str]:
    found = set()
    for name in measure.importers:
        try:
            found.add(world.economy(name))
        except BadInput:
            continue
    return found
