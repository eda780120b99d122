"""What became of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    SCHEDULED = (
        "scheduled"  #: Nothing is online. Its moment has not come, or it will be tried again.
    )
    SENDING = "sending"  #: A sender has it right now.
    UNKNOWN = "unknown"  #: It may be online. `find` is asked before anything else.
    PUBLISHED = "published"  #: It is online; here is the receipt.
    HELD = "held"  #: It waits for a person or a mended cause.
    FAILED = "failed"  #: The platform refused it. Nothing is online.
    CANCELLED = "cancelled"  #: The plan or a person took it back before it went out.


class Held(StrEnum):
    """Why a delivery is held."""

    UNCLEAR = "unclear"  #: Only a person can tell whether it is online.
    LATE = "late"  #: Its moment is too long ago; post now, later, or skip?
    LOGIN = "login"  #: The account's login does not work.
    FLOOD = "flood"  #: Too many are overdue at once.
    APPROVAL = (
        "approval"  #: Its moment has come, and its organisation has not said yes to exactly this.
    )


class Fate(StrEnum):
    """What is to become of a delivery whose moment has come."""

    SEND = "send"
    WAIT = "wait"  #: It is caught up with when its turn comes.
    SKIP = "skip"  #: It is too late, and its plan says so.
    LATE = "late"  #: This and the next ones: held, for the same reasons as `Held`.
    LOGIN = "login"
    FLOOD = "flood"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A delivery whose moment has passed, and what will become of it."""

    delivery: Delivery
    fate: Fate
    at: dt.datetime  #: The earliest moment for that.


class How(StrEnum):
    """The way in which a yes was given."""

    PHONE = "phone"
    MAIL = "mail"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message on one account: where it stands."""

    id: int
    campaign: str
    post: str
    account: str
    platform: str
    digest: str
    due: dt.datetime
    state: State
    held: Held | None = None
    next_at: dt.datetime
    tries: int = 0
    receipt_id: str | None = None
    receipt_url: str | None = None
    note: str = ""  #: The last thing a platform or a person said about it.
    part: int = 1  #: As in `Message`.
    parts: int = 1  #: How many messages its post has on its account.
    follows: bool = False
    waits: bool = False  #: Whether what it follows is not online yet.

    @property
    def name(self) -> str:
        """What people call it."""
        return named(self.post, self.part, self.parts)

    @property
    def open(self) -> bool:
        """Whether the program still has something to do about it by itself.

        Not while it waits for another part: then that one has it, or a person has.
        """
        return not self.waits and self.state in (State.SCHEDULED, State.SENDING, State.UNKNOWN)

    @property
    def fixed(self) -> bool:
        """Whether it is or may be online, so that no plan can change it any more."""
        maybe = (State.PUBLISHED, State.SENDING, State.UNKNOWN)
        return self.state in maybe or self.held is Held.UNCLEAR

    @property
    def undone(self) -> bool:
        """Whether it is not online, and nobody has given it up."""
        return self.state not in (State.PUBLISHED, State.CANCELLED)

    @property
    def needs_person(self) -> bool:
        """Whether it goes no further until somebody decides."""
        return self.state in (State.HELD, State.FAILED)


def named(post: str, part: int, parts: int) -> str:
    """What people call a message: IKW-03, and IKW-03 · 2/3 if it is one of several on its account."""
    return f"{post} · {part}/{parts}" if parts > 1 else post


def post_digest(messages: Iterable[tuple[str, str]]) -> str:
    """What an approval is bound to: a post's messages on all accounts, as (account, digest)."""
    return hashlib.sha256(json.dumps(sorted(messages)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line of the posting log. Lines are only ever added."""

    at: dt.datetime
    event: str
    post: str = ""
    account: str = ""
    detail: str = ""
    part: int = 1
    parts: int = 1  #: How many there are in the plan by now.

    @property
    def name(self) -> str:
        """What people call it."""
        return named(self.post, self.part, self.parts)
