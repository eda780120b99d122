"""A11Y, the pictures: does everybody learn what they show?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from integrado_poster.check.case import Case, Seen
from integrado_poster.check.rule import Rule
from integrado_poster.model import Finding, Severity

NO_ALT = Rule(
    id="A11Y-01",
    severity=Severity.ERROR,
    de="Bild {n} hat keine Bildbeschreibung. Was ist zu sehen?",
    en="Picture {n} has no description. What does it show?",
)
POOR_ALT = Rule(
    id="A11Y-02",
    severity=Severity.WARNING,
    de="„{v}“ beschreibt das Bild nicht. Sagen Sie in einem Satz, was zu sehen ist.",
    en="“{v}” does not describe the picture. Say in one sentence what it shows.",
)
LONG_ALT = Rule(
    id="A11Y-03",
    severity=Severity.WARNING,
    de="{ch} nimmt nur {max} Zeichen Bildbeschreibung, hier sind es {n}. Kürzen Sie sie.",
    en="{ch} takes only {max} characters of description, these are {n}. Shorten it.",
)
LETTERS_UNSAID = Rule(
    id="A11Y-08",
    severity=Severity.WARNING,
    de="Im Bild {n} steht Text. Er muss auch in der Bildbeschreibung stehen, in Anführungszeichen.",
    en="There are words in picture {n}. They must stand in its description, too, in quotes.",
)
VIDEO = Rule(
    id="A11Y-14",
    severity=Severity.ERROR,
    de="„{v}“ ist ein Video. Ohne Untertitel verstehen es viele nicht, und wir veröffentlichen nur Bilder: "
    "Nehmen Sie ein Standbild.",
    en="“{v}” is a video. Many do not understand it without captions, and we publish pictures only: "
    "use a still.",
)
SAME_ALT = Rule(
    id="A11Y-15",
    severity=Severity.HINT,
    de="Zwei Bilder haben dieselbe Beschreibung: „{v}“ Sagen Sie, was sie unterscheidet.",
    en="Two pictures have the same description: “{v}” Say how they differ.",
)
NO_ALT_THERE = Rule(
    id="A11Y-16",
    severity=Severity.HINT,
    de="{ch} kennt keine Bildbeschreibung. Sagen Sie im Text, was zu sehen ist.",
    en="{ch} takes no description of pictures. Say in the text what can be seen.",
)
_VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv")
_SPOKEN = re.compile(
    r"[„“”\"»«]|\b(?:steht|stehen|lautet|Aufschrift|Beschriftung|Text|Schriftzug|reads|says|words)\b",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[\w\-. ()]+\.(?:jpe?g|png|webp|gif|heic|tiff?)", re.IGNORECASE)
_ALT_START = re.compile(
    r"\s*(?:das\s+)?(?:bild|foto|grafik|abbildung|image|photo|picture)\s+"
    r"(?:von|vom|zeigt|mit|of|shows|einer|eines)\b",
    re.IGNORECASE,
)


def described(case: Case, seen: Seen) -> Iterator[Finding]:
    """Every picture has words that say what it shows."""
    earlier: set[str] = set()
    for number, picture in enumerate(seen.post.pictures, start=1):
        field, alt = f"alt_{number}", picture.alt.strip()
        if not alt:
            yield seen.finding(NO_ALT, field, value=picture.file, n=number)
            continue
        if len(alt) < 15 or _FILE_NAME.fullmatch(alt) or _ALT_START.match(alt):
            yield seen.finding(POOR_ALT, field, value=alt)
        if alt in earlier:
            yield seen.finding(SAME_ALT, field, value=alt)
        earlier.add(alt)
        if picture.lettered and not _SPOKEN.search(alt):
            yield seen.finding(LETTERS_UNSAID, field, value=alt, n=number)
        if len(alt) > 100:
            yield from _longer_than_taken(case, seen, field, alt)


def pictures_only(case: Case, seen: Seen) -> Iterator[Finding]:
    """Videos are not taken, and some platforms take no description of a picture."""
    for number, picture in enumerate(seen.post.pictures, start=1):
        if picture.file.lower().endswith(_VIDEOS):
            yield seen.finding(VIDEO, f"image_{number}", value=picture.file)
    silent = [
        case.channel(account)
        for account in case.campaign.accounts_for(seen.post)
        if (limits := case.limits.get(account.platform)) and limits.images and limits.alt is None
    ]
    if silent:
        yield seen.finding(NO_ALT_THERE, "alt_1", ch=", ".join(silent))


def _longer_than_taken(case: Case, seen: Seen, field: str, alt: str) -> Iterator[Finding]:
    for account in case.campaign.accounts_for(seen.post):
        limits = case.limits.get(account.platform)
        if limits and limits.alt is not None and len(alt) > limits.alt:
            channel = case.channel(account)
            yield seen.finding(LONG_ALT, field, value=alt, ch=channel, max=limits.alt, n=len(alt))


PER_PICTURED = (described, pictures_only)
