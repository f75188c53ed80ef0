"""Official files become exact worlds; unsound files give one error with every problem, and leave nothing."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from detente.errors import BadInput
from detente.world import classifications, import_world, keep_world, load_world
from detente.world.catalogue import load_world as load
from detente.world.concordance import sectors_of_hs_in
from detente.world.elasticities import trade_elasticities
from tests.world.official_csv import g20_table, made_up_table, sheet
from tests.world.shared import published
from tests.worlds import random_world

ARRAYS = ("intermediate_flows", "final_flows", "input_use")
SMALL = (
    ["CAN", "USA", "ROW"],
    ["A", "C"],
    np.arange(1.0, 37.0).reshape(6, 6) * 1000,
    np.arange(1.0, 109.0).reshape(6, 3, 6) * 1000,
)


@pytest.fixture(scope="module")
def official():
    return g20_table(published("icio2019_g20/icio_oecd2023_2019_isic_g20.npz"))


@pytest.fixture
def small():
    """A sound file of three economies and two sectors, to be spoilt."""
    economies, sectors, intermediate, final = SMALL
    output = intermediate.sum(axis=1) + final.sum(axis=(1, 2))
    taxes = np.full(6, 7.0)
    return sheet((economies, sectors, intermediate, final, taxes, output - intermediate.sum(axis=0) - taxes))


def problems(path, folder, **arguments):
    with pytest.raises(BadInput) as caught:
        import_world("oecd-icio", path, "mine", folder=folder, **arguments)
    assert not folder.exists() or list(folder.iterdir()) == []
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]


@pytest.mark.parametrize(("edition", "file"), [(2023, "2019_SML.csv"), (2021, "ICIO2021_2019.csv")])
def test_a_world_written_as_an_official_file_comes_back(official, edition, file, tmp_path):
    path = sheet(official, edition).write(tmp_path / file)
    imported = import_world("oecd-icio", path, "mine", folder=tmp_path / "worlds")
    expected = load_world("g20-2019")
    found = load(imported.path)
    assert (found.economies, found.sectors, found.vintage) == (expected.economies, expected.sectors, 2019)
    assert found.classification == "isic4-sections"
    assert found.sector_titles == expected.sector_titles
    # Splitting China and Mexico into parts and summing them again costs the last bits.
    tolerance = 1e-15 if edition == 2023 else 1e-12
    flows = expected.intermediate_flows.sum()
    for name in ARRAYS:
        np.testing.assert_allclose(
            getattr(found, name), getattr(expected, name), rtol=tolerance, atol=flows * 1e-16
        )
    # The tariffs that ship for these sectors are those of the very table that was written.
    assert np.allclose(found.tariff_factor, expected.tariff_factor, atol=1e-9)
    assert found.provenance.tariff_layers[0] == "Tariffs of g20-2019 (vintage 2019), laid over this table."
    assert "baseline tariffs estimated by sector and partner" in found.estimated
    assert [change.what for change in imported.changes] == ["sales of sectors without output"]
    assert list(found.provenance.inputs) == [file]
    assert found.complete_table is not None and expected.complete_table is not None
    np.testing.assert_allclose(
        found.complete_table.cells, expected.complete_table.cells, rtol=1e-5, atol=1e-3
    )
    files = {entry.name for entry in (tmp_path / "worlds").iterdir()}
    assert files == {"mine.json", "mine.npz", "mine.complete.npz"}


def test_variants_of_the_layout_are_read(small, tmp_path):
    expected = import_world(
        "oecd-icio", small.write(tmp_path / "2019_SML.csv"), "first", folder=tmp_path / "w"
    )
    variant = copy.deepcopy(small)
    variant.columns[-1], variant.rows[-3:], variant.corner = "OUTPUT", ["TAXSUB", "VALU", "TOTAL"], ""
    path = variant.write(tmp_path / "2019_other.csv")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    found = import_world("oecd-icio", path, "second", folder=tmp_path / "w")
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(found.world, name), getattr(expected.world, name))


def test_the_rest_of_the_world_comes_last_wherever_the_file_has_it(tmp_path):
    _, sectors, intermediate, final = SMALL
    output = intermediate.sum(axis=1) + final.sum(axis=(1, 2))
    table = (
        ["ROW", "USA", "CAN"],
        sectors,
        intermediate,
        final,
        np.zeros(6),
        output - intermediate.sum(axis=0),
    )
    world = import_world(
        "oecd-icio", sheet(table).write(tmp_path / "2019.csv"), "w", folder=tmp_path / "w"
    ).world
    assert world.economies == ("USA", "CAN", "ROW")
    # Row USA_A (third), columns of CAN (fifth and sixth).
    assert world.intermediate_flows[0, 1, 0] == intermediate[2, 4:6].sum()
    assert world.final_flows[1, 2, 1] == final[5, 0].sum()


def test_a_letter_before_numbers_of_divisions_is_left_out(tmp_path):
    codes = list(classifications()["icio2021"])
    table = made_up_table(["CAN", "ROW"], [f"D{code}" for code in codes])
    path = sheet(table).write(tmp_path / "2018.csv")
    world = import_world("oecd-icio", path, "w", folder=tmp_path / "w").world
    assert (world.classification, list(world.sectors)) == ("icio2021", codes)
    assert world.sector_titles == tuple(classifications()["icio2021"].values())


def draw_down(small, amount):
    """Lower CAN_C's sales to USA_INVNT, its output and its value added by an amount."""
    for row, column in (
        ("CAN_C", "USA_INVNT"), ("CAN_C", "OUT"), ("OUT", "CAN_C"), ("VA", "CAN_C")
    ):  # fmt: skip
        cells, place = small.row(row), small.columns.index(column)
        cells[place] = repr(float(cells[place]) - float(amount))


