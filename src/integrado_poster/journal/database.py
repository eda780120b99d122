"""The database: made, checked, upgraded, and every transaction on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import NamedTuple, Protocol

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection

from integrado_poster.errors import DatabaseReplaced, DatabaseUnusable
from integrado_poster.journal.sqlite import SQLite
from integrado_poster.journal.tables import HEAD, REVISIONS, metadata
from integrado_poster.journal.vault import Vault
from integrado_poster.speech import Sentence

Place = Path | SecretStr
"""Where a database is: a file, or the address of one on a server, which holds a password."""


class Connections(NamedTuple):
    """How many connections a server has for us at most, and how many one `run` takes."""

    most: int
    each: int


class Kind(Protocol):
    """All that differs between one kind of database and another. `str` names it without secrets."""

    @property
    def shared(self) -> bool:
        """Whether many workers may publish from it at once."""
        ...

    def open(self, *, create: bool) -> Engine:
        """Reach the database; with `create`, make an empty one if there is none."""
        ...

    def reader(self, opened: Engine) -> Engine:
        """The same for reading only: all of a transaction sees one moment."""
        ...

    def writing(self, opened: Engine, *, alone: bool) -> AbstractContextManager[Connection]:
        """One transaction; with `alone` it runs beside no other one that writes."""
        ...

    def on_duty(self) -> AbstractContextManager[None]:
        """Be allowed to publish as long as the block runs; raises `AnotherInstance`."""
        ...

    def off_duty(self) -> AbstractContextManager[None]:
        """Nobody publishes as long as the block runs; raises `AnotherInstance`."""
        ...

    def hold(self, opened: Engine, id: int) -> AbstractContextManager[bool]:
        """Keep a delivery to ourselves as long as the block runs; gives False if another one does."""
        ...

    def gone(self, connection: Connection, id: int) -> bool:
        """Whether the sender of a delivery, whose time is up, is surely gone."""
        ...

    def now(self, connection: Connection) -> datetime:
        """The database's own time."""
        ...

    def identity(self) -> object:
        """What becomes another one when the database is replaced under us."""
        ...

    def unusable(self, error: DBAPIError) -> DatabaseUnusable:
        """What an error of the database means to whoever reads it."""
        ...

    def damage(self, connection: Connection) -> str:
        """What is wrong with it, "" if nothing."""
        ...

    def durability(self, connection: Connection) -> dict[str, str]:
        """The settings that put a commit on the disk before it returns, by their names."""
        ...

    def connections(self, connection: Connection) -> Connections | None:
        """How many connections there are for us; None where nobody counts them."""
        ...

    def copy(self, opened: Engine, revision: str) -> Path | None:
        """Copy it beside itself, and say where to; None where that is not ours to do."""
        ...


def kind_of(place: Place) -> Kind:
    """The kind of database that lies at a place."""
    if isinstance(place, Path):
        return SQLite(place)
    # Only here: loading the driver would cost `status` on a file a third of its time.
    from integrado_poster.journal.postgresql import PostgreSQL

    return PostgreSQL(place.get_secret_value())


@contextmanager
def on_duty(place: Place) -> Iterator[None]:
    """Be allowed to publish from a database, for as long as the block runs.

    From a file only one process may; on a server many may, but not while it is being upgraded.
    Raises `AnotherInstance`, and `DatabaseUnusable` where no lock can be trusted.
    """
    kind = kind_of(place)
    with _trouble(kind), kind.on_duty():
        yield


