"""More than one machine: an executor on a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress

from detente.errors import BadInput, Problem

__all__ = ["cluster"]

# How often a part is tried anew elsewhere when the worker that had it is gone.
_AGAIN = 5
_PATIENCE = "10s"


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """An executor on a running Dask cluster, such as "tcp://10.0.0.5:8786".

    Workers need the same version of detente. Work of a worker that is gone is done again by the others.

    Raises:
        BadInput: the extra `cluster` is not installed, or nothing answers at the address.
    """
    try:
        from distributed import Client
    except ImportError:
        remedy = 'pip install "detente[cluster]"'
        raise BadInput(Problem("Dask is not installed", field="cluster", remedy=remedy)) from None
    try:
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=_PATIENCE, set_as_default=False
        )
    except (OSError, ValueError, TypeError) as error:
        remedy = "give the address that `dask scheduler` prints, such as tcp://10.0.0.5:8786"
        message = f"no cluster answers at '{address}' ({type(error).__name__})"
        raise BadInput(Problem(message, field="cluster", remedy=remedy)) from None
    try:
        yield client.get_executor(retries=_AGAIN, pure=False)  # type: ignore[no-untyped-call]
    finally:
        # A cluster that is gone cannot be taken leave of.
        with suppress(OSError):
            client.close()  # type: ignore[no-untyped-call]
