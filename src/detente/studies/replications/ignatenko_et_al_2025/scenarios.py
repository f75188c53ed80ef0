"""The scenarios of the paper, solved, and its tables beside ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from detente.studies.replications.ignatenko_et_al_2025 import tables, tariffs
from detente.studies.replications.ignatenko_et_al_2025.inputs import (
    CHINA,
    EUROPEAN_UNION,
    UNITED_STATES,
    Inputs,
    read_inputs,
)
from detente.studies.replications.ignatenko_et_al_2025.model import (
    COLUMNS,
    ELASTICITY,
    Calibration,
    Response,
    Setting,
    Variant,
    calibrate,
    outcomes,
    respond,
    setting,
    world_trade,
)
from detente.studies.replications.replication import Printed, Replication

__all__ = ["Scenarios", "replicate"]

FEW = ("welfare", "deficit", "employment", "prices")
NO_DEFICIT = tuple(column for column in COLUMNS if column != "deficit")
# Federal budget over GDP, as in the paper.
BUDGET = 0.23
# The paper's optimal tariff with inputs, in words only (section 5.5); its search is not reproduced.
OPTIMAL_WITH_INPUTS = 0.125

Bilateral = Float[np.ndarray, "importer exporter"]
Weights = Float[np.ndarray, "economy"]


class Scenarios:
    """The scenarios of the paper on its data.

    Attributes:
        inputs, calibration: the world before.
        announced: tariffs of 2 April 2025, (importer, exporter).
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.calibration: Calibration = calibrate(inputs)
        self.announced: Bilateral = tariffs.liberation_day(inputs)
        self._settings: dict[Variant, Setting] = {}

    def setting(self, variant: Variant) -> Setting:
        """The variant on these data, made once."""
        if variant not in self._settings:
            self._settings[variant] = setting(self.calibration, variant)
        return self._settings[variant]

    def respond(self, tariff: Bilateral, variant: Variant | None = None) -> Response:
        """The equilibrium under a tariff; the paper's baseline if no variant is named."""
        return respond(self.setting(variant or Variant()), tariff, self.inputs.economies)

    def reciprocal(self) -> Bilateral:
        """The announced tariffs, returned to the United States."""
        return tariffs.reciprocal(self.announced, self.inputs)

    def optimal_tariff(self, *, of_income: bool = False) -> float:
        """Of the United States, by the paper's formula."""
        return tariffs.optimal_tariff(self.calibration, self.setting(Variant()), of_income=of_income)

    def optimal_retaliation(self, to: Bilateral) -> Bilateral:
        """A tariff answered at the rate of the paper's formula for the rest of the world."""
        rate = tariffs.optimal_retaliation(self.calibration, self.setting(Variant()))
        return tariffs.retaliation(to, self.inputs, rate)

    def balanced(self, tariff: Bilateral, variant: Variant) -> Response:
        """The equilibrium where trade with the United States is balanced, and other transfers are kept.

        Every partner's deficit loses its part with the United States (online appendix, footnote 12).
        """
        home, flows = self.inputs.at(UNITED_STATES)[0], self.calibration.flows
        known = self.setting(variant)
        transfer = np.array(known.base.imbalance) - (flows[:, home] - flows[home])
        transfer[home] = 0.0
        changed = known._replace(base=known.base._replace(imbalance=jnp.asarray(transfer)))
        return respond(changed, tariff, self.inputs.economies)

    def abroad(self, *without: str) -> list[int]:
        """Places of all economies but the United States and others named."""
        return [n for n, code in enumerate(self.inputs.economies) if code not in (UNITED_STATES, *without)]

    def groups(self) -> dict[str, list[int]]:
        """Places of the members of every row of the tables."""
        return {
            tables.US: self.inputs.at(UNITED_STATES),
            tables.CHINA: self.inputs.at(CHINA),
            tables.UNION: self.inputs.at(*EUROPEAN_UNION),
            tables.ABROAD: self.abroad(),
            tables.REST: self.abroad(CHINA, *EUROPEAN_UNION),
        }

    def mean(self, values: Weights, row: str, weights: Weights | None = None) -> float:
        """Mean of a row's members; by spending before the tariffs unless other weights are given."""
        members = self.groups()[row]
        spent = self.calibration.flows.sum(axis=1) if weights is None else weights
        return float(np.average(values[members], weights=spent[members]))


def _rows(
    scenarios: Scenarios,
    table: str,
    printed: tables.Rows,
    found: dict[str, Weights],
    columns: Iterable[str],
    weights: Weights | None = None,
) -> Iterator[Printed]:
    """One scenario of a table."""
    for row, digits in printed.items():
        for column, number in zip(columns, digits, strict=True):
            yield Printed(table, row, column, number, scenarios.mean(found[column], row, weights))


