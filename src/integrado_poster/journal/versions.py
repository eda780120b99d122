"""Every plan that was taken over: none is ever lost, and each can be taken over again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import message_of
from integrado_poster.journal.tables import campaigns, versions
from integrado_poster.model import Campaign, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One plan as it was taken over."""

    campaign: str
    number: int
    digest: str
    by: str
    at: datetime
    posts: int
    messages: int


class Versions(Store):
    """The part of the journal that remembers plans."""

    def versions(self, campaign: str) -> list[Version]:
        """Every plan of this campaign that was taken over, the newest first."""
        query = select(versions).where(versions.c.campaign == campaign)
        with self.read() as connection:
            rows = connection.execute(query.order_by(versions.c.number.desc())).all()
        return [_version(row) for row in rows]

    def version(self, campaign: str, number: int) -> tuple[Campaign, tuple[Message, ...]] | None:
        """A plan with its messages, byte for byte as they were; None if there is none of this number."""
        this = (versions.c.campaign == campaign, versions.c.number == number)
        with self.read() as connection:
            row = connection.execute(select(versions).where(*this)).one_or_none()
            if row is None:
                return None
            found = [message_of(connection, digest) for digest in row.messages]
        plan = Campaign.model_validate(row.plan)
        posts = {post.id for post in plan.posts}
        # What a plan left out, and was online on one of its accounts already, stood beside it.
        return plan, tuple(message for message in found if message.post in posts)

    def plan_of(self, campaign: str, digest: str) -> Campaign | None:
        """The plan with this digest, if it was ever taken over."""
        this = (versions.c.campaign == campaign, versions.c.digest == digest)
        with self.read() as connection:
            plan = connection.execute(select(versions.c.plan).where(*this).limit(1)).scalar()
        return None if plan is None else Campaign.model_validate(plan)


def keep_version(
    connection: Connection,
    campaign: Campaign,
    digests: Mapping[tuple[str, str, int], str],
    now: datetime,
    by: str,
) -> None:
    """Add a version, unless the newest one says the same already; `digests` by post, account and part."""
    says = {"digest": campaign.digest, "messages": [digests[place] for place in sorted(digests)]}
    query = select(versions.c.number, versions.c.digest, versions.c.messages)
    query = query.where(versions.c.campaign == campaign.key).order_by(versions.c.number.desc())
    newest = connection.execute(query.limit(1)).one_or_none()
    if newest is None or (newest.digest, newest.messages) != (says["digest"], says["messages"]):
        values = {
            "campaign": campaign.key,
            "number": newest.number + 1 if newest else 1,
            "plan": campaign.model_dump(mode="json"),
            "by": by,
            "applied_at": now,
        }
        connection.execute(insert(versions).values(**says, **values))


def with_online(loaded: Campaign | None, campaign: Campaign, online: Collection[str]) -> Campaign:
    """The campaign with the posts that are online as the loaded plan has them: they cannot be changed.

    One that the campaign leaves out stays in it, with whom it belongs to.
    """
    kept = {post.id: post for post in loaded.posts if post.id in online} if loaded else {}
    if loaded is None or not kept:
        return campaign
    there = {post.id for post in campaign.posts}
    missing = [post for number, post in kept.items() if number not in there]
    posts = [kept.get(post.id, post) for post in campaign.posts] + missing
    if missing:
        posts.sort(key=lambda post: (post.date, post.time or campaign.time))
    belonging = {
        "organisations": {post.organisation for post in kept.values()},
        "areas": {area for post in kept.values() for area in post.areas},
        "accounts": {account for post in kept.values() for account in post.channels},
    }
    tables = {name: _joined(loaded, campaign, name, keys) for name, keys in belonging.items()}
    return campaign.model_copy(update={**tables, "posts": tuple(posts)})


def _joined(loaded: Campaign, campaign: Campaign, table: str, keys: set[str]) -> tuple[Any, ...]:
    now = getattr(campaign, table)
    there = {member.key for member in now}
    return (*now, *(one for one in getattr(loaded, table) if one.key in keys - there))


def loaded_campaign(connection: Connection, key: str) -> Campaign | None:
    """The plan as it was applied last."""
    plan = connection.execute(select(campaigns.c.plan).where(campaigns.c.key == key)).scalar()
    return None if plan is None else Campaign.model_validate(plan)


def _version(row: Row[Any]) -> Version:
    return Version(
        campaign=row.campaign,
        number=row.number,
        digest=row.digest,
        by=row.by,
        at=row.applied_at,
        posts=len(row.plan["posts"]),
        messages=len(row.messages),
    )
