"""gegravity's documented sample: by gegravity in this run, by us, and by an independent solution."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.gravity import peer_table
from detente.errors import BadInput
from detente.studies.replications import REPLICATIONS, Printed, Replication, gegravity_sample
from detente.studies.replications.gegravity_sample import (
    AGREEMENT,
    FILE,
    REFERENCE,
    SIGMA,
    GravitySample,
    differences,
    peer,
    read_sample,
)
from tests.studies.gravity_oracle import endowment_economy

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "gravity"
needs_sample = pytest.mark.skipif(
    not (DATA / FILE).is_file(),
    reason="gegravity's sample (shared/data/gravity) is not here",
)
# Percentage points: gegravity solves its baseline to 1e-8 only, which its results carry on.
SAME_SYSTEM = 1e-6
# Fractions.
AS_THE_ORACLE = 1e-9


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return read_sample(DATA)


@pytest.fixture(scope="module")
def found() -> Replication:
    pytest.importorskip("gegravity")
    return REPLICATIONS["gegravity-sample"](DATA)


# Real GDP, percent, and Canada's row of the documentation's table of countries.
DOCUMENTED = {
    "AUS": "-0.007106",
    "AUT": "-0.005179",
    "BEL": "-0.002409",
    "BRA": "-0.005496",
    "CAN": "0.418261",
}
CANADA = {
    "factory gate price": "-0.135770",
    "outward resistance": "0.135955",
    "inward resistance": "-0.551724",
    "real GDP": "0.418261",
    "foreign exports": "1.573180",
    "foreign imports": "1.504744",
    "intranational trade": "-1.939006",
}


@needs_sample
def test_every_documented_digit(found: Replication) -> None:
    documented = [number for number in found.numbers if number.table.startswith("documentation")]
    assert len(documented) == 5 * 7 + 5
    assert [f"{n.row} {n.column}: {n.computed}" for n in documented if not n.agrees] == []
    rows = {(number.row, number.column): number.rounded for number in documented}
    assert {economy: rows[economy, "real GDP"] for economy in DOCUMENTED} == DOCUMENTED
    assert {column: rows["CAN", column] for column in CANADA} == CANADA
    assert rows["CAN", "trade"] == "-2.350013"


@needs_sample
def test_both_programs_agree_in_one_run(found: Replication) -> None:
    both = [number for number in found.numbers if number.table == "gegravity in this run"]
    assert len(both) == 2 * 30
    assert all(number.agrees for number in both)
    assert found.agrees


@needs_sample
def test_the_peer_runs_and_is_not_remembered(frame: pd.DataFrame) -> None:
    """Its answer is the stored one on its data, and another one on other data."""
    pytest.importorskip("gegravity")
    stored = peer_table()
    assert GravitySample(frame).economies == stored["economies"]
    assert max(differences(peer(frame), stored).values()) < SAME_SYSTEM
    nearer = frame.assign(lndist=frame["lndist"] * 0.9)
    theirs, ours = peer(nearer), GravitySample(nearer).fixed_incomes()
    assert differences(theirs, stored)["gdp"] > 1e-3
    assert max(differences(theirs, ours).values()) < 10 * SAME_SYSTEM


@needs_sample
def test_incomes_that_follow_prices_are_an_endowment_economy(frame: pd.DataFrame) -> None:
    sample = GravitySample(frame)
    before, after = sample.costs(), sample.costs({AGREEMENT})
    oracle = endowment_economy(
        sample.flows(before).T, (after / before).T, SIGMA, "scaled", sample.economies.index(REFERENCE)
    )
    ours = sample.endowment()
    assert np.abs(ours["factory_price"] / 100 + 1 - oracle.price).max() < AS_THE_ORACLE
    assert np.abs(ours["gdp"] / 100 + 1 - oracle.real_gdp).max() < AS_THE_ORACLE


def test_a_missing_peer_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gegravity_sample, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match=re.escape("pip install 'detente[gravity]'")):
        peer(pd.DataFrame())


def test_missing_files_and_columns_are_reported_together(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="file is missing"):
        read_sample(tmp_path)
    (tmp_path / FILE).write_text("importer,exporter,year,trade,Y\nCAN,JPN,2006,1,2\n")
    with pytest.raises(BadInput) as caught:
        read_sample(tmp_path)
    fields = {problem.field for problem in caught.value.problems}
    assert fields == {"E", "lndist", "contiguity", "common_language", "pta", "international"}


def test_a_different_sixth_digit_differs() -> None:
    assert not Printed("documentation, countries", "CAN", "real GDP", "0.418261", 0.4182625).agrees
