"""A11Y: can everybody read, hear and understand the words?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from integrado_poster.check.case import UNUSUAL, Case, Seen, Text, unusual
from integrado_poster.check.rule import Rule
from integrado_poster.check.text import hashtags
from integrado_poster.check.triggers import LETTER, LETTER_OR_FIGURE
from integrado_poster.model import Finding, Fix, PlannedPost, Said, Severity

SMALL_HASHTAG = Rule(
    id="A11Y-04",
    severity=Severity.WARNING,
    mends=True,
    de="#{v} wird falsch vorgelesen. Schreiben Sie jedes Wort groß: #{suggestion}",
    en="#{v} is read aloud wrongly. Capitalise each word: #{suggestion}",
)
MANY_EMOJI = Rule(
    id="A11Y-05",
    severity=Severity.HINT,
    de="{n} Emoji. Vorleseprogramme sprechen jeden aus: Bis zu drei sind gut, am Ende.",
    en="{n} emoji. Screen readers speak each one: up to three are fine, at the end.",
)
FANCY = Rule(
    id="A11Y-07",
    severity=Severity.ERROR,
    mends=True,
    de="„{v}“ besteht aus Sonderzeichen, die nicht vorgelesen werden. Tippen Sie es normal.",
    en="“{v}” is made of special characters that are not read aloud. Type it normally.",
)
LONG_SENTENCE = Rule(
    id="A11Y-09",
    severity=Severity.HINT,
    de="Dieser Satz hat {n} Wörter: „{v}“ Zwei Sätze sind leichter.",
    en="This sentence has {n} words: “{v}” Two sentences are easier.",
)
LONG_WORD = Rule(
    id="A11Y-10",
    severity=Severity.HINT,
    de="„{v}“ ist ein langes Wort. Ein Bindestrich hilft beim Lesen.",
    en="“{v}” is a long word. A hyphen helps readers.",
)
ABBREVIATION = Rule(
    id="A11Y-11",
    severity=Severity.HINT,
    de="Ist „{v}“ allen bekannt? Schreiben Sie es einmal aus.",
    en="Does everybody know “{v}”? Spell it out once.",
)
CAPITALS = Rule(
    id="A11Y-12",
    severity=Severity.WARNING,
    de="„{v}“: Großbuchstaben am Stück sind schwer zu lesen. Schreiben Sie normal.",
    en="“{v}”: runs of capitals are hard to read. Write it normally.",
)
OTHER_SCRIPT = Rule(
    id="A11Y-13",
    severity=Severity.WARNING,
    de="Der Text ist in {script} geschrieben, als Sprache steht „{v}“. Verbessern Sie die Sprache.",
    en="The text is written in {script}, but its language is given as “{v}”. Correct the language.",
)
LONG_HASHTAG = Rule(
    id="A11Y-17",
    severity=Severity.HINT,
    de="#{v}: Besteht es aus mehreren Wörtern? Dann schreiben Sie jedes groß.",
    en="#{v}: is it more than one word? Then capitalise each.",
)

_USUAL = frozenset(  # long, but every reader of these organisations has met them
    f"Antidiskriminierung{rest}" for rest in ("sarbeit", "sstelle", "sstellen", "sberatung")
)
_SENTENCE_WORDS = 20
_WORD_LETTERS = 25
_EMOJI = 3
_ENOUGH_LETTERS, _MOST = 12, 0.6  # to tell a script by

_FANCY = re.compile(
    "[\U0001d400-\U0001d7ff\u24b6-\u24e9\uff21-\uff3a\uff41-\uff5a\U0001f130-\U0001f149\U0001f150-\U0001f169]"
    "(?: ?[\U0001d400-\U0001d7ff\u24b6-\u24e9\uff21-\uff3a\uff41-\uff5a\U0001f130-\U0001f149\U0001f150-\U0001f169])+"
)
_MAYBE_EMOJI = "(?s:[\u203c-\u3299\U0001f000-\U0001faff].*)"
_EMOJI_SEQUENCE = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[\u2600-\u27bf\u2b05-\u2b55\u231a-\u23fa\U0001f300-\U0001faff]"
    "(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\u2600-\u27bf\U0001f300-\U0001faff])*)"
)
_SENTENCE_END = re.compile(r"(?<=[.!?…؟])[“”\"»)]*\s+|\n+|[;:]\s+")
_NO_SENTENCE_END = re.compile(
    r"\b(?:z\. ?B|d\. ?h|u\. ?a|e\. ?V|v\. ?a|i\. ?d\. ?R|bzw|ca|Nr|Str|St|Dr|Tel|inkl|Mo|Di|Mi|Do|Fr|Sa|So|\d{1,2})\."
)
_BLANKS = r" \t\x0b-\r\x1c-\x1f\x{85}\x{a0}\p{Z}"  # but no line end
_NO_BLANK = rf"[^\n{_BLANKS}]"
# What is short before its full stop may be an abbreviation, and end no sentence.
_WORD_INSIDE = (
    rf"(?:{_NO_BLANK}*[^\n{_BLANKS}.!?…؟;:]"
    rf"|(?:{_NO_BLANK}*[^\n{_BLANKS}A-Za-z0-9])?{LETTER_OR_FIGURE}{{1,4}}\.)"
)
_MANY_WORDS = rf"(?:{_WORD_INSIDE}[{_BLANKS}]+){{{_SENTENCE_WORDS}}}{_NO_BLANK}"
_LONG_WORD = re.compile(rf"[^\W\d_]{{{_WORD_LETTERS + 1},}}")
_ABBREVIATION = re.compile(r"(?<![\w#@./-])[A-ZÄÖÜ]{2,6}(?![\w@/.])")
_TWO_CAPITALS = "[A-ZÄÖÜ]{2}"
_CAPITALS = re.compile(
    r"(?<![\w#@])(?:[A-ZÄÖÜ]{4,}(?:[ -]+[A-ZÄÖÜ]{2,}){0,20}[ -]+[A-ZÄÖÜ]{4,}|[A-ZÄÖÜ]{12,})(?!\w)"
)
_MAYBE_CAPITALS = "[A-ZÄÖÜ]{4}[ -]+(?:[A-ZÄÖÜ]{2,}[ -]+)*[A-ZÄÖÜ]{4}|[A-ZÄÖÜ]{12}"
_SCRIPTS = (
    (re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+"), "arabischer", "Arabic"),
    (re.compile("[\u0400-\u052f]+"), "kyrillischer", "Cyrillic"),
    (re.compile("[\u0590-\u05ff]+"), "hebräischer", "Hebrew"),
    (re.compile("[\u0370-\u03ff]+"), "griechischer", "Greek"),
    (re.compile("[A-Za-z\u00c0-\u024f]+"), "lateinischer", "Latin"),
)
_SCRIPT_OF = {
    **dict.fromkeys(("ar", "fa", "ckb", "ur", "ps", "prs"), "Arabic"),
    **dict.fromkeys(("uk", "ru", "bg", "mk", "be"), "Cyrillic"),
    **dict.fromkeys(("he", "yi"), "Hebrew"),
    "el": "Greek",
    **dict.fromkeys(
        ("de", "en", "tr", "fr", "es", "it", "pl", "ro", "pt", "nl", "sq", "bs", "hr", "so", "kmr"),
        "Latin",
    ),
}
# What people in Dortmund read every day, and what TEXT-03 finds.
_COMMON = frozenset(
    (
        *("NRW", "EU", "DE", "BRD", "USA", "UN", "UNO", "ARD", "ZDF", "WDR"),
        *(
            "DRK",
            "AWO",
            "ADAC",
            "VHS",
            "ÖPNV",
            "PDF",
            "SMS",
            "WLAN",
            "TV",
            "PC",
            "CD",
            "DVD",
            "QR",
            "FAQ",
        ),
        *(
            "WC",
            "EUR",
            "CET",
            "OK",
            "IT",
            "URL",
            "WM",
            "EM",
            "SV",
            "BVB",
            "UK",
            "HIV",
            "GEZ",
            "AGB",
            "GG",
            "ICE",
            "ID",
        ),
        *("TL", "EL", "KB", "MB", "GB", "IBAN", "BIC", "USB", "GPS", "LED", "DIY"),
        *("CDU", "SPD", "FDP", "IHK", "KITA", "PLZ", "DHL", "IKW", "OG", "UG", "EG"),
        *("LGBTIQ", "LGBTIQA", "LSBTIQ", "LSBTI", "LGBTQ", "LGBT"),
        *("XXX", "XXXX", "TODO", "TBD", "DANKE"),
    )
)


def hashtag_words(case: Case, text: Text) -> Iterator[Finding]:
    """Screen readers find the words of a hashtag by their capitals."""
    for tag in hashtags(text.words):
        small = tag.lower()
        known = case.hashtags.get(small)
        if known and known != tag and tag == small:
            fix = Fix(f"#{tag}", f"#{known}")
            yield text.finding(SMALL_HASHTAG, value=tag, suggestion=known, fix=fix)
        elif not known and len(tag) >= 15 and tag == small != tag.upper():
            yield text.finding(LONG_HASHTAG, value=tag)


def emoji(case: Case, text: Text) -> Iterator[Finding]:
    """A few emoji are friendly; many are a long list of names for those who listen."""
    number = len(_EMOJI_SEQUENCE.findall(text.words))
    if number > _EMOJI:
        yield text.finding(MANY_EMOJI, value=str(number), n=number)


def fancy(case: Case, text: Text) -> Iterator[Finding]:
    """Letters from the mathematical alphabets look bold and are silence, or formulas, to the ear."""
    if match := _FANCY.search(text.words):
        plain = unicodedata.normalize("NFKC", match[0])
        yield text.finding(FANCY, value=match[0], fix=Fix(match[0], plain))


def sentences(case: Case, text: Text) -> Iterator[Finding]:
    """Long sentences; abbreviations and dates do not end one."""
    if text.language[:2] not in {"de", "en"}:
        return
    words = _NO_SENTENCE_END.sub(lambda found: found[0].replace(".", "·"), text.words)
    for sentence in _SENTENCE_END.split(words):
        # Nobody fits twenty words and the blanks between them into less.
        if sentence and len(sentence) > 3 * _SENTENCE_WORDS:
            number = sum(any(map(str.isalnum, word)) for word in sentence.split())
            if number > _SENTENCE_WORDS:
                yield text.finding(LONG_SENTENCE, value=sentence.replace("·", "."), n=number)


def long_words(case: Case, text: Text) -> Iterator[Finding]:
    """Words that need a second look. The members' and the funder's own names are what they are."""
    for match in _LONG_WORD.finditer(text.words) if text.language[:2] == "de" else ():
        before = text.words[max(0, match.start() - 1) : match.start()]
        if before not in {"#", "@", "/", "."} and match[0] not in case.names | _USUAL:
            yield text.finding(LONG_WORD, value=match[0])


def capitals(case: Case, text: Text) -> Iterator[Finding]:
    """Shouting; abbreviations side by side are not."""
    for match in _CAPITALS.finditer(text.words):
        if not set(re.split("[ -]+", match[0])) <= case.names:
            yield text.finding(CAPITALS, value=match[0])


def script(case: Case, seen: Seen) -> Iterator[Finding]:
    """A wrong language makes a screen reader speak gibberish."""
    if UNUSUAL not in seen.holds and _all_in_latin(seen.post):
        return
    for text in seen.texts:
        expected = _SCRIPT_OF.get(text.language.partition("-")[0])
        if expected is None or (expected == "Latin" and not unusual(text.words)):
            continue
        found = _script(text.words, expected)
        if found:
            named = Said(f"{found.de} Schrift", f"{found.en} script")
            yield text.finding(OTHER_SCRIPT, value=text.language, script=named)


def _script(words: str, expected: str) -> Said | None:
    """The script of most letters, if it is another."""
    letters: int | None = None
    for pattern, german, english in _SCRIPTS:
        number = len("".join(pattern.findall(words)))
        if english == expected and number > _MOST * len(words):
            return None  # of all signs, and so of all letters
        if number and letters is None:
            letters = sum(map(str.isalpha, words))
            if letters < _ENOUGH_LETTERS:
                return None
        if number > _MOST * (letters or 0):
            return None if english == expected else Said(german, english)
    return None


def _all_in_latin(post: PlannedPost) -> bool:
    """Whether none of its languages is written in another script, as far as we know them."""
    languages = (post.language, *[each.language for each in post.translations])
    return all(_SCRIPT_OF.get(each.partition("-")[0], "Latin") == "Latin" for each in languages)


def abbreviations(case: Case) -> Iterator[Finding]:
    """Each abbreviation that is not common knowledge, at its first appearance in the campaign."""
    known = {*case.names, *_COMMON, *case.campaign.glossary}
    for seen in case.posts:
        for text in seen.texts if _TWO_CAPITALS in seen.holds else ():
            for short in _ABBREVIATION.findall(text.words) if text.language[:2] == "de" else ():
                if short not in known and not _spelt_out(short, seen.texts):
                    yield text.finding(ABBREVIATION, value=short)
                known.add(short)


def _spelt_out(short: str, texts: tuple[Text, ...]) -> bool:
    """Whether it stands beside its long form: "das Gleichbehandlungsgesetz (AGG)", "AGG (…)"."""
    return any(f"({short})" in text.words or f"{short} (" in text.words for text in texts)


PER_CAMPAIGN = (abbreviations,)
PER_POST = (script,)
PER_TEXT = {
    hashtag_words: "#",
    emoji: f"{_MAYBE_EMOJI}{{{_EMOJI + 1}}}",
    fancy: _FANCY.pattern,
    long_words: rf"{LETTER}{{{_WORD_LETTERS + 1}}}",
    capitals: _MAYBE_CAPITALS,
    sentences: _MANY_WORDS,
}
TRIGGERS = (_TWO_CAPITALS, UNUSUAL)
APART = (_MANY_WORDS,)
