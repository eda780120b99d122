"""What is due, and when there is something next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, and_, bindparam, func, or_, select, union_all

from integrado_poster.journal.chains import ITS_TURN
from integrado_poster.journal.database import Store
from integrado_poster.journal.tables import (
    EPOCH,
    Instant,
    accounts,
    campaigns,
    clocks,
    deliveries,
    stands,
    stops,
)
from integrado_poster.model import OnLate, State

# The statements are built once: a worker asks them all the time, and building takes longer than
# running.

_other = deliveries.alias("other")
BUSY = (
    select(_other.c.id)
    .where(_other.c.account == deliveries.c.account, stands(_other, State.SENDING))
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
_most = bindparam("most", type_=Integer())
_doubted = select(clocks.c.id).where(clocks.c.why.is_not(None)).exists()
_to_send = and_(
    stands(deliveries, State.SCHEDULED),
    ~BUSY,
    ~select(stops.c.id).exists(),
    ~_doubted,
    ITS_TURN,
)
_to_find = and_(stands(deliveries, State.UNKNOWN), LOGIN_WORKS)
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
    .limit(_most)
)
_placed = _sendable.add_columns(_place.label("place")).subquery()
_first = select(_placed.c.id, _placed.c.next_at).where(_placed.c.place == 1)
_both = union_all(_first, _findable).subquery()
_DUE = select(_both.c.id).order_by(_both.c.next_at, _both.c.id).limit(_most)
_on = _sendable.where(deliveries.c.account == bindparam("on"))
_ON = _on.with_only_columns(deliveries.c.id).order_by(*_order).limit(_most)

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

    def due(self, now: datetime, *, limit: int) -> list[int]:
        """Name deliveries to take now, the most overdue first: at most one to send per account.

        Scheduled ones go to `claim`, unknown ones to `take_look`; both decide for themselves. A part
        of a chain is not named before the one that it follows is online. While everything is
        stopped, only unknown ones are named. What is still to wait and too late already comes last.
        """
        given = {"now": now, "most": limit}
        with self.read() as connection:
            found = list(connection.execute(_DUE, given).scalars())
            if len(found) < limit:
                given["most"] = limit - len(found)
                found += connection.execute(_LAPSED, given).scalars()
            return found

    def due_on(self, account: str, now: datetime, *, limit: int) -> list[int]:
        """Name all that is to be sent on an account now, one after the other; see `due`."""
        with self.read() as connection:
            given = {"on": account, "now": now, "most": limit}
            return list(connection.execute(_ON, given).scalars())

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
