"""`detente backtest`: what there is, what it prints, and how it declines."""

from __future__ import annotations

from tests.cli.conftest import Cli


def test_without_a_name_it_lists_what_there_is(cli: Cli) -> None:
    result = cli("backtest")
    assert result.exit_code == 0
    assert "us-china-2018" in result.output and "calm-2008" in result.output


def test_the_control_prints_its_count(cli: Cli) -> None:
    result = cli("backtest", "calm-2008")
    assert result.exit_code == 0, result.output
    assert "25 of 28" in result.output and "26 of 28" in result.output
    assert max(map(len, result.output.splitlines())) <= 80
    shares = result.output.split("Flows whose")[0]
    relative = cli("backtest", "calm-2008", "--measure", "relative").output.split("Flows whose")[0]
    assert shares != relative and "relative to other trade" in relative


def test_what_it_cannot_do_is_said_at_once(cli: Cli, tmp_path: str) -> None:
    result = cli("backtest", "us-chna-2018", "--measure", "shares")
    assert result.exit_code == 2
    assert "did you mean us-china-2018" in result.output and "did you mean share?" in result.output
    result = cli("backtest", "us-china-2018")
    assert result.exit_code == 2 and "name the folder that holds adb_mrio44, with --data" in result.output
    result = cli("backtest", "us-china-2018", "--data", tmp_path)
    assert result.exit_code == 2 and "no adb_mrio_44x19_trade_2017_2023.npz;" in " ".join(
        result.output.split()
    )
    result = cli("backtest", "calm-2008", "--measure", "official")
    assert result.exit_code == 2 and "calm-2008 has no measure 'official'" in result.output
