"""What users get wrong: sentences on standard error, exit codes, nothing on standard output."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from detente.errors import BadInput, CannotCompute, Problem
from tests.cli.conftest import Cli

WORLD = ("--world", "g20-2019")
DEAL = "canada-china-2026"


def flat(text: str) -> str:
    return " ".join(text.split())


def detente(*arguments: str, **options: object) -> subprocess.Popen[str]:
    """The program itself, in a process of its own."""
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", "from detente.cli import main; main()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_an_unknown_scenario_suggests_the_nearest(cli: Cli) -> None:
    result = cli("run", "canada-chna-2026", *WORLD)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "no scenario 'canada-chna-2026'; did you mean canada-china-2026" in flat(result.stderr)


def test_problems_of_independent_arguments_come_together(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    result = cli("run", "nothing", "--world", "g20", "--theory", "a=1", "--out", tmp_path / "full")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "error: 4 problems" in result.stderr
    for part in ("no scenario 'nothing'", "no world 'g20'", "unknown choice 'a'", "the folder is not empty"):
        assert part in flat(result.stderr)


def test_unknown_economies_of_the_focus_are_all_named(cli: Cli) -> None:
    result = cli("run", DEAL, *WORLD, "--focus", "Cnada,CHN,Atlantis")
    assert result.exit_code == 2
    assert "did you mean Canada (CAN)" in flat(result.stderr)
    assert "no economy 'Atlantis'" in flat(result.stderr)


def test_every_problem_of_a_file_is_printed_with_its_line(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "title: bad\nmeasures:\n  - id: a\n    kind: surcharge\n    importer: Canada\n    exporter: China\n"
        "    sectors: C\n    rate: -5%\n    start: 2026-05-01\n    end: 2025-01-01\n"
    )
    result = cli("run", "bad.yaml", *WORLD)
    assert result.exit_code == 2
    assert result.stdout == ""
    for part in ("bad.yaml, line 8, column 11, field 'rate'", "field 'end'", "missing source"):
        assert part in flat(result.stderr)


@pytest.mark.parametrize(
    "arguments", [("run",), ("run", DEAL, "--nonsense"), ("nonsense",), ("world", "import", "wiod", "a.csv")]
)
def test_usage_errors_end_with_2(cli: Cli, arguments: tuple[str, ...]) -> None:
    result = cli(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_an_answer_that_was_not_found_ends_with_1(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise CannotCompute("the labour market of Canada misses clearing by 1e-3")

    monkeypatch.setattr("detente.outcome.run", fail)
    result = cli("run", DEAL, *WORLD)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: the labour market of Canada misses clearing" in result.stderr


def test_ctrl_c_ends_with_130_and_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("detente.outcome.run", stop)
    result = cli("run", DEAL, *WORLD)
    assert (result.exit_code, result.stdout) == (130, "")
    assert "Traceback" not in result.stderr


def test_names_and_paths_in_messages_are_never_broken() -> None:
    from detente.cli.problems import report

    path = "/a/" + "very-long-" * 12 + "name.yaml"
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("typer.echo", lambda text, err: printed.append(text))
        report(BadInput([Problem("wrong", path), Problem("also wrong", path)]))
    assert "\n".join(printed).count(path) == 2


def test_a_closed_pipe_is_silent() -> None:
    process = detente("world", "show", "wiod-2011")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == ""


def test_json_of_the_real_program_is_pure() -> None:
    import json

    out, err = detente("run", DEAL, *WORLD, "--json").communicate(timeout=120)
    assert json.loads(out)["detente"]
    assert "Traceback" not in err


def test_a_terminated_run_leaves_nothing(tmp_path: Path) -> None:
    process = detente("run", DEAL, *WORLD, "--out", str(tmp_path / "result"), cwd=tmp_path)
    deadline = time.monotonic() + 60
    # The private folder is there while tables are written; stop then, or at the end if it was too fast.
    while process.poll() is None and not any(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    code = process.wait(60)
    left = [path.name for path in tmp_path.iterdir()]
    assert (code, left) in ((143, []), (0, ["result"]))


def test_version_is_printed_alone(cli: Cli) -> None:
    from importlib.metadata import version

    assert cli("--version").stdout == f"detente {version('detente')}\n"


@pytest.mark.parametrize(
    "path",
    [(), ("run",), ("explain",), ("scenarios",), ("worlds",), ("replicate",), ("world", "import"),
     ("world", "show"), ("world", "tariffs"), ("diff",), ("schema",), ("policy", "at"), ("policy", "list"),
     ("scenario", "set"), ("scenario", "add"), ("scenario", "remove")],
)  # fmt: skip
def test_help_has_an_example(cli: Cli, path: tuple[str, ...]) -> None:
    text = flat(cli(*path, "--help").output)
    assert re.search(rf"Example: +detente {' '.join(path)}", text)


@pytest.mark.parametrize("command", ["--help", "scenarios", "worlds"])
def test_listing_loads_none_of_the_heavy_libraries(command: str) -> None:
    code = (
        "import sys\n"
        f"sys.argv = ['detente', '{command}']\n"
        "from detente.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'jax', 'xarray', 'pandas', 'pyarrow', 'country_converter', 'scipy'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == "[]"
