"""How long a text is: graphemes, X's weights, bytes, UTF-16 units, Mastodon's and Threads' ways.

And how well two colours can be told apart.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib import resources
from types import ModuleType
from typing import Any

import regex  # type: ignore[import-untyped]

_URL = 23
"""What X and Mastodon charge for a web address, however long it is."""

# Characters that are one grapheme each whatever stands beside them. Everything else (joiners,
# marks, Hangul, flags, emoji, carriage returns) is left to the Unicode rules.
_INTRICATE = re.compile("[^\n\x20-\u02ff\u2010-\u2027\u2030-\u203b\u2041-\u2048\u20a0-\u20c0]")

# X: light is 0-4351, 8192-8205, 8208-8223, 8242-8247 (twitter-text, config v3).
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_LINE_END = re.compile("\r\n?")
_MOST_DOTS = 50
_TOKEN = re.compile("[^ \n]+")
_DOT_IN_WORD = re.compile(r"[^\s.]\.[^\W\d_]")

# Whatever an emoji of the library may start with; a keycap shows by its frame, U+20E3.
_EMOJI_START = re.compile("[\xa9\xae\u203c\u2049\u2122-\u21aa\u231a-\u3299\U0001f000-\U0001faff]")
_KEYCAP_START = re.compile("[0-9#*](?=\ufe0f?\u20e3)")

_MAYBE_EMOJI = re.compile("[\xa9\xae\u200d\u203c-\u3299\ufe0f\U0001f000-\U000fffff]")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_GRAPHEME = regex.compile(r"\X")

# Narrower than Mastodon's own rule on purpose: what it shortens and we do not, we count in full,
# and what it makes longer by that at least as long.
_LINK = re.compile(
    r"(?<![\w@#$/.-])https?://(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,}(?::\d+)?"
    r"(?:[/?#](?:[\w!*';:=+,.$/%#\[\]~@|&?-]*[\w=/#+-])?)?",
    re.IGNORECASE,
)
_MAYBE_LINK = re.compile(r"https?://[a-z0-9-]+\.[a-z0-9.-]*[a-z0-9]", re.IGNORECASE)
_MENTION = re.compile(
    r"(?<![=/\w])@(?P<user>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@[\w.-]+\w", re.IGNORECASE
)


def graphemes(text: str) -> int:
    """The characters that a person would count: a flag, a family, an accented letter are one each."""
    if not _INTRICATE.search(text):
        return len(text)
    return len(_GRAPHEME.findall(text))


def utf8(text: str) -> int:
    """The length in UTF-8 bytes."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def utf16(text: str) -> int:
    """The length in UTF-16 code units, as JavaScript, Java and Telegram count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def mastodon(text: str) -> int:
    """The length on Mastodon: graphemes, an address with scheme is 23, `@user@host` is `@user`."""
    links = missing = 0
    if "://" in text:
        text, links = _LINK.subn("", text)
        missing = sum(max(0, _URL - len(rest)) for rest in _MAYBE_LINK.findall(text))
    if "@" in text:
        text = _MENTION.sub(r"@\g<user>", text)
    return graphemes(text) + links * _URL + missing


def threads(text: str) -> int:
    """The length on Threads: characters, but an emoji is as many as it has UTF-8 bytes."""
    if not _MAYBE_EMOJI.search(text):
        return len(text)
    return sum(
        utf8(cluster) if _EMOJI.search(cluster) else len(cluster)
        for cluster in _GRAPHEME.findall(text)
    )


@lru_cache(maxsize=4096)
def weighted(text: str) -> int:
    """The length on X: what twitter-text-parser's `weightedLength` says, but quickly.

    The library takes one to two milliseconds for a post. We ask it only about words with a dot
    inside, which may be addresses, and about characters that may begin an emoji. A word with more
    than fifty dots, on which the library would ponder for minutes, counts in full.
    """
    text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
    if text.isascii() and "." not in text:
        return len(text)
    total = reached = 0
    # At the same place an address goes first, as in the library.
    entities = [(start, 0, length, _URL) for start, length in _addresses(text)]
    entities += [(start, 1, length, 2) for start, length in _emojis(text)]
    for start, _, length, weight in sorted(entities):
        if start >= reached:
            total += _plain(text[reached:start]) + weight
            reached = start + length
    return total + _plain(text[reached:])


def linked(text: str) -> bool:
    """Whether X turns anything in a text into a link; an address needs no scheme for that."""
    return any(True for _ in _addresses(text))


def _plain(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(_HEAVY.findall(text))


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Start and length of what X turns into a link. No address goes beyond a blank."""
    if not _DOT_IN_WORD.search(text):
        return
    for token in _TOKEN.finditer(text):
        if _DOT_IN_WORD.search(token[0]) and token[0].count(".") <= _MOST_DOTS:
            # The library looks at the character before; at the very beginning there is none.
            blank = "" if token.start() == 0 else " "
            for start, length in _addresses_in(blank + token[0]):
                yield token.start() - len(blank) + start, length


