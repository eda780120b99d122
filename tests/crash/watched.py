"""What the state machine lets out: posts, one of them in parts, and a platform that minds what comes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from integrado_poster.contract import Handle, Receipt
from integrado_poster.errors import LoginNeeded
from integrado_poster.model import Message, Planned
from tests.builders import a_planned
from tests.fakes import Answering, FakeClock, Finds

POSTS = ("P1", "P2", "P3")  # narrow on purpose: where much can meet, little has to happen
PARTS = {"P3": 2}  # of a post that is not sent in one

Piece = tuple[str, int]
"""A post and one of its parts."""

PIECES: tuple[Piece, ...] = tuple(
    (post, part) for post in POSTS for part in range(1, 1 + PARTS.get(post, 1))
)


class Watched(Answering):
    """Holds each request against what may leave: approved, due, not stopped."""

    def __init__(self, clock: FakeClock, finds: Finds, allowed: Callable[[Message], str]) -> None:
        super().__init__(clock, finds=finds)
        self.allowed = allowed
        self.keys: dict[Piece, str] = {}
        self.logged_in = True
        self.offences: list[str] = []

    def commit(self, message: Message, handle: Handle) -> Receipt:
        if why := self.allowed(message):  # an error here would be the platform's own, and is caught
            self.offences.append(f"wrong: {message.post} was sent although {why}")
        self.keys[message.post, message.part] = handle["key"]
        if not self.logged_in:
            raise LoginNeeded("401")
        return super().commit(message, handle)

    def online_of(self, piece: Piece) -> list[str]:
        """The ids under which it is online."""
        key = self.keys.get(piece)
        return [receipt.id for known, receipt, _ in self.online if known == key]


def in_parts(post: str, text: str, at: datetime) -> list[Planned]:
    """A post as it is planned, with a picture to its first part."""
    first = a_planned(at=at, post=post, text=text)
    more = range(2, 1 + PARTS.get(post, 1))
    rest = [
        a_planned(at=at, post=post, text=f"{text}, {part}", pictures=(), part=part, follows=True)
        for part in more
    ]
    return [first, *rest]
