"""Bluesky's procedures behind a login that lives two hours and renews itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from integrado_poster.errors import LoginNeeded, OutcomeUnknown, PlatformError, TryLater
from integrado_poster.speech import Sentence
from integrado_poster.wire.line import Line, Reply, garbled, problem
from integrado_poster.wire.shapes import named

_LOGIN = frozenset(
    {
        "AccountDeactivated",
        "AccountTakedown",
        "AuthFactorTokenRequired",
        "AuthMissing",
        "AuthenticationRequired",
        "ExpiredToken",
        "InvalidToken",
    }
)
_STALE = frozenset({"ExpiredToken", "InvalidToken"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An open session: whose, and the line that speaks for it."""

    did: str
    refresh: str = field(repr=False)
    line: Line


class Xrpc:
    """One account's procedures. The session is kept, for 300 logins a day are all that is allowed."""

    def __init__(self, base_url: str, *, identifier: str, password: str) -> None:
        self._base_url = base_url
        self._identifier = identifier
        self._password = password
        self._login: Login | None = None
        self._turn = Lock()

    def __repr__(self) -> str:
        return f"Xrpc({self._base_url!r}, {self._identifier!r})"

    @property
    def did(self) -> str:
        """The account's permanent name; logs in if need be."""
        return self._opened().did

    def ask(self, method: str, name: str, *, once: bool = False, **options: Any) -> Reply:
        """Call a procedure. An expired session is renewed once, for then nothing has happened."""
        login = self._opened()
        reply = login.line.ask(method, f"/xrpc/{name}", once=once, **options)
        if reply.status in (400, 401) and named(reply.facts.get("error")) in _STALE:
            self._renew(login)
            reply = self._opened().line.ask(method, f"/xrpc/{name}", once=once, **options)
        return reply

    def _opened(self) -> Login:
        with self._turn:
            if self._login is None:
                line = Line(self._base_url, secrets=(self._password,))
                who = {"identifier": self._identifier, "password": self._password}
                reply = line.ask("POST", "/xrpc/com.atproto.server.createSession", json=who)
                self._login = self._read(reply)
            return self._login

    def _renew(self, old: Login) -> None:
        """Open a session from the old one; failing that, the next use opens one from the password."""
        with self._turn:
            if self._login is not old:
                return  # another thread was faster
            self._login = None
            reply = old.line.ask(
                "POST",
                "/xrpc/com.atproto.server.refreshSession",
                headers={"Authorization": f"Bearer {old.refresh}"},
            )
            if reply.fine:
                self._login = self._read(reply)

    def _read(self, reply: Reply) -> Login:
        facts = fine(reply)
        if not all(named(facts.get(name)) for name in ("did", "accessJwt", "refreshJwt")):
            raise TryLater(Sentence("wire.no-session"))  # the reply's text may hold tokens
        access, refresh = str(facts["accessJwt"]), str(facts["refreshJwt"])
        line = Line(
            self._base_url,
            secrets=(self._password, access, refresh),
            headers={"Authorization": f"Bearer {access}"},
        )
        return Login(did=str(facts["did"]), refresh=refresh, line=line)


def fine(reply: Reply, *, once: bool = False) -> Mapping[str, Any]:
    """The facts of a good reply; raises what a bad one means."""
    if not reply.fine:
        raise refusal(reply, once=once)
    if not reply.facts:
        raise garbled(reply, once=once)
    return reply.facts


def refusal(reply: Reply, *, once: bool = False) -> PlatformError:
    """What an error of a procedure means, by its name; for `once` see `problem`."""
    name = named(reply.facts.get("error"))
    said = reply.hide(f"{name}: {reply.facts.get('message') or ''}") if name else ""
    if name in _LOGIN and 400 <= reply.status < 500:
        return LoginNeeded(f"{reply.status}: {said}")
    if name == "InvalidSwap" and once:
        return OutcomeUnknown(f"{reply.status}: {said}")
    return problem(reply, said, once=once)
