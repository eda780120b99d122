"""From wall times in a plan to instants: pure, and right on both clock changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from integrado_poster.model import Campaign, Due, Message, Planned, PlannedPost

GRACE = timedelta(minutes=15)  #: A post that is late by less than this is on time.


class WallTime(StrEnum):
    """What a clock on the wall does at a given time."""

    ONCE = "once"
    NEVER = "never"  #: Skipped in spring.
    TWICE = "twice"  #: Repeated in autumn.


def wall_time(wall: datetime, zone: str) -> WallTime:
    """Tell whether a naive wall time happens once, never or twice in a zone.

    Two readings (fold 0 and 1) that agree on the offset are one instant. Where they differ, the
    trip through UTC comes back to the same wall time only if that time exists.
    """
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return WallTime.ONCE
    back = first.astimezone(UTC).astimezone(ZoneInfo(zone))
    return WallTime.TWICE if back.replace(tzinfo=None) == wall else WallTime.NEVER


def due(post: PlannedPost, campaign: Campaign) -> Due:
    """The instant at which a post is due.

    A time that happens twice means the first; one that never happens moves on by the gap
    (`check` has refused it before: PLAN-09).
    """
    wall = datetime.combine(post.date, post.time or campaign.time)
    at = instant(wall, campaign.zone)
    return Due(at=at, wall=f"{wall:%Y-%m-%d %H:%M}", zone=campaign.zone)


def instant(wall: datetime, zone: str) -> datetime:
    """The instant of a wall time, in UTC; what never happens moves on by the gap."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def resolved(wall: str, zone: str) -> datetime | None:
    """The instant of a kept wall time ("2021-09-26 10:00"); None if the zone is no more."""
    try:
        return instant(datetime.fromisoformat(wall), zone)
    except (ValueError, KeyError, OSError):
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
    return instant(datetime.combine(post.date, post.deadline), campaign.zone)


def starts(campaign: Campaign) -> datetime:
    """The first instant of the campaign's first day."""
    return datetime.combine(campaign.first_day, time(), tzinfo=ZoneInfo(campaign.zone)).astimezone(
        UTC
    )
