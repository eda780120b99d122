"""How often in a row a delivery has brought the program down."""

from __future__ import annotations

from sqlalchemy import Connection, and_, bindparam, func, select

from integrado_poster.journal.tables import deliveries, lines

DEATHS = 5  # in a row; then it is the post itself rather than chance, and a person decides

_GOES_ON = ("claimed", "trial", "intent", "recovered", "look", "looked", "absent")
_own = and_(
    deliveries.c.id == bindparam("this"),
    lines.c.post == deliveries.c.post,
    lines.c.campaign == deliveries.c.campaign,
    lines.c.account == deliveries.c.account,
    lines.c.part == deliveries.c.part,
)
_outlived = (
    select(func.max(lines.c.id))
    .where(_own, lines.c.event.not_in(_GOES_ON))
    .correlate(None)
    .scalar_subquery()
)
_DEATHS = select(func.count()).where(
    _own,
    lines.c.event == "recovered",
    lines.c.id > func.coalesce(_outlived, 0),
)


def deaths(connection: Connection, id: int) -> int:
    """How many senders in a row have died over it, since the last one that lived to say how it went."""
    count: int = connection.execute(_DEATHS, {"this": id}).scalar_one()
    return count
