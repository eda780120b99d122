"""Who has a delivery: claims, intents and what dead senders left behind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal.chains import above, cut_off
from integrado_poster.journal.cooling import FAILURES, being_tried
from integrado_poster.journal.database import Store
from integrado_poster.journal.deaths import DEATHS, deaths
from integrado_poster.journal.fates import fate, flood, free, kept, needs_a_yes, slot, too_late
from integrado_poster.journal.moves import (
    Claim,
    Ending,
    Guard,
    change,
    close_attempt,
    handle_of,
    message_of,
    mine,
    move,
    standing_still,
    why_still,
)
from integrado_poster.journal.tables import attempts, deliveries
from integrado_poster.model import Fate, Held, Message, State
from integrado_poster.speech import Sentence

TRIES = 6  # after that a person decides
ENDURED = 20  # tries when it is the platform that does not work: about four hours
LEASE = timedelta(minutes=3)  # for one look; longer than any of our timeouts
HARD = timedelta(
    seconds=90
)  # for one step of a sender: a call of 60 s at most, and half as much again

_IN_FLIGHT = (
    select(deliveries)
    .where(deliveries.c.state == State.SENDING)
    .with_for_update(of=deliveries, skip_locked=True)
)
_ATTEMPT = insert(attempts)
_OURS = {
    "key",
    "rkey",
    "started",
    "claimed",
    "claim",
    "parent",
    "root",
}  # entries of a handle that the journal knows by itself


class _TooMany(Exception):
    """What is overdue on an account is to be held, all of it."""


class Claiming(Store):
    """The part of the journal that hands out work."""

    def claim(
        self, id: int, *, now: datetime, aside: Callable[[Ending], object] = lambda _: None
    ) -> Claim | None:
        """Take a scheduled delivery for ourselves, or None if it is not to be sent now.

        What comes too late is held, cancelled or taken, as its plan says. What is overdue has its
        turn, and waits for a person where there is too much of it. Without a login or a yes it is held.
        `aside` hears of whatever is put aside so, once that is written down.
        """
        try:
            self.same_file()
            with self.write() as connection:
                found = _claim(connection, id, now)
        except IntegrityError:  # another delivery of this account is in flight
            return None
        except _TooMany:  # alone: two workers that wait for each other's deliveries wait for ever
            with self.write(alone=True) as connection:
                found = _hold_all(connection, id, now)
        if isinstance(found, Claim):
            return found
        for each in found:
            aside(each)
        return None

    def take_look(self, id: int, *, now: datetime) -> Claim | None:
        """Take a delivery of unknown outcome to look for it, or None if it is not time."""
        self.same_file()
        with self.write() as connection:
            row = free(connection, id)
            if row is None or row.state != State.UNKNOWN or row.next_at > now:
                return None
            if not row.login_works:
                return None
            ours = Guard(id=id, state=State.UNKNOWN, fence=row.fence)
            try:
                message = message_of(connection, row.digest)
            except DatabaseUnusable as error:
                move(
                    connection, ours, "held", now=now, detail=error.note, note=error.note,
                    state=State.HELD, held=Held.UNCLEAR, fence=row.fence + 1,
                )  # fmt: skip
                return None
            looks = {"fence": row.fence + 1, "next_at": now + LEASE}
            looked = move(connection, ours, "look", now=now, **looks)
            return _claimed(connection, row, looks, message, now) if looked else None

    def keep(self, claim: Claim, handle: Mapping[str, str]) -> bool:
        """Write down what the platform gave us on the way; False if the delivery is not ours now."""
        kept = {name: value for name, value in handle.items() if name not in _OURS}
        with self.write() as connection:
            return change(connection, mine(claim), {"handle": kept})

    def intend(self, claim: Claim, now: datetime) -> bool:
        """Write down that the request leaves right after this; False means: do not send.

        False if somebody pressed stop, it has become too late or lost its approval: then the
        delivery goes back unsent. False too if it is not ours any more.
        """
        self.same_file()
        with self.write() as connection:
            row = kept(connection, claim.id)
            if row is None or row.fence != claim.fence or row.state != State.SENDING:
                return False
            reason = standing_still(connection)
            if too_late(row, now):
                reason = Sentence("why.late").note
            elif needs_a_yes(connection, row):
                reason = Sentence("why.approval").note
            if reason is not None:
                _give_back(connection, claim, reason, now)
                return False
            move(connection, mine(claim), "intent", now=now, intent_at=now, next_at=now + HARD)
            attempt = {"delivery": claim.id, "fence": claim.fence, "at": now}
            connection.execute(_ATTEMPT, attempt | {"outcome": "", "note": ""})
            return True

    def give_back(self, claim: Claim, note: str, now: datetime) -> State:
        """Put a claimed delivery back that surely was not sent; it does not count as a try."""
        with self.write() as connection:
            _give_back(connection, claim, note, now)
        return State.SCHEDULED

    def recover(
        self,
        now: datetime,
        *,
        settle: timedelta = timedelta(minutes=1),
        busy: Callable[[], Collection[int]] = tuple,
    ) -> int:
        """Settle what dead senders left in flight, and say how many there were.

        Only for whoever is `on_duty`. On a file it is alone, so every sender is gone; where others
        publish too, one is gone when its time is up by the database's clock and nobody holds its
        delivery. What never got as far as its intent is scheduled again; everything else is looked
        for after `settle`, which is no shorter than any platform's own. What this process itself is
        `busy` with is left alone.
        """
        with self.write() as connection:
            found = connection.execute(_IN_FLIGHT).all()
            # Asked under the lock of the transaction: who claims registers before.
            ours = busy()
            left = [
                row
                for row in found
                if row.id not in ours
                and (
                    not self.shared or (row.next_at <= now and self._kind.gone(connection, row.id))
                )
            ]
            for row in left:
                _recover(connection, row, now, settle)
        return len(left)


def _claim(connection: Connection, id: int, now: datetime) -> Claim | Sequence[Ending]:
    row = _to_begin(connection, id, now)
    if row is None:
        return []
    ours = Guard(id=id, state=State.SCHEDULED, fence=row.fence)
    end = fate(connection, row, now)
    if end is Fate.FLOOD:
        raise _TooMany
    if end in (Fate.SEND, Fate.WAIT) and not _way_is_free(connection, row, now):
        return []
    if end is not Fate.SEND:
        return _put_aside(connection, row, ours, end, now)
    try:
        message = message_of(connection, row.digest)
    except DatabaseUnusable as error:  # one spoilt picture must not keep everything else back
        note = error.note
        move(connection, ours, "failed", now=now, detail=note, note=note, state=State.FAILED)
        return [Ending(State.FAILED, row.post, row.account, error.said)]
    event = "claimed" if row.cooling is None and row.failures < FAILURES else "trial"
    detail = Sentence("note.try", number=row.tries + 1).note
    sending = {
        "state": State.SENDING,
        "fence": row.fence + 1,
        "tries": row.tries + 1,
        "started_at": row.started_at or now,
        "intent_at": None,
        "next_at": now + HARD,
    }
    if not move(connection, ours, event, now=now, detail=detail, **sending):
        return []
    return _claimed(connection, row, sending, message, now)


def _to_begin(connection: Connection, id: int, now: datetime) -> Row[Any] | None:
    """A scheduled delivery about which there is something to decide now, unless all stands still."""
    row = free(connection, id)
    if row is None or row.state != State.SCHEDULED:
        return None
    if row.next_at > now and too_late(row, now) is None:
        return None
    if row.follows and not above(connection, row):  # it waits for the part before it
        return None
    return None if why_still(row) is not None else row


def _way_is_free(connection: Connection, row: Row[Any], now: datetime) -> bool:
    """Whether nothing else is in flight there, and nobody has told the account to wait."""
    if row.busy or (row.next_allowed_at is not None and row.next_allowed_at > now):
        return False
    return row.cooling is None or not being_tried(connection, row.platform)


def _put_aside(
    connection: Connection, row: Row[Any], ours: Guard, end: Fate, now: datetime
) -> Sequence[Ending]:
    """Do with a delivery whatever is to become of it instead of being sent now."""
    match end:
        case Fate.SKIP:
            late = Sentence("why.late")
            move(
                connection, ours, "cancelled", now=now, detail=late.note,
                state=State.CANCELLED, fence=row.fence + 1,
            )  # fmt: skip
            cut_off(connection, row.id, now)
            return [Ending(State.CANCELLED, row.post, row.account, late)]
        case Fate.WAIT:
            at = slot(connection, row, now)
            move(connection, ours, "queued", now=now, fence=row.fence + 1, next_at=at)
            return []  # it goes on
        case _:
            return [_hold(connection, row, Held(end.value), now)]


def _hold_all(connection: Connection, id: int, now: datetime) -> Sequence[Ending]:
    """Hold everything that is overdue on the account of a delivery, if that is still too much."""
    row = _to_begin(connection, id, now)
    if row is None or fate(connection, row, now) is not Fate.FLOOD:
        return []
    overdue = flood(connection, row.account, now)
    return [_hold(connection, each, Held.FLOOD, now) for each in overdue]


def _hold(connection: Connection, row: Row[Any], held: Held, now: datetime) -> Ending:
    why = Sentence(f"why.{held}")
    ours = Guard(id=row.id, state=State.SCHEDULED, fence=row.fence)
    move(
        connection, ours, "held", now=now, detail=why.note,
        state=State.HELD, held=held, fence=row.fence + 1,
    )  # fmt: skip
    return Ending(State.HELD, row.post, row.account, why)


def _claimed(
    connection: Connection,
    row: Row[Any],
    changed: Mapping[str, Any],
    message: Message,
    now: datetime,
) -> Claim:
    """The claim of a delivery that was read by `free` and has been changed since, by us alone."""
    after = {**row._mapping, **changed}
    answered = above(connection, row) if row.follows else {}
    return Claim(
        id=row.id,
        fence=after["fence"],
        state=State(after["state"]),
        campaign=row.campaign,
        message=message,
        handle=handle_of(after, now) | answered,
        tries=after["tries"],
        looks=row.looks,
        login=row.connected_at,
        followed=row.followed,
        intent_at=after["intent_at"],
    )


def _give_back(connection: Connection, claim: Claim, note: str, now: datetime) -> None:
    if move(
        connection,
        mine(claim),
        "given back",
        now=now,
        detail=note,
        state=State.SCHEDULED,
        tries=claim.tries - 1,
        next_at=now,
        note=note,
    ):
        close_attempt(connection, claim.id, "not sent", note, now)


def _recover(connection: Connection, row: Row[Any], now: datetime, settle: timedelta) -> None:
    event, values = "recovered", {"fence": row.fence + 1, "note": ""}
    if row.intent_at is not None:
        values |= {"state": State.UNKNOWN, "looks": 0, "next_at": now + settle}
    elif deaths(connection, row.id) + 1 >= DEATHS:
        why = Sentence("note.tried", number=row.tries, why=Sentence("note.ended").note)
        event, values = "held", values | {"state": State.HELD, "held": Held.LATE, "note": why.note}
    else:
        values |= {"state": State.SCHEDULED, "next_at": now}
    ours = and_(deliveries.c.id == row.id, deliveries.c.fence == row.fence)
    detail = values["note"] or Sentence(f"state.{values['state']}").note
    move(connection, ours, event, now=now, detail=detail, **values)
    close_attempt(connection, row.id, "sender gone", "", now)
