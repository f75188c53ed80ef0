"""Every quantity against its definition, computed from the two solutions by hand."""

from __future__ import annotations

import numpy as np
import pytest

import detente as dt
from detente.outcome import Outcome


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return dt.run("g20-2019", "canada-china-2026")


def test_sales_at_home_are_no_exports(outcome: Outcome) -> None:
    for name, point in (("exports", outcome.equilibrium), ("exports_reference", outcome.reference)):
        found = outcome.values(name)
        assert not np.diagonal(found).any()
        wanted = point.flows.sum(axis=0).T * (1.0 - np.eye(len(found)))
        np.testing.assert_allclose(found, wanted, rtol=1e-15)


def test_changes_are_scenario_over_reference(outcome: Outcome) -> None:
    for name in ("exports", "output"):
        new, old = outcome.values(name), outcome.values(f"{name}_reference")
        traded = old > 0
        np.testing.assert_allclose(
            outcome.values(f"{name}_change")[traded], 100 * (new / np.where(traded, old, 1.0) - 1)[traded]
        )
        assert not outcome.values(f"{name}_change")[~traded].any()


def test_revenue_is_what_is_collected_more(outcome: Outcome) -> None:
    new = outcome.equilibrium.duties.sum(axis=(0, 2))
    old = outcome.reference.duties.sum(axis=(0, 2))
    np.testing.assert_allclose(outcome.values("tariff_revenue"), new, rtol=1e-9)
    np.testing.assert_allclose(outcome.values("tariff_revenue_value"), new - old, rtol=1e-6, atol=1e-4)


def test_effective_tariffs_are_duties_over_imports_before_duties(outcome: Outcome) -> None:
    canada, china = (outcome.world.economies.index(code) for code in ("CAN", "CHN"))
    sides = (("effective_tariff", outcome.equilibrium), ("effective_tariff_reference", outcome.reference))
    for name, point in sides:
        duty, flow = (x[:, canada, china].sum() for x in (point.duties, point.flows))
        assert outcome.values(name)[canada, china] == pytest.approx(100 * duty / flow)


def test_values_are_shares_of_the_reference(outcome: Outcome) -> None:
    income, output = outcome.reference.income, outcome.values("output_reference")
    np.testing.assert_allclose(
        outcome.values("real_income_value"), outcome.values("real_income") / 100 * income, rtol=1e-12
    )
    paid = outcome.values("value_added_value").sum(axis=1)
    share = np.asarray(outcome.base.value_added_share)
    np.testing.assert_allclose(
        paid, (share * output * outcome.values("output_change") / 100).sum(axis=1), rtol=1e-9, atol=1e-6
    )
