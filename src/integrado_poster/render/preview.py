"""One message as a reader's feed shows it, drawn from the platform's `Limits` alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import urlsplit

from integrado_poster.contract import Feed, Limits
from integrado_poster.model import Account, Campaign, Message, Picture, PlannedPost
from integrado_poster.render import page_words, tones, words
from integrado_poster.render.page_words import Words

_MARKED = re.compile(r"(?<![\w&/])([#@][\w@.-]*\w)|(https?://[^\s<]+)")
_LINK = re.compile(r"https?://[^\s<]+")
_HASHTAG = re.compile(r"(?<![\w&/])#(\w+)")
_NEW_WORD = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=[^\W_A-Z])(?=[A-ZÄÖÜ])")
_MOST_IN_GRID = 4


class Shown(NamedTuple):
    """What is shown: a post's message on an account of its campaign."""

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


class Block(NamedTuple):
    """A paragraph of a text, and where it starts there."""

    start: int
    text: str
    language: str | None = None  #: A translation's.

    def cut(self, place: int) -> tuple[Block, Block]:
        """The part that stands before a place in the text, and the part after it."""
        here = max(0, place - self.start)
        return self._replace(text=self.text[:here]), self._replace(text=self.text[here:])


def article(shown: Shown) -> Iterator[str]:
    """Give the lines of HTML that show one message with everything worth knowing about it."""
    yield '<article class="message">'
    yield f"<header><h3>{escape(shown.message.platform.capitalize())}</h3>"
    yield from _count(shown)
    yield '</header>\n<div class="seen">'
    yield from _head(shown)
    media = list(_pictures(shown)) if shown.message.pictures else list(_link_card(shown))
    text = list(_text(shown))
    yield from [*media, *text] if shown.feed.picture_first else [*text, *media]
    yield "</div>"
    if not shown.message.pictures:
        yield f'<p class="note">{shown.our["no picture"]}</p>'
    yield from _notes(shown)
    yield from _reading(shown)
    yield "</article>"


def tongue(language: str) -> str:
    """Give the attributes that name a language and its direction."""
    return f' lang="{escape(language, quote=True)}" dir="{words.direction(language)}"'


def address(picture: Picture) -> str:
    """Give where a picture lies, seen from the page."""
    return f"pictures/{picture.sha256[:20]}.jpg"


# --- Above the text ------------------------------------------------------------------


def _count(shown: Shown) -> Iterator[str]:
    """How much of its room a text takes, in numbers and as a bar."""
    if shown.limits is None:
        return
    length, limit = shown.limits.tightest(shown.message.text)
    part = min(100, round(100 * length / limit))
    said, most = (page_words.number(shown.our, each) for each in (length, limit))
    yield f'<p class="count">{shown.our["count"].format(f"<b>{said}</b>", most)}</p>'
    full = ' class="full"' if part > 95 else ""
    yield f'<div class="bar" aria-hidden="true"><i{full} style="inline-size:{part}%"></i></div>'


def _head(shown: Shown) -> Iterator[str]:
    """Whose post it is, as a feed says it."""
    owner = shown.campaign.members.get(shown.account.owner or "")
    name = owner.name if owner else ""
    handle = shown.account.handle or shown.account.key
    tone = tones.tones(owner.colour) if owner else {"colour": "", "on-colour": ""}
    style = f' style="background:{tone["colour"]};color:{tone["on-colour"]}"' if owner else ""
    letter = next(filter(str.isalnum, name or handle), "•").upper()
    yield f'<p class="who"><span class="face"{style} aria-hidden="true">{escape(letter)}</span>'
    yield f'<span><b dir="auto">{escape(name)}</b>' if name else "<span>"
    # Nothing but these may break: "@integrado@social.exam-ple".
    parts = re.sub(r"(?<=.)[@.]", r"<wbr>\g<0>", escape(handle))
    yield f'<span class="handle" dir="auto">{parts}</span></span></p>'


# --- Text ------------------------------------------------------------------------------


def _text(shown: Shown) -> Iterator[str]:
    seen, hidden = _folded(shown)
    yield f'<div class="text"{tongue(shown.message.language)}>'
    yield "".join(_paragraphs(shown, seen))
    if hidden:
        more = f"<summary{tongue(shown.campaign.language)}>{shown.our['more']}</summary>"
        yield f'<details class="rest">{more}'
        yield "".join(_paragraphs(shown, hidden)) + "</details>"
    yield "</div>"


def _folded(shown: Shown) -> tuple[list[Block], list[Block]]:
    """The paragraphs that one sees at once, and those that one has to ask for."""
    text, fold = shown.message.text, shown.limits.fold if shown.limits else None
    found = list(_blocks(shown.post, text))
    if fold is None or len(text) <= fold:
        return found, []
    place = max(text.rfind(" ", 0, fold + 1), text.rfind("\n", 0, fold + 1))
    cuts = [block.cut(place if place > 0 else fold) for block in found]
    return [one for one, _ in cuts if one.text], [other for _, other in cuts if other.text]


def _blocks(post: PlannedPost, text: str) -> Iterator[Block]:
    """The text's paragraphs; a translation is one and knows its language."""
    translations = {each.text.strip(): each.language for each in post.translations}
    known = "|".join(re.escape(text) for text in translations if text)
    start = 0
    for part in re.split(f"({known})", text) if known else [text]:
        if part in translations:
            yield Block(start, part, translations[part])
        else:
            for match in re.finditer(r"\S.*?(?=\s*(?:\n\n|\Z))", part, re.DOTALL):
                yield Block(start + match.start(), match[0])
        start += len(part)


