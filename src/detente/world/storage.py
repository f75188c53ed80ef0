"""One compact file a world: arrays in `<name>.npz`, everything else in `<name>.json` beside it.

A complete inter-country table, where there is one, has a third file, `<name>.complete.npz`, which is read
when it is asked for.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import zipfile
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from detente.errors import BadInput, Problem
from detente.world.balancing import conform_input_use
from detente.world.complete_table import CompleteTable
from detente.world.world import Provenance, World

__all__ = ["Precision", "content_hash", "read_metadata", "read_world", "write_world"]

Precision = Literal["float64", "float32"]
FORMAT = 1
COMPLETE = ".complete.npz"
# A table of 65 MB takes ten times as long at the level of the small arrays, and ends up hardly smaller.
_TABLE_LEVEL = 6
ARRAYS = ("intermediate_flows", "final_flows", "input_use", "tariff_factor")
FIELDS = (
    "name", "title", "vintage", "classification", "precision", "npz_sha256", "content_sha256", "provenance",
    "economies", "sectors", "economy_groups", "sector_groups",
)  # fmt: skip


def content_hash(world: World) -> str:
    """SHA-256 of a world's labels and numbers: the same world always has the same hash, whatever its name.

    Examples:
        >>> import detente as dt
        >>> world = dt.load_world("g20-2019")
        >>> content_hash(world) == content_hash(world.replace(name="mine"))
        True
    """
    digest = hashlib.sha256()
    labels = [world.classification, world.vintage, world.economies, world.sectors]
    digest.update(json.dumps(labels).encode())
    for name in ARRAYS:
        digest.update(np.ascontiguousarray(getattr(world, name), dtype="<f8").tobytes())
    if world.complete_table is not None:
        digest.update(world.complete_table.identity.encode())
    return digest.hexdigest()


def write_world(world: World, folder: Path, precision: Precision = "float64") -> Path:
    """Write a world into a folder as `<name>.npz` and `<name>.json`; the same world gives the same bytes.

    A complete table goes into `<name>.complete.npz`, in float32.

    Args:
        world: what to write. Where an aggregated world came from is not kept, its groups are.
        folder: made if it does not exist.
        precision: of the stored numbers; arrays in memory are always float64.

    Returns:
        The path of the `.json` file, which is written last: a world without it does not exist.

    Raises:
        BadInput: the folder cannot be written.

    Examples:
        >>> import tempfile, detente as dt
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = write_world(dt.load_world("g20-2019"), Path(folder))
        ...     read_world(path).economies[0]
        'ARG'
    """
    arrays = {name: getattr(world, name).astype(precision) for name in ARRAYS}
    packed = _pack(arrays)
    metadata = {
        "format": FORMAT,
        "name": world.name,
        "title": world.title,
        "vintage": world.vintage,
        "classification": world.classification,
        "precision": precision,
        "npz_sha256": hashlib.sha256(packed).hexdigest(),
        "content_sha256": content_hash(_stored(world, arrays)),
        "provenance": {
            "sources": list(world.provenance.sources),
            "estimated": list(world.provenance.estimated),
            "measured_errors": dict(world.provenance.measured_errors),
            "tariff_layers": list(world.provenance.tariff_layers),
            "inputs": dict(sorted(world.provenance.inputs.items())),
            "measures_included": dict(sorted(world.provenance.measures_included.items())),
        },
        "economies": list(world.economies),
        "sectors": dict(zip(world.sectors, world.sector_titles, strict=True)),
        "economy_groups": {key: list(members) for key, members in world.economy_groups.items()},
        "sector_groups": {key: list(members) for key, members in world.sector_groups.items()},
    }
    table, cells = world.complete_table, None
    if table is not None:
        cells = _pack({"cells": table.cells.astype("<f4", copy=False)}, _TABLE_LEVEL)
        metadata["complete_table"] = {
            "sha256": hashlib.sha256(cells).hexdigest(),
            "identity": table.identity,
        }
    text = json.dumps(metadata, indent=1, ensure_ascii=False) + "\n"
    path = folder / f"{world.name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(path.with_suffix(".npz"), packed)
        if cells is None:
            path.with_suffix(COMPLETE).unlink(missing_ok=True)
        else:
            _replace(path.with_suffix(COMPLETE), cells)
        _replace(path, text.encode())
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise BadInput(Problem(message, file=str(folder), remedy="make room or change its rights")) from None
    return path


def read_metadata(path: Path) -> dict[str, Any]:
    """The `.json` part of a stored world.

    Raises:
        BadInput: no such file, or not a world of this format.

    Examples:
        >>> read_metadata(Path("none.json"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: none.json: no such file; ...
    """
    try:
        metadata: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        known = metadata["format"] == FORMAT
        lacking = [name for name in FIELDS if name not in metadata] if known else []
    except FileNotFoundError:
        remedy = "give the .json file that `detente world import` wrote"
        raise BadInput(Problem("no such file", file=str(path), remedy=remedy)) from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BadInput(Problem(f"not a stored world ({error})", file=str(path))) from None
    if not known:
        message = f"written in format {metadata['format']}, this version reads format {FORMAT}"
        raise BadInput(Problem(message, file=str(path), remedy="import the table again"))
    if lacking:
        message = f"not a stored world (it has no {', '.join(lacking)})"
        raise BadInput(Problem(message, file=str(path), remedy="import the table again"))
    return metadata


def read_world(path: Path) -> World:
    """Read a world from its `.json` file (or the `.npz` beside it).

    Raises:
        BadInput: a file is missing, damaged, or of another format.

    Examples:
        >>> read_world(Path("none.npz"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: none.json: no such file; ...
    """
    metadata = read_metadata(path.with_suffix(".json"))
    packed_path = path.with_suffix(".npz")
    remedy = "import the table again"
    if not packed_path.exists():
        raise BadInput(Problem("no such file", file=str(packed_path), remedy=remedy))
    packed = packed_path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != metadata["npz_sha256"]:
        message = "damaged: its content is not what was written"
        raise BadInput(Problem(message, file=str(packed_path), remedy=remedy))
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        arrays = {name: stored[name].astype(np.float64) for name in ARRAYS}
    return _assemble(metadata, arrays, _stored_table(metadata, path.with_suffix(COMPLETE)))


def _stored_table(metadata: dict[str, Any], path: Path) -> CompleteTable | None:
    """The complete table beside a world, unread; None if the world was written without."""
    written = metadata.get("complete_table")
    if written is None:
        return None
    if not path.exists():
        raise BadInput(Problem("no such file", file=str(path), remedy="import the table again"))
    return CompleteTable(partial(_read_cells, path, written["sha256"]), written["identity"])


def _read_cells(path: Path, sha256: str) -> np.ndarray:
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", file=str(path))) from None
    if hashlib.sha256(packed).hexdigest() != sha256:
        message = "damaged: its content is not what was written"
        raise BadInput(Problem(message, file=str(path), remedy="import the table again"))
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        cells: np.ndarray = stored["cells"]
    return cells


def _assemble(
    metadata: dict[str, Any], arrays: dict[str, np.ndarray], complete_table: CompleteTable | None
) -> World:
    provenance = metadata["provenance"]
    arrays = _exact(arrays, metadata["precision"])
    return World(
        name=metadata["name"],
        title=metadata["title"],
        vintage=metadata["vintage"],
        classification=metadata["classification"],
        economies=tuple(metadata["economies"]),
        sectors=tuple(metadata["sectors"]),
        sector_titles=tuple(metadata["sectors"].values()),
        provenance=Provenance(
            sources=tuple(provenance["sources"]),
            estimated=tuple(provenance["estimated"]),
            measured_errors=provenance["measured_errors"],
            tariff_layers=tuple(provenance["tariff_layers"]),
            inputs=provenance["inputs"],
            measures_included=provenance.get("measures_included", {}),
        ),
        economy_groups={key: tuple(members) for key, members in metadata["economy_groups"].items()},
        sector_groups={key: tuple(members) for key, members in metadata["sector_groups"].items()},
        intermediate_flows=arrays["intermediate_flows"],
        final_flows=arrays["final_flows"],
        input_use=arrays["input_use"],
        tariff_factor=arrays["tariff_factor"],
        complete_table=complete_table,
    )


def _exact(arrays: dict[str, np.ndarray], precision: str) -> dict[str, np.ndarray]:
    """Restore the identity of input use and purchases, which rounding to float32 breaks at 1e-7."""
    if precision == "float64":
        return arrays
    return {**arrays, "input_use": conform_input_use(arrays["intermediate_flows"], arrays["input_use"])}


def _stored(world: World, arrays: dict[str, np.ndarray]) -> World:
    """The world as it will be read back."""
    precision = str(arrays["input_use"].dtype)
    return world.replace(**_exact({name: a.astype(np.float64) for name, a in arrays.items()}, precision))


def _pack(arrays: dict[str, np.ndarray], level: int = 9) -> bytes:
    """An npz whose bytes depend on nothing but the arrays: no time stamps, no system, fixed order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(entry, content.getbuffer(), compresslevel=level)
    return buffer.getvalue()


def _replace(path: Path, content: bytes) -> None:
    """Write a whole file or nothing; two programs that write the same one do not meet on the way."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
