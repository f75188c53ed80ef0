"""Ignatenko, Lashkaripour, Macedoni and Simonovska (2025): the tariffs that were announced on 2 April 2025.

One sector, 194 economies; firm selection with fixed costs paid to labour at the destination.
"""

from detente.studies.replications.ignatenko_et_al_2025.inputs import FILES, Inputs, read_inputs
from detente.studies.replications.ignatenko_et_al_2025.model import (
    Calibration,
    Response,
    Setting,
    Variant,
    calibrate,
    local_shares,
    outcomes,
    respond,
    setting,
    world_trade,
)
from detente.studies.replications.ignatenko_et_al_2025.scenarios import Scenarios, replicate

__all__ = [
    "FILES",
    "Calibration",
    "Inputs",
    "Response",
    "Scenarios",
    "Setting",
    "Variant",
    "calibrate",
    "local_shares",
    "outcomes",
    "read_inputs",
    "replicate",
    "respond",
    "setting",
    "world_trade",
]
