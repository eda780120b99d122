"""What people are to be told, and what they have been told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
)

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal.chains import parts_of
from integrado_poster.journal.database import Store
from integrado_poster.journal.lock import turn_here
from integrado_poster.journal.moves import NOTE, line
from integrado_poster.journal.tables import accounts, campaigns, deliveries, lines
from integrado_poster.journal.waiting import LOGIN_WORKS
from integrado_poster.model import State, named
from integrado_poster.speech import Sentence, cut, on_the_wall

EVENTS = (
    "stopped", "resumed", "away", "stuck", "silent", "overdue", "database", "clock suspected",
    "clock trusted",
)  # fmt: skip
"""What concerns no single post, and is told all the same."""

TELLING = -2  # what the turn is called among the numbers of deliveries, which are positive
FORGOTTEN = timedelta(days=7)  # an old stop is no news to somebody who sets up mail today


class Cause(NamedTuple):
    """Why somebody is told, and on which account: what is told at most once an hour."""

    why: str  #: A reason to hold, "failed", "skipped", "twice", "see", or one of `EVENTS`.
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that people are to be told once: what became of a delivery, or of everything."""

    why: str
    campaign: str = ""
    post: str = ""
    account: str = ""
    part: int = 1
    parts: int = 1  #: How many there are of its post on its account.
    follows: bool = False
    fence: int = 0  #: Which time it is; of what concerns no delivery, the number of its log line.
    at: datetime | None = None  #: When; of a delivery, when it was due.
    note: str = ""
    of_post: int = 1  #: On how many accounts the post is planned.

    @property
    def name(self) -> str:
        """What people call it."""
        return named(self.post, self.part, self.parts)

    @property
    def cause(self) -> Cause:
        """What it is counted under."""
        return Cause(self.why, self.account)


class Title(NamedTuple):
    """How people know a campaign."""

    name: str
    zone: str
    language: str


# How kept sentences begin: {"say": "note.told", "why": {"say": "why.late"}, …
_TOLD = Sentence("note.told", why=Sentence("why.failed"), words="").note.partition("failed")[0]
_TWICE = Sentence("note.twice", where="").note.partition(', "where"')[0]
_SEE = Sentence("note.see", what="").note.partition(', "what"')[0]


_said = lines.alias("said")
_sibling = deliveries.alias("sibling")
_of_post = (
    select(func.count(_sibling.c.account.distinct()))
    .where(_sibling.c.campaign == deliveries.c.campaign, _sibling.c.post == deliveries.c.post)
    .scalar_subquery()
)
_why = case(
    (deliveries.c.state == State.HELD, deliveries.c.held),
    (deliveries.c.state == State.UNKNOWN, literal("login")),
    (deliveries.c.state == State.CANCELLED, literal("skipped")),
    (deliveries.c.note.startswith(_TWICE), literal("twice")),
    (deliveries.c.state == State.PUBLISHED, literal("see")),
    else_=literal("failed"),
)
_skipped = (
    select(lines.c.id)
    .where(
        lines.c.post == deliveries.c.post,
        lines.c.campaign == deliveries.c.campaign,
        lines.c.account == deliveries.c.account,
        lines.c.part == deliveries.c.part,
        lines.c.fence == deliveries.c.fence,
        lines.c.event == "cancelled",
        lines.c.detail.in_(["late", Sentence("why.late").note]),
    )
    .exists()
)
_worth_telling = or_(
    deliveries.c.state.in_([State.HELD, State.FAILED]),
    # What may be online cannot be looked for either.
    and_(deliveries.c.state == State.UNKNOWN, ~LOGIN_WORKS),
    and_(deliveries.c.state == State.CANCELLED, _skipped),
    and_(
        deliveries.c.state == State.PUBLISHED,
        or_(deliveries.c.note.startswith(_TWICE), deliveries.c.note.startswith(_SEE)),
    ),
)


