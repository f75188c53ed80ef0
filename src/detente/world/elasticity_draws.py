"""How surely trade and scale elasticities are known: draws of published estimates with their errors.

What is drawn are the estimates of a source, not the sectors: sectors that share an estimate share its error.
Each trade elasticity is log-normal with the estimate as mean and its standard error as standard deviation,
independent of the others. docs/uncertainty-inputs.md says what is assumed where a source gives no error.
"""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from jaxtyping import Float

from detente.distributions import Lognormal
from detente.errors import BadInput, Problem
from detente.world.elasticities import (
    ElasticitySet,
    elasticity_set,
    scale_elasticities,
)
from detente.world.elasticity_tables import Estimate, estimates, set_tables
from detente.world.world import World

__all__ = ["ElasticityDraws", "ElasticityFactor"]

# Where scale elasticity times trade elasticity passes 1, there is more than one equilibrium
# (Kucheryavyy, Lyn and Rodríguez-Clare 2023).
_MOST_RETURNS = 1.0


@dataclass(frozen=True)
class ElasticityFactor:
    """One uncertain estimate.

    Attributes:
        name: the source's name of its sector; with ", returns to scale" for scale elasticity times trade
            elasticity.
        distribution: what may be true of it.
        why: where the standard deviation comes from.
        assumed: whether the source gives none.
    """

    name: str
    distribution: Lognormal
    why: str
    assumed: bool


