"""Flows scaled to given sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import CannotCompute
from detente.world.margins import scaled_to_margins


def sweeps(flows: np.ndarray, bought: np.ndarray, sold: np.ndarray, count: int = 20000) -> np.ndarray:
    """Plain iterative proportional fitting."""
    table = flows.copy()
    for _ in range(count):
        table *= (bought / table.sum(axis=2))[:, :, None]
        table *= (sold / table.sum(axis=1))[:, None, :]
    return table


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), spread=st.floats(0.1, 3.0), home=st.floats(1.0, 1e4))
def test_sums_are_met_whatever_the_share_of_trade(seed: int, spread: float, home: float) -> None:
    rng = np.random.default_rng(seed)
    true = np.exp(spread * rng.standard_normal((4, 6, 6))) * (1.0 + home * np.eye(6))
    flows = true * np.exp(spread * rng.standard_normal(true.shape))
    found = scaled_to_margins(flows, true.sum(axis=2), true.sum(axis=1))
    assert found.sum(axis=2) == pytest.approx(true.sum(axis=2), rel=1e-12)
    assert found.sum(axis=1) == pytest.approx(true.sum(axis=1), rel=1.1e-10)


def test_the_answer_is_that_of_iterative_proportional_fitting() -> None:
    rng = np.random.default_rng(5)
    true = rng.uniform(0.5, 2.0, (2, 4, 4)) * (1.0 + 20.0 * np.eye(4))
    flows = true * rng.uniform(0.5, 2.0, true.shape)
    bought, sold = true.sum(axis=2), true.sum(axis=1)
    found = scaled_to_margins(flows, bought, sold)
    assert np.allclose(found, sweeps(flows, bought, sold), rtol=1e-8)


def test_a_table_with_the_sums_stays_and_zeros_stay_zero() -> None:
    rng = np.random.default_rng(6)
    flows = rng.uniform(size=(3, 5, 5)) * (rng.uniform(size=(3, 5, 5)) > 0.3) + np.eye(5)
    flows[1] = 0.0
    flows[2, :, 3] = 0.0
    kept = scaled_to_margins(flows, flows.sum(axis=2), flows.sum(axis=1))
    assert np.allclose(kept, flows, rtol=1e-9)
    moved = scaled_to_margins(flows * rng.uniform(1, 2, flows.shape), flows.sum(axis=2), flows.sum(axis=1))
    assert ((moved == 0.0) == (flows == 0.0)).all()


def test_sums_that_the_zeros_forbid_are_said_so() -> None:
    flows = np.array([[[1.0, 0.0], [1.0, 1.0]]])
    with pytest.raises(CannotCompute, match=r"sums of flows were not met: relative error .*the zeros"):
        scaled_to_margins(flows, np.array([[2.0, 1.0]]), np.array([[1.0, 2.0]]))
