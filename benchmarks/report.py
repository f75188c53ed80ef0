"""Results as Markdown tables, and their place in README.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.growth import exponent
from benchmarks.timing import median

__all__ = ["render", "write_readme"]

START, END = "<!-- figures: written by benchmarks.run -->", "<!-- end of figures -->"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:,.3g} ms" if seconds < 1 else f"{seconds:,.3g} s"


def _ratio(pair: dict[str, list[float]], peer: str) -> list[str]:
    ours, theirs = median(pair["detente"]), median(pair[peer])
    return [_milliseconds(ours), _milliseconds(theirs), f"{theirs / ours:,.0f}"]


def _floor(rows: list[dict[str, Any]]) -> str:
    table = _table(
        [
            "world",
            "size",
            "scenario",
            "passes",
            "solve",
            "floor",
            "time over floor",
            "GB/s, same pattern",
            "GB/s, stream",
        ],
        [
            [
                row["world"],
                "{} × {}".format(*row["size"]),
                row["scenario"] if row["status"] == "solved" else f"{row['scenario']} ({row['status']})",
                str(row["passes"]),
                _milliseconds(row["seconds"]),
                _milliseconds(row["floor_seconds"]),
                f"{row['time_over_floor']:.2f}",
                f"{row['bandwidth']['same pattern']:.0f}",
                f"{row['bandwidth']['stream']:.0f}",
            ]
            for row in rows
        ],
    )
    largest = rows[0]
    return (
        "### Time over the floor\n\n"
        f"{table}\n\nA pass of {largest['world']} moves {largest['bytes_a_pass'] / 1e6:.1f} MB; its first "
        "solve in a process, with compilation or the reading of compiled code, took "
        f"{_milliseconds(largest['first_seconds'])}."
    )


def _gegravity(part: dict[str, Any]) -> str:
    table = _table(
        ["work", "Détente", "gegravity", "ratio"],
        [
            ["solve proper", *_ratio(part["solve"], "gegravity")],
            ["from the data frame to the results", *_ratio(part["whole"], "gegravity")],
        ],
    )
    same, own, canada = part["same_system"], part["endowment_economy"], part["canada_gdp"]
    return (
        f"### gegravity, {part['economies']} economies\n\n{table}\n\n"
        "Largest difference over all economies and pairs, percentage points: with gegravity's own system, "
        f"factory prices {same['factory_price']:.0e}, GDP {same['gdp']:.0e}, trade {same['trade']:.0e}; with "
        f"incomes that follow prices in every equation, {own['factory_price']:.3f}, {own['gdp']:.3f} and "
        f"{own['trade']:.3f}. Canada's real GDP: {canada['gegravity']:.4f} percent (gegravity), "
        f"{canada['same_system']:.4f} (same system), {canada['endowment_economy']:.4f} (incomes follow)."
    )


def _puremacro(part: dict[str, Any]) -> str:
    default = part["default_model"]
    table = _table(
        ["work", "Détente", "puremacro", "ratio"],
        [["Caliendo–Parro, solve to 1e-10", *_ratio(part["solve"], "puremacro")]],
    )
    return (
        "### puremacro, {} × {}\n\n".format(*part["size"]) + f"{table}\n\n"
        f"Passes {part['passes']['detente']} and {part['passes']['puremacro']}; residuals "
        f"{part['residual']['detente']:.0e} and {part['residual']['puremacro']:.0e}; largest difference of "
        f"wages {part['difference']['wage']:.0e} and of real income {part['difference']['real_income']:.0e} "
        "(as ratios).\n\n"
        f"Its default model (another theory) took {_milliseconds(default['seconds'])} and says that China's "
        f"sales to the United States change by {default['exports_change']:.1f} percent and American consumer "
        f"prices by {default['consumer_prices_change']:.2f}; ours "
        f"{default['ours']['exports_change']:.1f} and {default['ours']['consumer_prices_change']:.2f}."
    )


def _theories(rows: list[dict[str, Any]]) -> str:
    table = _table(
        ["theory", "passes", "solve", "over core"],
        [
            [row["theory"], str(row["passes"]), _milliseconds(row["seconds"]), f"{row['over_core']:.1f}"]
            if row["status"] == "solved"
            else [row["theory"], "", f"no solution: {row['status']}", ""]
            for row in rows
        ],
    )
    return f"### Every theory beside the core one\n\nworld-2022, one scenario, taking turns.\n\n{table}"


def _networks(rows: list[dict[str, Any]]) -> str:
    steps = ("reading", "calibrating", "weighing", "first", "seconds")
    table = _table(
        [
            "world",
            "nodes",
            "read",
            "calibrate",
            "fold the scenario",
            "first solve",
            "solve",
            "passes",
            "peak",
        ],
        [
            [
                row["world"],
                f"{row['nodes']:,}",
                *(_milliseconds(row[step]) for step in steps),
                str(row["passes"]) if row["status"] == "solved" else row["status"],
                f"{row['peak_bytes'] / 1e9:.1f} GB",
            ]
            for row in rows
        ],
    )
    return (
        f"### Full networks\n\nEvery sector of every economy sources by itself.\n\n{table}\n\n"
        "The first solve compiles, or reads compiled code; the peak is that of the whole process."
    )


def _growth(rows: list[dict[str, Any]]) -> str:
    table = _table(
        ["size", "bytes a pass", "passes", "solve", "time over floor", "baseline made", "peak memory"],
        [
            [
                f"{row['economies']} × {row['sectors']}",
                f"{row['bytes_a_pass'] / 1e6:,.3g} MB",
                str(row["passes"]) if row["status"] == "solved" else row["status"],
                _milliseconds(row["seconds"]),
                f"{row['seconds'] / row['floor_seconds']:.2f}",
                _milliseconds(row["baseline_seconds"]),
                f"{row['memory']:,.0f} MB",
            ]
            for row in rows
        ],
    )
    large = rows[-3:]
    more = [{**row, "memory": row["memory"] - row["memory_before"]} for row in large]
    return (
        f"### Growth with economies and sectors\n\n{table}\n\nBetween the last three sizes time grows with "
        f"the bytes that a pass reads to the power {exponent(large, 'seconds', 'bytes_a_pass'):.2f}, and "
        "memory above that of the imported program to the power "
        f"{exponent(more, 'memory', 'bytes_a_pass'):.2f}.\n\n"
        "![Time](results/growth-time.svg) ![Memory](results/growth-memory.svg)"
    )


def _throughput(rows: list[dict[str, Any]]) -> str:
    table = _table(
        [
            "world",
            "batch",
            "device",
            "solved",
            "solves a second, one by one",
            "solve_many",
            "shocks folded a second",
        ],
        [
            [
                row["world"],
                f"{row['count']} {row['kind']}",
                row["device"],
                f"{row['solved']} of {row['count']}",
                f"{row['a_second']['one by one']:,.0f}",
                f"{row['a_second']['solve_many']:,.0f}",
                f"{row['folding']:,.0f}",
            ]
            for row in rows
        ],
    )
    return f"### Batches of scenarios and draws of elasticities\n\n{table}"


def _draws(rows: list[dict[str, Any]]) -> str:
    lines = []
    for row in rows:
        peer, ours = row["puremacro"], row["draws_a_second"]
        theirs, ratio = f"{peer['longer_than'] or 0:,.0f} s and more", "above {:,.0f}"
        seconds = peer["longer_than"]
        if peer["seconds"]:
            seconds, ratio = median(peer["seconds"]), "{:,.0f}"
            theirs = _milliseconds(seconds)
        lines.append(
            [
                row["world"],
                "{} × {}".format(*row["size"]),
                row["device"],
                f"{row['solved']:.1%} of {row['count']}",
                f"{ours:,.0f}",
                f"{row['solves_a_second']:,.0f}",
                f"{row['shocks_folded_a_second']:,.0f}",
                theirs,
                ratio.format(seconds * ours),
                f"{max(peer['difference']):.0e}" if peer["difference"] else "",
            ]
        )
    header = ["world", "size", "device", "solved", "draws a second", "solves a second"]
    header += ["shocks folded a second", "a draw of puremacro", "ratio", "real income apart"]
    return (
        "### Draws beside a loop over a peer\n\n25 points on what the United States buys from China, under "
        "drawn elasticities. A draw is a whole comparison: reference and scenario folded and solved, real "
        "income and bilateral exports; the peer solves the scenario only.\n\n" + _table(header, lines)
    )


def _peer_growth(rows: list[dict[str, Any]], peer: str, part: str, what: str) -> str:
    size = "markets" if "sectors" in rows[0] else "economies"
    table = _table(
        ["size", "Détente", peer, "ratio"],
        [
            [
                f"{row['economies']} × {row['sectors']}" if "sectors" in row else str(row["economies"]),
                *_ratio(row[part], peer),
            ]
            for row in rows
        ],
    )
    times = [
        {size: row[size], "ours": median(row[part]["detente"]), "theirs": median(row[part][peer])}
        for row in rows
    ]
    return (
        f"### {peer} as the world grows\n\n{what}\n\n{table}\n\nTime grows with the number of {size} to the "
        f"power {exponent(times, 'ours', size):.2f} here and {exponent(times, 'theirs', size):.2f} there.\n\n"
        f"![{peer}](results/{peer}.svg)"
    )


def _gegravity_growth(rows: list[dict[str, Any]]) -> str:
    apart = max(max(row["same_system"].values()) for row in rows)
    what = (
        "Synthetic gravity worlds, an agreement between the two largest economies, from the data frame to "
        f"the results; on gegravity's own system the two differ by {apart:.0e} percentage points at most."
    )
    return _peer_growth(rows, "gegravity", "whole", what)


def _puremacro_growth(rows: list[dict[str, Any]]) -> str:
    apart = max(row["difference"] for row in rows)
    what = f"Synthetic worlds, 25 points on one pair; wages differ by {apart:.0e} at most (as ratios)."
    return _peer_growth(rows, "puremacro", "solve", what)


def _process(part: dict[str, Any]) -> str:
    return (
        "### Whole processes\n\n"
        f"`detente run {part['scenario']} --world {part['world']}`: {part['first']:.1f} s the first time, "
        f"nothing compiled yet; {part['repeated']:.1f} s after that."
    )


def render(results: dict[str, Any]) -> str:
    """The figures of whatever parts were run.

    Examples:
        >>> box = {"cpu": "A", "cores": 2, "last_level_cache": "32M", "system": "Linux", "python": "3.11"}
        >>> print(render({"machine": box, "versions": {"jax": "0.7"}, "repetitions": 9}))
        A, 2 cores, last-level cache 32M, Linux, Python 3.11; jax 0.7; medians of 9 repetitions.
    """
    where = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    parts = [
        f"{where['cpu']}, {where['cores']} cores, last-level cache {where['last_level_cache']}, "
        f"{where['system']}, Python {where['python']}; {versions}; "
        f"medians of {results['repetitions']} repetitions."
    ]
    for name, section in (
        ("floor", _floor),
        ("growth", _growth),
        ("throughput", _throughput),
        ("draws", _draws),
        ("gegravity", _gegravity),
        ("gegravity_growth", _gegravity_growth),
        ("puremacro", _puremacro),
        ("puremacro_growth", _puremacro_growth),
        ("theories", _theories),
        ("networks", _networks),
        ("process", _process),
    ):
        if name in results:
            parts.append(section(results[name]))
    return "\n\n".join(parts)


def write_readme(readme: Path, results: dict[str, Any]) -> None:
    """Put the figures between the marks."""
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(START)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{START}\n\n{render(results)}\n\n{END}{after}", encoding="utf-8")
