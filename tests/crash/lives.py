"""The lives of one delivery: from crash to crash until it has settled, and what is wrong with the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from integrado_poster.contract import Handle, Platform, Receipt
from integrado_poster.journal import Claim, Journal
from integrado_poster.journal.tables import EPOCH
from integrado_poster.model import Held, Message, State
from integrado_poster.publish import look, publish
from tests.crash.traffic import Counts, Traffic
from tests.fakes import Blow, FakeClock, FakePlatform, Finds

EFFECTS = ("claim", "prepare", "keep", "intend", "commit", "outcome", "look", "find")
POINTS = frozenset({f"{when} {effect}" for when in ("before", "after") for effect in EFFECTS})
SETTLED = {State.PUBLISHED, State.FAILED, State.HELD, State.CANCELLED}
_STANDING = """
SELECT d.state, d.next_at, coalesce(a.next_allowed_at, 0), (SELECT count(*) FROM cooling)
FROM delivery d JOIN account a ON a.key = d.account WHERE d.id = {}
"""
MOST = 40  # steps of one life; far more than any fault costs


class PowerCut(BaseException):
    """Stands for kill -9: nothing after it runs."""


class NeverSettles(Exception):
    """A delivery that goes on for ever is as lost as one that nobody takes."""


class ReceiptDropped(BaseException):
    """A sender that was told of its post, and lived on, has not written it down."""


class Plug:
    """Is pulled at the given points of a run, counted from 1."""

    def __init__(self, *cuts: int) -> None:
        self.cuts = set(cuts)
        self.passed: list[str] = []
        self.traffic: Traffic | None = None  #: Of the scene that it is played in.
        self.counts: list[Counts] = []  #: How that stood at each point.

    def __call__(self, name: str) -> None:
        self.passed.append(name)
        if self.traffic is not None:
            self.counts.append(self.traffic.counts())
        if len(self.passed) in self.cuts:
            raise PowerCut(name)

    def told(self, point: int) -> bool:
        """Whether anybody has been told anything between the point before and this one."""
        return point == 1 or self.counts[point - 1].told != self.counts[point - 2].told

    def stirred(self, point: int) -> bool:
        """Whether anybody has been told or asked anything since the point before."""
        return point == 1 or self.counts[point - 1] != self.counts[point - 2]

    def __str__(self) -> str:
        names = [self.passed[cut - 1] for cut in sorted(self.cuts) if cut <= len(self.passed)]
        return f"crashed at points {sorted(self.cuts)} ({', '.join(names)})"


class Freeze(Plug):
    """A sender that stands still at one point for some seconds, while another process takes over.

    The other one only recovers what was left, or with `then` goes on until it is done, or until
    that plug is pulled or freezes it in its turn.
    """

    def __init__(self, at: int, seconds: int, then: Plug | None = None) -> None:
        super().__init__()
        self.at, self.seconds, self.then = at, seconds, then
        self.meanwhile: Callable[[Freeze], object] = lambda _: None

    def __call__(self, name: str) -> None:
        super().__call__(name)
        if len(self.passed) == self.at:
            self.meanwhile(self)

    def __str__(self) -> str:
        then = "another recovers" if self.then is None else f"another takes over, {self.then}"
        return f"frozen at point {self.at} for {self.seconds} s while {then}"


@dataclass
class Ear:
    """A platform as one sender hears it, with the receipt that it was told."""

    platform: FakePlatform
    traffic: Traffic
    told: Receipt | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.platform, name)

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        self.traffic.asked += 1
        return self.platform.find(message, handle)

    def commit(self, message: Message, handle: Handle) -> Receipt:
        self.traffic.told += 1
        self.told = self.platform.commit(message, handle)
        return self.told


def _the_same(journal: Journal) -> Journal:
    return journal


@dataclass(kw_only=True)
class Scene:
    """One delivery on its way; `revive` gives the journal as the next process finds it."""

    journal: Journal
    id: int
    platform: FakePlatform
    clock: FakeClock
    revive: Callable[[Journal], Journal] = _the_same
    traffic: Traffic = field(default_factory=Traffic)
    asked: int = field(default=0, init=False)  #: How often a person was needed.

    def play(self, plug: Plug) -> str | None:
        """Live on after every crash and every word of a person; say what is wrong in the end."""
        self.platform.point = plug
        try:
            self._survive(plug)
            while (problem := self.problem()) == "unclear":
                self.ask_a_person()
                self._survive(plug)
        except (NeverSettles, ReceiptDropped):
            return "lost"
        return problem

    def problem(self) -> str | None:
        """Hold the journal's word against the platform's own list."""
        delivery = self.journal.delivery(self.id)
        assert delivery is not None
        online = [receipt.id for _, receipt, _ in self.platform.online]
        if len(online) > 1:
            return "duplicated"
        if delivery.state is State.PUBLISHED:
            return None if online == [delivery.receipt_id] else "wrong"
        if delivery.state is State.FAILED and self.platform.refused:
            return "wrong" if online else None
        if delivery.held is Held.UNCLEAR:  # where the platform can tell, nobody need be asked
            return "unclear" if self.platform.finds is Finds.NEVER else "wrong"
        return "lost"

    def ask_a_person(self) -> None:
        """Somebody looks at the profile and says what they see."""
        self.asked += 1
        if self.platform.online:
            receipt = Receipt(id=self.platform.online[0][1].id, url=None)
            assert self.journal.mark_posted(self.id, receipt, "Ayşe", self.clock.now())
        else:
            assert self.journal.not_there(self.id, "Ayşe", self.clock.now())

    def live(self, plug: Plug) -> None:
        """Do what a worker does from its start until nothing waits for time to pass."""
        self._plug_in(plug)
        journal = self.journal
        journal.recover(self.clock.now())
        ear = Ear(self.platform, self.traffic)
        for _ in range(MOST):
            state, next_at, hindered = self._standing()
            if ear.told and state is not State.PUBLISHED:  # however late it was
                raise ReceiptDropped
            if state in SETTLED:
                return
            self.clock.set_to(next_at)
            if state is State.SENDING:
                raise PowerCut("left by another that crashed; only the next start may take it")
            if hindered and self.id not in journal.due(self.clock.now(), limit=9):
                # Its account has been told to wait for longer than itself.
                self.clock.set_to(journal.next_moment() or next_at)
            act: Callable[..., object] = look if state is State.UNKNOWN else publish
            ear = Ear(self.platform, self.traffic)
            act(
                self.id,
                journal=journal,
                platform_for=partial(_as_platform, ear),
                clock=self.clock,
                point=plug,
            )
        raise NeverSettles

    def _plug_in(self, plug: Plug) -> None:
        plug.traffic = self.traffic
        if isinstance(plug, Freeze):
            plug.meanwhile = self._while_it_stands_still

    def _standing(self) -> tuple[State, datetime, bool]:
        """Where it stands, its next moment, and whether its account or its platform has to wait.

        Not asked through the journal, which is tried here and judged in the end: the question comes
        before every step, and would take a fifth of the time.
        """
        self.traffic.asked += 1
        with closing(self.journal._engine.raw_connection()) as opened:
            cursor = opened.cursor()
            cursor.execute(_STANDING.format(self.id))
            ((state, next_at, allowed, cooling),) = cursor.fetchall()
        at = EPOCH + timedelta(microseconds=next_at)
        return State(state), at, bool(allowed > next_at or cooling)

    def _survive(self, plug: Plug) -> None:
        for _ in range(MOST):
            try:
                self.live(plug)
            except PowerCut:
                self.journal = self.revive(self.journal)
            else:
                return
        raise NeverSettles

    def _while_it_stands_still(self, frozen: Freeze) -> None:
        self.clock.pass_by(timedelta(seconds=frozen.seconds))
        if frozen.then is None:
            self.journal.recover(self.clock.now())
            return
        self.platform.point, mine = frozen.then, self.platform.point
        # Where many publish, nobody can take what the frozen one holds: then it goes on by itself.
        with suppress(PowerCut, NeverSettles):
            self.live(frozen.then)
        self.platform.point = mine


def _as_platform(ear: Ear, _claim: Claim) -> Platform:
    return cast(Platform, ear)


def blows_of(script: tuple[Blow, ...]) -> str:
    """A row of faults in words."""
    return "+".join(blow.name for blow in script) or "none"
