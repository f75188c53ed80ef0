"""Draws on disk: a folder of Parquet files, each with some blocks, that only ever grows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from detente.errors import BadInput, Problem
from detente.studies.safe_files import replace_file

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Part", "Parts"]

_NAME = re.compile(r"part-(\d{8})-(\d{8})\.parquet")
# Blocks in a file: few at first, so that little is lost and progress shows early; many in long runs.
_FEW, _EARLY, _MANY = 16, 256, 128


@dataclass(frozen=True, order=True)
class Part:
    """Blocks that are, or will be, in one file.

    Attributes:
        first: number of the first block.
        count: of blocks.
    """

    first: int
    count: int

    @property
    def name(self) -> str:
        """Name of the file.

        Examples:
            >>> Part(16, 16).name
            'part-00000016-00000031.parquet'
        """
        return f"part-{self.first:08d}-{self.first + self.count - 1:08d}.parquet"


class Parts:
    """A folder with the draws of one question.

    A file is written under another name and then renamed, so that what has the name of a part is whole,
    whoever is stopped when; writers of the same blocks write the same numbers, and the last one stays.

    Examples:
        >>> import tempfile, pyarrow as pa
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     parts = Parts(Path(folder))
        ...     parts.write(Part(0, 2), pa.table({"block": [0, 0, 1, 1], "x": [1.0, 2.0, 3.0, 4.0]}))
        ...     parts.missing(3), parts.column("x", 1).tolist()
        ([Part(first=2, count=1)], [1.0, 2.0])
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sound: set[str] = set()

    def there(self) -> list[Part]:
        """Parts in the folder, by their first block."""
        if not self.folder.is_dir():
            return []
        found = (_NAME.fullmatch(path.name) for path in self.folder.iterdir())
        pairs = ((int(match[1]), int(match[2])) for match in found if match)
        return sorted(Part(first, last - first + 1) for first, last in pairs if last >= first)

    def missing(self, blocks: int) -> list[Part]:
        """What has to be computed so that the first blocks are all there; damaged parts are taken away."""
        known = np.zeros(blocks, dtype=bool)
        for part in self.there():
            if not self._is_sound(part):
                (self.folder / part.name).unlink(missing_ok=True)
                continue
            known[part.first : part.first + part.count] = True
        found: list[Part] = []
        for block in np.flatnonzero(~known).tolist():
            last = found[-1] if found else None
            most = _FEW if block < _EARLY else _MANY
            if last and last.first + last.count == block and last.count < most and block % most:
                found[-1] = Part(last.first, last.count + 1)
            else:
                found.append(Part(block, 1))
        return found

    def _is_sound(self, part: Part) -> bool:
        """Whether a file is what was written, by the digest beside it; asked once for each file."""
        if part.name in self._sound:
            return True
        try:
            with (self.folder / part.name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            sound = found == self._digest(part).read_text("ascii")
        except (OSError, ValueError):
            return False
        if sound:
            self._sound.add(part.name)
        return sound

    def _digest(self, part: Part) -> Path:
        return self.folder / f".{part.name}.sha256"

    def write(self, part: Part, table: pa.Table) -> None:
        """Add a part, whole or not at all.

        Raises:
            BadInput: the folder cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as parquet

        sink = pa.BufferOutputStream()
        parquet.write_table(table, sink, compression="zstd")
        content = sink.getvalue().to_pybytes()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # First, so that no part is without one.
            replace_file(self._digest(part), hashlib.sha256(content).hexdigest().encode(), self.folder)
            replace_file(self.folder / part.name, content, self.folder)
        except OSError as error:
            message = f"draws cannot be written ({error.strerror or error})"
            remedy = "make room or change its rights; draws that are there stay"
            raise BadInput(Problem(message, str(self.folder), remedy=remedy)) from None
        self._sound.add(part.name)

    def columns(self, names: Sequence[str], blocks: int) -> Iterator[pa.Table]:
        """Some columns of the first blocks, part by part, each block once."""
        import pyarrow.compute as compute
        import pyarrow.parquet as parquet

        reached = 0
        for part in self.there():
            end = min(part.first + part.count, blocks)
            if end <= reached:
                continue
            table = parquet.read_table(self.folder / part.name, columns=["block", *names])
            block = table["block"]
            inside = compute.and_(compute.greater_equal(block, reached), compute.less(block, end))
            yield table.filter(inside).select(list(names))
            reached = end

    def column(self, name: str, blocks: int) -> np.ndarray:
        """One column of the first blocks, (draw,); memory holds this column alone."""
        found = [table[name].to_numpy() for table in self.columns([name], blocks)]
        return np.concatenate(found) if found else np.zeros(0)
