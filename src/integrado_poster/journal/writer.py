"""Writing from many threads: whoever writes at the same time shares one wait for the disk.

SQLite takes one writer at a time, and a commit waits for the disk: a thousand posts due in one second
would wait three thousand times. So transactions that come while another one is busy join it, each
within a savepoint of its own, and the last one commits for all. To each it looks as if it were alone:
its changes are all there or none, and they are on the disk when its block has ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DatabaseError, DBAPIError

FEW = 8
"""Transactions that share a commit. More do only as long as a commit takes: on a slow disk that spares
many waits, on a fast one it would keep the first one waiting for nothing."""


@dataclass(slots=True)
class _Group:
    """Transactions that will be committed together."""

    transaction: RootTransaction
    until: float  #: Until then it may grow beyond `FEW`: as long as the last commit took.
    size: int = 0
    error: BaseException | None = None  #: Why none of them is on the disk.
    over: threading.Event = field(default_factory=threading.Event)


class Writer:
    """The one connection by which this process writes."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._group: _Group | None = None
        self._turn = (
            threading.Lock()
        )  # whose statements run now; a lock is fairer than SQLite's polling
        self._counting = threading.Lock()
        self._waiting = 0
        self._took = 0.0  # seconds that the last commit waited for the disk
        self._refused: tuple[float, DatabaseError] | None = None

    def close(self) -> None:
        """Let go of the connection; what somebody waits for is on the disk before."""
        with self._turn:
            try:
                if self._group is not None:
                    self._end(self._group)
            finally:
                self._throw_away()

    @contextmanager
    def transaction(self, engine: Engine) -> Iterator[Connection]:
        """All of it is on the disk when the block ends, or nothing of it."""
        group = self._join(engine)
        connection = group.transaction.connection
        raw: Any = connection.connection.driver_connection
        try:
            # Asked of the driver itself: through SQLAlchemy both take ten times as long.
            _tell(engine, raw, "SAVEPOINT one")
            yield connection
            _tell(engine, raw, "RELEASE one")
        except BaseException as error:
            try:
                self._take_back(raw)
            except engine.dialect.loaded_dbapi.Error:
                group.error = error  # SQLite has undone all of it by itself, the others' as well
            self._leave(group)
            raise
        self._leave(group)
        group.over.wait()
        if group.error is not None:
            raise group.error

    def _join(self, engine: Engine) -> _Group:
        """Wait for our turn, in the transaction that is open or in a new one."""
        with self._counting:
            self._waiting += 1
        since = time.monotonic()
        try:
            self._turn.acquire()
        finally:
            with self._counting:
                self._waiting -= 1
        try:
            if self._group is None:
                self._group = self._begin(engine, since)
        except BaseException:
            self._turn.release()
            raise
        self._group.size += 1
        return self._group

    def _begin(self, engine: Engine, since: float) -> _Group:
        if self._refused is not None and self._refused[0] > since:
            # Another program has the file; who waited meanwhile need not wait as long once more.
            raise self._refused[1]
        try:
            if self._connection is None:
                self._connection = engine.connect()
            return _Group(self._connection.begin(), until=time.monotonic() + self._took)
        except DatabaseError as error:
            self._refused = (time.monotonic(), error)
            self._throw_away()
            raise

    def _take_back(self, raw: Any) -> None:
        """Undo what one has done, and nothing of the others; raises the driver's error if that cannot be."""
        raw.execute("ROLLBACK TO one")
        raw.execute("RELEASE one")

    def _leave(self, group: _Group) -> None:
        """Leave the transaction to the next one that waits, or end it."""
        more = group.size < FEW or time.monotonic() < group.until
        if self._waiting and more and group.error is None:
            self._turn.release()
            return
        try:
            self._end(group)
        finally:
            self._turn.release()

    def _end(self, group: _Group) -> None:
        """Put all of it on the disk, unless somebody's trouble has undone it."""
        try:
            if group.error is None:
                began = time.monotonic()
                group.transaction.commit()
                self._took = time.monotonic() - began
        except BaseException as error:
            group.error = error
            raise
        finally:
            if group.error is not None:
                self._throw_away()
            self._group = None
            group.over.set()

    def _throw_away(self) -> None:
        # After a failed COMMIT SQLite's transaction is still open, and SQLAlchemy believes it over.
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _tell(engine: Engine, raw: Any, statement: str) -> None:
    """Run a statement; its trouble is SQLAlchemy's, as everywhere."""
    try:
        raw.execute(statement)
    except engine.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, engine.dialect.loaded_dbapi.Error, dialect=engine.dialect
        ) from error
