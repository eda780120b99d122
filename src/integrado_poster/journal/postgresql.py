"""The journal on a PostgreSQL server: many workers share it.

Two facts together let a worker call another one's sender dead: nobody holds the delivery's lock, and
by the database's clock the sender has had more time than its request may take. A lock that is free
proves little by itself, for a server that is restarted forgets every lock; time that has passed proves
little by itself, for a machine may stand still.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Integer,
    Select,
    bindparam,
    create_engine,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError

from integrado_poster.errors import AnotherInstance, DatabaseUnusable, SettingsError
from integrado_poster.speech import Sentence

OURS = 0x696B77  # the first half of our advisory locks' numbers; "ikw"
WRITING, DUTY = 0, -1  # the second half; every other number is a delivery's
SESSION = {
    "synchronous_commit": "on",  # whatever the role's default is: an intent is on disk, or it is none
    "statement_timeout": "30s",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    # The server's side: a worker whose machine lost its power must not hold its locks for hours.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15s",
    "timezone": "UTC",
}
LINE = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "integrado-poster",
    "options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()),
}

_NUMBERS = (bindparam("ours", OURS, Integer), bindparam("number", type_=Integer))


class _Lock(NamedTuple):
    """How a session takes a lock if it is free, and lets go of it."""

    take: Select[Any]
    release: Select[Any]


_LOCK = _Lock(
    select(func.pg_try_advisory_lock(*_NUMBERS)), select(func.pg_advisory_unlock(*_NUMBERS))
)
_SHARED_LOCK = _Lock(
    select(func.pg_try_advisory_lock_shared(*_NUMBERS)),
    select(func.pg_advisory_unlock_shared(*_NUMBERS)),
)
_UNTIL_THE_END = select(func.pg_try_advisory_xact_lock(*_NUMBERS))
_ALONE = select(func.pg_advisory_xact_lock(*_NUMBERS))
_TOGETHER = select(func.pg_advisory_xact_lock_shared(*_NUMBERS))


@dataclass(frozen=True, slots=True, repr=False)
class PostgreSQL:
    """A database on a server, by its address; the address holds the password."""

    address: str
    shared: ClassVar[bool] = True

    def __str__(self) -> str:
        """Where it is, without anything that opens it."""
        url = self._url
        port = f":{url.port}" if url.port else ""
        return f"postgresql://{url.host or ''}{port}/{url.database or ''}"

    __repr__ = __str__

    @property
    def _url(self) -> URL:
        try:
            url = make_url(self.address).set(drivername="postgresql+psycopg")
        except (ArgumentError, ValueError):  # their messages would repeat the address
            url = None
        if url is None or "@" in (url.host or ""):  # a password's @ has cut it in two
            raise SettingsError(Sentence("database.address"))
        return url

    def open(self, *, create: bool) -> Engine:
        """Reach the server. The database itself must be there; `create` only fills it."""
        try:
            return create_engine(
                self._url, connect_args=LINE, pool_pre_ping=True, pool_size=16, max_overflow=112
            )
        except ModuleNotFoundError:
            raise SettingsError(Sentence("database.driver")) from None

    def reader(self, opened: Engine) -> Engine:
        """The same for reading only: all of a transaction sees one moment."""
        return opened.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def writing(self, opened: Engine, *, alone: bool) -> Iterator[Connection]:
        """One transaction, beside others, or `alone` after all of them have ended."""
        with opened.begin() as connection:
            # The first statement of all: nobody who waits here holds what another one needs.
            connection.execute(_ALONE if alone else _TOGETHER, {"number": WRITING})
            yield connection

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Publish from this database, beside other workers, but not while it is being upgraded."""
        with self._duty(_SHARED_LOCK, Sentence("database.upgrading", path=self)):
            yield

    @contextmanager
    def off_duty(self) -> Iterator[None]:
        """No worker publishes from this database as long as the block runs."""
        with self._duty(_LOCK, Sentence("database.at-work", path=self)):
            yield

    @contextmanager
    def _duty(self, lock: _Lock, otherwise: Sentence) -> Iterator[None]:
        opened = self.open(create=False)
        try:
            with _locked(opened, lock, DUTY) as free:
                if not free:
                    raise AnotherInstance(otherwise)
                yield
        finally:
            opened.dispose()

    @contextmanager
    def hold(self, opened: Engine, id: int) -> Iterator[bool]:
        """Keep a delivery to ourselves; gives False while another one has it.

        The lock belongs to a session, so the server lets go of it when our process ends, however it
        ends.
        """
        with _locked(opened, _LOCK, id) as free:
            yield free

    def gone(self, connection: Connection, id: int) -> bool:
        """Whether nobody holds a delivery; if so, nobody can until this transaction ends."""
        return bool(connection.execute(_UNTIL_THE_END, {"number": id}).scalar_one())

    def now(self, connection: Connection) -> datetime:
        """The time of the database, which all workers share."""
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)

    def identity(self) -> object:
        """Nobody replaces a server's database while we are connected to it."""
        return None

    def unusable(self, error: DBAPIError) -> DatabaseUnusable:
        """What an error of the server or of the way to it means."""
        said = " ".join(str(error.orig).split())  # the driver's advice comes in lines of its own
        return DatabaseUnusable(Sentence("database.other", path=self, detail=said))

    def damage(self, connection: Connection) -> str:
        """What is wrong with the server's promises, "" if nothing: without fsync there are none."""
        told: str = connection.execute(text("SHOW fsync")).scalar_one()
        return "" if told == "on" else f"fsync = {told}"

    def durability(self, connection: Connection) -> dict[str, str]:
        """Whether the server waits for the disk, and whether it does so for our commits."""
        names = ("fsync", "synchronous_commit")
        return {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names}

    def copy(self, _opened: Engine, _revision: str) -> Path | None:
        """None: copies of a server are its keeper's, by pg_dump."""
        return None


@contextmanager
def _locked(opened: Engine, lock: _Lock, number: int) -> Iterator[bool]:
    """A session's lock for the length of the block; gives whether it was free."""
    with opened.connect() as plain:
        session = plain.execution_options(isolation_level="AUTOCOMMIT")
        free = bool(session.execute(lock.take, {"number": number}).scalar_one())
        try:
            yield free
        finally:
            if free:
                _let_go(session, lock, number)


def _let_go(session: Connection, lock: _Lock, number: int) -> None:
    try:
        session.execute(lock.release, {"number": number})
    except DBAPIError:
        session.invalidate()  # the lock goes with its session, and so no pool hands it to others
