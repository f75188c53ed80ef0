"""The registry against the table of facts that it was built from: every row, its rate and its dates.

Where an entry departs from its row, the reason stands in `DEPARTURES`; nothing else may differ.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache

import pytest

from detente.policy.measure import Measure
from detente.policy.registry import registry
from tests.world.shared import DATA
from tools.build_registry_page import PAGE, page

FACTS = DATA.parent / "facts" / "measures.csv"
NEVER = ("threat", "investigation", "agreement status")

# What an entry says otherwise than its row: fields, and why. A name ending in * is all that begin so.
DEPARTURES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "ca-surtax-us-steel-2025-kept": (
        ("start", "end"),
        "the 21 items that stay at 25% when the others go to 50%",
    ),
    "ca-surtax-us-aluminium-2025-kept": (("start", "end"), "the 2 items that stay at 25%"),
    "ca-ev-quota-chn-2026": (("rate",), "the ordinary tariff, which the world's tariffs hold"),
    "ca-ev-quota-chn-2026-year-*": (
        ("rate", "start", "end"),
        "the later years of the quota, 6.5% larger each; the ordinary tariff, which the world's tariffs hold",
    ),
    "chn-reta-can-canola-meal": (("end",), "suspended, not ended: chn-suspension-can-2026"),
    "chn-reta-can-peas": (("end",), "suspended, not ended: chn-suspension-can-2026"),
    "chn-reta-can-lobster-crab": (("end",), "suspended, not ended: chn-suspension-can-2026"),
    "chn-reta-us-232-2018-fruit-wine-pipe": (
        ("rate",),
        "the 120 items at 15%; the row has the 25% of 8 items",
    ),
    "chn-reta-us-list3-2018": (("rate",), "average of 5 and 10%; the row has the highest"),
    "chn-reta-us-list3-2019": (("rate",), "average of 5, 10, 20 and 25%; the row has the highest"),
    "chn-purchase-soybeans": (("start",), "the yearly commitment; the 12 Mt of late 2025 are no yearly flow"),
    "chn-exp-ban-us-ga-ge-sb-2024": (("end",), "suspended, not ended: the suspension is an entry of its own"),
    "chn-exp-ban-us-ga-ge-sb-2024-suspension": (("start", "end"), "the suspension of the row's ban"),
    "us-ieepa-energy-can-2025-03-04": (("end",), "the three days before USMCA goods were exempt"),
    "us-232-autos-can-2025-content": (("rate",), "USMCA vehicles pay on content from outside the US alone"),
    "us-232-trucks-can-2025-content": (("rate",), "USMCA trucks pay on content from outside the US alone"),
    "us-122-raise-to-15-announced": (("rate",), "5 points on top of the 10% in force"),
    "us-ieepa-reciprocal-chn-84": (
        ("start", "end"),
        "the orders' day; the row has the tracker's, a day early",
    ),
    "us-ieepa-reciprocal-chn-125": (("start",), "the order's day; the row has the tracker's, a day early"),
    "us-adcvd-softwood-ar6-2025": (("start",), "day of the review's notice; the row has the month after"),
}

# Rows whose source was an index number: publishers of the addresses that replace it.
NAMED = ("Department of Finance Canada",)


@cache
def rows() -> Mapping[str, Mapping[str, str]]:
    if not FACTS.exists():
        pytest.skip(f"needs the table of facts, not found at {FACTS}")
    with FACTS.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def entries(row: str) -> list[Measure]:
    """The measures of a row: that of its name, and those of its name and a suffix."""

    def of(measure: str) -> str:
        begun = [name for name in rows() if measure == name or measure.startswith(name + "-")]
        return max(begun, key=len, default="")

    return [measure for measure in registry().measures if of(measure.id) == row]


def pairs() -> Iterator[tuple[Mapping[str, str], Measure]]:
    for name, row in rows().items():
        for measure in entries(name):
            yield row, measure


def departure(measure: Measure) -> tuple[str, ...]:
    for name, (fields, reason) in DEPARTURES.items():
        assert reason
        if measure.id == name or (name.endswith("*") and measure.id.startswith(name[:-1])):
            return fields
    return ()


def agrees(written: str, found: date | None) -> bool:
    """Whether a day is the one written, or in the month or year written."""
    return str(found or "").startswith(written) if written else found is None


def test_every_row_is_in_the_registry_or_left_out_with_a_reason() -> None:
    left_out = {row.id: row for row in registry().left_out}
    missing = [name for name in rows() if not entries(name) and name not in left_out]
    assert not missing
    # A row that is left out may be a what-if.
    both = [name for name in left_out if any(not m.what_if for m in entries(name))] if rows() else []
    assert not both
    assert all(len(row.reason) > 20 for row in left_out.values())


def test_rates_are_those_of_the_rows() -> None:
    wrong = []
    for row, measure in pairs():
        rate = measure.over_rate if measure.kind == "tariff-rate-quota" else measure.rate
        known = row["rate_percent"] and measure.kind not in ("exemption", "suspension")
        if (
            known
            and "rate" not in departure(measure)
            and rate != pytest.approx(float(row["rate_percent"]) / 100)
        ):
            wrong.append((measure.id, rate, row["rate_percent"]))
    assert not wrong


def test_dates_are_those_of_the_rows() -> None:
    wrong = []
    for row, measure in pairs():
        if measure.what_if:
            continue
        for field, found in (("start", measure.start), ("end", measure.end)):
            if not agrees(row[field], found) and field not in departure(measure):
                wrong.append((measure.id, field, str(found), row[field]))
    assert not wrong


def test_what_departs_from_its_row_does_so() -> None:
    """A departure that is no longer one is taken off the list."""
    seen = {measure.id for _, measure in pairs()}
    stale = []
    for name, (fields, _) in DEPARTURES.items():
        found = [m for m in seen if m == name or (name.endswith("*") and m.startswith(name[:-1]))]
        if not found:
            stale.append(name)
        for row, measure in ((row, measure) for row, measure in pairs() if measure.id in found):
            same = {
                "start": agrees(row["start"], measure.start),
                "end": agrees(row["end"], measure.end),
                "rate": bool(row["rate_percent"]) and measure.rate == float(row["rate_percent"]) / 100,
            }
            stale += [f"{measure.id}: {field}" for field in fields if same[field]]
    assert not stale


def test_threats_and_investigations_are_never_in_force() -> None:
    idle = {name for name, row in rows().items() if row["instrument"].startswith(NEVER)}
    assert idle
    assert all(measure.what_if for name in idle for measure in entries(name))
    ids = {measure.id for name in idle for measure in entries(name)}
    day = date(2018, 1, 1)
    while day < date(2031, 6, 1):
        assert not ids & {measure.id for measure in registry().on(day)}, day
        day += timedelta(days=7)


def test_a_source_without_an_address_is_replaced_or_marked_weak() -> None:
    nameless = {name for name, row in rows().items() if not row["source_url"].startswith("http")}
    nameless -= {name for name, row in rows().items() if row["source_url"].startswith("shared/")}
    assert nameless
    unmarked = [
        measure.id
        for name in nameless
        for measure in entries(name)
        if "weak" not in measure.confidence
        and not (measure.source is not None and measure.source.publisher.startswith(NAMED))
    ]
    assert not unmarked


def test_every_entry_says_where_it_is_from() -> None:
    for measure in registry().measures:
        assert measure.source is not None or measure.assumption, measure.id
        if measure.source is not None:
            assert measure.source.url.startswith(("http://", "https://")), measure.id
    for row in registry().left_out:
        assert row.source is None or row.source.url.startswith(("http://", "https://")), row.id


def test_a_disputed_entry_says_what_the_other_side_says() -> None:
    silent = [
        measure.id for measure in registry().measures if "disputed" in measure.confidence and not measure.note
    ]
    assert not silent


def test_the_page_is_up_to_date() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m tools.build_registry_page"
