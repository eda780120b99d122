"""A post in three parts: crashes, pairs of them and freezes at every point between its first and its last."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import cast

from integrado_poster.contract import Platform, Receipt
from integrado_poster.journal import Journal
from integrado_poster.model import Delivery, Held, State
from integrado_poster.publish import look, publish
from tests.builders import NOON, a_campaign, a_planned, connect_all
from tests.crash.lives import Ear, Freeze, NeverSettles, Plug, PowerCut, Scene, blows_of
from tests.crash.schedules import IN_ONE_FILE, Bench, Case, Opened, journal_in, played
from tests.crash.tally import Tally
from tests.crash.traffic import WatchedClock
from tests.fakes import Answering, Blow, Finds

TEXTS = ("Eins", "Zwei", "Drei")
EVENING = timedelta(hours=12)
STEPS = 150  # of one life; far more than any fault costs
FREEZES = (20, 400)  # seconds
SCRIPTS: tuple[tuple[Blow, ...], ...] = (
    (),
    (Blow.LOST_AFTER, Blow.LOST_BEFORE, Blow.BUSY, Blow.LOST_AFTER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCase(Case):
    """One kind of platform and its faults; of the pairs of crashes only some are played."""

    script: tuple[Blow, ...] = ()
    pairs: int = 10

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
        self._plug_in(plug)
        ear = cast(Platform, Ear(self.platform, self.traffic))
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
                    platform_for=lambda _: ear,
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


@dataclass(slots=True)
class ChainBench(Bench):
    """A journal with a chain a day."""

    parts: int = len(TEXTS)

    def scene(self, id: int, clock: WatchedClock) -> Scene:
        """One chain, before anything has happened."""
        platform = Answering(clock, finds=self.case.finds, blows=self.case.script, first=id)
        return ChainScene(
            journal=self.journal, id=id, platform=platform, clock=clock, traffic=self.traffic
        )


def sweep_chain(case: ChainCase, folder: Path | None = None, opened: Opened = journal_in) -> Tally:
    """Crash at every point of a chain, at pairs of points, and stand still at every point."""
    bench = partial(ChainBench, case)
    return played(_every_plug(case), bench, lambda at: _with_a_chain_a_day(opened(at)), folder)


def _every_plug(case: ChainCase) -> Generator[Plug, Plug, None]:
    """Every schedule; where the next trouble can be is learnt from the run before.

    What is the same as at the point before is left out: a chain is long, and repeats much.
    """
    whole, pair = (yield Plug()), count()
    for first in range(1, len(whole.passed) + 1):
        if case.everything or whole.told(first):
            once = yield Plug(first)
            for second in range(first + 1, len(once.passed) + 1):
                differs = case.everything or once.told(second)
                if differs and next(pair) % case.pairs == 0:
                    yield Plug(first, second)
        if case.everything or whole.stirred(first):
            yield Freeze(first, FREEZES[first % len(FREEZES)])
            yield Freeze(first, FREEZES[first % len(FREEZES)], Plug())


def _with_a_chain_a_day(journal: Journal) -> Journal:
    planned = [
        a_planned(
            at=NOON + timedelta(days=1 + day * len(TEXTS)),
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
