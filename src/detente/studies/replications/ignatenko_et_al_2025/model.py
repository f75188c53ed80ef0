"""The paper's model as edits of the engine's: calibration, tariffs, equilibria and what the tables report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from detente.errors import CannotCompute
from detente.model import (
    Baseline,
    Equilibrium,
    Solver,
    Theory,
    baseline_from_shares,
    scenario_weights,
    solve_baseline,
)
from detente.model.markets import Markets
from detente.studies.replications.ignatenko_et_al_2025.inputs import UNITED_STATES, Inputs

__all__ = [
    "BASELINE",
    "COLUMNS",
    "Calibration",
    "Response",
    "Setting",
    "Variant",
    "calibrate",
    "local_shares",
    "outcomes",
    "respond",
    "setting",
    "world_trade",
]

ELASTICITY = 4.0
LABOUR_SUPPLY = 0.5
# The paper sets psi theta = 0.67 at theta = 4 and keeps psi where theta is 8.
SCALE = 0.67 / 4.0
# Overheads in sales of firms abroad and in the United States, to which nu is calibrated.
OVERHEADS = (0.12, 0.26)
COLUMNS = ("welfare", "deficit", "exports/GDP", "imports/GDP", "employment", "prices")

Economy = Float[np.ndarray, "economy"]
Bilateral = Float[np.ndarray, "importer exporter"]


@dataclass(frozen=True)
class Variant:
    """A specification of the paper.

    Attributes:
        elasticity: epsilon.
        firm_pass_through: of a tariff to the prices of firms.
        fixed_costs: whether selling takes labour at the destination; without, the model is that of
            Eaton-Kortum and Krugman with external economies of scale.
        value_added_share: beta; below 1 the rest are inputs, bought as consumers buy.
        tax_relief: revenue cuts the tax on labour income; else it is paid out lump sum.
    """

    elasticity: float = ELASTICITY
    firm_pass_through: float = 1.0
    fixed_costs: bool = True
    value_added_share: float = 1.0
    tax_relief: bool = True


BASELINE = Variant()


class Calibration(NamedTuple):
    """The world before the tariffs.

    Attributes:
        inputs: what it was made from.
        flows: (importer, exporter), own sales included, USD million.
        local_share: nu, share of sales paid to labour where they are made, (economy,).
    """

    inputs: Inputs
    flows: Bilateral
    local_share: Economy


class Setting(NamedTuple):
    """A variant, ready to be shocked.

    Attributes:
        base, theory: for the engine.
        pass_through: phi, of a tariff to the importer's price index, (economy,).
        variant: what it was made from.
    """

    base: Baseline
    theory: Theory
    pass_through: Economy
    variant: Variant


class Response(NamedTuple):
    """An equilibrium under new tariffs."""

    setting: Setting
    found: Equilibrium


def local_shares(inputs: Inputs) -> tuple[float, float]:
    """nu abroad and in the United States, so that overheads in firms' sales are what they are in accounts.

    A firm pays nu of the market that it sells in, so that overheads of the firms of a group are a mean of
    both nu, by where the group sells. Own sales of a group depend on nu through transfers: a fixed point.
    Paper, online appendix F.4.

    Examples:
        >>> import numpy as np
        >>> flows = np.array([[0.0, 10.0], [20.0, 0.0]])
        >>> inputs = Inputs(("CHN", "USA"), flows, np.array([300.0, 100.0]), np.zeros(2))
        >>> [round(nu, 3) for nu in local_shares(inputs)]
        [0.109, 0.277]
    """
    home = inputs.at(UNITED_STATES)[0]
    abroad = np.arange(len(inputs.economies)) != home
    # Sales to the other group: of the rest of the world, of the United States.
    exports = np.array([inputs.flows[home, abroad].sum(), inputs.flows[abroad, home].sum()])
    imports = exports[::-1]
    gdp = np.array([inputs.gdp[abroad].sum(), inputs.gdp[home]])
    within = np.array([inputs.flows[np.ix_(abroad, abroad)].sum(), 0.0])
    nu = np.array(OVERHEADS)
    for _ in range(100):
        received = (1.0 - nu) * within + (1.0 - nu[::-1]) * exports
        own = gdp + (1.0 - nu) * (within + imports - received) - imports
        at_home = own / (own + exports)
        mix = np.array([[at_home[0], 1.0 - at_home[0]], [1.0 - at_home[1], at_home[1]]])
        last, nu = nu, np.linalg.solve(mix, np.array(OVERHEADS))
        if np.abs(nu - last).max() < 1e-15:
            break
    return float(nu[0]), float(nu[1])


def calibrate(inputs: Inputs) -> Calibration:
    """Own sales close the accounts of GDP, trade and transfers, and are cut at zero.

    Transfers are T_n = (1 - nu_n) (imports_n - sum_m (1 - nu_m) exports_nm), as the authors compute them.

    Examples:
        >>> import numpy as np
        >>> flows = np.array([[0.0, 10.0], [20.0, 0.0]])
        >>> inputs = Inputs(("CHN", "USA"), flows, np.array([300.0, 100.0]), np.zeros(2))
        >>> calibrate(inputs).flows.diagonal().round(1).tolist()
        [286.0, 88.0]
    """
    abroad, at_home = local_shares(inputs)
    nu = np.full(len(inputs.economies), abroad)
    nu[inputs.at(UNITED_STATES)] = at_home
    imports = inputs.flows.sum(axis=1)
    transfer = (1.0 - nu) * (imports - (1.0 - nu) @ inputs.flows)
    flows = inputs.flows + np.diag(np.maximum(inputs.gdp + transfer - imports, 0.0))
    return Calibration(inputs, flows, nu)


def setting(calibration: Calibration, variant: Variant = BASELINE) -> Setting:
    """The engine's baseline and theory for a variant.

    The choices: free entry with a scale elasticity of its own, firm selection with fixed costs in labour of
    the destination, elastic labour supply, revenue in place of a tax on labour, imbalances constant in world
    GDP, one sector. Selection is eta_n = epsilon (phi_n - 1): paper, equation 4.
    """
    nu = calibration.local_share if variant.fixed_costs else np.zeros_like(calibration.local_share)
    pass_through = variant.firm_pass_through + (1.0 + SCALE) * nu / (1.0 - nu)
    theory = Theory(
        elasticities=f"uniform:{variant.elasticity:g}",
        market="melitz" if variant.fixed_costs else "external",
        scale_elasticity=None if variant.fixed_costs else SCALE,
        inputs="common" if variant.value_added_share < 1.0 else "none",
        sectors="one",
        labour_supply=LABOUR_SUPPLY,
        revenue="labour-tax" if variant.tax_relief else "households",
    )
    markets = Markets(scale=jnp.array([SCALE]))
    if variant.fixed_costs:
        selection = jnp.asarray(variant.elasticity * (pass_through - 1.0))[:, None]
        markets = markets._replace(selection=selection, destination_share=jnp.asarray(nu)[:, None])
    flows, cell, beta = calibration.flows.copy(), np.ones((nu.size, 1)), variant.value_added_share
    own = np.diag_indices(nu.size)
    # Domestic sales are gross of inputs, trade is what customs see.
    flows[own] /= beta
    base = baseline_from_shares(
        flows[None],
        np.ones((1, nu.size, nu.size)),
        (1.0 - beta) * cell[:, None],
        beta * cell,
        np.array([variant.elasticity]),
        theory,
        markets,
    )
    return Setting(base, theory, pass_through, variant)


def respond(to: Setting, tariff: Bilateral, names: tuple[str, ...] | None = None) -> Response:
    """The equilibrium under new tariffs, (importer, exporter), fractions.

    A tariff drives firms out of the market, too: trade falls by phi epsilon instead of epsilon, which is
    what a resource cost of tau^(phi - 1) does to it.

    Raises:
        CannotCompute: no equilibrium was found.
    """
    factor = (1.0 + tariff)[None]
    cost = factor ** (to.pass_through - 1.0)[None, :, None]
    weights = scenario_weights(to.base, factor, cost)
    # With psi epsilon > 1 passes over the equations lead away from the solution.
    solver = Solver(tolerance=1e-11, method="newton" if SCALE * to.variant.elasticity > 1.0 else "passes")
    found = solve_baseline(to.base, weights, to.theory, solver, names)
    if found.status != "solved":
        raise CannotCompute(found.message)
    return Response(to, found)


def _deficit(flows: Bilateral) -> Economy:
    deficit: np.ndarray = flows.sum(axis=1) - flows.sum(axis=0)
    return deficit


def _foreign(flows: Bilateral) -> Bilateral:
    return flows - np.diag(flows.diagonal())


def outcomes(response: Response, *, world_prices: bool = True) -> dict[str, Economy]:
    """The columns of the paper's tables, percent, (economy,), and revenue in percent of spending before.

    Welfare is that of U = C - kappa/(1 + kappa) L^(1 + 1/kappa): the change of consumption E/P with weight
    delta and of labour income wL/P with weight 1 - delta, delta = E / (E - kappa/(1 + kappa) (1 - t) w L), t
    the tax that revenue replaces (online appendix E).

    Args:
        world_prices: nominal columns in units of the world's mean price index; else of its wage income.
    """
    base, found = response.setting.base, response.found
    before, after = np.asarray(base.sourcing[0] * base.spending), found.flows[0]
    spent, earned = np.asarray(base.spending[:, 0]), np.asarray(base.wage_income)
    price = np.exp(found.log_price[:, 0])
    unit = (price * spent).sum() / spent.sum() if world_prices else 1.0
    consumed = np.asarray(base.income)
    wages = found.wage_income
    relief = found.tariff_revenue / wages if response.setting.variant.tax_relief else 0.0
    worked = LABOUR_SUPPLY / (1.0 + LABOUR_SUPPLY) * (1.0 - relief) * earned
    weight = consumed / (consumed - worked)
    welfare = (weight * found.income / consumed + (1.0 - weight) * wages / earned) / price
    deficit = _deficit(before)
    exports, imports = (
        _foreign(after).sum(axis) / wages / (_foreign(before).sum(axis) / earned) for axis in (0, 1)
    )
    return {
        "welfare": 100.0 * (welfare - 1.0),
        "deficit": 100.0 * (_deficit(after) / unit - deficit) / np.abs(deficit),
        "exports/GDP": 100.0 * (exports - 1.0),
        "imports/GDP": 100.0 * (imports - 1.0),
        "employment": 100.0 * np.expm1(found.log_labour),
        "prices": 100.0 * (price / unit - 1.0),
        "revenue": 100.0 * found.tariff_revenue / unit / spent,
    }


def world_trade(response: Response) -> float:
    """Change of world trade, duties included, over world GDP, percent."""
    base, found = response.setting.base, response.found
    paid = (found.flows + found.duties)[0]
    growth = _foreign(paid).sum() / _foreign(np.asarray(base.sourcing[0] * base.spending)).sum()
    return float(100.0 * (growth * np.asarray(base.wage_income).sum() / found.wage_income.sum() - 1.0))
