"""DS: people in pictures and in texts, and what they have agreed to. Nothing here is legal advice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from integrado_poster.check.case import Case, Seen, Text
from integrado_poster.check.rule import Rule
from integrado_poster.check.triggers import FIGURE
from integrado_poster.model import (
    Account,
    Consent,
    Finding,
    Fix,
    People,
    PlannedPicture,
    Severity,
)

PEOPLE_UNSAID = Rule(
    id="DS-01",
    severity=Severity.ERROR,
    de="Sind auf Bild {n} Personen erkennbar? Bitte wählen Sie „nein“, „ja“ oder „Kinder“.",
    en="Are people recognisable in picture {n}? Please choose “no”, “yes” or “children”.",
)
NO_CONSENT = Rule(
    id="DS-02",
    severity=Severity.ERROR,
    de="Für Bild {n} fehlt der Nachweis der Einwilligung. Tragen Sie ihre Nummer ein, zum Beispiel E-12.",
    en="For picture {n} there is no record of consent. Enter its number, for example E-12.",
)
WITHDRAWN = Rule(
    id="DS-03",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Die Einwilligung {v} wurde widerrufen oder gilt nur bis zum {d}. Nehmen Sie ein anderes Bild.",
    en="Consent {v} was withdrawn, or holds only until {d}. Choose another picture.",
)
NOT_COVERED = Rule(
    id="DS-04",
    severity=Severity.ERROR,
    de="Die Einwilligung {v} gilt nicht für {ch}. Schreiben Sie dort „nein“, oder nehmen Sie ein anderes Bild.",
    en="Consent {v} does not cover {ch}. Write “no” for it, or choose another picture.",
)
CHILDREN = Rule(
    id="DS-05",
    severity=Severity.WARNING,
    de="Auf Bild {n} sind Kinder. Liegt die Unterschrift der Sorgeberechtigten vor? "
    "Dann tragen Sie es bei der Einwilligung ein.",
    en="There are children in picture {n}. Have those with custody signed? "
    "Then say so with the consent.",
)
PRIVATE = Rule(
    id="DS-07",
    severity=Severity.WARNING,
    de="„{v}“ sieht privat aus. Soll das öffentlich werden?",
    en="“{v}” looks private. Is it meant to be public?",
)
NO_CREDIT = Rule(
    id="DS-08",
    severity=Severity.WARNING,
    de="Wer hat das Bild „{v}“ gemacht? Tragen Sie den Urheber ein.",
    en="Who made the picture “{v}”? Add the credit.",
)
AI_UNSAID = Rule(
    id="DS-09",
    severity=Severity.ERROR,
    mends=True,
    de="Bild {n} ist mit KI gemacht. Es braucht den Hinweis „KI-generiertes Bild“ beim Urheber oder im Text.",
    en="Picture {n} was made by AI. It needs the label “AI-generated image” in its credit or in the text.",
)
NO_IMPRINT = Rule(
    id="DS-10",
    severity=Severity.WARNING,
    de="Ist das Impressum auf dem Profil {ch} mit zwei Klicks erreichbar? "
    "Tragen Sie bei „Impressum geprüft am“ den Tag ein, an dem Sie nachgesehen haben.",
    en="Does the profile {ch} lead to an imprint within two clicks? "
    "Enter the day on which you looked under “imprint confirmed on”.",
)
NOT_JOINTLY = Rule(
    id="DS-11",
    severity=Severity.WARNING,
    de="Für {ch} sind die Page-Insights-Ergänzung und der Datenschutzhinweis noch nicht bestätigt. "
    "Tragen Sie bei „Datenschutz geprüft am“ den Tag ein.",
    en="For {ch} the Page Insights addendum and the privacy notice are not confirmed yet. "
    "Enter the day under “privacy confirmed on”.",
)
CONSENT_UNKNOWN = Rule(
    id="DS-12",
    severity=Severity.ERROR,
    de="Die Einwilligung „{v}“ steht nicht im Blatt „Einwilligungen“.[ Meinten Sie „{d}“?]",
    en="Consent “{v}” is not among the consents.[ Did you mean “{d}”?]",
)

_MOBILE = re.compile(
    r"(?<![\w/.+-])(?<!\d )(?:(?:\+|00)49[ /-]?(?:\(0\)[ ]?)?|0)1[5-7]\d(?:[ /.-]?\d){7,8}(?! ?\d)"
)
_MAIL = re.compile(
    r"[\w.+-]+@(?:gmail|googlemail|gmx|web|t-online|outlook|hotmail|live|yahoo|icloud|freenet|aol|posteo"
    r"|mailbox|proton|protonmail)\.(?:de|com|net|org|at|ch|me)\b",
    re.IGNORECASE,
)
_AI = re.compile(
    r"\bKI\b|künstliche\w* Intelligenz|\bAI[- ](?:generated|image)|\bmade (?:by|with) AI\b",
    re.IGNORECASE,
)


def people(case: Case, seen: Seen) -> Iterator[Finding]:
    """Who can be recognised, and whether they have agreed."""
    for number, picture in enumerate(seen.post.pictures, start=1):
        if picture.people is None:
            yield seen.finding(PEOPLE_UNSAID, f"people_{number}", value=picture.file, n=number)
        elif picture.people is not People.NO:
            yield from _agreed(case, seen, number, picture)


def _agreed(case: Case, seen: Seen, number: int, picture: PlannedPicture) -> Iterator[Finding]:
    field, key = f"consent_{number}", picture.consent
    consent = case.consents.get(key.casefold())
    if not key:
        yield seen.finding(NO_CONSENT, field, value=picture.file, n=number)
    elif consent:
        yield from _holds(case, seen, field, consent)
    elif case.consents:
        known = [one.key for one in case.campaign.consents[:200]]
        meant = next(iter(difflib.get_close_matches(key, known, n=1)), None)
        yield seen.finding(CONSENT_UNKNOWN, field, value=key, d=meant)
    if picture.people is People.CHILDREN and not (consent and consent.children):
        yield seen.finding(CHILDREN, f"people_{number}", value=picture.file, n=number)


def _holds(case: Case, seen: Seen, field: str, consent: Consent) -> Iterator[Finding]:
    """Whether a consent holds on the day of the post, and on its accounts."""
    ends = min(filter(None, (consent.withdrawn, consent.until)), default=None)
    if consent.withdrawn or (ends and ends < seen.post.date):
        yield seen.finding(WITHDRAWN, field, value=consent.key, d=ends)
    covered = {name.casefold() for name in consent.channels}
    missing = [
        case.channel(account)
        for account in case.campaign.accounts_for(seen.post)
        if covered and not covered & _called(case, account)
    ]
    if missing:
        yield seen.finding(NOT_COVERED, field, value=consent.key, ch=", ".join(missing))


def _called(case: Case, account: Account) -> set[str]:
    return {account.key, account.platform, case.channel(account).casefold()}


def labelled(case: Case, seen: Seen) -> Iterator[Finding]:
    """A picture that a machine has made says so."""
    for number, picture in enumerate(seen.post.pictures, start=1):
        words = [text.words for text in seen.texts]
        if picture.ai and not any(map(_AI.search, (picture.credit, *words))):
            credit = picture.credit
            # The first picture's credit stands on the card; where that of others is read, nobody knows.
            fix = Fix(credit, f"{credit} (KI-generiertes Bild)") if credit and number == 1 else None
            yield seen.finding(AI_UNSAID, f"credit_{number}", value=picture.file, n=number, fix=fix)


def credits(case: Case, seen: Seen) -> Iterator[Finding]:
    """Every picture names who made it."""
    for number, picture in enumerate(seen.post.pictures, start=1):
        if not picture.credit.strip():
            yield seen.finding(NO_CREDIT, f"credit_{number}", value=picture.file)


def private(case: Case, text: Text) -> Iterator[Finding]:
    """Mobile numbers, and mail at providers for everybody; a member's own contact is its own."""
    words = text.words
    for match in (*_MOBILE.finditer(words), *_MAIL.finditer(words)):
        if match[0].lower() not in case.contacts:
            yield text.finding(PRIVATE, value=match[0])


def profiles(case: Case) -> Iterator[Finding]:
    """What a person has to see on the profile itself, once."""
    for account in case.campaign.accounts:
        channel, limits = case.channel(account), case.limits.get(account.platform)
        if account.imprint is None:
            field = f"accounts.{account.key}.imprint"
            yield case.finding(NO_IMPRINT, field, value=account.key, ch=channel)
        if limits and limits.joint and account.privacy is None:
            field = f"accounts.{account.key}.privacy"
            yield case.finding(NOT_JOINTLY, field, value=account.key, ch=channel)


PER_CAMPAIGN = (profiles,)
PER_PICTURED = (people, labelled, credits)
PER_TEXT = {private: rf"@|(?:0|49[ /-]?(?:\(0\) ?)?)1[5-7]{FIGURE}"}
