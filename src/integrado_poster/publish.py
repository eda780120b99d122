"""Take one delivery as far as it will go right now: once, or not at all, or to a person."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Protocol, TypeVar

from integrado_poster.contract import Handle, Platform, Receipt
from integrado_poster.errors import (
    CannotTell,
    DatabaseUnusable,
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Repeated,
    TryLater,
)
from integrado_poster.journal import Blame, Claim, Ending, Journal
from integrado_poster.model import State
from integrado_poster.speech import Sentence

log = logging.getLogger(__name__)

FROZEN = 5.0  # seconds from the intent to the request; after more, somebody else may be at it
STEPS = 50  # of preparing; an adapter that never has enough is a bug
REPEATED = "repeated"  # what a handle keeps of a platform that said: these words are here already
_LOGGED = {
    State.PUBLISHED: "published",
    State.HELD: "held",
    State.FAILED: "failed",
    State.UNKNOWN: "unclear",
    State.CANCELLED: "skipped",
}
WRITES = 3  # times to write an outcome down; each waits for the database as long as it may take

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


def thrice(vain: int) -> bool:
    """Whether to try again to write an outcome down, after so many vain tries."""
    return vain < WRITES


def publish(
    id: int,
    *,
    journal: Journal,
    platform_for: Callable[[Claim], Platform],
    clock: Clock,
    stopped: Callable[[], bool] = _no,
    again: Callable[[int], bool] = thrice,
    point: Callable[[str], None] = _nothing,
) -> Claim | None:
    """Send a scheduled delivery that is due, under the claim that it gives; None if it was not to be sent.

    `platform_for` gives the platform that a claim is for; `stopped` is asked first and right
    before the request (the journal's own stop is asked in any case). `again` is asked when the
    journal does not take an outcome: it waits as it sees fit, and says whether to try once more.
    `point` is called before and after every effect, so that a test can pull the plug there.
    """
    with journal.hold(id) as ours:
        if not ours or stopped():
            return None
        claim = _step(point, "claim", lambda: journal.claim(id, now=clock.now(), aside=_log))
        if claim is None:
            return None
        sender = _Sender(journal=journal, claim=claim, clock=clock, again=again, point=point)
        platform = _answer(lambda: platform_for(claim))
        if isinstance(platform, PlatformError):
            sender.not_sent(platform)
        else:
            sender.send(platform, stopped)
    return claim


def look(
    id: int,
    *,
    journal: Journal,
    platform_for: Callable[[Claim], Platform],
    clock: Clock,
    again: Callable[[int], bool] = thrice,
    point: Callable[[str], None] = _nothing,
) -> Claim | None:
    """Look for a delivery of unknown outcome, under the claim that it gives; None if it is not time."""
    claim = _step(point, "look", lambda: journal.take_look(id, now=clock.now()))
    if claim is None:
        return None
    sender = _Sender(journal=journal, claim=claim, clock=clock, again=again, point=point)
    platform = _answer(lambda: platform_for(claim))
    if isinstance(platform, PlatformError):
        sender.not_seen(platform)
    else:
        sender.search(platform)
    return claim


def _step(point: Callable[[str], None], name: str, effect: Callable[[], T]) -> T:
    point(f"before {name}")
    result = effect()
    point(f"after {name}")
    return result


def _log(end: Ending) -> None:
    """One line in the log of the program, if this is an end or nobody knows whether it is one."""
    if end.state in _LOGGED:
        facts = {"post": end.post, "account": end.account, "said": str(end.said)}
        log.info(_LOGGED[end.state], extra=facts)


def _answer(call: Callable[[], T]) -> T | PlatformError:
    """Give what a platform answers, be it an error."""
    try:
        return call()
    except PlatformError as error:
        return error
    except Exception as error:
        log.exception("unforeseen, while talking to a platform")
        return OutcomeUnknown(Sentence("note.bug", kind=type(error).__name__))


def _blame(error: PlatformError) -> Blame:
    """Whose fault it is that a request got nowhere, so that others need not learn it, too."""
    match error:
        case TryLater(down=True):
            return Blame.PLATFORM
        case TryLater(wait=None):
            return Blame.ACCOUNT
        case TryLater() | Repeated():  # it works, and says so
            return Blame.NOBODY
        case _:
            return Blame.PLATFORM


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """One claimed delivery on its way."""

    journal: Journal
    claim: Claim
    clock: Clock
    again: Callable[[int], bool]
    point: Callable[[str], None]

    def send(self, platform: Platform, stopped: Callable[[], bool]) -> None:
        try:
            handle, began = self._prepare(platform), self.clock.monotonic()
            if isinstance(handle, Mapping) and not self._step("intend", self._intend):
                return
        except DatabaseUnusable as error:  # nothing has left, whatever has been written down
            self._later(Sentence("note.unwritten", detail=error.said))
            return
        if handle is None:
            return
        if isinstance(handle, PlatformError):
            self.not_sent(handle)
            return
        self.point("before commit")
        if stopped():
            self._write(
                lambda now: self.journal.give_back(self.claim, Sentence("why.stopped").note, now)
            )
        elif self.clock.monotonic() - began > FROZEN:
            self._later(Sentence("note.frozen"))
        else:
            self._commit(platform, handle)

    def search(self, platform: Platform) -> None:
        claim = self.claim
        find = partial(platform.find, claim.message, claim.handle)
        found = self._step("find", lambda: _answer(find))
        if isinstance(found, Receipt):
            self._published(found, found=True)
        elif found is None and REPEATED in claim.handle:
            self.not_seen(Repeated(Sentence("note.repeated")))
        elif found is None:
            self._write(lambda now: self.journal.absent(claim, now), said=Sentence("note.absent"))
        else:
            self.not_seen(found)

    def not_sent(self, error: PlatformError) -> None:
        """Nothing has left yet, or the platform said a clear no."""
        claim, journal, note = self.claim, self.journal, error.note
        match error:
            case Rejected():
                self._write(lambda now: journal.fail(claim, note, now), said=error.said)
            case LoginNeeded():
                self._write(lambda now: journal.wait_for_login(claim, note, now), said=error.said)
            case CannotTell():  # not by us, but the same words may be online
                self._write(lambda now: journal.ask(claim, note, now), said=error.said)
            case TryLater(wait=wait):
                blame = _blame(error)
                self._write(
                    lambda now: journal.retry(claim, wait, note, now, blame=blame), said=error.said
                )
            case _:  # before the intent even a bug leaves nothing online
                self._write(lambda now: journal.retry(claim, None, note, now), said=error.said)

    def _later(self, why: Sentence) -> None:
        """Nothing has left, for a reason of this machine: no fault of the account or the platform."""
        self._write(lambda now: self.journal.retry(self.claim, None, why.note, now), said=why)

    def not_seen(self, error: PlatformError) -> None:
        """The look taught nothing; the outcome is as unknown as before."""
        claim, journal, note = self.claim, self.journal, error.note
        match error:
            case CannotTell():
                self._write(lambda now: journal.ask(claim, note, now), said=error.said)
            case LoginNeeded():
                self._write(lambda now: journal.wait_for_login(claim, note, now), said=error.said)
            case TryLater():
                wait = error.wait or timedelta()
                self._write(
                    lambda now: journal.look_again(claim, note, now, wait=wait), said=error.said
                )
            case _:
                self._write(lambda now: journal.look_again(claim, note, now), said=error.said)

    def _prepare(self, platform: Platform) -> Handle | PlatformError | None:
        """Take every step before the last one; None if the delivery was taken from us."""
        handle = self.claim.handle
        for _ in range(STEPS):
            prepare = partial(platform.prepare, self.claim.message, handle)
            after = self._step("prepare", partial(_answer, prepare))
            if isinstance(after, PlatformError) or after == handle:
                return after
            handle = after
            if not self._step("keep", partial(self.journal.keep, self.claim, handle)):
                return None
        return OutcomeUnknown(Sentence("note.endless", platform=platform.name))

    def _intend(self) -> bool:
        return self.journal.intend(self.claim, self.clock.now())

    def _commit(self, platform: Platform, handle: Handle) -> None:
        answer = _answer(lambda: platform.commit(self.claim.message, handle))
        self.point("after commit")
        match answer:
            case Receipt():
                self._published(answer)
            case Rejected() | LoginNeeded() | TryLater():
                self.not_sent(answer)
            case _:
                if isinstance(answer, Repeated):
                    seen = {**handle, REPEATED: "yes"}
                    self._write(lambda _: self.journal.keep(self.claim, seen))
                note, settle, blame = answer.note, platform.limits.settle, _blame(answer)
                self._write(
                    lambda now: self.journal.doubt(self.claim, note, now, settle, blame=blame),
                    said=answer.said,
                )

    def _published(self, receipt: Receipt, *, found: bool = False) -> None:
        self._write(
            lambda now: self.journal.publish(self.claim, receipt, now, found=found),
            what=f"online as {receipt.id}",
            said=receipt.url or receipt.id,
        )

    def _write(
        self,
        outcome: Callable[[datetime], object],
        what: str = "over",
        *,
        said: str | Sentence = "",
    ) -> None:
        """Write an outcome down, and do not give up easily: nobody else knows it."""
        for vain in count(1):
            try:
                after = self._step("outcome", lambda: outcome(self.clock.now()))
            except DatabaseUnusable as error:
                log.critical("%s, but not written down: %s", what, error)
                if not self.again(vain):
                    raise
            else:
                if isinstance(after, State) and after is not self.claim.state:
                    message = self.claim.message
                    _log(Ending(after, message.post, message.account, said))
                return

    def _step(self, name: str, effect: Callable[[], T]) -> T:
        return _step(self.point, name, effect)
