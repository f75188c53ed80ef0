"""Make a world of a published table that the user has."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from detente.errors import BadInput, Problem, nearest
from detente.world.balancing import Change, balance
from detente.world.catalogue import BUNDLED, user_worlds
from detente.world.classifications import recognise
from detente.world.readers.oecd_icio import read_oecd_icio, year_in_name
from detente.world.readers.table import Table, to_world
from detente.world.readers.wiod import CITATION as WIOD_CITATION
from detente.world.readers.wiod import read_wiod
from detente.world.shipped_tariffs import lay_shipped_tariffs
from detente.world.storage import write_world
from detente.world.world import Provenance, World

__all__ = ["KINDS", "NO_TARIFFS", "Imported", "import_world", "keep_world", "name_problems"]

KINDS = {
    "oecd-icio": "OECD Inter-Country Input-Output table, official CSV file (2021, 2023 and 2025 editions)",
    "wiod": "World Input-Output Database, R data (2013 and 2016 releases) or Stata file (2016 release)",
}
NO_TARIFFS = "No baseline tariffs: every tariff factor is 1, and duties that exist are missing."
RELEASES = {"wiod2013": ", 2013 release", "wiod2016": ", 2016 release"}
EDITIONS = {"icio2025": 2025, "icio2023": 2023, "icio2021": 2021}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, eq=False)
class Imported:
    """What `import_world` or `keep_world` stored.

    Attributes:
        world: ready to use; `load_world` finds it by its name from now on.
        path: of the stored world's `.json` file.
        changes: what balancing changed in the published table.
    """

    world: World
    path: Path
    changes: tuple[Change, ...]


def import_world(
    kind: str,
    path: str | Path,
    name: str,
    *,
    year: int | None = None,
    overwrite: bool = False,
    folder: Path | None = None,
    tariffs: bool = True,
) -> Imported:
    """Read a published table, check and balance it, and store it under a name.

    Nothing is stored unless the whole file is sound. Tables do not hold tariffs: those that ship are laid
    over it where its sectors are known.

    Args:
        kind: "oecd-icio" or "wiod"; see `KINDS`.
        path: the file.
        name: what `load_world` will take: letters, digits, "-" and "_".
        year: of the flows; read from the file or its name if left out.
        overwrite: replace a world imported before under this name.
        folder: where to store; the user's data folder if left out.
        tariffs: whether to lay the tariffs that ship over the table; without them every factor is 1.

    Raises:
        BadInput: everything wrong with the arguments, or with the file.

    Examples:
        >>> import_world("oecd", "2022_SML.csv", "g20-2019")
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: field 'kind': no kind of table 'oecd'; did you mean oecd-icio?
        field 'name': 'g20-2019' is a bundled world; choose another name
    """
    source, target = Path(path).expanduser(), folder or user_worlds()
    problems = _wrong_arguments(kind, name, target, overwrite=overwrite)
    if kind == "oecd-icio" and year is None and year_in_name(source) is None:
        message = f"'{source.name}' does not say the year, as 2022_SML.csv does"
        problems.append(Problem(message, field="year", remedy="give the year"))
    if problems:
        raise BadInput(problems)
    if kind == "wiod":
        table, found = read_wiod(source)
        release = RELEASES.get(recognise(table.sectors) or "", "")
        vintage, citation = year or found, f"{WIOD_CITATION}{release}"
    else:
        table = read_oecd_icio(source)
        vintage, citation = year or year_in_name(source) or 0, _oecd_citation(table)
    world, changes = to_world(
        table,
        name=name,
        title=f"{len(table.economies)} economies, {len(table.sectors)} sectors, {vintage} ({source.name})",
        vintage=vintage,
        classification=recognise(table.sectors) or kind,
        provenance=Provenance(
            sources=(citation,),
            tariff_layers=(NO_TARIFFS,),
            inputs={source.name: _sha256(source)},
        ),
    )
    laid = lay_shipped_tariffs(world) if tariffs else None
    if laid is None:
        return Imported(world, write_world(world, target), changes)
    kept = keep_world(laid, name, overwrite=overwrite, folder=target)
    return Imported(kept.world, kept.path, (*changes, *kept.changes))


def keep_world(world: World, name: str, *, overwrite: bool = False, folder: Path | None = None) -> Imported:
    """Store a world under a name of the user's own, such as one with tariffs of the user's own.

    The world is balanced again, because duties on inputs come out of value added.

    Args:
        world: any world.
        name: what `load_world` will take: letters, digits, "-" and "_".
        overwrite: replace a world stored before under this name.
        folder: where to store; the user's data folder if left out.

    Raises:
        BadInput: a name that cannot be used, or a world that cannot be balanced.

    Examples:
        >>> import tempfile, detente as dt
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep_world(dt.load_world("g20-2019"), "mine", folder=Path(folder)).world.name
        'mine'
    """
    target = folder or user_worlds()
    problems = name_problems(name, target, overwrite=overwrite)
    if problems:
        raise BadInput(problems)
    balanced = balance(
        world.intermediate_flows,
        world.final_flows,
        world.input_use,
        world.tariff_factor,
        labels=(world.economies, world.sectors),
    )
    kept = world.replace(
        name=name,
        intermediate_flows=balanced.intermediate_flows,
        final_flows=balanced.final_flows,
        input_use=balanced.input_use,
    )
    return Imported(kept, write_world(kept, target), balanced.changes)


def _wrong_arguments(kind: str, name: str, target: Path, *, overwrite: bool) -> list[Problem]:
    problems = []
    if kind not in KINDS:
        problems.append(
            Problem(f"no kind of table '{kind}'", field="kind", remedy=nearest(kind, list(KINDS)))
        )
    return problems + name_problems(name, target, overwrite=overwrite)


def name_problems(name: str, folder: Path, *, overwrite: bool = False) -> list[Problem]:
    """What is wrong with a name under which a world is to be stored.

    Examples:
        >>> print(name_problems("g20-2019", Path("worlds"))[0])
        field 'name': 'g20-2019' is a bundled world; choose another name
    """
    problems = []
    if not NAME.fullmatch(name):
        remedy = "use letters, digits, '-' and '_', such as my-icio-2022"
        problems.append(Problem(f"'{name}' cannot name a world", field="name", remedy=remedy))
    elif (BUNDLED / f"{name}.json").exists():
        problems.append(Problem(f"'{name}' is a bundled world", field="name", remedy="choose another name"))
    elif not overwrite and (folder / f"{name}.json").exists():
        remedy = "choose another name, or overwrite it"
        problems.append(Problem(f"a world '{name}' was imported before", field="name", remedy=remedy))
    return problems


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _oecd_citation(table: Table) -> str:
    edition = EDITIONS.get(recognise(table.sectors) or "")
    year = f" ({edition})" if edition else ""
    return f"OECD{year}, OECD Inter-Country Input-Output Tables, http://oe.cd/icio"
