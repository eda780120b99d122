"""What people decide: stop and resume, and a word about a single delivery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from integrado_poster.contract import Receipt
from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import UNTOUCHED_BY_US, line, move, stop_reason
from integrado_poster.journal.tables import campaigns, deliveries, lines, stops
from integrado_poster.model import Campaign, Held, State
from integrado_poster.schedule import GRACE

_UNCLEAR = and_(deliveries.c.state == State.HELD, deliveries.c.held == Held.UNCLEAR)


class Verdicts(Store):
    """The part of the journal that listens to people.

    Methods about one delivery give False, and change nothing, if it is not in a state for that.
    """

    def stop(self, reason: str, by: str, now: datetime) -> None:
        """Let nothing go out until `resume`. What is on its way right now may still arrive."""
        with self.write(alone=True) as connection:
            values = {"reason": reason, "by": by, "at": now}
            if connection.execute(update(stops).values(**values)).rowcount == 0:
                connection.execute(insert(stops).values(id=1, **values))
            connection.execute(insert(lines), line("stopped", now=now, detail=_said(by, reason)))

    def resume(self, by: str, now: datetime) -> None:
        """Let things go out again."""
        with self.write(alone=True) as connection:
            if connection.execute(delete(stops)).rowcount:
                connection.execute(insert(lines), line("resumed", now=now, detail=_said(by)))

    def stopped(self) -> str | None:
        """Say why nothing goes out, or None if things do."""
        with self.read() as connection:
            return stop_reason(connection)

    def mark_posted(self, id: int, receipt: Receipt, by: str, now: datetime) -> bool:
        """A person has seen it online, or has posted it by hand. Not while it is being sent."""
        closed = [State.SENDING, State.PUBLISHED]
        return self._decide(
            id, deliveries.c.state.not_in(closed), "marked", _said(by, receipt.url or receipt.id), now,
            state=State.PUBLISHED, receipt_id=receipt.id, receipt_url=receipt.url,
        )  # fmt: skip

    def not_there(self, id: int, by: str, now: datetime) -> bool:
        """A person has looked and it is not online: send it now, with the same keys."""
        return self._decide(id, _UNCLEAR, "not there", _said(by), now, send_at=now)

    def skip(self, id: int, by: str, now: datetime) -> bool:
        """A person takes it back. Not while it may be online: that would hide a real post."""
        return self._decide(
            id, and_(UNTOUCHED_BY_US, deliveries.c.state != State.CANCELLED), "skipped", _said(by), now,
            state=State.CANCELLED,
        )  # fmt: skip

    def again(self, id: int, by: str, now: datetime, *, at: datetime | None = None) -> bool:
        """A person wants a refused, late or flooded one sent after all: now, or at a moment."""
        moment = at or now
        held = [Held.LATE, Held.FLOOD]
        late = and_(deliveries.c.state == State.HELD, deliveries.c.held.in_(held))
        allowed = or_(deliveries.c.state == State.FAILED, late)
        detail = _said(by, moment.isoformat())
        return self._decide(id, allowed, "again", detail, now, send_at=moment, handle={})

    def _decide(
        self,
        id: int,
        allowed: ColumnElement[bool],
        event: str,
        detail: str,
        now: datetime,
        *,
        send_at: datetime | None = None,
        **values: Any,
    ) -> bool:
        which = and_(deliveries.c.id == id, allowed)
        values |= {"fence": deliveries.c.fence + 1, "held": None, "note": ""}
        with self.write() as connection:
            if send_at is not None:
                values |= {"state": State.SCHEDULED, "tries": 0, "looks": 0, "next_at": send_at}
                values["extended_to"] = send_at + _patience(connection, id)
            return move(connection, which, event, now=now, detail=detail, **values)


def _patience(connection: Connection, id: int) -> timedelta:
    """How much later than said the campaign of this delivery lets a post go out."""
    query = (
        select(campaigns.c.plan)
        .join(deliveries, deliveries.c.campaign == campaigns.c.key)
        .where(deliveries.c.id == id)
    )
    plan = connection.execute(query).scalar_one_or_none()
    return GRACE if plan is None else max(GRACE, Campaign.model_validate(plan).late_after)


def _said(by: str, words: str = "") -> str:
    return f"{by}: {words}" if words else by
