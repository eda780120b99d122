"""What people decide: stop and resume, and a word about a single delivery."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from integrado_poster.contract import Receipt
from integrado_poster.journal.chains import cut_off, let_follow
from integrado_poster.journal.database import Store
from integrado_poster.journal.fates import kept, next_slot
from integrado_poster.journal.moves import UNTOUCHED_BY_US, line, move, stop_reason
from integrado_poster.journal.tables import accounts, campaigns, deliveries, lines, stops
from integrado_poster.journal.waiting import LOGIN_WORKS
from integrado_poster.model import Campaign, Held, State
from integrado_poster.schedule import GRACE
from integrado_poster.speech import Sentence, on_the_wall

_UNCLEAR = and_(deliveries.c.state == State.HELD, deliveries.c.held == Held.UNCLEAR)
_CAN_LOOK = select(accounts.c.key).where(accounts.c.key == deliveries.c.account, LOGIN_WORKS)
_NOBODY_LOOKS = and_(deliveries.c.state == State.UNKNOWN, ~_CAN_LOOK.exists())
"""In doubt on an account that nobody can log in to: without a person it would stay so for ever."""


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
        detail = _said(by, receipt.url or receipt.id)
        with self.write() as connection:
            done = _decide(
                connection, id, deliveries.c.state.not_in(closed), "marked", detail, now,
                state=State.PUBLISHED, receipt_id=receipt.id, receipt_url=receipt.url,
            )  # fmt: skip
            if done:
                let_follow(connection, id, now)
            return done

    def not_there(self, id: int, by: str, now: datetime) -> bool:
        """A person has looked and it is not online: send it in its turn, with the same keys.

        Not while it is being looked for; where that cannot be, once it would be time.
        """
        allowed = or_(_UNCLEAR, and_(_NOBODY_LOOKS, deliveries.c.next_at <= now))
        with self.write() as connection:
            values = _send_at(connection, id, _turn(connection, id, now))
            return _decide(connection, id, allowed, "not there", _said(by), now, **values)

    def skip(self, id: int, by: str, now: datetime) -> bool:
        """A person takes it back, and what would follow it. Not while it may be online: that would hide a real post."""
        allowed = and_(UNTOUCHED_BY_US, deliveries.c.state != State.CANCELLED)
        with self.write() as connection:
            values = {"state": State.CANCELLED}
            done = _decide(connection, id, allowed, "skipped", _said(by), now, **values)
            if done:
                cut_off(connection, id, now)
            return done

    def again(self, id: int, by: str, now: datetime, *, at: datetime | None = None) -> bool:
        """A person wants a refused, late or flooded one sent after all: in its turn, or at a moment."""
        held = [Held.LATE, Held.FLOOD]
        late = and_(deliveries.c.state == State.HELD, deliveries.c.held.in_(held))
        allowed = or_(deliveries.c.state == State.FAILED, late)
        with self.write() as connection:
            moment = at or _turn(connection, id, now)
            values = _send_at(connection, id, moment) | {"handle": {}}
            zone = connection.execute(
                select(deliveries.c.zone).where(deliveries.c.id == id)
            ).scalar()
            detail = Sentence("note.again", by=by, moment=on_the_wall(moment, zone)).note
            return _decide(connection, id, allowed, "again", detail, now, **values)


def _decide(
    connection: Connection,
    id: int,
    allowed: ColumnElement[bool],
    event: str,
    detail: str,
    now: datetime,
    **values: Any,
) -> bool:
    which = and_(deliveries.c.id == id, allowed)
    values |= {"fence": deliveries.c.fence + 1, "held": None, "note": ""}
    return move(connection, which, event, now=now, detail=detail, **values)


def _send_at(connection: Connection, id: int, moment: datetime) -> dict[str, Any]:
    return {
        "state": State.SCHEDULED,
        "tries": 0,
        "looks": 0,
        "next_at": moment,
        "extended_to": moment + _patience(connection, id),
    }


def _turn(connection: Connection, id: int, now: datetime) -> datetime:
    """Now, unless something has just gone out on its account or was let go before it.

    What follows in a chain is not kept waiting.
    """
    row = kept(connection, id)
    return now if row is None or row.follows else next_slot(connection, row, now)


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
