"""The tariffs of the paper's scenarios, (importer, exporter), fractions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from detente.studies.replications.ignatenko_et_al_2025.inputs import (
    CHINA,
    EUROPEAN_UNION,
    UNITED_STATES,
    Inputs,
)
from detente.studies.replications.ignatenko_et_al_2025.model import ELASTICITY, Calibration, Setting

__all__ = [
    "best_rate",
    "liberation_day",
    "optimal_retaliation",
    "optimal_tariff",
    "reciprocal",
    "retaliation",
    "trade_war",
    "uniform",
]

Bilateral = Float[np.ndarray, "importer exporter"]
FLOOR = 0.1


def _none(inputs: Inputs) -> tuple[Bilateral, int]:
    size = len(inputs.economies)
    return np.zeros((size, size)), inputs.at(UNITED_STATES)[0]


def liberation_day(inputs: Inputs) -> Bilateral:
    """The rates that the United States announced, 10 percent at the least.

    Examples:
        >>> import numpy as np
        >>> inputs = Inputs(("CHN", "USA"), np.zeros((2, 2)), np.ones(2), np.array([0.54, 0.0]))
        >>> liberation_day(inputs).tolist()
        [[0.0, 0.0], [0.54, 0.0]]
    """
    tariff, home = _none(inputs)
    tariff[home] = np.maximum(FLOOR, inputs.announced)
    tariff[home, home] = 0.0
    return tariff


def reciprocal(tariff: Bilateral, inputs: Inputs) -> Bilateral:
    """Every economy charges the United States what it is charged."""
    home = inputs.at(UNITED_STATES)[0]
    answered = tariff.copy()
    answered[:, home] = tariff[home]
    return answered


def retaliation(tariff: Bilateral, inputs: Inputs, rate: float) -> Bilateral:
    """Every economy charges the United States one rate."""
    home = inputs.at(UNITED_STATES)[0]
    answered = tariff.copy()
    answered[:, home] = rate
    answered[home, home] = 0.0
    return answered


def uniform(inputs: Inputs, rate: float) -> Bilateral:
    """The United States charges every economy one rate."""
    tariff, home = _none(inputs)
    tariff[home] = rate
    tariff[home, home] = 0.0
    return tariff


def trade_war(inputs: Inputs, china: float | None = None, *, european_union: bool = False) -> Bilateral:
    """Announced rates between the United States and China, and the Union; 10 percent with all others.

    Args:
        china: in place of the announced rate on China.
        european_union: whether the Union is at war, too.
    """
    tariff = uniform(inputs, FLOOR)
    home = inputs.at(UNITED_STATES)[0]
    enemies = inputs.at(CHINA, *(EUROPEAN_UNION if european_union else ()))
    tariff[home, enemies] = inputs.announced[enemies]
    if china is not None:
        tariff[home, inputs.at(CHINA)] = china
    return reciprocal(tariff, inputs)


def _formula(elasticity: float, pass_through: float) -> float:
    return float(1.0 / ((1.0 + elasticity) * pass_through - 1.0))


def optimal_tariff(calibration: Calibration, setting: Setting, *, of_income: bool = False) -> float:
    """Proposition 2: t = 1 / ((1 + e) phi - 1), e the elasticity of foreign demand for labour.

    e = epsilon sum_n (1 - nu_n) X_n (1 - lambda_n) / ((1 - nu) imports), X_n exports to n and lambda_n their
    share in what n spends. With `of_income`, imports are GDP less own sales, as where trade balances.
    """
    home = calibration.inputs.at(UNITED_STATES)[0]
    flows, nu = calibration.flows, calibration.local_share
    abroad = np.arange(nu.size) != home
    exports, share = flows[abroad, home], flows[abroad, home] / flows[abroad].sum(axis=1)
    spent = float(np.asarray(setting.base.wage_income)[home]) if of_income else flows[home].sum()
    imports = spent - flows[home, home]
    answer = ((1.0 - nu[abroad]) * exports * (1.0 - share)).sum() / ((1.0 - nu[home]) * imports)
    return _formula(ELASTICITY * answer, setting.pass_through[home])


def optimal_retaliation(calibration: Calibration, setting: Setting) -> float:
    """The formula for the rest of the world as one economy, with its income in place of its spending."""
    home = calibration.inputs.at(UNITED_STATES)[0]
    flows, nu = calibration.flows, calibration.local_share
    abroad = np.arange(nu.size) != home
    one = int(np.flatnonzero(abroad)[0])
    exports = flows[home, abroad].sum()
    share = exports / flows[home].sum()
    own = flows[np.ix_(abroad, abroad)].sum()
    imports = float(np.asarray(setting.base.wage_income)[abroad].sum()) - own
    answer = (1.0 - nu[home]) * exports * (1.0 - share) / ((1.0 - nu[one]) * imports)
    return _formula(ELASTICITY * answer, setting.pass_through[one])


def best_rate(welfare: Callable[[float], float], highest: float = 0.5, tolerance: float = 1e-4) -> float:
    """The rate of highest welfare, by golden section: welfare has one peak.

    Examples:
        >>> round(best_rate(lambda rate: -(rate - 0.18) ** 2), 3)
        0.18
    """
    ratio = (5.0**0.5 - 1.0) / 2.0
    low, high = 0.0, highest
    inner, outer = high - ratio * (high - low), low + ratio * (high - low)
    at_inner, at_outer = welfare(inner), welfare(outer)
    while high - low > tolerance:
        if at_inner > at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - ratio * (high - low)
            at_inner = welfare(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + ratio * (high - low)
            at_outer = welfare(outer)
    return (low + high) / 2.0
