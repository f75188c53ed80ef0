"""Worlds on which theories are tried: unlike elasticities, groups of workers, the oracle's choices."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import jax.numpy as jnp
import numpy as np

from detente.model import (
    Baseline,
    Equilibrium,
    Solver,
    Theory,
    baseline_from_shares,
    calibrate,
    shock_weights,
    solve_baseline,
)
from detente.model.choices import markets_of, world_labour
from detente.policy.shock import Shock
from detente.world.labour_groups import labour_groups
from detente.world.world import World
from tests.model.oracle_theories import Choices, Quota, Solution

__all__ = ["THETA", "agree", "choices_of", "economy", "equal", "groups_file", "random_tariffs", "solved"]

# By sector, so that a mix-up of sectors shows.
THETA = np.array([3.0, 5.0])


@cache
def groups_file(kind: str = "unlike") -> str:
    """Two groups in each economy of a random world, or three: "unlike", "copies" of the economy, "one" group.

    A file of the test run; the parts of sectors are fixed numbers.
    """
    path = Path(mkdtemp()) / f"{kind}.csv"
    rng = np.random.default_rng(11)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["economy", "group", "sector", "earnings"])
        for economy in range(3):
            for group, part in [(0, 1.0)] if kind == "one" else [(0, 0.3), (1, 0.7)]:
                for sector in range(2):
                    earned = rng.uniform(0.5, 5.0) if kind == "unlike" else part
                    rows.writerow([f"E{economy}", f"G{economy}{group}", f"S{sector}", earned])
    return str(path)


def random_tariffs(world: World, seed: int, largest: float = 0.4) -> np.ndarray:
    """New tariff factors, unlike those of the world; none at home."""
    factor = 1.0 + largest * np.random.default_rng(seed).random(world.tariff_factor.shape)
    own = np.arange(len(world.economies))
    factor[:, own, own] = 1.0
    return factor


def economy(world: World, theory: Theory, theta: np.ndarray = THETA) -> Baseline:
    """The baseline of a world with trade elasticities of its own by sector."""
    base = calibrate(world, theory)
    uses = base.spending.shape[0] // len(world.economies)
    factor = np.tile(world.tariff_factor, (1, uses, 1))
    flows = np.asarray(base.sourcing) * np.asarray(base.spending).T[:, :, None] / factor
    shares = np.asarray(base.input_share)
    markets = markets_of(theory, theta, len(world.economies))
    if theory.market == "external" and isinstance(theory.scale_elasticity, float):
        markets = markets._replace(scale=jnp.full(theta.size, theory.scale_elasticity))
    again = baseline_from_shares(
        flows, np.asarray(world.tariff_factor), shares, 1.0 - shares.sum(axis=1), theta, theory, markets
    )
    return again._replace(labour=world_labour(world, theory, np.asarray(again.payroll)))


def choices_of(world: World, theory: Theory, quota: Quota | None = None) -> Choices:
    """The same theory for the oracle."""
    shapes = {"mobile": None, "specific": 1.0}
    groups = None
    if theory.labour_groups is not None:
        table = labour_groups(world, theory.labour_groups)
        place = {code: number for number, code in enumerate(world.economies)}
        groups = (np.array([place[code] for code in table.economies]), np.array(table.share))
    return Choices(
        market=theory.market,
        scale=float(theory.scale_elasticity or 0.0),
        selection=theory.selection if theory.market == "melitz" else 0.0,
        inputs=theory.inputs,
        shape=shapes.get(theory.labour, theory.labour_shape),
        groups=groups,
        supply=theory.labour_supply,
        taxed=theory.revenue == "labour-tax",
        tax=None if theory.labour_tax is None else float(theory.labour_tax),
        imbalances=theory.imbalances,
        quota=quota,
    )


def solved(base: Baseline, shock: Shock, theory: Theory) -> Equilibrium:
    """The equilibrium to the last digits; it is one."""
    found = solve_baseline(base, shock_weights(base, shock), theory, Solver(1e-12))
    assert found.status == "solved", found.message
    return found


def agree(found: Equilibrium, oracle: Solution, tolerance: float = 1e-8) -> None:
    """The engine and the oracle say the same of everything that both know."""
    for name in ("wage", "price", "factor_price", "labour", "net_of_tax"):
        ours = np.exp(getattr(found, f"log_{name}"))
        assert np.allclose(ours, getattr(oracle, name), rtol=tolerance, atol=0.0), name
    for name in ("output", "flows", "income"):
        assert np.allclose(getattr(found, name), getattr(oracle, name), rtol=tolerance, atol=0.0), name
    for name in ("profits", "imbalance"):
        scale = oracle.income.max()
        assert np.allclose(getattr(found, name), getattr(oracle, name), atol=tolerance * scale), name
    if found.log_group_wage.size:
        assert np.allclose(np.exp(found.log_group_wage), oracle.group_wage, rtol=tolerance, atol=0.0)


def equal(one: Equilibrium, other: Equilibrium, tolerance: float = 1e-9) -> None:
    """Two equilibria are the same."""
    for name in ("log_wage", "log_price", "log_factor_price", "log_labour", "log_net_of_tax"):
        assert np.allclose(getattr(one, name), getattr(other, name), atol=tolerance), name
    for name in ("income", "output", "flows", "profits"):
        assert np.allclose(getattr(one, name), getattr(other, name), rtol=10 * tolerance), name
