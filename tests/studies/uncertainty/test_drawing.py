"""Draws of real questions: reproducible, resumable, the same wherever they are computed, never fatal."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from scipy.special import ndtri

import detente as dt
from detente.errors import BadInput, CannotCompute
from detente.model import Solver, Theory
from detente.policy import joint_numbers, parse_scenario
from detente.studies.uncertainty import Ensemble, Parts, Question, ask, draw, how_sure
from detente.studies.uncertainty.evaluation import Evaluation
from tests.studies.uncertainty.questions import DEAL, THEORIES, estimated, small


def whole(ensemble: Ensemble) -> pa.Table:
    names = ["draw", "row", "theory", "status", *(answer.name for answer in ensemble.answers)]
    return pa.concat_tables(ensemble.parts.columns(names, ensemble.blocks))


def test_without_a_source_every_draw_is_the_point_answer() -> None:
    question = small("theory", theories=(Theory(),))
    found = draw(question, 4)
    outcome = dt.run("g20-2019", DEAL)
    assert found.design.factors == () and found.draws == 4
    for name in ("real_income", "terms_of_trade", "tariff_revenue_value"):
        at = outcome.world.economies.index("CAN")
        assert found.values(f"{name}/CAN") == pytest.approx(outcome.values(name)[at], rel=1e-6, abs=1e-9)
    exports = outcome.values("exports") - outcome.values("exports_reference")
    one, other = (outcome.world.economies.index(code) for code in ("CAN", "CHN"))
    assert found.values("exports_change_value/CAN>CHN") == pytest.approx(exports[one, other], rel=1e-6)
    assert found.values("exports_change_value/CAN>all") == pytest.approx(exports[one].sum(), rel=1e-6)
    sector = outcome.world.sectors[2]
    volume = outcome.values("value_added_volume")[one, 2]
    assert found.values(f"value_added_volume/CAN.{sector}") == pytest.approx(volume, rel=1e-5, abs=1e-6)


def test_each_row_differs_from_side_a_in_its_source_alone() -> None:
    work = Evaluation(estimated())
    inputs = work.inputs
    rows = {row.name: row for row in inputs.design.rows(0)}
    assert {"elasticities", "flows", "tariffs"} <= set(rows)
    cases = {name: inputs.case(row, 0) for name, row in rows.items()}
    first, second = cases["A"], cases["B"]

    def same(name: str, other: str, part: str) -> bool:
        return np.array_equal(getattr(cases[name].base, part), getattr(cases[other].base, part))

    assert not same("A", "B", "trade_elasticity") and not same("A", "B", "sourcing")
    assert same("elasticities", "B", "trade_elasticity") and same("elasticities", "A", "sourcing")
    assert same("tariffs", "B", "tariff_factor") and same("tariffs", "A", "trade_elasticity")
    assert same("flows", "A", "tariff_factor") and not same("flows", "A", "sourcing")
    assert first.row.number == 0 and second.row.number == 1
    # What is solved follows what was drawn, on both sides of the comparison.
    for side in ("reference", "scenario"):
        weights = [getattr(case, side).weight for case in cases.values()]
        assert all(not np.array_equal(weights[0], other) for other in weights[1:]), side


def test_the_same_seed_gives_the_same_numbers_and_another_does_not() -> None:
    first, again = draw(small(), 7), draw(small(), 7)
    assert whole(first).equals(whole(again))
    assert small().id == small().id != small(seed=1).id
    other = draw(small(seed=1), 7)
    assert not np.array_equal(first.values("real_income/CAN"), other.values("real_income/CAN"))


def test_more_draws_go_on_where_the_first_ended(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "some")
    few = draw(small(), 5, parts)
    before = {path.name: path.stat().st_mtime_ns for path in parts.folder.iterdir()}
    more = draw(small(), 20, parts)
    each = few.design.rows_a_block
    assert more.draws == -(-20 // each) * each and few.draws == -(-5 // each) * each
    after = {path.name: path.stat().st_mtime_ns for path in parts.folder.iterdir()}
    assert before.items() < after.items()
    assert whole(more).equals(whole(draw(small(), 20)))
    # What is asked for counts, not what is there.
    assert whole(draw(small(), 5, parts)).equals(whole(few))


def test_an_interrupt_keeps_what_is_done(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "draws")
    heard: list[tuple[int, int]] = []

    def interrupt(done: int, wanted: int, _: float) -> None:
        heard.append((done, wanted))
        raise KeyboardInterrupt

    wanted = 24 * Evaluation(small()).inputs.design.rows_a_block
    found = draw(small(), wanted, parts, progress=interrupt)
    done = wanted * 16 // 24
    assert heard == [(done, wanted)]
    assert (found.draws, found.complete) == (done, False)
    assert how_sure(found).draws == done and how_sure(found).wanted == wanted
    rest = draw(small(), wanted, parts)
    assert rest.complete and whole(rest).equals(whole(draw(small(), wanted)))


def test_an_interrupt_before_the_first_draw_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Evaluation, "table", stop)
    with pytest.raises(KeyboardInterrupt):
        draw(small(), 1)


def test_an_executor_computes_the_same_draws(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        found = draw(small(), 100, Parts(tmp_path / "pool"), pool)
    assert whole(found).equals(whole(draw(small(), 100)))


class Failing(ThreadPoolExecutor):
    """Takes so many parts and computes them, then fails in one of the ways in which executors fail."""

    def __init__(self, takes: int, refuses: bool) -> None:
        super().__init__(1)
        self.takes, self.refuses, self.asked = takes, refuses, list[Future[Any]]()

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        if len(self.asked) >= self.takes and self.refuses:
            raise RuntimeError("cannot schedule new futures after shutdown")
        broken = len(self.asked) >= self.takes
        found = super().submit(self._lost) if broken else super().submit(work, *given, **named)
        self.asked.append(found)
        return found

    @staticmethod
    def _lost() -> None:
        raise RuntimeError("the worker is gone\nand more that nobody reads")


@pytest.mark.parametrize(
    ("refuses", "says"), [(True, "cannot schedule new futures after shutdown"), (False, "the worker is gone")]
)
def test_an_executor_that_fails_keeps_what_is_done(tmp_path: Path, refuses: bool, says: str) -> None:
    each = Evaluation(small()).inputs.design.rows_a_block
    parts, wanted = Parts(tmp_path / "draws"), 4 * 16 * each
    # Where a part is refused, those handed out before come back in time, or are cancelled.
    done = r"[\d,]+" if refuses else f"{wanted // 2:,}"
    with Failing(2, refuses) as pool, pytest.raises(CannotCompute) as error:
        draw(small(), wanted, parts, pool)
    assert re.search(rf"\(RuntimeError: {says}\); {done} of {wanted:,} draws", str(error.value))
    assert "draws are kept: run it again, with workers or without, to go on" in str(error.value)
    assert isinstance(error.value.__cause__, RuntimeError)
    if not refuses:
        assert [part.first for part in parts.there()] == [0, 16]
        assert len(pool.asked) == 4 and all(future.done() for future in pool.asked)
    before = {path.name: path.stat().st_mtime_ns for path in parts.folder.glob("*")}
    rest = draw(small(), wanted, parts)
    after = {path.name: path.stat().st_mtime_ns for path in parts.folder.iterdir()}
    assert before.items() <= after.items(), "what was kept is not computed again"
    assert rest.complete and whole(rest).equals(whole(draw(small(), wanted)))


def test_without_a_folder_what_was_done_is_said_to_be_lost() -> None:
    each = Evaluation(small()).inputs.design.rows_a_block
    with Failing(1, False) as pool, pytest.raises(CannotCompute) as error:
        draw(small(), 2 * 16 * each, executor=pool)
    assert f"{16 * each} of {32 * each} draws were done and are lost, as no folder keeps" in str(error.value)


def test_a_problem_of_the_question_is_not_blamed_on_the_executor(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with ThreadPoolExecutor(1) as pool, pytest.raises(BadInput, match="draws cannot be written"):
        draw(small(), 5, Parts(tmp_path / "file" / "draws"), pool)


def test_draws_that_fail_are_kept_with_their_message() -> None:
    impatient = replace(small("elasticities", theories=(Theory(),)), solver=Solver(max_passes=3))
    found = draw(impatient, 3)
    assert found.failed == 3 and set(found.statuses) == {"not converged"}
    assert all("stopped after 3 passes" in text for text in found.failures)
    assert np.isnan(found.values("real_income/CAN")).all()
    assert found.interval("real_income/CAN") is None
    assert how_sure(found).failed == 3 and how_sure(found).intervals == {}


def test_theories_count_alike_and_are_told_by_their_number() -> None:
    found = draw(small("theory"), 192)
    counts = np.bincount(found.parts.column("theory", found.blocks), minlength=3)
    assert counts.min() > 0.25 * found.draws
    points = [dt.run("g20-2019", DEAL, theory=theory).values("real_income")[3] for theory in THEORIES]
    code = dt.load_world("g20-2019").economies[3]
    drawn = found.values(f"real_income/{code}")
    for number, point in enumerate(points):
        assert drawn[found.parts.column("theory", found.blocks) == number] == pytest.approx(
            point, rel=1e-5, abs=1e-9
        )


def test_parameters_have_shares_of_their_own() -> None:
    """Another way to the same shares: a regression on the drawn estimates, nearly linear here."""
    question = small("elasticities", by="parameters", theories=(Theory(),))
    design, blocks = Evaluation(question).inputs.design, 32
    found = draw(question, blocks * design.rows_a_block)
    names = [factor.name for factor in found.design.factors]
    assert len(names) > 10 and len(set(names)) == len(names)
    shares = found.influences("real_income/CAN")
    assert {row.factor for row in shares} == set(names) == set(design.numbers)
    assert [row.total for row in shares] == sorted((row.total for row in shares), reverse=True)
    points = design.points(0, blocks)
    normal = ndtri(np.vstack([points["A"], points["B"]]))
    rows = found.values("real_income/CAN").reshape(blocks, design.rows_a_block)
    drawn = np.concatenate([rows[:, 0], rows[:, 1]])
    columns = np.column_stack([np.ones(len(drawn)), normal])
    slopes = np.linalg.lstsq(columns, drawn, rcond=None)[0]
    assert (drawn - columns @ slopes).var() < 0.05 * drawn.var()
    linear = dict(zip(design.numbers, slopes[1:] ** 2 / drawn.var(), strict=True))
    for row in shares:
        assert abs(row.total - linear[row.factor]) < 3.0 * row.total_error + 0.02, row.factor
    assert {row.factor for row in shares[:3]} == set(sorted(linear, key=linear.__getitem__)[-3:])


def test_files_say_what_they_hold(tmp_path: Path) -> None:
    found = draw(small(), 5, Parts(tmp_path))
    table = parquet.read_table(next(tmp_path.iterdir()))
    assert table.column_names[:7] == ["draw", "block", "row", "theory", "status", "message", "passes"]
    assert table.column_names[7:] == [answer.name for answer in found.answers]
    assert table["row"].to_pylist()[:2] == ["A", "B"]


def test_questions_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadInput) as raised:
        replace(small(), sources=("elasticity",), by="whim", seed=-1, theories=())
    text = str(raised.value)
    for part in ("'elasticity'; did you mean elasticities?", "'whim'", "-1 is below zero", "at least one"):
        assert part in text
    with pytest.raises(BadInput, match="0 draws"):
        draw(small(), 0)
    with pytest.raises(BadInput, match="draws have no 'real_income/XXX'"):
        draw(small(), 1).values("real_income/XXX")


RANGES = """
title: A duty of unknown rate and reach
against: baseline
measures:
  - id: cars
    kind: surcharge
    importer: Canada
    exporter: China
    sectors: goods
    rate: {low: 10%, high: 30%}
    covers: {low: 40%, high: 100%}
    assumption: nobody knows
