"""What the journal tells: where each delivery stands, and the posting log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from integrado_poster.journal.chains import ITS_TURN, parts_of
from integrado_poster.journal.database import Store
from integrado_poster.journal.fates import SPACE, fate, keeps_distance, passed, slot
from integrado_poster.journal.moves import message_of, state_of
from integrado_poster.journal.tables import deliveries, lines
from integrado_poster.model import Delivery, Fate, Held, LogLine, Message, Outlook, State

_DELIVERIES = select(deliveries, parts_of(deliveries).label("parts"), ITS_TURN.label("its_turn"))
_ONE = _DELIVERIES.where(deliveries.c.id == bindparam("its_id"))  # built once: asked so often


class Reading(Store):
    """The part of the journal that answers questions. Nothing here writes."""

    def deliveries(self, campaign: str | None = None) -> list[Delivery]:
        """Every delivery, or those of one campaign, by due moment, post and account."""
        query = _DELIVERIES
        if campaign is not None:
            query = query.where(deliveries.c.campaign == campaign)
        order = (*(deliveries.c[name] for name in ("due_at", "post", "account", "part")),)
        with self.read() as connection:
            return [_delivery(row) for row in connection.execute(query.order_by(*order))]

    def delivery(self, id: int) -> Delivery | None:
        """One delivery, or None if there is none of this number."""
        with self.read() as connection:
            row = connection.execute(_ONE, {"its_id": id}).one_or_none()
        return None if row is None else _delivery(row)

    def state(self, id: int) -> State:
        """Where a delivery stands; it must exist."""
        with self.read() as connection:
            return state_of(connection, id)

    def outlook(self, now: datetime) -> list[Outlook]:
        """What will become of everything whose moment has passed, as if nothing were stopped."""
        free: dict[str, datetime] = {}
        found = []
        with self.read() as connection:
            for row in passed(connection, now):
                end, at = fate(connection, row, now), max(row.next_at, now)
                if end in (Fate.SEND, Fate.WAIT) and keeps_distance(row, now):
                    at = max(at, free.get(row.account, now), slot(connection, row, now))
                    free[row.account] = at + SPACE
                    end = Fate.WAIT if at > now else Fate.SEND
                found.append(Outlook(delivery=_delivery(row), fate=end, at=at))
        return found

    def log(self, limit: int, post: str | None = None) -> list[LogLine]:
        """The newest lines of the posting log, or of one post's, oldest of them first."""
        query = select(lines, parts_of(lines).label("parts"))
        query = query.order_by(lines.c.id.desc()).limit(limit)
        if post is not None:
            query = query.where(lines.c.post == post)
        with self.read() as connection:
            newest = connection.execute(query).all()
        return [_log_line(row) for row in reversed(newest)]

    def message(self, digest: str) -> Message:
        """A message byte for byte as it was planned; raises `DatabaseUnusable` if it is damaged."""
        with self.read() as connection:
            return message_of(connection, digest)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        campaign=row.campaign,
        post=row.post,
        account=row.account,
        platform=row.platform,
        digest=row.digest,
        due=row.due_at,
        state=State(row.state),
        held=None if row.held is None else Held(row.held),
        next_at=row.next_at,
        tries=row.tries,
        receipt_id=row.receipt_id,
        receipt_url=row.receipt_url,
        note=row.note,
        part=row.part,
        parts=row.parts,
        follows=row.follows,
        waits=row.follows and not row.its_turn,
    )


def _log_line(row: Row[Any]) -> LogLine:
    return LogLine(
        at=row.at,
        event=row.event,
        post=row.post,
        account=row.account,
        detail=row.detail,
        part=row.part,
        parts=row.parts,
    )
