"""The registry's measures of the United States: complete, dated as the law says, and stacked by it."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from detente.policy.line_lists import product_list, product_lists
from detente.policy.rates import rates
from detente.policy.registry import registry
from tests.world.shared import DATA, published
from tools.build_lists import lists, tidy

FACTS = DATA.parent / "facts" / "measures.csv"
US_FILES = "united-states"


def points(day: date, exporter: str) -> dict[str, float]:
    """What each measure adds to the average rate, percent."""
    return {m.id: 100 * m.points for m in rates(day, "USA", exporter).measures}


def test_every_known_act_of_the_united_states_is_there_or_says_why_not() -> None:
    if not FACTS.exists():
        pytest.skip(f"needs the facts, not found in {FACTS.parent}")
    with FACTS.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if "USA" in row["imposer"].split(";")]
    known = {m.id: m for m in registry().measures}
    reasons = {row.id for row in registry().left_out}
    assert len(rows) == 84
    assert [row["id"] for row in rows if row["id"] not in known and row["id"] not in reasons] == []
    for row in rows:
        words = row["instrument"]
        if words.startswith(("threat", "investigation", "agreement status")) and row["id"] in known:
            assert known[row["id"]].what_if, row["id"]


def test_every_measure_says_what_it_hits_by_what_law_and_where_it_was_read() -> None:
    ours = [m for m in registry().measures if (m.place.file or "").startswith(US_FILES)]
    assert len(ours) > 120
    for measure in ours:
        assert measure.products and measure.legal_basis and measure.source, measure.id
        assert (measure.source.url.startswith("http") and measure.start) or measure.what_if, measure.id


def test_threats_are_never_in_force() -> None:
    threats = {m.id for m in registry().measures if m.what_if}
    assert "us-threat-can-100-china-deal-2026" in threats and "us-threat-can-plus10-reagan-ad" in threats
    for year in range(2018, 2028):
        assert not threats & {m.id for m in registry().on(date(year, 12, 31))}


@pytest.mark.parametrize(
    ("name", "last_without", "first_with"),
    [
        ("us-338-can-autos-2026", date(2026, 8, 21), date(2026, 8, 22)),
        ("us-338-ban-alcohol-2026", date(2026, 9, 28), date(2026, 9, 29)),
        ("us-122-surcharge-can-2026", date(2026, 2, 23), date(2026, 2, 24)),
        ("us-301-forced-labour-chn-2026", date(2026, 7, 23), date(2026, 7, 24)),
        ("us-232-metals-50-can-2025", date(2025, 6, 3), date(2025, 6, 4)),
    ],
)
def test_measures_start_on_their_day(name: str, last_without: date, first_with: date) -> None:
    assert name not in {m.id for m in registry().on(last_without)}
    assert name in {m.id for m in registry().on(first_with)}


def test_emergency_duties_end_with_their_collection() -> None:
    emergency = {m.id for m in registry().measures if m.programme.startswith("us-ieepa") and not m.what_if}
    assert emergency & {m.id for m in registry().on(date(2026, 2, 23))}
    assert not emergency & {m.id for m in registry().on(date(2026, 2, 24))}


def test_usmca_origin_helps_against_all_but_section_338_and_metals() -> None:
    spared = {m.programme for m in registry().on(date(2026, 9, 1)) if m.preference == "usmca"}
    assert {"us-232-autos", "us-232-auto-parts", "us-232-trucks", "us-301-forced-labour"} == spared


def test_goods_under_section_232_are_spared_other_duties() -> None:
    on = {m.id: m for m in rates(date(2026, 9, 1), "USA", "CHN").measures}
    labour = on["us-301-forced-labour-chn-2026"]
    above = {name for name, _ in labour.spared_by}
    assert {"us-232-metals-annex-1a-chn-2026", "us-232-autoparts-chn-2025"} <= above
    assert {n for n, _ in on["us-232-metals-annex-1b-chn-2026"].spared_by} <= {m for m in on if "232" in m}
    # Section 301 of 2018 adds to Section 232; only the review's new rates take its place.
    assert not [name for name, _ in on["us-301-list3-chn-25"].spared_by if "232" in name]


def test_a_canadian_vehicle_pays_either_on_its_content_or_in_full() -> None:
    day = date(2026, 9, 1)
    lines = rates(day, "USA", "CAN")
    by_id = {m.id: m for m in lines.measures}
    whole, content = by_id["us-232-autos-can-2025"], by_id["us-232-autos-can-2025-content"]
    assert whole.value + content.value == pytest.approx(32_397, rel=1e-3)
    assert content.value / (whole.value + content.value) > 0.9


def test_reciprocal_duty_and_drug_duty_on_china_in_april_2025() -> None:
    assert points(date(2025, 4, 9), "CHN")["us-ieepa-reciprocal-chn-84"] > 50
    later = points(date(2025, 4, 10), "CHN")
    assert later["us-ieepa-reciprocal-chn-125"] > 70 and later["us-ieepa-fentanyl-chn-20"] > 19
    assert "us-ieepa-reciprocal-baseline" not in later


def test_an_economy_with_a_rate_of_its_own_does_not_pay_the_baseline() -> None:
    before, after = points(date(2025, 8, 6), "VNM"), points(date(2025, 8, 7), "VNM")
    assert before["us-ieepa-reciprocal-baseline"] > 5
    assert after["us-ieepa-reciprocal-baseline"] == 0.0 and after["us-ieepa-reciprocal-20-2025"] > 10


def test_a_raised_duty_of_section_301_takes_the_place_of_the_old_one() -> None:
    on = {m.id: m for m in rates(date(2025, 1, 15), "USA", "CHN").measures}
    spared = dict(on["us-301-before-review-25-chn"].spared_by)
    for raised in ("us-301-2024-ev-chn", "us-301-2024-solar-chn", "us-301-2025-semiconductors-chn"):
        assert spared[raised] == pytest.approx(on[raised].value)
    before = {m.id: m for m in rates(date(2024, 7, 1), "USA", "CHN").measures}
    assert before["us-301-before-review-25-chn"].value > 1_000


def test_lists_are_as_built() -> None:
    published("us_tariffs/tariff-lists")
    published("budget_lab/tracker")
    built = lists(DATA)
    shipped = {name for name in product_lists() if name.startswith("us-")}
    assert set(built) == shipped
    for name, codes in built.items():
        assert dict(product_list(name)) == codes, name


def test_lists_have_the_lengths_their_sources_state() -> None:
    for name, count in (
        ("us-338-alcohol", 63),
        ("us-338-dairy", 52),
        ("us-338-autos", 439),
        ("us-338-aircraft", 554),
    ):
        assert len(product_list(name)) == count
    assert not any(code.startswith("853710") for code, _ in product_list("us-232-auto-parts"))
    assert dict(product_list("us-232-copper"))["74061000"] == 0.9
    assert {share for code, share in product_list("us-232-metals-derivatives-2025-03") if code < "74"} >= {
        1.0
    }


def test_lists_of_one_programme_do_not_overlap() -> None:
    for names in (
        ("us-232-metals-annex-1a", "us-232-metals-annex-1b", "us-232-metals-annex-3"),
        ("us-232-autos", "us-232-auto-parts", "us-232-trucks", "us-232-buses"),
        ("us-338-alcohol", "us-338-dairy", "us-338-autos"),
    ):
        codes = [code for name in names for code, _ in product_list(name)]
        assert not [(a, b) for a in codes for b in codes if a != b and a.startswith(b)]
        assert len(codes) == len(set(codes))


def test_tidy_codes() -> None:
    assert tidy(["8703.80", "87038000", "0101.21.00", "", "8703.80"]) == {"01012100": 1.0, "870380": 1.0}
    with pytest.raises(ValueError, match="odd length"):
        tidy(["123"])


def test_files_are_small() -> None:
    folder = Path(__file__).resolve().parents[2] / "src" / "detente" / "policy" / "lists"
    assert sum(path.stat().st_size for path in folder.glob("us-*.csv")) < 300_000
