"""An outcome as files: tidy tables, a workbook, the scenario as run, a manifest with their hashes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from detente.arrays import quantities
from detente.errors import BadInput, Problem
from detente.model import LimitResult
from detente.outcome.outcome import Outcome
from detente.outcome.workbook import write_workbook
from detente.policy import Scenario, list_scenarios, load_scenario, parse_scenario
from detente.world.names import economy_title

__all__ = ["GROUPS", "check_folder", "export", "record", "write_scenarios"]

MANIFEST = "manifest.json"
FORMAT = 1
# Tables by the dimensions that their quantities have; a table's columns follow this order.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "economies": ("economy",),
    "sectors": ("economy", "sector"),
    "groups": ("group",),
    "partners": ("importer", "exporter"),
    "flows": ("sector", "importer", "exporter"),
}
# Tables with more rows than spreadsheets and editors take kindly are compressed as text.
LARGEST_PLAIN = 200_000
LIBRARIES = ("jax", "jaxlib", "numpy", "pyarrow", "XlsxWriter", "xarray")


def check_folder(folder: Path, overwrite: bool = False) -> None:
    """See whether results can be written to a folder, before anything long is started.

    Raises:
        BadInput: it is a file, or holds files and `overwrite` is not given or they are no earlier result.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     check_folder(Path(folder) / "new")
    """
    place = str(folder)
    if folder.exists() and not folder.is_dir():
        raise BadInput(Problem("is a file, not a folder", place, remedy="name another folder"))
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise BadInput(
            Problem("the folder is not empty", place, remedy="name another folder, or give --overwrite")
        )
    foreign = sorted(_contents(folder) - _listed(folder))
    if foreign:
        shown = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        message = f"holds files that are no earlier result: {shown}"
        raise BadInput(Problem(message, place, remedy="name another folder, or move them away"))


def export(
    outcome: Outcome,
    folder: Path,
    scenarios: Sequence[Scenario] = (),
    summary_rows: Iterable[Sequence[Any]] = (),
    overwrite: bool = False,
    tables: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write everything about an outcome to a folder, or nothing.

    The same outcome and library versions give the same bytes. Tables are long: quantity, its dimensions,
    value, unit, scenario, against, world, outcome; each as CSV and as Parquet. A table `limits` says what
    quotas and other limits do, where there are any.

    Args:
        outcome: what a scenario does.
        folder: made; must be empty or not exist.
        scenarios: the scenario and the scenario it is measured against, as run; copied with their sources.
        summary_rows: (measure, trade hit in USD million, source) rows for the workbook.
        overwrite: replace an earlier result; files that are no part of one are never deleted.
        tables: further Arrow tables to write beside the outcome's own, by name.

    Returns:
        The manifest, as written.

    Raises:
        BadInput: the folder cannot be used; says why.

    Examples:
        >>> import tempfile, detente as dt
        >>> outcome = dt.run("g20-2019", "canada-china-2026")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     manifest = export(outcome, Path(folder) / "deal")
        >>> manifest["outcome"] == outcome.id
        True
    """
    check_folder(folder, overwrite)
    target = folder.resolve()
    # Named before it is made, so that nothing can stop the program between its making and its clean-up.
    workplace = target.parent / f".{target.name}-{secrets.token_hex(4)}"
    content = workplace / "content"
    try:
        content.mkdir(parents=True)
        _write_tables(outcome, content)
        for name, table in (tables or {}).items():
            _write_table(table, content, name)
        write_workbook(outcome, content / "outcome.xlsx", summary_rows)
        copied = write_scenarios(scenarios, content)
        manifest = {**record(outcome), "scenario_files": copied, "files": _hashes(content)}
        text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
        (content / MANIFEST).write_bytes(text.encode())
        # Another run may have written to the same folder meanwhile.
        check_folder(folder, overwrite)
        _exchange(content, target, workplace / "earlier")
    except OSError as error:
        raise BadInput(Problem(f"cannot be written: {error.strerror or error}", str(folder))) from None
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
    return manifest


