"""Measures that the world's tariffs hold: replaced by a registry scenario, with duties as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from importlib import import_module

import numpy as np
import pytest

from detente.policy import (
    KINDS,
    Measure,
    Scenario,
    compile_scenario,
    hit_value,
    load_scenario,
    parse_scenario,
    registry,
)
from detente.policy.compiler.charges import charges_of
from detente.policy.compiler.compile import added_duty
from detente.policy.compiler.plan import plan_of
from detente.policy.compiler.rows import rest_factor
from detente.policy.parties import codes_of
from detente.policy.registry import Registry
from detente.world import World, load_world

DAY = date(2024, 7, 1)


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world-2022")


def at(*measures: Measure, **fields: object) -> Scenario:
    base = Scenario("x", "x", measures, date=DAY, from_registry=True)
    return replace(base, **fields)  # type: ignore[arg-type]


def test_the_day_that_the_baseline_holds_changes_nothing(world: World) -> None:
    """Exactly: no variety, and the world's own tariffs, for the importer whose measures it holds."""
    assert world.provenance.measures_included["USA"] == DAY.isoformat()
    n = world.economies.index("USA")
    shock = compile_scenario(load_scenario(DAY.isoformat()), world)
    assert not (shock.varieties.importer == n).any()
    np.testing.assert_array_equal(shock.tariff_factor[:, n], world.tariff_factor[:, n])
    assert (shock.cost_factor[:, n] == 1.0).all()
    small = world.aggregate("focus", "broad")
    n = small.economies.index("USA")
    grouped = compile_scenario(load_scenario(DAY.isoformat()), small)
    assert not (grouped.varieties.importer == n).any()
    np.testing.assert_array_equal(grouped.tariff_factor[:, n], small.tariff_factor[:, n])


def test_pieces_keep_the_duties_of_each_flow(world: World) -> None:
    """With all its measures gone, the average duty of each flow before is still the world's."""
    plan = plan_of(at(), world, [])
    charges, pieces = charges_of(plan), plan.pieces
    with_measures = {world.economies.index(code) for code in ("CHN", "USA")}
    assert set(pieces.importer.tolist()) == with_measures and charges.replaced.all()
    flows, where = np.unique(charges.flow, return_inverse=True)
    hit = np.bincount(where, pieces.share)
    paid = np.bincount(where, pieces.share * (charges.before - 1.0))
    ordinary = np.zeros(flows.size)
    ordinary[where] = charges.ordinary
    tariff = world.tariff_factor.reshape(-1)[flows] - 1.0
    np.testing.assert_allclose(paid + (1.0 - hit) * ordinary, tariff, rtol=1e-12, atol=1e-13)
    assert (charges.ordinary >= 0.0).all() and (charges.scale <= 1.0).all()


@pytest.mark.parametrize("day", ["2018-09-30", "2025-09-15", "2026-03-01", "2026-09-30"])
def test_any_day_can_be_held_with_its_caps_bans_and_quotas(world: World, day: str) -> None:
    """Caps bend the average duty, bans and quotas are in the baseline; the day itself changes nothing."""
    included = {"USA": day, "CAN": day, "CHN": day}
    held = world.replace(provenance=replace(world.provenance, measures_included=included))
    scenario = load_scenario(day)
    plan = plan_of(scenario, held, [])
    charges, pieces = charges_of(plan), plan.pieces
    flows, where = np.unique(charges.flow[charges.replaced], return_inverse=True)
    share, before = pieces.share[charges.replaced], charges.before[charges.replaced]
    ordinary = np.zeros(flows.size)
    ordinary[where] = charges.ordinary[charges.replaced]
    average = np.bincount(where, share * (before - 1.0)) + (1.0 - np.bincount(where, share)) * ordinary
    np.testing.assert_allclose(average, held.tariff_factor.reshape(-1)[flows] - 1.0, atol=1e-12)
    shock = compile_scenario(scenario, held)
    v, limits = shock.varieties, shock.limits
    for n in (held.economies.index(importer) for importer in included):
        # What exporters do is not in the importer's tariffs.
        assert (v.tariff_factor == v.baseline_factor)[v.importer == n].all()
        np.testing.assert_array_equal(shock.tariff_factor[:, n], held.tariff_factor[:, n])
        assert not (limits.members.importer == n).any()
    imports = [m for m in scenario.in_force if KINDS[m.kind].actor == "importer"]
    only = compile_scenario(replace(scenario, measures=tuple(imports)), held)
    for n in (held.economies.index(importer) for importer in included):
        assert not (only.varieties.importer == n).any() and (only.cost_factor[:, n] == 1.0).all()


