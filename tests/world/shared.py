"""Where the published tables are, for tests that rebuild from them."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def published(name: str) -> Path:
    """A file of the shared data folder; skips the test where it is missing."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs the published table {name}, not found in {DATA}")
    return path
