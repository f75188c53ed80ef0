"""Where a change of real income comes from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from detente.model import Baseline, Equilibrium
from detente.model.wedges import logarithmic_mean
from detente.outcome.welfare import real_income

__all__ = ["Decomposition", "decompose"]

Economy = Float[np.ndarray, "economy"]
# A change of real income by less is none.
_NONE = 1e-12


class Decomposition(NamedTuple):
    """Contributions to the change of real income, as fractions, (economy,); they sum to the change.

    Attributes:
        terms_of_trade: prices at the border of exports against imports, export taxes and exporters' rents in
            them.
        volume_of_trade: more or less of the trade on which an economy collects duties, export taxes or rents.
        efficiency: productivity, and trade costs that nobody receives.
        subsidised_volume: more or less of what the government subsidises.
        scale_and_variety: sectors that are larger make cheaper or more varied goods, and larger markets draw
            in more of the world's firms.
        profit_shifting: more or less of what is sold above its cost.
        labour_supplied: more or less work.
        trade_imbalances: a trade deficit that grows or shrinks, in units of the numeraire.
        second_order: what the others miss.
    """

    terms_of_trade: Economy
    volume_of_trade: Economy
    efficiency: Economy
    subsidised_volume: Economy
    scale_and_variety: Economy
    profit_shifting: Economy
    labour_supplied: Economy
    trade_imbalances: Economy
    second_order: Economy


def decompose(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Decomposition:
    """Split the change of real income into its sources, adding up.

    The differential of Caliendo and Parro (2015), extended and integrated. Of a flow, let X be what buyers
    pay, B its value at the border, V what producers are paid; o their price, e the factor of export taxes and
    exporters' rents, d trade costs that nobody receives, kappa all of the change of trade cost. Then

        terms of trade   sum over exports of B d ln(o e) - sum over imports of B d ln(o e)
        volume of trade  sum over exports of [dB - dV - (B - V) d ln o - B d ln e]
                         + sum over imports of [dX - dB - X d ln(o kappa) + B d ln(o e d)]
        efficiency       sum over sectors of Y d ln A - sum over imports of B d ln d
        subsidies        sum over sectors of [Y d ln c - V d ln o - d bill], and for final demand, for
                         which consumers pay C and the market gets F, of
                         [(F - C) d ln P - C d ln(1 - zeta) - d bill]
        scale, variety   sum over sectors of Y d ln g + (eta / theta) dX
                         - sum over imports of X (eta / (theta + eta)) d ln(kappa / d)
        profits          sum over sectors of Pi (d ln Y - d ln c - d ln A)
        labour           W d ln L
        imbalances       dD

    The last four come from factor incomes. With v the price of labour in a sector,

        dW + d Pi = W d ln L + sum over sectors of [payroll d ln v + d Pi]

    Labour that moves between sectors, inside a group of workers or not, is not in it: workers are indifferent
    at the margin. The cost of a bundle moves by

        payroll d ln v + sum over inputs of Z d ln P = (Y - Pi) (d ln c + d ln A + d ln g)

    with c what producers ask and g what size takes off it (`Equilibrium.log_scale_gain`). Markups are
    constant, so that Pi = Y / sigma moves with Y: what a sector that sells above cost adds is its profit
    times the change of the inputs that it uses. Buyers pay

        X d ln P = sum over origins of X d ln(o kappa) - (eta / theta) dX

    as more firms of every origin sell in a larger market; its integral is exact. Where charges on the price
    drive firms out, kappa has their varieties in it: eta / (theta + eta) of ln(kappa / d), with d what nobody
    receives, is variety that buyers lose, and no part of the volume of trade. Prices of offers have the
    number of their varieties in them, and so have the terms of trade. Imbalances are in units of the
    numeraire.

    In a world of tariffs alone this is the paper's formula: the volume term is duties R times the change of
    imports at constant prices. Each weight is its logarithmic mean over reference and scenario, which is
    exact along a path on which it grows at a constant rate (Vartia 1976). A flow that ends, or begins, counts
    with the limit of a rising cost (Feenstra 1994).

    Examples:
        >>> import detente as dt
        >>> outcome = dt.run("g20-2019", "china-canada-2024-25")
        >>> parts = decompose(outcome.reference, outcome.equilibrium, outcome.base)
        >>> bool(abs(parts.second_order).max() < 0.05 * abs(parts.terms_of_trade).max())
        True
    """
    change = real_income(reference, scenario, base) - 1.0
    terms, volume, lost, thinned = _trade(reference, scenario, base)
    subsidised = _production(reference, scenario) + _consumption(reference, scenario, base)
    produced = logarithmic_mean(reference.output, scenario.output)
    gained = (produced * (scenario.log_productivity - reference.log_productivity)).sum(axis=1) - lost
    scale, profits, labour = (part(reference, scenario, base) for part in (_scale, _profits, _labour))
    scale = scale - thinned
    deficit = scenario.imbalance - reference.imbalance
    # From a log change to a change: the same factor for every part keeps the sum.
    small = np.abs(change) < _NONE
    factor = np.where(small, 1.0, change / np.where(small, 1.0, np.log1p(change)))
    factor = factor / logarithmic_mean(reference.income, scenario.income)
    parts = (terms, volume, gained, subsidised, scale, profits, labour, deficit)
    known = [part * factor for part in parts]
    return Decomposition._make([*known, change - np.sum(known, axis=0)])


def _paid(point: Equilibrium) -> np.ndarray:
    paid = point.flows + point.duties
    return np.asarray(paid + point.rents if point.rents.any() else paid)


def _trade(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> tuple[Economy, ...]:
    """Terms and volume of trade, what is lost to trade costs, variety lost to charges; USD million a year."""
    offer = (scenario.log_offer - reference.log_offer).T[:, None, :]
    before, after = _paid(reference), _paid(scenario)
    traded = (before > 0) & (after > 0)
    paid, border = logarithmic_mean(before, after), logarithmic_mean(reference.flows, scenario.flows)
    kappa = _moved(traded, reference.log_trade_cost, scenario.log_trade_cost)
    fee = _moved(traded, reference.log_export_factor, scenario.log_export_factor)
    cost = _moved(traded, reference.log_resource_cost, scenario.log_resource_cost)
    gone, gone_border = _gone(traded, (before, after), (reference.flows, scenario.flows), base)
    charged, lost = border * (offer + fee), border * cost + gone_border
    thinned = paid * _selected(base) * (kappa - cost)
    duties = (after - scenario.flows) - (before - reference.flows)
    importer = duties - paid * (offer + kappa) + thinned - gone + charged + lost
    terms = charged.sum(axis=(0, 1)) - charged.sum(axis=(0, 2))
    volume = importer.sum(axis=(0, 2))
    if reference.sales is not reference.flows or scenario.sales is not scenario.flows:
        received = logarithmic_mean(reference.sales, scenario.sales)
        at_home = (scenario.flows - scenario.sales) - (reference.flows - reference.sales)
        exporter = at_home - (border - received) * offer - border * fee
        volume = exporter.sum(axis=(0, 1)) + volume
    return terms, volume, lost.sum(axis=(0, 2)), thinned.sum(axis=(0, 2))


def _moved(traded: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Change of a log on flows that go on; one zero for all where there is none."""
    if not (before.any() or after.any()):
        return np.zeros((1, 1, 1))
    with np.errstate(invalid="ignore"):
        return np.where(traded, after - before, 0.0)