def test_drawn_down_inventories_are_balanced_and_reported(small, tmp_path):
    before = import_world("oecd-icio", small.write(tmp_path / "2019.csv"), "x", folder=tmp_path / "w").world
    final = before.final_flows[1, 1, 0]
    draw_down(small, final + 5000)
    imported = import_world("oecd-icio", small.write(tmp_path / "2019.csv"), "y", folder=tmp_path / "w")
    assert [str(change) for change in imported.changes] == [
        "negative final demand: 1 cells, USD 5,000 million"
    ]
    after = imported.world
    assert after.final_flows[1, 1, 0] == 0
    assert after.intermediate_flows[1, 1, 0] == pytest.approx(before.intermediate_flows[1, 1, 0] - 5000)
    assert after.output[0, 1] == pytest.approx(before.output[0, 1] - final - 5000)


def test_negative_output_is_named_by_its_labels(small, tmp_path):
    draw_down(small, 1e6)
    output = float(small.row("OUT")[1])
    found = problems(small.write(tmp_path / "2019.csv"), tmp_path / "w")
    assert found == [f"sector C of CAN has negative output ({output:,.1f} USD million)"]


def test_the_year_may_be_given(small, tmp_path):
    path = small.write(tmp_path / "table.csv")
    assert problems(path, tmp_path / "w") == [
        "field 'year': 'table.csv' does not say the year, as 2022_SML.csv does; give the year"
    ]
    assert import_world("oecd-icio", path, "mine", year=2020, folder=tmp_path / "w").world.vintage == 2020


def test_truncated_file(small, tmp_path):
    path = small.write(tmp_path / "2019_SML.csv")
    text = path.read_text()
    path.write_text(text[: text.index("\nUSA_C,") + 25])
    found = problems(path, tmp_path / "w")
    assert found == [
        "2019_SML.csv, line 5: 4 cells where the first line has 26",
        "2019_SML.csv: no output row OUT",
        "2019_SML.csv: no value-added row VA",
        "2019_SML.csv: no tax row TLS or TAXSUB",
        "2019_SML.csv: 3 of 6 industry rows are missing: ROW_A, ROW_C, USA_C; the file is cut short or "
        "edited",
    ]


def test_unbalanced_rows_and_columns(small, tmp_path):
    small.row("CAN_A")[0] = repr(float(small.row("CAN_A")[0]) + 5000)
    found = problems(small.write(tmp_path / "2019_SML.csv"), tmp_path / "w")
    remedy = "the file is damaged or edited: download it again"
    assert found == [
        "2019_SML.csv: 1 of 6 rows do not sum to the recorded output: CAN_A sums to 197,000.0, recorded "
        f"192,000.0; {remedy}",
        "2019_SML.csv: 1 of 6 columns do not sum to the recorded output: CAN_A sums to 197,000.0, recorded "
        f"192,000.0; {remedy}",
    ]


