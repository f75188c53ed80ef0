"""Measure the error of estimated final demand where the truth is known; write `flow_errors.toml`.

    python -m tools.measure_errors_flows [--data ../shared/data] [--out src/detente/world/bundled]

Final demand of WIOD 2011 is hidden and estimated exactly as `tools.world_2022.holdout` does it for the
published figures. The sizes of the components of `detente.world.flow_error` are those whose draws around the
estimate misallocate as much value as the estimate itself does: by size of flows, pairs and purchases, with
and without exact tables of three years before (method of simulated moments). The same sizes, applied to the
hold-out of 2008, are compared with its errors, which played no part here.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from detente.world.flow_error import FlowErrorSizes, perturbed, spreads_of
from detente.world.margins import scaled_to_margins
from tools.world_2022.estimate import first_evidence
from tools.world_2022.final_demand import Weights, estimate, with_unseen_totals
from tools.world_2022.fit import DRAWS, FIT_YEARS, REPORT_YEARS
from tools.world_2022.holdout import G20, SEED, Gaps, measure, prepare
from tools.world_2022.prior import Carrying

Array = npt.NDArray[np.float64]
Classes = dict[str, npt.NDArray[np.bool_]]

# As chosen by tools.world_2022.fit for the shipped world; SOURCES.md has them.
CARRYING = Carrying(foreign_growth=0.6, domestic_growth=0.7, pattern_share=0.3)
WEIGHTS = Weights(sections=3.0, final_demand=10.0, pairs=0.3, products=0.3)
SIMULATED = 10
# Lower ends of classes of size, as parts of all international final flows.
_OF_FLOWS = (1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6)
_OF_PAIRS = (3e-3, 1e-3, 3e-4, 1e-4, 0.0)
_OF_PURCHASES = (1e-2, 3e-3, 1e-3, 3e-4, 0.0)
_FEWEST = 5
# The aggregates that users see weigh more than classes.
_HEAVY = {"flows": 6.0, "pairs": 6.0, "purchases from abroad": 2.0, "imports of economies": 2.0,
          "international trade": 20.0}  # fmt: skip
_LOWEST = (0.02, 0.02, 0.0, 0.002, 0.02, 0.0, 0.02, 0.02, 0.0, -1.0)
_HIGHEST = (2.0, 2.0, 0.6, 1.0, 1.0, 0.6, 2.0, 2.0, 0.6, 1.0)
_START = (0.25, 0.45, 0.18, 0.05, 0.15, 0.12, 0.6, 0.8, 0.07, 0.0)


@dataclasses.dataclass(frozen=True)
class Case:
    """A hidden table and its estimate.

    Attributes:
        true, estimate: final flows, (sector, importer, exporter).
        exact: economies with an exact table of three years before, (economy,).
        published: shares of value misallocated as SOURCES.md has them, parts of the true total.
    """

    true: Array
    estimate: Array
    exact: npt.NDArray[np.bool_]
    published: Mapping[str, float]


def cases(data: Path, years: tuple[int, int, int, int], gaps: Gaps) -> list[Case]:
    """The hold-out of the published figures, one for each disturbance of the customs data."""
    found = []
    for draw in range(DRAWS):
        case = prepare(data, years, gaps, halved=True, seed=SEED + 100 + draw)
        evidence = with_unseen_totals(case.new, case.evidence, CARRYING, WEIGHTS)
        table = estimate(case.new, evidence, CARRYING, WEIGHTS, tolerance=1e-6).table
        exact = np.array([code in G20 for code in case.new.economies])
        found.append(Case(case.true, table, exact, measure(table, case)))
    return found


def moments(other: Array, case: Case) -> dict[str, float]:
    """Share of value that another table puts elsewhere than the estimate does, by class of the estimate."""
    base = case.estimate
    abroad = ~np.eye(base.shape[1], dtype=bool)
    both = np.logical_and.outer(case.exact, case.exact)
    foreign, moved = np.where(abroad, base, 0.0), np.where(abroad, other, 0.0)
    total = foreign.sum()
    found: dict[str, float] = {}
    for label, kind in (("exact", both & abroad), ("other", ~both & abroad)):
        gap, size = 0.5 * np.abs(other - base)[:, kind], base[:, kind]
        found |= _by_class(f"flows, {label}", gap, size, total, _OF_FLOWS)
        gap, size = 0.5 * np.abs(other.sum(axis=0) - base.sum(axis=0))[kind], base.sum(axis=0)[kind]
        found |= _by_class(f"pairs, {label}", gap, size, total, _OF_PAIRS)
    bought, imports = foreign.sum(axis=2), moved.sum(axis=2)
    found |= _by_class("purchases from abroad", 0.5 * np.abs(imports - bought), bought, total, _OF_PURCHASES)

    def share(axes: int | tuple[int, ...]) -> float:
        return float(0.5 * np.abs(moved.sum(axis=axes) - foreign.sum(axis=axes)).sum() / total)

    return found | {
        "purchases from abroad": share(2),
        "sales abroad": share(1),
        "imports of economies": share((0, 2)),
        "exports of economies": share((0, 1)),
        "flows": share(()),
        "pairs": share(0),
        "all flows, own sales included": float(0.5 * np.abs(other - base).sum() / base.sum()),
    }


def _by_class(name: str, gap: Array, size: Array, total: float, lower: tuple[float, ...]) -> dict[str, float]:
    found = {}
    for low, high in zip(lower, (np.inf, *lower), strict=False):
        inside = (size >= low * total) & (size < high * total)
        if inside.sum() > _FEWEST:
            found[f"{name}, from {low:g}"] = float(gap[inside].sum() / size[inside].sum())
    return found


def drawn(case: Case, sizes: FlowErrorSizes) -> tuple[dict[str, float], float]:
    """Mean moments of draws around the estimate, and their mean international trade over the estimate's."""
    spreads = spreads_of(case.estimate, case.exact, sizes)
    bought, sold = case.estimate.sum(axis=2), case.estimate.sum(axis=1)
    abroad = ~np.eye(len(case.exact), dtype=bool)
    found: list[dict[str, float]] = []
    trade = 0.0
    for seed in range(SIMULATED):
        table = perturbed(case.estimate, spreads, sizes.drift, np.random.default_rng(seed))
        table = scaled_to_margins(table, bought, sold)
        found.append(moments(table, case))
        trade += float(table[:, abroad].sum() / case.estimate[:, abroad].sum()) / SIMULATED
    return {name: float(np.mean([row[name] for row in found])) for name in found[0]}, trade