def _one_sector(scenarios: Scenarios) -> Iterator[Printed]:
    """Tables 1 to 3, and the first column of Table A7."""
    announced, inputs = scenarios.announced, scenarios.inputs
    best = tariffs.uniform(inputs, scenarios.optimal_tariff())
    second = tariffs.uniform(inputs, scenarios.optimal_tariff(of_income=True))
    runs = {
        "announced tariffs, income tax relief": scenarios.respond(announced),
        "announced tariffs, lump-sum rebate": scenarios.respond(announced, Variant(tax_relief=False)),
        "optimal tariff, income tax relief": scenarios.respond(best),
        "announced tariffs, reciprocal retaliation": scenarios.respond(scenarios.reciprocal()),
        "announced tariffs, optimal retaliation": scenarios.respond(scenarios.optimal_retaliation(announced)),
        "optimal tariff, optimal retaliation": scenarios.respond(scenarios.optimal_retaliation(second)),
    }
    found = {name: outcomes(run) for name, run in runs.items()}
    for case, printed in tables.TABLE_1.items():
        yield from _rows(scenarios, f"Table 1, {case}", printed, found[case], COLUMNS)
    for case, printed in tables.TABLE_2.items():
        yield from _rows(scenarios, f"Table 2, {case}", printed, found[case], FEW)
    collected = {
        "announced tariffs": "announced tariffs, income tax relief",
        "optimal tariff": "optimal tariff, income tax relief",
        "optimal retaliation": "announced tariffs, optimal retaliation",
        "reciprocal retaliation": "announced tariffs, reciprocal retaliation",
    }
    for row, (of_income, of_budget) in tables.TABLE_3.items():
        revenue = scenarios.mean(found[collected[row]]["revenue"], tables.US)
        yield Printed("Table 3, tariff revenue", row, "of GDP", of_income, revenue)
        yield Printed("Table 3, tariff revenue", row, "of federal budget", of_budget, revenue / BUDGET)
    for row in ("announced tariffs", "reciprocal retaliation"):
        yield from _world(row, runs[collected[row]])


def _world(row: str, response: Response) -> Iterator[Printed]:
    """A row of Table A7."""
    trade, employment = tables.TABLE_A7[row]
    earned = np.asarray(response.setting.base.wage_income)
    employed = float(np.average(outcomes(response)["employment"], weights=earned))
    yield Printed("Table A7, world", row, "trade/GDP", trade, world_trade(response))
    yield Printed("Table A7, world", row, "employment", employment, employed)


def _with_inputs(scenarios: Scenarios) -> Iterator[Printed]:
    """The one-sector rows of Table 4, in units of world wages and with means by published GDP."""
    inputs, variant = scenarios.inputs, Variant(value_added_share=0.49)
    abroad = scenarios.abroad()
    earned = np.asarray(scenarios.setting(variant).base.wage_income)

    def welfare(tariff: Bilateral) -> Weights:
        return outcomes(scenarios.respond(tariff, variant))["welfare"]

    def gain_abroad(rate: float) -> float:
        answered = tariffs.retaliation(scenarios.announced, inputs, rate)
        return float(np.average(welfare(answered)[abroad], weights=earned[abroad]))

    home = inputs.at(UNITED_STATES)[0]
    best = tariffs.best_rate(lambda rate: float(welfare(tariffs.uniform(inputs, rate))[home]))
    answer = tariffs.best_rate(gain_abroad)
    runs = {
        "inputs, announced tariffs": scenarios.respond(scenarios.announced, variant),
        "inputs, optimal tariff": scenarios.respond(tariffs.uniform(inputs, OPTIMAL_WITH_INPUTS), variant),
        "inputs, reciprocal retaliation": scenarios.respond(scenarios.reciprocal(), variant),
        "inputs, optimal retaliation": scenarios.respond(
            tariffs.retaliation(scenarios.announced, inputs, answer), variant
        ),
    }
    for case, printed in tables.TABLE_4.items():
        found = outcomes(runs[case], world_prices=False)
        yield from _rows(scenarios, f"Table 4, {case}", printed, found, COLUMNS, inputs.gdp)
    for row in ("inputs, announced tariffs", "inputs, reciprocal retaliation"):
        yield from _world(row, runs[row])
    gained = float(welfare(tariffs.uniform(inputs, best))[home])
    place = "beyond Table 4"
    yield Printed(place, "inputs, best uniform tariff", "rate", None, 100.0 * best)
    yield Printed(place, "inputs, best uniform tariff", "welfare of the United States", None, gained)
    yield Printed(place, "inputs, best uniform retaliation", "rate", None, 100.0 * answer)


