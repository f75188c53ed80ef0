"""What decides a run: its id, and the record from which it is computed again elsewhere."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest

import detente as dt
from detente.distributions import Distribution, Lognormal, Normal, Triangular, Uniform
from detente.errors import BadInput
from detente.policy import Scenario, list_scenarios, load_scenario, parse_scenario, scenario_hash
from detente.policy.uncertain import UncertainNumber
from detente.studies.plain import from_plain, to_plain
from detente.studies.question_key import question_key, said
from detente.studies.run_record import QUESTION, RunRecord, WorldOrigin
from detente.studies.store import Store
from detente.studies.stored_run import StoredRun
from detente.studies.uncertainty import Question
from detente.studies.verification import compare
from detente.world import content_hash

G20 = WorldOrigin("g20-2019")
CARBON = """
title: A carbon price at the border
measures:
  - id: border-charge
    kind: carbon-border-charge
    importer: Canada
    exporter: China
    sectors: [C]
    carbon: {price: 50, unit: USD, year: 2019, table: factors.csv}
    assumption: what if
"""
FACTORS = "economy,sector,tonnes_per_million_usd\nCHN,C,1000\n"
RANGES = """
title: A duty that nobody knows
measures:
  - {id: duty, kind: surcharge, importer: Canada, exporter: China, sectors: C, rate: {low: 10%, high: 30%},
     assumption: what if}
