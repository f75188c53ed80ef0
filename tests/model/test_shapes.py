"""The shapes written in annotations are checked while tests run."""

import jax.numpy as jnp
import pytest

from detente.model import equations


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(Exception, match=r"(?s)Type-check.*income"):
        equations.income(jnp.ones(2), jnp.ones(3))


def test_dimensions_may_not_be_swapped() -> None:
    with pytest.raises(Exception, match=r"(?s)Type-check.*market_access"):
        equations.market_access(jnp.ones((2, 3, 3)), jnp.zeros((2, 3)), jnp.ones(2))
