"""A real mail server on loopback, with the bad habits that a test asks for."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from threading import Thread
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from integrado_poster.notify.mailbox import Mail

USER, PASSWORD = "poster", "ganz geheim"


class Postbox:
    """What has arrived, and how the server behaves about it."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.strangers: set[str] = set()  #: Addresses that it refuses.
        self.answer = "250 OK"  #: To a whole letter; one that is refused does not arrive.
        self.talked = False  #: Whether somebody was about to send a letter.
        self.hang_up = False  #: Right after a letter has arrived, without an answer.

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        self.talked = True
        if address in self.strangers:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("2"):
            letter = message_from_bytes(envelope.content, policy=default)
            letter["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
        if self.hang_up:
            assert server.transport
            server.transport.close()
        return self.answer


class Office:
    """A mail server, and the settings with which it is reached."""

    def __init__(self, folder: Path, security: str = "starttls", *, known: bool = True) -> None:
        self.postbox = Postbox()
        authority = trustme.CA()
        (folder / "ca.pem").write_bytes(authority.cert_pem.bytes())
        certificate = authority.issue_cert("127.0.0.1" if known else "mail.example.org")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        encrypted: dict[str, Any] = {
            "starttls": {"tls_context": context, "require_starttls": True},
            "tls": {"ssl_context": context, "auth_require_tls": False},
            "none": {},
        }[security]
        self._controller = Controller(
            self.postbox,
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=self._authenticate if security != "none" else None,
            auth_required=security == "starttls",
            **encrypted,
        )
        self.mail = Mail(
            host="127.0.0.1",
            port=self._controller.port,
            security=security,
            user=USER if security != "none" else None,
            password=PASSWORD,
            ca_file=folder / "ca.pem",
            sender="IntegraDo <poster@example.org>",
            to=("leitung@example.org", "Ayşe Muster <technik@example.org>"),
        )

    def __enter__(self) -> Office:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def letters(self) -> list[EmailMessage]:
        return self.postbox.letters

    @staticmethod
    def _authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, said: object
    ) -> AuthResult:
        fine = isinstance(said, LoginPassword) and said == LoginPassword(
            USER.encode(), PASSWORD.encode()
        )
        return AuthResult(success=fine, handled=fine)


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def a_rude_server(greeting: bytes, *, dribble: float | None = None) -> Iterator[int]:
    """Take a connection, say this and nothing more; with `dribble` say it again and again, so slowly."""
    from threading import Event

    over = Event()

    def serve() -> None:
        listener.settimeout(0.1)
        while not over.is_set():
            try:
                line, _ = listener.accept()
            except TimeoutError:
                continue
            with line:
                try:
                    line.sendall(greeting)
                    while not over.wait(dribble):
                        line.sendall(greeting)
                except OSError:
                    continue

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            thread.join()


def text_of(letter: EmailMessage) -> str:
    """The words of a letter."""
    content: str = letter.get_content().replace("\r\n", "\n")
    return content
