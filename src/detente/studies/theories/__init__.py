"""Several theories of one question: which ones there are, and what each of them says."""

from detente.studies.theories.alternatives import AS_CHOSEN, Alternative, alternatives, choices, defensible
from detente.studies.theories.comparison import (
    TheoryAnswer,
    TheoryComparison,
    compare_theories,
    comparison_table,
)

__all__ = [
    "AS_CHOSEN",
    "Alternative",
    "TheoryAnswer",
    "TheoryComparison",
    "alternatives",
    "choices",
    "compare_theories",
    "comparison_table",
    "defensible",
]
