"""What governments do at home: subsidies, and productivity of named sectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detente.arrays import ByEconomySector
from detente.errors import BadInput, Problem
from detente.policy.compiler.coverage import economies_of, is_domestic
from detente.policy.compiler.reach import sector_indices
from detente.policy.measure import Measure
from detente.policy.scenario import Scenario
from detente.world.world import World

__all__ = ["Domestic", "domestic", "domestic_cells"]


class Domestic(NamedTuple):
    """See the attributes of the same names of `Shock`; None where nothing changes."""

    productivity: ByEconomySector | None = None
    production_subsidy: ByEconomySector | None = None
    consumption_subsidy: ByEconomySector | None = None


def domestic(scenario: Scenario, world: World) -> Domestic:
    """Productivity and subsidies of a scenario.

    Changes of productivity multiply. Subsidies add up: each is a part of the same cost or price.

    Raises:
        BadInput: unknown economies or sectors, or subsidies that add up to all of a cost or more.
    """
    measures = [m for m in scenario.in_force if is_domestic(m)]
    if not measures:
        return Domestic()
    size = (len(world.economies), len(world.sectors))
    problems: list[Problem] = []
    productivity, subsidies = np.ones(size), {kind: np.zeros(size) for kind in _SUBSIDIES}
    for measure in measures:
        cells = domestic_cells(measure, world, problems)
        if measure.kind == "productivity":
            productivity[cells] *= 1.0 + measure.rate
        else:
            subsidies[measure.kind][cells] += measure.rate
            _check(measure, measures, subsidies[measure.kind], world, problems)
    if problems:
        raise BadInput(problems)
    return Domestic(
        productivity if (productivity != 1.0).any() else None,
        *(subsidies[kind] if subsidies[kind].any() else None for kind in _SUBSIDIES),
    )


_SUBSIDIES = ("production-subsidy", "consumption-subsidy")


def domestic_cells(measure: Measure, world: World, problems: list[Problem]) -> tuple[np.ndarray, np.ndarray]:
    """Indices into an array (economy, sector) of what a measure is on; what is unknown is noted."""
    economies = economies_of(measure, "economy", world, problems)
    sectors: list[int] = []
    for name in measure.sectors:
        try:
            sectors += sector_indices(name, world)
        except BadInput as error:
            problems += [measure.place.problem("sectors", p.message, p.remedy) for p in error.problems]
    grid = np.ix_(list(economies), list(dict.fromkeys(sectors)))
    return grid[0], grid[1]


def _check(
    measure: Measure, measures: list[Measure], total: np.ndarray, world: World, problems: list[Problem]
) -> None:
    """Subsidies of all of a cost, or more."""
    beyond = np.argwhere(total >= 1.0)
    if beyond.size:
        n, s = beyond[0]
        names = ", ".join(m.id for m in measures if m.kind == measure.kind)
        message = (
            f"{names}: subsidies of {world.sectors[s]} in {world.economies[n]} add up to {total[n, s]:.0%}"
        )
        problems.append(measure.place.problem("rate", message, "keep them below 100%"))
