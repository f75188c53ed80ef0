"""Where an answer comes from and how far to trust it: world, estimated parts, theory, checks, identifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detente.cli.console import heading, pairs

if TYPE_CHECKING:
    from rich.console import Console

    from detente.outcome import Outcome
    from detente.world import World

__all__ = ["origin_rows", "print_origin"]

# Of a world with more measured errors than these an answer has the main ones only.
ERRORS_SHOWN = 3


def print_origin(console: Console, outcome: Outcome, run: str | None) -> None:
    """The last section of an answer, with the identifier of the run that gives it again, if it is kept."""
    from importlib.metadata import version

    from detente.world.elasticities import elasticity_source

    elasticities = elasticity_source(outcome.theory.elasticities)
    failed = [check for check in outcome.checks if not check.passed]
    passed = len(outcome.checks) - len(failed)
    rows = origin_rows(outcome.world, every_error=False)
    rows += [("theory", outcome.theory.describe()), ("elasticities", elasticities.title)]
    rows += [("", note) for note in elasticities.notes]
    rows += [
        ("market clearing", f"largest excess demand in any market: {outcome.residual:.1e} of that market"),
        ("checks", f"{passed} of {len(outcome.checks)} passed"),
        *(("FAILED", f"{c.name}: {c.meaning}: {c.measured:.1e}, bound {c.bound:.0e}") for c in failed),
        *([("run", run)] if run else []),
        ("outcome", outcome.id),
        ("scenario hash", outcome.hashes["scenario"]),
        ("against", f"{outcome.against}, hash {outcome.hashes['against']}"),
        ("world hash", outcome.hashes["world"][:16]),
        ("version", f"detente {version('detente')}"),
    ]
    heading(console, "Where this comes from")
    pairs(console, rows)


def origin_rows(world: World, every_error: bool = True) -> list[tuple[str, str]]:
    """A world's vintage, sources, estimated parts, all measured errors or the main ones, tariffs."""
    from detente.world.headlines import headline_errors

    rows = [("world", f"{world.name}: {world.title}"), ("vintage", f"flows of {world.vintage}")]
    rows += [("source" if number == 0 else "", text) for number, text in enumerate(world.provenance.sources)]
    estimated = world.estimated or ("nothing in this world",)
    rows += [("estimated" if number == 0 else "", text) for number, text in enumerate(estimated)]
    errors = world.provenance.measured_errors
    measured = list(headline_errors(world.provenance))
    if every_error or len(errors) <= ERRORS_SHOWN:
        measured += [f"{name}: {value:.4g}" for name, value in errors.items()]
    elif len(errors) > len(measured):
        measured.append(f"all {len(errors)} figures: detente world show {world.name}")
    rows += [("measured errors" if number == 0 else "", text) for number, text in enumerate(measured)]
    layers = enumerate(world.provenance.tariff_layers)
    return rows + [("baseline tariffs" if number == 0 else "", text) for number, text in layers]
