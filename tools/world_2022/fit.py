"""Choose exponents and weights on years before the held-out one, never on the year that is reported."""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np
import numpy.typing as npt

from tools.world_2022.final_demand import Weights, estimate
from tools.world_2022.holdout import Holdout, measure, prepare
from tools.world_2022.prior import Carrying

# 1995 carried to 2008: the long distance from the old table that 2022 has, with an exact table three years before.
FIT_YEARS = (1995, 2005, 2007, 2008)
REPORT_YEARS = (2000, 2008, 2010, 2011)
_CANDIDATES: dict[str, tuple[float, ...]] = {
    "foreign_growth": (0.4, 0.5, 0.6, 0.75, 1.0),
    "domestic_growth": (0.3, 0.5, 0.7, 1.0),
    "pattern_share": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    "sections": (0.3, 1.0, 3.0, 10.0),
    "final_demand": (0.0, 1.0, 3.0, 10.0),
    "margins": (0.0, 0.1, 0.3, 1.0),
    "pairs": (0.0, 0.1, 0.3, 0.5, 1.0, 2.0),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Exponents and weights used, and the misallocated share they reached on the years they were chosen on."""

    carrying: Carrying
    weights: Weights
    reached: float


def _settings(values: dict[str, float], reached: float = np.nan) -> Settings:
    carrying = {field.name: values[field.name] for field in dataclasses.fields(Carrying)}
    weights = {field.name: values[field.name] for field in dataclasses.fields(Weights)}
    return Settings(Carrying(**carrying), Weights(**weights), reached)


def fit_settings(data: pathlib.Path, gaps: npt.NDArray[np.float64], rounds: int = 2) -> Settings:
    """Search the candidates one at a time for the least share of international final demand misallocated.

    Args:
        data: Folder with the published tables.
        gaps: Standard deviations of exporter, importer and pair effects between customs and table (logarithm).
        rounds: Passes over all candidates.
    """
    holdout = prepare(data, *FIT_YEARS, gaps, halved=True)
    values = {name: options[len(options) // 2] for name, options in _CANDIDATES.items()}
    best = _loss(holdout, values)
    for _ in range(rounds):
        for name, options in _CANDIDATES.items():
            for option in options:
                tried = {**values, name: option}
                loss = _loss(holdout, tried)
                if loss < best:
                    best, values = loss, tried
    return _settings(values, best)


def _loss(holdout: Holdout, values: dict[str, float]) -> float:
    settings = _settings(values)
    found = estimate(holdout.new, holdout.evidence, settings.carrying, settings.weights, tolerance=1e-5)
    return measure(found.table, holdout)["final, international cells"]
