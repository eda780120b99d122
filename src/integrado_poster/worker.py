"""The daemon: publishes what is due, survives whatever happens, and says when it cannot."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock

from integrado_poster.app import App
from integrado_poster.errors import PosterError
from integrado_poster.schedule.local import Alarm

log = logging.getLogger(__name__)

AT_ONCE = 400  #: How many due deliveries one tick looks at.
DRIFT = timedelta(seconds=2)  #: A wall clock that moves this much against the other was set.
BEAT = timedelta(seconds=10)  #: How often the heartbeat is written.
SILENT = timedelta(seconds=30)  #: A heartbeat or tick older than this means that nobody publishes.
RESTART = 75  #: Exit code for "start me again" (EX_TEMPFAIL of sysexits.h).


class WorkerStuck(PosterError):
    """No tick for too long: the process ends, so that its supervisor starts it again."""

    exit_code = RESTART


@dataclass
class Worker:
    """Keeps the schedule: a tick hands what is due to a bounded pool of senders."""

    app: App
    senders: int = 8
    halt: Event = field(default_factory=Event)
    _busy: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _ticked: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Publish until `halt` is set; raises `WorkerStuck` if the schedule has died."""
        self.app.journal.recover(self.app.clock.now())
        with ThreadPoolExecutor(self.senders, "sender") as pool:

            def send(number: int) -> None:
                pool.submit(self._work, number).add_done_callback(lambda _: alarm.wake())

            alarm = Alarm(lambda: self.tick(send), self.app.clock.now)
            alarm.start()
            try:
                self._watch(alarm)
            finally:
                alarm.stop()
        log.info("stopped cleanly")

    def once(self, progress: Callable[[], None] = lambda: None) -> int:
        """Take everything that is due now as far as it will go now; return how many were tried."""
        self.app.journal.recover(self.app.clock.now())
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
            if monotonic - beaten >= BEAT.total_seconds():
                beat(self.app.folder, now)
                beaten = monotonic


def _offset(now: datetime, monotonic: float) -> timedelta:
    return now - datetime.fromtimestamp(0, UTC) - timedelta(seconds=monotonic)


def beat(folder: Path, now: datetime) -> None:
    """Write down that the worker is alive."""
    (folder / "heartbeat").write_text(now.isoformat(), encoding="ascii")


def heartbeat(folder: Path) -> datetime | None:
    """When the worker was last alive; None if it never ran here."""
    try:
        return datetime.fromisoformat((folder / "heartbeat").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