def test_lifting_a_ban_of_the_baseline_has_no_effect_and_says_so(world: World) -> None:
    day = date(2026, 3, 1)
    ban = next(m for m in registry().on(day) if m.kind == "import-ban" and "CAN" in codes_of(m.importers))
    held = world.replace(provenance=replace(world.provenance, measures_included={"CAN": day.isoformat()}))
    left = tuple(m for m in registry().on(day) if m.id != ban.id)
    shock = compile_scenario(at(*left, date=day), held, [])
    assert any(notice.startswith("bans that the baseline holds are lifted") for notice in shock.notices)
    assert (shock.varieties.cost_factor[shock.varieties.importer == held.economies.index("CAN")] == 1.0).all()


def test_without_its_measures_the_importer_charges_less(world: World) -> None:
    """Removing Section 301 on China takes away what its lists add, and nothing from anyone else."""
    held = registry().on(DAY)
    kept = tuple(m for m in held if m.programme != "us-301-china")
    assert len(kept) < len(held)
    n, i = world.economies.index("USA"), world.economies.index("CHN")
    shock = compile_scenario(at(*kept), world, [])
    change = added_duty(shock, world)
    assert change[:, n, i].sum() < -0.05 * world.flows[:, n, i].sum() * 0.5
    change[:, n, i] = 0.0
    # Duties of other importers are those of their own measures, which the baseline does not hold.
    assert not change[:, n].any()
    s = world.sectors.index("C28")
    plan = plan_of(at(*held), world, [])
    charges, pieces = charges_of(plan), plan.pieces
    here = (pieces.sector == s) & (pieces.importer == n) & (pieces.exporter == i)
    of_set = [[m.rate for m in s.effective if m.programme == "us-301-china"] for s in charges.schedules]
    rate = np.array([sum(rates) for rates in of_set])[charges.charged[here]]
    lost = float((pieces.share[here] * charges.scale[here] * rate).sum())
    assert lost > 0.01
    found = added_duty(shock, world)[s, n, i] / world.flows[s, n, i]
    assert found == pytest.approx(-lost, rel=1e-9)


def test_the_rest_of_a_flow_pays_the_ordinary_rate(world: World) -> None:
    """What model and arrays both derive: the rest's factor makes the flow's duties the world's."""
    held = registry().on(DAY)
    shock = compile_scenario(at(*(m for m in held if m.programme != "us-301-china")), world, [])
    factor, part = rest_factor(shock, world)
    v = shock.varieties
    n, i, s = world.economies.index("USA"), world.economies.index("CHN"), world.sectors.index("C26")
    here = (v.sector == s) & (v.importer == n) & (v.exporter == i)
    assert here.any() and part[s, n, i] > 0.0
    assert (v.share[here] / v.baseline_factor[here]).sum() + (
        (1.0 - v.share[here].sum()) / factor[s, n, i]
    ) == pytest.approx(1.0 / world.tariff_factor[s, n, i])
    # Every piece now pays the same ordinary rate.
    np.testing.assert_allclose(v.tariff_factor[here], factor[s, n, i], rtol=1e-9)


def test_measures_that_exceed_the_duties_are_scaled_down(world: World) -> None:
    free = world.replace(tariff_factor=1.0 + (world.tariff_factor - 1.0) * 0.1)
    plan = plan_of(at(*registry().on(DAY)), free, [])
    charges = charges_of(plan)
    low = charges.scale < 1.0
    assert low.any() and (charges.ordinary[low] == 0.0).all()
    shock = compile_scenario(at(*registry().on(DAY)), free, [])
    n = free.economies.index("USA")
    np.testing.assert_array_equal(shock.tariff_factor[:, n], free.tariff_factor[:, n])
    assert not (shock.varieties.importer == n).any()
    gone = added_duty(compile_scenario(at(), free, []), free)[:, n]
    assert (gone >= -free.flows[:, n] * (free.tariff_factor[:, n] - 1.0) - 1e-9).all()


