"""One run in the store: its files, and the manifest that says what each of them was when it was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.errors import BadInput, Problem, nearest

__all__ = [
    "FORMAT",
    "MANIFEST",
    "StoredFile",
    "StoredRun",
    "file_digest",
    "file_names",
    "manifest_digest",
    "read_run",
]

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class StoredFile:
    """Size in bytes and SHA-256 of a file of a run."""

    size: int
    sha256: str


@dataclass(frozen=True)
class StoredRun:
    """A run in the store, as its manifest says it is.

    Attributes:
        id: what it is cited by.
        folder: where its files are.
        about: what `Store.publish` was told of it.
        files: by path relative to the folder.
    """

    id: str
    folder: Path
    about: Mapping[str, Any]
    files: Mapping[str, StoredFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())

    def read(self, name: str) -> bytes:
        """A file of the run, checked against its SHA-256.

        Raises:
            BadInput: the run has no such file, or it is not what was written.
        """
        place = str(self.folder / name)
        if name not in self.files:
            raise BadInput(
                Problem(f"run {self.id} has no file '{name}'", remedy=nearest(name, [*self.files]))
            )
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise BadInput(_damaged(self.id, place, f"cannot be read ({error.strerror})")) from None
        if hashlib.sha256(content).hexdigest() != self.files[name].sha256:
            raise BadInput(_damaged(self.id, place, "is not what was written"))
        return content

    def damage(self) -> tuple[Problem, ...]:
        """Every file that is gone, is not what was written, or was not there when the run was.

        Examples:
            >>> import tempfile
            >>> from detente.studies.store import Store
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     run = Store(Path(folder)).publish("0123456789abcdef", {}, lambda place: None)
            ...     run.damage()
            ()
        """
        found = []
        for name, file in self.files.items():
            path = self.folder / name
            if not path.is_file():
                found.append(_damaged(self.id, str(path), "is gone"))
            elif file_digest(path) != file.sha256:
                found.append(_damaged(self.id, str(path), "is not what was written"))
        for name in sorted(file_names(self.folder) - {*self.files, MANIFEST}):
            found.append(_damaged(self.id, str(self.folder / name), "is no part of the run"))
        return tuple(found)


def read_run(folder: Path, run: str | None = None) -> StoredRun:
    """A run from its folder: one in a store, or one that was exported.

    Args:
        folder: with the run's files and their manifest.
        run: id that it must have; None for any.

    Raises:
        BadInput: the manifest is gone, damaged, or of another format.

    Examples:
        >>> read_run(Path("none"))
        Traceback (most recent call last):
        ...
        detente.errors.BadInput: none/manifest.json: is gone; export the run again
    """
    place = folder / MANIFEST
    try:
        record = json.loads(place.read_text("utf-8"))
        known = record["format"] == FORMAT
        whole = known and record["sha256"] == manifest_digest(record) and run in (None, record["id"])
        files = {name: StoredFile(**file) for name, file in record["files"].items()} if whole else {}
    except FileNotFoundError:
        raise BadInput(_damaged(run, str(place), "is gone")) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadInput(_damaged(run, str(place), "cannot be read")) from None
    if not known:
        message = f"is in format {record['format']}, this version reads format {FORMAT}"
        raise BadInput(Problem(message, str(place), remedy="use the version of detente that made it"))
    if not whole:
        raise BadInput(_damaged(run, str(place), "is not what was written"))
    return StoredRun(record["id"], folder, record["about"], files)


def _damaged(run: str | None, place: str, what: str) -> Problem:
    remedy = f"`detente runs remove {run}` takes the run away, and `detente run` computes it again"
    if run is None:
        remedy = "export the run again"
    return Problem(what, place, remedy=remedy)


def file_digest(path: Path) -> str:
    """SHA-256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def manifest_digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of all of a manifest but this one."""
    rest = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def file_names(folder: Path) -> set[str]:
    """Every file below a folder, by path relative to it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
