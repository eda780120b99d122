"""facebook-sdk with its faults mended: today's version, no token in addresses, no lost status."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from facebook import GraphAPI

from integrado_poster.errors import (
    CannotTell,
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Repeated,
    TryLater,
)
from integrado_poster.speech import Sentence
from integrado_poster.wire import wait
from integrado_poster.wire.line import Line, Reply, garbled, problem

GONE = 33
"""The subcode of error 100 for an object that is not there, or not for us."""

_TRANSIENT = frozenset({1, 2})
_SLOW_DOWN = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
_LOGIN = frozenset({3, 10, 102, 190, 368, *range(200, 300)})
_DUPLICATE = 506
_USAGE = ("x-business-use-case-usage", "x-app-usage", "x-page-usage")
_VERSION = re.compile(r"v\d{1,2}\.\d{1,2}")


class GraphRejected(Rejected):
    """A no of the Graph API, with its numbers."""

    def __init__(self, message: str, *, code: int, subcode: int) -> None:
        super().__init__(message)
        self.code = code
        self.subcode = subcode


class Graph(GraphAPI):  # type: ignore[misc]  # the library has no types
    """The Graph API over one of our lines. The line sends the token; no address ever holds it."""

    def __init__(self, line: Line, *, token: str, version: str) -> None:
        super().__init__(access_token=token, session=line)  # the library wants one, and uses ours
        if not _VERSION.fullmatch(version):
            raise ValueError(f"not a version of the Graph API: {version!r}")
        self.version = version  # the constructor knows none above 3.1
        self.line = line

    def update(self, object_id: str, **fields: object) -> Mapping[str, Any]:
        """Change an object; the one call that must not simply be repeated (see `Line.through`)."""
        return self._send("POST", f"{self.version}/{object_id}", fields=fields, once=True)

    def request(
        self,
        path: str,
        args: Mapping[str, object] | None = None,
        post_args: Mapping[str, object] | None = None,
        files: Mapping[str, Any] | None = None,
        method: str | None = None,
    ) -> Mapping[str, Any]:
        """Every call of the library ends here. All of them may be repeated."""
        if post_args is not None:
            return self._send("POST", path, fields=post_args, files=files)
        return self._send(method or "GET", path, args=args)

    def _send(
        self,
        method: str,
        path: str,
        *,
        args: Mapping[str, object] | None = None,
        fields: Mapping[str, object] | None = None,
        files: Mapping[str, Any] | None = None,
        once: bool = False,
    ) -> Mapping[str, Any]:
        reply = self.line.ask(
            method,
            f"/{path.lstrip('/')}",
            once=once,
            params=_plain(args),
            data=_plain(fields),
            files=files,
        )
        if reply.facts.get("error") or not reply.fine:
            raise refusal(reply, once=once)
        if not reply.facts:
            raise garbled(reply, once=once)
        return reply.facts


def refusal(reply: Reply, *, once: bool = False) -> PlatformError:
    """What an error of the Graph API means, by its codes; for `once` see `problem`."""
    error = reply.facts.get("error")
    if not isinstance(error, dict):
        return problem(reply, once=once)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    said = error.get("error_user_msg") or error.get("message") or ""
    text = reply.hide(f"{reply.status}, code {code}{f'/{subcode}' if subcode else ''}: {said}")
    if code in _SLOW_DOWN:
        return TryLater(text, wait=_wait(reply.headers))
    if code in _LOGIN:
        return LoginNeeded(text)
    if code in _TRANSIENT or error.get("is_transient") is True or reply.status >= 500:
        if once:
            return OutcomeUnknown(text)
        return TryLater(text, wait=wait.asked(reply.headers), down=True)
    if code == _DUPLICATE:
        # A draft is no post, so the words that are there already came about in some other way.
        return Repeated(text) if once else CannotTell(Sentence("wire.repeated", detail=text))
    if code == 0:
        return problem(reply, str(said), once=once)
    return GraphRejected(text, code=code, subcode=subcode)


def _plain(values: Mapping[str, object] | None) -> dict[str, str] | None:
    """The values as the Graph API reads them; the library sends "True" and repeats a list's name."""
    if values is None:
        return None
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in values.items()
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _wait(headers: Mapping[str, str]) -> timedelta | None:
    """The longest wait that the usage headers name, in their minutes; else what the others ask for."""
    lower = {name.lower(): value for name, value in headers.items()}
    minutes: list[float] = []
    for name in _USAGE:
        try:
            _collect(json.loads(lower.get(name, "null")), minutes)
        except (ValueError, RecursionError):
            continue
    longest = max(minutes, default=0)
    return (
        wait.clamp(timedelta(minutes=min(longest, 1440)))
        if longest
        else wait.asked(headers, limited=True)
    )


def _collect(value: object, minutes: list[float]) -> None:
    if isinstance(value, dict):
        named = value.get("estimated_time_to_regain_access")
        if isinstance(named, int | float) and named > 0:  # and so no NaN
            minutes.append(named)
        for inner in value.values():
            _collect(inner, minutes)
    elif isinstance(value, list):
        for inner in value:
            _collect(inner, minutes)
