"""TEXT: the words themselves. Do they fit, are they finished, do they reach whom they name?"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache

from integrado_poster.check.case import Case, Seen, Text
from integrado_poster.check.rule import Rule
from integrado_poster.model import Finding, Fix, LongTexts, Said, Severity, Wording

TOO_LONG = Rule(
    id="TEXT-01",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="{ch}: {n} von {max} Zeichen. Kürzen Sie um {k}[ oder füllen Sie „Text {own}“ aus]"
    "[, oder wählen Sie bei „Lange Texte“ „{chain}“].",
    en="{ch}: {n} of {max} characters. Shorten it by {k}[, or fill in “text {own}”]"
    "[, or choose “{chain}” under “long texts”].",
)
NO_TEXT = Rule(
    id="TEXT-02",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="Der Text fehlt. Was soll im Beitrag stehen?",
    en="The text is missing. What should the post say?",
)
PLACEHOLDER = Rule(
    id="TEXT-03",
    severity=Severity.ERROR,
    de="„{v}“ sieht nach einem Platzhalter aus. Setzen Sie die richtigen Worte ein.",
    en="“{v}” looks like a placeholder. Put the real words in its place.",
)
INVISIBLE = Rule(
    id="TEXT-04",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    mends=True,
    de="Im Text sind unsichtbare Steuerzeichen ({v}). Tippen Sie die Stelle neu[: „{near}“].",
    en="There are invisible control characters in the text ({v}). Type that part again[: “{near}”].",
)
BEHIND_FOLD = Rule(
    id="TEXT-06",
    severity=Severity.HINT,
    de="Auf {ch} sieht man zuerst nur: „{v} …“ Beginnen Sie mit einem kurzen Satz, der das Wichtigste sagt.",
    en="On {ch} readers first see only: “{v} …” Begin with a short sentence that says what matters.",
)
MISSPELT_HANDLE = Rule(
    id="TEXT-07",
    severity=Severity.WARNING,
    de="{v} steht nicht in der Trägerliste. Meinten Sie @{d}?",
    en="{v} is not in the list of organisations. Did you mean @{d}?",
)
MANY_HASHTAGS = Rule(
    id="TEXT-08",
    severity=Severity.HINT,
    de="{n} Hashtags. Drei bis fünf genügen.",
    en="{n} hashtags. Three to five are enough.",
)
SAME_TEXT = Rule(
    id="TEXT-09",
    severity=Severity.WARNING,
    de="Der Text ist der gleiche wie bei {id}. Manche Plattformen lehnen Wiederholungen ab. "
    "Schreiben Sie ihn um.",
    en="The text is the same as in {id}. Some platforms refuse repetitions. Reword it.",
)
NO_LINKS = Rule(
    id="TEXT-10",
    severity=Severity.WARNING,
    de="Links im Text sind auf {ch} nicht anklickbar. Sagen Sie dort, wo man mehr erfährt.",
    en="Links in a text cannot be clicked on {ch}. Say there where to find out more.",
)
LEFT_OUT = Rule(
    id="TEXT-11",
    severity=Severity.HINT,
    de="{ch}: Kein Platz mehr für {what}. Kürzen Sie den Text, wenn es nicht fehlen darf.",
    en="{ch}: no room left for {what}. Shorten the text if it must not be missing.",
)
NO_LANGUAGE = Rule(
    id="TEXT-12",
    severity=Severity.ERROR,
    floor=Severity.ERROR,
    de="„{v}“ ist kein Sprachkürzel. Schreiben Sie zum Beispiel de, en, ar, tr oder uk.",
    en="“{v}” is not a language code. Write for example de, en, ar, tr or uk.",
)
UNKNOWN_HANDLE = Rule(
    id="TEXT-14",
    severity=Severity.HINT,
    de="{v} steht nicht in der Trägerliste. Prüfen Sie, ob das Profil so heißt.",
    en="{v} is not in the list of organisations. See whether the profile has that name.",
)

_PLACEHOLDER = re.compile(
    r"\bX{3,}\b|\b(?-i:TODO|TBD|FIXME)\b|\btodo:|\?{3,}|_{4,}|\.{6,}|\bLorem ipsum\b|"
    r"\b(?:hier|Link|Text|Datum|Ort|Bild|Name) (?:noch )?(?:einfügen|einsetzen|ergänzen|eintragen)\b|"
    r"\b(?:Platzhalter|Blindtext|Mustertext|insert (?:link|text) here)\b|"
    r"[\[{<](?:Link|Text|Datum|Ort|Uhrzeit|Name|URL|Titel|Adresse|Telefon|Hashtags?|Date|Place)[\]}>]",
    re.IGNORECASE,
)
_MAYBE_PLACEHOLDER = (
    r"TODO|TBD|FIXME|(?i)todo:|x{3}|\?{3}|_{4}|\.{6}|lorem .psum|platzhalter|bl.ndtext|mustertext|"
    r"(?:h.er|l.nk|text|datum|ort|b.ld|name) (?:noch )?(?:e.nf.gen|e.nsetzen|erg.nzen|e.ntragen)|"
    r".nsert (?:l.nk|text) here|"
    r"[\[{<](?:l.nk|text|datum|ort|uhrze.t|name|url|t.tel|adresse|telefon|hashtags?|date|place)[\]}>]"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffc\ufffe\uffff]"
)
_HASHTAG = re.compile(r"(?<![\w&/#])#(\w*[^\W\d_]\w*)")
_HANDLE = re.compile(r"(?<![\w.@/=-])@([\w.-]*\w)(?:@([\w.-]*\w))?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
_SENTENCE = re.compile(r"[.!?…][“”\"»)]*\s|\n")
_LINK = re.compile(r"https?://\S", re.IGNORECASE)
_MOST_HASHTAGS = 5
_AS_A_CHAIN = Said("als Kette", "as a chain")
_MISSED = {
    "information": Said("die Angaben zum Zugang", "the information on access"),
    "link": Said("den Link", "the link"),
}


def hashtags(text: str) -> list[str]:
    """The hashtags of a text, without #."""
    return _HASHTAG.findall(text) if "#" in text else []


