"""`detente exposure`: who is exposed to whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.cli.console import answers, heading, table, working
from detente.cli.files import check_file, write_file
from detente.cli.numbers import percent
from detente.cli.problems import gather
from detente.cli.run import DEFAULT_WORLD, HELP

if TYPE_CHECKING:
    from detente.model import Theory
    from detente.outcome import Exposure
    from detente.world import World

__all__ = ["exposure"]

# Largest effects of others that are shown for each economy.
SHOWN = 5
OF = {"productivity": "productivity 1% higher in all sectors", "trade-cost": "all trade 1% dearer"}


def exposure(
    world: Annotated[str, typer.Option(metavar="WORLD", help=HELP["world"])] = DEFAULT_WORLD,
    of: Annotated[str, typer.Option(help="What changes: productivity or trade-cost.")] = "productivity",
    economies: Annotated[
        str | None,
        typer.Option(metavar="ECONOMIES", help="Economies to show, such as CAN,CHN,USA; all if left out."),
    ] = None,
    theory: Annotated[str, typer.Option(metavar="CHOICES", help=HELP["theory"])] = "",
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write all effects as CSV.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE.")] = False,
    json: Annotated[bool, typer.Option("--json", help=HELP["json"])] = False,
) -> None:
    """Say whose changes of productivity or trade costs each economy's real income depends on.

    First-order effects at the world as it stands: percent of real income for a change of one percent.

    Example:  [b]detente exposure --of trade-cost --economies CAN,CHN,USA[/b]
    """
    from detente.model import keep_compiled
    from detente.outcome import exposure as solve

    keep_compiled()
    console = working()
    with console.status("reading", spinner="line"):
        economy, choices, _, _ = gather(
            lambda: _world(world),
            lambda: _theory(theory),
            lambda: _change(of),
            lambda: check_file(csv, overwrite),
        )
        shown = _economies(economies, economy)
    with console.status("solving", spinner="line"):
        found = solve(economy, choices)
    if csv is not None:
        _write(found, of, csv)
    if json:
        _print_document(found, of, shown)
    else:
        _print(found, of, shown)


def _world(name: str) -> World:
    from detente.world import load_world

    return load_world(name)


def _theory(text: str) -> Theory:
    from detente.model import Theory

    return Theory.parse(text)


def _change(name: str) -> None:
    from detente.errors import BadInput, Problem, nearest

    if name not in OF:
        raise BadInput(Problem(f"no change '{name}'", field="--of", remedy=nearest(name, tuple(OF))))


def _write(found: Exposure, of: str, file: Path) -> None:
    from detente.outcome import Table

    table_of = Table.of(found[of]).to_pandas()
    write_file(file, lambda place: table_of.to_csv(place, index=False))


def _economies(text: str | None, world: World) -> tuple[str, ...]:
    from detente.outcome import economy_codes

    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return economy_codes(world, names) if names else world.economies


def _print(found: Exposure, of: str, shown: tuple[str, ...]) -> None:
    console = answers()
    codes, effects = found.world.economies, found.values(of)
    heading(console, f"Real income of each economy, percent, with {OF[of]}", found.theory.describe())
    columns = [
        ("economy", "left"),
        ("own", "right"),
        *((f"{place}.", "right") for place in range(1, SHOWN + 1)),
    ]
    rows = []
    for code in shown:
        at = codes.index(code)
        others = sorted((n for n in range(len(codes)) if n != at), key=lambda n: -abs(effects[at, n]))
        largest = [f"{codes[n]} {percent(float(effects[at, n]))}" for n in others[:SHOWN]]
        rows.append((code, percent(float(effects[at, at])), *largest, *[""] * (SHOWN - len(largest))))
    console.print(table(columns, rows, shrinks=0))
    console.print("own: the change in the economy itself; 1. to 5.: the others that matter most to it")


def _print_document(found: Exposure, of: str, shown: tuple[str, ...]) -> None:
    from detente.arrays import quantities
    from detente.cli.document import text

    quantity = quantities()[f"exposure_{of.replace('-', '_')}"]
    codes, effects = found.world.economies, found.values(of)
    document = {
        "format": 1,
        "world": found.world.name,
        "vintage": found.world.vintage,
        "theory": found.theory.describe(),
        "of": of,
        "unit": quantity.unit,
        "description": quantity.description,
        "economies": {
            code: dict(zip(codes, effects[codes.index(code)].tolist(), strict=True)) for code in shown
        },
    }
    typer.echo(text(document))
