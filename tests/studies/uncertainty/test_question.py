"""What identifies a study: everything that changes a draw, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import detente as dt
from detente.errors import BadInput
from detente.model import Theory
from detente.policy import joint_numbers, parse_scenario
from detente.studies.run_record import RunRecord, WorldOrigin
from detente.studies.uncertainty import Question
from detente.world import World, content_hash
from detente.world.flow_error import flow_error
from detente.world.tariff_error import tariff_error
from tests.studies.uncertainty.questions import small

ORIGIN = WorldOrigin("g20-2019")
MEASURES = {
    name: f"  - {{id: {name}, kind: surcharge, importer: Canada, exporter: {who}, sectors: C, "
    "rate: {low: 10%, high: 30%}, assumption: what if}\n"
    for name, who in (("one", "China"), ("other", "India"))
}


def ids(question: Question) -> tuple[str, str]:
    """Of the draws, and of the run that rests on them."""
    return question.id, RunRecord(question, 96, ORIGIN).id


def differ(*questions: Question) -> bool:
    """Whether all draws, and all runs, have identifiers of their own."""
    return all(len(set(column)) == len(questions) for column in zip(*map(ids, questions), strict=True))


def on(world: World) -> Question:
    return replace(small(theories=(Theory(),)), world=world)


def test_groups_of_workers_count_by_what_their_table_holds(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    rows = [f"CAN,{group},{sector},1" for group in ("east", "west") for sector in world.sectors]

    def asked(path: Path, rows: list[str]) -> Question:
        path.write_text("\n".join(["economy,group,sector,earnings", *rows]))
        return small(theories=(Theory(), Theory(labour="groups", labour_groups=str(path))))

    path = tmp_path / "groups.csv"
    before = ids(asked(path, rows))
    # The same file, one number of it edited.
    edited = ids(asked(path, [*rows[:-1], rows[-1][:-1] + "2"]))
    assert before[0] != edited[0] and before[1] != edited[1]
    assert ids(asked(tmp_path / "renamed.csv", rows)) == before
    assert ids(asked(path, rows)) == before
    path.unlink()
    gone = small(theories=(Theory(labour="groups", labour_groups=str(path)),))
    with pytest.raises(BadInput, match=r"groups\.csv: the table of groups of workers cannot be read"):
        _ = gone.id


def test_the_world_that_was_summed_counts() -> None:
    parent = dt.load_world("world-2022").aggregate("focus")
    world = parent.aggregate(sectors="broad")
    flows = parent.final_flows.copy()
    flows[0, 0, 1] *= 1.5
    others = [parent.replace(vintage=2021), parent.replace(final_flows=flows), parent.replace(name="mine")]
    assert {content_hash(world)} == {content_hash(world.replace(parent=other)) for other in others}
    assert differ(on(world), on(world.replace(parent=None)), *(on(world.replace(parent=p)) for p in others))
    # And the one that this was summed from.
    grand = parent.parent
    assert grand is not None
    older = parent.replace(parent=grand.replace(vintage=2021))
    assert differ(on(world), on(world.replace(parent=older)))


def test_what_the_errors_of_data_go_by_counts() -> None:
    world = dt.load_world("world-2022").aggregate("focus")
    root = world.parent
    assert root is not None
    found, layers = root.provenance, root.provenance.tariff_layers
    user = replace(found, tariff_layers=(*layers, "CAN from the user's file rates.csv"))
    exact = replace(world.provenance, estimated=())
    others = [
        world.replace(parent=root.replace(provenance=user)),
        world.replace(provenance=exact),
        world.replace(economy_groups=dict(reversed([*world.economy_groups.items()])) | {"XXX": ()}),
    ]
    assert flow_error(world) is not None and flow_error(others[1]) is None
    assert tariff_error(world) is not None and tariff_error(others[1]) is None
    assert {content_hash(world)} == {content_hash(other) for other in others}
    assert differ(on(world), *map(on, others))


def test_numbers_that_are_drawn_count_by_measure_and_not_by_their_order() -> None:
    first, second = MEASURES.values()

    def asked(measures: str) -> Question:
        scenario = parse_scenario(f"title: Duties\nagainst: baseline\nmeasures:\n{measures}")
        return replace(small("measures"), scenario=scenario, reference=None)

    one, other = asked(first + second), asked(second + first)
    assert joint_numbers(one.scenarios) == joint_numbers(other.scenarios) and one.id == other.id
    # A number is the reference's too if its measure has the same name there.
    assert differ(one, asked(first + second.replace("id: other", "id: third")))
    assert differ(one, asked(first + second.replace("30%", "31%")))


def test_everything_else_that_changes_draws_counts() -> None:
    asked = small()
    assert differ(
        asked,
        small(seed=1),
        small("flows"),
        small(by="parameters"),
        small(theories=(Theory(),)),
        replace(asked, focus=("CAN",)),
        replace(asked, reference=None),
        replace(asked, solver=replace(asked.solver, max_passes=3)),
        replace(asked, world=asked.world.replace(vintage=2018)),
    )


def test_words_do_not_count() -> None:
    asked = small()
    assert small("theory", "tariffs", "flows", "measures", "elasticities").id == asked.id
    assert replace(asked, world=asked.world.replace(title="Another")).id == asked.id
    assert replace(asked, scenario=replace(asked.scenario, title="Another")).id == asked.id
