"""What time it is elsewhere: every reply of a platform says so, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from email.utils import parsedate_to_datetime

_listener: ContextVar[Callable[[datetime], object] | None] = ContextVar("listener", default=None)


@contextmanager
def listening(hear: Callable[[datetime], object]) -> Iterator[None]:
    """Inside, `hear` is told the `Date` of every reply that comes to this thread."""
    before = _listener.set(hear)
    try:
        yield
    finally:
        _listener.reset(before)


def tell(headers: Mapping[str, str]) -> None:
    """Hand on the `Date` of a reply, if it has one that can be read."""
    hear = _listener.get()
    if hear is None:
        return
    try:
        moment = parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return
    if moment.tzinfo is not None:
        hear(moment)
