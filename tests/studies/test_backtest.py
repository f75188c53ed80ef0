"""Back-tests: measures of change, worlds of the past, what intervals hold; and the page's figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.cli.backtest import backtest
from detente.errors import BadInput
from detente.studies.backtest import BACKTESTS, BackTest, calm_2008, us_china_2018
from detente.studies.backtest.assemble import History, both, compared, ends, fits
from detente.studies.backtest.cells import ALL_GOODS, Cells, cells, with_all_goods
from detente.studies.backtest.changes import MEASURES, relative_change, share_change
from detente.studies.backtest.draws import drawn, solved_flows
from detente.studies.backtest.history import LEAST_VALUE_ADDED, world_of_trade
from detente.studies.backtest.line_lists import LISTS, listed_tariffs, mean_rates
from detente.studies.backtest.records import fit
from detente.studies.backtest.spread import apart, ordinary_changes, other_pairs
from detente.studies.backtest.trade_tables import FILE, GOODS, INDUSTRIES, read_trade_tables
from detente.studies.uncertainty import Question
from detente.world import World
from tests.world.shared import published
from tools.build_backtest_page import PAGE, page

STRUCTURE = us_china_2018.STRUCTURE


@pytest.fixture
def flows() -> np.ndarray:
    return np.random.default_rng(1).lognormal(3.0, 1.0, (3, 6, 6))


@pytest.fixture(scope="module")
def structure() -> World:
    return dt.load_world(STRUCTURE)


# Changes


def test_what_is_due_to_an_importer_alone_changes_no_measure(flows: np.ndarray) -> None:
    growth = np.ones((3, 6, 1))
    growth[:, 2] = [[4.0], [0.1], [3.0]]
    for measure in MEASURES.values():
        assert np.nanmax(np.abs(measure.change(flows, flows * growth)[:, 2])) < 1e-12


def test_what_is_due_to_an_exporter_alone_changes_shares_only(flows: np.ndarray) -> None:
    growth = np.ones((3, 1, 6))
    growth[:, :, 2] = 4.0
    assert np.nanmax(np.abs(relative_change(flows, flows * growth)[:, 0, 2])) < 1e-12
    assert (share_change(flows, flows * growth)[:, 0, 2] > 0.3).all()


def test_sales_at_home_count_nowhere(flows: np.ndarray) -> None:
    home = flows * (1.0 + 9.0 * np.eye(6))
    for measure in MEASURES.values():
        change = measure.change(flows, home)
        assert np.nanmax(np.abs(change)) < 1e-12
        assert np.isnan(change[:, np.arange(6), np.arange(6)]).all()


def test_a_change_of_one_flow_is_told_in_full(flows: np.ndarray) -> None:
    after = flows.copy()
    after[1, 0, 3] *= 0.5
    others = [i for i in range(1, 6) if i != 3]
    share = np.log(0.5 * (flows[1, 0, 3] + flows[1, 0, others].sum()) / after[1, 0, 1:].sum())
    assert share_change(flows, after)[1, 0, 3] == pytest.approx(share)
    assert relative_change(flows, after)[1, 0, 3] == pytest.approx(np.log(0.5))


# Worlds of the past


def test_a_world_of_trade_has_that_trade_and_balances(structure: World) -> None:
    codes = list(INDUSTRIES.values())
    rows = [[structure.sectors.index(code) for code in some] for some in codes]
    trade = np.stack([structure.flows[at].sum(axis=0) for at in rows])
    trade *= np.random.default_rng(3).lognormal(0.0, 0.4, trade.shape)
    found = world_of_trade(trade, INDUSTRIES, structure, "past", 2000)
    assert np.stack([found.flows[at].sum(axis=0) for at in rows]) == pytest.approx(trade)
    assert (found.intermediate_flows >= 0.0).all() and (found.final_flows >= -1e-9).all()
    used = found.input_use.sum(axis=2)
    assert used == pytest.approx(found.intermediate_flows.sum(axis=2).T, rel=1e-9, abs=1e-6)
    bought = found.output - found.input_use.sum(axis=1)
    had = structure.value_added / np.maximum(structure.output, 1e-9)
    assert (bought >= np.clip(had, 0.0, LEAST_VALUE_ADDED) * found.output - 1e-6).all()
    assert "only trade is of 2000" in found.estimated[0]
    refining = found.sectors.index("23")
    assert not found.flows[refining].any()


def test_the_same_trade_makes_the_same_world(structure: World) -> None:
    one = {code: (code,) for code in structure.sectors}
    found = world_of_trade(structure.flows, one, structure, "again", structure.vintage)
    assert found.input_use == pytest.approx(structure.input_use, rel=1e-6, abs=1e-3)
    assert found.final_flows == pytest.approx(structure.final_flows, rel=1e-6, abs=1e-3)


def test_measures_compile_on_a_world_of_trade(structure: World) -> None:
    trade = np.stack(
        [
            structure.flows[[structure.sectors.index(code) for code in codes]].sum(axis=0)
            for codes in INDUSTRIES.values()
        ]
    )
    world = world_of_trade(trade, INDUSTRIES, structure, "past", 2011).aggregate(sectors=us_china_2018.GROUPS)
    shock = dt.compile_scenario(us_china_2018.scenario(), world)
    n, i = (world.economies.index(code) for code in us_china_2018.PAIR)
    hit = {
        world.sectors[s]
        for s in shock.varieties.sector[(shock.varieties.importer == n) & (shock.varieties.exporter == i)]
    }
    assert set(GOODS) <= hit


# What trade does anyway


def test_neighbours_are_the_nearest_in_size_among_pairs_apart() -> None:
    rng = np.random.default_rng(4)
    size = rng.lognormal(0.0, 2.0, (2, 5, 5))
    change = rng.normal(size=(2, 5, 5))
    change[0, 2, 3] = np.nan
    pairs = apart("ABCDE", "AB")
    assert pairs.sum() == 6
    found = ordinary_changes(change, size, pairs, np.array([1.0, 50.0]), 4)
    known = pairs & np.isfinite(change)
    for wanted, got in zip((1.0, 50.0), found, strict=True):
        order = np.argsort(np.abs(np.log(size[known] / wanted)))
        assert sorted(got) == pytest.approx(sorted(change[known][order[:4]]))


def test_other_pairs_have_their_rows_in_the_same_order() -> None:
    change = np.arange(32.0).reshape(2, 4, 4)
    found = list(other_pairs(change, apart("ABCD", "AB"), [[0, 1], [1]]))
    assert [row.tolist() for row in found] == [[11.0, 27.0, 30.0], [14.0, 30.0, 27.0]]


def test_the_control_holds_nine_in_ten() -> None:
    found = BACKTESTS["calm-2008"](None)
    assert [one.coverage(0) for one in found.compared] == [(25, 28), (26, 28)]
    assert [one.coverage(0, "USA") for one in found.compared] == [(12, 14), (14, 14)]
    assert all(row.predicted == 0.0 and row.duty == 0.0 for one in found.compared for row in one.rows)
    assert all(len(one.sums) == 2 and one.sums[0].sector == ALL_GOODS for one in found.compared)


# Fits


def test_a_fit_is_least_squares_with_robust_errors() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=40)
    y = 0.3 - 0.7 * x + np.abs(x) * rng.normal(size=40)
    found = fit(x, y)
    design = np.column_stack([np.ones(40), x])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    left = y - design @ beta
    covariance = inverse @ (design.T * left**2) @ design @ inverse * 40 / 38
    assert (found.slope, found.slope_error) == pytest.approx((beta[1], np.sqrt(covariance[1, 1])))
    assert found.correlation == pytest.approx(np.corrcoef(x, y)[0, 1])
    assert found.error == pytest.approx(np.sqrt(((y - x) ** 2).mean()))
    assert found.error_of_nothing == pytest.approx(np.sqrt((y**2).mean()))
    assert np.isnan(fit(np.zeros(3), np.arange(3.0)).slope)


def test_ordinary_changes_widen_what_is_predicted() -> None:
    rng = np.random.default_rng(6)
    predicted, ordinary = rng.normal(-1.0, 0.1, (300, 1)), rng.normal(0.0, 0.5, (1, 200))
    low, high = ends(both(predicted, ordinary)[:, 0])
    assert (low, high) == pytest.approx((-1.0 - 1.645 * 0.51, -1.0 + 1.645 * 0.51), abs=0.15)


# Predictions


@pytest.fixture(scope="module")
def history(structure: World) -> tuple[World, Cells, History, tuple[int, ...]]:
    """What would have happened had the default theory been right, from a bundled world."""
    world = structure.aggregate(sectors=INDUSTRIES)
    at = tuple(world.sectors.index(name) for name in GOODS)
    scenario = us_china_2018.scenario()
    flows = solved_flows(world, dt.compile_scenario(scenario, world), dt.Theory())
    before, after = with_all_goods(world.flows, at), with_all_goods(flows, at)
    kept = cells(world.economies, GOODS, us_china_2018.PAIR, before, after)
    return world, kept, History(kept, before, after, apart(world.economies, us_china_2018.PAIR)), at


def test_a_history_that_the_theory_made_is_predicted(
    history: tuple[World, Cells, History, tuple[int, ...]],
) -> None:
    world, kept, past, at = history
    scenario, measure = us_china_2018.scenario(), MEASURES["share"]

    def read(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        return kept.of(measure.change(with_all_goods(before, at), with_all_goods(after, at)))

    question = Question(
        world, scenario, scenario.reference, (dt.Theory(),), ("USA", "CHN"), ("elasticities",)
    )
    found = drawn(question, 8, read)
    assert found.failed == 0
    point = past.observed(measure)
    told = compared(measure, past, [found.values], {"point": point}, point, point)
    inside, count = told.coverage(0)
    # Sectors whose elasticity has no error have intervals of nearly no width.
    assert inside >= count - 4
    whole = dict(fits(kept, point, point))["both"]
    assert (whole.slope, whole.error) == pytest.approx((1.0, 0.0))
    assert told.coverage(0, "USA")[1] + told.coverage(0, "CHN")[1] == count == kept.single
    assert all(
        row.observed < 0.0 for row in told.rows if row.importer == "USA" and row.sector in ("Wood", "Food")
    )


def test_a_correction_moves_what_was_seen(history: tuple[World, Cells, History, tuple[int, ...]]) -> None:
    _, kept, past, _ = history
    measure = MEASURES["share"]
    point = past.observed(measure)
    draws = point + np.linspace(-0.01, 0.01, 21)[:, None]
    here = compared(measure, past, [draws], {}, point, point)
    moved = compared(measure, past, [draws], {}, point, point, np.ones(len(point)))
    assert here.coverage(0) == (kept.single, kept.single)
    assert moved.coverage(0) == (0, kept.single)
    assert moved.rows[0].observed == pytest.approx(here.rows[0].observed + 1.0)


# Inputs


def test_lists_count_every_line_of_a_sector_alike(tmp_path: Path, structure: World) -> None:
    (tmp_path / "us_china").mkdir()
    (tmp_path / "us_china" / LISTS["USA", "CHN"][0]).write_text("hs06,us_tariff_2020\n010121,20\n010129,10\n")
    (tmp_path / "us_china" / LISTS["CHN", "USA"][0]).write_text(
        "hs6,chn_reta_2019,n_hs8\n010619,30,1\n720110,25,1\n"
    )
    found = mean_rates(tmp_path, structure)
    farms, metals = structure.sectors.index("AtB"), structure.sectors.index("27t28")
    assert found["USA", "CHN"][farms] == pytest.approx(0.1)
    assert found["CHN", "USA"][farms] == pytest.approx(0.1)
    assert (found["USA", "CHN"][metals], found["CHN", "USA"][metals]) == (0.0, 0.25)
    n, i = structure.economies.index("CHN"), structure.economies.index("USA")
    added = listed_tariffs(tmp_path, structure) - structure.tariff_factor
    assert added[metals, n, i] == pytest.approx(0.25) and added[metals, i, n] == 0.0
    assert np.count_nonzero(np.abs(added) > 1e-12) == 3


def test_a_list_that_is_none_is_named(tmp_path: Path, structure: World) -> None:
    with pytest.raises(BadInput, match=r"us_tariff_hs6\.csv: no such list of rates; give the folder"):
        mean_rates(tmp_path, structure)
    (tmp_path / "us_china").mkdir()
    (tmp_path / "us_china" / "us_tariff_hs6.csv").write_text("code,rate\n1,2\n")
    with pytest.raises(BadInput, match="wanted: columns hs06 and us_tariff_2020"):
        mean_rates(tmp_path, structure)


def _write(folder: Path, **changes: np.ndarray) -> None:
    codes = np.array(["AAA", "ROW"])
    tables = {
        "iso": codes,
        "sector": np.array(list(INDUSTRIES)),
        "M17": np.ones((2, 19, 2)),
        "M23": np.ones((2, 19, 2)),
    }
    np.savez(folder / FILE, **{**tables, **changes})


def test_tables_are_read_with_importers_first(tmp_path: Path) -> None:
    flows = np.zeros((2, 19, 2))
    flows[0, 2, 1] = 7.0
    _write(tmp_path, M17=flows)
    found = read_trade_tables(tmp_path)
    assert found.before[2, 1, 0] == 7.0 and found.before.sum() == 7.0
    assert found.grouped(["ROW"]).before[2, 0, 0] == 7.0
    with pytest.raises(BadInput, match="no BBB; group them into ROW"):
        found.grouped(["BBB", "ROW"])


def test_all_that_is_wrong_with_tables_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=rf"no {FILE}; give the folder that holds adb_mrio44"):
        read_trade_tables(tmp_path)
    _write(tmp_path, iso=np.array(["AAA", "BBB"]), M17=-np.ones((2, 19, 2)), M23=np.ones((2, 19, 3)))
    with pytest.raises(BadInput) as caught:
        read_trade_tables(tmp_path)
    assert [problem.field for problem in caught.value.problems] == ["iso", "M17", "M23"]
    (tmp_path / FILE).write_text("nothing")
    with pytest.raises(BadInput, match="no tables of trade"):
        read_trade_tables(tmp_path)


# Against history


@pytest.fixture(scope="module")
def tariffs() -> BackTest:
    published("us_china/us_tariff_hs6.csv")
    return BACKTESTS["us-china-2018"](published(f"adb_mrio44/{FILE}").parents[1])


def test_the_page_says_what_is_found(tariffs: BackTest) -> None:
    text = PAGE.read_text(encoding="utf-8")
    command = "run: python -m tools.build_backtest_page FOLDER"
    assert text == page(text, tariffs, calm_2008.back_test()), command


def test_what_the_page_says_in_words(tariffs: BackTest) -> None:
    share, relative, official = tariffs.compared
    names = [band.name for band in tariffs.bands]
    several, others = names.index("several theories"), names.index("with other pairs")
    parts = [one.coverage(several)[0] / one.coverage(several)[1] for one in tariffs.compared]
    assert max(parts) < 0.5
    parts = [one.coverage(others)[0] / one.coverage(others)[1] for one in tariffs.compared]
    assert min(parts) > 0.55 and max(parts) < 0.85
    for one in tariffs.compared:
        into = dict(one.variants[0].fits)
        assert into["USA"].same_sign > 0.8
        assert 0.6 < into["USA"].predicted / into["USA"].observed < 1.0
        assert into["CHN"].error > into["CHN"].error_of_nothing
        assert abs(into["both"].slope) < 1.645 * one.ordinary_slope
        assert abs(into["CHN"].slope) < 1.645 * one.ordinary_slope
    assert share.sums[1].observed > 0.0 and dict(share.variants[0].fits)["CHN"].observed > 0.0
    assert (
        0.0
        < dict(official.variants[0].fits)["CHN"].observed / dict(official.variants[0].fits)["CHN"].predicted
        < 0.5
    )
    assert abs(share.sums[0].predicted - np.log(13.9 / 21.6)) < 0.155
    assert relative.width(names.index("other pairs alone")) > 1.5
    assert tariffs.failed == 0 and tariffs.draws >= 200


def test_everything_is_printed_in_80_columns(
    tariffs: BackTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setitem(BACKTESTS, "us-china-2018", lambda folder: tariffs)  # type: ignore[misc]
    backtest("us-china-2018", Path(), "official")
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    for importer in us_china_2018.PAIR:
        inside, count = tariffs.compared[2].coverage(0, importer)
        assert f"{inside} of {count}" in text
    agriculture = next(row for row in tariffs.compared[2].rows if row.sector == "Agriculture")
    line = next(line for line in text.splitlines() if line.strip().startswith("Agriculture"))
    assert line.split()[1:3] == [
        f"{100 * agriculture.duty:.1f}",
        f"{100 * np.expm1(agriculture.observed):+.0f}",
    ]
    assert line.split()[-1] == ("in" if agriculture.inside(2) else "out")


def test_registry_and_lists_by_line_agree_on_the_size_of_duties(tariffs: BackTest) -> None:
    american, chinese = tariffs.rates
    assert (american.importer, chinese.importer) == us_china_2018.PAIR
    # Lists count lines alike; most lines are charged, the largest goods of list 4B are not.
    assert american.here < american.listed < 0.25
    assert abs(chinese.here - chinese.listed) < 0.05
    assert min(american.correlation, chinese.correlation) > 0.4
