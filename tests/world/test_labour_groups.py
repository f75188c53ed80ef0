"""Groups of workers: Canada's provinces against what Statistics Canada publishes, and users' own files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import detente as dt
from detente.errors import BadInput
from detente.world.labour_groups import LabourGroups, labour_group_tables, labour_groups
from tests.world.shared import published

BUNDLED = Path(__file__).resolve().parents[2] / "src" / "detente" / "world" / "bundled"
PROVINCES = pd.read_csv(Path(__file__).resolve().parents[2] / "tools" / "canada_provinces_2022.csv")
# Two-digit sectors' parts of GDP are published to 0.01 percent of each province's GDP.
PUBLISHED_PRECISION = 1e-3


@pytest.fixture(scope="module")
def world() -> dt.World:
    return dt.load_world("world-2022")


@pytest.fixture(scope="module")
def groups(world: dt.World) -> LabourGroups:
    return labour_groups(world, "canada-provinces")


def test_shipped_table_is_what_the_tool_builds(tmp_path: Path) -> None:
    published("canada_prov_exports2024")
    published("canada_ghg_prov")
    from tools.build_labour_groups import build

    build(Path(__file__).resolve().parents[3] / "shared" / "data", tmp_path)
    name = "labour_groups/canada-provinces.csv"
    assert (tmp_path / name).read_text() == (BUNDLED / name).read_text()


def test_provinces_have_the_published_parts_of_each_section(world: dt.World, groups: LabourGroups) -> None:
    earnings = groups.earnings(world)
    total = PROVINCES["total_cad_million"]
    for letters, column in (("A", "agriculture_11"), ("B", "mining_21"), ("C", "manufacturing_31_33")):
        inside = [place for place, sector in enumerate(world.sectors) if sector[0] in letters]
        value = (PROVINCES[column] * total).to_numpy()
        for province, part in zip(PROVINCES["province"], value / value.sum(), strict=True):
            ours = earnings[groups.groups.index(province), inside].sum()
            canada = world.value_added[world.economies.index("CAN"), inside].sum()
            assert ours / canada == pytest.approx(part, abs=PUBLISHED_PRECISION)


def test_what_each_province_is_known_for(world: dt.World, groups: LabourGroups) -> None:
    # Not in the tool's inputs: where Canada's carmakers, oil, potash, aircraft and steel coal are.
    first = {
        "C29": "Ontario",
        "B06": "Alberta",
        "B08": "Saskatchewan",
        "C302T309": "Quebec",
        "B05": "British Columbia",
    }
    for sector, province in first.items():
        shares = groups.share[:, world.sectors.index(sector)]
        canadian = [row for row, economy in enumerate(groups.economies) if economy == "CAN"]
        best = max(canadian, key=lambda row: shares[row])
        assert groups.groups[best] == province
        assert shares[best] > 0.6


def test_parts_add_up_and_earnings_are_value_added(world: dt.World, groups: LabourGroups) -> None:
    assert groups.share.min() >= 0
    for economy in world.economies:
        rows = [row for row, own in enumerate(groups.economies) if own == economy]
        assert groups.share[rows].sum(axis=0) == pytest.approx(1.0)
    by_economy = np.zeros_like(world.value_added)
    np.add.at(by_economy, [world.economies.index(e) for e in groups.economies], groups.earnings(world))
    assert by_economy == pytest.approx(world.value_added)
    assert groups.divided == ("CAN",)
    assert len(groups.groups) == len(world.economies) - 1 + 13 == len(set(groups.groups))
    assert any("estimated" in note for note in groups.notes)
    with pytest.raises(ValueError, match="read-only"):
        groups.share[0, 0] = 1.0


def test_sections_and_aggregates_have_the_same_provinces(world: dt.World, groups: LabourGroups) -> None:
    whole = world.aggregate(economies={"NAM": ["CAN", "USA", "MEX"]}, sectors="sections")
    merged = labour_groups(whole, "canada-provinces")
    assert merged.divided == ("NAM",)
    assert [g for g, e in zip(merged.groups, merged.economies, strict=True) if e == "NAM"][-1] == "NAM"
    ours, theirs = groups.earnings(world), merged.earnings(whole)
    for province in ("Ontario", "Nunavut"):
        row, other = groups.groups.index(province), merged.groups.index(province)
        # Merging averages tariffs, which moves value added a little.
        assert theirs[other].sum() == pytest.approx(ours[row].sum(), rel=1e-3)
        mining = [place for place, sector in enumerate(world.sectors) if sector[0] == "B"]
        assert theirs[other, whole.sectors.index("B")] == pytest.approx(ours[row, mining].sum(), rel=1e-3)
    sections = dt.load_world("g20-2019")
    g20 = labour_groups(sections, "canada-provinces")
    place = sections.sectors.index("C")
    assert g20.share[g20.groups.index("Quebec"), place] == pytest.approx(0.2636, abs=5e-4)


def test_a_table_that_does_not_fit_says_so(world: dt.World) -> None:
    with pytest.raises(BadInput, match=r"wiod-2011, which has other sectors \(wiod2013\); take .*icio2025"):
        labour_groups(dt.load_world("wiod-2011"), "canada-provinces")
    with pytest.raises(
        BadInput, match=r"no table of groups and no file 'canada-province'; did you mean canada-provinces"
    ):
        labour_groups(world, "canada-province")
    assert list(labour_group_tables()) == ["canada-provinces"]


def _write(path: Path, lines: list[str], header: str = "economy,group,sector,earnings") -> Path:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_a_users_file_divides_an_economy(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    lines = []
    for number, sector in enumerate(world.sectors):
        lines += [f"Korea,Seoul,{sector},{3 * number + 1}", f"KOR,elsewhere,{sector},{number + 1}.5"]
    file = _write(tmp_path / "korea.csv", lines)
    found = labour_groups(world, file)
    assert found.divided == ("KOR",)
    seoul = found.share[found.groups.index("Seoul")]
    assert seoul[4] == pytest.approx(13 / 18.5)
    assert found.share[found.groups.index("USA")].tolist() == [1.0] * len(world.sectors)
    assert found.name == "korea"


def test_columns_may_stand_in_any_order_among_others(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    lines = [f"x,{sector},5,all of it,JPN" for sector in world.sectors]
    file = _write(tmp_path / "jp.csv", lines, "note,Sector,Earnings,Group,Economy")
    assert "all of it" in labour_groups(world, file).groups


def test_all_problems_of_a_file_come_together(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    lines = [
        "KOR,Seoul,A,1",
        "KOR,Seoul,A,2",
        "KOR,Seoul,B,-3",
        "KOR,Seoul,C,1,000",
        "Koria,Busan,C,1",
        "KOR,Busan,Manufactoring,1",
        "KOR,,C,1",
        "JPN,Seoul,C,1",
        "KOR,Busan",
        "KOR,USA,C,many",
    ]
    file = _write(tmp_path / "bad.csv", lines)
    with pytest.raises(BadInput) as caught:
        labour_groups(world, file)
    text = str(caught.value)
    for part in (
        r"line 3: Seoul has a second row for A; the first is line 2",
        r"line 4, column 4, field 'earnings': '-3' is no amount; write a number",
        r"line 6, field 'economy': no economy 'Koria'; did you mean",
        r"line 7, field 'sector': no sector 'Manufactoring'",
        r"line 8, column 2, field 'group': no name",
        r"line 9, field 'group': group 'Seoul' is in JPN here and in KOR above",
        r"line 10: 2 cells where the first line has 4",
        r"line 11, column 4, field 'earnings': 'many' is no amount",
        r"group 'USA' of KOR has the code of another economy",
        r"no group of KOR earns in D, E, F",
    ):
        assert re.search(part, text), (part, text)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    world = dt.load_world("g20-2019")
    with pytest.raises(
        BadInput, match=r"line 1: no column group, earnings in the first line; the file needs"
    ):
        labour_groups(world, _write(tmp_path / "a.csv", [], "economy,sector"))
    with pytest.raises(BadInput, match="no rows below the first line"):
        labour_groups(world, _write(tmp_path / "b.csv", []))
    (tmp_path / "c.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadInput, match="not a text file; save it as CSV"):
        labour_groups(world, tmp_path / "c.csv")
    (tmp_path / "d.csv").write_bytes(b"")
    with pytest.raises(BadInput, match="no column economy, group, sector, earnings"):
        labour_groups(world, tmp_path / "d.csv")


def test_many_problems_are_counted(tmp_path: Path) -> None:
    file = _write(tmp_path / "many.csv", [f"KOR,Seoul,Z{number},1" for number in range(40)])
    with pytest.raises(BadInput, match=r"more problems"):
        labour_groups(dt.load_world("g20-2019"), file)
