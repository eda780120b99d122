"""What every stand-in has in common: its account, its routes, and how it is asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from integrado_poster.stage.exchange import Answer, Ask
from integrado_poster.stage.pictures import Cabinet
from integrado_poster.stage.shown import Shown

Handler = Callable[[Ask, Mapping[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a pattern of paths, and who answers."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, pattern: str, handler: Handler) -> Route:
    """A route whose pattern must match the whole path; {name} stands for one part of it."""
    return Route(method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)), handler)


@dataclass(slots=True)
class Routes:
    """The routes of a platform, in the order in which they are tried."""

    routes: list[Route] = field(default_factory=list)

    def find(self, ask: Ask) -> tuple[Handler, Mapping[str, str]] | None:
        """Who answers this, with the parts of its path; None if nobody does."""
        for candidate in self.routes:
            if candidate.method == ask.method:
                match = candidate.pattern.fullmatch(ask.path)
                if match:
                    return candidate.handler, match.groupdict()
        return None


class StandIn(Protocol):
    """One platform's stand-in; the stage holds `lock` while it asks."""

    name: ClassVar[str]
    title: ClassVar[str]
    lock: threading.RLock

    def answer(self, ask: Ask) -> Answer:
        """Do what is asked; raises `Refusal` or `Faulted`."""
        ...

    def trouble(self, ask: Ask, kind: str) -> Answer:
        """The platform's own words for a fault."""
        ...

    def credentials(self) -> dict[str, str]:
        """What a client needs to log in, but for the base address."""
        ...

    def timeline(self) -> list[Shown]:
        """What a reader sees, newest first."""
        ...

    def remove(self, post: str) -> None:
        """Take a post away, as a person does on the platform's own page; raises KeyError if there is none."""
        ...

    def edit(self, post: str, text: str) -> None:
        """Give a post other words, as a person does on the platform's own page; raises KeyError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a stand-in stands."""

    base: str  #: The platform's address on this stage.
    cabinet: Cabinet
    now: Callable[[], datetime]
    revoked: Callable[[], bool]  #: Whether its token is refused at the moment.
    wait: float  #: Seconds that a 429 asks for.
