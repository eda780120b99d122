"""From a post to its text for each platform."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from integrado_poster.contract import Limits, Ruler
from integrado_poster.model import Account, Campaign, PlannedPost, Wording

RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"}
)


def direction(language: str) -> str:
    """Give "rtl" for languages written from right to left, else "ltr"; for HTML and for cards."""
    tag = language.lower().replace("_", "-")
    return "rtl" if tag in RIGHT_TO_LEFT or tag.split("-")[0] in RIGHT_TO_LEFT else "ltr"


class _Block(NamedTuple):
    """A part of a text: where it is shown, and its name among what was dropped."""

    place: int
    name: str
    text: str


def wordings(
    campaign: Campaign, post: PlannedPost, account: Account, limits: Limits
) -> tuple[Wording, ...]:
    """Give what a post says on one account, part by part; nearly always it is one."""
    return (wording(campaign, post, account, limits),)


def wording(campaign: Campaign, post: PlannedPost, account: Account, limits: Limits) -> Wording:
    """Give what a post says on one account in one message.

    The words for this platform, or else the text, always stand there, even if they are too long
    (then the wording is `over`). Everything else comes along by its priority while it fits whole:
    information, link, the organisation's handle there, funder's line, hashtags, translations.
    What the text already says is not said again.
    """
    body = (post.texts.get(account.platform) or post.text).strip()
    wanted = [block for block in _extras(campaign, post, account) if not _says(body, block.text)]
    kept, dropped = _chosen(_Block(0, "text", body), wanted, limits)
    text = _joined(kept)
    length, limit = limits.tightest(text)
    return Wording(
        account=account.key,
        platform=account.platform,
        text=text,
        language=post.language,
        length=length,
        limit=limit,
        dropped=dropped,
    )


def hashtags(campaign: Campaign) -> tuple[str, ...]:
    """Give the campaign's hashtags, each once and with a capital at the start of each word.

    Screen readers read #InterkulturelleWoche as two words and #interkulturellewoche as none.
    """
    return _hashtags(campaign.hashtags)


@lru_cache(maxsize=16)
def _hashtags(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("#" + _camel(tag) for tag in tags if _camel(tag)))


def _camel(tag: str) -> str:
    words = re.split(r"[\s_-]+", tag.strip().lstrip("#"))
    return "".join(word[:1].upper() + word[1:] for word in words)


def _extras(campaign: Campaign, post: PlannedPost, account: Account) -> list[_Block]:
    """Everything beside the text, the most important first."""
    member = campaign.members.get(post.organisation)
    handle = member.handles.get(account.platform, "") if member else ""
    if account.owner == post.organisation or handle == account.handle:
        handle = ""
    extras = [
        _Block(20, "information", post.information.strip()),
        _Block(30, "link", post.link.strip()),
        _Block(31, "handle", handle.strip()),
        _Block(40, "funder", campaign.funder.line.strip()),
        _Block(50, "hashtags", " ".join(hashtags(campaign))),
    ]
    for number, translation in enumerate(post.translations, start=1):
        extras.append(_Block(10 + number, f"translation_{number}", translation.text.strip()))
    return [block for block in extras if block.text]


def _says(body: str, words: str) -> bool:
    """Whether the text already holds these words, and not as a part of others."""
    if words not in body:
        return False
    return re.search(rf"(?<!\w){re.escape(words)}(?![\w/])", body) is not None


def _chosen(
    body: _Block, wanted: Sequence[_Block], limits: Limits
) -> tuple[list[_Block], tuple[str, ...]]:
    """Which blocks stand beside the body, and the names of those that had no room.

    Every way of counting that we know gives for blocks parted by line ends the sum of theirs: so
    each is counted once, and not again with every try.
    """
    kept, dropped = [body], []
    rooms = [ruler.limit - ruler.measure(body.text) for ruler in limits.rulers]

    def taken(text: str) -> bool:
        needs = _lengths(limits.rulers, text)
        if any(need > room for need, room in zip(needs, rooms, strict=True)):
            return False
        rooms[:] = [room - need for need, room in zip(needs, rooms, strict=True)]
        return True

    for block in wanted:
        part = block
        while part.text and not taken(_separator(kept[-1], part) + part.text):
            # Of the hashtags some may stay; anything else stays whole or goes.
            fewer = part.text.rpartition(" ")[0] if part.name == "hashtags" else ""
            part = part._replace(text=fewer)
        if part.text:
            kept.append(part)
        if part.text != block.text:
            dropped.append(block.name)
    return kept, tuple(dropped)


@lru_cache(maxsize=4096)  # the funder's line and the hashtags stand under every post
def _lengths(rulers: tuple[Ruler, ...], text: str) -> tuple[int, ...]:
    return tuple(ruler.measure(text) for ruler in rulers)


def _separator(before: _Block, block: _Block) -> str:
    """A blank line, but link and handle stand close together."""
    return "\n" if (before.name, block.name) == ("link", "handle") else "\n\n"


def _joined(blocks: Sequence[_Block]) -> str:
    """The blocks in the order of their places."""
    ordered = sorted(blocks)
    text = ordered[0].text
    for before, block in pairwise(ordered):
        text += _separator(before, block) + block.text
    return text
