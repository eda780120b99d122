"""The one way in which a delivery changes: guarded, and with a line in the posting log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    Update,
    bindparam,
    insert,
    select,
    update,
)

from integrado_poster.errors import DatabaseUnusable
from integrado_poster.journal.tables import (
    Instant,
    attempts,
    clocks,
    deliveries,
    lines,
    messages,
    pictures,
    stops,
)
from integrado_poster.model import Held, Message, Picture, State
from integrado_poster.speech import Sentence, cut

NOTE = 500  # characters of what a platform or a person said


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery that is ours to send or to look for, as long as nobody raises its fence."""

    id: int
    fence: int
    state: State  #: SENDING, or UNKNOWN if it is ours to look for.
    campaign: str
    message: Message
    handle: Mapping[str, str]  #: With the entries that are the journal's, see `contract.Handle`.
    tries: int
    looks: int
    login: datetime | None = None  #: When somebody last logged in on its account.
    followed: bool = False  #: Whether another part waits for it.
    intent_at: datetime | None = None  #: When the last request was about to leave.


class Ending(NamedTuple):
    """Where a delivery has got to and why, for whoever looks after the machine."""

    state: State
    post: str
    account: str
    said: str | Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Names one delivery, in the one state and under the one fence in which it may be changed."""

    id: int
    state: State
    fence: int


def move(
    connection: Connection,
    which: ColumnElement[bool] | Guard,
    event: str,
    *,
    now: datetime,
    detail: str = "",
    **values: Any,
) -> bool:
    """Change the one delivery that fits and write the line; False if none fits any more.

    `which` names the delivery, and the states and the fence under which the change is allowed.
    """
    if "note" in values:
        values["note"] = cut(values["note"], NOTE)
    if isinstance(which, Guard):
        changed = [which.id] if change(connection, which, values) else []
    else:
        statement = update(deliveries).where(which).values(**values).returning(deliveries.c.id)
        changed = list(connection.execute(statement).scalars())
    for id in changed:
        _line_of(connection, id, event, now, detail)
    return bool(changed)


def change(connection: Connection, which: Guard, values: Mapping[str, Any]) -> bool:
    """Change a delivery without a line in the log; False if it is not as guarded any more."""
    given = {f"new_{name}": value for name, value in values.items()}
    guarded = {"its_id": which.id, "its_state": which.state, "its_fence": which.fence}
    return connection.execute(_change(tuple(values)), given | guarded).rowcount == 1


def mine(claim: Claim) -> Guard:
    """The claimed delivery, unless somebody raised its fence since."""
    return Guard(id=claim.id, state=claim.state, fence=claim.fence)


# The statements of every delivery are built once: building one takes longer than running it.
_LINE = insert(lines).from_select(
    ["at", "event", "campaign", "post", "account", "fence", "detail", "part"],
    select(
        bindparam("at", type_=Instant()),
        bindparam("event", type_=Text()),
        deliveries.c.campaign,
        deliveries.c.post,
        deliveries.c.account,
        deliveries.c.fence,
        bindparam("detail", type_=Text()),
        deliveries.c.part,
    ).where(deliveries.c.id == bindparam("delivery")),
)


@cache
def _change(names: tuple[str, ...]) -> Update:
    guarded = (
        deliveries.c.id == bindparam("its_id"),
        deliveries.c.state == bindparam("its_state"),
        deliveries.c.fence == bindparam("its_fence"),
    )
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    return update(deliveries).where(*guarded).values(values)


_STOP = select(stops.c.reason)
STILL = (
    select(stops.c.reason).scalar_subquery().label("stopped"),
    select(clocks.c.why).scalar_subquery().label("doubted"),
)
"""What `why_still` asks for, to be read together with something else."""

_STILL = select(*STILL)
_MESSAGE = select(messages.c.body).where(messages.c.digest == bindparam("digest"))
_PICTURE = select(pictures).where(pictures.c.sha256 == bindparam("sha256"))
_ATTEMPT = (
    update(attempts)
    .where(attempts.c.delivery == bindparam("of"), attempts.c.closed_at.is_(None))
    .values(closed_at=bindparam("then"), outcome=bindparam("how"), note=bindparam("said"))
)


def _line_of(connection: Connection, id: int, event: str, now: datetime, detail: str) -> None:
    told = {"delivery": id, "at": now, "event": event, "detail": cut(detail, NOTE)}
    connection.execute(_LINE, told)


def line(event: str, *, now: datetime, campaign: str = "", **more: Any) -> dict[str, Any]:
    """A line of the posting log for `insert(lines)`."""
    blank = {"post": "", "account": "", "fence": 0, "detail": "", "part": 1}
    return {"at": now, "event": event, "campaign": campaign} | blank | more


def standing_still(connection: Connection) -> str | None:
    """Why nothing may go out just now, as a note; None if it may."""
    return why_still(connection.execute(_STILL).one())


def why_still(still: Any) -> str | None:
    """The same from a row that has been read with `STILL`."""
    if still.stopped:
        return Sentence("why.stopped-because", reason=still.stopped).note
    if still.stopped is not None:
        return Sentence("why.stopped").note
    return None if still.doubted is None else Sentence("why.clock").note


def stop_reason(connection: Connection) -> str | None:
    """Why everything stands still, or None if it does not."""
    reason: str | None = connection.execute(_STOP).scalar_one_or_none()
    return reason


def close_attempt(connection: Connection, id: int, outcome: str, note: str, now: datetime) -> None:
    """Write down how the request that a delivery announced has ended, if one is still open."""
    connection.execute(_ATTEMPT, {"of": id, "then": now, "how": outcome, "said": cut(note, NOTE)})


def message_of(connection: Connection, digest: str) -> Message:
    """Read a message back, byte for byte; raises `DatabaseUnusable` if it is not what it was."""
    body = connection.execute(_MESSAGE, {"digest": digest}).scalar_one_or_none()
    if body is None:
        raise DatabaseUnusable(Sentence("database.no-message", digest=digest))
    message = Message(
        post=body["post"],
        account=body["account"],
        platform=body["platform"],
        text=body["text"],
        language=body["language"],
        pictures=tuple(_picture(connection, sha256, alt) for sha256, alt in body["pictures"]),
        part=body.get("part", 1),
        follows=body.get("follows", False),
    )
    if message.digest != digest:
        raise DatabaseUnusable(Sentence("database.other-message", digest=digest))
    return message


def _picture(connection: Connection, sha256: str, alt: str) -> Picture:
    row = connection.execute(_PICTURE, {"sha256": sha256}).one()
    return Picture(
        data=row.data, alt=alt, width=row.width, height=row.height, media_type=row.media_type
    )


def handle_of(delivery: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """What the adapter may see: what it gave us, and the five entries that are ours."""
    ours = {
        "key": delivery["key"],
        "rkey": delivery["rkey"],
        "started": _stamp(delivery["started_at"]),
        "claimed": _stamp(now),
        "claim": str(delivery["fence"]),
    }
    return {**delivery["handle"], **ours}


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def state_of(connection: Connection, id: int) -> State:
    """Where a delivery stands."""
    query = select(deliveries.c.state).where(deliveries.c.id == id)
    return State(connection.execute(query).scalar_one())


UNTOUCHED_BY_US = (deliveries.c.state.in_([State.SCHEDULED, State.FAILED, State.CANCELLED])) | (
    (deliveries.c.state == State.HELD) & (deliveries.c.held != Held.UNCLEAR)
)
"""Surely not online, and nobody is at it: the plan or a person may still change it."""
