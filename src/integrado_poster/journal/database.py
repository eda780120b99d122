"""The database file: made, checked, upgraded, and every transaction on it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError

from integrado_poster.errors import DatabaseReplaced, DatabaseUnusable
from integrado_poster.journal.lock import single_instance, writable
from integrado_poster.journal.tables import HEAD, REVISIONS, metadata
from integrado_poster.journal.trouble import locked, unusable
from integrado_poster.journal.vault import Vault
from integrado_poster.speech import Sentence

BUSY = 10_000  # milliseconds to wait for another process's transaction; the watchdog waits longer


class Store:
    """A database that is known to be ours and up to date. Safe to use from many threads."""

    def __init__(
        self,
        engine: Engine,
        *,
        vault: Vault | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self._engine = engine
        self._reader = engine.execution_options(reading=True)
        self._vault = vault
        self._chance = chance or SystemRandom().random
        # SQLite takes one writer at a time and lets the others poll; in one process a lock is fairer.
        self._turn = threading.Lock()
        self._path = Path(str(engine.url.database))
        self._file = _identity(self._path)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: all of it is on the disk when the block ends, or nothing of it."""
        with _trouble(self._path), self._my_turn(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        # Without an end, each would wait for all before it to wait for another program's lock.
        if not self._turn.acquire(timeout=BUSY / 1000):
            raise locked(self._path, waited=BUSY / 1000)
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that keeps nobody from writing."""
        with _trouble(self._path), self._reader.begin() as connection:
            yield connection

    def same_file(self) -> None:
        """Raise `DatabaseReplaced` if the file is not the one any more that was opened.

        Its writers would notice nothing: all they write goes into a file that has no name.
        """
        if _identity(self._path) != self._file:
            raise DatabaseReplaced(Sentence("database.replaced", path=self._path))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def _trouble(path: Path) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DatabaseError as error:
        raise unusable(path, error.orig, waited=BUSY / 1000) from error
    except driver().Error as error:  # by a cursor of its own, past SQLAlchemy
        raise unusable(path, error, waited=BUSY / 1000) from error


def driver() -> ModuleType:
    """Give the newest SQLite there is: pysqlite3 brings its own, else Python's.

    Never open our file with the other one in the same process: POSIX locks belong to the process,
    so the two do not see each other's, and closing one lets go of both.
    """
    try:
        import pysqlite3.dbapi2 as newest
    except ImportError:
        return sqlite3
    module: ModuleType = newest
    return module


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Say whether this SQLite has the WAL-reset fix; without it WAL can lose a committed row.

    Fixed in 3.51.3, back-ported to 3.50.7 and 3.44.6 (sqlite.org/wal.html, "the WAL-reset bug").
    """
    major, minor, patch = version
    back_ported = {(3, 50): 7, (3, 44): 6}.get((major, minor))
    return version >= (3, 51, 3) or (back_ported is not None and patch >= back_ported)


def engine(path: Path) -> Engine:
    """Open the file with the settings that our promises rest on."""
    module = driver()
    mode = "wal" if wal_is_safe(module.sqlite_version_info) else "delete"
    url = URL.create("sqlite", database=str(path))
    # Without mode=rw a file that has just been removed would be made again, empty.
    address = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> Any:
        return module.connect(address, uri=True, timeout=BUSY / 1000, check_same_thread=False)

    made = create_engine(url, module=module, creator=connect, pool_size=8, max_overflow=32)

    @event.listens_for(made, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        (found,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
        if (
            found != mode
        ):  # another program has it open, and holds it in a mode that is not safe here
            raise DatabaseUnusable(Sentence("database.mode", path=path, found=found, wanted=mode))
        for pragma in (
            f"busy_timeout = {BUSY}",
            "synchronous = extra",  # less loses commits when the power goes, in one mode or the other
            "foreign_keys = on",
            "trusted_schema = off",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(made, "begin")
    def _begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        # A deferred BEGIN that writes later fails at once when another writer came between.
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return made


def open_engine(path: Path, *, create: bool) -> Engine:
    """Open a database of ours that is up to date; with `create`, make it if there is none.

    Raises `DatabaseUnusable` if it is missing, older or newer than this program, or not ours.
    """
    if not path.exists():
        if not create:
            raise DatabaseUnusable(Sentence("database.missing", path=path))
        with writable(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    made = engine(path)
    try:
        with _trouble(path):
            if create and _empty(made):
                _create(made)
            _refuse_other_revisions(path, _revision(made))
    except BaseException:
        made.dispose()
        raise
    return made


def _create(made: Engine) -> None:
    """Make every table in one go. A test holds this equal to running all migrations."""
    with made.begin() as connection:
        metadata.create_all(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def _empty(made: Engine) -> bool:
    with made.execution_options(reading=True).begin() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        return not count


def _revision(made: Engine) -> str | None:
    """Read the revision without Alembic, whose import alone takes longer than `status` may."""
    with made.execution_options(reading=True).begin() as connection:
        known = connection.exec_driver_sql(
            "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
        ).scalar_one()
        if not known:
            return None
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        return revision.scalar_one_or_none()


def _refuse_other_revisions(path: Path, revision: str | None) -> None:
    if revision == HEAD:
        return
    if revision is None:
        raise DatabaseUnusable(Sentence("database.foreign", path=path))
    if revision in REVISIONS:
        raise DatabaseUnusable(Sentence("database.older", path=path))
    raise DatabaseUnusable(Sentence("database.newer", path=path))


def migrations() -> Path:
    """Find the migrations: inside an installed package, else at the root of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"


def upgrade(path: Path) -> Path | None:
    """Bring a database up to this program's revision, or make it; all of it or nothing.

    Gives the copy that was made before, or None if there was nothing to do or nothing to copy.
    Raises `AnotherInstance` while another process publishes from the same folder.
    """
    with single_instance(path.parent), _trouble(path), writable(path.parent):
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        made = engine(path)
        try:
            before = _revision(made)
            if before == HEAD:
                return None
            if before not in (None, *REVISIONS) or (before is None and not _empty(made)):
                _refuse_other_revisions(path, before)
            copy = None if before is None else _copy(made, path, before)
            with made.begin() as connection:
                _run_alembic(connection)
            return copy
        finally:
            made.dispose()


def _copy(made: Engine, path: Path, revision: str) -> Path:
    copy = path.with_name(f"{path.stem}-{revision}{path.suffix}")
    copy.unlink(missing_ok=True)
    os.close(os.open(copy, os.O_CREAT | os.O_RDWR, 0o600))
    raw = made.raw_connection()
    try:
        raw.cursor().execute("VACUUM INTO ?", (str(copy),))
    except BaseException:
        copy.unlink()  # half a copy looks like a whole one
        raise
    finally:
        raw.close()
    return copy


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic reads % as the start of a variable.
    config.set_main_option("script_location", str(migrations()).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
