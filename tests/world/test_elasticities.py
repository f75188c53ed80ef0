"""Trade elasticities: published values, their mapping to sectors, aggregation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.world.elasticities import (
    elasticity_set,
    elasticity_sets,
    elasticity_source,
    scale_elasticities,
    trade_elasticities,
)

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BUNDLED = Path(__file__).resolve().parents[2] / "src" / "detente" / "world" / "bundled"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the raw data folder ../shared/data is not here")
TABLE = tomllib.loads((BUNDLED / "elasticities.toml").read_text(encoding="utf-8"))
CP = TABLE["caliendo-parro-2015"]
BY_SECTOR = [name for name, row in TABLE.items() if isinstance(row, dict) and "icio2025" in row]
BLP = "boehm-levchenko-pandalai-nayar-2023"
LL = "lashkaripour-lugovskyy-2023"


@needs_data
def test_published_values_are_those_the_authors_simulate_with() -> None:
    ours = [row["value"] for row in CP["published"].values()]
    assert ours == np.loadtxt(DATA / "cp2015" / "T.txt").tolist()


@needs_data
def test_shipped_table_is_what_the_tool_builds(tmp_path: Path) -> None:
    from tools.build_elasticities import build

    build(DATA, tmp_path)
    assert (tmp_path / "elasticities.toml").read_bytes() == (BUNDLED / "elasticities.toml").read_bytes()


@pytest.mark.parametrize("classification", ["icio2025", "isic4-sections", "wiod2013"])
@pytest.mark.parametrize("name", [name for name in BY_SECTOR if "published" in TABLE[name]])
def test_sector_values_are_the_stated_mixtures(name: str, classification: str) -> None:
    for row in TABLE[name][classification].values():
        shares = row["components"]
        assert sum(shares.values()) == pytest.approx(1, abs=3e-4)
        mixture = sum(share * TABLE[name]["published"][part]["value"] for part, share in shares.items())
        assert row["value"] == pytest.approx(mixture, abs=0.02)


def test_goods_take_the_source_and_services_take_five() -> None:
    world = dt.load_world("wiod-2011")
    theta = dict(zip(world.sectors, trade_elasticities(world, "caliendo-parro-2015").tolist(), strict=True))
    assert theta["23"] == 64.85
    assert theta["34t35"] == 8.22
    assert 3.95 < theta["30t33"] < 12.95
    assert {theta[sector] for sector in ("E", "F", "51", "J", "L")} == {5.0}


def test_every_classification_has_every_goods_sector() -> None:
    from detente.world.concordance import hs_sectors

    without_goods = {"D", "E", "J58T60", "M", "R", "S", "J", "71t74", "O"}
    for name in (found.name for found in elasticity_sets() if found.name in BY_SECTOR):
        for classification in ("icio2025", "isic4-sections", "wiod2013"):
            goods = set(hs_sectors(classification).values()) - without_goods
            assert goods <= set(TABLE[name][classification])


def test_aggregated_world_weights_by_imports_of_its_parent() -> None:
    parent = dt.load_world("wiod-2011")
    world = parent.aggregate(sectors={"metals and machines": ["27t28", "29"]})
    theta = dict(zip(world.sectors, trade_elasticities(world, "caliendo-parro-2015").tolist(), strict=True))
    below = dict(zip(parent.sectors, trade_elasticities(parent, "caliendo-parro-2015").tolist(), strict=True))
    abroad = {s: parent.flows[i].sum() - np.trace(parent.flows[i]) for i, s in enumerate(parent.sectors)}
    mean = sum(below[s] * abroad[s] for s in ("27t28", "29")) / (abroad["27t28"] + abroad["29"])
    assert theta["metals and machines"] == pytest.approx(mean)
    assert theta["20"] == below["20"]


def test_uniform_takes_any_positive_number() -> None:
    world = dt.load_world("g20-2019")
    assert trade_elasticities(world, "uniform:4.5").tolist() == [4.5] * len(world.sectors)
    for bad in ("uniform:-1", "uniform:0", "uniform:four", "uniform:inf", "uniform:"):
        with pytest.raises(BadInput, match=r"does not give a positive .*uniform:4"):
            trade_elasticities(world, bad)


def test_unknown_set_and_unknown_sectors_say_what_to_do() -> None:
    world = dt.load_world("g20-2019")
    with pytest.raises(BadInput, match=r"'caliendo-2015'; did you mean caliendo-parro-2015"):
        trade_elasticities(world, "caliendo-2015")
    with pytest.raises(BadInput, match=r"classification 'mine'.*use uniform:4.*icio2025"):
        trade_elasticities(world.replace(classification="mine"), "caliendo-parro-2015")


def test_sets_say_what_a_user_must_know() -> None:
    assert all(found.source and found.title and found.notes for found in elasticity_sets())
    notes = " ".join(elasticity_source("caliendo-parro-2015").notes)
    assert "8.22" in notes
    assert "64.85" in notes
    assert "services take 5" in notes


def test_a_group_without_trade_takes_the_simple_mean() -> None:
    world = dt.load_world("g20-2019")
    at_home = np.eye(len(world.economies))
    closed = world.replace(
        final_flows=world.final_flows * at_home, intermediate_flows=world.intermediate_flows * at_home
    )
    below = trade_elasticities(closed, "caliendo-parro-2015")
    grouped = closed.aggregate(sectors={"AB": ["A", "B"]})
    found = trade_elasticities(grouped, "caliendo-parro-2015")[grouped.sectors.index("AB")]
    assert found == pytest.approx(below[:2].mean())


# Lashkaripour and Lugovskyy (2023), Table 3, p. 2792: sigma - 1, its error, mu, its error.
TABLE_3 = {
    "C10T12": (2.303, 0.765, 0.393, 0.132),
    "C13T15": (3.359, 0.353, 0.224, 0.024),
    "C19": (0.636, 0.464, 1.220, 0.909),
    "C22": (5.157, 1.176, 0.140, 0.034),
    "C28": (7.750, 1.330, 0.120, 0.023),
    "C29": (2.805, 0.834, 0.129, 0.041),
}


def test_trade_and_scale_elasticities_are_those_of_the_table() -> None:
    world = dt.load_world("world-2022")
    found = elasticity_set(world, LL)
    assert found.standard_errors is not None
    assert found.scale is not None and found.scale_standard_errors is not None
    for sector, row in TABLE_3.items():
        place = world.sectors.index(sector)
        ours = (found.values, found.standard_errors, found.scale, found.scale_standard_errors)
        assert tuple(values[place] for values in ours) == pytest.approx(row)
    assert scale_elasticities(world, LL)[world.sectors.index("K")] == 0.0


@pytest.mark.parametrize("name", ["world-2022", "g20-2019", "wiod-2011"])
def test_merged_sectors_keep_the_mean_of_scale_times_trade(name: str) -> None:
    found = elasticity_set(dt.load_world(name), LL)
    assert found.scale is not None
    for sector, theta, psi in zip(found.sectors, found.values, found.scale, strict=True):
        parts = [(found.published[part], weight) for part, weight in found.composition[sector].items()]
        product = sum(weight * row.value * (row.scale or 0.0) for row, weight in parts)
        assert theta * psi == pytest.approx(product, rel=1e-3)
    assert (found.values * found.scale).max() < 1.0


def test_only_sets_that_know_horizons_have_them() -> None:
    world = dt.load_world("g20-2019")
    values = [trade_elasticities(world, BLP, horizon)[0] for horizon in ("short", "medium", "long")]
    assert values == [0.1, 0.24, 1.12]
    errors = [elasticity_set(world, BLP, horizon).standard_errors for horizon in ("short", "medium", "long")]
    assert errors[0] is None
    assert [row[2] for row in errors[1:] if row is not None] == [0.19, 0.32]
    assert "sigma = 1.1" in elasticity_set(world, BLP, "short").notes[-1]
    for name in BY_SECTOR:
        with pytest.raises(
            BadInput, match=rf"'{name}' has no .* 'medium'.*horizon long, or .*{BLP}, uniform:X"
        ):
            trade_elasticities(world, name, "medium")
    with pytest.raises(BadInput, match=r"no horizon 'log'; did you mean long"):
        trade_elasticities(world, "caliendo-parro-2015", "log")
    assert trade_elasticities(world, "uniform:3", "short").tolist() == [3.0] * len(world.sectors)


def test_one_value_for_all_goods_reaches_any_classification() -> None:
    world = dt.load_world("g20-2019").replace(classification="mine")
    assert set(trade_elasticities(world, BLP).tolist()) == {1.12}


@pytest.mark.parametrize("name", [found.name for found in elasticity_sets()])
@pytest.mark.parametrize("grouping", [None, "sections"])
def test_values_are_the_published_estimates_in_the_stated_composition(
    name: str, grouping: str | None
) -> None:
    world = dt.load_world("world-2022").aggregate(sectors=grouping)
    found = elasticity_set(world, name)
    for sector, value in zip(found.sectors, found.values, strict=True):
        parts = found.composition[sector]
        assert sum(parts.values()) == pytest.approx(1.0, abs=3e-4)
        assert value == pytest.approx(sum(found.published[p].value * w for p, w in parts.items()), rel=1e-3)


def test_sectors_of_one_estimate_keep_its_error_when_they_are_merged() -> None:
    world = dt.load_world("world-2022").aggregate(
        sectors={"crops and fish": ["A01", "A03"], "K+L": ["K", "L"]}
    )
    errors = elasticity_set(world, "caliendo-parro-2015").standard_errors
    assert errors is not None
    assert errors[world.sectors.index("crops and fish")] == pytest.approx(1.860)
    assert np.isnan(errors[world.sectors.index("K+L")])


def test_errors_of_a_mixture_are_those_of_independent_estimates() -> None:
    world = dt.load_world("world-2022")
    found = elasticity_set(world, "caliendo-parro-2015")
    assert found.standard_errors is not None
    parts = CP["icio2025"]["C27"]["components"]
    expected = np.hypot(*(share * CP["published"][name]["standard_error"] for name, share in parts.items()))
    assert found.standard_errors[world.sectors.index("C27")] == pytest.approx(expected)
    # Chemicals has no error of its own.
    assert np.isnan(found.standard_errors[world.sectors.index("C20")])
    assert elasticity_set(world, "fontagne-guimbard-orefice-2022").standard_errors is None
    assert elasticity_set(world, "uniform:4").standard_errors is None


def test_what_the_source_did_not_estimate_is_named() -> None:
    world = dt.load_world("world-2022")
    borrowed = elasticity_set(world, "caliendo-parro-2015").borrowed
    assert {"C29", "C301", "K", "D"} <= set(borrowed)
    assert not {"A01", "C20", "C28"} & set(borrowed)
    assert "C29" not in elasticity_set(world, LL).borrowed
    assert len(elasticity_set(world, BLP, "short").borrowed) == len(world.sectors)
    # Services hold the goods' estimate there.
    borrowed = elasticity_set(world, BLP, "long").borrowed
    assert "K" in borrowed
    assert "C29" not in borrowed
    assert elasticity_set(world, "uniform:4").borrowed == ()


def test_scale_elasticities_only_where_the_source_has_them() -> None:
    world = dt.load_world("g20-2019")
    with pytest.raises(
        BadInput, match=rf"'shapiro-2016' has no scale elasticities; give a number, or take {LL}"
    ):
        scale_elasticities(world, "shapiro-2016")