def _exchange(new: Path, target: Path, earlier: Path) -> None:
    """Put a folder in its place; the one that stood there comes back if that fails."""
    if target.exists():
        target.rename(earlier)
    try:
        new.rename(target)
    except OSError:
        if earlier.exists():
            earlier.rename(target)
        raise


def record(outcome: Outcome) -> dict[str, Any]:
    """What identifies an outcome and says how far to trust it, as plain data.

    Examples:
        >>> import detente as dt
        >>> record(dt.run("g20-2019", "canada-china-2026"))["world"]["vintage"]
        2019
    """
    world = outcome.world
    return {
        "format": FORMAT,
        "outcome": outcome.id,
        "detente": version("detente"),
        "scenario": {"name": outcome.scenario, "hash": outcome.hashes["scenario"]},
        "against": {"name": outcome.against, "hash": outcome.hashes["against"]},
        "world": {
            "name": world.name,
            "title": world.title,
            "vintage": world.vintage,
            "hash": outcome.hashes["world"],
            "economies": len(world.economies),
            "sectors": len(world.sectors),
            "estimated": list(world.estimated),
            "measured_errors": dict(world.provenance.measured_errors),
            "tariff_layers": list(world.provenance.tariff_layers),
            "sources": list(world.provenance.sources),
        },
        "theory": {
            **asdict(outcome.theory),
            "sentence": outcome.theory.describe(),
            "notes": list(outcome.theory_notes),
        },
        "residual": outcome.residual,
        "checks": [
            {
                "name": check.name,
                "meaning": check.meaning,
                "measured": check.measured,
                "bound": check.bound,
                "passed": check.passed,
            }
            for check in outcome.checks
        ],
        "notices": list(outcome.notices),
        "cautions": list(outcome.cautions),
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _write_tables(outcome: Outcome, folder: Path) -> None:
    tags = {
        "scenario": outcome.scenario,
        "against": outcome.against,
        "world": outcome.world.name,
        "outcome": outcome.id,
    }
    for group, dims in GROUPS.items():
        members = [name for name in outcome.names if set(quantities()[name].dims) == set(dims)]
        if not members:
            continue
        _write_table(_long_table(outcome, members, dims, tags), folder, group)
    if outcome.limits:
        _write_table(_limit_table(outcome, tags), folder, "limits")
    _write_table(_dimension_table(outcome), folder, "labels")
    _write_table(_quantity_table(outcome), folder, "quantities")


def _long_table(outcome: Outcome, names: Sequence[str], dims: Sequence[str], tags: Mapping[str, str]) -> Any:
    """One row a number; labels are stored once and pointed at."""
    import pyarrow as pa

    arrays = [outcome[name].transpose(*dims) for name in names]
    labels = [list(outcome.coordinates[dim]) for dim in dims]
    shape = tuple(len(label) for label in labels)
    size = int(np.prod(shape))

    def column(codes: np.ndarray, words: Sequence[str]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), list(words))

    rows = len(arrays) * size
    which = np.repeat(np.arange(len(arrays)), size)
    positions = [np.tile(index.ravel(), len(arrays)) for index in np.indices(shape)]
    units = list(dict.fromkeys(array.attrs["unit"] for array in arrays))
    unit_of = np.array([units.index(array.attrs["unit"]) for array in arrays])
    return pa.table(
        {
            "quantity": column(which, list(names)),
            **{dim: column(at, words) for dim, at, words in zip(dims, positions, labels, strict=True)},
            "value": np.concatenate([np.asarray(array.values, dtype=np.float64).ravel() for array in arrays]),
            "unit": column(unit_of[which], units),
            **{name: column(np.zeros(rows), [text]) for name, text in tags.items()},
        }
    )


