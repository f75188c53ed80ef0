"""Properties of the reconciliation of a prior with known totals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import CannotCompute
from detente.world.reconciliation import KnownTotals, group_totals, reconcile

SHAPE = (4, 5)
ROWS, COLUMNS = np.indices(SHAPE)


def _table(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(size=SHAPE)


def _margins(table: np.ndarray) -> list[KnownTotals]:
    return [KnownTotals("rows", ROWS, table.sum(axis=1)), KnownTotals("columns", COLUMNS, table.sum(axis=0))]


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_exact_totals_are_met(prior_seed: int, true_seed: int) -> None:
    true = _table(true_seed)
    found = reconcile(_table(prior_seed), _margins(true))
    np.testing.assert_allclose(found.table.sum(axis=1), true.sum(axis=1), rtol=1e-8)
    np.testing.assert_allclose(found.table.sum(axis=0), true.sum(axis=0), rtol=1e-8)
    assert found.exact_gap <= 1e-10
    assert np.all(found.table > 0)


@given(st.integers(0, 10_000))
def test_feasible_prior_is_returned_unchanged(seed: int) -> None:
    prior = _table(seed)
    soft = KnownTotals("grand total", np.zeros(SHAPE, dtype=np.int64), np.array([prior.sum()]), 2.0)
    found = reconcile(prior, [*_margins(prior), soft])
    np.testing.assert_allclose(found.table, prior, rtol=1e-12)
    assert found.sweeps == 1


def test_odds_ratios_of_the_prior_survive_exact_margins() -> None:
    prior, true = _table(1), _table(2)
    table = reconcile(prior, _margins(true)).table

    def odds(cells: np.ndarray) -> np.ndarray:
        return np.log(cells[1:, 1:] * cells[:1, :1] / (cells[1:, :1] * cells[:1, 1:]))

    np.testing.assert_allclose(odds(table), odds(prior), atol=1e-7)


def test_zero_cells_stay_zero() -> None:
    prior, true = _table(3), _table(4)
    prior[0, 0] = true[0, 0] = prior[2, 3] = true[2, 3] = 0.0
    table = reconcile(prior, _margins(true)).table
    assert table[0, 0] == 0.0 and table[2, 3] == 0.0


def test_zero_total_empties_its_group() -> None:
    total = np.array([0.0, 1.0, 2.0, 3.0])
    table = reconcile(_table(5), [KnownTotals("rows", ROWS, total)]).table
    np.testing.assert_allclose(table.sum(axis=1), total, atol=1e-12)


def test_result_does_not_depend_on_the_unit() -> None:
    prior, true = _table(6), _table(7)
    soft = KnownTotals("soft", COLUMNS, true.sum(axis=0), 0.7)
    large = KnownTotals("soft", COLUMNS, 1e6 * true.sum(axis=0), 0.7)
    rows = KnownTotals("rows", ROWS, true.sum(axis=1))
    found = reconcile(prior, [soft, rows]).table
    scaled = reconcile(1e6 * prior, [large, KnownTotals("rows", ROWS, 1e6 * true.sum(axis=1))]).table
    np.testing.assert_allclose(scaled, 1e6 * found, rtol=1e-8)


def test_weight_moves_a_total_from_the_prior_to_the_source() -> None:
    prior = np.ones(SHAPE)
    group = np.zeros(SHAPE, dtype=np.int64)
    reached = [
        reconcile(prior, [KnownTotals("all", group, np.array([40.0]), weight)]).table.sum()
        for weight in (1e-6, 1.0, 3.0, 1e6)
    ]
    # One group alone: ln x = (ln prior + weight ln total) / (1 + weight), in closed form.
    expected = [20.0, np.sqrt(20.0 * 40.0), (20.0 * 40.0**3) ** 0.25, 40.0]
    np.testing.assert_allclose(reached, expected, rtol=1e-4)


def test_soft_total_counts_what_is_already_known() -> None:
    group = np.zeros(SHAPE, dtype=np.int64)
    prior = np.ones(SHAPE)
    known = KnownTotals("all", group, np.array([30.0]), 5.0, np.array([10.0]))
    assert reconcile(prior, [known]).table.sum() == pytest.approx(20.0)
    total = reconcile(prior, [_with_total(known, 60.0)]).table.sum()
    # First-order condition: ln(x / prior) + weight ln((x + known) / total) = 0.
    assert np.log(total / 20.0) + 5.0 * np.log((total + 10.0) / 60.0) == pytest.approx(0.0, abs=1e-9)


def _with_total(known: KnownTotals, total: float) -> KnownTotals:
    return KnownTotals(known.name, known.group, np.array([total]), known.weight, known.already_known)


def test_each_group_can_have_its_own_weight() -> None:
    weights = np.array([1e-9, 1.0, 1.0, 1e9])
    known = KnownTotals("rows", ROWS, np.full(4, 10.0), weights)
    sums = reconcile(np.ones(SHAPE), [known]).table.sum(axis=1)
    np.testing.assert_allclose(sums, [5.0, np.sqrt(50.0), np.sqrt(50.0), 10.0], rtol=1e-6)


def test_cells_outside_every_group_keep_the_prior() -> None:
    prior = _table(8)
    group = np.where(COLUMNS == 0, -1, ROWS)
    table = reconcile(prior, [KnownTotals("rows", group, np.ones(4))]).table
    np.testing.assert_array_equal(table[:, 0], prior[:, 0])
    np.testing.assert_allclose(table[:, 1:].sum(axis=1), 1.0)


def test_contradictory_exact_totals_are_reported_with_the_gap() -> None:
    rows = KnownTotals("rows", ROWS, np.full(4, 5.0))
    columns = KnownTotals("columns", COLUMNS, np.full(5, 5.0))
    with pytest.raises(
        CannotCompute, match=r"20 passes: total \d of '(rows|columns)' is off by \d\.\de[+-]\d+ of the mean"
    ):
        reconcile(np.ones(SHAPE), [rows, columns], sweeps=20)


def test_all_problems_of_the_input_are_reported_together() -> None:
    prior = np.ones(SHAPE)
    prior[1] = 0.0
    prior[2, 2] = -1.0
    known = [
        KnownTotals("rows", ROWS, np.array([1.0, 1.0, -3.0, 1.0])),
        KnownTotals("columns", COLUMNS[:2], np.ones(5)),
        KnownTotals("soft", COLUMNS, np.ones(5), 0.0),
    ]
    with pytest.raises(CannotCompute) as caught:
        reconcile(prior, known)
    message = str(caught.value)
    for part in (
        "the prior has 1 negative or missing cells",
        "total 2 of 'rows' is negative (-3)",
        "total 1 of 'rows' is 1 but its prior is zero",
        "groups of 'columns' have shape (2, 5), the prior (4, 5)",
        "weights of 'soft' must be positive",
    ):
        assert part in message


def test_group_totals_ignore_cells_outside() -> None:
    assert group_totals(np.array([[1.0, 2.0], [4.0, 8.0]]), np.array([[0, -1], [1, 1]]), 3).tolist() == [
        1.0,
        12.0,
        0.0,
    ]
