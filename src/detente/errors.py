"""One family of errors: what is wrong, where, what would be valid, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = ["BadInput", "CannotCompute", "DetenteError", "Problem", "nearest"]


class DetenteError(Exception):
    """Base of every error that Détente raises on purpose; `exit_code` is what the command line returns."""

    exit_code = 1


class CannotCompute(DetenteError):  # noqa: N818 - reads as a sentence at the point of `raise`
    """The input is valid, but no answer was found; the message carries a measurement and the usual cure.

    Attributes:
        status: why, in a word or two, such as the solver's "not converged".
    """

    def __init__(self, message: str = "", status: str = "not found") -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input, with its place (line and column count from 1) and its mend.

    Examples:
        >>> print(Problem("unknown sector 'C99'", "deal.yaml", 7, "hs", "use C29", column=5))
        deal.yaml, line 7, column 5, field 'hs': unknown sector 'C99'; use C29
    """

    message: str
    file: str | None = None
    line: int | None = None
    field: str | None = None
    remedy: str | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                self.file,
                f"line {self.line}" if self.line is not None else None,
                f"column {self.column}" if self.column is not None else None,
                f"field '{self.field}'" if self.field else None,
            )
            if part
        )
        text = f"{place}: {self.message}" if place else self.message
        return f"{text}; {self.remedy}" if self.remedy else text


class BadInput(DetenteError):  # noqa: N818
    """An input that cannot be used; holds every problem found in it, not only the first.

    Examples:
        >>> raise BadInput([Problem("rate is negative", field="rate")])
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'rate': rate is negative
    """

    exit_code = 2

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(name: str, valid: Sequence[str], limit: int = 3) -> str:
    """Say which valid names are nearest to a wrong one, as the remedy part of a message.

    Examples:
        >>> nearest("Can", ["CAN", "CHN", "USA"], limit=1)
        'did you mean CAN?'
        >>> nearest("zzz", ["CAN", "CHN", "USA"])
        'valid: CAN, CHN, USA'
    """
    folded = {item.casefold(): item for item in valid}
    close = get_close_matches(name.casefold(), list(folded), n=limit, cutoff=0.55)
    if close:
        return f"did you mean {', '.join(folded[item] for item in close)}?"
    shown = ", ".join(list(valid)[:12])
    return f"valid: {shown}{', ...' if len(valid) > 12 else ''}"
