"""What governments do: measures, scenario files, and their compilation to a shock on a world."""

from detente.policy.brief import Brief, MeasureBrief, explain
from detente.policy.compiler.compile import compile_scenario, hit_value
from detente.policy.compiler.redraw import DrawnShocks
from detente.policy.draws import drawn_together, joint_numbers
from detente.policy.files.catalogue import list_scenarios, scenario_groups, scenario_titles
from detente.policy.files.scenario_file import load_scenario, parse_scenario
from detente.policy.kinds import Kind
from detente.policy.line_lists import product_list, product_lists
from detente.policy.measure import CONFIDENCE, KINDS, Carbon, Covers, Measure, Quota, Source
from detente.policy.registry import LeftOut, Programme, Registry, registry
from detente.policy.scenario import BASELINE, Scenario, scenario_hash
from detente.policy.shock import Shock, Varieties, no_shock, set_tariffs
from detente.policy.uncertain import UncertainNumber

__all__ = [
    "BASELINE",
    "CONFIDENCE",
    "KINDS",
    "Brief",
    "Carbon",
    "Covers",
    "DrawnShocks",
    "Kind",
    "LeftOut",
    "Measure",
    "MeasureBrief",
    "Programme",
    "Quota",
    "Registry",
    "Scenario",
    "Shock",
    "Source",
    "UncertainNumber",
    "Varieties",
    "compile_scenario",
    "drawn_together",
    "explain",
    "hit_value",
    "joint_numbers",
    "list_scenarios",
    "load_scenario",
    "no_shock",
    "parse_scenario",
    "product_list",
    "product_lists",
    "registry",
    "scenario_groups",
    "scenario_hash",
    "scenario_titles",
    "set_tariffs",
]
