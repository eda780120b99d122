"""Every way of crashing or freezing one kind of platform under one row of faults."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from integrado_poster.journal import Journal, open_journal
from tests.builders import NOON, a_campaign, a_planned, connect_all
from tests.crash.lives import Freeze, Plug, Scene, blows_of
from tests.crash.tally import Tally
from tests.crash.traffic import Traffic, WatchedClock
from tests.fakes import Blow, FakePlatform, Finds

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 a folder of our own is made in it
DATABASE = "poster.db"
IN_ONE_FILE = 100  # schedules; each has a delivery and a day of its own
FREEZES = (1, 20, 100, 400)  # seconds
AGAIN = 90  # seconds for which the one that took over stands still in its turn
_RESENT = (Blow.BUSY, Blow.LOST_BEFORE)  # after any other fault nothing is sent any more
SCRIPTS: tuple[tuple[Blow, ...], ...] = (
    (),
    *((blow,) for blow in Blow),
    *((first, second) for first in _RESENT for second in Blow),
)

Opened = Callable[[Path], Journal]
"""Makes a journal with a delivery a day, in a folder of its own: schedules are played on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of platform and its faults, and how much of what can happen there is played."""

    finds: Finds
    script: tuple[Blow, ...]
    pairs: int = 1  #: Of all pairs of crashes that differ, every so many-th.
    nested: int = 80  #: Of the troubles of one that takes over from a frozen one, every so many-th.
    thin: bool = False  #: Each point with one of the lengths of a freeze, not with all of them.
    everything: bool = False  #: What is the same as at the point before, too.

    def __str__(self) -> str:
        return f"find {self.finds.name}, faults {blows_of(self.script)}"


@dataclass(slots=True)
class Bench:
    """A journal on real files; schedule after schedule is played on its next delivery."""

    case: Case
    journal: Journal
    tally: Tally
    revive: Callable[[Journal], Journal] | None = None
    under: str = ""  #: What else is wrong with the world; stands before a failure.
    parts: int = 1  #: Deliveries that belong together; each of them has a day of its own.
    next: int = 1
    traffic: Traffic = field(default_factory=Traffic)

    def __post_init__(self) -> None:
        self.traffic.watch(self.journal)

    def play(self, plug: Plug) -> Plug:
        """Play one schedule to its end, and count what became of it."""
        id, self.next = self.next, self.next + self.parts
        scene = self.scene(id, WatchedClock(NOON + timedelta(days=id), self.traffic))
        if self.revive is not None:
            scene.revive = self.revive
        problem = scene.play(plug)
        self.journal = scene.journal
        self.tally.schedules += 1
        self.tally.points |= set(plug.passed)
        if problem is not None:
            self.tally.fail(problem, f"{self.under}{self.case}, {plug}")
        return plug

    def scene(self, id: int, clock: WatchedClock) -> Scene:
        """One delivery, before anything has happened."""
        platform = FakePlatform(clock, finds=self.case.finds, blows=self.case.script, first=id)
        return Scene(
            journal=self.journal, id=id, platform=platform, clock=clock, traffic=self.traffic
        )


def journal_in(folder: Path) -> Journal:
    """The journal as the product opens it on SQLite."""
    return open_journal(folder / DATABASE, create=True, chance=lambda: 1.0)


@cache
def _filled() -> bytes:
    """The file of a journal with a delivery a day."""
    with TemporaryDirectory(prefix="crash-") as name:
        with_a_delivery_a_day(journal_in(Path(name))).close()
        return (Path(name) / DATABASE).read_bytes()


def filled_in(folder: Path) -> Journal:
    """The same with a delivery a day; filled once in each process, and put there as a file."""
    (folder / DATABASE).write_bytes(_filled())
    return journal_in(folder)


def sweep(case: Case, folder: Path | None = None, opened: Opened = filled_in) -> Tally:
    """Crash at every point, at every pair of points, and freeze at every point."""
    return played(every_plug(case), partial(Bench, case), opened, folder)


def played(
    plugs: Generator[Plug, Plug, None],
    bench_on: Callable[[Journal, Tally], Bench],
    opened: Opened,
    folder: Path | None,
) -> Tally:
    """Play one schedule after the other, a hundred on each journal."""
    tally = Tally()
    place = folder or (SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
    plug: Plug | None = next(plugs)
    while plug is not None:
        with TemporaryDirectory(prefix="crash-", dir=place) as name:
            bench = bench_on(opened(Path(name)), tally)
            for _ in range(IN_ONE_FILE):
                plug = _after(plugs, bench.play(plug))
                if plug is None:
                    break
            bench.journal.close()
    return tally


def _after(plugs: Generator[Plug, Plug, None], plug: Plug) -> Plug | None:
    try:
        return plugs.send(plug)
    except StopIteration:
        return None


def every_plug(case: Case) -> Generator[Plug, Plug, None]:
    """Every schedule of a case; where the next trouble can be is learnt from the run before.

    A crash is played at every point. Where a crash leaves the same as at the point before, a second
    one after it would be played twice, and so would standing still: that is left out.
    """
    whole = yield Plug()
    pair, frozen = count(), count()
    for first in range(1, len(whole.passed) + 1):
        once = yield Plug(first)
        if case.everything or whole.told(first):
            for second in range(first + 1, len(once.passed) + 1):
                differs = case.everything or once.told(second)
                if differs and next(pair) % case.pairs == 0:
                    yield Plug(first, second)
        if case.everything or whole.stirred(first):
            turn = next(frozen) % len(FREEZES)
            for seconds in FREEZES[turn : turn + 1] if case.thin else FREEZES:
                yield from _frozen(case, first, seconds)


def _frozen(case: Case, first: int, seconds: int) -> Generator[Plug, Plug, None]:
    """Stand still at a point while another recovers, finishes, or comes to harm in its turn."""
    yield Freeze(first, seconds)
    other = Plug()
    yield Freeze(first, seconds, other)
    for second in range(1, len(other.passed) + 1):
        if (31 * first + seconds + 7 * second) % case.nested == 0:
            yield Freeze(first, seconds, Freeze(second, AGAIN, Plug()))
            yield Freeze(first, seconds, Plug(second))


def with_a_delivery_a_day(journal: Journal) -> Journal:
    """Fill a journal: one connected account, and something to send on each of many days."""
    days = range(1, IN_ONE_FILE + 1)
    planned = [a_planned(at=NOON + timedelta(days=day), post=f"P{day:03}") for day in days]
    journal.apply(a_campaign(), planned, now=NOON)
    connect_all(journal)
    return journal
