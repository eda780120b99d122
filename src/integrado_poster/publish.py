"""Take one delivery as far as it will go right now: once, or not at all, or to a person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from integrado_poster.contract import Handle, Platform, Receipt
from integrado_poster.errors import (
    CannotTell,
    DatabaseUnusable,
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    TryLater,
)
from integrado_poster.journal import Claim, Journal
from integrado_poster.model import State

log = logging.getLogger(__name__)

FROZEN = 5.0  # seconds from the intent to the request; after more, somebody else may be at it
STEPS = 50  # of preparing; an adapter that never has enough is a bug
WRITES = 3  # times to write a receipt down; each waits for the database as long as it may take

T = TypeVar("T")


class Clock(Protocol):
    """The time. Only the worker and the rehearsal have one."""

    def now(self) -> datetime:
        """The moment, with its zone."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, and that go on while the machine sleeps if it can tell."""
        ...


def _no() -> bool:
    return False


def _nothing(_name: str) -> None:
    return None


def publish(
    id: int,
    *,
    journal: Journal,
    platform_for: Callable[[str], Platform],
    clock: Clock,
    stopped: Callable[[], bool] = _no,
    point: Callable[[str], None] = _nothing,
) -> State | None:
    """Send a scheduled delivery that is due, and give its state; None if it was not to be sent.

    `platform_for` gives the platform of an account by its key; `stopped` is asked right before the
    request; `point` is called before and after every effect, so that a test can pull the plug there.
    """
    claim = _step(point, "claim", lambda: journal.claim(id, now=clock.now()))
    if claim is None:
        return None
    sender = _Sender(journal=journal, claim=claim, clock=clock, point=point)
    platform = _answer(lambda: platform_for(claim.message.account))
    if isinstance(platform, PlatformError):
        return sender.not_sent(platform)
    return sender.send(platform, stopped)


def look(
    id: int,
    *,
    journal: Journal,
    platform_for: Callable[[str], Platform],
    clock: Clock,
    point: Callable[[str], None] = _nothing,
) -> State | None:
    """Look for a delivery of unknown outcome, and give its state; None if it is not time to look."""
    claim = _step(point, "look", lambda: journal.take_look(id, now=clock.now()))
    if claim is None:
        return None
    sender = _Sender(journal=journal, claim=claim, clock=clock, point=point)
    platform = _answer(lambda: platform_for(claim.message.account))
    if isinstance(platform, PlatformError):
        return sender.not_seen(platform)
    return sender.search(platform)


def _step(point: Callable[[str], None], name: str, effect: Callable[[], T]) -> T:
    point(f"before {name}")
    result = effect()
    point(f"after {name}")
    return result


def _answer(call: Callable[[], T]) -> T | PlatformError:
    """Give what a platform answers, be it an error."""
    try:
        return call()
    except PlatformError as error:
        return error
    except Exception as error:
        log.exception("a bug while talking to a platform")
        return OutcomeUnknown(f"a fault of this program: {type(error).__name__}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """One claimed delivery on its way."""

    journal: Journal
    claim: Claim
    clock: Clock
    point: Callable[[str], None]

    def send(self, platform: Platform, stopped: Callable[[], bool]) -> State:
        handle = self._prepare(platform)
        if isinstance(handle, PlatformError):
            return self.not_sent(handle)
        began = self.clock.monotonic()
        if handle is None or not self._step("intend", self._intend):
            return self.journal.state(self.claim.id)
        self.point("before commit")
        if stopped():
            return self._outcome(lambda now: self.journal.give_back(self.claim, "stopped", now))
        if self.clock.monotonic() - began > FROZEN:
            return self.not_sent(TryLater("this machine stood still right before sending"))
        answer = _answer(lambda: platform.commit(self.claim.message, handle))
        self.point("after commit")
        if isinstance(answer, Receipt):
            return self._published(answer)
        return self._not_published(answer, platform.limits.settle)

    def search(self, platform: Platform) -> State:
        claim = self.claim
        found = self._step(
            "find", lambda: _answer(lambda: platform.find(claim.message, claim.handle))
        )
        if isinstance(found, Receipt):
            return self._published(found)
        if found is None:
            return self._outcome(lambda now: self.journal.absent(claim, now))
        return self.not_seen(found)

    def not_sent(self, error: PlatformError) -> State:
        """Nothing has left yet, or the platform said a clear no."""
        note = str(error)
        match error:
            case Rejected():
                return self._outcome(lambda now: self.journal.fail(self.claim, note, now))
            case LoginNeeded():
                return self._outcome(lambda now: self.journal.wait_for_login(self.claim, note, now))
            case TryLater(wait=wait):
                return self._outcome(lambda now: self.journal.retry(self.claim, wait, note, now))
            case _:  # before the intent even a bug leaves nothing online
                return self._outcome(lambda now: self.journal.retry(self.claim, None, note, now))

    def not_seen(self, error: PlatformError) -> State:
        """The look taught nothing; the outcome is as unknown as before."""
        claim, journal, note = self.claim, self.journal, str(error)
        match error:
            case CannotTell():
                return self._outcome(lambda now: journal.ask(claim, note, now))
            case LoginNeeded():
                return self._outcome(lambda now: journal.wait_for_login(claim, note, now))
            case TryLater(wait=wait):
                wait = wait or timedelta()
                return self._outcome(lambda now: journal.look_again(claim, note, now, wait=wait))
            case _:
                return self._outcome(lambda now: journal.look_again(claim, note, now))

    def _prepare(self, platform: Platform) -> Handle | PlatformError | None:
        """Take every step before the last one; None if the delivery was taken from us."""
        handle = self.claim.handle
        for _ in range(STEPS):
            after = self._step("prepare", partial(self._prepare_once, platform, handle))
            if isinstance(after, PlatformError) or after == handle:
                return after
            handle = after
            if not self._step("keep", partial(self.journal.keep, self.claim, handle)):
                return None
        return OutcomeUnknown(f"{platform.name} is never done preparing")

    def _prepare_once(self, platform: Platform, handle: Handle) -> Handle | PlatformError:
        return _answer(lambda: dict(platform.prepare(self.claim.message, handle)))

    def _intend(self) -> bool:
        return self.journal.intend(self.claim, self.clock.now())

    def _not_published(self, error: PlatformError, settle: timedelta) -> State:
        if isinstance(error, Rejected | LoginNeeded | TryLater):
            return self.not_sent(error)
        return self._outcome(lambda now: self.journal.doubt(self.claim, str(error), now, settle))

    def _published(self, receipt: Receipt) -> State:
        """Write the receipt down, and do not give up easily: it is the only proof."""
        for left in reversed(range(WRITES)):
            try:
                return self._outcome(lambda now: self.journal.publish(self.claim, receipt, now))
            except DatabaseUnusable:
                log.critical("online as %s, but not written down", receipt.id, exc_info=True)
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _outcome(self, write: Callable[[datetime], State]) -> State:
        return self._step("outcome", lambda: write(self.clock.now()))

    def _step(self, name: str, effect: Callable[[], T]) -> T:
        return _step(self.point, name, effect)
