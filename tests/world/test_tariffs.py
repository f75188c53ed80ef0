"""Baseline tariffs: the layers of the build, and a user's own file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.world.tariffs import read_tariff_file
from detente.world.world import World
from tools.tariffs import BaselineTariffs, baseline_tariffs
from tools.tariffs.agreements import free_trade
from tools.tariffs.averages import national_averages
from tools.tariffs.pattern import goods_sectors
from tools.tariffs.us_duties import us_collected_rates

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the raw data folder ../shared/data is not here")


@dataclass(frozen=True)
class Case:
    """Tariffs built on known flows."""

    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: np.ndarray
    built: BaselineTariffs

    def rate(self, sector: str, importer: str, exporter: str) -> float:
        place = self.economies.index
        return (
            float(self.built.tariff_factor[self.sectors.index(sector), place(importer), place(exporter)]) - 1
        )


@pytest.fixture(scope="module")
def case() -> Case:
    """Intermediate flows of the OECD table of 2022, and a rest of the world with a tenth of each trade."""
    with np.load(DATA / "icio2022" / "icio2022_Z_float32.npz") as stored:
        named = tuple(str(code) for code in stored["countries"])
        sectors = tuple(str(code) for code in stored["sectors"])
        cells = stored["Z"].reshape(50, 80, 50, 80).sum(axis=2).transpose(0, 2, 1).astype(np.float64)
    flows = np.zeros((50, 81, 81))
    flows[:, :80, :80] = cells
    flows[:, :80, 80] = 0.1 * cells.sum(axis=2)
    flows[:, 80, :80] = 0.1 * cells.sum(axis=1)
    economies = (*named, "ROW")
    built = baseline_tariffs(DATA, "icio2025", economies, sectors, flows, 2022)
    return Case(economies, sectors, flows, built)


@needs_data
def test_rates_are_finite_zero_at_home_and_on_services(case: Case) -> None:
    rates = case.built.tariff_factor - 1
    assert np.isfinite(rates).all()
    assert rates.min() >= 0
    assert rates.max() < 0.7
    assert rates[:, np.arange(81), np.arange(81)].max() == 0
    assert rates[~goods_sectors("icio2025", case.sectors)].max() == 0


@needs_data
@pytest.mark.parametrize("importer", ["CAN", "CHN", "BRA", "KOR", "CHL", "IND", "GBR", "CMR"])
def test_each_importer_keeps_its_national_average(case: Case, importer: str) -> None:
    place = case.economies.index(importer)
    goods = case.flows[:, place] * goods_sectors("icio2025", case.sectors)[:, None]
    goods[:, place] = 0
    paid = (goods * (case.built.tariff_factor[:, place] - 1)).sum() / goods.sum()
    published = national_averages(DATA, [importer], 2022)[importer].rate
    assert paid == pytest.approx(published, abs=1e-6)


@needs_data
def test_european_union_keeps_its_average_on_imports_from_outside(case: Case) -> None:
    averages = national_averages(DATA, case.economies, 2022)
    member = free_trade(case.economies, 2022, 10_000).all_goods[case.economies.index("DEU")]
    goods = case.flows[:, member] * goods_sectors("icio2025", case.sectors)[:, None, None]
    outside = np.where(member, 0.0, goods)
    paid = (outside * (case.built.tariff_factor[:, member] - 1)).sum() / outside.sum()
    assert sum(member) == 27
    assert paid == pytest.approx(averages["DEU"].rate, abs=1e-6)


@needs_data
def test_members_trade_free_of_duty(case: Case) -> None:
    for importer, exporter in (("DEU", "FRA"), ("POL", "ESP"), ("GBR", "DEU"), ("CAN", "USA"), ("MEX", "CAN"),
                               ("NOR", "CHE"), ("BRA", "ARG"), ("RUS", "KAZ"), ("CAN", "DEU")):  # fmt: skip
        assert all(case.rate(sector, importer, exporter) == 0 for sector in case.sectors), (
            importer,
            exporter,
        )
    assert case.rate("C29", "TUR", "DEU") == 0 < case.rate("A01", "TUR", "DEU")
    assert case.rate("C29", "CAN", "CHN") > 0.03
    assert case.rate("C29", "CHN", "CAN") > 0.02


@needs_data
def test_united_states_collects_what_the_census_counted(case: Case) -> None:
    """10.87 percent on China and 0.1 on Canada: what no sector makes carries almost no duty."""
    from detente.world.concordance import hs_sectors
    from detente.world.us_imports import us_imports

    rates = us_collected_rates(DATA, "icio2025", case.economies, case.sectors)
    for partner, known in (("CHN", 10.87), ("CAN", 0.10)):
        imports, sector_of = us_imports(partner), hs_sectors("icio2025")
        place, value = case.economies.index(partner), np.zeros(len(case.sectors))
        for line, amount in zip(imports.hs6, imports.value.tolist(), strict=True):
            if line in sector_of:
                value[case.sectors.index(sector_of[line])] += amount
        duty = value @ np.nan_to_num(rates[:, place])
        assert round(100 * duty / imports.value.sum(), 2) == pytest.approx(known, abs=0.02)
        goods = goods_sectors("icio2025", case.sectors) & (value > 0)
        usa = case.built.tariff_factor[:, case.economies.index("USA"), place] - 1
        assert np.allclose(usa[goods], rates[goods, place], atol=1e-7)
    assert 0.2 < case.rate("C24A", "USA", "CHN") < 0.3


@needs_data
def test_members_of_the_european_union_add_up_to_its_duty(case: Case) -> None:
    """Chapter detail of the members, spread over sectors, reproduces the Union's duty in each big sector."""
    import pandas as pd

    rates = us_collected_rates(DATA, "icio2025", ("DEU", "FRA", "ITA"), case.sectors)
    table = pd.read_csv(DATA / "us_tariffs" / "data-hs2" / "hs2-tariff-4280.csv")
    overall = table["2024_duty"].sum() / table["2024_imports"].sum()
    assert np.nanmin(rates[:, 0]) < overall < np.nanmax(rates[:, 0])
    assert 0.02 < rates[case.sectors.index("C29"), 0] < 0.03


