"""PostgreSQL's advisory locks: of a session, of a transaction, and those that many senders hold by one session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Integer, Select, bindparam, func, select
from sqlalchemy.exc import DBAPIError

OURS = 0x696B77  # the first half of our locks' numbers; "ikw"
WRITING, DUTY = 0, -1  # the second half; every other number is a delivery's
_NUMBERS = (bindparam("ours", OURS, Integer), bindparam("number", type_=Integer))


class Kind(NamedTuple):
    """How a session takes a lock if it is free, and lets go of it."""

    take: Select[Any]
    release: Select[Any]


EXCLUSIVE = Kind(
    select(func.pg_try_advisory_lock(*_NUMBERS)), select(func.pg_advisory_unlock(*_NUMBERS))
)
SHARED = Kind(
    select(func.pg_try_advisory_lock_shared(*_NUMBERS)),
    select(func.pg_advisory_unlock_shared(*_NUMBERS)),
)
UNTIL_THE_END = select(func.pg_try_advisory_xact_lock(*_NUMBERS))
ALONE = select(func.pg_advisory_xact_lock(*_NUMBERS))
TOGETHER = select(func.pg_advisory_xact_lock_shared(*_NUMBERS))


@contextmanager
def locked(opened: Engine, kind: Kind, number: int) -> Iterator[bool]:
    """A session's lock for the length of the block; gives whether it was free."""
    with opened.connect() as plain:
        session = plain.execution_options(isolation_level="AUTOCOMMIT")
        free = _ask(session, kind.take, number)
        try:
            yield free
        finally:
            if free:
                _let_go(session, kind, number)


class Holding:
    """The deliveries that a process has in hand, each under a lock of its own, all by one session.

    A session for each would take two connections for every sender, and more than a server allows.
    If the session breaks, all of its locks are gone: as after a restart of the server, the time that
    each sender has still keeps it from being called dead.
    """

    def __init__(self) -> None:
        self._turn = Lock()
        self._numbers: set[int] = set()
        self._session: Connection | None = None

    @contextmanager
    def hold(self, opened: Engine, number: int) -> Iterator[bool]:
        """Hold a delivery for the length of the block; gives False if anybody else does."""
        with self._turn:
            free = self._take(opened, number)
        try:
            yield free
        finally:
            if free:
                with self._turn:
                    self._release(number)

    def _take(self, opened: Engine, number: int) -> bool:
        if number in self._numbers:  # a session would be given its own lock once more
            return False
        try:
            free = self._ask(opened, number)
            if free:
                self._numbers.add(number)
            return free
        finally:
            self._put_back()

    def _ask(self, opened: Engine, number: int) -> bool:
        try:
            return _ask(self._open(opened), EXCLUSIVE.take, number)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return _ask(self._open(opened), EXCLUSIVE.take, number)

    def _release(self, number: int) -> None:
        self._numbers.discard(number)
        if self._session and not self._session.invalidated:
            _let_go(self._session, EXCLUSIVE, number)
        self._put_back()

    def _open(self, opened: Engine) -> Connection:
        if self._session and self._session.invalidated:
            self._session.close()
            self._session = None
        if self._session is None:
            self._session = opened.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._session

    def _put_back(self) -> None:
        """Give the session back to the pool as soon as it holds nothing."""
        if self._session and not self._numbers:
            self._session.close()
            self._session = None


def _ask(session: Connection, statement: Select[Any], number: int) -> bool:
    return bool(session.execute(statement, {"number": number}).scalar_one())


def _let_go(session: Connection, kind: Kind, number: int) -> None:
    try:
        session.execute(kind.release, {"number": number})
    except DBAPIError:
        session.invalidate()  # the lock goes with its session, and so no pool hands it to others
