"""Whether this machine's clock is believed: held against itself, the posting log and the platforms."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal import Journal
from integrado_poster.schedule.drift import Reading, drift
from integrado_poster.wire import dates

log = logging.getLogger(__name__)

DRIFT = timedelta(seconds=2)  #: A wall clock that moves this much against the others was set.
AGREES = timedelta(seconds=60)  #: Two clocks that differ by no more show the same time.


@dataclass
class Timekeeper:
    """Doubts the clock where it must, and is convinced by what platforms say. May be shared by threads."""

    journal: Journal
    now: Callable[[], datetime]  #: The clock that decides what is due.
    doubted: bool = False  #: Whether it is not believed: then nothing is claimed.
    ahead: timedelta | None = None  #: Of a platform's clock, by the last reply that was heard.
    _read: Reading | None = None
    _lock: Lock = field(default_factory=Lock)

    def check(self, reading: Reading) -> None:
        """Look whether the clock was set since the last look, and the first time whether it fits the log.

        Raises `DatabaseUnusable`; then the next look starts over.
        """
        if self.journal.shared:
            return  # what counts is the database's clock
        with self._lock:
            before, self._read = self._read, None
            if before is None or _was_set(before, reading):
                why = self.journal.keep_time(reading.boot, reading.booted_at, reading.wall)
                self.doubted = why is not None
            self._read = reading

    def listening(self, account: str = "") -> AbstractContextManager[None]:
        """Inside, every reply of a platform may end the doubt."""
        return dates.listening(partial(self._hear, account))

    def _hear(self, account: str, elsewhere: datetime) -> None:
        now = self.now()
        self.ahead = ahead = now - elsewhere
        if not self.doubted:
            return
        if abs(ahead) > AGREES:
            log.warning("the clock here and a platform's differ by %s", ahead)
            return
        with self._lock:
            try:
                self.journal.trust_clock(account, now)
            except DatabaseUnusable as error:  # the reply itself may be a receipt
                log.warning("that the clock is right could not be written down: %s", error)
            else:
                self.doubted = False


def _was_set(before: Reading, after: Reading) -> bool:
    happened = drift(before, after)
    if happened.slept > DRIFT:
        log.info("the machine slept for %s", happened.slept)
    if abs(happened.set_by) <= DRIFT:
        return False
    log.warning("the clock was set by %s", happened.set_by)
    return True
