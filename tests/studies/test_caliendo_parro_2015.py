"""Caliendo and Parro (2015), Tables 2 and 3, from the authors' inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detente.errors import BadInput
from detente.studies.replications import REPLICATIONS, Printed, Replication
from detente.studies.replications.caliendo_parro_2015 import FILES, read_inputs

# Every printed digit: `Printed.agrees` rounds ours to the paper's digits and asks for equality.
DATA = Path(__file__).parents[2].parent / "shared" / "data" / "cp2015"
needs_inputs = pytest.mark.skipif(
    not DATA.is_dir(), reason="the authors' inputs (shared/data/cp2015) are not here: no licence to ship them"
)


@pytest.fixture(scope="module")
def numbers() -> dict[tuple[str, str, str], Printed]:
    found = REPLICATIONS["caliendo-parro-2015"](DATA)
    return {(number.table, number.row, number.column): number for number in found.numbers}


PRINTED = [
    *(
        ("Table 2", row, column, value)
        for row, values in {
            "Mexico": ("1.31", "-0.41", "1.72", "1.72"),
            "Canada": ("-0.06", "-0.11", "0.04", "0.32"),
            "United States": ("0.08", "0.04", "0.04", "0.11"),
        }.items()
        for column, value in zip(
            ("welfare", "terms of trade", "volume of trade", "real wage"), values, strict=True
        )
    ),
    ("Table 3", "Mexico", "imports from NAFTA", "118.28"),
    ("Table 3", "Canada", "imports from NAFTA", "11.11"),
    ("Table 3", "United States", "imports from NAFTA", "40.52"),
    ("Table 2, imbalances kept", "Mexico", "welfare", "1.17"),
    ("Table 2, imbalances kept", "Canada", "welfare", "-0.04"),
    ("Table 2, imbalances kept", "United States", "welfare", "0.08"),
    ("Table 2, imbalances kept", "Mexico", "real wage", "1.64"),
    ("Table 2, imbalances kept", "Canada", "real wage", "0.33"),
    ("Table 2, imbalances kept", "United States", "real wage", "0.12"),
]


@needs_inputs
@pytest.mark.parametrize(("table", "row", "column", "value"), PRINTED)
def test_every_printed_digit(
    numbers: dict[tuple[str, str, str], Printed], table: str, row: str, column: str, value: str
) -> None:
    number = numbers[table, row, column]
    assert number.published == value
    assert number.rounded == value, f"computed {number.computed}"


@needs_inputs
def test_exact_welfare_is_reported_beside_the_paper(
    numbers: dict[tuple[str, str, str], Printed],
) -> None:
    exact = numbers["beyond Table 2", "Mexico", "real income, exact"]
    assert exact.published is None and exact.agrees is None
    assert 0.0 < exact.computed < 0.02


@needs_inputs
def test_inputs_satisfy_the_accounts() -> None:
    base = read_inputs(DATA).base
    shares = np.asarray(base.input_share).sum(axis=1) + np.asarray(base.value_added_share)
    assert np.allclose(shares, 1.0, atol=1e-12)
    assert abs(float(base.imbalance.sum())) < 1e-6 * float(base.wage_income.sum())


def test_missing_and_malformed_inputs_are_reported_together(tmp_path: Path) -> None:
    (tmp_path / "T.txt").write_text("9.11\n13.53\n")
    (tmp_path / "B.txt").write_text("not numbers\n")
    with pytest.raises(BadInput) as caught:
        read_inputs(tmp_path)
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == len(FILES)
    assert any("T.txt: shape (2,), expected (20,)" in message for message in messages)
    assert any("B.txt: not a table of numbers" in message for message in messages)
    assert sum("file is missing" in message for message in messages) == len(FILES) - 2


def test_a_wrong_digit_is_seen() -> None:
    assert not Printed("Table 2", "Mexico", "welfare", "1.31", 1.3151).agrees
    assert Printed("Table 2", "Mexico", "welfare", "1.31", 1.3149).agrees


def test_one_digit_that_differs_is_a_table_that_differs() -> None:
    right = Printed("Table 2", "Mexico", "welfare", "1.31", 1.314)
    wrong = Printed("Table 2", "Mexico", "welfare", "1.31", 1.316)
    beyond = Printed("beyond", "Mexico", "welfare", None, 1.316)
    assert Replication("paper", "inputs", (right, beyond)).agrees
    assert not Replication("paper", "inputs", (right, wrong)).agrees
