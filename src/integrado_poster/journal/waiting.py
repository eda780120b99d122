"""What is due, and when there is something next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, and_, bindparam, func, or_, select, union_all

from integrado_poster.journal.chains import ITS_TURN
from integrado_poster.journal.database import Store
from integrado_poster.journal.tables import (
    EPOCH,
    Instant,
    accounts,
    campaigns,
    clocks,
    deliveries,
    stops,
)
from integrado_poster.model import OnLate, State

# The statements are built once: a worker asks them all the time, and building takes longer than
# running.

_other = deliveries.alias("other")
BUSY = (
    select(_other.c.id)
    .where(_other.c.account == deliveries.c.account, _other.c.state == State.SENDING)
    .correlate(deliveries)
    .exists()
)
"""Whether something is in flight on the account of a delivery."""

LOGIN_WORKS = and_(accounts.c.state == "ok", accounts.c.platform == deliveries.c.platform)
"""Whether an account's login works, and is one for the platform of the delivery."""

POLICY = func.coalesce(deliveries.c.on_late, campaigns.c.on_late)
"""What becomes of a delivery that is late: its own rule, else its campaign's."""

_joined = accounts.c.key == deliveries.c.account
_now = bindparam("now", type_=Instant())
_doubted = select(clocks.c.id).where(clocks.c.why.is_not(None)).exists()
_to_send = and_(
    deliveries.c.state == State.SCHEDULED,
    ~BUSY,
    ~select(stops.c.id).exists(),
    ~_doubted,
    ITS_TURN,
)
_to_find = and_(deliveries.c.state == State.UNKNOWN, LOGIN_WORKS)
_told_to_wait = and_(
    accounts.c.next_allowed_at.is_not(None), accounts.c.next_allowed_at > deliveries.c.next_at
)

# A chain that has begun is finished first.
_order = (deliveries.c.follows.desc(), deliveries.c.due_at, deliveries.c.id)
_place = func.row_number().over(partition_by=deliveries.c.account, order_by=_order)
_allowed = or_(accounts.c.next_allowed_at.is_(None), accounts.c.next_allowed_at <= _now)
_found = select(deliveries.c.id, deliveries.c.next_at).join(accounts, _joined)
_sendable = _found.where(_to_send, deliveries.c.next_at <= _now, _allowed)
_findable = _found.where(_to_find, deliveries.c.next_at <= _now)


def _due(first: Subquery, findable: Select[Any]) -> Select[Any]:
    both = union_all(select(first.c.id, first.c.next_at), findable).subquery()
    return select(both.c.id).order_by(both.c.next_at, both.c.id).limit(bindparam("most"))


# What becomes too late while it is still to wait: nobody must hear of that a day later.
_LAPSED = (
    select(deliveries.c.id)
    .join(accounts, _joined)
    .join(campaigns, campaigns.c.key == deliveries.c.campaign)
    .where(
        _to_send,
        or_(deliveries.c.next_at > _now, accounts.c.next_allowed_at > _now),
        or_(deliveries.c.extended_to.is_(None), deliveries.c.extended_to < _now),
        or_(
            deliveries.c.deadline < _now,
            and_(POLICY != OnLate.POST, deliveries.c.not_after < _now),
        ),
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most"))
)
_placed = _sendable.add_columns(_place.label("place")).subquery()
_DUE = _due(select(_placed).where(_placed.c.place == 1).subquery(), _findable)
_on = deliveries.c.account == bindparam("on")
# Asked after every delivery: the first of one account needs no counting of places.
_DUE_ON = _due(_sendable.where(_on).order_by(*_order).limit(1).subquery(), _findable.where(_on))

_at = deliveries.c.next_at
_after = bindparam("after", type_=Instant())
_NEXT = (
    select(_at)
    .join(accounts, _joined)
    .where(_to_send, ~_told_to_wait, _at > _after)
    .order_by(_at)
    .limit(1),
    select(_at).join(accounts, _joined).where(_to_find, _at > _after).order_by(_at).limit(1),
    select(func.min(accounts.c.next_allowed_at)).where(
        accounts.c.next_allowed_at > _after,
        select(deliveries.c.id)
        .where(_joined, _to_send, accounts.c.next_allowed_at > _at)
        .correlate(accounts)
        .exists(),
    ),
)


class Waiting(Store):
    """The part of the journal that knows what waits for its moment."""

    def due(self, now: datetime, *, limit: int, account: str | None = None) -> list[int]:
        """Name deliveries to take now, the most overdue first: at most one to send per account.

        Scheduled ones go to `claim`, unknown ones to `take_look`; both decide for themselves. A part
        of a chain is not named before the one that it follows is online. While
        everything is stopped, only unknown ones are named. With `account` only those on that one;
        else last, what is still to wait and too late already.
        """
        given = {"now": now, "most": limit}
        with self.read() as connection:
            if account is not None:
                return list(connection.execute(_DUE_ON, given | {"on": account}).scalars())
            found = list(connection.execute(_DUE, given).scalars())
            if len(found) < limit:
                given["most"] = limit - len(found)
                found += connection.execute(_LAPSED, given).scalars()
            return found

    def next_moment(self, after: datetime = EPOCH) -> datetime | None:
        """When `due` will next have something new, `after` a moment; None if nothing waits for time.

        Not counted: what waits for a sending on the same account to end, for a login, or for
        somebody to say `resume`.
        """
        with self.read() as connection:
            moments = [
                connection.execute(query, {"after": after}).scalar_one_or_none() for query in _NEXT
            ]
        return min((moment for moment in moments if moment is not None), default=None)
