"""Where a sentence ends, in all the scripts that we write."""

from __future__ import annotations

import re
from typing import NamedTuple

# A sign, perhaps with a closing quotation mark or bracket, and a blank.
_END = re.compile(r"[.!?…؟۔።]+[\"'“”»’)]*\s+")
# What stands before a full stop that ends nothing: "z. B.", "26. September", "Dr. Muster".
_GOES_ON = re.compile(
    r"(?:^|[\s.(])(?:\w|\d\d|Dr|Nr|St|ca|Tel|Str|bzw|vgl|inkl|Prof|e\.V|[MDFS][aior])\.$"
)


def sentences(text: str) -> list[str]:
    """Give the sentences of a text, each in one line; a line of the text ends one, too.

    In doubt two stay together: nothing is ever cut within a sentence.
    """
    return [sentence for line in text.splitlines() for sentence in _of(" ".join(line.split()))]


class Piece(NamedTuple):
    """A sentence as it stands in its text."""

    text: str
    gap: str  #: What parts it from the one before: a blank, one line end or two; "" for the first.


def pieces(text: str) -> list[Piece]:
    """Give the sentences of a text as they stand; the same ones that `sentences` finds."""
    found: list[Piece] = []
    gap = ""
    for line in map(str.strip, text.splitlines()):
        for sentence in _of(line):
            found.append(Piece(sentence, gap))
            gap = " "
        gap = "\n" if line else "\n\n"
        gap = gap if found else ""
    return found


def _of(line: str) -> list[str]:
    found, start = [], 0
    for end in _END.finditer(line):
        before, after = line[start : end.end()].rstrip(), line[end.end() : end.end() + 1]
        if after.islower() or not after or _GOES_ON.search(before):
            continue
        found.append(before)
        start = end.end()
    return [*found, line[start:]] if line[start:] else found
