"""Checks pass within their bound only."""

from __future__ import annotations

import math

import pytest

from detente.outcome import Check


@pytest.mark.parametrize(
    ("measured", "passed"), [(0.0, True), (1e-9, True), (1.1e-9, False), (math.nan, False), (math.inf, False)]
)
def test_a_gap_that_is_no_number_is_no_pass(measured: float, passed: bool) -> None:
    assert Check("name", "meaning", measured, 1e-9).passed is passed
