"""Small random worlds that satisfy every accounting identity, for property tests."""

from __future__ import annotations

import numpy as np

from detente.world.world import Provenance, World

__all__ = ["random_world"]


def random_world(
    rng: np.random.Generator | int, economies: int = 3, sectors: int = 2, *, tariffs: bool = True
) -> World:
    """A valid world with positive flows, trade imbalances and tariffs from 0 to 30 percent.

    Input use is drawn first, so that value added, after the duties on inputs, lies between 0.2 and 0.8 of
    output in every sector; sales at home carry no duty.

    Args:
        rng: a generator, or the seed of one.
        economies: number of economies, at least 1.
        sectors: number of sectors, at least 1.
        tariffs: False for a world whose every tariff factor is 1.

    Examples:
        >>> world = random_world(0, economies=4, sectors=3)
        >>> world.flows.shape
        (3, 4, 4)
    """
    rng = np.random.default_rng(rng)
    factor = 1.0 + (0.3 * rng.random((sectors, economies, economies)) if tariffs else 0.0)
    factor = np.broadcast_to(factor, (sectors, economies, economies)).copy()
    factor[:, np.arange(economies), np.arange(economies)] = 1.0

    shape = (sectors, economies, economies)
    firms = rng.lognormal(0.0, 1.0, shape) + 5.0 * np.eye(economies)
    households = rng.lognormal(0.0, 1.0, shape) + 5.0 * np.eye(economies)
    weights = rng.lognormal(0.0, 0.5, (economies, sectors, sectors))
    return _with_value_added(rng, firms, households, factor, weights)


def _with_value_added(
    rng: np.random.Generator,
    firms: np.ndarray,
    households: np.ndarray,
    factor: np.ndarray,
    weights: np.ndarray,
) -> World:
    """Scale purchases of inputs until the value-added shares are the ones drawn."""
    sectors, economies, _ = firms.shape
    origin = firms / firms.sum(axis=2, keepdims=True)
    price = (origin * factor).sum(axis=2).T
    input_shares = weights / (weights * price[:, :, None]).sum(axis=1, keepdims=True)
    cost_share = rng.uniform(0.22, 0.78, (economies, sectors))
    input_shares = input_shares * cost_share[:, None, :]

    final = 1000.0 * households
    final_sales = final.sum(axis=1)
    # Output solves output = final sales + sales to firms, which depend on output: one linear system.
    rows = sectors * economies
    coefficients = np.einsum("kni,nks->kins", origin, input_shares).reshape(rows, economies, sectors)
    coefficients = coefficients.transpose(0, 2, 1).reshape(rows, rows)
    output = np.linalg.solve(np.eye(rows) - coefficients, final_sales.reshape(rows))
    output = output.reshape(sectors, economies).T

    input_use = input_shares * output[:, None, :]
    intermediate = origin * input_use.sum(axis=2).T[:, :, None]
    economy_codes = tuple(f"E{number}" for number in range(economies))
    sector_codes = tuple(f"S{number}" for number in range(sectors))
    return World(
        name="random",
        title="A random world",
        vintage=2000,
        classification="random",
        economies=economy_codes,
        sectors=sector_codes,
        sector_titles=tuple(f"Sector {number}" for number in range(sectors)),
        intermediate_flows=intermediate,
        final_flows=final,
        input_use=input_use,
        tariff_factor=factor,
        provenance=Provenance(sources=("random numbers",)),
    )
