"""PLAN, the calendar: each day its post, each member its day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from integrado_poster.check.case import Case, Seen
from integrado_poster.check.rule import Rule
from integrado_poster.model import Cadence, Finding, Severity

OUTSIDE = Rule(
    id="PLAN-11",
    severity=Severity.WARNING,
    de="{d} liegt außerhalb der Kampagne ({a} bis {b}). Verbessern Sie das Datum oder die Kampagne.",
    en="{d} is outside the campaign ({a} to {b}). Correct the date or the campaign.",
)
SAME_MINUTE = Rule(
    id="PLAN-12",
    severity=Severity.ERROR,
    de="{id1} und {id2} erscheinen gleichzeitig auf {ch}. Lassen Sie eine Viertelstunde dazwischen.",
    en="{id1} and {id2} go out at the same minute on {ch}. Leave a quarter of an hour between them.",
)
DAY_WITHOUT = Rule(
    id="PLAN-13",
    severity=Severity.WARNING,
    de="Am {d} ist kein Beitrag[ von {org}] geplant[, auch an {more} weiteren Tagen nicht]. Fehlt eine Zeile?",
    en="No post[ by {org}] is planned on {d}[, nor on {more} other days]. Is a row missing?",
)
NOT_ONCE = Rule(
    id="PLAN-14",
    severity=Severity.WARNING,
    de="{org} hat {n} Beiträge, üblich ist einer. Stimmt die Spalte „Träger“?",
    en="{org} has {n} posts, one is usual. Is the column “organisation” right?",
)
SEVERAL_A_DAY = Rule(
    id="PLAN-24",
    severity=Severity.WARNING,
    de="Am {d} sind {n} Beiträge[ von {org}] geplant: {ids}. Üblich ist einer: Stimmt das Datum?",
    en="{n} posts[ by {org}] are planned on {d}: {ids}. One is usual: is the date right?",
)
ENDS_FIRST = Rule(
    id="PLAN-29",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Kampagne endet ({b}), bevor sie beginnt ({a}). Verbessern Sie eines der beiden Daten.",
    en="The campaign ends ({b}) before it begins ({a}). Correct one of the two dates.",
)
VERY_LONG = Rule(
    id="PLAN-30",
    severity=Severity.HINT,
    de="Die Kampagne dauert {n} Tage ({a} bis {b}). Stimmen die Jahreszahlen?",
    en="The campaign lasts {n} days ({a} to {b}). Are the years right?",
)
_LONGEST = 400
_MOST_DAYS = 20_000  # so that a slip in the year cannot make us count for minutes


def span(case: Case) -> Iterator[Finding]:
    """The campaign's own days."""
    campaign = case.campaign
    days = (campaign.last_day - campaign.first_day).days + 1
    a, b = campaign.first_day, campaign.last_day
    if days < 1:
        yield case.finding(ENDS_FIRST, "last_day", value=str(b), a=a, b=b)
    elif days > _LONGEST:
        yield case.finding(VERY_LONG, "last_day", value=str(b), n=days, a=a, b=b)


def outside(case: Case, seen: Seen) -> Iterator[Finding]:
    """A post on a day of the campaign."""
    day, first, last = seen.post.date, case.campaign.first_day, case.campaign.last_day
    if first <= last and not first <= day <= last:
        yield seen.finding(OUTSIDE, "date", value=str(day), d=day, a=first, b=last)


def same_minute(case: Case) -> Iterator[Finding]:
    """One account, one minute, one post."""
    moments: dict[dt.datetime, list[Seen]] = {}
    for seen in case.posts:
        moments.setdefault(seen.wall, []).append(seen)
    for together in moments.values():
        taken: dict[str, str] = {}
        for seen in together if len(together) > 1 else ():
            for account in case.campaign.accounts_for(seen.post):
                before = taken.setdefault(account.key, seen.post.id)
                if before != seen.post.id:
                    field = "time" if seen.post.time else "date"
                    channel, later = case.channel(account), seen.post.id
                    yield seen.finding(SAME_MINUTE, field, ch=channel, id1=before, id2=later)


def rhythm(case: Case) -> Iterator[Finding]:
    """Each day another member and each member once, or every member on every day."""
    if case.campaign.cadence is Cadence.ONE_PER_DAY:
        yield from _days(case, list(case.posts), None)
        posts = Counter(seen.post.organisation for seen in case.posts)
        for member in case.campaign.organisations:
            if (number := posts[member.key]) != 1:
                field = "organisations"
                yield case.finding(NOT_ONCE, field, value=str(number), org=member.short, n=number)
    else:
        own: dict[str, list[Seen]] = {member.key: [] for member in case.campaign.organisations}
        for seen in case.posts:
            own.setdefault(seen.post.organisation, []).append(seen)
        for member in case.campaign.organisations:
            yield from _days(case, own[member.key], member.short)


def _days(case: Case, posts: list[Seen], org: str | None) -> Iterator[Finding]:
    """Days with no post or with several, among the campaign's days."""
    on: dict[dt.date, list[Seen]] = {}
    for seen in posts:
        on.setdefault(seen.post.date, []).append(seen)
    for day, several in on.items():
        if len(several) > 1:
            ids = ", ".join(seen.post.id for seen in several[:5]) + (", …" if several[5:] else "")
            second, n = several[1], len(several)
            yield second.finding(
                SEVERAL_A_DAY, "date", value=str(day), d=day, n=n, ids=ids, org=org
            )
    first, last = case.campaign.first_day, case.campaign.last_day
    number = min((last - first).days + 1, _MOST_DAYS)
    days = (first + dt.timedelta(days=count) for count in range(number))
    empty = [day for day in days if day not in on]
    # A week's gaps are named one by one; in a long campaign one line says how many there are.
    named = empty if org is None and len(empty) <= 14 else empty[:1]
    more = len(empty) - len(named)
    for day in named:
        value, others = str(day), more or None
        yield case.finding(DAY_WITHOUT, "posts", value=value, d=day, org=org, more=others)


PER_CAMPAIGN = (span, rhythm, same_minute)
PER_POST = (outside,)
