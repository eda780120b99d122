"""MED: the pictures, as far as somebody has opened them for us."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from integrado_poster.check.case import Case, PictureFact, Seen
from integrado_poster.check.rule import Rule
from integrado_poster.model import Finding, Said, Severity

MISSING = Rule(
    id="MED-01",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Bild „{v}“ fehlt.[ Meinten Sie „{d}“?] Legen Sie es in den Ordner „pictures“.",
    en="The picture “{v}” is missing.[ Did you mean “{d}”?] Put it into the folder “pictures”.",
)
WRONG_KIND = Rule(
    id="MED-02",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“ ist kein Bild, das wir nehmen können[ ({why})]. Speichern Sie es als JPG, PNG oder WebP.",
    en="“{v}” is not a picture that we can take[ ({why})]. Save it as JPG, PNG or WebP.",
)
TOO_LARGE = Rule(
    id="MED-03",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Bild „{v}“ ist zu groß[ ({why})]. Verkleinern Sie es auf höchstens 4000 Pixel Breite.",
    en="The picture “{v}” is too large[ ({why})]. Make it at most 4000 pixels wide.",
)
SMALL = Rule(
    id="MED-04",
    severity=Severity.WARNING,
    de="Das Bild „{v}“ ist klein ({w} × {h} Pixel) und kann unscharf werden. "
    "Nehmen Sie eines mit mindestens {min} Pixeln an der kurzen Seite.",
    en="The picture “{v}” is small ({w} × {h} pixels) and may look blurred. "
    "Use one with at least {min} pixels on its short side.",
)
OTHER_SHAPE = Rule(
    id="MED-05",
    severity=Severity.WARNING,
    de="{ch} erlaubt nur Bilder von {a} bis {b} (Breite zu Höhe), „{v}“ hat {ratio}. Dort wird es um seinen Bildausschnitt zugeschnitten.",
    en="{ch} only takes pictures from {a} to {b} (width to height), “{v}” has {ratio}. There it is cropped around its focus.",
)
SHARED = Rule(
    id="MED-07",
    severity=Severity.WARNING,
    de="„{v}“ zeigt dasselbe Bild wie {id} von einem anderen Träger. Ist das gewollt?",
    en="“{v}” is the same picture as in {id} by another organisation. Is that intended?",
)
BROKEN = Rule(
    id="MED-08",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Das Bild „{v}“ lässt sich nicht öffnen[ ({why})]. Speichern oder kopieren Sie es noch einmal.",
    en="The picture “{v}” cannot be opened[ ({why})]. Save or copy it once more.",
)
TOO_MANY = Rule(
    id="MED-09",
    severity=Severity.WARNING,
    de="{ch} zeigt höchstens {max} Bilder, geplant sind {n}. Die übrigen fallen dort weg.",
    en="{ch} shows at most {max} pictures, {n} are planned. The others are left out there.",
)


UNFOCUSED = Rule(
    id="MED-10",
    severity=Severity.HINT,
    de="In „{v}“ fällt der Blick wohl auf die Stelle {d}. Soll sie auf jeder Karte zu sehen sein, "
    "tragen Sie das als Bildausschnitt ein.",
    en="In “{v}” people probably look at {d} first. If that must be visible on every card, enter it as the focus.",
)

_SHORT_SIDE = 1080
_FAR_FROM_THE_MIDDLE = 0.2
_MOST_TO_COMPARE = (
    200  # finding similar names is slow, and thousands of missing files are one cause
)
_PROBLEMS = {rule.id: rule for rule in (MISSING, WRONG_KIND, TOO_LARGE, BROKEN)}


def opened(case: Case, seen: Seen) -> Iterator[Finding]:
    """What came out when the pictures were opened."""
    if case.pictures is None:
        return
    for number, picture in enumerate(seen.post.pictures, start=1):
        field, file = f"image_{number}", picture.file
        fact = case.pictures.get(file)
        if fact is None or fact.problem == MISSING.id:
            meant = (fact and fact.meant) or _meant(file, case.pictures)
            yield seen.finding(MISSING, field, value=file, d=meant)
        elif fact.problem:
            rule = _PROBLEMS.get(fact.problem, BROKEN)
            why = Said("", fact.message) if isinstance(fact.message, str) else fact.message
            yield seen.finding(rule, field, value=file, why=why)
        elif 0 < min(fact.width, fact.height) < _SHORT_SIDE:
            w, h, least = fact.width, fact.height, _SHORT_SIDE
            yield seen.finding(SMALL, field, value=file, w=w, h=h, min=least)


def focused(case: Case, seen: Seen) -> Iterator[Finding]:
    """A picture without a focus whose eye-catcher lies elsewhere than in the middle."""
    for number, picture in enumerate(seen.post.pictures, start=1):
        fact = (case.pictures or {}).get(picture.file)
        if fact is None or fact.striking is None or picture.focus != (0.5, 0.5):
            continue
        if max(abs(place - 0.5) for place in fact.striking) > _FAR_FROM_THE_MIDDLE:
            right, down = (round(place * 100) for place in fact.striking)
            place = f"{right} % {down} %"
            yield seen.finding(UNFOCUSED, f"focus_{number}", value=picture.file, d=place)


def proportions(case: Case, seen: Seen) -> Iterator[Finding]:
    """Pictures that are cropped because a platform would refuse their shape. The first one is cropped for the card."""
    facts = case.pictures or {}
    for account in case.campaign.accounts_for(seen.post) if len(seen.post.pictures) > 1 else ():
        limits = case.limits.get(account.platform)
        for number, picture in enumerate(seen.post.pictures[1:], start=2):
            fact = facts.get(picture.file)
            if limits and limits.aspect and fact and fact.width and fact.height:
                (least, most), ratio = limits.aspect, fact.width / fact.height
                if not least <= ratio <= most:
                    yield seen.finding(
                        OTHER_SHAPE,
                        f"image_{number}",
                        value=picture.file,
                        ch=case.channel(account),
                        a=Said(*_ratios(least)),
                        b=Said(*_ratios(most)),
                        ratio=Said(*_ratios(ratio)),
                    )


def _ratios(ratio: float) -> tuple[str, str]:
    english = f"{ratio:.2f}"
    return english.replace(".", ","), english


def how_many(case: Case, seen: Seen) -> Iterator[Finding]:
    """More pictures than a platform shows."""
    planned = len(seen.post.pictures)
    if planned < 2:
        return
    for account in case.campaign.accounts_for(seen.post):
        limits = case.limits.get(account.platform)
        if limits and planned > limits.images:
            field, channel = f"image_{limits.images + 1}", case.channel(account)
            yield seen.finding(TOO_MANY, field, ch=channel, max=limits.images, n=planned)


def shared(case: Case) -> Iterator[Finding]:
    """One picture for two organisations: usually one of the two was forgotten."""
    first: dict[str, Seen] = {}
    for seen in case.posts:
        for number, picture in enumerate(seen.post.pictures, start=1):
            before = first.setdefault(picture.file, seen).post
            if before.organisation != seen.post.organisation:
                yield seen.finding(SHARED, f"image_{number}", value=picture.file, id=before.id)


def _meant(file: str, pictures: Mapping[str, PictureFact]) -> str | None:
    if len(pictures) > _MOST_TO_COMPARE:
        return None
    there = [name for name, fact in pictures.items() if fact.problem is None]
    return next(iter(difflib.get_close_matches(file, there, n=1)), None)


PER_CAMPAIGN = (shared,)
PER_PICTURED = (opened, focused, proportions, how_many)
