"""The daemon: publishes what is due, survives whatever happens, and says when it cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Lock

from integrado_poster.app import App
from integrado_poster.errors import DatabaseUnusable, PosterError
from integrado_poster.journal import beat
from integrado_poster.schedule.local import Alarm

log = logging.getLogger(__name__)

AT_ONCE = 400  #: How many due deliveries one tick looks at.
DRIFT = timedelta(seconds=2)  #: A wall clock that moves this much against the other was set.
BEAT = timedelta(seconds=10)  #: How often the heartbeat is written.
SILENT = timedelta(seconds=30)  #: A heartbeat or tick older than this means that nobody publishes.
RESTART = 75  #: Exit code for "start me again" (EX_TEMPFAIL of sysexits.h).


class WorkerStuck(PosterError):
    """The process cannot go on: it ends, so that its supervisor starts it again."""

    exit_code = RESTART


@dataclass
class Worker:
    """Keeps the schedule: a tick hands what is due to a bounded pool of senders."""

    app: App
    senders: int = 8
    halt: Event = field(default_factory=Event)
    _busy: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _lost: Event = field(default_factory=Event)
    _ticked: float = 0.0

    def run(self) -> None:
        """Publish until `halt` is set; raises `WorkerStuck` if the schedule has died."""
        self.app.recover()
        with ThreadPoolExecutor(self.senders, "sender") as pool:

            def send(number: int) -> None:
                pool.submit(self._work, number).add_done_callback(lambda _: alarm.wake())

            alarm = Alarm(lambda: self.tick(send), self.app.clock.now)
            self._ticked = self.app.clock.monotonic()
            alarm.start()
            try:
                self._watch(alarm)
            finally:
                alarm.stop()
        log.info("stopped cleanly")

    def once(self, progress: Callable[[], None] = lambda: None) -> int:
        """Take everything that is due now as far as it will go now; return how many were tried."""
        self.app.recover()
        done: set[int] = set()
        while found := set(self.app.journal.due(self.app.clock.now(), limit=AT_ONCE)) - done:
            for number in sorted(found):
                self.app.publish(number)
                progress()
            done |= found
        return len(done)

    def tick(self, send: Callable[[int], None]) -> datetime | None:
        """Send what is due; say when to come back, None for the usual second."""
        try:
            now = self.app.clock.now()
            for number in self.app.journal.due(now, limit=AT_ONCE):
                if self._take(number):
                    send(number)
            nearest = self.app.journal.next_moment()
            self._ticked = self.app.clock.monotonic()
        except Exception:  # the loop must outlive any bug and any locked database
            log.exception("tick failed")
            return None
        # What is overdue and still here waits for a sender; its end wakes us.
        return nearest if nearest and nearest > now else None

    def _take(self, number: int) -> bool:
        with self._lock:
            if number in self._busy:
                return False
            self._busy.add(number)
            return True

    def _work(self, number: int) -> None:
        try:
            self.app.publish(number)
        except DatabaseUnusable:
            log.exception("an outcome could not be written down", extra={"delivery": number})
            self._lost.set()
        except Exception:  # one delivery's bug must not end the campaign
            log.exception("delivery failed", extra={"delivery": number})
        finally:
            with self._lock:
                self._busy.discard(number)

    def _watch(self, alarm: Alarm) -> None:
        """Watch the clock and the schedule from the main thread, until told to stop."""
        clock = self.app.clock
        offset = _offset(clock.now(), clock.monotonic())
        beaten = -BEAT.total_seconds()
        while not self.halt.wait(0.5):
            now, monotonic = clock.now(), clock.monotonic()
            if abs(_offset(now, monotonic) - offset) > DRIFT:
                log.warning("the clock was set", extra={"now": now.isoformat()})
                offset = _offset(now, monotonic)
                alarm.wake()  # an alarm set for a wall time sleeps by the other clock
            if not alarm.alive or monotonic - self._ticked > SILENT.total_seconds():
                raise WorkerStuck("the schedule has stopped ticking")
            if self._lost.is_set():
                # Only the next start may ask the platform what became of it.
                raise WorkerStuck("the database did not take an outcome")
            if monotonic - beaten >= BEAT.total_seconds():
                beat(self.app.folder, now)
                beaten = monotonic


def _offset(now: datetime, monotonic: float) -> timedelta:
    return now - datetime.fromtimestamp(0, UTC) - timedelta(seconds=monotonic)
