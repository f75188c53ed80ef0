"""What is charged where measures meet: by the rules, against lines counted one by one, and in any order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import BadInput
from detente.policy import Covers, Measure, Quota, Scenario, Shock, compile_scenario, hit_value
from detente.policy.compiler.compile import added_duty
from detente.policy.compiler.rows import rest_factor
from detente.policy.compiler.stacking import Rules, Schedule, charged, treatment
from detente.world import World, load_world
from detente.world.concordance import hs_sectors
from detente.world.tariff_lines import tariff_lines


def measure(name: str, kind: str = "surcharge", rate: float = 0.1, **fields: object) -> Measure:
    base = Measure(name, kind, ("USA",), ("CAN",), rate=rate)
    return replace(base, **fields)  # type: ignore[arg-type]


def ids(measures: list[Measure]) -> list[str]:
    return [m.id for m in charged(measures)]


def test_a_measure_yields_only_to_what_is_charged() -> None:
    first = measure("first", yields_to=("second",))
    second = measure("second", yields_to=("third",))
    third = measure("third")
    assert ids([first, second]) == ["second"]
    assert ids([first, second, third]) == ["first", "third"]


def test_a_measure_yields_to_a_programme_and_not_to_itself() -> None:
    steel = measure("steel", programme="232")
    cars = measure("cars", programme="232", yields_to=("232",))
    assert ids([steel, cars]) == ["steel"]
    assert ids([cars]) == ["cars"]


def test_exemptions_and_suspensions_lift_what_they_name() -> None:
    duty, other = measure("duty", programme="p"), measure("other")
    exempt = measure("exempt", "exemption", 0.0, of=("p",))
    stop = measure("stop", "suspension", 0.0, of=("other",))
    assert ids([duty, other, exempt]) == ["exempt", "other"]
    assert ids([duty, other, stop]) == ["duty", "stop"]


def test_a_programme_stands_for_its_duties() -> None:
    """Goods only exempt from a programme, or capped, are not charged by it; exemptions do not cancel."""
    duty = measure("duty", programme="p")
    other = measure("other", yields_to=("p",))
    exempt = measure("exempt", "exemption", 0.0, of=("p",), programme="p")
    again = measure("again", "exemption", 0.0, of=("p",), programme="p")
    cap = measure("cap", "cap", 0.15, of=("p",), programme="p")
    assert ids([duty, other]) == ["duty"]
    assert ids([duty, other, exempt, again]) == ["again", "exempt", "other"]
    assert ids([other, cap]) == ["cap", "other"]


def test_an_exemption_can_itself_yield() -> None:
    """The exemption does not apply where the duty that it yields to is charged."""
    duty, cars = measure("duty"), measure("cars")
    exempt = measure("exempt", "exemption", 0.0, of=("duty",), yields_to=("cars",))
    assert ids([duty, exempt]) == ["exempt"]
    assert ids([duty, exempt, cars]) == ["cars", "duty"]


def test_a_circle_is_named() -> None:
    with pytest.raises(BadInput, match=r"in a circle: (a yields to b yields to a|b yields to a yields to b)"):
        charged([measure("a", yields_to=("b",)), measure("b", yields_to=("a",)), measure("c")])


@pytest.mark.parametrize(
    ("measures", "tariff"),
    [
        ([], 0.05),
        ([("surcharge", 0.25), ("anti-dumping", 0.1), ("countervailing", 0.02), ("deposit", 0.03)], 0.45),
        ([("tariff", 0.02), ("tariff", 0.01), ("surcharge", 0.1)], 0.12),
        ([("floor", 0.15)], 0.15),
        ([("floor", 0.03)], 0.05),
        ([("tariff", 0.0), ("floor", 0.15), ("surcharge", 0.1)], 0.25),
        ([("surcharge", 0.25), ("cap", 0.2)], 0.2),
        ([("cap", 0.03)], 0.03),
        ([("surcharge", 0.25), ("purchase-rebate", 0.2)], 1.3 * 0.8 - 1.0),
    ],
)
def test_rates_replace_raise_add_and_are_capped(measures: list[tuple[str, float]], tariff: float) -> None:
    found = [measure(f"m{k}", kind, rate) for k, (kind, rate) in enumerate(measures)]
    for order in (found, found[::-1]):
        assert treatment(order, 0.05).tariff == pytest.approx(tariff)


def test_a_cap_on_programmes_limits_what_they_add_and_nothing_else() -> None:
    deal = measure("deal", "cap", 0.15, of=("reciprocal",))
    reciprocal = measure("r", rate=0.2, programme="reciprocal")
    steel = measure("s", rate=0.5, programme="232")
    assert treatment([deal, reciprocal], 0.025).tariff == pytest.approx(0.15)
    assert treatment([deal, reciprocal, steel], 0.025).tariff == pytest.approx(0.65)
    assert treatment([deal, reciprocal], 0.3).tariff == pytest.approx(0.3)
    halves = [
        measure("r1", rate=0.2, programme="reciprocal"),
        measure("r2", rate=0.1, programme="reciprocal"),
    ]
    assert treatment([deal, *halves], 0.0).tariff == pytest.approx(0.15)


def test_of_several_caps_on_a_programme_the_strictest_counts() -> None:
    duty = measure("r", rate=0.4, programme="p")
    caps = [measure("a", "cap", 0.1, of=("p",)), measure("b", "cap", 0.3, of=("p",))]
    for order in (caps, caps[::-1]):
        assert treatment([duty, *order], 0.02).tariff == pytest.approx(0.1)
    swapped = [replace(caps[0], rate=0.3), replace(caps[1], rate=0.1)]
    assert treatment([duty, *swapped], 0.02).tariff == pytest.approx(0.1)


def test_costs_multiply_and_export_taxes_add_up() -> None:
    goods = [
        measure("a", "export-tax", 0.1),
        measure("b", "export-tax", 0.2),
        measure("c", "export-control", 0.1),
        measure("d", "trade-cost", -0.2),
    ]
    found = treatment(goods, 0.05)
    assert found.export_factor == pytest.approx(1.3)
    assert found.cost_factor == pytest.approx(1.1 * 0.8)
    assert (found.tariff, found.banned) == (pytest.approx(0.05), False)
    for ban in ("import-ban", "export-ban", "embargo"):
        stopped = treatment([*goods, measure("e", ban, 0.0)], 0.05)
        assert stopped.banned and np.isinf(stopped.cost_factor)


@given(st.data())
def test_charged_does_not_depend_on_order(data: st.DataObject) -> None:
    names = [f"m{k}" for k in range(6)]
    measures = []
    for k, name in enumerate(names):
        # Only earlier ones are named, so that there is no circle.
        blockers = data.draw(st.lists(st.sampled_from(names[:k]), unique=True)) if k else []
        lifting = data.draw(st.booleans())
        fields = (
            {"yields_to": tuple(blockers)}
            if not lifting
            else {"of": tuple(data.draw(st.permutations(names))[:2])}
        )
        measures.append(measure(name, "exemption" if lifting else "surcharge", 0.1, **fields))
    try:
        expected = ids(measures)
    except BadInput:
        return
    order = data.draw(st.permutations(measures))
    assert ids(list(order)) == expected
    rules = Rules(order)
    mask = data.draw(st.integers(0, 2 ** len(order) - 1))
    assert {m.id for m in rules.members(rules.charged(mask))} == set(ids(list(rules.members(mask))))


# --- on flows ---


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world-2022")


def effect(shock: Shock, world: World, theta: float = 4.0) -> np.ndarray:
    """What the model's demand sees of each flow: sum over its parts of share x change^-theta."""
    factor, part = rest_factor(shock, world)
    change = shock.tariff_factor / factor * shock.cost_factor
    share = part * factor / world.tariff_factor
    found = share * change**-theta
    v = shock.varieties
    kappa = v.tariff_factor / v.baseline_factor * v.export_factor * v.cost_factor
    np.add.at(found, (v.sector, v.importer, v.exporter), v.share * kappa**-theta)
    return found


