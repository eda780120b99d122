"""The words on a post's card, and the alt text that says them again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from integrado_poster.model import Campaign, PlannedPost, Translation
from integrado_poster.render.words import hashtags


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """Every word that stands on a post's card."""

    campaign: str
    date: str  #: With its weekday, in the campaign's language.
    headline: str
    organisation: str
    monogram: str
    areas: tuple[str, ...]
    information: tuple[str, ...]
    translations: tuple[Translation, ...]
    hashtags: tuple[str, ...]
    funder: str
    credit: str


def card_words(campaign: Campaign, post: PlannedPost) -> CardWords:
    """Give the words for a post's card, whatever its shape."""
    member = campaign.members[post.organisation]
    names = {area.key: area.name for area in campaign.areas}
    picture = post.pictures[0] if post.pictures else None
    return CardWords(
        campaign=campaign.name,
        date=day(campaign, post),
        headline=_tidy(post.headline) or _first_sentence(post.text),
        organisation=_tidy(member.name),
        monogram=member.monogram or member.short[:3].upper(),
        areas=tuple(names.get(key, key) for key in post.areas),
        information=_lines(post.information),
        translations=post.translations,
        hashtags=hashtags(campaign),
        funder=_tidy(campaign.funder.long_line or campaign.funder.line),
        credit=_tidy(picture.credit) if picture else "",
    )


def said(language: str) -> Mapping[str, str]:
    """Give the few words of our own on cards and in alt texts, in German or else in English."""
    return _SAID["de" if language.lower().split("-")[0] == "de" else "en"]


_SAID = {
    "de": {
        "information": "Gut zu wissen",
        "headline": "Auf der Karte steht: „{}“",
        "picture": "Im Bild: {}",
        "areas": "Arbeitsfeld: {}",
        "credit": "Bild: {}",
    },
    "en": {
        "information": "Good to know",
        "headline": "The card says: “{}”",
        "picture": "In the picture: {}",
        "areas": "Area of work: {}",
        "credit": "Picture: {}",
    },
}


def card_alt(campaign: Campaign, post: PlannedPost, limit: int | None = None) -> str:
    """Give the card's alt text: the words on it and the picture's description, up to `limit` characters.

    Without room for all, hashtags and funder go first; no word is ever cut.
    """
    words, our = card_words(campaign, post), said(campaign.language)
    picture = post.pictures[0].alt.strip() if post.pictures else ""
    # By priority; the number is the place in which it is read out.
    parts = [
        (0, our["headline"], words.headline),
        (2, our["picture"], picture),
        (1, "{}", f"{words.organisation}, {words.date}"),
        (4, "{}", " ".join(map(_sentence, words.information))),
        (3, our["areas"], ", ".join(words.areas)),
        *((5 + n, "{}", each.text) for n, each in enumerate(words.translations)),
        (20, "{}", words.campaign),
        (21, "{}", words.funder),
        (22, our["credit"], words.credit),
        (23, "{}", " ".join(words.hashtags)),
    ]
    kept: list[tuple[int, str]] = []
    for place, frame, part in parts:
        room = None if limit is None else limit - sum(len(text) + 1 for _, text in kept)
        if sentence := _framed(frame, part, room, shorten=place in (0, 2)):
            kept.append((place, sentence))
    return " ".join(text for _, text in sorted(kept))


def _framed(frame: str, text: str, room: int | None, *, shorten: bool) -> str:
    """The text in its frame as a sentence; nothing if there is no text or no room for it."""
    line = _tidy(text)
    sentence = _sentence(frame.format(line)) if line else ""
    if room is None or len(sentence) <= room:
        return sentence
    fewer = _shortened(line, room - len(frame.format("")) - 1) if shorten else ""
    return _sentence(frame.format(fewer)) if fewer else ""


def within(text: str, limit: int | None) -> str:
    """Give a picture's alt text with as many whole words as the limit has room for."""
    line = _tidy(text)
    return line if limit is None or len(line) <= limit else _shortened(line, limit)


def day(campaign: Campaign, post: PlannedPost, style: str = "full") -> str:
    """Give the post's day in the campaign's language: "Sonntag, 26. September 2021".

    `style` is one of Babel's, or a pattern.
    """
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        locale = Locale.parse(campaign.language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en", "GB")
    return format_date(post.date, style, locale=locale)


def _tidy(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_tidy, text.splitlines())))


def _sentence(text: str) -> str:
    """The text in one line with an end that a voice can hear; a hashtag keeps its own."""
    line = _tidy(text)
    if not line or line[-1] in ".!?…:؟。" or line.startswith("#"):
        return line
    if line[-1] in '“”»"' and line[-2:-1] in (".", "!", "?", "…"):
        return line
    return line + "."


def _first_sentence(text: str) -> str:
    first = (_lines(text) or ("",))[0]
    return re.split(r"(?<=[.!?])\s", first)[0]


def _shortened(text: str, room: int) -> str:
    """As many whole words as there is room for, and a sign that there were more."""
    line = _tidy(text)[: max(0, room - 1)]
    return line.rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …" if " " in line else ""
