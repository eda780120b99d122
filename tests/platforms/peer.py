"""A server of a few lines that misbehaves on the level of bytes, where the stage speaks HTTP."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable

Answer = Callable[[socket.socket], None]


class Peer:
    """A server of a few lines that does to each request what the test says, then closes or not."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.answers: list[Answer] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._tls = tls
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self._tls is not None:
                try:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                except OSError:
                    continue
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while request := _whole_request(connection):
                self.requests.append(request)
                answer = self.answers.pop(0) if self.answers else reply(200, {"id": "1"})
                try:
                    answer(connection)
                except OSError:
                    return
                if answer is gone:
                    return

    def close(self) -> None:
        self._listener.close()


def _whole_request(connection: socket.socket) -> bytes:
    got = b""
    while True:
        try:
            piece = connection.recv(65536)
        except OSError:
            return b""
        got += piece
        head, found, body = got.partition(b"\r\n\r\n")
        if found:
            lengths = [
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            ]
            if len(body) >= sum(lengths):
                return got
        if not piece:
            return b""


def reply(status: int, body: object = None, *headers: str, missing: int = 0) -> Answer:
    """Answer with JSON (or with a text as it is); `missing` bytes are promised and never sent."""
    content = (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(content) + missing}", *headers]
    whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
    return lambda connection: connection.sendall(whole)


def gone(connection: socket.socket) -> None:
    """Go away without a word."""
    connection.shutdown(socket.SHUT_RDWR)


def cut_short(connection: socket.socket) -> None:
    """Promise more than is sent."""
    reply(200, {"id": "1"}, missing=10)(connection)
    connection.shutdown(socket.SHUT_RDWR)
