"""Everything in one run: `python -m benchmarks.run`; writes results/latest.json and README.md's tables."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import caliendo_parro, draws, floor, gravity, growth, network, process, throughput
from benchmarks.peers import environment
from benchmarks.report import render, write_readme
from benchmarks.timing import machine, versions
from detente.model import keep_compiled

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "latest.json"
DATA = HERE.parent.parent / "shared" / "data"
GRAVITY_DATA = DATA / "gravity" / "gegravity_sample_data_set.dlm"
PARTS = (
    "floor",
    "growth",
    "throughput",
    "draws",
    "gegravity",
    "gegravity_growth",
    "puremacro",
    "puremacro_growth",
    "theories",
    "networks",
    "process",
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time Détente beside its peers.")
    parser.add_argument("--repetitions", type=int, default=9, help="timed repetitions of each contestant")
    parser.add_argument("--only", choices=PARTS, nargs="*")
    parser.add_argument("--data", type=Path, default=GRAVITY_DATA, help="gegravity's sample data")
    options = parser.parse_args()
    keep_compiled()
    parts: dict[str, Callable[[], Any]] = {
        "floor": lambda: floor.solves(options.repetitions),
        "growth": lambda: growth.sizes(options.repetitions),
        "throughput": lambda: throughput.solves_a_second(min(5, options.repetitions)),
        "draws": lambda: draws.draws_a_second(min(5, options.repetitions)),
        "gegravity": lambda: gravity.compare(options.data, options.repetitions),
        "gegravity_growth": lambda: gravity.growth(min(3, options.repetitions)),
        # A solve of this peer takes seconds; three suffice for a ratio in the thousands.
        "puremacro": lambda: caliendo_parro.compare(min(3, options.repetitions)),
        "theories": lambda: network.theories(options.repetitions),
        "networks": lambda: network.networks(DATA, options.repetitions),
        "puremacro_growth": lambda: caliendo_parro.growth(min(3, options.repetitions)),
        "process": lambda: process.detente_run(options.repetitions),
    }
    results: dict[str, Any] = {
        "machine": machine(),
        "versions": versions("detente", "jax", "numpy"),
        "repetitions": options.repetitions,
    }
    for name, part in parts.items():
        if options.only and name not in options.only:
            continue
        if name == "gegravity" and not options.data.exists():
            print(f"gegravity: left out, its sample data is not at {options.data}")
            continue
        results[name] = part()
        print(
            render(
                {**{key: results[key] for key in ("machine", "versions", "repetitions")}, name: results[name]}
            )
        )
    if not options.only:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        # matplotlib is there with the peers.
        plots = [str(environment()), str(HERE / "workers" / "plots.py"), str(RESULTS.parent)]
        subprocess.run(plots, check=True)
        write_readme(HERE / "README.md", results)


if __name__ == "__main__":
    main()
