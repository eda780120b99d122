"""How long a platform asks us to wait. Measured against its own clock, never ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=24)

_RESETS = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
_EPOCH = 1_000_000_000
"""A larger number is a moment in Unix seconds, a smaller one is seconds from now."""


def asked(headers: Mapping[str, str], *, limited: bool = False) -> timedelta | None:
    """The wait that these reply headers ask for, from 1 s to 24 h; None if they ask for none.

    `Retry-After` goes before the various resets, which are for 429 only: other replies carry them
    too, and mean nothing by it. A moment is compared with the reply's own `Date`, so neither a
    wrong clock here nor one there does harm; without it a moment says nothing.
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    said = _moment(lower.get("date", ""))
    for name in ("retry-after", *(_RESETS if limited else ())):
        wait = _until(lower.get(name, ""), said)
        if wait is not None:
            return clamp(wait)
    return None


def clamp(wait: timedelta) -> timedelta:
    """The wait, brought into what we believe: 1 s to 24 h."""
    return min(max(wait, SHORTEST), LONGEST)


def _until(value: str, said: datetime | None) -> timedelta | None:
    try:
        number = float(value)
    except ValueError:
        moment = _moment(value)
        return moment - said if moment and said else None
    if not 0 <= number < float("inf"):
        return None
    if number < _EPOCH:
        return timedelta(seconds=min(number, LONGEST.total_seconds()))
    if said is None:
        return None
    return timedelta(seconds=min(number - said.timestamp(), LONGEST.total_seconds()))


def _moment(value: str) -> datetime | None:
    """An HTTP date or an ISO 8601 moment; None for anything else."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
