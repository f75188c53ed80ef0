"""Files that are written whole or not at all, and are on the disk when they are said to be."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

__all__ = ["force_folder", "force_tree", "replace_file"]


def replace_file(path: Path, content: bytes | Callable[[Path], None], staging: Path) -> None:
    """Write a file in one step, by a rename; who reads it sees the old content or the new.

    Args:
        path: its folder must exist.
        content: bytes, or what writes them into the path it is given.
        staging: a folder on the same file system, made if it does not exist.

    Raises:
        OSError: it cannot be written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "a.txt"
        ...     replace_file(path, b"new", Path(folder) / "staging")
        ...     path.read_bytes(), list((Path(folder) / "staging").iterdir())
        (b'new', [])
    """
    staging.mkdir(parents=True, exist_ok=True)
    temporary = staging / f".{path.name}-{secrets.token_hex(6)}"
    try:
        if isinstance(content, bytes):
            temporary.write_bytes(content)
        else:
            content(temporary)
        _force(temporary)
        temporary.replace(path)
        force_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def force_tree(folder: Path) -> None:
    """Wait until a folder and everything below it is on the disk."""
    for place, _, names in os.walk(folder, topdown=False):
        for name in names:
            _force(Path(place) / name)
        force_folder(Path(place))


def force_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system lets a program ask for it."""
    if os.name == "nt":
        return
    _force(folder)


def _force(path: Path) -> None:
    # Windows forces only what is open for writing; a folder can only be opened for reading.
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
