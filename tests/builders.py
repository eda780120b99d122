"""Plain builders: say only what the test is about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from integrado_poster.contract import Identity
from integrado_poster.journal import Journal, Place, open_journal
from integrado_poster.model import (
    Account,
    Area,
    Campaign,
    Due,
    Message,
    OnLate,
    Organisation,
    Picture,
    Planned,
    PlannedPost,
)

NOON = datetime(2021, 9, 26, 12, tzinfo=UTC)


def a_picture(**changes: Any) -> Picture:
    """Make a finished picture, as far as the journal and the fakes care."""
    fields: dict[str, Any] = {
        "data": b"not really a jpeg",
        "alt": "Drei Menschen an einem Tisch",
        "width": 1080,
        "height": 1350,
    }
    return Picture(**fields | changes)


def a_message(**changes: Any) -> Message:
    """Make a message that is fine unless told otherwise."""
    fields: dict[str, Any] = {
        "post": "IKW-01",
        "account": "netz-mastodon",
        "platform": "mastodon",
        "text": "Wir fangen an & freuen uns",
        "language": "de",
        "pictures": (a_picture(),),
    }
    return Message(**fields | changes)


def a_planned(
    *,
    at: datetime = NOON,
    late_after: timedelta = timedelta(hours=6),
    on_late: OnLate | None = None,
    deadline: datetime | None = None,
    **changes: Any,
) -> Planned:
    """Make a message with its moment; `changes` are the message's."""
    wall = (at + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
    return Planned(
        message=a_message(**changes),
        due=Due(at=at, wall=wall, zone="Europe/Berlin"),
        not_after=at + late_after,
        on_late=on_late,
        deadline=deadline,
    )


def an_organisation(**changes: Any) -> Organisation:
    """Make a member."""
    fields: dict[str, Any] = {"key": "awo", "name": "Arbeiterwohlfahrt Muster", "short": "AWO"}
    return Organisation(**fields | changes)


def a_planned_post(**changes: Any) -> PlannedPost:
    """Make a post as a plan says it."""
    fields: dict[str, Any] = {
        "id": "IKW-01",
        "date": date(2021, 9, 26),
        "organisation": "awo",
        "areas": ("beratung",),
        "headline": "Wir fangen an",
        "text": "Wir fangen an & freuen uns",
    }
    return PlannedPost(**fields | changes)


def a_campaign(**changes: Any) -> Campaign:
    """Make a campaign of one member, one day and one account."""
    fields: dict[str, Any] = {
        "key": "ikw-2021",
        "name": "Interkulturelle Woche 2021",
        "first_day": date(2021, 9, 26),
        "last_day": date(2021, 9, 26),
        "time": time(14),
        "areas": (Area(key="beratung", name="Beratung"),),
        "organisations": (an_organisation(),),
        "accounts": (Account(key="netz-mastodon", platform="mastodon"),),
        "posts": (a_planned_post(),),
    }
    return Campaign(**fields | changes)


def a_file(folder: Path, name: str = "poster.db") -> Place:
    """Where a test's journal lies, if nothing else is said."""
    return folder / name


place_in: Callable[..., Place] = a_file  # tests on `every_database` have it changed
opened: list[Journal] = []  # closed at the end of each test


def an_empty_journal(folder: Path, **name: str) -> Journal:
    """Make a journal in which nothing is planned; its back-offs are the longest that there are."""
    journal = open_journal(place_in(folder, **name), create=True, chance=lambda: 1.0)
    opened.append(journal)
    return journal


def close_all() -> None:
    """Close what was opened."""
    while opened:
        opened.pop().close()


LATER = NOON + timedelta(minutes=2)  # the time of a sender that began at noon is up


def take_over(journal: Journal, now: datetime, **more: Any) -> int:
    """Settle what senders left in flight, as if all of them had died."""
    if journal.shared:
        with journal.read() as connection:
            connection.execute(END_THE_OTHERS)
    return journal.recover(now, **more)


END_THE_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def a_journal(
    folder: Path, *planned: Planned, campaign: Campaign | None = None, **name: str
) -> Journal:
    """Make a journal with these messages planned and all of their accounts connected.

    It does not wait for the disk, which no test notices but those that cut the real power.
    """
    journal = an_empty_journal(folder, **name)
    if not journal.shared:
        event.listen(
            journal._engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous = off")
        )
        journal.close()
    return fill(journal, *planned, campaign=campaign)


def fill(journal: Journal, *planned: Planned, campaign: Campaign | None = None) -> Journal:
    """Plan these messages and connect all of their accounts."""
    if planned:
        journal.apply(campaign or a_campaign(), planned, now=NOON)
    connect_all(journal)
    return journal


def connect_all(journal: Journal) -> None:
    """Give every account of the plan a login."""
    for account in journal.accounts():
        identity = Identity(id="1", name=f"@{account.key}")
        journal.connect(account.key, account.platform, {}, {}, identity, NOON)
