"""The words on a post's card, and the alt text that says them again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrado_poster.model import Campaign, PlannedPost, Translation
from integrado_poster.render.sentences import sentences
from integrado_poster.render.words import hashtags

if TYPE_CHECKING:
    from babel import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class CardWords:
    """Every word that stands on a post's card."""

    campaign: str
    date: str  #: With its weekday and without the year, in the post's language.
    headline: str
    text: tuple[str, ...]  #: The whole text, in paragraphs.
    lede: tuple[str, ...]  #: As many of its first sentences as are quickly read.
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
        date=_weekday(post),
        headline=_tidy(post.headline) or _first_sentence(post.text),
        text=_lines(post.text),
        lede=_lede(post),
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
    """Give the few words of our own in alt texts, in German or English; where we speak neither, none."""
    return _SAID.get(language.lower().split("-")[0], _SILENT)


_SAID = {
    "de": {
        "headline": "Auf der Karte steht: „{}“",
        "picture": "Im Bild: {}",
        "areas": "Arbeitsfeld: {}",
        "credit": "Bild: {}",
    },
    "en": {
        "headline": "The card says: “{}”",
        "picture": "In the picture: {}",
        "areas": "Area of work: {}",
        "credit": "Picture: {}",
    },
}
_SILENT = dict.fromkeys(_SAID["en"], "{}")


def card_alt(
    campaign: Campaign,
    post: PlannedPost,
    limit: int | None = None,
    *,
    shown: Collection[str] = (),
    without: Collection[str] = (),
) -> str:
    """Give the card's alt text: the words on it and the picture's description, up to `limit` characters.

    `shown` and `without` name what the drawn card reports to show and to leave out; where it says
    nothing, everything counts as shown but the post's text. Without room for all, hashtags and
    funder go first; no sentence is ever cut.
    """
    kept: list[tuple[int, str]] = []
    for place, name, frame, text in _parts(campaign, post):
        if name in without or (name in _ONLY_IF_SHOWN and name not in shown):
            continue
        room = None if limit is None else limit - sum(len(said) + 1 for _, said in kept)
        if part := _fitted(frame, text, room, some=name in _MAY_STOP):
            kept.append((place, part))
    return " ".join(text for _, text in sorted(kept))


_NAMES_ITS_KIND = re.compile(
    r"©|\(c\)|(?:fotos?|fotografie|bild(?:er|nachweis)?|photos?|pictures?|images?|illustration(?:en)?|gra[fp]h?ik"
    r"|zeichnung|gemälde|collage|montage|drawing|painting|graphic|quelle|source|copyright)\b",
    re.IGNORECASE,
)
"""How a credit begins that says itself what it is: "Foto: Muster"."""

_ONLY_IF_SHOWN = ("text", "lede", "kind")
_MAY_STOP = ("photo", "text")  # after any of their sentences


def _parts(campaign: Campaign, post: PlannedPost) -> Iterator[tuple[int, str, str, str]]:
    """By priority: the place in which it is read out, the field's name, its frame, its words."""
    words, our = card_words(campaign, post), said(campaign.language)
    member = campaign.members[post.organisation]
    yield 0, "headline", our["headline"], words.headline
    yield 3, "photo", our["picture"], post.pictures[0].alt if post.pictures else ""
    yield 1, "organisation", "{}", f"{words.organisation}, {day(campaign, post)}"
    yield 6, "information", "{}", " ".join(map(_sentence, words.information))
    yield 5, "lede", "{}", " ".join(words.lede)
    yield 5, "text", "{}", " ".join(map(_sentence, words.text))
    yield 4, "areas", our["areas"], ", ".join(words.areas)
    for number, each in enumerate(words.translations, start=1):
        yield 6 + number, f"translation_{number}", "{}", each.text
    yield 2, "kind", "{}", ", ".join(filter(None, (member.kind, member.focus)))
    yield 50, "campaign", "{}", words.campaign
    yield 51, "funder", "{}", words.funder
    named = _NAMES_ITS_KIND.match(words.credit)
    yield 52, "photo", "{}" if named else our["credit"], words.credit
    yield 53, "hashtags", "{}", " ".join(words.hashtags)


def _fitted(frame: str, text: str, room: int | None, *, some: bool) -> str:
    """The text in its frame; with `some`, as many of its first sentences as there is room for."""
    said = [_sentence(each) for each in sentences(text)]
    while said:
        part = _sentence(frame.format(" ".join(said) if len(said) > 1 else _bare(frame, said[0])))
        if room is None or len(part) <= room:
            return part
        said = said[:-1] if some else []
    return ""


def _bare(frame: str, sentence: str) -> str:
    """A sentence without its full stop where a frame goes on after it."""
    return sentence.removesuffix(".") if not frame.endswith("{}") else sentence


def within(text: str, limit: int | None) -> str:
    """Give a picture's alt text with as many whole sentences as the limit has room for.

    Only a first sentence that is too long alone is cut after a word: something must be said.
    """
    line = _tidy(text)
    if limit is None or len(line) <= limit:
        return line
    return _fitted("{}", text, limit, some=True) or _shortened(line, limit)


def day(campaign: Campaign, post: PlannedPost, style: str = "full") -> str:
    """Give the post's day in the campaign's language: "Sonntag, 26. September 2021".

    `style` is one of Babel's, or a pattern.
    """
    from babel.dates import format_date

    return format_date(post.date, style, locale=_locale(campaign.language))


def tongue(code: str, language: str) -> str:
    """Give a language's name in another one: "Arabisch"; its code if nobody knows it."""
    return str(_locale(language).languages.get(code.lower().split("-")[0], code))


def _weekday(post: PlannedPost) -> str:
    """The post's day in its own language, without the year: "Sonntag, 26. September"."""
    from babel.dates import format_date

    locale = _locale(post.language)
    known = locale.datetime_skeletons
    pattern = (known.get("MMMMEd") or known["MMMEd"]).pattern
    # The same order of words, but none of them shortened.
    pattern = re.sub(r"(?<![E'])E{1,3}(?!E)|ccc", "EEEE", pattern)
    return format_date(post.date, re.sub(r"(?<!M)M{1,3}(?!M)", "MMMM", pattern), locale=locale)


def _locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse("ckb" if language.lower() == "ku-arab" else language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


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
    return next(iter(sentences(text)), "")


LEDE = 115  # characters: three lines below a headline, read in five seconds


def _lede(post: PlannedPost) -> tuple[str, ...]:
    """The first sentences of the text, none of them twice on the card."""
    said, length = [], 0
    for sentence in sentences(post.text)[0 if _tidy(post.headline) else 1 :]:
        length += len(sentence) + 1
        if length > LEDE:
            break
        said.append(sentence)
    return (" ".join(said),) if said else ()


def _shortened(text: str, room: int) -> str:
    """As many whole words as there is room for, and a sign that there were more."""
    line = _tidy(text)[: max(0, room - 1)]
    return line.rsplit(" ", 1)[0].rstrip(" ,;:–-") + " …" if " " in line else ""


def script(language: str) -> str:
    """Give "latin", or "other" for languages whose letters need more room above and below."""
    tag = language.lower().split("-")
    other = {
        "am",
        "ar",
        "bn",
        "ckb",
        "fa",
        "gu",
        "he",
        "hi",
        "km",
        "lo",
        "ml",
        "my",
        "ps",
        "ta",
        "te",
        "th",
        "ti",
        "ur",
    }
    return "other" if tag[0] in other or "arab" in tag else "latin"
