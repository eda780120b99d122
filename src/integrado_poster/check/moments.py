"""TIME: when posts go out, and what their texts say about days."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from integrado_poster.check.case import Case, Seen, Text
from integrado_poster.check.rule import WEEKDAYS, Rule
from integrado_poster.check.text import hashtags
from integrado_poster.check.triggers import BLANK, FIGURE, WORD
from integrado_poster.model import Finding, Fix, Severity
from integrado_poster.zones import WallTime, wall_time, zone

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
    mends=True,
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
WRONG_WEEKDAY = Rule(
    id="TIME-03",
    severity=Severity.WARNING,
    de="Im Text steht „{v}“. Der {d} ist aber ein {wd}. Was stimmt?",
    en="The text says “{v}”, but {d} is a {wd}. Which is right?",
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

DEADLINE = Rule(
    id="TIME-09",
    severity=Severity.ERROR,
    de="Spätestens {t} Uhr ist nicht nach {dt}. So ginge der Beitrag nie von selbst hinaus.",
    en="The deadline {t} is not after {dt}. The post would never go out by itself.",
)

_MORNING, _EVENING = dt.time(7), dt.time(21)
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
_MAYBE_DATE = (
    rf"(?:Mo|Di|Mi|Do|Fr|Sa|So|[ghd])\.?,?{BLANK}+(?:de[nmr]{BLANK}+)?"
    rf"{FIGURE}{{1,2}}\.{BLANK}*(?:{FIGURE}|[JFMASOND])"
)
_WEEKDAY = {"mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6, "sonnabend": 5}
_LOOKING_BACK = re.compile(
    r"\b(?:seit|hat|haben|hatten?|war|waren|wurden?|fand|letzten?|vergangenen?|gestern|ab|vom|von)\b",
    re.IGNORECASE,
)
_YEAR_AT_END = re.compile(r"\D(20\d\d)$")


def when(case: Case, seen: Seen) -> Iterator[Finding]:
    """The moment itself: still to come, on the clock, and at a usual hour."""
    field = "time" if seen.post.time else "date"
    if seen.at is not None and seen.at < case.now and seen.post.id not in case.settled:
        yield seen.finding(PAST, field, value=f"{seen.wall:%d.%m.%Y %H:%M}", dt=seen.wall)
    yield from _clock_change(case, seen, field)
    clock = seen.wall.time()
    if not _MORNING <= clock <= _EVENING:
        yield seen.finding(UNUSUAL_HOUR, field, value=f"{clock:%H:%M}", t=clock)
    deadline = seen.post.deadline
    if deadline is not None and deadline <= clock:
        yield seen.finding(
            DEADLINE, "deadline", value=f"{deadline:%H:%M}", t=deadline, dt=seen.wall
        )


def _clock_change(case: Case, seen: Seen, field: str) -> Iterator[Finding]:
    """A moment that the clocks skip, or show twice."""
    local = zone(case.campaign.zone)
    times = wall_time(seen.wall, local) if local else WallTime.ONCE
    written = f"{seen.wall:%H:%M}"
    if times is WallTime.TWICE:
        yield seen.finding(TWICE, field, value=written, dt=seen.wall)
    elif times is WallTime.NEVER:
        later = seen.wall + dt.timedelta(hours=1)
        fix = Fix(written, f"{later:%H:%M}") if seen.post.time else None
        yield seen.finding(SKIPPED, field, value=written, dt=seen.wall, fix=fix)


def days_in_text(case: Case, text: Text) -> Iterator[Finding]:
    """Weekdays that do not fit their date, and events that will be over when the post appears."""
    for match in _DAY_AND_DATE.finditer(text.words) if text.language[:2] == "de" else ():
        written = match["name"].lower()
        weekday = _WEEKDAY.get(written, _WEEKDAY[written[:2]])
        days = _possible_days(match, text.post.date)
        if not days:
            continue
        fitting = [day for day in days if day.weekday() == weekday]
        if not fitting:
            day = days[0]
            yield text.finding(WRONG_WEEKDAY, value=match[0], d=day, wd=WEEKDAYS[day.weekday()])
        elif fitting[0] < text.post.date and not _looks_back(text.words, match.start()):
            yield text.finding(EVENT_OVER, value=match[0], d=text.post.date)


def hashtag_year(case: Case, text: Text) -> Iterator[Finding]:
    """#IKW2020 in the campaign of 2021 was copied from last year's plan."""
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


PER_POST = (when,)
PER_TEXT = {hashtag_year: f"#{WORD}*20{FIGURE}{{2}}", days_in_text: _MAYBE_DATE}
