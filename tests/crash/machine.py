"""Anything may happen, in any order: Hypothesis looks for the row of events that breaks a promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from integrado_poster.contract import Receipt
from integrado_poster.journal import Journal, Post, open_journal
from integrado_poster.model import Approvals, Delivery, Held, How, Message, State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_campaign, connect_all
from tests.crash.lives import Plug, PowerCut
from tests.crash.schedules import SHARED_MEMORY
from tests.crash.tally import Tally
from tests.crash.watched import PARTS, PIECES, POSTS, Piece, Watched, in_parts
from tests.fakes import Blow, FakeClock, Finds

ACCOUNT = "netz-mastodon"
TEXTS = ("Wir fangen an", "Wir fangen später an")
STEPS = 40  # of one history
FINDS = st.sampled_from((*Finds, Finds.NEVER))
RULES = st.sampled_from((Approvals.NONE, Approvals.NONE, Approvals.MEMBER))
BLOWS = st.sampled_from((*Blow, Blow.LOST_AFTER, Blow.LOST_AFTER))
CUTS = st.sampled_from((2, 5, 8, 10, *range(11, 17), 20))  # most around the request
WAITS = st.sampled_from((0, 30, 60, 600, 7200))  # seconds


class Machine(RuleBasedStateMachine):
    """One account with some posts, and everything that people, platforms and machines do to them."""

    steps: ClassVar[int] = 0
    histories: ClassVar[int] = 0
    template: ClassVar[bytes]
    database: ClassVar[Path]
    journal: ClassVar[Journal]  #: One for all: it would build and compile its SQL for each anew.

    def __init__(self) -> None:
        super().__init__()
        Machine.histories += 1
        self.journal.close()
        self.database.write_bytes(self.template)
        self.clock = FakeClock()
        self.approved: set[tuple[str, str]] = set()
        self.let_go: dict[int, datetime] = {}  # by a person, and for when it was planned then
        self.stopped = False

    @initialize(finds=FINDS, rule=RULES)
    def begin(self, finds: Finds, rule: Approvals) -> None:
        self.campaign = a_campaign(approvals=rule)
        self.platform = Watched(self.clock, finds, self._why_not)
        self.plan(set(POSTS), TEXTS[0], 0)
        connect_all(self.journal)

    # --- what happens -------------------------------------------------------------------

    @rule(posts=st.sets(st.sampled_from(POSTS), min_size=2), text=st.sampled_from(TEXTS), delay=st.sampled_from((0, 0, 60, 7200)))  # fmt: skip
    def plan(self, posts: set[str], text: str, delay: int) -> None:
        """Somebody loads the plan, changed or not."""
        at = max(self.clock.now(), NOON) + timedelta(seconds=delay)
        planned = [piece for post in sorted(posts) for piece in in_parts(post, text, at)]
        self.journal.apply(self.campaign, planned, now=self.clock.now())

    @rule(wait=WAITS)
    def tick(self, wait: int) -> None:
        """After a while the worker takes what is due."""
        self._tick(wait, None, 0)

    @rule(wait=WAITS, blow=BLOWS)
    def tick_badly(self, wait: int, blow: Blow) -> None:
        """The same, and the platform gives trouble."""
        self._tick(wait, blow, 0)

    @rule(wait=WAITS, blow=st.sampled_from((None, *Blow)), cut=CUTS)
    def tick_and_die(self, wait: int, blow: Blow | None, cut: int) -> None:
        """The same, and the worker is killed on its way and started anew."""
        self._tick(wait, blow, cut)

    @rule(post=st.sampled_from(POSTS))
    def wake_twice(self, post: str) -> None:
        """A wake-up comes twice, or for something that is not due."""
        for delivery in self._deliveries():
            if delivery.post == post:
                self._take(delivery.id, Plug())

    @rule(seconds=st.sampled_from((-3600, -5, 5, 3600, 86400)))
    def set_the_clock(self, seconds: int) -> None:
        """The wall clock jumps; the other one does not."""
        self.clock.moment += timedelta(seconds=seconds)

    @rule(works=st.sampled_from((True, True, False)))
    def login(self, works: bool) -> None:
        """A token is revoked, or entered anew."""
        self.platform.logged_in = works
        if works:
            self.journal.login_works(ACCOUNT, self.clock.now())

    @rule(stop=st.sampled_from((False, False, True)))
    def stop(self, stop: bool) -> None:
        now = self.clock.now()
        self.journal.stop("Halt", "Ayşe", now) if stop else self.journal.resume("Ayşe", now)
        self.stopped = stop

    @rule(post=st.sampled_from(POSTS))
    def approve(self, post: str) -> None:
        given = self.journal.approve(
            Post(self.campaign.key, post), "Ayşe", How.PHONE, self.clock.now()
        )
        if given:
            texts = [self.journal.message(part.digest).text for part in self._parts(post)]
            self.approved |= {(post, text) for text in texts}

    @rule(word=st.sampled_from(("look", "again", "skip")))
    def decide(self, word: str) -> None:
        """A person decides about whatever waits for one, and says what they really see."""
        for delivery in self._deliveries():
            if delivery.needs_person:
                self._decide(delivery, word)

    @rule(post=st.sampled_from(POSTS))
    def take_back(self, post: str) -> None:
        """A person wants a post gone, however it stands."""
        for delivery in self._parts(post):
            self._decide(delivery, "skip")

    # --- what must hold at any time --------------------------------------------------------

    @invariant()
    def nothing_is_online_twice(self) -> None:
        for piece in PIECES:
            assert len(self._online(piece)) <= 1, "duplicated: online twice"

    @invariant()
    def nothing_leaves_that_must_not(self) -> None:
        assert not self._offences(), self._offences()[0]

    @invariant()
    def what_follows_stands_below_what_it_follows(self) -> None:
        for post in PARTS:
            above = [self._online((post, part)) for part in range(1, PARTS[post])]
            said = [parent for _, parent, _ in self._said() if parent]
            assert [[parent] for parent in said] == above[: len(said)], (
                "wrong: below something else"
            )

    @invariant()
    def the_journal_tells_the_truth(self) -> None:
        for delivery in self._deliveries():
            online = self._online((delivery.post, delivery.part))
            assert delivery.state is not State.SENDING, "lost: left in flight"
            if delivery.state is State.PUBLISHED:
                assert online == [delivery.receipt_id], "wrong: published, and not there"
            elif delivery.state is State.HELD and delivery.held is Held.UNCLEAR:
                continue
            elif delivery.state is not State.UNKNOWN:
                assert not online, f"wrong: {delivery.state}, and yet online"

    def teardown(self) -> None:
        """Everything works again, and people answer: then everything that is wanted is online."""
        if hasattr(self, "platform"):
            self._mend()
            for _ in range(60):
                if not self._go_on():
                    break
            self._nothing_is_lost()

    # --- how ------------------------------------------------------------------------------

    def _tick(self, wait: int, blow: Blow | None, cut: int) -> None:
        self.clock.pass_by(timedelta(seconds=wait))
        self.platform.blows = [blow] if blow else []
        plug = Plug(cut)
        for id in self.journal.due(self.clock.now(), limit=9):
            try:
                self._take(id, plug)
            except PowerCut:
                self.journal.recover(self.clock.now())

    def _take(self, id: int, plug: Plug) -> None:
        Machine.steps += 1
        self.platform.point = plug
        for act in (publish, look):
            act(
                id,
                journal=self.journal,
                platform_for=lambda _: self.platform,
                clock=self.clock,
                point=plug,
            )

    def _why_not(self, message: Message) -> str:
        if self.stopped:
            return "everything was stopped"
        text = (message.post, message.text)
        if self.campaign.approvals is Approvals.MEMBER and text not in self.approved:
            return "nobody said yes to this text"
        delivery = self._parts(message.post)[message.part - 1]
        # Who says "again" means now, even where the clock has been set back before the moment since.
        due = delivery.due <= self.clock.now() or self.let_go.get(delivery.id) == delivery.due
        return "" if due else "it was not due"

    def _decide(self, delivery: Delivery, word: str) -> None:
        now, online = self.clock.now(), self._online((delivery.post, delivery.part))
        if word != "skip":
            self.let_go[delivery.id] = delivery.due
        if word == "skip":
            self.journal.skip(delivery.id, "Ayşe", now)
        elif word == "again":
            self.journal.again(delivery.id, "Ayşe", now)
        elif delivery.held is Held.UNCLEAR and online:
            self.journal.mark_posted(delivery.id, Receipt(id=online[0], url=None), "Ayşe", now)
        else:
            self.journal.not_there(delivery.id, "Ayşe", now)

    def _mend(self) -> None:
        self.platform.blows.clear()
        self.clock.pass_by(timedelta(hours=2))
        self.login(True)
        self.stop(False)
        self.journal.recover(self.clock.now())
        for post in POSTS:
            self.approve(post)

    def _go_on(self) -> bool:
        """Take what is due, else let time pass, else ask a person; False if all is done."""
        moment = self.journal.next_moment()
        if moment is not None:
            self.clock.set_to(moment)
            for id in self.journal.due(self.clock.now(), limit=9):
                self._take(id, Plug())
            return True
        held = [d for d in self._deliveries() if d.state is State.HELD]
        for delivery in held:
            self._decide(delivery, "look" if delivery.held is Held.UNCLEAR else "again")
        return bool(held)

    def _nothing_is_lost(self) -> None:
        self.nothing_is_online_twice()
        self.the_journal_tells_the_truth()
        self.nothing_leaves_that_must_not()
        self.what_follows_stands_below_what_it_follows()
        for delivery in self._deliveries():
            done = delivery.state in (State.PUBLISHED, State.CANCELLED, State.FAILED)
            assert done or self._follows_what_failed(delivery), f"lost: ends {delivery.state}"

    def _follows_what_failed(self, delivery: Delivery) -> bool:
        former = self._parts(delivery.post)[: delivery.part - 1]
        return delivery.waits and any(part.state is State.FAILED for part in former)

    def _deliveries(self) -> list[Delivery]:
        return self.journal.deliveries()

    def _parts(self, post: str) -> list[Delivery]:
        found = [d for d in self._deliveries() if d.post == post]
        return sorted(found, key=lambda delivery: delivery.part)

    def _online(self, piece: Piece) -> list[str]:
        return self.platform.online_of(piece) if hasattr(self, "platform") else []

    def _offences(self) -> list[str]:
        return self.platform.offences if hasattr(self, "platform") else []

    def _said(self) -> list[tuple[str, str, str]]:
        return self.platform.said if hasattr(self, "platform") else []


def explore(histories: int, number: int | None, *, shrink: bool = True) -> Tally:
    """Play histories, the same ones each time, or with a `number` others; `shrink` what goes wrong."""
    tally = Tally()
    Machine.histories = Machine.steps = 0
    chosen = settings(
        max_examples=histories,
        stateful_step_count=STEPS,
        derandomize=number is None,
        database=None,
        report_multiple_bugs=False,
        deadline=None,
        phases=(Phase.generate, *((Phase.shrink,) if shrink else ())),
        suppress_health_check=list(HealthCheck),
    )
    place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with TemporaryDirectory(prefix="machine-", dir=place) as name:
        Machine.database = Path(name) / "poster.db"
        Machine.journal = open_journal(Machine.database, create=True, chance=lambda: 1.0)
        Machine.journal.close()
        Machine.template = Machine.database.read_bytes()
        machine = Machine if number is None else seed(number)(Machine)
        try:
            run_state_machine_as_test(machine, settings=chosen)
        except Exception as error:  # noqa: BLE001 whatever a history ends in is a finding
            problem = str(error).partition(":")[0]
            words = "\n".join([str(error), *getattr(error, "__notes__", ())])
            tally.fail(problem if problem in ("lost", "duplicated") else "wrong", words)
        Machine.journal.close()
    tally.schedules = Machine.histories
    return tally
