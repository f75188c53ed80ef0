"""How sure: an answer over draws of everything that is not known for certain."""

from detente.studies.uncertainty.answers import Answer
from detente.studies.uncertainty.ask import ask, ensemble
from detente.studies.uncertainty.certainty import (
    Failure,
    HowSure,
    Source,
    how_sure,
    interval_table,
    leading,
    varying,
)
from detente.studies.uncertainty.design import Design, Factor
from detente.studies.uncertainty.drawing import DEFAULT_BLOCKS, Ensemble, draw
from detente.studies.uncertainty.held import HELD, Held
from detente.studies.uncertainty.influence import Influence
from detente.studies.uncertainty.intervals import Interval, IntervalErrors
from detente.studies.uncertainty.parallel import cluster
from detente.studies.uncertainty.parts import Parts
from detente.studies.uncertainty.question import SOURCES, Question

__all__ = [
    "DEFAULT_BLOCKS",
    "HELD",
    "SOURCES",
    "Answer",
    "Design",
    "Ensemble",
    "Factor",
    "Failure",
    "Held",
    "HowSure",
    "Influence",
    "Interval",
    "IntervalErrors",
    "Parts",
    "Question",
    "Source",
    "ask",
    "cluster",
    "draw",
    "ensemble",
    "how_sure",
    "interval_table",
    "leading",
    "varying",
]
