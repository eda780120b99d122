"""From a post to its words: the text for each platform, and what stands on its card."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from integrado_poster.contract import Limits
from integrado_poster.model import Account, Campaign, PlannedPost, Translation, Wording

RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "ckb", "dv", "fa", "he", "ku-arab", "ps", "sd", "ug", "ur", "yi"}
)


def direction(language: str) -> str:
    """Give "rtl" for languages written from right to left, else "ltr"; for HTML and for cards."""
    tag = language.lower().replace("_", "-")
    return "rtl" if tag in RIGHT_TO_LEFT or tag.split("-")[0] in RIGHT_TO_LEFT else "ltr"


# --- The text for one account -----------------------------------------------------------


class _Block(NamedTuple):
    """A part of a text: where it is shown, and its name among what was dropped."""

    place: int
    name: str
    text: str


def wording(campaign: Campaign, post: PlannedPost, account: Account, limits: Limits) -> Wording:
    """Give what a post says on one account.

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
        needs = [ruler.measure(text) for ruler in limits.rulers]
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


# --- The words on the card ----------------------------------------------------------------


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
        if said := _framed(frame, part, room, shorten=place in (0, 2)):
            kept.append((place, said))
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