def test_lines_are_charged_as_if_counted_one_by_one(world: World) -> None:
    """Duties on Canadian goods against a loop over all tariff lines, each charged by the rules."""
    lines = tariff_lines("USA", "CAN")
    assert lines is not None
    day = date(2026, 8, 22)
    measures = [
        measure("steel", rate=0.5, hs=(("72", 1.0), ("73", 1.0)), programme="232"),
        measure("parts", rate=0.25, hs=(("8708", 1.0), ("870830", 0.5)), preference="usmca", programme="232"),
        measure("all", rate=0.35, sectors=("goods",), preference="usmca", yields_to=("232",)),
        measure("wood", rate=0.1, hs=(("44", 1.0),), excluded=("4412", "44071101")),
        measure("line", rate=0.07, hs=(("2709001000", 1.0), ("27090020", 1.0))),
        measure("free", "exemption", 0.0, of=("all",), hs=(("27", 1.0),)),
    ]
    shock = compile_scenario(Scenario("x", "x", tuple(measures), date=day), world, [])
    sector_of = hs_sectors("icio2025")
    claims = lines.claimed("usmca", day)
    duty, total = dict.fromkeys(world.sectors, 0.0), dict.fromkeys(world.sectors, 0.0)
    from detente.policy.compiler.products import goods_sectors

    goods = {world.sectors[s] for s in goods_sectors(world)}

    def portion(m: Measure, code: str) -> float:
        if m.sectors:
            return 1.0 if sector_of[code[:6]] in goods else 0.0
        fits = [(len(c), share) for c, share in m.hs if code.startswith(c)]
        return 0.0 if not fits or any(code.startswith(c) for c in m.excluded) else max(fits)[1]

    for code, value, claim in zip(lines.codes, lines.value.tolist(), claims.tolist(), strict=True):
        sector = sector_of.get(code[:6])
        if sector not in goods:
            continue
        total[sector] += value
        for claimed, part in ((True, claim), (False, 1.0 - claim)):
            there = {m.id: portion(m, code) for m in measures if not (claimed and m.preference)}
            edges = sorted({0.0, *there.values()})
            for low, high in pairwise(edges):
                on = [m for m in measures if there.get(m.id, 0.0) >= high]
                duty[sector] += value * part * (high - low) * treatment(charged(on), 0.0).tariff
    n, i = world.economies.index("USA"), world.economies.index("CAN")
    found = added_duty(shock, world)[:, n, i]
    for s, sector in enumerate(world.sectors):
        if sector in goods and total[sector]:
            expected = duty[sector] / total[sector] * float(world.flows[s, n, i])
            assert found[s] == pytest.approx(expected, rel=1e-9, abs=1e-9), sector
    assert found.sum() > 1000.0


