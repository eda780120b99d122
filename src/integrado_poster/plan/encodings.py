"""Bytes into text, whichever program of the last thirty years has written them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

_MARKED = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OLD = ("cp1252", "cp850", "mac_roman")  #: Windows, DOS, and a Mac's Excel.
_GERMAN = re.compile("[äöüÄÖÜß]")
_ADDRESS = re.compile(r"https?://\S+")
_LOST = re.compile(r"\w\?\w|(?<!\S)\?+(?!\S)|\?\?+(?=\s*$)|(?<![?!])\?{4}")


def decode(data: bytes) -> tuple[str, bool]:
    """The text, and whether every character of the world could be in it: Unicode, not an old code page.

    Raises `UnicodeDecodeError` if no way of reading it makes sense.
    """
    for mark, name in _MARKED:
        if data.startswith(mark):
            return data.decode(name), True
    try:
        return data.decode("utf-8-sig"), not data.isascii()
    except UnicodeDecodeError:
        return old(data), False


def old(data: bytes) -> str:
    """Text in an old code page: the one that makes the most umlauts of it, in doubt Windows'."""
    readings = list(_readings(data))
    if not readings:
        raise UnicodeDecodeError("cp1252", data, 0, 1, "not a text of any kind that we know")
    return max(readings, key=lambda text: len(_GERMAN.findall(text)))


def _readings(data: bytes) -> Iterable[str]:
    for name in _OLD:
        try:
            yield data.decode(name)
        except UnicodeDecodeError:
            continue


def lost(text: str) -> bool:
    """Whether a text from an old code page has question marks where other characters have been.

    Programs write one or two for an emoji or a foreign letter; those of addresses are left alone.
    """
    return "?" in text and _LOST.search(_ADDRESS.sub("", text)) is not None
