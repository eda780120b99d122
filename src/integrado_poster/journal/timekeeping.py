"""Whether this machine's clock may be believed: a wrong one must not publish tomorrow's posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, insert, literal, or_, select, update

from integrado_poster.journal.claiming import LEASE
from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import line, move
from integrado_poster.journal.tables import Instant, accounts, clocks, coolings, deliveries, lines
from integrado_poster.model import State
from integrado_poster.speech import Sentence, on_the_wall

FORWARD = timedelta(minutes=5)  # set forward by more than this, it has to be confirmed
AHEAD = timedelta(minutes=2)  # a log line from further ahead says that some clock was wrong
SAME = timedelta(seconds=1)  # a clock that is corrected a little was not set
_MINUTE = timedelta(minutes=1)

_LAST = select(lines.c.at).order_by(lines.c.id.desc()).limit(1)
_TOMORROW = and_(deliveries.c.state == State.SCHEDULED, deliveries.c.tries == 0)


class Timekeeping(Store):
    """The part of the journal that remembers the clock."""

    def keep_time(self, boot: str, booted_at: datetime, now: datetime) -> str | None:
        """Compare the clock with what it showed since the machine's start, and with the posting log.

        If it was set far forward, or shows less than the log, nothing is claimed until
        `trust_clock`. Gives the reason why it is not believed now, as a note.
        """
        with self.write(alone=True) as connection:
            known = connection.execute(select(clocks)).one_or_none()
            last = connection.execute(_LAST).scalar_one_or_none()
            why: str | None = None if known is None else known.why
            if known is None:
                connection.execute(insert(clocks).values(id=1, boot=boot, booted_at=booted_at))
            elif known.boot != boot or abs(booted_at - known.booted_at) > SAME:
                connection.execute(update(clocks).values(boot=boot, booted_at=booted_at))
                if known.boot == boot and booted_at - known.booted_at > FORWARD:
                    minutes = (booted_at - known.booted_at) // _MINUTE
                    why = why or _suspect(
                        connection, Sentence("clock.forward", minutes=minutes), now
                    )
            if last is not None and last - now > AHEAD:
                moment = f"{last:%d.%m.%Y %H:%M} UTC"
                why = why or _suspect(connection, Sentence("clock.behind", last=moment), now)
        return why

    def suspicion(self) -> str | None:
        """Why the clock is not believed, as a note; None if it is."""
        with self.read() as connection:
            why: str | None = connection.execute(select(clocks.c.why)).scalar_one_or_none()
        return why

    def trust_clock(self, witness: str, now: datetime) -> None:
        """Somebody else's clock shows the same. What was put off while ours was ahead is taken up soon."""
        with self.write(alone=True) as connection:
            doubted = update(clocks).where(clocks.c.why.is_not(None))
            if connection.execute(doubted.values(why=None)).rowcount:
                told = line("clock trusted", now=now, account=witness)
                connection.execute(insert(lines), told)
                ahead = select(lines.c.id).where(lines.c.at > now + AHEAD).limit(1)
                if connection.execute(ahead).first() is not None:
                    _bring_back(connection, now)

    def resettle(self, resolve: Callable[[str, str], datetime | None], now: datetime) -> int:
        """Find the moments of what is still to come anew, and say how many are others now.

        The rules of the clock changes may have changed since the plan was taken over; what counts is
        the time on the wall. `resolve` gives the instant of a wall time in a zone, to the minute.
        """
        moved = 0
        with self.write() as connection:
            query = select(deliveries).where(_TOMORROW, deliveries.c.due_at > now)
            for row in connection.execute(query).all():
                at = resolve(row.wall, row.zone)
                if at is None or timedelta() <= row.due_at - at < _MINUTE:
                    continue
                later, wall = at - row.due_at, on_the_wall(datetime.fromisoformat(row.wall))
                this = and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence, _TOMORROW)
                moved += move(
                    connection, this, "resettled", now=now,
                    detail=Sentence("note.resettled", wall=wall, zone=row.zone).note,
                    fence=row.fence + 1, due_at=at, next_at=row.next_at + later,
                    not_after=row.not_after + later,
                    deadline=None if row.deadline is None else row.deadline + later,
                )  # fmt: skip
        return moved


def _bring_back(connection: Connection, now: datetime) -> None:
    """Let nothing wait for a moment that only a wrong clock has named.

    Which waits those are nobody knows any more, so all end soon: at worst a platform says it once more.
    What a person has let go, and nobody has tried, keeps its turn.
    """
    soon = now + LEASE  # later than any platform takes to settle
    unsent = and_(deliveries.c.state == State.SCHEDULED, deliveries.c.next_at > deliveries.c.due_at)
    ours = and_(unsent, or_(deliveries.c.extended_to.is_(None), deliveries.c.tries > 0))
    at = case(
        (and_(unsent, deliveries.c.due_at > soon), deliveries.c.due_at),
        else_=literal(soon, Instant()),
    )
    put_off = and_(deliveries.c.next_at > soon, or_(deliveries.c.state == State.UNKNOWN, ours))
    connection.execute(update(deliveries).where(put_off).values(next_at=at))
    told_to_wait = update(accounts).where(accounts.c.next_allowed_at > soon)
    connection.execute(told_to_wait.values(next_allowed_at=soon))
    connection.execute(update(coolings).where(coolings.c.until > soon).values(until=soon))


def _suspect(connection: Connection, why: Sentence, now: datetime) -> str:
    connection.execute(update(clocks).values(why=why.note))
    connection.execute(insert(lines), line("clock suspected", now=now, detail=why.note))
    return why.note
