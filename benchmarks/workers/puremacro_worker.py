"""puremacro 5.7.1: its Caliendo-Parro model on our arrays, and its own default model on the same table."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from puremacro.trade import (
    CaliendoParroModel,
    TariffScenario,
    calibrate_trade_model,
    run_scenario,
    solve_trade_equilibrium,
)
from puremacro.trade.data import load_icio_data
from talk import talk

state: dict[str, Any] = {}


def prepare(arrays: str) -> dict[str, Any]:
    """Read the arrays that Détente calibrated; its input shares are (economy, sector, input)."""
    start = time.perf_counter()
    data = dict(np.load(arrays))
    state["tariffs"], state["data"] = data["new_tariff_factor"], data
    state["model"] = model(data["trade_elasticity"])
    return {"seconds": time.perf_counter() - start}


def model(elasticity: np.ndarray) -> CaliendoParroModel:
    data = state["data"]
    return CaliendoParroModel(
        data["sourcing"],
        data["value_added_share"],
        data["input_share"].transpose(0, 2, 1),
        data["final_share"],
        elasticity,
        data["wage_income"],
        data["imbalance"],
        data["tariff_factor"],
    )


def draw(elasticity: list[float], tolerance: float) -> dict[str, Any]:
    """The same tariffs under other elasticities."""
    start = time.perf_counter()
    state["model"] = model(np.array(elasticity))
    found = solve(tolerance)
    return {**found, "seconds": time.perf_counter() - start}


def solve(tolerance: float) -> dict[str, Any]:
    start = time.perf_counter()
    found = state["model"].solve_counterfactual(tariffs_new=state["tariffs"], tol=tolerance)
    return {
        "seconds": time.perf_counter() - start,
        "passes": found.iterations,
        "residual": found.max_residual,
        "solved": bool(found.converged),
        "wage": found.w_hat.tolist(),
        "welfare": found.welfare_hat.tolist(),
    }


def default_model(importer: str, exporter: str, points: float) -> dict[str, Any]:
    """The package's own model on its bundled table, default settings: no tariffs in the baseline."""
    table = load_icio_data(return_structured=True)
    start = time.perf_counter()
    calibrated = calibrate_trade_model(
        table.matrix,
        ns=len(table.sector_codes),
        nc=len(table.country_codes),
        country_codes=table.country_codes,
        sector_codes=table.sector_codes,
    )
    baseline = solve_trade_equilibrium(calibrated)
    ready = time.perf_counter()
    found = run_scenario(calibrated, TariffScenario(importer, {(exporter, "*"): points}))
    done = time.perf_counter()
    flow = found.bilateral_trade_frame().loc[exporter, importer]
    before = baseline.bilateral_trade_frame().loc[exporter, importer]
    place = list(table.country_codes).index(importer)
    return {
        "setup": ready - start,
        "seconds": done - ready,
        "solved": bool(found.converged and baseline.converged),
        "exports_change": float(100 * (flow / before - 1)),
        "consumer_prices_change": float(100 * (found.cpi[place] / baseline.cpi[place] - 1)),
    }


if __name__ == "__main__":
    talk({"prepare": prepare, "solve": solve, "draw": draw, "default_model": default_model})
