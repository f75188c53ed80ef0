"""Intervals of draws."""

from __future__ import annotations

import numpy as np

from detente.studies.uncertainty.intervals import interval


def test_an_interval_holds_its_part_of_the_draws() -> None:
    values = np.random.default_rng(0).normal(1.0, 2.0, 20_000)
    found = interval(values)
    assert found is not None
    assert np.isclose(np.mean((found.low_90 <= values) & (values <= found.high_90)), 0.9, atol=1e-3)
    assert np.isclose(np.mean((found.low_50 <= values) & (values <= found.high_50)), 0.5, atol=1e-3)
    assert np.isclose(found.sign, np.mean(values > 0))
    assert abs(found.median - 1.0) < 0.05


def test_failed_draws_do_not_count() -> None:
    found = interval(np.array([np.nan, -1.0, -2.0, -3.0]))
    assert found is not None
    assert (found.draws, found.median, found.sign) == (3, -2.0, 1.0)
    assert interval(np.full(4, np.nan)) is None


def test_nothing_has_no_sign() -> None:
    found = interval(np.array([0.0, 1e-15, -1e-15, 0.0]))
    assert found is not None and found.sign == 1.0