def _paragraphs(shown: Shown, blocks: Sequence[Block]) -> Iterator[str]:
    """A translation says its language, everything finds its direction."""
    clickable = shown.limits is None or shown.limits.links
    for block in blocks:
        marked = _MARKED.sub(
            lambda match: f"<b>{match[0]}</b>" if match[1] or clickable else match[0],
            escape(block.text.strip()),
        )
        spoken = tongue(block.language) if block.language else ' dir="auto"'
        yield f"<p{spoken}>{marked}</p>"


# --- Pictures --------------------------------------------------------------------------


def _pictures(shown: Shown) -> Iterator[str]:
    pictures, feed = shown.message.pictures, shown.feed
    if feed.grid and 1 < len(pictures) <= _MOST_IN_GRID:
        yield f'<div class="grid of-{len(pictures)}" style="aspect-ratio:{feed.grid:.3f}">'
        yield from map(_image, pictures)
        yield "</div>"
        return
    for picture in pictures:
        yield _image(picture, feed.tallest if _is_cropped(picture, feed) else None)


def _image(picture: Picture, aspect: float | None = None) -> str:
    there, alt = address(picture), escape(picture.alt, quote=True)
    style = f' style="aspect-ratio:{aspect:.3f}"' if aspect else ""
    size = f'width="{picture.width}" height="{picture.height}"'
    return f'<a class="picture" href="{there}"><img src="{there}" {size}{style} alt="{alt}" loading="lazy"></a>'


def _is_cropped(picture: Picture, feed: Feed) -> bool:
    # Half a pixel of rounding is no crop.
    return bool(feed.tallest) and picture.width + 0.5 < picture.height * (feed.tallest or 0)


def _link_card(shown: Shown) -> Iterator[str]:
    """The card that a platform makes of an address; what it says there only that page knows."""
    link = _LINK.search(shown.message.text)
    if link and shown.feed.link_card:
        host = escape(urlsplit(link[0]).hostname or link[0])
        yield f'<div class="link-card"><b>{host}</b><p>{shown.our["link card"]}</p></div>'


# --- What is worth knowing ---------------------------------------------------------------


def _notes(shown: Shown) -> Iterator[str]:
    """What a feed does not tell: cropped pictures, what had no room, the price."""
    our, message = shown.our, shown.message
    several = shown.feed.grid and 1 < len(message.pictures) <= _MOST_IN_GRID
    if several or any(_is_cropped(picture, shown.feed) for picture in message.pictures):
        yield f'<p class="note">{our["cropped"]}</p>'
    if shown.limits is None:
        return
    if dropped := _dropped(shown, shown.limits):
        yield f'<p class="note">{escape(our["dropped"].format(dropped))}</p>'
    if price := shown.limits.price:
        cost, saved = price.of(message), price.linked - price.post
        linked = price.has_link(message.text)
        said = our["cost linked" if linked else "cost"]
        amounts = (page_words.dollars(our, each) for each in (cost, cost - saved))
        yield f'<p class="note">{said.format(*amounts)}</p>'


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


def _reading(shown: Shown) -> Iterator[str]:
    """Everything in the order in which a screen reader says it; on paper only what stands nowhere else."""
    our = shown.our
    words_said = list(_words_said(shown))
    alts = list(_alts_said(shown))
    body = [*alts, *words_said] if shown.feed.picture_first else [*words_said, *alts]
    handle = escape(shown.account.handle or shown.account.key)
    yield f'<details class="reading"><summary>{our["reading"]}</summary><dl>'
    yield f'<dt class="again">{our["profile"]}</dt><dd class="again" dir="auto">{handle}</dd>'
    yield from body
    yield "</dl></details>"


def _words_said(shown: Shown) -> Iterator[str]:
    our = shown.our
    seen, hidden = _folded(shown)
    term = '<dt class="again">{}</dt>'.format
    yield term(our["text"]) + _spoken(shown, seen)
    if hidden:
        yield f'{term(our["button"])}<dd class="again">{our["more"].strip("… ")}</dd>'
        yield term(our["text"]) + _spoken(shown, hidden)


def _spoken(shown: Shown, blocks: Sequence[Block]) -> str:
    """Paragraphs in the way they sound: a hashtag in as many words as its capitals make."""
    spoken = ""
    for block in blocks:
        text = _HASHTAG.sub(lambda match: "# " + _NEW_WORD.sub(" ", match[1]), block.text)
        language = block.language or shown.message.language
        spoken += f'<dd class="again"{tongue(language)}>{escape(text.strip())}</dd>'
    return spoken


def _alts_said(shown: Shown) -> Iterator[str]:
    our, pictures = shown.our, shown.message.pictures
    most = shown.limits.alt if shown.limits else None
    for number, picture in enumerate(pictures, start=1):
        length, limit = (page_words.number(our, each or 0) for each in (len(picture.alt), most))
        what = our["alt limit" if most else "alt"].format(number, len(pictures), length, limit)
        yield f'<dt>{what}</dt><dd dir="auto">{escape(picture.alt) or our["no alt"]}</dd>'
