"""Theories side by side, on paper and as a JSON document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from detente.arrays import quantities
from detente.cli.console import heading, pairs, table
from detente.cli.numbers import percent, usd_billion, usd_million

if TYPE_CHECKING:
    from rich.console import Console

    from detente.outcome import Summary
    from detente.studies.theories import TheoryAnswer, TheoryComparison
    from detente.world import World

__all__ = ["comparison_document", "print_comparison"]

# Columns from which one more economy fits.
WIDE = 104
NONE = "-"


def print_comparison(console: Console, found: TheoryComparison, world: World) -> None:
    """What each theory says of the economies in focus, which have no answer, and what each of them is."""
    against = "the baseline" if found.against == "baseline" else found.against
    basis = f"{found.scenario} against {against}, {found.world} (flows of {found.vintage})"
    if world.estimated:
        basis += f"; {'; '.join(world.estimated)}"
    if found.economies:
        _print_income(console, found, basis)
        _print_exports(console, found)
        _print_sectors(console, found, world)
    _print_failures(console, found)
    heading(console, "The theories", "what is different in each, why one may take it, and how to ask for it")
    pairs(console, [("-", _said(answer)) for answer in found.answers], label=1)
    if found.notices:
        heading(console, "Notices")
        pairs(console, [("-", text) for text in found.notices], label=1)
    if not found.complete:
        done = f"{len(found.answers)} of {found.wanted} theories are done"
        console.print(f"\n  Stopped: {done}; the others were not tried.", style="bold")


def _print_income(console: Console, found: TheoryComparison, basis: str) -> None:
    count = f"{len(found.solved)} of {len(found.answers)} theories have an answer"
    heading(console, "Real income under each theory", f"{basis}; {count}")
    each = 3 if console.width < WIDE else 4
    for first in range(0, len(found.economies), each):
        codes = found.economies[first : first + each]
        columns = [("", "left")]
        for code in codes:
            columns += [(f"{code}\n%", "right"), ("\nUSD bn", "right")]
        rows = [(answer.label, *_both(answer.value, codes)) for answer in found.answers]
        for which, name in enumerate(("lowest", "highest")):
            cells = _both(lambda quantity, code, at=which: _end(found, quantity, code, at), codes)  # type: ignore[misc]
            rows += [("", *[""] * len(cells))] * (which == 0) + [(name, *cells)]
        console.print(table(columns, rows))
        if first + each < len(found.economies):
            console.print()


def _end(found: TheoryComparison, quantity: str, code: str, at: int) -> float | None:
    spread = found.spread(quantity, code)
    return None if spread is None else spread[at]


def _both(value: Callable[[str, str], float | None], codes: Sequence[str]) -> list[str]:
    """Percent and money of each economy."""
    cells = []
    for code in codes:
        change, money = value("real_income", code), value("real_income_value", code)
        cells.append(NONE if change is None else percent(change))
        cells.append(NONE if money is None else usd_billion(money, sign=True))
    return cells


def _print_exports(console: Console, found: TheoryComparison) -> None:
    heading(console, "Exports to all others under each theory", "goods and services, percent")
    rows = []
    for answer in found.solved:
        changes = [answer.exports(code) for code in found.economies]
        rows.append((answer.label, *(NONE if row is None else percent(row[1]) for row in changes)))
    console.print(table([("", "left"), *((code, "right") for code in found.economies)], rows))


def _print_sectors(console: Console, found: TheoryComparison, world: World) -> None:
    note = "its code, and the change at the prices of the reference, USD million a year"
    heading(console, "The sector whose value added changes most", note)
    named: dict[str, str] = {}
    rows = []
    for answer in found.solved:
        sectors = [answer.sector(code) for code in found.economies]
        named |= {row.sector: row.title for row in sectors if row is not None}
        rows.append((answer.label, *(NONE if row is None else _moved(row) for row in sectors)))
    console.print(table([("", "left"), *((code, "right") for code in found.economies)], rows))
    titles = [f"{code} {named[code]}" for code in world.sectors if code in named]
    if titles:
        pairs(console, [("", "; ".join(titles))], label=1)


def _moved(row: Any) -> str:
    return f"{row.sector} {usd_million(row.value_added, sign=True)}"


def _print_failures(console: Console, found: TheoryComparison) -> None:
    failed = [(answer.label, answer) for answer in found.answers if answer.summary is None]
    if failed:
        heading(console, "Without an answer")
        pairs(console, [("-", f"{label}: {answer.status}: {answer.message}") for label, answer in failed], 1)
    doubtful = [(answer.label, text) for answer in found.answers for text in answer.cautions]
    if doubtful:
        heading(console, "In doubt: read this before quoting these theories' numbers")
        pairs(console, [("-", f"{label}: {text}") for label, text in doubtful], label=1)


def _said(answer: TheoryAnswer) -> str:
    from detente.studies.theories import choices

    words = choices(answer.theory)
    how = f" (--theory {words})" if words else ""
    return f"{answer.label}{f': {answer.why}' if answer.why else ''}{how}"


def comparison_document(found: TheoryComparison) -> dict[str, Any]:
    """Everything that `detente theories` says."""
    from importlib.metadata import version

    names = ("real_income", "real_income_value")
    return {
        "format": 1,
        "detente": version("detente"),
        "scenario": found.scenario,
        "against": found.against,
        "world": found.world,
        "vintage": found.vintage,
        "focus": list(found.economies),
        "wanted": found.wanted,
        "complete": found.complete,
        "theories": [_answer_document(answer) for answer in found.answers],
        "spread": {
            name: {
                "unit": quantities()[name].unit,
                "economies": {
                    code: dict(zip(("lowest", "highest"), spread, strict=True))
                    for code in found.economies
                    if (spread := found.spread(name, code)) is not None
                },
            }
            for name in names
        },
        "notices": list(found.notices),
    }


def _answer_document(answer: TheoryAnswer) -> dict[str, Any]:
    from detente.studies.theories import choices

    return {
        "label": answer.label,
        "why": answer.why,
        "choices": choices(answer.theory),
        "theory": {**asdict(answer.theory), "sentence": answer.theory.describe()},
        "status": answer.status,
        "message": answer.message,
        "outcome": answer.outcome,
        "cautions": list(answer.cautions),
        "notes": list(answer.notes),
        **(
            _numbers(answer.summary) if answer.summary else dict.fromkeys(("economies", "exports", "sectors"))
        ),
    }


def _numbers(summary: Summary) -> dict[str, Any]:
    return {
        "economies": {
            row.quantity: {
                "unit": row.unit,
                "label": quantities()[row.quantity].label,
                "values": dict(zip(summary.focus, row.values, strict=True)),
            }
            for row in summary.rows
        },
        "exports": [asdict(row) for row in summary.exports],
        "sectors": {
            side: {code: [asdict(row) for row in rows] for code, rows in found.items()}
            for side, found in (("helped", summary.helped), ("hurt", summary.hurt))
        },
    }
