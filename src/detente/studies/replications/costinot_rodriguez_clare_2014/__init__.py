"""Costinot and Rodríguez-Clare (2014): gains from trade, and the cost of tariffs, across market structures.

The World Input-Output Database of 2008: 34 economies, 31 sectors of which 15 are goods.
"""

from detente.studies.replications.costinot_rodriguez_clare_2014.inputs import Inputs, read_inputs
from detente.studies.replications.costinot_rodriguez_clare_2014.structures import (
    Effect,
    Structure,
    Trading,
    balanced,
    baseline,
    gains_from_trade,
    trading,
    under_tariffs,
)
from detente.studies.replications.costinot_rodriguez_clare_2014.tables import (
    OF_ALL,
    OF_ONE,
    TARIFF,
    TARIFF_COLUMNS,
    UNITED_STATES,
    replicate,
    tariffs,
)

__all__ = [
    "OF_ALL",
    "OF_ONE",
    "TARIFF",
    "TARIFF_COLUMNS",
    "UNITED_STATES",
    "Effect",
    "Inputs",
    "Structure",
    "Trading",
    "balanced",
    "baseline",
    "gains_from_trade",
    "read_inputs",
    "replicate",
    "tariffs",
    "trading",
    "under_tariffs",
]
