"""When each post of a plan is due, and until when: pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from integrado_poster.model import Campaign, Due, Message, Planned, PlannedPost
from integrado_poster.zones import instant, zone

GRACE = timedelta(minutes=15)  #: A post that is late by less than this is on time.


def due(post: PlannedPost, campaign: Campaign) -> Due:
    """The instant at which a post is due.

    A time that happens twice means the first; one that never happens moves on by the gap
    (`check` has refused it before: PLAN-09).
    """
    wall = datetime.combine(post.date, post.time or campaign.time)
    at = instant(wall, ZoneInfo(campaign.zone))
    return Due(at=at, wall=f"{wall:%Y-%m-%d %H:%M}", zone=campaign.zone)


def resolved(wall: str, name: str) -> datetime | None:
    """The instant of a kept wall time ("2021-09-26 10:00"); None if the zone is no more."""
    local = zone(name)
    try:
        return instant(datetime.fromisoformat(wall), local) if local else None
    except ValueError:
        return None


def planned(campaign: Campaign, messages: Iterable[Message]) -> tuple[Planned, ...]:
    """Give every message its moment, and what becomes of it when that has passed."""
    posts = {post.id: (post, due(post, campaign)) for post in campaign.posts}
    return tuple(_planned(campaign, message, *posts[message.post]) for message in messages)


def _planned(campaign: Campaign, message: Message, post: PlannedPost, due: Due) -> Planned:
    return Planned(
        message=message,
        due=due,
        not_after=due.at + max(campaign.late_after, GRACE),
        on_late=post.on_late,
        deadline=_deadline(post, campaign),
    )


def _deadline(post: PlannedPost, campaign: Campaign) -> datetime | None:
    if post.deadline is None:
        return None
    return instant(datetime.combine(post.date, post.deadline), ZoneInfo(campaign.zone))


def starts(campaign: Campaign) -> datetime:
    """The first instant of the campaign's first day."""
    return instant(datetime.combine(campaign.first_day, time()), ZoneInfo(campaign.zone))
