"""How words are tidied at reading, compared in headings, and guessed when misspelt."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_UNTIDY = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]|  | \n"
)
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")
_BLANKS = re.compile(" {2,}")
_BLANKS_AT_END = re.compile(r"[ \t]+(?=\n)")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NO_WORD = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=256)  # the same cell is asked about again and again
def tidy(text: str) -> str:
    """The text as we keep it (TEXT-05): NFC, line ends as LF, no doubled blanks, no blanks at the
    ends of the text or of a line, and no control characters. Tabs and joiners (ZWJ, bidi) stay.

    Doing it twice changes nothing more.
    """
    if _UNTIDY.search(text):
        text = _NOT_TEXT.sub("", _BREAKS.sub("\n", text))
        text = _BLANKS_AT_END.sub("", _BLANKS.sub(" ", text))
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return text.strip()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """What remains of a name when case, blanks, hyphens and the spelling of umlauts do not count.

    Names in scripts without a Latin spelling are only trimmed and lower-cased.
    """
    lower = unicodedata.normalize("NFC", text.casefold()).translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", lower)
    return _NO_WORD.sub("", plain) or lower.strip()


def slug(text: str) -> str:
    """A key made from a name: "Jüdische Gemeinde" becomes "juedische-gemeinde"."""
    lower = unicodedata.normalize("NFC", text.casefold()).translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", lower).encode("ascii", "ignore").decode()
    return _NO_WORD.sub("-", plain).strip("-")[:40].strip("-")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None."""
    return _nearest(word, tuple(known))


@lru_cache(maxsize=1024)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    folded = {fold(name): name for name in known}
    wanted = fold(word)
    close = difflib.get_close_matches(wanted[:200], folded, n=1, cutoff=0.6)
    if close:
        return folded[close[0]]
    inside = [name for key, name in folded.items() if len(wanted) > 2 and wanted in key]
    return inside[0] if len(inside) == 1 else None
