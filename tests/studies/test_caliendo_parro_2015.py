"""Caliendo and Parro (2015), Tables 2, 3, 5, 7, 9 and 11, from the authors' inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detente.errors import BadInput
from detente.studies.replications import REPLICATIONS, Printed, Replication
from detente.studies.replications.caliendo_parro_2015 import (
    FILES,
    NAFTA,
    Effects,
    Inputs,
    effects_given,
    read_inputs,
    tariffs,
)
from tests.studies.caliendo_parro_oracle import Economies, Solution, solve, welfare

# Every printed digit: `Printed.agrees` rounds ours to the paper's digits and asks for equality.
DATA = Path(__file__).parents[2].parent / "shared" / "data" / "cp2015"
# Fractions: the oracle clears its markets to 1e-11 only.
AS_THE_ORACLE = 1e-9
COLUMNS = ("welfare", "terms of trade", "volume of trade", "real wage")
needs_inputs = pytest.mark.skipif(
    not DATA.is_dir(), reason="the authors' inputs (shared/data/cp2015) are not here: no licence to ship them"
)


@pytest.fixture(scope="module")
def numbers() -> dict[tuple[str, str, str], Printed]:
    found = REPLICATIONS["caliendo-parro-2015"](DATA)
    return {(number.table, number.row, number.column): number for number in found.numbers}


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    return read_inputs(DATA)


@pytest.fixture(scope="module")
def solved(inputs: Inputs) -> dict[str, Solution]:
    """The oracle's four equilibria."""
    base = inputs.base
    factor = np.asarray(base.tariff_factor)
    data = Economies(
        flows=np.asarray(base.sourcing) * np.asarray(base.spending).T[:, :, None] / factor,
        tariff=factor,
        input_share=np.asarray(base.input_share),
        value_added_share=np.asarray(base.value_added_share),
        elasticity=np.asarray(base.trade_elasticity),
    )
    which = {
        "1993": {},
        "NAFTA": {"members": True},
        "world": {"members": True, "others": True},
        "rest": {"others": True},
    }
    return {name: solve(data, tariffs(inputs, **changed)) for name, changed in which.items()}


PRINTED = [
    *(
        ("Table 2", row, column, value)
        for row, values in {
            "Mexico": ("1.31", "-0.41", "1.72", "1.72"),
            "Canada": ("-0.06", "-0.11", "0.04", "0.32"),
            "United States": ("0.08", "0.04", "0.04", "0.11"),
        }.items()
        for column, value in zip(COLUMNS, values, strict=True)
    ),
    ("Table 3", "Mexico", "volume of trade with NAFTA", "1.80"),
    ("Table 3", "Mexico", "volume of trade with rest of world", "-0.08"),
    ("Table 3", "Canada", "volume of trade with NAFTA", "0.08"),
    ("Table 3", "Canada", "volume of trade with rest of world", "-0.04"),
    ("Table 5", "Mexico", "imports from Canada", "116.6"),
    ("Table 5", "Mexico", "imports from United States", "118.3"),
    ("Table 5", "United States", "imports from Mexico", "109.5"),
    ("Table 5", "United States", "imports from Canada", "6.6"),
    ("Table 7", "Mexico", "welfare", "1.36"),
    ("Table 7", "Canada", "welfare", "0.10"),
    ("Table 7", "United States", "welfare", "0.22"),
    ("Table 7", "China", "welfare", "13.9"),
    ("Table 9", "Mexico", "welfare", "1.17"),
    ("Table 9", "Canada", "welfare", "-0.06"),
    ("Table 9", "United States", "welfare", "0.08"),
    ("Table 11", "Mexico", "imports from NAFTA", "118.28"),
    ("Table 11", "Canada", "imports from NAFTA", "11.11"),
    ("Table 11", "United States", "imports from NAFTA", "40.52"),
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
def test_no_printed_number_is_untested(numbers: dict[tuple[str, str, str], Printed]) -> None:
    printed = {key for key, number in numbers.items() if number.published is not None}
    assert printed == {tuple(entry[:3]) for entry in PRINTED}


WORLD = "beyond Table 7: world tariff changes"
REST = "beyond: world tariff changes without NAFTA's"
GIVEN = "beyond Table 9: NAFTA given world tariff changes"


@needs_inputs
@pytest.mark.parametrize(
    ("scenario", "welfare_table", "table"),
    [("NAFTA", "Table 2", "Table 2"), ("world", "Table 7", WORLD), ("rest", REST, REST)],
)
def test_the_effects_are_those_of_an_independent_solution(
    numbers: dict[tuple[str, str, str], Printed],
    inputs: Inputs,
    solved: dict[str, Solution],
    scenario: str,
    welfare_table: str,
    table: str,
) -> None:
    found = welfare(solved["1993"], solved[scenario], np.asarray(inputs.base.tariff_factor))
    expected = (found["terms"] + found["volume"], found["terms"], found["volume"], found["wage"])
    for member, at in NAFTA.items():
        for column, values in zip(COLUMNS, expected, strict=True):
            place = welfare_table if column == "welfare" else table
            assert abs(numbers[place, member, column].computed / 100 - values[at]) < AS_THE_ORACLE
        exact = numbers["beyond Table 2" if scenario == "NAFTA" else table, member, "real income, exact"]
        assert abs(exact.computed / 100 - found["exact"][at]) < AS_THE_ORACLE


@needs_inputs
def test_nafta_given_the_world_is_exact_where_the_measure_is(
    numbers: dict[tuple[str, str, str], Printed], inputs: Inputs, solved: dict[str, Solution]
) -> None:
    """Ratios of real wages and of real incomes chain; the differential's parts only as the authors do it."""
    found = welfare(solved["rest"], solved["world"], np.asarray(inputs.base.tariff_factor))
    for member, at in NAFTA.items():
        for column, name in (("real wage", "wage"), ("real income, exact", "exact")):
            assert abs(numbers[GIVEN, member, column].computed / 100 - found[name][at]) < AS_THE_ORACLE


def test_an_effect_given_itself_is_nothing() -> None:
    effects = Effects(*(np.array([0.1, -0.2]) for _ in range(4)))
    assert all(np.allclose(column, 0.0) for column in effects_given(effects, effects))
    nothing = Effects(*(np.zeros(2) for _ in range(4)))
    assert all(
        np.allclose(ours, theirs, rtol=1e-14)
        for ours, theirs in zip(effects_given(effects, nothing), effects, strict=True)
    )


@needs_inputs
def test_tariffs_change_where_asked_only(inputs: Inputs) -> None:
    before, after = np.asarray(inputs.base.tariff_factor), inputs.tariff_2005
    inside = np.zeros(before.shape[1:], dtype=bool)
    for importer in (4, 19, 29):
        for exporter in (4, 19, 29):
            inside[importer, exporter] = True
    assert np.array_equal(tariffs(inputs), before)
    assert np.array_equal(tariffs(inputs, members=True, others=True), after)
    members, others = tariffs(inputs, members=True), tariffs(inputs, others=True)
    assert np.array_equal(members[:, inside], after[:, inside])
    assert np.array_equal(members[:, ~inside], before[:, ~inside])
    assert np.array_equal(others[:, inside], before[:, inside])
    assert np.array_equal(others[:, ~inside], after[:, ~inside])


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
