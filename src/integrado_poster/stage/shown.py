"""What a reader sees, what was expected, and how far the two agree."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture as it was received."""

    sha256: str
    alt: str
    media_type: str
    width: int
    height: int
    size: int  #: Bytes.


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A public post as a reader sees it; `language` is None where the platform has none."""

    id: str
    url: str
    at: datetime
    text: str
    language: str | None = None
    pictures: tuple[ShownPicture, ...] = ()
    answers: str | None = None  #: The id of the post that it was written under.


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came, and how it was answered; `status` is None if it got no answer."""

    at: datetime
    platform: str
    method: str
    path: str  #: With the query.
    headers: Mapping[str, str]
    body: bytes  #: Its beginning; see `size`.
    size: int
    status: int | None
    fault: str = ""
    repeats: str = ""
    """The id of a post that was online already, and that this asked to publish once more.

    The platform has merged the two or refused the second, so that no reader sees it. Whoever sends
    such a request does not know what it did before, and elsewhere it would be online twice.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A post that should be online exactly once: pictures as (sha256, alt)."""

    platform: str
    text: str
    language: str
    pictures: tuple[tuple[str, str], ...] = ()
    follows: Expected | None = None  #: What it should be an answer to.


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How what is shown differs from what was expected; `notes` names each case."""

    missing: int = 0
    duplicates: int = 0
    different: int = 0
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Everything is there once, as it was meant."""
        return not (self.missing or self.duplicates or self.different)


def as_shown(platform: str, text: str) -> str:
    """A text as the platform shows it: X composes accents, all but Bluesky trim the ends."""
    if platform == "bluesky":
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return unicodedata.normalize("NFC", plain) if platform == "x" else plain


def verdict(expected: Sequence[Expected], shown: Mapping[str, Sequence[Shown]]) -> Verdict:
    """Hold what readers see against what was meant, platform by platform.

    A post that matches a second time is a duplicate; one that shares its text or its pictures
    with a planned one, but not all, is different, and so is one that nobody planned, and one that
    answers another post than it should.
    """
    total = Verdict()
    for platform in sorted({item.platform for item in expected} | set(shown)):
        mine = [item for item in expected if item.platform == platform]
        total = _sum(total, _judge(platform, mine, list(shown.get(platform, ()))))
    return total


def _sum(one: Verdict, other: Verdict) -> Verdict:
    return Verdict(
        missing=one.missing + other.missing,
        duplicates=one.duplicates + other.duplicates,
        different=one.different + other.different,
        notes=one.notes + other.notes,
    )


def _same(platform: str, item: Expected, post: Shown) -> bool:
    return (
        post.text == as_shown(platform, item.text)
        and (post.language is None or post.language == item.language)
        and _pictures(post) == item.pictures
    )


def _pictures(post: Shown) -> tuple[tuple[str, str], ...]:
    return tuple((picture.sha256, picture.alt) for picture in post.pictures)


def _related(platform: str, item: Expected, post: Shown) -> bool:
    ours = {name for name, _ in item.pictures}
    return post.text == as_shown(platform, item.text) or bool(
        ours & {picture.sha256 for picture in post.pictures}
    )


def _judge(platform: str, items: list[Expected], posts: list[Shown]) -> Verdict:
    notes: list[str] = []
    found: list[Expected] = []
    missing: list[Expected] = []
    matched: list[tuple[Expected, Shown]] = []
    for item in items:
        match = next((post for post in posts if _same(platform, item, post)), None)
        if match is None:
            missing.append(item)
        else:
            posts.remove(match)
            found.append(item)
            matched.append((item, match))
    astray = list(_astray(matched))
    notes += [f"different on {platform}: {post.id} answers {post.answers}" for post in astray]
    different = len(astray)
    for item in tuple(missing):
        near = next((post for post in posts if _related(platform, item, post)), None)
        if near is not None:
            posts.remove(near)
            missing.remove(item)
            found.append(item)
            different += 1
            notes.append(f"different on {platform}: {near.id} {_how(platform, item, near)}")
    again = [post for post in posts if any(_related(platform, item, post) for item in found)]
    strange = [post for post in posts if post not in again]
    notes += [f"missing on {platform}: {item.text[:60]!r}" for item in missing]
    notes += [f"again on {platform}: {post.id} {post.text[:60]!r}" for post in again]
    notes += [f"unplanned on {platform}: {post.id} {post.text[:60]!r}" for post in strange]
    return Verdict(
        missing=len(missing),
        duplicates=len(again),
        different=different + len(strange),
        notes=tuple(notes),
    )


def _astray(matched: Sequence[tuple[Expected, Shown]]) -> Iterator[Shown]:
    """Of what is otherwise as it should be: whatever answers another post than it should, or none."""
    for item, post in matched:
        above = {other.id for planned, other in matched if planned == item.follows}
        if not (post.answers in above if item.follows else post.answers is None):
            yield post


def _how(platform: str, item: Expected, post: Shown) -> str:
    parts = {
        "text": post.text != as_shown(platform, item.text),
        "language": post.language not in (None, item.language),
        "pictures": [picture.sha256 for picture in post.pictures]
        != [name for name, _ in item.pictures],
        "alt": [picture.alt for picture in post.pictures] != [alt for _, alt in item.pictures],
    }
    return ", ".join(name for name, differs in parts.items() if differs)
