"""A post in three parts: crashes, pairs of them and freezes at every point between its first and its last."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from integrado_poster.contract import Receipt
from integrado_poster.journal import Journal
from integrado_poster.model import Delivery, Held, State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_campaign, a_planned, connect_all
from tests.crash.lives import Freeze, NeverSettles, Plug, PowerCut, Scene, blows_of
from tests.crash.schedules import IN_ONE_FILE, SHARED_MEMORY, Opened, journal_in
from tests.crash.tally import Tally
from tests.fakes import Answering, Blow, FakeClock, Finds

TEXTS = ("Eins", "Zwei", "Drei")
EVENING = timedelta(hours=12)
STEPS = 150  # of one life; far more than any fault costs
FREEZES = (20, 400)  # seconds
SCRIPTS: tuple[tuple[Blow, ...], ...] = (
    (),
    (Blow.LOST_AFTER, Blow.LOST_BEFORE, Blow.BUSY, Blow.LOST_AFTER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCase:
    """One kind of platform and its faults; of all pairs of crashes every so many-th is played."""

    finds: Finds
    script: tuple[Blow, ...] = ()
    pairs: int = 40

    def __str__(self) -> str:
        return f"a chain, find {self.finds.name}, faults {blows_of(self.script)}"


@dataclass(kw_only=True)
class ChainScene(Scene):
    """Three parts on their way; `id` is the first one's."""

    platform: Answering

    @property
    def parts(self) -> list[Delivery]:
        """All of them as the journal has them."""
        found = [self.journal.delivery(self.id + number) for number in range(len(TEXTS))]
        return [delivery for delivery in found if delivery]

    def live(self, plug: Plug) -> None:
        """Do what is due until nothing is left today."""
        if isinstance(plug, Freeze):
            plug.meanwhile = self._while_it_stands_still
        journal, evening = self.journal, self.parts[0].due + EVENING
        journal.recover(self.clock.now())
        for _ in range(STEPS):
            due = journal.due(self.clock.now(), limit=9)
            if not due:
                moment = journal.next_moment(self.clock.now())
                if moment is None or moment > evening:
                    break
                self.clock.set_to(moment)
            for id in due:
                act: Callable[..., object] = publish
                if journal.state(id) is State.UNKNOWN:
                    act = look
                act(
                    id,
                    journal=journal,
                    platform_for=lambda _: self.platform,
                    clock=self.clock,
                    point=plug,
                )
        else:
            raise NeverSettles
        left = [delivery for delivery in self.parts if delivery.state is State.SENDING]
        if left:
            self.clock.set_to(left[0].next_at)  # where others publish, its time must be up
            raise PowerCut("left by another that crashed; only the next start may take it")

    def problem(self) -> str | None:
        """Hold the journal's word against what readers see."""
        ids = [receipt.id for _, receipt, _ in self.platform.online]
        said = [text for text, _, _ in self.platform.said]
        above = [(parent, root) for _, parent, root in self.platform.said]
        if len(set(said)) < len(said):
            return "duplicated"
        if tuple(said) != TEXTS[: len(said)]:
            return "wrong"
        if above != [("", ""), *((parent, ids[0]) for parent in ids)][: len(said)]:
            return "wrong"
        if any(delivery.held is Held.UNCLEAR for delivery in self.parts):
            return "unclear" if self.platform.finds is Finds.NEVER else "wrong"
        receipts = [each.receipt_id for each in self.parts if each.state is State.PUBLISHED]
        if receipts != ids:
            return "wrong"
        return None if len(ids) == len(TEXTS) else "lost"

    def ask_a_person(self) -> None:
        """Somebody looks at the profile and says what they see of the part in question."""
        self.asked += 1
        (part,) = [delivery for delivery in self.parts if delivery.held is Held.UNCLEAR]
        said = [text for text, _, _ in self.platform.said]
        text = TEXTS[part.part - 1]
        if text in said:
            receipt = Receipt(id=self.platform.online[said.index(text)][1].id, url=None)
            assert self.journal.mark_posted(part.id, receipt, "Ayşe", self.clock.now())
        else:
            assert self.journal.not_there(part.id, "Ayşe", self.clock.now())


def sweep_chain(case: ChainCase, folder: Path | None = None, opened: Opened = journal_in) -> Tally:
    """Crash at every point of a chain, at pairs of points, and stand still at every point."""
    tally = Tally()
    place = folder or (SHARED_MEMORY if SHARED_MEMORY.is_dir() else None)
    plugs = _every_plug(case)
    plug: Plug | None = next(plugs)
    while plug is not None:
        with TemporaryDirectory(prefix="crash-", dir=place) as name:
            journal = _with_a_chain_a_day(opened(Path(name)))
            for day in range(IN_ONE_FILE):
                journal = _play(case, journal, day, plug, tally)
                plug = _after(plugs, plug)
                if plug is None:
                    break
            journal.close()
    return tally


def _after(plugs: Generator[Plug, Plug, None], played: Plug) -> Plug | None:
    try:
        return plugs.send(played)
    except StopIteration:
        return None


def _play(case: ChainCase, journal: Journal, day: int, plug: Plug, tally: Tally) -> Journal:
    first = 1 + day * len(TEXTS)
    clock = FakeClock(NOON + timedelta(days=1 + day))
    platform = Answering(clock, finds=case.finds, blows=case.script, first=first)
    scene = ChainScene(journal=journal, id=first, platform=platform, clock=clock)
    problem = scene.play(plug)
    tally.schedules += 1
    tally.points |= set(plug.passed)
    if problem is not None:
        tally.fail(problem, f"{case}, {plug}")
    return scene.journal


def _every_plug(case: ChainCase) -> Generator[Plug, Plug, None]:
    """Every schedule; where the next trouble can be is learnt from the run before."""
    whole = yield Plug()
    for first in range(1, len(whole.passed) + 1):
        once = yield Plug(first)
        for second in range(first + 1, len(once.passed) + 1):
            if (first + second) % case.pairs == 0:
                yield Plug(first, second)
        yield Freeze(first, FREEZES[first % len(FREEZES)])
        yield Freeze(first, FREEZES[first % len(FREEZES)], Plug())


def _with_a_chain_a_day(journal: Journal) -> Journal:
    planned = [
        a_planned(
            at=NOON + timedelta(days=1 + day),
            post=f"P{day:03}",
            text=text,
            pictures=(),
            part=part,
            follows=part > 1,
        )
        for day in range(IN_ONE_FILE)
        for part, text in enumerate(TEXTS, 1)
    ]
    journal.apply(a_campaign(), planned, now=NOON)
    connect_all(journal)
    return journal
