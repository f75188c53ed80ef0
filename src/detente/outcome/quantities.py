"""Every quantity of an outcome, by its name in `variables.toml`, from two equilibria."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from detente.model import Baseline, Equilibrium, Theory, first_order_change
from detente.outcome import trade, welfare, workers
from detente.outcome.decomposition import Decomposition, decompose
from detente.outcome.shares import value_added

__all__ = ["ONLY_WITH", "ON_REQUEST", "QUANTITIES", "Comparison", "quantity_names"]

PERCENT = 100.0


@dataclass(frozen=True, eq=False)
class Comparison:
    """A scenario's equilibrium beside its reference, on the same baseline.

    Attributes:
        reference, scenario: the two solutions.
        base, theory: what they solve.
    """

    reference: Equilibrium
    scenario: Equilibrium
    base: Baseline
    theory: Theory

    @property
    def solutions(self) -> tuple[Equilibrium, Equilibrium, Baseline]:
        """Both solutions and their baseline."""
        return self.reference, self.scenario, self.base

    @cached_property
    def decomposition(self) -> Decomposition:
        """Where the change of real income comes from; computed once."""
        return decompose(*self.solutions)

    @cached_property
    def first_order(self) -> np.ndarray:
        """First-order change of log real income, (economy,); computed once.

        Raises:
            CannotCompute: the reference has no derivative.
        """
        return first_order_change(*self.solutions, self.theory)


def _change(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Percent change; zero where there was nothing."""
    ratio: np.ndarray = np.divide(new, old, out=np.ones_like(new), where=old > 0)
    return PERCENT * (ratio - 1.0)


def _output_volume(pair: Comparison) -> np.ndarray:
    cost = np.exp(pair.scenario.log_cost - pair.reference.log_cost)
    return _change(pair.scenario.output / cost, pair.reference.output)


def _decomposition(pair: Comparison, part: str) -> np.ndarray:
    return PERCENT * np.asarray(getattr(pair.decomposition, part))


def _firms(pair: Comparison) -> np.ndarray:
    """Entry is paid in goods of the firms' own and takes a constant part of sales."""
    cost = [point.log_cost + point.log_scale_gain for point in (pair.scenario, pair.reference)]
    return _change(pair.scenario.output / np.exp(cost[0] - cost[1]), pair.reference.output)


