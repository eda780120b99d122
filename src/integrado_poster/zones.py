"""From what a clock on a wall shows to the instant: right on both clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


class WallTime(StrEnum):
    """What a clock on the wall does at a given time."""

    ONCE = "once"
    NEVER = "never"  #: Skipped in spring.
    TWICE = "twice"  #: Repeated in autumn.


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, or None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed, or the name of a folder
        return None


def instant(wall: datetime, local: ZoneInfo) -> datetime:
    """The instant of a naive wall time, in UTC.

    What happens twice is taken the first time; what never happens moves on by the gap.
    """
    return wall.replace(tzinfo=local, fold=0).astimezone(UTC)


def wall_time(wall: datetime, local: ZoneInfo) -> WallTime:
    """Tell whether a naive wall time happens once, never or twice in a zone.

    Two readings (fold 0 and 1) that agree on the offset are one instant. Where they differ, the
    trip through UTC comes back to the same wall time only if that time exists.
    """
    first = wall.replace(tzinfo=local, fold=0)
    if first.utcoffset() == first.replace(fold=1).utcoffset():
        return WallTime.ONCE
    back = first.astimezone(UTC).astimezone(local)
    return WallTime.TWICE if back.replace(tzinfo=None) == wall else WallTime.NEVER
