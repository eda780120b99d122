"""What trouble costs: copies, losses, lateness, and minutes until a person knows.

`python -m bench.outages` publishes the shipped week to the stage on a simulated clock, once for each
kind of trouble. The stage counts what is online and when; a mail server counts who was told and when.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from tests.mail_server import Office

from bench.plans import SHIPPED
from integrado_poster import app as joined
from integrado_poster import publish
from integrado_poster.app import App
from integrado_poster.journal import Claim, beat, journal_at, make_key
from integrado_poster.line import Line
from integrado_poster.model import Delivery, Message
from integrado_poster.notify.messenger import Messenger
from integrado_poster.notify.watch import watch
from integrado_poster.rehearse import RehearsalClock, expectations, opening
from integrado_poster.stage import Shown, Stage, verdict

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SECOND_DAY = datetime.fromisoformat("2021-09-27T10:00+02:00")  #: Of the shipped week.
PLATFORMS = ("x", "facebook", "mastodon", "bluesky")
PLACES = ("publish", "upload", "read", "login")
ATTEMPTS = 5_000  #: More than anybody makes in a week.


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


@dataclass
class Knife:
    """Kills whoever passes, at random, as often as it is told to; one delivery at most so often."""

    kills: int = 0
    each: int = 4
    delivery: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    _spent: Counter[int] = field(default_factory=Counter)

    def __call__(self, _point: str) -> None:
        bold = self.kills and self._spent[self.delivery] < self.each
        if bold and self.chance.random() < 0.4:
            self.kills -= 1
            self._spent[self.delivery] += 1
            raise Killed


@dataclass
class Mortal(App):
    """The program with a knife at every effect; after each kill it starts again."""

    knife: Knife = field(default_factory=Knife)

    def publish(self, number: int) -> Claim | None:
        """The same as the program's own."""
        act = partial(
            publish.publish, number, stopped=self._stop_file, platform_for=self._opened,
            journal=self.journal, clock=self.clock, point=self.knife,
        )  # fmt: skip
        seek = partial(
            publish.look, number, platform_for=self._opened,
            journal=self.journal, clock=self.clock, point=self.knife,
        )  # fmt: skip
        self.knife.delivery = number
        try:
            return act() or seek()
        except Killed:
            self.recover()
            return None


@dataclass
class Week:
    """A campaign on its way to the stage, on a clock that jumps from one moment to the next."""

    clock: RehearsalClock
    stage: Stage
    app: Mortal
    office: Office
    messenger: Messenger
    line: Line
    messages: Sequence[Message]
    working: bool = True
    needed: list[datetime] = field(default_factory=list)  #: Since when only a person can help.
    told: list[datetime] = field(default_factory=list)

    def play(self, events: Sequence[Event], until: datetime) -> None:
        """Let the time pass, with everything that happens in it."""
        coming = sorted(events, key=lambda event: event[0])
        while self.clock.now() < until:
            while coming and coming[0][0] <= self.clock.now():
                coming.pop(0)[1](self)
            if self.working and self._publish():
                continue
            self._tell()
            self.clock.jump(min(self._moments(until, coming)))

    def _moments(self, until: datetime, coming: Sequence[Event]) -> Iterator[datetime]:
        """When something may happen next."""
        yield until
        yield from (at for at, _ in coming[:1])
        if not self.working or self.app.journal.untold(self.clock.now()):
            yield self.clock.now().replace(microsecond=0) + timedelta(seconds=5)
        if self.working and (nearest := self.app.journal.next_moment()):
            yield nearest

    def _publish(self) -> bool:
        due = self.app.journal.due(self.clock.now(), limit=400)
        for number in due:
            self.app.publish(number)
        return bool(due)

    def _tell(self) -> None:
        now, folder = self.clock.now(), self.app.folder
        if self.working:
            beat(folder, now)
            self.messenger.round(now)
        elif now.second == 0:  # as cron does it
            watch(
                self.app.journal, folder, Messenger(self.app.journal, self.office.mail, folder), now
            )
        new = len(self.office.letters) - len(self.told)
        self.told += [self.clock.now()] * new


Event = tuple[datetime, Callable[[Week], object]]


# --- What happens -----------------------------------------------------------------------------


def every_delivery(fault: str) -> list[Event]:
    """Each delivery meets this fault at its first attempt."""

    def play(week: Week) -> None:
        for name in PLATFORMS:
            week.stage.play(name, fault)

    return [(SECOND_DAY + day * DAY - MINUTE, play) for day in range(-1, 7)]


def down(length: timedelta) -> list[Event]:
    """All platforms answer 503 to everything, from right before a post is due."""

    def play(week: Week) -> None:
        for name in PLATFORMS:
            for place in PLACES:
                week.stage.play(name, "down", times=ATTEMPTS, on=place)

    return _lasting(length, play, _restore)


