"""The modelling choices: each one an edit of the core equations that a reader can find."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from detente.errors import BadInput, Problem, nearest

__all__ = ["Imbalances", "Theory"]

Imbalances = Literal["constant", "removed", "scaled"]


@dataclass(frozen=True)
class Theory:
    """How economies respond.

    Attributes:
        elasticities: name of a set of trade elasticities, such as "caliendo-parro-2015" or "uniform:4".
        imbalances: what trade imbalances do. "constant": each stays the same share of world GDP (Caliendo and
            Parro 2015, section 2); "removed": all are zero; "scaled": each moves with the economy's own
            wage income, and the sum that this leaves is shared out by wage income.

    Raises:
        BadInput: a choice that does not exist; lists all of them.

    Examples:
        >>> Theory(imbalances="removed").imbalances
        'removed'
        >>> Theory.parse("imbalances=removed,elasticities=uniform:4")
        Theory(elasticities='uniform:4', imbalances='removed')
    """

    elasticities: str = "caliendo-parro-2015"
    imbalances: Imbalances = "constant"

    def __post_init__(self) -> None:
        valid = get_args(Imbalances)
        if self.imbalances not in valid:
            raise BadInput(
                Problem(
                    f"unknown choice '{self.imbalances}'",
                    field="theory.imbalances",
                    remedy=nearest(str(self.imbalances), valid),
                )
            )

    @classmethod
    def parse(cls, text: str) -> Theory:
        """A theory from "choice=value,choice=value", as the command line takes it.

        Raises:
            BadInput: a choice or value that does not exist; lists all problems.
        """
        names = [item.name for item in fields(cls)]
        problems: list[Problem] = []
        choices: dict[str, str] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, equals, value = part.partition("=")
            if not equals:
                problems.append(
                    Problem(f"'{part}' is no choice", field="theory", remedy="write it as choice=value")
                )
            elif name not in names:
                problems.append(
                    Problem(f"unknown choice '{name}'", field="theory", remedy=nearest(name, names))
                )
            else:
                choices[name] = value
        try:
            theory = cls(**choices)  # type: ignore[arg-type]
        except BadInput as error:
            problems.extend(error.problems)
        if problems:
            raise BadInput(problems)
        return theory

    def describe(self) -> str:
        """One sentence for people.

        Examples:
            >>> Theory().describe()
            'Caliendo-Parro (2015): perfect competition, national input-output shares, labour mobile between sectors; trade elasticities caliendo-parro-2015; trade imbalances constant as shares of world GDP'
        """  # noqa: E501
        imbalances = {
            "constant": "trade imbalances constant as shares of world GDP",
            "removed": "trade imbalances removed",
            "scaled": "trade imbalances scaled with wage income",
        }[self.imbalances]
        return (
            "Caliendo-Parro (2015): perfect competition, national input-output shares, "
            f"labour mobile between sectors; trade elasticities {self.elasticities}; {imbalances}"
        )
