"""Plain builders: say only what the test is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from integrado_poster.contract import Identity
from integrado_poster.journal import Journal, open_journal
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


def a_journal(
    folder: Path, *planned: Planned, campaign: Campaign | None = None, name: str = "poster.db"
) -> Journal:
    """Make a journal with these messages planned and all of their accounts connected.

    It does not wait for the disk, which no test notices but those that cut the real power.
    """
    journal = open_journal(folder / name, create=True, chance=lambda: 1.0)
    event.listen(
        journal._engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous = off")
    )
    journal.close()
    if planned:
        journal.apply(campaign or a_campaign(), planned, now=NOON)
    for account in journal.accounts():
        identity = Identity(id="1", name=f"@{account.key}")
        journal.connect(account.key, account.platform, {}, {}, identity, NOON)
    return journal
