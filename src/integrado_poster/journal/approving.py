"""A member's yes, bound to exactly what will go out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, insert, select

from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import line, move
from integrado_poster.journal.tables import approvals, campaigns, deliveries, lines
from integrado_poster.model import Approvals, Held, How, State, post_digest
from integrado_poster.speech import Sentence

_MESSAGES = select(deliveries.c.account, deliveries.c.digest).where(
    deliveries.c.campaign == bindparam("of_campaign"),
    deliveries.c.post == bindparam("of_post"),
    deliveries.c.in_plan,
)
_YES = select(approvals.c.id).where(
    approvals.c.campaign == bindparam("of_campaign"),
    approvals.c.post == bindparam("of_post"),
    approvals.c.digest == bindparam("this"),
)


class Post(NamedTuple):
    """A post of a campaign."""

    campaign: str
    post: str


class Approving(Store):
    """The part of the journal that keeps approvals. One is never taken back: another content is another post."""

    def approve(self, post: Post, by: str, how: How, now: datetime) -> bool:
        """Write down who said yes to what the post says now; what waited for that goes on.

        False, and nothing is changed, if there is no such post in the plan.
        """
        with self.write(alone=True) as connection:
            digest = _digest(connection, post)
            if digest is None:
                return False
            values = {"digest": digest, "by": by, "how": how, "at": now}
            connection.execute(insert(approvals).values(**post._asdict(), **values))
            said = Sentence(f"how.{how}", by=by)
            told = line("approved", now=now, **post._asdict(), detail=said.note)
            connection.execute(insert(lines), told)
            _release(connection, post, now)
        return True

    def unapproved(self) -> list[Post]:
        """The posts that still have to go out and need a yes to what they say now, by due moment."""
        query = (
            select(deliveries.c.campaign, deliveries.c.post)
            .join(campaigns, campaigns.c.key == deliveries.c.campaign)
            .where(
                campaigns.c.approvals == Approvals.MEMBER,
                deliveries.c.state.in_([State.SCHEDULED, State.HELD]),
                deliveries.c.in_plan,
            )
            .order_by(deliveries.c.due_at, deliveries.c.id)
        )
        with self.read() as connection:
            posts = dict.fromkeys(Post(*row) for row in connection.execute(query))
            return [post for post in posts if not approved(connection, post)]


def approved(connection: Connection, post: Post) -> bool:
    """Whether somebody has said yes to exactly what the post says now on all its accounts."""
    found = connection.execute(
        _YES,
        {
            "of_campaign": post.campaign,
            "of_post": post.post,
            "this": _digest(connection, post) or "",
        },
    ).first()
    return found is not None


def lapses(connection: Connection, post: Post, messages: Iterable[tuple[str, str]]) -> bool:
    """Whether there is a yes to what the post says now, and none to these messages."""
    if not approved(connection, post):
        return False
    given = {"of_campaign": post.campaign, "of_post": post.post, "this": post_digest(messages)}
    return connection.execute(_YES, given).first() is None


def _digest(connection: Connection, post: Post) -> str | None:
    given = {"of_campaign": post.campaign, "of_post": post.post}
    rows = connection.execute(_MESSAGES, given).all()
    return post_digest((row.account, row.digest) for row in rows) if rows else None


def _release(connection: Connection, post: Post, now: datetime) -> None:
    waiting = and_(
        deliveries.c.campaign == post.campaign,
        deliveries.c.post == post.post,
        deliveries.c.state == State.HELD,
        deliveries.c.held == Held.APPROVAL,
    )
    for row in connection.execute(select(deliveries).where(waiting)).all():
        this = and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence)
        move(
            connection, this, "released", now=now,
            state=State.SCHEDULED, held=None, fence=row.fence + 1, note="",
            next_at=max(now, row.due_at),
        )  # fmt: skip
