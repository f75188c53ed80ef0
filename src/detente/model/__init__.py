"""How economies respond: theory, equations, equilibrium."""

import jax

# Everything here is float64; JAX would otherwise quietly compute in float32.
jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]

from detente.model.baseline import Baseline, baseline_from_shares, calibrate, one_sector, redrawn  # noqa: E402
from detente.model.batch import solve_many, with_elasticity  # noqa: E402
from detente.model.compilation import keep_compiled  # noqa: E402
from detente.model.derivatives import Levers, derivative, jacobian, levers  # noqa: E402
from detente.model.equilibrium import Equilibrium, Solver, solve, solve_baseline  # noqa: E402
from detente.model.path import first_order_change  # noqa: E402
from detente.model.regimes import LimitResult  # noqa: E402
from detente.model.response import Point, log_real_income  # noqa: E402
from detente.model.theory import Theory  # noqa: E402
from detente.model.weights import Weights, scenario_weights, shock_weights  # noqa: E402

__all__ = [
    "Baseline",
    "Equilibrium",
    "Levers",
    "LimitResult",
    "Point",
    "Solver",
    "Theory",
    "Weights",
    "baseline_from_shares",
    "calibrate",
    "derivative",
    "first_order_change",
    "jacobian",
    "keep_compiled",
    "levers",
    "log_real_income",
    "one_sector",
    "redrawn",
    "scenario_weights",
    "shock_weights",
    "solve",
    "solve_baseline",
    "solve_many",
    "with_elasticity",
]