def _was(event: str, why: ColumnElement[Any], post: ColumnElement[Any], *same: Any) -> Any:
    """Whether a line says that this has been told, or could not be."""
    return (
        select(_said.c.id)
        .where(_said.c.post == post, _said.c.event == event, *same)
        .where(
            func.substr(_said.c.detail, 1, func.length(why) + len(_TOLD) + 1) == _TOLD + why + '"'
        )
        .exists()
    )


_of_a_delivery = (
    select(
        deliveries,
        _why.label("why"),
        _of_post.label("of_post"),
        parts_of(deliveries).label("parts"),
    )
    .join(accounts, accounts.c.key == deliveries.c.account)
    .where(
        _worth_telling,
        ~_was(
            "told", _why, deliveries.c.post,
            _said.c.campaign == deliveries.c.campaign,
            _said.c.account == deliveries.c.account,
            _said.c.part == deliveries.c.part,
            _said.c.fence == deliveries.c.fence,
        ),
    )
    .order_by(deliveries.c.due_at, deliveries.c.post, deliveries.c.account)
)  # fmt: skip
_word = func.replace(lines.c.event, " ", "-")  # as the sentences' keys are written
_later = lines.alias("later")
_trusted_since = (
    select(_later.c.id)
    .where(_later.c.post == "", _later.c.event == "clock trusted", _later.c.id > lines.c.id)
    .exists()
)
_trusted_before = (
    select(func.max(_later.c.id))
    .where(_later.c.post == "", _later.c.event == "clock trusted", _later.c.id < lines.c.id)
    .scalar_subquery()
)
_doubt_was_told = (
    select(_said.c.id)
    .where(_said.c.post == "", _said.c.event == "told")
    .where(_said.c.fence < lines.c.id, _said.c.fence > func.coalesce(_trusted_before, 0))
    .where(_said.c.detail.startswith(f'{_TOLD}clock-suspected"', autoescape=True))
    .exists()
)
_of_everything = (
    select(lines)
    .where(lines.c.post == "", lines.c.event.in_(EVENTS))
    .where(~and_(lines.c.event == "clock suspected", _trusted_since))
    .where(or_(lines.c.event != "clock trusted", _doubt_was_told))
    .where(~_was("told", _word, lines.c.post, _said.c.fence == lines.c.id))
    .order_by(lines.c.id)
)


