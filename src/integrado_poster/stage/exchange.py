"""One request and its answer, as the stand-ins see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

Json = dict[str, Any]
Pairs = list[tuple[str, str]]


class Meeting(Protocol):
    """Where a request meets a fault, if one waits for it."""

    def __call__(self, place: str, content: str, pictures: Sequence[str] = ()) -> None:
        """Call after everything was checked and before anything is done.

        Raises `Faulted` for faults after which nothing must have happened; the others take
        effect on the answer.
        """
        ...

    def again(self, id: str) -> None:
        """Call first if this would publish once more what is online already, and under which id."""
        ...

    @property
    def listed_from(self) -> datetime:
        """From when on lists may show what this request creates."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request below a platform's prefix; header names are in lower case."""

    method: str
    path: str
    query: Pairs = field(default_factory=list)
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    now: datetime
    meet: Meeting

    @property
    def media_type(self) -> str:
        """The content type without its parameters, or "" if none was sent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def bearer(self) -> str | None:
        """The token of an `Authorization: Bearer` header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    @property
    def target(self) -> str:
        """Path and query in a fixed order: the same for the same question."""
        return f"{self.path}?{urlencode(sorted(self.query))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, headers and a body."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(value: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
        """Answer in JSON."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return Answer(status=status, body=body.encode("utf-8", "replace"), headers=headers)


class Refusal(Exception):
    """The platform says no, in its own words."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Faulted(Exception):
    """A fault stands in the way, and nothing was done."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
