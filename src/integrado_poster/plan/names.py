"""Who is meant: organisations, areas, accounts and platforms by any of their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from integrado_poster.plan.spelling import fold, nearest

_MOST_GUESSES = 100  #: A file with more mistakes than this is wrong in another way.


@dataclass(slots=True)
class Names:
    """The names under which some keys are known. An exact name goes before a similar one."""

    _exact: dict[str, str] = field(default_factory=dict)
    _folded: dict[str, str | None] = field(default_factory=dict)
    _usual: dict[str, str] = field(default_factory=dict)
    _guessed: dict[str, str | None] = field(default_factory=dict)

    def know(self, keys: Iterable[tuple[str, ...]]) -> Names:
        """Take in keys, each with its other names; keys go before names, and names in their order."""
        known = list(keys)
        for level in range(max(map(len, known), default=0)):
            for names in known:
                if level < len(names) and names[level]:
                    self._add(names[level], names[0])
        for key, *others in known:
            self._usual.setdefault(key, next(filter(None, others), key))
        return self

    def _add(self, name: str, key: str) -> None:
        self._exact.setdefault(name, key)
        folded = fold(name)
        # Two who sound alike are nobody: better ask than mistake one for the other.
        if self._folded.setdefault(folded, key) != key:
            self._folded[folded] = None

    def key(self, written: str) -> str | None:
        """The key that is meant, or None."""
        return self._exact.get(written) or self._folded.get(fold(written))

    def guess(self, written: str) -> str | None:
        """The name that was probably meant, or None."""
        if written not in self._guessed and len(self._guessed) < _MOST_GUESSES:
            self._guessed[written] = nearest(written, self._exact)
        return self._guessed.get(written)

    def best(self, key: str) -> str:
        """The name by which people know it, if it is clear; else the key itself."""
        name = self._usual.get(key, key)
        return name if self.key(name) == key else key
