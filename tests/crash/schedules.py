"""Every way of crashing or freezing one kind of platform under one row of faults."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from integrado_poster.contract import Identity
from integrado_poster.journal import Journal, open_journal
from integrado_poster.model import Held, State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_campaign, a_planned
from tests.fakes import Blow, FakeClock, FakePlatform, Finds
from tests.test_publish_crashes import SETTLED, Plug, PowerCut, ask_a_person

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 a folder of our own is made in it
IN_ONE_FILE = 100  # schedules; each has a delivery and a day of its own
FREEZES = (1, 20, 100, 400)  # seconds
_LASTS = [blow for blow in Blow if blow is not Blow.REFUSED]
SCRIPTS: tuple[tuple[Blow, ...], ...] = (
    (),
    *((blow,) for blow in Blow),
    *((first, second) for first in _LASTS for second in Blow),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One kind of platform and its faults; of the double crashes every `stride`-th is played."""

    finds: Finds
    script: tuple[Blow, ...]
    stride: int = 1

    def __str__(self) -> str:
        faults = "+".join(blow.name for blow in self.script) or "none"
        return f"find {self.finds.name}, faults {faults}"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the judge has counted; every failure says what plays it again."""

    schedules: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong: int = 0
    points: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take over what another process has counted."""
        self.schedules += other.schedules
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.wrong += other.wrong
        self.points |= other.points
        self.failures += other.failures


class Freeze(Plug):
    """A sender that stands still at one point, while another process takes over or even finishes."""

    def __init__(self, point: int, seconds: int, *, finishes: bool) -> None:
        super().__init__()
        self.at, self.seconds, self.finishes = point, seconds, finishes
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, name: str) -> None:
        super().__call__(name)
        if len(self.passed) == self.at:
            self.meanwhile()


@dataclass(slots=True)
class Bench:
    """A journal on real files; schedule after schedule is played on its next delivery."""

    case: Case
    journal: Journal
    tally: Tally
    next: int = 1

    def play(self, plug: Plug) -> Plug:
        """Play one schedule to its end, and count what became of it."""
        id, self.next = self.next, self.next + 1
        clock = FakeClock(NOON + timedelta(days=id))
        platform = FakePlatform(
            clock, finds=self.case.finds, blows=self.case.script, point=plug, first=id
        )
        if isinstance(plug, Freeze):
            plug.meanwhile = lambda: self._meanwhile(id, platform, clock, plug)
        problem = self._outcome(id, platform, clock, plug)
        self.tally.schedules += 1
        self.tally.points |= set(plug.passed)
        if problem is not None:
            setattr(self.tally, problem, getattr(self.tally, problem) + 1)
            self.tally.failures.append(f"{problem}: {self.case}, {_how(plug)}")
        return plug

    def _meanwhile(self, id: int, platform: FakePlatform, clock: FakeClock, plug: Freeze) -> None:
        clock.pass_by(timedelta(seconds=plug.seconds))
        if plug.finishes:
            _live(self.journal, id, platform, clock, Plug())
        else:
            self.journal.recover(clock.now())

    def _outcome(self, id: int, platform: FakePlatform, clock: FakeClock, plug: Plug) -> str | None:
        try:
            _survive(self.journal, id, platform, clock, plug)
            while (problem := self._problem(id, platform)) == "unclear":
                ask_a_person(self.journal, id, platform, clock)
                _survive(self.journal, id, platform, clock, plug)
        except AssertionError:
            return "lost"
        return problem

    def _problem(self, id: int, platform: FakePlatform) -> str | None:
        """Hold the journal's word against the platform's own list."""
        delivery = self.journal.delivery(id)
        assert delivery is not None
        online = [receipt.id for _, receipt, _ in platform.online]
        if len(online) > 1:
            return "duplicated"
        if delivery.state is State.PUBLISHED:
            return None if online == [delivery.receipt_id] else "wrong"
        if delivery.state is State.FAILED and Blow.REFUSED in self.case.script:
            return "wrong" if online else None
        if delivery.held is Held.UNCLEAR:
            return "unclear" if self.case.finds is Finds.NEVER else "wrong"
        return "lost"


def sweep(case: Case, folder: Path | None = None) -> Tally:
    """Crash at every point, at every pair of points, and freeze at every point."""
    tally = Tally()
    place = folder or (SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
    plugs = _plugs(case)
    plug = next(plugs, None)
    while plug is not None:
        with TemporaryDirectory(prefix="crash-", dir=place) as name:
            bench = Bench(case, _journal(Path(name)), tally)
            for _ in range(IN_ONE_FILE):
                played = bench.play(plug)
                try:
                    plug = plugs.send(played)
                except StopIteration:
                    plug = None
                    break
            bench.journal.close()
    return tally


def _plugs(case: Case) -> Generator[Plug, Plug, None]:
    """Every schedule of a case; where the next crash can be is learnt from the run before."""
    whole = yield Plug()
    points = len(whole.passed)
    for first in range(1, points + 1):
        once = yield Plug(first)
        for second in range(first + 1, len(once.passed) + 1):
            if (first + second) % case.stride == 0:
                yield Plug(first, second)
        for seconds in FREEZES if case.stride == 1 else FREEZES[1:2]:
            for finishes in (False, True):
                yield Freeze(first, seconds, finishes=finishes)


def _journal(folder: Path) -> Journal:
    """A journal as the product opens it, with a delivery a day."""
    days = range(1, IN_ONE_FILE + 1)
    planned = [a_planned(at=NOON + timedelta(days=day), post=f"P{day:03}") for day in days]
    journal = open_journal(folder / "poster.db", create=True, chance=lambda: 1.0)
    journal.apply(a_campaign(), planned, now=NOON)
    for account in journal.accounts():
        identity = Identity(id="1", name=f"@{account.key}")
        journal.connect(account.key, account.platform, {}, {}, identity, NOON)
    return journal


def _live(journal: Journal, id: int, platform: FakePlatform, clock: FakeClock, plug: Plug) -> None:
    """Do what a worker does from its start until nothing waits for time to pass."""
    journal.recover(clock.now())
    for _ in range(40):
        delivery = journal.delivery(id)
        assert delivery is not None
        if delivery.state in SETTLED:
            return
        # Its account may have been told to wait for longer than itself.
        clock.set_to(max(delivery.next_at, journal.next_moment() or delivery.next_at))
        act: Callable[..., object] = look if delivery.state is State.UNKNOWN else publish
        act(id, journal=journal, platform_for=lambda _: platform, clock=clock, point=plug)
    raise AssertionError("never settles")


def _survive(
    journal: Journal, id: int, platform: FakePlatform, clock: FakeClock, plug: Plug
) -> None:
    """Live again after every crash."""
    while True:
        with suppress(PowerCut):
            _live(journal, id, platform, clock, plug)
            return


def _how(plug: Plug) -> str:
    if isinstance(plug, Freeze):
        then = "another finishes" if plug.finishes else "another recovers"
        return f"frozen at point {plug.at} for {plug.seconds} s while {then}"
    names = [plug.passed[cut - 1] for cut in sorted(plug.cuts) if cut <= len(plug.passed)]
    return f"crashed at points {sorted(plug.cuts)} ({', '.join(names)})"