def _gone(
    traded: np.ndarray,
    paid: tuple[np.ndarray, np.ndarray],
    flows: tuple[np.ndarray, np.ndarray],
    base: Baseline,
) -> tuple[np.ndarray, np.ndarray]:
    """What flows that end were worth to their buyers, less what those that begin are, and at the border."""
    if not any((value[~traded] > 0.0).any() for value in paid):
        return np.zeros((1, 1, 1)), np.zeros((1, 1, 1))
    elasticity = np.asarray(base.trade_elasticity)
    worth = [_worth(value, traded, paid, elasticity) * np.where(traded, 0.0, value) for value in paid]
    of_border = [part * _share(flow, value) for part, flow, value in zip(worth, flows, paid, strict=True)]
    return worth[0] - worth[1], of_border[0] - of_border[1]


def _selected(base: Baseline) -> np.ndarray:
    """The part of a charge's effect on a flow that is firms that no longer sell, (sector, 1, 1)."""
    theta, selection = np.asarray(base.trade_elasticity), base.markets.duty_selection
    eta = np.zeros(theta.size) if selection is None else np.asarray(selection)
    part: np.ndarray = eta / (theta + eta)
    return part[:, None, None]


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole, zero where there is nothing."""
    quotient: np.ndarray = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
    return quotient


def _worth(
    value: np.ndarray, traded: np.ndarray, both: tuple[np.ndarray, np.ndarray], elasticity: np.ndarray
) -> np.ndarray:
    """What a dollar of a flow that ends is worth to its buyers beyond what they pay, (sector, importer, 1).

    As its cost rises without bound, the price index of a sector rises by -ln(1 - share) / theta, with share
    that of all flows that end (Feenstra 1994).
    """
    spent = value.sum(axis=2, keepdims=True)
    ended = _share(np.where(traded, 0.0, value).sum(axis=2, keepdims=True), spent)
    mean = logarithmic_mean(*(each.sum(axis=2, keepdims=True) for each in both))
    rise = -np.log1p(-np.minimum(ended, 1.0 - 1e-12))
    return np.asarray(rise / elasticity[:, None, None] * _share(mean, spent * ended))


def _production(reference: Equilibrium, scenario: Equilibrium) -> Economy:
    """More or less of the output that is subsidised; USD million a year."""
    sold = [point.sales.sum(axis=1).T for point in (reference, scenario)]
    bills = [point.output - market for point, market in zip((reference, scenario), sold, strict=True)]
    produced = logarithmic_mean(reference.output, scenario.output)
    volume = produced * (scenario.log_cost - reference.log_cost) - (bills[1] - bills[0])
    volume = volume - logarithmic_mean(*sold) * (scenario.log_offer - reference.log_offer)
    # Rounding where nothing is subsidised.
    gaps = [np.abs(point.log_offer - point.log_cost) for point in (reference, scenario)]
    subsidised = np.maximum(*gaps) > _NONE
    return np.asarray(np.where(subsidised, volume, 0.0).sum(axis=1))


def _consumption(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """More or less of the final demand that is subsidised; USD million a year."""
    share = np.asarray(base.final_share)
    paid = [share * point.income[:, None] for point in (reference, scenario)]
    factors = [point.log_consumer_factor for point in (reference, scenario)]
    market = [value * np.exp(-factor) for value, factor in zip(paid, factors, strict=True)]
    bill = (market[1] - paid[1]) - (market[0] - paid[0])
    mean = logarithmic_mean(*paid)
    price = scenario.log_price - reference.log_price
    volume = (logarithmic_mean(*market) - mean) * price - mean * (factors[1] - factors[0]) - bill
    return np.asarray(volume.sum(axis=1))


def _scale(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """What size takes off the prices of offers, and what larger markets take off those of composites."""
    made = logarithmic_mean(reference.output, scenario.output)
    gained = made * (scenario.log_scale_gain - reference.log_scale_gain)
    if base.markets.selection is not None:
        drawn = np.asarray(base.markets.selection) / np.asarray(base.trade_elasticity)
        gained = gained + drawn * (scenario.spending - reference.spending)
    return np.asarray(gained.sum(axis=1))


def _profits(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Profits times the change of the inputs that are used; USD million a year."""
    if base.markets.profit_share is None:
        return np.zeros(reference.income.shape)
    share = np.asarray(base.markets.profit_share)
    before, after = (share * point.output for point in (reference, scenario))
    price = scenario.log_cost - reference.log_cost + scenario.log_productivity - reference.log_productivity
    return np.asarray((after - before - logarithmic_mean(before, after) * price).sum(axis=1))


def _labour(reference: Equilibrium, scenario: Equilibrium, base: Baseline) -> Economy:
    """Wage income times the change of labour supply; USD million a year."""
    wages = logarithmic_mean(reference.wage_income, scenario.wage_income)
    return np.asarray(wages * (scenario.log_labour - reference.log_labour))