@lru_cache(maxsize=4096)
def _addresses_in(token: str) -> tuple[tuple[int, int], ...]:
    found = _library()[0](token)
    return tuple({entity["indices"][0]: len(entity["url"]) for entity in found}.items())


def _emojis(text: str) -> Iterator[tuple[int, int]]:
    """Start and length of each emoji sequence that X counts as one."""
    starts = [] if text.isascii() else [match.start() for match in _EMOJI_START.finditer(text)]
    if "\u20e3" in text:
        starts = sorted([*starts, *(match.start() for match in _KEYCAP_START.finditer(text))])
    reached = 0
    for start in starts:
        if start >= reached and (length := _emoji_at(text[start : start + 12])):
            yield start, length
            reached = start + length


@lru_cache(maxsize=4096)
def _emoji_at(text: str) -> int:
    """How long the emoji at the very beginning is; 0 if none is there."""
    match = _library()[1].match(text)
    return match.end() if match else 0


@cache
def _library() -> tuple[Callable[[str], list[dict[str, Any]]], re.Pattern[str]]:
    """What twitter-text-parser takes for addresses and emoji; building it takes 0.2 s, once."""
    # It asks pkg_resources for its own list of emoji, and setuptools no longer brings that.
    stand_in = ModuleType("pkg_resources")
    stand_in.__dict__["resource_string"] = lambda module, name: (
        resources.files(module.rpartition(".")[0]).joinpath(name).read_bytes()
    )
    before = {name: sys.modules[name] for name in ("pkg_resources",) if name in sys.modules}
    sys.modules["pkg_resources"] = stand_in
    try:
        from twitter_text.extract_emojis import emoji
        from twitter_text.extract_urls import extract_urls_with_indices
    finally:
        del sys.modules["pkg_resources"]
        sys.modules.update(before)
    return extract_urls_with_indices, emoji


# --- Colours ----------------------------------------------------------------------------

INK = "#16181d"
"""The black of our cards."""
ENOUGH = 4.5
"""The least contrast of words by WCAG 2, level AA."""


def ink_on(colour: str) -> str:
    """Give what is written on a colour: white, or black where white cannot be read."""
    return INK if contrast(colour, "#ffffff") < ENOUGH <= contrast(colour, INK) else "#ffffff"


def readable(colour: str) -> str:
    """Give the colour if white or black can be read on it, else the nearest darker one."""
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    for share in range(100, 0, -1):
        darker = "#" + "".join(f"{part * share // 100:02x}" for part in parts)
        if contrast(darker, ink_on(darker)) >= ENOUGH:
            return darker if share < 100 else colour
    raise AssertionError("black carries white")


def contrast(one: str, other: str) -> float:
    """Give the contrast ratio of two colours ("#0b5d5e") by WCAG 2, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
