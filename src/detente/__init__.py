"""Détente: an open trade-policy laboratory.

Examples:
    >>> import detente as dt
    >>> world = dt.load_world("g20-2019")
    >>> deal = dt.load_scenario("canada-china-2026")
    >>> outcome = dt.run(world, deal)
    >>> outcome["real_income"].attrs["unit"]
    'percent'
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.model import Equilibrium, Solver, Theory, calibrate, solve
    from detente.outcome import Outcome, run
    from detente.policy import (
        Scenario,
        Shock,
        compile_scenario,
        list_scenarios,
        load_scenario,
        no_shock,
        set_tariffs,
    )
    from detente.studies.uncertainty import Ensemble, ensemble
    from detente.world import World, list_worlds, load_world

__version__ = _version("detente")

_HOMES = {
    "detente.world": ("World", "list_worlds", "load_world"),
    "detente.policy": (
        "Scenario",
        "Shock",
        "compile_scenario",
        "list_scenarios",
        "load_scenario",
        "no_shock",
        "set_tariffs",
    ),
    "detente.model": ("Equilibrium", "Solver", "Theory", "calibrate", "solve"),
    "detente.outcome": ("Outcome", "run"),
    "detente.studies.uncertainty": ("Ensemble", "ensemble"),
}

__all__ = [
    "Ensemble",
    "Equilibrium",
    "Outcome",
    "Scenario",
    "Shock",
    "Solver",
    "Theory",
    "World",
    "calibrate",
    "compile_scenario",
    "ensemble",
    "list_scenarios",
    "list_worlds",
    "load_scenario",
    "load_world",
    "no_shock",
    "run",
    "set_tariffs",
    "solve",
]


def __getattr__(name: str) -> Any:
    """Load a room when something of it is first used, so that listing scenarios does not start JAX."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'detente' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
