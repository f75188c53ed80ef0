"""Figures of results/latest.json, drawn with the matplotlib of the peers' environment: `plots.py FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

# The same file for the same figures, whenever they are drawn.
mpl.rcParams["svg.hashsalt"] = "detente"
OURS, THEIRS, GUIDE = "#1f5a8a", "#b5533c", "#999999"


def _axes(title: str, x: str, y: str) -> tuple[Any, Any]:
    figure, axes = plt.subplots(figsize=(5.5, 3.8), layout="constrained")
    axes.set(title=title, xlabel=x, ylabel=y, xscale="log", yscale="log")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _peer(
    rows: list[dict[str, Any]], part: str, size: str, peer: str, title: str, x: str, path: Path
) -> None:
    figure, axes = _axes(title, x, "seconds")
    at = [row[size] for row in rows]
    for name, colour in (("detente", OURS), (peer, THEIRS)):
        times = [median(row[part][name]) for row in rows]
        axes.plot(at, times, "o-", color=colour, label="Détente" if name == "detente" else name)
    for row in rows:
        ours, theirs = median(row[part]["detente"]), median(row[part][peer])
        axes.annotate(
            f"×{theirs / ours:,.0f}", (row[size], theirs), (0, 6), textcoords="offset points", ha="center"
        )
    axes.set_xticks(at, [str(value) for value in at])
    axes.minorticks_off()
    axes.margins(y=0.15)
    axes.legend(frameon=False)
    _save(figure, path)


def _growth(rows: list[dict[str, Any]], of: str, scale: float, unit: str, path: Path) -> None:
    figure, axes = _axes(f"Core solve: {of}", "bytes that a pass reads", unit)
    at = [row["bytes_a_pass"] for row in rows]
    values = [row["seconds" if of == "time" else "memory"] * scale for row in rows]
    axes.plot(at, values, "o-", color=OURS)
    for row, value in zip(rows, values, strict=True):
        label = f"{row['economies']} × {row['sectors']}"
        axes.annotate(label, (row["bytes_a_pass"], value), (-6, 6), textcoords="offset points", ha="right")
    if of == "time":
        floor = [row["floor_seconds"] * scale for row in rows]
        axes.plot(at, floor, "--", color=GUIDE, label="passes at the speed of memory")
        axes.legend(frameon=False)
    axes.margins(0.15)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    folder = Path(sys.argv[1])
    results = json.loads((folder / "latest.json").read_text(encoding="utf-8"))
    if rows := results.get("gegravity_growth"):
        title = "Gravity, one sector: from the data frame to the results"
        _peer(rows, "whole", "economies", "gegravity", title, "economies", folder / "gegravity.svg")
    if rows := results.get("puremacro_growth"):
        title = "Caliendo–Parro to 1e-10"
        _peer(rows, "solve", "markets", "puremacro", title, "economies × sectors", folder / "puremacro.svg")
    if rows := results.get("growth"):
        _growth(rows, "time", 1e3, "milliseconds", folder / "growth-time.svg")
        _growth(rows, "memory", 1.0, "peak memory of the process, MB", folder / "growth-memory.svg")


if __name__ == "__main__":
    main()
