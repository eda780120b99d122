"""The real program under real `kill -9`, over real HTTP, on a real disk; what is online judges.

Most lives are forks of a process that has done a day's work, late and after somebody who left things in
flight, so that it has met nearly all there is. A fork begins with the code loaded, the SQL compiled and
the key and the revision of the database read; with nothing else of its parent's: no connection to the
database or to a platform, no lock, no thread, no memory of a delivery. It does what `run` does, on the
file as the last life left it, and `kill -9` ends it as it ends any process. What a fork cannot show is
the start itself; so some lives are the command, started cold.
"""

from __future__ import annotations

import gc
import logging
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from integrado_poster.app import LIMITS, App
from integrado_poster.clock import SystemClock
from integrado_poster.contract import Receipt
from integrado_poster.journal import journal_at, make_key, single_instance
from integrado_poster.model import Account, Due, Held, Message, Planned, State
from integrado_poster.schedule.local import Alarm
from integrado_poster.stage import LASTING, Faults
from integrado_poster.stage.faults import KINDS
from integrado_poster.worker import Worker
from tests.builders import a_campaign, a_message, a_picture
from tests.crash.cold import SAID, alarm_of_this_machine, start
from tests.crash.fuse import ANY, WIRE, Fuse
from tests.crash.judging import judge
from tests.crash.lives import POINTS
from tests.crash.processes import SharedClock, StageProcess, forked
from tests.crash.tally import Tally
from tests.stage_clients import picture

PLATFORMS = ("x", "facebook", "mastodon", "bluesky")
CAMPAIGN = a_campaign(accounts=tuple(Account(key=name, platform=name) for name in PLATFORMS))
CARD = a_picture(data=picture(), width=40, height=50)
POSTS = 3  # on each account and day
PARTS = 3  # of the last of them, where there are chains
COLD = 4  # lives, the first ones of the first day; each costs as much as ten forks
PATIENCE = 60.0  # seconds in which a program has begun to work, or said that it has nothing to do
LIVES = 24  # on one day at most, before the last one, which nobody kills
WAITS = (timedelta(minutes=4), timedelta(minutes=4), timedelta(minutes=20), timedelta(minutes=70))
ASKS = 5  # exit code of `run --once` if somebody is needed
FAULTS = tuple(kind for kind in KINDS if kind not in LASTING)


def ring_once() -> None:
    """Load what `run` loads only for its alarm, which each of its forks would load anew."""
    alarm = Alarm(lambda: None, SystemClock().now)
    alarm.start()
    alarm.stop()


def in_parts(account: str, post: str, number: int) -> Iterator[Message]:
    """A post of a day: the first one has a picture, the last one is a chain where there are chains."""
    chained = number == POSTS - 1 and LIMITS[account].chains
    for part in range(1, 1 + (PARTS if chained else 1)):
        yield a_message(
            post=post,
            account=account,
            platform=account,
            text=f"{post}, Teil {part}",
            pictures=(CARD,) if number == 0 else (),
            part=part,
            follows=part > 1,
        )


def day_of(post: str) -> int:
    """The day on which a post of ours is due, the one in peace being 0."""
    return int(post[1:4])


