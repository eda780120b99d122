"""One cell at a time: from what stands in it to a value, and back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from integrado_poster.model import Cadence, Channel, OnLate, Said
from integrado_poster.plan.spelling import fold, nearest, tidy

Raw = object
"""What a file says in one cell: text, a number, a truth, a date, a time, or (YAML) a list or mapping."""


class Misread(Exception):
    """A value that its column does not understand; becomes a finding where the place is known."""

    def __init__(self, rule: str = "PLAN-23", *, meant: str | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.meant = meant


# --- Text ----------------------------------------------------------------------------


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


def read_text(raw: Raw) -> str:
    """Text, tidied. A number or a date that a spreadsheet made of it is text again."""
    if isinstance(raw, (list, dict)):
        raise Misread
    return shown(raw)


def read_line(raw: Raw) -> str:
    """Text without line breaks."""
    return " ".join(read_text(raw).split("\n"))


# --- Dates and times -----------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january jaenner jaen",
            "feb februar february feber",
            "mar maerz march maer mrz",
            "apr april",
            "mai may",
            "jun juni june",
            "jul juli july",
            "aug august",
            "sep sept september",
            "okt oktober oct october",
            "nov november",
            "dez dezember dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_DAY = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?P<d>\d{1,2})\s*\.\s*(?P<m>\d{1,2})\s*\.\s*(?P<y>\d{4}|\d{2})"
)
_ISO_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]00:00(?::00)?)?")
_NAMED_DAY = re.compile(
    r"(?:[^\W\d]+\.?,?\s+)?(?P<d>\d{1,2})\s*\.?\s*(?P<m>[^\W\d]{3,})\.?,?\s+(?P<y>\d{4}|\d{2})"
)
_CLOCK = re.compile(
    r"(?P<h>\d{1,2})(?:\s*[:.]\s*(?P<m>\d{2})(?::(?P<s>\d{2})(?:\.(?P<f>\d{1,6}))?)?"
    r"|\s*(?=uhr|h\b|h\d))\s*(?:(?:uhr|h)\s*(?P<m2>\d{1,2})?)?",
    re.IGNORECASE,
)


def read_date(raw: Raw) -> dt.date:
    """A day, from a real date or from text; a year of two digits is asked about, not guessed."""
    if isinstance(raw, dt.datetime):
        if raw.time() != dt.time():
            raise Misread("PLAN-06")
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    if not isinstance(raw, str):
        raise Misread("PLAN-06")
    text = tidy(raw)
    match = _ISO_DAY.fullmatch(text) or _DAY.fullmatch(text) or _NAMED_DAY.fullmatch(text)
    if match is None:
        raise Misread("PLAN-06")
    month = match["m"] if match["m"].isdecimal() else _MONTHS.get(fold(match["m"]), 0)
    short_year = len(match["y"]) == 2
    try:
        day = dt.date(int(match["y"]) + 2000 * short_year, int(month), int(match["d"]))
    except ValueError:
        raise Misread("PLAN-06") from None
    if short_year:
        raise Misread("PLAN-23", meant=f"{day:%d.%m.%Y}")
    return day


def read_time(raw: Raw) -> dt.time:
    """A time of day, from a real time or from text such as 10:00, 10.00 or 10 Uhr."""
    if isinstance(raw, dt.time):
        return raw
    if isinstance(raw, dt.datetime) and raw.year in (1899, 1900, 1904):
        return raw.time()  # a bare time in a cell that shows a date
    if isinstance(raw, dt.timedelta) and dt.timedelta() <= raw < dt.timedelta(days=1):
        return (dt.datetime(1900, 1, 1) + raw).time()  # noqa: DTZ001 - a wall clock has no zone
    match = _CLOCK.fullmatch(tidy(raw)) if isinstance(raw, str) else None
    if match is None:
        raise Misread("PLAN-07")
    minute, second = match["m"] or match["m2"] or 0, match["s"] or 0
    try:
        return dt.time(
            int(match["h"]), int(minute), int(second), int((match["f"] or "0").ljust(6, "0"))
        )
    except ValueError:
        raise Misread("PLAN-07") from None


def write_time(time: dt.time) -> str:
    """A time as 10:00; seconds only where there are some."""
    return time.isoformat("auto" if time.second or time.microsecond else "minutes")


def read_zone(raw: Raw) -> str:
    """The name of a time zone that exists."""
    text = read_line(raw)
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Misread(meant=nearest(text, available_timezones())) from None


_DURATION = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:h|std\.?|stunden?|hours?)?", re.IGNORECASE)


def read_hours(raw: Raw) -> dt.timedelta:
    """A number of hours: 6, "1,5", "6 Stunden"."""
    match = _DURATION.fullmatch(shown(raw))
    if match is None or isinstance(raw, (bool, dt.date)) or len(match[1]) > 20:
        raise Misread
    return _hours(float(match[1].replace(",", ".")))


def _hours(hours: float) -> dt.timedelta:
    try:
        return dt.timedelta(hours=hours)
    except OverflowError:
        raise Misread from None


def write_hours(span: dt.timedelta) -> str:
    """A span as a number of hours."""
    hours = Decimal(span // dt.timedelta(microseconds=1)) / Decimal(3_600_000_000)
    return format(hours.normalize(), "f")


# --- Lists ---------------------------------------------------------------------------

_COMMAS = re.compile(r"[,;\n]")
_HASH_GAPS = re.compile(r"[,;\s#]+")


def _list(raw: Raw, split: Callable[[str], list[str]]) -> tuple[str, ...]:
    parts = [read_line(item) for item in raw] if isinstance(raw, list) else split(read_text(raw))
    return tuple(part for part in map(str.strip, parts) if part)


def read_names(raw: Raw) -> tuple[str, ...]:
    """Names separated by commas, semicolons or lines."""
    return _list(raw, _COMMAS.split)


def read_lines(raw: Raw) -> tuple[str, ...]:
    """One per line."""
    return _list(raw, str.splitlines)


def read_hashtags(raw: Raw) -> tuple[str, ...]:
    """Hashtags without the sign, separated by commas or blanks."""
    joined = " ".join(map(read_line, raw)) if isinstance(raw, list) else read_text(raw)
    return tuple(tag for tag in _HASH_GAPS.split(joined) if tag)


# --- Choices -------------------------------------------------------------------------

_CHOICES: Mapping[type[StrEnum], Mapping[str, tuple[Said, str]]] = {
    Channel: {
        Channel.YES: (Said("ja", "yes"), "ja yes y j x true wahr"),
        Channel.NO: (Said("nein", "no"), "nein no n false falsch"),
        Channel.BY_HAND: (Said("von Hand", "by hand"), "vonhand byhand hand manuell manual"),
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
