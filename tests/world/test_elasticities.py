"""Trade elasticities: published values, their mapping to sectors, aggregation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

import detente as dt
from detente.errors import BadInput
from detente.world.elasticities import elasticity_set, elasticity_sets, trade_elasticities

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BUNDLED = Path(__file__).resolve().parents[2] / "src" / "detente" / "world" / "bundled"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the raw data folder ../shared/data is not here")
TABLE = tomllib.loads((BUNDLED / "elasticities.toml").read_text(encoding="utf-8"))
CP = TABLE["caliendo-parro-2015"]


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
def test_sector_values_are_the_stated_mixtures(classification: str) -> None:
    for row in CP[classification].values():
        shares = row["components"]
        assert sum(shares.values()) == pytest.approx(1, abs=3e-4)
        mixture = sum(share * CP["published"][name]["value"] for name, share in shares.items())
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
    for name in ("caliendo-parro-2015", "fontagne-guimbard-orefice-2022"):
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
    notes = " ".join(elasticity_set("caliendo-parro-2015").notes)
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
