"""Compiled code is kept between runs, and never stands in the way of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def run(cache: Path) -> str:
    """A whole run in a process of its own; the outcome's identifier."""
    arguments = ["run", "canada-china-2026", "--world", "g20-2019", "--json"]
    environment = {name: value for name, value in os.environ.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", "from detente.cli import main; main()", *arguments],
        env={**environment, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return str(json.loads(done.stdout)["economies"]["real_income"]["values"])


def compiled(cache: Path) -> set[str]:
    return {path.name for path in (cache / "detente" / "compiled").glob("*-cache")}


def test_a_second_run_compiles_nothing_and_says_the_same(tmp_path: Path) -> None:
    first = run(tmp_path)
    kept = compiled(tmp_path)
    assert any("_attempt" in name for name in kept)
    assert run(tmp_path) == first
    assert compiled(tmp_path) == kept


def test_damaged_entries_are_compiled_again(tmp_path: Path) -> None:
    first = run(tmp_path)
    for path in (tmp_path / "detente" / "compiled").glob("*-cache"):
        path.write_bytes(b"not compiled code")
    assert run(tmp_path) == first


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "detente").write_text("a file where the folder should be")
    assert run(tmp_path)
    assert (tmp_path / "detente").read_text() == "a file where the folder should be"


def test_a_folder_that_the_user_set_for_jax_is_left_alone(tmp_path: Path) -> None:
    code = (
        "import jax\n"
        "from detente.model.compilation import keep_compiled\n"
        "print(keep_compiled(), jax.config.jax_compilation_cache_dir)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "JAX_COMPILATION_CACHE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(tmp_path)] * 2
