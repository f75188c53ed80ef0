"""How time and memory of the core solve grow with the world; each size in a process of its own."""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.timing import clock, interleave, median

__all__ = ["exponent", "sizes"]

SIZES = ((25, 12), (50, 25), (75, 40), (100, 50), (150, 75), (200, 100))
ROOT = Path(__file__).parent.parent


def exponent(rows: list[dict[str, Any]], of: str, against: str) -> float:
    """Slope of the least-squares line through the logs."""
    x, y = [math.log(row[against]) for row in rows], [math.log(row[of]) for row in rows]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - mean_x) ** 2 for a in x)


def sizes(repetitions: int) -> list[dict[str, Any]]:
    """Seconds, passes and peak memory at every size."""
    return [_in_a_process(economies, sectors, repetitions) for economies, sectors in SIZES]


def _in_a_process(economies: int, sectors: int, repetitions: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.growth", str(economies), str(sectors), str(repetitions)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=dict(os.environ))
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def _peak() -> float:
    """Largest memory of this process so far, MB."""
    unit = 1e3 if sys.platform != "darwin" else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure(economies: int, sectors: int, repetitions: int) -> dict[str, Any]:
    """25 points more on every flow between the two largest economies, solved again and again."""
    from benchmarks.floor import bandwidth_loops, bytes_a_pass
    from benchmarks.synthetic import synthetic_baseline
    from detente.model import Theory, keep_compiled, scenario_weights, solve_baseline

    keep_compiled()
    start = _peak()
    seconds, (base, tariff) = clock(lambda: synthetic_baseline(economies, sectors))
    largest = sorted(range(economies), key=lambda at: -float(base.wage_income[at]))[:2]
    tariff = tariff.copy()
    tariff[:, largest[0], largest[1]] += 0.25
    weights, theory = scenario_weights(base, tariff), Theory()
    found = solve_baseline(base, weights, theory)
    peak = _peak()
    moved, floor = bandwidth_loops(economies, sectors)["same pattern"]
    solves = {"solve": lambda: clock(lambda: solve_baseline(base, weights, theory))[0], "floor": floor}
    spent = interleave(solves, repetitions)
    bytes_moved = found.passes * bytes_a_pass(economies, sectors)
    return {
        "economies": economies,
        "sectors": sectors,
        "markets": economies * sectors,
        "bytes_a_pass": bytes_a_pass(economies, sectors),
        "status": found.status,
        "passes": found.passes,
        "seconds": median(spent["solve"]),
        "floor_seconds": bytes_moved / moved * median(spent["floor"]),
        "baseline_seconds": seconds,
        "memory": peak,
        "memory_before": start,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("economies", type=int)
    parser.add_argument("sectors", type=int)
    parser.add_argument("repetitions", type=int)
    options = parser.parse_args()
    print(json.dumps(measure(options.economies, options.sectors, options.repetitions)))
