"""Clocks and the description of the machine."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

__all__ = ["Timings", "clock", "interleave", "machine", "median", "versions"]

Value = TypeVar("Value")
Timings = dict[str, list[float]]


def clock(work: Callable[[], Value]) -> tuple[float, Value]:
    """Seconds that `work` took, and what it returned."""
    start = time.perf_counter()
    value = work()
    return time.perf_counter() - start, value


def median(seconds: Sequence[float]) -> float:
    """Middle of the timings; half of the repetitions were faster."""
    return float(statistics.median(seconds))


def interleave(contestants: dict[str, Callable[[], float]], repetitions: int) -> Timings:
    """Take turns, so that whatever else the machine does falls on every contestant alike.

    Each contestant returns the seconds it took; the first round warms up and is dropped.
    """
    seconds: Timings = {name: [] for name in contestants}
    for turn in range(repetitions + 1):
        for name, run in contestants.items():
            spent = run()
            if turn:
                seconds[name].append(spent)
    return seconds


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def _cache() -> str:
    largest = Path("/sys/devices/system/cpu/cpu0/cache/index3/size")
    return largest.read_text(encoding="utf-8").strip() if largest.exists() else "unknown"


def machine() -> dict[str, str | int]:
    """What a reader needs to judge the figures; nothing that names the machine."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "cpu": _cpu(),
        "cores": usable,
        "last_level_cache": _cache(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def versions(*names: str) -> dict[str, str]:
    """Installed versions."""
    from importlib.metadata import version

    return {name: version(name) for name in names}
