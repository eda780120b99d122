"""The wire: what became of a request, whatever happens to the connection."""

from __future__ import annotations

import gzip
import json
import logging
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrado_poster.errors import (
    CannotTell,
    LoginNeeded,
    OutcomeUnknown,
    PlatformError,
    Rejected,
    Repeated,
    SettingsError,
    TryLater,
)
from integrado_poster.wire import dates, wait
from integrado_poster.wire.facts import filled
from integrado_poster.wire.graph import Graph, GraphRejected
from integrado_poster.wire.line import Line, Reply, address, garbled, problem
from integrado_poster.wire.redact import hide
from integrado_poster.wire.session import AGENT, LARGEST, Patience
from integrado_poster.wire.tweets import Tweets
from tests.platforms.peer import Answer, Peer, cut_short, gone, reply

TOKEN = "tok-3n/with+odd=signs"


def silent(connection: socket.socket) -> None:
    """Keep the connection open and say nothing."""
    threading.Event().wait(0.6)


def drop_by_drop(connection: socket.socket) -> None:
    """Send a byte now and then, so that no timeout of a socket ever strikes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for letter in b"X-Slow: " + b"z" * 60:
        connection.sendall(bytes([letter]))
        threading.Event().wait(0.05)


@pytest.fixture
def peer() -> Iterator[Peer]:
    """A server to talk to."""
    one = Peer()
    yield one
    one.close()


def line(base_url: str, **changes: float) -> Line:
    """A line with little patience."""
    patience = Patience(**{"connect": 0.5, "read": 0.25, "total": 0.5, **changes})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return Line(base_url, secrets=(TOKEN,), headers=headers, patience=patience)


# --- what became of it ------------------------------------------------------------------


@pytest.mark.parametrize("answer", [gone, cut_short, silent, drop_by_drop])
def test_a_reply_that_got_lost_leaves_the_outcome_unknown(peer: Peer, answer: Answer) -> None:
    peer.answers = [answer]

    with pytest.raises(OutcomeUnknown, match="got lost"):
        line(peer.url).ask("POST", "/post", once=True, json={"text": "hello"})

    assert len(peer.requests) == 1


@pytest.mark.parametrize("answer", [gone, cut_short, silent, drop_by_drop])
def test_a_lost_reply_to_what_may_be_repeated_is_for_later(peer: Peer, answer: Answer) -> None:
    peer.answers = [answer]

    with pytest.raises(TryLater, match="got lost"):
        line(peer.url).ask("POST", "/upload", json={})

    assert len(peer.requests) == 1


def test_a_slow_trickle_ends_at_the_total_limit(peer: Peer) -> None:
    peer.answers = [drop_by_drop]
    began = time.monotonic()

    with pytest.raises(OutcomeUnknown, match=r"within 0.4 s"):
        line(peer.url, total=0.4).ask("POST", "/post", once=True)

    assert time.monotonic() - began < 1


def test_a_refused_connection_has_sent_nothing(peer: Peer) -> None:
    peer.close()
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()

    with pytest.raises(TryLater, match="no connection"):
        line(f"http://127.0.0.1:{port}").ask("POST", "/post", once=True)


def test_an_unknown_host_has_been_sent_nothing() -> None:
    with pytest.raises(TryLater, match="NameResolutionError"):
        line("https://nowhere.invalid").ask("POST", "/post", once=True)


def test_a_failed_handshake_has_sent_nothing(peer: Peer) -> None:
    with pytest.raises(TryLater, match="no connection"):  # it waits for a request, not for a hello
        line(peer.url.replace("http:", "https:")).ask("POST", "/post", once=True)

    assert peer.requests == []


def test_a_handshake_that_is_answered_with_nonsense_has_sent_nothing() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"220 this is no web server\r\n")
            connection.recv(65536)

    threading.Thread(target=answer, daemon=True).start()
    wire = line(f"https://127.0.0.1:{listener.getsockname()[1]}")
    with listener, pytest.raises(TryLater, match=r"no connection .*SSL"):
        wire.ask("POST", "/post", once=True)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize("answer", [gone, cut_short, drop_by_drop])
def test_under_tls_a_lost_reply_is_as_unknown_as_without(certificate: Path, answer: Answer) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    peer = Peer(context)
    wire = line(peer.url)
    assert wire.ask("GET", "/", once=True, verify=str(certificate)).facts == {"id": "1"}

    peer.answers = [answer]
    with pytest.raises(OutcomeUnknown):
        wire.ask("POST", "/post", once=True, verify=str(certificate))
    with pytest.raises(TryLater, match=r"no connection .*SSL"):
        wire.ask("POST", "/post", once=True)  # nobody we know has signed it
    peer.close()


def test_nothing_leaves_once_it_is_too_late(peer: Peer) -> None:
    with pytest.raises(TryLater, match="no connection"):
        line(peer.url, total=0).ask("POST", "/post", once=True)

    assert peer.requests == []


def test_the_one_call_has_a_connection_of_its_own(peer: Peer) -> None:
    wire = line(peer.url)
    wire.ask("GET", "/read")
    wire.ask("POST", "/upload")
    assert peer.connections == 1

    wire.ask("POST", "/post", once=True)

    assert peer.connections == 2
    assert b"Connection: close" in peer.requests[-1]


def test_nobody_is_followed(peer: Peer) -> None:
    peer.answers = [reply(302, "", f"Location: {peer.url}/elsewhere")]

    answer = line(peer.url).ask("POST", "/post", once=True)

    assert answer.status == 302
    assert len(peer.requests) == 1
    assert isinstance(problem(answer, once=True), OutcomeUnknown)


@pytest.mark.parametrize(
    "head",
    [
        "302 Found\r\nLocation: /\xff\xfe\r\nContent-Length: 0",
        "302 Found\r\nLocation: http://[half\r\nContent-Length: 0",
        "200 OK\r\nContent-Length: 10\r\nContent-Length: 12",
        "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10",
    ],
)
def test_headers_that_nobody_can_read_are_no_fault_of_the_login(peer: Peer, head: str) -> None:
    whole = f'HTTP/1.1 {head}\r\n\r\n{{"id":"1"}}'.encode("latin-1")
    peer.answers = [lambda connection: connection.sendall(whole)]

    with pytest.raises(OutcomeUnknown):
        raise problem(line(peer.url).ask("POST", "/post", once=True), once=True)


def test_the_reply_to_one_request_is_never_read_as_that_to_the_next(peer: Peer) -> None:
    go = threading.Event()

    def early(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        go.wait(5)
        reply(200, {"id": "of the first"})(connection)

    peer.answers = [early, reply(200, {"id": "of the second"})]
    wire = line(peer.url, read=5, total=5)
    assert isinstance(problem(wire.ask("GET", "/first")), TryLater)
    threading.Timer(0.2, go.set).start()

    assert wire.ask("GET", "/second").facts == {"id": "of the second"}


def test_a_reply_that_would_fill_the_memory_is_not_read_to_its_end(peer: Peer) -> None:
    packed = gzip.compress(b" " * (3 * LARGEST))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    peer.answers = [lambda connection: connection.sendall(head.encode() + packed)]
    wire = line(peer.url, read=5, total=5)

    tracemalloc.start()
    with pytest.raises(OutcomeUnknown, match="TooLarge"):
        wire.ask("POST", "/post", once=True)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 2 * LARGEST


def test_an_upload_may_take_longer_than_connecting() -> None:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    size = 16 * 2**20

    def read_late() -> None:
        connection, _ = listener.accept()
        with connection:
            threading.Event().wait(0.4)
            left = size
            while left > 0 and (piece := connection.recv(2**20)):
                left -= len(piece)
            reply(200, {"id": "1"})(connection)

    threading.Thread(target=read_late, daemon=True).start()
    wire = line(f"http://127.0.0.1:{listener.getsockname()[1]}", connect=0.2, read=10, total=30)
    with listener:
        assert wire.ask("POST", "/photos", data=bytes(size)).facts == {"id": "1"}


def test_the_environment_and_cookies_have_no_say(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    peer.answers = [reply(200, {}, "Set-Cookie: who=you")]
    wire = line(peer.url)

    wire.ask("GET", "/one")
    wire.ask("GET", "/two")

    assert b"cookie" not in peer.requests[1].lower()
    assert f"User-Agent: {AGENT}".encode() in peer.requests[1]


# --- what a reply means -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "repeatable", "once"),
    [
        (400, {"error": "bad"}, Rejected, Rejected),
        (401, {"error": "who"}, LoginNeeded, LoginNeeded),
        (402, {"error": "pay"}, LoginNeeded, LoginNeeded),
        (403, "<html>", LoginNeeded, LoginNeeded),
        (404, {"error": "gone"}, Rejected, Rejected),
        (404, "<html>somebody in between", TryLater, OutcomeUnknown),
        (408, {"error": "slow"}, TryLater, OutcomeUnknown),
        (413, "<html>too large", Rejected, Rejected),
        (429, {"error": "slow down"}, TryLater, TryLater),
        (500, {"error": "oops"}, TryLater, OutcomeUnknown),
        (503, {"error": "oops"}, TryLater, OutcomeUnknown),
        (301, "", TryLater, OutcomeUnknown),
    ],
)
def test_a_status_means_what_to_do_next(
    peer: Peer,
    status: int,
    body: object,
    repeatable: type[PlatformError],
    once: type[PlatformError],
) -> None:
    peer.answers = [reply(status, body)]
    answer = line(peer.url).ask("GET", "/")

    assert type(problem(answer)) is repeatable
    assert type(problem(answer, once=True)) is once


def test_a_yes_that_says_nothing_is_no_receipt(peer: Peer) -> None:
    peer.answers = [reply(200, "<html>hello")]
    answer = line(peer.url).ask("POST", "/post", once=True)

    assert answer.body is None
    assert isinstance(garbled(answer, once=True), OutcomeUnknown)
    assert isinstance(garbled(answer), TryLater)


DATE = "Sun, 26 Sep 2021 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "90"}, 90),
        ({"retry-after": "0"}, 1),
        ({"Retry-After": "9999999"}, 86400),
        ({"Retry-After": "Sun, 26 Sep 2021 10:02:00 GMT", "Date": DATE}, 120),
        ({"Retry-After": "Sun, 26 Sep 2021 09:00:00 GMT", "Date": DATE}, 1),
        ({"x-rate-limit-reset": "1632650460", "Date": DATE}, 60),
        ({"X-RateLimit-Reset": "2021-09-26T10:05:00.000Z", "Date": DATE}, 300),
        ({"ratelimit-reset": "1632650401", "date": DATE}, 1),
        ({"Retry-After": "7", "x-rate-limit-reset": "1632650460", "Date": DATE}, 7),
    ],
)
def test_the_wait_is_the_platforms_own_by_its_own_clock(
    headers: dict[str, str], seconds: int
) -> None:
    assert wait.asked(headers, limited=True) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "-5"},
        {"Retry-After": "nan"},
        {"Retry-After": "inf"},
        {"x-rate-limit-reset": "1632650460"},
        {"X-RateLimit-Reset": "2021-09-26T10:05:00Z", "Date": "yesterday"},
    ],
)
def test_a_wait_that_nobody_can_read_is_none(headers: dict[str, str]) -> None:
    assert wait.asked(headers, limited=True) is None


def test_a_reset_that_every_reply_carries_is_no_wait() -> None:
    headers = {"X-RateLimit-Reset": "2021-09-26T12:00:00Z", "Date": DATE}

    assert wait.asked(headers) is None


# --- secrets ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"no: {TOKEN}",
        "at /me?access_token=tok-3n%2Fwith%2Bodd%3Dsigns&fields=id",
        "Authorization: Bearer abcdef.ghijkl-mnop",
        "Authorization: OAuth abcdefghijklmnopq",
        '{"accessJwt":"abcdefgh","refreshJwt":"ijklmnop"}',
        "{'password': 'abcdefgh'}",
        "session eyJhbGciOi.abcdefgh.ijklmnop ended",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    shown = hide(text, (TOKEN,))

    assert "[hidden]" in shown
    for part in (TOKEN, "odd", "abcdef", "ijkl"):
        assert part not in shown


def test_plain_sentences_stay_as_they_are() -> None:
    for text in (
        "You are not allowed to create a Tweet with duplicate content.",
        "Invalid OAuth access token - Bearer authentication is required",
        "Invalid identifier or password",
    ):
        assert hide(text, (TOKEN, "a")) == text


@pytest.mark.parametrize("answer", [gone, reply(400, {"error": f"bad token {TOKEN}"}), None])
def test_no_secret_leaves_by_an_error_or_a_log(
    peer: Peer, answer: Answer | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    peer.answers = [answer] if answer else []
    wire = line(peer.url if answer else "http://127.0.0.1:9")

    with pytest.raises(PlatformError) as caught:
        raise problem(wire.ask("POST", f"/bot{TOKEN}/send", once=True), once=True)

    assert TOKEN not in f"{caught.value!r}{caught.value}{wire!r}{caplog.text}"
    assert not [record for record in caplog.records if record.levelno < logging.WARNING]


def test_headers_that_nobody_can_read_are_not_quoted_in_the_log(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    whole = f"HTTP/1.1 200 OK\r\nno header but {TOKEN}\r\nContent-Length: 2\r\n\r\n{{}}".encode()

    def answer(connection: socket.socket) -> None:
        connection.sendall(whole)
        gone(connection)

    peer.answers = [answer]
    line(peer.url).ask("POST", "/post", once=True)

    assert TOKEN not in caplog.text


def test_a_token_that_no_header_can_carry_asks_for_a_person(peer: Peer) -> None:
    wire = Line(peer.url, secrets=(), headers={"Authorization": "Bearer „copied“"})

    with pytest.raises(LoginNeeded):
        wire.ask("GET", "/me")


@pytest.mark.parametrize(
    "base_url",
    [
        "social.example",
        "ftp://social.example",
        "http://social.example",
        "https://me:secret@social.example",
        "https://social.example/?a=b",
        "https://social.example /a",
        "https://[social.example",
        "https://social.example:port",
        "",
    ],
)
def test_an_address_that_is_not_safe_is_refused(base_url: str) -> None:
    with pytest.raises(SettingsError):
        address(base_url)


def test_a_login_in_an_address_that_is_none_is_not_quoted() -> None:
    with pytest.raises(SettingsError) as caught:
        address(f"https://me:{TOKEN}@[social.example")

    assert TOKEN not in str(caught.value)


def test_an_address_ends_without_a_slash() -> None:
    assert address(" https://social.example/ ") == "https://social.example"


# --- the libraries --------------------------------------------------------------------------


def graph(peer: Peer) -> Graph:
    """facebook-sdk, mended."""
    return Graph(line(peer.url), token=TOKEN, version="v25.0")


def test_the_graph_gets_its_token_in_a_header_and_speaks_todays_version(peer: Peer) -> None:
    graph(peer).put_object("77", "feed", published=False, attached_media=[{"media_fbid": "1"}])

    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v25.0/77/feed HTTP/1.1")
    assert f"Authorization: Bearer {TOKEN}".encode() in head
    assert b"tok-3n" not in head.split(b"\r\n")[0] + body
    assert b"published=false" in body
    assert b"attached_media=%5B%7B%22media_fbid%22%3A+%221%22%7D%5D" in body


@pytest.mark.parametrize(
    ("error", "repeatable", "once"),
    [
        ({"code": 1}, TryLater, OutcomeUnknown),
        ({"code": 2, "is_transient": True}, TryLater, OutcomeUnknown),
        ({"code": 4}, TryLater, TryLater),
        ({"code": 80001}, TryLater, TryLater),
        ({"code": 10}, LoginNeeded, LoginNeeded),
        ({"code": 190, "error_subcode": 463}, LoginNeeded, LoginNeeded),
        ({"code": 200}, LoginNeeded, LoginNeeded),
        ({"code": 368}, LoginNeeded, LoginNeeded),
        ({"code": 100, "error_subcode": 33}, GraphRejected, GraphRejected),
        ({"code": 506}, CannotTell, Repeated),
        ({"code": 1609005}, GraphRejected, GraphRejected),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_the_graphs_codes_say_what_to_do_next(
    peer: Peer,
    error: dict[str, object],
    repeatable: type[PlatformError],
    once: type[PlatformError],
    status: int,
) -> None:
    said = {"error": {"message": "it said this", **error}}
    peer.answers = [reply(status, said), reply(status, said)]

    with pytest.raises(PlatformError, match="it said this") as read:
        graph(peer).get_object("me")
    with pytest.raises(PlatformError, match="it said this") as published:
        graph(peer).update("77_1", is_published=True)

    assert (type(read.value), type(published.value)) == (repeatable, once)


@pytest.mark.parametrize("answer", [reply(500, {"id": "1"}), reply(200, "<html>"), reply(502, "")])
def test_the_graph_never_takes_nonsense_for_success(peer: Peer, answer: Answer) -> None:
    peer.answers = [answer]

    with pytest.raises(OutcomeUnknown):
        graph(peer).update("77_1", is_published=True)


def test_the_graph_waits_as_long_as_its_usage_header_says(peer: Peer) -> None:
    usage = json.dumps({"77": [{"type": "pages", "estimated_time_to_regain_access": 3}]})
    busy = {"error": {"message": "too many calls", "code": 32}}
    peer.answers = [reply(400, busy, f"X-Business-Use-Case-Usage: {usage}")]

    with pytest.raises(TryLater) as caught:
        graph(peer).get_object("me")

    assert caught.value.wait == timedelta(minutes=3)


@pytest.mark.parametrize(
    "usage",
    [
        "soon",
        "[" * 60_000,
        '[{"estimated_time_to_regain_access": NaN}]',
        '[{"estimated_time_to_regain_access": -3}]',
    ],
)
def test_a_usage_header_that_nobody_can_read_names_no_wait(peer: Peer, usage: str) -> None:
    busy = {"error": {"message": "too many calls", "code": 32}}
    peer.answers = [reply(400, busy, f"X-App-Usage: {usage}")]

    with pytest.raises(TryLater) as caught:
        graph(peer).get_object("me")

    assert caught.value.wait is None


def tweets(peer: Peer) -> Tweets:
    """tweepy, mended."""
    return Tweets(
        peer.url,
        consumer_key="ck-secret",
        consumer_secret="cs-secret",
        access_token="at-secret",
        access_secret="as-secret",
    )


def test_tweepy_signs_for_the_address_that_it_is_sent_to(peer: Peer) -> None:
    tweets(peer).ask(lambda client: client.create_tweet(text="hello"), once=True)

    head = peer.requests[0].decode()
    assert head.startswith("POST /2/tweets HTTP/1.1")
    auth = head.split("Authorization: ")[1].split("\r\n")[0]
    assert _signature_is_for(f"{peer.url}/2/tweets", auth)
    assert not _signature_is_for("https://api.twitter.com/2/tweets", auth)


def _signature_is_for(url: str, authorization: str) -> bool:
    from requests_oauthlib import OAuth1  # type: ignore[import-untyped]

    given = dict(
        part.strip().split("=", 1) for part in authorization.removeprefix("OAuth ").split(",")
    )
    auth = OAuth1("ck-secret", "cs-secret", "at-secret", "as-secret")
    auth.client.nonce = given["oauth_nonce"].strip('"')
    auth.client.timestamp = given["oauth_timestamp"].strip('"')
    signed = requests.Request("POST", url, json={"text": "hello"}, auth=auth).prepare()
    return given["oauth_signature"] in str(signed.headers["Authorization"])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(429, {}, "x-rate-limit-reset: soon"), TryLater),
        (reply(403, {"detail": "You are not allowed to create a Tweet with duplicate content."}), Repeated),
        (reply(403, {"detail": "Your client app is not configured", "reason": "client-forbidden"}), LoginNeeded),
        (reply(403, {"detail": "Reply to this conversation is not allowed"}), Rejected),
        (reply(402, {"title": "CreditsDepleted", "detail": "no credits"}), LoginNeeded),
        (reply(400, [1, 2]), OutcomeUnknown),
        (reply(400, {"errors": None, "detail": "no such media"}), Rejected),
        (reply(400, {"errors": [{"message": "no such media"}]}), Rejected),
        (reply(503, "<html>"), OutcomeUnknown),
        (gone, OutcomeUnknown),
    ],
)  # fmt: skip
def test_whatever_tweepy_stumbles_over_is_judged_by_the_reply(
    peer: Peer, answer: Answer, error: type[PlatformError]
) -> None:
    peer.answers = [answer]

    with pytest.raises(PlatformError) as caught:
        tweets(peer).ask(lambda client: client.create_tweet(text="hello"), once=True)

    assert type(caught.value) is error


def test_a_mistake_of_ours_is_no_answer_of_the_platform(peer: Peer) -> None:
    def wrong(client: object) -> None:
        raise TypeError("no such argument")

    with pytest.raises(TypeError):
        tweets(peer).ask(wrong)


# --- settings -------------------------------------------------------------------------------


def test_a_missing_setting_is_named_and_no_value_is_quoted() -> None:
    from integrado_poster.platforms.facebook import Facebook

    with pytest.raises(SettingsError, match="page_id") as caught:
        filled(Facebook, ("page_id", "token"), {"page_id": "my page", "token": TOKEN})

    assert TOKEN not in str(caught.value)
    assert "my page" not in str(caught.value)


def test_a_reply_is_fine_from_200_to_299() -> None:
    def with_status(status: int) -> Reply:
        return Reply(status=status, headers={}, body=None)

    assert [s for s in (199, 200, 204, 299, 300) if with_status(s).fine] == [200, 204, 299]


@pytest.mark.parametrize(
    ("status", "body", "down"),
    [(503, {}, True), (502, "<html>", True), (429, {}, False), (425, {}, False)],
)
def test_a_platform_that_does_not_work_is_told_from_one_that_is_busy(
    peer: Peer, status: int, body: object, down: bool
) -> None:
    peer.answers = [reply(status, body)]
    error = problem(line(peer.url).ask("GET", "/"))

    assert isinstance(error, TryLater)
    assert error.down is down


def test_a_platform_that_cannot_be_reached_does_not_work_either() -> None:
    with pytest.raises(TryLater) as caught:
        line("http://127.0.0.1:1").ask("GET", "/")

    assert caught.value.down


@pytest.mark.parametrize("status", [200, 401, 429, 503])
def test_every_reply_says_what_time_it_is_to_whoever_listens(peer: Peer, status: int) -> None:
    heard: list[datetime] = []
    date = "Date: Sun, 26 Sep 2021 12:00:00 GMT"
    peer.answers = [
        reply(status, {}, date),
        reply(status, {}, "Date: soon"),
        reply(status, {}, date),
    ]
    ours = line(peer.url)

    with dates.listening(heard.append):
        ours.ask("GET", "/")
        ours.ask("GET", "/")
    ours.ask("GET", "/")

    assert heard == [datetime(2021, 9, 26, 12, tzinfo=UTC)]