def _households(pair: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """Real income of households in the reference, and its change, USD million at prices of the reference."""
    before, after = (welfare.household_income(point) for point in (pair.reference, pair.scenario))
    return before, after / welfare.consumer_prices(*pair.solutions) - before


def _public(pair: Comparison) -> np.ndarray:
    before, after = (welfare.public_revenue(point) for point in (pair.reference, pair.scenario))
    return np.asarray(after / welfare.consumer_prices(*pair.solutions) - before)


QUANTITIES: Mapping[str, Callable[[Comparison], np.ndarray]] = {
    "real_income": lambda pair: PERCENT * (welfare.real_income(*pair.solutions) - 1.0),
    "real_income_value": lambda pair: (welfare.real_income(*pair.solutions) - 1.0) * pair.reference.income,
    "real_income_first_order": lambda pair: PERCENT * pair.first_order,
    "real_wage": lambda pair: PERCENT * (welfare.real_wage(*pair.solutions) - 1.0),
    "real_wage_after_tax": lambda pair: PERCENT * (workers.real_wage_after_tax(*pair.solutions) - 1.0),
    "labour_tax_change": lambda pair: (
        PERCENT
        * (workers.labour_tax(pair.scenario, pair.base) - workers.labour_tax(pair.reference, pair.base))
    ),
    "employment": lambda pair: PERCENT * np.expm1(pair.scenario.log_labour - pair.reference.log_labour),
    "welfare_net_of_effort": lambda pair: PERCENT * workers.welfare_net_of_effort(*pair.solutions),
    "household_real_income": lambda pair: PERCENT * _households(pair)[1] / _households(pair)[0],
    "household_real_income_value": lambda pair: _households(pair)[1],
    "public_revenue_value": _public,
    "profits": lambda pair: pair.scenario.profits,
    "profits_value": lambda pair: pair.scenario.profits - pair.reference.profits,
    "consumer_prices": lambda pair: PERCENT * (welfare.consumer_prices(*pair.solutions) - 1.0),
    "terms_of_trade": lambda pair: _decomposition(pair, "terms_of_trade"),
    "volume_of_trade": lambda pair: _decomposition(pair, "volume_of_trade"),
    "efficiency": lambda pair: _decomposition(pair, "efficiency"),
    "subsidised_volume": lambda pair: _decomposition(pair, "subsidised_volume"),
    "scale_and_variety": lambda pair: _decomposition(pair, "scale_and_variety"),
    "profit_shifting": lambda pair: _decomposition(pair, "profit_shifting"),
    "labour_supplied": lambda pair: _decomposition(pair, "labour_supplied"),
    "trade_imbalances": lambda pair: _decomposition(pair, "trade_imbalances"),
    "second_order": lambda pair: _decomposition(pair, "second_order"),
    "exports": lambda pair: trade.bilateral_exports(pair.scenario),
    "exports_reference": lambda pair: trade.bilateral_exports(pair.reference),
    "exports_change_value": lambda pair: (
        trade.bilateral_exports(pair.scenario) - trade.bilateral_exports(pair.reference)
    ),
    "exports_change": lambda pair: _change(
        trade.bilateral_exports(pair.scenario), trade.bilateral_exports(pair.reference)
    ),
    "trade_flows": lambda pair: pair.scenario.flows,
    "trade_flows_reference": lambda pair: pair.reference.flows,
    "output": lambda pair: pair.scenario.output,
    "output_reference": lambda pair: pair.reference.output,
    "output_change": lambda pair: _change(pair.scenario.output, pair.reference.output),
    "output_volume_change": _output_volume,
    "value_added_volume": lambda pair: (
        value_added(pair.reference, pair.base) * _output_volume(pair) / PERCENT
    ),
    "value_added_value": lambda pair: (
        value_added(pair.scenario, pair.base) - value_added(pair.reference, pair.base)
    ),
    "real_factor_price": lambda pair: PERCENT * (workers.real_factor_price(*pair.solutions) - 1.0),
    "firms_change": _firms,
    "scale_gain": lambda pair: (
        PERCENT * np.expm1(pair.scenario.log_scale_gain - pair.reference.log_scale_gain)
    ),
    "group_pay": lambda pair: PERCENT * (workers.group_pay(*pair.solutions) - 1.0),
    "group_pay_value": lambda pair: workers.group_pay_value(*pair.solutions),
    "tariff_revenue": lambda pair: pair.scenario.tariff_revenue,
    "tariff_revenue_value": lambda pair: pair.scenario.tariff_revenue - pair.reference.tariff_revenue,
    "export_taxes": lambda pair: pair.scenario.export_tax_revenue,
    "export_taxes_value": lambda pair: pair.scenario.export_tax_revenue - pair.reference.export_tax_revenue,
    "quota_rents": lambda pair: pair.scenario.quota_rent,
    "quota_rents_value": lambda pair: pair.scenario.quota_rent - pair.reference.quota_rent,
    "subsidies": lambda pair: pair.scenario.subsidies,
    "subsidies_value": lambda pair: pair.scenario.subsidies - pair.reference.subsidies,
    "effective_tariff": lambda pair: PERCENT * trade.effective_tariff(pair.scenario),
    "effective_tariff_reference": lambda pair: PERCENT * trade.effective_tariff(pair.reference),
}


def _free_entry(theory: Theory) -> bool:
    return theory.market in ("krugman", "melitz")


def _scale(theory: Theory) -> bool:
    return _free_entry(theory) or theory.market == "external"


def _profits(theory: Theory) -> bool:
    return theory.market == "fixed-firms"


def _elastic(theory: Theory) -> bool:
    return theory.labour_supply > 0.0


def _taxed(theory: Theory) -> bool:
    return theory.revenue == "labour-tax"


def _public_purse(theory: Theory) -> bool:
    return theory.revenue == "government"


def _in_groups(theory: Theory) -> bool:
    return theory.labour == "groups"


# Quantities that only some theories have: whether one does, and the choice that makes it so.
ONLY_WITH: Mapping[str, tuple[Callable[[Theory], bool], str]] = {
    "scale_and_variety": (_scale, "market=krugman, melitz or external"),
    "scale_gain": (_scale, "market=krugman, melitz or external"),
    "firms_change": (_free_entry, "market=krugman or melitz"),
    "profits": (_profits, "market=fixed-firms"),
    "profits_value": (_profits, "market=fixed-firms"),
    "profit_shifting": (_profits, "market=fixed-firms"),
    "labour_supplied": (_elastic, "labour_supply above 0"),
    "employment": (_elastic, "labour_supply above 0"),
    "welfare_net_of_effort": (_elastic, "labour_supply above 0"),
    "real_wage_after_tax": (_taxed, "revenue=labour-tax"),
    "labour_tax_change": (_taxed, "revenue=labour-tax"),
    "household_real_income": (_public_purse, "revenue=government"),
    "household_real_income_value": (_public_purse, "revenue=government"),
    "public_revenue_value": (_public_purse, "revenue=government"),
    # Elsewhere an imbalance is constant in units of the numeraire.
    "trade_imbalances": (
        lambda theory: theory.imbalances in ("scaled", "ratio") or _elastic(theory),
        "imbalances=scaled or ratio, or labour_supply above 0",
    ),
    "real_factor_price": (
        lambda theory: theory.labour != "mobile",
        "labour=specific, roy-frechet or groups",
    ),
    "group_pay": (_in_groups, "labour=groups"),
    "group_pay_value": (_in_groups, "labour=groups"),
}


# Quantities that take a solve of their own, which may fail: there by name, and in no export.
ON_REQUEST = frozenset({"real_income_first_order"})


def quantity_names(theory: Theory) -> tuple[str, ...]:
    """Names of the quantities that every export under a theory has, in reading order.

    Those of `ON_REQUEST` are to be asked for by name.

    Examples:
        >>> sorted(set(quantity_names(Theory(market="fixed-firms"))) - set(quantity_names(Theory())))
        ['profit_shifting', 'profits', 'profits_value']
    """
    return tuple(
        name
        for name in QUANTITIES
        if name not in ON_REQUEST and (name not in ONLY_WITH or ONLY_WITH[name][0](theory))
    )
