"""One cell at a time: from what stands in it to a value, and back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from integrado_poster.model import (
    Approvals,
    Cadence,
    Channel,
    Gender,
    Languages,
    LongTexts,
    OnLate,
    People,
    Said,
)
from integrado_poster.plan.spelling import fold, nearest, tidy

Raw = object
"""What a file says in one cell: text, a number, a truth, a date, a time, or (YAML) a list or mapping."""


class Misread(Exception):
    """A value that its column does not understand; becomes a finding where the place is known."""

    def __init__(
        self, rule: str = "PLAN-23", *, meant: str | None = None, day: dt.date | None = None
    ) -> None:
        super().__init__(rule)
        self.rule = rule
        self.meant = meant
        self.day = day  #: What the date says, where it disagrees with its weekday.


# --- Text ----------------------------------------------------------------------------

GUARDED = re.compile("'+[=+\\-@\t\r]")
"""A CSV cell with the apostrophe that keeps spreadsheets from taking it for a formula."""


def shown(raw: Raw) -> str:
    """A raw value as the person who wrote it would recognise it."""
    if isinstance(raw, str):
        return tidy(raw)
    if isinstance(raw, list):
        return ", ".join(map(shown, raw))
    if isinstance(raw, dict):
        return "{" + ", ".join(f"{key}: {shown(value)}" for key, value in raw.items()) + "}"
    return _number(raw) if isinstance(raw, (bool, float)) else _moment(raw)


def _number(raw: bool | float) -> str:
    if isinstance(raw, bool):
        return "ja" if raw else "nein"
    return str(int(raw)) if raw.is_integer() and abs(raw) < 1e15 else repr(raw)


def _moment(raw: Raw) -> str:
    if isinstance(raw, dt.datetime):
        return f"{raw:%d.%m.%Y %H:%M}"
    if isinstance(raw, dt.date):
        return f"{raw:%d.%m.%Y}"
    if isinstance(raw, dt.time):
        return write_time(raw)
    return "" if raw is None else str(raw)


def write_time(time: dt.time) -> str:
    """A time as 10:00; seconds only where there are some."""
    return time.isoformat("auto" if time.second or time.microsecond else "minutes")


def read_text(raw: Raw) -> str:
    """Text, tidied. A number or a date that a spreadsheet made of it is text again."""
    if isinstance(raw, (list, dict)):
        raise Misread
    return shown(raw)


def read_line(raw: Raw) -> str:
    """Text without line breaks."""
    return " ".join(read_text(raw).split("\n"))


# --- Lists ---------------------------------------------------------------------------

_COMMAS = re.compile(r"[,;\n]")
_HASH_GAPS = re.compile(r"[,;\s#]+")


def _list(raw: Raw, split: Callable[[str], list[str]]) -> tuple[str, ...]:
    parts = [read_line(item) for item in raw] if isinstance(raw, list) else split(read_text(raw))
    return tuple(part for part in map(str.strip, parts) if part)


def read_names(raw: Raw) -> tuple[str, ...]:
    """Names separated by commas, semicolons or lines."""
    return _list(raw, _COMMAS.split)


def read_platforms(raw: Raw) -> tuple[str, ...]:
    """Platforms by their names, each once."""
    return tuple(dict.fromkeys(name.casefold() for name in read_names(raw)))


def read_lines(raw: Raw) -> tuple[str, ...]:
    """One per line."""
    return _list(raw, str.splitlines)


def read_rules(raw: Raw) -> tuple[str, ...]:
    """Rules with what becomes of them: "A11Y-05: aus", one per line or between commas."""
    rules: list[Raw] = []
    for item in raw if isinstance(raw, list) else [raw]:
        # YAML takes "A11Y-05: aus" for a mapping.
        pairs = item.items() if isinstance(item, dict) else ()
        rules += [f"{rule}: {read_line(severity)}" for rule, severity in pairs] or [item]
    return tuple(rule for item in rules for rule in read_names(item))


def read_hashtags(raw: Raw) -> tuple[str, ...]:
    """Hashtags without the sign, separated by commas or blanks; an item of a list is one hashtag."""
    if isinstance(raw, list):
        return tuple(tag for item in raw if (tag := _one_hashtag(read_line(item))))
    return tuple(tag for tag in _HASH_GAPS.split(read_text(raw)) if tag)


def _one_hashtag(written: str) -> str:
    """Make one of several words: "clean water" is CleanWater; what was written in one word stays as it is."""
    words = [word for word in _HASH_GAPS.split(written) if word]
    if len(words) < 2:
        return "".join(words)
    return "".join(word[:1].upper() + word[1:] for word in words)


# --- Choices -------------------------------------------------------------------------


class Truth(StrEnum):
    """Yes or no, as people choose it from a list."""

    YES = "yes"
    NO = "no"


_CHOICES: Mapping[type[StrEnum], Mapping[str, tuple[Said, str]]] = {
    Channel: {
        Channel.YES: (Said("ja", "yes"), "ja yes y j x true wahr"),
        Channel.NO: (Said("nein", "no"), "nein no n false falsch"),
        Channel.BY_HAND: (Said("von Hand", "by hand"), "vonhand byhand hand manuell manual"),
    },
    Truth: {
        Truth.YES: (Said("ja", "yes"), "ja yes y j x true wahr"),
        Truth.NO: (Said("nein", "no"), "nein no n false falsch"),
    },
    People: {
        People.NO: (Said("nein", "no"), "nein no n niemand keine nobody none false falsch"),
        People.YES: (Said("ja", "yes"), "ja yes y j x true wahr erwachsene adults"),
        People.CHILDREN: (Said("Kinder", "children"), "kinder kind children child"),
    },
    Gender: {
        Gender.STAR: (Said("Stern", "asterisk"), "stern sternchen genderstern star asterisk"),
        Gender.COLON: (Said("Doppelpunkt", "colon"), "doppelpunkt colon"),
        Gender.WORDS: (
            Said("beide Formen oder neutral", "both forms or neutral"),
            "beideformenoderneutral beideformen beidnennung neutral bothformsorneutral bothforms words",
        ),
        Gender.ANY: (Said("egal", "any"), "egal alle any"),
    },
    Approvals: {
        Approvals.NONE: (Said("nein", "no"), "nein no none keine ohne"),
        Approvals.MEMBER: (
            Said("durch den Träger", "by the organisation"),
            "durchdentraeger traeger ja yes member bytheorganisation organisation mitglied",
        ),
    },
    LongTexts: {
        LongTexts.SHORTEN: (
            Said("kürzen lassen", "ask to shorten"),
            "kuerzenlassen kuerzen shorten asktoshorten nein no",
        ),
        LongTexts.CHAIN: (
            Said("als Kette", "as a chain"),
            "alskette kette chain asachain thread alsthread asathread",
        ),
    },
    Languages: {
        Languages.TOGETHER: (Said("zusammen", "together"), "zusammen gemeinsam together"),
        Languages.APART: (
            Said("einzeln", "apart"),
            "einzeln getrennt apart separate separately",
        ),
    },
    OnLate: {
        OnLate.ASK: (Said("fragen", "ask"), "fragen frage nachfragen ask"),
        OnLate.POST: (Said("senden", "post"), "senden send post posten"),
        OnLate.SKIP: (Said("auslassen", "skip"), "auslassen ueberspringen skip"),
    },
    Cadence: {
        Cadence.ONE_PER_DAY: (
            Said("jeden Tag ein anderer Träger", "one organisation per day"),
            "jedentageinanderertraeger eintraegerprotag oneorganisationperday",
        ),
        Cadence.EVERY_DAILY: (
            Said("jeder Träger jeden Tag", "every organisation daily"),
            "jedertraegerjedentag jedertraegertaeglich alletraegertaeglich everyorganisationdaily",
        ),
    },
}

Choice = TypeVar("Choice", bound=StrEnum)


def read_choice(kind: type[Choice]) -> Callable[[Raw], Choice]:
    """A reader for one of a few words, German or English."""
    known = {
        fold(word): value for value, (_, words) in _CHOICES[kind].items() for word in words.split()
    }

    def read(raw: Raw) -> Choice:
        value = known.get(fold(shown(raw)))
        if value is None:
            raise Misread(
                meant=nearest(shown(raw), (said.de for said, _ in _CHOICES[kind].values()))
            )
        return kind(value)

    return read


_read_truth = read_choice(Truth)


def read_truth(raw: Raw) -> bool:
    """Yes or no."""
    return _read_truth(raw) is Truth.YES


def words(kind: type[StrEnum]) -> tuple[Said, ...]:
    """What can be chosen, in our two languages."""
    return tuple(said for said, _ in _CHOICES[kind].values())


def word(value: StrEnum) -> Said:
    """A choice in our two languages."""
    return _CHOICES[type(value)][value][0]


_LANGUAGES = {
    fold(name): code
    for code, names in {
        "de": "Deutsch German",
        "en": "Englisch English",
        "tr": "Türkisch Turkish Türkçe",
        "ar": "Arabisch Arabic",
        "uk": "Ukrainisch Ukrainian",
        "ru": "Russisch Russian",
        "pl": "Polnisch Polish",
        "fa": "Persisch Farsi Persian",
        "ku": "Kurdisch Kurdish",
        "fr": "Französisch French",
        "he": "Hebräisch Hebrew Iwrit",
        "ro": "Rumänisch Romanian",
        "bg": "Bulgarisch Bulgarian",
        "es": "Spanisch Spanish",
    }.items()
    for name in names.split()
}
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


def read_language(raw: Raw) -> str:
    """A BCP 47 tag, or the language's German or English name."""
    text = read_line(raw)
    if code := _LANGUAGES.get(fold(text)):
        return code
    if not _TAG.fullmatch(text):
        raise Misread(meant=_LANGUAGES.get(nearest(text, _LANGUAGES) or ""))
    first, dash, rest = text.partition("-")
    return first.lower() + dash + rest


# --- Points on a picture ---------------------------------------------------------------

_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%?\s*[,;/x ]\s*(\d{1,3}(?:[.,]\d+)?)\s*%?")


def read_focus(raw: Raw) -> tuple[float, float]:
    """Right and down in percent ("50 % 40 %"), as fractions of the picture."""
    text = " ".join(map(shown, raw)) if isinstance(raw, list) else read_line(raw)
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise Misread
    try:
        right, down = (Decimal(part.replace(",", ".")) / 100 for part in match.groups())
    except InvalidOperation:
        raise Misread from None
    if right > 1 or down > 1:
        raise Misread
    return float(right), float(down)


def write_focus(focus: tuple[float, float]) -> str:
    """A point as "50 % 40 %"."""
    return " ".join(f"{(Decimal(repr(part)) * 100).normalize():f} %" for part in focus)
