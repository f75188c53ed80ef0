"""What governments do: measures, scenario files, and their compilation to a shock on a world."""

from detente.policy.brief import Brief, MeasureBrief, explain
from detente.policy.compile import compile_scenario, hit_value
from detente.policy.measure import CONFIDENCE, KINDS, Covers, Measure, Source
from detente.policy.scenario import (
    BASELINE,
    Scenario,
    list_scenarios,
    load_scenario,
    parse_scenario,
    scenario_hash,
    scenario_titles,
)
from detente.policy.shock import Shock, Varieties, no_shock, set_tariffs

__all__ = [
    "BASELINE",
    "CONFIDENCE",
    "KINDS",
    "Brief",
    "Covers",
    "Measure",
    "MeasureBrief",
    "Scenario",
    "Shock",
    "Source",
    "Varieties",
    "compile_scenario",
    "explain",
    "hit_value",
    "list_scenarios",
    "load_scenario",
    "no_shock",
    "parse_scenario",
    "scenario_hash",
    "scenario_titles",
    "set_tariffs",
]
