"""What an equilibrium means: welfare, trade, output, revenue, against a reference."""

from detente.outcome.checks import Check
from detente.outcome.outcome import Outcome
from detente.outcome.run import run
from detente.outcome.table import Table
from detente.outcome.welfare import Decomposition, decompose, paper_decomposition

__all__ = ["Check", "Decomposition", "Outcome", "Table", "decompose", "paper_decomposition", "run"]
