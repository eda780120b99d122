"""What SQLite's errors mean for a person: each a sentence that says what to do now."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.speech import Sentence

NO_ROOM = 1_000_000  #: Bytes. With less than this left, an error of the disk is for want of room.

_KINDS = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_PERM: "readonly",
    sqlite3.SQLITE_READONLY: "readonly",
    sqlite3.SQLITE_IOERR: "broken-disk",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "unopened",
}
_PRIMARY = 0xFF  # the rest of a code is a detail: sqlite.org/rescode.html


def unusable(path: Path, error: BaseException | None, *, waited: float = 0) -> DatabaseUnusable:
    """Say what an error of SQLite means; `waited` is for how many seconds it would wait for a lock."""
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
    kind = _KINDS.get(code, "other")
    if kind in ("broken-disk", "unopened") and _no_room(path):
        kind = "full"  # the shared memory beside a WAL cannot grow either, and says it otherwise
    if kind == "unopened" and path.exists() and not _writable(path):
        kind = "readonly"
    match kind:
        case "locked":
            sentence = Sentence("database.locked", path=path, seconds=f"{waited:g}")
        case "corrupt":
            sentence = Sentence("database.corrupt", path=path, detail=error)
        case "broken-disk":
            sentence = Sentence("database.broken-disk", path=path, detail=error)
        case "other":
            sentence = Sentence("database.other", path=path, detail=error)
        case _:
            sentence = Sentence(f"database.{kind}", path=path)
    return DatabaseUnusable(sentence)


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _no_room(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < NO_ROOM
    except OSError:
        return False