def fits(case: Case, seen: Seen) -> Iterator[Finding]:
    """Every platform counts in its own way; `render` has counted."""
    for wording in seen.firsts:
        if wording.over and not wording.stuck:
            yield seen.finding(
                TOO_LONG,
                seen.field(wording),
                value=str(wording.length),
                ch=wording.platform.capitalize(),
                own=seen.own(wording),
                chain=_AS_A_CHAIN if _may_chain(case, seen, wording) else None,
                n=wording.length,
                max=wording.limit,
                k=wording.over,
            )


def _may_chain(case: Case, seen: Seen, wording: Wording) -> bool:
    """Whether the platform could, and the plan has not asked for it yet."""
    wanted = seen.post.long_texts or case.campaign.long_texts
    return case.limits[wording.platform].chains and wanted is LongTexts.SHORTEN


def at_first_sight(case: Case, seen: Seen) -> Iterator[Finding]:
    """What matters can be read before anybody has to ask for more, and links work where they stand."""
    told: set[str] = set()
    for wording in seen.firsts:
        limits, channel = case.limits[wording.platform], wording.platform.capitalize()
        if limits.fold and len(wording.text) > limits.fold:
            start = wording.text[: limits.fold]
            if not _SENTENCE.search(start):
                first = " ".join(start[:70].split())
                yield seen.finding(BEHIND_FOLD, seen.field(wording), value=first, ch=channel)
        if not limits.links and channel not in told and _LINK.search(wording.text):
            told.add(channel)
            yield seen.finding(NO_LINKS, seen.field(wording), ch=channel)


def left_out(case: Case, seen: Seen) -> Iterator[Finding]:
    """What a reader of the shorter platforms will not get to see, one line per set of things."""
    channels: dict[tuple[str, str, Said], list[str]] = {}
    for wording in seen.wordings:
        if wording.dropped and (missed := _missed(wording.dropped)):
            where = seen.field(wording) if wording.translation else "text"
            channels.setdefault((where, *missed), []).append(wording.platform.capitalize())
    for (where, value, what), names in channels.items():
        channel = ", ".join(dict.fromkeys(names))
        yield seen.finding(LEFT_OUT, where, value=value, ch=channel, what=what)


