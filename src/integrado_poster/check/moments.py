"""TIME: when posts go out, and what their texts say about days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from integrado_poster.check.case import Case, Seen, Text, zone
from integrado_poster.check.rule import WEEKDAYS, Fact, Rule
from integrado_poster.check.text import hashtags
from integrado_poster.model import Finding, Said, Severity

PAST = Rule(
    id="PLAN-08",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="{dt} ist schon vorbei. Wählen Sie einen Zeitpunkt in der Zukunft.",
    en="{dt} is in the past. Choose a moment in the future.",
)
SKIPPED = Rule(
    id="PLAN-09",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="{dt} gibt es wegen der Zeitumstellung nicht. Nehmen Sie eine Stunde später.",
    en="{dt} is skipped by the clock change. Take one hour later.",
)
TWICE = Rule(
    id="PLAN-10",
    severity=Severity.WARNING,
    de="{dt} gibt es wegen der Zeitumstellung zweimal. Wir nehmen das erste Mal.",
    en="{dt} occurs twice because of the clock change. We take the first.",
)
UNUSUAL_HOUR = Rule(
    id="TIME-01",
    severity=Severity.HINT,
    de="{t} Uhr ist ungewöhnlich. Ist das gewollt?",
    en="{t} is an unusual hour. Is that intended?",
)
HOLIDAY = Rule(
    id="TIME-02",
    severity=Severity.HINT,
    de="Am {d} ist Feiertag: {name}.",
    en="{d} is a public holiday: {name}.",
)
WRONG_WEEKDAY = Rule(
    id="TIME-03",
    severity=Severity.WARNING,
    de="Im Text steht „{v}“. Der {d} ist aber ein {wd}. Was stimmt?",
    en="The text says “{v}”, but {d} is a {wd}. Which is right?",
)
NO_POST_DAY = Rule(
    id="TIME-04",
    severity=Severity.WARNING,
    de="Am {d} ist {name}. {org} möchte dann nicht posten. Nehmen Sie einen anderen Tag.",
    en="{d} is {name}. {org} does not want to post then. Choose another day.",
)
EVENT_OVER = Rule(
    id="TIME-05",
    severity=Severity.WARNING,
    de="Im Text steht „{v}“. Der Beitrag erscheint erst danach, am {d}. Ist das gewollt?",
    en="The text says “{v}”. The post appears only after that, on {d}. Is that intended?",
)
OTHER_YEAR = Rule(
    id="TIME-06",
    severity=Severity.WARNING,
    de="„#{v}“ passt nicht zum Jahr {y}. Verbessern Sie den Hashtag.",
    en="“#{v}” does not match the year {y}. Correct the hashtag.",
)
NO_POST_DAY_UNKNOWN = Rule(
    id="TIME-08",
    severity=Severity.WARNING,
    de="{org}: „{v}“ kennen wir als Tag ohne Beitrag nicht. Schreiben Sie zum Beispiel Sabbat, "
    "Jüdische Feiertage, Feiertage, Sonntag oder 24.12.",
    en="{org}: we do not know “{v}” as a day without a post. Write for example Sabbath, "
    "Jewish holidays, holidays, Sunday or 24.12.",
)

DEADLINE = Rule(
    id="TIME-09",
    severity=Severity.ERROR,
    de="Spätestens {t} Uhr ist nicht nach {dt}. So ginge der Beitrag nie von selbst hinaus.",
    en="The deadline {t} is not after {dt}. The post would never go out by itself.",
)

_MONTHS = dict(
    zip(
        ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"),
        range(1, 13),
        strict=True,
    )
)
# A month in figures needs its full stop: "Do 10.12" may be a time of day.
_DAY_AND_DATE = re.compile(
    r"\b(?P<name>Mo(?:ntag)?|Di(?:enstag)?|Mi(?:ttwoch)?|Do(?:nnerstag)?|Fr(?:eitag)?"
    r"|Sa(?:mstag)?|Sonnabend|So(?:nntag)?)\.?,?\s+(?:(?:den|dem|der)\s+)?"
    r"(?P<day>\d{1,2})\.\s*(?:(?P<month>\d{1,2})\.|(?P<word>Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)\w*\.?)"
    r"(?:\s*(?P<year>\d{4})\b)?"
)
_MAYBE_DATE = re.compile(r"[a-z][.,]?\s(?:de[nmr]\s)?\d{1,2}\.")
_WEEKDAY = {"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6, "sonnabend": 5}
_LOOKING_BACK = re.compile(
    r"\b(?:seit|hat|haben|hatten?|war|waren|wurden?|fand|letzten?|vergangenen?|gestern|ab|vom|von)\b",
    re.IGNORECASE,
)
_YEAR_AT_END = re.compile(r"\D(20\d\d)$")
_SABBATH = {"sabbat", "schabbat", "shabbat", "sabbath", "sabbat und feiertage"}
_JEWISH = {"judische feiertage", "juedische feiertage", "jüdische feiertage", "jewish holidays"}
_PUBLIC = {"feiertage", "feiertag", "gesetzliche feiertage", "public holidays", "holidays"}
_EVENING = dt.time(18)
_JEWISH_DAYS = {  # in the calendar of Israel; how many days they last here
    "Rosh Hashanah": (1, Said("Rosch Haschana", "Rosh Hashanah")),
    "Yom Kippur": (1, Said("Jom Kippur", "Yom Kippur")),
    "Sukkot": (2, Said("Sukkot", "Sukkot")),
    "Simchat Torah / Shemini Atzeret": (2, Said("Simchat Tora", "Simchat Torah")),
    "Pesach": (2, Said("Pessach", "Passover")),
    "Seventh day of Pesach": (2, Said("Pessach", "Passover")),
    "Shavuot": (2, Said("Schawuot", "Shavuot")),
}


def when(case: Case, seen: Seen) -> Iterator[Finding]:
    """The moment itself: still to come, on the clock, and at a usual hour."""
    field = "time" if seen.post.time else "date"
    if seen.at is not None and seen.at < case.now and seen.post.id not in case.settled:
        yield seen.finding(PAST, field, value=f"{seen.wall:%d.%m.%Y %H:%M}", dt=seen.wall)
    local = zone(case.campaign.zone)
    if local is not None:
        first, second = (seen.wall.replace(tzinfo=local, fold=fold) for fold in (0, 1))
        if first.utcoffset() != second.utcoffset():
            back = first.astimezone(dt.UTC).astimezone(local).replace(tzinfo=None)
            rule = TWICE if back == seen.wall else SKIPPED
            yield seen.finding(rule, field, value=f"{seen.wall:%H:%M}", dt=seen.wall)
    clock = seen.wall.time()
    if not dt.time(7) <= clock <= dt.time(21):
        yield seen.finding(UNUSUAL_HOUR, field, value=f"{clock:%H:%M}", t=clock)
    deadline = seen.post.deadline
    if deadline is not None and deadline <= clock:
        yield seen.finding(
            DEADLINE, "deadline", value=f"{deadline:%H:%M}", t=deadline, dt=seen.wall
        )


def holiday(case: Case, seen: Seen) -> Iterator[Finding]:
    """Public holidays in North Rhine-Westphalia, for campaigns on German time."""
    if case.campaign.zone == "Europe/Berlin":
        day = seen.post.date
        if name := _public_holidays(day.year).get(day):
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
                yield case.finding(
                    NO_POST_DAY_UNKNOWN, "no_post_days", value=wish, org=member.short
                )


def days_in_text(case: Case, text: Text) -> Iterator[Finding]:
    """Weekdays that do not fit their date, and events that will be over when the post appears."""
    if text.language[:2] != "de" or not _MAYBE_DATE.search(text.words):
        return
    for match in _DAY_AND_DATE.finditer(text.words):
        written = match["name"].lower()
        weekday = _WEEKDAY.get(written, _WEEKDAY[written[:2]])
        days = _possible_days(match, text.post.date)
        if not days:
            continue
        fitting = [day for day in days if day.weekday() == weekday]
        if not fitting:
            facts: dict[str, Fact] = {"d": days[0], "wd": WEEKDAYS[days[0].weekday()]}
            yield text.finding(WRONG_WEEKDAY, value=match[0], **facts)
        elif fitting[0] < text.post.date and not _looks_back(text.words, match.start()):
            yield text.finding(EVENT_OVER, value=match[0], d=text.post.date)


def hashtag_year(case: Case, text: Text) -> Iterator[Finding]:
    """#IKW2020 in the campaign of 2021 was copied from last year's plan."""
    if "#" in text.words and "20" in text.words:
        for tag in hashtags(text.words):
            year = _YEAR_AT_END.search(tag)
            if year and not _campaign_has(case, int(year[1])):
                yield text.finding(OTHER_YEAR, value=tag, y=text.post.date.year)