def test_misnamed_labels(small, tmp_path):
    small.columns[1] = "CAN-C"
    small.rows[1] = "Canada"
    found = problems(small.write(tmp_path / "2019_SML.csv"), tmp_path / "w")
    expected = "expected ECO_SECTOR, ECO_HFCE/NPISH/GGFC/GFCF/INVNT/DPABR, TLS or TAXSUB, VA, OUT"
    assert found == [
        f"2019_SML.csv: 1 columns with unknown labels: CAN-C; {expected}",
        f"2019_SML.csv: 1 rows with unknown labels: Canada; {expected}",
        "2019_SML.csv: 1 of 6 industry columns are missing: CAN_C; the file is cut short or edited",
        "2019_SML.csv: 1 of 6 industry rows are missing: CAN_C; the file is cut short or edited",
    ]


def test_missing_blocks(small, tmp_path):
    for label in ("TLS", "VA", "OUT"):
        small.drop_row(label)
    for use in ("HFCE", "GFCF"):
        small.drop_column(f"USA_{use}")
    small.drop_column("OUT")
    assert problems(small.write(tmp_path / "2019_SML.csv"), tmp_path / "w") == [
        "2019_SML.csv: no output column OUT",
        "2019_SML.csv: no output row OUT",
        "2019_SML.csv: no value-added row VA",
        "2019_SML.csv: no tax row TLS or TAXSUB",
        "2019_SML.csv: 2 of 18 final-demand columns are missing: USA_GFCF, USA_HFCE; the file is cut short "
        "or edited",
    ]


def test_duplicate_labels(small, tmp_path):
    small.columns[3] = "CAN_A"
    small.rows[4] = small.rows[5]
    found = problems(small.write(tmp_path / "2019_SML.csv"), tmp_path / "w")
    assert found[:2] == [
        "2019_SML.csv: duplicate columns: CAN_A",
        "2019_SML.csv: duplicate rows: ROW_C",
    ]


def test_cells_that_are_not_numbers(small, tmp_path):
    small.row("CAN_A")[2] = "n/a"
    small.row("USA_C")[0] = ""
    small.row("VA")[1] = "inf"
    assert problems(small.write(tmp_path / "2019_SML.csv"), tmp_path / "w") == [
        "2019_SML.csv, line 2: row CAN_A, column USA_A is not a number: 'n/a'",
        "2019_SML.csv, line 5: row USA_C, column CAN_A is empty",
        "2019_SML.csv, line 9: row VA, column CAN_C is not a number: 'inf'",
    ]


def test_many_bad_cells_and_lines_are_counted(small, tmp_path):
    for label in ("CAN_A", "CAN_C"):
        small.cells[small.rows.index(label)] = ["x"] * len(small.columns)
    path = small.write(tmp_path / "2019_SML.csv")
    path.write_text(path.read_text() + "short,1\n" * 7)
    found = problems(path, tmp_path / "w")
    assert found[0] == "2019_SML.csv, line 11: 2 cells where the first line has 26"
    assert "2019_SML.csv: 2 more lines of the wrong length" in found
    assert "2019_SML.csv: 45 more cells are not numbers" in found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no columns in the first line: not a comma-separated table"),
        (b"a;b;c\n1;2;3\n", "no columns in the first line: not a comma-separated table"),
        (b"V1,CAN_A,OUT\n", "no lines below the first: the file is cut short"),
        (b"PK\x03\x04\xff\xfe\x00", "not a text file; unpack the archive and give the .csv file in it"),
    ],
)
def test_files_of_another_kind(content, message, tmp_path):
    path = tmp_path / "2019_SML.csv"
    path.write_bytes(content)
    assert problems(path, tmp_path / "w") == [f"2019_SML.csv: {message}"]


