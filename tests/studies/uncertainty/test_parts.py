"""Parts on disk: whole or not there, each block once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from detente.errors import BadInput
from detente.studies.uncertainty.parts import Part, Parts


def table(first: int, count: int, value: float = 0.0) -> pa.Table:
    blocks = np.repeat(np.arange(first, first + count), 2)
    return pa.table({"block": blocks, "x": blocks + value})


def test_what_is_missing_is_told_in_files_of_a_fixed_size(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    assert parts.missing(20) == [Part(0, 16), Part(16, 4)]
    assert parts.missing(1000)[15:18] == [Part(240, 16), Part(256, 128), Part(384, 128)]
    parts.write(Part(16, 4), table(16, 4))
    assert parts.missing(40) == [Part(0, 16), Part(20, 12), Part(32, 8)]


def test_each_block_counts_once_and_later_ones_do_not(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    parts.write(Part(0, 3), table(0, 3))
    parts.write(Part(2, 3), table(2, 3, 0.5))
    assert parts.column("x", 5).tolist() == [0, 0, 1, 1, 2, 2, 3.5, 3.5, 4.5, 4.5]
    assert parts.column("x", 2).tolist() == [0, 0, 1, 1]


def test_what_is_half_written_is_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = Parts(tmp_path)
    parts.write(Part(0, 1), table(0, 1))

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        parts.write(Part(1, 1), table(1, 1))
    assert parts.there() == [Part(0, 1)]
    assert {path.name for path in tmp_path.iterdir()} == {Part(0, 1).name, f".{Part(0, 1).name}.sha256"}


def test_a_damaged_part_is_computed_again(tmp_path: Path) -> None:
    Parts(tmp_path).write(Part(0, 16), table(0, 16, 0.125))
    Parts(tmp_path).write(Part(16, 1), table(16, 1))
    path = tmp_path / Part(0, 16).name
    content, whole = path.read_bytes(), Parts(tmp_path).column("x", 16).tolist()
    for at in range(0, len(content), 97):
        damaged = bytearray(content)
        damaged[at] ^= 0b100
        path.write_bytes(bytes(damaged))
        assert Parts(tmp_path).missing(17) == [Part(0, 16)]
        assert Parts(tmp_path).there() == [Part(16, 1)], "what is damaged is taken away"
    path.write_bytes(content[:-10])
    assert Parts(tmp_path).missing(17) == [Part(0, 16)]
    path.write_bytes(content)
    assert Parts(tmp_path).missing(17) == []
    assert Parts(tmp_path).column("x", 16).tolist() == whole


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"file/draws: draws cannot be written \(Not a directory\); make room"):
        Parts(tmp_path / "file" / "draws").write(Part(0, 1), table(0, 1))
