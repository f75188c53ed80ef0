"""Names of economies and sectors as people write them."""

from __future__ import annotations

import pytest

from detente.errors import BadInput
from detente.world import classifications, economy_title, load_world, match_economy, match_sector
from detente.world.names import _library_patterns

G20 = load_world("g20-2019")
WIOD = load_world("wiod-2011")


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("CAN", "CAN"), ("can", "CAN"), ("Canada", "CAN"), ("CANADA ", "CAN"),
        ("USA", "USA"), ("US", "USA"), ("U.S.", "USA"), ("United States", "USA"), ("America", "USA"),
        ("the United States of America", "USA"),
        ("China", "CHN"), ("PRC", "CHN"), ("People's Republic of China", "CHN"), ("P.R. China", "CHN"),
        ("Korea", "KOR"), ("South Korea", "KOR"), ("Republic of Korea", "KOR"), ("Korea, Rep.", "KOR"),
        ("UK", "GBR"), ("Britain", "GBR"), ("United Kingdom", "GBR"), ("Great Britain", "GBR"),
        ("Turkey", "TUR"), ("Türkiye", "TUR"), ("Turkiye", "TUR"),
        ("México", "MEX"), ("Brasil", "BRA"), ("Deutschland", "DEU"), ("Russian Federation", "RUS"),
        ("Kingdom of Saudi Arabia", "SAU"), ("Republic of South Africa", "ZAF"), ("ROW", "ROW"),
        ("RoW", "ROW"), ("rest of the world", "ROW"),
    ],
)  # fmt: skip
def test_usual_spellings(spelling, code):
    assert G20.economy(spelling) == code


@pytest.mark.parametrize(
    ("spelling", "code"),
    [("Czech Republic", "CZE"), ("Czechia", "CZE"), ("Holland", "NLD"), ("Taiwan", "TWN"),
     ("Chinese Taipei", "TWN"), ("Romania", "ROU"), ("ROM", "ROU"), ("Slovak Republic", "SVK")],
)  # fmt: skip
def test_spellings_of_smaller_economies(spelling, code):
    assert WIOD.economy(spelling) == code


@pytest.mark.parametrize(("name", "code"), [("EU", "EU27"), ("European Union", "EU27"), ("asean", "ASEAN")])
def test_names_of_groups(name, code):
    assert G20.aggregate("focus").economy(name) == code


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("Cnada", "no economy 'Cnada'; did you mean Canada (CAN)"),
        ("CHM", "no economy 'CHM'; did you mean China (CHN)"),
        ("Atlantis", "no economy 'Atlantis'; "),
        ("", "no economy ''; "),
        ("Korea and Japan", "no economy 'Korea and Japan'; "),
        ("Vietnam", "'Vietnam' is Vietnam (VNM), which is not one of this world's 20 economies; "
                    "it is part of ROW, the rest of the world"),
        ("Kyrgyzstan", "'Kyrgyzstan' is KGZ, which is not one of this world's 20 economies; "
                       "it is part of ROW, the rest of the world"),
    ],
)  # fmt: skip
def test_unknown_economies_get_the_nearest(wrong, message):
    with pytest.raises(BadInput) as caught:
        G20.economy(wrong)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "where"),
    [("Germany", "it is part of EU27"), ("Turkey", "it is part of ROW"), ("Indonesia", "it is part of ASEAN"),
     ("Nigeria", "it is part of ROW, the rest of the world")],
)  # fmt: skip
def test_parts_of_an_aggregated_world_are_found_in_their_group(name, where):
    with pytest.raises(BadInput) as caught:
        G20.aggregate("focus").economy(name)
    assert str(caught.value).endswith(where)


def test_a_group_is_not_said_to_be_part_of_the_rest_of_the_world():
    with pytest.raises(BadInput) as caught:
        G20.economy("European Union")
    assert str(caught.value) == (
        "'European Union' is European Union (EU27), which is not one of this world's 20 economies; "
        "name its members, or aggregate the world by 'eu' (--aggregate eu) to have it as one"
    )
    with pytest.raises(BadInput, match=r"^'ASEAN' is not one of"):
        G20.economy("ASEAN")


def test_every_economy_of_the_bundled_worlds_has_a_title_that_means_it():
    for world in (G20, WIOD):
        for code in world.economies:
            title = economy_title(code)
            assert title != code
            assert match_economy(title, world.economies) == code


@pytest.mark.parametrize("classification", classifications())
def test_titles_of_sectors_are_short_and_mean_their_code(classification):
    titles = classifications()[classification]
    for code, title in titles.items():
        assert len(title) <= 50
        assert match_sector(title.upper(), list(titles), list(titles.values())) == code


def test_unknown_sectors_get_the_nearest_with_titles():
    with pytest.raises(
        BadInput, match=r"no sector 'Agricultur'; did you mean A \(Agriculture, forestry and fis"
    ):
        match_sector("Agricultur", ["A", "C"], ["Agriculture, forestry and fishing", "Manufacturing"])
    with pytest.raises(BadInput, match=r"no sector 'C39'; did you mean C29 \(Motor vehicles\)"):
        match_sector("C39", *zip(*classifications()["icio2025"].items(), strict=True))


def test_codes_and_english_names_need_no_library():
    _library_patterns.cache_clear()
    for name in ("CAN", "Canada", "United States", "South Korea", "Türkiye"):
        G20.economy(name)
    assert _library_patterns.cache_info().currsize == 0


def test_an_unknown_code_is_refused_without_the_library():
    _library_patterns.cache_clear()
    with pytest.raises(BadInput, match="no economy 'ZZZ'"):
        G20.economy("ZZZ")
    assert _library_patterns.cache_info().currsize == 0
