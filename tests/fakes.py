"""A platform in memory, for every test that is not about one platform, and a clock to set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, ClassVar

from integrado_poster.contract import Handle, Identity, Limits, Metrics, Receipt, Ruler
from integrado_poster.errors import CannotTell, OutcomeUnknown, Rejected, TryLater
from integrado_poster.model import Message, Shape
from tests.builders import NOON


class FakeClock:
    """Stands still until somebody moves it."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, span: timedelta) -> None:
        """Let time go by, on the wall and on the stop watch."""
        self.moment += span
        self.seconds += span.total_seconds()

    def set_to(self, moment: datetime) -> None:
        """Let time go by until a moment; one that is past changes nothing."""
        self.pass_by(max(moment - self.moment, timedelta()))


class Finds(Enum):
    """How well a fake platform can look for a post."""

    BY_KEY = auto()  #: Certain, and a second commit with the same key gives the first one back.
    IN_LIST = auto()  #: By its own list, which shows a post only some seconds later.
    NEVER = auto()  #: Nobody but a person can tell.


class Blow(Enum):
    """What goes wrong on one call of `commit`."""

    REFUSED = auto()
    BUSY = auto()
    LOST_BEFORE = auto()  #: The connection broke, and nothing was created.
    LOST_AFTER = auto()  #: It was created, and the reply got lost.


class FakePlatform:
    """Remembers what is online. `blows` are played one per commit; `point` may pull the plug.

    The hooks `before_…` let a test interfere; they may raise.
    """

    name: ClassVar[str] = "mastodon"
    limits: ClassVar[Limits] = Limits(
        rulers=(Ruler(limit=500, measure=len, unit="characters"),),
        shape=Shape.PORTRAIT,
        settle=timedelta(seconds=10),
    )

    def __init__(
        self,
        clock: FakeClock,
        *,
        finds: Finds = Finds.IN_LIST,
        blows: Iterable[Blow] = (),
        point: Callable[[str], None] = lambda _name: None,
        first: int = 1,
    ) -> None:
        self.clock = clock
        self.finds = finds
        self.first = first  # number of the first post; no two of an account are the same
        self.blows = list(blows)
        self.point = point
        self.online: list[tuple[str, Receipt, datetime]] = []  # key, receipt, visible from
        self.commits = 0
        self.refused = False
        self.before_prepare: Callable[[], object] = lambda: None
        self.before_commit: Callable[[], object] = lambda: None
        self.before_find: Callable[[], object] = lambda: None

    def prepare(self, message: Message, handle: Handle) -> Handle:
        """Upload one picture per step."""
        self.before_prepare()
        done = sum(name.startswith("media") for name in handle)
        if done == len(message.pictures):
            return handle
        return {**handle, f"media{done}": message.pictures[done].sha256[:8]}

    def commit(self, message: Message, handle: Handle) -> Receipt:
        self.commits += 1
        self.before_commit()
        assert sum(name.startswith("media") for name in handle) == len(message.pictures)
        blow = self.blows.pop(0) if self.blows else None
        if blow is Blow.REFUSED:
            self.refused = True
            raise Rejected("422: not like this")
        if blow is Blow.BUSY:
            raise TryLater("429: too many", wait=timedelta(seconds=60))
        if blow is Blow.LOST_BEFORE:
            raise OutcomeUnknown("connection reset")
        receipt = self._create(handle["key"])
        self.point("created")
        if blow is Blow.LOST_AFTER:
            raise OutcomeUnknown("read timed out")
        return receipt

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        self.before_find()
        if self.finds is Finds.NEVER:
            raise CannotTell("this platform has no list")
        for key, receipt, visible in self.online:
            if key == handle["key"] and visible <= self.clock.now():
                return receipt
        return None

    def whoami(self) -> Identity:
        return Identity(id="1", name="@netz@social.example")

    def metrics(self, receipt: Receipt) -> Metrics:
        return Metrics()

    def _create(self, key: str) -> Receipt:
        if self.finds is Finds.BY_KEY:
            for known, receipt, _ in self.online:
                if known == key:
                    return receipt
        number = str(self.first + len(self.online))
        receipt = Receipt(id=number, url=f"https://social.example/@netz/{number}")
        lag = timedelta(seconds=8) if self.finds is Finds.IN_LIST else timedelta()
        self.online.append((key, receipt, self.clock.now() + lag))
        return receipt


class Answering(FakePlatform):
    """Knows what each post is an answer to; what is answered must be there."""

    def __init__(self, clock: FakeClock, **more: Any) -> None:
        super().__init__(clock, **more)
        self.said: list[tuple[str, str, str]] = []  #: Words, parent and root of each post.
        self._now: tuple[str, str, str] = ("", "", "")

    def commit(self, message: Message, handle: Handle) -> Receipt:
        parent = handle.get("parent", "")
        if parent and parent not in [receipt.id for _, receipt, _ in self.online]:
            self.refused = True
            raise Rejected("404: no such post")
        self._now = (message.text, parent, handle.get("root", ""))
        return super().commit(message, handle)

    def _create(self, key: str) -> Receipt:
        known = len(self.online)
        receipt = super()._create(key)
        if len(self.online) > known:
            self.said.append(self._now)
        return receipt