def _limit_table(outcome: Outcome, tags: Mapping[str, str]) -> Any:
    """One row a quota, restraint, commitment or margin; values in USD million a year."""
    import pyarrow as pa

    kinds = {"name": pa.string(), "regime": pa.string(), "in_value": pa.bool_()}
    columns = {
        field.name: pa.array(
            [getattr(limit, field.name) for limit in outcome.limits], kinds.get(field.name, pa.float64())
        )
        for field in fields(LimitResult)
    }
    return pa.table({**columns, **{name: [text] * len(outcome.limits) for name, text in tags.items()}})


def _dimension_table(outcome: Outcome) -> Any:
    import pyarrow as pa

    world = outcome.world
    rows = [("economy", code, economy_title(code)) for code in world.economies]
    rows += [("sector", *pair) for pair in zip(world.sectors, world.sector_titles, strict=True)]
    if outcome.groups is not None:
        named = zip(outcome.groups.groups, outcome.groups.economies, strict=True)
        rows += [("group", name, f"workers of {economy_title(code)}: {name}") for name, code in named]
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(("dimension", "code", "title"))})


def _quantity_table(outcome: Outcome) -> Any:
    import pyarrow as pa

    rows = [quantities()[name] for name in outcome.names]
    columns = ("name", "label", "unit", "symbol", "description", "source")
    return pa.table({column: [getattr(row, column) for row in rows] for column in columns})


def _write_table(table: Any, folder: Path, name: str) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    pyarrow.parquet.write_table(table, folder / f"{name}.parquet", compression="zstd")
    if table.num_rows > LARGEST_PLAIN:
        with pa.CompressedOutputStream(str(folder / f"{name}.csv.gz"), "gzip") as stream:
            pyarrow.csv.write_csv(table, stream)
    else:
        pyarrow.csv.write_csv(table, folder / f"{name}.csv")


def write_scenarios(scenarios: Sequence[Scenario], folder: Path) -> list[str]:
    """Put what was run into `scenario/` of a folder, under the names of its files, which `against` refers to.

    Args:
        scenarios: the scenario first; one that was made or changed in code is written as what decides its
            effect, in JSON.
        folder: must exist.

    Returns:
        The files, relative to the folder.

    Examples:
        >>> import tempfile, detente as dt
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_scenarios([dt.load_scenario("canada-china-2026")], Path(folder))
        ['scenario/canada-china-2026.yaml']
    """
    inside = folder / "scenario"
    for scenario in scenarios:
        inside.mkdir(exist_ok=True)
        name, content = _source(scenario)
        path = inside / name
        # A scenario and its reference may be files of one name in two folders.
        (path.with_stem(f"{path.stem}-reference") if path.exists() else path).write_bytes(content)
    return [f"scenario/{path.name}" for path in sorted(inside.glob("*"))] if scenarios else []


def _source(scenario: Scenario) -> tuple[str, bytes]:
    """File name and content of a scenario; what decides its effect, if it was made or changed in code."""
    if _as_written(scenario):
        return Path(scenario.file or f"{scenario.name}.yaml").name, scenario.text.encode()
    content = {
        "name": scenario.name,
        "title": scenario.title,
        "against": scenario.against,
        "date": scenario.date.isoformat() if scenario.date else None,
        "measures": [measure.content() for measure in scenario.measures],
    }
    return f"{scenario.name}.json", (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _as_written(scenario: Scenario) -> bool:
    """Whether a scenario is still what its text says."""
    if scenario.name in list_scenarios() and scenario == load_scenario(scenario.name):
        return True
    try:
        return bool(scenario.text) and scenario == parse_scenario(scenario.text, scenario.file or "")
    except BadInput:
        return False


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _contents(folder: Path) -> set[str]:
    """Everything in a folder that is no folder, by relative path."""
    return {
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
    }


def _listed(folder: Path) -> set[str]:
    """What the manifest of an earlier result lists, itself included; nothing where there is none."""
    try:
        listed = json.loads((folder / MANIFEST).read_text("utf-8"))
        return {MANIFEST, *listed["files"]} if "outcome" in listed else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
