"""Intervals of draws."""

from __future__ import annotations

import numpy as np

from detente.studies.uncertainty.intervals import FEWEST_BLOCKS, PROBABILITIES, interval, interval_errors


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
    assert found is not None and (found.median, found.sign) == (0.0, 1.0)


def blocks(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draws of which those of a block have most in common, (block, row)."""
    return 2.0 + rng.normal(0.0, 3.0, (count, 1)) + rng.normal(0.0, 1.0, (count, 6))


def test_errors_are_the_spread_over_other_draws_of_dependent_rows() -> None:
    rng = np.random.default_rng(0)
    found, errors = [], []
    for _ in range(200):
        values = blocks(rng, 48)
        told, off = interval(values.ravel()), interval_errors(values)
        assert told is not None and off is not None
        found.append([told.median, told.low_50, told.high_50, told.sign])
        errors.append([off.median, off.low_50, off.high_50, off.sign])
    ratio = np.mean(errors, axis=0) / np.std(found, axis=0)
    # Rows that were taken for independent would give about 0.4.
    assert ((ratio > 0.8) & (ratio < 1.3)).all()


def test_errors_of_many_blocks_take_no_longer_and_are_smaller() -> None:
    values = np.random.default_rng(1).normal(0.0, 1.0, (20_000, 1))
    found = interval_errors(values)
    assert found is not None
    for name, part in (("median", 0.5), ("high_90", 0.95)):
        density = np.exp(-(np.quantile(values, part) ** 2) / 2.0) / np.sqrt(2.0 * np.pi)
        wanted = np.sqrt(part * (1.0 - part) / len(values)) / density
        assert 0.7 < getattr(found, name) / wanted < 1.4
    assert PROBABILITIES[2] == 0.5 and PROBABILITIES[4] == 0.95


def test_few_blocks_tell_no_errors_and_failed_draws_do_not_count() -> None:
    values = blocks(np.random.default_rng(2), FEWEST_BLOCKS)
    assert interval_errors(values[1:]) is None
    whole = interval_errors(values)
    assert whole is not None and whole.median > 0.0
    gone = np.vstack([values, np.full((3, 6), np.nan)])
    assert interval_errors(gone) == whole
    part = values.copy()
    part[0, 1:] = np.nan
    assert interval_errors(part) not in (None, whole)
    part[0] = np.nan
    assert interval_errors(part) is None
