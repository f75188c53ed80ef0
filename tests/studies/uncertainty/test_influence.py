"""Shares of variance against closed forms and against SciPy's own."""

from __future__ import annotations

import numpy as np
from scipy import stats

from detente.studies.uncertainty.influence import influences

A, B = 7.0, 0.1


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990), on uniform points from 0 to 1, (input, draw)."""
    angle = np.pi * (2.0 * x - 1.0)
    return np.sin(angle[0]) + A * np.sin(angle[1]) ** 2 + B * angle[2] ** 4 * np.sin(angle[0])


def rows(count: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    points = stats.qmc.Sobol(6, scramble=True, rng=1).random(count).T
    first, second = points[:3], points[3:]
    mixed = {}
    for at, name in enumerate("xyz"):
        one = first.copy()
        one[at] = second[at]
        mixed[name] = ishigami(one)
    return ishigami(first), ishigami(second), mixed


def test_shares_are_those_of_the_closed_form() -> None:
    variance = 0.5 + A**2 / 8.0 + B * np.pi**4 / 5.0 + B**2 * np.pi**8 / 18.0
    alone = {"x": 0.5 * (1.0 + B * np.pi**4 / 5.0) ** 2, "y": A**2 / 8.0, "z": 0.0}
    crossed = 8.0 * B**2 * np.pi**8 / 225.0
    total = {"x": alone["x"] + crossed, "y": alone["y"], "z": crossed}
    found = {part.factor: part for part in influences(*rows(2**14))}
    for name in "xyz":
        assert abs(found[name].alone - alone[name] / variance) < 0.01
        assert abs(found[name].total - total[name] / variance) < 0.01
    assert [part.factor for part in influences(*rows(2**14))] == ["x", "y", "z"]


def test_shares_are_scipys() -> None:
    first, second, mixed = rows(2**10)
    # SciPy wants each function's values as (output, draw), and those of mixed rows as (input, output, draw).
    values = {
        "f_A": first[None],
        "f_B": second[None],
        "f_AB": np.stack(list(mixed.values()))[:, None],
    }
    theirs = stats.sobol_indices(func=values, n=2**10)
    found = {part.factor: part for part in influences(first, second, mixed)}
    for at, name in enumerate("xyz"):
        assert abs(found[name].alone - theirs.first_order[at]) < 0.02
        assert abs(found[name].total - theirs.total_order[at]) < 1e-3


def test_errors_cover_the_spread_over_seeds() -> None:
    rng = np.random.default_rng(0)
    count, trials = 64, 200
    found, errors = [], []
    for _ in range(trials):
        x, y = rng.random((2, 2, count))
        parts = {
            part.factor: part
            for part in influences(
                2 * x[0] + y[0], 2 * x[1] + y[1], {"x": 2 * x[1] + y[0], "y": 2 * x[0] + y[1]}
            )
        }
        found.append(parts["x"].total)
        errors.append(parts["x"].total_error)
    assert abs(np.mean(found) - 0.8) < 0.03
    assert 0.7 < np.mean(errors) / np.std(found) < 1.4


def test_failed_draws_leave_out_their_block_alone() -> None:
    first, second, mixed = rows(256)
    whole = influences(first[1:], second[1:], {name: values[1:] for name, values in mixed.items()})
    mixed["y"] = mixed["y"].copy()
    mixed["y"][0] = np.nan
    assert influences(first, second, mixed) == whole


def test_what_does_not_vary_has_no_share() -> None:
    same = np.full(8, 2.0)
    for part in influences(same, same, {"x": same}):
        assert (part.alone, part.total) == (0.0, 0.0)


def test_few_blocks_tell_no_shares() -> None:
    first, second, mixed = rows(8)
    assert len(influences(first, second, mixed)) == 3
    assert influences(first[1:], second[1:], {name: part[1:] for name, part in mixed.items()}) == ()
    first[0] = np.nan
    assert influences(first, second, mixed) == ()
