"""HTTP on loopback: reads requests, hands them on, answers or falls silent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from integrado_poster.stage.exchange import Answer
from integrado_poster.stage.forms import Unreadable, pairs

LARGEST = 64 * 2**20
"""Bytes of the largest body that is read at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A request as it came over the wire; header names are in lower case."""

    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    target: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


Reply = Callable[[Raw], Answer | None]
"""Answers a request; None closes the connection without a word."""


class Server(ThreadingHTTPServer):
    """A threaded server that knows its connections, so that closing leaves none open."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, reply: Reply) -> None:
        self.reply = reply
        self._open: set[socket.socket] = set()
        self._change = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking the resolver for our own name, which can take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, then serve it in its own thread."""
        with self._change:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and forget it."""
        super().shutdown_request(request)
        with self._change:
            self._open.discard(request)
            self._change.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing if a client went away; anything else is our own fault and is shown."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def quiet(self, seconds: float) -> bool:
        """Wait until every connection that was made before this call is closed."""
        with socket.create_connection(("127.0.0.1", self.server_port), seconds) as last:
            # The system hands connections over in their order: with this one, all before it are here.
            last.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while last.recv(4096):
                pass
        with self._change:
            return self._change.wait_for(lambda: not self._open, seconds)

    def close(self) -> None:
        """Stop serving, close every connection and wait until their threads are done."""
        self.shutdown()
        self.server_close()
        with self._change:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:  # the client was faster
                    continue
            self._change.wait_for(lambda: not self._open, timeout=5)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            return
        parts = urlsplit(self.path)
        try:
            query = pairs(parts.query)
        except Unreadable:
            self._send(Answer.of({"error": "unreadable query"}, 400))
            return
        answer = self.server.reply(
            Raw(
                method=self.command,
                path=unquote(parts.path),
                query=query,
                target=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
            )
        )
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    def _body(self) -> bytes | None:
        if "transfer-encoding" in self.headers:
            self._stop(Answer.of({"error": "a body must name its length"}, 411))
            return None
        length = self.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST:
            self._stop(Answer.of({"error": "body too large"}, 413))
            return None
        return self.rfile.read(int(length))

    def _stop(self, answer: Answer) -> None:
        self.close_connection = True
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        phrase = self.responses.get(HTTPStatus(answer.status), ("", ""))[0]
        lines = [
            f"HTTP/1.1 {answer.status} {phrase}",
            f"Content-Type: {answer.media_type}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers),
        ]
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        # One write for head and body: two would wait for each other.
        self.wfile.write(head if self.command == "HEAD" else head + answer.body)


for _method in METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._serve)
