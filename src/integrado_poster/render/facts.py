"""What a line of information is about, so that a card can put an icon before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Fact(NamedTuple):
    """A part of a line: what it is about, and its words."""

    about: str  #: The name of an icon in lib.typ; "other" if we cannot tell.
    text: str


def facts(line: str) -> list[Fact]:
    """Give the parts of a line, each about one thing: "Kostenlos, Telefon …" has two.

    Commas part them where the next words are about something else, and only there.
    """
    found: list[Fact] = []
    for part in _parts(line):
        about = _about(part)
        if found and about in ("", found[-1].about):
            found[-1] = found[-1]._replace(text=f"{found[-1].text}{_comma(line)} {part}")
        elif found and not found[-1].about:
            found[-1] = Fact(about, f"{found[-1].text}{_comma(line)} {part}")
        else:
            found.append(Fact(about, part))
    return [Fact(about or "other", _held(text)) for about, text in found]


def _held(text: str) -> str:
    """The words with their numbers held together: no "Uhr" alone on a line."""
    return _GAPS.sub("\N{NO-BREAK SPACE}", text)


_GAPS = re.compile(r"(?<=\d) (?=\d|bis\b|to\b|–|Uhr\b|h\b)|(?:(?<=\bbis)|(?<=\bto)|(?<=–)) (?=\d)")


def _parts(line: str) -> Iterator[str]:
    """The parts between commas; one within a number or brackets is none."""
    yield from filter(None, map(str.strip, re.split(r"[,،፣]\s+(?![^(]*\))", line)))


def _comma(line: str) -> str:
    return next((sign for sign in "،፣" if sign in line), ",")


def _about(text: str) -> str:
    """The first subject whose signs the text shows."""
    folded = text.casefold()
    return next((name for name, sign in _SIGNS.items() if sign.search(folded)), "")


# In the languages of our cards; the first that fits counts. Parts of words on purpose.
_SIGNS = {
    name: re.compile(signs)
    for name, signs in {
        "mail": r"\S@\S+\.\S|e-?mail|e-posta|البريد|ایمیل",
        "phone": r"\btel\b|telefon|phone|\bmobil|whatsapp|هاتف|تلفن|телефон|تەلەفۆن|ስልክ|ቴሌፎን|(?<!\d)\+?0?\d{2,5}[ /-]\d{3,}",
        "access": r"\bstufen|barriere|rollstuhl|aufzug|ebenerdig|ebene wege|step-free|wheelchair|lift\b|elevator|accessible"
        r"|engelli|asansör|merdivensiz|كرس|مصعد|درج|ویلچر|آسانسور|без сходин|безбар|ліфт|інвалід|fără trepte|lift|bê derence|asansor|ئاسانسۆر|مصعد|ዊልቸር|ሊፍት",
        "free": r"kostenlos|kostenfrei|gebührenfrei|umsonst|eintritt frei|free of charge|\bfree\b|no charge|ücretsiz|bedava"
        r"|مجان|رایگان|безкоштовн|gratuit|belaş|bêpere|بێ ?بەرامبەر|خۆڕای|ብነጻ|ነጻ|በነጻ",
        "private": r"vertraulich|anonym|verschwiegen|confidential|gizli|سري|محرمانه|конфіденц|confiden|nepen|ምስጢር|ሚስጥር",
        "language": r"deutsch|englisch|arabisch|türkisch|polnisch|französisch|persisch|ukrainisch|kurdisch|rumänisch|russisch|tigrin"
        r"|sprache|mehrsprachig|dolmetsch|gebärden|language|interpret|english|german|dil(?:ler)?de|almanca|العربية|الألمانية|زبان|فارسی|мов|limb[aăi]|ziman|زمان|ቋንቋ",
        "time": r"\d\s*(?:uhr|h\b|o.clock)|\d{1,2}[:.]\d\d\b|\d\s*[ap]m\b|\d\s*(?:bis|–|-|to)\s*\d"
        r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|täglich|werktags|monday|tuesday|wednesday|thursday|friday|saturday|sunday|daily"
        r"|pazartesi|salı|çarşamba|perşembe|cuma|saat|الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد|شنبه|ساعت"
        r"|понеділ|вівтор|серед[аиу]|четвер|п.ятниц|субот|неділ|година|luni|marți|miercuri|joi|vineri|sâmbăt|duminic|ora\b|duşem|dûşem|sêşem|çarşem|pêncşem|saet|دووشەم|سێشەم|ሰኑይ|ሰዓት|ሰኞ",
        "place": r"str(?:aße|asse|\.)|platz\b|\bweg \d|allee|haus\b|dortmund|street|square|sokak|cadde|شارع|خیابان|вул\.|вулиц|strada|str\.|kolan|شەقام|ጎደና|መንገድ|\b\d{5}\b",
        "web": r"https?://|www\.|\b[\w-]+\.(?:org|de|eu|net|info)\b",
    }.items()
}