def _campaign_has(case: Case, year: int) -> bool:
    return case.campaign.first_day.year <= year <= case.campaign.last_day.year


def _possible_days(match: re.Match[str], posted: dt.date) -> list[dt.date]:
    """The dates that a day and month may mean: in the year given, else around the post's own."""
    month = int(match["month"]) if match["month"] else _MONTHS[match["word"].lower()]
    if match["year"]:
        years = [int(match["year"])]
    else:
        near = {12: [posted.year, posted.year + 1], 1: [posted.year, posted.year - 1]}
        years = near.get(posted.month, [posted.year])
    try:
        return [dt.date(year, month, int(match["day"])) for year in years]
    except ValueError:
        return []


def _looks_back(words: str, start: int) -> bool:
    """Whether the sentence around that place tells of something past, or of a range of days."""
    before = words[:start]
    begin = max(before.rfind(". "), before.rfind("\n"), before.rfind("! "), before.rfind("? "))
    end = words.find("\n", start)
    return _LOOKING_BACK.search(words[begin + 1 : end if end > 0 else start + 120]) is not None


def _kept(wish: str, wall: dt.datetime) -> Said | None:
    """The name of the day that this wish means, if it is that day. Jewish days begin at dusk."""
    wish, day = _plain(wish), wall.date()
    eve = day + dt.timedelta(days=1) if wall.time() >= _EVENING else day
    if wish in _SABBATH and 5 in (day.weekday(), eve.weekday()):
        return Said("Sabbat", "the Sabbath")
    if wish in _JEWISH:
        return _jewish_holidays(day.year).get(day) or _jewish_holidays(eve.year).get(eve)
    if wish in _PUBLIC:
        return _public_holidays(day.year).get(day)
    weekday = WEEKDAYS[day.weekday()]
    if wish in {_plain(weekday.de), _plain(weekday.en), f"{_plain(weekday.de)}s"}:
        return weekday
    return Said(wish, wish) if wish in _spellings(day) else None


