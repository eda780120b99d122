"""TIME, the days: public holidays, and the days on which a member does not want to post."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from integrado_poster.check.case import Case, Seen
from integrado_poster.check.rule import WEEKDAYS, Rule
from integrado_poster.model import Finding, Said, Severity

HOLIDAY = Rule(
    id="TIME-02",
    severity=Severity.HINT,
    de="Am {d} ist Feiertag: {name}.",
    en="{d} is a public holiday: {name}.",
)
NO_POST_DAY = Rule(
    id="TIME-04",
    severity=Severity.WARNING,
    de="Am {d} ist {name}. {org} möchte dann nicht posten. Nehmen Sie einen anderen Tag.",
    en="{d} is {name}. {org} does not want to post then. Choose another day.",
)
NO_POST_DAY_UNKNOWN = Rule(
    id="TIME-08",
    severity=Severity.WARNING,
    de="{org}: „{v}“ kennen wir als Tag ohne Beitrag nicht. Schreiben Sie zum Beispiel Sabbat, "
    "Jüdische Feiertage, Muslimische Feiertage, Feiertage, Sonntag oder 24.12.",
    en="{org}: we do not know “{v}” as a day without a post. Write for example Sabbath, "
    "Jewish holidays, Muslim holidays, holidays, Sunday or 24.12.",
)

Days = Mapping[dt.date, Said]

_SABBATH = {"sabbat", "schabbat", "shabbat", "sabbath", "sabbat und feiertage"}
_SABBATH_SAID = Said("Sabbat", "the Sabbath")
_JEWISH = {"judische feiertage", "juedische feiertage", "jüdische feiertage", "jewish holidays"}
_MUSLIM = {
    *("muslimische feiertage", "islamische feiertage", "muslim holidays", "islamic holidays"),
}
_PUBLIC = {"feiertage", "feiertag", "gesetzliche feiertage", "public holidays", "holidays"}
_EVENING = dt.time(18)
_ANY_YEAR = 2027  # holidays keep their names
_JEWISH_DAYS = {  # in the calendar of Israel; how many days they last here
    "Rosh Hashanah": (1, Said("Rosch Haschana", "Rosh Hashanah")),
    "Yom Kippur": (1, Said("Jom Kippur", "Yom Kippur")),
    "Sukkot": (2, Said("Sukkot", "Sukkot")),
    "Simchat Torah / Shemini Atzeret": (2, Said("Simchat Tora", "Simchat Torah")),
    "Pesach": (2, Said("Pessach", "Passover")),
    "Seventh day of Pesach": (2, Said("Pessach", "Passover")),
    "Shavuot": (2, Said("Schawuot", "Shavuot")),
}
_MUSLIM_DAYS = {  # in the calendar of Turkey, which most mosques in Germany follow
    "Eid al-Fitr": (1, Said("Ramadanfest", "Eid al-Fitr")),
    "Eid al-Adha": (1, Said("Opferfest", "Eid al-Adha")),
}


def holiday(case: Case, seen: Seen) -> Iterator[Finding]:
    """Public holidays in North Rhine-Westphalia, for campaigns on German time."""
    if case.campaign.zone == "Europe/Berlin":
        day = seen.post.date
        if name := _public(day.year).get(day):
            yield seen.finding(HOLIDAY, "date", value=str(day), d=day, name=name)


def no_post_day(case: Case, seen: Seen) -> Iterator[Finding]:
    """Days on which a member has asked not to post."""
    member = case.campaign.members.get(seen.post.organisation)
    for wish in member.no_post_days if member else ():
        if member and (name := _kept(wish, seen.wall)):
            day = seen.post.date
            yield seen.finding(
                NO_POST_DAY, "date", value=str(day), d=day, name=name, org=member.short
            )


def wishes(case: Case) -> Iterator[Finding]:
    """A wish that we do not understand would silently be ignored."""
    for member in case.campaign.organisations:
        for wish in member.no_post_days:
            if not _understood(wish):
                field = f"organisations.{member.key}.no_post_days"
                yield case.finding(NO_POST_DAY_UNKNOWN, field, value=wish, org=member.short)


def _kept(wish: str, wall: dt.datetime) -> Said | None:
    """The name of the day that this wish means, if it is that day. Days of faith begin at dusk."""
    wish, day = _plain(wish), wall.date()
    eve = day + dt.timedelta(days=1) if wall.time() >= _EVENING else day
    if wish in _SABBATH:
        return _SABBATH_SAID if 5 in (day.weekday(), eve.weekday()) else None
    if wish in _PUBLIC:
        return _public(day.year).get(day)
    for names, calendar in ((_JEWISH, _jewish), (_MUSLIM, _muslim)):
        kept = calendar(day.year).get(day) or calendar(eve.year).get(eve)
        if kept and (wish in names or wish in map(_plain, kept)):
            return kept
    weekday = WEEKDAYS[day.weekday()]
    if wish in {_plain(weekday.de), _plain(weekday.en), f"{_plain(weekday.de)}s"}:
        return weekday
    if (public := _public(day.year).get(day)) and wish in map(_plain, public):
        return public
    return Said(wish, wish) if wish[:1].isdigit() and wish in _spellings(day) else None


def _understood(wish: str) -> bool:
    plain = _plain(wish)
    weekdays = {
        name for day in WEEKDAYS for name in (_plain(day.de), f"{_plain(day.de)}s", _plain(day.en))
    }
    return (
        plain in _SABBATH | _JEWISH | _MUSLIM | _PUBLIC | weekdays
        or re.fullmatch(r"\d{2}\.\d{2}\.(\d{4})?|\d{4}-\d{2}-\d{2}", plain) is not None
        or plain in _names()
    )


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    """Every single holiday by its name."""
    calendars = (_public, _jewish, _muslim)
    every = [said for calendar in calendars for said in calendar(_ANY_YEAR).values()]
    return frozenset(_plain(name) for said in every for name in said)


def _spellings(day: dt.date) -> set[str]:
    return {f"{day:%d.%m.}", f"{day:%d.%m.%Y}", f"{day:%Y-%m-%d}"}


@lru_cache(maxsize=512)
def _plain(words: str) -> str:
    words = words.strip().lower()
    if any(map(str.isdigit, words)):
        return words
    return " ".join(words.replace("_", " ").replace("-", " ").split())


# --- Calendars: all of them from `holidays`, which is kept up to date ---------------------


@lru_cache(maxsize=64)
def _public(year: int) -> Days:
    import holidays

    german, english = (
        holidays.country_holidays("DE", subdiv="NW", years=year, language=language)
        for language in ("de", "en_US")
    )
    return {day: Said(name, english[day]) for day, name in german.items()}


@lru_cache(maxsize=64)
def _jewish(year: int) -> Days:
    """Days without work in the diaspora, where most last one day longer than in Israel."""
    return _of_faith("IL", _JEWISH_DAYS, year)


@lru_cache(maxsize=64)
def _muslim(year: int) -> Days:
    """The two great feasts: three days at the end of Ramadan, four of sacrifice."""
    return _of_faith("TR", _MUSLIM_DAYS, year)


def _of_faith(country: str, lasting: Mapping[str, tuple[int, Said]], year: int) -> Days:
    import holidays

    kept: dict[dt.date, Said] = {}
    found = holidays.country_holidays(country, years=year, language="en_US")
    for day, name in found.items():
        for part in name.split("; "):
            length, said = lasting.get(part.removesuffix(" (estimated)"), (0, Said("", "")))
            for later in range(length):
                kept[day + dt.timedelta(days=later)] = said
    return kept


PER_CAMPAIGN: tuple[Callable[[Case], Iterator[Finding]], ...] = (wishes,)
PER_POST = (holiday, no_post_day)