"""


def question(scenario: Scenario | None = None, theory: str = "", **changes: Any) -> Question:
    deal = scenario or load_scenario("canada-china-2026")
    world = changes.pop("world", None) or dt.load_world("g20-2019")
    reference = changes.pop("reference", deal.reference)
    theories = (dt.Theory.parse(theory),)
    return Question(world, deal, reference, theories, ("CAN", "CHN"), **changes)


def stored(record: RunRecord, store: Store) -> StoredRun:
    return store.publish(record.id, {}, record.write)


@dataclass(frozen=True)
class Inner:
    kind: Literal["a", "b"]
    share: float | None = None


@dataclass(frozen=True)
class Outer:
    name: str
    day: date | None
    pair: tuple[str, float]
    inner: tuple[Inner, ...]
    table: Mapping[str, tuple[int, ...]]
    either: float | str | None
    spread: Distribution


@pytest.mark.parametrize(
    "value",
    [
        Outer(
            "x",
            date(2026, 3, 1),
            ("CAN", 1.5),
            (Inner("a"), Inner("b", 0.1)),
            {"k": (1, 2)},
            0.3,
            Uniform(0, 1),
        ),
        Outer("2026-03-01", None, ("", math.inf), (), {}, "oecd", Normal(1.0, 0.5, low=0.0)),
        Outer("é", None, ("a", -0.0), (Inner("a", 1e-300),), {"": ()}, None, Triangular(0.1, 0.2, 0.4)),
        Outer("", None, ("a", 1 / 3), (), {}, None, Lognormal(4.0, 2.0)),
    ],
)
def test_records_come_back_as_they_were(value: Outer) -> None:
    text = json.dumps(to_plain(value), allow_nan=False)
    assert from_plain(Outer, json.loads(text)) == value


def test_what_is_no_such_record_is_refused() -> None:
    plain = to_plain(Inner("a", 0.5))
    with pytest.raises(ValueError, match="is no"):
        from_plain(Inner, {**plain, "more": 1})
    with pytest.raises(ValueError, match="is no"):
        from_plain(Inner, {**plain, "is": "Outer"})
    with pytest.raises(ValueError, match="is no"):
        from_plain(Inner, {**plain, "share": [0.5]})
    with pytest.raises(ValueError, match="is no"):
        from_plain(tuple[Inner, ...], "text")
    with pytest.raises(TypeError, match="Path has no plain form"):
        to_plain(Path())


@pytest.mark.parametrize("name", list_scenarios())
def test_every_shipped_scenario_comes_back_whole(name: str) -> None:
    scenario = load_scenario(name)
    found = from_plain(Scenario, json.loads(json.dumps(to_plain(scenario, ("place",)))), UncertainNumber)
    assert found == scenario
    assert found.text == scenario.text


def test_a_record_says_again_what_it_was_told(tmp_path: Path) -> None:
    asked = question(theory="imbalances=removed,elasticities=uniform:4", seed=3, sources=("elasticities",))
    record = RunRecord(asked, 48, G20)
    again, hashes = RunRecord.read(stored(record, Store(tmp_path)))
    assert again.id == record.id
    assert again.draws == 48 and again.software == record.software
    assert hashes == record.hashes == again.hashes
    assert again.question.id == asked.id
    assert again.question.scenario == asked.scenario and again.question.reference == asked.reference
    assert again.question.theories == asked.theories and again.question.solver == asked.solver
    assert content_hash(again.question.world) == content_hash(asked.world)


def test_the_reference_is_the_one_of_then(tmp_path: Path) -> None:
    """A file beside the scenario decides its hash, and may have changed or gone since."""
    (tmp_path / "before.yaml").write_text(RANGES.replace("nobody knows", "was"))
    (tmp_path / "after.yaml").write_text(RANGES.replace("measures:", "against: before.yaml\nmeasures:"))
    scenario = load_scenario(tmp_path / "after.yaml")
    record = RunRecord(question(scenario), 0, G20)
    run = stored(record, Store(tmp_path / "store"))
    (tmp_path / "before.yaml").unlink()
    (tmp_path / "after.yaml").unlink()
    again, hashes = RunRecord.read(run)
    assert again.hashes == hashes and again.id == record.id
    assert again.question.reference is not None and again.question.reference.title == "A duty that was"
    (number,) = again.question.scenario.uncertain
    assert number.distribution == Uniform(0.1, 0.3)


def test_tables_of_users_go_along(tmp_path: Path) -> None:
    (tmp_path / "factors.csv").write_text(FACTORS)
    (tmp_path / "border.yaml").write_text(CARBON)
    scenario = load_scenario(tmp_path / "border.yaml")
    before = dt.run("g20-2019", scenario).values("real_income")
    run = stored(RunRecord(question(scenario), 0, G20), Store(tmp_path / "store"))
    (tmp_path / "factors.csv").unlink()
    shutil.move(run.folder, tmp_path / "elsewhere")
    moved = replace(run, folder=tmp_path / "elsewhere")
    again, hashes = RunRecord.read(moved)
    assert again.hashes == hashes and again.id == run.id
    asked = again.question
    after = dt.run(asked.world, asked.scenario, "baseline").values("real_income")
    assert after.tolist() == before.tolist()


def test_groups_of_workers_go_along_and_count_by_content(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    rows = [f"CAN,{group},{sector},1" for group in ("east", "west") for sector in world.sectors]
    ids = set()
    for name, text in (("a", rows), ("b", rows), ("c", [*rows[:-1], rows[-1][:-1] + "2"])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["economy,group,sector,earnings", *text]))
        record = RunRecord(question(theory=f"labour=groups,labour_groups={tmp_path / name}.csv"), 0, G20)
        run = stored(record, Store(tmp_path / "store"))
        (tmp_path / f"{name}.csv").unlink()
        again, _ = RunRecord.read(run)
        assert again.id == run.id
        assert Path(str(again.question.theories[0].labour_groups)).is_file()
        ids.add(run.id)
    assert len(ids) == 2


def test_everything_that_decides_a_run_is_in_its_id() -> None:
    deal, world = load_scenario("canada-china-2026"), dt.load_world("g20-2019")
    first, broad = deal.measures[0], world.aggregate(sectors="broad")
    other = broad.replace(parent=world.replace(vintage=2018))
    asked = question(deal)
    records = [
        RunRecord(asked, 0, G20),
        RunRecord(asked, 96, G20),
        RunRecord(asked, 102, G20),
        RunRecord(asked, 0, G20, software="0.0.9"),
        RunRecord(question(deal, "imbalances=removed"), 0, G20),
        RunRecord(question(deal, reference=None), 0, G20),
        RunRecord(question(deal, seed=1), 96, G20),
        RunRecord(question(deal, sources=("flows",)), 96, G20),
        RunRecord(replace(asked, focus=("CAN",)), 0, G20),
        RunRecord(question(replace(deal, title="Another")), 0, G20),
        RunRecord(question(replace(deal, measures=deal.measures[1:])), 0, G20),
        RunRecord(question(replace(deal, measures=(replace(first, note="?"), *deal.measures[1:]))), 0, G20),
        RunRecord(question(deal, world=broad), 0, WorldOrigin("g20-2019", None, "broad")),
        RunRecord(question(deal, world=other), 0, WorldOrigin("g20-2019", None, "broad")),
        RunRecord(question(deal, world=world.replace(title="Mine")), 0, G20),
    ]
    assert len({record.id for record in records}) == len(records)


def test_nothing_else_is_in_its_id(tmp_path: Path) -> None:
    deal = load_scenario("canada-china-2026")
    record = RunRecord(question(deal), 0, G20)
    same = [
        RunRecord(question(replace(deal, file="elsewhere/deal.yaml", text="# nothing")), 0, G20),
        RunRecord(question(deal), 0, WorldOrigin(str(tmp_path / "g20-2019.json"))),
        # Without draws, what would vary does not matter.
        RunRecord(question(deal, seed=9, sources=("flows",)), 0, G20),
        RunRecord(replace(question(deal), theories=(dt.Theory(), dt.Theory("uniform:4"))), 0, G20),
    ]
    assert {other.id for other in same} == {record.id}


def test_what_is_asked_has_a_key(tmp_path: Path) -> None:
    scenario = parse_scenario(RANGES)

    def key(**changes: Any) -> str | None:
        asked: dict[str, Any] = {"scenario": scenario, "reference": None, "world": "g20-2019", "words": {}}
        return question_key(**{**asked, **changes})

    (tmp_path / "groups.csv").write_text("a")
    words = {"theory": f"labour=groups, labour_groups={tmp_path / 'groups.csv'}"}
    keys = [
        key(),
        key(reference=load_scenario("canada-china-2026")),
        key(world="world-2022"),
        key(words={"seed": 1}),
        key(scenario=replace(scenario, title="Another")),
        key(scenario=parse_scenario(RANGES.replace("30%", "31%"))),
        key(words=words),
    ]
    (tmp_path / "groups.csv").write_text("b")
    keys.append(key(words=words))
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert key(scenario=parse_scenario(f"# comment\n{RANGES}")) == keys[0]
    assert key(world="atlantis") is None
    assert key(world=str(tmp_path / "no.json")) is None


def test_prose_is_said_and_places_are_not(tmp_path: Path) -> None:
    (tmp_path / "factors.csv").write_text(FACTORS)
    (tmp_path / "border.yaml").write_text(CARBON)
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "factors.csv", tmp_path / "other" / "tons.csv")
    (tmp_path / "other" / "border.yaml").write_text(CARBON.replace("factors.csv", "tons.csv"))
    one, other = load_scenario(tmp_path / "border.yaml"), load_scenario(tmp_path / "other" / "border.yaml")
    assert said(one) == said(other)
    assert scenario_hash(one) == scenario_hash(other)
    assert said(one) != said(replace(one, description="more"))


def test_a_record_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    def run_with(**changes: Any) -> StoredRun:
        record = RunRecord(question(), 0, G20)

        def write(folder: Path) -> None:
            record.write(folder)
            found = json.loads((folder / QUESTION).read_text())
            (folder / QUESTION).write_text(json.dumps({**found, **changes}))

        store = Store(tmp_path / str(len(list(tmp_path.iterdir()))))
        return store.publish(record.id, {}, write)

    with pytest.raises(
        BadInput, match=r"question\.json: is no record of a run \(of format 9, this version reads"
    ):
        RunRecord.read(run_with(format=9))
    with pytest.raises(BadInput, match="is no record of a run"):
        RunRecord.read(run_with(scenario={"record": {}, "reference": None}))
    with pytest.raises(BadInput, match="is no record of a run"):
        RunRecord.read(run_with(world={"folder": "x"}))
    with pytest.raises(
        BadInput, match="rests on the world 'atlantis', which cannot be had any more: no world"
    ):
        RunRecord.read(run_with(world={"name": "atlantis"}))


def test_differences_are_measured_against_what_a_solver_leaves_open() -> None:
    def of(**values: float) -> dict[str, Any]:
        return {"units": {"share": "percent", "flow": "USD million a year"}, "rows": [values]}

    kept = of(share=0.5, flow=1000.0)
    near = compare("x", kept, of(share=0.5 + 5e-6, flow=1000.05))
    assert near.different == () and near.numbers == 2
    assert (near.largest, near.where) == (pytest.approx(0.05), "rows, 1, flow")
    far = compare("x", kept, of(share=0.5 + 5e-5, flow=1001.0))
    assert len(far.different) == 2
    assert far.different[0].startswith("rows, 1, share: 0.5 was kept, 0.50005 is computed")
    draws = compare("x", {"draw 1": {"exports/CAN>USA": 10.0}}, {"draw 1": {"exports/CAN>USA": 10.05}})
    assert draws.different == (), "answers are known by their quantity, which has a unit"


def test_what_is_not_a_number_is_compared_too() -> None:
    kept = {"regime": "filled", "rows": [1.0, 2.0], "gone": 1.0, "none": None, "nan": math.nan}
    fresh = {"regime": "not filled", "rows": [1.0], "new": 1.0, "none": 0.0, "nan": math.nan}
    assert compare("x", kept, kept).different == ()
    assert sorted(compare("x", kept, fresh).different) == [
        "'gone' was kept, and is not computed",
        "'new' was not kept, and is computed",
        "none: 'None' was kept, '0.0' is computed",
        "regime: 'filled' was kept, 'not filled' is computed",
        "rows: 2 rows were kept, 1 are computed",
    ]
    assert compare("x", {"a": math.nan}, {"a": 1.0}).different == ("a: nan was kept, 1 is computed",)