@needs_data
def test_measured_errors_beat_the_alternatives(case: Case) -> None:
    errors = case.built.measured_errors
    start = "tariffs against WITS 2022, mean absolute error in percentage points"
    for kind in ("import-weighted", "simple"):
        shipped = errors[f"{start}, shipped, {kind}"]
        assert shipped < 0.8 * errors[f"{start}, no tariffs, {kind}"]
        assert shipped < 0.8 * errors[f"{start}, one rate an importer on all goods and partners, {kind}"]
    assert errors[f"{start}, shipped, import-weighted"] == pytest.approx(1.39, abs=0.1)


@needs_data
def test_layers_name_their_vintage_and_what_is_unknown(case: Case) -> None:
    text = " ".join(case.built.layers)
    assert "TWN, where no average tariff is known" in text
    assert "2024 (US Census" in text
    assert "estimated" in text
    assert not any("wits" in name or "wto_mfn5" in name for name in case.built.inputs)
    assert all(len(digest) == 64 for digest in case.built.inputs.values())


@needs_data
def test_faulty_years_of_the_source_give_way_to_their_neighbours() -> None:
    found = national_averages(DATA, ["USA", "CHE", "LUX", "CAN", "TWN"], 2019)
    assert found["USA"].cleaned
    assert 0.014 < found["USA"].rate < 0.018
    assert found["CHE"].cleaned
    assert found["LUX"].rate == pytest.approx(0.0184, abs=1e-4)
    assert found["CAN"] == national_averages(DATA, ["CAN"], 2019)["CAN"]
    assert not found["CAN"].cleaned
    assert "TWN" not in found


def test_agreements_follow_their_dates() -> None:
    pair = ["CAN", "DEU"]
    assert not free_trade(pair, 2015, 1).all_goods[0, 1]
    assert free_trade(pair, 2022, 1).all_goods[0, 1]
    assert not free_trade(["GBR", "JPN"], 2018, 0).all_goods[0, 1]
    assert free_trade(["JPN", "CHN"], 2022, 0).all_goods[0, 1]
    assert not free_trade(["JPN", "CHN"], 2022, 1).all_goods[0, 1]
    one_way = free_trade(["DEU", "BGD"], 2022, 1).all_goods
    assert one_way.tolist() == [[True, True], [False, True]]
    industrial = free_trade(["CHE", "DEU"], 2011, 1)
    assert industrial.industrial[0, 1]
    assert not industrial.all_goods[0, 1]


@pytest.fixture(scope="module")
def world() -> World:
    return dt.load_world("g20-2019")


