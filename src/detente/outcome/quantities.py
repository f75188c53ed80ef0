"""Every quantity of an outcome, by its name in `variables.toml`, from two equilibria."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np

from detente.model import Baseline, Equilibrium
from detente.outcome import trade, welfare
from detente.outcome.decomposition import Decomposition, decompose

__all__ = ["QUANTITIES", "Comparison"]

PERCENT = 100.0


class _Pair(NamedTuple):
    reference: Equilibrium
    scenario: Equilibrium
    base: Baseline


class Comparison(_Pair):
    """A scenario's equilibrium beside its reference, on the same baseline."""

    @cached_property
    def decomposition(self) -> Decomposition:
        """Where the change of real income comes from; computed once."""
        return decompose(*self)


def _change(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Percent change; zero where there was nothing."""
    ratio: np.ndarray = np.divide(new, old, out=np.ones_like(new), where=old > 0)
    return PERCENT * (ratio - 1.0)


def _output_volume(pair: Comparison) -> np.ndarray:
    cost = np.exp(pair.scenario.log_cost - pair.reference.log_cost)
    return _change(pair.scenario.output / cost, pair.reference.output)


def _decomposition(pair: Comparison, part: str) -> np.ndarray:
    return PERCENT * np.asarray(getattr(pair.decomposition, part))


QUANTITIES: Mapping[str, Callable[[Comparison], np.ndarray]] = {
    "real_income": lambda pair: PERCENT * (welfare.real_income(*pair) - 1.0),
    "real_income_value": lambda pair: (welfare.real_income(*pair) - 1.0) * pair.reference.income,
    "real_wage": lambda pair: PERCENT * (welfare.real_wage(*pair) - 1.0),
    "consumer_prices": lambda pair: PERCENT * (welfare.consumer_prices(*pair) - 1.0),
    "terms_of_trade": lambda pair: _decomposition(pair, "terms_of_trade"),
    "volume_of_trade": lambda pair: _decomposition(pair, "volume_of_trade"),
    "efficiency": lambda pair: _decomposition(pair, "efficiency"),
    "subsidised_volume": lambda pair: _decomposition(pair, "subsidised_volume"),
    "second_order": lambda pair: _decomposition(pair, "second_order"),
    "exports": lambda pair: trade.bilateral_exports(pair.scenario),
    "exports_reference": lambda pair: trade.bilateral_exports(pair.reference),
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
        np.asarray(pair.base.value_added_share) * pair.reference.output * _output_volume(pair) / PERCENT
    ),
    "value_added_value": lambda pair: (
        np.asarray(pair.base.value_added_share) * (pair.scenario.output - pair.reference.output)
    ),
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