def test_a_new_duty_comes_on_top_of_what_stays(world: World) -> None:
    extra = Measure("extra", "surcharge", ("USA",), ("CHN",), rate=0.1, sectors=("goods",))
    held = registry().on(DAY)
    n, i = world.economies.index("USA"), world.economies.index("CHN")
    change = added_duty(compile_scenario(at(*held, extra), world, []), world)
    goods = change[:, n, i] > 0.0
    assert goods.sum() >= 20
    np.testing.assert_allclose(change[goods, n, i], 0.1 * world.flows[goods, n, i], rtol=1e-9)
    plain = Scenario("x", "x", (extra,), date=DAY)
    np.testing.assert_allclose(
        added_duty(compile_scenario(plain, world), world)[:, n, i], change[:, n, i], rtol=1e-9
    )


def test_only_pairs_between_the_named_economies_are_replaced(world: World) -> None:
    n, i = world.economies.index("USA"), world.economies.index("CHN")
    removed = compile_scenario(at(between=("USA", "China")), world, [])
    change = added_duty(removed, world)
    assert change[:, n, i].sum() < 0.0
    change[:, n, i] = 0.0
    # China's measures on the United States are of the same pair.
    assert change[:, i, n].sum() < 0.0
    change[:, i, n] = 0.0
    assert not change.any()


def test_an_aggregate_loses_the_same_duties(world: World) -> None:
    small = world.aggregate("focus", "sections")
    scenario = at()
    detailed = compile_scenario(scenario, world, [])
    grouped = compile_scenario(scenario, small, [])
    assert added_duty(grouped, small).sum() == pytest.approx(added_duty(detailed, world).sum(), rel=1e-9)
    assert hit_value(grouped, small).sum() == pytest.approx(hit_value(detailed, world).sum(), rel=1e-9)


def test_measures_without_room_in_the_tariffs_are_said_to_count_in_part(world: World) -> None:
    notices = compile_scenario(load_scenario("2022-07-01"), world).notices
    (said,) = (text for text in notices if "measures of China on the United States" in text)
    n, i = world.economies.index("CHN"), world.economies.index("USA")
    plan = plan_of(load_scenario("2022-07-01"), world, [])
    charges, pieces = charges_of(plan), plan.pieces
    there = (pieces.importer == n) & (pieces.exporter == i)
    trade = pieces.share[there] * world.flows.reshape(-1)[charges.flow[there]]
    held = float(trade @ (charges.before - 1.0 - charges.ordinary)[there])
    assert f"hold USD {held:,.0f} million" in said and "% of their rates" in said


def test_a_value_of_all_partners_stays_theirs_between_two(world: World) -> None:
    """Canada's C$10 bn of steel derivatives come from everywhere; held to China, China's part is hit."""
    name = "ca-steel-derivative-25-2025"
    day = load_scenario("2026-03-01")
    n, i = world.economies.index("CAN"), world.economies.index("CHN")

    def hit(scenario: Scenario) -> float:
        alone = replace(
            scenario, measures=tuple(m for m in scenario.measures if m.id == name), against="baseline"
        )
        return float(hit_value(compile_scenario(alone, world, []), world)[:, n, i].sum())

    pair = load_scenario("canada-china-2026")
    assert name in {m.id for m in pair.in_force}
    assert 0.0 < hit(pair) == pytest.approx(hit(day), rel=1e-9)
    other = world.economies.index("DEU")
    found = hit_value(compile_scenario(pair, world, []), world)
    assert found[:, n, other].sum() == 0.0


def changed_and_exchanged(world: World, rate: str) -> list[Scenario]:
    """List 1 of Section 301 at another rate: changed, and taken out with a new measure in its place."""
    name = "us-301-list1-chn"
    held = next(m for m in registry().on(DAY) if m.id == name)
    added = (
        f"add:\n  - {{id: {name}, kind: surcharge, programme: {held.programme}, importer: USA, "
        f"exporter: China, lists: [{', '.join(held.lists)}], rate: {rate}, assumption: a test}}\n"
    )
    top = f"title: t\nextends: registry\ndate: {DAY}\nagainst: baseline\n"
    changes = (f"change:\n  - {{id: {name}, rate: {rate}}}\n", f"remove: [{name}]\n{added}")
    return [parse_scenario(top + change) for change in changes]


