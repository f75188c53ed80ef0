"""A published table beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["Printed", "Replication"]


@dataclass(frozen=True)
class Printed:
    """One number of a paper and ours.

    Attributes:
        table: where the paper prints it.
        row, column: its place there.
        published: the number as printed, digits and all; None for a number that the paper does not print.
        computed: ours, unrounded, in the paper's unit.
        unit: the unit of both.
    """

    table: str
    row: str
    column: str
    published: str | None
    computed: float
    unit: str = "percent"

    @property
    def rounded(self) -> str:
        """Ours, rounded to the digits that the paper prints.

        Examples:
            >>> Printed("Table 2", "Mexico", "welfare", "1.31", 1.3149).rounded
            '1.31'
        """
        digits = -Decimal(self.published).as_tuple().exponent if self.published else 3  # type: ignore[operator]
        return str(Decimal(repr(self.computed)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))

    @property
    def agrees(self) -> bool | None:
        """Whether every printed digit is ours too; None where nothing was printed.

        Examples:
            >>> Printed("Table 2", "Canada", "welfare", "-0.06", -0.0551).agrees
            True
            >>> Printed("Table 2", "Canada", "welfare", "-0.06", -0.0549).agrees
            False
        """
        return None if self.published is None else Decimal(self.rounded) == Decimal(self.published)


@dataclass(frozen=True)
class Replication:
    """All numbers of a paper that were recomputed.

    Attributes:
        paper: citation.
        inputs: what they were computed from, one sentence.
        numbers: published and computed.
        notes: sentences to read with them.
    """

    paper: str
    inputs: str
    numbers: tuple[Printed, ...]
    notes: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether every number that the paper prints is reproduced to every printed digit."""
        return all(number.agrees is not False for number in self.numbers)