def blind(length: timedelta) -> list[Event]:
    """Each platform loses a reply, and nobody can look there for a while."""

    def play(week: Week) -> None:
        for name in PLATFORMS:
            week.stage.play(name, "lost-reply")
            week.stage.play(name, "down", times=ATTEMPTS, on="read")

    return _lasting(length, play, _restore)


def off(length: timedelta) -> list[Event]:
    """Nothing runs, from right before a post is due."""

    def begin(week: Week) -> None:
        week.working = False
        week.needed.append(week.clock.now())

    def end(week: Week) -> None:
        week.working = True
        week.app.recover()

    return _lasting(length, begin, end)


def killed(times: int) -> list[Event]:
    """The program is killed at random points, so many times in the week."""

    def begin(week: Week) -> None:
        week.app.knife.kills = times

    return [(SECOND_DAY - 2 * DAY, begin)]


def applied_again() -> list[Event]:
    """The same plan is taken over again, at noon and at the due moment of each day."""

    def again(week: Week) -> None:
        changes = week.app.apply(week.line, tuple(week.messages), week.clock.now())
        assert len(changes.unchanged) == len(week.messages)

    days = [SECOND_DAY + number * DAY for number in range(-1, 7)]
    return [(day + later, again) for day in days for later in (timedelta(), timedelta(hours=2))]


def revoked() -> list[Event]:
    """One login is revoked right before a post is due; a day later somebody logs in again."""

    def begin(week: Week) -> None:
        week.stage.play("mastodon", "revoked")

    def end(week: Week) -> None:
        week.stage.restore("mastodon")
        week.app.check_login("mastodon")

    return _lasting(DAY, begin, end)


def refused() -> list[Event]:
    """One platform says no to one post, for good."""
    return [(SECOND_DAY - 5 * MINUTE, lambda week: week.stage.play("mastodon", "refuse"))]


def _restore(week: Week) -> None:
    for name in PLATFORMS:
        week.stage.restore(name)


def _lasting(
    length: timedelta, begin: Callable[[Week], object], end: Callable[[Week], object]
) -> list[Event]:
    start = SECOND_DAY - timedelta(seconds=5)
    return [(start, begin), (start + length, end)]


TROUBLES: dict[str, Callable[[], list[Event]]] = {
    "nothing happens": list,
    "created, then 500, each time": lambda: every_delivery("late-error"),
    "answered too late, each time": lambda: every_delivery("slow"),
    "429 with Retry-After, each time": lambda: every_delivery("slow-down"),
    "503 everywhere, 1 minute": lambda: down(MINUTE),
    "503 everywhere, 10 minutes": lambda: down(10 * MINUTE),
    "503 everywhere, 60 minutes": lambda: down(60 * MINUTE),
    "reply lost, no look for 6 hours": lambda: blind(timedelta(hours=6)),
    "worker off for 3 hours": lambda: off(timedelta(hours=3)),
    "worker off for 3 days": lambda: off(3 * DAY),
    "killed 100 times": lambda: killed(100),
    "plan applied again, 16 times": applied_again,
    "login revoked for a day": revoked,
    "one post refused": refused,
}


# --- What became of it ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One row of the table; times in minutes."""

    trouble: str
    deliveries: int
    copies: int
    lost: int  #: Neither online nor in the hands of a person who has been told.
    asked: int  #: Not online: a person was told and has not decided.
    late: float  #: The latest of those that are online.
    told: float | None  #: The longest wait for a mail, from when only a person could mend it.
    mails: int


def outcome(trouble: str, week: Week, due: Callable[[Delivery], datetime]) -> Outcome:
    """Count on the stage and in the mail server; the journal says only since when a person is needed."""
    shown = {name: week.stage.timeline(name) for name in PLATFORMS}
    found = verdict(expectations(week.messages), shown)
    assert not found.different, found.notes
    deliveries = week.app.journal.deliveries()
    asked = sum(delivery.needs_person for delivery in deliveries) if week.told else 0
    return Outcome(
        trouble=trouble,
        deliveries=len(week.messages),
        copies=found.duplicates,
        lost=max(0, found.missing - asked),
        asked=min(asked, found.missing),
        late=max((_late(each, due(each), shown) for each in deliveries), default=timedelta())
        / MINUTE,
        told=_longest_wait(week),
        mails=len(week.told),
    )


def _late(delivery: Delivery, due: datetime, shown: dict[str, list[Shown]]) -> timedelta:
    """How long after its moment the stage has shown a delivery."""
    known = [post.at for post in shown[delivery.platform] if post.id == delivery.receipt_id]
    return max((abs(at - due) for at in known), default=timedelta())


