"""HS codes reach the right sectors; no US import is lost between products and sectors."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from detente.errors import BadInput
from detente.world.concordance import CLASSIFICATIONS, hs6_lines, hs_sectors, sectors_of_hs
from detente.world.exchange_rates import exchange_rate
from detente.world.us_imports import us_import_partners, us_import_shares, us_imports

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BUNDLED = Path(__file__).resolve().parents[2] / "src" / "detente" / "world" / "bundled"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the raw data folder ../shared/data is not here")


@pytest.mark.parametrize(
    ("code", "sectors"),
    [
        ("1205", {"A01"}),
        ("151411", {"C10T12"}),
        ("0203", {"C10T12"}),
        ("0306", {"A03", "C10T12"}),
        ("0713", {"A01"}),
        ("2306.41", {"C10T12"}),
        ("270900", {"B06"}),
        ("271012", {"C19"}),
        ("310420", {"C20"}),
        ("3004", {"C21"}),
        ("4407", {"C16"}),
        ("72", {"C24A", "E"}),
        ("7601", {"C24B"}),
        ("76", {"C24B", "C25", "E"}),
        ("8542", {"C26"}),
        ("8507.60", {"C27"}),
        ("854430", {"C29"}),
        ("8703", {"C29"}),
        ("8901", {"C301"}),
        ("8802", {"C302T309"}),
        ("9403", {"C31T33"}),
        ("2716", {"D"}),
        ("720449", {"E"}),
    ],
)
def test_products_reach_their_sector(code: str, sectors: set[str]) -> None:
    assert set(sectors_of_hs([code], "icio2025")) == sectors


def test_live_lobster_is_fishing_and_frozen_lobster_is_food() -> None:
    found = sectors_of_hs(["0306"], "icio2025")
    assert "030632" in found["A03"]
    assert "030612" in found["C10T12"]


def test_older_classifications() -> None:
    assert set(sectors_of_hs(["1205", "8703", "72"], "wiod2013")) == {"AtB", "34t35", "27t28", "36t37"}
    assert set(sectors_of_hs(["1205", "8703", "27"], "isic4-sections")) == {"A", "B", "C", "D"}


@pytest.mark.parametrize("classification", CLASSIFICATIONS)
def test_each_line_has_one_sector_and_all_lines_are_kept(classification: str) -> None:
    chapters = sorted({line[:2] for line in hs_sectors(classification)})
    found = sectors_of_hs(chapters, classification)
    assert sum(len(lines) for lines in found.values()) == len(hs_sectors(classification)) > 6800


def test_dots_spaces_and_width_do_not_matter() -> None:
    assert hs6_lines(["87.03"]) == hs6_lines(["8703"]) > hs6_lines(["8703.80"]) == {"870380"}


def test_all_wrong_codes_are_reported_together_with_a_remedy() -> None:
    with pytest.raises(BadInput) as caught:
        hs6_lines(["8703.99", "cars", "8703801000", "870", "99", "8703", ""])
    text = str(caught.value)
    assert len(caught.value.problems) == 6
    assert "unknown HS code '8703.99'; did you mean 870390" in text
    assert "'cars' is not an HS code; use 2, 4 or 6 digits" in text
    assert "'8703801000' has more than six digits" in text
    assert "use 870380" in text
    assert "'870' has 3 digits" in text
    assert "unknown HS code '99'" in text


def test_unknown_classification_names_the_alternatives() -> None:
    known = "icio2025, isic4-sections, wiod2013, icio2023, icio2021, wiod2016"
    with pytest.raises(
        BadInput, match=rf"'oecd-icio'; name sectors instead of HS codes, .* those of {known}"
    ):
        sectors_of_hs(["8703"], "oecd-icio")


def test_effective_us_rates_of_2024() -> None:
    """10.87 percent on China (trade fact t080); 0.1 on Canada before 2025 (t082)."""
    china, canada = us_imports("CHN"), us_imports("CAN")
    assert round(100 * china.duty.sum() / china.value.sum(), 2) == 10.87
    assert round(100 * canada.duty.sum() / canada.value.sum(), 1) == 0.1
    assert round(canada.value.sum() / 1e9, 2) == 411.69
    assert round(china.value.sum() / 1e9, 2) == 429.43


@needs_data
def test_imports_by_product_keep_the_census_totals() -> None:
    for code, partner in (
        ("0003", "EU27"),
        ("1220", "CAN"),
        ("2010", "MEX"),
        ("5700", "CHN"),
        ("5880", "JPN"),
    ):
        table = pd.read_parquet(DATA / "us_tariffs" / "data" / f"2024-hs10-imports{code}.parquet")
        ours = us_imports(partner)
        assert ours.value.sum() == pd.to_numeric(table["CON_VAL_YR"]).sum()
        assert ours.duty.sum() == pd.to_numeric(table["CAL_DUT_YR"]).sum()


def test_what_no_sector_makes_is_a_known_part_of_us_imports() -> None:
    sector_of = hs_sectors("icio2025")
    total = unmapped = other = 0
    for partner in us_import_partners():
        table = us_imports(partner)
        for line, value in zip(table.hs6, table.value.tolist(), strict=True):
            total += value
            if line not in sector_of:
                unmapped += value
                other += value if line[:2] not in ("98", "99") else 0
    assert round(total / 1e9) == 3217
    assert 0.035 < unmapped / total < 0.042
    assert other / total < 1e-4


def test_shares_covered_by_a_list() -> None:
    everything = us_import_shares("CAN", ["87"], "icio2025")
    cars = us_import_shares("CAN", ["8703"], "icio2025")
    trucks = us_import_shares("CAN", ["8704"], "icio2025")
    both = us_import_shares("CAN", ["8703", "8704", "8703.80"], "icio2025")
    assert both["C29"] == pytest.approx(cars["C29"] + trucks["C29"])
    assert 0.5 < cars["C29"] < both["C29"] < everything["C29"] < 1
    canada = us_imports("CAN")
    value = dict(zip(canada.hs6, canada.value.tolist(), strict=True))
    in_sector = sum(v for line, v in value.items() if hs_sectors("icio2025").get(line) == "C29")
    assert cars["C29"] == pytest.approx(sum(v for k, v in value.items() if k[:4] == "8703") / in_sector)


def test_members_of_the_european_union_are_one_partner() -> None:
    with pytest.raises(BadInput, match=r"not for DEU; use EU27"):
        us_imports("DEU")
    with pytest.raises(BadInput, match=r"from 'MAR'; did you mean"):
        us_imports("MAR")


@pytest.mark.parametrize(
    ("currency", "year", "units"), [("CAD", 2024, 1.3699), ("CNY", 2018, 6.6090), ("EUR", 2022, 1 / 1.0534)]
)
def test_exchange_rates_of_the_federal_reserve(currency: str, year: int, units: float) -> None:
    assert exchange_rate(currency, year) == pytest.approx(1 / units, rel=1e-4)


def test_unknown_exchange_rates_say_what_is_known() -> None:
    with pytest.raises(BadInput, match=r"'CDN'.*did you mean CNY"):
        exchange_rate("CDN", 2024)
    with pytest.raises(BadInput, match=r"CAD for 2031; .*2015, .*2025"):
        exchange_rate("CAD", 2031)
    with pytest.raises(BadInput, match="GBP for 2016"):
        exchange_rate("GBP", 2016)


@needs_data
def test_the_bundled_concordance_is_what_the_tool_builds(tmp_path: Path) -> None:
    from tools.build_concordance import build

    build(DATA, tmp_path)
    assert (tmp_path / "hs_sectors.csv").read_bytes() == (BUNDLED / "hs_sectors.csv").read_bytes()
