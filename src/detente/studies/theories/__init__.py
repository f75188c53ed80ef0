"""Several theories of one question: which ones there are, and what each of them says."""

from detente.studies.theories.alternatives import STANDARD, Alternative, alternatives, choices, defensible
from detente.studies.theories.comparison import (
    TheoryAnswer,
    TheoryComparison,
    compare_theories,
    comparison_table,
)

__all__ = [
    "STANDARD",
    "Alternative",
    "TheoryAnswer",
    "TheoryComparison",
    "alternatives",
    "choices",
    "compare_theories",
    "comparison_table",
    "defensible",
]
