"""The journal in one SQLite file: one process owns it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal.lock import single_instance, writable
from integrado_poster.journal.trouble import unusable
from integrado_poster.journal.writer import Writer
from integrado_poster.speech import Sentence

BUSY = 10_000  # milliseconds to wait for another process's transaction; the watchdog waits longer


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


@dataclass(frozen=True, slots=True)
class SQLite:
    """A database file."""

    path: Path
    _writer: Writer = field(default_factory=Writer, compare=False)
    shared: ClassVar[bool] = False

    def __str__(self) -> str:
        return str(self.path)

    def open(self, *, create: bool) -> Engine:
        """Reach the file; with `create`, make an empty one if there is none."""
        if not self.path.exists():
            if not create:
                raise DatabaseUnusable(Sentence("database.missing", path=self.path))
            with writable(self.path.parent):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                _touch(self.path)
        made = engine(self.path)
        event.listen(made, "engine_disposed", lambda _: self._writer.close())
        return made

    def reader(self, opened: Engine) -> Engine:
        """The same for reading only."""
        return opened.execution_options(reading=True)

    def writing(self, opened: Engine, *, alone: bool) -> AbstractContextManager[Connection]:
        """One transaction; on a file every one is alone, and only the commit is shared."""
        return self._writer.transaction(opened)

    def on_duty(self) -> AbstractContextManager[None]:
        """Be the only process that publishes from this file."""
        return single_instance(self.path.parent)

    def off_duty(self) -> AbstractContextManager[None]:
        """Nobody publishes from this file as long as the block runs."""
        return single_instance(self.path.parent)

    def hold(self, _opened: Engine, _id: int) -> AbstractContextManager[bool]:
        """Keep a delivery to ourselves; whoever is on duty here is alone anyway."""
        return nullcontext(True)

    def gone(self, _connection: Connection, _id: int) -> bool:
        """Whether the sender of a delivery is gone: the one on duty knows that every earlier one is."""
        return True

    def now(self, connection: Connection) -> datetime:
        """The time as SQLite reads it from this machine's clock."""
        days = connection.exec_driver_sql("SELECT julianday('now') - 2440587.5").scalar_one()
        return datetime.fromtimestamp(0, UTC) + timedelta(days=days)

    def identity(self) -> object:
        """The file itself, whatever its name."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def unusable(self, error: DBAPIError) -> DatabaseUnusable:
        """What an error of SQLite means."""
        return unusable(self.path, error.orig, waited=BUSY / 1000)

    def damage(self, connection: Connection) -> str:
        """What SQLite finds wrong with the file, "" if nothing."""
        told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        return "" if told == "ok" else str(told)

    def durability(self, connection: Connection) -> dict[str, str]:
        """The file's mode, and when SQLite waits for the disk."""
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()
        return {"journal_mode": mode, "synchronous": ("off", "normal", "full", "extra")[level]}

    def connections(self, connection: Connection) -> None:
        """None: a file has room for as many as the system lets us open."""

    def copy(self, opened: Engine, revision: str) -> Path | None:
        """Copy the database beside itself, and say where to."""
        path = self.path
        copy = path.with_name(f"{path.stem}-{revision}{path.suffix}")
        with writable(path.parent):
            copy.unlink(missing_ok=True)
            _touch(copy)
        raw = opened.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (str(copy),))
        except BaseException as error:
            copy.unlink()  # half a copy looks like a whole one
            if isinstance(error, driver().Error):
                raise unusable(path, error, waited=BUSY / 1000) from error
            raise
        finally:
            raw.close()
        return copy


def _touch(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


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
        if found != mode:  # another program keeps it open in a mode that is not safe here
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
