"""Draws of baseline tariffs: what is exact stays, what is estimated errs as measured."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.world import read_tariff_file
from detente.world.tariff_error import TariffErrorSizes, drawn_rates, tariff_error
from tests.world.shared import DATA, published

TABLE = tomllib.loads(
    files("detente.world").joinpath("bundled", "tariff_errors.toml").read_text(encoding="utf-8")
)
BY_CLASS = (
    TariffErrorSizes(**TABLE["sizes"]["agriculture_and_food"]),
    TariffErrorSizes(**TABLE["sizes"]["other_goods"]),
)
# Draws against the measured errors: fitted ones, and those that follow.
FITTED, FOLLOWING = 0.02, 0.5


@pytest.fixture(scope="module")
def world() -> dt.World:
    return dt.load_world("world-2022")


def change(world: dt.World, seed: int = 1) -> np.ndarray:
    error = tariff_error(world)
    assert error is not None
    return error.draw(np.random.default_rng(seed))


def test_what_is_exact_has_no_error(world: dt.World) -> None:
    moved = change(world)
    place = world.economies.index
    assert moved.shape == world.tariff_factor.shape
    # The United States' duties were collected.
    assert (moved[:, place("USA")] == 0.0).all()
    assert (np.einsum("sii->si", moved) == 0.0).all()
    # Services, electricity, water, waste; customs unions.
    services = [at for at, code in enumerate(world.sectors) if code[0] not in "ABC" or code == "B09"]
    assert (moved[services] == 0.0).all()
    assert (moved[:, place("DEU"), place("FRA")] == 0.0).all()
    assert (moved[:, place("ARG"), place("BRA")] == 0.0).all()
    cars, food = world.sectors.index("C29"), world.sectors.index("C10T12")
    pairs = place("TUR"), place("DEU")
    draws = np.array([change(world, seed)[:, *pairs] for seed in range(12)])
    assert (draws[:, cars] == 0.0).all()
    assert (draws[:, food] != 0.0).any()
    assert (change(world)[:, place("CAN"), place("CHN")] != 0.0).any()


def test_the_members_of_the_european_union_have_one_tariff(world: dt.World) -> None:
    drawn = world.tariff_factor + change(world)
    place = world.economies.index
    for exporter in ("CHN", "JPN", "BRA"):
        mine, other = (drawn[:, place(code), place(exporter)] for code in ("DEU", "POL"))
        before = [world.tariff_factor[:, place(code), place(exporter)] for code in ("DEU", "POL")]
        same = np.isclose(before[0], before[1], atol=1e-6)
        assert same.sum() > 20
        assert np.allclose(mine[same], other[same], atol=1e-6)


@pytest.mark.parametrize("name", ["world-2022", "g20-2019", "wiod-2008", "wiod-2011"])
@pytest.mark.parametrize("grouping", [None, "focus"])
def test_no_tariff_is_negative(name: str, grouping: str | None) -> None:
    base = dt.load_world(name).aggregate(grouping)
    for seed in range(3):
        drawn = base.tariff_factor + change(base, seed)
        assert np.isfinite(drawn).all() and drawn.min() >= 1.0 - 1e-12 and drawn.max() < 3.0
    assert (change(base) != 0.0).any()


def test_an_aggregate_draws_what_its_parent_draws(world: dt.World) -> None:
    part = world.aggregate("focus", "sections")
    drawn = part.tariff_factor + change(part, 5)
    whole = world.replace(tariff_factor=world.tariff_factor + change(world, 5))
    expected = whole.aggregate("focus", "sections").tariff_factor
    traded = part.flows > 0.0
    assert np.allclose(drawn[traded], expected[traded], atol=1e-9)


def test_a_draw_depends_on_the_generator_alone(world: dt.World) -> None:
    part = world.aggregate("focus")
    error = tariff_error(part)
    assert error is not None
    error.draw(np.random.default_rng(0))
    assert (error.draw(np.random.default_rng(3)) == change(part, 3)).all()
    assert (change(part, 4) != change(part, 3)).any()


def test_rates_of_a_users_file_are_exact(world: dt.World, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("importer,exporter,sector,rate_percent\nCanada,China,C29,7.77\nCanada,Japan,C29,0.5\n")
    for base in (world, world.aggregate("focus")):
        mine = read_tariff_file(path, base)
        place = mine.economies.index
        moved = np.array([change(mine, seed) for seed in range(4)])
        cars, food = mine.sectors.index("C29"), mine.sectors.index("C10T12")
        assert (moved[:, cars, place("CAN"), place("CHN")] == 0.0).all()
        assert (moved[:, cars, place("CAN"), place("JPN")] == 0.0).all()
        assert (moved[:, food, place("CAN"), place("CHN")] != 0.0).any()


def test_a_world_without_estimated_tariffs_has_none(world: dt.World) -> None:
    assert tariff_error(world.replace(provenance=replace(world.provenance, estimated=()))) is None
    free = world.replace(tariff_factor=np.ones_like(world.tariff_factor))
    assert tariff_error(free) is None


def test_other_worlds_say_that_the_error_is_assumed(world: dt.World) -> None:
    error, older = tariff_error(world), tariff_error(dt.load_world("wiod-2008"))
    assert error is not None and older is not None
    ((name, sentence),) = error.describe()
    assert name == "baseline tariffs" and "WITS 2022" in sentence and "assumed" not in sentence
    assert "assumed to be as large here" in older.describe()[0][1]
    # The United States' duties of 2024 are no layer of a world of 2008, and the United Kingdom was a member.
    old = dt.load_world("wiod-2008")
    place = old.economies.index
    assert (change(old)[:, place("USA"), place("CHN")] != 0.0).any()
    assert (change(old)[:, place("GBR"), place("FRA")] == 0.0).all()


def test_draws_are_centred_on_what_importers_collect(world: dt.World) -> None:
    part = world.aggregate("focus")
    duties = np.array(
        [
            (part.flows * (part.tariff_factor + change(part, seed) - 1.0)).sum(axis=(0, 2))
            for seed in range(60)
        ]
    )
    ratio = duties / part.tariff_revenue
    assert (np.abs(ratio.mean(axis=0) - 1.0) < 0.3).all()
    inside = (np.quantile(ratio, 0.05, axis=0) <= 1.0) & (np.quantile(ratio, 0.95, axis=0) >= 1.0)
    # What pays nevertheless adds a little to each; where few rates are known, to the whole (ASEAN).
    assert inside.sum() >= len(part.economies) - 1


def test_food_that_an_agreement_frees_stays_free(world: dt.World) -> None:
    place = world.economies.index
    food, cars = world.sectors.index("C10T12"), world.sectors.index("C29")
    canada, mexico = place("CAN"), place("MEX")
    assert world.tariff_factor[food, canada, mexico] == world.tariff_factor[cars, canada, mexico] == 1.0
    moved = np.array([change(world, seed)[:, canada, mexico] for seed in range(30)])
    assert (moved[:, food] == 0.0).all() and (moved[:, cars] > 0.0).any()


def test_draws_have_the_sizes_of_the_table() -> None:
    food = np.array([True, False])
    rates = np.full((2, 40, 40), 0.05)
    rates[:, :, :20] = 0.0  # agreements
    rates[:, 0] = 0.0  # no average known
    drawn = np.array([drawn_rates(rates, food, BY_CLASS, np.random.default_rng(seed)) for seed in range(300)])
    for at, size in enumerate(BY_CLASS):
        paying, free, unknown = drawn[:, at, 1:, 20:], drawn[:, at, 1:, :20], drawn[:, at, 0]
        assert (paying == 0.0).mean() == pytest.approx(size.free, abs=0.02)
        assert (free > 0.0).mean() == pytest.approx(size.taxed, abs=0.03)
        assert (unknown > 0.0).mean() == pytest.approx(size.unknown_taxed, abs=0.03)
        assert np.median(free[free > 0.0]) == pytest.approx(size.amount_median, rel=0.1)
        ratio = np.log(paying[paying > 0.0] / 0.05)
        whole = np.sqrt(size.sector**2 + size.purchases**2 + size.cell**2)
        assert np.median(ratio) == pytest.approx(np.log(size.level), abs=0.08)
        # The highest rates are cut off.
        assert np.quantile(ratio, [0.16, 0.84]) == pytest.approx(
            np.log(size.level) + whole * np.array([-1.0, 1.0]), abs=0.15
        )
        # An importer's purchases share an error.
        shared = np.log(np.where(paying > 0.0, paying, 0.05)).mean(axis=2) - np.log(size.level * 0.05)
        assert shared.std() > 0.8 * size.purchases
    # Sectors of a pair are free together.
    both = (drawn[:, :, 1:, :20] > 0.0).reshape(300, 2, -1)
    assert np.corrcoef(both[:, 0].ravel(), both[:, 1].ravel())[0, 1] > 0.3


def test_draws_have_the_measured_error() -> None:
    for name, (measured, drawn) in TABLE["errors"].items():
        simple = name.endswith("simple")
        assert drawn == pytest.approx(measured, rel=FOLLOWING if simple else FITTED), name


def test_the_shipped_figures_are_those_of_the_comparison(world: dt.World) -> None:
    published("wits_tariffs44")
    from tools.measure_errors_tariffs import compare, drawn, errors, spread_inside_chapters

    found = compare(DATA, world)
    measured, simulated = errors(found, found.published), drawn(found, BY_CLASS)
    for name, row in TABLE["errors"].items():
        assert row == pytest.approx([measured[name], simulated[name]], abs=2e-3)
    by_chapter = TABLE["not_drawn"]["collected_by_chapter"]
    assert spread_inside_chapters(DATA) == pytest.approx(by_chapter, abs=0.006)
    # Trade inside the European Union, which the comparison leaves out, makes up for the rest.
    shipped = world.provenance.measured_errors
    whole = next(value for name, value in shipped.items() if "shipped, import-weighted" in name)
    assert whole < measured["all goods, import-weighted"] < 1.6 * whole
