"""From a post to its text for each platform."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from integrado_poster.contract import Limits, Ruler
from integrado_poster.model import (
    Account,
    Campaign,
    Languages,
    LongTexts,
    PlannedPost,
    Translation,
    Wording,
)
from integrado_poster.render.chains import Block, chain, gap, sentence_too_long

RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"}
)


def direction(language: str) -> str:
    """Give "rtl" for languages written from right to left, else "ltr"; for HTML and for cards."""
    tag = language.lower().replace("_", "-")
    return "rtl" if tag in RIGHT_TO_LEFT or tag.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def versions(campaign: Campaign, post: PlannedPost) -> tuple[PlannedPost, ...]:
    """Give the post as often as it goes out on an account: once, or once for each of its languages.

    A version has what its translation says, and nothing that the plan has in another language only:
    no own words for a platform, and no information unless that is translated, too.
    """
    if campaign.languages is Languages.TOGETHER or not post.translations:
        return (post,)
    alone = post.model_copy(update={"translations": ()})
    return (alone, *(_version(alone, translation) for translation in post.translations))


def _version(post: PlannedPost, translation: Translation) -> PlannedPost:
    first = [
        one.model_copy(update={"alt": translation.alt or one.alt}) for one in post.pictures[:1]
    ]
    said = {
        name: getattr(translation, name) for name in ("text", "language", "headline", "information")
    }
    return post.model_copy(update={**said, "texts": {}, "pictures": (*first, *post.pictures[1:])})


def wordings(
    campaign: Campaign, post: PlannedPost, account: Account, limits: Limits
) -> tuple[Wording, ...]:
    """Give what a post says on one account, part by part; nearly always it is one.

    There are several for a text that is too long and becomes a chain, and for languages that go
    out apart.
    """
    every = versions(campaign, post)
    if len(every) == 1:
        return _worded(campaign, post, account, limits)
    found: list[Wording] = []
    for number, version in enumerate(every):
        for one in _worded(campaign, version, account, limits):
            found.append(replace(one, part=len(found) + 1, translation=number))
    return tuple(found)


def _worded(
    campaign: Campaign, post: PlannedPost, account: Account, limits: Limits
) -> tuple[Wording, ...]:
    """One version of a post: in one message, or as a chain."""
    one = wording(campaign, post, account, limits)
    if not one.over or not limits.chains or _long_texts(campaign, post) is LongTexts.SHORTEN:
        return (one,)
    body = Block(0, "text", one.text)
    linked = chain(body, _wanted(campaign, post, account, body.text), limits.rulers)
    if linked is None:
        return (replace(one, stuck=sentence_too_long(body, limits.rulers)),)
    found = []
    for number, text in enumerate(linked.parts, start=1):
        length, limit = limits.tightest(text)
        gone = linked.dropped if number == len(linked.parts) else ()
        part = replace(one, text=text, length=length, limit=limit, dropped=gone)
        found.append(replace(part, part=number, follows=number > 1))
    return tuple(found)


def _long_texts(campaign: Campaign, post: PlannedPost) -> LongTexts:
    return post.long_texts or campaign.long_texts


def wording(campaign: Campaign, post: PlannedPost, account: Account, limits: Limits) -> Wording:
    """Give what a post says on one account in one message.

    The words for this platform, or else the text, always stand there, even if they are too long
    (then the wording is `over`). Everything else comes along by its priority while it fits whole:
    information, link, the organisation's handle there, funder's line, hashtags, translations.
    What the text already says is not said again.
    """
    body = (post.texts.get(account.platform) or post.text).strip()
    wanted = _wanted(campaign, post, account, body)
    kept, dropped = _chosen(Block(0, "text", body), wanted, limits)
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


def _wanted(campaign: Campaign, post: PlannedPost, account: Account, body: str) -> list[Block]:
    """Everything that is to stand beside the text and is not in it, the most important first."""
    extras = _extras(campaign, post, account)
    return [block for block in extras if not _says(body, block.text)]


def _extras(campaign: Campaign, post: PlannedPost, account: Account) -> list[Block]:
    member = campaign.members.get(post.organisation)
    handle = member.handles.get(account.platform, "") if member else ""
    if account.owner == post.organisation or handle == account.handle:
        handle = ""
    link = "" if account.platform in campaign.no_link else post.link.strip()
    extras = [
        Block(20, "information", post.information.strip()),
        Block(30, "link", link),
        Block(31, "handle", handle.strip()),
        Block(40, "funder", campaign.funder.line.strip()),
        Block(50, "hashtags", " ".join(hashtags(campaign))),
    ]
    for number, translation in enumerate(post.translations, start=1):
        extras.append(Block(10 + number, f"translation_{number}", translation.text.strip()))
    return [block for block in extras if block.text]


def _says(body: str, words: str) -> bool:
    """Whether the text already holds these words, and not as a part of others."""
    if words not in body:
        return False
    return re.search(rf"(?<!\w){re.escape(words)}(?![\w/])", body) is not None


def _chosen(
    body: Block, wanted: Sequence[Block], limits: Limits
) -> tuple[list[Block], tuple[str, ...]]:
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
        while part.text and not taken(gap(kept[-1].name, part.name) + part.text):
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


def _joined(blocks: Sequence[Block]) -> str:
    """The blocks in the order of their places."""
    ordered = sorted(blocks)
    text = ordered[0].text
    for before, block in pairwise(ordered):
        text += gap(before.name, block.name) + block.text
    return text
