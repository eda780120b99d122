"""APPR: has every member time to say yes, and has it said yes to what stands here?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from integrado_poster.check.case import Case, Seen
from integrado_poster.check.rule import Rule
from integrado_poster.model import Approvals, Finding, PlannedPost, Said, Severity
from integrado_poster.zones import instant, zone

MISSING = Rule(
    id="APPR-01",
    severity=Severity.ERROR,
    de="{org} hat bis zum {dt} nicht freigegeben. Fragen Sie nach, oder verschieben Sie „Freigabe bis“.",
    en="{org} has not approved by {dt}. Ask again, or move “approve by”.",
)
NO_CONTACT = Rule(
    id="APPR-02",
    severity=Severity.WARNING,
    de="Für {org} fehlt eine E-Mail-Adresse. Ohne sie kann niemand um die Freigabe bitten.",
    en="There is no mail address for {org}. Without it nobody can ask for the approval.",
)
CHANGED = Rule(
    id="APPR-03",
    severity=Severity.WARNING,
    floor=Severity.WARNING,
    de="Nach der Freigabe wurde geändert: {c}. Bitten Sie {org} noch einmal um ein Ja.",
    en="Changed after the approval: {c}. Ask {org} once more for a yes.",
)
SHORT = Rule(
    id="TIME-07",
    severity=Severity.WARNING,
    de="{org} hat nur {h} Stunden für die Freigabe. Üblich ist mindestens ein Tag.",
    en="{org} has only {h} hours to approve. At least one day is usual.",
)
TOO_LATE = Rule(
    id="APPR-04",
    severity=Severity.WARNING,
    de="„Freigabe bis“ ({dt}) liegt nach dem Erscheinen. Wählen Sie einen früheren Zeitpunkt.",
    en="“Approve by” ({dt}) is after the post appears. Choose an earlier moment.",
)

_USUAL = dt.timedelta(hours=24)
_PUBLISHED = {
    "headline": Said("Überschrift", "headline"),
    "text": Said("Text", "text"),
    "information": Said("Information", "information"),
    "link": Said("Link", "link"),
    "language": Said("Sprache", "language"),
    "translations": Said("Übersetzung", "translation"),
    "texts": Said("eigener Text", "own text"),
    "channels": Said("Konten", "accounts"),
    "pictures": Said("Bild", "picture"),
    "areas": Said("Arbeitsfelder", "areas of work"),
    "date": Said("Datum", "date"),
}  #: What can be seen of a post, and what people call it.


def contacts(case: Case) -> Iterator[Finding]:
    """Whoever is to approve can be asked."""
    if case.campaign.approvals is Approvals.MEMBER:
        for member in case.campaign.organisations:
            if "@" not in member.contact:
                field = f"organisations.{member.key}.contact"
                yield case.finding(NO_CONTACT, field, value=member.contact, org=member.short)


def in_time(case: Case, seen: Seen) -> Iterator[Finding]:
    """There is time enough to look at a post before it goes out."""
    member = case.campaign.members.get(seen.post.organisation)
    if (
        case.campaign.approvals is not Approvals.MEMBER
        or member is None
        or seen.at is None
        or case.approved is None
        or seen.at <= case.now
        or seen.post.id in case.settled
    ):
        return
    by = _deadline(case, seen, seen.at)
    wall, org = seen.post.approve_by or seen.wall, member.short
    if by > seen.at:
        yield seen.finding(TOO_LATE, "approve_by", dt=wall)
        by = seen.at
    if seen.post.id in case.approved:
        return
    left = by - case.now
    if left < dt.timedelta():
        yield seen.finding(MISSING, "approve_by", dt=wall, org=org)
    elif left < _USUAL:
        field = "approve_by" if seen.post.approve_by else "date"
        yield seen.finding(SHORT, field, org=org, h=left // dt.timedelta(hours=1))


def still_holds(case: Case, seen: Seen) -> Iterator[Finding]:
    """A yes was given to certain words and pictures, and to no others."""
    before = (case.approved or {}).get(seen.post.id)
    member = case.campaign.members.get(seen.post.organisation)
    changed = list(_changed(before, seen.post)) if before else []
    if changed and member and seen.post.id not in case.settled:
        named = Said(*(", ".join(names) for names in zip(*changed, strict=True)))
        yield seen.finding(CHANGED, "id", value=seen.post.id, c=named, org=member.short)


def _changed(before: PlannedPost, now: PlannedPost) -> Iterator[Said]:
    for field, said in _PUBLISHED.items():
        if getattr(before, field) != getattr(now, field):
            yield said


def _deadline(case: Case, seen: Seen, at: dt.datetime) -> dt.datetime:
    local = zone(case.campaign.zone)
    if seen.post.approve_by is None or local is None:
        return at
    return instant(seen.post.approve_by, local)


PER_CAMPAIGN = (contacts,)
PER_POST = (in_time, still_holds)
