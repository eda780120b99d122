"""One post as a reader's feed shows it, drawn from the platform's `Limits` alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlsplit

from integrado_poster.model import Picture
from integrado_poster.render import captions, notes, page_words, tones
from integrado_poster.render.shown import Block, Shown, address, folded, tongue

_MARKED = re.compile(r"(?<![\w&/])([#@][\w@.-]*\w)|(https?://[^\s<]+)")
_LINK = re.compile(r"https?://[^\s<]+")
_HASHTAG = re.compile(r"(?<![\w&/])#(\w+)")
_NEW_WORD = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=[^\W_A-Z])(?=[A-ZÄÖÜ])")


def article(parts: Sequence[Shown]) -> Iterator[str]:
    """Give the lines of HTML that show one post with everything worth knowing about it: its message, or its chain."""
    first, our = parts[0], parts[0].our
    yield '<article class="message">'
    yield f"<header><h3>{escape(_title(first))}</h3>"
    if len(parts) == 1:
        yield from _count(first)
        yield "</header>"
        yield from _seen(first)
    else:
        yield f'<p class="count">{our["chain"].format(len(parts))}</p></header>'
        yield '<ol class="chain">'
        for number, part in enumerate(parts, start=1):
            yield f'<li><header><p class="count">{our["part"].format(number, len(parts))}</p>'
            yield from _count(part)
            yield "</header>"
            yield from _seen(part)
            yield "</li>"
        yield "</ol>"
    yield from notes.about(parts)
    yield from _reading(parts)
    yield "</article>"


def _title(shown: Shown) -> str:
    """The platform, with the language of a post's version that stands alone."""
    platform, language = shown.message.platform.capitalize(), shown.message.language
    if language == shown.post.language:
        return platform
    return f"{platform} · {captions.tongue(language, shown.campaign.language)}"


def _seen(shown: Shown) -> Iterator[str]:
    """What a reader's feed shows."""
    yield '<div class="seen">'
    yield from _head(shown)
    media = list(_pictures(shown)) if shown.message.pictures else list(_link_card(shown))
    text = list(_text(shown))
    yield from [*media, *text] if shown.feed.picture_first else [*text, *media]
    yield "</div>"


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
    seen, hidden = folded(shown)
    yield f'<div class="text"{tongue(shown.message.language)}>'
    yield "".join(_paragraphs(shown, seen))
    if hidden:
        more = f"<summary{tongue(shown.campaign.language)}>{shown.our['more']}</summary>"
        yield f'<details class="rest">{more}'
        yield "".join(_paragraphs(shown, hidden)) + "</details>"
    yield "</div>"


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
    if shown.in_grid:
        yield f'<div class="grid of-{len(pictures)}" style="aspect-ratio:{feed.grid:.3f}">'
        yield from map(_image, pictures)
        yield "</div>"
        return
    for picture in pictures:
        yield _image(picture, feed.tallest if shown.crops(picture) else None)


def _image(picture: Picture, aspect: float | None = None) -> str:
    there, alt = address(picture), escape(picture.alt, quote=True)
    style = f' style="aspect-ratio:{aspect:.3f}"' if aspect else ""
    size = f'width="{picture.width}" height="{picture.height}"'
    return f'<a class="picture" href="{there}"><img src="{there}" {size}{style} alt="{alt}" loading="lazy"></a>'


def _link_card(shown: Shown) -> Iterator[str]:
    """The card that a platform makes of an address; what it says there only that page knows."""
    link = _LINK.search(shown.message.text)
    if link and shown.feed.link_card:
        host = escape(urlsplit(link[0]).hostname or link[0])
        yield f'<div class="link-card"><b>{host}</b><p>{shown.our["link card"]}</p></div>'


# --- What is worth knowing ---------------------------------------------------------------


def _reading(parts: Sequence[Shown]) -> Iterator[str]:
    """Everything in the order in which a screen reader says it; on paper only what stands nowhere else."""
    our, account = parts[0].our, parts[0].account
    handle = escape(account.handle or account.key)
    yield f'<details class="reading"><summary>{our["reading"]}</summary><dl>'
    yield f'<dt class="again">{our["profile"]}</dt><dd class="again" dir="auto">{handle}</dd>'
    for number, part in enumerate(parts, start=1):
        label = our["part"].format(number, len(parts)) + ", " if len(parts) > 1 else ""
        said, alts = list(_words_said(part, label + our["text"])), list(_alts_said(part))
        yield from [*alts, *said] if part.feed.picture_first else [*said, *alts]
    yield "</dl></details>"


def _words_said(shown: Shown, name: str) -> Iterator[str]:
    our = shown.our
    seen, hidden = folded(shown)
    term = '<dt class="again">{}</dt>'.format
    yield term(name) + _spoken(shown, seen)
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
