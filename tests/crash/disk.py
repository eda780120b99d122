"""A disk that forgets what was not synced when the power goes, and SQLite upon it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from enum import Enum, auto
from pathlib import Path
from typing import Any

import apsw

SECTOR = 512  # bytes; a disk writes one of them whole or not at all


class Left(Enum):
    """What of the unsynced writes is on the disk after the power has gone."""

    NOTHING = auto()
    SOME = auto()  #: Each sector by a throw of the dice, whatever was written before or after it.


Change = Callable[[bytearray | None], bytearray | None]
"""What an operation makes of a file's bytes, in their place; None stands for no such file."""


class Image:
    """One file: what is surely on the disk, and what was done to it since."""

    def __init__(self) -> None:
        self.durable: bytearray | None = None
        self.since: list[Change] = []

    def write(self, data: bytes, offset: int) -> None:
        """Note some bytes, sector by sector."""
        end = offset + len(data)
        while offset < end:
            size = min(SECTOR - offset % SECTOR, end - offset)
            piece, data = data[:size], data[size:]
            self.since.append(_writing(piece, offset))
            offset += size

    def truncate(self, size: int) -> None:
        self.since.append(lambda held: (held or bytearray())[:size])

    def delete(self) -> None:
        self.since.append(lambda _: None)

    def sync(self) -> None:
        self._settle(self.since)

    def lose(self, survives: Callable[[], bool]) -> None:
        """Keep of what was done since the last sync only what survives."""
        self._settle([change for change in self.since if survives()])

    def _settle(self, changes: Iterable[Change]) -> None:
        for change in changes:
            self.durable = change(self.durable)
        self.since = []


def _writing(piece: bytes, offset: int) -> Change:
    # The file is changed where it is: to copy it for every sector would take most of the whole run.
    def change(held: bytearray | None) -> bytearray:
        whole = bytearray() if held is None else held
        whole.extend(bytes(max(0, offset + len(piece) - len(whole))))
        whole[offset : offset + len(piece)] = piece
        return whole

    return change


class Disk(apsw.VFS):
    """Keeps beside each real file what a power failure would leave of it.

    `point` is called before every sync; if it raises, the power has gone there, and nothing that
    SQLite does afterwards reaches the disk.
    """

    def __init__(self, folder: Path, left: Left, seed: int) -> None:
        self.folder, self.left = folder, left
        self.chance = random.Random(seed)
        self.images: dict[str, Image] = {}
        self.dead = False
        self.losses = 0  # what was opened before the last one reaches the disk no more
        self.point: Callable[[str], None] = lambda _name: None
        self.vfs_name = f"disk-{id(self)}"
        super().__init__(self.vfs_name, "")

    def image(self, name: str) -> Image:
        return self.images.setdefault(name, Image())

    def settle(self) -> None:
        """Sync everything, as time would."""
        for image in self.images.values():
            image.sync()

    def before_sync(self) -> None:
        """Come to the point; the power may go here."""
        try:
            self.point("sync")
        except BaseException:
            self.dead = True
            raise

    def lose_power(self) -> None:
        """Nothing more gets through, until `restore`."""
        self.dead = True
        self.losses += 1

    def restore(self) -> None:
        """Put the files there as they are found when the power is back."""
        survives = {
            Left.NOTHING: lambda: False,
            Left.SOME: lambda: self.chance.random() < 0.5,
        }[self.left]
        for name, image in self.images.items():
            image.lose(survives)
            if image.durable is None:
                Path(name).unlink(missing_ok=True)
            else:
                Path(name).write_bytes(image.durable)
        self.dead = False

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 SQLite's own name
        return _File(self, name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:  # noqa: N802
        super().xDelete(name, syncdir)
        if not self.dead:
            self.image(name).delete()
            if syncdir:
                self.image(name).sync()


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self.disk = disk
        self.name = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.opened_after = disk.losses
        super().__init__("", name, flags)

    @property
    def dead(self) -> bool:
        """Whether nothing of it outlives a power loss; a file without a name is a temporary one."""
        return self.name is None or self.disk.dead or self.opened_after != self.disk.losses

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        if not self.dead:
            self.disk.image(self.name).write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        super().xTruncate(size)
        if not self.dead:
            self.disk.image(self.name).truncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if not self.dead:
            self.disk.before_sync()
            self.disk.image(self.name).sync()


class Driver:
    """As much of a DB-API module over a disk as SQLAlchemy asks for; errors are Python's own."""

    import sqlite3 as _own

    Error, DatabaseError = _own.Error, _own.DatabaseError
    IntegrityError, OperationalError = _own.IntegrityError, _own.OperationalError
    InterfaceError, ProgrammingError = _own.InterfaceError, _own.ProgrammingError
    DataError, NotSupportedError = _own.DataError, _own.NotSupportedError
    InternalError, Warning = _own.InternalError, _own.Warning
    Binary = bytes
    paramstyle = "qmark"
    sqlite_version = apsw.sqlite_lib_version()

    def __init__(self, disk: Disk, version: tuple[int, int, int]) -> None:
        self.disk = disk
        self.sqlite_version_info = (
            version  # what the product thinks it has decides its journal mode
        )

    def connect(
        self, database: str, timeout: float = 5, uri: bool = False, **_more: object
    ) -> _Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        if uri:
            flags |= apsw.SQLITE_OPEN_URI
        opened = apsw.Connection(database, flags=flags, vfs=self.disk.vfs_name)
        opened.set_busy_timeout(int(timeout * 1000))
        return _Connection(opened)


class _Connection:
    isolation_level: str | None = ""

    def __init__(self, opened: apsw.Connection) -> None:
        self.opened = opened

    @property
    def in_transaction(self) -> bool:
        return bool(self.opened.in_transaction)

    def cursor(self) -> _Cursor:
        return _Cursor(self.opened)

    def execute(self, statement: str) -> _Cursor:
        return self.cursor().execute(statement)

    def create_function(self, name: str, arguments: int, function: Any, **more: Any) -> None:
        self.opened.create_scalar_function(name, function, arguments, **more)

    def commit(self) -> None:
        if self.opened.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.opened.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        self.opened.close()


class _Cursor:
    def __init__(self, opened: apsw.Connection) -> None:
        self.opened = opened
        self.rows: list[Sequence[object]] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, statement: str, values: Any = ()) -> _Cursor:
        cursor = self.opened.cursor()
        cursor.exec_trace = self._describe  # afterwards a result without rows has no columns
        before = self.opened.total_changes()
        try:
            self.rows = list(cursor.execute(statement, values))
        except apsw.ConstraintError as error:
            raise Driver.IntegrityError(str(error)) from error
        except apsw.Error as error:
            raise Driver.OperationalError(str(error)) from error
        self.rowcount = self.opened.total_changes() - before
        self.lastrowid = self.opened.last_insert_rowid()
        return self

    def _describe(self, cursor: apsw.Cursor, _statement: str, _values: object) -> bool:
        columns = cursor.get_description()
        self.description = [(name, *(None,) * 6) for name, _ in columns] or None
        return True

    def executemany(self, statement: str, many: Iterable[Any]) -> None:
        changed = 0
        for values in many:
            changed += self.execute(statement, values).rowcount
        self.rowcount = changed

    def fetchone(self) -> Sequence[object] | None:
        return self.rows.pop(0) if self.rows else None

    def fetchmany(self, size: int = 1) -> list[Sequence[object]]:
        taken, self.rows = self.rows[:size], self.rows[size:]
        return taken

    def fetchall(self) -> list[Sequence[object]]:
        return self.fetchmany(len(self.rows))

    def close(self) -> None:
        self.rows = []