def measured(held: list[Case], *, margins_given: bool = False) -> dict[str, float]:
    """Mean moments of the truth around the estimates, as they are or scaled to the true sums."""
    found = []
    for case in held:
        base = case.estimate
        if margins_given:
            base = scaled_to_margins(base, case.true.sum(axis=2), case.true.sum(axis=1), tolerance=1e-6)
        found.append(moments(case.true, dataclasses.replace(case, estimate=base)))
    return {name: float(np.mean([row[name] for row in found if name in row])) for name in found[0]}


def targets(held: list[Case]) -> dict[str, float]:
    """What draws shall have: the errors of flows and pairs, and of purchases abroad where all sums are right.

    Draws keep what every economy buys of every sector, at home and abroad together. The error that lies in
    these sums therefore goes into where things come from, and not into how much comes from abroad.
    """
    kept = measured(held, margins_given=True)
    return {
        name: kept[name] if name.startswith(("purchases", "imports of")) else value
        for name, value in measured(held).items()
        if name not in ("sales abroad", "exports of economies")
    }


def fitted(held: list[Case]) -> FlowErrorSizes:
    """Sizes whose draws are as far from the estimate as the truth is, in logarithms of the moments."""
    target = targets(held)
    weights = np.array([_HEAVY.get(name, 1.0) for name in target])

    def gaps(values: Array) -> Array:
        found, trade = drawn(held[0], FlowErrorSizes(*map(float, values)))
        apart = weights * np.array([np.log(found[name] / target[name]) for name in target])
        return np.append(apart, _HEAVY["international trade"] * np.log(trade))

    answer = least_squares(gaps, _START, bounds=(_LOWEST, _HIGHEST), diff_step=0.02, max_nfev=30)
    return FlowErrorSizes(*(round(float(value), 3) for value in answer.x))


def build(data: Path, out: Path) -> None:
    """Write `flow_errors.toml` into a folder, with what was measured and what draws give."""
    _, gaps = first_evidence(data)
    held = cases(data, REPORT_YEARS, gaps)
    sizes = fitted(held)
    earlier = cases(data, FIT_YEARS, gaps)
    exact = sorted(G20)
    flows, pairs = (
        float(np.mean([case.published[name] for case in held]))
        for name in ("final, international cells", "final, bilateral totals")
    )
    lines = [
        "# Error of final demand of world-2022; built by tools/measure_errors_flows.py, not edited by hand.",
        "# What each size is: detente.world.flow_error.FlowErrorSizes.",
        "",
        'origin = """',
        "measured on final demand of WIOD 2011, hidden and estimated by the same method, which put",
        f"{100 * flows:.0f} percent of the value of international final flows into the wrong flow and",
        f'{100 * pairs:.0f} percent into the wrong pair"""',
        f"exact_members = [{', '.join(repr(code) for code in exact)}]".replace("'", '"'),
        "",
        "[sizes]",
        *(f"{name} = {value}" for name, value in dataclasses.asdict(sizes).items()),
    ]
    tables = (
        ("2011", targets(held), drawn(held[0], sizes)),
        ("2008", targets(earlier), drawn(earlier[0], sizes)),
    )
    for year, truth, (found, trade) in tables:
        lines += [
            "",
            f"# Shares of value misallocated: measured, mean of draws. Mean trade of draws: {trade:.3f}.",
        ]
        lines += [f"[hold_out_{year}]"]
        lines += [
            f'"{name}" = [{value:.4f}, {found[name]:.4f}]' for name, value in truth.items() if name in found
        ]
    (out / "flow_errors.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[1]
    parser.add_argument("--data", type=Path, default=root.parent / "shared" / "data")
    parser.add_argument("--out", type=Path, default=root / "src" / "detente" / "world" / "bundled")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)
