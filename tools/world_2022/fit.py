"""Choose exponents and weights on years before the held-out one, never on the year that is reported."""

from __future__ import annotations

import dataclasses
import pathlib

import numpy as np

from tools.world_2022.final_demand import Weights, estimate
from tools.world_2022.holdout import SEED, Gaps, Holdout, measure, prepare
from tools.world_2022.prior import Carrying

# 1995 carried to 2008: the long distance from the old table that 2022 has, with an exact table three years
# before.
FIT_YEARS = (1995, 2005, 2007, 2008)
# Disturbances are random: the search averages over a few draws.
DRAWS = 2
REPORT_YEARS = (2000, 2008, 2010, 2011)
_CANDIDATES: dict[str, tuple[float, ...]] = {
    "foreign_growth": (0.4, 0.5, 0.6, 0.75, 1.0),
    "domestic_growth": (0.3, 0.5, 0.7, 1.0),
    "pattern_share": (0.05, 0.1, 0.2, 0.3, 0.4, 0.5),
    "sections": (0.3, 1.0, 3.0, 10.0),
    "final_demand": (0.0, 1.0, 3.0, 10.0),
    "pairs": (0.0, 0.1, 0.3, 1.0, 3.0),
    "products": (0.0, 0.1, 0.3, 1.0, 3.0),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Exponents and weights, and the misallocated share they reached on the years they were chosen on."""

    carrying: Carrying
    weights: Weights
    reached: float


def _settings(values: dict[str, float], reached: float = np.nan) -> Settings:
    carrying = {field.name: values[field.name] for field in dataclasses.fields(Carrying)}
    weights = {field.name: values[field.name] for field in dataclasses.fields(Weights)}
    return Settings(Carrying(**carrying), Weights(**weights), reached)


def fit_settings(data: pathlib.Path, gaps: Gaps, rounds: int = 2) -> Settings:
    """Search the candidates one at a time for the least share of international final demand misallocated.

    Args:
        data: Folder with the published tables.
        gaps: How far other sources lie from the table.
        rounds: Passes over all candidates.
    """
    holdouts = [prepare(data, FIT_YEARS, gaps, halved=True, seed=SEED + draw) for draw in range(DRAWS)]
    values = _middle()
    best = _loss(holdouts, values)
    for _ in range(rounds):
        for name, options in _CANDIDATES.items():
            for option in options:
                tried = {**values, name: option}
                loss = _loss(holdouts, tried)
                if loss < best:
                    best, values = loss, tried
    return _settings(values, best)


def _middle() -> dict[str, float]:
    return {name: options[len(options) // 2] for name, options in _CANDIDATES.items()}


def _loss(holdouts: list[Holdout], values: dict[str, float]) -> float:
    settings = _settings(values)
    shares = []
    for holdout in holdouts:
        found = estimate(holdout.new, holdout.evidence, settings.carrying, settings.weights, tolerance=1e-4)
        shares.append(measure(found.table, holdout)["final, international cells"])
    return float(np.mean(shares))
