"""One process owns the database; the second one says so."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integrado_poster.errors import AnotherInstance

LOCK = "service.lock"


@contextmanager
def single_instance(folder: Path) -> Iterator[None]:
    """Be the only process that publishes from this folder, for as long as the block runs.

    The system lets go of the lock when the process ends, however it ends, so whoever holds it knows
    that every earlier sender is gone. Raises `AnotherInstance` if another one holds it. Not for
    network drives: they forget locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AnotherInstance(f"Another process already works in {folder}.") from error
        yield