POOL = ("8703", "8708", "870830", "7208", "44", "120510", "270900", "8471", "2709001000")


@st.composite
def some_measures(draw: st.DrawFn) -> list[Measure]:
    found = []
    count = draw(st.integers(2, 6))
    names = [f"m{k}" for k in range(count)]
    for k, name in enumerate(names):
        by_line = draw(st.booleans())
        kind = draw(
            st.sampled_from(["surcharge", "surcharge", "tariff", "floor", "exemption", "trade-cost", "cap"])
        )
        fields: dict[str, object] = {"programme": draw(st.sampled_from(["", "p", "q"]))}
        if kind == "exemption":
            fields["of"] = tuple(
                draw(st.lists(st.sampled_from(names[:k] or ["none"]), min_size=1, max_size=2))
            )
        elif k and draw(st.booleans()):
            fields["yields_to"] = (draw(st.sampled_from(names[:k])),)
        if draw(st.booleans()):
            fields["exclusive"] = "tag"
        if not by_line and draw(st.booleans()):
            fields |= {"sectors": ("goods",), "covers": Covers(share=draw(st.sampled_from([0.25, 0.6, 1.0])))}
        else:
            pool = [code for code in POOL if by_line or len(code) <= 6]
            codes = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True))
            fields["hs"] = tuple((code, draw(st.sampled_from([0.3, 0.5, 1.0]))) for code in sorted(codes))
        if by_line and draw(st.booleans()):
            fields["preference"] = "usmca"
        if not by_line:
            fields["importers"] = ("CHN",)
            if "hs" in fields:
                value = draw(st.sampled_from([2e8, 9e8, 3e9, 6e10]))
                fields["covers"] = Covers(value=value, currency="USD", year=2022)
        # Each has a rate of its own, so that no two do the same.
        found.append(measure(name, kind, 0.05 * (k + 1), **fields))
    return found