@lru_cache(maxsize=64)
def _missed(dropped: tuple[str, ...]) -> tuple[str, Said] | None:
    """What readers will miss of that, by its names and in words; None if nothing."""
    parts = [part for part in dropped if part in _MISSED]
    if not parts:
        return None
    german, english = zip(*(_MISSED[part] for part in parts), strict=True)
    return ", ".join(parts), Said(" und ".join(german), " and ".join(english))


def there(case: Case, seen: Seen) -> Iterator[Finding]:
    """A post has words."""
    if not seen.post.text.strip():
        yield seen.finding(NO_TEXT, "text")


def languages(case: Case, seen: Seen) -> Iterator[Finding]:
    """Languages are given as BCP 47 codes: platforms and screen readers need them."""
    if not _is_language(seen.post.language):
        yield seen.finding(NO_LANGUAGE, "language", value=seen.post.language)
    for number, translation in enumerate(seen.post.translations, start=1):
        if not _is_language(translation.language):
            field = f"translation_language_{number}"
            yield seen.finding(NO_LANGUAGE, field, value=translation.language)


@lru_cache(maxsize=256)
def _is_language(code: str) -> bool:
    return _LANGUAGE.fullmatch(code) is not None


def placeholder(case: Case, text: Text) -> Iterator[Finding]:
    """What somebody meant to fill in later."""
    if match := _PLACEHOLDER.search(text.words):
        yield text.finding(PLACEHOLDER, value=match[0])


def invisible(case: Case, text: Text) -> Iterator[Finding]:
    """Control characters: they reorder text, split words for screen readers, or hide."""
    if found := _INVISIBLE.findall(text.words):
        first = text.words.index(found[0])
        near = _INVISIBLE.sub("", text.words[max(0, first - 15) : first + 16])
        codes = ", ".join(f"U+{ord(character):04X}" for character in dict.fromkeys(found))
        span = text.words[first : text.words.rindex(found[-1]) + 1]
        fixed = Fix(span, _INVISIBLE.sub("", span))
        yield text.finding(INVISIBLE, value=codes, near=" ".join(near.split()), fix=fixed)


def mentions(case: Case, text: Text) -> Iterator[Finding]:
    """Handles that are nearly a member's are typing mistakes; others are worth a look."""
    for match in _HANDLE.finditer(text.words) if case.handles else ():
        handle = match[0][1:].lower()
        if handle in case.handles:
            continue
        near = next((known for known in case.handles if _nearly(handle, known)), None)
        if near:
            yield text.finding(MISSPELT_HANDLE, value=match[0], d=case.handles[near])
        else:
            yield text.finding(UNKNOWN_HANDLE, value=match[0])


def _nearly(handle: str, known: str) -> bool:
    """Whether one letter was mistyped, forgotten or doubled, in one of the parts between dots."""
    parts = zip(re.split("[@.]", handle), re.split("[@.]", known), strict=False)
    unlike = [(one, other) for one, other in parts if one != other]
    if re.sub(r"[^@.]", "", handle) != re.sub(r"[^@.]", "", known) or len(unlike) != 1:
        return False
    one, other = unlike[0]
    alike = difflib.SequenceMatcher(a=one, b=other, autojunk=False).ratio()
    return abs(len(one) - len(other)) <= 1 and alike > 0.6


def how_many_hashtags(case: Case, text: Text) -> Iterator[Finding]:
    """More than five hashtags are noise, for eyes and ears."""
    number = len(hashtags(text.words))
    if number > _MOST_HASHTAGS:
        yield text.finding(MANY_HASHTAGS, value=str(number), n=number)


def repeated(case: Case) -> Iterator[Finding]:
    """The same text twice: usually a copied row."""
    first: dict[str, str] = {}
    for seen in case.posts:
        if words := " ".join(seen.post.text.lower().split()):
            before = first.setdefault(words, seen.post.id)
            if before != seen.post.id:
                yield seen.finding(SAME_TEXT, "text", id=before)


PER_CAMPAIGN = (repeated,)
PER_POST = (there, fits, at_first_sight, left_out, languages)
PER_TEXT = {
    placeholder: _MAYBE_PLACEHOLDER,
    invisible: _INVISIBLE.pattern,
    mentions: "@",
    how_many_hashtags: f"(?:#[^#]*){{{_MOST_HASHTAGS + 1}}}",
}
