"""An account's line to its platform: every ending is a reply or one of our errors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integrado_poster.errors import (
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    SettingsError,
    TryLater,
)
from integrado_poster.speech import Sentence
from integrado_poster.wire import dates, wait
from integrado_poster.wire.redact import hide, shorten

if TYPE_CHECKING:  # requests takes a tenth of a second, and `--help` needs none of it
    from integrado_poster.wire.session import Call, Patience, Session

_UPLOAD_SECONDS = 180
"""The total for what may be repeated; a large picture on a thin line takes its time."""

_IDLE_SECONDS = 20
"""A connection that was idle for longer is not trusted: routers forget without a word."""

_PLAIN_NO = frozenset({413, 414, 415})
"""Refusals that servers in between give in the platform's name, and that mean the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: `body` is the decoded JSON, None if nobody can read it.

    What the platform says in it is shown by way of `hide`: some quote the token that they were sent.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    content: bytes = field(default=b"", repr=False)
    hide: Callable[[str], str] = field(default=str, repr=False)

    @property
    def said(self) -> str:
        """The start of the body in words that are safe to show. Looking for secrets takes its time."""
        return self.hide(self.content[:4000].decode(errors="replace"))

    @property
    def fine(self) -> bool:
        """Whether the status says yes."""
        return 200 <= self.status < 300

    @property
    def facts(self) -> Mapping[str, Any]:
        """The body if it is a JSON object, else nothing."""
        return self.body if isinstance(self.body, dict) else {}


class Line:
    """One account's way to its platform. It keeps connections, but nothing that the next call needs."""

    def __init__(
        self,
        base_url: str,
        *,
        secrets: tuple[str, ...],
        headers: Mapping[str, str] | None = None,
        instead_of: str = "",
        patience: Patience | None = None,
    ) -> None:
        self.base_url = address(base_url)
        self._secrets = secrets
        self._headers = dict(headers or {})
        self._instead_of = instead_of
        self._patience = patience
        self._kept: Session | None = None
        self._used = 0.0

    def __repr__(self) -> str:
        return f"Line({self.base_url!r})"

    def ask(self, method: str, path: str, *, once: bool = False, **options: Any) -> Reply:
        """Send a request below the base address; see `through` for `once` and what is raised."""
        headers = {**self._headers, **options.pop("headers", {})}
        url = self.base_url + path
        return self.through(
            lambda session: session.request(method, url, headers=headers, **options), once=once
        )

    def through(
        self,
        use: Callable[[Session], object],
        *,
        once: bool = False,
        within: float | None = None,
        stumbles: tuple[type[Exception], ...] = (),
    ) -> Reply:
        """Let a library send one request through our session, and give the reply, whatever its status.

        `once` is for the one call that must not be repeated: a fresh connection, a hard limit of 60 s
        (or `within`), and `OutcomeUnknown` unless nothing can have left this machine. Else, and for all
        other calls, a lost reply is `TryLater`. `stumbles` are a library's errors about a reply.
        """
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        from integrado_poster.wire.session import Call

        session = self._session()
        call = Call(patience=self._given(within, once=once), once=once)
        try:
            with call:
                use(session)
        except (RequestException, HTTPError, OSError, UnicodeError) as error:
            if call.reply is None:
                raise self._lost(call, error, once=once) from None
        except stumbles:
            if call.reply is None:
                raise
        finally:
            self._used = time.monotonic()
        if call.expired:
            # Half a reply reads like a whole one without a body.
            raise self._lost(call, TimeoutError(), once=once)
        if call.reply is None:
            raise RuntimeError("a library ended without sending anything")
        return self._reply(call.reply)

    def hide(self, text: str) -> str:
        """The text on one short line without our secrets."""
        return shorten(hide(text, self._secrets))

    def _session(self) -> Session:
        from integrado_poster.wire.session import Patience, Session

        if self._kept is None:
            self._kept = Session(
                self._patience or Patience(), base_url=self.base_url, instead_of=self._instead_of
            )
        elif time.monotonic() - self._used > _IDLE_SECONDS:
            self._kept.close()
        return self._kept

    def _given(self, within: float | None, *, once: bool) -> Patience:
        """How long a call may take: as it says itself, else as it was set, else by its kind."""
        from integrado_poster.wire.session import Patience

        patience = self._patience or (Patience() if once else Patience(total=_UPLOAD_SECONDS))
        return replace(patience, total=within) if within else patience

    def _lost(self, call: Call, error: Exception, *, once: bool) -> PlatformError:
        from requests.exceptions import InvalidHeader

        host = urlsplit(self.base_url).hostname
        if not call.left:
            if isinstance(error, InvalidHeader | UnicodeError):  # later it is about the reply
                return LoginNeeded(Sentence("wire.characters"))
            text = Sentence("wire.no-connection", host=host, cause=_cause(error))
            return TryLater(text, down=True)
        slow = Sentence("wire.slow", seconds=f"{call.patience.total:g}")
        text = Sentence("wire.lost", host=host, why=slow if call.expired else _cause(error))
        return OutcomeUnknown(text) if once else TryLater(text, down=True)

    def _reply(self, response: Any) -> Reply:
        content: bytes = response.content
        dates.tell(response.headers)
        try:
            body = _clean(json.loads(content, parse_constant=_refuse))
        except (ValueError, RecursionError):
            body = None
        return Reply(
            status=response.status_code,
            headers=dict(response.headers),
            body=body,
            content=content,
            hide=self.hide,
        )


