"""What goes out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum

from integrado_poster.model.findings import Said
from integrado_poster.model.plan import OnLate


class Shape(StrEnum):
    """The formats of a card, with their size in pixels."""

    PORTRAIT = "portrait"
    SQUARE = "square"
    LANDSCAPE = "landscape"
    STORY = "story"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return _SIZES[self]

    @property
    def said(self) -> Said:
        """What people call it."""
        return _SHAPES[self]


_SHAPES = {
    Shape.PORTRAIT: Said("Hochformat", "portrait"),
    Shape.SQUARE: Said("Quadrat", "square"),
    Shape.LANDSCAPE: Said("Querformat", "landscape"),
    Shape.STORY: Said("Story", "story"),
}

_SIZES = {
    Shape.PORTRAIT: (1080, 1350),
    Shape.SQUARE: (1080, 1080),
    Shape.LANDSCAPE: (1600, 900),
    Shape.STORY: (1080, 1920),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a post, or a part of it, says on one account, and how well it fits."""

    account: str
    platform: str
    text: str
    language: str
    length: int  #: In the unit in which this text comes closest to its limit.
    limit: int
    dropped: tuple[str, ...] = ()  #: What had no room: "hashtags", "funder", "handle", "link", …
    part: int = 1  #: As in `Message`.
    follows: bool = False
    translation: int = (
        0  #: The number of the translation that it is a version of; 0 for the post's own text.
    )
    stuck: str = ""  #: The sentence that keeps a text from being a chain, where it should be one.

    @property
    def over(self) -> int:
        """By how many units even the bare text is too long; 0 if it fits."""
        return max(0, self.length - self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A finished picture: safe to publish, with the words for those who cannot see it."""

    data: bytes = field(repr=False)
    alt: str
    width: int
    height: int
    media_type: str = "image/jpeg"

    @property
    def sha256(self) -> str:
        """The content's address."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What exactly one account will publish for one post, or for a part of it.

    Frozen and content-addressed.
    """

    post: str
    account: str
    platform: str
    text: str
    language: str
    pictures: tuple[Picture, ...] = ()
    part: int = 1  #: Its place among the messages of this post on this account, from 1.
    follows: bool = False  #: Whether it is published as an answer to the part before it: a chain.

    @property
    def digest(self) -> str:
        """The same for the same words, pictures and alt texts at the same place; else another."""
        content: list[object] = [
            self.post,
            self.account,
            self.platform,
            self.text,
            self.language,
            [[picture.sha256, picture.media_type, picture.alt] for picture in self.pictures],
        ]
        if self.part > 1:  # first parts keep the digests that they had when there were no others
            content.append([self.part, self.follows])
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a post is due, as an instant and as the plan says it."""

    at: dt.datetime  #: UTC.
    wall: str  #: "2021-09-26 10:00"
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A message with its moment, ready for the journal."""

    message: Message
    due: Due
    not_after: dt.datetime  #: UTC. After this it is late, and `on_late` says what then.
    on_late: OnLate | None = None  #: None: as the campaign says.
    deadline: dt.datetime | None = None  #: UTC. After this it is not sent without asking.
