"""The journal on a PostgreSQL server: many workers share it.

Two facts together let a worker call another one's sender dead: nobody holds the delivery's lock, and
by the database's clock the sender has had more time than its request may take. A lock that is free
proves little by itself, for a server that is restarted forgets every lock; time that has passed proves
little by itself, for a machine may stand still.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError

from integrado_poster.errors import AnotherInstance, DatabaseUnusable, SettingsError
from integrado_poster.journal import advisory
from integrado_poster.journal.advisory import DUTY, WRITING, Holding
from integrado_poster.journal.database import Connections
from integrado_poster.speech import Sentence

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
POOL = 16
"""Connections of one process at most: its senders need them for milliseconds, and wait for their turn."""
EACH = POOL + 1
"""What one `run` takes in all: one more says that it is on duty."""
_MOST = text(
    "SELECT least("
    " current_setting('max_connections')::int"
    " - current_setting('superuser_reserved_connections')::int"
    " - coalesce(current_setting('reserved_connections', true), '0')::int,"
    " (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),"
    " (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))"
)


@dataclass(frozen=True, slots=True, repr=False)
class PostgreSQL:
    """A database on a server, by its address; the address holds the password."""

    address: str
    _holding: Holding = field(default_factory=Holding, compare=False)
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
                self._url, connect_args=LINE, pool_pre_ping=True, pool_size=POOL, max_overflow=0
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
            lock = advisory.ALONE if alone else advisory.TOGETHER
            connection.execute(lock, {"number": WRITING})
            yield connection

    @contextmanager
    def on_duty(self) -> Iterator[None]:
        """Publish from this database, beside other workers, but not while it is being upgraded."""
        with self._duty(advisory.SHARED, Sentence("database.upgrading", path=self)):
            yield

    @contextmanager
    def off_duty(self) -> Iterator[None]:
        """No worker publishes from this database as long as the block runs."""
        with self._duty(advisory.EXCLUSIVE, Sentence("database.at-work", path=self)):
            yield

    @contextmanager
    def _duty(self, lock: advisory.Kind, otherwise: Sentence) -> Iterator[None]:
        opened = self.open(create=False)
        try:
            with advisory.locked(opened, lock, DUTY) as free:
                if not free:
                    raise AnotherInstance(otherwise)
                yield
        finally:
            opened.dispose()

    def hold(self, opened: Engine, id: int) -> AbstractContextManager[bool]:
        """Keep a delivery to ourselves; gives False while another one has it.

        The lock belongs to a session, so the server lets go of it when our process ends, however it
        ends.
        """
        return self._holding.hold(opened, id)

    def gone(self, connection: Connection, id: int) -> bool:
        """Whether nobody holds a delivery; if so, nobody can until this transaction ends."""
        return bool(connection.execute(advisory.UNTIL_THE_END, {"number": id}).scalar_one())

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

    def connections(self, connection: Connection) -> Connections:
        """As many as the server lets ordinary users have, or fewer by a limit of our role or database."""
        return Connections(connection.execute(_MOST).scalar_one(), EACH)

    def copy(self, _opened: Engine, _revision: str) -> Path | None:
        """None: copies of a server are its keeper's, by pg_dump."""
        return None
