"""Each kind of measure has an example that runs, with the effect that the measure should have."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.policy import KINDS, explain, load_scenario

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "instruments"
FILES = sorted(EXAMPLES.glob("*.yaml"))


@cache
def world() -> dt.World:
    return dt.load_world("world-2022")


@cache
def outcome(kind: str) -> dt.Outcome:
    return dt.run(world(), EXAMPLES / f"{kind}.yaml")


def trade(kind: str, sectors: list[str], importer: str, exporter: str) -> float:
    """Change of trade in some sectors from one economy to another, as a ratio."""
    found, w = outcome(kind), world()
    index = ([w.sectors.index(s) for s in sectors], w.economies.index(importer), w.economies.index(exporter))
    after, before = (np.asarray(state.flows)[index].sum() for state in (found.equilibrium, found.reference))
    return float(after / before)


def income(kind: str, economy: str) -> float:
    return float(outcome(kind)["real_income"].sel(economy=economy))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_example_named_after_it(kind: str) -> None:
    scenario = load_scenario(EXAMPLES / f"{kind}.yaml")
    assert kind in {measure.kind for measure in scenario.measures}
    assert scenario.description


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_number_has_a_source_or_is_an_assumption(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# "), "an example says first what it shows"
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 120
    for measure in load_scenario(file).measures:
        assert measure.source or measure.assumption
        assert measure.products


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_example_is_explained_and_solved(file: Path) -> None:
    brief = explain(load_scenario(file), world())
    assert brief.measures
    found = dt.run(world(), file)
    assert all(check.passed for check in found.checks)


# What each measure should do to the trade it names: kind, sectors, importer, exporter, and the range of trade
# after over trade before. Bounds are economics (a duty lowers trade, a ban leaves none), not past output.
LOWER, HIGHER = (0.0, 1.0), (1.0, np.inf)
EFFECTS = [
    ("surcharge", ["C29"], "CAN", "CHN", LOWER),
    ("tariff", ["A01"], "IND", "CAN", LOWER),
    ("floor", ["C29"], "USA", "DEU", LOWER),
    ("cap", ["C29"], "USA", "DEU", HIGHER),
    ("anti-dumping", ["A01"], "CHN", "CAN", LOWER),
    ("countervailing", ["C29"], "DEU", "CHN", LOWER),
    ("deposit", ["A01"], "CHN", "CAN", LOWER),
    ("exemption", ["C29"], "USA", "CAN", LOWER),
    ("tariff-rate-quota", ["C29"], "CAN", "CHN", HIGHER),
    ("import-quota", ["C24A"], "USA", "KOR", LOWER),
    ("export-restraint", ["C16"], "USA", "CAN", LOWER),
    ("import-ban", ["C10T12"], "CHN", "CAN", LOWER),
    ("export-ban", ["C24B"], "USA", "CHN", LOWER),
    ("purchase-commitment", ["B05", "B06", "C19"], "CHN", "USA", HIGHER),
    ("export-tax", ["D"], "USA", "CAN", LOWER),
    ("export-control", ["C20"], "USA", "CHN", LOWER),
    ("trade-cost", ["I", "H51"], "CHN", "CAN", HIGHER),
    ("procurement-preference", ["C28"], "CAN", "CHN", LOWER),
    ("purchase-rebate", ["C29"], "CAN", "JPN", HIGHER),
    ("carbon-border-charge", ["C24A"], "DEU", "CHN", LOWER),
    ("production-subsidy", ["B07", "C24B"], "USA", "CAN", HIGHER),
    ("consumption-subsidy", ["C27"], "CHN", "JPN", HIGHER),
    ("productivity", ["C29"], "USA", "CAN", HIGHER),
]


@pytest.mark.parametrize(("kind", "sectors", "importer", "exporter", "bounds"), EFFECTS, ids=str)
def test_trade_moves_as_the_measure_says(
    kind: str, sectors: list[str], importer: str, exporter: str, bounds: tuple[float, float]
) -> None:
    assert bounds[0] < trade(kind, sectors, importer, exporter) < bounds[1]


def test_a_suspended_duty_changes_nothing() -> None:
    assert income("suspension", "CAN") == 0.0
    assert trade("suspension", ["C10T12"], "CHN", "CAN") == 1.0


def test_an_exemption_spares_energy_and_nothing_else() -> None:
    """Energy is not charged; that Canada's other sales fall leaves it more to sell."""
    assert trade("exemption", ["B06", "C19"], "USA", "CAN") > 1.0


def test_an_embargo_leaves_no_trade_in_either_direction_and_others_trade_on() -> None:
    for sectors in (["B06"], ["C19"]):
        assert trade("embargo", sectors, "DEU", "RUS") == 0.0
        assert trade("embargo", sectors, "CHN", "RUS") > 1.0
    assert trade("embargo", ["C19"], "RUS", "DEU") == 0.0


def test_a_deposit_of_many_times_the_duty_stops_more_trade() -> None:
    assert trade("deposit", ["A01"], "CHN", "CAN") < trade("anti-dumping", ["A01"], "CHN", "CAN")


def test_who_pays_and_who_gains() -> None:
    assert income("purchase-commitment", "USA") > 0.0 > income("purchase-commitment", "CHN")
    assert income("productivity", "CAN") > 0.0
    assert income("surcharge", "CHN") < 0.0
    assert income("tariff", "CAN") < 0.0
    assert income("import-ban", "CAN") < 0.0


@pytest.mark.parametrize("kind", ["import-quota", "export-restraint", "purchase-commitment"])
def test_limits_that_bind_say_so_and_hold(kind: str) -> None:
    (limit,) = outcome(kind).equilibrium.limits
    assert limit.regime == "binding" and limit.size is not None
    assert limit.quantity == pytest.approx(limit.size, rel=1e-6)


def test_who_gets_the_rent() -> None:
    (restraint,) = outcome("export-restraint").equilibrium.limits
    assert restraint.exporter_rent > 0.0 == restraint.importer_rent
    (promise,) = outcome("purchase-commitment").equilibrium.limits
    assert promise.importer_rent < 0.0, "the state that promised pays"
    (quota,) = outcome("tariff-rate-quota").equilibrium.limits
    assert quota.regime == "binding" and quota.importer_rent > 0.0 == quota.exporter_rent
    assert 1.0 < (quota.premium or 0.0) < 2.061 / 1.061, (
        "between the rate within and the rate beyond the quota"
    )