def test_a_changed_measure_is_one_removed_and_one_added(world: World) -> None:
    """Both are charged in full, whatever part of the old one the baseline's duties hold."""
    changed, exchanged = (
        compile_scenario(scenario, world, []) for scenario in changed_and_exchanged(world, "100%")
    )
    duties = [added_duty(shock, world) for shock in (changed, exchanged)]
    np.testing.assert_allclose(duties[0], duties[1], rtol=1e-9, atol=1e-9)
    # Under another name, too, where those that yield to it know that name.
    changed_scenario = changed_and_exchanged(world, "100%")[0]
    names = {"us-301-list1-chn": "new"}
    renamed = tuple(
        replace(m, id=names.get(m.id, m.id), yields_to=tuple(names.get(name, name) for name in m.yields_to))
        if names.keys() & {m.id, *m.yields_to}
        else m
        for m in changed_scenario.measures
    )
    under_another = compile_scenario(replace(changed_scenario, measures=renamed), world, [])
    np.testing.assert_allclose(added_duty(under_another, world), duties[0], rtol=1e-9, atol=1e-9)
    plan = plan_of(changed_and_exchanged(world, "100%")[0], world, [])
    charges = charges_of(plan)
    place = list(plan.own).index("us-301-list1-chn")
    there = charges.has(place)
    assert there.any() and (charges.scale[there] < 0.99).any()
    assert (charges.after[there] >= 2.0 - 1e-12).all()


def test_what_stays_beside_a_changed_measure_keeps_its_part(world: World) -> None:
    """Where the duties have no room for it, list 3 counts in the part it counted before."""
    plan = plan_of(changed_and_exchanged(world, "100%")[0], world, [])
    charges = charges_of(plan)
    place = list(plan.own).index("us-301-list1-chn")
    other = ~charges.has(place) & (charges.scale < 0.99) & charges.replaced
    other &= plan.pieces.importer == world.economies.index("USA")
    assert other.sum() > 10
    np.testing.assert_allclose(charges.after[other], charges.before[other], rtol=1e-12)


def with_registry(world: World, monkeypatch: pytest.MonkeyPatch, *measures: Measure) -> World:
    """A world whose tariffs of the United States hold some measures."""
    known = Registry(measures)
    monkeypatch.setattr(import_module("detente.policy.registry"), "registry", lambda: known)
    return world.replace(provenance=replace(world.provenance, measures_included={"USA": DAY.isoformat()}))


def test_an_export_tax_that_stays_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tax = Measure("tax", "export-tax", ("USA",), ("CHN",), rate=0.1, sectors=("C28",))
    held = with_registry(world, monkeypatch, tax)
    shock = compile_scenario(at(tax), held, [])
    assert shock.export_factor is None and not shock.varieties.share.size
    place = (world.sectors.index("C28"), world.economies.index("USA"), world.economies.index("CHN"))
    for measures, factor in (((), 1.0 / 1.1), ((replace(tax, rate=0.21),), 1.1)):
        shock = compile_scenario(at(*measures), held, [])
        assert shock.export_factor is not None and shock.export_factor[place] == pytest.approx(factor)


def test_a_tag_does_not_set_apart_what_the_baseline_holds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only measures in force at one time exclude each other: 60% and 60% are no more than all goods."""
    old = Measure("old", "surcharge", ("USA",), ("CHN",), rate=0.01, hs=(("8703", 0.6),), exclusive="x")
    new = replace(old, id="new", rate=0.25)
    held = with_registry(world, monkeypatch, old)
    n, i, s = world.economies.index("USA"), world.economies.index("CHN"), world.sectors.index("C29")

    def share(scenario: Scenario, on: World) -> float:
        plan = plan_of(scenario, on, [])
        there = charges_of(plan).has(list(plan.own).index("new")) & (plan.pieces.sector == s)
        return float(plan.pieces.share[there & (plan.pieces.importer == n)].sum())

    alone = share(Scenario("x", "x", (new,), date=DAY), world)
    assert alone > 0.0 and share(at(new), held) == pytest.approx(alone, rel=1e-12)
    change = added_duty(compile_scenario(at(new), held, []), held)
    assert change[s, n, i] == pytest.approx(0.24 * alone * world.flows[s, n, i], rel=1e-9)
