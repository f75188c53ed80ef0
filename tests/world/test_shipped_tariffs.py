"""The tariffs that ship, laid over tables without any."""

from __future__ import annotations

import numpy as np

from detente.world import classifications, load_world
from detente.world.shipped_tariffs import lay_shipped_tariffs
from detente.world.world import World


def bare(world: World, **changes: object) -> World:
    return world.replace(tariff_factor=np.ones_like(world.tariff_factor), **changes)


def test_the_nearest_vintage_of_the_same_sectors_is_taken() -> None:
    table = bare(load_world("wiod-2011"), vintage=2009)
    laid = lay_shipped_tariffs(table)
    assert laid is not None
    assert laid.provenance.tariff_layers[0].startswith("Tariffs of wiod-2008 (vintage 2008)")
    assert np.allclose(laid.tariff_factor, load_world("wiod-2008").tariff_factor, atol=1e-9)


def test_an_economy_that_does_not_ship_pays_what_the_rest_of_the_world_pays() -> None:
    source = load_world("g20-2019")
    names = tuple("XXX" if code == "KOR" else code for code in source.economies)
    laid = lay_shipped_tariffs(bare(source, economies=names))
    assert laid is not None
    unknown, rest, usa = names.index("XXX"), names.index("ROW"), names.index("USA")
    assert np.array_equal(laid.tariff_factor[:, unknown, usa], source.tariff_factor[:, rest, usa])
    assert np.array_equal(laid.tariff_factor[:, usa, unknown], source.tariff_factor[:, usa, rest])
    assert (laid.tariff_factor[:, unknown, unknown] == 1.0).all()


def test_merged_sectors_pay_the_same_duties_on_the_same_flows() -> None:
    source = load_world("world-2022")
    codes = tuple(classifications()["icio2023"])
    groups = {
        "A01_02": ["A01", "A02"], "B05_06": ["B05", "B06"], "B07_08": ["B07", "B08"],
        "C24": ["C24A", "C24B"], "C30": ["C301", "C302T309"],
    }  # fmt: skip
    merged = source.aggregate(sectors=groups)
    assert set(merged.sectors) == set(codes)
    laid = lay_shipped_tariffs(bare(merged, classification="icio2023"))
    assert laid is not None
    assert np.allclose(laid.tariff_revenue, source.tariff_revenue, rtol=1e-9)


def test_sectors_that_nothing_links_have_no_tariffs_to_lay() -> None:
    assert lay_shipped_tariffs(bare(load_world("g20-2019"), classification="my own")) is None


def test_the_day_of_the_measures_in_the_duties_comes_along() -> None:
    source = load_world("world-2022")
    days = {"CAN": "2022-07-01", "CHN": "2022-07-01", "USA": "2024-07-01"}
    assert source.provenance.measures_included == days
    codes = tuple("XXX" if code == "USA" else code for code in source.economies)
    laid, without = lay_shipped_tariffs(bare(source)), lay_shipped_tariffs(bare(source, economies=codes))
    assert laid is not None and laid.provenance.measures_included == days
    del days["USA"]
    assert without is not None and without.provenance.measures_included == days
    other = lay_shipped_tariffs(bare(load_world("g20-2019")))
    assert other is not None and set(other.provenance.measures_included.values()) == {"2019-07-01"}


def test_a_group_that_holds_the_importer_has_no_such_day() -> None:
    source = load_world("world-2022")
    group = source.aggregate(economies={"NAM": ["USA", "CAN", "MEX"]})
    assert group.provenance.measures_included == {"CHN": "2022-07-01"}
    kept = source.aggregate(sectors="broad").provenance.measures_included
    assert kept == source.provenance.measures_included
