"""Shocks laid out once for many draws are those of compiling each draw from its own scenario."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.policy import DrawnShocks, Scenario, Shock, compile_scenario, drawn_together, parse_scenario
from detente.policy.shock import Varieties
from tests.policy.test_ranges import EVERY

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

CHANGED = """\
title: On top of the registry
extends: registry
date: 2026-11-22
between: [Canada, China, USA]
against: 2026-01-01
change:
  - {id: us-adcvd-softwood-ar6-2025, rate: {low: 20%, high: 40%}, covers: {low: 20%, high: 90%}}
add:
  - {id: new, kind: surcharge, importer: China, exporter: Canada, rate: {low: 5%, high: 50%}, assumption: x,
     hs: {1205: {low: 10%, high: 100%}, 0713: 40%},
     covers: {value: {low: 1, high: 4}, unit: CAD billion, year: 2024}}
  - {id: visas, kind: trade-cost, importer: [Canada, China], exporter: all, sectors: P, assumption: x,
     rate: {low: -9%, high: 4%}}
  - {id: lines, kind: surcharge, importer: USA, exporter: Canada, hs: {8703: {low: 0%, high: 100%}, 22: 50%},
     rate: 25%, covers: {low: 50%, high: 100%}, assumption: x}
  - {id: plants, kind: production-subsidy, economy: Canada, sectors: C29, assumption: x,
     rate: {low: 1%, high: 9%}}
"""


@cache
def world(name: str) -> dt.World:
    whole = dt.load_world("world-2022")
    return whole if name == "whole" else whole.aggregate(name)


def text_of(name: str) -> str:
    texts = {
        "every": EVERY.replace("table: factors.csv", f"table: {EXAMPLES}/instruments/carbon-content.csv"),
        "changed": CHANGED,
        "exclusive": EVERY[: EVERY.index("  - {id: visas")].replace(
            "basis: total", "basis: total\n    exclusive: a"
        )
        + "  - {id: other, kind: surcharge, importer: Canada, exporter: China, hs: 8703.80, exclusive: a,\n"
        "     rate: {low: 1%, high: 30%}, assumption: x,\n"
        "     covers: {value: 1, unit: CAD billion, year: 2023}}\n",
    }
    return texts.get(name) or (EXAMPLES / "ranges" / f"{name}.yaml").read_text(encoding="utf-8")


def rows(parts: Varieties, limit: np.ndarray | None = None) -> np.ndarray:
    """Parts of flows in an order of their own, (column, part)."""
    numbers = [
        parts.share,
        parts.baseline_factor,
        parts.tariff_factor,
        parts.export_factor,
        parts.cost_factor,
    ]
    flow = np.array([parts.sector, parts.importer, parts.exporter])
    held = np.zeros(parts.share.size) if limit is None else limit
    table = np.array([*flow, held, *numbers], dtype=float)
    return table[:, np.lexsort(np.round(table, 9)[::-1])]


def assert_same(one: Shock, other: Shock) -> None:
    for name in ("tariff_factor", "cost_factor", "export_factor", "productivity", "production_subsidy"):
        first, second = getattr(one, name), getattr(other, name)
        assert (first is None) == (second is None)
        if first is not None:
            np.testing.assert_allclose(first, second, rtol=1e-11)
    np.testing.assert_allclose(rows(one.varieties), rows(other.varieties), rtol=1e-9)
    limits = one.limits, other.limits
    assert limits[0].names == limits[1].names
    for name in ("size", "lowest", "highest", "exporter_share"):
        np.testing.assert_allclose(getattr(limits[0], name), getattr(limits[1], name), rtol=1e-11)
    members = (rows(each.members, each.member_limit) for each in limits)
    np.testing.assert_allclose(*members, rtol=1e-9)


@pytest.mark.parametrize("where", ["whole", "focus"])
@pytest.mark.parametrize("name", ["every", "changed", "exclusive", "lumber-review", "us-retaliation"])
def test_a_shock_laid_out_once_is_the_compiled_one(name: str, where: str) -> None:
    scenario = parse_scenario(text_of(name), str(EXAMPLES / "ranges" / f"{name}.yaml"))
    scenarios = [scenario] if scenario.reference is None else [scenario, scenario.reference]
    once = DrawnShocks(scenarios, world(where))
    random = np.random.default_rng(5)
    draws = [random.random(len(once.numbers)) for _ in range(3)] + [np.full(len(once.numbers), 1.0 - 1e-12)]
    for points in draws:
        values = [
            float(n.distribution.quantile(np.array(u))) for n, u in zip(once.numbers, points, strict=True)
        ]
        drawn = drawn_together(scenarios, values)
        shocks = once.at(values)
        for at, one in enumerate(drawn):
            beside = [other for other in drawn if other is not one]
            assert_same(shocks[at], compile_scenario(one, world(where), beside))


def test_what_is_laid_out_anew_is_what_a_draw_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    from detente.policy.compiler import redraw

    calls: list[Scenario] = []
    original = redraw.plan_of
    monkeypatch.setattr(redraw, "plan_of", lambda *args: calls.append(args[0]) or original(*args))
    for name, more in (("us-retaliation", 0), ("changed", 0), ("exclusive", 1)):
        scenario = parse_scenario(text_of(name), str(EXAMPLES / "ranges" / f"{name}.yaml"))
        once = DrawnShocks([scenario], world("whole"))
        calls.clear()
        once.at([number.median for number in once.numbers])
        assert len(calls) == more, name
