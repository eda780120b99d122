"""A11Y, people of all genders: written as the campaign has agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from integrado_poster.check.case import Case, Text
from integrado_poster.check.rule import Rule
from integrado_poster.check.triggers import LETTER
from integrado_poster.model import Finding, Fix, Gender, Said, Severity

NOTHING_AGREED = Rule(
    id="A11Y-06",
    severity=Severity.HINT,
    mends=True,
    de="„{v}“: Ein neutrales Wort oder beide Formen lesen sich für alle leicht. "
    "Als Kurzform empfiehlt der DBSV den Stern.",
    en="“{v}”: a neutral word or both forms are easy for everybody. "
    "As a short form, the federation of blind people in Germany (DBSV) recommends the asterisk.",
)
_AGREED = Rule(
    id=NOTHING_AGREED.id,
    severity=Severity.HINT,
    mends=True,
    de="„{v}“: Besser ein neutrales Wort oder die vereinbarte Form ({f}).",
    en="“{v}”: prefer a neutral word, or the form agreed on ({f}).",
)

# A sign inside a word and its ending: "Besucher:innen", "Lehrer/-in", "jede*r".
_SIGN = re.compile(
    r"(?<![\w/@#.-])(?P<stem>[^\W\d_]{4,})"
    r"(?:(?P<sign>[:*_·•]|/-?)(?P<end>in(?:nen)?)|(?P<sign2>[:*_])(?P<end2>r))\b(?![\w/:])"
)
# A capital inside a word: "BesucherInnen".
_CAPITAL = re.compile(
    r"(?<![\w/@#.-])(?P<stem>[A-ZÄÖÜ][a-zäöüß]{2,})"
    r"(?P<end>(?<=er)In|(?<=[rtgdkfnsl])Innen)\b(?![\w/:])"
)
_MAYBE = rf"{LETTER}{{4}}(?:(?:[:*_·•]|/-?)in|[:*_]r\b)|[a-zäöüß](?:erIn|[rtgdkfnsl]Innen)\b"
_SIGNS: Mapping[Gender, str] = {Gender.STAR: "*", Gender.COLON: ":"}
_SAID = {
    Gender.STAR: Said("Stern: Besucher*innen", "asterisk: Besucher*innen"),
    Gender.COLON: Said("Doppelpunkt: Besucher:innen", "colon: Besucher:innen"),
    Gender.WORDS: Said("Besucherinnen und Besucher", "Besucherinnen und Besucher"),
}


def gender_form(case: Case, text: Text) -> Iterator[Finding]:
    """Signs inside words are read aloud differently by every program: at least always the same one."""
    agreed = case.campaign.gender
    words = text.words
    if agreed is Gender.ANY or text.language[:2] != "de":
        return
    sign = _SIGNS[Gender.STAR] if agreed is None else _SIGNS.get(agreed)
    for match in (*_SIGN.finditer(words), *_CAPITAL.finditer(words)):
        parts = match.groupdict()
        if (parts.get("sign") or parts.get("sign2")) == sign:
            continue
        if agreed is None:
            yield text.finding(NOTHING_AGREED, value=match[0])
            return
        ending = (parts["end"] or parts["end2"] or "").lower()
        fix = Fix(match[0], f"{parts['stem']}{sign}{ending}") if sign else None
        yield text.finding(_AGREED, value=match[0], f=_SAID[agreed], fix=fix)


PER_TEXT = {gender_form: _MAYBE}
