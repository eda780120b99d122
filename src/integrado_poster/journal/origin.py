"""Whether a database is as it was last published from here: a backup knows nothing of what went out since."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from integrado_poster.journal.database import Store
from integrado_poster.journal.lock import heartbeat, replaced
from integrado_poster.journal.tables import attempts, lines

FILE = "last-known"  # beside the heartbeat: the number of the file, and of its newest log line


class Origin(Store):
    """The part of the journal that knows where it was published from last."""

    def unfamiliar(self, folder: Path) -> bool:
        """Whether a backup was put in its place, or it was brought here from elsewhere.

        What the file is called says nothing: a copy in the same place is known by its number in the
        file system, and one that was written over it by its log, which only ever grows.
        """
        with self.read() as connection:
            newest = connection.execute(select(func.max(lines.c.id))).scalar_one() or 0
            used = connection.execute(select(attempts.c.delivery).limit(1)).first() is not None
        known = _left(folder)
        if known is None:  # an older version of this program kept a heartbeat only
            return used and not self.shared and heartbeat(folder) is None
        file, line = known
        return line > newest or (used and file != self._number())

    def remember(self, folder: Path) -> None:
        """Write down how it is now; raises `DatabaseUnusable` where nothing can be written."""
        with self.read() as connection:
            newest = connection.execute(select(func.max(lines.c.id))).scalar_one() or 0
        replaced(folder, FILE, f"{self._number()} {newest}")

    def _number(self) -> str:
        """Of the file as it was opened; the number of its disk may be another one after a restart."""
        return str(self._known[1]) if isinstance(self._known, tuple) else "-"


def _left(folder: Path) -> tuple[str, int] | None:
    try:
        file, line = (folder / FILE).read_text(encoding="ascii").split()
        return file, int(line)
    except (OSError, ValueError):
        return None
