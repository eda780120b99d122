"""Whether somebody publishes, seen from another process: one that is dead cannot say so."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal import Journal, News, alive, heartbeat
from integrado_poster.notify.letter import letter
from integrado_poster.notify.mail import deliver, envelope
from integrado_poster.notify.mailbox import Mail
from integrado_poster.notify.messenger import QUIET, Messenger
from integrado_poster.speech import Sentence, speech

GRACE = timedelta(minutes=2)  #: What is due for longer, while nothing moves, is overdue.


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What was seen."""

    verdict: (
        str  #: "well"; "idle": nobody publishes, and nothing is to be published; else the event.
    )
    since: datetime | None = None  #: When the scheduler was last heard of.
    overdue: int = 0

    @property
    def well(self) -> bool:
        """Whether nobody has to do anything."""
        return self.verdict in ("well", "idle")

    def detail(self, journal: Journal) -> str:
        """What the line in the posting log says."""
        since = journal.wall(self.since) if self.since else Sentence("mail.never")
        return Sentence("note.silent", since=since, count=self.overdue).note


def look(journal: Journal, folder: Path, now: datetime) -> Watched:
    """Look at the heartbeat, at what is overdue and at whether anything moves. Needs no lock."""
    since = heartbeat(folder)
    open_ones = [each for each in journal.deliveries() if each.open]
    overdue = sum(each.next_at <= now - GRACE for each in open_ones)
    verdict = "well"
    if not alive(folder, now):
        verdict = "silent" if open_ones else "idle"
    elif not (folder / "STOP").exists() and journal.due(now - GRACE, limit=1):
        moved = journal.log(1)
        verdict = "overdue" if not moved or moved[0].at <= now - GRACE else "well"
    return Watched(verdict=verdict, since=since, overdue=overdue)


def watch(journal: Journal, folder: Path, messenger: Messenger | None, now: datetime) -> Watched:
    """Look, and tell people at most once an hour if it is not well.

    What a scheduler that is not there has left untold is told in any case.
    """
    seen = look(journal, folder, now)
    if not seen.well:
        last = journal.last_remark(seen.verdict)
        if last is None or now - last >= QUIET:
            journal.remark(seen.verdict, seen.detail(journal), now)
    if messenger and seen.verdict != "well":  # else the scheduler tells people itself
        messenger.round(now, at_once=True)
    return seen


def tell_without_a_journal(
    mail: Mail, folder: Path, error: DatabaseUnusable, now: datetime
) -> bool:
    """Tell people that the database does not open, at most once an hour; False if they know already.

    Raises `NotTold`. When they were told is what a file's time says: a disk that is full still takes it,
    and for one that takes nothing there is another place.
    """
    user = os.getuid()
    places = folder / "told", Path(tempfile.gettempdir()) / f"integrado-poster-told-{user}"
    if any(_touched(place) > (now - QUIET).timestamp() for place in places):
        return False
    words = letter(
        [News(why="database", at=now, note=error.note)], {}, speech(mail.language or "de")
    )
    deliver(mail, envelope(mail, words, f"database-{now:%Y%m%d%H%M%S}", now))
    any(_touch(place, now) for place in places)  # the first that can be
    return True


def _touched(place: Path) -> float:
    try:
        return place.lstat().st_mtime
    except OSError:
        return 0.0


def _touch(place: Path, now: datetime) -> bool:
    try:
        # Never through a link that somebody else has laid there.
        file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError:
        return False
    try:
        os.utime(file, (now.timestamp(), now.timestamp()))
    finally:
        os.close(file)
    return True