def _longest_wait(week: Week) -> float | None:
    """The longest time from a cause for a mail to the mail that tells it, in minutes."""
    asking = [
        line for line in week.app.journal.log(10_000) if line.event in ("held", "failed", "login")
    ]
    since = [*week.needed, *(line.at for line in asking)]
    waits = [min((told for told in week.told if told >= at), default=None) for at in since]
    return max(
        ((told - at) / MINUTE for told, at in zip(waits, since, strict=True) if told), default=None
    )


# --- Playing it -------------------------------------------------------------------------------

CLOCK_CHANGES = (
    ("2027-03-28", "01:30", "2027-03-28T00:30Z"),
    ("2027-03-28", "03:00", "2027-03-28T01:00Z"),  # the hour before it does not exist
    ("2027-03-28", "03:30", "2027-03-28T01:30Z"),
    ("2027-03-29", "02:30", "2027-03-29T00:30Z"),
    ("2027-10-31", "01:30", "2027-10-30T23:30Z"),
    ("2027-10-31", "02:30", "2027-10-31T00:30Z"),  # and once more an hour later
    ("2027-10-31", "03:00", "2027-10-31T02:00Z"),
    ("2027-11-01", "02:30", "2027-11-01T01:30Z"),
)
"""Day and time on a wall in Berlin, and the instant, by the EU's rule: 01:00 UTC on a Sunday."""


def outcomes(line: Line, messages: Sequence[Message]) -> Iterator[Outcome]:
    """Play every trouble on the shipped week, and a week of posts around both clock changes."""
    for trouble, events in TROUBLES.items():
        with _week(line, messages) as week:
            week.play(events(), until=SECOND_DAY + 10 * DAY)
            yield outcome(trouble, week, lambda delivery: delivery.due)
    moved = _moved(line)
    instants = {
        post.id: datetime.fromisoformat(at)
        for post, (_, _, at) in zip(moved.campaign.posts, CLOCK_CHANGES, strict=True)
    }
    with _week(moved, messages) as week:
        week.play([], until=max(instants.values()) + DAY)
        yield outcome("both clock changes", week, lambda delivery: instants[delivery.post])


def _moved(line: Line) -> Line:
    """The shipped posts at moments at which the clocks are set."""
    posts = tuple(
        post.model_copy(update={"date": date.fromisoformat(day), "time": time.fromisoformat(at)})
        for post, (day, at, _) in zip(line.campaign.posts, CLOCK_CHANGES, strict=True)
    )
    return replace(line, campaign=line.campaign.model_copy(update={"posts": posts}))


@contextmanager
def _week(line: Line, messages: Sequence[Message]) -> Iterator[Week]:
    """Everything ready to be published, in a folder that is thrown away afterwards."""
    clock = RehearsalClock(opening(line.campaign))
    with TemporaryDirectory(prefix="outage-") as name:
        folder = Path(name)
        make_key(folder / "key")
        journal = journal_at(folder / "journal.sqlite", folder / "key", create=True)
        with (
            closing(journal),
            Stage(now=clock.now, wait=lambda _: True) as stage,
            Office(folder, "none") as office,
        ):
            app = Mortal(folder, journal, clock)
            for account in line.campaign.accounts:
                app.connect(account.key, account.platform, stage.credentials(account.platform))
            app.apply(line, tuple(messages), clock.now())
            messenger = Messenger(journal, office.mail, folder)
            yield Week(clock, stage, app, office, messenger, line, messages)


def main() -> int:
    """Print the table and write build/outages.json; 1 if something is doubled or lost."""
    line = joined.read(SHIPPED, now=opening)
    assert isinstance(line, Line)
    columns = (Column(name, justify="right") for name in HEADINGS)
    table = Table(Column("trouble", no_wrap=True), *columns, box=SIMPLE_HEAD, pad_edge=False)
    rows = []
    for row in outcomes(line, line.render()):
        rows.append(row)
        figures = [
            row.copies,
            row.lost,
            row.asked,
            f"{row.late:.1f}",
            _minutes(row.told),
            row.mails,
        ]
        table.add_row(row.trouble, *map(str, figures))
    Console().print(table, "Late and told: minutes, the worst of the week.", sep="\n")
    Path("build").mkdir(exist_ok=True)
    written = json.dumps([asdict(row) for row in rows], indent=1)
    Path("build/outages.json").write_text(written + "\n", encoding="utf-8")
    return 1 if any(row.copies or row.lost for row in rows) else 0


HEADINGS = ("copies", "lost", "asked", "late", "told", "mails")


def _minutes(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
