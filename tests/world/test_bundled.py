"""The bundled worlds satisfy the accounts, agree with published totals, and are what the tool builds."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from detente.world import list_worlds, load_world
from detente.world.balancing import VALUE_ADDED_FLOOR
from detente.world.catalogue import BUNDLED
from detente.world.storage import content_hash, read_metadata, write_world
from tests.world.shared import DATA, published
from tools.build_worlds import RECIPES, TARIFFS_ESTIMATED, differences, main

NAMES = [entry.name for entry in list_worlds() if entry.bundled]
# Rounding of 2e14 USD million million in float64, summed over 1e5 cells.
ROUNDING = 1e-12


def test_every_recipe_is_shipped_in_the_order_of_the_catalogue():
    assert list(RECIPES) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_output_is_sales_and_inputs_are_purchases(name):
    world = load_world(name)
    np.testing.assert_allclose(
        world.output, (world.intermediate_flows + world.final_flows).sum(axis=1).T, rtol=ROUNDING
    )
    np.testing.assert_allclose(
        world.input_use.sum(axis=2).T, world.intermediate_flows.sum(axis=2), rtol=1e-11, atol=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_value_added_is_positive_wherever_there_is_output(name):
    world = load_world(name)
    produced = world.output > 0
    assert (world.value_added[produced] >= (VALUE_ADDED_FLOOR - 1e-6) * world.output[produced]).all()
    assert not world.value_added[~produced].any()


@pytest.mark.parametrize("name", NAMES)
def test_no_flow_is_negative_and_every_economy_consumes(name):
    world = load_world(name)
    for table in (world.intermediate_flows, world.final_flows, world.input_use):
        assert np.isfinite(table).all() and table.min() >= 0
    assert world.tariff_factor.min() >= 1
    assert world.final_flows.sum(axis=(0, 2)).min() > 0


@pytest.mark.parametrize("name", NAMES)
def test_income_equals_final_spending_over_the_world(name):
    world = load_world(name)
    spending = (world.final_flows * world.tariff_factor).sum()
    assert world.gdp.sum() == pytest.approx(spending, rel=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_no_duty_on_sales_at_home(name):
    world = load_world(name)
    np.testing.assert_array_equal(np.diagonal(world.tariff_factor, axis1=1, axis2=2), 1.0)


# USD trillion, from the notes that came with the published tables.
@pytest.mark.parametrize(
    ("name", "economy", "output"),
    [("g20-2019", "CAN", 3.07), ("world-2022", "CAN", 3.80), ("world-2022", "CHN", 45.1),
     ("world-2022", "USA", 45.3), ("world-2022", "DEU", 8.0)],
)  # fmt: skip
def test_output_of_an_economy_is_the_published_one(name, economy, output):
    world = load_world(name)
    found = world.output[world.economies.index(economy)].sum() / 1e6
    assert round(found, 2 if output < 5 else 1) == output


def test_g20_totals_are_those_recorded_with_the_table():
    world = load_world("g20-2019")
    assert world.output.sum() == pytest.approx(170744698.095303, abs=1e-4)
    assert world.intermediate_flows.sum() / 1e6 == pytest.approx(86.75, abs=0.01)
    assert world.final_flows.sum() / 1e6 == pytest.approx(83.99, abs=0.01)


def test_tables_equal_the_published_cells():
    with np.load(published("icio2019_g20/icio_oecd2023_2019_isic_g20.npz")) as stored:
        cells, economies = stored["data"], stored["country_codes"].tolist()
    world = load_world("g20-2019")
    canada, china, manufacturing, mining = economies.index("CAN"), economies.index("CHN"), 2, 1
    row, column = 20 * china + manufacturing, 20 * canada + mining
    assert world.intermediate_flows[manufacturing, canada, china] == pytest.approx(
        cells[row, 20 * canada : 20 * canada + 20].sum(), rel=ROUNDING
    )
    assert world.final_flows[manufacturing, canada, china] == pytest.approx(
        cells[row, 400 + 3 * canada : 400 + 3 * canada + 3].sum(), rel=ROUNDING
    )
    bought = cells[manufacturing:400:20, column].sum()
    assert world.input_use[canada, manufacturing, mining] == pytest.approx(bought, rel=ROUNDING)


@pytest.mark.parametrize("name", ["world-2022", "g20-2019", "wiod-2011"])
def test_shipped_world_is_what_the_tool_builds(name, tmp_path):
    for file in read_metadata(BUNDLED / f"{name}.json")["provenance"]["inputs"]:
        published(file)
    assert main(["--only", name, "--data", str(DATA), "--out", str(tmp_path)]) == 0
    assert differences(BUNDLED / f"{name}.json", tmp_path / f"{name}.json") == []


def test_the_same_world_gives_the_same_bytes(tmp_path):
    world = load_world("g20-2019")
    for folder in ("first", "second"):
        write_world(world, tmp_path / folder)
        time.sleep(0.01)
    for suffix in (".npz", ".json"):
        first, second = (tmp_path / folder / f"g20-2019{suffix}" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def test_check_tells_that_a_shipped_world_is_not_what_was_built(tmp_path, capsys):
    published("icio2019_g20/icio_oecd2023_2019_isic_g20.npz")
    world = load_world("g20-2019")
    write_world(world.replace(final_flows=world.final_flows * 1.001), tmp_path)
    assert main(["--only", "g20-2019", "--check", "--data", str(DATA), "--out", str(tmp_path)]) == 1
    assert "g20-2019: content_sha256 differs" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_recorded_inputs_are_the_files_at_hand(name):
    recorded = read_metadata(BUNDLED / f"{name}.json")["provenance"]["inputs"]
    assert recorded
    for file, digest in recorded.items():
        assert hashlib.sha256(published(file).read_bytes()).hexdigest() == digest, file


@pytest.mark.parametrize("name", NAMES)
def test_recorded_content_is_what_is_loaded(name):
    assert read_metadata(BUNDLED / f"{name}.json")["content_sha256"] == content_hash(load_world(name))


@pytest.mark.parametrize("tool", ["world_2022", "tariffs"])
def test_sources_hold_what_the_tools_say_of_themselves(tool):
    section = (Path(__file__).parents[2] / "tools" / tool / "SOURCES_section.md").read_text()
    assert section.strip() in (BUNDLED / "SOURCES.md").read_text()


def test_sources_have_every_bundled_file():
    text = (BUNDLED / "SOURCES.md").read_text()
    for path in BUNDLED.iterdir():
        assert path.name == "SOURCES.md" or path.stem in text, path.name


def test_world_2022_says_that_final_demand_is_estimated():
    world = load_world("world-2022")
    assert "final demand estimated" in world.estimated
    assert world.provenance.measured_errors


@pytest.mark.parametrize("name", NAMES)
def test_every_world_says_that_its_tariffs_are_estimated_and_how(name):
    world = load_world(name)
    assert TARIFFS_ESTIMATED in world.estimated
    assert len(world.provenance.tariff_layers) > 1
    assert name == "world-2022" or world.estimated == (TARIFFS_ESTIMATED,)


def test_loading_imports_no_slow_library():
    code = (
        "import sys; from detente.world import load_world; load_world('g20-2019').economy('Canada');"
        "print([m for m in ('pandas', 'pyarrow', 'xarray', 'country_converter', 'jax') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_headline_error_is_one_that_the_default_world_has() -> None:
    from detente.world.headlines import SENTENCES, headline_errors

    assert len(headline_errors(load_world("world-2022").provenance)) == len(SENTENCES)