def problem(reply: Reply, text: str = "", *, once: bool = False) -> PlatformError:
    """What a refusal means by its HTTP status alone; `text` is what the platform said about it.

    For the call that must not be repeated (`once`) whatever is not a clear no is `OutcomeUnknown`.
    So is a no that is not in JSON: something between us and the platform has said it.
    """
    text = f"{reply.status}: {reply.hide(text) or reply.said}"
    if reply.status in (401, 402, 403):
        return LoginNeeded(text)
    if reply.status in (425, 429):
        return TryLater(text, wait=wait.asked(reply.headers, limited=True))
    clear = 400 <= reply.status < 500 and reply.status != 408
    if clear and (reply.facts or reply.status in _PLAIN_NO):
        return Rejected(text)
    if once:
        return OutcomeUnknown(text)
    return TryLater(text, wait=wait.asked(reply.headers), down=True)


def garbled(reply: Reply, *, once: bool = False) -> PlatformError:
    """What a yes without the facts that it should bring means."""
    said = reply.said or Sentence("wire.nothing")
    text = Sentence("wire.garbled", status=reply.status, said=said)
    return OutcomeUnknown(text) if once else TryLater(text)


def address(base_url: str) -> str:
    """The base address without its last slash; raises `SettingsError` where a token would not be safe."""
    login = Sentence("address.login")
    none = SettingsError(login if "@" in base_url else Sentence("address.none", address=base_url))
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:  # half a bracket, or a port that is none
        raise none from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise none
    if len(base_url.split()) > 1:
        raise none
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SettingsError(login)
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise SettingsError(Sentence("address.https", host=parts.hostname))
    return base_url.strip().rstrip("/")


def _clean(value: Any) -> Any:
    """JSON without what no database and no terminal takes: halves of an emoji, and NUL."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "")
    if isinstance(value, list):
        return [_clean(each) for each in value]
    if isinstance(value, dict):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON, whatever Python thinks")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _cause(error: BaseException) -> str:
    """The name of the innermost cause that the libraries give; their texts hold addresses."""
    seen = error
    for _ in range(5):
        inner = getattr(seen, "reason", None) or next(iter(seen.args), None)
        if not isinstance(inner, BaseException):
            break
        seen = inner
    return type(seen).__name__
