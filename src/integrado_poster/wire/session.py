"""One way to send: fixed timeouts, no repeats, no redirects, and a note whether anything left."""

from __future__ import annotations

import logging
import math
import socket
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError

try:
    AGENT = f"integrado-poster/{version('integrado-poster')}"
except PackageNotFoundError:  # run from its sources
    AGENT = "integrado-poster"

LARGEST = 16 * 2**20
"""Bytes of a reply; the longest that a platform gives is a list of a hundred posts."""

# At DEBUG these print headers, tokens, signatures and whole bodies.
for _name in ("tweepy", "urllib3", "oauthlib", "requests_oauthlib", "requests"):
    logging.getLogger(_name).setLevel(logging.WARNING)
logging.getLogger("urllib3").setLevel(logging.ERROR)  # warns by quoting headers that it cannot read


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we wait, in seconds: to connect, for the next bytes, and for a whole call."""

    connect: float = 5
    read: float = 30
    total: float = 60


@dataclass(slots=True, kw_only=True)
class Call:
    """One request on its way. While it is entered, every connection of this thread reports to it."""

    patience: Patience
    once: bool = False  #: Whether it must not be repeated: it has a connection of its own.
    left: bool = False  #: Whether a byte of the request may have left this machine.
    expired: bool = False  #: Whether the total limit ended it.
    reply: requests.Response | None = None
    deadline: float = field(default=math.inf, init=False)  #: On the monotonic clock.
    _line: socket.socket | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Call:
        self.deadline = time.monotonic() + self.patience.total
        _deadlines.watch(self)
        _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.set(None)
        _deadlines.forget(self)
        self._line = None

    def leaving(self, connection: HTTPConnection) -> None:
        """Note that bytes are about to leave; too late for that, nothing leaves."""
        if time.monotonic() >= self.deadline:
            self.expired = True
            raise ConnectTimeoutError(connection, "too late to begin")
        self._line = connection.sock
        # It still has the limit for connecting, and that would be one for the whole of an upload.
        self._line.settimeout(max(self.deadline - time.monotonic(), 0.001))
        self.left = True

    def hang_up(self) -> None:
        """End the call: its thread reads an end instead of the rest of the reply."""
        # A peer that sends one byte now and then outlives every timeout of a socket.
        self.expired = True
        line = self._line
        if line is not None:
            try:
                socket.socket.shutdown(line, socket.SHUT_RDWR)
            except OSError:
                return


class _Deadlines:
    """One thread that hangs up on calls whose time is over; a timer for each would cost a thread each."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}
        self._change = threading.Condition()
        self._wakes = math.inf
        self._thread: threading.Thread | None = None

    def watch(self, call: Call) -> None:
        """Hang up on the call at its deadline, unless it is forgotten before."""
        with self._change:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            self._calls[id(call)] = call
            if call.deadline < self._wakes:
                self._change.notify()

    def forget(self, call: Call) -> None:
        """The call has ended: whatever happens to its connection now is not its business."""
        with self._change:
            self._calls.pop(id(call), None)

    def _run(self) -> None:
        with self._change:
            while True:
                now = time.monotonic()
                for call in [call for call in self._calls.values() if call.deadline <= now]:
                    del self._calls[id(call)]
                    call.hang_up()
                self._wakes = min(
                    (call.deadline for call in self._calls.values()), default=math.inf
                )
                self._change.wait(None if self._wakes == math.inf else self._wakes - now)


_deadlines = _Deadlines()
_current: ContextVar[Call | None] = ContextVar("call", default=None)


class _Watched(HTTPConnection):
    """A connection that tells the call before the first byte leaves: connected, TLS agreed."""

    @property
    def is_connected(self) -> bool:
        """Whether urllib3 may use it as it is; else it connects anew.

        A kept connection that the other side has just closed cannot be told from a lost reply.
        """
        call = _current.get()
        return super().is_connected and not (call is not None and call.once)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        call = _current.get()
        if call is not None:
            call.leaving(self)
        super().send(data)


class _WatchedTLS(_Watched, HTTPSConnection):
    """The same under TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLS


class _Adapter(HTTPAdapter):
    """Pools of watched connections. It never repeats anything."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}


class TooLarge(requests.RequestException):
    """A reply that would fill the memory."""


class Session(requests.Session):
    """A requests session that waits as told, follows nobody, keeps no cookies, reads no environment.

    `instead_of` is an address that a library has built in: what goes there goes to `base_url`,
    and is signed for it.
    """

    def __init__(self, patience: Patience, *, base_url: str = "", instead_of: str = "") -> None:
        super().__init__()
        self.patience = patience
        self.base_url = base_url
        self.instead_of = instead_of
        self.trust_env = False
        self.headers["User-Agent"] = AGENT
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        adapter = _Adapter(max_retries=0)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Prepare it for the address that we were told to use; signatures are made from that one."""
        if self.instead_of and str(request.url).startswith(self.instead_of):
            request.url = self.base_url + str(request.url)[len(self.instead_of) :]
        return super().prepare_request(request)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nobody: requests reads a `Location` even if it is not to go there, and some cannot be read."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send once, and hand the whole reply to the call."""
        options["stream"] = True
        options["timeout"] = (self.patience.connect, self.patience.read)
        call = _current.get()
        if call is not None and call.once:
            request.headers["Connection"] = "close"
        response = super().send(request, **options)
        response._content = _whole(response)
        if response.status_code < 200:  # the real reply follows, and it is none to the next request
            self.close()
        if call is not None:
            call.reply = response
        return response


def _whole(response: requests.Response) -> bytes:
    """The unpacked body; raises `TooLarge`, for a few packed bytes can fill any memory."""
    pieces, size = [], 0
    for piece in response.iter_content(2**16):
        size += len(piece)
        if size > LARGEST:
            response.close()
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)
