"""What every platform promises. `tests/platforms/contract.py` holds them to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import ClassVar, Protocol, Self
from urllib.parse import urlsplit

from integrado_poster.model import Message, Shape

Handle = Mapping[str, str]
"""What we know about one delivery on its platform. The journal keeps it; only the adapter reads it.

The journal fills in five entries before the adapter sees it:
`key` (an idempotency key made at planning, never changed), `rkey` (a TID made at planning),
`started` (ISO 8601 UTC with Z: when this delivery was first claimed; nothing of ours is older),
`claimed` (the same for this time),
`claim` (another one each time that somebody takes the delivery: only then is what one step of
`prepare` gave surely unused when the next one takes it).
A message that follows another (`Message.follows`) has two more: `parent` and `root`, the receipts' ids of
the part before it and of the first of its chain. A part that a person has posted by hand is known by the
last piece of its address. Without `parent` it must not become an answer to anything.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """One way in which a platform counts a text, and how much fits."""

    limit: int
    measure: Callable[[str], int]
    unit: str  #: "weighted", "graphemes", "bytes", "utf16", "characters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How a platform shows a post among others; None where nobody has written it down."""

    picture_first: bool = False  #: Whether the picture stands above the words.
    tallest: float | None = None  #: Width to height of the tallest picture that is shown whole.
    grid: float | None = None  #: Width to height of several pictures together.
    link_card: bool = False  #: Whether an address in a post without pictures becomes a card.


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a platform charges for a post, in US dollars."""

    post: Decimal
    linked: Decimal  #: The same with an address in its text.
    alt: Decimal  #: For each picture's alt text.
    has_link: Callable[[str], bool]  #: Whether the platform finds an address in a text.

    def of(self, message: Message) -> Decimal:
        """What this message costs."""
        alts = sum(1 for picture in message.pictures if picture.alt)
        return (self.linked if self.has_link(message.text) else self.post) + alts * self.alt


def cents(amount: Decimal) -> Decimal:
    """An amount as it is told: in whole cents, and rather too much than too little."""
    return amount.quantize(Decimal("0.01"), ROUND_CEILING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform accepts: facts, no code. `check` and `render` do the arithmetic."""

    rulers: tuple[Ruler, ...]
    shape: Shape  #: The card that looks best in this platform's feed.
    images: int = 4
    alt: int | None = 1000  #: Characters of alt text; None if the platform takes none.
    image_bytes: int = 5_000_000
    image_side: int = 4096  #: Pixels of a picture's longer side.
    aspect: tuple[float, float] | None = None  #: Width to height of pictures, from and to.
    fold: int | None = None  #: Characters that readers see before they have to ask for more.
    links: bool = True  #: Whether an address in a text can be clicked.
    chains: bool = (
        False  #: Whether a post of ours can be published as an answer to another of ours.
    )
    feed: Feed = Feed()
    price: Price | None = None  #: None: posting costs nothing.
    joint: bool = (
        False  #: Whether the owner of a profile answers for its statistics together with it.
    )
    settle: timedelta = timedelta(seconds=10)  #: How long until `find` sees what was accepted.

    def tightest(self, text: str) -> tuple[int, int]:
        """The length of a text and the limit, by the ruler that it fits worst."""
        return self.worst([ruler.measure(text) for ruler in self.rulers])

    def worst(self, lengths: Sequence[int]) -> tuple[int, int]:
        """The same for a text that has been measured already."""
        pairs = [(n, ruler.limit) for n, ruler in zip(lengths, self.rulers, strict=True)]
        return max(pairs, key=_fullness) if len(pairs) > 1 else pairs[0]


def _fullness(pair: tuple[int, int]) -> float:
    return pair[0] / pair[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that a post is online."""

    id: str
    url: str | None  #: None where the platform gives no public address.

    @classmethod
    def by_hand(cls, address: str) -> Self:
        """What a person has seen under an address; it may end with what the browser put there."""
        path = _BESIDE.sub("", urlsplit(address).path.rstrip("/"))
        return cls(id=_piece(path) or address, url=address)

    def known_as(self, id: str) -> bool:
        """Whether it is the post that is known by this id already, from the platform or by hand."""
        return id in (self.id, _piece(self.id), _piece(self.url or ""))


_BESIDE = re.compile(r"/(?:photo|video)/\d+$")


def _piece(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whose account a token opens, with which rights, and until when."""

    id: str
    name: str
    rights: tuple[str, ...] = ()
    expires: datetime | None = (
        None  #: None: until someone revokes it, or the platform does not say.
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """How a post is doing. None means the platform does not say, never zero."""

    likes: int | None = None
    shares: int | None = None
    replies: int | None = None
    views: int | None = None


class Platform(Protocol):
    """One account on one platform.

    Each call either answers or raises one of the `PlatformError` kinds; nothing else may escape.
    Adapters keep no state between calls that the next one needs.
    """

    name: ClassVar[str]
    limits: ClassVar[Limits]

    def prepare(self, message: Message, handle: Handle) -> Handle:
        """Take the next step towards publishing (one upload, one draft) and return the handle with what it gave.

        Called until the handle comes back unchanged; the journal keeps each one. Nobody can see
        anything yet, and a step may be repeated at the price of an orphan. Never raises `OutcomeUnknown`,
        but `CannotTell` if the platform says that these words are there already.
        """
        ...

    def commit(self, message: Message, handle: Handle) -> Receipt:
        """Make it public, as an answer to `parent` if there is one: the one call that must not simply be repeated.

        Raises `OutcomeUnknown` whenever the platform may have published it without telling us.
        """
        ...

    def find(self, message: Message, handle: Handle) -> Receipt | None:
        """Look for it on the platform; None means it is surely not there. What answers another post is another one.

        Raises `OutcomeUnknown` if this look taught nothing and another may, `CannotTell` if no look ever will.
        """
        ...

    def whoami(self) -> Identity:
        """Say whose account the token opens; raises `LoginNeeded` if none."""
        ...

    def metrics(self, receipt: Receipt) -> Metrics:
        """Count what the platform is willing to tell about a published post."""
        ...