@dataclass
class Shard:
    """One database, one stage and one seed; after a day in peace it is killed day by day, and goes on."""

    folder: Path
    seed: int
    days: int  #: At most.
    enough: int  #: Kills, after which no other day begins.
    clock: SharedClock = field(default_factory=SharedClock)
    killed_at: Counter[str] = field(default_factory=Counter)
    from_outside: int = 0
    cold: int = 0  #: Of all kills.

    def __post_init__(self) -> None:
        faults = Faults(kinds=FAULTS, seed=self.seed, slow_seconds=0.15)
        self.stage = StageProcess(self.clock, faults)
        self.journal = journal_at(
            self.folder / "integrado.sqlite", self.folder / "key", create=True
        )
        self.chance = random.Random(self.seed)
        self.first = self.clock.now() + timedelta(days=1)
        self.messages = [
            message for day in range(1 + self.days) for n in range(POSTS) for name in PLATFORMS
            for message in in_parts(name, f"D{day:03}-{n}", n)
        ]  # fmt: skip

    def run(self) -> Tally:
        """Kill it through all its days, and count what the stage holds in the end."""
        with self._app() as app:
            self._plan(app)
            self.clock.set_to(self.first + WAITS[-1])
            self._leave_in_flight(app)
        self._drain()
        ring_once()
        gc.collect()  # closes its connections, so that no child inherits one
        assert self.stage.quiet()
        gc.freeze()  # what is here already need not be copied into each child
        for day in range(1, 1 + self.days):
            self.clock.set_to(self.first + timedelta(days=day))
            for number in range(LIVES):
                if not self._life(cold=day == 1 and number < COLD):
                    break
            self._child(self._drain)
            if self._kills >= self.enough:
                break
        self.messages = [message for message in self.messages if day_of(message.post) <= day]
        return self._tally()

    @property
    def _kills(self) -> int:
        return sum(self.killed_at.values()) + self.from_outside

    def _tally(self) -> Tally:
        tally = Tally(kills=self._kills, cold=self.cold)
        tally.killed_at = set(self.killed_at)
        with self._app() as app:
            found = app.journal.deliveries()
        planned = {message.post for message in self.messages}
        deliveries = [delivery for delivery in found if delivery.post in planned]
        tally.requests, repeats = self.stage.asked()
        tally.repeats = len(repeats)
        for problem, note in judge(self.messages, deliveries, self.stage.timelines(), repeats):
            tally.fail(problem, f"kill -9, seed {self.seed}: {note}")
        self.stage.close()
        return tally

    @contextmanager
    def _app(self, fuse: Fuse | None = None) -> Iterator[App]:
        try:
            app = App(self.folder, self.journal, self.clock)
            if fuse is not None:
                app.point = fuse.point
                sys.addaudithook(fuse.audit)
            yield app
        finally:
            self.journal.close()  # whoever uses it next opens the file anew

    def _plan(self, app: App) -> None:
        planned = []
        for message in self.messages:
            at = self.first + timedelta(days=day_of(message.post))
            due = Due(at=at, wall=f"{at:%Y-%m-%d %H:%M}", zone="UTC")
            planned.append(Planned(message=message, due=due, not_after=at + timedelta(hours=20)))
        app.journal.apply(CAMPAIGN, planned, now=self.clock.now())
        for name, facts in self.stage.credentials().items():
            app.connect(name, name, facts)

    def _leave_in_flight(self, app: App) -> None:
        """Have something to recover on the first day, so that the SQL for that is compiled, too."""
        app.recover()  # as whoever starts
        now = self.clock.now()
        assert app.journal.claim(1, now=now) is not None
        claim = app.journal.claim(2, now=now)
        assert claim is not None
        assert app.journal.intend(claim, now)

    def _life(self, *, cold: bool) -> bool:
        """One life of the program, and its death; False if there was nothing left to do."""
        at, once = ANY, self.chance.random() < 0.6
        nth = self.chance.randint(1, 40)
        if self.chance.random() < 0.5:
            at, nth = self.chance.choice(sorted(POINTS | WIRE)), 1 + nth // 20
        patience = self.chance.uniform(0, 0.15)
        hear, tell = os.pipe()
        fuse = Fuse(at, nth, tell)
        if cold:
            pid = start(self.folder, self.clock.ahead, fuse, once=once)
        else:
            pid = forked(lambda: self._work(fuse, once=once))
        os.close(tell)
        assert select.select([hear], [], [], PATIENCE)[0], "it neither works nor ends"
        busy = os.read(hear, 1) == b"\n"
        if not once:
            time.sleep(patience)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        said = os.read(hear, 200).decode().strip() if busy else ""
        os.close(hear)
        self._count(status, said, busy=busy, cold=cold)
        assert self.stage.quiet()
        self.clock.pass_by(self.chance.choice(WAITS))
        return busy

    def _count(self, status: int, said: str, *, busy: bool, cold: bool) -> None:
        if said:
            self.killed_at[said] += 1
        elif os.WIFSIGNALED(status):
            self.from_outside += busy  # an idle program is no harm to kill, and no proof
        else:
            self._ended(os.WEXITSTATUS(status), cold=cold)
        self.cold += cold and busy and os.WIFSIGNALED(status)

    def _ended(self, code: int, *, cold: bool) -> None:
        said = (self.folder / SAID).read_text(encoding="utf-8") if cold else "see above"
        assert code == 0 or (cold and code == ASKS), (
            f"the program ended with {code}: {said[-2000:]}"
        )

    def _work(self, fuse: Fuse, *, once: bool) -> None:
        """What `run` and `run --once` do."""
        logging.disable(logging.WARNING)  # that something was left in flight is no news here
        with single_instance(self.folder), self._app(fuse) as app:
            if once:
                Worker(app, here=self.clock).once()
            else:
                worker = Worker(app, here=self.clock)
                alarm_of_this_machine(lambda: fuse.idle(busy=worker.busy))
                worker.run()

    def _child(self, work: object) -> None:
        _, status = os.waitpid(forked(work), 0)  # type: ignore[arg-type]
        assert status == 0, "the program ended with an error"

    def _drain(self) -> None:
        """The last life of a day: go on until nothing waits for time to pass or for a person."""
        evening = self.clock.now() + timedelta(hours=12)
        with single_instance(self.folder), self._app() as app:
            while True:
                Worker(app, here=self.clock).once()
                asked = self._ask_a_person(app)
                moment = app.journal.next_moment()
                if not asked and (moment is None or moment > evening):
                    return
                if moment is not None and moment <= evening:
                    self.clock.set_to(moment)

    def _ask_a_person(self, app: App) -> int:
        held = [delivery for delivery in app.journal.deliveries() if delivery.state is State.HELD]
        if not held:
            return 0
        shown = self.stage.timelines()
        texts = {(m.post, m.account, m.part): m.text for m in self.messages}
        for delivery in held:
            now, name = self.clock.now(), delivery.account
            text = texts[delivery.post, name, delivery.part]
            online = [post for post in shown[name] if post.text == text]
            if online:
                receipt = Receipt(id=online[0].id, url=online[0].url)
                assert app.journal.mark_posted(delivery.id, receipt, "Ayşe", now)
            elif delivery.held is Held.UNCLEAR:
                assert app.journal.not_there(delivery.id, "Ayşe", now)
            else:
                assert app.journal.again(delivery.id, "Ayşe", now)
        return len(held)


def kill(seed: int, days: int, enough: int = 1000) -> Tally:
    """Kill the program through some days or often enough, on a disk that really syncs."""
    Path("build").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="killed-", dir="build") as name:
        make_key(Path(name) / "key")
        return Shard(Path(name), seed, days, enough).run()