def _appendix(scenarios: Scenarios) -> Iterator[Printed]:
    """Tables A4 and A5: trade wars of a few, and other parameters."""
    inputs = scenarios.inputs
    wars = {
        "war with the Union and China": tariffs.trade_war(inputs, european_union=True),
        "war with China": tariffs.trade_war(inputs),
        "war with China at 108 percent": tariffs.trade_war(inputs, 1.08),
    }
    for case, tariff in wars.items():
        found = outcomes(scenarios.respond(tariff))
        yield from _rows(scenarios, f"Table A4, {case}", tables.TABLE_A4[case], found, FEW)
    variants = {
        "pass-through 0.25": Variant(firm_pass_through=0.25),
        "trade elasticity 8": Variant(elasticity=2.0 * ELASTICITY),
        "Eaton-Kortum-Krugman": Variant(fixed_costs=False),
    }
    for case, variant in variants.items():
        found = outcomes(scenarios.respond(scenarios.announced, variant))
        yield from _rows(scenarios, f"Table A5, {case}", tables.TABLE_A5[case], found, COLUMNS)


def _deficits(scenarios: Scenarios) -> Iterator[Printed]:
    """Table A6; its mean of welfare abroad counts every economy alike."""
    plain = Variant(fixed_costs=False)
    rate = 1.0 / ELASTICITY
    answered = tariffs.retaliation(scenarios.announced, scenarios.inputs, rate)
    nothing = np.zeros_like(answered)
    before = outcomes(scenarios.balanced(nothing, plain))
    runs = {
        "fixed transfers": outcomes(scenarios.respond(scenarios.announced, plain)),
        "balanced trade": outcomes(scenarios.balanced(scenarios.announced, plain)),
        "fixed transfers, retaliation": outcomes(scenarios.respond(answered, plain)),
        "balanced trade, retaliation": outcomes(scenarios.balanced(answered, plain)),
    }
    alike = np.ones(len(scenarios.inputs.economies))
    for case, printed in tables.TABLE_A6.items():
        found = runs[case]
        if case.startswith("balanced"):
            found = {column: found[column] - before[column] for column in found}
        for row, digits in printed.items():
            for column, number in zip(NO_DEFICIT, digits, strict=True):
                weights = alike if column == "welfare" else None
                value = scenarios.mean(found[column], row, weights)
                yield Printed(f"Table A6, {case}", row, column, number, value)


def _text(scenarios: Scenarios) -> Iterator[Printed]:
    """Numbers that the article has in words."""
    nu = scenarios.calibration.local_share
    at_home = scenarios.mean(nu, tables.US)
    yield Printed("section 4, nu", "United States", "nu", "0.27", at_home, "share of sales")
    yield Printed("section 4, nu", "other markets", "nu", "0.11", float(nu.min()), "share of sales")
    first, second = scenarios.optimal_tariff(), scenarios.optimal_tariff(of_income=True)
    yield Printed("section 5, optimal tariff", "as in Table 2", "rate", "19", 100.0 * second)
    yield Printed("section 5, optimal tariff", "as in Table 1", "rate", None, 100.0 * first)


def replicate(data: Path) -> Replication:
    """The one-sector tables of the paper and of its online appendix.

    Args:
        data: folder of the inputs, see `read_inputs`.

    Raises:
        BadInput: files missing or malformed; lists all of them.
        CannotCompute: an equilibrium was not found.
    """
    scenarios = Scenarios(read_inputs(data))
    parts = (_text, _one_sector, _with_inputs, _appendix, _deficits)
    return Replication(
        paper=(
            "Ignatenko, A., A. Lashkaripour, L. Macedoni and I. Simonovska (2025), Making America Great "
            "Again? The Economic Impacts of Liberation Day Tariffs, Journal of International Economics 157, "
            "104138"
        ),
        inputs="trade (CEPII BACI) and GDP (World Bank) of 194 economies in 2023, and the announced rates",
        numbers=tuple(number for part in parts for number in part(scenarios)),
        notes=(
            "A4 to A7 are Tables 4 to 7 of the online appendix. Rows with several sectors need data that are "
            "not here and are left out.",
            "What differs rests on the authors' numerical searches (Table 4) and on transfers that do not "
            "sum to zero (Table A6): see replications/ignatenko-et-al-2025/differences.md.",
        ),
    )