def _file(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _rate(world: World, sector: str, importer: str, exporter: str) -> float:
    place = world.economies.index
    return float(world.tariff_factor[world.sectors.index(sector), place(importer), place(exporter)]) - 1


def test_plain_file_replaces_what_it_names_and_nothing_else(tmp_path: Path, world: World) -> None:
    text = "importer,exporter,sector,rate_percent\nCanada,World,C,6\nCAN,China,Manufacturing,8.5\n"
    new = read_tariff_file(_file(tmp_path, text), world)
    assert _rate(new, "C", "CAN", "CHN") == pytest.approx(0.085)
    assert _rate(new, "C", "CAN", "JPN") == pytest.approx(0.06)
    assert _rate(new, "C", "CAN", "CAN") == 0
    changed = new.tariff_factor != world.tariff_factor
    assert changed[[i for i, s in enumerate(world.sectors) if s != "C"]].sum() == 0
    assert changed[:, [i for i, e in enumerate(world.economies) if e != "CAN"]].sum() == 0
    assert new.provenance.tariff_layers[-1] == "19 tariffs of 1 importers from the user's file mine.csv."
    assert new.provenance.tariff_layers[:-1] == world.provenance.tariff_layers


def test_fractions_are_fractions(tmp_path: Path, world: World) -> None:
    text = "importer;exporter\n"
    with pytest.raises(BadInput, match="no column for importer or exporter"):
        read_tariff_file(_file(tmp_path, text), world)
    text = "importer,exporter,sector,rate_fraction\nCAN,CHN,A,0.05\n"
    assert _rate(read_tariff_file(_file(tmp_path, text), world), "A", "CAN", "CHN") == pytest.approx(0.05)


def test_tariffs_from_a_file_hold_the_measures_of_no_known_day(tmp_path: Path) -> None:
    world = dt.load_world("world-2022")
    rows = "importer,exporter,sector,rate_percent\n{},China,C29,6.5\n"
    days = dict(world.provenance.measures_included)
    for importer, code in (("Canada", "CAN"), ("United States", "USA"), ("Japan", "JPN")):
        read = read_tariff_file(_file(tmp_path, rows.format(importer)), world)
        left = {other: day for other, day in days.items() if other != code}
        assert read.provenance.measures_included == left


def test_wits_download_is_averaged_by_imports_and_prefers_applied_rates(tmp_path: Path, world: World) -> None:
    text = (
        "Reporter Name,Partner Name,Product,Tariff Year,DutyType,Weighted Average,Imports Value in 1000 USD\n"
        "Canada,China,870380,2022,AHS,6.1,300\n"
        "Canada,China,720839,2022,AHS,0,100\n"
        "Canada,China,720839,2022,MFN,50,100\n"
        "Canada,China,10121,2022,AHS,2,0\n"
        "Canada,Korea,870380,2022,MFN,6.1,10\n"
    )
    new = read_tariff_file(_file(tmp_path, text), world)
    assert _rate(new, "C", "CAN", "CHN") == pytest.approx(0.061 * 300 / 400)
    assert _rate(new, "A", "CAN", "CHN") == pytest.approx(0.02)
    assert _rate(new, "C", "CAN", "KOR") == pytest.approx(0.061)


def test_all_problems_come_with_their_lines(tmp_path: Path, world: World) -> None:
    text = (
        "importer,exporter,sector,rate_percent\n"
        "Cnada,CHN,C,5\n"
        "CAN,CHN,Manufacturng,5\n"
        "CAN,CHN,C,-5\n"
        "CAN,CHN,C,five\n"
        "CAN,CHN\n"
        "CAN,CHN,A,5\n"
        "CAN,China,A,7\n"
        "CAN,CHN,B,nan\n"
    )
    with pytest.raises(BadInput) as caught:
        read_tariff_file(_file(tmp_path, text), world)
    lines = {problem.line: str(problem) for problem in caught.value.problems}
    assert sorted(lines) == [2, 3, 4, 5, 6, 8, 9]
    assert "mine.csv, line 2, field 'importer'" in lines[2]
    assert "Canada" in lines[2]
    assert "anufacturing" in lines[3]
    assert "rate of -5 percent" in lines[4]
    assert "'five' is not a number" in lines[5]
    assert "2 cells" in lines[6]
    assert "given in line 7" in lines[8]
    assert "'nan' is not a number" in lines[9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("importer,exporter,sector,rate_percent\n", "has no rows"),
        ("importer,exporter,sector,rate\nCAN,CHN,C,5\n", "no column of rates with a unit"),
        ("importer,exporter,rate_percent\nCAN,CHN,5\n", "no column for sector or HS code"),
        ("importer,exporter,hs,rate_percent\nCAN,CHN,8799,5\n", "unknown HS code '8799'; did you mean 8709"),
        ("importer,exporter,sector,rate_percent,rate_fraction\nCAN,CHN,C,5,0.05\n", "two columns of rates"),
    ],
)
def test_unusable_files(tmp_path: Path, world: World, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read_tariff_file(_file(tmp_path, text), world)


@pytest.mark.parametrize(("text", "rate"), [("6.5%", 0.065), ('"1,250.5"', 12.505), ("0", 0.0)])
def test_numbers_as_spreadsheets_write_them(tmp_path: Path, world: World, text: str, rate: float) -> None:
    path = _file(tmp_path, f"importer,exporter,sector,rate_percent\nCAN,CHN,C,{text}\n")
    assert _rate(read_tariff_file(path, world), "C", "CAN", "CHN") == pytest.approx(rate)


@pytest.mark.parametrize("text", ["6,5", "12,50", "1,2345", ",5"])
def test_a_decimal_comma_is_refused_not_guessed(tmp_path: Path, world: World, text: str) -> None:
    path = _file(tmp_path, f'importer,exporter,sector,rate_percent\nCAN,CHN,C,"{text}"\n')
    with pytest.raises(BadInput, match=f"'{text}' is not a number; write decimals after a point"):
        read_tariff_file(path, world)


def test_marks_and_line_ends_of_spreadsheets_are_read_over(tmp_path: Path, world: World) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"\xef\xbb\xbfimporter,exporter,sector,rate_percent\r\nCAN,CHN,C,6.5\r\n")
    assert _rate(read_tariff_file(path, world), "C", "CAN", "CHN") == pytest.approx(0.065)


def test_missing_file(tmp_path: Path, world: World) -> None:
    with pytest.raises(BadInput, match="cannot read the tariff file"):
        read_tariff_file(tmp_path / "absent.csv", world)