class Telling(Store):
    """The part of the journal that knows who must be told what, and who was.

    What has been told is known by the posting log alone, so it survives whatever ends the process.
    A line `told` or `not told` has the post, account, part and fence of what it tells, and says why first.
    """

    @contextmanager
    def turn_to_tell(self, folder: Path) -> Iterator[bool]:
        """Whether it is our turn to tell people: no while another worker is at it, here or elsewhere.

        Yes if nobody can say: better told twice than never.
        """
        with turn_here(folder) as here, ExitStack() as stack:
            everywhere = True
            with suppress(DatabaseUnusable):
                everywhere = stack.enter_context(self.hold(TELLING))
            yield here and everywhere

    def untold(self, now: datetime) -> list[News]:
        """Everything that still holds and that nobody has been told, by due moment."""
        recent = _of_everything.where(lines.c.at > now - FORGOTTEN)
        with self.read() as connection:
            of_all = [_event_news(row) for row in connection.execute(recent)]
            return of_all + [_delivery_news(row) for row in connection.execute(_of_a_delivery)]

    def last_told(self, since: datetime) -> dict[Cause, datetime]:
        """When somebody was last told of a cause, of those that somebody was told of since then."""
        query = select(lines).where(lines.c.event == "told", lines.c.at > since)
        with self.read() as connection:
            rows = connection.execute(query.order_by(lines.c.id)).all()
        return {Cause(_why_of(row.detail), row.account): row.at for row in rows}

    def told(self, news: Sequence[News], whom: str, now: datetime) -> None:
        """Write down who has been told."""
        with self.write() as connection:
            connection.execute(insert(lines), [_told("told", each, whom, now) for each in news])

    def not_told(self, news: Sequence[News], why: str | Sentence, now: datetime) -> None:
        """Write down, once for each, that nobody could be told yet."""
        with self.write() as connection:
            for each in news:
                known = select(lines.c.id).where(
                    lines.c.post == each.post,
                    lines.c.event == "not told",
                    lines.c.campaign == each.campaign,
                    lines.c.account == each.account,
                    lines.c.part == each.part,
                    lines.c.fence == each.fence,
                    lines.c.detail.startswith(f'{_TOLD}{each.why}"', autoescape=True),
                )
                if connection.execute(known.limit(1)).first() is None:
                    connection.execute(insert(lines), _told("not told", each, why, now))

    def remark(self, event: str, detail: str, now: datetime) -> None:
        """Write a line about everything, such as one of `EVENTS`."""
        with self.write() as connection:
            connection.execute(insert(lines), line(event, now=now, detail=cut(detail, NOTE)))

    def wall(self, moment: datetime) -> Sentence:
        """A moment as the clock in the latest campaign's place shows it, for a line of the log."""
        zone = next((title.zone for title in self.titles().values()), None)
        return on_the_wall(moment, zone)

    def note_stop_file(self, there: bool, now: datetime) -> None:
        """Write down that a STOP file has appeared or gone, unless that is what was written last."""
        said, event = Sentence("note.stop-file").note, "stopped" if there else "resumed"
        query = select(lines.c.event).where(lines.c.post == "", lines.c.detail == said)
        with self.read() as connection:
            last = connection.execute(query.order_by(lines.c.id.desc()).limit(1)).scalar()
        if event != (last or "resumed"):
            self.remark(event, said, now)

    def last_remark(self, event: str) -> datetime | None:
        """When such a line was written last."""
        query = select(func.max(lines.c.at)).where(lines.c.post == "", lines.c.event == event)
        with self.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def deaf(self) -> str:
        """Why somebody could not be told, if that was so the last time, as a note; else ""."""
        query = select(lines.c.event, lines.c.detail).where(lines.c.event.in_(["told", "not told"]))
        with self.read() as connection:
            last = connection.execute(query.order_by(lines.c.id.desc()).limit(1)).one_or_none()
        return last.detail if last and last.event == "not told" else ""

    def last_line(self) -> int:
        """The number of the newest line of the posting log; 0 if it is empty."""
        with self.read() as connection:
            return connection.execute(select(func.max(lines.c.id))).scalar_one() or 0

    def titles(self) -> dict[str, Title]:
        """What every campaign is called, by its key, the latest first."""
        query = select(
            campaigns.c.key,
            campaigns.c.name,
            campaigns.c.zone,
            campaigns.c.plan["language"].as_string(),
        ).order_by(campaigns.c.applied_at.desc(), campaigns.c.key)
        with self.read() as connection:
            return {key: Title(*title) for key, *title in connection.execute(query)}


def _event_news(row: Row[Any]) -> News:
    return News(why=row.event.replace(" ", "-"), fence=row.id, at=row.at, note=row.detail)


def _delivery_news(row: Row[Any]) -> News:
    return News(
        why=row.why,
        campaign=row.campaign,
        post=row.post,
        account=row.account,
        part=row.part,
        parts=row.parts,
        follows=row.follows,
        fence=row.fence,
        at=row.due_at,
        note=row.note,
        of_post=row.of_post,
    )


def _why_of(detail: str) -> str:
    return detail.removeprefix(_TOLD).partition('"')[0]


def _told(event: str, news: News, words: str | Sentence, now: datetime) -> dict[str, Any]:
    return line(
        event,
        now=now,
        campaign=news.campaign,
        post=news.post,
        account=news.account,
        part=news.part,
        fence=news.fence,
        detail=Sentence("note.told", why=Sentence(f"why.{news.why}"), words=words).note,
    )
