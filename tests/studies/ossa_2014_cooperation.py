"""Ossa (2014): tariffs that raise every government's welfare by the same factor, and by as much as they can.

The author's files here do not hold his cooperative tariffs, so they are searched for, on the conditions of
`ossa_2014_oracle` written in JAX for their exact derivatives. 1,386 tariffs of at least zero; equal gains by
an augmented Lagrangian, each round with L-BFGS-B.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from tests.studies.ossa_2014_oracle import REGIONS, SECTORS, Data

jax.config.update("jax_enable_x64", True)
ABROAD = np.broadcast_to(~np.eye(REGIONS, dtype=bool), (SECTORS, REGIONS, REGIONS))
HIGHEST = 10.0


def _model(data: Data, weights: np.ndarray) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Functions of (ln X, ln w) and tariffs: gaps in the conditions, and log government welfare."""
    old, duty, sigma = jnp.asarray(data.trade), jnp.asarray(data.tariff), jnp.asarray(data.sigma)
    paid = old * (1.0 + duty)
    share, spending = paid / paid.sum(axis=1, keepdims=True), paid.sum(axis=1)
    income = spending.sum(axis=0)
    payroll = ((1.0 - 1.0 / sigma) * old.sum(axis=2)).sum(axis=0)

    def respond(unknowns: jax.Array, tariff: jax.Array) -> tuple[jax.Array, ...]:
        spent, wage = jnp.exp(unknowns[:REGIONS]), jnp.exp(unknowns[REGIONS:])
        dearer = (1.0 + tariff) / (1.0 + duty)
        fall = (wage[None, :, None] * dearer) ** (1.0 - sigma[:, :, None])
        index = 1.0 / (share * fall).sum(axis=1)
        trade = old * fall / dearer * index[:, None] * spent
        return spent, wage, trade, (spending / income * jnp.log(index) / (sigma - 1.0)).sum(axis=0)

    def gaps(unknowns: jax.Array, tariff: jax.Array) -> jax.Array:
        spent, wage, trade, _ = respond(unknowns, tariff)
        sales = trade.sum(axis=2)
        labour = ((1.0 - 1.0 / sigma) * sales).sum(axis=0) / payroll - wage
        labour = labour.at[0].set((payroll * wage).sum() / payroll.sum() - 1.0)
        earned = wage * payroll + (sales / sigma).sum(axis=0) + (tariff * trade).sum(axis=(0, 1))
        return jnp.concatenate([labour, earned / income - spent])

    def weighted(trade: jax.Array, tariff: jax.Array) -> jax.Array:
        sales = trade.sum(axis=2)
        workers = (1.0 - 1.0 / sigma) * sales
        shared = workers / workers.sum(axis=0) * (tariff * trade).sum(axis=(0, 1))
        return (jnp.asarray(weights) * (sales + shared)).sum(axis=0)

    def welfare(unknowns: jax.Array, tariff: jax.Array) -> jax.Array:
        _, _, trade, log_price = respond(unknowns, tariff)
        return jnp.log(weighted(trade, tariff) / weighted(old, duty)) - log_price

    return gaps, welfare


def equal_gains(data: Data, weights: np.ndarray, start: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Change of every government's welfare, (region,), percent, at the best tariffs found from a start."""
    gaps, welfare = (jax.jit(function) for function in _model(data, weights))
    by_unknown = jax.jit(jax.jacobian(gaps))

    @jax.jit
    def slopes(unknowns: jax.Array, tariff: jax.Array, factor: jax.Array) -> jax.Array:
        here, direct = jax.grad(lambda z, t: factor @ welfare(z, t), (0, 1))(unknowns, tariff)
        multipliers = jnp.linalg.solve(by_unknown(unknowns, tariff).T, here)
        return direct - jax.vjp(lambda t: gaps(unknowns, t), tariff)[1](multipliers)[0]

    def solve(tariff: jax.Array) -> jax.Array:
        unknowns = jnp.zeros(2 * REGIONS)
        for _ in range(30):
            gap = gaps(unknowns, tariff)
            if float(jnp.abs(gap).max()) < 1e-12:
                return unknowns
            unknowns = unknowns - jnp.linalg.solve(by_unknown(unknowns, tariff), gap)
        raise AssertionError("Newton's method did not solve the conditions")

    def spread_out(logs: np.ndarray) -> jax.Array:
        tariff = np.zeros(ABROAD.shape)
        tariff[ABROAD] = np.expm1(logs)
        return jnp.asarray(tariff)

    multipliers, penalty = np.zeros(REGIONS), 100.0
    logs = np.log1p(start[ABROAD])

    def lagrangian(logs: np.ndarray) -> tuple[float, np.ndarray]:
        tariff = spread_out(logs)
        unknowns = solve(tariff)
        gains = np.asarray(welfare(unknowns, tariff))
        apart = gains - gains.mean()
        value = -gains.mean() + multipliers @ apart + 0.5 * penalty * apart @ apart
        pull = multipliers + penalty * apart
        slope = slopes(unknowns, tariff, jnp.asarray(pull - pull.mean() - 1.0 / REGIONS)) * (1.0 + tariff)
        return 100.0 * float(value), 100.0 * np.asarray(slope)[ABROAD]

    bounds = [(0.0, np.log1p(HIGHEST))] * logs.size
    options = {"maxiter": 120, "maxcor": 30, "ftol": 1e-13, "gtol": 1e-9}
    for _ in range(rounds):
        logs = minimize(lagrangian, logs, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
        tariff = spread_out(logs)
        gains = np.asarray(welfare(solve(tariff), tariff))
        multipliers, penalty = multipliers + penalty * (gains - gains.mean()), 1.5 * penalty
    return 100.0 * np.expm1(gains)