class ElasticityDraws:
    """Draws of a set's elasticities for the sectors of a world.

    A trade elasticity is log-normal: it is positive, and its mean and standard deviation are the published
    estimate and standard error. The scale elasticity psi is drawn as returns to scale psi theta divided by
    the drawn theta: the published errors of psi are those of theta and a little more, as they are if psi is
    the ratio of two estimates. Returns to scale are cut off at 1, above which there is more than one
    equilibrium.

    Args:
        world: any world.
        name: a named set, or "uniform:X", which is a choice and has no error.
        horizon: "short", "medium" or "long".
        scale: whether scale elasticities are drawn as well.

    Attributes:
        factors: names of the uncertain estimates, in the order of the points given to `at`.
        details: the same with their distributions.

    Raises:
        BadInput: as `elasticity_set`; or `scale` with a set that has no scale elasticities.

    Source: see `elasticity_source(name).source`; distributions: docs/uncertainty-inputs.md.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> draws = ElasticityDraws(world, "boehm-levchenko-pandalai-nayar-2023")
        >>> draws.factors
        ('all goods',)
        >>> theta, scale = draws.at(np.array([0.5]))
        >>> round(float(theta[0]), 3), scale is None
        (1.077, True)
        >>> draws.describe()[0][1]
        'log-normal with mean 1.12 and standard deviation 0.32; standard error as published'
        >>> ElasticityDraws(world, "uniform:4").factors
        ()
    """

    def __init__(self, world: World, name: str, horizon: str = "long", scale: bool = False) -> None:
        found = elasticity_set(world, name, horizon)
        self.details: tuple[ElasticityFactor, ...] = ()
        self._set, self._scaled = found, scale
        if scale and found.scale is None:
            scale_elasticities(world, name)  # says which sets have them
        if not name.startswith("uniform:"):
            trade, returns = _trade_factors(found), _returns_factors(found) if scale else {}
            self.details = (*trade.values(), *returns.values())
            self._trade = _weights(found, list(trade), found.values)
            if scale and found.scale is not None:
                self._returns = _weights(found, list(returns), found.values * found.scale, returns=True)

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of the uncertain estimates."""
        return tuple(factor.name for factor in self.details)

    def describe(self) -> list[tuple[str, str]]:
        """Each factor with its distribution and where its spread comes from, in words."""
        return [(factor.name, f"{factor.distribution}; {factor.why}") for factor in self.details]

    def at(
        self, point: Float[np.ndarray, "*draws factor"]
    ) -> tuple[Float[np.ndarray, "*draws sector"], Float[np.ndarray, "*draws sector"] | None]:
        """Trade and scale elasticities at points between 0 and 1.

        Args:
            point: the part of all draws that lies below the wanted one, of each factor; one point or many.

        Returns:
            theta, (..., sector), and psi of the same shape, None unless asked for. Both depend on nothing
            but the points.

        Raises:
            BadInput: another number of factors, or points that are not strictly between 0 and 1.
        """
        point = np.asarray(point, dtype=np.float64)
        self._check(point)
        if not self.details:
            return np.broadcast_to(self._set.values, (*point.shape[:-1], self._set.values.size)).copy(), None
        drawn = np.stack(
            [row.distribution.quantile(point[..., at]) for at, row in enumerate(self.details)], axis=-1
        )
        trade = self._trade.shape[1]
        theta = drawn[..., :trade] @ self._trade.T
        if not self._scaled:
            return theta, None
        return theta, drawn[..., trade:] @ self._returns.T / theta

    def _check(self, point: np.ndarray) -> None:
        if point.ndim == 0 or point.shape[-1] != len(self.details):
            message = f"points of shape {point.shape} for {len(self.details)} uncertain elasticities"
            remedy = f"give one number for each of: {', '.join(self.factors) or 'none'}"
            raise BadInput(Problem(message, field="point", remedy=remedy))
        outside = point[~((point > 0.0) & (point < 1.0))]
        if outside.size:
            message = f"{outside.size} of {point.size} numbers, such as {outside[0]:g}, are outside 0 to 1"
            raise BadInput(Problem(message, field="point", remedy="give numbers strictly between 0 and 1"))


def _trade_factors(found: ElasticitySet) -> dict[str, ElasticityFactor]:
    factors = {}
    for name, row in found.published.items():
        error, why = _standard_error(found.name, found.horizon, name, row)
        factors[name] = ElasticityFactor(name, Lognormal(row.value, error), why, row.standard_error is None)
    return factors


def _returns_factors(found: ElasticitySet) -> dict[str, ElasticityFactor]:
    """Returns to scale b = psi theta of each estimate, such that psi = b / theta has its published error.

    With theta and b log-normal and independent, the variance of ln psi is the sum of theirs.
    """
    factors = {}
    for name, row in found.published.items():
        if row.scale and row.standard_error is not None and row.scale_standard_error is not None:
            of_scale = math.log1p((row.scale_standard_error / row.scale) ** 2)
            of_trade = math.log1p((row.standard_error / row.value) ** 2)
            spread = math.expm1(max(of_scale - of_trade, _LEAST_VARIANCE)) ** 0.5
            mean = row.scale * row.value
            factors[name] = ElasticityFactor(
                f"{name}, returns to scale",
                Lognormal(round(mean, 4), round(spread * mean, 4), high=_MOST_RETURNS),
                "spread: what the published standard error of the scale elasticity has beyond that of the "
                "trade elasticity; above 1 there is more than one equilibrium",
                False,
            )
    return factors


# Of a logarithm; the published errors leave more in every industry.
_LEAST_VARIANCE = 1e-6


def _weights(
    found: ElasticitySet, names: list[str], values: np.ndarray, *, returns: bool = False
) -> Float[np.ndarray, "sector factor"]:
    """Weight of each estimate in each sector, such that the published estimates give the set's values.

    Weights in the file are rounded to four digits; the common factor of a sector takes that out.
    """
    weights = np.array(
        [[found.composition[sector].get(name, 0.0) for name in names] for sector in found.sectors]
    ).reshape(len(found.sectors), len(names))
    rows = [found.published[name] for name in names]
    at = np.array([row.value * ((row.scale or 0.0) if returns else 1.0) for row in rows])
    mean = weights @ at
    level = np.divide(values, mean, out=np.zeros_like(mean), where=mean > 0)
    return np.asarray(weights * level[:, None])


def _standard_error(name: str, horizon: str, estimate: str, row: Estimate) -> tuple[float, str]:
    """The standard error of an estimate, published or assumed, and which of the two."""
    if row.standard_error is not None:
        return row.standard_error, "standard error as published"
    given = _assumed().get(name, {}).get(horizon, {}).get(estimate)
    if given is not None:
        return float(given["standard_error"]), str(given["why"])
    own = _relative_errors(name, horizon)
    relative = round(statistics.median(own or _relative_errors_of_all()), 2)
    whose = "this set" if own else "the sets that have any"
    # An assumption has no more than three digits.
    return float(f"{relative * row.value:.3g}"), (
        f"assumed: no standard error is known, so the median relative one of {whose}, {relative:.2f}"
    )


@cache
def _assumed() -> Mapping[str, Any]:
    text = files("detente.world").joinpath("bundled", "elasticity_errors.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _relative_errors(name: str, horizon: str) -> tuple[float, ...]:
    rows = estimates(name, horizon).values()
    return tuple(row.standard_error / row.value for row in rows if row.standard_error is not None)


@cache
def _relative_errors_of_all() -> tuple[float, ...]:
    """Relative standard errors of every long-run estimate that has one."""
    return tuple(error for name in set_tables() for error in _relative_errors(name, "long"))
