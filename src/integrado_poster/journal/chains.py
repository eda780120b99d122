"""Chains: a part that follows another waits for it, is an answer to it, and goes nowhere without it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from integrado_poster.journal.moves import UNTOUCHED_BY_US, move
from integrado_poster.journal.tables import deliveries, stands
from integrado_poster.model import State
from integrado_poster.speech import Sentence

_former = deliveries.alias("former")
_next = deliveries.alias("next_part")
_all = deliveries.alias("all_parts")


def _beside(other: Any) -> Any:
    """The messages of the same post on the same account."""
    return and_(
        other.c.campaign == deliveries.c.campaign,
        other.c.post == deliveries.c.post,
        other.c.account == deliveries.c.account,
    )


ITS_TURN = or_(
    ~deliveries.c.follows,  # asked first: nearly everything follows nothing
    select(_former.c.id)
    .where(
        _beside(_former),
        _former.c.part == deliveries.c.part - 1,
        stands(_former, State.PUBLISHED),
    )
    .correlate(deliveries)
    .exists(),
)
"""Whether a delivery follows nothing, or what it follows is online."""

IS_FOLLOWED = (
    select(_next.c.id)
    .where(_beside(_next), _next.c.part == deliveries.c.part + 1, _next.c.follows)
    .correlate(deliveries)
    .exists()
)
"""Whether another part waits for a delivery."""


def parts_of(table: FromClause) -> ColumnElement[int]:
    """How many messages the plan has for the same post on the same account; no less than this part's number."""
    known = (
        select(func.max(_all.c.part))
        .where(
            _all.c.campaign == table.c.campaign,
            _all.c.post == table.c.post,
            _all.c.account == table.c.account,
            or_(_all.c.in_plan, _all.c.part == table.c.part),
        )
        .correlate(table)
        .scalar_subquery()
    )
    return func.coalesce(known, table.c.part)


_PARTS = (
    select(deliveries)
    .where(
        deliveries.c.campaign == bindparam("of_campaign"),
        deliveries.c.post == bindparam("of_post"),
        deliveries.c.account == bindparam("on"),
    )
    .order_by(deliveries.c.part)
)
_ABOVE = _PARTS.where(deliveries.c.part < bindparam("this_part"))
_BELOW = _PARTS.where(deliveries.c.part > bindparam("this_part"))
_ONE = select(deliveries).where(deliveries.c.id == bindparam("this"))


def above(connection: Connection, row: Row[Any]) -> dict[str, str]:
    """Where a part that follows goes, for its handle; nothing if what it follows is not online."""
    parts = list(connection.execute(_ABOVE, _given(row)))
    first = [part for part in parts if not part.follows][-1:]
    if not first or parts[-1].part != row.part - 1 or parts[-1].receipt_id is None:
        return {}
    # A person may have posted this part by hand before the first one is online.
    root = first[0].receipt_id or parts[-1].receipt_id
    return {"parent": parts[-1].receipt_id, "root": root}


def let_follow(connection: Connection, id: int, now: datetime) -> None:
    """The part after one that is online has its turn; how late it may be is counted from now."""
    for row in _below(connection, id):
        ours = and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence)
        move(
            connection,
            and_(ours, deliveries.c.state == State.SCHEDULED),
            "its turn",
            now=now,
            extended_to=now + (row.not_after - row.due_at),
        )
        return


def cut_off(connection: Connection, id: int, now: datetime) -> None:
    """What would have followed a part that does not go out does not go out either."""
    for row in _below(connection, id):
        note = Sentence("note.cut-off", part=row.part - 1).note
        move(
            connection,
            and_(
                deliveries.c.id == row.id,
                deliveries.c.fence == row.fence,
                UNTOUCHED_BY_US,
                deliveries.c.state != State.CANCELLED,
            ),
            "cancelled",
            now=now,
            detail=note,
            note=note,
            state=State.CANCELLED,
            held=None,
            fence=row.fence + 1,
        )


def heads(rows: Iterable[Row[Any]]) -> dict[int, int]:
    """The first delivery of each one's chain, by their numbers; of what follows nothing, itself."""
    found: dict[int, int] = {}
    last: dict[tuple[str, str], int] = {}
    for row in sorted(rows, key=lambda row: row.part):
        beside = (row.post, row.account)
        if not row.follows or beside not in last:
            last[beside] = row.id
        found[row.id] = last[beside]
    return found


def _below(connection: Connection, id: int) -> list[Row[Any]]:
    """The rest of the chain after a delivery."""
    this = connection.execute(_ONE, {"this": id}).one()
    return list(takewhile(lambda row: row.follows, connection.execute(_BELOW, _given(this))))


def _given(row: Row[Any]) -> dict[str, Any]:
    return {
        "of_campaign": row.campaign,
        "of_post": row.post,
        "on": row.account,
        "this_part": row.part,
    }
