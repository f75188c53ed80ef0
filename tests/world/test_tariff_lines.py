"""Imports by tariff line are the published ones, and preferences apply where and when they were observed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detente.errors import BadInput
from detente.world.tariff_lines import (
    importers_by_line,
    line_partner_of,
    line_partners,
    line_partners_apart,
    tariff_lines,
)
from detente.world.us_imports import us_imports
from tests.world.shared import published

SHIPPED = Path(__file__).resolve().parents[2] / "src" / "detente" / "world" / "bundled" / "tariff_lines"


@pytest.mark.parametrize(
    ("code", "partner"), [("0003", "EU27"), ("1220", "CAN"), ("2010", "MEX"), ("5700", "CHN")]
)
def test_every_line_is_the_published_one(code: str, partner: str) -> None:
    table = pd.read_parquet(published(f"us_tariffs/data/2024-hs10-imports{code}.parquet"))
    table = table.sort_values("I_COMMODITY")
    lines = tariff_lines("USA", partner)
    assert lines is not None and lines.exact and lines.year == 2024
    assert list(lines.codes) == table["I_COMMODITY"].tolist()
    assert lines.value.tolist() == pd.to_numeric(table["CON_VAL_YR"]).tolist()
    assert lines.duty.tolist() == pd.to_numeric(table["CAL_DUT_YR"]).tolist()


def test_lines_add_up_to_headings() -> None:
    lines, headings = tariff_lines("USA", "JPN"), us_imports("JPN")
    assert lines is not None
    value = dict.fromkeys(headings.hs6, 0)
    for code, dollars in zip(lines.codes, lines.value.tolist(), strict=True):
        value[code[:6]] += dollars
    assert tuple(value.values()) == tuple(headings.value.tolist())
    assert headings.hs6 == tuple(sorted(headings.hs6))


def test_an_exporter_without_a_table_has_the_products_of_its_union_or_of_all() -> None:
    germany, union = tariff_lines("USA", "DEU"), tariff_lines("USA", "EU27")
    iceland = tariff_lines("USA", "ISL")
    assert germany is not None and union is not None and iceland is not None
    assert (germany.partner, germany.exact, union.exact) == ("EU27", False, True)
    assert germany.value.tolist() == union.value.tolist()
    assert (iceland.partner, iceland.exact) == ("all partners", False)
    apart = [tariff_lines("USA", partner) for partner in line_partners_apart("USA")]
    assert iceland.value.sum() == sum(lines.value.sum() for lines in apart if lines)
    assert iceland.duty.sum() == sum(lines.duty.sum() for lines in apart if lines)
    assert line_partner_of("USA", "SVK") == "SVK" in line_partners("USA")


def test_only_importers_with_a_table_have_lines() -> None:
    assert tariff_lines("CAN", "USA") is None
    assert importers_by_line() == ("USA",)
    with pytest.raises(BadInput, match="no imports by tariff line for 'USB'; did you mean USA"):
        line_partners("USB")


def test_shares_that_claim_a_preference_are_those_observed_last() -> None:
    published_shares = pd.read_csv(
        published("budget_lab/tracker/usmca_product_shares_2025.csv"), dtype={"hts10": str, "cty_code": str}
    )
    shares = published_shares[published_shares["cty_code"] == "1220"].set_index("hts10")["usmca_share"]
    lines = tariff_lines("USA", "CAN")
    assert lines is not None and lines.preferences == ("usmca",)
    early, in_2025, late = (
        lines.claimed("usmca", day) for day in (date(2019, 1, 1), date(2026, 1, 31), date(2026, 2, 1))
    )
    assert np.array_equal(early, in_2025) and np.array_equal(late, lines.claimed("usmca"))
    assert not np.array_equal(in_2025, late)
    listed = [place for place, code in enumerate(lines.codes) if code in shares.index]
    assert len(listed) > 0.95 * len(lines.codes)
    assert in_2025[listed] == pytest.approx(
        shares[[lines.codes[place] for place in listed]].to_numpy(), abs=6e-5
    )


def test_a_month_counts_only_where_there_was_trade() -> None:
    types = {"hts10": str, "cty_code": str}
    month = pd.read_csv(published("budget_lab/tracker/usmca_product_shares_2026_02.csv"), dtype=types)
    month = month[month["cty_code"] == "2010"].set_index("hts10")
    lines = tariff_lines("USA", "MEX")
    assert lines is not None
    late, early = lines.claimed("usmca", date(2026, 3, 1)), lines.claimed("usmca", date(2025, 3, 1))
    year = pd.read_csv(published("budget_lab/tracker/usmca_product_shares_2025.csv"), dtype=types)
    in_year = set(year.loc[year["cty_code"] == "2010", "hts10"])
    traded = without = 0
    for place, code in enumerate(lines.codes):
        if code in month.index and month.at[code, "total_value"] > 0:
            assert late[place] == pytest.approx(month.at[code, "usmca_share"], abs=6e-5)
            traded += 1
        elif code in in_year:
            assert late[place] == early[place]
            without += 1
    assert traded > 3000 and without > 100


@pytest.mark.parametrize("partner", ["CAN", "MEX"])
def test_shares_are_between_nothing_and_all(partner: str) -> None:
    lines = tariff_lines("USA", partner)
    assert lines is not None
    for day in (date(2025, 6, 1), None):
        shares = lines.claimed("usmca", day)
        assert shares.min() >= 0 and shares.max() <= 1


def test_a_preference_that_is_not_open_is_not_claimed() -> None:
    china, canada = tariff_lines("USA", "CHN"), tariff_lines("USA", "CAN")
    assert china is not None and canada is not None
    assert not china.claimed("usmca").any() and not canada.claimed("korus").any()
    assert china.preferences == ()


def test_what_ships_is_what_the_tool_builds(tmp_path: Path) -> None:
    from tools.build_tariff_lines import build

    data = published("us_tariffs/data").parents[1]
    published("budget_lab/tracker")
    build(data, tmp_path)
    new, shipped = np.load(tmp_path / "USA.npz"), np.load(SHIPPED / "USA.npz")
    assert sorted(new.files) == sorted(shipped.files)
    assert all(np.array_equal(new[name], shipped[name]) for name in new.files)
    assert (SHIPPED / "USA.npz").stat().st_size < 1.5e6
