"""How X counts, links and returns a text."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from functools import lru_cache

from integrado_poster.stage.exchange import Json

WEIGHT = 280
_FORBIDDEN = re.compile("[\ufffe\ufeff\uffff]")
_HEAVY = re.compile("[^\x00-\u10ff]|[\xa9\xae]")
_DOT = re.compile(r"\.[^\W\d_]")
_CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=512)
def weight(text: str) -> int:
    """The weighted length by X's own rules."""
    from twitter_text import parse_tweet

    return int(parse_tweet(text).weightedLength)


def too_long(text: str) -> bool:
    """Whether a text weighs more than a post may."""
    # An upper bound spares the slow count. Whatever is heavy weighs 2, even as an emoji, and a
    # link, which weighs 23, has a dot with a letter behind it.
    heavy, dots = len(_HEAVY.findall(text)), len(_DOT.findall(text))
    if len(text) + heavy + 23 * dots <= WEIGHT:
        return False
    return weight(text) > WEIGHT


def normal(text: str) -> str:
    """The text as X keeps it: composed, with plain line ends, trimmed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", plain).strip()


def forbidden(text: str) -> bool:
    """Whether a character is in it that X never takes."""
    return _FORBIDDEN.search(text) is not None


def cashtags(text: str) -> int:
    """How many cashtags are in it; one is allowed."""
    return len(_CASHTAG.findall(text))


def short(address: str) -> str:
    """The t.co address for another one."""
    value = int.from_bytes(hashlib.sha256(address.encode("utf-8", "replace")).digest()[:8], "big")
    letters = []
    for _ in range(10):
        value, place = divmod(value, 62)
        letters.append(_LETTERS[place])
    return f"https://t.co/{''.join(letters)}"


@lru_cache(maxsize=512)
def _links(text: str) -> tuple[tuple[int, int, str], ...]:
    from twitter_text.extract_urls import extract_urls_with_indices

    return tuple((*found["indices"], found["url"]) for found in extract_urls_with_indices(text))


def returned(text: str, photos: tuple[tuple[str, str], ...] = ()) -> tuple[str, Json]:
    """The text as the API gives it (escaped, links as t.co, one for the media), and its entities.

    `photos` are (address, media key) of the pictures.
    """
    pieces: list[str] = []
    urls: list[Json] = []
    end = length = 0
    for start, stop, url in _links(text):
        pieces.append(html.escape(text[end:start], quote=False))
        length += len(pieces[-1])
        urls.append({**_entity(short(url), length), **_target(url)})
        pieces.append(short(url))
        length += len(pieces[-1])
        end = stop
    pieces.append(html.escape(text[end:], quote=False))
    length += len(pieces[-1])
    if photos:
        link = short(photos[0][0])
        gap = " " if length else ""
        pieces.append(gap + link)
        urls += [
            {**_entity(link, length + len(gap)), **_target(address), "media_key": key}
            for address, key in photos
        ]
    return "".join(pieces), {"urls": urls} if urls else {}


def _entity(link: str, start: int) -> Json:
    return {"start": start, "end": start + len(link), "url": link}


def _target(url: str) -> Json:
    full = url if re.match(r"https?://", url, re.IGNORECASE) else f"http://{url}"
    display = re.sub(r"^https?://(www\.)?", "", full, flags=re.IGNORECASE)
    return {
        "expanded_url": full,
        "display_url": display if len(display) <= 27 else display[:26] + "…",
    }
