"""What is shown on the gallery's page: a message with all that belongs to it, and its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from integrado_poster.contract import Feed, Limits
from integrado_poster.model import Account, Campaign, Message, Picture, PlannedPost
from integrado_poster.render import page_words, words
from integrado_poster.render.page_words import Words
from integrado_poster.render.sentences import sentences

_MOST_IN_GRID = 4


class Shown(NamedTuple):
    """What is shown: a message of a post on an account of its campaign."""

    campaign: Campaign
    post: PlannedPost
    account: Account
    message: Message
    limits: Limits | None  #: None where nothing is known about the platform.

    @property
    def our(self) -> Words:
        """The page's own words."""
        return page_words.said(self.campaign.language)

    @property
    def feed(self) -> Feed:
        """How the platform shows posts."""
        return self.limits.feed if self.limits else Feed()

    @property
    def in_grid(self) -> bool:
        """Whether its pictures share one place."""
        return bool(self.feed.grid) and 1 < len(self.message.pictures) <= _MOST_IN_GRID

    def crops(self, picture: Picture) -> bool:
        """Whether the feed shows less of a picture than there is."""
        # Half a pixel of rounding is no crop.
        tallest = self.feed.tallest
        return bool(tallest) and picture.width + 0.5 < picture.height * (tallest or 0)


class Block(NamedTuple):
    """A paragraph of a text, and where it starts there."""

    start: int
    text: str
    language: str | None = None  #: A translation's.

    def cut(self, place: int) -> tuple[Block, Block]:
        """The part that stands before a place in the text, and the part after it."""
        here = max(0, place - self.start)
        return self._replace(text=self.text[:here]), self._replace(text=self.text[here:])


def tongue(language: str) -> str:
    """Give the attributes that name a language and its direction."""
    return f' lang="{escape(language, quote=True)}" dir="{words.direction(language)}"'


def address(picture: Picture) -> str:
    """Give where a picture lies, seen from the page."""
    return f"pictures/{picture.sha256[:20]}.jpg"


def folded(shown: Shown) -> tuple[list[Block], list[Block]]:
    """The paragraphs that one sees at once, and those that one has to ask for."""
    text, fold = shown.message.text, shown.limits.fold if shown.limits else None
    found = list(_blocks(shown.post, text))
    if fold is None or len(text) <= fold:
        return found, []
    place = max(text.rfind(" ", 0, fold + 1), text.rfind("\n", 0, fold + 1))
    cuts = [block.cut(place if place > 0 else fold) for block in found]
    return [one for one, _ in cuts if one.text], [other for _, other in cuts if other.text]


def _blocks(post: PlannedPost, text: str) -> Iterator[Block]:
    """The text's paragraphs; a translation is one and knows its language, and so does each piece of it in a chain."""
    translations = {each.text.strip(): each.language for each in post.translations}
    known = "|".join(re.escape(text) for text in translations if text)
    start = 0
    for part in re.split(f"({known})", text) if known else [text]:
        if part in translations:
            yield Block(start, part, translations[part])
        else:
            for match in re.finditer(r"\S.*?(?=\s*(?:\n\n|\Z))", part, re.DOTALL):
                yield Block(start + match.start(), match[0], _language(post, match[0]))
        start += len(part)


def _language(post: PlannedPost, paragraph: str) -> str | None:
    """The language of a paragraph all of whose sentences are those of one translation."""
    said = set(sentences(_COUNTER.sub("", paragraph)))
    known = (each.language for each in post.translations if said <= set(sentences(each.text)))
    return next(known, None)


_COUNTER = re.compile(r" \(\d+/\d+\)$")
