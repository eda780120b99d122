"""What is to become of a delivery whose moment has come. Nothing here writes; claim and `resume` ask the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, func, or_, select

from integrado_poster.journal.approving import Post, approved
from integrado_poster.journal.chains import IS_FOLLOWED, ITS_TURN, parts_of
from integrado_poster.journal.moves import STILL
from integrado_poster.journal.tables import (
    Instant,
    accounts,
    attempts,
    campaigns,
    coolings,
    deliveries,
)
from integrado_poster.journal.waiting import BUSY, LOGIN_WORKS, POLICY
from integrado_poster.model import Approvals, Fate, OnLate, State
from integrado_poster.schedule import GRACE

SPACE = timedelta(minutes=5)  # between two posts of an account that are caught up with
MOST = 3  # overdue on one account that are caught up with unasked

_KNOWN = (
    select(
        deliveries,
        POLICY.label("policy"),
        campaigns.c.approvals,
        LOGIN_WORKS.label("login_works"),
        accounts.c.next_allowed_at,
        accounts.c.connected_at,
        BUSY.label("busy"),
        IS_FOLLOWED.label("followed"),
        accounts.c.failures,
        coolings.c.until.label("cooling"),
    )
    .join(campaigns, campaigns.c.key == deliveries.c.campaign)
    .join(accounts, accounts.c.key == deliveries.c.account)
    .join(coolings, coolings.c.platform == deliveries.c.platform, isouter=True)
)
_ONE = _KNOWN.where(deliveries.c.id == bindparam("this"))
# Others may be at the same delivery: whoever comes second leaves it, or waits for the end.
_FREE = _ONE.add_columns(*STILL).with_for_update(of=deliveries, skip_locked=True)
# Only what a sender asks right before its request. Whether all stands still is not among it: who has
# waited for another one would see what was so before.
_KEPT: Select[Any] = (
    select(
        *(deliveries.c[name] for name in ("id", "state", "fence", "campaign", "post", "account")),
        *(deliveries.c[name] for name in ("follows", "not_after", "extended_to", "deadline")),
        POLICY.label("policy"),
        campaigns.c.approvals,
    )
    .join(campaigns, campaigns.c.key == deliveries.c.campaign)
    .where(deliveries.c.id == bindparam("this"))
    .with_for_update(of=deliveries)
)
_now = bindparam("now", type_=Instant())
_PASSED = (
    _KNOWN.add_columns(parts_of(deliveries).label("parts"), ITS_TURN.label("its_turn"))
    .where(deliveries.c.state == State.SCHEDULED, deliveries.c.due_at <= _now, ITS_TURN)
    .order_by(deliveries.c.due_at, deliveries.c.id)
)

_OVERDUE = (
    select(*(deliveries.c[name] for name in ("id", "fence", "post", "account")))
    .join(campaigns, campaigns.c.key == deliveries.c.campaign)
    .where(
        deliveries.c.account == bindparam("on"),
        deliveries.c.state == State.SCHEDULED,
        ~deliveries.c.follows,  # a chain counts as one post
        deliveries.c.extended_to.is_(None),
        deliveries.c.due_at < bindparam("on_time", type_=Instant()),
        or_(POLICY == OnLate.POST, deliveries.c.not_after >= _now),
        or_(deliveries.c.deadline.is_(None), deliveries.c.deadline >= _now),
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
)
_LAST_SENT = (
    select(func.max(attempts.c.at))
    .join(deliveries, deliveries.c.id == attempts.c.delivery)
    .where(
        deliveries.c.account == bindparam("on"),
        deliveries.c.id != bindparam("but"),
        attempts.c.outcome.in_(["", "published", "unknown", "sender gone"]),  # may be online
        attempts.c.at.between(bindparam("since", type_=Instant()), _now),
    )
)
_GIVEN = select(func.max(deliveries.c.next_at)).where(
    deliveries.c.account == bindparam("on"),
    # What has been tried already waits for reasons of its own.
    or_(
        deliveries.c.state == State.SENDING,
        and_(deliveries.c.state == State.SCHEDULED, deliveries.c.tries == 0),
    ),
    deliveries.c.extended_to.is_not(None),
    ~deliveries.c.follows,
    deliveries.c.next_at > bindparam("since", type_=Instant()),
)


def free(connection: Connection, id: int) -> Row[Any] | None:
    """A delivery with all that decides about it, and `STILL`; None if somebody else is at it."""
    return connection.execute(_FREE, {"this": id}).one_or_none()


def kept(connection: Connection, id: int) -> Row[Any] | None:
    """What decides at the last moment; waits for whoever is at the delivery."""
    return connection.execute(_KEPT, {"this": id}).one_or_none()


def passed(connection: Connection, now: datetime) -> list[Row[Any]]:
    """The same of every scheduled delivery whose moment has come, the most overdue first."""
    return list(connection.execute(_PASSED, {"now": now}))


def fate(connection: Connection, row: Row[Any], now: datetime) -> Fate:
    """What is to become of it if nothing else is in its way."""
    late = too_late(row, now)
    if late is not None:
        return Fate.SKIP if late is OnLate.SKIP else Fate.LATE
    if not row.login_works:
        return Fate.LOGIN
    if overdue(row, now) and len(flood(connection, row.account, now)) > MOST:
        return Fate.FLOOD
    if needs_a_yes(connection, row):
        return Fate.APPROVAL
    if keeps_distance(row, now) and slot(connection, row, now) > now:
        return Fate.WAIT
    return Fate.SEND


def too_late(row: Row[Any], now: datetime) -> OnLate | None:
    """What to do with a delivery that is too late to be sent: ASK or SKIP; None if it may go out."""
    if row.extended_to is not None and now <= row.extended_to:
        return None
    if row.deadline is not None and now > row.deadline:
        return OnLate.SKIP if row.policy == OnLate.SKIP else OnLate.ASK
    if now > row.not_after and row.policy != OnLate.POST:
        return OnLate(row.policy)
    return None


def overdue(row: Row[Any], now: datetime) -> bool:
    """Whether it is caught up with unasked, rather than on time, let go by a person or part of a chain."""
    return not row.follows and row.extended_to is None and bool(now - row.due_at > GRACE)


def keeps_distance(row: Row[Any], now: datetime) -> bool:
    """Whether it goes out `SPACE` after the post before it, because it is not on time.

    So does what a person has let go: a stop or a restart may have made several of them wait. What
    follows in a chain keeps none: nobody shall read half a text.
    """
    if row.follows:
        return False
    return row.extended_to is not None or overdue(row, now)


def needs_a_yes(connection: Connection, row: Row[Any]) -> bool:
    """Whether its organisation has not said yes to exactly what it says."""
    return bool(
        row.approvals == Approvals.MEMBER and not approved(connection, Post(row.campaign, row.post))
    )


def flood(connection: Connection, account: str, now: datetime) -> list[Row[Any]]:
    """Everything on an account that is overdue and not yet too late; more than `MOST` is too much."""
    given = {"on": account, "now": now, "on_time": now - GRACE}
    return list(connection.execute(_OVERDUE, given))


def slot(connection: Connection, row: Row[Any], now: datetime) -> datetime:
    """When it may go out so that `SPACE` lies between it and the post before on its account."""
    given = {"on": row.account, "but": row.id, "since": now - SPACE, "now": now}
    last = connection.execute(_LAST_SENT, given).scalar_one()
    return now if last is None else max(now, last + SPACE)


def next_slot(connection: Connection, row: Row[Any], now: datetime) -> datetime:
    """The same after all those that a person has let go on this account."""
    given = connection.execute(_GIVEN, {"on": row.account, "since": now - SPACE}).scalar_one()
    free = slot(connection, row, now)
    return free if given is None else max(free, given + SPACE)
