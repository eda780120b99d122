"""What a feed does not tell: what had no room, what was left out, and what a post costs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape

from integrado_poster.contract import Limits
from integrado_poster.model import Campaign, Message, PlannedPost
from integrado_poster.render import page_words, words
from integrado_poster.render.shown import Shown


def about(parts: Sequence[Shown]) -> Iterator[str]:
    """What a feed does not tell: no or cropped pictures, what had no room or is left out, the price."""
    first, our = parts[0], parts[0].our
    pictures = first.message.pictures
    if not pictures:
        yield _note(our["no picture"])
    if first.in_grid or any(map(first.crops, pictures)):
        yield _note(our["cropped"])
    if first.limits is None:
        return
    if dropped := ", ".join(filter(None, (_dropped(part, first.limits) for part in parts))):
        yield _note(our["dropped"].format(dropped))
    yield from _costs(parts, first.limits)


def _note(text: str) -> str:
    return f'<p class="note">{escape(text)}</p>'


def _costs(parts: Sequence[Shown], limits: Limits) -> Iterator[str]:
    """What all parts cost, and what a link costs or saves that is there or left out."""
    first, our, price = parts[0], parts[0].our, limits.price
    linked = sum(price.has_link(part.message.text) for part in parts) if price else 0
    if first.message.platform in first.campaign.no_link and first.post.link and not linked:
        saved = page_words.dollars(our, price.linked - price.post) if price else ""
        yield _note(our["no link saves" if price else "no link"].format(saved))
    if price:
        cost = sum((price.of(part.message) for part in parts), Decimal())
        less = cost - linked * (price.linked - price.post)
        amounts = (page_words.dollars(our, each) for each in (cost, less))
        yield _note(our["cost linked" if linked else "cost"].format(*amounts))


def _dropped(shown: Shown, limits: Limits) -> str:
    """What had no room; "" for a text that the plan would word in another way by now."""
    post, campaign = shown.post, shown.campaign
    worded = words.wordings(campaign, post, shown.account, limits)
    wording = next((one for one in worded if one.part == shown.message.part), worded[0])
    if wording.text != shown.message.text:
        return ""
    some = any(tag in wording.text for tag in words.hashtags(campaign))
    names = [re.sub(r"_(\d+)$", lambda match: _code(post, match), each) for each in wording.dropped]
    return page_words.missing(shown.our, names, some, campaign.language)


def _code(post: PlannedPost, match: re.Match[str]) -> str:
    return ":" + post.translations[int(match[1]) - 1].language


def totals(
    our: page_words.Words,
    campaign: Campaign,
    messages: Sequence[Message],
    limits: Mapping[str, Limits],
) -> Iterator[str]:
    """What posting costs on the platforms that charge for it, and what links cost or would."""
    with_link = {post.id for post in campaign.posts if post.link}
    for platform in sorted({message.platform for message in messages} & set(limits)):
        if (price := limits[platform].price) is None:
            continue
        mine = [message for message in messages if message.platform == platform]
        linked = sum(price.has_link(message.text) for message in mine)
        of_link, cost = price.linked - price.post, sum(map(price.of, mine), Decimal())
        left = sum(not each.follows and each.post in with_link for each in mine)
        saves = left * of_link if platform in campaign.no_link else Decimal()
        amounts = [page_words.dollars(our, each) for each in (cost, cost - linked * of_link, saves)]
        name = "total saved" if saves and not linked else "total" if linked else "total bare"
        yield f"<p>{our[name].format(platform.capitalize(), *amounts)}</p>"
