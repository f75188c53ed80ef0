"""Worlds of any size for measuring growth, drawn: gravity in trade, input-output tables, tariffs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from detente.model import Baseline, Theory, baseline_from_shares

__all__ = ["gravity_frame", "synthetic_baseline"]

# Rough magnitudes of the real tables: home sales, cost share of inputs, decay of trade with distance.
_BORDER, _INPUTS, _DECAY = 3.4, 0.45, 0.9


def _distances(rng: np.random.Generator, economies: int) -> np.ndarray:
    """Kilometres between points drawn on a sphere; within an economy, a few hundred."""
    points = rng.normal(size=(economies, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    angle = np.arccos(np.clip(points @ points.T, -1.0, 1.0))
    return np.asarray(np.where(np.eye(economies) > 0, 300.0, np.maximum(6371.0 * angle, 300.0)))


def gravity_frame(economies: int, seed: int = 0) -> pd.DataFrame:
    """A data frame like gegravity's sample, of any number of economies.

    Sizes are log-normal, places are drawn on a sphere; neighbours within 1,000 km share a border, economies
    have one of eight languages, and near pairs have an agreement half of the time. Trade follows from these
    with log-normal noise; output and expenditure add up to the same world total.
    """
    rng = np.random.default_rng(seed)
    distance = _distances(rng, economies)
    upper = np.triu(np.ones((economies, economies), bool), 1)
    abroad = ~np.eye(economies, dtype=bool)
    language = rng.integers(0, 8, economies)
    signed = upper & (distance < 4000.0) & (rng.random(distance.shape) < 0.5)
    frame = {
        "pta": signed | signed.T,
        "contiguity": (distance < 1000.0) & abroad,
        "common_language": (language[:, None] == language) & abroad,
        "lndist": np.log(distance),
        "international": abroad,
    }
    size = rng.lognormal(0.0, 1.2, economies)
    cost = _DECAY * frame["lndist"] + _BORDER * abroad - 0.5 * frame["pta"] - 0.5 * frame["contiguity"]
    noise = rng.lognormal(0.0, 0.3, distance.shape)
    trade = 1e6 * size[:, None] * size * np.exp(-cost) * noise
    name = np.array([f"E{number:03d}" for number in range(economies)])
    importer, exporter = np.meshgrid(np.arange(economies), np.arange(economies), indexing="ij")
    return pd.DataFrame(
        {
            "exporter": name[exporter.ravel()],
            "importer": name[importer.ravel()],
            "year": 2006,
            "trade": trade.ravel(),
            "Y": trade.sum(axis=0)[exporter.ravel()],
            "E": trade.sum(axis=1)[importer.ravel()],
            **{column: np.asarray(value, dtype=float).ravel() for column, value in frame.items()},
        }
    )


def synthetic_baseline(
    economies: int, sectors: int, theory: Theory | None = None, seed: int = 0
) -> tuple[Baseline, np.ndarray]:
    """A baseline of any size and its tariff factors, (sector, importer, exporter).

    Every sector's trade falls with distance and border; input shares are such that final demand is positive.
    """
    rng = np.random.default_rng(seed)
    distance = _distances(rng, economies)
    size = rng.lognormal(0.0, 1.2, economies)
    theta = rng.uniform(3.0, 8.0, sectors)
    cost = np.log(distance) + _BORDER * (1.0 - np.eye(economies))
    ability = rng.lognormal(0.0, 0.5, (sectors, 1, economies))
    flows = 1e6 * size[:, None] * size * ability * np.exp(-0.8 * cost * (theta / theta.mean())[:, None, None])
    tariff = 1.0 + rng.uniform(0.0, 0.15, flows.shape)
    tariff[:, np.arange(economies), np.arange(economies)] = 1.0
    output = flows.sum(axis=1).T
    spent = (flows * tariff).sum(axis=2).T
    # Each input takes at most two thirds of what is spent on it.
    use = _INPUTS * spent / spent.sum(axis=1, keepdims=True)
    bought = rng.uniform(0.5, 1.5, (economies, sectors, sectors)) * use[:, :, None]
    wanted = np.einsum("nks,ns->nk", bought, output)
    input_share = bought * np.minimum(1.0, 2.0 / 3.0 * spent / wanted)[:, :, None]
    base = baseline_from_shares(flows, tariff, input_share, 1.0 - input_share.sum(axis=1), theta, theory)
    return base, tariff
