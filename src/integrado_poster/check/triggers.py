"""What must stand in a text before a rule has anything to say about it: all of it in one pass.

A trigger is a pattern in the syntax of RE2, and weaker than the rule's own: it may find too much,
never too little. Then most rules need not look at most posts. RE2 looks for all patterns at once, in
time that grows with the text alone. It knows the letters and figures of ASCII only, and nothing
around a match; so what is beyond ASCII counts as whatever would make the pattern match.

Where a rule does not care about capitals, write "." for an i: Python takes "İ" and "ı" for one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

_BEYOND = r"\x80-\x{10ffff}"
LETTER = f"[A-Za-z{_BEYOND}]"
FIGURE = f"[0-9{_BEYOND}]"
WORD = rf"[\w{_BEYOND}]"
LETTER_OR_FIGURE = f"[A-Za-z0-9{_BEYOND}]"
BLANK = rf"[\s\x0b\x1c-\x1f{_BEYOND}]"
NEVER = r"[^\x00-\x{10ffff}]"


class Triggers:
    """Some patterns that are looked for together.

    Those `apart` are looked for by themselves: one that counts far would have RE2 build a state for
    each of its steps with each step of the others, and be slow until it has met them all.
    """

    def __init__(self, patterns: Iterable[str], apart: Collection[str] = ()) -> None:
        self.all: Sequence[str] = tuple(dict.fromkeys(patterns))
        together = tuple(pattern for pattern in self.all if pattern not in apart)
        alone = [(pattern,) for pattern in self.all if pattern in apart]
        self._sets = [(some, _compiled(some)) for some in (together, *alone)]

    def within(self, text: str) -> Sequence[str]:
        """Those that stand somewhere in a text, always in the same order; if that cannot be told, all."""
        found: list[str] = []
        try:
            encoded = text.encode()
        except UnicodeEncodeError:  # half a character, from a broken file
            return self.all
        for patterns, compiled in self._sets:
            numbers = compiled.Match(encoded) or ()
            # The one after all is empty and stands in every text, unless RE2 has run out of memory.
            if len(patterns) not in numbers:
                return self.all
            found += [patterns[number] for number in sorted(numbers)[:-1]]
        return tuple(found)


@lru_cache(maxsize=8)
def _compiled(patterns: Sequence[str]) -> Any:
    import re2

    options = re2.Options()
    options.max_mem = 32 * 1024 * 1024
    compiled = re2.Set.SearchSet(options)
    for pattern in (*patterns, ""):
        compiled.Add(pattern)
    compiled.Compile()
    return compiled
