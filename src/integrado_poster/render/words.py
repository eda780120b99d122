"""From a post to its text for each platform."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from operator import add, le

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
    kept, dropped, lengths = _chosen(Block(0, "text", body), wanted, limits.rulers)
    length, limit = limits.worst(lengths)
    return Wording(
        account=account.key,
        platform=account.platform,
        text=_joined(kept),
        language=post.language,
        length=length,
        limit=limit,
        dropped=dropped,
    )


def hashtags(campaign: Campaign) -> tuple[str, ...]:
    """Give the campaign's hashtags, each once and with a capital at the start of each word.

    Screen readers read #InterkulturelleWoche as two words and #interkulturellewoche as none.
    """
    line = _hashtags(campaign.hashtags)
    return tuple(line.split(" ")) if line else ()


@lru_cache(maxsize=16)
def _hashtags(tags: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys("#" + _camel(tag) for tag in tags if _camel(tag)))


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
        Block(50, "hashtags", _hashtags(campaign.hashtags)),
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
    body: Block, wanted: Sequence[Block], rulers: Sequence[Ruler]
) -> tuple[list[Block], tuple[str, ...], list[int]]:
    """Which blocks stand beside the body, the names of those that had no room, and how long it all is.

    Every way of counting that we know gives for blocks parted by line ends the sum of theirs: so
    each is counted once, and neither again with every try nor all together at the end.
    """
    kept, dropped = [body], []
    measures = tuple([ruler.measure for ruler in rulers])
    most = [ruler.limit for ruler in rulers]
    lengths = [measure(body.text) for measure in measures]
    for block in wanted:
        before = gap(kept[-1].name, block.name)
        for text in _shorter(block.text) if block.name == "hashtags" else (block.text,):
            longer = [*map(add, lengths, _lengths(measures, before + text))]
            if all(map(le, longer, most)):
                kept.append(block if text == block.text else block._replace(text=text))
                lengths = longer
                break
        if kept[-1].text != block.text:
            dropped.append(block.name)
    return kept, tuple(dropped), lengths


@lru_cache(maxsize=16)
def _shorter(hashtags: str) -> Sequence[str]:
    """Of the hashtags some may stay, the first ones; anything else stays whole or goes."""
    tags = hashtags.split(" ")
    return tuple(" ".join(tags[:number]) for number in range(len(tags), 0, -1))


@lru_cache(maxsize=4096)  # the funder's line and the hashtags stand under every post
def _lengths(measures: Sequence[Callable[[str], int]], text: str) -> Sequence[int]:
    return tuple([measure(text) for measure in measures])


def _joined(blocks: Sequence[Block]) -> str:
    """The blocks in the order of their places."""
    if len(blocks) == 1:
        return blocks[0].text
    ordered = sorted(blocks)
    parts = [ordered[0].text]
    for before, block in pairwise(ordered):
        parts += gap(before.name, block.name), block.text
    return "".join(parts)