def test_a_table_of_something_else(tmp_path):
    path = tmp_path / "2019_SML.csv"
    path.write_text("date,price\n2020-01-01,3\n")
    found = problems(path, tmp_path / "w")
    assert found[-1] == "2019_SML.csv: no industries: not an OECD inter-country table"
    assert len(found) > 2


def test_missing_file(tmp_path):
    assert problems(tmp_path / "2019_SML.csv", tmp_path / "w") == ["2019_SML.csv: no such file"]


def test_wrong_arguments_are_reported_together(tmp_path):
    with pytest.raises(BadInput) as caught:
        import_world("oecd", tmp_path / "x.csv", "../evil")
    assert [str(problem) for problem in caught.value.problems] == [
        "field 'kind': no kind of table 'oecd'; did you mean oecd-icio?",
        "field 'name': '../evil' cannot name a world; use letters, digits, '-' and '_', such as my-icio-2022",
    ]


def test_names_are_not_taken_twice_unless_asked(small, tmp_path):
    path = small.write(tmp_path / "2019_SML.csv")
    import_world("oecd-icio", path, "mine", folder=tmp_path / "w")
    with pytest.raises(
        BadInput, match="a world 'mine' was imported before; choose another name, or overwrite"
    ):
        import_world("oecd-icio", path, "mine", folder=tmp_path / "w")
    with pytest.raises(BadInput, match="'wiod-2011' is a bundled world"):
        import_world("oecd-icio", path, "wiod-2011", folder=tmp_path / "w")
    assert import_world("oecd-icio", path, "mine", year=2020, folder=tmp_path / "w", overwrite=True)
    assert load(tmp_path / "w" / "mine.json").vintage == 2020


def test_a_failed_overwrite_leaves_the_old_world(small, tmp_path):
    path = small.write(tmp_path / "2019_SML.csv")
    import_world("oecd-icio", path, "mine", folder=tmp_path / "w")
    path.write_text("V1,CAN_A\n")
    with pytest.raises(BadInput):
        import_world("oecd-icio", path, "mine", folder=tmp_path / "w", overwrite=True)
    assert load(tmp_path / "w" / "mine.json").economies == ("CAN", "USA", "ROW")


def test_a_world_is_kept_under_a_name_and_balanced_for_its_duties(tmp_path):
    world = random_world(1, 3, 2)
    prohibitive = np.array(world.tariff_factor)
    prohibitive[:, 0, 1:] = 20.0
    kept = keep_world(world.replace(tariff_factor=prohibitive), "mine", folder=tmp_path)
    assert [change.what for change in kept.changes] == ["value added below 1% of output"]
    found = load(kept.path)
    assert found.value_added.min() > 0
    np.testing.assert_allclose(found.flows, world.flows, rtol=1e-12)
    with pytest.raises(BadInput, match="a world 'mine' was imported before"):
        keep_world(world, "mine", folder=tmp_path)
    with pytest.raises(BadInput, match="'g20-2019' is a bundled world"):
        keep_world(world, "g20-2019", folder=tmp_path, overwrite=True)
    assert keep_world(world, "mine", folder=tmp_path, overwrite=True).changes == ()


def test_wiod_file_equals_the_bundled_world(tmp_path):
    path = published("wiod2013/wiot_2011.RData")
    imported = import_world("wiod", path, "mine", folder=tmp_path / "w")
    expected = load_world("wiod-2011")
    assert (imported.world.economies, imported.world.sectors) == (expected.economies, expected.sectors)
    assert imported.world.vintage == 2011
    np.testing.assert_allclose(imported.world.flows, expected.flows, rtol=1e-12)


def test_wiod_file_that_is_cut_short(tmp_path):
    path = tmp_path / "wiot_2011.RData"
    path.write_bytes(published("wiod2013/wiot_2011.RData").read_bytes()[:100_000])
    with pytest.raises(BadInput, match=r"wiot_2011\.RData: not an R data file, or cut short"):
        import_world("wiod", path, "mine", folder=tmp_path / "w")
    assert not (tmp_path / "w").exists()


def test_r_data_of_something_else():
    with pytest.raises(BadInput, match="holds neither a list 'wiot_<year>'"):
        import_world("wiod", published("wiod2013/WIOD_IndClass.rda"), "mine")


