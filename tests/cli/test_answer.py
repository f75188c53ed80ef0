"""The short answer on paper says what the numbers say."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

import detente as dt
from detente.cli.answer import print_answer
from detente.outcome import Outcome, summarise
from detente.world import economy_title


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return dt.run("g20-2019", "china-canada-2024-25")


def test_who_gains_and_who_loses(outcome: Outcome) -> None:
    change = dict(zip(outcome.world.economies, outcome.values("real_income"), strict=True))
    most, least = max(change, key=lambda code: change[code]), min(change, key=lambda code: change[code])
    assert change[most] > 0 > change[least]
    file = StringIO()
    print_answer(Console(file=file, width=200), outcome, summarise(outcome, [most, least]))
    assert f"{economy_title(most)} gains about USD " in file.getvalue()
    assert f"{economy_title(least)} loses about USD " in file.getvalue()
