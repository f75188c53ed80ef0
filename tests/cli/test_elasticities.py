"""Sets of trade elasticities from the command line."""

from __future__ import annotations

import detente as dt
from detente.world import elasticity_set, elasticity_sets
from tests.cli.conftest import Cli


def test_every_set_is_listed_with_its_horizons_and_source(cli: Cli) -> None:
    result = cli("elasticities")
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    for found in elasticity_sets():
        assert f"{found.name}\n" in result.output
        assert f"horizons {', '.join(found.horizons)} has" in text
        assert found.title in text
        # Long words break over lines in 80 columns, so the source is looked for in parts.
        assert " ".join(found.source.split()[:8]) in text
    assert "horizons short, medium, long has one estimate for all sectors; standard errors" in text
    assert "uniform:4" in text


def test_a_set_is_shown_by_sector_with_errors_and_what_is_borrowed(cli: Cli) -> None:
    result = cli("elasticities", "lashkaripour-lugovskyy-2023")
    assert result.exit_code == 0
    lines = {
        line.split()[0]: line for line in result.output.splitlines() if line.startswith("  ") and line.split()
    }
    assert lines["C29"].split()[-4:] == ["2.81", "0.83", "0.13", "0.04"]
    assert lines["K"].split()[-3:] == ["*", "5.00", "0.00"]
    assert "*" not in lines["C29"]


def test_world_and_horizon_are_taken(cli: Cli) -> None:
    name = "boehm-levchenko-pandalai-nayar-2023"
    text = cli("elasticities", name, "--world", "g20-2019", "--horizon", "medium").output
    world = dt.load_world("g20-2019")
    assert f"by sector of {world.name}" in text
    value = elasticity_set(world, name, "medium").values[2]
    line = next(line for line in text.splitlines() if line.strip().startswith("C "))
    assert line.split()[-2:] == [f"{value:.2f}", "0.19"]


def test_wrong_names_are_refused_with_the_right_ones(cli: Cli) -> None:
    result = cli("elasticities", "caliendo-2015")
    assert result.exit_code == 2
    assert "caliendo-parro-2015" in result.stderr
    result = cli("elasticities", "caliendo-parro-2015", "--horizon", "short")
    assert result.exit_code == 2
    assert "boehm-levchenko-pandalai-nayar-2023" in result.stderr
    assert result.stdout == ""