def renamed(measures: list[Measure], names: dict[str, str]) -> list[Measure]:
    def of(found: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(names.get(name, name) for name in found)

    return [
        replace(
            m,
            id=names[m.id],
            programme=names.get(m.programme, ""),
            yields_to=of(m.yields_to),
            of=of(m.of),
            exclusive=names.get(m.exclusive, ""),
        )
        for m in measures
    ]


@settings(max_examples=60, deadline=None)
@given(some_measures(), st.randoms(use_true_random=False))
def test_neither_order_nor_names_matter(
    world: World, measures: list[Measure], shuffler: random.Random
) -> None:
    shock = compile_scenario(Scenario("x", "x", tuple(measures)), world, [])
    words = [f"w{k}" for k in range(len(measures))]
    shuffler.shuffle(words)
    names = dict(zip([m.id for m in measures], words, strict=True)) | {"p": "zz", "q": "aa", "tag": "other"}
    others = renamed(measures, names)
    shuffler.shuffle(others)
    again = compile_scenario(Scenario("x", "x", tuple(others)), world, [])
    for of in (effect, added_duty, hit_value):
        np.testing.assert_allclose(of(again, world), of(shock, world), rtol=1e-9, atol=1e-9)
    v = shock.varieties
    total = np.zeros_like(world.flows)
    np.add.at(total, (v.sector, v.importer, v.exporter), v.share)
    assert total.max(initial=0.0) <= 1.0 + 1e-9


def test_goods_that_yield_are_a_smaller_part_inside_a_larger(world: World) -> None:
    """Values that overlap: the smaller lies inside the larger, and the larger is charged on what is left."""
    common = {"importers": ("CHN",), "hs": (("120510", 1.0),)}
    covers = {k: Covers(value=v, currency="USD", year=2022) for k, v in (("a", 3e8), ("b", 1e8))}
    wide = measure("wide", rate=0.2, covers=covers["a"], yields_to=("narrow",), **common)
    narrow = measure("narrow", rate=0.5, covers=covers["b"], **common)
    duty = added_duty(compile_scenario(Scenario("x", "x", (wide, narrow)), world), world).sum()
    assert duty == pytest.approx(100.0 * 0.5 + 200.0 * 0.2)
    exempt = measure("exempt", "exemption", 0.0, of=("wide",), covers=covers["b"], **common)
    duty = added_duty(compile_scenario(Scenario("x", "x", (wide, exempt)), world), world).sum()
    assert duty == pytest.approx(200.0 * 0.2)
    stop = measure("stop", "suspension", 0.0, of=("wide",), importers=("CHN",))
    shock = compile_scenario(Scenario("x", "x", (wide, stop)), world)
    assert not added_duty(shock, world).any() and not shock.varieties.share.size


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("tariff", {}),
        ("floor", {}),
        ("import-quota", {"basis": "total", "quota": Quota(share=1.0)}),
        ("tariff-rate-quota", {"basis": "total", "over_rate": 0.5, "quota": Quota(share=1.0)}),
    ],
)
def test_a_cap_also_holds_duties_in_place_of_the_ordinary_tariff(
    kind: str, fields: dict[str, object]
) -> None:
    """The ordinary tariff is never lowered; a lower duty in its place stays as it is."""
    deal = measure("deal", "cap", 0.15, of=("p",))
    duty = measure("duty", kind, 0.3, programme="p", **fields)
    extra = measure("extra", rate=0.1, programme="p")
    other = measure("other", rate=0.04)
    assert treatment([deal, duty], 0.05).tariff == pytest.approx(0.15)
    assert treatment([deal, duty, extra, other], 0.05).tariff == pytest.approx(0.19)
    assert treatment([deal, duty], 0.22).tariff == pytest.approx(0.22)
    low = replace(duty, rate=0.08)
    assert treatment([deal, low, extra], 0.02).tariff == pytest.approx(0.15)
    assert treatment([deal, low], 0.02).tariff == pytest.approx(0.08)
    assert treatment([deal, replace(duty, programme="q")], 0.05).tariff == pytest.approx(0.3)


def test_a_tariff_below_the_ordinary_one_is_not_raised_by_a_cap() -> None:
    deal = measure("deal", "cap", 0.15, of=("p",))
    assert treatment([deal, measure("duty", "tariff", 0.02, programme="p")], 0.1).tariff == pytest.approx(
        0.02
    )


@pytest.mark.parametrize(
    ("measures", "points"),
    [
        ([("floor", 0.15, "")], {"m0": 0.1}),
        ([("floor", 0.03, "")], {"m0": 0.0}),
        ([("tariff", 0.02, ""), ("floor", 0.15, "")], {"m0": 0.0, "m1": 0.1}),
        ([("tariff", 0.2, ""), ("floor", 0.15, "")], {"m0": 0.15, "m1": 0.0}),
        ([("tariff", 0.4, "p"), ("floor", 0.15, ""), ("cap", 0.1, "p")], {"m0": 0.0, "m1": 0.1}),
    ],
)
def test_what_raises_the_ordinary_tariff_goes_to_the_measure_that_decides(
    measures: list[tuple[str, float, str]], points: dict[str, float]
) -> None:
    found = [
        measure(f"m{k}", kind, rate, of=(name,))
        if kind == "cap"
        else measure(f"m{k}", kind, rate, programme=name)
        for k, (kind, rate, name) in enumerate(measures)
    ]
    schedule = Schedule(tuple(found))
    ordinary = np.array([0.05])
    by_measure = {name: float(part[0]) for name, part in schedule.points(ordinary).items()}
    assert by_measure == pytest.approx(points)
    assert sum(by_measure.values()) == pytest.approx(float(schedule.tariff_factor(ordinary)[0]) - 1.05)
