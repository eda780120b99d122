"""The whole campaign against the stage, on a clock of its own: what would happen, in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from integrado_poster import schedule
from integrado_poster.app import App
from integrado_poster.errors import SettingsError
from integrado_poster.journal import journal_at, make_key
from integrado_poster.line import Line
from integrado_poster.model import Campaign, Delivery, Held, How, Message, State
from integrado_poster.speech import Sentence
from integrado_poster.stage import Expected, Faults, Stage, Verdict, verdict
from integrado_poster.stage.faults import kinds

BEFORE = timedelta(days=7)  #: The rehearsal's clock starts this long before the first post …
AFTER = timedelta(days=7)  #: … and stops this long after the last one at the latest.


@dataclass
class RehearsalClock:
    """A wall clock that is moved by hand, and a real one for durations."""

    moment: datetime

    def now(self) -> datetime:
        """The rehearsal's time."""
        return self.moment

    def monotonic(self) -> float:
        """Real seconds: a sender that freezes does so in rehearsal, too."""
        return time.monotonic()

    def jump(self, moment: datetime) -> None:
        """Move on, never back."""
        self.moment = max(self.moment + timedelta(milliseconds=1), moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How a rehearsal went. What is missing, doubled or different was counted on the stage."""

    posts: int
    deliveries: tuple[Delivery, ...]
    verdict: Verdict
    faults: dict[str, int]
    seconds: float

    @property
    def counts(self) -> dict[str, int]:
        """The figures of the design, section 9."""
        states = [delivery.state for delivery in self.deliveries]
        return {
            "posts": self.posts,
            "deliveries": len(self.deliveries),
            "published": states.count(State.PUBLISHED),
            "missing": self.verdict.missing,
            "duplicates": self.verdict.duplicates,
            "different": self.verdict.different,
            "unclear": sum(delivery.held is Held.UNCLEAR for delivery in self.deliveries),
            "failed": states.count(State.FAILED),
        }

    @property
    def flawless(self) -> bool:
        """Everything is online, once, as planned."""
        counts = self.counts
        return counts["published"] == counts["deliveries"] and not any(
            counts[name] for name in ("missing", "duplicates", "different")
        )


def fault_kinds(words: str) -> tuple[str, ...]:
    """Read `all` or `lost-reply,down`; raises `SettingsError` naming what there is."""
    try:
        return kinds([word.strip() for word in words.split(",") if word.strip()])
    except ValueError as error:
        raise SettingsError(Sentence("rehearse.fault", detail=error)) from None


def opening(campaign: Campaign) -> datetime:
    """When a rehearsal begins: a week before the first post."""
    return min(_moments(campaign), default=schedule.starts(campaign)) - BEFORE


def _moments(campaign: Campaign) -> list[datetime]:
    return [schedule.due(post, campaign).at for post in campaign.posts]


def rehearse(
    line: Line,
    messages: Sequence[Message],
    *,
    faults: Collection[str] = (),
    seed: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Rehearsal:
    """Publish a plan's messages to the stage and count there what became of them."""
    began = time.monotonic()
    clock = RehearsalClock(opening(line.campaign))
    drawn = Faults(kinds=faults, seed=seed)
    with Stage(now=clock.now, faults=drawn, wait=_hang_up) as stage, _empty_app(clock) as app:
        for account in line.campaign.accounts:
            app.connect(account.key, account.platform, stage.credentials(account.platform))
        app.apply(line, tuple(messages), clock.now())
        for post in app.journal.unapproved():  # a rehearsal asks nobody
            app.journal.approve(post, by="rehearsal", how=How.MEETING, now=clock.now())
        _play(app, clock, until=max(_moments(line.campaign)) + AFTER, progress=progress)
        platforms = {message.platform for message in messages}
        shown = {platform: stage.timeline(platform) for platform in platforms}
        return Rehearsal(
            posts=len(line.campaign.posts),
            deliveries=tuple(app.journal.deliveries()),
            verdict=verdict(expectations(messages), shown),
            faults=dict(stage.drawn()),
            seconds=time.monotonic() - began,
        )


def _play(
    app: App, clock: RehearsalClock, *, until: datetime, progress: Callable[[int, int], None]
) -> None:
    """Let the time pass: from one due moment to the next, until nothing is left to do."""
    total = len(app.journal.deliveries())
    while clock.now() < until:
        due = app.journal.due(clock.now(), limit=total)
        for number in due:
            app.publish(number)
        if due:
            settled = sum(not (each.open or each.waits) for each in app.journal.deliveries())
            progress(settled, total)
            continue
        if (nearest := app.journal.next_moment()) is None:
            return
        clock.jump(nearest)


def expectations(messages: Iterable[Message]) -> list[Expected]:
    """What a reader of the stage should see of a plan's messages, in the order of their parts."""
    last: dict[tuple[str, str], Expected] = {}
    found = []
    for message in sorted(messages, key=lambda message: message.part):
        beside = (message.post, message.account)
        last[beside] = expected(message, last.get(beside) if message.follows else None)
        found.append(last[beside])
    return found


def expected(message: Message, follows: Expected | None = None) -> Expected:
    """What a reader of the stage should see of a message, once, as an answer to another or to none."""
    return Expected(
        platform=message.platform,
        text=message.text,
        language=message.language,
        pictures=tuple((picture.sha256, picture.alt) for picture in message.pictures),
        follows=follows,
    )


def _hang_up(_seconds: float) -> bool:
    """An answer later than a client waits: on this clock, the client has gone at once."""
    return True


@contextmanager
def _empty_app(clock: RehearsalClock) -> Iterator[App]:
    """An app whose journal lies in a folder that is thrown away afterwards."""
    with TemporaryDirectory(prefix="rehearsal-") as name:
        folder = Path(name)
        make_key(folder / "key")
        journal = journal_at(folder / "journal.sqlite", folder / "key", create=True)
        try:
            yield App(folder, journal, clock)
        finally:
            journal.close()
