"""What every test shares: compiled code is let go, as the system limits how many pieces a process may map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

# Linux lets a process map 65,530 pieces of memory; a compiled program takes a few dozen.
_MANY = 20_000
_MAPPED = Path("/proc/self/maps")


@pytest.fixture(autouse=True, scope="module")
def _forget_compiled() -> Iterator[None]:
    yield
    jax.clear_caches()


@pytest.fixture(autouse=True)
def _forget_much_compiled() -> Iterator[None]:
    yield
    if _MAPPED.exists() and _MAPPED.read_bytes().count(b"\n") > _MANY:
        jax.clear_caches()