"""


def test_ranges_of_a_scenario_are_drawn_with_the_seed_and_move_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "cars.yaml"
    file.write_text(RANGES)
    question = ask("g20-2019", file, theory=Theory(), sources=["measures"])
    found = draw(question, 30)
    assert [factor.name for factor in found.design.factors] == ["measures"]
    texts = dict(text.split(": ", 1) for name, text in found.sources if name == "measures")
    assert texts["cars.rate"] == "between 10% and 30% (assumed: nobody knows)"
    drawn = found.values("exports_change/CHN>CAN")
    assert [number.label for number in question.scenario.uncertain] == ["cars.covers.share", "cars.rate"]
    one, other = (question.world.economies.index(code) for code in ("CHN", "CAN"))
    least, most = (
        dt.run("g20-2019", question.scenario.drawn(values)).values("exports_change")[one, other]
        for values in ([0.4, 0.1], [1.0, 0.3])
    )
    assert most < drawn.min() < drawn.max() < least < 0.0
    assert drawn.min() < 2.0 * drawn.max()


MORE = """  - id: tea
    kind: surcharge
    importer: Canada
    exporter: India
    sectors: goods
    rate: {rate}
    assumption: nobody knows
"""


def test_both_sides_of_a_draw_share_all_that_is_drawn() -> None:
    """What the reference has too takes the same numbers there, on the same economy: their errors cancel."""
    before, after = parse_scenario(RANGES), parse_scenario(RANGES + MORE.format(rate="{low: 5%, high: 25%}"))
    question = replace(small(theories=(Theory(),)), scenario=after, reference=before)
    inputs = Evaluation(question).inputs
    canada, china, india = (question.world.economies.index(code) for code in ("CAN", "CHN", "IND"))
    for block in range(3):
        cases = {row.name: inputs.case(row, 0) for row in inputs.design.rows(block)}
        assert {"measures", "tariffs", "elasticities"} <= set(cases)
        for case in cases.values():
            old, new = case.reference.weight, case.scenario.weight
            same = np.ones(old.shape, dtype=bool)
            same[:, canada, india] = False
            assert np.array_equal(old[same], new[same])
            assert (new[:, canada, india] < old[:, canada, india]).any()
        for name in ("measures", "tariffs", "elasticities"):
            moved = [case.reference.weight[:, canada, china] for case in (cases["A"], cases[name])]
            assert not np.array_equal(*moved), f"{name} move what both sides have"


@pytest.mark.parametrize("question", [small(theories=THEORIES[:2]), estimated()], ids=["g20", "estimated"])
def test_what_changes_nothing_changes_nothing_in_any_draw(question: Question) -> None:
    """A reference of the same effect in other words: every change is nothing, but for rounding."""
    before, after = parse_scenario(RANGES), parse_scenario(RANGES + MORE.format(rate="0%"))
    found = draw(replace(question, scenario=after, reference=before), 1)
    assert {"elasticities", "tariffs", "measures"} <= {factor.name for factor in found.design.factors}
    assert found.failed == 0
    levels = ("tariff_revenue", "export_taxes", "quota_rents", "subsidies")
    changes = [answer.name for answer in found.answers if answer.quantity not in levels]
    assert {"real_income/CAN", "tariff_revenue_value/CAN", "exports_change/CHN>CAN"} <= set(changes)
    # Percent, or USD million on incomes of up to 90 million million: as much as doubles round off.
    for name in changes:
        near = 1e-3 if name.split("/")[0].endswith("_value") else 1e-9
        assert np.abs(found.values(name)).max() < near, name
    levels_move = found.values("tariff_revenue/CAN")
    assert levels_move.std() > 0.001 * levels_move.mean() > 0.0, "inputs were drawn all the same"


def test_a_draw_is_the_answer_of_the_scenario_with_its_numbers(tmp_path: Path) -> None:
    file = tmp_path / "cars.yaml"
    file.write_text(RANGES)
    question = ask("g20-2019", file, theory=Theory(), sources=["measures"])
    work = Evaluation(question)
    (row, *_) = work.inputs.design.rows(0)
    points = work.inputs.design.points(0, 1)["A"][0]
    numbers = joint_numbers(question.scenarios)
    values = [
        float(number.distribution.quantile(np.array(point)))
        for number, point in zip(numbers, points, strict=True)
    ]
    alone = dt.run("g20-2019", question.scenario.drawn(values))
    drawn = work.table(0, 1).to_pandas().iloc[row.number]
    at = question.world.economies.index("CAN")
    for name in ("real_income", "tariff_revenue_value", "real_wage"):
        assert drawn[f"{name}/CAN"] == pytest.approx(alone.values(name)[at], rel=1e-6)
