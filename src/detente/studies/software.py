"""Which code computed an answer: the version, and the content of a source tree that may change."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path

import detente

__all__ = ["software"]

_LENGTH = 12


@cache
def software() -> str:
    """The version; of an installation that can be edited, with a digest of all files of the package.

    The version of a source tree stays the same while its code changes; answers of one state of the code must
    not be taken for those of another.

    Examples:
        >>> software().startswith(version("detente"))
        True
    """
    number = version("detente")
    return f"{number}+source.{_content()}" if _editable() else number


def _editable() -> bool:
    try:
        said = json.loads(distribution("detente").read_text("direct_url.json") or "{}")
        return bool(said.get("dir_info", {}).get("editable", False))
    except (OSError, ValueError, AttributeError):
        return False


def _content() -> str:
    digest = hashlib.sha256()
    root = Path(detente.__file__).parent
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()[:_LENGTH]
