"""Classifications told from another one: nothing lost, nothing twice; products and elasticities follow."""

from __future__ import annotations

import numpy as np
import pytest

import detente as dt
from detente.policy.compiler.products import goods_sectors, service_sectors
from detente.world.classifications import classifications, derivations
from detente.world.concordance import hs_sectors
from detente.world.elasticities import elasticity_sets, trade_elasticities
from detente.world.us_imports import us_imports_by_line

SETS = [found.name for found in elasticity_sets()]


def world_of(classification: str) -> dt.World:
    """A world with the sectors of a classification and no flows."""
    codes = tuple(classifications()[classification])
    none = np.zeros((len(codes), 1, 1))
    return dt.load_world("g20-2019").replace(
        name="any", classification=classification, economies=("CAN",), sectors=codes, sector_titles=codes,
        intermediate_flows=none, final_flows=none, tariff_factor=none + 1, parent=None,
        input_use=np.zeros((1, len(codes), len(codes))),
    )  # fmt: skip


def elasticities(classification: str, name: str) -> dict[str, float]:
    values = trade_elasticities(world_of(classification), name).tolist()
    return dict(zip(classifications()[classification], values, strict=True))


@pytest.mark.parametrize("name", derivations())
def test_links_name_known_sectors_and_leave_no_product_out(name: str) -> None:
    derivation = derivations()[name]
    assert set(derivation.sector_of) <= set(classifications()[derivation.of])
    assert {*derivation.sector_of.values(), *derivation.hs.values()} <= set(classifications()[name])
    assert hs_sectors(name).keys() == hs_sectors(derivation.of).keys()
    # A heading that no line begins with would move nothing.
    for code in derivation.hs:
        assert any(line.startswith(code) for line in hs_sectors(name))


def test_no_sector_is_held_twice_in_the_file() -> None:
    import tomllib
    from importlib.resources import files

    text = files("detente.world").joinpath("classifications.toml").read_text(encoding="utf-8")
    for name, row in tomllib.loads(text)["derived"].items():
        held = [base for bases in row["holds"].values() for base in bases]
        assert len(held) == len(set(held)), name
        assert set(row["holds"]) <= set(classifications()[name]), name


def test_editions_of_the_oecd_tables_hold_all_sectors_of_the_latest() -> None:
    for name, split in (("icio2023", "C30"), ("icio2021", "30")):
        derivation = derivations()[name]
        assert set(derivation.sector_of) == set(classifications()[derivation.of])
        assert {hs_sectors(name)[line] for line in ("890190", "880240", "860110")} == {split}


def test_the_2021_edition_is_the_2023_edition_by_other_codes() -> None:
    assert {code: [base] for base, code in derivations()["icio2021"].sector_of.items()} == {
        code: [base]
        for (code, title), (base, other) in zip(
            classifications()["icio2021"].items(), classifications()["icio2023"].items(), strict=True
        )
        if title == other
    }


@pytest.mark.parametrize(
    ("line", "sector"),
    [
        ("120510", "A01"), ("270900", "B"), ("720839", "C24"), ("480100", "C17"), ("491110", "C18"),
        ("370610", "J59_J60"), ("490110", "J58"), ("490600", "M71"), ("370500", "M74_M75"), ("970110", "R_S"),
        ("720410", "E37-E39"), ("940360", "C31_C32"),
    ],
)  # fmt: skip
def test_products_of_the_2016_release_of_wiod(line: str, sector: str) -> None:
    assert hs_sectors("wiod2016")[line] == sector


@pytest.mark.parametrize("name", SETS)
def test_merged_sectors_take_the_mean_that_the_shipped_table_takes(name: str) -> None:
    """Mining and quarrying is one sector in both, so the two ways to its elasticity must agree."""
    sections = elasticities("isic4-sections", name)
    assert elasticities("wiod2016", name)["B"] == pytest.approx(sections["B"], rel=1e-4)


def test_weights_of_a_merged_sector_are_us_imports() -> None:
    below = elasticities("icio2025", "fontagne-guimbard-orefice-2022")
    imports = dict.fromkeys(("A01", "A02"), 0.0)
    for line, sector in hs_sectors("icio2025").items():
        if sector in imports:
            imports[sector] += us_imports_by_line().get(line, 0)
    mean = sum(below[code] * value for code, value in imports.items()) / sum(imports.values())
    found = elasticities("icio2023", "fontagne-guimbard-orefice-2022")["A01_02"]
    assert below["A02"] < found < below["A01"]
    # Not all of either sector's imports have an estimate.
    assert found == pytest.approx(mean, rel=2e-3)


@pytest.mark.parametrize("name", SETS)
def test_sectors_that_are_the_same_keep_their_elasticity(name: str) -> None:
    base, found = elasticities("icio2025", name), elasticities("icio2023", name)
    for code in set(base) & set(found):
        assert found[code] == pytest.approx(base[code], rel=1e-12), code
    assert list(elasticities("icio2021", name).values()) == list(found.values())


def test_split_sectors_of_goods_share_an_elasticity_and_services_take_theirs() -> None:
    base, found = (elasticities(name, "caliendo-parro-2015") for name in ("icio2025", "wiod2016"))
    assert found["C17"] == found["C18"] == base["C17_18"] != 5.0
    assert {found[code] for code in ("C33", "E36", "E37-E39", "J58", "M71", "G45", "R_S", "U")} == {5.0}


def test_services_that_sell_goods_follow_the_links() -> None:
    assert service_sectors("icio2023") == service_sectors("icio2025") == {"D", "E", "J58T60", "M", "R", "S"}
    assert service_sectors("icio2021") == {"35", "36T39", "58T60", "69T75", "90T93", "94T96"}
    codes = list(classifications()["icio2021"])
    # Support of mining (09) sells no goods.
    assert [codes[place] for place in goods_sectors(world_of("icio2021"))] == [
        code for code in codes[: codes.index("35")] if code != "09"
    ]
