"""The daemon: publishes what is due, survives whatever happens, and says when it cannot."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import TypeVar

from integrado_poster.app import App
from integrado_poster.clock import SystemClock
from integrado_poster.errors import DatabaseReplaced, DatabaseUnusable, PosterError
from integrado_poster.journal import Claim, beat, heartbeat
from integrado_poster.notify.duty import LAST_WORDS, on_the_side
from integrado_poster.notify.messenger import Messenger
from integrado_poster.schedule.drift import drift
from integrado_poster.schedule.local import Alarm
from integrado_poster.speech import Sentence
from integrado_poster.timekeeper import DRIFT

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 400  #: How many due deliveries one tick looks at.
BEAT = timedelta(seconds=10)  #: How often the heartbeat is written.
RECOVER = timedelta(seconds=5)  #: How often dead senders are looked for, where there may be others.
SILENT = timedelta(seconds=60)  #: A tick older than this means that nobody publishes.
PATIENCE = 30.0  #: Seconds between two tries to write an outcome down, at most.
QUIET = 60.0  #: Seconds until the same trouble with the database is logged again.
AWAY = timedelta(minutes=2)  #: Who was away for longer says so, if something fell due meanwhile.
ASK = timedelta(
    seconds=30
)  #: Between two questions what time it is, while our own clock is not believed.
TURN = 0.05  #: Seconds until a busy thread is asked to let another one run.
RESTART = 75  #: Exit code for "start me again" (EX_TEMPFAIL of sysexits.h).


class WorkerStuck(PosterError):
    """The process cannot go on: it ends, so that its supervisor starts it again."""

    exit_code = RESTART


@dataclass
class Worker:
    """Keeps the schedule: a tick hands what is due to a bounded pool of senders."""

    app: App
    senders: int = 64
    messenger: Messenger | None = None  #: None: nobody is told by mail.
    halt: Event = field(default_factory=Event)
    here: SystemClock = field(
        default_factory=SystemClock
    )  #: This machine's, whoever's clock decides.
    _busy: set[int] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _orphans: Event = field(default_factory=Event)
    _replaced: DatabaseReplaced | None = None
    _troubles: dict[str, float] = field(default_factory=dict)  # and when each was logged last
    _ticked: float = 0.0
    _recovered: float = 0.0

    def run(self) -> None:
        """Publish until `halt` is set; raises `WorkerStuck` if the schedule has died.

        Then threads that hang may still be there, which only the end of the process gets rid of.
        """
        # With dozens of senders, Python's own 5 ms make them ask for their turn instead of working.
        sys.setswitchinterval(TURN)
        self.app.again = self._again
        self._orphans.set()  # what the last process left; the database may not be free just now
        for begin in (self._account_for_absence, self._resettle):
            self._guard(begin)
        pool = ThreadPoolExecutor(self.senders, "sender")
        stuck = False
        with self._telling():

            def send(number: int, line: Sequence[int] = ()) -> None:
                pool.submit(work, number, line)

            def work(number: int, line: Sequence[int]) -> None:
                if claim := self._work(number):
                    # What waited for it need not wait for the alarm.
                    self._guard(lambda: self._go_on(claim, line, send))

            alarm = Alarm(lambda: self._here(self.tick(send)), self.here.now)
            self._ticked = self.app.clock.monotonic()
            alarm.start()
            try:
                self._watch(alarm)
            except PosterError as error:
                self._hear("stuck", error.note)
                stuck = isinstance(error, WorkerStuck)
                raise
            finally:
                self.halt.set()
                if stuck:
                    self._let_finish(LAST_WORDS)
                self._end(alarm, pool, wait=not stuck)
        log.info("stopped cleanly")

    def _end(self, alarm: Alarm, pool: ThreadPoolExecutor, *, wait: bool) -> None:
        alarm.stop(wait=wait)
        pool.shutdown(wait=wait, cancel_futures=True)  # only what is under way
        self.app.remember()

    def _let_finish(self, seconds: float) -> None:
        """Give senders that do not hang the time to write down how it went."""
        end, pause = self.app.clock.monotonic() + seconds, Event()
        while self.busy and self.app.clock.monotonic() < end:
            pause.wait(0.2)

    @property
    def busy(self) -> bool:
        """Whether a sender has a delivery right now."""
        return bool(self._busy)

    def once(self, progress: Callable[[], None] = lambda: None) -> int:
        """Take everything that is due now as far as it will go now; return how many were tried."""
        self.app.recover()
        self.app.resettle()
        self.app.time.check(self.here.reading())
        if self.app.time.doubted:
            self.app.ask_the_time()
        done: set[int] = set()
        while found := set(self.app.journal.due(self.app.clock.now(), limit=AT_ONCE)) - done:
            for number in sorted(found):
                self.app.publish(number)
                progress()
            done |= found
        self.app.remember()
        if self.messenger:
            self.messenger.round(self.app.clock.now(), at_once=True)
        return len(done)

    def _telling(self) -> AbstractContextManager[None]:
        """Tell people, if somebody has set that up, as long as the block runs."""
        messenger, clock = self.messenger, self.app.clock
        if messenger is None:
            return nullcontext()

        def tell(*, at_once: bool = False) -> None:
            self._guard(lambda: self.app.note_stop_file(clock.now()))
            self._guard(lambda: messenger.round(clock.now(), at_once=at_once))

        return on_the_side(tell, partial(tell, at_once=True))

    def _hear(self, why: str, detail: str) -> None:
        """Note something about everything, and have it told."""
        now = self.app.clock.now()
        if self.messenger:
            self.messenger.hear(why, detail, now)
        else:
            self._guard(lambda: self.app.journal.remark(why, detail, now))

    def _account_for_absence(self) -> None:
        """Say so if nobody published for a while, and something should have gone out meanwhile."""
        last, now = heartbeat(self.app.folder), self.app.clock.now()
        if last is None or self.here.now() - last < AWAY or self.app.stopped():
            return
        missed = [
            each for each in self.app.journal.deliveries() if each.open and each.next_at <= now
        ]
        if missed:
            since = self.app.journal.wall(last)
            self._hear("away", Sentence("note.away", since=since, count=len(missed)).note)

    def tick(self, send: Callable[[int], None]) -> datetime | None:
        """Send what is due; say when to come back, None for the usual second."""
        nearest = self._guard(lambda: self._round(send))
        self._ticked = self.app.clock.monotonic()
        # What is due already waits for a sender, which then looks for itself.
        return nearest

    def _round(self, send: Callable[[int], None]) -> datetime | None:
        others_died = self.app.journal.shared and self._since(self._recovered) > RECOVER
        if self._orphans.is_set() or others_died:
            self._recover()
        now = self.app.clock.now()
        if not self.halt.is_set():
            self._hand_out(send)
        return self.app.journal.next_moment(after=now)

    def _since(self, moment: float) -> timedelta:
        return timedelta(seconds=self.app.clock.monotonic() - moment)

    def _recover(self) -> None:
        """Take over what no sender has in hand any more; before that nothing is handed out."""
        self._orphans.clear()
        try:
            left = self.app.recover(lambda: self._busy)
        except BaseException:
            self._orphans.set()
            raise
        self._recovered = self.app.clock.monotonic()
        if left:
            log.warning("took over what was left in flight", extra={"count": left})

    def _hand_out(self, send: Callable[[int], None]) -> None:
        """Give every due delivery that nobody has yet to a sender."""
        for number in self.app.journal.due(self._now(), limit=AT_ONCE):
            if self._take(number):
                send(number)

    def _go_on(
        self, claim: Claim, line: Sequence[int], send: Callable[[int, Sequence[int]], None]
    ) -> None:
        """Give a sender what waits next on the account of a delivery, and the line behind it.

        The line was right when it was read; what became of it since, each claim sees for itself.
        """
        if claim.followed or not line:  # the rest of a chain has its turn now
            line = self.app.journal.due_on(claim.message.account, self._now(), limit=AT_ONCE)
        if line and not self.halt.is_set() and self._take(line[0]):
            send(line[0], line[1:])

    def _now(self) -> datetime:
        """The moment as of which something is due."""
        # Not believed, a clock may still say when to look for what is on its way.
        self.app.time.check(self.here.reading())
        return self.app.clock.now()

    def _guard(self, work: Callable[[], T]) -> T | None:
        """Outlive any bug and any locked database: the next tick tries again."""
        try:
            return work()
        except DatabaseUnusable as error:
            self._trouble(error)
        except Exception:
            log.exception("tick failed")
        return None

    def _trouble(self, error: DatabaseUnusable) -> None:
        """Say what is wrong with the database, but not every second; one that was replaced is the end."""
        if isinstance(error, DatabaseReplaced):
            self._replaced = error
        now, text = self.app.clock.monotonic(), str(error)
        logged = self._troubles.get(text)  # a full disk has two words: the file's, the heartbeat's
        if logged is not None and now - logged <= QUIET:
            return
        self._troubles[text] = now
        log.error("the database cannot be used: %s", text)
        if logged is not None and self.messenger:
            self.messenger.hear("database", error.note, self.app.clock.now())

    def _again(self, vain: int) -> bool:
        """Try to write an outcome down until the database takes it, or until we are told to end."""
        return not self.halt.wait(min(0.1 * 2**vain, PATIENCE))

    def _take(self, number: int) -> bool:
        with self._lock:
            if number in self._busy:
                return False
            self._busy.add(number)
            return True

    def _work(self, number: int) -> Claim | None:
        """Publish; give what it was, or None: then what is left waits for the tick."""
        try:
            return self.app.publish(number)
        except DatabaseUnusable as error:
            self._trouble(error)
            self._orphans.set()
        except Exception:  # one delivery's bug must not end the campaign
            log.exception("delivery failed", extra={"delivery": number})
            self._orphans.set()
        finally:
            with self._lock:
                self._busy.discard(number)
        return None

    def _here(self, moment: datetime | None) -> datetime | None:
        """A moment by this machine's clock, which the alarm goes by; the database's may be another."""
        return moment and self.here.now() + (moment - self.app.clock.now())

    def _resettle(self) -> None:
        if moved := self.app.resettle():
            log.warning("the rules of the clock changes are others now", extra={"count": moved})

    def _watch(self, alarm: Alarm) -> None:
        """Watch the clock and the schedule from the main thread, until told to stop."""
        clock = self.here
        before = clock.reading()
        beaten, asked = -BEAT.total_seconds(), -ASK.total_seconds()
        asking: Thread | None = None
        while not self.halt.wait(0.5):
            reading = clock.reading()
            now, monotonic = reading.wall, reading.steady
            if max(map(abs, drift(before, reading))) > DRIFT:
                alarm.wake()  # an alarm set for a wall time sleeps by the other clock
            before = reading
            idle = asking is None or not asking.is_alive()
            if self.app.time.doubted and idle and monotonic - asked >= ASK.total_seconds():
                # In a thread of its own: a platform may take its time, and the watch must go on.
                asking = Thread(target=self._guard, args=(self.app.ask_the_time,), daemon=True)
                asking.start()
                asked = monotonic
            if not alarm.alive or monotonic - self._ticked > SILENT.total_seconds():
                raise WorkerStuck(Sentence("worker.silent"))
            if self._replaced:
                raise self._replaced
            if monotonic - beaten >= BEAT.total_seconds():
                self._guard(partial(beat, self.app.folder, now))
                self.app.remember()
                beaten = monotonic
