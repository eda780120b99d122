"""How a try or a look has ended, written down with what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select, update

from integrado_poster.contract import Receipt
from integrado_poster.journal.chains import let_follow
from integrado_poster.journal.claiming import ENDURED, TRIES
from integrado_poster.journal.cooling import Blame, Pauses, answered, failed, let_wait
from integrado_poster.journal.deaths import DEATHS, deaths
from integrado_poster.journal.moves import Claim, close_attempt, mine, move, state_of
from integrado_poster.journal.tables import accounts, deliveries
from integrado_poster.model import Held, State
from integrado_poster.speech import Sentence

FIRST_WAIT = timedelta(seconds=30)
TAKEN_AT_WORD = 2  # tries after which a platform's wait is taken as it is
LONGEST_WAIT = timedelta(minutes=15)  # as long as an account is left in peace
SHORTEST_WORD = timedelta(seconds=1)  # what we believe of a platform that tells us to wait
LONGEST_WORD = timedelta(hours=24)
LOOKS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
)  # between one look and the next; after the last one a person is asked
LOOKING = timedelta(hours=2)  # a person is asked after that, however often we were sent away


class Outcomes(Pauses):
    """The part of the journal that takes results. Each method gives the state that follows.

    A result under an old fence changes nothing, except that a receipt always wins.
    """

    def publish(
        self, claim: Claim, receipt: Receipt, now: datetime, *, found: bool = False
    ) -> State:
        """It is online, and here is the proof. Wins over everything but an earlier receipt.

        What a look has `found` by its words may be another delivery's post: then a person is asked.
        """
        values: dict[str, Any] = {
            "state": State.PUBLISHED,
            "held": None,
            "receipt_id": receipt.id,
            "receipt_url": receipt.url,
            "note": "",
        }
        with self._ending(claim, alone=found) as connection:  # no two looks adopt the same post
            detail = receipt.url or receipt.id
            if found and (other := _whose(connection, claim, receipt)):
                note = Sentence("note.other-post", post=other, where=detail).note
                return _end(
                    connection, claim, "held", note, now, state=State.HELD, held=Held.UNCLEAR
                )
            online = move(connection, mine(claim), "published", now=now, detail=detail, **values)
            if not online:
                this = deliveries.c.id == claim.id
                offline = and_(this, deliveries.c.state != State.PUBLISHED)
                values |= {"fence": deliveries.c.fence + 1, "digest": claim.message.digest}
                values["note"] = _surprise(connection, claim, detail)
                online = move(connection, offline, "late receipt", now=now, detail=detail, **values)
            if not online:
                _second_receipt(connection, claim, receipt, now)
            elif claim.followed:
                let_follow(connection, claim.id, now)
            close_attempt(connection, claim.id, "published", detail, now)
            answered(connection, claim, now)
        return State.PUBLISHED

    def retry(
        self,
        claim: Claim,
        wait: timedelta | None,
        note: str,
        now: datetime,
        *,
        blame: Blame = Blame.NOBODY,
    ) -> State:
        """It is surely not online; try again later, or leave it to a person after the last try.

        `wait` is the platform's own word; it counts for all of the account. It is taken as it is
        twice; a platform that goes on saying the same is given more time.
        """
        pause = self._pause(claim.tries)
        with self.write(alone=blame is not Blame.NOBODY) as connection:
            if wait is not None:
                wait = min(max(wait, SHORTEST_WORD), LONGEST_WORD)
                pause = wait if claim.tries <= TAKEN_AT_WORD else max(pause, wait)
                let_wait(connection, claim.message.account, now + wait)
            theirs = wait is not None or blame is not Blame.NOBODY
            most = ENDURED if theirs else TRIES
            state = _try_again(connection, claim, "retry", note, now, now + pause, most)
            failed(connection, claim, blame, now)
            return state

    def wait_for_login(self, claim: Claim, note: str, now: datetime) -> State:
        """A person must log in; all of the account waits until the login works again.

        What was to be sent is surely not online and is held; what we were looking for stays unknown.
        """
        with self.write() as connection:
            connection.execute(
                update(accounts)
                .where(accounts.c.key == claim.message.account)
                .values(state="login")
            )
            if claim.state is State.UNKNOWN:
                move(connection, mine(claim), "login", now=now, detail=note, note=note)
                return state_of(connection, claim.id)
            return _end(
                connection, claim, "login", note, now,
                state=State.HELD, held=Held.LOGIN, tries=claim.tries - 1,
            )  # fmt: skip

    def fail(self, claim: Claim, note: str, now: datetime) -> State:
        """The platform refused it for good. Nothing is online."""
        with self._ending(claim) as connection:
            answered(connection, claim, now)
            return _end(connection, claim, "failed", note, now, state=State.FAILED)

    def doubt(
        self,
        claim: Claim,
        note: str,
        now: datetime,
        settle: timedelta,
        *,
        blame: Blame = Blame.NOBODY,
    ) -> State:
        """It may be online: look for it as soon as the platform has settled."""
        with self.write(alone=blame is not Blame.NOBODY) as connection:
            state = _end(
                connection, claim, "unknown", note, now,
                state=State.UNKNOWN, looks=0, next_at=now + settle,
            )  # fmt: skip
            failed(connection, claim, blame, now)
            return state

    def absent(self, claim: Claim, now: datetime) -> State:
        """A look proved that it is not online: send it again, with the same keys.

        Or ask a person, if its senders have died one after the other before they could say how it went.
        """
        with self.write() as connection:
            at, deadly = now + self._pause(claim.tries), deaths(connection, claim.id) >= DEATHS
            note = Sentence("note.ended" if deadly else "note.absent").note
            most = 0 if deadly else ENDURED
            return _try_again(connection, claim, "absent", note, now, at, most)

    def look_again(
        self, claim: Claim, note: str, now: datetime, *, wait: timedelta | None = None
    ) -> State:
        """A look taught nothing: look again later, or ask a person after the last look.

        With `wait` the platform sent us away before we could look; that is not a look.
        """
        since = claim.intent_at or now
        if claim.looks >= len(LOOKS) or now - since > LOOKING:
            return self.ask(claim, note, now)
        pause = LOOKS[claim.looks]
        looks = claim.looks + 1
        if wait is not None:
            pause, looks = max(pause, min(wait, LOOKING)), claim.looks
        with self.write() as connection:
            values = {"looks": looks, "next_at": now + pause, "note": note}
            move(connection, mine(claim), "looked", now=now, detail=note, **values)
            return state_of(connection, claim.id)

    def ask(self, claim: Claim, note: str, now: datetime) -> State:
        """Only a person can tell whether it is online."""
        with self.write() as connection:
            return _end(connection, claim, "held", note, now, state=State.HELD, held=Held.UNCLEAR)

    @contextmanager
    def _ending(self, claim: Claim, *, alone: bool = False) -> Iterator[Connection]:
        """A transaction for a result; alone if it may change what other accounts wait for."""
        alone = alone or (self.shared and self.in_trouble(claim.message.account))
        with self.write(alone=alone) as connection:
            yield connection

    def _pause(self, tries: int) -> timedelta:
        longest = min(LONGEST_WAIT, FIRST_WAIT * (1 << (max(tries, 1) - 1)))
        return longest * (0.5 + self._chance() / 2)


def _end(
    connection: Connection, claim: Claim, event: str, note: str, now: datetime, **values: Any
) -> State:
    if move(connection, mine(claim), event, now=now, detail=note, note=note, **values):
        close_attempt(connection, claim.id, event, note, now)
    return state_of(connection, claim.id)


def _try_again(
    connection: Connection,
    claim: Claim,
    event: str,
    note: str,
    now: datetime,
    at: datetime,
    most: int,
) -> State:
    if claim.tries < most:
        return _end(
            connection, claim, event, note, now,
            state=State.SCHEDULED, next_at=at, fence=claim.fence + 1,
        )  # fmt: skip
    note = Sentence("note.tried", number=claim.tries, why=note).note
    return _end(
        connection, claim, "held", note, now,
        state=State.HELD, held=Held.LATE, fence=claim.fence + 1,
    )  # fmt: skip


def _whose(connection: Connection, claim: Claim, receipt: Receipt) -> str | None:
    """Which other post of this account a receipt belongs to, if it does."""
    query = select(deliveries.c.post).where(
        deliveries.c.account == claim.message.account,
        deliveries.c.receipt_id == receipt.id,
        deliveries.c.id != claim.id,
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()


def _surprise(connection: Connection, claim: Claim, where: str) -> str:
    """What people must see for themselves when a late receipt comes, as a note; "" if it only ends a doubt."""
    this = select(deliveries).where(deliveries.c.id == claim.id).with_for_update()
    row = connection.execute(this).one()
    if row.digest != claim.message.digest:
        kind = "other-words"
    elif row.state == State.SENDING and row.intent_at is not None:
        kind = "perhaps-twice"
    elif row.state in (State.UNKNOWN, State.SENDING) or row.held == Held.UNCLEAR:
        return ""
    else:
        kind = "after-all"
    return Sentence("note.see", what=Sentence(f"note.{kind}", where=where)).note


def _second_receipt(connection: Connection, claim: Claim, receipt: Receipt, now: datetime) -> None:
    """It is published already. If under another id, it is online twice: never hide that."""
    this = deliveries.c.id == claim.id
    known = connection.execute(select(deliveries.c.receipt_id).where(this)).scalar_one()
    if not receipt.known_as(known):
        note = Sentence("note.twice", where=receipt.url or receipt.id).note
        move(connection, this, "second receipt", now=now, detail=note, note=note)
