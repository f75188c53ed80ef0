"""The state of policy on turning points, 2018 to 2027, against rates typed here from the sources.

`DUTIES` asks what a product pays on a day beside its ordinary tariff: the additional duties on one HS line,
after suspensions. Preferences are another matter: the rates are of goods that claim none.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from detente.policy.line_lists import product_list
from detente.policy.measure import Measure
from detente.policy.registry import registry

CANADA, CHINA, US = "Canada", "China", "United States"
DUTY = ("surcharge", "anti-dumping", "countervailing", "deposit")
STOP = ("import-ban", "export-ban", "embargo")

# Day, importer, exporter, HS line, additional duties in percent.
DUTIES: tuple[tuple[str, str, str, str, float], ...] = (
    # Section 232 on Canada from 1 June 2018 to 20 May 2019; Canada's answer from 1 July.
    ("2018-05-31", US, CANADA, "720839", 0.0),
    ("2018-06-15", US, CANADA, "720839", 25.0),
    ("2018-06-15", US, CANADA, "760120", 10.0),
    ("2018-07-05", US, CHINA, "8703230190", 0.0),
    ("2018-07-10", US, CHINA, "8703230190", 25.0),
    ("2018-06-15", CANADA, US, "720839", 0.0),
    ("2018-07-10", CANADA, US, "720839", 25.0),
    ("2018-07-10", CANADA, US, "760612", 10.0),
    ("2018-07-10", CHINA, US, "120190", 25.0),
    ("2019-06-01", US, CANADA, "720839", 0.0),
    ("2019-06-01", US, CANADA, "760120", 0.0),
    ("2019-06-01", CANADA, US, "720839", 0.0),
    # Two weeks of August 2020 on unwrought, not alloyed aluminium alone.
    ("2020-08-20", US, CANADA, "760110", 10.0),
    ("2020-08-20", US, CANADA, "760612", 0.0),
    ("2020-09-01", US, CANADA, "760110", 0.0),
    # Canada's surtaxes on China: vehicles on 1 October 2024, metals on 22 October.
    ("2024-09-30", CANADA, CHINA, "870380", 0.0),
    ("2024-10-01", CANADA, CHINA, "870380", 100.0),
    ("2024-10-21", CANADA, CHINA, "720839", 0.0),
    ("2024-10-25", CANADA, CHINA, "720839", 25.0),
    ("2024-10-25", CANADA, CHINA, "760612", 25.0),
    # The first Canadian list of 2025 on the day of the IEEPA duties; metals on 13 March; China's lists.
    ("2025-03-03", US, CANADA, "8471300100", 0.0),
    ("2025-03-04", US, CANADA, "8471300100", 25.0),
    ("2025-03-04", US, CANADA, "2709002010", 10.0),
    ("2025-03-20", US, CANADA, "3104200010", 10.0),
    ("2025-03-20", US, CANADA, "7208390030", 25.0),
    ("2025-03-04", US, CHINA, "8471300100", 20.0),
    ("2025-04-10", US, CHINA, "6109100012", 125.0 + 20.0 + 7.5),
    ("2025-08-14", US, CANADA, "6109100012", 35.0),
    ("2025-08-14", US, CANADA, "2709002010", 10.0),
    ("2025-08-14", US, CANADA, "7208390030", 50.0),
    ("2025-03-03", CANADA, US, "040711", 0.0),
    ("2025-03-04", CANADA, US, "040711", 25.0),
    ("2025-03-04", CANADA, US, "720839", 0.0),
    ("2025-03-13", CANADA, US, "720839", 25.0),
    ("2025-03-13", CANADA, US, "847141", 25.0),
    # Chicken was on the first list of 2018, too; soybeans are excluded from it.
    ("2025-03-09", CHINA, US, "020714", 25.0),
    ("2025-03-10", CHINA, US, "020714", 25.0 + 15.0),
    ("2025-03-09", CHINA, US, "120190", 0.0),
    ("2025-03-10", CHINA, US, "120190", 10.0),
    ("2025-03-19", CHINA, CANADA, "230641", 0.0),
    ("2025-03-20", CHINA, CANADA, "230641", 100.0),
    ("2025-03-20", CHINA, CANADA, "071310", 100.0),
    ("2025-03-20", CHINA, CANADA, "151411", 100.0),
    ("2025-03-20", CHINA, CANADA, "020329", 25.0),
    ("2025-03-20", CHINA, CANADA, "030612", 25.0),
    ("2025-03-20", CHINA, CANADA, "120510", 0.0),
    ("2025-04-08", CANADA, US, "870323", 0.0),
    ("2025-04-09", CANADA, US, "870323", 25.0),
    # China on all goods of the United States: 84, 125, and 10 since Geneva.
    ("2025-04-09", CHINA, US, "880240", 0.0),
    ("2025-04-10", CHINA, US, "880240", 84.0),
    ("2025-04-12", CHINA, US, "880240", 125.0),
    ("2025-05-14", CHINA, US, "880240", 10.0),
    # The canola deposit; the end of most Canadian surtaxes on 1 September 2025.
    ("2025-08-13", CHINA, CANADA, "120510", 0.0),
    ("2025-08-14", CHINA, CANADA, "120510", 75.8),
    ("2025-08-14", CHINA, CANADA, "400239", 26.2),
    ("2025-08-31", CANADA, US, "040711", 25.0),
    ("2025-09-02", CANADA, US, "040711", 0.0),
    ("2025-09-02", CANADA, US, "847141", 0.0),
    ("2025-09-02", CANADA, US, "720839", 25.0),
    (
        "2025-11-09",
        CHINA,
        US,
        "020714",
        25.0 + 25.0,
    ),
    ("2025-11-10", CHINA, US, "020714", 25.0 + 10.0),
    ("2025-11-10", CHINA, US, "120190", 10.0),
    # Of Canada's surtaxes on steel only one is charged: derivatives of all countries come last.
    ("2025-12-25", CANADA, "Germany", "731815", 0.0),
    ("2025-12-26", CANADA, "Germany", "731815", 25.0),
    ("2025-12-26", CANADA, US, "731815", 25.0),
    ("2025-12-26", CANADA, CHINA, "731815", 25.0),
    # The arrangement of January 2026, carried out on 1 March; the suspension ends with the year.
    ("2026-02-28", CANADA, CHINA, "870380", 100.0),
    ("2026-03-01", CANADA, CHINA, "870380", 0.0),
    ("2026-03-01", CANADA, CHINA, "720839", 25.0),
    ("2026-02-28", CHINA, CANADA, "120510", 75.8),
    ("2026-03-01", CHINA, CANADA, "120510", 5.9),
    ("2026-02-28", CHINA, CANADA, "230641", 100.0),
    ("2026-03-01", CHINA, CANADA, "230641", 0.0),
    ("2026-03-01", CHINA, CANADA, "071310", 0.0),
    ("2026-03-01", CHINA, CANADA, "030612", 0.0),
    ("2026-03-01", CHINA, CANADA, "151411", 100.0),
    ("2026-03-01", CHINA, CANADA, "020329", 25.0),
    ("2026-03-14", CHINA, CANADA, "400239", 13.8),
    ("2026-12-31", CHINA, CANADA, "230641", 0.0),
    ("2027-01-01", CHINA, CANADA, "230641", 100.0),
    ("2027-01-01", CHINA, CANADA, "071310", 100.0),
    ("2027-01-01", CHINA, CANADA, "030632", 25.0),
    ("2027-01-01", CHINA, CANADA, "120510", 5.9),
    # After the Supreme Court's ruling: Section 122, then 301, then 338, on goods that claim no preference.
    ("2026-02-23", US, CANADA, "6109100012", 35.0),
    ("2026-02-24", US, CANADA, "6109100012", 10.0),
    ("2026-02-24", US, CANADA, "7208390030", 50.0),
    ("2026-02-24", US, CANADA, "2709002010", 0.0),
    ("2026-07-24", US, CANADA, "6109100012", 10.0),
    ("2026-07-24", US, CHINA, "6109100012", 12.5 + 7.5),
    ("2026-08-19", US, CANADA, "2203000030", 10.0),
    ("2026-08-22", US, CANADA, "2203000030", 50.0 + 10.0),
    ("2026-08-22", US, CANADA, "7208390030", 50.0),
    ("2026-08-22", US, CANADA, "8703230190", 25.0),
    # Canada's counter-tariffs of 8 September 2026: three schedules, and metals at 50%.
    ("2026-09-07", CANADA, US, "720839", 25.0),
    ("2026-09-07", CANADA, US, "940350", 0.0),
    ("2026-09-08", CANADA, US, "940350", 50.0),
    ("2026-09-08", CANADA, US, "720839", 50.0),
    ("2026-09-08", CANADA, US, "760612", 50.0),
    ("2026-09-08", CANADA, US, "761510", 25.0),
    ("2026-09-08", CANADA, US, "732010", 25.0),
    ("2026-09-08", CANADA, US, "820730", 15.0),
    ("2026-09-08", CANADA, US, "845011", 25.0),
    ("2026-09-08", CANADA, US, "681111", 0.0),
    ("2026-09-08", CANADA, US, "680911", 50.0),
    ("2026-09-08", CANADA, US, "870323", 25.0),
)

# Day, importer, exporter, HS line, whether trade is banned.
BANS = (
    ("2019-02-28", CHINA, CANADA, "120510", False),
    ("2019-06-01", CHINA, CANADA, "120510", True),
    ("2022-05-19", CHINA, CANADA, "120510", False),
    ("2019-08-01", CHINA, CANADA, "020329", True),
    ("2019-11-06", CHINA, CANADA, "020329", False),
    ("2025-03-03", CANADA, US, "220421", False),
    ("2025-03-04", CANADA, US, "220421", True),
    ("2026-10-01", CANADA, US, "220421", True),
    ("2026-09-28", US, CANADA, "2203000030", False),
    ("2026-09-29", US, CANADA, "2203000030", True),
    ("2024-12-02", US, CHINA, "8112921000", False),
    ("2024-12-03", US, CHINA, "8112921000", True),
    ("2025-11-09", US, CHINA, "8112921000", False),
    ("2026-11-28", US, CHINA, "8112921000", True),
)


@cache
def codes(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for name in names for code, _ in product_list(name))


def hits(measure: Measure, importer: str, exporter: str, line: str) -> bool:
    """Whether a measure names a line of trade; a list that is not known by line counts for its six digits."""
    sells = measure.exporters == ("all",) or exporter in measure.exporters
    if importer not in measure.importers or not sells or exporter in measure.spared:
        return False
    # The empty code begins every line: all goods.
    named = (*(code for code, _ in measure.hs), *codes(measure.lists), *("" for _ in measure.sectors))
    taken_out = [name for name in measure.excluded if not name.isdigit()]
    out = (*(name for name in measure.excluded if name.isdigit()), *codes(tuple(taken_out)))
    return any(line.startswith(code) for code in named) and not any(line.startswith(code) for code in out)


def charged(day: str, importer: str, exporter: str, line: str) -> dict[str, Measure]:
    """Measures on a line that day by id: what is suspended, exempt or yields to another is not among them."""
    found = [m for m in registry().on(date.fromisoformat(day)) if hits(m, importer, exporter, line)]
    pairs = [m for m in registry().on(date.fromisoformat(day)) if m.kind == "suspension"]
    lifted = {
        name
        for m in (*found, *pairs)
        if m.kind in ("exemption", "suspension")
        and importer in m.importers
        and exporter in m.exporters
        # A remission that spares a part of the trade leaves the rest to pay.
        and (m.covers is None or m.id == "chn-exclusion-us-farm-2020")
        for name in m.of
    }
    left = {m.id: m for m in found if not lifted & {m.id, m.programme}}
    names = {name for m in left.values() for name in (m.id, m.programme) if name}
    return {name: m for name, m in left.items() if not names & {*m.yields_to}}


@pytest.mark.parametrize(("day", "importer", "exporter", "line", "percent"), DUTIES)
def test_what_a_product_pays(day: str, importer: str, exporter: str, line: str, percent: float) -> None:
    duties = {n: m.rate for n, m in charged(day, importer, exporter, line).items() if m.kind in DUTY}
    # The two halves of the vehicle surtax never hit the same goods.
    duties.pop("ca-surtax-us-autos-content-2025", None)
    assert 100 * sum(duties.values()) == pytest.approx(percent), duties


@pytest.mark.parametrize(("day", "importer", "exporter", "line", "banned"), BANS)
def test_what_may_not_be_traded(day: str, importer: str, exporter: str, line: str, banned: bool) -> None:
    found = [name for name, m in charged(day, importer, exporter, line).items() if m.kind in STOP]
    assert bool(found) == banned, found


def test_the_vehicle_quota_grows_by_six_and_a_half_percent() -> None:
    sizes = []
    for year in range(2026, 2031):
        measures = registry().on(date(year, 12, 1))
        quotas = [m for m in measures if m.kind == "import-quota" and hits(m, CANADA, CHINA, "870380")]
        assert len(quotas) == 1 and quotas[0].rate == 0.0 and quotas[0].basis == "additional"
        assert quotas[0].quota is not None
        sizes.append(quotas[0].quota.units)
    assert sizes == [49_000, 52_185, 55_577, 59_190, 63_037]


def test_the_steel_quota_of_others_shrinks() -> None:
    shares = {}
    for day in ("2025-06-26", "2025-07-01", "2025-08-01", "2025-12-26", "2027-06-28"):
        measures = registry().on(date.fromisoformat(day))
        shares[day] = [
            m.quota.share
            for m in measures
            if m.kind == "tariff-rate-quota" and m.quota and hits(m, CANADA, "Turkey", "720839")
        ]
        assert not [m for m in measures if m.kind == "tariff-rate-quota" and hits(m, CANADA, US, "720839")]
    assert list(shares.values()) == [[], [1.0], [0.5], [0.2], []]


def test_ontario_taxes_electricity_for_two_days() -> None:
    days = [
        day
        for day in range(8, 14)
        if any(m.kind == "export-tax" for m in charged(f"2025-03-{day:02d}", US, CANADA, "271600").values())
    ]
    assert days == [10, 11]


def test_china_buys_soybeans_in_three_years() -> None:
    years = [
        year
        for year in range(2025, 2031)
        if any(m.id == "chn-purchase-soybeans" for m in registry().on(date(year, 7, 1)))
    ]
    assert years == [2026, 2027, 2028]
    quota = registry().measure("chn-purchase-soybeans").quota
    assert quota is not None and quota.units == 25e6


def test_before_2018_nothing_of_the_three_on_each_other() -> None:
    assert not [m.id for m in registry().on(date(2018, 1, 1)) if {CANADA, CHINA} & {*m.importers}]
