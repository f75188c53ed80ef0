"""The baseline economy: bundled and imported worlds, and how published tables become one."""

from detente.world.aggregation import aggregate, groupings
from detente.world.balancing import Balanced, Change, balance
from detente.world.catalogue import WorldEntry, list_worlds, load_world, user_worlds
from detente.world.classifications import classifications
from detente.world.complete_table import CompleteTable, attach
from detente.world.elasticities import (
    ElasticitySet,
    ElasticitySource,
    elasticity_set,
    elasticity_sets,
    elasticity_source,
    scale_elasticities,
    trade_elasticities,
)
from detente.world.elasticity_draws import ElasticityDraws, ElasticityFactor
from detente.world.importing import Imported, import_world, keep_world, name_problems
from detente.world.labour_groups import LabourGroups, labour_group_tables, labour_groups
from detente.world.names import (
    economy_code,
    economy_in_sentence,
    economy_title,
    match_economy,
    match_sector,
    titled_economies,
)
from detente.world.parameters import Parameter, labour_tax_wedges, parameters
from detente.world.storage import content_hash, read_world, write_world
from detente.world.tariffs import read_tariff_file
from detente.world.world import Provenance, World

__all__ = [
    "Balanced",
    "Change",
    "CompleteTable",
    "ElasticityDraws",
    "ElasticityFactor",
    "ElasticitySet",
    "ElasticitySource",
    "Imported",
    "LabourGroups",
    "Parameter",
    "Provenance",
    "World",
    "WorldEntry",
    "aggregate",
    "attach",
    "balance",
    "classifications",
    "content_hash",
    "economy_code",
    "economy_in_sentence",
    "economy_title",
    "elasticity_set",
    "elasticity_sets",
    "elasticity_source",
    "groupings",
    "import_world",
    "keep_world",
    "labour_group_tables",
    "labour_groups",
    "labour_tax_wedges",
    "list_worlds",
    "load_world",
    "match_economy",
    "match_sector",
    "name_problems",
    "parameters",
    "read_tariff_file",
    "read_world",
    "scale_elasticities",
    "titled_economies",
    "trade_elasticities",
    "user_worlds",
    "write_world",
]
