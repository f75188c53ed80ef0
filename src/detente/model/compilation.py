"""Keep compiled code on disk, so that only the first run of a program on a machine waits for the compiler."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import jax

__all__ = ["keep_compiled"]

SETTINGS = {
    # Many small programs are compiled before the large one; each counts at start.
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
    # A damaged entry is compiled again instead of ending the program.
    "jax_raise_persistent_cache_errors": False,
}


def keep_compiled(folder: Path | None = None) -> Path | None:
    """Read and write JAX's compiled code in a folder, from now on in this process.

    A folder that the user set for JAX (`JAX_COMPILATION_CACHE_DIR`) is left as it is. Entries are keyed by
    the program, the compiler and the processor, so that a stale one is never read.

    Args:
        folder: where; `compiled` in the user's cache folder of Détente if None.

    Returns:
        The folder in use; None if it cannot be written, in which case everything works and compiles afresh.

    Examples:
        >>> import tempfile, jax
        >>> before = jax.config.jax_compilation_cache_dir
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     keep_compiled(Path(folder) / "compiled").name
        ...     jax.config.update("jax_compilation_cache_dir", before)
        'compiled'
    """
    chosen = jax.config.jax_compilation_cache_dir  # type: ignore[attr-defined]
    if folder is None and chosen:
        return Path(chosen)
    if folder is None:
        from platformdirs import user_cache_path

        folder = user_cache_path("detente") / "compiled"
    if not _writable(folder):
        return None
    for name, value in {**SETTINGS, "jax_compilation_cache_dir": str(folder)}.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]
    return folder


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        Path(name).unlink()
    except OSError:
        return False
    return True
