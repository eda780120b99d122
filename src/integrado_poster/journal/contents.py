"""What a plan brings into the journal: the plan itself, messages, pictures and record keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from secrets import randbelow
from typing import Any

from sqlalchemy import Connection, insert, select, update

from integrado_poster.journal.moves import line
from integrado_poster.journal.tables import campaigns, lines, messages, pictures
from integrado_poster.model import Campaign, Message


def keep_campaign(connection: Connection, campaign: Campaign, now: datetime) -> None:
    """Keep the plan as it is applied; the same plan again writes nothing."""
    values = {
        "name": campaign.name,
        "zone": campaign.zone,
        "on_late": campaign.on_late,
        "approvals": campaign.approvals,
        "plan": campaign.model_dump(mode="json"),
        "digest": campaign.digest,
        "applied_at": now,
    }
    this = campaigns.c.key == campaign.key
    known = connection.execute(select(campaigns.c.digest).where(this)).scalar_one_or_none()
    if known == values["digest"]:
        return
    if known is None:
        connection.execute(insert(campaigns).values(key=campaign.key, **values))
    else:
        connection.execute(update(campaigns).where(this).values(**values))
    connection.execute(insert(lines), line("applied", now=now, campaign=campaign.key))


def keep_contents(connection: Connection, new: Sequence[Message]) -> None:
    """Keep messages and pictures by their content's address; what is there already stays."""
    if not new:
        return
    bodies = {message.digest: message for message in new}
    for digest in connection.execute(select(messages.c.digest)).scalars():
        bodies.pop(digest, None)
    shown = {picture.sha256: picture for message in bodies.values() for picture in message.pictures}
    for sha256 in connection.execute(select(pictures.c.sha256)).scalars():
        shown.pop(sha256, None)
    for sha256, picture in shown.items():
        connection.execute(
            insert(pictures).values(
                sha256=sha256,
                data=picture.data,
                media_type=picture.media_type,
                width=picture.width,
                height=picture.height,
            )
        )
    if bodies:
        rows = [{"digest": digest, "body": _body(message)} for digest, message in bodies.items()]
        connection.execute(insert(messages), rows)


def _body(message: Message) -> dict[str, Any]:
    place = {"part": message.part, "follows": message.follows} if message.part > 1 else {}
    return place | {
        "post": message.post,
        "account": message.account,
        "platform": message.platform,
        "text": message.text,
        "language": message.language,
        "pictures": [[picture.sha256, picture.alt] for picture in message.pictures],
    }


_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def record_key(moment: datetime) -> str:
    """Make a record key as Bluesky's own clients do: 53 bits of microseconds, 10 bits of chance.

    Taken within the second of the due moment, so that our records sort by time. Source:
    atproto.com/specs/tid.
    """
    micros = int(moment.timestamp()) * 1_000_000 + randbelow(1_000_000)
    number = (micros << 10) | randbelow(1024)
    return "".join(_DIGITS[(number >> shift) & 31] for shift in range(60, -1, -5))
