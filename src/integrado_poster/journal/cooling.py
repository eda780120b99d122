"""What does not work is left in peace for a while, and then tried once: an account, a whole platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from integrado_poster.journal.database import Store
from integrado_poster.journal.moves import Claim, line
from integrado_poster.journal.tables import Instant, accounts, coolings, deliveries, lines
from integrado_poster.model import State
from integrado_poster.speech import Sentence

FAILURES = 5  # in a row, across the deliveries of an account
ACCOUNTS = 3  # of one platform …
TOGETHER = timedelta(minutes=5)  # … that fail within this
PAUSE = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)


class Blame(Enum):
    """Whose fault it was that a delivery got nowhere."""

    NOBODY = auto()  #: The content's, our own, or the platform told us when to come back.
    ACCOUNT = auto()  #: It does not work there, and nobody says for how long.
    PLATFORM = auto()  #: The platform is down or cannot be reached: the others will see the same.


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is left in peace until a moment; from then on one delivery at a time tries it."""

    platform: str
    accounts: tuple[str, ...]  #: On which it failed.
    whole: bool  #: Whether all accounts of the platform wait.
    until: datetime


_failed = (
    update(accounts)
    .where(accounts.c.key == bindparam("account"))
    .values(failures=accounts.c.failures + 1)
    .returning(accounts.c.failures)
)
_down = update(accounts).where(accounts.c.key == bindparam("account")).values(
    down_at=bindparam("at", type_=Instant())
)  # fmt: skip
_DOWN_TOGETHER = (
    select(accounts.c.key)
    .where(
        accounts.c.platform == bindparam("on"),
        accounts.c.down_at > bindparam("since", type_=Instant()),
    )
    .order_by(accounts.c.key)
)
_later = bindparam("later", type_=Instant())
_still = or_(accounts.c.next_allowed_at.is_(None), accounts.c.next_allowed_at < _later)
_ACCOUNT_WAITS = (
    update(accounts)
    .where(accounts.c.key == bindparam("account"), _still)
    .values(next_allowed_at=_later)
)
_PLATFORM_WAITS = (
    update(accounts)
    .where(accounts.c.platform == bindparam("on"), _still)
    .values(next_allowed_at=_later)
)
_KNOWN = (
    select(accounts.c.failures, coolings.c.until)
    .join(coolings, coolings.c.platform == accounts.c.platform, isouter=True)
    .where(accounts.c.key == bindparam("account"))
)


class Pauses(Store):
    """The part of the journal that knows what is left in peace."""

    def in_trouble(self, account: str) -> bool:
        """Whether something has failed on an account since it last worked, or its platform has a pause."""
        with self.read() as connection:
            known = connection.execute(_KNOWN, {"account": account}).one()
        return bool(known.failures or known.until is not None)

    def pauses(self) -> tuple[Pause, ...]:
        """The platforms, and then the other accounts, that do not work just now."""
        broken = select(accounts).where(accounts.c.failures >= FAILURES).order_by(accounts.c.key)
        with self.read() as connection:
            platforms = connection.execute(select(coolings).order_by(coolings.c.platform)).all()
            alone = connection.execute(broken).all()
        found = [
            Pause(platform=row.platform, accounts=tuple(row.accounts), whole=True, until=row.until)
            for row in platforms
        ]
        known = {pause.platform for pause in found}
        return *found, *(
            Pause(
                platform=row.platform, accounts=(row.key,), whole=False, until=row.next_allowed_at
            )
            for row in alone
            if row.platform not in known
        )


def failed(connection: Connection, claim: Claim, blame: Blame, now: datetime) -> None:
    """Count a failure. The fifth in a row, and each after it, gives the account a pause.

    So does a third account to the whole platform; the one trial after that, if it fails, to it again.
    """
    if blame is Blame.NOBODY:
        return
    message = claim.message
    failures = connection.execute(_failed, {"account": message.account}).scalar_one()
    if failures >= FAILURES:
        let_wait(connection, message.account, now + PAUSE)
        detail = Sentence("note.failures", number=failures, minutes=PAUSE // _MINUTE).note
        told = line("cooling", now=now, account=message.account, detail=detail)
        connection.execute(insert(lines), told)
    if blame is Blame.PLATFORM:
        connection.execute(_down, {"account": message.account, "at": now})
        _look_around(connection, message.platform, now)


def answered(connection: Connection, claim: Claim, now: datetime) -> None:
    """The platform has given a clear answer: all failures are forgotten, and pauses are over."""
    account, platform = claim.message.account, claim.message.platform
    known = connection.execute(_KNOWN, {"account": account}).one()
    if known.failures:
        ours = update(accounts).where(accounts.c.key == account)
        connection.execute(ours.values(failures=0, down_at=None))
    if known.until is not None:
        connection.execute(delete(coolings).where(coolings.c.platform == platform))
        waits = accounts.c.next_allowed_at == known.until
        others = update(accounts).where(accounts.c.platform == platform, waits)
        connection.execute(others.values(next_allowed_at=None))
    if known.failures >= FAILURES or known.until is not None:
        detail = platform if known.until is not None else ""
        told = line("works again", now=now, account=account, detail=detail)
        connection.execute(insert(lines), told)


def being_tried(connection: Connection, platform: str) -> bool:
    """Whether a delivery is in flight on a platform already; one is enough to try it."""
    # Where several workers try it at once, one after the other looks.
    connection.execute(
        select(coolings.c.until).where(coolings.c.platform == platform).with_for_update()
    )
    flying = select(deliveries.c.id).where(
        deliveries.c.platform == platform, deliveries.c.state == State.SENDING
    )
    return connection.execute(flying.limit(1)).first() is not None


def let_wait(connection: Connection, account: str, until: datetime) -> None:
    """Send nothing on an account before a moment; what it has been told already counts if later."""
    connection.execute(_ACCOUNT_WAITS, {"account": account, "later": until})


def _look_around(connection: Connection, platform: str, now: datetime) -> None:
    """Leave a platform in peace if it is down for several of its accounts."""
    this = coolings.c.platform == platform
    until = connection.execute(select(coolings.c.until).where(this)).scalar_one_or_none()
    if until is not None and until > now:
        return  # it was on its way already when the pause began
    since = {"on": platform, "since": now - TOGETHER}
    down = list(connection.execute(_DOWN_TOGETHER, since).scalars())
    if until is None and len(down) < ACCOUNTS:
        return
    values = {"until": now + PAUSE, "accounts": down}
    if until is None:
        connection.execute(insert(coolings).values(platform=platform, **values))
    else:
        connection.execute(update(coolings).where(this).values(**values))
    connection.execute(_PLATFORM_WAITS, {"on": platform, "later": now + PAUSE})
    detail = Sentence(
        "note.down", platform=platform, accounts=", ".join(down), minutes=PAUSE // _MINUTE
    )
    connection.execute(insert(lines), line("platform cooling", now=now, detail=detail.note))
