"""Aggregation conserves every flow and the duties collected, composes, and refuses unclear groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import BadInput
from detente.world import list_worlds, load_world
from detente.world.aggregation import groupings
from detente.world.balancing import conform_input_use
from tests.worlds import random_world

NAMES = [entry.name for entry in list_worlds() if entry.bundled]
FOCUS = ("CAN", "CHN", "USA", "MEX", "EU27", "GBR", "JPN", "KOR", "IND", "BRA", "AUS", "ASEAN", "ROW")
FLOWS = ("flows", "intermediate_flows", "final_flows")
seeds = st.integers(0, 2**32 - 1)
many = settings(max_examples=60, deadline=None)


def duties(world):
    return world.flows * (world.tariff_factor - 1)


def random_groups(rng, labels):
    """Some labels in one to three groups, the others on their own."""
    numbers = rng.integers(0, 4, len(labels))
    groups = {}
    for label, number in zip(labels, numbers, strict=True):
        if number:
            groups.setdefault(f"G{number}", []).append(label)
    return groups


def assert_conserves(parent, child):
    """Every cell of the child is the sum over its members, found cell by cell."""
    economy = {label: index for index, label in enumerate(parent.economies)}
    sector = {label: index for index, label in enumerate(parent.sectors)}
    importers = [[economy[m] for m in child.economy_groups[g]] for g in child.economies]
    products = [[sector[m] for m in child.sector_groups[g]] for g in child.sectors]
    for s, of_sector in enumerate(products):
        for n, of_importer in enumerate(importers):
            for i, of_exporter in enumerate(importers):
                cell = np.ix_(of_sector, of_importer, of_exporter)
                for name in FLOWS:
                    total = getattr(parent, name)[cell].sum()
                    assert getattr(child, name)[s, n, i] == pytest.approx(total, rel=1e-11, abs=1e-9)
                assert duties(child)[s, n, i] == pytest.approx(duties(parent)[cell].sum(), rel=1e-9, abs=1e-7)
            for t, of_user in enumerate(products):
                total = parent.input_use[np.ix_(of_importer, of_sector, of_user)].sum()
                assert child.input_use[n, s, t] == pytest.approx(total, rel=1e-11, abs=1e-9)


@many
@given(seeds)
def test_every_flow_and_duty_is_conserved(seed):
    rng = np.random.default_rng(seed)
    world = random_world(rng, int(rng.integers(1, 6)), int(rng.integers(1, 5)))
    child = world.aggregate(random_groups(rng, world.economies), random_groups(rng, world.sectors))
    assert_conserves(world, child)
    assert sorted(m for members in child.economy_groups.values() for m in members) == sorted(world.economies)
    assert child.parent is world
    bought = conform_input_use(child.intermediate_flows, child.input_use)
    np.testing.assert_allclose(child.input_use, bought, rtol=1e-12)


@many
@given(seeds)
def test_aggregating_twice_is_aggregating_once(seed):
    rng = np.random.default_rng(seed)
    world = random_world(rng, 5, 4)
    first = world.aggregate({"A": ["E0", "E1"], "B": ["E2", "E3"]}, {"X": ["S0", "S1"]})
    twice = first.aggregate({"all": ["A", "B"]}, {"Y": ["X", "S3"]})
    once = world.aggregate({"all": ["E0", "E1", "E2", "E3"]}, {"Y": ["S0", "S1", "S3"]})
    assert (twice.economies, twice.sectors) == (once.economies, once.sectors)
    assert twice.parent is world
    assert dict(twice.economy_groups) == dict(once.economy_groups)
    assert dict(twice.sector_groups) == dict(once.sector_groups)
    for name in (*FLOWS, "input_use", "tariff_factor"):
        np.testing.assert_allclose(getattr(twice, name), getattr(once, name), rtol=1e-12)


def test_one_economy_and_one_sector_hold_the_whole_world():
    world = random_world(3, 4, 3)
    one = world.aggregate({"WORLD": world.economies}, {"ALL": world.sectors})
    assert one.flows.shape == (1, 1, 1)
    assert one.flows[0, 0, 0] == pytest.approx(world.flows.sum())
    assert one.tariff_revenue[0] == pytest.approx(world.tariff_revenue.sum())


@pytest.mark.parametrize("name", NAMES)
def test_bundled_worlds_aggregate_to_one_economy(name):
    world = load_world(name)
    one = world.aggregate({"WORLD": world.economies})
    assert one.economies == ("WORLD",)
    np.testing.assert_allclose(one.flows[:, 0, 0], world.flows.sum(axis=(1, 2)), rtol=1e-12)
    np.testing.assert_allclose(one.gdp.sum(), one.final_flows.sum() + duties_on_final(one), rtol=1e-10)


def duties_on_final(world):
    return (world.final_flows * (world.tariff_factor - 1)).sum()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("economies", [None, *groupings("economies")])
@pytest.mark.parametrize("sectors", [None, *groupings("sectors")])
def test_shipped_groupings_work_for_every_bundled_world(name, economies, sectors):
    world = load_world(name)
    child = world.aggregate(economies, sectors)
    assert child.output.sum() == pytest.approx(world.output.sum(), rel=1e-12)
    assert duties(child).sum() == pytest.approx(duties(world).sum(), rel=1e-9, abs=1e-6)
    produced = child.output > 0
    assert child.value_added[produced].min() > 0
    assert len(child.sector_titles) == len(child.sectors) == len(set(child.sector_titles))


@pytest.mark.parametrize("name", NAMES)
def test_focus_has_the_economies_that_people_ask_about(name):
    assert load_world(name).aggregate("focus").economies == FOCUS


def test_focus_conserves_every_flow_of_a_real_world():
    world = load_world("g20-2019")
    assert_conserves(world, world.aggregate("focus", "broad"))


def test_shipped_group_without_all_its_members_says_so():
    title = load_world("g20-2019").aggregate("focus").title
    assert title.endswith("; European Union here is only DEU, FRA, ITA; ASEAN here is only IDN")
    assert "European Union here is without HRV" in load_world("wiod-2011").aggregate("eu").title


def test_goods_keeps_goods_apart_and_services_together():
    child = load_world("wiod-2011").aggregate(sectors="goods")
    assert child.sectors[0] == "AtB" and child.sectors[-1] == "SERVICES" and len(child.sectors) == 17
    assert child.sector_groups["SERVICES"][:3] == ("E", "F", "50")


def test_sections_of_wiod_are_named_by_isic_revision_4():
    child = load_world("wiod-2011").aggregate(sectors="sections")
    titles = dict(zip(child.sectors, child.sector_titles, strict=True))
    assert titles["B"] == "Mining and quarrying" and child.sector_groups["B"] == ("C",)
    assert titles["C"] == "Manufacturing" and len(child.sector_groups["C"]) == 14


@pytest.mark.parametrize("second", ["focus", "eu"])
def test_shipped_groupings_compose(second):
    world = load_world("wiod-2011")
    twice = world.aggregate("eu", "sections").aggregate(second, "broad")
    once = world.aggregate(second, "broad")
    assert twice.economies == once.economies and twice.sectors == once.sectors
    np.testing.assert_allclose(twice.flows, once.flows, rtol=1e-12)


def test_groups_keep_their_order_when_they_name_everyone_and_places_when_not():
    world = random_world(4, 4, 2)
    assert world.aggregate({"Z": ["E3", "E1"], "A": ["E0", "E2"]}).economies == ("Z", "A")
    assert world.aggregate({"Z": ["E3", "E1"]}).economies == ("E0", "Z", "E2")


def test_a_flow_that_is_zero_everywhere_takes_the_mean_tariff():
    world = random_world(5, 3, 1)
    firms, final = np.array(world.intermediate_flows), np.array(world.final_flows)
    firms[0, 0, 1:], final[0, 0, 1:] = 0, 0
    world = world.replace(intermediate_flows=firms, final_flows=final)
    child = world.aggregate({"G": ["E1", "E2"]})
    assert child.tariff_factor[0, 0, 1] == pytest.approx(world.tariff_factor[0, 0, 1:].mean())


def test_members_may_be_named_in_any_usual_spelling():
    child = load_world("g20-2019").aggregate(
        {"NAM": ["Canada", "U.S.", "mexico"]}, {"X": ["manufacturing", "b"]}
    )
    assert child.economy_groups["NAM"] == ("CAN", "MEX", "USA")
    assert child.sector_groups["X"] == ("B", "C")
    assert child.name == "g20-2019/18-economies+19-sectors"


def test_an_economy_group_of_one_may_be_given_as_text():
    assert load_world("g20-2019").aggregate({"KANADA": "CAN"}).economy_groups["KANADA"] == ("CAN",)


def test_all_problems_are_reported_together():
    groups = {"A": ["CAN", "Wakanda"], "B": ["Canada", "USA"], "C": [], "CHN": ["IND"], "USA": ["FRA"]}
    with pytest.raises(BadInput) as caught:
        load_world("g20-2019").aggregate(groups, "godos")
    assert [str(problem) for problem in caught.value.problems] == [
        "field 'economies': group 'A': no economy 'Wakanda'; did you mean Canada (CAN)?",
        "field 'economies': 'CAN' is in groups 'A' and 'B'",
        "field 'economies': group 'C' is empty",
        "field 'economies': the group 'CHN' has the name of one of the economies outside it; add it to the "
        "group or rename the group",
        "field 'economies': 'USA' names a group and is a member of another",
        "field 'sectors': no shipped grouping 'godos'; did you mean goods?",
    ]


def test_a_shipped_grouping_cannot_split_a_group_made_before():
    mixed = load_world("g20-2019").aggregate({"MIX": ["CAN", "DEU"]}, {"BC": ["B", "C"]})
    with pytest.raises(BadInput) as caught:
        mixed.aggregate("focus", "broad")
    messages = [str(problem) for problem in caught.value.problems]
    assert len(messages) == 2
    assert messages[0].startswith(
        "field 'economies': MIX of this aggregated world would lie in more than one"
    )
    assert messages[1].startswith("field 'sectors': BC of this aggregated world would lie in more than one")


def test_a_shipped_grouping_of_sectors_needs_a_known_classification():
    with pytest.raises(BadInput, match="'broad' does not cover the classification 'random'"):
        random_world(6).aggregate(sectors="broad")


def test_an_economy_that_is_a_shipped_group_already_stays_what_it_is():
    world = random_world(7, 4, 1).replace(economies=("EU27", "CAN", "ARG", "ROW"))
    child = world.aggregate("focus")
    assert child.economies == ("CAN", "EU27", "ROW")
    assert child.economy_groups == {"CAN": ("CAN",), "EU27": ("EU27",), "ROW": ("ARG", "ROW")}
    assert child.title == world.title
