"""Numbers as platforms give them: unique, and the same again for the same content."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime


def number(bits: int, *parts: object) -> int:
    """A number of so many bits (at most 64) that depends on nothing but its parts."""
    text = "|".join(str(part) for part in parts)
    return int.from_bytes(
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big"
    ) >> (64 - bits)


class Ids:
    """Hands out numbers, none of them twice."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._count: Counter[str] = Counter()

    def snowflake(self, now: datetime, shift: int, epoch_ms: int, content: str) -> int:
        """An id that sorts by time: milliseconds since the epoch above `shift` bits of content."""
        moment = round(now.timestamp() * 1000) - epoch_ms
        return self._free((moment << shift) | number(shift, content, self._nth(content)))

    def plain(self, digits: int, content: str) -> int:
        """An id of so many digits (at most 18) that tells nothing about its time."""
        low = 10 ** (digits - 1)
        return self._free(low + number(64, content, self._nth(content)) % (9 * low))

    def _nth(self, content: str) -> int:
        self._count[content] += 1
        return self._count[content]

    def _free(self, wish: int) -> int:
        while wish in self._taken:
            wish += 1
        self._taken.add(wish)
        return wish
