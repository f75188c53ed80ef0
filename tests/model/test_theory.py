"""The choices themselves: how they are written, refused and put in words."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from typing import get_args

import numpy as np
import pytest

from detente.errors import BadInput
from detente.model import Theory, calibrate, one_sector, solve
from detente.model import theory as choices
from detente.policy import no_shock, set_tariffs
from detente.world import load_world
from tests.worlds import random_world

NAMED = {
    name: get_args(getattr(choices, name.capitalize()))
    for name in ("market", "inputs", "sectors", "labour", "revenue", "imbalances")
}
# What a value needs beside it.
WITH = {
    "external": {"scale_elasticity": 0.1},
    "groups": {"labour_groups": "canada-provinces"},
    "labour-tax": {"labour_supply": 0.5},
}
VALUES = [(name, value) for name, values in NAMED.items() for value in values]


@pytest.mark.parametrize(("name", "value"), VALUES, ids=lambda part: part)
def test_every_value_can_be_written_and_is_said(name: str, value: str) -> None:
    parts = {name: value, **WITH.get(value, {})}
    theory = Theory(**parts)
    assert Theory.parse(", ".join(f"{key} = {part}" for key, part in parts.items())) == theory
    said = theory.describe()
    default = next(item.default for item in fields(Theory) if item.name == name)
    assert ("Caliendo-Parro (2015)" in said) == (value == default or name == "imbalances")
    others = {Theory(**{name: other, **WITH.get(other, {})}).describe() for other in NAMED[name]}
    assert len(others) == len(NAMED[name])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("market=melitz,selection=0.4", "(Melitz-Pareto, eta 0.4)"),
        ("market=external,scale_elasticity=0.15", "economies of scale (elasticity 0.15)"),
        ("market=external,scale_elasticity=lashkaripour-lugovskyy-2023", "(elasticity lashkaripour-"),
        ("labour=roy-frechet,labour_shape=2.5", "(Roy-Frechet, shape 2.5)"),
        ("labour=groups,labour_groups=canada-provinces", "groups (canada-provinces)"),
        ("value_added_substitution=0.5", "value added and inputs substitute with elasticity 0.5"),
        ("input_substitution=0.2", "inputs substitute with elasticity 0.2"),
        ("labour_supply=0.25", "labour supply with elasticity 0.25"),
        ("labour_supply=1,revenue=labour-tax,labour_tax=0.35", "revenue cuts a labour tax of 35%"),
        ("labour_supply=1,revenue=labour-tax,labour_tax=oecd", "revenue cuts a labour tax (oecd)"),
        ("elasticities=uniform:4", "trade elasticities uniform:4"),
        ("horizon=short", "(short horizon)"),
    ],
)
def test_numbers_and_names_are_said(text: str, said: str) -> None:
    assert said in Theory.parse(text).describe()


def test_all_problems_are_named_together() -> None:
    with pytest.raises(BadInput) as raised:
        Theory.parse(
            "market=external, labour=groups, revenue=labour-tax, labour_shape=0.5, selection=-1,"
            "input_substitution=much, labor=mobile, imbalances"
        )
    fields_named = {problem.field for problem in raised.value.problems}
    assert fields_named == {
        "theory",
        "theory.input_substitution",
        "theory.scale_elasticity",
        "theory.labour_groups",
        "theory.labour_supply",
        "theory.labour_shape",
        "theory.selection",
    }
    text = str(raised.value)
    assert "unknown choice 'labor'; did you mean labour" in text
    assert "'imbalances' is no choice; write it as choice=value" in text
    assert "'much' is no number" in text
    assert "market=external needs it" in text and "labour=groups needs it" in text
    assert "'0.5' is out of range; a number of at least 1" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scale_elasticity=0.1", "only market=external reads it"),
        ("labour_groups=canada-provinces", "only labour=groups reads it"),
        ("labour_tax=0.3", "only revenue=labour-tax reads it"),
        ("labour_supply=0.5,revenue=labour-tax,labour_tax=0.96", "a number from 0 to 0.95"),
        (
            "labour_supply=0.5,revenue=labour-tax,labour_tax=ocd",
            "a number from 0 to 0.95, or 'oecd'",
        ),
        ("labour_supply=nan", "'nan' is out of range"),
        ("labour=roy-frechet,labour_shape=inf", "'inf' is out of range"),
        ("labour_shape=2", "'theory.labour_shape': only labour=roy-frechet or labour=groups reads it"),
        ("labour=specific,labour_shape=2", "only labour=roy-frechet or labour=groups reads it"),
        ("market=krugman,selection=0.4", "'theory.selection': only market=melitz reads it"),
        (
            "inputs=none,input_substitution=0.3",
            "input_substitution': only inputs=common, sep",
        ),
        ("inputs=none,value_added_substitution=0.3", "value_added_substitution': only inputs=common, sep"),
        ("sectors=one,labour=specific", "'theory.labour': only sectors=many reads it"),
        ("market=krugman,market=melitz", "'theory.market': 'market' is given twice"),
        ("scale_elasticity=lashkaripour-lugovskyy-2023,market=external,scale_elasticity=0.1", "given twice"),
        ("labour=specific,value_added_substitution=0", "nothing holds a sector's wage"),
        ("market=external,scale_elasticity=-0.1", "'-0.1' is out of range"),
    ],
)
def test_what_does_not_go_together_or_is_out_of_range(text: str, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        Theory.parse(text)
    assert message in str(raised.value)
    assert all(problem.remedy for problem in raised.value.problems)


def test_unknown_values_name_the_valid_ones() -> None:
    # In a process of its own: here the annotations are checked before the value is looked at.
    text = "market=monopoly,inputs=some,sectors=two,labour=free,revenue=burnt,imbalances=gone,horizon=soon"
    program = f"from detente.model import Theory; Theory.parse('{text}')"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    for name, values in NAMED.items():
        assert f"theory.{name}" in found.stderr
        assert any(value in found.stderr for value in values)
    assert "valid: constant, removed, scaled, ratio" in found.stderr
    assert "unknown choice 'soon'; valid: short, medium, long" in found.stderr


def test_one_sector_is_made_where_the_shock_has_one() -> None:
    world, theory = random_world(3), Theory("uniform:4", sectors="one")
    single = one_sector(world)
    tariff = single.tariff_factor.copy()
    tariff[0, 0, 1] *= 1.2
    found, same = (solve(each, set_tariffs(single, tariff), theory) for each in (world, single))
    assert np.array_equal(found.log_wage, same.log_wage) and abs(found.log_wage[0]) > 1e-4
    with pytest.raises(BadInput, match=r"make the world and its shock with one_sector\(world\)"):
        solve(world, no_shock(world), theory)


def test_problems_of_sectors_are_grouped_and_named() -> None:
    world = load_world("g20-2019")
    with pytest.raises(BadInput) as profits:
        calibrate(world, Theory("uniform:2", market="fixed-firms"))
    text = str(profits.value)
    assert len(profits.value.problems) <= len(world.sectors)
    assert "more economies" in text and "economy 0" not in text and "sector 0" not in text
    with pytest.raises(BadInput, match=r"\(A\), .* and 17 more: scale elasticity 0.5 ") as scale:
        calibrate(world, Theory("uniform:5", market="external", scale_elasticity=0.5))
    assert len(scale.value.problems) == 1