def _understood(wish: str) -> bool:
    plain = _plain(wish)
    weekdays = {
        name for day in WEEKDAYS for name in (_plain(day.de), f"{_plain(day.de)}s", _plain(day.en))
    }
    if plain in _SABBATH | _JEWISH | _PUBLIC | weekdays:
        return True
    return re.fullmatch(r"\d{2}\.\d{2}\.(\d{4})?|\d{4}-\d{2}-\d{2}", plain) is not None


def _spellings(day: dt.date) -> set[str]:
    return {f"{day:%d.%m.}", f"{day:%d.%m.%Y}", f"{day:%Y-%m-%d}"}


def _plain(words: str) -> str:
    words = words.strip().lower()
    if any(map(str.isdigit, words)):
        return words
    return " ".join(words.replace("_", " ").replace("-", " ").split())


@lru_cache(maxsize=64)
def _public_holidays(year: int) -> Mapping[dt.date, Said]:
    import holidays

    german, english = (
        holidays.country_holidays("DE", subdiv="NW", years=year, language=language)
        for language in ("de", "en_US")
    )
    return {day: Said(name, english[day]) for day, name in german.items()}


@lru_cache(maxsize=64)
def _jewish_holidays(year: int) -> Mapping[dt.date, Said]:
    """Days without work in the diaspora, where most last one day longer than in Israel."""
    import holidays

    kept: dict[dt.date, Said] = {}
    for day, name in holidays.country_holidays("IL", years=year, language="en_US").items():
        for part in name.split("; "):
            length, said = _JEWISH_DAYS.get(part, (0, Said("", "")))
            for later in range(length):
                kept[day + dt.timedelta(days=later)] = said
    return kept


PER_CAMPAIGN = (wishes,)
PER_POST = (when, holiday, no_post_day)
PER_TEXT = (days_in_text, hashtag_year)
