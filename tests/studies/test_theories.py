"""Variations of a theory, those that draws mix, and one question under several of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from typing import get_args

import jax
import numpy as np
import pandas as pd
import pytest

import detente as dt
from detente.errors import BadInput, CannotCompute
from detente.model import Solver, Theory, calibrate, one_sector
from detente.model.theory import Imbalances, Inputs, Labour, Market
from detente.studies.theories import (
    STANDARD,
    TheoryComparison,
    alternatives,
    choices,
    compare_theories,
    comparison_table,
    defensible,
)
from detente.studies.theories.words import READ, SETS, WORDS
from detente.world import elasticity_set, elasticity_sets
from tests.worlds import random_world

DEAL = "canada-china-2026"
# Choices that come with another one that needs or has them.
TOGETHER = {
    "labour": {"labour_groups"},
    "market": {"scale_elasticity"},
    "sectors": {"labour"},
    "inputs": {"input_substitution"},
    "revenue": {"labour_supply", "labour_tax"},
}
CHOSEN = (
    "",
    "labour=specific,imbalances=removed",
    "inputs=none,elasticities=lashkaripour-lugovskyy-2023",
    "labour_supply=0.5,revenue=labour-tax,labour_tax=oecd",
    "market=external,scale_elasticity=0.01",
    "elasticities=boehm-levchenko-pandalai-nayar-2023,horizon=medium",
    "sectors=one,elasticities=uniform:4",
    "input_substitution=0.1",
)


@cache
def world(name: str = "g20-2019") -> dt.World:
    return dt.load_world(name)


@cache
def compared() -> TheoryComparison:
    """Four theories, of which the third has no answer on any world."""
    deal = dt.load_scenario(DEAL)
    theories = [
        *defensible(Theory(), world())[:2],
        Theory(market="external", scale_elasticity=1.0),
        Theory("uniform:5"),
    ]
    return compare_theories(world(), deal, deal.reference, theories, ["Canada", "CHN"])


def changed(one: Theory, other: Theory) -> set[str]:
    mine, theirs = asdict(one), asdict(other)
    return {name for name in mine if mine[name] != theirs[name]}


@pytest.mark.parametrize("chosen", CHOSEN)
def test_variations_are_one_choice_apart_and_can_be_had_in_the_world(chosen: str) -> None:
    theory = Theory.parse(chosen)
    found = alternatives(theory, world())
    assert found[0].theory == theory
    assert len({other.label for other in found}) == len({other.theory for other in found}) == len(found) > 10
    for other in found[1:]:
        apart = changed(theory, other.theory)
        assert any(apart <= {name} | TOGETHER.get(name, set()) for name in apart), (other.label, apart)
        assert other.why and "{" not in other.label
        held = one_sector(world()) if other.theory.sectors == "one" else world()
        calibrate(held, other.theory)


def test_what_only_a_former_choice_read_goes_with_it() -> None:
    for chosen, other in (
        ("input_substitution=0.1", Theory(inputs="none")),
        ("market=external,scale_elasticity=0.01", Theory()),
        ("labour=roy-frechet,labour_shape=2", Theory(labour="specific")),
        ("labour=specific", Theory(sectors="one")),
        ("labour_supply=0.5,revenue=labour-tax,labour_tax=oecd", Theory()),
    ):
        assert other in [found.theory for found in alternatives(Theory.parse(chosen), world())]


@pytest.mark.parametrize("chosen", CHOSEN)
def test_a_theory_is_written_as_the_command_line_reads_it(chosen: str) -> None:
    for other in alternatives(Theory.parse(chosen), world()):
        assert Theory.parse(choices(other.theory)) == other.theory


def test_every_kind_of_choice_is_varied_where_the_world_can_do_it() -> None:
    named = {name for other in alternatives(Theory(), world()) for name in changed(Theory(), other.theory)}
    assert named >= {
        "elasticities",
        "imbalances",
        "inputs",
        "input_substitution",
        "value_added_substitution",
        "sectors",
        "labour",
        "labour_supply",
        "revenue",
        "market",
    }
    small = alternatives(Theory(inputs="none"), world())
    assert {other.theory.market for other in small} == set(get_args(Market))


def test_the_world_decides_what_is_left_out() -> None:
    def theories(name: str, theory: Theory) -> list[Theory]:
        return [other.theory for other in alternatives(theory, world(name))]

    # The complete inter-country table is known in one of them.
    for name, known in (("wiod-2011", True), ("world-2022", False)):
        assert ("network" in {theory.inputs for theory in theories(name, Theory())}) == known
    # Groups of workers are known for these sectors, and profits fit into value added.
    large = theories("world-2022", Theory())
    assert Theory(labour="groups", labour_groups="canada-provinces") in large
    assert "groups" not in {theory.labour for theory in theories("wiod-2011", Theory())}
    assert "fixed-firms" not in {theory.market for theory in large}
    # Strong economies of scale are not found in large worlds.
    strong = {theory.market for theory in theories("world-2022", Theory(inputs="none"))}
    assert "fixed-firms" in strong and not strong & {"krugman", "melitz"}
    # A world of unknown sectors has only sets with one number for all of them.
    unknown = alternatives(Theory("uniform:4"), random_world(1))
    one = {"uniform:4", "uniform:5", "boehm-levchenko-pandalai-nayar-2023"}
    assert {other.theory.elasticities for other in unknown} == one


def test_scale_elasticities_leave_returns_below_what_is_unique() -> None:
    for chosen in ("caliendo-parro-2015", "uniform:5", "boehm-levchenko-pandalai-nayar-2023"):
        theories = [other.theory for other in alternatives(Theory(chosen), world("world-2022"))]
        external = [theory for theory in theories if theory.market == "external"]
        assert len(external) == 1
        scale = external[0].scale_elasticity
        assert isinstance(scale, float)
        largest = elasticity_set(world("world-2022"), chosen).values.max()
        assert scale == 0.2 or scale * largest <= 0.7 < 5 * scale * largest


def test_horizons_are_varied_where_the_set_tells_them_apart() -> None:
    def horizons(name: str) -> set[str]:
        return {other.theory.horizon for other in alternatives(Theory(name), world())}

    assert horizons("boehm-levchenko-pandalai-nayar-2023") == {"short", "medium", "long"}
    assert horizons("caliendo-parro-2015") == horizons("uniform:4") == {"long"}


def test_words_are_there_for_every_choice_and_every_shipped_set() -> None:
    assert set(SETS) == {source.name for source in elasticity_sets()} >= set(READ)
    assert set(WORDS["imbalances"]) == set(get_args(Imbalances))
    assert set(WORDS["inputs"]) == set(get_args(Inputs))
    # Those with a number or a table of their own have words of their own.
    assert set(WORDS["labour"]) == set(get_args(Labour)) - {"groups"}
    assert set(WORDS["market"]) == set(get_args(Market)) - {"external"}


@pytest.mark.parametrize("chosen", ["", "imbalances=ratio,labour=roy-frechet", "elasticities=uniform:4"])
def test_draws_mix_theories_that_differ_in_elasticities_alone_and_share_one_program(chosen: str) -> None:
    theory = Theory.parse(chosen)
    found = defensible(theory, world())
    assert found[0].theory == theory and len({other.theory for other in found}) == len(found) >= 4
    assert {other.theory.elasticities for other in found} == {theory.elasticities, *READ}
    bases = [calibrate(world(), other.theory) for other in found]
    for other, base in zip(found, bases, strict=True):
        assert replace(other.theory, elasticities=theory.elasticities) == theory
        assert jax.tree.structure(base) == jax.tree.structure(bases[0])
        shapes = [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(base)]
        assert shapes == [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(bases[0])]


@pytest.mark.parametrize(
    "chosen",
    [
        "elasticities=boehm-levchenko-pandalai-nayar-2023,horizon=short",
        "market=external,scale_elasticity=0.01",
        "market=krugman,inputs=none",
    ],
)
def test_a_theory_without_its_like_is_drawn_alone(chosen: str) -> None:
    theory = Theory.parse(chosen)
    assert [other.theory for other in defensible(theory, world())] == [theory]


def test_profits_that_do_not_fit_leave_a_set_out() -> None:
    fitting = {other.theory.elasticities for other in defensible(Theory(market="fixed-firms"), world())}
    for name in READ:
        try:
            calibrate(world(), Theory(name, market="fixed-firms"))
        except BadInput:
            assert name not in fitting
        else:
            assert name in fitting
    assert set(READ) - fitting


def test_each_theory_says_what_it_says_alone() -> None:
    found = compared()
    assert found.economies == ("CAN", "CHN") and found.complete
    for answer in found.solved:
        alone = dt.run(world(), DEAL, theory=answer.theory)
        assert answer.outcome == alone.id
        at = world().economies.index("CHN")
        for name in ("real_income", "real_income_value", "tariff_revenue_value"):
            assert answer.value(name, "CHN") == alone.values(name)[at]
        exports = alone.values("exports")[at].sum() - alone.values("exports_reference")[at].sum()
        change = answer.exports("CHN")
        assert change is not None and np.isclose(change[0], exports, rtol=1e-12)
        for code in found.economies:
            sector = answer.sector(code)
            volumes = np.abs(alone.values("value_added_volume")[world().economies.index(code)])
            assert sector is not None and sector.sector == world().sectors[volumes.argmax()]


def test_a_theory_without_an_answer_is_kept_with_its_reason() -> None:
    found = compared()
    assert [answer.status for answer in found.answers] == ["solved", "solved", "not possible", "solved"]
    failed = found.answers[2]
    assert failed.label == "market=external,scale_elasticity=1.0"
    assert "above 1: there is more than one equilibrium" in failed.message
    assert (
        failed.summary is failed.outcome is failed.value("real_income", "CAN") is failed.sector("CAN") is None
    )


def test_the_solvers_own_status_is_told() -> None:
    deal = dt.load_scenario(DEAL)
    found = compare_theories(
        world(), deal, deal.reference, [Theory()], solver=Solver(max_passes=1, method="passes")
    )
    assert [answer.status for answer in found.answers] == ["not converged"]
    assert "misses clearing" in found.answers[0].message
    assert found.economies == () and found.spread("real_income", "CAN") is None
    with pytest.raises(CannotCompute) as caught:
        dt.run(world(), deal, solver=Solver(max_passes=1, method="passes"))
    assert caught.value.status == "not converged"


def test_the_spread_is_that_of_the_theories_with_an_answer() -> None:
    found = compared()
    values = [answer.value("real_income", "CAN") for answer in found.solved]
    assert None not in values and len(values) == 3
    assert found.spread("real_income", "CAN") == (min(values), max(values))  # type: ignore[type-var]
    assert found.spread("profits", "CAN") is None


def test_economies_are_those_that_the_measures_name_where_none_is_asked_for() -> None:
    deal = dt.load_scenario(DEAL)
    found = compare_theories(
        world(), deal, deal.reference, [Theory(market="external", scale_elasticity=1.0), Theory()]
    )
    assert found.economies[:2] == ("CAN", "CHN") and len(found.economies) == 3
    assert found.answers[1].label == STANDARD


def test_a_stop_keeps_what_is_done() -> None:
    deal = dt.load_scenario(DEAL)
    theories = [Theory(), Theory("uniform:5"), Theory("uniform:6")]

    def stop_at(number: int) -> TheoryComparison:
        def tell(done: int, _: int, __: str) -> None:
            if done == number:
                raise KeyboardInterrupt

        return compare_theories(world(), deal, deal.reference, theories, ["CAN"], progress=tell)

    found = stop_at(2)
    assert [answer.theory for answer in found.answers] == theories[:2]
    assert not found.complete and found.wanted == 3
    with pytest.raises(KeyboardInterrupt):
        stop_at(0)


def test_progress_says_what_is_next() -> None:
    deal, said = dt.load_scenario(DEAL), []
    theories = [Theory("uniform:5"), Theory("uniform:6")]
    compare_theories(
        world(), deal, deal.reference, theories, ["CAN"], progress=lambda *told: said.append(told)
    )
    assert said == [(0, 2, "elasticities=uniform:5"), (1, 2, "elasticities=uniform:6"), (2, 2, "")]


def test_mistakes_that_all_theories_share_stop_all() -> None:
    deal = dt.load_scenario(DEAL)
    with pytest.raises(BadInput, match="Atlantis"):
        compare_theories(world(), deal, deal.reference, [Theory()], ["Atlantis"])
    with pytest.raises(BadInput, match="no HS concordance"):
        compare_theories(random_world(1), deal, deal.reference, [Theory("uniform:4")])


def test_the_table_has_every_number_once_and_a_row_for_each_failure() -> None:
    found = compared()
    table = comparison_table(found)
    keys = ["theory", "quantity", "economy", "partner", "sector", "unit"]
    assert not table.duplicated(keys).any()
    failed = table[table["status"] != "solved"]
    assert len(failed) == 1 and failed["value"].isna().all() and "above 1" in failed["message"].item()
    income = table.query("quantity == 'real_income' and economy == 'CAN'").set_index("theory")["value"]
    assert income.to_dict() == {answer.label: answer.value("real_income", "CAN") for answer in found.solved}
    trade = table.query("economy == 'CHN' and partner == 'CAN' and quantity == 'exports_change_value'")
    rows = [row for row in found.answers[0].summary.exports if (row.exporter, row.importer) == ("CHN", "CAN")]  # type: ignore[union-attr]
    assert trade["value"].iloc[0] == rows[0].change
    assert set(pd.unique(table["unit"].dropna())) == {"percent", "USD million a year"}
