"""What can go wrong on a platform: on command, or drawn so that a seed always gives the same."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrado_poster.stage.exchange import Faulted

KINDS: Mapping[str, str] = {
    "refuse": "a clear no, for this text for ever",
    "revoked": "the token is refused until it is restored",
    "slow-down": "429 with a wait, before creating",
    "down": "503 before creating",
    "dropped": "the connection is closed before creating",
    "early-error": "500 before creating",
    "upload-error": "an upload fails with the platform's own transient error",
    "lost-reply": "created, then the connection is closed without an answer",
    "late-error": "created, then 500",
    "garbled": "created, then a body that nobody can read",
    "no-id": "created, then a success without an id",
    "slow": "created, then an answer later than a client waits",
    "hidden": "created, the reply is lost, and lists show it only some seconds later",
}
"""Every fault, and what it means. The order is the one in which a page should offer them."""

LASTING = frozenset({"refuse", "revoked"})
"""Faults that stay; after all others the platform works again."""

BEFORE = frozenset(
    {"refuse", "revoked", "slow-down", "down", "dropped", "early-error", "upload-error"}
)
"""Faults after which nothing was created."""

SILENT = frozenset({"dropped", "lost-reply", "hidden"})
"""Faults after which the connection is closed without an answer."""

PLACES = ("publish", "upload", "read", "login")

_ALIASES = {"refusal": "refuse"}
_READS = ("slow-down", "down", "dropped", "early-error", "garbled")
_AT: Mapping[str, frozenset[str]] = {
    "publish": frozenset(KINDS) - {"upload-error"},
    "upload": frozenset({*_READS, "upload-error", "lost-reply", "late-error", "no-id"}),
    "read": frozenset(_READS),
    "login": frozenset(),
}
_CAP = {"publish": 2, "upload": 1, "read": 1, "login": 0}
_SHARE = {"publish": 1.0, "upload": 0.25, "read": 0.25, "login": 0.0}


def kinds(words: Collection[str]) -> tuple[str, ...]:
    """The faults that these words name; "all" is every fault after which the platform works again.

    Raises ValueError for a word that names none.
    """
    named: set[str] = set()
    for word in words:
        name = _ALIASES.get(word, word)
        if name == "all":
            named |= set(KINDS) - LASTING
        elif name in KINDS:
            named.add(name)
        else:
            raise ValueError(f"no such fault: {word!r}; there are {', '.join(KINDS)} and all")
    return tuple(kind for kind in KINDS if kind in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Which faults are drawn, how often, and how long they last.

    The same seed draws the same fault for the same (platform, content, attempt), in whatever
    order requests come; for reads, which tell no content, their order counts. One text meets at most two faults, its picture's included, so that the
    platform works again; a refused text stays refused, a revoked token revoked.
    """

    kinds: Collection[str] = ()
    seed: int = 0
    rate: float = 0.5  #: 0 to 1: the share of attempts to publish that meet a fault.
    slow_seconds: float = 30.0  #: How long a slow answer takes.
    hidden_seconds: float = 8.0  #: How long a hidden post is missing from lists.
    wait_seconds: float = 60.0  #: The wait that a 429 asks for.

    def chances(self, key: str) -> tuple[float, float]:
        """Two numbers from 0 to 1, always the same for the same key."""
        digest = hashlib.sha256(f"{self.seed}|{key}".encode("utf-8", "surrogatepass")).digest()
        return (
            int.from_bytes(digest[:8], "big") / 2**64,
            int.from_bytes(digest[8:16], "big") / 2**64,
        )


@dataclass(slots=True)
class Desk:
    """Keeps the faults that wait, and hands them out."""

    faults: Faults
    wanted: frozenset[str] = field(init=False)
    played: dict[tuple[str, str], deque[str]] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)
    counted: Counter[str] = field(default_factory=Counter)
    _attempts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _met: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _reads: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.wanted = frozenset(kinds(self.faults.kinds))

    def play(self, platform: str, kind: str, times: int, place: str) -> None:
        """Let a fault wait for the next requests at a place; a revoked token is refused at once."""
        (kind,) = kinds([kind])
        if place not in PLACES:
            raise ValueError(f"no such place: {place!r}; there are {', '.join(PLACES)}")
        if kind == "hidden" and place != "publish":
            raise ValueError("only a published post can be hidden")
        with self._lock:
            if kind == "revoked":
                self.revoked.add(platform)
            else:
                self.played.setdefault((platform, place), deque()).extend([kind] * times)

    def restore(self, platform: str) -> None:
        """Make the token good again, and forget what waits."""
        with self._lock:
            self.revoked.discard(platform)
            for place in PLACES:
                self.played.pop((platform, place), None)

    def waiting(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """The faults on command that no request has met yet, by platform and place."""
        with self._lock:
            return {key: tuple(queue) for key, queue in self.played.items() if queue}

    def next(
        self, platform: str, place: str, content: str, pictures: Sequence[str] = ()
    ) -> str | None:
        """The fault that this request meets, or None."""
        with self._lock:
            if place == "publish" and (platform, content) in self.refused:
                return "refuse"
            waiting = self.played.get((platform, place))
            kind = waiting.popleft() if waiting else self._draw(platform, place, content, pictures)
            if kind == "refuse" and place == "publish":
                self.refused.add((platform, content))
            if kind == "revoked":
                self.revoked.add(platform)
            return kind

    def _draw(self, platform: str, place: str, content: str, pictures: Sequence[str]) -> str | None:
        if not self.wanted:
            return None
        key = (platform, place, content)
        self._attempts[key] += 1
        met = self._met[key] + sum(self._met[platform, "upload", name] for name in pictures)
        if met >= _CAP[place]:
            return None
        # A no for good comes first or never: it would be a lie about what is already online.
        first = self._attempts[key] == 1
        eligible = sorted((self.wanted if first else self.wanted - LASTING) & _AT[place])
        share = _SHARE[place] if self.wanted & _AT["publish"] else 1.0
        chance, choice = self.faults.chances(self._name(*key))
        if not eligible or chance >= self.faults.rate * share:
            return None
        kind = eligible[int(choice * len(eligible))]
        self._met[key] += 1
        self.counted[kind] += 1
        return kind

    def _name(self, platform: str, place: str, content: str) -> str:
        if place == "read":
            # What is read is named by keys that a client may have made at random.
            self._reads[platform] += 1
            content = str(self._reads[platform])
        return f"{platform}|{place}|{content}|{self._attempts[platform, place, content]}"


@dataclass(slots=True)
class Encounter:
    """One request's meeting with its fault."""

    desk: Desk
    platform: str
    now: datetime
    fault: str = ""
    repeats: str = ""  #: The id of what it would have published once more.

    def again(self, id: str) -> None:
        """Note that what it asks for is online already, whatever the platform makes of that."""
        self.repeats = id

    def __call__(self, place: str, content: str, pictures: Sequence[str] = ()) -> None:
        """Meet the fault that waits here, if one does; raises `Faulted` if nothing must happen."""
        self.fault = self.desk.next(self.platform, place, content, pictures) or ""
        if self.fault in BEFORE:
            raise Faulted(self.fault)

    @property
    def listed_from(self) -> datetime:
        """From when on lists may show what this request creates."""
        late = self.desk.faults.hidden_seconds if self.fault == "hidden" else 0.0
        return self.now + timedelta(seconds=late)
