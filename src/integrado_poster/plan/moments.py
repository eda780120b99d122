"""Days, times, spans and time zones as people write them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from integrado_poster.plan.spelling import fold, nearest, tidy
from integrado_poster.plan.values import Misread, Raw, read_line, shown

Day = TypeVar("Day", dt.date, dt.datetime)

_YEARS = range(1990, 2200)  # in which there may be a campaign
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
_WEEKDAYS = ("mo monday", "di tue", "mi wed", "do thu", "fr fri", "sa sat sonnabend", "so sun")
_BEFORE = r"(?:(?!den\b|am\b)(?P<w>[^\W\d]+)\.?,?\s*)?(?:(?:den|am)\s+)?"
_DAY = re.compile(
    _BEFORE + r"(?P<d>\d{1,2})\s*\.\s*(?P<m>\d{1,2})\s*\.\s*(?P<y>\d{4}|\d{2}|)", re.IGNORECASE
)
_ISO_DAY = re.compile(r"(?P<w>)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]00:00(?::00)?)?")
_NAMED_DAY = re.compile(
    _BEFORE + r"(?P<d>\d{1,2})\s*\.?\s*(?P<m>[^\W\d]{3,})\.?,?(?:\s+(?P<y>\d{4}|\d{2}))?",
    re.IGNORECASE,
)
_TWELVE_HOURS = re.compile(
    r"(?P<h>\d{1,2})(?::(?P<m>\d{2})(?::(?P<s>\d{2}))?)?\s*(?P<half>[ap])\.?m\.?", re.IGNORECASE
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
    return _day(match["w"], match["y"], int(month), int(match["d"]))


def read_day(raw: Raw) -> dt.date:
    """A day of a campaign: no year in which only a slip of the finger, or an empty cell's number, puts it.

    Near the ends of the calendar no time zone can be reckoned with either.
    """
    return _ours(read_date(raw))


def _ours(day: Day) -> Day:
    if day.year not in _YEARS:
        raise Misread("PLAN-06")
    return day


class NoYear(Misread):
    """A day without its year, perhaps with a time: the campaign may know it."""

    def __init__(
        self, weekday: str | None, month: int, day: int, clock: dt.time | None = None
    ) -> None:
        super().__init__("PLAN-50")
        self._parts = weekday, month, day
        self._clock = clock

    def at(self, clock: dt.time) -> NoYear:
        """The same day at a time."""
        return NoYear(*self._parts, clock)

    def within(self, first: dt.date, last: dt.date) -> dt.date:
        """The day (or moment) in the one year in which the campaign has it; raises `Misread` if that is not clear."""
        weekday, month, day = self._parts
        years = list(range(first.year, min(last.year, first.year + 1) + 1))
        if len(years) > 1:
            years = [year for year in years if first <= _day(None, str(year), month, day) <= last]
        if len(years) != 1:
            raise Misread("PLAN-50")
        found = _day(weekday, str(years[0]), month, day)
        return found if self._clock is None else dt.datetime.combine(found, self._clock)


def _day(weekday: str | None, year: str | None, month: int, day: int) -> dt.date:
    """The date, unless its parts do not go together; a year of two digits or none is asked about."""
    try:
        date = dt.date(int(year or 2000) + 2000 * (len(year or "") == 2), month, day)
    except ValueError:
        raise Misread("PLAN-06") from None
    if not year:
        raise NoYear(weekday, month, day)
    if len(year) == 2:
        raise Misread("PLAN-50", meant=f"{date:%d.%m.%Y}")
    named = _weekday(weekday) if weekday else date.weekday()
    if named is None:
        raise Misread("PLAN-06")
    if named != date.weekday():
        raise Misread("PLAN-56", day=date)
    return date


def _weekday(written: str) -> int | None:
    """A weekday by its name or the beginning of it: 0 is Monday."""
    folded = fold(written)
    for number, names in enumerate(_WEEKDAYS):
        if any(folded.startswith(name) for name in names.split()):
            return number
    return None


def read_time(raw: Raw) -> dt.time:
    """A time of day, from a real time or from text such as 10:00, 10.00 or 10 Uhr."""
    if isinstance(raw, dt.time):
        return raw
    if isinstance(raw, dt.datetime) and raw.year in (1899, 1900, 1904):
        return raw.time()  # a bare time in a cell that shows a date
    if isinstance(raw, dt.timedelta) and dt.timedelta() <= raw < dt.timedelta(days=1):
        return (dt.datetime(1900, 1, 1) + raw).time()  # noqa: DTZ001 - a wall clock has no zone
    text = tidy(raw) if isinstance(raw, str) else ""
    if twelve := _TWELVE_HOURS.fullmatch(text):
        return _twelve_hours(twelve)
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise Misread("PLAN-07")
    minute, second = match["m"] or match["m2"] or 0, match["s"] or 0
    try:
        return dt.time(
            int(match["h"]), int(minute), int(second), int((match["f"] or "0").ljust(6, "0"))
        )
    except ValueError:
        raise Misread("PLAN-07") from None


_TOGETHER = re.compile(
    r"(.*?[\w.])(?:[T,]\s*|\s+(?:um\s+)?)(\d{1,2}(?:[:.]\d{2}(?::\d{2})?)?(?:\s*(?:uhr|h))?)",
    re.IGNORECASE,
)
_END_OF_DAY = dt.time(23, 59)


def read_moment(raw: Raw) -> dt.datetime:
    """A day with a time of day, by the clock on the wall; a day alone means until its end."""
    return _ours(_moment(raw))


def _moment(raw: Raw) -> dt.datetime:
    if isinstance(raw, dt.datetime):
        whole = raw.replace(second=0, microsecond=0, tzinfo=None)
        return whole if raw.time() != dt.time() else dt.datetime.combine(raw, _END_OF_DAY)
    match = _TOGETHER.fullmatch(tidy(raw)) if isinstance(raw, str) else None
    if match is None:
        return _until_its_end(raw)
    try:
        day = read_date(match[1])
    except NoYear as no_year:
        if match[2].isdecimal():  # a year rather than an hour
            return _until_its_end(raw)
        raise no_year.at(read_time(match[2]).replace(second=0, microsecond=0)) from None
    except Misread as misread:
        if misread.rule == "PLAN-50":
            raise Misread("PLAN-50", meant=f"{misread.meant} {match[2]}") from None
        return _until_its_end(raw)  # "20. 09. 2027" has blanks inside the day
    return dt.datetime.combine(day, read_time(match[2]).replace(second=0, microsecond=0))


def _until_its_end(raw: Raw) -> dt.datetime:
    try:
        return dt.datetime.combine(read_date(raw), _END_OF_DAY)
    except NoYear as no_year:
        raise no_year.at(_END_OF_DAY) from None


def write_moment(moment: dt.datetime) -> str:
    """A moment as "20.09.2027 18:00"."""
    return f"{moment:%d.%m.%Y %H:%M}"


def _twelve_hours(match: re.Match[str]) -> dt.time:
    """10:00 AM, as programs write it that were set up in English."""
    hour = int(match["h"])
    if not 1 <= hour <= 12:
        raise Misread("PLAN-07")
    try:
        afternoon = 12 if match["half"].lower() == "p" else 0
        return dt.time(hour % 12 + afternoon, int(match["m"] or 0), int(match["s"] or 0))
    except ValueError:
        raise Misread("PLAN-07") from None


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
    if match is None or isinstance(raw, (bool, dt.date)) or len(match[1]) > 30:
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
    # Twelve places are far below a microsecond, so the way back rounds to the same span.
    return format(round(hours, 12).normalize(), "f")