@pytest.fixture(scope="module")
def release_2016():
    """Two economies in the layout of the 2016 release, and the flows in it."""
    import pandas as pd

    rng = np.random.default_rng(2016)
    economies, size = ["CAN", "ROW"], 112
    cells = rng.lognormal(0, 1, (size, size + 10)) * 100
    cells[:, :size] *= 0.02
    rows = [(economy, number) for economy in economies for number in range(1, 57)]
    columns = [f"{e}{n}" for e, n in rows] + [f"{e}{n}" for e in economies for n in range(57, 62)]
    frame = pd.DataFrame(cells, columns=columns)
    frame["TOT"] = frame.sum(axis=1)
    total = frame.sum(axis=0).to_frame().T
    frame.insert(0, "Year", 2014.0)
    frame.insert(0, "RNr", [float(number) for _, number in rows])
    frame.insert(0, "Country", [economy for economy, _ in rows])
    total.insert(0, "Year", 2014.0)
    total.insert(0, "RNr", 65.0)
    total.insert(0, "Country", "TOT")
    frame = pd.concat([frame, total], ignore_index=True)
    frame["Country"] = frame["Country"].astype(object)
    return frame, cells


def test_the_2016_release_is_read_from_r_and_from_stata(release_2016, tmp_path):
    rdata = pytest.importorskip("rdata")
    frame, cells = release_2016
    rdata.write_rda(tmp_path / "WIOT2014_October16_ROW.RData", {"wiot": frame})
    stata = frame.rename(columns={name: f"v{name}" for name in frame.columns[3:-1]})
    # Reversed, to prove that labels decide and not places.
    stata.iloc[::-1].to_stata(tmp_path / "WIOT2014_October16_ROW.dta", write_index=False, version=118)
    found = [
        import_world(
            "wiod", tmp_path / f"WIOT2014_October16_ROW.{suffix}", suffix, folder=tmp_path / "w"
        ).world
        for suffix in ("RData", "dta")
    ]
    for world in found:
        assert (world.vintage, world.classification) == (2014, "wiod2016")
        assert sorted(world.economies) == ["CAN", "ROW"] and len(world.sectors) == 56
        place = [world.economies.index(code) for code in ("CAN", "ROW")]
        flows = world.intermediate_flows[:, place][:, :, place]
        expected = cells[:, :112].reshape(2, 56, 2, 56).sum(axis=3).transpose(1, 2, 0)
        np.testing.assert_allclose(flows, expected, rtol=1e-12)
        final = cells[:, 112:].reshape(2, 56, 2, 5).sum(axis=3).transpose(1, 2, 0)
        np.testing.assert_allclose(world.final_flows[:, place][:, :, place], final, rtol=1e-12)
        assert world.aggregate(sectors="goods").sectors[-1] == "SERVICES"
        theta = trade_elasticities(world, "caliendo-parro-2015")
        assert theta[world.sectors.index("C24")] == pytest.approx(3.28)
        assert list(sectors_of_hs_in(world, ["1205", "8703"])) == ["A01", "C29"]


def test_faults_of_a_2016_file_are_named(release_2016, tmp_path):
    frame, _ = release_2016
    path = tmp_path / "WIOT2014_October16_ROW.dta"

    def fault(changed):
        changed.to_stata(path, write_index=False, version=118)
        with pytest.raises(BadInput) as caught:
            import_world("wiod", path, "mine", folder=tmp_path / "w")
        assert not (tmp_path / "w").exists()
        return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]

    assert fault(frame.drop(index=[3, 7]).drop(columns=["CAN60"])) == [
        f"{path.name}: 2 of 112 rows are missing: CAN4, CAN8; the file is cut short or edited",
        f"{path.name}: 1 of 122 columns are missing: CAN60; the file is cut short or edited",
    ]
    changed = frame.copy()
    changed.loc[5, "TOT"] += 1e6
    assert fault(changed)[0].startswith(
        f"{path.name}: 1 of 112 rows do not sum to the recorded output: CAN6 "
    )
    changed.loc[5, "TOT"] = np.nan
    assert "recorded nan" in fault(changed)[0]
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(BadInput, match="not a Stata file, or cut short"):
        import_world("wiod", path, "mine", folder=tmp_path / "w")
