"""The full network, its time and memory, and every other theory beside the core one.

    python -m benchmarks.network wiod-2011

prints, as JSON, what one world takes in a process of its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import jax

from benchmarks.timing import clock, interleave, median
from detente.errors import BadInput
from detente.model import Theory, calibrate, keep_compiled, one_sector, shock_weights, solve_baseline
from detente.policy import compile_scenario, load_scenario
from detente.world import World, load_world, write_world

__all__ = ["networks", "theories"]

SCENARIO = "canada-china-2026"
THEORIES = {
    "core": "inputs=common",
    "no inputs": "inputs=none",
    "separate sourcing": "inputs=separate",
    "network": "inputs=network",
    "nested CES": "value_added_substitution=0.5, input_substitution=0.2",
    "network, nested CES": "inputs=network, value_added_substitution=0.5, input_substitution=0.2",
    "Krugman": "market=krugman",
    "Melitz": "market=melitz",
    "external economies": "market=external, scale_elasticity=0.05",
    "fixed firms": "market=fixed-firms, inputs=none",
    "specific labour": "labour=specific",
    "Roy-Frechet": "labour=roy-frechet, labour_shape=1.5",
    "groups of workers": "labour=groups, labour_shape=1.5, labour_groups=canada-provinces",
    "elastic labour": "labour_supply=0.5",
    "cut of a labour tax": "labour_supply=0.5, revenue=labour-tax",
    "revenue to government": "revenue=government",
    "imbalances removed": "imbalances=removed",
    "imbalances scaled": "imbalances=scaled",
    "spending in ratio": "imbalances=ratio",
    "one sector": "sectors=one, elasticities=uniform:4",
}


def theories(repetitions: int, name: str = "world-2022") -> list[dict[str, Any]]:
    """Seconds of a solve under every theory, taking turns, over those of the core theory."""
    world = load_world(name)
    runs, found = {}, {}
    for label, choices in THEORIES.items():
        theory = Theory.parse(choices)
        here = one_sector(world) if theory.sectors == "one" else world
        try:
            base = calibrate(here, theory)
            weights = shock_weights(base, compile_scenario(load_scenario(SCENARIO), here))
        except BadInput as error:
            found[label] = {"theory": label, "choices": choices, "status": str(error).splitlines()[0]}
            continue
        run = partial(solve_baseline, base, weights, theory)
        solution = run()
        found[label] = {
            "theory": label,
            "choices": choices,
            "status": solution.status,
            "passes": solution.passes,
            "residual": solution.residual,
        }
        if solution.status == "solved":
            runs[label] = partial(lambda work: clock(work)[0], run)
    for label, seconds in interleave(runs, repetitions).items():
        found[label] |= {"seconds": median(seconds)}
    core = found["core"]["seconds"]
    return [
        {**row, "over_core": row["seconds"] / core if "seconds" in row else None} for row in found.values()
    ]


def networks(data: Path, repetitions: int) -> list[dict[str, Any]]:
    """The network of WIOD 2011, and of the OECD table of 2022 where the data folder has it."""
    rows = [_alone("wiod-2011", repetitions)]
    from tools import build_complete_2022

    if not (data / build_complete_2022.OECD_2022).exists():
        print(f"network of 2022: left out, its table is not in {data}")
        return rows
    with tempfile.TemporaryDirectory() as folder:
        world = build_complete_2022.complete(load_world("world-2022"), data, "world-2022-complete")
        rows.append(_alone(str(write_world(world, Path(folder), "float32")), repetitions))
    return rows


def _alone(world: str, repetitions: int) -> dict[str, Any]:
    """What `_network` says of a world in a process of its own, so that the peak of memory is its own."""
    command = [sys.executable, "-m", "benchmarks.network", world, str(repetitions)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def _network(world: World, repetitions: int) -> dict[str, Any]:
    """Seconds to the baseline, to the arrays of the scenario and to the solution, and the peak of memory."""
    theory = Theory(inputs="network")
    reading, _ = clock(lambda: world.complete_table.cells if world.complete_table else None)
    calibrating, base = clock(lambda: calibrate(world, theory))
    shock = compile_scenario(load_scenario(SCENARIO), world)
    jax.block_until_ready(shock_weights(base, shock).arrays())
    weighing, weights = clock(lambda: jax.block_until_ready(shock_weights(base, shock).arrays()))
    first, found = clock(lambda: solve_baseline(base, weights, theory))
    seconds = [clock(lambda: solve_baseline(base, weights, theory))[0] for _ in range(repetitions)]
    economies, sectors = world.output.shape
    return {
        "world": world.name,
        "nodes": economies * sectors,
        "cells": sectors**2 * economies**2,
        "scenario": SCENARIO,
        "status": found.status,
        "residual": found.residual,
        "passes": found.passes,
        "reading": reading,
        "calibrating": calibrating,
        "weighing": weighing,
        "first": first,
        "seconds": median(seconds),
        "peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


if __name__ == "__main__":
    keep_compiled()
    print(json.dumps(_network(load_world(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)))