class Store:
    """A database that is known to be ours and up to date. Safe to use from many threads."""

    def __init__(
        self,
        engine: Engine,
        kind: Kind,
        *,
        vault: Vault | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._engine = engine
        self._kind = kind
        self._reader = kind.reader(engine)
        self._known = kind.identity()
        self._vault = vault
        self._chance = chance or SystemRandom().random

    @property
    def shared(self) -> bool:
        """Whether other workers may publish from this database at the same time."""
        return self._kind.shared

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Connection]:
        """One transaction: all of it is on the disk when the block ends, or nothing of it.

        Others may write at the same time, so what it changes must be guarded. `alone`, it sees and
        changes everything as if nobody else were there; keep that for what people do.
        """
        with _trouble(self._kind), self._kind.writing(self._engine, alone=alone) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that keeps nobody from writing."""
        with _trouble(self._kind), self._reader.begin() as connection:
            yield connection

    def same_file(self) -> None:
        """Raise `DatabaseReplaced` if the file is not the one any more that was opened.

        Its writers would notice nothing: all they write goes into a file that has no name.
        """
        if self._kind.identity() != self._known:
            raise DatabaseReplaced(Sentence("database.replaced", path=self._kind))

    @contextmanager
    def hold(self, id: int) -> Iterator[bool]:
        """Keep a delivery to ourselves as long as the block runs; gives False if another worker does.

        While it is held, `recover` never takes it for a dead sender's.
        """
        with _trouble(self._kind), self._kind.hold(self._engine, id) as ours:
            yield ours

    def now(self) -> datetime:
        """The database's own time: where it is shared, the only one that decides."""
        with self.read() as connection:
            return self._kind.now(connection)

    def damage(self) -> str:
        """What is wrong with the database, "" if nothing; may take a second for a large file."""
        with self.read() as connection:
            return self._kind.damage(connection)

    def durability(self) -> dict[str, str]:
        """The settings by which a commit is on the disk when it returns, as the database says them."""
        with self.read() as connection:
            return self._kind.durability(connection)

    def connections(self) -> Connections | None:
        """How many connections the server has for us; None where nobody counts them."""
        with self.read() as connection:
            return self._kind.connections(connection)


@contextmanager
def _trouble(kind: Kind) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        raise kind.unusable(error) from error
    except NoConnection as error:
        raise DatabaseUnusable(Sentence("database.other", path=kind, detail=error)) from error


def open_engine(kind: Kind, *, create: bool) -> Engine:
    """Open a database of ours that is up to date; with `create`, make it if there is none.

    Raises `DatabaseUnusable` if it is missing, older or newer than this program, or not ours.
    """
    made = kind.open(create=create)
    try:
        with _trouble(kind):
            if create:
                _create(made, kind)
            revision = _revision(made, kind)
            if revision is None and _is_empty(made, kind):
                raise DatabaseUnusable(Sentence("database.empty", path=kind))
            _refuse_other_revisions(kind, revision)
    except BaseException:
        made.dispose()
        raise
    return made


def _create(made: Engine, kind: Kind) -> None:
    """Make every table in one go, if there is none. A test holds this equal to running all migrations."""
    if not _is_empty(made, kind):
        return
    with kind.writing(made, alone=True) as connection:
        if not _empty(connection):  # somebody else was faster
            return
        metadata.create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _is_empty(made: Engine, kind: Kind) -> bool:
    with kind.reader(made).begin() as connection:
        return _empty(connection)


def _empty(connection: Connection) -> bool:
    return not connection.dialect.get_table_names(connection)


def _revision(made: Engine, kind: Kind) -> str | None:
    """Read the revision without Alembic, whose import alone takes longer than `status` may."""
    with kind.reader(made).begin() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        return revision.scalar_one_or_none()


def _refuse_other_revisions(kind: Kind, revision: str | None) -> None:
    if revision == HEAD:
        return
    if revision is None:
        raise DatabaseUnusable(Sentence("database.foreign", path=kind))
    if revision in REVISIONS:
        raise DatabaseUnusable(Sentence("database.older", path=kind))
    raise DatabaseUnusable(Sentence("database.newer", path=kind))


def migrations() -> Path:
    """Find the migrations: inside an installed package, else at the root of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def upgrade(place: Place) -> Path | None:
    """Bring a database up to this program's revision, or make it; all of it or nothing.

    Gives the copy that was made before, or None if there was nothing to do or nothing to copy.
    Raises `AnotherInstance` while another process publishes from it.
    """
    kind = kind_of(place)
    with _trouble(kind), kind.off_duty():
        made = kind.open(create=True)
        try:
            return _upgrade(made, kind)
        finally:
            made.dispose()


def _upgrade(made: Engine, kind: Kind) -> Path | None:
    before = _revision(made, kind)
    if before == HEAD:
        return None
    if before not in (None, *REVISIONS) or (before is None and not _is_empty(made, kind)):
        _refuse_other_revisions(kind, before)
    copy = None if before is None else kind.copy(made, before)
    with kind.writing(made, alone=True) as connection:
        _run_alembic(connection)
    return copy


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic reads % as the start of a variable.
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
