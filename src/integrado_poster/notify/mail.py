"""The way to the mail server: each step has a limit, each ending is a word that a person can act on."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses, parseaddr
from threading import Timer
from typing import Any

from integrado_poster.errors import NotTold
from integrado_poster.notify.letter import Letter
from integrado_poster.notify.mailbox import Mail

STEP = 20.0  # seconds for one answer of the server
WHOLE = 60.0  # seconds for all of them: a server that dribbles never runs into the limit above


def envelope(mail: Mail, letter: Letter, name: str, now: datetime) -> EmailMessage:
    """A mail that every server takes; `name` is the same for a letter that is sent again."""
    sender = parseaddr(mail.sender)[1]
    made = EmailMessage(policy=SMTP)  # raises for a line break in a header
    made["From"] = mail.sender
    made["To"] = ", ".join(mail.to)
    made["Subject"] = letter.subject
    made["Date"] = now
    made["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # so that no holiday notice answers
    made.set_content(letter.text, cte="quoted-printable")
    return made


def addresses(mail: Mail) -> list[str]:
    """Who is told, without the names."""
    return [address for _, address in getaddresses(mail.to)]


def deliver(mail: Mail, letter: EmailMessage) -> dict[str, str]:
    """Hand a letter over; give the addresses that the server refused, with its words.

    Raises `NotTold` if it was taken for nobody, and also if the line broke before the server said so:
    better told twice than never.
    """
    with _conversation(mail) as server:
        refused = server.send_message(letter, parseaddr(mail.sender)[1], addresses(mail))
        return {address: _words(answer) for address, answer in refused.items()}


def probe(mail: Mail) -> None:
    """Connect and log in, and send nothing; raises `NotTold`."""
    with _conversation(mail) as server:
        server.noop()


@contextmanager
def _conversation(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A server that is ready to take a letter; whatever ends it early is `NotTold`."""
    password = mail.secret()
    limit = _Limit()
    with _understood(mail, password, limit), limit, _connected(mail, limit) as server:
        server.ehlo_or_helo_if_needed()
        if mail.security == "starttls":
            server.starttls(context=_trusted(mail))
            server.ehlo()
        if mail.user:
            server.login(mail.user, password)
        yield server


@contextmanager
def _connected(mail: Mail, limit: _Limit) -> Iterator[smtplib.SMTP]:
    # Without a name, smtplib asks the name service for ours, and may wait for minutes.
    name = socket.gethostname() if "." in socket.gethostname() else "[127.0.0.1]"
    server = (
        _Encrypted(limit, mail.host, mail.door, name, timeout=STEP, context=_trusted(mail))
        if mail.security == "tls"
        else _Plain(limit, mail.host, mail.door, name, timeout=STEP)
    )
    try:
        yield server
        with suppress(smtplib.SMTPException, OSError):  # it has taken the letter already
            server.quit()
    finally:
        server.close()


class _Limit:
    """Cuts the line when all of it takes too long."""

    def __init__(self) -> None:
        self.over = False
        self.server: smtplib.SMTP | None = None
        self._timer = Timer(WHOLE, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.over = True
        line = self.server.sock if self.server else None
        if line:
            with suppress(OSError):
                # Not the method of a TLS socket: it takes the state away under the reader's hands.
                socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Plain(smtplib.SMTP):
    """Known to its limit before it has connected: the greeting may be what takes so long."""

    def __init__(self, limit: _Limit, *where: Any, **options: Any) -> None:
        limit.server = self
        super().__init__(*where, **options)


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, limit: _Limit, *where: Any, **options: Any) -> None:
        limit.server = self
        super().__init__(*where, **options)


def _trusted(mail: Mail) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=mail.ca_file)


@contextmanager
def _understood(mail: Mail, password: str, limit: _Limit) -> Iterator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        words = _words(error).replace(password, "***") if password else _words(error)
        reason = "slow" if limit.over else _reason(error)
        raise NotTold(reason, f"{mail.host}:{mail.door}: {words}") from None


def _reason(error: Exception) -> str:
    """Which word of ours fits: each has a sentence that says what to do."""
    if isinstance(error.__context__, TimeoutError):  # smtplib hides it in a broken connection
        return "slow"
    kinds: tuple[tuple[type[Exception], str], ...] = (
        (socket.gaierror, "host"),
        (TimeoutError, "slow"),
        (ConnectionRefusedError, "closed"),
        (ssl.SSLCertVerificationError, "certificate"),
        (ssl.SSLError, "security"),
        (smtplib.SMTPNotSupportedError, "security"),
        (smtplib.SMTPAuthenticationError, "login"),
        (smtplib.SMTPSenderRefused, "sender"),
        (smtplib.SMTPRecipientsRefused, "recipients"),
        (smtplib.SMTPServerDisconnected, "broken"),
        (smtplib.SMTPResponseException, "refused"),
    )
    return next((word for kind, word in kinds if isinstance(error, kind)), "broken")


def _words(said: object) -> str:
    """What a server or the system said, in one line."""
    if isinstance(said, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{who}: {_words(answer)}" for who, answer in said.recipients.items())
    if isinstance(said, smtplib.SMTPResponseException):
        said = (said.smtp_code, said.smtp_error)
    if isinstance(said, tuple):
        said = " ".join(
            part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in said
        )
    return " ".join(str(said).split())[:200]
