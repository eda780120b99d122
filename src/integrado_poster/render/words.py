"""From a post to its words: the text for each platform, and what stands on its card."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
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
    kept = [_Block(place=0, name="text", text=body)]
    wanted = [block for block in _extras(campaign, post, account) if not _says(body, block)]
    dropped: tuple[str, ...] = ()

    def fits(blocks: list[_Block]) -> bool:
        length, limit = limits.tightest(_joined(blocks))
        return length <= limit

    if fits(kept + wanted):
        kept += wanted
    else:
        for block in wanted:
            if fits([*kept, block]):
                kept.append(block)
            elif fewer := _fewer_hashtags(block, lambda part: fits([*kept, part])):
                kept.append(fewer)
                dropped += (block.name,)
            else:
                dropped += (block.name,)
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
    tags = ("#" + _camel(tag) for tag in campaign.hashtags if _camel(tag))
    return tuple(dict.fromkeys(tags))


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
        _Block(place=20, name="information", text=post.information),
        _Block(place=30, name="link", text=post.link),
        _Block(place=31, name="handle", text=handle),
        _Block(place=40, name="funder", text=campaign.funder.line),
        _Block(place=50, name="hashtags", text=" ".join(hashtags(campaign))),
    ]
    extras += [
        _Block(place=10 + number, name=f"translation_{number}", text=translation.text)
        for number, translation in enumerate(post.translations, start=1)
    ]
    return [
        _Block(place=block.place, name=block.name, text=block.text.strip())
        for block in extras
        if block.text.strip()
    ]


def _says(body: str, block: _Block) -> bool:
    """Whether the text already holds a block word for word."""
    return re.search(rf"(?<!\w){re.escape(block.text)}(?![\w/])", body) is not None


def _joined(blocks: list[_Block]) -> str:
    """The blocks in the order of their places, parted by blank lines; link and handle stay close."""
    text = ""
    before = 0
    for block in sorted(blocks, key=lambda each: each.place):
        if text:
            text += "\n" if (before, block.place) == (30, 31) else "\n\n"
        text += block.text
        before = block.place
    return text


def _fewer_hashtags(block: _Block, fits: Callable[[_Block], bool]) -> _Block | None:
    """As many of the hashtags as fit, the first ones first; None if none does."""
    if block.name != "hashtags":
        return None
    tags = block.text.split()
    for count in range(len(tags) - 1, 0, -1):
        fewer = _Block(place=block.place, name=block.name, text=" ".join(tags[:count]))
        if fits(fewer):
            return fewer
    return None


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
        date=_date(campaign, post),
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
        (0, our["headline"].format(words.headline)),
        (2, our["picture"].format(picture) if picture else ""),
        (1, f"{words.organisation}, {words.date}"),
        (4, " ".join(map(_sentence, words.information))),
        (3, our["areas"].format(", ".join(words.areas)) if words.areas else ""),
        *((5 + n, _tidy(each.text)) for n, each in enumerate(words.translations)),
        (20, words.campaign),
        (21, words.funder),
        (22, our["credit"].format(words.credit) if words.credit else ""),
        (23, " ".join(words.hashtags)),
    ]
    kept: list[tuple[int, str]] = []
    for place, part in parts:
        sentence = _sentence(part)
        room = None if limit is None else limit - sum(len(text) + 1 for _, text in kept)
        if room is not None and len(sentence) > room:
            sentence = _shortened(part, room) if place in (0, 2) else ""
        if sentence:
            kept.append((place, sentence))
    return " ".join(text for _, text in sorted(kept))


def within(text: str, limit: int | None) -> str:
    """Give a picture's alt text with as many whole words as the limit has room for."""
    line = _tidy(text)
    return line if limit is None or len(line) <= limit else _shortened(line, limit)


def _date(campaign: Campaign, post: PlannedPost) -> str:
    """The post's day as people write it: "Sonntag, 26. September 2021"."""
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        locale = Locale.parse(campaign.language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en", "GB")
    return format_date(post.date, "full", locale=locale)


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
