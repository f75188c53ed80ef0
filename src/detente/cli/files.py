"""One file that a command writes: looked at before anything long is started, and never half written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["check_file", "write_file"]


def check_file(file: Path | None, overwrite: bool) -> None:
    """See whether a file can be written.

    Raises:
        BadInput: it cannot, or it exists and is not to be replaced.
    """
    from detente.errors import BadInput, Problem

    if file is None:
        return
    place = str(file)
    if not file.parent.is_dir():
        raise BadInput(
            Problem(f"there is no folder '{file.parent}'", place, remedy="make it, or name another")
        )
    if file.is_dir():
        raise BadInput(Problem("is a folder, not a file", place, remedy="name a file in it"))
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise BadInput(Problem("cannot be written", place, remedy="name another file"))
    if file.exists() and not overwrite:
        raise BadInput(Problem("the file exists", place, remedy="name another file, or give --overwrite"))


def write_file(file: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, then put it there.

    Args:
        file: where it is to stand.
        write: called with where to write.

    Raises:
        BadInput: it cannot be written.

    Examples:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_file(Path(folder, "a.txt"), lambda place: place.write_text("whole"))
        ...     Path(folder, "a.txt").read_text(), os.listdir(folder)
        ('whole', ['a.txt'])
    """
    from detente.errors import BadInput, Problem

    try:
        with tempfile.TemporaryDirectory(prefix=".detente-", dir=file.parent) as folder:
            # The same name, as writers go by its ending.
            made = Path(folder, file.name)
            write(made)
            made.replace(file)
    except OSError as error:
        raise BadInput(Problem(f"cannot be written: {error.strerror or error}", str(file))) from None
